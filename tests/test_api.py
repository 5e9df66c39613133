"""The page of the interface shows every name with all its parameters, defaults and documentation."""

import ast
import inspect
import re
from importlib import import_module

import pytest

from _ext.api import entry, listed
from book.identity import ROOT

BLOCK = re.compile(r"^```\{api\} (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEAD = re.compile(r"^`{4,}\{py:(\w+)\} (\w+)(\(.*\))?$", re.MULTILINE)
NAMES = [
    (module, name)
    for module, block in BLOCK.findall((ROOT / "api.md").read_text(encoding="utf-8"))
    for word in block.split()
    for name in listed(import_module(module), word)
]


def shown(module: str, name: str) -> dict[str, str]:
    """What the entry says of a name and of what is in it: each with its arguments as written."""
    return {head: arguments for _, head, arguments in HEAD.findall(entry(import_module(module), name))}


def parameters(arguments: str) -> dict[str, str]:
    """Names and defaults, as Python reads the written arguments; stars belong to the name."""
    given = ast.parse(f"def f{arguments or '()'}: pass").body[0].args
    plain = [a.arg for a in [*given.posonlyargs, *given.args]]
    defaults = dict(zip(reversed(plain), map(ast.unparse, reversed(given.defaults)), strict=False))
    found = {name: defaults.get(name, "") for name in plain}
    if given.vararg:
        found[f"*{given.vararg.arg}"] = ""
    found |= {a.arg: ast.unparse(d) if d else "" for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True)}
    return found | ({f"**{given.kwarg.arg}": ""} if given.kwarg else {})


def taken(of) -> list[str]:
    """The parameters that `of` takes, with the stars of those that have some."""
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [stars.get(p.kind, "") + p.name for p in inspect.signature(of).parameters.values()]


@pytest.mark.parametrize(("module", "name"), NAMES, ids=lambda case: case)
def test_every_parameter_of_a_listed_name_is_shown(module, name):
    of = getattr(import_module(module), name)
    entries = shown(module, name)
    if not (inspect.isclass(of) and issubclass(of, Exception)):
        assert list(parameters(entries.pop(name))) == taken(of)
    assert inspect.getdoc(of) in entry(import_module(module), name)
    if not inspect.isclass(of) or hasattr(of, "rule"):
        assert not entries.keys() - {name}
        return
    for method, member in vars(of).items():
        function = member.__func__ if isinstance(member, classmethod) else member
        if method.startswith("_") or not inspect.getdoc(function):
            assert method not in entries
        elif inspect.isfunction(function):
            assert list(parameters(entries[method])) == taken(function)[1:], method


def test_defaults_are_shown_as_a_reader_would_write_them():
    assert parameters(shown("firstorder", "minimize")["minimize"])["steps"] == "100"
    assert parameters(shown("firstorder", "Adam")["Adam"])["beta2"] == "0.999"
    assert "object at 0x" not in "".join(entry(import_module(module), name) for module, name in NAMES)


def test_a_word_with_an_at_sign_stands_for_all_of_a_registry():
    fo = import_module("firstorder")
    assert listed(fo, "@optimizers") == [made.__name__ for made in fo.OPTIMIZERS.values()]
    assert listed(fo, "minimize") == ["minimize"]
    with pytest.raises(AttributeError, match="NOTHING"):
        listed(fo, "@nothing")
