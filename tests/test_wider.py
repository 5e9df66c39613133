"""Beyond the digits: a deeper network, tables of embeddings and a fine-tuning have right gradients and honest data."""

import numpy as np
import pytest

import firstorder as fo
from firstorder.lab import wider
from firstorder.lab.language_rules import lazy_adam, row_adagrad
from firstorder.lab.results import row, stored
from firstorder.lab.trial import train
from firstorder.lab.walks import walk
from firstorder.problems import gradient_error
from firstorder.problems.deep import DeepConvolutionalNetwork
from firstorder.problems.embeddings import EmbeddingTables, neighbours

RNG = np.random.default_rng(0)
FILES = {
    "moved": ("moved",),
    "turned": ("fine_tuning", "from_scratch"),
    "neighbours": ("neighbours",),
}


# ── a deeper convolution ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("filters", [(3,), (3, 5), (2, 3, 4)])
def test_gradient_of_layers_of_convolutions_is_the_limit_of_differences(filters):
    x, y = RNG.random((6, 64)), np.array([0, 1, 2, 3, 2, 1])
    network = DeepConvolutionalNetwork(x, y, filters)
    point = {name: p + 0.1 * RNG.normal(size=p.shape) for name, p in network.start(1).items()}
    assert gradient_error(network, point) < 1e-8


def test_a_layer_is_scipys_correlation_its_positive_part_and_means():
    ndimage = pytest.importorskip("scipy.ndimage", reason="SciPy is not installed")
    x = RNG.random((2, 16))
    network = DeepConvolutionalNetwork(x, np.array([0, 1]), filters=(3,))
    params = network.start(0)
    params["b1"] += (0.1, -0.2, 0.3)
    for image, scores in zip(x.reshape(2, 4, 4), network.scores(params, x)[0], strict=True):
        z = [
            ndimage.correlate(image, params["W1"][:, c].reshape(3, 3), mode="constant") + params["b1"][c]
            for c in range(3)
        ]
        cells = np.stack(z, axis=-1).clip(0).reshape(2, 2, 2, 2, 3).mean(axis=(1, 3))
        np.testing.assert_allclose(scores, cells.ravel() @ params["W"] + params["b"], rtol=1e-12)


def test_images_that_cannot_be_halved_often_enough_are_refused():
    with pytest.raises(ValueError, match="halved 2 times, got 36 pixels"):
        DeepConvolutionalNetwork(np.zeros((3, 36)), np.arange(3))


# ── tables of embeddings ──────────────────────────────────────────────────────────────────────────


def test_gradient_of_tables_is_the_limit_of_differences_and_zero_for_rows_not_met():
    x, y = RNG.integers(0, 9, (40, 2)), RNG.integers(0, 2, 40)
    tables = EmbeddingTables(x, y, kinds=12, width=3, dtype="float64")
    point = {name: RNG.normal(size=p.shape) for name, p in tables.start().items()}
    assert gradient_error(tables, point) < 1e-8
    batch = np.arange(5)
    for name, column in (("left", 0), ("right", 1)):
        met = np.unique(x[batch, column])
        unmet = np.delete(tables.gradient(point, batch)[name], met, axis=0)
        assert not unmet.any()
        assert tables.gradient(point, batch)[name][met].all()


def test_numbers_outside_of_the_tables_are_refused():
    with pytest.raises(ValueError, match="pairs of numbers from 0 to 3"):
        EmbeddingTables(np.array([[0, 4]]), np.array([1]), kinds=4)


def test_frequency_says_nothing_of_a_pair_of_words_and_blocks_of_text_are_kept_apart():
    data, held_out = neighbours(kinds=300)
    cut = len(data.y_train) - held_out
    for x, y in (
        (data.x_train[:cut], data.y_train[:cut]),
        (data.x_train[cut:], data.y_train[cut:]),
        (data.x_test, data.y_test),
    ):
        for column in (0, 1):
            counts = [np.bincount(x[y == label, column], minlength=300) for label in (0, 1)]
            np.testing.assert_array_equal(*counts)
    assert data.x_train.max() == 298  # the kind of all other words is in no pair
    counts = np.bincount(data.x_train[:, 0])
    assert counts.max() > 50 * np.median(counts)


def descended(rule, start: np.ndarray, gradients: np.ndarray, **hyper) -> np.ndarray:
    return walk(rule, gradients, start=start, **hyper)[-1]


def test_lazy_adam_is_adam_where_there_always_is_a_gradient_and_still_where_there_is_none():
    start, gradients = RNG.normal(size=(6, 4)), RNG.normal(size=(15, 6, 4))
    np.testing.assert_allclose(*(descended(rule, start, gradients, lr=0.1) for rule in (lazy_adam, "adam")), rtol=1e-12)
    gradients[3:, 2] = 0  # row 2 is met three times
    found = descended(lazy_adam, start, gradients, lr=0.1)
    np.testing.assert_array_equal(found[2], descended(lazy_adam, start, gradients[:3], lr=0.1)[2])
    assert not np.array_equal(found[2], descended("adam", start, gradients, lr=0.1)[2])


def test_row_adagrad_is_adagrad_for_rows_of_one_number_and_turns_no_row():
    start, gradients = RNG.normal(size=(6, 1)), RNG.normal(size=(15, 6, 1))
    np.testing.assert_allclose(*(descended(rule, start, gradients, lr=0.1) for rule in (row_adagrad, "adagrad")))
    g = RNG.normal(size=(4, 5))
    step = descended(row_adagrad, np.zeros((4, 5)), [g], lr=1.0)
    np.testing.assert_allclose(step, -g / np.sqrt((g**2).mean(axis=1, keepdims=True)))


# ── moved and turned digits ───────────────────────────────────────────────────────────────────────


def test_moved_digits_are_the_digits_elsewhere_and_turned_ones_are_turned():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    data, upright = wider.moved(), wider.upright()
    np.testing.assert_array_equal(data.y_train, upright.y_train)
    for fields, images in ((data.x_train, upright.x_train), (data.x_test, upright.x_test)):
        assert fields.shape == (len(images), 144)
        np.testing.assert_array_equal(np.sort(fields)[:, -64:], np.sort(images))
    quarter = wider.turned(90).x_test[:20].reshape(-1, 8, 8)
    np.testing.assert_allclose(quarter, np.rot90(upright.x_test[:20].reshape(-1, 8, 8), axes=(1, 2)), atol=1e-6)


def test_a_fine_tuning_starts_at_what_reads_upright_digits_and_has_not_seen_those_it_learns_from():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    data, few = wider.upright(), wider.turned()
    tuned = wider.FineTuned(few.x_train, few.y_train)
    start = tuned.start(0)
    upright, turned = (tuned.accuracy(start, x, data.y_test) for x in (data.x_test, few.x_test))
    assert upright > 0.95 > turned + 0.1
    start["b"] += 1
    assert not np.array_equal(tuned.start(0)["b"], start["b"])  # each run has a copy of its own


# ── what is stored ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", FILES)
def test_every_row_has_twenty_seeds_that_did_not_choose_and_a_best_rate_inside_its_grid(name):
    found = stored(name)
    assert found["settings"]["seeds"] == list(wider.SEEDS)
    assert len(wider.SEEDS) == 20
    assert not set(wider.SEEDS) & set(wider.TUNING)
    keys = wider.TABLES if name == "neighbours" else wider.NETWORKS
    assert {(r["problem"], r["optimizer"]) for r in found["rows"]} == {(p, key) for p in FILES[name] for key in keys}
    for each in found["rows"]:
        factors = [factor for factor, _ in each["tuning"]]
        assert each["edge"] is None
        assert min(factors) < each["factor"] < max(factors)
        assert each["diverged"] == 0
        assert len(each["accuracy"]) == 20


def test_stored_runs_are_what_the_code_gives():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    few, seed = wider.turned(), wider.SEEDS[0]
    settings = stored("turned")["settings"]
    for problem, make in (("fine_tuning", wider.FineTuned), ("from_scratch", DeepConvolutionalNetwork)):
        cell = row(stored("turned"), problem, "momentum")
        given = {name: settings[name] for name in ("steps", "batch_size")}
        run = train(make(few.x_train, few.y_train), fo.Momentum, lr=cell["lr"], seed=seed, **given)
        test = make(few.x_test, few.y_test)
        assert test.value(run.params) == pytest.approx(cell["test_loss"][0], rel=0.02)
        assert test.accuracy(run.params) == pytest.approx(cell["accuracy"][0], abs=0.01)


def test_a_stored_run_of_the_tables_is_what_the_code_gives():
    (data, _), found = neighbours(), stored("neighbours")
    cell, steps = row(found, "neighbours", "adam"), found["settings"]["steps"]
    run = train(
        EmbeddingTables(data.x_train, data.y_train, kinds=2000),
        fo.Adam,
        lr=cell["lr"],
        steps=steps,
        batch_size=found["settings"]["batch_size"],
        seed=wider.SEEDS[0],
    )
    test = EmbeddingTables(data.x_test, data.y_test, kinds=2000)
    assert test.value(run.params) == pytest.approx(cell["test_loss"][0], rel=1e-3)
