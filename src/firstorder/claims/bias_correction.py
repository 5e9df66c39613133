"""Claims about bias correction: with and without, on the same gradients and on the digits."""

from typing import Any

import numpy as np

from ..lab.bias import form, on_digits
from ..lab.evidence import lower_by
from ..lab.runs import spread, stays, trained
from ..lab.tuning import best
from ..lab.walks import walk
from ..schedules import Cosine
from .claim import CON, FAILS, PARTLY, PRO, claim
from .over_seeds import better, lower

RATES = (0.001, 0.003, 0.01, 0.03, 0.1)


def steps_of(corrected: bool, gradients: np.ndarray, **hyper) -> np.ndarray:
    """Every step, in units of the rate, for gradients of shape (steps, runs)."""
    return np.diff(walk(form(corrected), gradients, lr=1.0, **hyper), axis=0)


def noise(steps: int, runs: int) -> np.ndarray:
    """Gradients of mean 0.5 and variance 1."""
    return np.random.default_rng(0).normal(0.5, 1, (steps, runs))


def excess(steps: int, **hyper) -> np.ndarray:
    """Length of the uncorrected step over that of the corrected one, by step: it is the same for all gradients."""
    gradients = noise(steps, 1)
    return (steps_of(False, gradients, **hyper) / steps_of(True, gradients, **hyper))[:, 0]


def mean_loss(corrected: bool, lr: float, beta2: float = 0.999, warm_up: int = 0) -> float:
    """Training loss of the digits network after 200 steps of 32 records, over twenty seeds."""
    return float(on_digits(corrected, lr, beta2, warm_up)[:, -1].mean())


def best_rate(corrected: bool, beta2: float) -> float:
    return best(lambda lr: mean_loss(corrected, lr, beta2), RATES)


@claim(
    "Without it the first steps are too long",
    PRO,
    about="bias_correction",
    source="kingma2015adam",
    holds="least > 1 and peak > 2",
    says="Without the correction the first step is {first:.2f} times as long, and step {at} {peak:.2f} times.",
)
def too_long():
    """The same noisy gradients, with and without, at the default decay rates: the ratio of the two steps."""
    ratio = excess(30)
    return {"first": ratio[0], "peak": ratio.max(), "at": ratio.argmax() + 1, "least": ratio.min()}


@claim(
    "It matters the more, the closer $\\beta_2$ is to 1",
    PRO,
    about="bias_correction",
    source="kingma2015adam",
    holds="peaks[0] < peaks[1] < peaks[2] < peaks[3]",
    says="The longest step without it is {peaks[0]:.2f} times as long as with it at $\\beta_2$ = 0.9, {peaks[1]:.2f} "
    "times at 0.99, {peaks[2]:.2f} times at 0.999 and {peaks[3]:.2f} times at 0.9999.",
)
def near_one():
    """The largest ratio of the uncorrected to the corrected step, for four values of $\\beta_2$, $\\beta_1 = 0.9$."""
    return {"peaks": [excess(60, beta2=beta2).max() for beta2 in (0.9, 0.99, 0.999, 0.9999)]}


@claim(
    "It matters only in the first steps",
    PRO,
    about="bias_correction",
    verdict=PARTLY,
    conditions="it fades, but over a few times $1/(1-\\beta_2)$ steps: thousands, at the default",
    holds="one_percent <= 100",
    partly="one_percent < 6000",
    says="Without it steps are more than 10% off until step {ten_percent:,}, and more than 1% off until step "
    "{one_percent:,}.",
)
def early():
    """The last step at which the uncorrected step is more than 10% and more than 1% off, at the default decay
    rates."""
    off = np.abs(excess(6000) - 1)
    return {"ten_percent": stays(off, np.nextafter(0.1, 1)), "one_percent": stays(off, np.nextafter(0.01, 1))}


@claim(
    "It makes both averages unbiased",
    PRO,
    about="bias_correction",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="while the gradients' moments do not change; where they fall, $\\hat v$ lags behind as $v$ does",
    holds="max(abs(max(constant) - 1), abs(min(constant) - 1)) < 0.15 and "
    "max(abs(max(shrinking) - 1), abs(min(shrinking) - 1)) < 0.15",
    partly="max(abs(max(constant) - 1), abs(min(constant) - 1)) < 0.15",
    says="At steps 1, 10, 100 and 1,000 the mean of $\\hat v$ is {constant[0]:.2f}, {constant[1]:.2f}, "
    "{constant[2]:.2f} and {constant[3]:.2f} of the second moment where gradients stay as large as they are, and "
    "{shrinking[0]:.2f}, {shrinking[1]:.2f}, {shrinking[2]:.2f} and {shrinking[3]:.2f} of it where they shrink.",
)
def unbiased():
    """Mean of $\\hat v_t$ over 1,000 runs, over the second moment at that step, t = 1, 10, 100 and 1,000: gradients
    of constant variance, and gradients that shrink by 0.2% a step."""
    at, shrink = np.array([1, 10, 100, 1000]), 0.998 ** np.arange(1, 1001)
    ratio = {}
    for name, gradients, moment in (
        ("constant", noise(1000, 1000), 1.25),
        ("shrinking", noise(1000, 1000) * shrink[:, None], 1.25 * shrink[at - 1] ** 2),
    ):
        v = walk("adam", gradients, keep=lambda p, opt: opt.state["v"].mean())
        ratio[name] = v[at] / (1 - 0.999**at) / moment
    return ratio


@claim(
    "With it, the best learning rate does not depend on $\\beta_2$",
    PRO,
    about="bias_correction",
    holds="max(with_it) == min(with_it) and without[3] < without[4] or max(with_it) == min(with_it) and "
    "without[3] > without[4]",
    says="For $\\beta_2$ = 0.9, 0.95, 0.99, 0.999 and 0.9999 the best rate is {with_it[0]}, {with_it[1]}, "
    "{with_it[2]}, {with_it[3]} and {with_it[4]} with the correction, and {without[0]}, {without[1]}, {without[2]}, "
    "{without[3]} and {without[4]} without.",
)
def one_rate():
    """Digits network, 200 steps of 32 records, five rates, twenty seeds: the best rate by mean loss for five values of
    $\\beta_2$ from 0.9 to 0.9999, with and without. For the last two also least, mean and most of the losses: at 0.01
    every 20 steps, and at the end for each rate."""
    ways = (("with_it", True), ("without", False))
    found: dict[str, Any] = {
        name: [best_rate(corrected, beta2) for beta2 in (0.9, 0.95, 0.99, 0.999, 0.9999)] for name, corrected in ways
    }
    for name, corrected in ways:
        for beta2 in (0.999, 0.9999):
            ends = np.column_stack([on_digits(corrected, lr, beta2)[:, -1] for lr in RATES])
            found |= {f"{name}_{beta2}": {"at_0.01": spread(on_digits(corrected, 0.01, beta2)), "ends": spread(ends)}}
    return found


@claim(
    "Without it, training becomes unstable as $\\beta_2$ nears 1",
    PRO,
    about="bias_correction",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="at the rate that suits the corrected method; a rate tuned without it is stable",
    holds="without >= 2 * with_it and tuned >= 2 * with_it",
    partly="without >= 2 * with_it",
    says="At a rate of 0.03 the loss ends at {without:.2f} without the correction and at {with_it:.3f} with it; "
    "without it, at a rate of its own, at {tuned:.3f}.",
)
def unstable():
    """Digits network, 200 steps, $\\beta_2$ = 0.9999, twenty seeds: mean loss at the rate 0.03, the best with the
    correction, and the best without it over five rates."""
    with_it, without = (mean_loss(corrected, 0.03, 0.9999) for corrected in (True, False))
    return {"with_it": with_it, "without": without, "tuned": mean_loss(False, best_rate(False, 0.9999), 0.9999)}


def tuned(corrected: bool, cosine: bool, seeds: int = 20) -> list[float]:
    """Training losses of the digits network at the best of rates a quarter of a decade apart, of seeds that did not
    choose it."""

    def training(lr: float, seed: int) -> float:
        run: dict[str, Any] = {
            "steps": 200,
            "batch_size": 32,
            "schedule": Cosine if cosine else None,
            "judge": "held out",
        }
        return trained("network", form(corrected), lr, seed, **run).training

    lr = best(lambda lr: float(np.mean([training(lr, seed) for seed in range(3)])), 10.0 ** np.arange(-2.5, -0.9, 0.25))
    return [training(lr, seed) for seed in range(3, 3 + seeds)]


@claim(
    "It makes training faster",
    PRO,
    about="bias_correction",
    source="laing2025adam",
    verdict=FAILS,
    conditions="at a constant rate the method without it is even ahead, since its rate falls by itself",
    says=lower("without it", what="At a constant rate the training loss with the correction", of="constant")
    + "; "
    + lower("without it", what="under a cosine it", of="cosine")
    + ".",
    **better(0.1, of="constant"),
)
def no_faster():
    """Digits network, 200 steps of 32 records, at a constant rate and under half a cosine: rates a quarter of a decade
    apart, chosen by three seeds for either, and the training loss of twenty others."""
    return {
        name: lower_by(tuned(True, cosine), tuned(False, cosine))
        for name, cosine in (("constant", False), ("cosine", True))
    }


@claim(
    "It makes a warm-up of the learning rate unnecessary",
    PRO,
    about="bias_correction",
    verdict=PARTLY,
    conditions="at the best rate; a warm-up still lets much larger rates train",
    holds="warm > 0.9 * plain and warm_large >= 0.67 * plain_large",
    partly="warm > 0.9 * plain",
    says="At a rate of 0.03 the loss ends at {plain:.3f} without a warm-up and at {warm:.3f} with one; at 0.3 at "
    "{plain_large:.2f} and {warm_large:.2f}.",
)
def warm_up():
    """Digits network, 200 steps of 32 records, twenty seeds: mean loss with the correction, without and with a linear
    warm-up over 50 steps, at the best rate, 0.03, and at ten times that."""
    return {
        f"{name}{large}": mean_loss(True, lr, warm_up=steps)
        for large, lr in (("", 0.03), ("_large", 0.3))
        for name, steps in (("plain", 0), ("warm", 50))
    }


@claim(
    "The first steps are long and ill-directed: one gradient is trusted fully",
    CON,
    about="bias_correction",
    holds="uphill[0] > 10 * uphill[1] and length[0] > 2 * length[1]",
    says="At step 1 {uphill[0]:.1%} of the steps go uphill, and they are {length[0]:.2f} $\\eta$ long; at step 2,000 "
    "it is {uphill[1]:.1%}, with a length of {length[1]:.2f} $\\eta$.",
)
def ill_directed():
    """2,000 runs on gradients of mean 0.5 and variance 1: share of steps that go uphill and their mean length, at
    step 1 and step 2,000."""
    taken = steps_of(True, noise(2000, 2000))[[0, -1]]
    return {"uphill": (taken > 0).mean(axis=1), "length": np.abs(taken).mean(axis=1)}


@claim(
    "The root of the corrected average is still biased",
    CON,
    about="bias_correction",
    holds="short[0] < 0.9",
    says="The mean of the root is {short[0]:.2f} of what it estimates at step 1, {short[1]:.2f} at step 10 and "
    "{short[2]:.2f} at step 100.",
)
def root():
    """Mean of the root of $\\hat v_t$ over 2,000 runs on gradients of mean 0.5 and variance 1, over the root of
    their second moment, at steps 1, 10 and 100."""
    v = walk("adam", noise(100, 2000), keep=lambda p, opt: opt.state["v"].copy())
    return {"short": [np.sqrt(v[t] / (1 - 0.999**t)).mean() / np.sqrt(1.25) for t in (1, 10, 100)]}
