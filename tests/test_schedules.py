"""Schedules have torch's values where torch has them, and their papers' where it has not."""

import json
import math
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import numpy as np
import pytest

import firstorder as fo
from firstorder.schedules import SCHEDULES

STORED = json.loads((Path(__file__).parent / "goldens" / "schedules.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-12  # relative; torch multiplies its way from epoch to epoch, and this is its rounding

EXAMPLES = {
    "constant": fo.Constant(0.3),
    "step": fo.StepDecay(0.3, 7),
    "multi_step": fo.MultiStep(0.3, [4, 11]),
    "exponential": fo.Exponential(0.3, 0.9),
    "polynomial": fo.Polynomial(0.3, 25, power=2.0),
    "cosine": fo.Cosine(0.3, 25, end=0.01),
    "cosine_restarts": fo.CosineRestarts(0.3, 6, 2),
    "warmup": fo.Warmup(5, then=fo.Cosine(0.3, 20)),
    "one_cycle": fo.OneCycle(0.3, 40),
    "wsd": fo.WSD(0.3, 5, 10, 8, shape="1-sqrt"),
    "inverse_sqrt": fo.InverseSqrt(0.3, 8),
    "reduce_on_plateau": fo.ReduceOnPlateau(0.3, patience=2),
}
EVERY = pytest.mark.parametrize("schedule", EXAMPLES.values(), ids=list(EXAMPLES))


def made(call: str) -> fo.Schedule:
    return eval(call, {c.__name__: c for c in SCHEDULES.values()})


def test_every_schedule_is_public_and_has_an_example():
    assert set(EXAMPLES) == set(SCHEDULES) == set(fo.SCHEDULES)
    for name, schedule in EXAMPLES.items():
        assert type(schedule) is SCHEDULES[name] is getattr(fo, type(schedule).__name__)
        assert type(schedule).__name__ in fo.__all__
        assert "PyTorch" in type(schedule).__doc__


# ── torch ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", STORED["schedules"], ids=lambda case: f"{case['ours']} = {case['torch']}")
def test_step_t_has_the_rate_of_torch_at_epoch_t_minus_1(case):
    schedule = made(case["ours"])
    ours = [schedule(t) for t in range(1, len(case["rates"]) + 1)]
    np.testing.assert_allclose(ours, case["rates"], rtol=TOLERANCE, atol=TOLERANCE * 0.3)


@pytest.mark.parametrize("case", STORED["plateaus"], ids=lambda case: case["ours"])
def test_plateau_is_torchs_after_every_report(case):
    schedule = made(case["ours"])
    ours, reduced = [], []
    for metric in STORED["metrics"]:
        before = schedule(1)
        reduced.append(schedule.report(metric))
        ours.append(schedule(len(ours) + 1))
        assert reduced[-1] == (ours[-1] < before)
    assert any(reduced)
    np.testing.assert_allclose(ours, case["rates"], rtol=TOLERANCE)


def test_every_schedule_that_torch_has_is_compared_with_it():
    compared = {type(made(c["ours"])) for c in STORED["schedules"] + STORED["plateaus"]}
    assert set(SCHEDULES.values()) - compared == {fo.Constant, fo.InverseSqrt}
    assert set(STORED["versions"]) == {"torch"}


def test_cosine_stays_at_its_end_where_torch_2_13_rises_again():
    schedule, theirs = fo.Cosine(0.3, 10), STORED["beyond_cosine"]
    np.testing.assert_allclose([schedule(t) for t in range(1, 12)], theirs[:11], rtol=TOLERANCE, atol=1e-13)
    assert [schedule(t) for t in range(11, 17)] == [0.0] * 6
    assert theirs[15] == pytest.approx(0.15)


# ── papers ────────────────────────────────────────────────────────────────────────────────────────


def test_constant_is_constant():
    assert {fo.Constant(0.3)(t) for t in range(1, 50)} == {0.3}


@pytest.mark.parametrize(("d_model", "n"), [(512, 4000), (64, 7)])
def test_inverse_square_root_is_the_transformers(d_model, n):
    schedule = fo.InverseSqrt(d_model**-0.5 * n**-0.5, n)
    for t in (1, 2, n - 1, n, n + 1, 3 * n, 100 * n):
        assert schedule(t) == pytest.approx(d_model**-0.5 * min(t**-0.5, t * n**-1.5), rel=TOLERANCE)


def test_inverse_square_root_quarters_when_t_is_sixteen_times_as_large():
    assert fo.InverseSqrt(0.4, 10)(160) == pytest.approx(0.1, rel=TOLERANCE)


@pytest.mark.parametrize("shape", ["linear", "cosine", "1-sqrt"])
def test_wsd_ends_its_decay_at_the_end_and_stays(shape):
    schedule = fo.WSD(0.3, 4, 6, 8, end=0.03, shape=shape)
    assert [schedule(t) for t in range(1, 5)] == pytest.approx([0.06, 0.12, 0.18, 0.24])
    assert [schedule(t) for t in range(5, 12)] == pytest.approx([0.3] * 7)
    middle = {"linear": 0.165, "cosine": 0.165, "1-sqrt": 0.03 + 0.27 * (1 - 0.5**0.5)}[shape]
    assert schedule(15) == pytest.approx(middle)
    assert [schedule(t) for t in (19, 20, 1000)] == pytest.approx([0.03] * 3)


def test_wsd_is_a_warmup_and_a_polynomial():
    wsd, parts = fo.WSD(0.3, 4, 6, 8), fo.Warmup(4, then=lambda t: 0.3 if t <= 6 else fo.Polynomial(0.3, 8)(t - 6))
    assert [wsd(t) for t in range(1, 30)] == pytest.approx([parts(t) for t in range(1, 30)], rel=TOLERANCE)


def test_warmup_takes_no_step_with_zero_and_none_twice_on_the_way_up():
    rates = [fo.Warmup(5, then=fo.Cosine(0.6, 10))(t) for t in range(1, 7)]
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_warmups_compose():
    twice = fo.Warmup(2, then=fo.Warmup(2, then=0.9))
    assert [twice(t) for t in range(1, 7)] == pytest.approx([0.1, 0.2, 0.3, 0.6, 0.9, 0.9])


def test_warm_restarts_start_again_at_lr():
    schedule = fo.CosineRestarts(0.3, 5, multiplier=3)
    assert [schedule(t) for t in (1, 6, 21, 66)] == [0.3] * 4
    assert all(schedule(t) < 0.3 for t in range(1, 70) if t not in (1, 6, 21, 66))


def test_polynomial_of_power_0_falls_at_once_at_its_end():
    schedule = fo.Polynomial(0.3, 4, power=0.0)
    assert [schedule(t) for t in range(1, 7)] == [0.3, 0.3, 0.3, 0.3, 0.0, 0.0]


def test_one_cycle_stays_at_its_last_value():
    schedule = fo.OneCycle(0.5, 20)
    assert max(schedule(t) for t in range(1, 21)) == pytest.approx(0.5)
    assert schedule(1) == pytest.approx(0.02)
    assert schedule(20) == schedule(1000) == pytest.approx(0.02 / 1e4)


# ── as hyperparameters ────────────────────────────────────────────────────────────────────────────


@EVERY
def test_an_optimizer_takes_it_for_its_learning_rate(schedule):
    p = np.zeros(1)
    opt = fo.SGD(p, lr=schedule)
    for t in range(1, 31):
        before = p.copy()
        opt.step(np.ones(1))
        assert before[0] - p[0] == pytest.approx(schedule(t), abs=1e-15)


@EVERY
def test_values_are_finite_floats_without_a_jump_up_beyond_the_peak(schedule):
    values = [schedule(t) for t in range(1, 200)]
    assert all(type(v) is float and math.isfinite(v) and 0 <= v <= 0.3 + 1e-15 for v in values)


@EVERY
def test_repr_is_the_call_that_makes_it(schedule):
    again = made(repr(schedule))
    assert again == schedule
    assert [again(t) for t in range(1, 50)] == [schedule(t) for t in range(1, 50)]
    shown = [f.name for f in fields(schedule) if f.repr]
    assert all(f"{name}=" in repr(schedule) for name in shown)


@EVERY
@pytest.mark.parametrize("t", [0, -1, 0.5, float("nan")])
def test_steps_are_counted_from_one(schedule, t):
    with pytest.raises(ValueError, match=r"counted from 1, got"):
        schedule(t)


@EVERY
def test_a_schedule_is_frozen_unless_it_listens(schedule):
    if isinstance(schedule, fo.ReduceOnPlateau):
        return
    hash(schedule)
    with pytest.raises(FrozenInstanceError):
        schedule.lr = 1.0


@EVERY
def test_it_draws_its_own_values(schedule):
    pytest.importorskip("matplotlib").use("agg")
    pytest.importorskip("matplotlib_inline")
    import matplotlib.pyplot as plt

    ax = schedule.plot(30)
    try:
        (line,) = ax.get_lines()
        np.testing.assert_array_equal(line.get_xdata(), range(1, 31))
        np.testing.assert_array_equal(line.get_ydata(), [schedule(t) for t in range(1, 31)])
        assert fo.Constant(0.2).plot(30, ax=ax) is ax
        assert len(ax.get_lines()) == 2
        with pytest.raises(ValueError, match="steps of a plot"):
            schedule.plot(0)
    finally:
        plt.close("all")


def test_plateau_state_comes_back_exactly_or_not_at_all():
    whole, parts = (fo.ReduceOnPlateau(0.3, patience=1, cooldown=2) for _ in range(2))
    metrics = STORED["metrics"]
    for metric in metrics[:17]:
        whole.report(metric)
    parts.load_state_dict(json.loads(json.dumps(whole.state_dict())))
    for metric in metrics[17:]:
        assert whole.report(metric) == parts.report(metric)
    assert parts == whole
    kept = parts.state_dict()
    for wrong in (
        None,
        {},
        {**kept, "more": 1},
        {**kept, "cooling": -1},
        {**kept, "current": "x"},
        {**kept, "best": "x"},
    ):
        with pytest.raises(fo.StateError):
            parts.load_state_dict(wrong)
        assert parts.state_dict() == kept


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: fo.Constant(-1.0), ValueError, r"Constant: lr must be a finite number >= 0, got -1\.0"),
        (lambda: fo.Constant(float("nan")), ValueError, "Constant: lr"),
        (lambda: fo.Constant("0.1"), TypeError, "Constant: lr must be .*, got '0.1'"),
        (lambda: fo.StepDecay(0.1, 0), ValueError, "StepDecay: step_size must be a whole number >= 1, got 0"),
        (lambda: fo.StepDecay(0.1, 2.5), TypeError, "StepDecay: step_size"),
        (lambda: fo.MultiStep(0.1, (5, 3)), ValueError, "milestones must be in increasing order"),
        (lambda: fo.MultiStep(0.1, (0,)), ValueError, "each of milestones"),
        (lambda: fo.Exponential(0.1, float("inf")), ValueError, "Exponential: gamma"),
        (lambda: fo.Polynomial(0.1, 10, power=-1), ValueError, "Polynomial: power"),
        (lambda: fo.Cosine(0.1, True), TypeError, "Cosine: steps"),
        (lambda: fo.CosineRestarts(0.1, 5, 0), ValueError, "CosineRestarts: multiplier"),
        (lambda: fo.Warmup(5, then=-1.0), ValueError, "Warmup: then, unless it is a schedule"),
        (lambda: fo.Warmup(5, then=None), TypeError, "Warmup: then"),
        (lambda: fo.Warmup(5, then=0.1, start_factor=1.5), ValueError, "start_factor must be .* from 0 to 1, got 1.5"),
        (lambda: fo.OneCycle(0.1, 40, pct_start=0.01), ValueError, "leaves a phase without a step"),
        (lambda: fo.OneCycle(0.1, 40, pct_start=0.6, three_phase=True), ValueError, "leaves a phase without a step"),
        (lambda: fo.OneCycle(0.1, 40, anneal="cos"), ValueError, "anneal must be one of 'cosine', 'linear'"),
        (lambda: fo.WSD(0.1, 1, 1, 0), ValueError, "WSD: decay"),
        (lambda: fo.WSD(0.1, 1, 1, 1, shape="sqrt"), ValueError, "WSD: shape must be one of"),
        (lambda: fo.InverseSqrt(0.1, 0), ValueError, "InverseSqrt: warmup"),
        (lambda: fo.ReduceOnPlateau(0.1, mode="least"), ValueError, "mode must be 'min' or 'max', got 'least'"),
        (lambda: fo.ReduceOnPlateau(0.1, factor=1.0), ValueError, "factor"),
        (lambda: fo.ReduceOnPlateau(0.1, patience=-1), ValueError, "patience"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make()
