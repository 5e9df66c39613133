"""Many networks at once: one for each setting and seed, trained side by side and judged on digits they did not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..backends import array_backend
from ..minimize import batches
from ..problems import TwoLayerNetwork, digits
from .tuning import OnTest, least

Params = dict[str, Any]
Pool = tuple[Any, Any]


class Split(NamedTuple):
    """The digits: 768 to train on, 256 to choose settings by, 773 to test on."""

    fit: Pool
    held_out: Pool
    test: Pool


@cache
def split() -> Split:
    """The digits in three; see `Split`."""
    data = digits()
    x, y = np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    return Split((x[:768], y[:768]), (x[768:1024], y[768:1024]), (x[1024:], y[1024:]))


def few(seed: int, examples: int = 100, flipped: float = 0.0) -> Pool:
    """A few of the digits to train on, others for each seed; of a share `flipped` the label is drawn at random."""
    rng, (x, y) = np.random.default_rng(seed), split().fit
    chosen = rng.permutation(len(y))[:examples]
    x, y = x[chosen], y[chosen]
    wrong = rng.permutation(examples)[: int(examples * flipped)]
    y[wrong] = array_backend("y", y).xp.asarray(rng.integers(10, size=len(wrong)))
    return x, y


class Judged(NamedTuple):
    """By setting and seed: loss on the digits to fit and on those held out, and test accuracy in per cent.

    A loss is infinite where a run diverged.
    """

    fit: np.ndarray
    held_out: np.ndarray
    accuracy: OnTest
    settings: Sequence[Any]

    def best_by(self, part: str = "held_out", low: str = "", high: str = "") -> int:
        """The setting with the least mean loss on "fit" or "held_out".

        Where settings are rates, it must lie inside them, or a reason be given, see `tuning.least`; settings of more
        than a rate are no line with ends.
        """
        losses = getattr(self, part).mean(axis=1)
        if all(isinstance(setting, (int, float)) for setting in self.settings):
            return least(losses, self.settings, low=low, high=high)
        return int(losses.argmin())

    @property
    def best(self) -> int:
        """The setting with the least mean loss on the digits held out; of rates, one inside them."""
        return self.best_by()

    @property
    def least(self) -> float:
        """Its mean loss on the digits held out."""
        return float(self.held_out[self.best].mean())

    @property
    def losses(self) -> np.ndarray:
        """Its losses on the digits held out, by seed."""
        return self.held_out[self.best]

    @property
    def chosen(self) -> np.ndarray:
        """Its test accuracies by seed, in per cent."""
        return np.asarray(self.accuracy[self.best])


def judge(params: Params, settings: Sequence[Any], seeds: int) -> Judged:
    """Judge networks, whose parameters have the runs as first axis: of each setting all seeds."""
    shape = (len(settings), seeds)

    def loss(pool: Pool) -> np.ndarray:
        found = TwoLayerNetwork(*pool).value(params)
        return np.where(np.isfinite(found), found, np.inf).reshape(shape)

    data = split()
    with np.errstate(all="ignore"):
        accuracy = 100 * TwoLayerNetwork(*data.test).accuracy(params)
        tested = accuracy.reshape(shape).view(OnTest)
        return Judged(loss(data.fit), loss(data.held_out), tested, settings)


def ensemble(
    make: Callable[[Params, Any], Any],
    settings: Sequence[Any],
    *,
    steps: int,
    seeds: int = 5,
    batch_size: int = 32,
    hidden: int = 32,
    pools: Sequence[Pool] | None = None,
    stops: Sequence[int] = (),
    answer: Callable[[Any, Params], Params] = lambda opt, params: params,
) -> list[Judged]:
    """Train two-layer networks on the digits, one for each setting and seed, and judge them.

    make: the optimizer of a run, from its parameters and its setting; one with more than one evaluation a step gets
    all. pools: what each seed trains on, equally many examples; None is `split().fit` for all. stops: steps after
    which to judge, besides the last. answer: what to judge, from a run's optimizer and parameters. Each run is, to
    rounding, `fo.minimize` of a network, from the start and with the batches of its seed.
    """
    own = [split().fit] if pools is None else list(pools)
    x, y = (np.concatenate(part) for part in zip(*own, strict=True))
    network = TwoLayerNetwork(x, y, hidden)
    size = len(own[0][1])
    drawn = [batches(size, batch_size, seed) for seed in range(seeds)]
    offsets = [size * seed * (pools is not None) for seed in range(seeds)]
    starts = [network.start(seed) for seed in range(seeds)] * len(settings)
    params = {name: np.stack([start[name] for start in starts]) for name in starts[0]}
    runs = [{name: p[i] for name, p in params.items()} for i in range(len(starts))]
    opts = [make(run, settings[i // seeds]) for i, run in enumerate(runs)]
    for opt in opts:
        opt.on_nonfinite = "ignore"
    found = []
    for t in range(1, steps + 1):
        batch = np.stack([next(d) + offset for d, offset in zip(drawn, offsets, strict=True)] * len(settings))
        for last in range(opts[0].evaluations)[::-1]:
            with np.errstate(all="ignore"):
                g = network.gradient(params, batch)
            for i, opt in enumerate(opts):
                (opt.perturb if last else opt.step)({name: part[i] for name, part in g.items()})
        if t in stops or t == steps:
            answers = [answer(opt, run) for opt, run in zip(opts, runs, strict=True)]
            stacked = {name: np.stack([each[name] for each in answers]) for name in params}
            found.append(judge(stacked, settings, seeds))
    return found
