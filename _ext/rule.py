"""The directive `{rule} NAME`: a rule's formula, its source and its generated readings, all from the package itself.

```{rule} adam
:label: eq-adam
```
"""

from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FORMULA = """\
```{{math}}
{label}{tex}
```
"""
TAB = """\
:::{{tab-item}} {title}
```{language}
{source}
```
:::
"""


def markdown(optimizer: Any, label: str | None) -> str:
    """What the directive stands for, in MyST."""
    readings = [("Python", "python", optimizer.rule.source)]
    if optimizer.rule.elementwise:
        readings += [("JavaScript", "javascript", optimizer.javascript()), ("CUDA", "cuda", optimizer.cuda())]
    tabs = "".join(TAB.format(title=title, language=name, source=text.strip()) for title, name, text in readings)
    formula = FORMULA.format(label=f":label: {label}\n" if label else "", tex=optimizer.tex())
    return f"{formula}::::{{tab-set}}\n{tabs}::::\n"


class Rule(SphinxDirective):
    required_arguments = 1
    option_spec = {"label": directives.unchanged_required}  # noqa: RUF012 (docutils' interface)

    def run(self) -> list[nodes.Node]:
        import firstorder
        from firstorder.page import beginnings

        name = self.arguments[0]
        if name not in firstorder.OPTIMIZERS:
            raise self.error(f"no optimizer is called {name!r}; there are {', '.join(firstorder.OPTIMIZERS)}")
        text = markdown(firstorder.OPTIMIZERS[name], self.options.get("label"))
        editable = [f"rule-{name}"] * (name in beginnings())  # by assets/page/rules.js
        box = nodes.container(classes=["rule", *editable], rule=name)
        self.state.nested_parse(StringList(text.splitlines(), source=f"rule {name}"), self.content_offset, box)
        return [box]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("rule", Rule)
    return {"parallel_read_safe": True}
