"""Claims about Nesterov's accelerated gradient."""

import numpy as np

from ..lab.bowls import Diagonal, steps_needed
from ..lab.digits import effective
from ..lab.evidence import lower_by
from ..lab.quadratics import floors
from ..lab.runs import descend
from ..lab.walks import walk
from ..problems.counterexamples import Kinked
from .claim import CON, FAILS, PARTLY, PRO, claim
from .over_seeds import lower

BOTH = ("nesterov", "momentum")
#: Effective rates times curvature, up to near SGD's bound of 2.
RATES = (0.05, 0.5, 1.0, 1.5)


def best_momentum(key: str, condition: float) -> float:
    """The μ with the fastest rate on quadratics of this condition number."""
    root = condition**0.5 if key == "momentum" else (3 * condition + 1) ** 0.5 / 2
    return ((root - 1) / (root + 1)) ** (2 if key == "momentum" else 1)


def at_best(key: str, kappa: float) -> float:
    """Steps with the μ that theory gives the method."""
    return steps_needed(key, kappa, momentum=best_momentum(key, kappa))


def at_high(key: str, kappa: float) -> float:
    """Steps with μ = 0.98."""
    return steps_needed(key, kappa, limit=1400, momentum=0.98)


@claim(
    "It converges faster than momentum",
    PRO,
    about="nesterov",
    source="sutskever2013importance",
    verdict=PARTLY,
    conditions="where μ is above its best value; with both tuned, momentum is faster on a quadratic",
    holds="max(tuned) < 1 and max(high) < 1",
    partly="max(high) < 1",
    says="For κ = 10, 100 and 1,000 it needs {tuned[0]:.2f}, {tuned[1]:.2f} and {tuned[2]:.2f} times momentum's steps "
    "with both tuned, and {high[0]:.2f}, {high[1]:.2f} and {high[2]:.2f} times with μ = 0.98 for both.",
)
def faster():
    """Bowls with κ = 10, 100, 1000: steps until the distance stays below a millionth, at the best of 400 rates, with
    the μ that theory gives each method for this κ, and with μ = 0.98 for both."""
    return {
        name: [steps("nesterov", kappa) / steps("momentum", kappa) for kappa in (10, 100, 1000)]
        for name, steps in (("tuned", at_best), ("high", at_high))
    }


@claim(
    "It trains a network faster than momentum",
    PRO,
    about="nesterov",
    source="sutskever2013importance",
    holds="large['low'] > 0 and small['low'] > 0",
    partly="large['low'] > 0 or small['low'] > 0",
    fails="max(large['high'], small['high']) < 0.1",
    says=lower("momentum's", of="large", what="With batches of 64 its training loss")
    + lower("momentum's", of="small", what="; with batches of 8 it")
    + ".",
)
def trains_faster():
    """A network with 32 units on the digits, 150 steps, batches of 64 and of 8, μ = 0.9, both tuned over the same 13
    effective rates with six seeds: training losses of forty other seeds, the same for both."""
    return {
        name: lower_by(*(effective(key, size, momentum=0.9) for key in BOTH))
        for name, size in (("large", 64), ("small", 8))
    }


@claim(
    "It overshoots less than momentum",
    PRO,
    about="nesterov",
    source="sutskever2013importance",
    verdict=PARTLY,
    conditions="for ηh below 1; above, within its range of stability, it overshoots more",
    holds="less_below == rates_below and less_above == rates_above",
    partly="less_below == rates_below",
    says="It overshoots less than momentum at {less_below} of {rates_below} rates below ηh = 1, and at {less_above} "
    "of {rates_above} above; at ηh = 0.1 by {nesterov[0]:.2f} against {momentum[0]:.2f}, at 0.5 by {nesterov[1]:.2f} "
    "against {momentum[1]:.2f}, and at 1.3 by {nesterov[2]:.2f} against {momentum[2]:.2f}.",
)
def overshoots_less():
    """A parabola of curvature 1, start at 1, μ = 0.9, the same rate for both, ηh from 0.05 to 1.3: how far past the
    minimum the path gets. At ηh = 1 both get as far."""
    rates = np.arange(1, 27) / 20  # a rate times a curvature is all that matters
    paths = {key: walk(key, lambda p: rates * p, 100, start=np.ones(26), lr=1.0, momentum=0.9) for key in BOTH}
    past = {key: np.maximum(0.0, -path.min(axis=0)) for key, path in paths.items()}
    less = past["nesterov"] < past["momentum"] - 1e-9
    return {
        "less_below": less[rates < 1].sum(),
        "rates_below": (rates < 1).sum(),
        "less_above": less[rates > 1].sum(),
        "rates_above": (rates > 1).sum(),
    } | {key: past[key][[1, 9, 25]] for key in BOTH}


@claim(
    "It settles closer to the minimum than momentum, under noise",
    PRO,
    about="nesterov",
    source="zhang2019algorithmic",
    verdict=PARTLY,
    conditions="where the effective rate is large for the curvature; at small rates both stay as far away as SGD",
    holds="max(ratio) < 0.9",
    partly="ratio[2] < 0.7",
    says="At the same effective rate η its mean squared distance from the minimum is {ratio[0]:.2f} of momentum's at "
    "ηh = 0.05, {ratio[1]:.2f} at 0.5, {ratio[2]:.2f} at 1 and {ratio[3]:.2f} at 1.5.",
)
def settles_closer():
    """Two thousand parabolas of curvature h = 1 whose gradients have noise of σ = 1, at each of four effective rates,
    μ = 0.9: mean squared distance over the last 1,500 of 2,000 steps, over momentum's."""
    return {"ratio": np.divide(*(floors(key, RATES, momentum=0.9) for key in BOTH))}


@claim(
    "It tolerates a momentum close to 1",
    PRO,
    about="nesterov",
    source="sutskever2013importance",
    holds="nesterov < momentum / 2",
    says="With μ = 0.98 it needs {nesterov:.1f} times the steps of its best μ, momentum {momentum:.1f} times.",
)
def tolerates_high_momentum():
    """A bowl with κ = 100, steps until the distance stays below a millionth at the best of 400 rates: with μ = 0.98
    over those with the μ that theory gives the method."""
    return {key: at_high(key, 100) / at_best(key, 100) for key in BOTH}


@claim(
    "It is stable at larger learning rates than momentum",
    PRO,
    about="nesterov",
    verdict=FAILS,
    conditions="on a quadratic its bound is lower, for every μ above 0",
    holds="nesterov[0] > momentum[0] and nesterov[1] > momentum[1]",
    says="With μ = 0.5 it is stable for ηh below {nesterov[0]:.2f} and momentum below {momentum[0]:.2f}; with μ = 0.9 "
    "below {nesterov[1]:.2f} and {momentum[1]:.2f}.",
)
def larger_rates():
    """Parabolas of 400 curvatures, 1,500 steps from 1: the ηh below which no run has grown, for μ = 0.5 and 0.9."""
    grid = np.arange(0.005, 4, 0.01)

    def bound(key, mu):
        end = walk(key, lambda p: grid * p, 1500, start=np.ones_like(grid), lr=1.0, momentum=mu)[-1]
        return grid[np.argmin(np.abs(end) < 1)]

    return {key: [bound(key, mu) for mu in (0.5, 0.9)] for key in BOTH}


@claim(
    "At its usual settings it converges on every smooth, strongly convex function; momentum at its best pair for "
    "quadratics does not",
    PRO,
    about="nesterov",
    source=("nesterov2004introductory", "lessard2016analysis"),
    holds="nesterov == 0 and momentum > 0",
    says="From {nesterov} of {starts} starts it does not arrive at the minimum; momentum does not from {momentum}.",
)
def converges():
    """The function with curvatures between 1 and 25 of Lessard, Recht and Packard, 201 starts in ±5, 500 steps, κ = 25:
    Nesterov at its usual η and μ, momentum at its best pair. Starts from which it is not within a millionth."""
    starts, stuck = np.linspace(-5, 5, 201), {}
    for key, (lr, mu) in {"nesterov": (1 / 25, 4 / 6), "momentum": (1 / 9, 4 / 9)}.items():
        end = walk(key, Kinked().gradient, 500, start=starts, lr=lr, momentum=mu)[-1]
        stuck[key] = np.sum(np.abs(end) > 1e-6)
    return stuck | {"starts": len(starts)}


def growing(t: float) -> float:
    """The momentum (t − 1)/(t + 2) that gives the rate 1/t²."""
    return (t - 1) / (t + 2)


@claim(
    "On convex functions its loss falls as 1/t², that of gradient descent as 1/t",
    PRO,
    about="nesterov",
    source="nesterov1983method",
    verdict=PARTLY,
    conditions="with a momentum that grows as (t − 1)/(t + 2); with a constant 0.9 the order is 1",
    holds="growing > 1.9 and sgd < 1.1 and constant > 1.9",
    partly="growing > 1.9 and sgd < 1.1",
    says="Between steps 100 and 1,000 the loss falls as 1/t^q with q = {growing:.2f} for the growing momentum, "
    "{constant:.2f} for μ = 0.9 and {sgd:.2f} for gradient descent.",
)
def order_two():
    """A convex quadratic with 1,000 curvatures from a millionth to 1, η = 1/L: the order q of the fall 1/t^q between
    steps 100 and 1,000."""

    k = np.arange(1, 1001)
    flat = Diagonal((k / 1000) ** 2, k**-0.5)  # gradient descent gains only as 1/t on it

    def order(key, **hyper):
        values = descend(flat, key, 1.0, steps=1000, batch_size=None, record_every=100, **hyper).values
        return -np.log10(values[10] / values[1])

    return {
        "sgd": order("sgd"),
        "growing": order("nesterov", momentum=growing),
        "constant": order("nesterov", momentum=0.9),
    }


@claim(
    "With a growing momentum the loss rises on the way",
    CON,
    about="nesterov",
    holds="nesterov > 0 and sgd == 0",
    says="Its loss rises at {nesterov} of 300 steps, that of gradient descent at {sgd}.",
)
def rises():
    """A bowl with κ = 20, η = 1/L, momentum (t − 1)/(t + 2), 300 steps: at how many of them the loss rises, against
    gradient descent."""

    def count(key, **hyper):
        bowl = Diagonal(np.array([0.05, 1.0]), np.ones(2))
        return np.sum(np.diff(descend(bowl, key, 1.0, steps=300, batch_size=None, record_every=1, **hyper).values) > 0)

    return {"nesterov": count("nesterov", momentum=growing), "sgd": count("sgd")}
