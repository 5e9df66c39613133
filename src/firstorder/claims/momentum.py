"""Claims about momentum, the heavy ball."""

import numpy as np

from ..lab.bowls import steps_needed
from ..lab.digits import effective
from ..lab.quadratics import floors
from ..lab.runs import gap, model
from ..lab.walks import made, walk
from .claim import CON, PARTLY, PRO, claim

MOMENTA = (0.5, 0.8, 0.9, 0.95)
#: Effective rates times curvature, up to near SGD's bound of 2.
RATES = (0.05, 0.5, 1.0, 1.5)


@claim(
    "It is much faster on ill-conditioned problems",
    PRO,
    about="momentum",
    source="polyak1964some",
    holds="kappa_10 > 1.2 and kappa_100 > 2 * kappa_10 and kappa_1000 > 2 * kappa_100",
    says="steps of gradient descent over its own: {kappa_10:.1f} (κ = 10), {kappa_100:.1f} (κ = 100), "
    "{kappa_1000:.1f} (κ = 1000)",
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
    holds="gain_64 > 2.1 * error_64 and gain_8 > 2.1 * error_8",
    says="loss {momentum_64:.3f} against {sgd_64:.3f} with batches of 64, {momentum_8:.2f} against {sgd_8:.2f} with "
    "batches of 8; lower by {gain_64:.2f} ± {error_64:.2f} and {gain_8:.2f} ± {error_8:.2f} in its logarithm",
)
def trains_faster():
    """A network with 32 units on the digits, 150 steps, μ = 0.9, both tuned over the same 13 effective rates with six
    seeds: training losses of forty other seeds, the same for both; error: one standard error."""
    found = {}
    for size in (64, 8):
        sgd, ours = effective("sgd", size), effective("momentum", size, momentum=0.9)
        found |= {f"sgd_{size}": sgd.mean(), f"momentum_{size}": ours.mean()}
        found[f"gain_{size}"], found[f"error_{size}"] = gap(np.log(sgd), np.log(ours))
    return found


@claim(
    "Its direction has a lower variance than SGD's",
    PRO,
    about="momentum",
    verdict=PARTLY,
    conditions="at the same effective rate; at the same learning rate the step's variance is higher",
    holds="max(equal, effective) < 1",
    partly="effective < 1",
    says="{effective:.3f} of SGD's at the same effective rate, {equal:.1f} times SGD's at the same learning rate",
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
    says="mean squared distance over that of SGD at the same effective rate η: {ratio[0]:.2f} at ηh = 0.05, "
    "{ratio[1]:.2f} at 0.5, {ratio[2]:.2f} at 1, {ratio[3]:.2f} at 1.5",
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
    says="smaller at {smaller} of {rates} equal rates (at ηh = 0.5 it changes sides {changes} times in 60 steps, "
    "gradient descent {changes_sgd}); at {tamed} of {effective} equal effective rates only momentum converges",
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
    says="a = 1: {momentum_1:.0%} against {sgd_1:.0%}; a = 10: {momentum_10:.0%} against {sgd_10:.0%}",
)
def past_local_minima():
    """θ² + a (1 − cos 2πθ) from 500 random starts in ±5, 300 steps: share that ends at 0, at the best of the same 13
    effective rates, for a = 1 and a = 10."""
    starts, shares = np.random.default_rng(0).uniform(-5, 5, 500), {}
    for a in (1, 10):

        def slope(p, a=a):
            return 2 * p + 2 * np.pi * a * np.sin(2 * np.pi * p)

        for key, share in (("sgd", 1.0), ("momentum", 0.1)):
            rates = share * np.geomspace(0.03, 30, 13) / (2 + 4 * np.pi**2 * a)
            ends = [walk(key, slope, 300, start=starts, lr=rate)[-1] for rate in rates]
            shares[f"{key}_{a}"] = max(np.mean(np.abs(end) < 0.1) for end in ends)
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
    says="steps over the best: {kappa_2:.1f} (κ = 2), {kappa_10:.1f} (κ = 10), {kappa_100:.1f} (κ = 100), "
    "{kappa_1000:.1f} (κ = 1000); loss of the network {losses[0]:.3f} (μ = 0.5), {losses[1]:.3f} (μ = 0.9), "
    "{losses[2]:.3f} (μ = 0.99)",
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
    says="{momentum:.0f} steps, gradient descent {sgd:.0f}",
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
    says="{ratio:.0f} byte of state a byte of parameters",
)
def memory():
    """Bytes of state over bytes of parameters, for a million parameters."""
    p = np.zeros(1_000_000)
    state = made("momentum", p, lr=0.1).state
    return {"ratio": sum(array.nbytes for array in state.values()) / p.nbytes}
