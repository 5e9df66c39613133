"""Experiments: one training is what minimize does, rates are chosen without the test images, a walk is a plain loop."""

import numpy as np
import pytest

import firstorder as fo
from firstorder.lab import runs
from firstorder.lab.bowls import Bowl, steps_needed, steps_on
from firstorder.lab.differences import errors
from firstorder.lab.edge import SmoothNetwork, followed, tug
from firstorder.lab.flat import condition, flat_points, kind, off_course, turned
from firstorder.lab.noise import (
    DEEP,
    RIDGE,
    batch_variances,
    boltzmann,
    crossings,
    mean_square_slope,
    median_of_a_stream,
    noisy_descent,
    places,
    promises,
    record_gradients,
    tracked,
    waves,
    waves_slope,
)
from firstorder.lab.passes import descents
from firstorder.lab.quadratics import floors, radius, shrinking, steps_to_millionth
from firstorder.lab.runs import (
    descend,
    falling,
    first,
    gap,
    held_out,
    images,
    judged,
    model,
    slowing,
    state_after,
    stays,
    trained,
    tuned,
    warmed,
    warming,
)
from firstorder.lab.slices import curvatures, hessian_product, largest, on_line, reordered, usual
from firstorder.lab.tuning import best
from firstorder.lab.walks import along, distance, noisy, walk

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
SHORT = {"steps": 12, "batch_size": 32}

# ── runs ──────────────────────────────────────────────────────────────────────────────────────────────


def test_images_to_fit_and_those_held_out_are_the_training_images():
    fit, rest, every, test = (images(part)[0] for part in ("fit", "held out", "all", "test"))
    assert np.array_equal(np.concatenate([fit, rest]), every)
    seen = {image.tobytes() for image in every}
    assert sum(image.tobytes() in seen for image in test) == 0
    assert [len(images(part)[1]) for part in ("fit", "held out", "even", 337)] == [1000, 348, 1344, 337]


@pytest.mark.parametrize("optimizer", ["adam", fo.Adam, fo.Adam.rule], ids=["key", "class", "rule"])
def test_a_training_is_what_minimize_does(optimizer):
    run = trained("network", optimizer, 0.01, 3, schedule=falling, beta2=0.99, **SHORT)
    x, y = images()
    network = fo.problems.TwoLayerNetwork(x, y, hidden=32)
    path = fo.minimize(network, fo.Adam, seed=3, lr=falling(0.01, 12), beta2=0.99, **SHORT)
    assert np.array_equal(fo.Arena(run.params).buffer, path.points[-1])
    assert run.training == path.values[-1]
    assert run.accuracy == network.accuracy(path.params, *images("test"))


def test_rates_of_a_schedule():
    assert [falling(2.0, 4)(t) for t in (1, 3)] == [2.0, 1.0]
    assert [slowing(2.0, 4)(t) for t in (1, 4)] == [4.0, 2.0]
    assert [warmed(2.0, 4)(t) for t in (1, 4, 9)] == [0.5, 2.0, 2.0]
    assert warmed(2.0, 0) == 2.0
    assert warming(4) is warming(4), "or what is kept of a run would never be found again"
    assert warming(4)(2.0, 100)(1) == 0.5


def test_a_run_that_diverged_is_worse_than_any(monkeypatch):
    path = descend(model("network"), "sgd", 1e300, steps=9)
    assert judged(path, model("network", "test")) == (np.inf, 0.0)
    assert best(lambda lr: {1: np.nan, 2: 3.0, 3: np.inf}[lr], (1, 2, 3)) == 2


def test_the_rate_has_the_least_held_out_loss():
    rates, tuning = (0.001, 0.03, 3.0), (7, 8)
    found = tuned("softmax", "adam", rates, tuning=tuning, seeds=(1, 2), **SHORT)
    x, y = images()
    fit, judge = (fo.problems.SoftmaxRegression(x[part], y[part]) for part in (slice(1000), slice(1000, None)))
    losses = [
        np.mean([judge.value(fo.minimize(fit, fo.Adam, lr=lr, seed=seed, **SHORT).params) for seed in tuning])
        for lr in rates
    ]
    assert found.rate == rates[int(np.argmin(losses))]
    assert held_out("softmax", "adam", 0.03, 7, **SHORT).loss == pytest.approx(
        judge.value(fo.minimize(fit, fo.Adam, lr=0.03, seed=7, **SHORT).params)
    )


def test_the_test_images_have_no_part_in_choosing_a_rate(monkeypatch):
    """With other test images the rate and all that is known before them are the same; what is measured on them is
    not."""
    given = {"tuning": (0,), "seeds": (1, 2), **SHORT}
    rates = (0.001, 0.03, 3.0)
    true = tuned("softmax", "adam", rates, **given)
    asked, real = [], runs.images

    def other(part="all"):
        asked.append(part)
        x, y = real(part)
        return (x, y[::-1]) if part == "test" else (x, y)

    monkeypatch.setattr(runs, "images", other)
    for kept in (runs._model, runs._trained):
        kept.cache_clear()
    try:
        again = tuned("softmax", "adam", rates, **given)
    finally:
        for kept in (runs._model, runs._trained):
            kept.cache_clear()
    assert again.rate == true.rate
    assert np.array_equal(again.training, true.training)
    assert not np.array_equal(again.accuracy, true.accuracy)
    assert asked[:2] == ["fit", "held out"]
    assert "test" not in asked[: asked.index("all")], "the test images are met when the rate is chosen"


def test_a_gap_has_its_standard_error():
    mean, error = gap([1.0, 2.0, 6.0], [0.0, 2.0, 4.0])
    assert (mean, error) == (1.0, pytest.approx(1 / 3**0.5))


def test_where_values_stay_and_first_come_below():
    values = [5, 0.5, 2, 0.9, 0.8]
    assert stays(values, 1) == 3
    assert stays(values, 0.1) == 5
    assert stays([0.1, 0.2], 1) == 0
    assert first(values, 0.9, otherwise=99) == 1
    assert first(values, 0.1, otherwise=99) == 99


def test_the_state_after_a_descent_is_that_of_its_optimizer():
    problem = model("softmax", 100)
    state = state_after(problem, "adam", 0.01, 4, steps=3, batch_size=100)
    params = problem.start(4)
    opt = fo.Adam(params, lr=0.01)
    for _ in range(3):
        opt.step(problem.gradient(params, np.random.default_rng(4).permutation(100)))
    np.testing.assert_allclose(state["v"]["W"], opt.state["v"]["W"], rtol=1e-9, atol=1e-18)


# ── slices ────────────────────────────────────────────────────────────────────────────────────────────


class Quadratic:
    """½ θᵀHθ of two parameters under two names."""

    hessian = np.array([[1.0, 2.0], [2.0, 1.0]])

    def start(self):
        return {"a": np.zeros(1), "b": np.ones(1)}

    def value(self, params):
        p = np.concatenate([params["a"], params["b"]])
        return p @ self.hessian @ p / 2

    def gradient(self, params):
        a, b = self.hessian @ np.concatenate([params["a"], params["b"]])
        return {"a": np.array([a]), "b": np.array([b])}


def test_a_slice_is_the_loss_on_the_line():
    found = on_line(Quadratic(), np.array([1.0, 0.0]), np.array([1.0, 2.0]), [0, 0.5, 2])
    np.testing.assert_allclose(found, [0.5, 3.0, 16.5])


def test_curvatures_come_from_products_with_the_hessian():
    product = hessian_product(Quadratic(), np.array([0.3, -0.2]))
    np.testing.assert_allclose(product(np.array([2.0, 0.0])), [2, 4], rtol=1e-6)
    assert largest(product, 2) == pytest.approx(3)
    tried = np.random.default_rng(1).normal(size=(50, 2))
    mean = np.mean([d @ Quadratic.hessian @ d / (d @ d) for d in tried])
    assert usual(product, 2) == pytest.approx(mean)


def test_curvatures_along_a_path_are_those_of_its_points():
    path = [np.array([0.1, 0.2]), np.array([-1.0, 2.0])]
    assert curvatures(Quadratic(), path) == pytest.approx([3, 3])


def test_descents_side_by_side_are_those_of_minimize():
    found = descents(64, (0.1, 1.0), (3, 4), passes=1, looks=3)
    assert found.losses.shape == (4, 2, 2)
    np.testing.assert_allclose(found.passes, [0, 1 / 3, 2 / 3, 1], atol=1e-12)
    path = descend(model("softmax", "even"), "sgd", 1.0, 4, steps=21, batch_size=64, record_every=7)
    np.testing.assert_allclose(found.losses[:, 1, 1], path.values, rtol=1e-9)
    assert found.accuracy[1, 1] == model("softmax", "test").accuracy(path.params)


def test_hidden_units_in_another_order_are_put_back():
    network = model("network")
    params = network.start(3)
    order = np.random.default_rng(0).permutation(32)
    mixed = params | {"W1": params["W1"][:, order], "b1": params["b1"][order], "W2": params["W2"][order]}
    back = reordered(mixed, params)
    for name, array in params.items():
        np.testing.assert_array_equal(back[name], array)


# ── flat points ───────────────────────────────────────────────────────────────────────────────────────


def test_a_turned_hessian_has_its_eigenvalues_along_the_turned_axes():
    np.testing.assert_allclose(turned(1, 9, np.pi / 4), [[5, -4], [-4, 5]])
    assert condition(fo.LANDSCAPES["quadratic"].with_parameters(condition=7)) == pytest.approx(7)


def test_flat_points_are_found_and_told_apart():
    ground = fo.LANDSCAPES["styblinski_tang"]
    kinds = [kind(ground, point) for point in flat_points(ground, 9)]
    assert {name: kinds.count(name) for name in set(kinds)} == {"minimum": 4, "saddle": 4, "maximum": 1}
    assert flat_points(fo.LANDSCAPES["saddle"], 3) == [(0.0, 0.0)]


# ── differences ───────────────────────────────────────────────────────────────────────────────────────


def test_off_course_is_the_angle_to_the_minimum():
    round_bowl = fo.LANDSCAPES["quadratic"].with_parameters(condition=1)
    assert off_course(round_bowl, np.array([1.0, 2.0])) == pytest.approx(0, abs=1e-4)
    assert round(off_course(fo.LANDSCAPES["rosenbrock"], np.array([-0.5, 1.5]))) == 116


def test_errors_of_differences_are_those_of_taylor_and_of_rounding():
    found = errors(fo.LANDSCAPES["rosenbrock"], (-1.5, 2.0), -3600, [1e-2, 1e-3])
    np.testing.assert_allclose(found.central, found.truncation, rtol=1e-3)
    np.testing.assert_allclose(found.rounding, 2.0**-53 * 12.5 / found.steps)
    assert (found.one_sided > 10 * found.central).all()
    at = np.geomspace(found.best / 100, 100 * found.best, 401)
    total = at**2 * 3600 / 6 + 2.0**-53 * 12.5 / at
    assert at[total.argmin()] == pytest.approx(found.best, rel=0.02)


# ── noise ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_gradients_of_records_have_the_gradient_as_their_mean():
    problem = model("softmax", 20)
    each = record_gradients(problem, problem.start())
    np.testing.assert_allclose(each.mean(axis=0), fo.Arena(problem.gradient(problem.start())).buffer, atol=1e-15)


def test_batches_have_the_variances_of_samples_from_a_finite_set():
    numbers = np.random.default_rng(0).normal(size=(30, 4))
    variance = ((numbers - numbers.mean(axis=0)) ** 2).sum(axis=1).mean()
    found = batch_variances(numbers, [3, 15, 30], times=4000)
    np.testing.assert_allclose(found["with replacement"], variance / [3, 15, 30], rtol=0.06)
    np.testing.assert_allclose(
        found["without"], variance / [3, 15, 30] * np.array([27, 15, 0]) / 29, rtol=0.06, atol=1e-12
    )


def test_noisy_descent_settles_on_its_floor():
    assert noisy_descent(0.4, steps=0)[0] == 4.5
    assert noisy_descent(0.4)[100:].mean() == pytest.approx(0.4 / (2 * 1.6), rel=0.02)


def test_the_slope_of_the_waves_is_that_of_their_height():
    x = np.linspace(-3, 3, 13)
    np.testing.assert_allclose(waves_slope(x), (waves(x + 1e-6) - waves(x - 1e-6)) / 2e-6, atol=1e-8)
    assert mean_square_slope(0.1, 1, sigma=0) == pytest.approx(waves_slope(3.0) ** 2)


def test_promises_are_kept():
    for found in promises([10, 40]):
        promised, *measured = found.values()
        assert all((one < promised).all() for one in measured)


def test_a_drifting_quantity_is_tracked_with_the_derived_error():
    found = tracked(0.1, records=400, runs=400)
    assert found.mean() == pytest.approx(-0.09, abs=0.05)
    assert found.var() == pytest.approx(0.1 / 1.9, rel=0.2)


def test_the_median_of_a_stream_is_approached_within_what_is_promised():
    first, last, mean = median_of_a_stream(0.1, 1), *median_of_a_stream(3 / 30**0.5, 30)
    assert first[0] == first[1] == pytest.approx(2.2029, abs=1e-4)  # E|3 − x| − E|x|
    assert mean < last < 3 / 30**0.5


def test_the_density_of_the_wells_is_one_and_highest_where_the_deep_one_is():
    at = np.linspace(-4, 4, 2001)
    density = boltzmann(0.1, at)
    assert density.sum() * (at[1] - at[0]) == pytest.approx(1)
    assert at[density.argmax()] == pytest.approx(DEEP, abs=0.01)


def test_crossings_settle_at_the_share_that_the_density_has():
    out, back = crossings(0.1, steps=10**6)
    at = np.linspace(-4, 4, 8001)
    assert out + back == pytest.approx(1)
    assert out == pytest.approx((boltzmann(0.05, at) * (at < RIDGE)).sum() * 0.001, abs=0.01)
    assert crossings(0.02) == pytest.approx((0, 0), abs=1e-3)


def test_places_of_small_steps_have_the_spread_of_the_diffusion():
    found = places(0.1, time=100, runs=200)
    assert found.shape == (2000,)
    left = found[found < RIDGE]
    assert left.std() == pytest.approx(0.17, abs=0.03)


# ── edge of stability ─────────────────────────────────────────────────────────────────────────────────


def test_the_smooth_network_has_the_gradient_of_its_loss():
    network = SmoothNetwork(images=40, hidden=5)
    assert fo.problems.gradient_error(network, network.start(1)) < 1e-8


def test_a_run_is_followed_with_its_sharpness_in_the_units_of_its_steps():
    network, path = SmoothNetwork(), followed("adam", 0.01, steps=4, every=4, rounds=60)
    theta = fo.Arena(network.start())
    opt = fo.Adam(theta, lr=0.01)
    losses = [network.value(theta.views)]
    for _ in range(4):
        opt.step(fo.Arena(network.gradient(theta.views)))
        losses.append(network.value(theta.views))
    np.testing.assert_allclose(path.losses[:5], losses, rtol=1e-12)
    product = hessian_product(network, theta.buffer.copy())
    v = np.concatenate([part.ravel() for part in opt.state["v"].values()])
    scale = np.sqrt(np.sqrt(v / (1 - opt.beta2**4)) + opt.eps)
    assert path.sharpness[1] == pytest.approx(largest(lambda u: product(u / scale) / scale, len(scale)), rel=1e-2)


def test_two_that_pull_at_one_another_stay_about_the_border():
    x, sharpness = tug(lr=0.4).T
    assert (x[1], sharpness[1]) == pytest.approx((0.05 * (1 - 1.96), 4.9 + 0.002 - 0.02 * 0.05**2))
    assert sharpness[200:].mean() == pytest.approx(5, rel=0.02)


# ── walks ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["sgd", "yogi", "nadam", "prodigy"])
def test_a_walk_is_the_plain_loop(key):
    """Of rules that begin with zeros and of those that do not, with scalar state and without."""
    gradients = np.random.default_rng(0).normal(size=(6, 3))
    p = np.ones(3)
    opt, path = fo.OPTIMIZERS[key](p, lr=0.1), [np.ones(3)]
    for g in gradients:
        opt.step(g)
        path.append(p.copy())
    assert np.array_equal(walk(key, gradients, start=1.0, lr=0.1), path)
    assert np.array_equal(walk(lambda p: fo.OPTIMIZERS[key](p, lr=0.1), gradients, start=1.0), path)


def test_a_walk_asks_a_slope_for_each_step_and_keeps_what_it_is_told():
    kept = walk("momentum", lambda p: p, 4, start=[2.0], keep=lambda p, opt: (opt.t, p[0]), lr=0.5, momentum=0.0)
    assert kept.tolist() == [[0, 2.0], [1, 1.0], [2, 0.5], [3, 0.25], [4, 0.125]]


def test_a_walk_leaves_its_start_alone_and_goes_on_through_infinity():
    start = np.ones(2)
    path = walk("sgd", lambda p: -1e200 * p, 4, start=start, lr=1e200)
    assert np.array_equal(start, np.ones(2))
    assert not np.isfinite(path[-1]).any()


def test_one_parameter_goes_along_gradients_in_units_of_the_rate():
    assert along([1.0, -2.0], "sgd").tolist() == [0.0, -1.0, 1.0]


def test_noise_has_the_deviation_of_the_slope_around_its_minimum():
    slope = noisy(3.0, seed=5, minimum=2.0)
    expected = 3.0 * (1.0 - 2.0 + np.random.default_rng(5).normal(size=4))
    assert np.array_equal(slope(np.ones(4)), expected)
    assert distance("sgd", 400, lr=0.1) == pytest.approx((0.1 / 1.9) ** 0.5, rel=0.1)


# ── bowls ─────────────────────────────────────────────────────────────────────────────────────────────


def test_steps_needed_on_a_bowl_are_those_of_theory():
    """Gradient descent at its best rate multiplies the distance by (κ − 1)/(κ + 1) a step."""
    for kappa in (2, 10):
        theory = np.log(1e-6) / np.log((kappa - 1) / (kappa + 1))
        assert steps_needed("sgd", kappa) == pytest.approx(theory, rel=0.1)
    assert steps_needed("sgd", 1000, limit=50) == np.inf


def test_steps_on_a_problem_end_where_the_loss_stays_below():
    bowl = Bowl(turned=True)
    values = fo.minimize(bowl, fo.Momentum, lr=1e-3, steps=100).values
    needed = steps_on(bowl, "momentum", 1e-3, 0.1, 100)
    assert (values[needed:] < 0.1 * values[0]).all() or needed == 101
    assert needed == 0 or values[needed - 1] >= 0.1 * values[0]
    assert steps_on("quadratic", "sgd", 1e-6, 0.1, 5) == 6


# ── parabolas ─────────────────────────────────────────────────────────────────────────────────────────


def test_radius_of_gradient_descent_is_its_factor_and_runs_shrink_by_it():
    x = np.array([0.1, 0.5, 1.5])
    assert np.allclose(radius(fo.Momentum, x, 0.0), abs(1 - x))
    assert np.allclose(shrinking(fo.Momentum, x, 0.0), abs(1 - x), rtol=1e-6)


def test_steps_to_a_millionth_are_those_of_the_slowest_curvature():
    needed = steps_to_millionth(fo.SGD, 10, most=400, lr=0.05)  # 0.95 along curvature 1, 0.5 along 10
    assert needed == np.ceil(np.log(1e-6 / np.sqrt(0.5)) / np.log(0.95))
    assert steps_to_millionth(fo.SGD, 10, most=50, lr=0.05) == 51


def test_noise_keeps_sgd_at_its_derived_distance():
    x = (0.05, 1.0, 1.5)
    assert np.allclose(floors("sgd", x), [v / (2 - v) for v in x], rtol=0.02)
