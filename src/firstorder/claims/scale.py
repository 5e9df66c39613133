"""Claims about the weights at the start, and about what becomes of a rate when the network is made wider.

The trainings are stored (`python -m firstorder.lab.scale`); what a first step moves is measured here.
"""

from __future__ import annotations

import numpy as np

from ..lab.evidence import higher_by, lower_by
from ..lab.scale import BASE, GAINS, WIDEST, WIDTHS, deep, moved, signal, squared, valley
from ..lab.tuning import least
from .claim import CON, FAILS, PARTLY, PRO, claim
from .over_seeds import better, better_each, lower

#: The widest with twenty seeds.
WIDE = WIDTHS[-1]


def change(key, mup, width, lr):
    """What the first step changes in both hidden layers and the scores: root mean square over twenty seeds."""
    return np.sqrt(np.mean([np.square(moved(key, mup, width, lr, seed)) for seed in range(20)], axis=0))


@claim(
    "The same rate moves a wider network further",
    CON,
    about="adam",
    source=("yang2022tensor", "yang2023spectral"),
    holds="min(grown[1], grown[2]) > 4 and max(grown[0], max(with_mup)) < 2 and min(grown[0], min(with_mup)) > 0.5",
    says="With 32 times the units the first step changes the second layer's inputs {grown[1]:.0f} times and the scores "
    "{grown[2]:.0f} times as much, the first layer's {grown[0]:.2f} times; with µP {with_mup[1]:.2f}, "
    "{with_mup[2]:.2f} and {with_mup[0]:.2f} times.",
)
def steps_grow():
    """Two hidden layers of 32 to 1,024 units on the digits, the first step of Adam at 2⁻¹² on a batch of 64: root mean
    square of what changes on all images, over twenty seeds."""
    found = {
        name: np.array([change("adam", mup, width, 2.0**-12) for width in (*WIDTHS, WIDEST)])
        for name, mup in (("standard", False), ("mup", True))
    }
    grown, with_mup = (each[-1] / each[0] for each in found.values())
    return found | {"grown": grown, "with_mup": with_mup}


def shift(key, mup):
    """By how many powers of 2 the best rate falls from the narrowest to the wide network, over twenty seeds each."""
    return higher_by(valley(key, BASE).bests, valley(key, WIDE, mup).bests, paired=False)


#: Thresholds for a fall of the best rate over a factor of 16 in width: at least to a half.
FALLS = better(1.0)
SAYS_FALL = (
    "From 32 units to 512 the best rate is multiplied by {2 ** -ahead:.2f} ({seeds} seeds; 95% interval "
    "{2 ** -high:.2f} to {2 ** -low:.2f}, and a factor of {2 ** smallest:.1f} would have shown)."
)


@claim(
    "The best rate of a narrow network is too large for a wide one",
    CON,
    about="adam",
    source="yang2022tensor",
    **FALLS,
    says=SAYS_FALL,
)
def adam_rate():
    """Two hidden layers on the digits, 200 steps of Adam (B = 64) at a rate that falls to 0, one for all arrays: the
    power of 2 at which each seed's parabola through its least training loss and both neighbours is lowest."""
    return shift("adam", False)


@claim(
    "The best rate of a narrow network is too large for a wide one",
    CON,
    about="sgd",
    source=("yang2021feature", "yang2022tensor"),
    verdict=FAILS,
    conditions="on a cross-entropy, up to 512 units, it rises a little",
    **FALLS,
    says=SAYS_FALL,
)
def sgd_rate():
    """As for Adam, with SGD."""
    return shift("sgd", False)


@claim(
    "With the squared error as the loss, the best rate of a narrow network is too large for a wide one",
    CON,
    about="sgd",
    source=("yang2021feature", "yang2022tensor"),
    **FALLS,
    says=SAYS_FALL,
)
def squared_rate():
    """As for SGD above, but the loss of a record is half the squared distance of its scores from 1 for its label and 0
    for the others."""
    return higher_by(squared("sgd", BASE).bests, squared("sgd", WIDE).bests, paired=False)


@claim(
    "With µP the best rate stays where it is when the network becomes wider",
    PRO,
    about="mup",
    source=("yang2021feature", "yang2022tensor"),
    verdict=PARTLY,
    conditions="SGD's does, within a factor of two; Adam's rises to about twice, along a flat floor",
    holds="max(abs(adam['low']), abs(adam['high']), abs(sgd['low']), abs(sgd['high'])) < 1",
    partly="max(abs(adam['low']), abs(adam['high'])) < 1 or max(abs(sgd['low']), abs(sgd['high'])) < 1",
    says="From 32 units to 512 Adam's best rate is multiplied by {2 ** -adam['ahead']:.2f} (20 seeds; 95% interval "
    "{2 ** -adam['high']:.2f} to {2 ** -adam['low']:.2f}) and SGD's by {2 ** -sgd['ahead']:.2f} "
    "({2 ** -sgd['high']:.2f} to {2 ** -sgd['low']:.2f}).",
)
def mup_rate():
    """The same networks with the rates and the output weights of µP."""
    return {key: shift(key, True) for key in ("adam", "sgd")}


def taken_along(key, mup, width):
    """The losses at the rate that is best at 32 units, and at the best one for the width, by seed."""
    at, tuned = valley(key, width, mup), valley(key, BASE)
    rate = tuned.powers[least(tuned.mean, tuned.powers)]
    there = at.losses[at.powers.tolist().index(rate)]
    return there, at.losses[least(at.mean, at.powers)]


def dearer(key, mup):
    """How many times the least loss of the wide network is that at the narrow one's rate: geometric mean of seeds."""
    there, best = taken_along(key, mup, WIDE)
    return np.exp(np.log(there / best).mean())


@claim(
    "With µP a wide network can be trained at the rate that was tuned on a narrow one",
    PRO,
    about="mup",
    source="yang2022tensor",
    holds="max(adam, sgd) < 1.25",
    partly="min(adam, sgd) < 1.25",
    says="At the rate that is best for 32 units, a network of 512 ends with Adam at {adam:.2f} times its least loss "
    "and with SGD at {sgd:.2f} times; with one rate for all arrays at {adam_plain:.2f} and {sgd_plain:.2f} times.",
)
def mup_transfers():
    """The same networks: the training loss at 512 units at the rate with the least mean at 32, over that at the rate
    with the least mean at 512; geometric mean over twenty seeds."""
    found = {key: dearer(key, True) for key in ("adam", "sgd")}
    return found | {f"{key}_plain": dearer(key, False) for key in ("adam", "sgd")}


@claim(
    "With µP a wider network ends lower at the same rate",
    PRO,
    about="mup",
    source="yang2022tensor",
    **better_each(0.05, "adam", "sgd"),
    says=lower("at 32", of="adam", what="Adam's loss at 512 units")
    + "; "
    + lower("at 32", of="sgd", what="SGD's")
    + ".",
)
def wider_is_better():
    """The same networks with µP, both widths at the rate that is best at 32 units: training losses."""
    found = {}
    for key in ("adam", "sgd"):
        there, narrow = taken_along(key, True, WIDE)[0], taken_along(key, False, BASE)[0]
        found[key] = lower_by(there, narrow, paired=False)
    return found


@claim(
    "With µP a wide network ends lower than with one rate for all arrays, each at its best",
    PRO,
    about="mup",
    source="yang2022tensor",
    verdict=FAILS,
    conditions="on the digits it ends three times as high, as a cross-entropy falls where the scores may grow",
    **better_each(0.05, "adam", "sgd"),
    says=lower("without µP", of="adam", what="Adam's loss with it")
    + "; "
    + lower("without", of="sgd", what="SGD's")
    + ".",
)
def mup_is_better():
    """The networks of 512 units, both parameterisations at the rate with their least mean: training losses."""
    return {key: lower_by(taken_along(key, True, WIDE)[1], taken_along(key, False, WIDE)[1]) for key in ("adam", "sgd")}


@claim(
    "He's weights keep the size of a signal through rectifiers",
    PRO,
    about="initialisation",
    source="he2015delving",
    holds="0.5 < he < 2 and 0.5 < back < 2 and glorot < 0.1",
    says="After ten layers the signal has {he:.2f} times its size at the first, and a slope on its way back {back:.2f} "
    "times; without the factor 2 of He's variance the signal has {glorot:.3f} times.",
)
def he_keeps():
    """Ten layers of 64 rectifiers that have learned nothing, all training digits: root mean squares, over twenty draws
    of the weights, of the activations of the last layer over the first's, and of slopes the other way."""
    drawn = [signal(1.0, seed=seed) for seed in range(20)]
    half = [signal(0.5**0.5, seed=seed)[0] for seed in range(20)]
    sizes = [np.sqrt(np.mean(np.square(each), axis=0)) for each in (*zip(*drawn, strict=True), half)]
    return {"he": sizes[0][-1] / sizes[0][1], "back": sizes[1][0] / sizes[1][-1], "glorot": sizes[2][-1] / sizes[2][1]}


def starts(key):
    """By the gain of the start, the mean loss at the best rate for it."""
    return [deep(key, half).mean.min() for half in GAINS]


@claim(
    "A start that is too small or too large can be made up for by another rate",
    PRO,
    about="initialisation",
    verdict=FAILS,
    conditions="at the best rate for each start, both optimizers end several times above what they reach from He's",
    holds="max(sgd[1], sgd[3], adam[1], adam[3]) < 1.5",
    partly="min(sgd[1], sgd[3], adam[1], adam[3]) < 1.5",
    says="At its best rate SGD ends at {sgd[1]:.1f} times the loss of He's start from weights half as large and at "
    "{sgd[3]:.1f} times from weights twice as large; Adam at {adam[1]:.1f} and {adam[3]:.1f} times.",
)
def other_rates():
    """Eight hidden layers of 32 rectifiers on the digits, 100 steps (B = 64) at a rate that falls to 0, from He's
    weights times 1/4, 1/2, 1 and 2: the least mean training loss of all rates, over that from He's; twenty seeds."""
    found = {key: starts(key) for key in ("sgd", "adam")}
    at = GAINS.index(0)
    return {key: [loss / each[at] for loss in each] for key, each in found.items()} | {
        f"{key}_losses": each for key, each in found.items()
    }


@claim(
    "It makes the size of the initial weights unimportant",
    PRO,
    about="adam",
    verdict=FAILS,
    conditions="from starts from which SGD learns next to nothing it learns something, and far less than from He's",
    holds="max(adam) < 1.5 * adam[2]",
    partly="adam[0] < 0.5 * sgd[0] or adam[3] < 0.5 * sgd[3]",
    says="From weights a quarter of He's Adam ends at a loss of {adam[0]:.2f} and SGD at {sgd[0]:.2f}, from He's at "
    "{adam[2]:.2f} and {sgd[2]:.2f}, from twice He's at {adam[3]:.2f} and {sgd[3]:.2f}; without learning it is 2.30.",
)
def adam_starts():
    """The runs of the claim above, each at its best rate."""
    return {key: starts(key) for key in ("adam", "sgd")}
