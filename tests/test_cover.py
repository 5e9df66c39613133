"""The cover's figure: what it says of the three methods is measured, each at its best rate of the same grid."""

import numpy as np
import pytest

import firstorder as fo
from firstorder.figures import Cover
from firstorder.figures.cover import METHODS, RATES, best_rate, rates
from firstorder.lab.contests import slide
from firstorder.rules import RULES

ROUND, STEEP = (fo.LANDSCAPES["quadratic"].with_parameters(condition=condition) for condition in (1.0, 200.0))


@pytest.fixture(scope="module")
def cover() -> Cover:
    return Cover()


def test_in_a_badly_scaled_valley_adam_is_nearest_although_all_are_tuned_alike(cover):
    ends = {label: path.values[-1] for label, path in cover.trajectories.items()}
    assert ends["Adam"] < ends["Momentum"] / 3 < ends["SGD"] / 9
    assert cover.landscape_parameters == {"condition": 200.0}


def test_in_a_round_valley_plain_descent_is_first_of_the_three():
    ends = {
        key: fo.minimize(ROUND, key, steps=40, lr=best_rate(RULES[key], ROUND, 40), progress=False).values[-1]
        for key in METHODS
    }
    assert ends["sgd"] < min(ends["momentum"], ends["adam"])


@pytest.mark.parametrize("key", METHODS)
def test_no_other_rate_of_the_grid_ends_lower(cover, key):
    (shown,) = [one for one in cover.optimizers if one["rule"] == key]
    grid = rates(RULES[key])
    own = grid.index(shown["hyperparameters"]["lr"])
    assert 0 < own < RATES - 1  # nor would one beyond the grid's ends
    with np.errstate(all="ignore"):
        ends = [fo.minimize(STEEP, key, steps=40, lr=rate, progress=False).values[-1] for rate in grid[::3]]
        least = fo.minimize(STEEP, key, steps=40, lr=grid[own], progress=False).values[-1]
    assert least <= np.nanmin(ends)


def test_on_a_turned_bowl_momentum_is_first_and_adam_close_behind():
    ends = {key: slide(key, turned=True)[-1] for key in ("sgd", "momentum", "rmsprop", "adam")}
    assert ends["momentum"] < ends["adam"] < 3 * ends["momentum"] < min(ends["sgd"], ends["rmsprop"]) / 10
