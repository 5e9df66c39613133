"""How the best rate moves with the width of a network, in its standard parameterisation and in µP; and how far the
weights at the start may be from the size that keeps a signal.

`python -m firstorder.lab.scale` measures what is not stored yet, a row at a time; `valley` reads what is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..backends import to_numpy
from ..minimize import minimize
from ..problems.normalised import NormalisedNetwork
from .runs import falling, images, loss
from .sweep import resume, short, versions, write
from .tuning import choose, least
from .walks import made

Params = dict[str, Any]

#: Units in each of two hidden layers; in the first, where rates are tuned, both parameterisations are the same.
WIDTHS = (32, 128, 512)
BASE = WIDTHS[0]
STEPS, BATCH, SEEDS = 200, 64, 20
#: Adam alone, from two seeds: a run takes forty times as long as one of the narrowest.
WIDEST, WIDEST_SEEDS = 1024, 2
#: The deep network: hidden layers, their units, steps; and what He's weights are multiplied by, in powers of √2.
DEPTH, UNITS, SHORT = 8, 32, 100
GAINS = (-4, -2, 0, 2)
FILE = Path(__file__).parents[1] / "sweeps" / "scale" / "scale.json"

#: By optimizer, the power of the width that each array's rate is multiplied by in µP.
POWERS = {
    "adam": {"W1": 0, "shift1": 0, "W2": -1, "shift2": 0, "W": -1, "b": 0},
    "sgd": {"W1": 1, "shift1": 1, "W2": 0, "shift2": 1, "W": -1, "b": 0},
}


#: What is measured: an optimizer, and the parameterisation and width, or the gain of the deep network, that it has; or
#: the width of a network that learns by its squared error.
CELLS = [
    *((f"standard {BASE}", key) for key in POWERS),
    *((f"{kind} {width}", key) for width in WIDTHS[1:] for key in POWERS for kind in ("standard", "mup")),
    *((f"gain {half}", key) for half in GAINS for key in POWERS),
    *((f"{kind} {WIDEST}", "adam") for kind in ("standard", "mup")),
    *((f"squared {width}", "sgd") for width in WIDTHS),
]
#: Where the first search begins, as a power of 2.
FIRST = {("standard", "adam"): -5, ("standard", "sgd"): 0, ("squared", "sgd"): -1}


class Squared(NormalisedNetwork):
    """The loss of a record is half the squared distance of its scores from 1 for its label and 0 for the others."""

    def off(self, scores: Any, labels: Any) -> Any:
        return scores - np.eye(self.classes, dtype=self.x.dtype)[labels]

    def value(self, params: Params, batch: Any = None) -> float:
        x, y = self._sample(batch)
        return float((self.off(self.scores(params, x)[0], y) ** 2).sum() / 2 / len(y))

    def gradient(self, params: Params, batch: Any = None) -> Params:
        x, y = self._sample(batch)
        scores, kept = self.scores(params, x)
        return self.back(params, x, kept, self.off(scores, y) / len(y))


@cache
def network(width: int, depth: int = 2, of: type[NormalisedNetwork] = NormalisedNetwork) -> NormalisedNetwork:
    """Hidden layers of so many rectifiers, without normalisation, on the digits in float32."""
    x, y = (to_numpy(array) for array in images("even"))
    return of(x.astype(np.float32), y, (width,) * depth, normalised=False)


def start(width: int, mup: bool = False, seed: int = 0) -> Params:
    """He's weights; in µP those of the scores are divided by the root of how much wider than `BASE` the network is."""
    params = network(width).start(seed)
    if mup:
        params["W"] *= np.float32((BASE / width) ** 0.5)
    return params


def groups(params: Params, key: str, mup: bool) -> list[dict[str, Any]]:
    """The parameters in groups of one rate each: with `lr_scale`, what µP multiplies the rate of the narrow one by."""
    if not mup:
        return [{"params": params}]
    wider = len(params["shift1"]) / BASE
    parts: dict[int, Params] = {}
    for name, array in params.items():
        parts.setdefault(POWERS[key][name], {})[name] = array
    return [{"params": part, "lr_scale": wider**power} for power, part in parts.items()]


def trained(key: str, mup: bool, width: int, lr: float, seed: int = 0, steps: int = STEPS) -> float:
    """The training loss after so many steps of a rate that falls to 0; infinite if the run diverged."""

    def make(params: Params) -> Any:
        return made(key, groups(params, key, mup), lr=falling(lr, steps))

    return _ended(network(width), make, start(width, mup, seed), seed, steps)


def by_squares(key: str, width: int, lr: float, seed: int = 0, steps: int = STEPS) -> float:
    """The same with the squared error as the loss, and one rate for all arrays."""
    problem = network(width, of=Squared)
    return _ended(
        problem, lambda params: made(key, params, lr=falling(lr, steps)), start(width, seed=seed), seed, steps
    )


def begun(key: str, gain: float, lr: float, seed: int = 0, steps: int = SHORT) -> float:
    """The training loss of the deep network from He's weights times `gain`, as `trained`."""
    problem = network(UNITS, DEPTH)
    params = {name: array * np.float32(gain) for name, array in problem.start(seed).items()}
    return _ended(problem, lambda params: made(key, params, lr=falling(lr, steps)), params, seed, steps)


def _ended(problem: Any, make: Callable[[Any], Any], params: Params, seed: int, steps: int) -> float:
    path = minimize(problem, make, params, steps, batch_size=BATCH, seed=seed, record_every=steps, progress=False)
    if path.interrupted:  # what it cut short is no measurement
        raise KeyboardInterrupt
    return loss(path)


def signal(gain: float, depth: int = 10, width: int = 64, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Root mean squares by layer, without training, of weights of He's size times `gain`: of the activations of all
    images, the images first; and of a gradient that comes back from random slopes of size 1 at the last layer."""
    rng, h = np.random.default_rng(seed), network(width).x.astype(float)
    forward, weights, passed = [_size(h)], [], []
    for _ in range(depth):
        weights.append(gain * rng.normal(0, (2 / h.shape[1]) ** 0.5, (h.shape[1], width)))
        z = h @ weights[-1]
        passed.append(z > 0)
        h = z * passed[-1]
        forward.append(_size(h))
    d = rng.normal(size=h.shape)
    back = [_size(d)]
    for W, mask in zip(weights[:0:-1], passed[:0:-1], strict=True):
        d = (d * mask) @ W.T
        back.append(_size(d))
    return np.array(forward), np.array(back[::-1])


def moved(key: str, mup: bool, width: int, lr: float, seed: int = 0) -> list[float]:
    """By how much the first step changes the input of each hidden layer's rectifiers, and the scores, on all images."""
    problem, params = network(width), start(width, mup, seed)
    opt = made(key, groups(params, key, mup), lr=lr)
    batch = np.random.default_rng(seed).permutation(problem.n_samples)[:BATCH]

    def seen() -> list[np.ndarray]:
        scores, kept = problem.scores(params, problem.x)
        return [*(layer[1] for layer in kept), scores]

    before = seen()
    grads = problem.gradient(params, batch)
    opt.step([{name: grads[name] for name in group["params"]} for group in groups(params, key, mup)])
    return [_size(new - old) for new, old in zip(seen(), before, strict=True)]


def _size(array: np.ndarray) -> float:
    return float(np.sqrt((np.asarray(array, float) ** 2).mean()))


class Valley(NamedTuple):
    """Rates as powers of 2, increasing, and the losses at each, (rates, seeds)."""

    powers: np.ndarray
    losses: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The geometric mean over the seeds; infinite where one diverged."""
        return np.exp(np.log(self.losses).mean(axis=1))

    @property
    def best(self) -> float:
        """The power of 2 at the bottom: of the parabola through the least mean and its two neighbours."""
        return bottom(self.powers, self.mean)

    @property
    def bests(self) -> np.ndarray:
        """The bottom for each seed."""
        return np.array([bottom(self.powers, each) for each in self.losses.T])


def bottom(powers: np.ndarray, losses: np.ndarray) -> float:
    """Where the parabola through the least loss and its neighbours is lowest, in the logarithms of both."""
    at = least(losses, powers)
    left, middle, right = np.log(losses[at - 1 : at + 2])
    step = powers[at] - powers[at - 1]
    if not np.isfinite([left, right]).all():
        return float(powers[at])
    curvature = left - 2 * middle + right
    return float(powers[at] + (step * (left - right) / (2 * curvature) if curvature > 0 else 0))


def explored(loss_at: Callable[[float, int], float], middle: int, seeds: int, also: int | None = None) -> Valley:
    """The losses of all seeds at powers of 2: from the middle to the best mean, two to either side, and at `also`."""
    found: dict[int, list[float]] = {}

    def mean(rate: float) -> float:
        power = round(np.log2(rate))
        if power not in found:
            found[power] = [loss_at(2.0**power, seed) for seed in range(seeds)]
        return float(np.exp(np.log(found[power]).mean()))

    best, rates = 0.0, [2.0**power for power in (middle - 1, middle, middle + 1)]
    for _ in range(4):  # what is tried beyond the best may be better still
        before, (best, _, _) = best, choose(mean, rates)
        if best == before:
            break
        for power in (-2, -1, 1, 2):
            mean(best * 2.0**power)
        rates = [2.0**power for power in sorted(found)]
    if also is not None:
        mean(2.0**also)
    powers = sorted(found)
    return Valley(np.array(powers), np.array([found[power] for power in powers]))


def measured(problem: str, key: str, middle: int, also: int | None = None) -> dict[str, Any]:
    """A row: the rates that were tried, as powers of 2, and four digits of each loss, None where it diverged."""
    kind, number = problem.split()
    if kind == "gain":
        found = explored(lambda lr, seed: begun(key, 2 ** (int(number) / 2), lr, seed), middle, SEEDS)
    elif kind == "squared":
        found = explored(lambda lr, seed: by_squares(key, int(number), lr, seed), middle, SEEDS)
    else:
        width = int(number)
        seeds = WIDEST_SEEDS if width == WIDEST else SEEDS
        found = explored(lambda lr, seed: trained(key, kind == "mup", width, lr, seed), middle, seeds, also)
    losses = [[short(x, 4) for x in each] for each in found.losses]
    return {"problem": problem, "optimizer": key, "powers": found.powers.tolist(), "losses": losses}


@cache
def stored() -> dict[tuple[str, str], Valley]:
    """What `python -m firstorder.lab.scale` wrote, by problem and optimizer."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))["rows"]
    return {(row["problem"], row["optimizer"]): _read(row) for row in rows}


def _read(row: Mapping[str, Any]) -> Valley:
    losses = [[np.inf if x is None else x for x in each] for each in row["losses"]]
    return Valley(np.array(row["powers"]), np.array(losses))


def valley(key: str, width: int, mup: bool = False) -> Valley:
    """What is stored of an optimizer at a width."""
    return stored()[f"{'mup' if mup and width > BASE else 'standard'} {width}", key]


def valleys(key: str) -> dict[str, dict[int, Valley]]:
    """What is stored of an optimizer, by the name of the parameterisation and by width."""
    widths = (*WIDTHS, WIDEST) if key == "adam" else WIDTHS
    return {name: {width: valley(key, width, name == "µP") for width in widths} for name in ("standard", "µP")}


def squared(key: str, width: int) -> Valley:
    """What is stored of an optimizer at a width with the squared error as the loss."""
    return stored()[f"squared {width}", key]


def deep(key: str, half: int) -> Valley:
    """What is stored of an optimizer on the deep network, from He's weights times √2 to this power."""
    return stored()[f"gain {half}", key]


def main(path: Path = FILE) -> None:
    """Measure and store what is not stored.

    A search begins where that of the last narrower network ended, and the best rate of the narrowest is tried, too.
    """
    settings = {"steps": STEPS, "batch_size": BATCH, "seeds": SEEDS, "depth": DEPTH, "units": UNITS, "short": SHORT}
    results: dict[str, Any] = {"settings": settings, "versions": versions(), "rows": []}
    if path.exists():
        results = resume(path, results)
    ended, tuned = dict(FIRST), dict[str, int]()
    for problem, key in CELLS:
        row = next((row for row in results["rows"] if (row["problem"], row["optimizer"]) == (problem, key)), None)
        kind = problem.split()[0]
        if row is None:
            row = measured(problem, key, ended.get((kind, key), ended["standard", key]), tuned.get(key))
            results["rows"].append(row)
            write(results, path)
            print(f"{problem}, {key}", file=sys.stderr)
        if kind != "gain":
            found = _read(row)
            ended[kind, key] = int(found.powers[least(found.mean, found.powers)])
            tuned.setdefault(key, ended[kind, key])


if __name__ == "__main__":
    main()
