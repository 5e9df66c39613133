"""What is to be evaluated: the mean that Schedule-Free keeps, averages, slow weights, else the parameters."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import firstorder as fo


def noise(steps: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(steps, 4))


@pytest.mark.parametrize("put", [lambda p: p, lambda p: {"a": p}, lambda p: fo.Arena({"a": p})])
def test_schedule_free_sgd_evaluates_the_mean_of_its_z(put):
    # Defazio et al. (2024), equation 1: at a constant rate x is the plain mean of all z.
    params = put(np.full(4, 3.0))
    p = params if isinstance(params, np.ndarray) else params["a"]
    opt, z = fo.ScheduleFreeSGD(params, lr=0.4, momentum=0.9), np.full(4, 3.0)
    visited = []
    for t, e in enumerate(noise(50), start=1):
        g = p + e
        z = z - 0.4 * g
        visited.append(z)
        opt.step(put(g))
        y = p.copy()
        with opt.averaged():
            assert_allclose(p, np.mean(visited, axis=0), rtol=1e-12, atol=1e-13)
            with pytest.raises(RuntimeError, match="ScheduleFreeSGD: the averages are swapped in"):
                opt.step(put(g))
        assert_array_equal(p, y)
        assert opt.t == t


def test_schedule_free_adamw_evaluates_between_p_and_z():
    p = np.ones(4)
    opt = fo.ScheduleFreeAdamW(p, lr=0.1, beta1=0.8)
    for e in noise(20):
        opt.step(p + e)
    expected = (p - 0.2 * opt.state["z"]) / 0.8
    with opt.averaged():
        assert_allclose(p, expected, rtol=1e-15)


@pytest.mark.parametrize("around", [fo.ClipGlobalNorm, fo.SAM, fo.L2, lambda opt: fo.SkipLimit(fo.Maximize(opt))])
def test_wrappers_pass_on_what_is_to_be_evaluated(around):
    p = np.ones(4)
    opt = around(fo.ScheduleFreeSGD(p, lr=0.1))
    for e in noise(3):
        if opt.evaluations > 1:
            opt.perturb(e)
        opt.step(e)
    expected = (p - 0.1 * opt.state["z"]) / 0.9
    kept = p.copy()
    opt.swap()
    assert_allclose(p, expected, rtol=1e-15)
    opt.swap()
    assert_array_equal(p, kept)


def test_before_the_first_step_it_is_the_start_and_each_parameter_begins_by_itself():
    params = {"a": np.ones(2), "b": np.full(2, 5.0)}
    opt = fo.ScheduleFreeSGD(params, lr=0.1)
    with opt.averaged():
        assert_array_equal(params["a"], 1)
    opt.step({"a": np.ones(2), "b": None})
    with opt.averaged():
        assert_array_equal(params["b"], 5)


def test_without_a_place_between_there_is_no_mean_to_evaluate():
    opt = fo.ScheduleFreeSGD(np.ones(2), momentum=0.0)
    opt.step(np.ones(2))
    with pytest.raises(ValueError, match="the mean x is nowhere kept"), opt.averaged():
        pass
    assert opt.step(np.ones(2))


@pytest.mark.parametrize("key", sorted(set(fo.OPTIMIZERS) - {"schedule_free_sgd", "schedule_free_adamw"}))
def test_every_other_optimizer_evaluates_its_parameters(key):
    p = np.ones((2, 2))
    opt = fo.OPTIMIZERS[key](p)
    opt.step(np.ones((2, 2)))
    kept = p.copy()
    with opt.averaged():
        assert_array_equal(p, kept)
        with pytest.raises(RuntimeError):
            opt.state_dict()
    assert_array_equal(p, kept)
    opt.step(np.ones((2, 2)))


def test_lookahead_evaluates_its_slow_weights():
    p = np.ones(2)
    opt = fo.Lookahead(fo.SGD(p, lr=0.1), k=3)
    for _ in range(4):
        opt.step(np.ones(2))
    with opt.averaged():
        assert_array_equal(p, opt.state["slow"])
        assert_allclose(p, 0.85)
    assert_allclose(p, 0.75)


def test_sixteen_bits_are_evaluated_from_float32():
    p = np.ones(4, "f2")
    opt = fo.ScheduleFreeSGD(p, lr=0.1)
    for e in noise(5):
        opt.step(e.astype("f2"))
    expected = (p.astype("f4") - 0.1 * opt.state["z"]) / 0.9
    with opt.averaged():
        assert_array_equal(p, expected.astype("f2"))


def test_a_copy_made_inside_comes_out_of_it_by_itself():
    p = np.ones(2)
    opt = fo.ScheduleFreeSGD(p, lr=0.1)
    opt.step(np.ones(2))
    opt.step(np.ones(2))
    kept = p.copy()
    opt.swap()
    q, again = copy.deepcopy((p, opt))
    opt.swap()
    again.swap()
    assert_array_equal(q, kept)


def test_a_rule_of_ones_own_says_what_to_evaluate():
    @fo.optimizer(answer=lambda p, slow, share: p + share * (slow - p))
    def two_speeds(p, g, slow, *, lr=0.1, share=0.25):
        slow = slow - 0.1 * share * g
        p = p - lr * g
        return p, slow

    p = np.ones(1)
    opt = fo.Optimizer.of(two_speeds)(p)
    opt.step(np.ones(1))
    with opt.averaged():
        assert_allclose(p, 0.9 + 0.25 * (-0.025 - 0.9))
    with pytest.raises(fo.RuleError, match="answer reads 'q', which is no parameter, state or hyperparameter"):
        fo.optimizer(answer=lambda q: q)(two_speeds.function)


# ── minimize ──────────────────────────────────────────────────────────────────────────────────────────


class Noisy:
    start = (3.0, 3.0, 3.0, 3.0)

    def __init__(self):
        self.random = np.random.default_rng(0)

    def value(self, p):
        return float(p @ p) / 2

    def gradient(self, p):
        return p + self.random.normal(size=4)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: fo.ScheduleFreeSGD(p, lr=0.4),
        lambda p: fo.EMA(fo.SGD(p, lr=0.4), decay=0.9),
        lambda p: fo.SWA(fo.SGD(p, lr=0.4)),
        lambda p: fo.Lookahead(fo.SGD(p, lr=0.4), k=7),
        lambda p: fo.Adam(p, lr=0.1),
    ],
    ids=["schedule-free", "ema", "swa", "lookahead", "adam"],
)
def test_minimize_returns_the_point_to_evaluate_and_the_path_of_the_gradients(make):
    path = fo.minimize(Noisy(), make, steps=200)
    problem, p = Noisy(), np.full(4, 3.0)
    opt = make(p)
    for _ in range(200):
        opt.step(problem.gradient(p))
    assert_allclose(path.points[-1], p, rtol=1e-12)
    with opt.averaged():
        assert_allclose(path.params, p, rtol=1e-12, atol=1e-15)


def test_what_schedule_free_returns_is_better_than_where_its_gradients_were():
    path = fo.minimize(Noisy(), "schedule_free_sgd", steps=400, lr=0.4)
    assert Noisy().value(path.params) < 0.5 * np.mean(path.values[-50:])
