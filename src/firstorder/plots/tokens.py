"""Colours, dashes and marks of the whole site: the interactive figures read the same file."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

TOKENS: dict[str, Any] = json.loads(files("firstorder").joinpath("figures", "tokens.json").read_text(encoding="utf-8"))
