"""Copies stay whole, whatever arrays are given; a step is taken whole or not at all."""

import copy
import pickle
import signal
import threading
import warnings

import ml_dtypes
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from test_checkpoint import same

import firstorder as fo
from firstorder.step.interrupt import uninterrupted

TRAVEL = pytest.mark.parametrize(
    "travel", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"]
)
WHOLE = [name for name, optimizer in fo.OPTIMIZERS.items() if not optimizer.rule.elementwise]


# ── copies ────────────────────────────────────────────────────────────────────────────────────────


@TRAVEL
def test_the_views_of_a_copied_arena_look_into_its_buffer(travel):
    arena = travel(fo.Arena({"w": np.zeros((2, 3)), "b": np.zeros(())}))
    arena.buffer[...] = 1
    assert_array_equal(arena["w"], np.ones((2, 3)))
    arena["b"][...] = 2
    assert arena.buffer[6] == 2


@TRAVEL
@pytest.mark.parametrize("around", [lambda opt: opt, fo.EMA], ids=["bare", "ema"])
@pytest.mark.parametrize("name", fo.OPTIMIZERS)
def test_a_copy_goes_on_as_the_original_on_its_own_arena(name, around, travel):
    """Also rules that take an arena's arrays one by one, and so hold views of it."""
    random = np.random.default_rng(0)
    arena = fo.Arena({"w": random.normal(size=(2, 3)), "b": random.normal(size=3)})
    opt = around(fo.OPTIMIZERS[name](arena))
    grads = [fo.Arena({"w": random.normal(size=(2, 3)), "b": random.normal(size=3)}) for _ in range(4)]
    for g in grads[:2]:
        opt.step(g)
    before = arena.buffer.copy()
    other_arena, other = travel((arena, opt))
    for g in grads[2:]:
        other.step(g)
    assert_array_equal(arena.buffer, before)
    for g in grads[2:]:
        opt.step(g)
    assert not np.array_equal(arena.buffer, before)
    assert_array_equal(other_arena.buffer, arena.buffer)
    assert_array_equal(other_arena["w"], arena["w"])
    assert same(other.state_dict(), opt.state_dict())


@TRAVEL
@pytest.mark.parametrize("name", ["sgd", "lamb"])
def test_a_copy_goes_on_with_the_arenas_inside_of_its_parameters(name, travel):
    given = {
        "encoder": fo.Arena({"w": np.zeros((2, 2)), "b": np.zeros(1)}),
        "heads": [np.zeros(3), fo.Arena([np.zeros(2)])],
    }
    copied, opt = travel((given, fo.OPTIMIZERS[name](given, lr=0.1)))
    opt.step({"encoder": {"w": np.ones((2, 2)), "b": np.ones(1)}, "heads": [np.ones(3), [np.ones(2)]]})
    assert (copied["encoder"]["w"] < 0).all()
    assert (copied["encoder"].buffer[4:] < 0).all()
    assert (copied["heads"][0] < 0).all()
    assert (copied["heads"][1].buffer < 0).all()
    assert not given["encoder"].buffer.any()


@TRAVEL
def test_a_copy_refuses_its_own_parameters_as_gradients_as_the_original_does(travel):
    ours, opt = travel((made := {"w": np.ones(3)}, fo.SGD(made, lr=1.0)))
    with pytest.raises(ValueError, match="shares memory with a parameter"):
        opt.step(ours)
    assert_array_equal(ours["w"], 1)
    opt.step({"w": np.ones(3)})
    assert_array_equal(ours["w"], 0)


def test_a_shallow_copy_would_share_the_state_and_is_refused():
    for opt in (fo.Adam(np.ones(2)), fo.EMA(fo.Adam(np.ones(2)))):
        with pytest.raises(TypeError, match=r"use copy\.deepcopy"):
            copy.copy(opt)


# ── arrays of other types ─────────────────────────────────────────────────────────────────────────


class Metres(np.ndarray):
    """Like a unit's: it refuses to be computed with."""

    def __array_ufunc__(self, *args, **kwargs):
        raise ArithmeticError("metres times what?")


def test_subclasses_of_arrays_are_stepped_as_plain_ones(tmp_path):
    mapped = np.memmap(tmp_path / "map", "float64", "w+", shape=(2, 2))
    grads = np.array([[0.1, 0.2], [0.3, 0.4]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        matrix = np.matrix(grads)
    for name in fo.OPTIMIZERS:
        plain = np.ones((2, 2))
        fo.OPTIMIZERS[name](plain).step(grads)
        for g in (matrix, grads.view(Metres)):
            for p in (np.ones((2, 2)), np.ones((2, 2)).view(type(g)), mapped):
                np.asarray(p)[...] = 1
                opt = fo.OPTIMIZERS[name](p)
                opt.step(g)
                assert_array_equal(np.asarray(p), plain)


def test_masked_arrays_are_refused_for_their_mask_would_be_ignored():
    masked = np.ma.masked_array([1.0, np.nan], mask=[False, True])
    with pytest.raises(TypeError, match=r"the gradient of 'array' is a masked array.*filled"):
        fo.SGD(np.ones(2)).step(masked)
    with pytest.raises(TypeError, match=r"parameter 'w' is a masked array"):
        fo.SGD({"w": masked})
    with pytest.raises(TypeError, match=r"arrays\['w'\] is a masked array"):
        fo.Arena({"w": masked})


# ── finite, in the dtype of the step ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("put", [lambda a: a, fo.Arena], ids=["array", "arena"])
def test_a_gradient_that_is_infinite_in_the_dtype_of_the_step_is_refused(dtype, put):
    p = np.ones(2, dtype)
    opt = fo.Adam(put({"w": p}))
    g = put({"w": np.array([1e300, 1.0])})
    with pytest.raises(FloatingPointError, match="the gradient of 'w' has NaN or infinite"):
        opt.step(g)
    opt.on_nonfinite = "skip"
    assert not opt.step(g)
    assert opt.t == 0
    assert_array_equal(p, 1)
    assert opt.step(put({"w": np.array([1e30, 1.0])}))


def test_a_gradient_that_clipping_makes_finite_passes():
    p = np.zeros(2, "float32")
    assert fo.ClipGlobalNorm(fo.SGD(p, lr=1.0), eps=0).step(np.array([3e300, 4e300]))
    np.testing.assert_allclose(p, [-0.6, -0.8], rtol=1e-6)


def test_a_partial_sum_that_would_overflow_is_left_out_and_the_next_steps_go_on():
    p = np.zeros(1, "float32")
    opt = fo.Accumulate(fo.SGD(p, lr=1.0, on_nonfinite="skip"), steps=3)
    taken = [opt.step(np.full(1, g, "float32")) for g in [3e38, 3e38, 1.0, 1.0, 3.0, 3.0, 3.0]]
    assert taken == [False, False, False, True, False, False, True]
    np.testing.assert_allclose(p, -1e38, rtol=1e-6)
    opt.on_nonfinite = "raise"
    opt.step(np.full(1, 3e38, "float32"))
    before = opt.state_dict()
    with pytest.raises(FloatingPointError, match="the sum of the gradients of 'array'"):
        opt.step(np.full(1, 3e38, "float32"))
    assert same(opt.state_dict(), before)


# ── whole or not at all ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("around", [lambda o: o, lambda o: fo.DecoupledDecay(o), lambda o: fo.EMA(fo.L2(o))])
def test_a_rule_that_fails_on_one_tensor_changes_none(around, monkeypatch):
    """A decomposition need not converge; then it says so in the middle of the step."""
    ours = {"a": np.eye(2), "b": np.eye(2)}
    opt = around(fo.SOAP(ours))
    for _ in range(2):
        opt.step({"a": np.eye(2), "b": np.ones((2, 2))})
    before = {n: p.copy() for n, p in ours.items()}, opt.state_dict()
    runs, run = [], type(opt.parameters.kind).whole

    def fail(self, step, arrays):
        runs.append(arrays)
        if len(runs) > 1:
            raise np.linalg.LinAlgError("did not converge")
        return run(self, step, arrays)

    with monkeypatch.context() as patch:
        patch.setattr(type(opt.parameters.kind), "whole", fail)
        with pytest.raises(np.linalg.LinAlgError):
            opt.step({"a": np.eye(2), "b": np.ones((2, 2))})
    assert same((ours, opt.state_dict()), before)
    assert opt.step({"a": np.eye(2), "b": np.ones((2, 2))})


@pytest.mark.parametrize("name", [n for n in WHOLE if fo.OPTIMIZERS[n].rule.joint])
def test_rules_on_all_arrays_at_once_take_both_kinds_of_16_bits_together(name):
    wide = [np.ones(2, "float32"), np.ones(3, "float32")]
    narrow = [np.ones(2, ml_dtypes.bfloat16), np.ones(3, np.float16)]
    opts = fo.OPTIMIZERS[name](wide), fo.OPTIMIZERS[name](narrow)
    for _ in range(3):
        opts[0].step([np.ones(2, "float32"), np.full(3, 0.5, "float32")])
        opts[1].step([np.ones(2, ml_dtypes.bfloat16), np.full(3, 0.5, np.float16)])
    for a, b in zip(wide, narrow, strict=True):
        np.testing.assert_allclose(b.astype("float32"), a, rtol=2**-7)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(
    "around", [lambda opt: opt, lambda opt: fo.EMA(fo.DecoupledDecay(opt))], ids=["bare", "wrapped"]
)
def test_ctrl_c_in_a_large_step_waits_until_it_is_whole(around, backend, monkeypatch):
    ours = {f"{i}": np.ones(40_000) for i in range(4)}
    grads = {n: np.ones(40_000) for n in ours}
    straight = {n: p.copy() for n, p in ours.items()}
    with fo.using(backend):
        opt, twin = around(fo.Adam(ours)), around(fo.Adam(straight))
        twin.step(grads)
        apply = fo.Optimizer.apply

        def interrupted(self, plan):
            signal.raise_signal(signal.SIGINT)
            return apply(self, plan)

        with monkeypatch.context() as patch:
            patch.setattr(fo.Optimizer, "apply", interrupted)
            with pytest.raises(KeyboardInterrupt):
                opt.step(grads)
        assert same((ours, opt.state_dict()), (straight, twin.state_dict()))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_does_not_wait():
    reached = []
    try:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            reached.append("after the first")
            signal.raise_signal(signal.SIGINT)
            reached.append("after the second")
    except KeyboardInterrupt:
        reached.append("out")
    assert reached == ["after the first", "out"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_large_steps_are_taken_in_any_thread():
    p = np.ones(100_000)
    opt = fo.SGD(p, lr=1.0)
    thread = threading.Thread(target=opt.step, args=(np.ones(100_000),))
    thread.start()
    thread.join()
    assert opt.t == 1


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("count", [1, 3, 50])
def test_a_parameter_that_is_read_only_by_now_is_refused_before_any_is_written(backend, count):
    params = {str(i): np.ones(4) for i in range(count)}
    grads = {name: np.ones(4) for name in params}
    with fo.using(backend):
        opt = fo.EMA(fo.SGD(params, lr=1.0))
        opt.step(grads)
        last = params[str(count - 1)]
        last.flags.writeable = False
        opt.load_state_dict(opt.state_dict())  # reads no parameter
        for act in (lambda: opt.step(grads), opt.swap, lambda: fo.SAM(opt).perturb(grads)):
            with pytest.raises(ValueError, match=f"parameter '{count - 1}' is read-only"):
                act()
        assert opt.t == 1
        assert all((p == 0).all() for p in params.values())
        last.flags.writeable = True
        assert opt.step(grads)
