"""Claims about what goes around an optimizer: schedules, clipping, Lookahead, averages, SAM, Schedule-Free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from .. import OPTIMIZERS
from ..arena import Arena
from ..minimize import Trajectory, batches
from ..problems import SoftmaxRegression, TwoLayerNetwork, landscape
from ..schedules import Cosine, Warmup
from ..wrappers import EMA, SAM, SWA, Accumulate, ClipGlobalNorm, ClipNorm, ClipValue, Lookahead
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .convergence import MARGIN, accuracies, gradients, losses, split

Params = dict[str, Any]
SGD = partial(OPTIMIZERS["sgd"], on_nonfinite="ignore")
Momentum = partial(OPTIMIZERS["momentum"], on_nonfinite="ignore")
Adam = partial(OPTIMIZERS["adam"], on_nonfinite="ignore")
ScheduleFree = partial(OPTIMIZERS["schedule_free_sgd"], on_nonfinite="ignore")

# ── a noisy parabola ──────────────────────────────────────────────────────────────────────────────────


def noisy(wrap: Callable[[Any], Any], steps: int, *, size: int = 2000, start: float = 0.0) -> tuple[Any, Any]:
    """Descend θ²/2 with gradient noise of deviation 1: the wrapped optimizer, and `size` parameters by step."""
    rng, p = np.random.default_rng(0), np.full(size, start)
    opt, path = wrap(p), [p.copy()]
    for _ in range(steps):
        opt.step(p + rng.normal(size=size))
        path.append(p.copy())
    return opt, np.array(path)


def slow_sgd(p: Any, lr: float) -> Lookahead:
    return Lookahead(SGD(p, lr=lr), k=5, alpha=0.5)


def lookahead_variance(lr: float, k: int, alpha: float) -> float:
    """The variance of the slow weights on the noisy parabola over SGD's, as derived."""
    kept = (1 - lr) ** k
    let_in = alpha**2 * (1 - kept**2)
    return let_in / (let_in + 2 * alpha * (1 - alpha) * (1 - kept))


def ema_variance(lr: float, decay: float) -> float:
    """The variance of a moving average of SGD on the noisy parabola over SGD's, as derived."""
    a = 1 - lr
    return (1 - decay) * (1 + a * decay) / ((1 + decay) * (1 - a * decay))


@claim("Lookahead lowers the variance of the optimizer inside", PRO, about="lookahead", source="zhang2019lookahead")
def lower_variance() -> Finding:
    """The parabola θ²/2 with gradient noise of deviation 1, 2,000 parameters, SGD at η = 0.1, 0.5 and 1, k = 5,
    α = 0.5: the variance of the slow weights over SGD's, from the synchronisations of 600 steps after the first 150."""
    ratios, derived = [], []
    for lr in (0.1, 0.5, 1.0):
        _, path = noisy(partial(slow_sgd, lr=lr), 600)
        ratios.append(path[150::5].var() / (lr / (2 - lr)))
        derived.append(lookahead_variance(lr, 5, 0.5))
    close = np.allclose(ratios, derived, rtol=0.04)
    return Finding(
        HOLDS if close and max(ratios) < 0.9 else FAILS,
        f"{', '.join(f'{r:.2f}' for r in ratios)} of SGD's; derived {', '.join(f'{r:.2f}' for r in derived)}",
        {f"ratio_{i}": r for i, r in enumerate(ratios)},
    )


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


@claim(
    "Lookahead gets further in the same number of steps",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    verdict=PARTLY,
    conditions="by a few per cent, at about twice the inner rate, once both rates are tuned",
)
def further() -> Finding:
    """A quadratic with curvatures 1, 1/2, … 1/100 and gradient noise of variance h in each, from 1: the expected loss
    after 100, 1,000 and 10,000 steps, computed exactly, SGD against Lookahead around it (k = 5, α = 0.5), each at the
    best of 400 rates."""
    h, rates = 1 / np.arange(1, 101), np.geomspace(1e-3, 1.95, 400)
    gains, shifts = [], []
    for steps in (100, 1000, 10_000):
        plain, slow = expected_loss(rates, h, steps), expected_loss(rates, h, steps, 5, 0.5)
        gains.append(float(1 - slow.min() / plain.min()))
        shifts.append(float(rates[slow.argmin()] / rates[plain.argmin()]))
    return Finding(
        HOLDS if min(gains) > 0.1 else PARTLY if min(gains) > 0 else FAILS,
        f"expected loss lower by {', '.join(f'{gain:.1%}' for gain in gains)} at {min(shifts):.1f} to "
        f"{max(shifts):.1f} times the rate",
        {"least_gain": min(gains), "most_gain": max(gains)},
    )


# ── many networks at once ─────────────────────────────────────────────────────────────────────────────


def stacked(groups: Sequence[Params]) -> Params:
    """One mapping of arrays from those of all parameter groups."""
    return {name: np.concatenate([group[name] for group in groups]) for name in groups[0]}


def train(
    wrap: Callable[[Any], Any],
    rates: Sequence[Any],
    *,
    steps: int = 300,
    seeds: int = 5,
    batch_size: int = 32,
    stops: Sequence[int] = (),
    answer: Callable[[Any, Params], Params] = lambda opt, params: params,
) -> list[tuple[Any, Any, Any]]:
    """Train networks of 32 hidden units on the digits, one for each rate and seed; each rate is a parameter group.

    wrap: makes the optimizer from the groups. answer: what to judge. Returns, for each of `stops` and for the end, by
    rate and seed, the loss on the training and on the held-out digits, and the accuracy on the test digits in per cent.
    """
    data = split()
    pool, found = data.fit, []
    starts = [TwoLayerNetwork(*pool, hidden=32).start(seed) for seed in range(seeds)] * len(rates)
    params = {name: np.stack([np.atleast_2d(start[name]) for start in starts]) for name in starts[0]}
    rows = [slice(i * seeds, (i + 1) * seeds) for i in range(len(rates))]
    opt = wrap(
        [{"params": {n: p[row] for n, p in params.items()}, "lr": lr} for row, lr in zip(rows, rates, strict=True)]
    )
    drawn = [batches(len(pool[1]), batch_size, seed) for seed in range(seeds)]
    for t in range(1, steps + 1):
        picked = np.stack([next(d) for d in drawn] * len(rates))
        with np.errstate(all="ignore"):
            g = gradients(params, pool[0][picked], pool[1][picked])
        opt.step([{n: g[n][row] for n in g} for row in rows])
        if t in stops or t == steps:
            judged = answer(opt, params)
            quality = losses(judged, *data.fit), losses(judged, *data.held_out), 100 * accuracies(judged, *data.test)
            found.append(tuple(q.reshape(len(rates), seeds) for q in quality))
    return found


def best(found: tuple[Any, Any, Any]) -> tuple[int, float, Any]:
    """The rate with the least mean held-out loss, that loss, and the test accuracies there by seed."""
    held_out = found[1].mean(axis=1)
    return int(held_out.argmin()), float(held_out.min()), found[2][held_out.argmin()]


def gap(one: Any, other: Any) -> tuple[float, float]:
    """The mean difference over seeds and its standard error."""
    difference = one - other
    return float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5)


INNER = {"SGD": (SGD, (0.1, 0.3, 1.0, 2.0)), "Adam": (Adam, (0.003, 0.01, 0.03, 0.1, 0.3))}


@cache
def around_inner(name: str, slow: bool) -> tuple[Any, Any, Any]:
    make, rates = INNER[name]
    return train((lambda groups: Lookahead(make(groups))) if slow else make, rates)[0]


@claim(
    "Lookahead improves the accuracy of the optimizer inside",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    verdict=FAILS,
    conditions="within chance on this small network; the source found gains on larger image and language tasks",
)
def improves() -> Finding:
    """A network of 32 hidden units on 768 digits, 300 steps in batches of 32, five seeds: SGD (four rates) and Adam
    (five) alone and inside Lookahead (k = 5, α = 0.5), each at the rate with the least held-out loss."""
    told, gains = [], {}
    for name in INNER:
        (_, plain_loss, plain), (_, slow_loss, slow) = (best(around_inner(name, flag)) for flag in (False, True))
        gain, error = gap(slow, plain)
        gains[name] = gain
        gains[f"{name}_error"] = error
        gains[f"{name}_loss"] = slow_loss / plain_loss
        told.append(f"{name} {gain:+.1f} ± {error:.1f} points (held-out loss {slow_loss:.2f}, alone {plain_loss:.2f})")
    better = [gains[name] > max(MARGIN, 2 * gains[f"{name}_error"]) for name in INNER]
    return Finding(HOLDS if all(better) else PARTLY if any(better) else FAILS, "; ".join(told), gains)


@claim(
    "Lookahead is less sensitive to the inner learning rate",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    verdict=FAILS,
    conditions="the range of good rates gets no wider; Adam's moves up",
)
def robust() -> Finding:
    """The same runs: the rates of the grid whose held-out loss is at most 0.1 nats above the best of the grid."""
    good, told = {}, []
    for name, (_, rates) in INNER.items():
        for slow in (False, True):
            loss = around_inner(name, slow)[1].mean(axis=1)
            near = [rate for rate, value in zip(rates, loss, strict=True) if value <= loss.min() + 0.1]
            good[name, slow] = near
            told.append(f"{'in Lookahead' if slow else name} {min(near):g} to {max(near):g}")
    wider = [len(good[name, True]) > len(good[name, False]) for name in INNER]
    return Finding(
        HOLDS if all(wider) else PARTLY if any(wider) else FAILS,
        f"good rates: {', '.join(told[:2])}; {', '.join(told[2:])}",
        {f"{name}_{'slow' if slow else 'alone'}": len(near) for (name, slow), near in good.items()},
    )


# ── averages ──────────────────────────────────────────────────────────────────────────────────────────


@claim(
    "At a constant rate, the average of the iterates is closer to the minimum than the last",
    PRO,
    about=("ema", "swa"),
    source="polyak1992acceleration",
)
def closer() -> Finding:
    """The noisy parabola, 2,000 parameters, SGD at η = 0.5 for 400 steps: the variance of EMA (decay 0.98) and of SWA
    over all steps, against that of the last iterate, and as derived."""
    ema, path = noisy(lambda p: EMA(SGD(p, lr=0.5), decay=0.98), 400)
    swa, _ = noisy(lambda p: SWA(SGD(p, lr=0.5)), 400)
    last, moving, plain = path[-1].var(), ema.average.var(), swa.average.var()
    derived = ema_variance(0.5, 0.98) / 3, 1 / 400
    near = np.allclose((moving, plain), derived, rtol=0.1)
    return Finding(
        HOLDS if near and max(moving, plain) < last / 10 else FAILS,
        f"variance {last:.2f} at the end, EMA {moving:.4f} (derived {derived[0]:.4f}), SWA {plain:.4f} "
        f"({derived[1]:.4f})",
        {"last": last, "ema": moving, "swa": plain},
    )


@cache
def averaged_or_falling(steps: int) -> dict[str, tuple[Any, Any, Any]]:
    """SGD at a constant rate, the mean of the second half of its iterates, and SGD with half a cosine."""
    rates = (0.1, 0.3, 1.0, 2.0)
    start = steps // 2 + 1
    swa = train(
        lambda groups: SWA(SGD(groups), start=start), rates, steps=steps, answer=lambda o, _: stacked(o.average)
    )
    return {
        "constant": train(SGD, rates, steps=steps)[0],
        "averaged": swa[0],
        "cosine": train(SGD, [Cosine(lr, steps) for lr in rates], steps=steps)[0],
    }


@claim(
    "Averaging does the work of a falling rate",
    PRO,
    about=("swa", "schedules"),
    source="izmailov2018averaging",
    verdict=PARTLY,
    conditions="in the longer run; in a short one the average holds too many early iterates",
)
def instead_of_falling() -> Finding:
    """The network of 32 hidden units, 60 and 300 steps, five seeds, best of four rates each: SGD at a constant rate,
    the mean of the second half of its iterates, and SGD with half a cosine; held-out loss."""
    found = {steps: {name: best(run)[1] for name, run in averaged_or_falling(steps).items()} for steps in (60, 300)}
    works = [run["averaged"] < min(run["constant"], 1.05 * run["cosine"]) for run in found.values()]
    told = [
        f"{steps} steps: constant {run['constant']:.3f}, averaged {run['averaged']:.3f}, cosine {run['cosine']:.3f}"
        for steps, run in found.items()
    ]
    return Finding(
        HOLDS if all(works) else PARTLY if any(works) else FAILS,
        "; ".join(told),
        {f"{name}_{steps}": x for steps, run in found.items() for name, x in run.items()},
    )


# ── SAM ───────────────────────────────────────────────────────────────────────────────────────────────


@landscape(domain=(0.0, 3.6, 0.0, 3.6), start=(3.2, 0.1), minima=lambda: ((1.0, 1.0),), label="(xy − 1)²/2")
def factors(x, y):
    """1 as the product of two numbers: minima along xy = 1, with the curvature x² + y² across; the flattest at 1, 1."""
    return (x * y - 1) ** 2 / 2


def slide(rho: float, start: tuple[float, float], steps: int = 300, lr: float = 0.1) -> Trajectory:
    """The path of SAM around SGD on `factors`; ρ = 0 is SGD."""
    p = np.array(start, dtype=float)
    opt, path = SAM(SGD(p, lr=lr), rho=rho), [p.copy()]
    for _ in range(steps):
        opt.perturb(factors.gradient(p))
        opt.step(factors.gradient(p))
        path.append(p.copy())
    points = np.array(path)
    return Trajectory(np.arange(steps + 1), points, factors(*points.T), p)


def wells(x: Any) -> Any:
    """A narrow, deep well near 1 and a wide, less deep one near −1."""
    return -1.2 * np.exp(-12.5 * (x - 1) ** 2) - np.exp(-((x + 1) ** 2)) + 0.05 * x**2


def wells_slope(x: Any) -> Any:
    return 30 * (x - 1) * np.exp(-12.5 * (x - 1) ** 2) + 2 * (x + 1) * np.exp(-((x + 1) ** 2)) + 0.1 * x


STARTS = np.linspace(-2, 2, 17)


@cache
def ends(rho: float, steps: int = 150, lr: float = 0.05) -> Any:
    """Where SAM around SGD ends on `wells` from each of `STARTS`; ρ = 0 is SGD."""
    points = [np.array([x]) for x in STARTS]
    opts = [SAM(SGD(p, lr=lr), rho=rho) for p in points]
    for _ in range(steps):
        for opt, p in zip(opts, points, strict=True):
            opt.perturb(wells_slope(p))
            opt.step(wells_slope(p))
    return np.concatenate(points)


@claim(
    "SAM finds flatter minima",
    PRO,
    about="sam",
    source="foret2021sharpness",
    verdict=PARTLY,
    conditions="along a valley of minima; no crossing from a narrow well to a wide one; it can hang on the ridge",
)
def flatter() -> Finding:
    """Minima along xy = 1 with curvature x² + y²: the mean curvature where SGD and SAM (ρ = 0.2) end from four starts,
    300 steps. A narrow well beside a wide one, 17 starts, 150 steps: the shares that end in the wide well, with SAM at
    ρ = 0.05, 0.2 and 0.5, and on the ridge between the two."""
    starts = ((3.2, 0.1), (0.1, 2.5), (2.0, 0.2), (3.0, 1.0))
    curvature = [
        float(np.mean([(slide(rho, start).points[-20:] ** 2).sum(axis=1).mean() for start in starts]))
        for rho in (0.0, 0.2)
    ]
    wide = {rho: float((ends(rho) < 0).mean()) for rho in (0.0, 0.05, 0.2, 0.5)}
    ridge = float(((ends(0.5) > 0) & (ends(0.5) < 0.6)).mean())
    slides, crosses = curvature[1] < 0.6 * curvature[0], max(wide[rho] for rho in (0.05, 0.2, 0.5)) > wide[0.0] + 0.1
    return Finding(
        HOLDS if slides and crosses else PARTLY if slides or crosses else FAILS,
        f"valley: curvature {curvature[0]:.1f} with SGD, {curvature[1]:.1f} with SAM; wells: "
        f"{', '.join(f'{x:.0%}' for x in wide.values())} in the wide one, {ridge:.0%} on the ridge at ρ = 0.5",
        {"curvature_sgd": curvature[0], "curvature_sam": curvature[1], "ridge": ridge},
    )


def few_digits(
    rates: Sequence[float], rhos: Sequence[float], flipped: float, stops: Sequence[int], seeds: int = 5
) -> list[tuple[Any, Any]]:
    """Train on 100 digits, some with random labels, at every rate and ρ; ρ = 0 is SGD.

    Each run has an optimizer of its own, since ρ is a distance in the space of all its parameters. Returns,
    after each of the steps `stops`, held-out loss and test accuracy in per cent, (rates · rhos, seeds).
    """
    data, pools = split(), []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        chosen = rng.permutation(len(data.fit[1]))[:100]
        x, y = data.fit[0][chosen], data.fit[1][chosen]
        wrong = rng.permutation(100)[: int(100 * flipped)]
        y[wrong] = rng.integers(10, size=len(wrong))
        pools.append((x, y))
    runs = [(lr, rho, seed) for lr in rates for rho in rhos for seed in range(seeds)]
    starts = [Arena(TwoLayerNetwork(*pools[seed], hidden=32).start(seed)) for *_, seed in runs]
    flat = np.stack([start.buffer for start in starts])
    edges = np.cumsum([0, *(v.size for v in starts[0].views.values())])
    params = {
        name: flat[:, a:b].reshape(len(flat), *np.atleast_2d(v).shape)
        for (name, v), a, b in zip(starts[0].views.items(), edges, edges[1:], strict=False)
    }
    opts = [SAM(SGD(p, lr=lr), rho=rho) if rho else SGD(p, lr=lr) for p, (lr, rho, _) in zip(flat, runs, strict=True)]
    drawn, run = [batches(100, 50, seed) for seed in range(seeds)], [seed for *_, seed in runs]

    def by_run(x: Any, y: Any) -> Any:
        with np.errstate(all="ignore"):
            g = gradients(params, x, y)
        return np.concatenate([g[name].reshape(len(flat), -1) for name in params], axis=1)

    found = []
    for t in range(1, stops[-1] + 1):
        picked = [next(d) for d in drawn]
        x, y = (np.stack([pool[part][i] for pool, i in zip(pools, picked, strict=True)])[run] for part in (0, 1))
        g = by_run(x, y)
        if any(rhos):
            for opt, each in zip(opts, g, strict=True):
                opt.perturb(each)  # type: ignore[union-attr]
            g = by_run(x, y)
        for opt, each in zip(opts, g, strict=True):
            opt.step(each)
        if t in stops:
            quality = losses(params, *data.held_out), 100 * accuracies(params, *data.test)
            found.append((quality[0].reshape(-1, seeds), quality[1].reshape(-1, seeds)))
    return found


@cache
def sam_against_sgd(flipped: float) -> dict[str, tuple[Any, float]]:
    """SAM for 200 steps, SGD for 200 and 400, best of six settings each: accuracies by seed and held-out loss."""
    runs = few_digits((0.1, 0.3), (0.05, 0.2, 0.5), flipped, (200,))
    runs += few_digits((0.05, 0.1, 0.2, 0.3, 0.5, 1.0), (0.0,), flipped, (200, 400))
    return {
        name: (accuracy[loss.mean(axis=1).argmin()], float(loss.mean(axis=1).min()))
        for name, (loss, accuracy) in zip(("SAM", "SGD", "SGD, twice the steps"), runs, strict=True)
    }


def sam_gain(flipped: float) -> Finding:
    found = sam_against_sgd(flipped)
    gaps = [gap(found["SAM"][0], found[rival][0]) for rival in ("SGD", "SGD, twice the steps")]
    better = [g > max(MARGIN, 2 * error) for g, error in gaps]
    told = ", twice the steps ".join(f"{g:+.1f} ± {error:.1f}" for g, error in gaps)
    return Finding(
        HOLDS if all(better) else PARTLY if any(better) else FAILS,
        f"test accuracy over SGD's in points: {told}",
        {"gap": gaps[0][0], "gap_at_equal_cost": gaps[1][0]},
    )


@claim(
    "SAM generalises better",
    PRO,
    about="sam",
    source="foret2021sharpness",
    verdict=FAILS,
    conditions="not on this small network with clean labels; the source found it on large image networks",
)
def generalises() -> Finding:
    """100 digits, 32 hidden units, five seeds: SAM for 200 steps, SGD for 200 and for 400, each the best of six
    settings by the loss on held-out digits."""
    return sam_gain(0.0)


@claim("SAM withstands wrong labels better", PRO, about="sam", source="foret2021sharpness")
def wrong_labels() -> Finding:
    """The same with the labels of 20 of the 100 digits drawn at random."""
    return sam_gain(0.2)


@claim("SAM costs two gradients a step", CON, about="sam", source="foret2021sharpness")
def two_gradients() -> Finding:
    """Gradients asked for in 100 steps of SAM around Adam on a parabola."""
    asked, p = 0, np.ones(3)

    def gradient() -> Any:
        nonlocal asked
        asked += 1
        return p.copy()

    sam = SAM(Adam(p))
    for _ in range(100):
        sam.perturb(gradient())
        sam.step(gradient())
    return Finding(HOLDS if asked == 2 * sam.t else FAILS, f"{asked} gradients in {sam.t} steps", {"asked": asked})


# ── clipping ──────────────────────────────────────────────────────────────────────────────────────────

CLIP_RATES = (0.003, 0.01, 0.03, 0.1, 0.3)


@cache
def heavy(max_value: float | None, tails: float | None = 1.5, steps: int = 400) -> Any:
    """θ²/2 from 3 by rate, 1,000 runs each, with noise from Student's t of `tails` degrees of freedom; None: normal.

    One parameter a run, so that clipping by value is clipping the run's norm. Returns the losses, (rates, runs).
    """
    rng, p = np.random.default_rng(0), np.full((len(CLIP_RATES), 1000), 3.0)
    sgd = SGD([{"params": row, "lr": lr} for row, lr in zip(p, CLIP_RATES, strict=True)])
    opt = sgd if max_value is None else ClipValue(sgd, max_value=max_value)
    for _ in range(steps):
        noise = rng.normal(size=1000) if tails is None else rng.standard_t(tails, size=1000)
        opt.step(list(p + noise))
    return p**2 / 2


@claim(
    "Clipping lets SGD live with heavy-tailed noise",
    PRO,
    about="clip_norm",
    source="zhang2020adaptive",
)
def heavy_tails() -> Finding:
    """θ²/2 with noise from Student's t distribution of 1.5 degrees of freedom, whose variance is infinite: 1,000 runs
    of 400 steps, clipped to a length of 1 and not clipped, each at the best of five rates by the mean loss. The
    unclipped mean is of these runs; its expectation is infinite."""
    plain, clipped = (heavy(bound).mean(axis=1).min() for bound in (None, 1.0))
    worst = [float(heavy(bound).max(axis=1).min()) for bound in (None, 1.0)]
    return Finding(
        HOLDS if clipped < plain / 5 else PARTLY if clipped < plain else FAILS,
        f"mean loss {clipped:.3f} clipped, {plain:.2f} not; the worst of 1,000 runs {worst[1]:.2f} against "
        f"{worst[0]:.0f}",
        {"clipped": clipped, "plain": plain, "worst_clipped": worst[1], "worst_plain": worst[0]},
    )


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


@cache
def over_cliff(max_norm: float | None, lr: float, runs: int = 24, steps: int = 150) -> tuple[Any, float]:
    """Losses of the recurrent unit at the end, from random starts near its cliff, and the largest |parameter| met."""
    rng = np.random.default_rng(0)
    points = list(rng.uniform((4, -4), (7, -1.5), size=(runs, 2)))
    sgd = SGD(points, lr=lr)
    opt = sgd if max_norm is None else ClipNorm(sgd, max_norm=max_norm)
    farthest = 0.0
    for _ in range(steps):
        opt.step(list(recurrent(np.array(points))[1]))
        farthest = max(farthest, float(np.abs(points).max()))
    return recurrent(np.array(points))[0], farthest


@claim(
    "Clipping keeps a step at a cliff from throwing the run away",
    PRO,
    about="clip_norm",
    source="pascanu2013difficulty",
)
def cliff() -> Finding:
    """A recurrent unit run 50 times, two parameters, 24 starts near its cliff, 150 steps: the runs that come to a loss
    below 0.001, with norms clipped to 0.1 and not clipped, each at the best of four rates."""
    rates = (0.3, 1.0, 3.0, 10.0)
    found = {}
    for name, bound in (("plain", None), ("clipped", 0.1)):
        runs = [over_cliff(bound, lr) for lr in rates]
        shares = [float((loss < 1e-3).mean()) for loss, _ in runs]
        found[name] = max(shares)
        found[f"{name}_far"] = runs[int(np.argmax(shares))][1]
    return Finding(
        HOLDS if found["clipped"] > found["plain"] + 0.1 else FAILS,
        f"{found['clipped']:.0%} of the runs arrive clipped, {found['plain']:.0%} not; largest parameter on the way "
        f"{found['clipped_far']:.0f} against {found['plain_far']:.0f}",
        found,
    )


@cache
def turned(wrapper: str, share: float) -> float:
    """Degrees between a gradient of the digits network at its start and what a wrapper makes of it.

    share: the bound, as a share of what the largest element, or the norm, is.
    """
    network = TwoLayerNetwork(*split().fit, hidden=32)
    params = network.start(0)
    g = Arena(network.gradient(params, np.arange(32)))
    p = {name: np.zeros_like(v) for name, v in params.items()}
    largest, norm = float(np.abs(g.buffer).max()), float(np.linalg.norm(g.buffer))
    made = {
        "value": lambda: ClipValue(SGD(p, lr=1.0), max_value=share * largest),
        "norm": lambda: ClipNorm(SGD(p, lr=1.0), max_norm=share * norm),
        "global norm": lambda: ClipGlobalNorm(SGD(p, lr=1.0), max_norm=share * norm),
    }
    made[wrapper]().step(g.views)
    step = -Arena(p).buffer
    return float(np.degrees(np.arccos(min(1.0, step @ g.buffer / np.linalg.norm(step) / norm))))


@claim("Clipping by value changes the direction", CON, about="clip_value", source="pascanu2013difficulty")
def direction() -> Finding:
    """A gradient of the digits network, batch of 32: the angle that clipping turns it by, at a tenth and a hundredth
    of its largest element or of its norm; by value, each parameter's norm and the global norm."""
    angles = {name: (turned(name, 0.1), turned(name, 0.01)) for name in ("value", "norm", "global norm")}
    return Finding(
        HOLDS if min(angles["value"]) > 5 and max(angles["global norm"]) < 1e-3 else FAILS,
        "degrees: " + ", ".join(f"{name} {a:.0f} and {b:.0f}" for name, (a, b) in angles.items()),
        {name: b for name, (_, b) in angles.items()},
    )


# ── schedules ─────────────────────────────────────────────────────────────────────────────────────────


@cache
def warmed(name: str) -> tuple[Any, Any, Any]:
    make, rates = INNER[name]
    return train(make, [Warmup(50, lr) for lr in rates])[0]


@claim(
    "A warm-up lets a larger learning rate be used",
    PRO,
    about="schedules",
    source="kalra2024why",
    verdict=PARTLY,
    conditions="for Adam; it does not lower the loss at the best rate, and SGD's limit here is no matter of the start",
)
def warm_up() -> Finding:
    """The network of 32 hidden units, 300 steps, five seeds, with a linear warm-up over 50 steps and without: held-out
    loss of SGD at η = 2 and Adam at 0.3, both too large, and at the best rate of the grid."""
    loss = {(name, "warm"): warmed(name)[1].mean(axis=1) for name in INNER}
    loss |= {(name, "cold"): around_inner(name, False)[1].mean(axis=1) for name in INNER}
    lets = [loss[name, "warm"][-1] < 1 < loss[name, "cold"][-1] for name in INNER]
    told = [
        f"{name} {loss[name, 'warm'][-1]:.2f} instead of {loss[name, 'cold'][-1]:.2f}, at its best rate "
        f"{loss[name, 'warm'].min():.3f} and {loss[name, 'cold'].min():.3f}"
        for name in INNER
    ]
    return Finding(
        HOLDS if all(lets) else PARTLY if any(lets) else FAILS,
        "; ".join(told),
        {f"{name}_{how}": float(x[-1]) for (name, how), x in loss.items()},
    )


HORIZONS = (100, 400)


def between(opt: Any, params: Params) -> Params:
    """Schedule-Free's mean x, from y = (1 − μ)z + μx."""
    z = stacked(opt.state["z"])
    return {name: (p - (1 - opt.momentum) * z[name]) / opt.momentum for name, p in params.items()}


@cache
def schedule_free() -> tuple[list[Any], list[Any]]:
    """By horizon: Schedule-Free SGD, judged on its way, and momentum with half a cosine made for the horizon."""
    free = train(ScheduleFree, (0.3, 1.0, 2.0, 3.0), steps=400, stops=HORIZONS[:1], answer=between)
    rates = (0.03, 0.1, 0.2, 0.3)
    return free, [train(Momentum, [Cosine(lr, steps) for lr in rates], steps=steps)[0] for steps in HORIZONS]


@claim(
    "Schedule-Free matches a tuned cosine schedule without knowing the horizon",
    PRO,
    about="schedule_free_sgd",
    source="defazio2024road",
    verdict=PARTLY,
    conditions="on the training loss; on held-out data the cosine ends lower here",
)
def any_time() -> Finding:
    """The network of 32 hidden units, five seeds: one run of Schedule-Free SGD at the rate that is best after 400
    steps (chosen for each of the two losses), judged after 100 and 400, against momentum with half a cosine made for
    100 and for 400 steps, best of four rates each."""
    free, cosine = schedule_free()
    found, told = {}, []
    for i, what in enumerate(("training", "held-out")):
        rate = free[-1][i].mean(axis=1).argmin()
        for steps, run, rival in zip(HORIZONS, free, cosine, strict=True):
            found[what, steps] = float(run[i].mean(axis=1)[rate]), float(rival[i].mean(axis=1).min())
        told.append(f"{what} loss " + ", ".join("{:.3f} against {:.3f}".format(*found[what, s]) for s in HORIZONS))
    matches = [one < 1.05 * other for one, other in found.values()]
    return Finding(
        HOLDS if all(matches) else PARTLY if any(matches) else FAILS,
        f"after 100 and 400 steps: {'; '.join(told)}",
        {f"{what}_{steps}": one / other for (what, steps), (one, other) in found.items()},
    )


# ── accumulation ──────────────────────────────────────────────────────────────────────────────────────


@claim("Accumulating gradients equals the large batch", PRO, about="accumulate")
def accumulates() -> Finding:
    """Softmax regression on the digits under Adam: 25 steps with batches of 64, and 100 calls with the same records in
    batches of 16, four to a step. The largest difference over the largest parameter."""
    problem = SoftmaxRegression(*split().fit)
    whole, parts = problem.start(), problem.start()
    large, small = Adam(whole), Accumulate(Adam(parts), steps=4)
    drawn = batches(problem.n_samples, 64, seed=0)
    for _ in range(25):
        batch = next(drawn)
        large.step(problem.gradient(whole, batch))
        for part in np.split(batch, 4):
            small.step(problem.gradient(parts, part))
    apart = max(float(abs(whole[n] - parts[n]).max() / abs(whole[n]).max()) for n in whole)
    return Finding(
        HOLDS if apart < 1e-9 and small.t == large.t == 25 else FAILS,
        f"apart by {apart:.0e} of the largest parameter after 25 steps",
        {"apart": apart},
    )
