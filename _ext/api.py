"""The directive `{api} MODULE`: signatures and docstrings of the package's names, which read as Markdown.

```{api} firstorder
minimize Trajectory
```

A name is a function or a class, which brings its documented methods. One that the module has not, or that has no
docstring, is an error. `@optimizers`, `@wrappers` and `@schedules` are all there are.
"""

import dataclasses
import inspect
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ENTRY = """\
`````{{py:{kind}}} {name}{signature}
{body}
`````
"""


def signature(of: Any, bound: bool = False) -> str:
    """Names and defaults, without types: those stand in the docstring, with shapes and units."""
    parameters = list(inspect.signature(of).parameters.values())[1 if bound else 0 :]
    return str(
        inspect.Signature([p.replace(annotation=p.empty, default=_plain(p.default, p.empty)) for p in parameters])
    )


class _Written:
    def __init__(self, text: str):
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _plain(default: Any, empty: Any) -> Any:
    """A default as a reader would write it: an object without a literal by its name."""
    if default is empty or isinstance(default, (int, float, str, bool, tuple, range, type(None))):
        return default
    if default is dataclasses._HAS_DEFAULT_FACTORY:  # type: ignore[attr-defined]
        return _Written("{}")
    return _Written(getattr(default, "__name__", type(default).__name__))


def documented(of: Any, name: str) -> str:
    text = inspect.getdoc(of)
    if not text:
        raise ValueError(f"{name} has no docstring")
    return text


def methods(of: type) -> Iterator[str]:
    """The entries of a class's own public methods and properties that have a docstring."""
    for name, member in vars(of).items():
        made = member.__func__ if isinstance(member, classmethod) else member
        if name.startswith("_") or not inspect.getdoc(made):
            continue
        if isinstance(member, (property, cached_property)):
            yield ENTRY.format(kind="attribute", name=name, signature="", body=inspect.getdoc(made))
        elif inspect.isfunction(made):
            yield ENTRY.format(kind="method", name=name, signature=signature(made, True), body=inspect.getdoc(made))


def entry(module: Any, name: str) -> str:
    """The MyST of one name and, of a class, what is in it."""
    of = getattr(module, name)
    if inspect.isclass(of):
        # An optimizer's hyperparameters are in its docstring already.
        inside = "" if hasattr(of, "rule") else "\n".join(methods(of)).replace("`````", "````")
        try:
            arguments = signature(of)
        except ValueError:
            arguments = ""
        kind = "exception" if issubclass(of, Exception) else "class"
        body = f"{documented(of, name)}\n\n{inside}"
        return ENTRY.format(kind=kind, name=name, signature=arguments, body=body)
    return ENTRY.format(kind="function", name=name, signature=signature(of), body=documented(of, name))


def listed(module: Any, word: str) -> list[str]:
    """`word` itself, or the names that `@optimizers`, `@wrappers` or `@schedules` stands for."""
    if not word.startswith("@"):
        return [word]
    registry = getattr(module, word[1:].upper())
    return [made.__name__ for made in registry.values()]


class Api(SphinxDirective):
    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        box = nodes.container(classes=["api"])
        asked = " ".join(self.content).split()
        for name in [name for word in asked for name in listed(module, word)]:
            try:
                text = entry(module, name)
            except (AttributeError, ValueError) as error:
                raise self.error(f"api of {self.arguments[0]}: {error}") from error
            text = f"`````{{py:currentmodule}} {self.arguments[0]}\n`````\n\n{text}"
            self.state.nested_parse(StringList(text.splitlines(), source=f"api {name}"), self.content_offset, box)
        return [box]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("api", Api)
    return {"parallel_read_safe": True}
