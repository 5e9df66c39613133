"""Puts something of ours in the place of a name of another library, which must still be there."""

from typing import Any

from sphinx.errors import ExtensionError


def replace(owner: Any, name: str, ours: Any) -> None:
    """Set `owner.name`; a name that the library has no more is an error, and not a line without effect."""
    if not hasattr(owner, name):
        raise ExtensionError(f"{owner!r} has no {name!r} any more, which the book replaces: see who calls it now")
    setattr(owner, name, ours)
