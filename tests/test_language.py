"""The comparison on language: what is stored is what the code gives, and the rules it makes up are what they say."""

import numpy as np
import pytest

import firstorder as fo
from firstorder.lab import language, language_results
from firstorder.lab.language_causes import Point, curvatures, noise
from firstorder.lab.language_rules import block_adam, normalised_momentum, row_adam
from firstorder.lab.results import row, stored
from firstorder.lab.walks import walk
from firstorder.problems.transformer import Transformer


def descended(rule, start: np.ndarray, gradients: np.ndarray, **hyper) -> np.ndarray:
    return walk(rule, gradients, start=start, **hyper)[-1]


# ── the rules that take one thing out of Adam ─────────────────────────────────────────────────────


@pytest.mark.parametrize(("rule", "shape"), [(block_adam, (1, 1)), (row_adam, (5, 1)), (row_adam, (5,))])
def test_without_neighbours_one_second_moment_for_all_is_adam(rule, shape):
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=shape), rng.normal(size=(20, *shape))
    ours, adams = (descended(each, start, gradients, lr=0.1) for each in (rule, "adam"))
    np.testing.assert_allclose(ours, adams, rtol=1e-12)


def test_one_second_moment_keeps_the_direction_of_a_block_and_of_each_row():
    g = np.random.default_rng(0).normal(size=(4, 6)) * 10.0 ** np.arange(4)[:, None]
    by_block, by_row = (-descended(each, np.zeros((4, 6)), [g], lr=1.0) for each in (block_adam, row_adam))
    np.testing.assert_allclose(by_block, g / np.sqrt((g**2).mean()), rtol=1e-6)
    np.testing.assert_allclose(by_row, g / np.sqrt((g**2).mean(axis=1, keepdims=True)), rtol=1e-6)


def test_normalised_momentum_does_not_see_how_long_a_gradient_is():
    rng = np.random.default_rng(0)
    gradients, lengths = rng.normal(size=(10, 7)), 10.0 ** rng.uniform(-3, 3, (10, 1))
    both = [descended(normalised_momentum, np.ones(7), g, lr=0.1) for g in (gradients, lengths * gradients)]
    np.testing.assert_allclose(*both, rtol=1e-12)


# ── what is compared ──────────────────────────────────────────────────────────────────────────────


def small(**settings) -> Transformer:
    x, y = np.random.default_rng(0).integers(0, 11, (2, 6, 5))
    return Transformer(x, y, kinds=11, width=8, heads=2, **settings)


def test_muon_gets_hidden_matrices_as_they_are_and_the_others_as_vectors():
    problem = language.Flat(small())
    params = problem.start(3)
    assert {name for name, array in params.items() if array.ndim == 1} >= {"tokens", "places", "head"}
    assert params["Q1"].shape == (8, 8)
    whole, flat = small().gradient(small().start(3)), problem.gradient(params)
    for name in params:
        np.testing.assert_array_equal(flat[name].ravel(), whole[name].ravel())


def test_groups_of_words_are_equally_frequent():
    counts = language.setting("groups").data.counts
    assert len(counts) == language.GROUPS
    assert counts.max() / counts.min() < 1.1
    assert language.setting("words").data.counts.max() / np.median(language.setting("words").data.counts) > 100


def test_fifths_have_the_most_frequent_first_and_a_fifth_each():
    counts = np.array([1, 50, 3, 40, 2, 4] + [10] * 10)
    group = language.fifths(counts)
    assert group[1] == 0
    assert group[[0, 2, 4]].tolist() == [4, 4, 4]
    assert (np.diff(group[np.argsort(-counts, kind="stable")]) >= 0).all()


# ── what is stored ────────────────────────────────────────────────────────────────────────────────


def test_every_comparison_is_stored_with_twenty_seeds_and_a_best_rate_inside_its_grid():
    found = stored("language")
    assert found["settings"]["seeds"] == list(language.SEEDS)
    assert len(language.SEEDS) == 20
    assert not set(language.SEEDS) & set(language.TUNING)
    for name, key in language.CELLS:
        cell = row(found, name, key)
        rates = [rate for rate, _ in cell["tuning"]]
        assert cell["edge"] is None
        assert min(rates) < cell["lr"] < max(rates)
        assert cell["diverged"] == 0
        assert np.array(cell["curves"]).shape == (20, language.STEPS // language.EVERY + 1)
    assert len(found["rows"]) == len(language.CELLS)


def test_a_stored_run_is_what_the_code_gives():
    cell = row(stored("language"), "characters", "adam")
    run = language.trained("characters", "adam", cell["lr"], language.SEEDS[0])
    np.testing.assert_allclose(run.losses[:2], cell["curves"][0][:2], atol=2e-3)
    np.testing.assert_allclose(run.losses, cell["curves"][0], atol=0.03)  # rounding grows from step to step
    losses, _ = language.judged("characters", "adam", run, "test")
    assert losses.mean() == pytest.approx(cell["test_loss"][0], abs=0.03)


def test_adam_makes_up_all_of_the_distance_and_momentum_none():
    assert language_results.closed("adam") == (1, 1, 1)
    assert language_results.closed("momentum") == (0, 0, 0)


def test_the_table_has_the_lowest_first():
    lines = language_results.table(["momentum", "adam"], str.upper).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| ADAM", "| MOMENTUM"]
    assert lines[2].endswith("| – |")


def test_a_curve_crosses_a_level_between_its_points():
    curve = np.array([4.0, 2.0, 1.0])
    assert language_results._crossing(curve, 3.0) == 0.5
    assert language_results._crossing(curve, 1.5) == 1.5
    assert language_results._crossing(curve, 0.5) == 2


# ── curvature and noise ───────────────────────────────────────────────────────────────────────────


class Bowl:
    """Two blocks whose curvatures are known, and noise in the gradient whose lengths are, too."""

    n_samples = 64

    def gradient(self, params, batch):
        shift = 3.0 if (batch == 0).any() else 0.0
        return {"a": np.diag([5.0, 1.0]) @ params["a"] + shift, "b": -2 * params["b"], "c": params["c"]}


def test_curvatures_are_those_of_each_matrix_alone():
    where = Point(Bowl(), {"a": np.ones((2, 3)), "b": np.ones((3, 3)), "c": np.ones(4)})
    found = curvatures(where, steps=30)
    assert found == pytest.approx({"a": 5, "b": 2}, rel=1e-6)


def test_noise_is_what_differs_from_the_mean():
    lengths = noise(Point(Bowl(), {"a": np.ones((2, 3)), "b": np.ones((3, 3)), "c": np.ones(4)}), draws=32, size=8)
    once = lengths > lengths.min() * 1.5
    assert once.sum() == 4  # one batch in eight has example 0
    assert lengths[once] == pytest.approx(3 * np.sqrt(6) * 7 / 8, rel=1e-5)


def test_the_network_writes_what_was_begun():
    params = language.setting("characters").make(*language.setting("characters").data[2:4]).start()
    written = language.continued(params, "To Sherlock Holmes she is always", 5)
    assert written.startswith("To Sherlock Holmes she is always")
    assert len(written) == 37


def test_rules_of_the_comparison_are_not_the_books_optimizers():
    assert not {"block_adam", "row_adam", "normalised_momentum"} & set(fo.OPTIMIZERS)
