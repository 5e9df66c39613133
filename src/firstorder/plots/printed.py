"""A figure that a notebook shows as SVG, the same file for the same figure, whatever the notebook's settings are."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure


class Printed(Figure):
    """A Matplotlib figure that knows how it is shown; nothing is set for other figures."""

    def svg(self) -> str:
        """The figure as SVG; text stays text, and what is drawn as pixels has 150 to the inch."""
        from IPython.core.pylabtools import print_figure

        with mpl.rc_context({"svg.hashsalt": "firstorder"}):
            return print_figure(self, "svg", metadata={"Date": None}, dpi=150)

    def _ipython_display_(self, **_: Any) -> None:
        from IPython.display import display

        display({"image/svg+xml": self.svg(), "text/plain": repr(self)}, raw=True)
