"""The range test finds the rate up to which the loss falls, where that is known."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import firstorder as fo
from firstorder.problems import SoftmaxRegression, digits


class Bowl:
    """½ Σ hᵢ xᵢ²: gradient descent lowers the part of curvature h with any rate up to 2 / h, and no larger one."""

    def __init__(self, *curvatures):
        self.h = np.array(curvatures)
        self.start = np.ones(len(curvatures))

    def value(self, p):
        return float(self.h @ p**2 / 2)

    def gradient(self, p):
        return self.h * p


@pytest.mark.parametrize("h", [0.01, 1.0, 300.0])
def test_the_limit_of_gradient_descent_is_two_over_the_curvature(h):
    found = fo.find_lr(Bowl(h), "sgd", low=1e-3 / h, high=1e3 / h, steps=601)
    factor = 10 ** (6 / 600)
    assert 2 / h / factor < found.limit <= 2 / h
    # The value is a product of (1 - hη)².
    values = 0.5 * h * np.cumprod((1 - h * found.rates) ** 2)
    exact = found.rates * h < 0.9  # beyond, 1 - hη cancels
    assert_allclose(found.values[exact], values[exact], rtol=1e-9)
    assert found.steepest == found.rates[np.argmin(np.diff(values, prepend=0.5 * h))]
    assert found.steepest < found.limit


def test_the_rates_grow_by_a_constant_factor_from_low_to_high():
    found = fo.find_lr(Bowl(1e-9), fo.SGD, low=1e-4, high=1.0, steps=9)
    assert_allclose(found.rates, np.geomspace(1e-4, 1.0, 9), rtol=1e-12)
    assert len(found.rates) == len(found.values) == len(found.smoothed)


@pytest.mark.parametrize("key", ["sgd", "momentum", "adam", "lion", "lamb"])
def test_it_takes_the_optimizers_own_steps(key):
    found = fo.find_lr(Bowl(1.0, 10.0), key, steps=30, high=1.0)
    p = np.ones(2)
    opt = fo.OPTIMIZERS[key](p, lr=lambda t: found.rates[t - 1])
    for value in found.values:
        opt.step(Bowl(1.0, 10.0).gradient(p))
        assert_allclose(value, Bowl(1.0, 10.0).value(p), rtol=1e-12)


def test_it_ends_where_the_loss_has_risen_for_good_or_is_not_finite():
    found = fo.find_lr(Bowl(1.0), "sgd", low=1.5, high=1e4, steps=100)
    assert len(found.rates) < 100
    assert found.values[-1] > found.start + 4 * (found.start - found.values.min()) > max(found.values[:-1])
    last = fo.find_lr(Bowl(1.0), "sgd", low=1e200, high=1e250, steps=20)
    assert len(last.rates) < 20
    assert not math.isfinite(last.values[-1]) or last.values[-1] > last.start


def test_smoothing_is_a_corrected_moving_average():
    found = fo.find_lr(Bowl(1.0), "sgd", high=1.0, steps=50, smoothing=0.9)
    weights = 0.1 * 0.9 ** np.arange(50)[::-1]
    assert_allclose(found.smoothed[-1], weights @ found.values / weights.sum(), rtol=1e-12)
    plain = fo.find_lr(Bowl(1.0), "sgd", high=1.0, steps=50)
    assert_array_equal(plain.smoothed, plain.values)


def test_a_wrapped_or_grouped_optimizer_has_its_rates_replaced():
    def grouped(params):
        return fo.ClipGlobalNorm(fo.SGD([{"params": params["a"], "lr": 7.0}, {"params": params["b"]}]), max_norm=1e9)

    class Two(Bowl):
        start = None

        def __init__(self):
            self.start = {"a": np.ones(1), "b": np.ones(1)}

        def value(self, p):
            return float(p["a"] @ p["a"] + p["b"] @ p["b"]) / 2

        def gradient(self, p):
            return {name: array.copy() for name, array in p.items()}

    plain = fo.find_lr(Bowl(1.0, 1.0), "sgd", steps=40, high=1.0)
    assert_allclose(fo.find_lr(Two(), grouped, steps=40, high=1.0).values, plain.values, rtol=1e-6)


def test_start_and_problem_are_left_as_they_are_and_a_seed_repeats_it():
    data = digits()
    problem = SoftmaxRegression(data.x_train[:200], data.y_train[:200])
    start = problem.start(0)
    kept = {name: array.copy() for name, array in start.items()}
    one, two = (fo.find_lr(problem, "adam", start, batch_size=32, steps=40, seed=3) for _ in range(2))
    assert_array_equal(one.values, two.values)
    for name, array in start.items():
        assert_array_equal(array, kept[name])
    assert 1e-6 < one.steepest <= one.limit <= 10
    descent = fo.minimize(problem, "adam", start, steps=60, lr=one.steepest)
    assert descent.values[-1] < 0.5 * descent.values[0]
    assert "limit" in repr(one)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"low": 0.0}, ValueError, "rates must go from low > 0"),
        ({"low": 2.0, "high": 1.0}, ValueError, "rates must go from low > 0"),
        ({"high": float("inf")}, ValueError, "rates must go from low > 0"),
        ({"steps": 1}, ValueError, "steps must be a whole number >= 2"),
        ({"smoothing": 1.0}, ValueError, "smoothing must be"),
        ({"rise": 0}, ValueError, "rise must be"),
        ({"lr": 0.1}, TypeError, "lr: find_lr chooses the rates"),
        ({"beta3": 0.1}, TypeError, "beta3"),
    ],
)
def test_what_is_no_range_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        fo.find_lr(Bowl(1.0), "sgd", **wrong)


def test_the_rates_are_those_of_the_steps_that_were_taken():
    # A call that only collects takes no step, and one of a new optimizer need not be its first.
    def made(params):
        opt = fo.Accumulate(fo.SGD(params, lr=1.0), steps=3)
        opt.load_state_dict({**opt.state_dict(), "inner": {**opt.inner.state_dict(), "t": 7}})
        return opt

    alone, collected = (fo.find_lr(Bowl(1.0, 3.0), o, low=1e-3, high=1.0, steps=20) for o in ("sgd", made))
    assert_allclose(collected.rates, alone.rates)
    assert_allclose(collected.values, alone.values)


def test_an_optimizer_that_skips_every_step_is_told():
    class Skip(fo.Wrapper):
        def begin(self):
            return False

    with pytest.raises(ValueError, match="optimizer: it skipped"):
        fo.find_lr(Bowl(1.0), lambda params: Skip(fo.SGD(params)))


def test_where_every_loss_is_nan_so_are_limit_and_steepest():
    class Broken(Bowl):
        def value(self, p):
            return math.nan

    found = fo.find_lr(Broken(1.0), "sgd")
    assert math.isnan(found.limit)
    assert math.isnan(found.steepest)
    assert "nan" in repr(found)
