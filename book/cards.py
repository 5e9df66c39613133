"""The pictures that go with a shared link: a chapter's title beside its figure."""

from io import BytesIO
from textwrap import wrap

import matplotlib.image
from matplotlib.figure import Figure
from PIL import Image

from book.identity import Identity

SIZE = (1200, 630)  # pixels, which is what previews of links show uncut
INK, PAPER, QUIET = "#1f2430", "#ffffff", "#5b6472"


def card(book: Identity, chapter: str | None, picture: bytes | None = None) -> bytes:
    """A PNG of `SIZE`: of a chapter, or of the book where there is none; `picture` is a PNG, too."""
    width, height = SIZE
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=PAPER)
    lines = wrap(chapter or book.name, 12 if picture else 24, break_on_hyphens=False)
    # Bold letters are up to 0.8 as wide as they are high, and a point is 100/72 of a pixel.
    size = min(58, (430 if picture else 1000) / max(map(len, lines)), 180 / len(lines))
    figure.text(0.06, 0.86, book.name if chapter else "An executable book", fontsize=24, color=QUIET, va="top")
    figure.text(0.06, 0.74, "\n".join(lines), fontsize=size, color=INK, va="top", weight="bold", linespacing=1.15)
    figure.text(
        0.06, 0.08, "\n".join(wrap(book.subtitle, 30 if picture else 60)), fontsize=20, color=QUIET, linespacing=1.3
    )
    if picture:
        axes = figure.add_axes((0.48, 0.06, 0.48, 0.88))
        axes.imshow(matplotlib.image.imread(BytesIO(picture), format="png"), interpolation="lanczos")
        axes.set_axis_off()
    figure.savefig(drawn := BytesIO(), format="png", dpi=100, facecolor=PAPER)
    # 256 colours are enough for lines and letters, and a third of the bytes.
    Image.open(drawn).convert("RGB").quantize(256).save(made := BytesIO(), format="png", optimize=True)
    return made.getvalue()
