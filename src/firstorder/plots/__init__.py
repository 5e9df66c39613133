"""The book's printed figures: Matplotlib in one style, so that a chapter's cell shows optimizers and not plotting.

Needs Matplotlib (extra `book`).
"""

from .basic import COLORS, axes, curves, label_of, paths

__all__ = ["COLORS", "axes", "curves", "label_of", "paths"]
