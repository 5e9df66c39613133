"""Claims about the choice of an optimizer: what holds across methods."""

from functools import cache
from itertools import combinations
from math import comb

import numpy as np

from ..compare import behaviour
from ..lab.runs import descend, images, loss, model
from ..problems import SoftmaxRegression
from ..rules import RULES
from .claim import CON, FAILS, PARTLY, PRO, claim

ADAPTIVE = ("adagrad", "rmsprop", "adam")
METHODS = ("sgd", "momentum", *ADAPTIVE)
RATES = tuple(10.0 ** (k / 2) for k in range(-7, 4))  # two a decade, from 0.0003 to 32
TASKS = ("softmax", "mis-scaled", "network")


@cache
def task(name):
    """The digits: softmax regression, the same with pixels in units of 0.001 to 1, or a network of 16 hidden units."""
    if name == "mis-scaled":
        x, y = images()
        return SoftmaxRegression(x * 10 ** np.random.default_rng(0).uniform(-3, 0, 64), y)
    return model(name, hidden=16)


@cache
def losses(name):
    """Training losses after 60 steps by method, at each rate; of the network in the mean over two seeds."""

    def end(key, rate, seed):
        return loss(descend(task(name), key, rate, seed, steps=60))

    seeds = range(2 if name == "network" else 1)
    return {key: np.mean([[end(key, rate, seed) for rate in RATES] for seed in seeds], axis=0) for key in METHODS}


def long_loss(optimizer, lr, **hyper):
    """The training loss of the network after 300 steps."""
    return loss(descend(task("network"), optimizer, lr, steps=300, **hyper))


@cache
def lowest(optimizer, factor=1.0, **hyper):
    """The least of `long_loss`, over eleven rates times a factor."""
    return min(long_loss(optimizer, factor * rate, **hyper) for rate in RATES)


@claim(
    "Adaptive methods need less tuning: more learning rates work",
    PRO,
    about=ADAPTIVE,
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="more than for plain SGD, but as many work for momentum",
    holds="min(adagrad, rmsprop, adam) >= max(sgd, momentum) + 0.5",
    partly="min(adagrad, rmsprop, adam) >= min(sgd, momentum) + 0.5",
    says="decades that work: SGD {sgd:.2g}, Momentum {momentum:.2g}, AdaGrad {adagrad:.2g}, RMSProp {rmsprop:.2g}, "
    "Adam {adam:.2g}",
)
def less_tuning():
    """Rates from 0.0003 to 32, two a decade, and the decades of them that bring three quarters of the fall from the
    loss of guessing to the best loss of the same method; mean over softmax regression, the same on mis-scaled pixels,
    and a network; digits, 60 steps. One method has more if it has half a decade more, the step of the rates."""

    def decades(found):
        return (found <= found.min() + (np.log(10) - found.min()) / 4).sum() / 2

    return {key: np.mean([decades(losses(name)[key]) for name in TASKS]) for key in METHODS}


@claim(
    "The best learning rate of an adaptive method carries over from problem to problem",
    PRO,
    about=ADAPTIVE,
    verdict=FAILS,
    conditions="it moves as far as those of the other methods. Only a change of the loss's unit leaves it where it is",
    holds="max(adagrad, rmsprop, adam) < min(sgd, momentum) - 0.25",
    partly="min(adagrad, rmsprop, adam) < min(sgd, momentum) - 0.25",
    says="decades it moves: SGD {sgd:.2g}, Momentum {momentum:.2g}, AdaGrad {adagrad:.2g}, RMSProp {rmsprop:.2g}, "
    "Adam {adam:.2g}",
)
def rate_carries_over():
    """Decades between the largest and the smallest best rate over softmax regression, the same on mis-scaled pixels,
    and a network; digits, 60 steps, rates two a decade."""
    return {key: np.ptp([np.log10(RATES[losses(name)[key].argmin()]) for name in TASKS]) for key in METHODS}


@claim(
    "The learning rate matters more than the choice of the optimizer",
    PRO,
    about=METHODS,
    source="choi2019empirical",
    holds="rate > choice",
    says="worst against best method, tuned: loss times {choice:.1f}; a decade off: times {rate:.1f} or more",
)
def rate_matters_more():
    """A network on the digits, 60 steps, 2 seeds. The best loss of the worst method over that of the best, against
    what a rate ten times too large or too small costs each method, whichever is the milder."""
    found = [(table, table.argmin()) for table in losses("network").values()]
    best = [table[at] for table, at in found]
    return {
        "choice": max(best) / min(best),
        "rate": min(min(table[at - 2], table[at + 2]) / table[at] for table, at in found),
    }


@claim(
    "The ranking of the optimizers depends on how many learning rates one can try",
    CON,
    about=METHODS,
    source=("choi2019empirical", "schmidt2021descending"),
    holds="swapped > 0",
    partly="orders > 1",
    says="1 rate: {one}; 3 rates: {three}; 11 rates: {eleven}",
)
def ranking_depends_on_budget():
    """A network on the digits, 60 steps, 2 seeds: the expected best loss of k rates drawn from eleven, two a decade,
    where a loss above that of guessing counts as guessing. Two methods change places if each is 5% better once."""
    table = {key: np.sort(np.minimum(found, np.log(10))) for key, found in losses("network").items()}
    n = len(RATES)

    def expected(key, k):  # the best of k drawn is the i-th best of all, if the others come from the n - 1 - i behind
        return sum(comb(n - 1 - i, k - 1) * each for i, each in enumerate(table[key])) / comb(n, k)

    budgets = {"one": 1, "three": 3, "eleven": n}
    found = {name: {key: expected(key, k) for key in METHODS} for name, k in budgets.items()}
    told = {name: ", ".join(RULES[key].name for key in sorted(METHODS, key=of.get)) for name, of in found.items()}
    ahead = {pair for of in found.values() for pair in combinations(METHODS, 2) if of[pair[0]] < of[pair[1]] / 1.05}
    behind = {pair for of in found.values() for pair in combinations(METHODS, 2) if of[pair[1]] < of[pair[0]] / 1.05}
    return told | {"swapped": len(ahead & behind), "orders": len(set(told.values()))}


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


@claim(
    "Trying several optimizers at their defaults does about as well as tuning one",
    PRO,
    about=TRIED,
    source="schmidt2021descending",
    verdict=FAILS,
    conditions="not in a run this short, for which the usual rate of 0.001 is too small",
    holds="default < 1.25 * min(momentum, adam)",
    partly="default < 2 * min(momentum, adam)",
    says="best of 11 at defaults {default:.2g} ({best}); tuned: Momentum {momentum:.2g}, Adam {adam:.2g}",
)
def defaults_instead_of_tuning():
    """A network on the digits, 300 steps: the best training loss of eleven optimizers at their defaults, against Adam
    and momentum with eleven learning rates each."""
    untuned = {key: long_loss(key, RULES[key].hyperparameters["lr"]) for key in TRIED}
    best = min(untuned, key=untuned.get)
    tuned = {key: lowest(key) for key in ("momentum", "adam")}
    return tuned | {"default": untuned[best], "best": RULES[best].name}


@claim(
    "A more general optimizer with all its hyperparameters tuned does no worse than its special cases",
    PRO,
    about=("adam", "momentum"),
    source="choi2019empirical",
    verdict=PARTLY,
    conditions="if it does contain them: Adam becomes momentum for large ε only without bias correction, which makes "
    "the first steps up to ten times longer",
    holds="min(adam, corrected) <= 1.1 * momentum",
    partly="uncorrected <= 1.1 * momentum",
    says="momentum {momentum:.2g}; Adam {adam:.2g}, at ε = 1,000 {corrected:.2g}, there uncorrected {uncorrected:.2g}",
)
def general_is_never_worse():
    """A network on the digits, 300 steps: momentum and Adam with eleven rates each; then Adam at ε = 1,000 with the
    same rates times 10,000, with bias correction and without. No worse means within a tenth."""
    return {
        "momentum": lowest("momentum"),
        "adam": lowest("adam"),
        "corrected": lowest("adam", 1e4, eps=1e3),
        "uncorrected": lowest(RULES["adam"].uncorrected, 1e4, eps=1e3),
    }


def heirs(founder):
    """The rule of this key and all that build on it."""
    found = {founder}
    while more := {key for key, rule in RULES.items() if found & set(rule.builds_on)} - found:
        found |= more
    return [key for key in RULES if key in found]


@claim(
    "Adaptive methods do not care how each parameter is scaled",
    PRO,
    about=("adagrad", "rmsprop", "adam", "adafactor", "sm3", "shampoo"),
    verdict=PARTLY,
    conditions="with ε = 0, most element-wise rules; not those that share a scale or fall back on SGD",
    holds="indifferent == heirs",
    partly="indifferent > heirs / 2",
    says="{indifferent} of {heirs}; not {others}",
)
def scale_of_each_parameter():
    """Every rule of the registry that descends from AdaGrad, run on gradients times one factor a parameter, drawn
    between 0.01 and 100, with ε at 0: whether the steps stay the same."""
    found = heirs("adagrad")
    others = [RULES[key].name for key in found if not behaviour(key).diagonal]
    return {"indifferent": len(found) - len(others), "heirs": len(found), "others": ", ".join(others)}


@claim(
    "No method is indifferent both to the axes and to the scale of each parameter",
    CON,
    about=METHODS,
    holds="both == 0",
    says="axes {axes}, scales {scales}, both {both}, neither {neither} of {rules}",
)
def axes_or_scales():
    """Every rule of the registry, run on turned gradients from a turned start, and on gradients times one factor a
    parameter, with ε at 0: whether the steps are turned, and whether they stay the same."""
    axes = {key for key in RULES if behaviour(key).rotation == "all"}
    scales = {key for key in RULES if behaviour(key).diagonal}
    return {
        "axes": len(axes),
        "scales": len(scales),
        "both": len(axes & scales),
        "neither": len(RULES) - len(axes | scales),
        "rules": len(RULES),
    }
