"""Wrappers on some parameters alone, with settings that are functions of t, and what they tell of a step."""

import copy
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import firstorder as fo

PUT = pytest.mark.parametrize("put", [dict, fo.Arena], ids=["arrays", "arena"])


def params(dtype="float64"):
    return {
        "one.weight": np.array([[1.0, -2.0], [3.0, 0.5]], dtype),
        "one.bias": np.array([0.5, -1.0], dtype),
        "two.weight": np.array([[2.0], [-1.0]], dtype),
    }


def ones(like):
    return {name: np.ones_like(array) for name, array in like.items()}


# ── some parameters alone ─────────────────────────────────────────────────────────────────────────────

WEIGHTS = {"one.weight", "two.weight"}
ONLY = {
    "patterns": "*.weight",
    "names": ["one.weight", "two.weight"],
    "a function": lambda name, p: p.ndim > 1,
}
SELECTIVE = {
    "maximize": lambda opt, **only: fo.Maximize(opt, **only),
    "scale_step": lambda opt, **only: fo.ScaleStep(opt, factor=0.25, **only),
    "clip_value": lambda opt, **only: fo.ClipValue(opt, max_value=0.25, **only),
    "clip_norm": lambda opt, **only: fo.ClipNorm(opt, max_norm=0.25, **only),
    "l2": lambda opt, **only: fo.L2(opt, weight_decay=0.5, **only),
    "decoupled_decay": lambda opt, **only: fo.DecoupledDecay(opt, weight_decay=0.5, **only),
    "fully_decoupled_decay": lambda opt, **only: fo.FullyDecoupledDecay(opt, weight_decay=0.5, lr_max=0.2, **only),
}


@PUT
@pytest.mark.parametrize("dtype", ["float64", "float16"])
@pytest.mark.parametrize("only", ONLY.values(), ids=ONLY)
@pytest.mark.parametrize("make", SELECTIVE.values(), ids=SELECTIVE)
def test_what_is_chosen_is_as_if_wrapped_and_the_rest_as_if_not(make, only, dtype, put):
    found, wrapped, plain = (put(params(dtype)) for _ in range(3))
    opts = [make(fo.Momentum(found, lr=0.1), only=only), make(fo.Momentum(wrapped, lr=0.1)), fo.Momentum(plain, lr=0.1)]
    for _ in range(3):
        for opt in opts:
            opt.step(put(ones(params(dtype))))
    for name in params():
        assert_array_equal(found[name], (wrapped if name in WEIGHTS else plain)[name])
        assert (wrapped[name] != plain[name]).any()


@PUT
def test_a_global_norm_is_of_what_is_chosen_alone(put):
    found = put(params())
    opt = fo.ClipGlobalNorm(fo.SGD(found, lr=1.0), max_norm=1.0, eps=0.0, only="one.*")
    before = {name: array.copy() for name, array in params().items()}
    opt.step(put(ones(params())))
    assert opt.norm == pytest.approx(6**0.5)
    for name, array in before.items():
        assert_allclose(array - found[name], 1 if name == "two.weight" else 6**-0.5, rtol=1e-14)


def test_groups_are_chosen_by_their_numbers():
    p, q = np.ones(2), np.ones(2)
    grouped = fo.SGD([{"params": p}, {"params": {"q": q}}], lr=1.0)
    opt = fo.L2(fo.L2(grouped, weight_decay=0.5, only=0), weight_decay=0.25, only=[1])
    opt.step([np.zeros(2), {"q": np.zeros(2)}])
    assert_array_equal(p, 0.5)
    assert_array_equal(q, 0.75)


@pytest.mark.parametrize("key", sorted(set(fo.WRAPPERS) - {"kahan"}))
def test_a_wrapper_takes_only_or_says_that_it_does_not(key):
    wrapper = fo.WRAPPERS[key]
    if wrapper.selective:
        with pytest.raises(ValueError, match=f"{wrapper.__name__}: only = 'thre..weight' fits no parameter; there are"):
            wrapper(fo.SGD(params()), only=["*.bias", "thre..weight"])
        with pytest.raises(ValueError, match="fits no parameter"):
            wrapper(fo.SGD(params()), only=lambda name, p: False)
        with pytest.raises(TypeError, match=r"only must be names.*got 2\.5"):
            wrapper(fo.SGD(params()), only=[2.5])
        with pytest.raises(TypeError, match=r"only must be names.*got 2\.5"):
            wrapper(fo.SGD(params()), only=2.5)
    else:
        with pytest.raises(TypeError, match="unknown setting 'only'"):
            wrapper(fo.SGD(params()), only="*")


def test_a_selection_is_kept_by_copies_and_pickles():
    opt = fo.DecoupledDecay(fo.SGD(params(), lr=0.1), weight_decay=1.0, only="*.bias")
    for again in (copy.deepcopy(opt), pickle.loads(pickle.dumps(opt))):
        again.step({name: np.zeros_like(array) for name, array in params().items()})
        changed = {slot.name for slot in again.parameters.slots if (slot.array != params()[slot.name]).any()}
        assert changed == {"one.bias"}


# ── functions of t ────────────────────────────────────────────────────────────────────────────────────


def test_a_decay_that_warms_up_forgets_the_first_steps_sooner():
    p = np.zeros(1)
    opt = fo.EMA(fo.SGD(p, lr=1.0), decay=lambda t: min(0.999, (1 + t) / (10 + t)))
    average = None
    for t in range(1, 30):
        opt.step(-np.ones(1))
        decay = min(0.999, (1 + t) / (10 + t))
        average = p[0] if average is None else decay * average + (1 - decay) * p[0]
        assert_allclose(opt.average, average, rtol=1e-14)


FUNCTIONS = {
    "clip_value": {"max_value": lambda t: 1 / t},
    "clip_norm": {"max_norm": lambda t: 1 / t},
    "clip_global_norm": {"max_norm": lambda t: 1 / t},
    "l2": {"weight_decay": lambda t: 0.1 * t},
    "decoupled_decay": {"weight_decay": lambda t: 0.1 * t},
    "fully_decoupled_decay": {"weight_decay": lambda t: 0.1 * t, "lr_max": 1.0},
    "lookahead": {"alpha": lambda t: 1 / (t + 1)},
    "ema": {"decay": lambda t: 1 - 1 / (t + 1)},
    "scale_step": {"factor": lambda t: 1 / t},
    "sam": {"rho": lambda t: 0.1 * t},
}


@pytest.mark.parametrize("key", FUNCTIONS)
def test_a_setting_that_is_a_function_is_the_number_of_each_step(key):
    p, q = params(), params()
    given = FUNCTIONS[key]
    scheduled = fo.WRAPPERS[key](fo.Momentum(p, lr=0.1), **given)
    numbers = {name: value(1) if callable(value) else value for name, value in given.items()}
    by_hand = fo.WRAPPERS[key](fo.Momentum(q, lr=0.1), **numbers)
    for t in range(1, 12):
        for name, value in given.items():
            if callable(value):
                setattr(by_hand, name, value(t))
        for opt in (scheduled, by_hand):
            if opt.evaluations > 1:
                opt.perturb(ones(p))
            opt.step({name: np.cos(t + array) for name, array in params().items()})
        for name in p:
            assert_array_equal(p[name], q[name])
    for name, array in by_hand.state.items():
        for one in params():
            assert_array_equal(scheduled.state[name][one], array[one])


def test_an_accumulation_may_grow_with_the_steps():
    opt = fo.Accumulate(fo.SGD(np.zeros(1), lr=1.0), steps=lambda t: t)
    assert [opt.step(np.ones(1)) for _ in range(6)] == [True, False, True, False, False, True]


def test_a_function_is_given_back_as_it_was_set_and_is_not_in_the_state():
    decay = fo.Constant(0.5)
    opt = fo.EMA(fo.SGD(np.zeros(1)), decay=decay)
    assert opt.decay is decay
    state = opt.state_dict()
    assert state["settings"] == {"decay": None}
    other = fo.EMA(fo.SGD(np.zeros(1)), decay=0.25)
    other.load_state_dict(state)
    assert other.decay == 0.25
    opt.decay = 0.75
    assert opt.decay == 0.75


def test_a_value_out_of_range_stops_the_step_before_anything_changes():
    p = np.ones(1)
    opt = fo.EMA(fo.SGD(p), decay=lambda t: 2.0)
    with pytest.raises(ValueError, match=r"EMA: decay must be a finite number from 0 to 1, got 2\.0"):
        opt.step(np.ones(1))
    assert p == 1
    assert opt.t == 0


@pytest.mark.parametrize(("make", "name"), [(fo.SWA, "start"), (fo.Lookahead, "k")])
def test_what_is_no_function_of_t_says_so(make, name):
    with pytest.raises(TypeError, match=f"{name} must be a whole number >= 1, got"):
        make(fo.SGD(np.ones(1)), **{name: lambda t: 1})


# ── norms ─────────────────────────────────────────────────────────────────────────────────────────────


@PUT
@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, math.inf])
def test_norms_are_of_any_type_and_may_only_be_measured(p, put):
    grads = {name: np.sin(3 * array) for name, array in params().items()}
    found = put(params())
    each = fo.ClipNorm(fo.SGD(found, lr=1.0), max_norm=math.inf, norm_type=p)
    opt = fo.ClipGlobalNorm(each, max_norm=math.inf, norm_type=p)
    assert opt.norm is None
    opt.step(put(grads))
    flat = np.concatenate([g.ravel() for g in grads.values()])
    assert opt.norm == pytest.approx(np.linalg.norm(flat, p), rel=1e-14)
    assert opt.norms == pytest.approx({name: np.linalg.norm(g.ravel(), p) for name, g in grads.items()}, rel=1e-14)
    for name, array in params().items():
        assert_array_equal(found[name], array - grads[name])


@pytest.mark.parametrize("p", [1.0, math.inf, 2.5])
def test_clipping_brings_the_norm_of_its_type_down(p):
    found = params()
    fo.ClipGlobalNorm(fo.SGD(found, lr=1.0), max_norm=0.5, eps=0.0, norm_type=p).step(ones(params()))
    moved = np.concatenate([(array - found[name]).ravel() for name, array in params().items()])
    assert np.linalg.norm(moved, p) == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize("p", [1.0, 2.0, 7.0, math.inf])
@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_a_norm_of_any_type_neither_overflows_nor_vanishes(p, size):
    opt = fo.ClipGlobalNorm(fo.SGD(np.zeros(3)), max_norm=math.inf, norm_type=p)
    opt.step(np.full(3, size))
    assert opt.norm == pytest.approx(size * 3 ** (1 / p), rel=1e-14)


def test_a_state_from_before_norms_had_types_is_still_loaded():
    opt = fo.ClipGlobalNorm(fo.SGD(np.ones(1)), max_norm=2.0, norm_type=1.0)
    old = opt.state_dict()
    del old["settings"]["norm_type"]
    old["settings"]["max_norm"] = 3.0
    opt.load_state_dict(old)
    assert (opt.max_norm, opt.norm_type) == (3.0, 1.0)
    with pytest.raises(fo.StateError):
        opt.load_state_dict({**old, "settings": {"eps": 1e-6}})


def test_an_infinite_setting_survives_a_file(tmp_path):
    opt = fo.ClipNorm(fo.SGD(np.ones(1)), max_norm=math.inf)
    opt.save(tmp_path / "state.npz")
    again = fo.ClipNorm(fo.SGD(np.ones(1)))
    again.load(tmp_path / "state.npz")
    assert again.max_norm == math.inf


# ── windows that are not full ─────────────────────────────────────────────────────────────────────────


@PUT
def test_a_flush_steps_with_the_mean_of_what_was_collected(put):
    p, q = put(params()), put(params())
    opt, whole = fo.Accumulate(fo.Momentum(p, lr=0.1), steps=4), fo.Accumulate(fo.Momentum(q, lr=0.1), steps=3)
    given = [{name: np.cos(t + array) for name, array in params().items()} for t in range(3)]
    for t, grads in enumerate(given):
        assert opt.collected == t
        assert opt.step(put(grads)) is False
        whole.step(put(grads))
    assert opt.flush() is True
    assert (opt.collected, opt.t) == (0, 1)
    for name in params():
        assert_allclose(p[name], q[name], rtol=1e-14)
    assert opt.flush() is False
    assert opt.t == 1


def test_a_flush_goes_through_every_wrapper():
    p = np.zeros(1)
    opt = fo.EMA(fo.Accumulate(fo.ClipValue(fo.SGD(p, lr=1.0), max_value=1.0), steps=5), decay=0.5)
    opt.step(-np.full(1, 4.0))
    assert opt.collected == 1
    assert opt.flush()
    assert_array_equal(p, 1)
    assert opt.n_averaged == 1
    assert fo.EMA(fo.SGD(p)).flush() is False


def test_a_flush_empties_windows_in_windows():
    p = np.zeros(1)
    opt = fo.Accumulate(fo.Accumulate(fo.SGD(p, lr=1.0), steps=3), steps=2)
    for g in (1.0, 3.0, 5.0):
        opt.step(-np.full(1, g))
    assert opt.collected == 1
    assert opt.flush()  # the mean of 1 and 3, and 5 alone
    assert_array_equal(p, 3.5)
    assert (opt.collected, opt.t) == (0, 1)


def test_a_flush_of_what_is_not_finite_is_refused_and_leaves_the_next_window_alone():
    p = np.zeros(1, "f4")
    opt = fo.Accumulate(fo.SGD(p, lr=1.0), steps=3)
    opt.step(np.ones(1, "f4"))
    with pytest.raises(FloatingPointError):
        opt.step(np.full(1, np.nan, "f4"))
    assert opt.flush()
    assert_array_equal(p, -1)
    assert [opt.step(np.ones(1, "f4")) for _ in range(3)] == [False, False, True]


# ── before there is an average ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("make", [lambda opt: fo.SWA(opt, start=100), lambda opt: fo.EMA(opt)], ids=["swa", "ema"])
def test_an_average_of_nothing_is_the_parameters_as_they_are(make):
    p = np.ones(2)
    opt = make(fo.SGD(p, lr=0.1))
    if isinstance(opt, fo.SWA):
        for _ in range(3):
            opt.step(np.ones(2))
    p += 5  # loaded from elsewhere
    kept = p.copy()
    with opt.averaged():
        assert_array_equal(p, kept)
        with pytest.raises(RuntimeError):
            opt.step(np.ones(2))
    assert_array_equal(opt.average, kept)
    assert_array_equal(opt.state["average"], kept)
    assert_array_equal(opt.state_dict()["parameters"]["array"]["average"], kept)


# ── scaled losses and skipped steps ───────────────────────────────────────────────────────────────────


def test_a_loss_scale_follows_amps_rule():
    # torch.amp.GradScaler's update: times the backoff after a bad step, times the growth after an interval of good ones
    p = np.zeros(1, "f4")
    opt = fo.LossScale(fo.SGD(p, lr=1.0), scale=1024.0, growth=4.0, backoff=0.25, interval=3)
    good, expected, found = 0, 1024.0, []
    for bad in [False, False, True, False, False, False, True, True, False, False, False, False]:
        before = p.copy()
        g = np.float32(np.inf if bad else -opt.scale)
        assert opt.scale == expected
        assert opt.step(np.full(1, g)) is not bad
        assert_array_equal(p - before, 0 if bad else 1)
        good = 0 if bad else good + 1
        expected *= 0.25 if bad else 4.0 if good == 3 else 1.0
        good %= 3
        found.append(opt.scale)
    assert found[-1] == expected


def test_small_gradients_survive_float16_by_a_scaled_loss():
    tiny = 1e-8  # 0 in float16
    p = np.zeros(1, "f4")
    assert np.float16(tiny) == 0
    opt = fo.LossScale(fo.SGD(p, lr=1.0))
    opt.step(np.array([opt.scale * tiny], "f2"))
    assert p == pytest.approx(-tiny, rel=1e-3)


@pytest.mark.parametrize("policy", ["raise", "skip", "ignore"])
def test_an_overflow_is_the_loss_scales_own_whatever_the_policy_and_whatever_is_around(policy):
    p = np.zeros(1)
    opt = fo.EMA(fo.LossScale(fo.ClipGlobalNorm(fo.Adam(p, on_nonfinite=policy)), scale=8.0))
    assert opt.step(np.full(1, np.nan)) is False
    assert (opt.scale, opt.t, opt.n_averaged) == (4.0, 0, 0)
    assert opt.step(np.ones(1))


def test_a_loss_scale_never_becomes_zero_or_infinite():
    opt = fo.LossScale(fo.SGD(np.zeros(1, "f4"), lr=0.0), scale=1e300, growth=1e10, interval=1)
    opt.step(np.ones(1, "f4"))
    opt.step(np.ones(1, "f4"))
    assert opt.scale == 1e300
    opt.scale = 1e-40
    for _ in range(40):
        opt.step(np.full(1, np.inf, "f4"))
    assert opt.scale > 0


def test_a_streak_of_skipped_steps_is_an_error_that_says_how_long_it_was():
    p = np.ones(1)
    opt = fo.SkipLimit(fo.Momentum(p, on_nonfinite="skip"), limit=2)
    bad = np.full(1, np.nan)
    for good in (False, False, True, False, False):
        assert opt.step(np.ones(1) if good else bad) is good
    assert opt.skipped == 2
    before = p.copy()
    for streak in (3, 4):
        with pytest.raises(FloatingPointError, match=f"{streak} steps in a row were skipped.*limit is 2; 1 steps"):
            opt.step(bad)
    assert_array_equal(p, before)
    assert opt.step(np.ones(1))
    assert opt.skipped == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda opt: fo.SkipLimit(fo.ClipValue(opt), limit=1),
        lambda opt: fo.ClipValue(fo.SkipLimit(opt, limit=1)),
        lambda opt: fo.SkipLimit(fo.LossScale(opt), limit=1),
        lambda opt: fo.SkipLimit(fo.Accumulate(opt, steps=2), limit=1),
        lambda opt: fo.Accumulate(fo.SkipLimit(opt, limit=1), steps=2),
    ],
)
def test_every_skipped_step_is_counted_once_wherever_it_is_seen(make):
    opt = make(fo.SGD(np.ones(1), on_nonfinite="skip"))
    assert opt.step(np.full(1, np.inf)) is False
    assert opt.skipped == 1
    with pytest.raises(FloatingPointError, match="2 steps in a row"):
        opt.step(np.full(1, np.inf))


def test_the_count_and_the_scale_are_in_the_state():
    def made():
        return fo.SkipLimit(fo.LossScale(fo.SGD(np.ones(1)), scale=8.0), limit=5)

    opt = made()
    opt.step(np.full(1, np.nan))
    again = made()
    again.load_state_dict(opt.state_dict())
    assert (again.skipped, again.scale) == (1, 4.0)


def test_sam_that_was_perturbed_by_a_bad_gradient_counts_as_skipped():
    opt = fo.SkipLimit(fo.SAM(fo.SGD(np.ones(1), on_nonfinite="skip")))
    assert opt.perturb(np.full(1, np.nan)) is False
    assert opt.step(np.ones(1)) is False
    assert opt.skipped == 1


# ── uphill ────────────────────────────────────────────────────────────────────────────────────────────


def test_one_side_of_a_game_goes_up_and_the_other_down():
    # x·y − y²/2 + x²/2: x minimises, y maximises, and both end at 0
    p = {"x": np.ones(1), "y": np.ones(1)}
    opt = fo.Maximize(fo.SGD(p, lr=0.1), only="y")
    for _ in range(200):
        opt.step({"x": p["x"] + p["y"], "y": p["x"] - p["y"]})
    assert abs(p["x"]) + abs(p["y"]) < 1e-6


def test_decay_shrinks_also_on_the_way_up():
    for make in (
        lambda o: fo.Maximize(fo.L2(o, weight_decay=0.5)),
        lambda o: fo.DecoupledDecay(fo.Maximize(o), weight_decay=0.5),
    ):
        p = np.ones(1)
        make(fo.SGD(p, lr=1.0)).step(np.zeros(1))
        assert_array_equal(p, 0.5)


def test_a_scaled_step_is_adams_at_another_rate():
    p, q = params(), params()
    scaled, plain = fo.ScaleStep(fo.Adam(p, lr=0.1), factor=0.25), fo.Adam(q, lr=0.025)
    for t in range(5):
        for opt in (scaled, plain):
            opt.step({name: np.cos(t + array) for name, array in params().items()})
    for name in p:
        assert_allclose(p[name], q[name], rtol=1e-13)


def test_a_number_beyond_all_floats_is_refused_by_its_name():
    opt = fo.SGD(np.ones(1))
    with pytest.raises(ValueError, match="L2: weight_decay must be a finite number"):
        fo.L2(opt, weight_decay=10**400)
    assert fo.Accumulate(opt, steps=10**400).steps == 10**400
    assert fo.ClipNorm(opt, max_norm=10**400).max_norm == math.inf
