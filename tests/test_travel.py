"""What the package is made of crosses into another process: by name, or with its code, or it says why not."""

import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from samples import RULES

import firstorder as fo
from firstorder.problems import ConvolutionalNetwork, SoftmaxRegression, TwoLayerNetwork
from firstorder.reading.define import define

DATA = np.random.default_rng(0).normal(size=(40, 64)), np.arange(40) % 10


def through(thing):
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize("optimizer", fo.OPTIMIZERS.values(), ids=fo.OPTIMIZERS)
def test_the_class_of_a_rule_is_made_once_and_travels_as_itself(optimizer):
    assert fo.Optimizer.of(optimizer.rule) is optimizer
    assert through(optimizer) is optimizer
    assert through(optimizer.rule) is optimizer.rule
    if optimizer.uncorrected:
        assert fo.Optimizer.of(optimizer.uncorrected.rule) is optimizer.uncorrected is optimizer.uncorrected
        assert through(optimizer.uncorrected) is optimizer.uncorrected
        assert isinstance(optimizer.uncorrected(np.zeros((2, 2))), fo.Optimizer)


def test_rules_of_a_module_and_their_classes_travel_by_name():
    for rule in RULES.values():
        assert through(rule) is rule
        assert not rule.joint or through(rule.single) is rule.single
        assert through(fo.Optimizer.of(rule)) is fo.Optimizer.of(rule)


class Written(fo.Adam):
    """A class that is written out is no class of a rule alone."""


def test_a_subclass_travels_by_its_name():
    assert through(Written) is Written
    assert through(fo.Optimizer) is fo.Optimizer


@pytest.mark.parametrize("ground", fo.LANDSCAPES.values(), ids=fo.LANDSCAPES)
def test_landscapes_travel_with_their_parameters(ground):
    ground.gradient(ground.start)  # what SymPy made of it stays behind
    moved = ground.with_parameters(**{name: 1.25 * value for name, value in ground.parameters.items()})
    for sent in (ground, moved):
        arrived = through(sent)
        assert arrived.parameters == sent.parameters
        assert arrived.minima == sent.minima
        assert arrived.rates == sent.rates
        assert_array_equal(arrived.gradient(sent.start), sent.gradient(sent.start))


def described(problem, optimizer):
    """The end of a descent, in a worker."""
    return fo.minimize(problem, optimizer, steps=3, progress=False).values[-1], optimizer is fo.Adam


def test_a_pool_of_fresh_processes_runs_them_all():
    kinds = (SoftmaxRegression, TwoLayerNetwork, ConvolutionalNetwork)
    problems = [fo.LANDSCAPES["quadratic"], *(kind(*DATA) for kind in kinds)]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for problem in problems:
            for optimizer in (fo.Adam, fo.Adam.uncorrected, fo.NAdam):
                here = described(problem, optimizer)
                assert pool.submit(described, problem, optimizer).result() == here


#: A notebook's kernel runs cells like this: in `__main__`, which no other process can import.
NOTEBOOK = """
import IPython
shell = IPython.InteractiveShell.instance()
shell.user_module.__name__ = "__main__"
for cell in {cells!r}:
    shell.run_cell(cell, store_history=True).raise_error()
"""
HEAD = """
import firstorder as fo, numpy as np, pickle
from numpy import sqrt
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
STRENGTH = 2.0
"""
RULE = """
@fo.optimizer(initial={"m": lambda p: STRENGTH * np.ones_like(p)})
def mine(p, g, m, *, t, lr=0.1):
    '''Of a notebook.'''
    m = m + g**2
    p = p - lr * g / np.sqrt(m)
    return p, m

def dome(x, y):
    return x**2 + y**2

@fo.landscape(domain=(-1, 1, -1, 1), start=(1.0, 0.5), minima=lambda: [(0.0, 0.0)])
def hollow(x, y):
    return sqrt(1 + x**2 + y**2)
"""
SEND = """
def run(problem, optimizer):
    return fo.minimize(problem, optimizer, steps=5, progress=False).values
Mine = fo.Optimizer.of(mine)
assert pickle.loads(pickle.dumps(mine)) is mine
assert pickle.loads(pickle.dumps(Mine)) is Mine
with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
    here = fo.minimize(hollow, Mine, steps=5, progress=False)
    there = pool.submit(fo.minimize, hollow, Mine, steps=5, progress=False).result()
    assert np.array_equal(here.values, there.values), (here.values, there.values)
    again = pool.submit(fo.minimize, fo.LANDSCAPES["beale"], mine, steps=5, progress=False).result()
    assert pool.submit(str, Mine).result() == str(Mine)
print("arrived")
"""
STAYS = """
class Scale:
    size = 2.0
scale = Scale()
@fo.optimizer(formula="x")
def held(p, g, *, lr=0.1):
    return p - scale.size * lr * g
try:
    pickle.dumps(held)
except pickle.PicklingError as error:
    assert "held cannot be sent to another process" in str(error), error
    assert "__main__" in str(error) and "Scale" in str(error) and "write it in a .py file" in str(error), error
    print("refused")
"""


@pytest.mark.parametrize(("cells", "said"), [((HEAD, RULE, SEND), "arrived"), ((HEAD, STAYS), "refused")])
def test_a_rule_of_a_notebook_travels_with_its_code_or_says_why_not(cells, said, tmp_path):
    pytest.importorskip("IPython")
    script = NOTEBOOK.format(cells=cells)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.stdout.splitlines()[-1:] == [said], done.stdout + done.stderr


def test_code_of_another_python_is_refused_with_both_versions(monkeypatch):
    @fo.optimizer
    def local(p, g, *, lr=0.1):
        p = p - lr * g
        return p

    sent = pickle.dumps(local)
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    with pytest.raises(pickle.UnpicklingError, match=r"sent with its code by Python 3\.\d+, which Python 3\.99 cannot"):
        pickle.loads(sent)


def test_a_rule_inside_a_function_travels_with_what_it_closes_over():
    factor = 3.0

    def scaled(x):
        return factor * x

    @fo.optimizer(formula="x")
    def local(p, g, *, lr=0.1):
        return p - lr * scaled(g)

    arrived = through(local)
    assert arrived is through(local)
    assert arrived.source == local.source
    p = np.ones(3)
    fo.Optimizer.of(arrived)(p).step(np.ones(3))
    assert_array_equal(p, 1 - 0.1 * 3.0)


def test_a_function_of_no_module_is_a_rule_that_travels_too():
    """Such as `exec` makes in a namespace without a name."""
    nameless = define("def nameless(p, g, *, lr=0.1):\n    p = p - lr * g\n    return p\n", "nameless", {})
    assert nameless.__module__ is None
    p = np.ones(2)
    through(fo.Optimizer.of(fo.optimizer(nameless)))(p).step(np.ones(2))
    assert_array_equal(p, 0.9)


def test_a_rule_that_comes_back_from_another_process_is_the_one_that_was_sent(tmp_path):
    # So an optimizer that a worker has stepped has the class of the others here.
    script = tmp_path / "cells.py"
    script.write_text("""
import numpy as np, firstorder as fo
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

@fo.optimizer
def mine(p, g, *, lr=0.1):
    p = p - lr * g
    return p

def stepped(opt):
    opt.step(np.ones(2))
    return opt

if __name__ == "__main__":
    opt = fo.Optimizer.of(mine)(np.zeros(2))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for _ in range(2):
            opt = pool.submit(stepped, opt).result()
    assert type(opt) is fo.Optimizer.of(mine), type(opt)
    assert opt.t == 2
""")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr[-1500:]
