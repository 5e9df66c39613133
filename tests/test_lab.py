"""Experiments: one training is what minimize does, rates are chosen without the test images, a walk is a plain loop."""

import numpy as np
import pytest

import firstorder as fo
from firstorder.lab import runs
from firstorder.lab.bowls import Bowl, steps_needed, steps_on
from firstorder.lab.runs import (
    best,
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
    for kept in (runs.model, runs.trained):
        kept.cache_clear()
    try:
        again = tuned("softmax", "adam", rates, **given)
    finally:
        for kept in (runs.model, runs.trained):
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
