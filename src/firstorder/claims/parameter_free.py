"""Claims about the parameter-free rules."""

import numpy as np

from ..lab.estimates import STEPS, TASKS, accuracies, estimates, without_rate
from ..lab.evidence import higher_by
from ..lab.runs import descend, falling, model, trained
from ..rules import RULES
from .claim import CON, FAILS, PARTLY, PRO, UNDECIDED, claim

FREE = ("dadapt_sgd", "dadapt_adam", "prodigy")


@claim(
    "They need no learning rate",
    PRO,
    about=FREE,
    source=("defazio2023dadaptation", "mishchenko2024prodigy"),
    verdict=UNDECIDED,
    conditions="DAdaptAdam fails on the network, DAdaptSGD on mis-scaled pixels; Prodigy is within a point of tuned "
    "Adam on two tasks, and on the network it may be more than a point behind",
    holds="min(low) > -1",
    partly="max(low) > -1",
    fails="max(high) < -1",
    says="On softmax regression, the network and mis-scaled pixels DAdaptSGD reads {dadapt_sgd[0]:.1f}%, "
    "{dadapt_sgd[1]:.1f}% and {dadapt_sgd[2]:.1f}% of the test images, DAdaptAdam {dadapt_adam[0]:.1f}%, "
    "{dadapt_adam[1]:.1f}% and {dadapt_adam[2]:.1f}%, Prodigy {prodigy[0]:.1f}%, {prodigy[1]:.1f}% and "
    "{prodigy[2]:.1f}%, and tuned Adam {adam[0]:.1f}%, {adam[1]:.1f}% and {adam[2]:.1f}%. Prodigy is behind by at most "
    "{-prodigy_low[0]:.1f}, {-prodigy_low[1]:.1f} and {-prodigy_low[2]:.1f} points, at 95%.",
)
def no_learning_rate():
    """The digits with softmax regression, with a network 64-32-10, and with each pixel in a unit of its own, from 0.01
    to 100; 200 steps with batches of 64, the factor lr falling linearly from 1. Adam has the same schedule and the best
    of eleven rates, four a decade, on held-out loss. Test accuracy over 20 seeds; for each rule the least lower and
    upper end, over tasks, of the interval of its lead over Adam, and DAdaptAdam's range on the network. It does for a
    rule if it is less than a point behind on every task for sure."""
    runs = {key: [accuracies(name, key) for name in TASKS] for key in (*FREE, "adam")}
    leads = {key: [higher_by(*pair) for pair in zip(runs[key], runs["adam"], strict=True)] for key in FREE}
    return {key: [run.mean() for run in found] for key, found in runs.items()} | {
        "low": [min(lead["low"] for lead in leads[key]) for key in FREE],
        "high": [min(lead["high"] for lead in leads[key]) for key in FREE],
        "prodigy_low": [lead["low"] for lead in leads["prodigy"]],
        "range": [runs["dadapt_adam"][1].min(), runs["dadapt_adam"][1].max()],
        "rates": [without_rate(name, "adam").rate for name in TASKS],
        "seeds": 20,
    }


@claim(
    "On a convex problem with exact gradients the estimate never exceeds the distance D",
    PRO,
    about=FREE,
    source=("defazio2023dadaptation", "mishchenko2024prodigy"),
    verdict=PARTLY,
    conditions="Prodigy's does not; D-Adaptation's does, in the form in use, which departs from the one that is proved",
    holds="max(dadapt_sgd, dadapt_adam, prodigy) <= 1",
    partly="min(dadapt_sgd, dadapt_adam, prodigy) <= 1",
    says="The largest estimate is {dadapt_sgd:.2f} times the distance for DAdaptSGD, {dadapt_adam:.2f} times for "
    "DAdaptAdam and {prodigy:.2f} times for Prodigy.",
)
def below_the_distance():
    """Regressions with absolute errors, of 1 and of 20 parameters, for D = 0.001, 1 and 1,000 and d₀ from 10⁻⁸ to 10⁻²
    of it, 400 steps: the largest d / D."""
    return {
        key: max(
            estimates(key, distance, share * distance, k=k)[0].max()
            for distance in (1e-3, 1, 1e3)
            for share in (1e-8, 1e-5, 1e-2)
            for k in (1, 20)
        )
        for key in FREE
    }


@claim(
    "The first estimate d₀ does not matter, over many decades",
    PRO,
    about=FREE,
    source=("defazio2023dadaptation", "mishchenko2024prodigy"),
    verdict=PARTLY,
    conditions="from 10⁻⁸ to 0.01, and not for DAdaptAdam on the network; too large a d₀ stays too large",
    holds="max(dadapt_sgd, dadapt_adam, prodigy) < 3 and least > 90",
    partly="prodigy < 3",
    says="For d₀ up to 0.01 the accuracy varies by {dadapt_sgd:.1f} points for DAdaptSGD, {dadapt_adam:.1f} for "
    "DAdaptAdam and {prodigy:.1f} for Prodigy; with d₀ = 1 the network comes to {large:.0f}% with Prodigy.",
)
def any_first_estimate():
    """The two tasks on unscaled pixels, d₀ from 10⁻⁸ to 0.01 by factors of 100, and d₀ = 1: test accuracy after 200
    steps."""

    def accuracy(name, key, d0):
        return 100 * trained(name, key, 1.0, 1, steps=STEPS, schedule=falling, d0=d0).accuracy

    starts = (1e-8, 1e-6, 1e-4, 1e-2)
    spread = {key: max(np.ptp([accuracy(name, key, d0) for d0 in starts]) for name in TASKS[:2]) for key in FREE}
    large = {(name, key): accuracy(name, key, 1.0) for name in TASKS[:2] for key in FREE}
    return spread | {"large": large["network", "prodigy"], "least": min(large.values())}


@claim(
    "Prodigy's estimate grows faster than D-Adaptation's",
    PRO,
    about="prodigy",
    source="mishchenko2024prodigy",
    verdict=PARTLY,
    conditions="than DAdaptSGD's; DAdaptAdam's grows faster still",
    holds="prodigy[0] < min(dadapt_sgd[0], dadapt_adam[0]) and prodigy[1] < min(dadapt_sgd[1], dadapt_adam[1])",
    partly="prodigy[0] < dadapt_sgd[0] and prodigy[1] < dadapt_sgd[1] or "
    "prodigy[0] < dadapt_adam[0] and prodigy[1] < dadapt_adam[1]",
    says="For D = 1 and 1,000 DAdaptSGD takes {dadapt_sgd[0]} and {dadapt_sgd[1]} steps, growing by {factors[0]:.2f} a "
    "step, DAdaptAdam {dadapt_adam[0]} and {dadapt_adam[1]}, by {factors[1]:.2f}, and Prodigy {prodigy[0]} and "
    "{prodigy[1]}, by {factors[2]:.2f}.",
)
def faster_growth():
    """The regression with absolute errors, from d₀ = 10⁻⁶ and D = 1 or 1,000: steps until d has half of what it comes
    to in 400 steps, and the mean factor of a step up to there."""
    needed, factors = {}, []
    for key in FREE:
        runs = [estimates(key, distance)[0] for distance in (1, 1e3)]
        needed[key] = [int(np.argmax(d >= d[-1] / 2)) + 1 for d in runs]
        last = needed[key][-1] - 1
        factors.append((runs[-1][last] / runs[-1][0]) ** (1 / last))
    return needed | {"factors": factors}


@claim(
    "They make a schedule needless as well",
    PRO,
    about=FREE,
    verdict=FAILS,
    conditions="with the factor lr falling to 0 each of them reads more images, on nearly every task",
    holds="max(dadapt_sgd + dadapt_adam + prodigy) <= 0.5",
    partly="max(dadapt_sgd) <= 0.5 or max(dadapt_adam) <= 0.5 or max(prodigy) <= 0.5",
    fails="min(most) > 0.5",
    says="On softmax regression, the network and mis-scaled pixels the schedule gains DAdaptSGD {dadapt_sgd[0]:.1f}, "
    "{dadapt_sgd[1]:.1f} and {dadapt_sgd[2]:.1f} points, DAdaptAdam {dadapt_adam[0]:.1f}, {dadapt_adam[1]:.1f} and "
    "{dadapt_adam[2]:.1f}, and Prodigy {prodigy[0]:.1f}, {prodigy[1]:.1f} and {prodigy[2]:.1f}. Each of the three "
    "gains more than {min(most):.1f} points on one task at least, at 95%.",
)
def no_schedule():
    """The three tasks, 200 steps: test accuracy over 20 seeds with lr = 1 and with lr falling linearly from 1; for each
    rule the largest lower end, over tasks, of the interval of the gain."""
    gains = {
        key: [higher_by(accuracies(name, key), accuracies(name, key, schedule=None)) for name in TASKS] for key in FREE
    }
    return {key: [gain["ahead"] for gain in found] for key, found in gains.items()} | {
        "most": [max(gain["low"] for gain in found) for found in gains.values()],
        "seeds": 20,
    }


class FirstTimes:
    """A learning problem whose first gradient is multiplied."""

    def __init__(self, problem, factor: float):
        self.problem, self.factors = problem, iter([factor])
        self.n_samples, self.start, self.value = problem.n_samples, problem.start, problem.value

    def gradient(self, params, batch):
        factor = next(self.factors, 1)
        return {name: factor * g for name, g in self.problem.gradient(params, batch).items()}


@claim(
    "One huge first gradient spoils the run",
    CON,
    about=FREE,
    verdict=PARTLY,
    conditions="DAdaptSGD, which divides by it for ever, and DAdaptAdam lose both tasks; Prodigy only the first, on "
    "which tuned Adam suffers, too",
    holds="max(dadapt_sgd, dadapt_adam, prodigy) < 60 and max(adam) >= 60",
    partly="max(dadapt_sgd) < 60 or max(dadapt_adam) < 60 or max(prodigy) < 60",
    says="On softmax regression and on the network DAdaptSGD ends at {dadapt_sgd[0]:.0f}% and {dadapt_sgd[1]:.0f}%, "
    "DAdaptAdam at {dadapt_adam[0]:.0f}% and {dadapt_adam[1]:.0f}%, Prodigy at {prodigy[0]:.0f}% and "
    "{prodigy[1]:.0f}%, and Adam at {adam[0]:.0f}% and {adam[1]:.0f}%.",
)
def first_outlier():
    """Softmax regression and the network on the digits, 200 steps with a falling lr; the first gradient is multiplied
    by 1,000. Test accuracy, and Adam's with its tuned rate."""

    def accuracy(name, key):
        rate = falling(without_rate(name, key).rate, STEPS)
        path = descend(FirstTimes(model(name), 1e3), key, rate, 1, steps=STEPS)
        return 100 * model(name, "test").accuracy(path.params)

    return {key: [accuracy(name, key) for name in TASKS[:2]] for key in (*FREE, "adam")}


@claim(
    "They keep more state than the rules they are built on",
    CON,
    about=FREE,
    holds="dadapt_sgd > momentum and min(dadapt_adam, prodigy) > adam",
    says="DAdaptSGD keeps {dadapt_sgd} arrays, DAdaptAdam {dadapt_adam} and Prodigy {prodigy}; momentum keeps "
    "{momentum} and Adam {adam}.",
)
def more_state():
    """Arrays of the parameters' size in the state."""
    return {
        key: sum(name not in RULES[key].scalar_state for name in RULES[key].state)
        for key in (*FREE, "momentum", "adam")
    }
