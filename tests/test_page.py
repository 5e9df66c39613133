"""A rule's text as a page has it read: what comes of it, what is refused, and that nothing of it runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from samples import ELEMENTWISE

import firstorder as fo
from firstorder.page import beginnings, cell, describe_rule, drawn, read, text_of
from firstorder.rules import RULES

ROOT = Path(__file__).parents[1]
BEGINNINGS = beginnings()
PLAIN = "def plain(p, g, *, lr=0.1):\n    p = p - lr * g\n    return p\n"


def test_every_elementwise_rule_can_be_begun_with():
    assert {made.rule.key for made in ELEMENTWISE.values()} <= set(BEGINNINGS)


@pytest.mark.parametrize("key", BEGINNINGS)
def test_a_text_unchanged_is_the_rule_it_began_as(key):
    rule, told = RULES[key], read(BEGINNINGS[key]["text"], key)
    assert "error" not in told
    assert told["tex"] == rule.tex()
    assert told["rule"] == describe_rule(rule, {})
    assert told["elementwise"] == rule.elementwise
    if rule.elementwise:
        assert (told["javascript"], told["python"], told["cuda"]) == (rule.javascript(), rule.python(), rule.cuda())
    assert json.loads(json.dumps(told)) == told


def test_a_hyperparameter_that_keeps_its_name_keeps_its_meaning():
    text = text_of(RULES["rprop"]).replace("etaminus", "shrink")
    symbols = {h["name"]: h["symbol"] for h in read(text, "rprop")["rule"]["hyperparameters"]}
    assert symbols["etaplus"] == "η⁺"
    assert symbols["shrink"] == "shrink"
    assert "error" not in read(text)


@pytest.mark.parametrize("key", ["adam", "nadam", "rprop", "lamb", "signsgd"])
def test_the_cell_of_a_text_runs_by_itself(key, tmp_path):
    (tmp_path / "cell_of_a_notebook.py").write_text(cell(text_of(RULES[key])), encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    try:
        module = __import__("cell_of_a_notebook")
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("cell_of_a_notebook", None)
    made = getattr(module, key)
    assert made.tex() == RULES[key].tex()
    assert fo.Optimizer.of(made)


def test_a_text_without_a_decorator_is_a_rule_and_its_cell_has_one():
    assert read(PLAIN)["rule"]["label"] == "Plain"
    assert "@fo.optimizer\ndef plain" in cell(PLAIN)


WRONG = {
    "nothing": ("", "there is no function", None, None),
    "words": ("some words", "invalid syntax", 1, 5),
    "no function": ("x = 1", "one function", 1, 0),
    "two functions": (f"{PLAIN}\n{PLAIN}", "second function", 5, 0),
    "a loop outside": ("while True: pass", "one function", 1, 0),
    "a loop inside": (PLAIN.replace("p = p", "for _ in g: p = p"), "a rule is one step, called once for each", 2, 4),
    "an unknown name": (PLAIN.replace("lr * g", "lr * q"), "'q' is not declared", 2, 17),
    "a name after Greek letters": ("def f(p, g, *, η=1):\n    p = p - η * q\n    return p", "'q'", 2, 16),
    "an unknown function": (PLAIN.replace("lr * g", "lr * open(g)"), "'open' is not one that can be read", 2, 17),
    "an unread hyperparameter": (PLAIN.replace("lr=0.1", "lr=0.1, b=1"), "take b out of the first line", 1, 27),
    "a state that is not returned": (PLAIN.replace("g,", "g, m,"), "must end with return p, m: ", 3, 4),
    "an unknown name returned": (PLAIN.replace("return p", "return q"), "'q' is not declared", 3, 11),
    "a name that is nearly one": (PLAIN.replace("lr=0.1", "rate=1").replace("lr", "rtae"), "mean rate?", 2, 12),
    "a caret": (PLAIN.replace("lr * g", "lr^2 * g"), "a power is written with two asterisks", 2, 8),
    "a call of another library": ("torch.optim.Adam(lr=1e-3)", "a rule is written as a function of p, g", 1, 0),
    "a class of another library": ("from torch.optim import Adam", "'torch.optim' is not here; there are numpy", 1, 0),
    "no default": (PLAIN.replace("lr=0.1", "lr"), "'lr' has no default", None, None),
    "a default that runs": (PLAIN.replace("0.1", "open('x', 'w')"), "a default is a number", 1, 22),
    "a default that takes for ever": (PLAIN.replace("0.1", "9**9**9**9"), "a default is a number", 1, 22),
    "an annotation that runs": (PLAIN.replace("g,", "g: open('x', 'w'),"), "an annotation here", 1, 16),
    "a decorator that runs": (f"@open('x', 'w')\n{PLAIN}", "decorator is @fo.optimizer", 1, 1),
    "a word of a decorator that runs": (f"@fo.optimizer(name=open('x'))\n{PLAIN}", "written out", 1, 19),
    "an unknown word of a decorator": (f"@fo.optimizer(colour=1)\n{PLAIN}", "colour", None, None),
    "two decorators": (f"@fo.optimizer\n@fo.optimizer\n{PLAIN}", "one decorator", 2, 1),
    "another module": (f"import os\n{PLAIN}", "module 'os' is not here", 1, 0),
    "all of a module": (f"from numpy import *\n{PLAIN}", "'*' cannot be imported", 1, 0),
    "a part of a module": (f"from firstorder.claims import CLAIMS\n{PLAIN}", "'CLAIMS' cannot be imported", 1, 0),
    "a null character": ("\0", "null", None, None),
    "deep brackets": ("(" * 5000, "nested", None, None),
    "a megabyte": ("x" * 2**20, "may have 20000", None, None),
    "a function of the parameter": (
        '@fo.optimizer(initial={"m": lambda p: p})\ndef f(p, g, m, *, lr=1):\n    p = p - lr * m\n    return p, m',
        "starts from a function",
        None,
        None,
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_with_its_place(what, tmp_path, monkeypatch):
    text, why, line, column = WRONG[what]
    monkeypatch.chdir(tmp_path)
    error = read(text)["error"]
    assert why in error["why"]
    if line is not None:
        assert (error["line"], error["column"]) == (line, column)
    assert not list(tmp_path.iterdir())


def test_the_body_of_a_rule_is_read_and_not_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    body = "    open('x', 'w')\n    return p\n"
    told = read(f'@fo.optimizer(formula="p")\ndef f(p, g, *, lr=1):\n{body}')
    assert told["tex"] == "p"
    assert not told["elementwise"]
    assert not list(tmp_path.iterdir())


IN_A_PAGE = """
import json, sys
sys.path.insert(0, "book/python")
import boot
for line in sys.stdin:
    print(boot.answer(line), flush=True)
"""


def test_with_numpy_by_name_alone_the_readings_are_the_same():
    """As in a page, but by this Python: `boot` and the stand-in for NumPy."""
    asked = [{"text": BEGINNINGS[key]["text"], "origin": key} for key in BEGINNINGS]
    grounds = ["abs(x)*sin(y) + where(x > pi, clip(x, 0, 1), y**0.5)", "x + z", "norm(x)", "9**9**9*x"]
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PAGE],
        input="\n".join(map(json.dumps, [*asked, *({"ground": text} for text in grounds)])),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = list(map(json.loads, done.stdout.splitlines()))
    assert told == [read(**one) for one in asked] + [drawn(text) for text in grounds]
