"""How a learning rate is found: what the searches cost, and what they leave."""

import numpy as np
import pytest

from firstorder.lab import choosing

LOOKS = (10, 20, 40)


def test_of_trials_the_worse_half_ends_at_every_look():
    losses = np.array([[3.0, 3, 0], [2, 1, 5], [1, 2, 4], [4, 0, 0]])  # the first and the last would have won
    assert choosing.halved(losses, LOOKS) == (1, 10 * 4 + 10 * 2 + 20 * 1)


def test_an_uneven_number_keeps_the_larger_half():
    assert choosing.halved(np.array([[1.0, 2], [2, 1], [3, 0]]), (10, 20)) == (1, 3 * 10 + 2 * 10)


@pytest.mark.parametrize("rate", [choosing.linear, choosing.logarithmic])
def test_more_trials_find_no_more_loss_and_all_rates_lie_on_the_grid(rate):
    losses = np.linspace(2, 1, len(choosing.RATES))
    found = choosing.drawn(losses, 6, rate, draws=200)
    assert (np.diff(found) <= 0).all()
    ends = rate(np.array([0.0, 1.0]))
    assert ends == pytest.approx([choosing.RATES[0], choosing.RATES[-1]])


def test_half_of_the_logarithmic_draws_lie_below_the_middle_decade():
    u = np.random.default_rng(0).random(1000)
    middle = (choosing.RATES[0] * choosing.RATES[-1]) ** 0.5
    assert 0.45 < (choosing.logarithmic(u) < middle).mean() < 0.55
    assert (choosing.linear(u) < middle).mean() < 0.02


def test_a_trial_that_diverged_counts_as_knowing_nothing():
    assert choosing.at_rate("sgd", choosing.RATES[-1], seeds=1) == pytest.approx(np.log(10))
