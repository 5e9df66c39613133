"""Gradients are derivatives, minima are minima, and the digits are always the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweep import working_rate

import firstorder as fo
from firstorder.problems import (
    ConvolutionalNetwork,
    Digits,
    SoftmaxRegression,
    TwoLayerNetwork,
    digits,
    gradient_error,
)
from firstorder.problems.counterexamples import Kinked, Reddi

EVERY_LANDSCAPE = pytest.mark.parametrize("f", fo.LANDSCAPES.values(), ids=fo.LANDSCAPES)
DESCENTS = [(f, key) for f in fo.LANDSCAPES.values() for key in f.rates]


def points(f: fo.Landscape) -> st.SearchStrategy:
    x0, x1, y0, y1 = f.domain
    return st.tuples(st.floats(x0, x1), st.floats(y0, y1))


def central(function, point, h: float) -> np.ndarray:
    """Central differences along both axes."""
    steps = h * np.eye(2)
    return np.array([(function(point + e) - function(point - e)) / (2 * h) for e in steps])


@EVERY_LANDSCAPE
@given(data=st.data())
def test_gradient_is_the_limit_of_differences(f, data):
    point = np.array(data.draw(points(f)))
    h = 1e-5
    # Truncation is h² f‴/6 and rounding ε f/h, the third derivatives bounded by their size at the corner.
    size = 1 + np.abs(f.gradient(f.domain[::2])).max() + np.abs(f.gradient(f.domain[1::2])).max() + abs(f.value(point))
    np.testing.assert_allclose(f.gradient(point), central(f.value, point, h), rtol=1e-6, atol=1e-8 * size)


@EVERY_LANDSCAPE
@given(data=st.data())
def test_hessian_is_symmetric_and_the_limit_of_differences_of_the_gradient(f, data):
    point = np.array(data.draw(points(f)))
    hessian = f.hessian(point)
    # Terms may cancel: what is left of a mixed derivative is then rounding, of the size of what cancelled.
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-14, atol=1e-15 * np.abs(hessian).max())
    scale = 1 + np.abs(f.gradient(f.domain[::2])).max() + np.abs(f.gradient(f.domain[1::2])).max()
    np.testing.assert_allclose(hessian, central(f.gradient, point, 1e-5), rtol=1e-6, atol=1e-8 * scale)


@EVERY_LANDSCAPE
def test_minima_are_stationary_lie_in_the_domain_and_nothing_is_below_them(f):
    x0, x1, y0, y1 = f.domain
    x, y = np.meshgrid(np.linspace(x0, x1, 401), np.linspace(y0, y1, 401))
    least = f(x, y).min()
    for point in f.minima:
        assert x0 <= point[0] <= x1
        assert y0 <= point[1] <= y1
        curvature = np.abs(f.hessian(point)).max()
        np.testing.assert_allclose(f.gradient(point), 0, atol=1e-14 * curvature * (1 + np.abs(point).max()))
        assert np.linalg.eigvalsh(f.hessian(point)).min() > 0
        assert f.value(point) <= least + 1e-12 * (1 + abs(least))


@EVERY_LANDSCAPE
def test_every_global_minimum_of_the_domain_is_listed(f):
    if not f.minima:
        assert f.key == "saddle"
        return
    x0, x1, y0, y1 = f.domain
    x, y = np.meshgrid(np.linspace(x0, x1, 401), np.linspace(y0, y1, 401))
    z = f(x, y)
    around = [z[1 + i : 400 + i, 1 + j : 400 + j] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    reached = []
    for i, j in np.argwhere(z[1:-1, 1:-1] == np.min(around, axis=0)) + 1:  # every pit of the grid
        point = np.array([x[i, j], y[i, j]])
        for _ in range(50):  # Newton's method, to its bottom
            point = point - np.linalg.solve(f.hessian(point), f.gradient(point))
        if f.value(point) < f.value(f.minima[0]) + 1e-9:
            reached.append(point)
            assert min(np.linalg.norm(point - m) for m in f.minima) < 1e-6, point
    for minimum in f.minima:
        assert min(np.linalg.norm(point - minimum) for point in reached) < 1e-6, minimum


@EVERY_LANDSCAPE
def test_a_landscape_takes_arrays_that_broadcast(f):
    x, y = np.linspace(-1, 1, 4)[:, None], np.linspace(-1, 1, 3)
    assert f(x, y).shape == (4, 3)
    assert f(x, y)[2, 1] == pytest.approx(f.value((x[2, 0], y[1])), rel=1e-15)


@EVERY_LANDSCAPE
def test_start_is_in_the_domain_and_not_a_minimum(f):
    x0, x1, y0, y1 = f.domain
    assert x0 < f.start[0] < x1
    assert y0 < f.start[1] < y1
    assert np.abs(f.gradient(f.start)).max() > 1e-3
    for name, (low, high) in f.ranges.items():
        assert low <= f.parameters[name] <= high


def test_condition_is_the_condition_number_of_the_hessian():
    for condition in (1.0, 20.0, 150.0):
        f = fo.LANDSCAPES["quadratic"].with_parameters(condition=condition)
        assert np.linalg.cond(f.hessian((0.3, -0.2))) == pytest.approx(condition)


def test_minima_follow_the_parameters():
    f = fo.LANDSCAPES["rosenbrock"].with_parameters(a=1.2)
    assert f.minima == ((1.2, 1.2**2),)
    np.testing.assert_allclose(f.gradient(f.minima[0]), 0, atol=1e-12)
    assert fo.LANDSCAPES["rosenbrock"].minima == ((1.0, 1.0),)


def test_a_landscape_with_other_parameters_is_another_landscape():
    f = fo.LANDSCAPES["rastrigin"]
    flat = f.with_parameters(amplitude=0)
    assert flat.value((0.25, 0.5)) == 0.25**2 + 0.5**2
    assert f.parameters["amplitude"] == 10.0


def test_parameters_that_are_unknown_or_no_numbers_are_refused():
    f = fo.LANDSCAPES["quadratic"]
    with pytest.raises(TypeError, match=r"quadratic.*'conditon'.*'condition'"):
        f.with_parameters(conditon=3)
    with pytest.raises(TypeError, match=r"beale.*'a'.*none"):
        fo.LANDSCAPES["beale"].with_parameters(a=3)
    for value in ("x", None, 1j, [1.0], float("nan"), float("inf")):
        with pytest.raises(ValueError, match="quadratic: condition must be a finite number"):
            f.with_parameters(condition=value)


@EVERY_LANDSCAPE
def test_the_formula_has_the_landscapes_variables_and_parameters(f):
    text = f.tex()
    assert text.startswith("f(x, y) = ")
    assert text.count("{") == text.count("}")
    assert f.javascript().count("{") == f.javascript().count("}")


@EVERY_LANDSCAPE
def test_every_elementwise_rule_has_a_rate(f):
    """The playground runs no other rules."""
    assert set(f.rates) == {key for key, optimizer in fo.OPTIMIZERS.items() if optimizer.rule.elementwise}


def test_a_rate_that_was_swept_for_is_found_again():
    for f in (fo.LANDSCAPES["quadratic"], fo.LANDSCAPES["saddle"]):
        assert working_rate(f, fo.Lion) == f.rates["lion"]


@pytest.mark.parametrize(("f", "key"), DESCENTS, ids=[f"{f.key}-{key}" for f, key in DESCENTS])
def test_every_rate_makes_a_descent_that_stays_finite_and_goes_down(f, key):
    path = fo.minimize(f, fo.OPTIMIZERS[key], steps=200, lr=f.rates[key])
    if f.minima:  # the saddle is unbounded: momentum may leave the numbers, but only downwards
        assert path.diverged is None
    assert path.values[-1] < path.values[0]
    if f.minima:
        gap = (path.values[-1] - f.value(f.minima[0])) / (path.values[0] - f.value(f.minima[0]))
        assert path.values.min() >= f.value(f.minima[0]) - 1e-9
        assert gap < 1


# ── learning problems ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def data() -> Digits:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    return digits()


def test_the_digits_are_scaled_split_and_always_the_same(data):
    assert data.x_train.shape == (1348, 64)
    assert data.x_test.shape == (449, 64)
    assert data.x_train.min() == 0
    assert data.x_train.max() == 1
    assert set(data.y_train) == set(data.y_test) == set(range(10))
    again = digits()
    assert all(np.array_equal(a, b) for a, b in zip(data, again, strict=True))
    assert data.y_test[:10].tolist() == again.y_test[:10].tolist()
    assert not np.array_equal(digits(seed=1).y_test, data.y_test)
    assert digits(dtype="float32").x_train.dtype == "float32"


def test_no_example_is_in_both_parts(data):
    from sklearn.datasets import load_digits

    x, _ = load_digits(return_X_y=True)
    both = np.concatenate([data.x_train, data.x_test]) * 16
    assert np.array_equal(np.sort(both, axis=0), np.sort(x, axis=0))


@pytest.mark.parametrize("make", [SoftmaxRegression, TwoLayerNetwork, ConvolutionalNetwork])
def test_gradient_of_a_network_is_the_limit_of_differences(make, data):
    problem = make(data.x_train[:100], data.y_train[:100])
    point = problem.start(seed=3)
    random = np.random.default_rng(0)
    for name in point:  # away from zero, so that no unit sits on its kink
        point[name] = point[name] + 0.1 * random.normal(size=point[name].shape)
    assert gradient_error(problem, point) < 1e-8


@pytest.mark.parametrize("make", [SoftmaxRegression, TwoLayerNetwork, ConvolutionalNetwork])
def test_gradient_of_the_mean_is_the_mean_of_the_gradients(make, data):
    problem = make(data.x_train[:60], data.y_train[:60])
    point = problem.start(seed=1)
    parts = [problem.gradient(point, np.arange(i, i + 20)) for i in (0, 20, 40)]
    for name, whole in problem.gradient(point).items():
        np.testing.assert_allclose(sum(p[name] for p in parts) / 3, whole, rtol=1e-12, atol=1e-15)
    values = [problem.value(point, np.arange(i, i + 20)) for i in (0, 20, 40)]
    assert np.mean(values) == pytest.approx(problem.value(point), rel=1e-13)


def test_gradient_error_finds_a_wrong_gradient():
    class Wrong:
        value = staticmethod(lambda p: float((p**2).sum()))
        gradient = staticmethod(lambda p: 2.001 * p)

    assert gradient_error(Wrong, np.array([1.0, 2.0])) == pytest.approx(0.001 / 2.001, rel=1e-3)


def test_softmax_regression_starts_at_the_entropy_of_ten_classes(data):
    problem = SoftmaxRegression(data.x_train, data.y_train)
    assert problem.value(problem.start()) == pytest.approx(np.log(10))


def test_large_scores_overflow_nothing(data):
    problem = SoftmaxRegression(data.x_train[:50], data.y_train[:50])
    huge = {"W": 1e5 * np.random.default_rng(0).normal(size=(64, 10)), "b": np.zeros(10)}
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(problem.value(huge))
        assert all(np.isfinite(g).all() for g in problem.gradient(huge).values())


def test_start_of_the_network_depends_on_the_seed_alone(data):
    problem = TwoLayerNetwork(data.x_train, data.y_train, hidden=16)
    assert {n: p.shape for n, p in problem.start().items()} == {
        "W1": (64, 16),
        "b1": (16,),
        "W2": (16, 10),
        "b2": (10,),
    }
    assert np.array_equal(problem.start(seed=1)["W1"], problem.start(seed=1)["W1"])
    assert not np.array_equal(problem.start(seed=1)["W1"], problem.start(seed=2)["W1"])


def test_examples_of_the_wrong_shape_are_refused(data):
    with pytest.raises(ValueError, match=r"\(n, features\).*\(n,\).*\(1348, 64\).*\(449,\)"):
        SoftmaxRegression(data.x_train, data.y_test)


def test_adam_reads_ninety_six_percent_of_the_digits(data):
    network = TwoLayerNetwork(data.x_train, data.y_train)
    path = fo.minimize(network, fo.Adam, steps=800, batch_size=64, lr=3e-3, record_every=800)
    accuracy = network.accuracy(path.params, data.x_test, data.y_test)
    assert accuracy >= 0.96
    assert path.values[-1] < 0.1 < path.values[0]


def test_convolution_is_what_the_definition_says(data):
    """Scores of three digits by the sums of the definition, one pixel, filter and cell at a time."""
    network = ConvolutionalNetwork(data.x_train, data.y_train, filters=2)
    params = network.start(seed=1)
    params["b1"] += (0.1, -0.2)
    images = data.x_test[:3].reshape(3, 8, 8)
    filters = params["W1"].T.reshape(2, 3, 3)
    cells = np.zeros((3, 3, 3, 2))
    for n, row, column, c in np.ndindex(cells.shape):
        for down, right in np.ndindex(2, 2):
            top, left = 2 * row + down, 2 * column + right
            z = (images[n, top : top + 3, left : left + 3] * filters[c]).sum() + params["b1"][c]
            cells[n, row, column, c] += max(z, 0) / 4
    expected = cells.reshape(3, -1) @ params["W2"] + params["b2"]
    np.testing.assert_allclose(network.scores(params, data.x_test[:3])[0], expected, rtol=1e-12, atol=1e-13)


def test_convolution_has_fewer_parameters_than_the_two_layer_network(data):
    network = ConvolutionalNetwork(data.x_train, data.y_train, filters=16)
    shapes = {name: p.shape for name, p in network.start().items()}
    assert shapes == {"W1": (9, 16), "b1": (16,), "W2": (144, 10), "b2": (10,)}
    assert all(network.gradient(network.start())[name].shape == shape for name, shape in shapes.items())
    assert sum(p.size for p in network.start().values()) < sum(
        p.size for p in TwoLayerNetwork(data.x_train, data.y_train).start().values()
    )


def test_convolution_keeps_the_precision_of_its_images():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    data = digits(dtype="float32")
    network = ConvolutionalNetwork(data.x_train, data.y_train)
    assert {g.dtype.name for g in network.gradient(network.start()).values()} == {"float32"}


@pytest.mark.parametrize("pixels", [63, 49, 4])
def test_images_that_are_not_square_of_even_side_are_refused(pixels):
    with pytest.raises(
        ValueError, match=rf"x must hold square images of even side >= 4, flattened, got {pixels} pixels"
    ):
        ConvolutionalNetwork(np.zeros((5, pixels)), np.arange(5))


@pytest.mark.parametrize("C", [2.5, 4.0, 10.0])
def test_above_the_border_adam_drifts_to_the_minimum_of_reddis_example(C):
    problem = Reddi(C)
    border = problem.border()
    assert 0 < border < 1
    assert problem.drift(border) == pytest.approx(0, abs=1e-9)
    assert problem.drift(0.9 * border) > 0 > problem.drift((1 + border) / 2)


@pytest.mark.parametrize("x", [-1.0, 0.5, 1.5, 2.5])
def test_slope_of_the_kinked_function_is_that_of_its_value(x):
    kinked = Kinked()
    slope = (kinked.value(np.array([x + 1e-5])) - kinked.value(np.array([x - 1e-5]))) / 2e-5
    np.testing.assert_allclose(slope, kinked.gradient(np.array(x)), rtol=1e-6)
