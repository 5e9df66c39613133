"""The fair sweep beyond the digits as they are: moved digits, a fine-tuning, and tables of embeddings.

`python -m firstorder.lab.wider` makes what is stored again, in about seven minutes of one core.
"""

from __future__ import annotations

import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from ..optimizers import OPTIMIZERS
from ..problems import Digits, digits
from ..problems.deep import DeepConvolutionalNetwork
from ..problems.embeddings import EmbeddingTables, neighbours
from .language_rules import lazy_adam, row_adagrad
from .results import row, stored
from .sweep import FACTORS, sweep
from .trial import train
from .tuning import met_test

#: The optimizers of all three; SOAP's matrices are too large for a table, where two rules for rows stand in.
COMMON = ("sgd", "momentum", "signum", "lion", "adagrad", "rmsprop", "adam", "adamw", "schedule_free_adamw", "muon")
NETWORKS = {key: OPTIMIZERS[key] for key in (*COMMON, "soap")}
TABLES = {key: OPTIMIZERS[key] for key in COMMON} | {"row_adagrad": row_adagrad, "lazy_adam": lazy_adam}
#: Three seeds choose a rate, twenty others are what is shown.
TUNING, SEEDS = range(3), range(3, 23)
#: How many turned digits there are to learn from, half of them to tune on.
FEW, DEGREES = 200, 30
#: How many words have a row in each table.
KINDS = 2000


def moved(side: int = 12, seed: int = 0) -> Digits:
    """The digits, each at a random place of a field of side × side pixels, the same place every time; float32."""
    data, rng = digits(dtype="float32"), np.random.default_rng(seed)

    def placed(x: Any) -> np.ndarray:
        fields = np.zeros((len(x), side, side), x.dtype)
        for field, image, (i, j) in zip(fields, x, rng.integers(side - 7, size=(len(x), 2)), strict=True):
            field[i : i + 8, j : j + 8] = image.reshape(8, 8)
        return fields.reshape(len(x), -1)

    return data._replace(x_train=placed(data.x_train), x_test=placed(data.x_test))


@cache
def upright() -> Digits:
    """The digits in float32."""
    return digits(dtype="float32")


@cache
def turned(degrees: float = DEGREES, few: int = FEW) -> Digits:
    """A few of the digits to train on, and all test digits, turned about their middle; what lies outside is 0."""
    from scipy.ndimage import rotate  # type: ignore[import-untyped]

    data = upright()

    def turn(x: Any) -> np.ndarray:
        images = rotate(x.reshape(-1, 8, 8), degrees, axes=(2, 1), reshape=False, order=1)
        return images.astype(x.dtype).reshape(len(x), -1)

    return Digits(turn(data.x_train[:few]), data.y_train[:few], turn(data.x_test), data.y_test)


class FineTuned(DeepConvolutionalNetwork):
    """The network that starts where it has learned to read upright digits, other weights for each seed."""

    def start(self, seed: int = 0) -> dict[str, Any]:
        return {name: array.copy() for name, array in learned(seed).items()}


@cache
def learned(seed: int) -> dict[str, Any]:
    """The weights after 300 steps of Adam on the upright digits, the few that are turned later left out."""
    data = upright()
    problem = DeepConvolutionalNetwork(data.x_train[FEW:], data.y_train[FEW:])
    run = train(problem, OPTIMIZERS["adam"], lr=0.01, steps=300, batch_size=64, seed=seed)
    assert run.params is not None
    return run.params


def tuned_on_turned(key: str, factor: float = 1.0) -> np.ndarray:
    """Test accuracies by seed after a fine-tuning at `factor` times the stored rate: (turned, upright) digits."""
    rate = factor * row(stored("turned"), "fine_tuning", key)["lr"]
    problem, found = FineTuned(turned().x_train, turned().y_train), []
    for seed in SEEDS:
        run = train(problem, OPTIMIZERS[key], lr=rate, steps=100, batch_size=20, seed=seed)
        assert run.params is not None
        found.append(_both(problem, run.params))
    return np.array(found)


def untuned() -> np.ndarray:
    """The same before any fine-tuning."""
    problem = FineTuned(turned().x_train, turned().y_train)
    return np.array([_both(problem, problem.start(seed)) for seed in SEEDS])


def _both(problem: FineTuned, params: dict[str, Any]) -> list[float]:
    met_test()
    return [problem.accuracy(params, x, upright().y_test) for x in (turned().x_test, upright().x_test)]


def main(folder: str | Path | None = None) -> None:
    """Run the three sweeps and store them, where they are not stored yet."""
    there = Path(__file__).parents[1] / "sweeps" if folder is None else Path(folder)
    shared: dict[str, Any] = {"factors": FACTORS[2:], "tuning_seeds": TUNING, "seeds": SEEDS, "defaults": False}
    pairs, held_out = neighbours(KINDS)
    tables = partial(EmbeddingTables, kinds=KINDS)
    few: dict[str, Any] = {"steps": 100, "batch_size": 20, "held_out": FEW // 2, "record_every": 10}
    finely = {"factors": [10 ** (power / 4) for power in range(-4, 9)]}
    both = {"fine_tuning": FineTuned, "from_scratch": DeepConvolutionalNetwork}
    sweep(both, NETWORKS, turned(), file=there / "turned.json", **few, **(shared | finely))
    once: dict[str, Any] = {"batch_size": 512, "held_out": held_out, "record_every": 100}
    sweep({"neighbours": tables}, TABLES, pairs, file=there / "neighbours.json", **once, **shared)
    small: dict[str, Any] = {"steps": 200, "batch_size": 32, "record_every": 50}
    sweep({"moved": DeepConvolutionalNetwork}, NETWORKS, moved(), file=there / "moved.json", **small, **shared)


if __name__ == "__main__":
    main(*sys.argv[1:])
