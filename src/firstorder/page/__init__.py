"""What Python does in a page: it reads the text of a rule that the reader types, and says all of it as JSON.

    read("def mine(p, g, *, lr=0.1): ...")     # {"rule": …, "tex": …, "javascript": …, …}, or {"error": …}
    drawn("x**2 + sin(3*y)")                   # {"javascript": …, "tex": …}: a landscape and its gradient

A text is somebody's: the reader's, or a link's. Nothing of it runs: `accept` refuses what is more than one function
with its decorator, and reading a function does not call it. Imports `reading` and `rules`, and no numerics, so that
it works where NumPy is only names.
"""

from .answer import beginnings, drawn, judged, read
from .describe import describe_rule, span
from .text import cell, text_of

__all__ = ["beginnings", "cell", "describe_rule", "drawn", "judged", "read", "span", "text_of"]
