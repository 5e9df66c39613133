"""Claims about momentum, the heavy ball."""

import numpy as np

from ..lab.bowls import steps_needed
from ..lab.digits import effective
from ..lab.evidence import lower_by
from ..lab.quadratics import floors
from ..lab.runs import model
from ..lab.tuning import least
from ..lab.walks import made, walk
from .claim import CON, PARTLY, PRO, claim
from .over_seeds import lower

MOMENTA = (0.5, 0.8, 0.9, 0.95)
#: Effective rates times curvature, up to near SGD's bound of 2.
RATES = (0.05, 0.5, 1.0, 1.5)


@claim(
    "It is much faster on ill-conditioned problems",
    PRO,
    about="momentum",
    source="polyak1964some",
    holds="kappa_10 > 1.2 and kappa_100 > 2 * kappa_10 and kappa_1000 > 2 * kappa_100",
    says="On bowls with κ = 10, 100 and 1,000 gradient descent needs {kappa_10:.1f}, {kappa_100:.1f} and "
    "{kappa_1000:.1f} times as many steps as momentum, each at its best rate.",
)
def faster():
    """Bowls with κ = 10, 100, 1000: steps until the distance stays below a millionth, at the best of the same 400
    rates for each method, and for momentum the best of four μ."""
    return {
        f"kappa_{kappa}": steps_needed("sgd", kappa, limit=10 * kappa)
        / min(steps_needed("momentum", kappa, momentum=mu) for mu in MOMENTA)
        for kappa in (10, 100, 1000)
    }


@claim(
    "It trains a network faster than SGD, with mini-batches, too",
    PRO,
    about="momentum",
    source="sutskever2013importance",
    holds="large['low'] > 0 and small['low'] > 0",
    partly="large['low'] > 0",
    fails="large['high'] < 0.1",
    says=lower("SGD's", of="large", what="With batches of 64 momentum's training loss")
    + lower("SGD's", of="small", what="; with batches of 8 it")
    + ".",
)
def trains_faster():
    """A network with 32 units on the digits, 150 steps, μ = 0.9, both tuned over the same 13 effective rates with six
    seeds: training losses of forty other seeds, the same for both."""
    return {
        name: lower_by(effective("momentum", size, momentum=0.9), effective("sgd", size))
        for name, size in (("large", 64), ("small", 8))
    }


@claim(
    "Its direction has a lower variance than SGD's",
    PRO,
    about="momentum",
    verdict=PARTLY,
    conditions="at the same effective rate; at the same learning rate the step's variance is higher",
    holds="max(equal, effective) < 1",
    partly="effective < 1",
    says="At the same effective rate its step has {effective:.3f} of the variance of SGD's step; at the same learning "
    "rate it has {equal:.1f} times as much.",
)
def variance():
    """Softmax regression on the digits, parameters fixed at 0, 1,000 gradients from batches of 16: variance of the step
    η b with μ = 0.9, over that of SGD's step."""
    problem, rng = model("softmax"), np.random.default_rng(0)
    start = problem.start()
    g = np.array([problem.gradient(start, rng.integers(problem.n_samples, size=16))["W"].ravel() for _ in range(1000)])
    steps = np.diff(walk("momentum", g, lr=1.0, momentum=0.9), axis=0)
    equal = np.var(steps[200:], axis=0).sum() / np.var(g, axis=0).sum()
    return {"effective": 0.1**2 * equal, "equal": equal}


@claim(
    "It averages the noise away, so that it settles closer to the minimum",
    PRO,
    about="momentum",
    source=("zhang2019algorithmic", "liu2021noise"),
    verdict=PARTLY,
    conditions="where the effective rate is large for the curvature; at small rates it stays as far away as SGD, with "
    "smoother steps",
    holds="max(ratio) < 0.9",
    partly="ratio[2] < 0.6",
    says="At the same effective rate η its mean squared distance from the minimum is {ratio[0]:.2f} of SGD's at ηh = "
    "0.05, {ratio[1]:.2f} at 0.5, {ratio[2]:.2f} at 1 and {ratio[3]:.2f} at 1.5.",
)
def settles_closer():
    """Two thousand parabolas of curvature h = 1 whose gradients have noise of σ = 1, at each of four effective rates:
    mean squared distance over the last 1,500 of 2,000 steps, with μ = 0.9, over that of SGD."""
    return {"ratio": floors("momentum", RATES, momentum=0.9) / floors("sgd", RATES)}


def across(key: str, lr: float) -> tuple[float, int]:
    """On a parabola of curvature 1, from 1: the largest distance in steps 51 to 60, and how often the side changes."""
    path = walk(key, lambda p: p, 60, start=np.ones(1), lr=lr)[:, 0]
    return float(max(np.abs(path[51:]))), int(np.sum(np.diff(np.sign(path)) != 0))


@claim(
    "It damps the oscillation across a ravine",
    PRO,
    about="momentum",
    verdict=PARTLY,
    conditions="where gradient descent would need an effective rate at which it diverges; at one and the same learning "
    "rate it oscillates more",
    holds="smaller == rates",
    partly="tamed == effective",
    says="At {smaller} of {rates} equal rates momentum is closer after 50 steps (at ηh = 0.5 it changes sides "
    "{changes} times in 60 steps, gradient descent {changes_sgd} times); at {tamed} of {effective} equal effective "
    "rates momentum converges and gradient descent does not.",
)
def damps():
    """The steep direction, h = 1: distance left after 50 steps with μ = 0.9, at 18 rates ηh from 0.1 to 1.8, against
    gradient descent at the same rate, and at the same effective rate 10 η wherever that is above 2."""
    rates = np.arange(1, 19) / 10
    ours, same = ([across(key, lr) for lr in rates] for key in ("momentum", "sgd"))
    effective = [across("sgd", 10 * lr) for lr in rates if 10 * lr > 2]
    return {
        "smaller": sum(a[0] < b[0] for a, b in zip(ours, same, strict=True)),
        "rates": len(rates),
        "tamed": sum(a[0] < 1 < b[0] for a, b in zip(ours[-len(effective) :], effective, strict=True)),
        "effective": len(effective),
        "changes": ours[4][1],
        "changes_sgd": same[4][1],
    }


@claim(
    "It carries past shallow local minima",
    PRO,
    about="momentum",
    source="goh2017momentum",
    verdict=PARTLY,
    conditions="where they are shallow, and at the right rate; not where they are ten times as deep",
    holds="momentum_1 > 2 * sgd_1 and momentum_10 > 2 * sgd_10",
    partly="momentum_1 > 2 * sgd_1",
    says="Of 500 starts {momentum_1:.0%} reach the lowest minimum with momentum and {sgd_1:.0%} without where the "
    "others are shallow (a = 1), and {momentum_10:.0%} against {sgd_10:.0%} where they are ten times as deep.",
)
def past_local_minima():
    """θ² + a (1 − cos 2πθ) from 500 random starts in ±5, 300 steps: share that ends at 0, at the best of the same 21
    effective rates, for a = 1 and a = 10."""
    starts, shares = np.random.default_rng(0).uniform(-5, 5, 500), {}
    for a in (1, 10):

        def slope(p, a=a):
            return 2 * p + 2 * np.pi * a * np.sin(2 * np.pi * p)

        for key, share in (("sgd", 1.0), ("momentum", 0.1)):
            rates = share * np.geomspace(0.03, 120, 21) / (2 + 4 * np.pi**2 * a)
            ends = [walk(key, slope, 300, start=starts, lr=rate)[-1] for rate in rates]
            reached = np.array([np.mean(np.abs(end) < 0.1) for end in ends])
            shares[f"{key}_{a}"] = reached[least(-reached, rates, low="small rates all end in the nearest minimum")]
    return shares


@claim(
    "Its default of 0.9 works nearly everywhere",
    PRO,
    about="momentum",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="on the network and where κ is 100 or 1000; on a round bowl another μ is far faster",
    holds="max(kappa_2, kappa_10, kappa_100, kappa_1000) < 2.5 and losses[1] < 1.25 * min(losses)",
    partly="max(kappa_100, kappa_1000) < 2.5 and losses[1] < 1.25 * min(losses)",
    says="With μ = 0.9 a bowl takes {kappa_2:.1f} times the steps of the best of four μ for κ = 2, {kappa_10:.1f} for "
    "κ = 10, {kappa_100:.1f} for κ = 100 and {kappa_1000:.1f} for κ = 1,000; the network's mean loss is "
    "{losses[0]:.3f} with μ = 0.5, {losses[1]:.3f} with 0.9 and {losses[2]:.3f} with 0.99.",
)
def default_works():
    """Bowls with κ = 2, 10, 100, 1000, as above: steps with μ = 0.9 over those with the best of μ = 0.5, 0.8, 0.9 and
    0.95, each at its best rate; and the network with batches of 64: the loss with 0.9 and with 0.5 and 0.99."""
    ratios = {}
    for kappa in (2, 10, 100, 1000):
        steps = {mu: steps_needed("momentum", kappa, momentum=mu) for mu in MOMENTA}
        ratios[f"kappa_{kappa}"] = steps[0.9] / min(steps.values())
    return ratios | {"losses": [np.mean(effective("momentum", 64, momentum=mu)) for mu in (0.5, 0.9, 0.99)]}


@claim(
    "It can need more steps than gradient descent, since it overshoots",
    CON,
    about="momentum",
    source="goh2017momentum",
    holds="momentum > 2 * sgd",
    says="On a bowl with κ = 2 momentum needs {momentum:.0f} steps, gradient descent {sgd:.0f}.",
)
def overshoots():
    """A bowl with κ = 2: steps until the distance stays below a millionth, each at the best of the same 400 rates, with
    μ = 0.9."""
    return {"momentum": steps_needed("momentum", 2, momentum=0.9), "sgd": steps_needed("sgd", 2)}


@claim(
    "It needs memory for one more array of the parameters' size",
    CON,
    about="momentum",
    holds="ratio == 1",
    says="For each byte of parameters it keeps {ratio:.0f} byte of state.",
)
def memory():
    """Bytes of state over bytes of parameters, for a million parameters."""
    p = np.zeros(1_000_000)
    state = made("momentum", p, lr=0.1).state
    return {"ratio": sum(array.nbytes for array in state.values()) / p.nbytes}
