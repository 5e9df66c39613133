"""What pages show and would take them too long: experiments by name, and what they found, in stored.json.

`python -m firstorder.lab.stored [NAME ...]` runs them again, all or those named, in about ten minutes. A test runs a
part of each. The sweeps, which take hours, have files of their own: see `results`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

PATH = Path(__file__).with_suffix(".json")


@cache
def _all() -> dict[str, Any]:
    return json.loads(PATH.read_text(encoding="utf-8"))


def stored(name: str) -> Any:
    """What an experiment found: numbers, lists and mappings of them."""
    return _all()[name]


def choosing() -> Any:
    """Held-out losses by rule, rate, seed and look."""
    from . import choosing as lab

    return {rule: [lab.at_rate(rule, lr) for lr in lab.RATES] for rule in ("sgd", "momentum", "adam")}


def horizons() -> Any:
    """Rates, and losses by rate, seed and hundred steps, of two rules."""
    from . import digits

    return {key: {"rates": rates, "losses": losses} for key, (rates, losses) in digits.horizons(20).items()}


def precision() -> Any:
    """Losses by step of five ways to keep weights; and of bfloat16 over float32, by rate and seed."""
    from . import precision as lab

    ways: dict[str, dict[str, Any]] = {
        "float32": {},
        "bfloat16": {},
        "float16": {},
        "bfloat16, Kahan": {"kahan": True},
        "float16, Kahan": {"kahan": True},
    }
    losses = {name: lab.losses(name.partition(",")[0], **how) for name, how in ways.items()}
    return {"losses": losses, "excess": lab.excess()}


def turned() -> Any:
    """The share of the bowl's loss that is left every ten steps, by bowl and rule, each at its best rate."""
    from . import matrices

    found: dict[str, dict[str, Any]] = {}
    for bowl, is_turned in (("straight", False), ("turned", True)):
        paths = {key: matrices.best(key, is_turned, adams=key == "soap") for key in matrices.SHOWN}
        found[bowl] = {key: path.values / path.values[0] for key, path in paths.items()}
    return found


def surrounded() -> Any:
    """Adam's held-out losses by rate and seed, cold and warmed up; and by steps and way the least losses of SGD."""
    from . import surroundings as lab

    averages = {
        steps: {way: run.least for way, run in lab.averaged_or_falling(steps, 20).items()} for steps in (60, 300)
    }
    warm_up = {name: lab.surrounded("adam", by, 20).held_out for name, by in (("cold", "nothing"), ("warm", "warmed"))}
    return {"warm_up": warm_up, "averages": averages}


def words() -> Any:
    """The rate that is best for AdaGrad on sparse words."""
    from . import digits

    return {"adagrad": digits.settled("words", "adagrad").rate}


EXPERIMENTS: dict[str, Callable[[], Any]] = {
    run.__name__: run for run in (choosing, horizons, precision, turned, surrounded, words)
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
    found = _all() if PATH.exists() else {}
    for name in names or EXPERIMENTS:
        found[name] = plain(EXPERIMENTS[name]())
        lines = (f"{json.dumps(key)}: {json.dumps(found[key], ensure_ascii=False)}" for key in sorted(found))
        PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
