"""The smallest thing that learns, on which the first chapter leads to Adam."""

import numpy as np
import pytest

from firstorder.figures import FourSteps
from firstorder.lab import two_dots


@pytest.mark.parametrize("rule", two_dots.METHODS)
def test_every_method_has_the_best_rate_of_the_grid_and_none_at_its_end(rule: str) -> None:
    found = two_dots.sweep(rule)
    assert min(found, key=found.__getitem__) == two_dots.METHODS[rule]
    assert two_dots.RATES[0] < two_dots.METHODS[rule] < two_dots.RATES[-1]


def test_figure_shows_a_draw_that_ends_near_the_medians_of_others() -> None:
    others, one = two_dots.pictures(400, seed=1), two_dots.pictures(1, seed=two_dots.SHOWN)
    for rule, lr in two_dots.METHODS.items():
        typical = np.median(two_dots.errors(rule, lr, others)[-1])
        assert 2 / 3 < two_dots.errors(rule, lr, one)[-1, 0] / typical < 3 / 2


def test_figure_computes_what_the_laboratory_does() -> None:
    found, one = FourSteps(stage="adam").curves(), two_dots.pictures(1, seed=two_dots.SHOWN)
    for rule, lr in two_dots.METHODS.items():  # the figure's data are rounded to a thousandth
        assert found[f"{rule}_loss"] == pytest.approx(two_dots.errors(rule, lr, one)[:, 0], rel=0.2, abs=1e-5)
        assert found[f"{rule}_loss"][0] == 0.505


def test_a_path_is_that_of_the_lines_in_the_chapter() -> None:
    seen, lr = two_dots.pictures(3), 0.05
    weights, velocity, square = np.zeros((3, 2, 3))
    s = np.array([[0.1], [1.0]])
    for k in range(two_dots.STEPS):
        off = s * (weights - 1)
        mean = np.array([[seen["uu"][k], seen["uv"][k]], [seen["uv"][k], seen["vv"][k]]])
        slope = s * (np.einsum("ijd,jd->id", mean, off) - [seen["ue"][k], seen["ve"][k]])
        velocity = 0.9 * velocity + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        corrected = velocity / (1 - 0.9 ** (k + 1)), square / (1 - 0.999 ** (k + 1))
        weights = weights - lr * corrected[0] / np.sqrt(corrected[1])
    loss = ((s * (weights - 1)) ** 2).sum(axis=0) / 2
    assert two_dots.errors("adam", lr, seen)[-1] == pytest.approx(loss, rel=1e-4)
