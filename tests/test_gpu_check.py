"""`make gpu`, rehearsed without a GPU: what it runs, what it keeps, and what it says if something is not there."""

import ast
import json
import subprocess
import sys

import pytest

import checks.gpu.__main__ as check
from book.identity import ROOT

MIXED = """
import pytest, time

@gpu
@pytest.mark.parametrize("n", range(3))
def test_good(n): pass

@gpu
def test_bad(): assert 1 + 1 == 3

@gpu
def test_skipped(): pytest.skip("no such thing here")

def test_of_the_cpu(): raise RuntimeError("not for this machine")
""".replace("@gpu", "@pytest.mark.gpu")
BENCHMARK = """
import json, sys
json.dump({"markdown": "| one step | ms |", "sections": [{"title": "a list"}]}, open(sys.argv[-1], "w"))
"""


@pytest.fixture
def rehearsed(monkeypatch, tmp_path):
    """The check with a made-up card, these tests and this benchmark: its code, and the result that it kept."""

    def run(tests: str, benchmark: str = BENCHMARK, *arguments: str):
        (tmp_path / "test_made_up.py").write_text(tests)
        run_benchmark = check.run_benchmark
        monkeypatch.setattr(check, "card", lambda: {"card": "Made Up 9000", "driver": "1.2"})
        monkeypatch.setattr(check, "marked", lambda: [tmp_path / "test_made_up.py"])
        command = [sys.executable, "-c", benchmark]
        monkeypatch.setattr(check, "run_benchmark", lambda seconds: run_benchmark(seconds, command))
        monkeypatch.setattr(check, "lacking", list)
        results = tmp_path / "results"
        code = check.main(["--results", str(results), "--shares", "2", *arguments])
        text = (results / "gpu-made-up-9000.md").read_text(encoding="utf-8")
        return code, json.loads((results / "gpu-made-up-9000.json").read_text(encoding="utf-8")), text

    return run


def test_every_result_is_kept_and_a_failure_is_the_exit_code(rehearsed):
    code, result, text = rehearsed(MIXED)
    assert code == 1
    assert result["tests"]["passed"] == 3
    assert [failed["test"].split("::")[1] for failed in result["tests"]["failed"]] == ["test_bad"]
    assert result["tests"]["skipped"] == {"no such thing here": 1}
    assert result["benchmark"]["sections"] == [{"title": "a list"}]
    assert set(result["versions"]) >= {"python", "cupy", "torch", "jax", "numba"}
    assert result["commit"]
    for part in ("Made Up 9000", "driver: 1.2", "3 passed, 1 failed, 1 skipped", "| one step | ms |", result["date"]):
        assert part in text


def test_all_good_is_zero(rehearsed):
    code, result, _ = rehearsed(MIXED.replace("1 + 1 == 3", "True"))
    assert (code, result["tests"]["passed"]) == (0, 4)


def test_nothing_that_ran_is_no_success(rehearsed):
    assert rehearsed(MIXED.replace("@pytest.mark.gpu", "@pytest.mark.skip(reason='asleep')\n@pytest.mark.gpu"))[0] == 1


def test_what_takes_too_long_is_cut_off_and_what_was_done_is_kept(rehearsed):
    slow = "import pytest, time\n@pytest.mark.gpu\n@pytest.mark.parametrize('n', [0, 0, 60, 60])\ndef test_slow(n): "
    code, result, text = rehearsed(slow + "time.sleep(n)", "import time; time.sleep(60)", "--tests=6", "--benchmark=1")
    assert code == 1
    assert result["tests"]["passed"] == 2
    assert len(result["tests"]["not reached"]) == 2
    assert "2 not reached" in text
    assert "The benchmark stopped after 1 s" in text


def test_a_file_that_cannot_be_read_is_a_failure_that_is_told(rehearsed):
    code, result, text = rehearsed("import pytest, no_such_package\n@pytest.mark.gpu\ndef test_good(): pass")
    assert code == 1
    assert "no_such_package" in text or "no_such_package" in json.dumps(result["tests"])


def test_without_a_gpu_it_says_so_and_writes_nothing(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(check, "lacking", list)
    monkeypatch.setattr(check, "card", lambda: (_ for _ in ()).throw(RuntimeError("CuPy finds no usable GPU")))
    assert check.main(["--results", str(tmp_path / "results")]) == 2
    assert "There is no GPU to run on. CuPy finds no usable GPU" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_what_is_missing_is_named(monkeypatch, capsys):
    monkeypatch.setattr(check, "find_spec", lambda name: None if name in ("sympy", "cupy") else object())
    assert check.main([]) == 2
    said = capsys.readouterr().err
    assert "sympy is missing: it comes with torch" in said
    assert "cupy is missing" in said


def test_every_test_that_takes_a_gpu_is_marked_and_found():
    """And those files can be read where nothing is installed but what the check asks for."""
    found = set(check.marked())
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = "pytestmark = pytest.mark.gpu" in path.read_text(encoding="utf-8")
        for node in tree.body:
            is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            if is_test and "cupy" in {a.arg for a in node.args.args}:
                assert whole or "pytest.mark.gpu" in map(ast.unparse, node.decorator_list), node.name
                assert path in found
    assert len(found) >= 3


def test_the_marked_files_need_only_what_the_check_asks_for():
    """Collected where every other package is hidden: what is missing on a lent machine must stop nothing."""
    hidden = ["hypothesis", "sklearn", "matplotlib", "anywidget", "jupytext", "yaml", "tqdm", "scipy", "playwright"]
    program = f"""
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
import pytest
sys.exit(pytest.main(["-q", "-m", "gpu", "--collect-only", "-W", "default", *sys.argv[1:]]))
"""
    environment = check.environment() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-c", program, *map(str, check.marked())]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
