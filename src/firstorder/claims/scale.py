"""Claims about the weights at the start, and about how far a step moves a wide network."""

from __future__ import annotations

import numpy as np

from ..lab.scale import WIDTHS, moved, signal
from .claim import CON, PRO, claim


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
        name: np.array([change("adam", mup, width, 2.0**-12) for width in WIDTHS])
        for name, mup in (("standard", False), ("mup", True))
    }
    grown, with_mup = (each[-1] / each[0] for each in found.values())
    return found | {"grown": grown, "with_mup": with_mup}


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
