"""The small transformer: its gradient is right, a place sees only what came before, and the text is cut fairly."""

import math

import numpy as np
import pytest

import firstorder as fo
from firstorder.problems.texts import BLOCK, EVERY, corpus, text, tokens
from firstorder.problems.transformer import Transformer


def moved(problem: Transformer, seed: int = 1) -> dict:
    """A point away from the start, whose head is zero, in float64."""
    rng = np.random.default_rng(seed)
    return {name: a.astype(float) + 0.1 * rng.normal(size=a.shape) for name, a in problem.start().items()}


def few(**settings) -> Transformer:
    x, y = np.random.default_rng(0).integers(0, 11, (2, 5, 7))
    return Transformer(x, y % settings.get("classes", 11), kinds=11, width=12, heads=3, **settings)


def along(problem: Transformer, name: str, seed: int = 2) -> tuple[float, float]:
    """The slope of the loss along a random direction of one parameter: by the gradient, and by central differences."""
    params, h = moved(problem), 1e-5
    direction = np.random.default_rng(seed).normal(size=params[name].shape)
    ends = [problem.value(params | {name: params[name] + side * direction}) for side in (h, -h)]
    return float((problem.gradient(params)[name] * direction).sum()), (ends[0] - ends[1]) / (2 * h)


# ── the model ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_gradient_by_hand_is_that_of_differences(layers):
    problem = few(layers=layers)
    for name in problem.start():
        by_hand, by_difference = along(problem, name)
        assert by_hand == pytest.approx(by_difference, rel=1e-6, abs=1e-9), name


def test_the_gradient_is_right_with_classes_that_are_not_the_tokens():
    problem = few(classes=4)
    for name in ("head", "tokens"):
        by_hand, by_difference = along(problem, name)
        assert by_hand == pytest.approx(by_difference, rel=1e-6), name


def test_no_place_sees_what_follows_it():
    problem = few()
    params, x = moved(problem), problem.x.copy()
    before = problem.scores(params, x)[0]
    x[:, 4] = (x[:, 4] + 1) % 11
    after = problem.scores(params, x)[0]
    np.testing.assert_array_equal(before[:, :4], after[:, :4])
    assert (abs(before[:, 4:] - after[:, 4:]).max(axis=-1) > 0).all()


def test_the_start_knows_nothing():
    data = corpus()
    problem = Transformer(data.x_train, data.y_train, kinds=len(data.names))
    assert problem.value(problem.start()) == pytest.approx(math.log(len(data.names)), rel=1e-6)
    assert all(array.dtype == np.float32 for array in problem.gradient(problem.start(), np.arange(2)).values())


def test_a_loss_without_a_batch_is_that_of_the_same_windows_every_time():
    problem = few()
    params = moved(problem)
    assert problem.value(params) == problem.value(params, np.arange(5))
    np.testing.assert_allclose(problem.losses(params, problem.x, problem.y).mean(), problem.value(params))


def test_windows_and_what_follows_must_fit():
    with pytest.raises(ValueError, match=r"of one shape \(n, T\), got \(3, 4\) and \(3,\)"):
        Transformer(np.zeros((3, 4), int), np.zeros(3, int), kinds=2)


def test_a_few_steps_learn_which_letters_are_frequent():
    data = corpus()
    path = fo.minimize(
        Transformer(data.x_train, data.y_train, kinds=len(data.names), width=16, layers=1),
        fo.Adam,
        lr=0.01,
        steps=40,
        batch_size=8,
        record_every=40,
        progress=False,
    )
    shares = data.counts[data.counts > 0] / data.counts.sum()
    assert path.values[-1] < -(shares * np.log(shares)).sum() + 0.1 < path.values[0] - 1


# ── the text ──────────────────────────────────────────────────────────────────────────────────────


def test_the_text_is_what_is_said_of_it():
    assert text().isascii()
    assert len(text()) <= 500_000
    assert text().startswith("ADVENTURE I. A SCANDAL IN BOHEMIA")
    assert "gutenberg" not in text().lower()


@pytest.mark.parametrize("by", ["characters", "words"])
def test_what_follows_a_token_is_the_next_token(by):
    data = corpus(by)
    np.testing.assert_array_equal(data.x_train[:, 1:], data.y_train[:, :-1])
    assert len(data.names) == len(set(data.names)) == len(data.counts)


@pytest.mark.parametrize("by", ["characters", "words"])
def test_parts_are_blocks_all_through_the_text_and_none_is_in_two(by):
    data, numbers = corpus(by), tokens(by)[0]
    windows = (len(numbers) - 1) // 32
    assert len(data.x_train) + len(data.x_test) == windows
    place = np.arange(windows) * 32 // BLOCK % EVERY
    whole = numbers[: windows * 32].reshape(windows, 32)
    np.testing.assert_array_equal(data.x_test, whole[place == 9])
    np.testing.assert_array_equal(data.x_train[-data.held_out :], whole[place == 4])
    assert all(0.06 < part / windows < 0.14 for part in (len(data.x_test), data.held_out))


def test_rare_words_are_one_kind():
    all_words, some = tokens("words")[0], tokens("words", 100)[0]
    np.testing.assert_array_equal(some, np.minimum(all_words, 99))
    assert tokens("words", 100)[1][-1] == "other"
