"""A loss off the path of its training: on straight lines between points, and its curvature at one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..arena import Arena
from ..backends import to_numpy
from ..problems import TwoLayerNetwork, digits
from .runs import descend

Product = Callable[[np.ndarray], np.ndarray]


@cache
def ends(seed: int, hidden: int = 64) -> tuple[Any, np.ndarray, np.ndarray]:
    """The digits network, and its parameters before and after 600 steps of Adam in batches of 64, as vectors."""
    data = digits()
    network = TwoLayerNetwork(data.x_train, data.y_train, hidden)
    start, end = descend(network, "adam", 1e-3, seed, steps=600).points
    return network, start, end


def on_line(problem: Any, a: np.ndarray, b: np.ndarray, shares: Any) -> np.ndarray:
    """The loss at a + share · (b − a), for each share of the way from one vector of all parameters to another."""
    layout = Arena(to_numpy(problem.start()))
    return np.array([float(problem.value(layout.over(a + s * (b - a)).views)) for s in shares])


def three_lines(shares: Any) -> dict[str, np.ndarray]:
    """The digits network's loss on three lines: from a start to where its training ended, from there to the end of
    another training, and from there in a random direction, as far as the training went."""
    network, start, end = ends(0)
    way = np.random.default_rng(0).normal(size=end.size)
    way *= np.linalg.norm(end - start) / np.linalg.norm(way)
    lines = {
        "from the start to the end": (start, end),
        "from one end to the other": (end, ends(1)[2]),
        "from the end, a random way": (end, end + way),
    }
    return {name: on_line(network, a, b, shares) for name, (a, b) in lines.items()}


def hessian_product(problem: Any, at: np.ndarray, r: float = 1e-4) -> Product:
    """What multiplies a vector by the Hessian at a point: a central difference of two gradients, r to either side."""
    layout = Arena(to_numpy(problem.start()))

    def gradient(p: np.ndarray) -> np.ndarray:
        return Arena(problem.gradient(layout.over(p).views)).buffer

    def product(v: np.ndarray) -> np.ndarray:
        length = np.linalg.norm(v)
        unit = v / length
        return length * (gradient(at + r * unit) - gradient(at - r * unit)) / (2 * r)

    return product


def power(product: Product, v: np.ndarray, rounds: int) -> np.ndarray:
    """Power iteration from v, of any length: what ends as long as the largest absolute eigenvalue."""
    for _ in range(rounds):
        v = product(v / np.linalg.norm(v))
    return v


def largest(product: Product, size: int, rounds: int = 100, seed: int = 0) -> float:
    """The largest absolute eigenvalue of a matrix that is known by its products, by power iteration."""
    return float(np.linalg.norm(power(product, np.random.default_rng(seed).normal(size=size), rounds)))


def usual(product: Product, size: int, directions: int = 50, seed: int = 1) -> float:
    """The mean curvature along random directions."""
    tried = np.random.default_rng(seed).normal(size=(directions, size))
    return float(np.mean([d @ product(d) / (d @ d) for d in tried]))


def reordered(one: Any, other: Any) -> dict[str, np.ndarray]:
    """A two-layer network with its hidden units in the order in which they resemble those of another most.

    The order changes no output. It is the one with the largest sum of products of the weights of units that meet.
    """
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    one, other = ({name: to_numpy(array) for name, array in params.items()} for params in (one, other))
    alike = other["W1"].T @ one["W1"] + np.outer(other["b1"], one["b1"]) + other["W2"] @ one["W2"].T
    order = linear_sum_assignment(alike, maximize=True)[1]
    return {"W1": one["W1"][:, order], "b1": one["b1"][order], "W2": one["W2"][order], "b2": one["b2"]}


def ridge_in_order() -> tuple[float, float]:
    """The highest loss on the line between two trained digits networks, before and after the hidden units of the
    second are put into the order of the first's."""
    (network, _, one), other = ends(0), ends(1)[2]
    layout = Arena(to_numpy(network.start()))
    ordered = Arena(reordered(layout.over(other).views, layout.over(one).views)).buffer
    assert np.isclose(network.value(layout.over(ordered).views), network.value(layout.over(other).views))
    before, after = (float(on_line(network, one, b, np.linspace(0, 1, 41)).max()) for b in (other, ordered))
    return before, after


def curvatures(problem: Any, points: Any, rounds: int = 12, first: int = 60) -> np.ndarray:
    """The largest curvature at each point of a path: power iteration that goes on from the direction found before."""
    v, found = np.random.default_rng(0).normal(size=len(points[0])), []
    for k, at in enumerate(points):
        v = power(hessian_product(problem, at), v, rounds if k else first)
        found.append(float(np.linalg.norm(v)))
    return np.array(found)
