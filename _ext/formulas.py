"""Draws each optimizer's formula into a file of its own, `figures/formulas/adam.html`: figures fetch what they show."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from _ext.mathematics import render
from _ext.rule import spaced


def draw(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    import firstorder

    folder = Path(app.outdir) / "figures" / "formulas"
    folder.mkdir(parents=True, exist_ok=True)
    for key, optimizer in firstorder.OPTIMIZERS.items():
        drawn = render(spaced(optimizer.tex()), {"displayMode": True})
        (folder / f"{key}.html").write_text(drawn, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("_ext.mathematics")  # whose server it asks
    app.connect("build-finished", draw)
    return {"parallel_read_safe": True}
