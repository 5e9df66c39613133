"""Run every chapter's notebook from top to bottom where readers do: `python tests/run_notebooks.py binder colab`.

binder: a fresh environment made from requirements.txt, as Binder makes it. colab: one with what Colab starts with that
a notebook needs, where the first cell installs the package, here from this checkout instead of its address.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Runs one notebook and, with a second argument, as if on Colab.
RUN = """
import sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], as_version=4)
if len(sys.argv) > 2:
    start = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(start))
    first = notebook.cells[1]
    assert 'repository = ""' in first.source or 'repository = "http' in first.source
    lines = first.source.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("repository = "))
    lines[at] = f"repository = {sys.argv[2]!r}"
    first.source = "\\n".join(lines)
nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3",
                        resources={"metadata": {"path": sys.argv[3] if len(sys.argv) > 3 else "."}}).execute()
"""
COLAB = [
    "ipykernel",
    "nbclient",
    "nbformat",
    "numpy",
    "scipy",
    "sympy",
    "matplotlib",
    "scikit-learn",
    "tqdm",
    "ipywidgets",
]


def environment(folder: Path, *requirements: str) -> Path:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True, cwd=ROOT)
    return python


def run(place: str, folder: Path) -> list[str]:
    """The names of the notebooks that failed."""
    if place == "binder":
        python, extra, where = environment(folder, "--requirement", "requirements.txt"), [], ROOT / "chapters"
    else:
        python = environment(folder, *COLAB)
        extra, where = [f"file://localhost{ROOT}", str(folder)], folder
    failed = []
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        start = time.monotonic()
        done = subprocess.run([python, "-c", RUN, path, *extra], cwd=where, capture_output=True, text=True)
        print(
            f"{place} {path.stem}: {'ok' if done.returncode == 0 else 'FAILED'}, {time.monotonic() - start:.0f} s",
            flush=True,
        )
        if done.returncode:
            print(done.stderr[-1500:])
            failed.append(path.stem)
    return failed


if __name__ == "__main__":
    bad = []
    for place in sys.argv[1:] or ["binder", "colab"]:
        with tempfile.TemporaryDirectory() as folder:
            bad += run(place, Path(folder))
    sys.exit(bool(bad))
