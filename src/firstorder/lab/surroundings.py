"""Experiments with what goes around an optimizer: schedules, clipping, Lookahead, averages, SAM, Schedule-Free."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..arena import Arena
from ..minimize import Trajectory, batches, minimize
from ..problems import TwoLayerNetwork, landscape
from ..schedules import Cosine, Warmup
from ..wrappers import SAM, SWA, ClipGlobalNorm, ClipNorm, ClipValue, Lookahead
from .ensemble import Judged, ensemble, few, split
from .evidence import Found, lower_by
from .runs import model
from .tuning import inside
from .walks import made, walk

# ── the networks ──────────────────────────────────────────────────────────────────────────────────────

#: The rates that each is given to choose from.
RATES = {"sgd": (0.03, 0.1, 0.3, 1.0, 2.0), "adam": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)}


@cache
def surrounded(key: str, by: str = "nothing", seeds: int = 5) -> Judged:
    """SGD or Adam at each of its `RATES` for 300 steps, by itself, inside "lookahead", or "warmed" up over 50 steps."""

    def make(p: Any, lr: float) -> Any:
        opt = made(key, p, lr=Warmup(50, lr) if by == "warmed" else lr)
        return Lookahead(opt, k=5, alpha=0.5) if by == "lookahead" else opt

    return ensemble(make, RATES[key], steps=300, seeds=seeds)[-1]


@cache
def averaged_or_falling(steps: int, seeds: int = 5) -> dict[str, Judged]:
    """SGD at a constant rate, the mean of the second half of its iterates, and SGD with half a cosine."""

    def constant(p: Any, lr: float) -> Any:
        return made("sgd", p, lr=lr)

    def averaged(p: Any, lr: float) -> Any:
        return SWA(constant(p, lr), start=steps // 2 + 1)

    def cosine(p: Any, lr: float) -> Any:
        return made("sgd", p, lr=Cosine(lr, steps))

    rates = (0.1, 0.3, 1.0, 2.0)
    return {
        "constant": ensemble(constant, rates, steps=steps, seeds=seeds)[-1],
        "averaged": ensemble(averaged, rates, steps=steps, seeds=seeds, answer=lambda opt, p: opt.average)[-1],
        "cosine": ensemble(cosine, rates, steps=steps, seeds=seeds)[-1],
    }


HORIZONS = (100, 400)


@cache
def without_horizon(seeds: int = 20) -> list[Judged]:
    """Schedule-Free SGD at five rates, judged at each of `HORIZONS` of one run, by its mean x."""

    def mean(opt: Any, y: Any) -> Any:  # y = (1 − μ)z + μx
        return {name: (p - (1 - opt.momentum) * opt.state["z"][name]) / opt.momentum for name, p in y.items()}

    def make(p: Any, lr: float) -> Any:
        return made("schedule_free_sgd", p, lr=lr)

    return ensemble(make, (0.3, 1.0, 2.0, 3.0, 5.0), steps=HORIZONS[-1], seeds=seeds, stops=HORIZONS, answer=mean)


@cache
def for_horizon(seeds: int = 20) -> list[Judged]:
    """Momentum at five rates, with half a cosine made for each of `HORIZONS`."""

    def run(steps: int) -> Judged:
        def cosine(p: Any, lr: float) -> Any:
            return made("momentum", p, lr=Cosine(lr, steps))

        return ensemble(cosine, (0.03, 0.1, 0.2, 0.3, 0.5), steps=steps, seeds=seeds)[-1]

    return [run(steps) for steps in HORIZONS]


def against_cosine(part: str) -> dict[int, Found]:
    """By what share the loss of `without_horizon`, at the rate that is best at the end, is lower than `for_horizon`'s,
    by step: on "fit" or "held_out"."""
    at, found = without_horizon()[-1].best_by(part), {}
    for free, cosine, steps in zip(without_horizon(), for_horizon(), HORIZONS, strict=True):
        tuned = getattr(cosine, part)[cosine.best_by(part)]
        found[steps] = lower_by(getattr(free, part)[at], tuned)
    return found


@cache
def sharpness_aware(flipped: float, seeds: int = 20) -> dict[str, Judged]:
    """100 digits, a share of them with random labels: SAM for 200 steps at twelve settings, SGD for 200 and 400 at six.

    Both numbers of SAM's best setting lie inside those that are tried, but for ρ = 0.05, as ρ = 0 is SGD.
    """
    pools = [few(seed, flipped=flipped) for seed in range(seeds)]
    few_digits: dict[str, Any] = {"pools": pools, "batch_size": 50, "seeds": seeds}

    def sam(p: Any, setting: tuple[float, float]) -> Any:
        return SAM(made("sgd", p, lr=setting[0]), rho=setting[1])

    settings = [(lr, rho) for lr in (0.1, 0.3, 1.0) for rho in (0.05, 0.2, 0.5, 1.0)]
    rates = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
    runs = ensemble(lambda p, lr: made("sgd", p, lr=lr), rates, steps=400, stops=(200,), **few_digits)
    found = ensemble(sam, settings, steps=200, **few_digits)[-1]
    inside(settings[found.best][0], (0.1, 0.3, 1.0))
    inside(settings[found.best][1], (0.05, 0.2, 0.5, 1.0), low="SAM with ρ = 0 is SGD, which stands beside it")
    return {"sam": found, "sgd": runs[0], "sgd_twice": runs[1]}


# ── a noisy parabola ──────────────────────────────────────────────────────────────────────────────────


def lookahead_variance(lr: float, k: int, alpha: float) -> float:
    """The variance of the slow weights on θ²/2 with noise of deviation 1 over SGD's, as derived."""
    kept = (1 - lr) ** k
    let_in = alpha**2 * (1 - kept**2)
    return let_in / (let_in + 2 * alpha * (1 - alpha) * (1 - kept))


def ema_variance(lr: float, decay: float) -> float:
    """The variance of a moving average of SGD on θ²/2 with noise of deviation 1 over SGD's, as derived."""
    a = 1 - lr
    return (1 - decay) * (1 + a * decay) / ((1 + decay) * (1 - a * decay))


def expected_loss(lr: Any, h: Any, steps: int, k: int = 1, alpha: float = 1.0) -> Any:
    """E of Σ hθ²/2 after `steps` steps from θ = 1 with gradient noise of variance h, exactly, by rate.

    Of Lookahead around SGD; α = 1 is SGD alone.
    """
    a = 1 - np.multiply.outer(lr, h)
    let_in = alpha**2 * np.asarray(lr)[..., None] ** 2 * h * (1 - a ** (2 * k)) / (1 - a**2)
    mean, square = 1 - alpha + alpha * a**k, (1 - alpha + alpha * a**k) ** 2
    cycles = steps // k
    variance = let_in * (1 - square**cycles) / (1 - square)
    return (h * (mean ** (2 * cycles) + variance)).sum(axis=-1) / 2


def variances(p: Any, opt: Any) -> tuple[float, float]:
    """Of the parameters and of their average: for `walk` to keep."""
    return p.var(), opt.average.var()


CLIP_RATES = (0.003, 0.01, 0.03, 0.1, 0.3)


@cache
def heavy(max_value: float | None, tails: float | None = 1.5) -> np.ndarray:
    """θ²/2 from 3 by rate, 1,000 runs of 400 steps each, with noise from Student's t of `tails` degrees of freedom.

    None is normal noise. One parameter a run, so that clipping by value is clipping the run's norm. Returns the losses,
    (rates, runs).
    """

    def clipped(p: Any, **given: Any) -> Any:
        sgd = made("sgd", p, **given)
        return sgd if max_value is None else ClipValue(sgd, max_value=max_value)

    def end(lr: float) -> np.ndarray:
        rng = np.random.default_rng(0)

        def noisy(p: np.ndarray) -> np.ndarray:
            return p + (rng.normal(size=1000) if tails is None else rng.standard_t(tails, size=1000))

        return walk(clipped, noisy, 400, start=np.full(1000, 3.0), lr=lr)[-1]

    return np.array([end(lr) for lr in CLIP_RATES]) ** 2 / 2


# ── a cliff ───────────────────────────────────────────────────────────────────────────────────────────


def recurrent(points: Any, length: int = 50) -> tuple[Any, Any]:
    """Loss and gradient of one recurrent unit, x = w·s(x) + b, run `length` times from 0.5: (s(x) − 0.7)².

    s is the logistic function. points: (runs, 2), w and b.
    """
    w, b = points.T
    x, dw, db = np.full(len(w), 0.5), np.zeros(len(w)), np.zeros(len(w))
    with np.errstate(all="ignore"):
        for _ in range(length):
            s = 1 / (1 + np.exp(-x))
            slope = w * s * (1 - s)
            dw, db = s + slope * dw, 1 + slope * db
            x = w * s + b
        s = 1 / (1 + np.exp(-x))
        outer = 2 * (s - 0.7) * s * (1 - s)
    return (s - 0.7) ** 2, np.stack([outer * dw, outer * db], axis=-1)


#: The rates that each is given to choose from at the cliff.
CLIFF_RATES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


@cache
def over_cliff(max_norm: float | None, lr: float, runs: int = 24, steps: int = 150) -> tuple[Any, float]:
    """Losses of the recurrent unit at the end, from random starts near its cliff, and the largest |parameter| met."""
    points = list(np.random.default_rng(0).uniform((4, -4), (7, -1.5), size=(runs, 2)))  # each is clipped by itself
    sgd = made("sgd", points, lr=lr, on_nonfinite="ignore")
    opt = sgd if max_norm is None else ClipNorm(sgd, max_norm=max_norm)
    farthest = 0.0
    for _ in range(steps):
        opt.step(list(recurrent(np.array(points))[1]))
        farthest = max(farthest, float(np.abs(points).max()))
    return recurrent(np.array(points))[0], farthest


@cache
def clipped_gradient() -> Arena:
    """A gradient of the digits network at its start, of 32 records."""
    network = TwoLayerNetwork(*split().fit, hidden=32)
    return Arena(network.gradient(network.start(0), np.arange(32)))


def turned_by_clipping() -> dict[str, list[float]]:
    """The angles in degrees that clipping turns it by, at a tenth and a hundredth of its largest element or its norm.

    By value, by each parameter's norm and by the global norm.
    """
    g = clipped_gradient()
    length = float(np.linalg.norm(g.buffer))

    def angle(clip: Any, **bound: float) -> float:
        p = g.zeros_like()
        clip(made("sgd", p.views, lr=1.0), **bound).step(g.views)
        return float(np.degrees(np.arccos(min(1.0, -p.buffer @ g.buffer / np.linalg.norm(p.buffer) / length))))

    shares = (0.1, 0.01)
    return {
        "value": [angle(ClipValue, max_value=share * abs(g.buffer).max()) for share in shares],
        "norm": [angle(ClipNorm, max_norm=share * length) for share in shares],
        "global_norm": [angle(ClipGlobalNorm, max_norm=share * length) for share in shares],
    }


# ── flat minima ───────────────────────────────────────────────────────────────────────────────────────


@landscape(domain=(0.0, 3.6, 0.0, 3.6), start=(3.2, 0.1), minima=lambda: ((1.0, 1.0),), label="(xy − 1)²/2")
def factors(x, y):
    """1 as the product of two numbers: minima along xy = 1, with the curvature x² + y² across; the flattest at 1, 1."""
    return (x * y - 1) ** 2 / 2


def wells(x: Any) -> Any:
    """A narrow, deep well near 1 and a wide, less deep one near −1."""
    return -1.2 * np.exp(-12.5 * (x - 1) ** 2) - np.exp(-((x + 1) ** 2)) + 0.05 * x**2


class Wells:
    """`wells` as a problem of one parameter."""

    def value(self, p: np.ndarray) -> float:
        return float(wells(p[0]))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        return 30 * (x - 1) * np.exp(-12.5 * (x - 1) ** 2) + 2 * (x + 1) * np.exp(-((x + 1) ** 2)) + 0.1 * x


def slide(problem: Any, rho: float, lr: float, start: Any = None, steps: int = 300) -> Trajectory:
    """The path of SAM around SGD; ρ = 0 is SGD."""
    return minimize(problem, lambda p: SAM(made("sgd", p, lr=lr), rho=rho), start=start, steps=steps, progress=False)


@cache
def ends(rho: float) -> np.ndarray:
    """Where SAM around SGD ends on `wells` after 150 steps, from each of 17 starts in ±2; ρ = 0 is SGD."""
    return np.concatenate([slide(Wells(), rho, 0.05, [x], steps=150).params for x in np.linspace(-2, 2, 17)])


def parabolas(wrap: Callable[[Any], Any], steps: int = 400) -> np.ndarray:
    """Mean loss of a thousand noisy parabolas before the first step and after each, of what is to be evaluated."""
    rng, p, losses = np.random.default_rng(0), np.full(1000, 3.0), [4.5]
    opt = wrap(p)
    for _ in range(steps):
        opt.step(p + rng.normal(size=1000))
        answer = opt.state.get("average", opt.state.get("slow", p))
        losses.append((answer**2).mean() / 2)
    return np.array(losses)


@cache
def norms(steps: int = 300) -> np.ndarray:
    """The global norm of the gradient at each step of Adam on the digits' network."""
    problem, found = model("network"), []
    params, drawn = problem.start(0), batches(problem.n_samples, 64, 0)
    opt: Any = ClipGlobalNorm(made("adam", params, lr=0.01), max_norm=np.inf)
    for _ in range(steps):
        opt.step(problem.gradient(params, next(drawn)))
        found.append(float(opt.norm))
    return np.array(found)


def curvature(rho: float) -> float:
    """The mean curvature x² + y² where SAM around SGD ends on `factors`, from four starts; ρ = 0 is SGD."""
    starts = ((3.2, 0.1), (0.1, 2.5), (2.0, 0.2), (3.0, 1.0))
    return float(np.mean([(slide(factors, rho, 0.1, start).points[-20:] ** 2).sum(axis=1).mean() for start in starts]))


class Counted:
    """θ²/2 in three dimensions, which counts the gradients that it is asked for."""

    start = np.ones(3)
    asked = 0

    def value(self, p: np.ndarray) -> float:
        return float(p @ p) / 2

    def gradient(self, p: np.ndarray) -> np.ndarray:
        self.asked += 1
        return p
