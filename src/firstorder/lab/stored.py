"""What pages show and would take them too long: experiments by name, and what they found, in stored.json.

`python -m firstorder.lab.stored [NAME ...]` runs them again, all or those named, in about ten minutes. A test runs a
part of each. The sweeps, which take hours, have files of their own: see `results`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import choosing, digits, matrices, precision, surroundings
from .kept import PATH, whole


def valleys() -> Any:
    """Held-out losses by rule, rate, seed and look."""
    return {rule: [choosing.at_rate(rule, lr) for lr in choosing.RATES] for rule in ("sgd", "momentum", "adam")}


def horizons() -> Any:
    """Rates, and losses by rate, seed and hundred steps, of two rules."""
    return {key: {"rates": rates, "losses": losses} for key, (rates, losses) in digits.horizons(20).items()}


def sixteen_bits() -> Any:
    """Losses by step of five ways to keep weights; and of bfloat16 over float32, by rate and seed."""
    ways: dict[str, dict[str, Any]] = {
        "float32": {},
        "bfloat16": {},
        "float16": {},
        "bfloat16, Kahan": {"kahan": True},
        "float16, Kahan": {"kahan": True},
    }
    losses = {name: precision.losses(name.partition(",")[0], **how) for name, how in ways.items()}
    return {"losses": losses, "excess": precision.excess()}


def turned() -> Any:
    """The share of the bowl's loss that is left every ten steps, by bowl and rule, each at its best rate."""
    found: dict[str, dict[str, Any]] = {}
    for bowl, is_turned in (("straight", False), ("turned", True)):
        paths = {key: matrices.best(key, is_turned, adams=key == "soap") for key in matrices.SHOWN}
        found[bowl] = {key: path.values / path.values[0] for key, path in paths.items()}
    return found


def surrounded() -> Any:
    """Adam's held-out losses by rate and seed, cold and warmed up; and by steps and way the least losses of SGD."""
    runs = {steps: surroundings.averaged_or_falling(steps, 20) for steps in (60, 300)}
    return {
        "averages": {steps: {way: run.least for way, run in ways.items()} for steps, ways in runs.items()},
        "warm_up": {
            "cold": surroundings.surrounded("adam", seeds=20).held_out,
            "warm": surroundings.surrounded("adam", "warmed", seeds=20).held_out,
        },
    }


def words() -> Any:
    """The rate that is best for AdaGrad on sparse words."""
    return {"adagrad": digits.settled("words", "adagrad").rate}


EXPERIMENTS: dict[str, Callable[[], Any]] = {
    run.__name__: run for run in (horizons, sixteen_bits, surrounded, turned, valleys, words)
}


def plain(found: Any) -> Any:
    """Lists and numbers of six digits, for NumPy's."""
    if isinstance(found, dict):
        return {str(name): plain(each) for name, each in found.items()}
    if isinstance(found, (list, tuple, np.ndarray)):
        return [plain(each) for each in found]
    return float(f"{float(found):.6g}")


def main(names: list[str]) -> int:
    if unknown := set(names) - set(EXPERIMENTS):
        sys.exit(f"no experiment is called {', '.join(sorted(unknown))}; there are {', '.join(EXPERIMENTS)}")
    found = whole() if PATH.exists() else {}
    for name in names or EXPERIMENTS:
        found[name] = plain(EXPERIMENTS[name]())
        lines = (f"{json.dumps(key)}: {json.dumps(found[key], ensure_ascii=False)}" for key in sorted(found))
        PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
