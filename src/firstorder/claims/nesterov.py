"""Claims about Nesterov's accelerated gradient."""

import numpy as np

from ..lab.bowls import Diagonal, steps_needed
from ..lab.digits import effective
from ..lab.quadratics import floors
from ..lab.runs import descend, gap
from ..lab.walks import walk
from ..problems.counterexamples import Kinked
from .claim import CON, FAILS, PARTLY, PRO, claim

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
    says="its steps over momentum's for κ = 10, 100, 1000: {tuned[0]:.2f}, {tuned[1]:.2f}, {tuned[2]:.2f} tuned, "
    "{high[0]:.2f}, {high[1]:.2f}, {high[2]:.2f} with μ = 0.98",
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
    holds="gain_64 > 2.1 * error_64 and gain_8 > 2.1 * error_8",
    says="loss {nesterov_64:.3f} against {momentum_64:.3f} with batches of 64, {nesterov_8:.2f} against "
    "{momentum_8:.2f} with batches of 8; lower by {gain_64:.2f} ± {error_64:.2f} and {gain_8:.2f} ± {error_8:.2f} in "
    "its logarithm",
)
def trains_faster():
    """A network with 32 units on the digits, 150 steps, batches of 64 and of 8, μ = 0.9, both tuned over the same 13
    effective rates with six seeds: training losses of forty other seeds, the same for both; error: one standard
    error."""
    found = {}
    for size in (64, 8):
        theirs, ours = (effective(key, size, momentum=0.9) for key in ("momentum", "nesterov"))
        found |= {f"momentum_{size}": theirs.mean(), f"nesterov_{size}": ours.mean()}
        found[f"gain_{size}"], found[f"error_{size}"] = gap(np.log(theirs), np.log(ours))
    return found


@claim(
    "It overshoots less than momentum",
    PRO,
    about="nesterov",
    source="sutskever2013importance",
    verdict=PARTLY,
    conditions="for ηh below 1; above, within its range of stability, it overshoots more",
    holds="less_below == rates_below and less_above == rates_above",
    partly="less_below == rates_below",
    says="less at {less_below} of {rates_below} rates below ηh = 1, at {less_above} of {rates_above} above; "
    "at ηh = 0.1 by {nesterov[0]:.2f} against {momentum[0]:.2f}, at 0.5 by {nesterov[1]:.2f} against "
    "{momentum[1]:.2f}, at 1.3 by {nesterov[2]:.2f} against {momentum[2]:.2f}",
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
    says="mean squared distance over momentum's at the same effective rate η: {ratio[0]:.2f} at ηh = 0.05, "
    "{ratio[1]:.2f} at 0.5, {ratio[2]:.2f} at 1, {ratio[3]:.2f} at 1.5",
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
    says="{nesterov:.1f} times the steps of its best μ, momentum {momentum:.1f} times",
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
    says="μ = 0.5: ηh below {nesterov[0]:.2f} against {momentum[0]:.2f}; "
    "μ = 0.9: ηh below {nesterov[1]:.2f} against {momentum[1]:.2f}",
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
    says="stuck from {nesterov} of {starts} starts, momentum from {momentum}",
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
    says="gradient descent q = {sgd:.2f}, growing momentum q = {growing:.2f}, μ = 0.9 q = {constant:.2f}",
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
    says="{nesterov} of 300 steps, gradient descent {sgd}",
)
def rises():
    """A bowl with κ = 20, η = 1/L, momentum (t − 1)/(t + 2), 300 steps: at how many of them the loss rises, against
    gradient descent."""

    def count(key, **hyper):
        bowl = Diagonal(np.array([0.05, 1.0]), np.ones(2))
        return np.sum(np.diff(descend(bowl, key, 1.0, steps=300, batch_size=None, record_every=1, **hyper).values) > 0)

    return {"nesterov": count("nesterov", momentum=growing), "sgd": count("sgd")}
