"""The environments that readers run notebooks in, made as Binder and as Colab make them, in `_build/environments/`.

They are kept for the requirements they were made of: a second run need not install them again.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from gate import missing

ROOT = Path(__file__).parents[2]
#: What repo2docker puts into every image, beside what the repository asks for.
BINDER = ("jupyterlab==4.*", "notebook==7.*", "ipywidgets==8.*", "nbclient")
#: What Colab starts with, of what a notebook needs.
COLAB = (
    "ipykernel==6.17.1",
    "ipython==7.34.0",
    "ipywidgets==7.7.1",
    "matplotlib==3.10.0",
    "nbclient",
    "numba==0.60.0",
    "numpy==2.0.2",
    "scikit-learn==1.6.1",
    "scipy",
    "sympy==1.13.1",
    "tqdm==4.67.1",
    "traitlets==5.7.1",
)
#: Runs a notebook and prints of each code cell the seconds that it took, its source and the kinds of its outputs; with
#: a second argument as if on Colab. Seconds of the clock or of the processor, whichever are less: on a machine that
#: does other things, too, the clock says nothing.
RUN = """
import json, sys, time, nbclient, nbformat, psutil
notebook = nbformat.read(sys.argv[1], as_version=4)
if "colab" in sys.argv[2:]:
    start = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(start))
def now():
    kernel = psutil.Process(client.km.provisioner.pid)
    return time.monotonic(), sum(sum(each.cpu_times()[:2]) for each in [kernel, *kernel.children(recursive=True)])
began, took = {}, {}
def record(cell_index):
    took[cell_index] = min(after - before for after, before in zip(now(), began[cell_index]))
client = nbclient.NotebookClient(
    notebook, timeout=300, kernel_name="python3",
    on_cell_execute=lambda cell, cell_index: began.update({cell_index: now()}),
    on_cell_executed=lambda cell, cell_index, execute_reply: record(cell_index),
)
client.execute()
kinds = {n: [list(each.get("data", {})) for each in notebook.cells[n].outputs] for n in took}
print(json.dumps([[took[n], notebook.cells[n].source, kinds[n]] for n in took]))
"""


def python(version: str) -> Path:
    """An interpreter of this version, from the path or from pyenv; where there is none, the check cannot be made."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"))]
    for each in filter(None, found):  # one of pyenv's may stand for a version that is not chosen
        if not subprocess.run([each, "-c", ""], capture_output=True, check=False).returncode:
            return Path(each)
    missing(f"there is no Python {version} here")


def clean() -> dict[str, str]:
    """The environment's variables, without those that a reader has not."""
    ours = ("FIRSTORDER", "PYTHONPATH", "OPENBLAS", "GITHUB_", "VIRTUAL_ENV", "JUPYTER", "MPLBACKEND")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def install(folder: Path, *requirements: str) -> None:
    command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements]
    subprocess.run(command, check=True, cwd=ROOT, env=clean())


def environment(name: str, version: str, *steps: tuple[str, ...]) -> Path:
    """The folder of a virtual environment in which pip was run with each of the steps."""
    files = [(ROOT / step[1]).read_text(encoding="utf-8") for step in steps if step[0] == "--requirement"]
    wanted = hashlib.sha256(json.dumps([version, steps, files]).encode()).hexdigest()
    folder = ROOT / "_build" / "environments" / name
    made = folder / "made-of"
    if not made.exists() or made.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python(version), "-m", "venv", folder], check=True)
        for step in steps:
            install(folder, *step)
        made.write_text(wanted)
    return folder


class Ran(NamedTuple):
    """What came of a code cell: its seconds, its source, and the MIME types of each of its outputs."""

    seconds: float
    source: str
    outputs: list[list[str]]


def run(folder: Path, notebook: Path, where: Path, *colab: str) -> list[Ran]:
    """Run a notebook in an environment. Fails as the notebook does."""
    command = [folder / "bin" / "python", "-c", RUN, notebook, *colab]
    done = subprocess.run(command, cwd=where, env=clean(), capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [Ran(*cell) for cell in json.loads(done.stdout.splitlines()[-1])]
