"""Writes every formula as MathML while the book is built: browsers draw it, with a font of ours and no script.

Temml runs in the V8 that comes as a Python package, which weighs less than half of a Node.js. A formula that it refuses
is a warning, which fails the build. What belongs to a formula on the page is done here too: punctuation after it stays
with it, a wide one scrolls, and the symbols of the page's rules carry their names.
"""

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from book.symbols import key, mark, whole

logger = logging.getLogger(__name__)
SCRIPT = Path(__file__).parents[1] / "book" / "temml" / "temml.min.js"
#: What stands alone on a line if a line breaks between it and its formula.
BEFORE, AFTER = re.compile(r"[(\[“‘\"']+$"), re.compile(r"^[.,;:!?)\]”’\"']+")
#: What the formulas' font has of them.
SIGNS = set(".,;:)]")
#: How a formula ends that has more than one part.
LAST = "</mrow></math>"
#: Shorter formulas, in letters of TeX, are not broken in a line.
LONG = 30
#: An invisible "of" after an operator's name that stands in an index, and so is of nothing.
OF_NOTHING = re.compile(r"<mrow( class=\"[^\"]*\")?>(<mi)(>\w+</mi>)<mo>\u2061</mo></mrow>")
#: What math.css says once.
SAID = re.compile(r' style="(?:display:block math;|math-depth:0;|padding-left:0em;padding-right:0em;)"')


@cache
def engine() -> MiniRacer:
    """With Temml in it; made when the first formula is drawn, after the processes that read chapters are forked."""
    engine = MiniRacer()
    engine.eval(SCRIPT.read_text(encoding="utf-8"))
    return engine


@cache
def render(latex: str, display: bool = False) -> str:
    """The formula as MathML, with its TeX as `data-tex`, for what is made of pages."""
    options = {"displayMode": display, "throwOnError": True, "wrap": "none" if display or len(latex) < LONG else "tex"}
    try:
        drawn = str(engine().call("temml.renderToString", latex, options))
    except JSEvalException as error:
        said = str(error).partition("\n")[0].removeprefix("<anonymous>:1: ")  # and then all of Temml, as its source
        logger.warning("Temml refuses a formula: %s\n%s", said, latex)
        return escape(latex)
    drawn = OF_NOTHING.sub(r"\2\1\3", SAID.sub("", drawn))
    drawn = drawn.replace("<math", f'<math data-tex="{escape(" ".join(latex.split()))}"', 1)
    return f'<div class="formula-box">{drawn}</div>' if display else drawn


def inline(self: HTML5Translator, node: nodes.math) -> None:
    drawn = mark(render(node.astext()), names(self))
    if sign := node.get("sign"):
        drawn = f"{drawn.removesuffix(LAST)}<mtext>{escape(sign)}</mtext>{LAST}"
    self.body.append(drawn)
    raise nodes.SkipNode


def breaks(drawn: str) -> bool:
    """Whether a formula in a line may end in another: a sign behind it would stand beside all of its lines."""
    return "</mrow><mrow" in drawn and drawn.endswith(LAST)


def block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append(f"{mark(render(node.astext(), display=True), names(self))}</div>\n")
    raise nodes.SkipNode


def names(translator: HTML5Translator) -> dict[str, str]:
    """The symbols of the rules that the page shows, and what they are called in the rules."""
    document = translator.document
    if not hasattr(document, "rule_symbols"):
        shown = [box["rule"] for box in document.findall(nodes.container) if "rule" in box]
        moved = [
            name
            for raw in document.findall(nodes.raw)
            if "firstorder-widget" in raw.astext()
            for name in re.findall(r'"(?:rule|id)": ?"(\w+)"', raw.astext())
        ]
        document.rule_symbols = names_of(tuple(dict.fromkeys(shown + moved)))
    found: dict[str, str] = document.rule_symbols
    return found


@cache
def names_of(rules: tuple[str, ...]) -> dict[str, str]:
    """The names in the rules' signatures and of their lines, by what their symbols spell; a first rule's come first."""
    from firstorder import OPTIMIZERS
    from firstorder.reading.tex import name_tex

    found: dict[str, str] = {}
    for rule in rules:
        if rule not in OPTIMIZERS:
            continue
        program = OPTIMIZERS[rule].rule.program
        lines = [line.target for line in program.lines]
        for name in (*program.arrays, *program.scalars, *OPTIMIZERS[rule].rule.hyperparameters, *lines):
            tex = name_tex(name.removeprefix("sqrt_"))  # what stands under the root is named
            spelled = key(whole(render(tex)))
            if spelled and name != "t" and not tex.endswith(("_{0}", "_0")):  # which is where another began
                found.setdefault(spelled, name)
    return found


class KeepTogether(SphinxPostTransform):
    """No line ends between a formula and the bracket before it or the punctuation behind it."""

    default_priority = 800
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for formula in list(self.document.findall(nodes.math)):
            before, after = previous(formula), following(formula)
            opening = BEFORE.search(before.astext()) if isinstance(before, nodes.Text) else None
            closing = AFTER.match(after.astext()) if isinstance(after, nodes.Text) else None
            if not (opening or closing):
                continue
            kept = nodes.inline("", "", classes=["kept"])
            formula.replace_self(kept)
            if opening:
                put(before, before.astext()[: opening.start()])
                kept += nodes.Text(opening[0])
            kept += formula
            if closing:
                put(after, after.astext()[closing.end() :])
                if set(closing[0]) <= SIGNS and breaks(render(formula.astext())):
                    formula["sign"] = closing[0]
                else:
                    kept += nodes.Text(closing[0])


def put(old: nodes.Text, text: str) -> None:
    """In the place of just this text; `parent.replace` would take the first that reads alike, another full stop."""
    siblings = old.parent.children
    old.parent[next(i for i, sibling in enumerate(siblings) if sibling is old)] = nodes.Text(text)


def previous(node: nodes.Node) -> Any:
    siblings = node.parent.children
    place = siblings.index(node)
    return siblings[place - 1] if place else None


def following(node: nodes.Node) -> Any:
    return node.next_node(descend=False, siblings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("temml", (inline, None), (block, None))
    app.add_post_transform(KeepTogether)
    return {"parallel_read_safe": True}
