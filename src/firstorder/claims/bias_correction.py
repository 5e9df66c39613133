"""Claims about bias correction: with and without, on the same gradients and on the digits."""

from functools import cache
from typing import Any

import numpy as np

from ..optimizer import Optimizer
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, loss, model, warmed

CORRECTED = Optimizer.of(RULES["adam"])
UNCORRECTED = CORRECTED.uncorrected or CORRECTED
RATES = (0.003, 0.01, 0.03, 0.1)


def steps_of(optimizer: type[Optimizer], gradients: np.ndarray, **hyperparameters: Any) -> np.ndarray:
    """Every step, in units of the rate, for gradients of shape (steps, runs)."""
    p = np.zeros(gradients.shape[1])
    opt = optimizer(p, lr=1.0, **hyperparameters)
    points = [p.copy()]
    for g in gradients:
        opt.step(g)
        points.append(p.copy())
    return np.diff(points, axis=0)


def noise(steps: int, runs: int, mean: float = 0.5) -> np.ndarray:
    return np.random.default_rng(0).normal(mean, 1, (steps, runs))


def excess(steps: int, **hyperparameters: Any) -> np.ndarray:
    """Length of the uncorrected step over that of the corrected one, by step: it is the same for all gradients."""
    gradients = noise(steps, 1)
    measured = [steps_of(optimizer, gradients, **hyperparameters) for optimizer in (UNCORRECTED, CORRECTED)]
    return (measured[0] / measured[1])[:, 0]


@cache
def mean_loss(corrected: bool, lr: float, *, beta2: float = 0.999, seeds: int = 5, warm_up: int = 0) -> float:
    """Training loss of the digits network after 200 steps of 32 records."""
    optimizer, rate = CORRECTED if corrected else UNCORRECTED, warmed(lr, warm_up)
    runs = (
        descend(model("network"), optimizer, rate, seed, steps=200, batch_size=32, beta2=beta2) for seed in range(seeds)
    )
    return float(np.mean([loss(run) for run in runs]))


@claim(
    "Without it the first steps are too long", PRO, about="bias_correction", source="kingma2015adam"
)  # fmt: skip
def too_long() -> Finding:
    """The same noisy gradients, with and without, at the default decay rates: the ratio of the two steps."""
    ratio = excess(30)
    return Finding(
        HOLDS if ratio.min() > 1 and ratio.max() > 2 else FAILS,
        f"{ratio[0]:.2f} times at step 1, {ratio.max():.2f} times at step {ratio.argmax() + 1}",
        {"first": float(ratio[0]), "peak": float(ratio.max()), "at": int(ratio.argmax()) + 1},
    )


@claim("It matters the more, the closer $\\beta_2$ is to 1", PRO, about="bias_correction", source="kingma2015adam")
def near_one() -> Finding:
    """The largest ratio of the uncorrected to the corrected step, for four values of $\\beta_2$, $\\beta_1 = 0.9$."""
    peaks = {beta2: float(excess(60, beta2=beta2).max()) for beta2 in (0.9, 0.99, 0.999, 0.9999)}
    growing = all(a < b for a, b in zip(list(peaks.values()), list(peaks.values())[1:], strict=False))
    return Finding(
        HOLDS if growing else FAILS,
        "; ".join(f"{beta2}: {peak:.2f} times" for beta2, peak in peaks.items()),
        {f"{beta2}": peak for beta2, peak in peaks.items()},
    )


@claim(
    "It matters only in the first steps",
    PRO,
    about="bias_correction",
    verdict=PARTLY,
    conditions="it fades, but over a few times $1/(1-\\beta_2)$ steps: thousands, at the default",
)
def early() -> Finding:
    """The last step at which the uncorrected step is more than 10% and more than 1% off, at the default decay
    rates."""
    off = np.abs(excess(6000) - 1)
    ten, one = (int(np.flatnonzero(off > level)[-1]) + 1 for level in (0.1, 0.01))
    return Finding(
        HOLDS if one <= 100 else PARTLY if one < 6000 else FAILS,
        f"more than 10% off until step {ten:,}, more than 1% until {one:,}",
        {"ten_percent": ten, "one_percent": one},
    )


@claim(
    "It makes both averages unbiased",
    PRO,
    about="bias_correction",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="while the gradients' moments do not change; where they fall, $\\hat v$ lags behind as $v$ does",
)
def unbiased() -> Finding:
    """Mean of $\\hat v_t$ over 1,000 runs, over the second moment at that step, t = 1, 10, 100 and 1,000: gradients
    of constant variance, and gradients that shrink by 0.2% a step."""
    at = np.array([1, 10, 100, 1000])
    shrink = 0.998 ** np.arange(1, 1001)[:, None]
    ratio = {}
    for name, gradients, moment in (
        ("constant", noise(1000, 1000), 1.25),
        ("shrinking", noise(1000, 1000) * shrink, 1.25 * shrink[at - 1, 0] ** 2),
    ):
        p = np.zeros(1000)
        opt = CORRECTED(p)
        v_hat = []
        for t, g in enumerate(gradients, 1):
            opt.step(g)
            if t in at:
                v_hat.append(opt.state["v"].mean() / (1 - 0.999**t))
        ratio[name] = np.array(v_hat) / moment
    steady = np.abs(ratio["constant"] - 1).max() < 0.15
    return Finding(
        FAILS if not steady else HOLDS if np.abs(ratio["shrinking"] - 1).max() < 0.15 else PARTLY,
        f"constant: {', '.join(f'{r:.2f}' for r in ratio['constant'])}; "
        f"shrinking: {', '.join(f'{r:.2f}' for r in ratio['shrinking'])}",
        {"constant": float(ratio["constant"][-1]), "shrinking": float(ratio["shrinking"][-1])},
    )


@claim("With it, the best learning rate does not depend on $\\beta_2$", PRO, about="bias_correction")
def one_rate() -> Finding:
    """Digits network, 200 steps of 32 records, four rates, three seeds: the best rate by mean loss for five
    values of $\\beta_2$ from 0.9 to 0.9999, with and without."""
    betas = (0.9, 0.95, 0.99, 0.999, 0.9999)

    def rate(corrected: bool, beta2: float) -> float:
        return min(RATES, key=lambda lr: mean_loss(corrected, lr, beta2=beta2, seeds=3))

    best = {(corrected, beta2): rate(corrected, beta2) for corrected in (True, False) for beta2 in betas}
    with_it, without = ([best[corrected, beta2] for beta2 in betas] for corrected in (True, False))
    return Finding(
        HOLDS if len(set(with_it)) == 1 and best[False, 0.999] != best[False, 0.9999] else FAILS,
        f"$\\beta_2$ = {', '.join(map(str, betas))}: with {', '.join(map(str, with_it))}; "
        f"without {', '.join(map(str, without))}",
        {
            "with": best[True, 0.9999],
            "without_999": best[False, 0.999],
            "without_9999": best[False, 0.9999],
        },
    )


@claim(
    "Without it, training becomes unstable as $\\beta_2$ nears 1",
    PRO,
    about="bias_correction",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="at the rate that suits the corrected method; a rate tuned without it is stable",
)
def unstable() -> Finding:
    """Digits network, 200 steps, $\\beta_2$ = 0.9999, five seeds: mean loss at the rate 0.03, the best with the
    correction, and the best without it over four rates."""
    with_it, without = (mean_loss(corrected, 0.03, beta2=0.9999) for corrected in (True, False))
    best = min(mean_loss(False, lr, beta2=0.9999) for lr in RATES)
    return Finding(
        FAILS if without < 2 * with_it else PARTLY if best < 2 * with_it else HOLDS,
        f"at 0.03: {without:.2f} without, {with_it:.3f} with; tuned without: {best:.3f}",
        {"with": with_it, "without": without, "tuned": best},
    )


@claim(
    "It makes training faster",
    PRO,
    about="bias_correction",
    source="laing2025adam",
    verdict=FAILS,
    conditions="with the rate tuned, the method without it is no worse",
)
def no_faster() -> Finding:
    """Digits network, 200 steps of 32 records, five seeds, four rates for each: the lowest mean loss with and
    without."""
    best = {corrected: min((mean_loss(corrected, lr), lr) for lr in RATES) for corrected in (True, False)}
    return Finding(
        HOLDS if best[True][0] < 0.9 * best[False][0] else FAILS,
        f"loss with {best[True][0]:.3f} (rate {best[True][1]}), without {best[False][0]:.3f} (rate {best[False][1]})",
        {"with": best[True][0], "without": best[False][0]},
    )


@claim(
    "It makes a warm-up of the learning rate unnecessary",
    PRO,
    about="bias_correction",
    verdict=PARTLY,
    conditions="at the best rate; a warm-up still lets much larger rates train",
)
def warm_up() -> Finding:
    """Digits network, 200 steps of 32 records, four seeds: mean loss with the correction, without and with a linear
    warm-up over 50 steps, at the best rate, 0.03, and at ten times that."""
    plain, warm = ({lr: mean_loss(True, lr, seeds=4, warm_up=w) for lr in (0.03, 0.3)} for w in (0, 50))
    needless, helps = warm[0.03] > 0.9 * plain[0.03], warm[0.3] < 0.67 * plain[0.3]
    return Finding(
        PARTLY if needless and helps else HOLDS if needless else FAILS,
        f"at 0.03: {plain[0.03]:.3f}, with warm-up {warm[0.03]:.3f}; "
        f"at 0.3: {plain[0.3]:.2f}, with warm-up {warm[0.3]:.2f}",
        {"plain": plain[0.03], "warm": warm[0.03], "plain_large": plain[0.3], "warm_large": warm[0.3]},
    )


@cache
def first_and_last() -> np.ndarray:
    """Steps 1 and 2,000 of 2,000 corrected runs on gradients of mean 0.5 and variance 1."""
    return steps_of(CORRECTED, noise(2000, 2000))[[0, -1]]


@claim("The first steps are long and ill-directed: one gradient is trusted fully", CON, about="bias_correction")
def ill_directed() -> Finding:
    """2,000 runs on gradients of mean 0.5 and variance 1: share of steps that go uphill and their mean length, at
    step 1 and step 2,000."""
    taken = first_and_last()
    uphill, length = (taken > 0).mean(axis=1), np.abs(taken).mean(axis=1)
    return Finding(
        HOLDS if uphill[0] > 10 * uphill[1] and length[0] > 2 * length[1] else FAILS,
        f"{uphill[0]:.1%} uphill at length {length[0]:.2f} $\\eta$; "
        f"at the end {uphill[1]:.1%} at {length[1]:.2f} $\\eta$",
        {"uphill_first": float(uphill[0]), "uphill_last": float(uphill[1])},
    )


@claim("The root of the corrected average is still biased", CON, about="bias_correction")
def root() -> Finding:
    """Mean of the root of $\\hat v_t$ over 2,000 runs on gradients of mean 0.5 and variance 1, over the root of
    their second moment, at steps 1, 10 and 100."""
    opt, short = CORRECTED(np.zeros(2000)), {}
    for t, g in enumerate(noise(100, 2000), 1):
        opt.step(g)
        short[t] = float(np.sqrt(opt.state["v"] / (1 - 0.999**t)).mean() / np.sqrt(1.25))
    return Finding(
        HOLDS if short[1] < 0.9 else FAILS,
        ", ".join(f"{short[t]:.2f} at step {t}" for t in (1, 10, 100)),
        {f"{t}": short[t] for t in (1, 10, 100)},
    )
