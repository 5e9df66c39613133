"""`firstorder.lab.adaptive`: effective rates, and AdaGrad's regret."""

import numpy as np

from firstorder.lab.adaptive import effective_rates, regret


def test_effective_rates_are_those_of_the_sum_and_of_the_average():
    gradients = [np.array([3.0]), np.array([4.0])]
    np.testing.assert_allclose(effective_rates("adagrad", gradients, lr=2.0), [[2 / 3], [2 / 5]])
    average = [0.01 * 9, 0.99 * 0.01 * 9 + 0.01 * 16]
    np.testing.assert_allclose(effective_rates("rmsprop", gradients, lr=1.0)[:, 0], np.power(average, -0.5))


def test_regret_keeps_its_bound_and_its_box_says_how_far_it_came():
    found = regret(steps=300, features=10)
    assert 0 < found.paid < found.bound
    assert found.farthest < 2
    assert found.sums[0] == 300  # the first feature is in every row, and the gradient's size there is 1
