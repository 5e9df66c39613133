"""Claims about momentum, the heavy ball."""

from functools import cache
from typing import Any

import numpy as np

from ..optimizer import Optimizer
from ..problems import SoftmaxRegression, digits
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, loss, model

MOMENTA = (0.5, 0.8, 0.9, 0.95)


@cache
def steps_needed(key: str, condition: float, limit: int = 600, **hyperparameters: Any) -> float:
    """Steps until the distance on a bowl stays below a millionth, at the best of 400 rates; infinite if above `limit`.

    Curvatures: ten, log-spaced from 1/`condition` to 1; start: a distance of 1 along each. On quadratics a rate
    times a curvature is all that matters, so the 400 runs are one run of 400 bowls scaled by their rates.
    """
    curvatures = np.geomspace(0.02, 4, 400)[:, None] * np.geomspace(1 / condition, 1, 10)
    p, last = np.ones_like(curvatures), np.zeros(400)
    optimizer = Optimizer.of(RULES[key])(p, lr=1.0, on_nonfinite="ignore", **hyperparameters)
    with np.errstate(all="ignore"):
        for t in range(1, limit + 1):
            optimizer.step(curvatures * p)
            last[~((p**2).mean(axis=1) < 1e-12)] = t
    return float(min(last + 1)) if min(last) < limit else np.inf


@cache
def trained(key: str, batch_size: int, **hyperparameters: Any) -> tuple[float, float, float]:
    """Training loss of a network with 32 units on the digits after 150 steps: mean, lowest, highest of five seeds.

    The rate is the best of six effective rates for three other seeds: η = rate · (1 − momentum).
    """
    network, share = model("network"), 1 - hyperparameters.get("momentum", 0.0)

    def losses(rate: float, seeds: range) -> np.ndarray:
        given = {"steps": 150, "batch_size": batch_size, **hyperparameters}
        return np.array([loss(descend(network, key, rate * share, seed, **given)) for seed in seeds])

    best = min(10.0 ** np.arange(-0.75, 0.51, 0.25), key=lambda rate: losses(rate, range(3)).mean())
    found = losses(best, range(3, 8))
    return float(found.mean()), float(found.min()), float(found.max())


@claim("It is much faster on ill-conditioned problems", PRO, about="momentum", source="polyak1964some")
def faster() -> Finding:
    """Bowls with κ = 10, 100, 1000: steps until the distance stays below a millionth, at the best of the same 400
    rates for each method, and for momentum the best of four μ."""
    ratios = {}
    for kappa in (10, 100, 1000):
        ours = min(steps_needed("momentum", kappa, momentum=mu) for mu in MOMENTA)
        ratios[kappa] = steps_needed("sgd", kappa, limit=10 * kappa) / ours
    growing = ratios[10] > 1.2 and ratios[100] > 2 * ratios[10] and ratios[1000] > 2 * ratios[100]
    return Finding(
        HOLDS if growing else FAILS,
        "steps of gradient descent over its own: "
        + ", ".join(f"{ratio:.1f} (κ = {kappa})" for kappa, ratio in ratios.items()),
        {f"kappa_{kappa}": ratio for kappa, ratio in ratios.items()},
    )


@claim(
    "It trains a network faster than SGD, with mini-batches, too",
    PRO,
    about="momentum",
    source="sutskever2013importance",
    verdict=PARTLY,
    conditions="with batches of 64; with batches of 8 the ranges of the seeds overlap",
)
def trains_faster() -> Finding:
    """A network with 32 units on the digits, 150 steps, μ = 0.9, both tuned over the same six effective rates with
    three seeds: mean training loss of five other seeds."""
    values: dict[str, float] = {}
    clear = {}
    for size in (64, 8):
        sgd, ours = trained("sgd", size), trained("momentum", size, momentum=0.9)
        values |= {f"sgd_{size}": sgd[0], f"momentum_{size}": ours[0]}
        clear[size] = ours[2] < sgd[1]
    return Finding(
        HOLDS if all(clear.values()) else PARTLY if clear[64] else FAILS,
        f"loss {values['momentum_64']:.3f} against {values['sgd_64']:.3f} with batches of 64, "
        f"{values['momentum_8']:.2f} against {values['sgd_8']:.2f} with batches of 8",
        values,
    )


@claim(
    "Its direction has a lower variance than SGD's",
    PRO,
    about="momentum",
    verdict=PARTLY,
    conditions="at the same effective rate; at the same learning rate the step's variance is higher",
)
def variance() -> Finding:
    """Softmax regression on the digits, parameters fixed at 0, 1,000 gradients from batches of 16: variance of the step
    η b with μ = 0.9, over that of SGD's step."""
    data = digits()
    problem, rng = SoftmaxRegression(data.x_train, data.y_train), np.random.default_rng(0)
    start = problem.start()
    g = np.array([problem.gradient(start, rng.integers(problem.n_samples, size=16))["W"].ravel() for _ in range(1000)])
    p, path = np.zeros(g.shape[1]), []
    optimizer = Optimizer.of(RULES["momentum"])(p, lr=1.0, momentum=0.9)
    for gradient in g:
        before = p.copy()
        optimizer.step(gradient)
        path.append(p - before)
    equal = np.var(path[200:], axis=0).sum() / np.var(g, axis=0).sum()
    effective = 0.1**2 * equal
    return Finding(
        HOLDS if max(equal, effective) < 1 else PARTLY if effective < 1 else FAILS,
        f"{effective:.3f} of SGD's at the same effective rate, {equal:.1f} times SGD's at the same learning rate",
        {"effective": effective, "equal": equal},
    )


@claim(
    "It averages the noise away, so that it settles closer to the minimum",
    PRO,
    about="momentum",
    verdict=FAILS,
    conditions="at the same effective rate it stays as far away as SGD: its steps are smoother, its place is not",
)
def settles_closer() -> Finding:
    """Two thousand parabolas of curvature 1 whose gradients have noise of σ = 1: mean squared distance over the last
    1,500 of 2,000 steps, μ = 0.9 with η = 0.005 against SGD with η = 0.05."""

    def mean_square(key: str, **hyperparameters: Any) -> float:
        rng, p, squares = np.random.default_rng(0), np.zeros(2000), []
        optimizer = Optimizer.of(RULES[key])(p, **hyperparameters)
        for _ in range(2000):
            optimizer.step(p + rng.normal(size=2000))
            squares.append((p**2).mean())
        return float(np.mean(squares[500:]))

    ours, sgd = mean_square("momentum", lr=0.005, momentum=0.9), mean_square("sgd", lr=0.05)
    return Finding(
        HOLDS if ours < 0.9 * sgd else FAILS,
        f"mean squared distance {ours:.4f}, SGD {sgd:.4f}",
        {"momentum": ours, "sgd": sgd},
    )


def across(key: str, lr: float, **hyperparameters: Any) -> tuple[float, int]:
    """On a parabola of curvature 1, from 1: the largest distance in steps 51 to 60, and how often the side changes."""
    p, path = np.ones(1), [1.0]
    optimizer = Optimizer.of(RULES[key])(p, lr=lr, **hyperparameters)
    for _ in range(60):
        optimizer.step(p.copy())
        path.append(float(p[0]))
    return float(max(np.abs(path[51:]))), int(np.sum(np.diff(np.sign(path)) != 0))


@claim(
    "It damps the oscillation across a ravine",
    PRO,
    about="momentum",
    verdict=PARTLY,
    conditions="where gradient descent would need an effective rate at which it diverges; at one and the same learning "
    "rate it oscillates more",
)
def damps() -> Finding:
    """The steep direction, h = 1: distance left after 50 steps with μ = 0.9, at 18 rates ηh from 0.1 to 1.8, against
    gradient descent at the same rate, and at the same effective rate 10 η wherever that is above 2."""
    rates = np.arange(1, 19) / 10
    ours = [across("momentum", lr, momentum=0.9) for lr in rates]
    same = [across("sgd", lr) for lr in rates]
    effective = [across("sgd", 10 * lr) for lr in rates if 10 * lr > 2]
    smaller = sum(a[0] < b[0] for a, b in zip(ours, same, strict=True))
    tamed = sum(a[0] < 1 < b[0] for a, b in zip(ours[-len(effective) :], effective, strict=True))
    changes = ours[4][1], same[4][1]
    return Finding(
        HOLDS if smaller == len(rates) else PARTLY if tamed == len(effective) else FAILS,
        f"smaller at {smaller} of {len(rates)} equal rates (at ηh = 0.5 it changes sides {changes[0]} times in "
        f"60 steps, gradient descent {changes[1]}); at {tamed} of {len(effective)} equal effective rates only "
        "momentum converges",
        {"smaller": smaller, "tamed": tamed, "changes": changes[0], "changes_sgd": changes[1]},
    )


@claim(
    "It carries past shallow local minima",
    PRO,
    about="momentum",
    source="goh2017momentum",
    verdict=PARTLY,
    conditions="where they are shallow, and at the right rate; not where they are ten times as deep",
)
def past_local_minima() -> Finding:
    """θ² + a (1 − cos 2πθ) from 500 random starts in ±5, 300 steps: share that ends at 0, at the best of the same 13
    effective rates, for a = 1 and a = 10."""
    starts, values = np.random.default_rng(0).uniform(-5, 5, 500), {}
    for amplitude in (1, 10):
        steepest = 2 + 4 * np.pi**2 * amplitude
        for key, share in (("sgd", 1.0), ("momentum", 0.1)):
            reached = []
            for rate in np.geomspace(0.03, 30, 13) / steepest:
                p = starts.copy()
                optimizer = Optimizer.of(RULES[key])(p, lr=rate * share, on_nonfinite="ignore")
                for _ in range(300):
                    optimizer.step(2 * p + 2 * np.pi * amplitude * np.sin(2 * np.pi * p))
                reached.append(np.mean(np.abs(p) < 0.1))
            values[f"{key}_{amplitude}"] = float(max(reached))
    shallow = values["momentum_1"] > 2 * values["sgd_1"]
    deep = values["momentum_10"] > 2 * values["sgd_10"]
    return Finding(
        HOLDS if shallow and deep else PARTLY if shallow else FAILS,
        f"a = 1: {values['momentum_1']:.0%} against {values['sgd_1']:.0%}; "
        f"a = 10: {values['momentum_10']:.0%} against {values['sgd_10']:.0%}",
        values,
    )


@claim(
    "Its default of 0.9 works nearly everywhere",
    PRO,
    about="momentum",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="on the network and where κ is 100 or 1000; on a round bowl another μ is far faster",
)
def default_works() -> Finding:
    """Bowls with κ = 2, 10, 100, 1000, as above: steps with μ = 0.9 over those with the best of μ = 0.5, 0.8, 0.9 and
    0.95, each at its best rate; and the network with batches of 64: the loss with 0.9 and with 0.5 and 0.99."""
    ratios = {}
    for kappa in (2, 10, 100, 1000):
        steps = {mu: steps_needed("momentum", kappa, momentum=mu) for mu in MOMENTA}
        ratios[kappa] = steps[0.9] / min(steps.values())
    losses = {mu: trained("momentum", 64, momentum=mu)[0] for mu in (0.5, 0.9, 0.99)}
    network = losses[0.9] < 1.25 * min(losses.values())
    within = [kappa for kappa, ratio in ratios.items() if ratio < 2.5]
    return Finding(
        HOLDS if len(within) == 4 and network else PARTLY if network and {100, 1000} <= {*within} else FAILS,
        "steps over the best: "
        + ", ".join(f"{ratio:.1f} (κ = {kappa})" for kappa, ratio in ratios.items())
        + "; loss of the network "
        + ", ".join(f"{loss:.3f} (μ = {mu})" for mu, loss in losses.items()),
        {f"kappa_{kappa}": ratio for kappa, ratio in ratios.items()}
        | {f"mu_{mu}": loss for mu, loss in losses.items()},
    )


@claim(
    "It can need more steps than gradient descent, since it overshoots", CON, about="momentum", source="goh2017momentum"
)
def overshoots() -> Finding:
    """A bowl with κ = 2: steps until the distance stays below a millionth, each at the best of the same 400 rates, with
    μ = 0.9."""
    ours, sgd = steps_needed("momentum", 2, momentum=0.9), steps_needed("sgd", 2)
    return Finding(
        HOLDS if ours > 2 * sgd else FAILS,
        f"{ours:.0f} steps, gradient descent {sgd:.0f}",
        {"momentum": ours, "sgd": sgd},
    )


@claim("It needs memory for one more array of the parameters' size", CON, about="momentum")
def memory() -> Finding:
    """Bytes of state over bytes of parameters, for a million parameters."""
    p = np.zeros(1_000_000)
    state = Optimizer.of(RULES["momentum"])(p, lr=0.1).state
    ratio = sum(array.nbytes for array in state.values()) / p.nbytes
    return Finding(HOLDS if ratio == 1 else FAILS, f"{ratio:.0f} byte of state a byte of parameters", {"ratio": ratio})
