"""Schedules have torch's values where torch has them, and their papers' where it has not."""

import copy
import json
import math
import pickle
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
    "cyclic": fo.Cyclic(0.1, 0.3, 4, 6, mode="triangular2"),
    "warmup": fo.Warmup(5, then=fo.Cosine(0.3, 20)),
    "one_cycle": fo.OneCycle(0.3, 40),
    "wsd": fo.WSD(0.3, 5, 10, 8, shape="1-sqrt"),
    "inverse_sqrt": fo.InverseSqrt(0.3, 8),
    "sequence": fo.Sequence((fo.Warmup(3, then=0.3), 0.2, fo.Cosine(0.2, 10)), (5, 12)),
    "product": fo.Product((0.5, fo.Cosine(0.6, 20), fo.Exponential(1.0, 0.9))),
    "reduce_on_plateau": fo.ReduceOnPlateau(0.3, patience=2),
}
EVERY = pytest.mark.parametrize("schedule", EXAMPLES.values(), ids=list(EXAMPLES))


def made(call: str) -> fo.Schedule:
    return eval(call, {c.__name__: c for c in SCHEDULES.values()})


def rates(schedule: fo.Schedule, steps: int) -> list[float]:
    return [schedule(t) for t in range(1, steps + 1)]


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
    assert set(STORED["versions"]) == {"torch", "optax"}


@pytest.mark.parametrize("case", STORED["optax"], ids=lambda case: f"{case['ours']} = {case['optax']}")
def test_step_t_has_the_rate_of_optax_at_count_t_minus_1(case):
    # optax computes in float32
    np.testing.assert_allclose(rates(made(case["ours"]), len(case["rates"])), case["rates"], rtol=1e-5, atol=1e-7)


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

    from firstorder import plots

    ax = plots.schedule(schedule, 30)
    try:
        (line,) = ax.get_lines()
        np.testing.assert_array_equal(line.get_xdata(), range(1, 31))
        np.testing.assert_array_equal(line.get_ydata(), [schedule(t) for t in range(1, 31)])
        assert plots.schedule(fo.Constant(0.2), 30, ax) is ax
        assert len(ax.get_lines()) == 2
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


# ── joined and multiplied ─────────────────────────────────────────────────────────────────────────


def test_sequence_begins_each_schedule_as_at_its_first_step():
    parts = fo.Exponential(0.3, 0.5), 0.1, fo.Cosine(0.2, 4)
    joined = rates(fo.Sequence(parts, (3, 5)), 10)
    assert joined == [*rates(parts[0], 3), 0.1, 0.1, *rates(parts[2], 5)]


def test_warmup_of_no_steps_is_what_comes_after_it():
    assert rates(fo.Warmup(0, then=fo.Cosine(0.3, 10)), 15) == rates(fo.Cosine(0.3, 10), 15)
    assert rates(fo.Warmup(0, then=0.1), 3) == [0.1] * 3
    assert rates(fo.WSD(0.3, 0, 4, 5), 12) == rates(fo.Warmup(0, then=fo.WSD(0.3, 0, 4, 5)), 12)


def test_a_sequence_of_a_rise_and_a_schedule_is_a_warmup():
    joined = fo.Sequence((fo.Warmup(4, then=0.3), fo.Cosine(0.3, 10)), (4,))
    assert rates(joined, 20) == rates(fo.Warmup(4, then=fo.Cosine(0.3, 10)), 20)


def test_schedules_and_numbers_multiply():
    a, b = fo.Cosine(0.3, 10), fo.Exponential(1.0, 0.9)
    assert rates(a * b, 12) == [x * y for x, y in zip(rates(a, 12), rates(b, 12), strict=True)]
    assert rates(0.1 * a, 12) == rates(a * 0.1, 12) == [0.1 * x for x in rates(a, 12)]
    assert (a * (lambda t: 2.0))(1) == 0.6
    assert 0.1 * a == fo.Product((0.1, a))


def test_cyclic_goes_up_and_down_between_its_rates():
    assert rates(fo.Cyclic(0.1, 0.5, 2, 4), 8) == pytest.approx([0.1, 0.3, 0.5, 0.4, 0.3, 0.2, 0.1, 0.3])
    assert rates(fo.Cyclic(0.0, 1.0, 1, mode="triangular2"), 6) == pytest.approx([0, 1, 0, 0.5, 0, 0.25])


@EVERY
def test_a_schedule_travels_and_is_then_the_same(schedule):
    for again in (pickle.loads(pickle.dumps(schedule)), copy.deepcopy(schedule)):
        assert again == schedule
        assert rates(again, 40) == rates(schedule, 40)


# ── the ends of what floats hold ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("schedule", "t"),
    [
        (fo.Exponential(1e-3, gamma=1.1), 10_000),
        (fo.StepDecay(1e-3, 1, gamma=2.0), 2_000),
        (fo.MultiStep(1e-3, range(1, 2_000), gamma=2.0), 2_000),
        (fo.Cyclic(0.1, 0.3, 4, mode="exp_range", gamma=1.1), 10_002),
        (0.5 * fo.Exponential(1e-3, gamma=1.1), 10_000),
    ],
)
def test_a_schedule_that_has_outgrown_the_floats_is_infinite_and_refused_by_the_optimizer(schedule, t):
    assert schedule(t) == math.inf
    opt = fo.SGD(np.zeros(1), lr=lambda _: schedule(t))
    with pytest.raises(ValueError, match="lr must be a finite number >= 0, got inf"):
        opt.step(np.ones(1))


def test_a_rate_of_zero_stays_zero_however_its_factor_grows():
    assert fo.Exponential(0.0, 2.0)(5_000) == fo.StepDecay(0.0, 1, 2.0)(5_000) == 0.0


@pytest.mark.parametrize("mode", ["min", "max"])
def test_plateau_relative_to_a_negative_best_asks_for_a_share_of_its_size(mode):
    sign = 1 if mode == "min" else -1
    equal = fo.ReduceOnPlateau(0.1, mode, patience=2)
    for _ in range(20):
        equal.report(-1.0)
    assert equal.current < 1e-6
    plateau = fo.ReduceOnPlateau(0.1, mode, threshold=0.1, patience=0)
    plateau.report(-1.0)
    for metric, better in [(-1.0 + 0.05 * sign, False), (-1.0 - 0.05 * sign, False), (-1.0 - 0.15 * sign, True)]:
        plateau.report(metric)
        assert (plateau.best == metric) is better


def test_plateau_takes_any_first_report_for_the_best_whatever_the_threshold():
    for metric in (0.0, -1e300, 1e300):
        for threshold in (0.0, 1.0, 2.0):
            plateau = fo.ReduceOnPlateau(0.1, threshold=threshold)
            plateau.report(metric)
            assert plateau.best == metric


# ── numbers of other kinds ────────────────────────────────────────────────────────────────────────


def test_numbers_are_taken_as_pythons_so_that_a_schedule_computes_in_float64():
    narrow = fo.Cosine(np.float32(0.1), np.int8(100))
    assert (type(narrow.lr), type(narrow.steps)) == (float, int)
    assert narrow(30) == fo.Cosine(float(np.float32(0.1)), 100)(30)
    assert fo.Warmup(np.uint8(100), then=np.float64(0.1))(300) == 0.1
    assert fo.Warmup(100, then=0.1)(np.uint8(200)) == 0.1
    assert fo.Exponential(0.1, 0.5)(np.uint8(1)) == 0.1
    assert repr(fo.Constant(np.float64(0.1))) == "Constant(lr=0.1)"
    assert type(fo.Warmup(1, then=lambda t: np.float32(0.1))(5)) is float


@pytest.mark.parametrize("value", [np.True_, b"0.1", np.timedelta64(1), 1j, np.array(0.1), np.array([0.1, 0.2]), None])
def test_what_is_no_number_is_refused_wherever_a_number_is_taken(value):
    for make in (
        fo.Constant,
        lambda v: fo.Warmup(3, then=v),
        lambda v: fo.Product((v,)),
        lambda v: 2 * fo.Product((v,)),
    ):
        with pytest.raises(TypeError, match="must be a finite number"):
            make(value)


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
        (lambda: fo.Sequence((0.1, 0.2), ()), ValueError, "milestones must be one less than the 2 schedules"),
        (lambda: fo.Sequence((0.1, 0.2), (-1,)), ValueError, "Sequence: each of milestones"),
        (lambda: fo.Sequence((0.1, 0.2, 0.3), (5, 3)), ValueError, "milestones must be in increasing order"),
        (lambda: fo.Sequence(0.1, ()), TypeError, "Sequence: schedules must be a sequence of schedules"),
        (lambda: fo.Product(()), TypeError, "Product: factors must be a sequence of schedules"),
        (lambda: fo.Product((0.1, "x")), TypeError, "Product: each of factors"),
        (lambda: fo.Cyclic(0.3, 0.1, 5), ValueError, "Cyclic: max_lr must be a finite number >= 0.3"),
        (lambda: fo.Cyclic(0.1, 0.3, 5, mode="saw"), ValueError, "Cyclic: mode must be one of 'triangular'"),
        (lambda: fo.ReduceOnPlateau(0.1).report("0.5"), TypeError, "metric must be a number, got '0.5'"),
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


def test_a_schedule_is_asked_once_a_step_from_the_first_step_on():
    asked = []

    def rate(t: int) -> float:
        asked.append(t)
        return 0.1

    opt = fo.AdaBound([np.ones(2), np.ones(3)], lr=rate)
    assert asked == []
    for _ in range(3):
        opt.step([np.ones(2), np.ones(3)])
    assert asked == [1, 2, 3]


@pytest.mark.parametrize("make", [lambda m: fo.MultiStep(0.1, m), lambda m: fo.Sequence((0.1, 0.2), m)])
@pytest.mark.parametrize("given", [5, None, "12"])
def test_milestones_that_are_no_sequence_are_refused_by_their_name(make, given):
    with pytest.raises(TypeError, match="milestones must be a sequence of steps, got"):
        make(given)


def test_a_cycle_without_height_stays_there_however_it_grows():
    assert fo.Cyclic(0.1, 0.1, 2, mode="exp_range", gamma=2.0)(10_002) == 0.1
