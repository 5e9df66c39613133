"""A figure that a notebook shows as SVG, the same file for the same figure, whatever the notebook's settings are."""

from __future__ import annotations

import base64
import io
import os
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend


class Printed(Figure):
    """A Matplotlib figure that knows how it is shown; nothing is set for other figures."""

    def svg(self) -> str:
        """The figure as SVG; what is drawn as pixels has 150 to the inch."""
        return self._written("path")

    def themed(self) -> str:
        """The same for the book's pages, which are light or dark, and read on a desk or a phone; see `themed`."""
        from .themed import PHONE, themed

        width, height = before = tuple(self.get_size_inches())
        wide = self._written("none")
        self.set_size_inches(min(width, PHONE), height * min(1, PHONE / width))
        moved = self._legend_above()
        try:
            return themed(wide, self._written("none"))
        finally:
            self.set_size_inches(before)
            for above, legend in moved:
                above.remove()
                legend.set_visible(True)

    def _legend_above(self) -> list[tuple[Legend, Legend]]:
        """Puts a legend that covers something above its axes, if these are the only ones; returns the new and the old.

        Type keeps its size on a phone, so a legend takes a larger share of the axes than on a desk.
        """
        legend = self.axes[0].get_legend() if len(self.axes) == 1 else None
        if legend is None:
            return []
        self.draw_without_rendering()
        if not covers(legend, self.axes[0]):
            return []
        handles = [handle for handle in legend.legend_handles if handle is not None]
        labels = [text.get_text() for text in legend.get_texts()]
        legend.set_visible(False)
        longest = max(map(len, labels))
        for size in (10, 8):  # the first at which an entry's width, in inches, leaves two rows
            columns = max(1, int(self.get_figwidth() / (0.4 + 0.006 * size * longest)))
            rows = -(-len(labels) // columns)
            if rows <= 2:
                break
        narrow: dict[str, Any] = {"fontsize": size, "columnspacing": 1, "handlelength": 1.6, "frameon": False}
        narrow |= {"title": legend.get_title().get_text(), "title_fontsize": size}
        above = self.legend(handles, labels, loc="outside upper center", ncols=-(-len(labels) // rows), **narrow)
        return [(above, legend)]

    def _written(self, fonttype: str) -> str:
        """As SVG: "path" has the outlines of letters, "none" the reader's own type, at a third of the weight."""
        from IPython.core.pylabtools import print_figure

        with mpl.rc_context({"svg.hashsalt": "firstorder", "svg.fonttype": fonttype}):
            return print_figure(self, "svg", metadata={"Date": None}, dpi=150)

    def png(self, limit: int = 100_000) -> bytes:
        """The figure as PNG of at most `limit` bytes, for previews."""
        return light_png(self, 150, limit)

    def _ipython_display_(self, **_: Any) -> None:
        from IPython.display import display

        if os.environ.get("FIRSTORDER_FIGURES") == "page":
            # The book makes previews of its chapters of the pixels.
            data = {"image/svg+xml": self.themed(), "image/png": base64.b64encode(self.png()).decode()}
        else:
            data = {"image/svg+xml": self.svg()}
        data["text/plain"] = repr(self)
        display(data, raw=True)


def covers(legend: Legend, ax: Axes) -> bool:
    """Whether a legend lies on a line, a dot or a word of its axes. All were laid out before."""
    box = legend.get_window_extent()
    lines = (line.get_transform().transform_path(line.get_path()) for line in ax.lines)
    dots = (dot for some in ax.collections for dot in some.get_offset_transform().transform(some.get_offsets()))
    return (
        any(path.intersects_bbox(box, filled=False) for path in lines)
        or any(box.contains(*dot) for dot in dots)
        or any(box.overlaps(text.get_window_extent()) for text in ax.texts)
    )


def light_png(figure: Figure, dpi: float, limit: int) -> bytes:
    """A figure as PNG of few colours, `dpi` pixels to the inch, or fewer, so as to have at most `limit` bytes."""
    from PIL import Image

    before, own = figure.dpi, figure.canvas
    written = io.BytesIO()
    try:
        for _ in range(4):
            figure.set_dpi(dpi)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
            # Of the ways to choose few colours the one that keeps the rare ones, a dot's or a mark's.
            few = image.quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            written = io.BytesIO()
            few.save(written, "PNG", optimize=True)
            if written.tell() <= limit:
                break
            dpi *= 0.92 * (limit / written.tell()) ** 0.5  # bytes go with the pixels, or rather less than that
        return written.getvalue()
    finally:
        figure.set_dpi(before)
        figure.set_canvas(own)
