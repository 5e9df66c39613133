"""What type checkers and editors know of the optimizers: `python -m firstorder.add` writes optimizers.pyi."""

from __future__ import annotations

from pathlib import Path

from .rules import RULES

STUB = Path(__file__).with_name("optimizers.pyi")


def stub() -> str:
    """The text of optimizers.pyi: each class with its hyperparameters and their defaults."""
    lines = [
        '"""Written by `python -m firstorder.add`, from the rules."""',
        "",
        "from typing import Any, ClassVar",
        "",
        "from .optimizer import Optimizer",
        "from .step import NonFinite, Value",
        "",
        "__all__: list[str]",
        "",
        "OPTIMIZERS: dict[str, type[Optimizer]]",
    ]
    for rule in RULES.values():
        numbers = rule.hyperparameters
        given = "".join(f", {name}: Value = {default!r}" for name, default in numbers.items())
        lines += ["", f"class {rule.name}(Optimizer):", *(f"    {name}: Value" for name in numbers)]
        head = f'    def __init__(self, params: Any, *{given}, on_nonfinite: NonFinite = "raise") -> None: ...'
        lines += ["    uncorrected: ClassVar[type[Optimizer]]"] * (rule.uncorrected is not None) + [head]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
