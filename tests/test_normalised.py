"""Batch normalisation: its gradient is the derivative, its loss knows no scale, its gradient no radial part."""

import numpy as np
import pytest

from firstorder.problems import digits, gradient_error
from firstorder.problems.normalised import NormalisedNetwork

DATA = digits()


def network(**options) -> NormalisedNetwork:
    return NormalisedNetwork(DATA.x_train[:60], DATA.y_train[:60], **options)


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("hidden", [(8,), (8, 6)])
def test_the_gradient_is_the_derivative(hidden, normalised):
    problem = network(hidden=hidden, normalised=normalised)
    assert gradient_error(problem, problem.start(seed=1)) < 1e-7


def test_the_loss_does_not_depend_on_the_length_of_normalised_weights():
    problem = network(eps=0.0)
    params = problem.start()
    loss, gradient = problem.value(params), problem.gradient(params)
    longer = params | {"W1": 3 * params["W1"]}
    np.testing.assert_allclose(problem.value(longer), loss, rtol=1e-12)
    np.testing.assert_allclose(problem.gradient(longer)["W1"], gradient["W1"] / 3, rtol=1e-9, atol=1e-14)
    for name in ("W1", "W2"):
        radial = (params[name] * gradient[name]).sum(axis=0)
        np.testing.assert_allclose(radial, 0, atol=1e-14)


def test_other_data_are_normalised_by_the_training_data():
    problem = network()
    params = problem.start()
    one_by_one = [problem.accuracy(params, x[None], y[None]) for x, y in zip(problem.x, problem.y, strict=True)]
    np.testing.assert_allclose(np.mean(one_by_one), problem.accuracy(params))


def test_without_normalisation_there_are_no_scales():
    problem = network(normalised=False)
    params = problem.start()
    assert "scale1" not in params
    assert problem.accuracy(params, problem.x, problem.y) == problem.accuracy(params)
