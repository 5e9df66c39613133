"""What a race learns: the digits, or points in the plane, of which one sees where a network draws its line."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from ..backends import to_numpy
from ..problems import digits

#: What the reader sees for each set.
SETS = {"digits": "digits", "spirals": "two spirals", "circles": "a disc in a ring"}
#: As `lab.runs.model` cuts the images that are to train: these many to fit where a rate is tuned, the others judge.
TRAIN, FIT = 1348, 1000
#: Runs that judge a rate: with 100 points held out, more than one.
STARTS = {"digits": 1, "spirals": 3, "circles": 3}
#: Points of a set, those that are to train, and these to fit; and their places to the unit, which a page has in whole
#: numbers.
POINTS, TRAINING, FITTING, UNIT = 600, 400, 300, 100


class Examples(NamedTuple):
    """Inputs and labels, those that are to train first: `train` of them, and of these `fit` where a rate is tuned, by
    `starts` runs."""

    x: np.ndarray
    y: np.ndarray
    train: int
    fit: int
    starts: int

    @property
    def classes(self) -> int:
        return int(self.y.max()) + 1

    def written(self) -> dict[str, Any]:
        """For a page: a letter for a pixel, from a, 0, to q, 16, or whole numbers for places; a digit for a label."""
        pixels, places = (np.rint(scale * self.x).astype(int).ravel() for scale in (16, UNIT))
        flat = self.x.shape[1] == 2
        return {
            "values": places.tolist() if flat else "".join(chr(97 + pixel) for pixel in pixels),
            "unit": UNIT if flat else 16,
            "labels": "".join(map(str, self.y)),
            "inputs": self.x.shape[1],
            "classes": self.classes,
            "train": self.train,
            "fit": self.fit,
            "starts": self.starts,
        }


@functools.cache
def examples(name: str) -> Examples:
    """One of `SETS`."""
    if name == "digits":
        x_train, y_train, x_test, y_test = map(to_numpy, digits())
        return Examples(np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test]), TRAIN, FIT, STARTS[name])
    rng = np.random.default_rng(0)
    y, share = np.arange(POINTS) % 2, rng.uniform(size=POINTS)
    if name == "spirals":  # five quarters of a turn each, half a turn apart
        radius, angle = 2 * np.sqrt(share), 2.5 * np.pi * np.sqrt(share) + np.pi * y
    else:  # a disc in a ring
        radius, angle = np.where(y, np.sqrt(2 + 2 * share), np.sqrt(share)), rng.uniform(0, 2 * np.pi, POINTS)
    places = radius * np.stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.1, (2, POINTS))
    return Examples(np.rint(UNIT * places.T) / UNIT, y, TRAINING, FITTING, STARTS[name])
