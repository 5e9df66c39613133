"""What experiments found that take too long for a page, as `python -m firstorder.lab.stored` wrote it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("stored.json")


@cache
def whole() -> dict[str, Any]:
    return json.loads(PATH.read_text(encoding="utf-8"))


def stored(name: str) -> Any:
    """What an experiment found: numbers, lists and mappings of them."""
    return whole()[name]
