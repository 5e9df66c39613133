"""Claims about the choice of an optimizer: what holds across methods."""

from functools import cache
from itertools import combinations
from math import comb

import numpy as np

from ..compare import behaviour
from ..problems import SoftmaxRegression, TwoLayerNetwork, digits
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, loss

PLAIN, ADAPTIVE = ("sgd", "momentum"), ("adagrad", "rmsprop", "adam")
METHODS = PLAIN + ADAPTIVE
RATES = tuple(10.0 ** (k / 2) for k in range(-7, 4))  # two a decade, from 0.0003 to 32
STEPS = 60


def _descent(problem, rule, rate, seed=0, steps=STEPS, **others):
    """The training loss at the end; infinite if the descent diverged."""
    return loss(descend(problem, rule, rate, seed, steps=steps, **others))


@cache
def _problems():
    data = digits()
    scales = 10 ** np.random.default_rng(0).uniform(-3, 0, 64)
    return {
        "softmax": SoftmaxRegression(data.x_train, data.y_train),
        "mis-scaled": SoftmaxRegression(data.x_train * scales, data.y_train),
        "network": TwoLayerNetwork(data.x_train, data.y_train, hidden=16),
    }


@cache
def _losses(problem, seeds=1):
    """Loss by method and rate, in the mean over seeds."""
    data = _problems()[problem]
    return {
        key: np.mean([[_descent(data, RULES[key], rate, seed) for rate in RATES] for seed in range(seeds)], axis=0)
        for key in METHODS
    }


@cache
def _all_losses():
    return {"softmax": _losses("softmax"), "mis-scaled": _losses("mis-scaled"), "network": _losses("network", 2)}


def _words(values):
    return ", ".join(f"{RULES[key].name} {value:.2g}" for key, value in values.items())


@claim(
    "Adaptive methods need less tuning: more learning rates work",
    PRO,
    about=ADAPTIVE,
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="more than for plain SGD, but as many work for momentum",
)
def less_tuning():
    """Rates from 0.0003 to 32, two a decade, and the decades of them that bring three quarters of the fall from the
    loss of guessing to the best loss of the same method; mean over softmax regression, the same on mis-scaled pixels,
    and a network; digits, 60 steps. One method has more if it has half a decade more, the step of the rates."""

    def decades(losses):
        return (losses <= losses.min() + (np.log(10) - losses.min()) / 4).sum() / 2

    bands = {key: np.mean([decades(table[key]) for table in _all_losses().values()]) for key in METHODS}
    beaten = [all(bands[key] >= bands[plain] + 0.5 for key in ADAPTIVE) for plain in PLAIN]
    verdict = HOLDS if all(beaten) else PARTLY if any(beaten) else FAILS
    return Finding(verdict, f"decades that work: {_words(bands)}", bands)


@claim(
    "The best learning rate of an adaptive method carries over from problem to problem",
    PRO,
    about=ADAPTIVE,
    verdict=FAILS,
    conditions="it moves as far as those of the other methods. Only a change of the loss's unit leaves it where it is",
)
def rate_carries_over():
    """Decades between the largest and the smallest best rate over softmax regression, the same on mis-scaled pixels,
    and a network; digits, 60 steps, rates two a decade."""
    best = {key: [np.log10(RATES[table[key].argmin()]) for table in _all_losses().values()] for key in METHODS}
    spans = {key: max(rates) - min(rates) for key, rates in best.items()}
    least = min(spans[key] for key in PLAIN)
    nearer = [key for key in ADAPTIVE if spans[key] < least - 0.25]
    verdict = HOLDS if len(nearer) == len(ADAPTIVE) else PARTLY if nearer else FAILS
    return Finding(verdict, f"decades it moves: {_words(spans)}", spans)


@claim(
    "The learning rate matters more than the choice of the optimizer",
    PRO,
    about=METHODS,
    source="choi2019empirical",
)
def rate_matters_more():
    """A network on the digits, 60 steps, 2 seeds. The best loss of the worst method over that of the best, against
    what a rate ten times too large or too small costs each method, whichever is the milder."""
    table = _all_losses()["network"]
    best = {key: losses.min() for key, losses in table.items()}
    choice = max(best.values()) / min(best.values())
    rate = min(
        min(losses[at - 2], losses[at + 2]) / losses[at] for losses in table.values() for at in [int(losses.argmin())]
    )
    return Finding(
        HOLDS if rate > choice else FAILS,
        f"worst against best method, tuned: loss times {choice:.1f}; a decade off: times {rate:.1f} or more",
        {"choice": choice, "rate": rate},
    )


@claim(
    "The ranking of the optimizers depends on how many learning rates one can try",
    CON,
    about=METHODS,
    source=("choi2019empirical", "schmidt2021descending"),
)
def ranking_depends_on_budget():
    """A network on the digits, 60 steps, 2 seeds: the expected best loss of k rates drawn from eleven, two a decade,
    where a loss above that of guessing counts as guessing. Two methods change places if each is 5% better once."""
    table = {key: np.sort(np.minimum(losses, np.log(10))) for key, losses in _all_losses()["network"].items()}
    n = len(RATES)
    expected = {  # the best of k drawn is the i-th best of all, if the others come from the n - 1 - i behind it
        k: {
            key: sum(comb(n - 1 - i, k - 1) * loss for i, loss in enumerate(losses)) / comb(n, k)
            for key, losses in table.items()
        }
        for k in (1, 3, n)
    }
    swapped = sum(
        any(found[a] < found[b] / 1.05 for found in expected.values())
        and any(found[b] < found[a] / 1.05 for found in expected.values())
        for a, b in combinations(METHODS, 2)
    )
    orders = {k: sorted(METHODS, key=found.get) for k, found in expected.items()}
    told = "; ".join(f"{k} rate{'s' * (k > 1)}: {', '.join(RULES[key].name for key in orders[k])}" for k in orders)
    return Finding(
        HOLDS if swapped else PARTLY if len(set(map(tuple, orders.values()))) > 1 else FAILS,
        told,
        {"swapped": swapped},
    )


TRIED = (
    "momentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "adadelta",
    "adam",
    "nadam",
    "radam",
    "amsgrad",
    "adabelief",
    "adabound",
)


@cache
def _tuned(rule, factor=1.0, **others):
    """The best training loss of the network after 300 steps, over eleven rates times a factor."""
    network = _problems()["network"]
    return min(_descent(network, rule, factor * rate, steps=300, **others) for rate in RATES)


@claim(
    "Trying several optimizers at their defaults does about as well as tuning one",
    PRO,
    about=TRIED,
    source="schmidt2021descending",
    verdict=FAILS,
    conditions="not in a run this short, for which the usual rate of 0.001 is too small",
)
def defaults_instead_of_tuning():
    """A network on the digits, 300 steps: the best training loss of eleven optimizers at their defaults, against Adam
    and momentum with eleven learning rates each."""
    network = _problems()["network"]
    untuned = {key: _descent(network, RULES[key], RULES[key].hyperparameters["lr"], steps=300) for key in TRIED}
    tuned = {key: _tuned(RULES[key]) for key in ("momentum", "adam")}
    best = min(untuned, key=untuned.get)
    ratio = untuned[best] / min(tuned.values())
    return Finding(
        HOLDS if ratio < 1.25 else PARTLY if ratio < 2 else FAILS,
        f"best of {len(TRIED)} at defaults {untuned[best]:.2g} ({RULES[best].name}); tuned: {_words(tuned)}",
        {"ratio": ratio, **tuned},
    )


@claim(
    "A more general optimizer with all its hyperparameters tuned does no worse than its special cases",
    PRO,
    about=("adam", "momentum"),
    source="choi2019empirical",
    verdict=PARTLY,
    conditions="if it does contain them: Adam becomes momentum for large ε only without bias correction, which makes "
    "the first steps up to ten times longer",
)
def general_is_never_worse():
    """A network on the digits, 300 steps: momentum and Adam with eleven rates each; then Adam at ε = 1,000 with the
    same rates times 10,000, with bias correction and without. No worse means within a tenth."""
    adam = RULES["adam"]
    momentum, usual = _tuned(RULES["momentum"]), _tuned(adam)
    corrected, without = (_tuned(rule, 1e4, eps=1e3) for rule in (adam, adam.uncorrected))
    return Finding(
        HOLDS if min(usual, corrected) <= 1.1 * momentum else PARTLY if without <= 1.1 * momentum else FAILS,
        f"momentum {momentum:.2g}; Adam {usual:.2g}, at ε = 1,000 {corrected:.2g}, there uncorrected {without:.2g}",
        {"momentum": momentum, "adam": usual, "corrected": corrected, "uncorrected": without},
    )


def _heirs(*founders):
    """These rules and all that build on them."""
    found = set(founders)
    while more := {key for key, rule in RULES.items() if found & set(rule.builds_on)} - found:
        found |= more
    return [key for key in RULES if key in found]


@claim(
    "Adaptive methods do not care how each parameter is scaled",
    PRO,
    about=("adagrad", "rmsprop", "adam", "adafactor", "sm3", "shampoo"),
    verdict=PARTLY,
    conditions="with ε = 0, most element-wise rules; not those that share a scale or fall back on SGD",
)
def scale_of_each_parameter():
    """Every rule of the registry that descends from AdaGrad, run on gradients times one factor a parameter, drawn
    between 0.01 and 100, with ε at 0: whether the steps stay the same."""
    heirs = _heirs("adagrad")
    indifferent = [key for key in heirs if behaviour(key).diagonal]
    others = [RULES[key].name for key in heirs if key not in indifferent]
    verdict = HOLDS if not others else PARTLY if len(indifferent) > len(heirs) / 2 else FAILS
    return Finding(
        verdict,
        f"{len(indifferent)} of {len(heirs)}; not {', '.join(others)}",
        {"indifferent": len(indifferent), "of": len(heirs)},
    )


@claim("No method is indifferent both to the axes and to the scale of each parameter", CON, about=METHODS)
def axes_or_scales():
    """Every rule of the registry, run on turned gradients from a turned start, and on gradients times one factor a
    parameter, with ε at 0: whether the steps are turned, and whether they stay the same."""
    turns = [key for key in RULES if behaviour(key).rotation == "all"]
    scales = [key for key in RULES if behaviour(key).diagonal]
    both = set(turns) & set(scales)
    neither = len(RULES) - len(turns) - len(scales) + len(both)
    return Finding(
        FAILS if both else HOLDS,
        f"axes {len(turns)}, scales {len(scales)}, both {len(both)}, neither {neither} of {len(RULES)}",
        {"axes": len(turns), "scales": len(scales), "both": len(both)},
    )
