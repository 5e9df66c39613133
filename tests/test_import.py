"""Importing the package costs little and changes nothing elsewhere."""

import json
import subprocess
import sys

import pytest

#: Most of what importing may take, NumPy included; how long it takes is for the benchmarks to say.
MEGABYTES = 40
HEAVY = ("sympy", "tqdm", "matplotlib", "sklearn", "numba", "cupy", "torch", "jax", "anywidget", "IPython")


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


COST = """
import json, sys
import firstorder
with open("/proc/self/status") as status:  # the most memory since this program began; getrusage counts its parent's
    (megabytes,) = [int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")]
print(json.dumps([megabytes, [name for name in {heavy} if name in sys.modules]]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_importing_takes_little_memory_and_no_heavy_library():
    megabytes, heavy = json.loads(run(COST.format(heavy=HEAVY)))
    assert megabytes < MEGABYTES
    assert heavy == []


STEPS = """
import sys
import numpy as np
import firstorder as fo
for optimizer in fo.OPTIMIZERS.values():
    opt = optimizer(p := np.ones((3, 2)))
    for _ in range(3):
        opt.step(np.ones((3, 2)))
    repr(opt), str(optimizer), opt.state_dict()
print([name for name in {heavy} if name in sys.modules])
"""


def test_every_optimizer_steps_on_numpy_without_a_heavy_library():
    assert run(STEPS.format(heavy=HEAVY)).strip() == "[]"


REFUSED = """
import sys, linecache
import firstorder as fo
lines = ["@fo.optimizer", "def branch(p, g, *, lr=0.1):", "    if lr > 1:", "        lr = 1", "    return p"]
linecache.cache["cell"] = (1, None, [line + chr(10) for line in lines], "cell")
try:
    exec(compile(chr(10).join(lines), "cell", "exec"))
except fo.RuleError as error:
    print("where(condition" in str(error), "cell, line 3" in str(error), "sympy" in sys.modules)
"""


def test_a_rule_that_cannot_be_read_is_refused_at_decoration_without_sympy():
    assert run(REFUSED).strip() == "True True False"


QUIET = """
import importlib, json, locale, logging, os, pkgutil, random, sys, warnings
import numpy as np
import sympy as sp
import matplotlib as mpl
mpl.use("Agg")
import matplotlib.pyplot as plt
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
lr, momentum, p = sp.symbols("lr momentum p", real=True)


def world():
    formatters = shell.display_formatter.formatters
    return {
        "what SymPy writes": (sp.latex(p - lr * momentum**2), str(p - lr), sp.srepr(lr)),
        "how SymPy evaluates": sp.core.parameters.global_parameters.evaluate,
        "Matplotlib's settings": dict(mpl.rcParams),
        "Matplotlib's backend": mpl.get_backend(),
        "how NumPy treats errors": np.geterr(),
        "how NumPy prints": np.get_printoptions(),
        "NumPy's random numbers": np.random.get_state()[1].tolist(),
        "random numbers": random.getstate(),
        "warnings": list(warnings.filters),
        "logging": (logging.root.level, list(logging.root.handlers)),
        "environment": dict(os.environ),
        "locale": locale.setlocale(locale.LC_ALL),
        "recursion": sys.getrecursionlimit(),
        "what a notebook shows": {name: repr(formatter.type_printers) for name, formatter in formatters.items()},
    }


def same(what):
    for name, value in world().items():
        if repr(value) != repr(before[name]):
            raise SystemExit(f"{what} changed {name}: from {before[name]!r} to {value!r}")


before = world()
import firstorder
same("firstorder")
count = 0
for info in pkgutil.walk_packages(firstorder.__path__, "firstorder."):
    if info.name.endswith("__main__"):
        continue
    importlib.import_module(info.name)
    same(info.name)
    count += 1
from firstorder import plots
fig, ax = plots.axes("x", "y")
plots.curves(ax, {"adam": [3.0, 1.0]})
fig.svg()
plt.close("all")
same("plots.axes")
print(count)
"""


def test_no_module_of_the_package_changes_anything_of_another_library():
    pytest.importorskip("matplotlib")
    pytest.importorskip("anywidget")
    assert int(run(QUIET)) > 80
