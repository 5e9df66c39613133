"""One front end per figure: an ES module used by the notebook, as an ipywidget, and by the static page alike.

Imports everything of the package; nothing of the package imports it, for it needs the extra `book`.
"""

try:
    from .playground import Playground
except ModuleNotFoundError as error:
    if error.name not in {"anywidget", "ipywidgets", "traitlets"}:
        raise
    raise ImportError(
        f"firstorder.widgets needs {error.name}, which is not installed: pip install 'firstorder[book]'"
    ) from error

__all__ = ["Playground"]
