"""Claims about the parameter-free rules, and the convex problem of known distance on which their bounds are tested."""

from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from ..arena import Arena
from ..minimize import batches, minimize
from ..optimizer import Optimizer
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, falling, model

FREE = ("dadapt_sgd", "dadapt_adam", "prodigy")
#: The rates that Adam is given to choose from.
RATES = 10.0 ** np.arange(-2, 0.1, 0.5)
STEPS, SEEDS = 200, range(1, 6)
TASKS = ("softmax", "network", "pixels")


class AbsoluteRegression:
    """Mean of |x·(θ - θ*)| over 10 k random rows x of k numbers: convex, Lipschitz, the minimum at a given distance."""

    def __init__(self, distance: float = 1.0, k: int = 20):
        rng = np.random.default_rng(0)
        self.x, target = rng.normal(size=(10 * k, k)), rng.normal(size=k)
        self.target = target * distance / np.linalg.norm(target)
        self.start = np.zeros(k)

    def value(self, p: np.ndarray) -> float:
        return float(abs(self.x @ (p - self.target)).mean())

    def gradient(self, p: np.ndarray) -> np.ndarray:
        return self.x.T @ np.sign(self.x @ (p - self.target)) / len(self.x)

    def distance(self, key: str) -> float:
        """What the rule estimates: the distance, or for those built on Adam that of the largest coordinate."""
        return float(np.linalg.norm(self.target) if key == "dadapt_sgd" else abs(self.target).max())


def estimates(
    key: str, distance: float = 1.0, d0: float = 1e-6, steps: int = 400, noise: float = 0.0, k: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """(d / D, loss / loss at the start) after each step on `AbsoluteRegression`; noise: added to the gradient."""
    problem, rng = AbsoluteRegression(distance, k), np.random.default_rng(1)
    p, true = problem.start.copy(), problem.distance(key)
    opt = Optimizer.of(RULES[key])(p, d0=d0)
    d, losses = np.empty(steps), np.empty(steps)
    for t in range(steps):
        opt.step(problem.gradient(p) + (noise * rng.normal(size=p.size) if noise else 0))
        d[t], losses[t] = float(opt.state["d"]), problem.value(p)
    return d / true, losses / problem.value(problem.start)


@cache
def trained(name: str, key: str, seed: int, lr: float = 1.0, part: str = "all", constant: bool = False) -> Any:
    """Parameters after 200 steps with batches of 64; the rate falls linearly to 0, or is constant."""
    return descend(model(name, part), key, lr if constant else falling(lr, STEPS), seed, steps=STEPS).params


@cache
def best_rate(name: str) -> float:
    """Adam's rate with the least held-out loss."""
    with np.errstate(all="ignore"):
        losses = [model(name, "held out").value(trained(name, "adam", 0, lr, "fit")) for lr in RATES]
    return float(RATES[int(np.nanargmin(losses))])


@cache
def accuracies(name: str, key: str, constant: bool = False) -> np.ndarray:
    """Test accuracies of five seeds, in per cent; Adam's with its tuned rate."""
    lr = best_rate(name) if key == "adam" else 1.0
    with np.errstate(all="ignore"):
        found = [model(name, "test").accuracy(trained(name, key, s, lr, constant=constant)) for s in SEEDS]
    return 100 * np.array(found)


@claim(
    "They need no learning rate",
    PRO,
    about=FREE,
    source=("defazio2023dadaptation", "mishchenko2024prodigy"),
    verdict=PARTLY,
    conditions="Prodigy does as well as tuned Adam on all three tasks; DAdaptAdam fails on the network, DAdaptSGD on "
    "mis-scaled pixels",
)
def no_learning_rate() -> Finding:
    """The digits with softmax regression, with a network 64-32-10, and with each pixel in a unit of its own, from 0.01
    to 100; 200 steps with batches of 64, the factor lr falling linearly from 1. Adam has the same schedule and the best
    of five rates on held-out loss. Test accuracy over five seeds."""
    found = {key: np.array([accuracies(name, key).mean() for name in TASKS]) for key in (*FREE, "adam")}
    worst = {key: float((found["adam"] - found[key]).max()) for key in FREE}
    fine = [key for key in FREE if worst[key] < 1]
    listed = ", ".join(f"{RULES[key].name} {' / '.join(f'{a:.1f}' for a in found[key])}" for key in (*FREE, "adam"))
    return Finding(
        HOLDS if len(fine) == 3 else PARTLY if fine else FAILS,
        f"test accuracy in per cent, softmax / network / pixels: {listed}",
        {f"{key}_{name}": a for key in found for name, a in zip(TASKS, found[key], strict=True)},
    )


@claim(
    "On a convex problem with exact gradients the estimate never exceeds the distance D",
    PRO,
    about=FREE,
    source=("defazio2023dadaptation", "mishchenko2024prodigy"),
    verdict=PARTLY,
    conditions="Prodigy's does not; D-Adaptation's does, in the form in use, which departs from the one that is proved",
)
def below_the_distance() -> Finding:
    """Regressions with absolute errors, of 1 and of 20 parameters, for D = 0.001, 1 and 1,000 and d₀ from 10⁻⁸ to 10⁻²
    of it, 400 steps: the largest d / D."""
    largest = {
        key: max(
            estimates(key, distance, share * distance, k=k)[0].max()
            for distance in (1e-3, 1, 1e3)
            for share in (1e-8, 1e-5, 1e-2)
            for k in (1, 20)
        )
        for key in FREE
    }
    kept = [key for key in FREE if largest[key] <= 1]
    return Finding(
        HOLDS if len(kept) == 3 else PARTLY if kept else FAILS,
        "largest d / D: " + ", ".join(f"{RULES[key].name} {value:.2f}" for key, value in largest.items()),
        largest,
    )


@cache
def from_d0(name: str, key: str, d0: float) -> float:
    """Test accuracy after 200 steps from d₀, in per cent."""
    path = minimize(
        model(name, "all"),
        Optimizer.of(RULES[key]),
        steps=STEPS,
        batch_size=64,
        seed=1,
        record_every=STEPS,
        d0=d0,
        lr=lambda t: 1 - (t - 1) / STEPS,
    )
    with np.errstate(all="ignore"):
        return 100 * model(name, "test").accuracy(path.params)


@claim(
    "The first estimate d₀ does not matter, over many decades",
    PRO,
    about=FREE,
    source=("defazio2023dadaptation", "mishchenko2024prodigy"),
    verdict=PARTLY,
    conditions="from 10⁻⁸ to 0.01, and not for DAdaptAdam on the network; too large a d₀ stays too large",
)
def any_first_estimate() -> Finding:
    """The two tasks on unscaled pixels, d₀ from 10⁻⁸ to 0.01 by factors of 100, and d₀ = 1: test accuracy after 200
    steps."""
    found = {
        (n, k): np.array([from_d0(n, k, d) for d in (1e-8, 1e-6, 1e-4, 1e-2, 1.0)]) for n in TASKS[:2] for k in FREE
    }
    spread = {key: max(np.ptp(found[name, key][:-1]) for name in TASKS[:2]) for key in FREE}
    fine = [key for key in FREE if spread[key] < 3]
    small = len(fine) == 3 and min(run[-1] for run in found.values()) > 90
    listed = ", ".join(f"{RULES[key].name} {spread[key]:.1f}" for key in FREE)
    return Finding(
        HOLDS if small else PARTLY if "prodigy" in fine else FAILS,
        f"range of the accuracy up to 0.01, in points: {listed}; with d₀ = 1 the network comes to "
        f"{found['network', 'prodigy'][-1]:.0f}% with Prodigy",
        {key: spread[key] for key in FREE} | {"large": found["network", "prodigy"][-1]},
    )


@claim(
    "Prodigy's estimate grows faster than D-Adaptation's",
    PRO,
    about="prodigy",
    source="mishchenko2024prodigy",
    verdict=PARTLY,
    conditions="than DAdaptSGD's; DAdaptAdam's grows faster still",
)
def faster_growth() -> Finding:
    """The regression with absolute errors, from d₀ = 10⁻⁶ and D = 1 or 1,000: steps until d has half of what it comes
    to in 400 steps, and the mean factor of a step up to there."""
    needed: dict[tuple[str, float], int] = {}
    factor = {}
    for key in FREE:
        for distance in (1, 1e3):
            d = estimates(key, distance)[0]
            needed[key, distance] = int(np.argmax(d >= d[-1] / 2)) + 1
            factor[key] = (d[needed[key, distance] - 1] / d[0]) ** (1 / (needed[key, distance] - 1))
    ahead = [all(needed["prodigy", D] < needed[key, D] for D in (1, 1e3)) for key in FREE[:2]]
    return Finding(
        HOLDS if all(ahead) else PARTLY if any(ahead) else FAILS,
        "steps for D = 1 and 1,000, and factor: "
        + ", ".join(f"{RULES[k].name} {needed[k, 1]} and {needed[k, 1e3]}, {factor[k]:.2f}" for k in FREE),
        factor | {f"{key}_{distance:g}": n for (key, distance), n in needed.items()},
    )


@claim(
    "They make a schedule needless as well",
    PRO,
    about=FREE,
    verdict=FAILS,
    conditions="with the factor lr falling to 0 each of them is better, on every task",
)
def no_schedule() -> Finding:
    """The three tasks, 200 steps: test accuracy over five seeds with lr = 1 and with lr falling linearly from 1."""
    gain = {k: [accuracies(n, k).mean() - accuracies(n, k, constant=True).mean() for n in TASKS] for k in FREE}
    worse = min(min(points) for points in gain.values())
    most = max(max(points) for points in gain.values())
    return Finding(
        FAILS if worse > 0.5 else PARTLY if most > 0.5 else HOLDS,
        "points gained by the schedule, softmax / network / pixels: "
        + ", ".join(f"{RULES[k].name} {' / '.join(f'{g:.1f}' for g in gain[k])}" for k in FREE),
        {f"{key}_{name}": g for key in FREE for name, g in zip(TASKS, gain[key], strict=True)},
    )


@cache
def after_outlier(name: str, key: str, factor: float) -> float:
    """Test accuracy after 200 steps, in per cent, if the first gradient is multiplied."""
    problem = model(name, "all")
    params = Arena(problem.start(1))
    grads = params.zeros_like()
    base = best_rate(name) if key == "adam" else 1.0
    opt = Optimizer.of(RULES[key])(params, lr=lambda t: base * (1 - (t - 1) / STEPS))
    for t, batch in enumerate(islice(batches(problem.n_samples, 64, 1), STEPS)):
        for part, g in problem.gradient(params.views, batch).items():
            grads.views[part][...] = g * (factor if t == 0 else 1)
        opt.step(grads)
    return 100 * model(name, "test").accuracy(params.views)


@claim(
    "One huge first gradient spoils the run",
    CON,
    about=FREE,
    verdict=PARTLY,
    conditions="DAdaptSGD, which divides by it for ever, and DAdaptAdam lose both tasks; Prodigy only the first, on "
    "which tuned Adam suffers, too",
)
def first_outlier() -> Finding:
    """Softmax regression and the network on the digits, 200 steps with a falling lr; the first gradient is multiplied
    by 1,000. Test accuracy, and Adam's with its tuned rate."""
    found = {key: [after_outlier(name, key, 1e3) for name in TASKS[:2]] for key in (*FREE, "adam")}
    lost = {key: sum(a < 60 for a in found[key]) for key in found}
    return Finding(
        HOLDS
        if min(lost[key] for key in FREE) == 2 > lost["adam"]
        else PARTLY
        if max(lost[key] for key in FREE) == 2
        else FAILS,
        "softmax / network, in per cent: "
        + ", ".join(f"{RULES[k].name} {' / '.join(f'{a:.0f}' for a in found[k])}" for k in found),
        {f"{key}_{name}": a for key in found for name, a in zip(TASKS, found[key], strict=False)},
    )


@claim("They keep more state than the rules they are built on", CON, about=FREE)
def more_state() -> Finding:
    """Arrays of the parameters' size in the state."""
    count = {
        key: sum(name not in RULES[key].scalar_state for name in RULES[key].state)
        for key in (*FREE, "momentum", "adam")
    }
    more = count["dadapt_sgd"] > count["momentum"] and min(count["dadapt_adam"], count["prodigy"]) > count["adam"]
    return Finding(
        HOLDS if more else FAILS,
        ", ".join(f"{RULES[key].name} {n}" for key, n in count.items()),
        {**count},
    )
