"""Wrappers do what torch, optax and their papers do, compose, resume exactly, and refuse without a trace."""

import copy
import inspect
import json
import math
import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from goldens import load, unpack
from ml_dtypes import finfo
from numpy.testing import assert_array_equal
from test_checkpoint import same
from test_goldens import TOLERANCE, gap, replay

import firstorder as fo

BACKENDS = pytest.mark.parametrize("backend", ["numpy", "numba"])
GOLDENS = {golden.call: golden for golden in load()[1]}


def stored() -> tuple[dict, dict[str, list]]:
    with np.load(Path(__file__).parent / "goldens" / "wrappers.npz") as file:
        arrays = dict(file)
    about = json.loads(str(arrays.pop("about")))
    rows = {n: [unpack(row, about["shapes"]) for row in np.atleast_2d(a)] for n, a in arrays.items()}
    return about, rows


ABOUT, ROWS = stored()

#: One of each, around an optimizer.
MAKE = {
    "clip_value": lambda opt: fo.ClipValue(opt, max_value=0.5),
    "clip_norm": lambda opt: fo.ClipNorm(opt, max_norm=0.5),
    "clip_global_norm": lambda opt: fo.ClipGlobalNorm(opt, max_norm=0.5),
    "accumulate": lambda opt: fo.Accumulate(opt, steps=3),
    "l2": lambda opt: fo.L2(opt, weight_decay=0.1),
    "decoupled_decay": lambda opt: fo.DecoupledDecay(opt, weight_decay=0.1),
    "fully_decoupled_decay": lambda opt: fo.FullyDecoupledDecay(opt, weight_decay=0.1, lr_max=0.2),
    "lookahead": lambda opt: fo.Lookahead(opt, k=3),
    "sam": lambda opt: fo.SAM(opt),
    "ema": lambda opt: fo.EMA(opt, decay=0.9),
    "swa": lambda opt: fo.SWA(opt, start=3, every=2),
    "kahan": fo.Kahan,
    "maximize": lambda opt: fo.Maximize(opt),
    "scale_step": lambda opt: fo.ScaleStep(opt, factor=0.5),
    "loss_scale": lambda opt: fo.LossScale(opt, scale=8.0, interval=3),
    "skip_limit": lambda opt: fo.SkipLimit(opt, limit=2),
}


def everything(opt):
    decayed = fo.DecoupledDecay(fo.Accumulate(fo.L2(fo.ClipGlobalNorm(opt)), steps=2))
    return fo.EMA(fo.SAM(fo.Kahan(fo.Lookahead(decayed, k=2))))


EVERYTHING = {"everything": everything, "everything in bfloat16": everything}
MAKE_MORE = MAKE | EVERYTHING
EVERY = pytest.mark.parametrize("name", MAKE_MORE)


def is_sam(opt) -> bool:
    return any(isinstance(w, fo.SAM) for w in opt.chain())


def take(opt, grads) -> bool:
    """One step; a wrapper with SAM gets the same gradients twice."""
    if is_sam(opt):
        opt.perturb(grads)
    return opt.step(grads)


def params(dtype: str = "float64") -> dict[str, np.ndarray]:
    return {"w": np.linspace(-1, 1, 6).reshape(2, 3).astype(dtype), "b": np.array(0.5, dtype)}


def gradients(steps: int = 12, dtype: str = "float64") -> list[dict[str, np.ndarray]]:
    random = np.random.default_rng(3)
    return [
        {"w": random.normal(size=(2, 3)).astype(dtype), "b": np.array(random.normal(), dtype)} for _ in range(steps)
    ]


def dtype_for(name: str) -> str:
    if name.endswith("bfloat16"):
        return "bfloat16"
    return "float16" if name in ("kahan", *EVERYTHING) else "float64"


def test_every_wrapper_is_public_has_an_example_and_says_where_it_is_from():
    assert set(MAKE) == set(fo.WRAPPERS)
    for name, wrapper in fo.WRAPPERS.items():
        assert wrapper.key == name
        assert getattr(fo, wrapper.__name__) is wrapper
        assert wrapper.__name__ in fo.__all__
        assert any(word in inspect.getdoc(wrapper) for word in ("PyTorch", "optimi"))
        only = ["only"] if wrapper.selective else []
        assert list(inspect.signature(wrapper).parameters) == ["optimizer", *only, *wrapper.settings]


# ── other libraries ───────────────────────────────────────────────────────────────────────────────


@BACKENDS
@pytest.mark.parametrize("number", range(len(ABOUT["cases"])), ids=lambda n: ABOUT["cases"][n]["ours"])
def test_trajectory_is_that_of_the_library(number, backend):
    pytest.importorskip(backend)
    case = ABOUT["cases"][number]
    ours = [p.copy() for p in ROWS["start"][0]]
    opt = eval(
        case["ours"],
        {w.__name__: w for w in fo.WRAPPERS.values()}
        | {"opt": lambda name: getattr(fo, name)(ours, lr=ABOUT["lr"][0])},
    )
    path, states = [], []
    with fo.using(backend):
        for t, grads in enumerate(ROWS["gradients"], start=1):
            if t == ABOUT["lr_change"]:
                opt.lr = ABOUT["lr"][1]
            if isinstance(opt, fo.SAM):
                opt.perturb([p + g * np.cos(p) for p, g in zip(ours, grads, strict=True)])
                grads = [p + g * np.cos(p) for p, g in zip(ours, grads, strict=True)]
            opt.step(grads)
            path.append([p.copy() for p in ours])
            if case["state"]:
                states.append([np.array(s) for s in opt.state[case["state"]]])
    assert gap(path, ROWS[f"{number}.p"]) < TOLERANCE
    if case["state"]:
        first = opt.start - 1 if isinstance(opt, fo.SWA) else 0  # before, torch has the start, we where we are
        assert gap(states[first:], ROWS[f"{number}.{case['state']}"][first:]) < TOLERANCE


ADAMW = [g for g in GOLDENS.values() if g.rule == "adamw"]
FULLY = [g for g in GOLDENS.values() if g.rule == "fully_decoupled_adamw"]


@pytest.mark.parametrize("golden", ADAMW + FULLY, ids=lambda golden: golden.label)
def test_decay_around_adam_is_the_libraries_adamw_and_optimis_fully_decoupled(golden):
    given = dict(golden.hyperparameters)
    defaults = fo.OPTIMIZERS[golden.rule].rule.hyperparameters
    settings = {n: given.pop(n, defaults[n]) for n in ("weight_decay", "lr_max") if n in defaults}
    wrapper = fo.FullyDecoupledDecay if golden.rule.startswith("fully") else fo.DecoupledDecay
    ours = [p.copy() for p in golden.start]
    opt = wrapper(fo.Adam(ours, **given), **settings)
    path = []
    for t, grads in enumerate(golden.gradients, start=1):
        opt.lr = golden.lr_changes.get(t, opt.lr)
        opt.step(grads)
        path.append([p.copy() for p in ours])
    assert gap(path, golden.parameters) < TOLERANCE
    assert gap(path, replay(golden)[0]) < TOLERANCE


def test_the_goldens_of_fully_decoupled_decay_are_optimis():
    assert any("optimi" in golden.call for golden in FULLY)
    assert len(ADAMW) >= 2


# ── identities ────────────────────────────────────────────────────────────────────────────────────


def run(make, optimizer=fo.Adam, steps=12, start=None, **hyperparameters):
    ours = params() if start is None else start
    opt = make(optimizer(ours, **hyperparameters))
    for g in gradients(steps):
        take(opt, g) if isinstance(opt, fo.Wrapper) else opt.step(g)
    return ours, opt


def apart(a, b) -> float:
    return max(float(np.max(np.abs(a[n] - b[n]))) for n in a)


NEUTRAL = {
    "clip_value": lambda opt: fo.ClipValue(opt, max_value=1e9),
    "clip_norm": lambda opt: fo.ClipNorm(opt, max_norm=1e9),
    "clip_global_norm": lambda opt: fo.ClipGlobalNorm(opt, max_norm=1e9),
    "accumulate": lambda opt: fo.Accumulate(opt, steps=1),
    "l2": lambda opt: fo.L2(opt, weight_decay=0),
    "decoupled_decay": lambda opt: fo.DecoupledDecay(opt, weight_decay=0),
    "fully_decoupled_decay": lambda opt: fo.FullyDecoupledDecay(opt, weight_decay=0),
    "lookahead": lambda opt: fo.Lookahead(opt, k=100),
    "sam": lambda opt: fo.SAM(opt, rho=0),
    "ema": fo.EMA,
    "swa": fo.SWA,
}


@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam", "adamw", "nadam", "schedule_free_adamw"])
@pytest.mark.parametrize("name", NEUTRAL)
def test_a_wrapper_that_does_nothing_leaves_the_very_path(name, rule):
    bare, _ = run(lambda opt: opt, fo.OPTIMIZERS[rule])
    wrapped, opt = run(NEUTRAL[name], fo.OPTIMIZERS[rule])
    assert same(bare, wrapped)
    assert opt.t == 12


@pytest.mark.parametrize("rule", fo.OPTIMIZERS)
def test_every_optimizer_can_be_wrapped(rule):
    bare, _ = run(lambda opt: opt, fo.OPTIMIZERS[rule], steps=4)
    wrapped, opt = run(lambda o: fo.EMA(fo.SAM(fo.Accumulate(o, steps=1), rho=0)), fo.OPTIMIZERS[rule], steps=4)
    assert same(bare, wrapped)
    assert opt.t == 4
    assert {"sum", "average", *opt.inner.inner.inner.state} == set(opt.state)


def test_decoupled_wrapper_on_adam_is_adamw():
    path, _ = run(lambda opt: fo.DecoupledDecay(opt, weight_decay=0.3), lr=0.05)
    assert apart(path, run(lambda opt: opt, fo.AdamW, lr=0.05, weight_decay=0.3)[0]) < 1e-15


def test_fully_decoupled_is_decoupled_with_the_decay_over_lr_max():
    rate = fo.Cosine(0.05, 12)
    full, _ = run(lambda opt: fo.FullyDecoupledDecay(opt, weight_decay=0.01, lr_max=0.05), lr=rate)
    assert apart(full, run(lambda opt: fo.DecoupledDecay(opt, weight_decay=0.2), lr=rate)[0]) < 1e-15


def test_decay_by_a_schedule_is_by_the_rate_of_the_step():
    p = np.ones(1)
    opt = fo.DecoupledDecay(fo.SGD(p, lr=lambda t: 0.1 * t), weight_decay=1.0)
    for _ in range(3):
        opt.step(np.zeros(1))
    assert p[0] == pytest.approx(0.9 * 0.8 * 0.7, rel=1e-15)


def test_decay_by_groups_is_by_their_own_rates_and_spares_what_has_no_gradient():
    a, b, c = np.ones(1), np.ones(1), np.ones(1)
    opt = fo.DecoupledDecay(fo.SGD([{"params": [a, c]}, {"params": b, "lr": 0.5}], lr=0.1), weight_decay=1.0)
    opt.step([[np.zeros(1), None], np.zeros(1)])
    assert (a[0], b[0], c[0]) == (0.9, 0.5, 1.0)


def test_l2_is_the_gradient_of_the_penalty_and_not_decoupled_decay():
    l2, _ = run(lambda opt: fo.L2(opt, weight_decay=0.3), fo.SGD, lr=0.05)
    assert apart(l2, run(lambda opt: fo.DecoupledDecay(opt, weight_decay=0.3), fo.SGD, lr=0.05)[0]) < 1e-15
    adam, _ = run(lambda opt: fo.L2(opt, weight_decay=0.3), lr=0.05)
    assert apart(adam, run(lambda opt: fo.DecoupledDecay(opt, weight_decay=0.3), lr=0.05)[0]) > 1e-3


@pytest.mark.parametrize("k", [2, 3, 7])
def test_accumulating_micro_batches_is_one_batch_of_their_mean(k):
    whole, parts = params(), params()
    opt, collecting = fo.Adam(whole, lr=0.1), fo.Accumulate(fo.Adam(parts, lr=0.1), steps=k)
    drawn = gradients(4 * k)
    for i in range(4):
        batch = drawn[i * k : (i + 1) * k]
        opt.step({n: np.mean([g[n] for g in batch], axis=0) for n in whole})
        assert [collecting.step(g) for g in batch] == [False] * (k - 1) + [True]
        assert apart(whole, parts) < 1e-15
    assert collecting.t == 4


def test_accumulation_takes_none_for_zero_but_skips_what_has_no_gradient_at_all():
    a, b = np.zeros(1), np.zeros(1)
    opt = fo.Accumulate(fo.SGD([a, b], lr=1.0))
    opt.step([np.ones(1), None])
    opt.step([None, None])
    assert (a[0], b[0]) == (-0.5, 0.0)
    assert [e["t"] for e in opt.inner.state_dict()["parameters"].values()] == [1, 0]


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_lookahead_goes_a_share_of_the_way(alpha):
    p = np.array([1.0])
    opt = fo.Lookahead(fo.SGD(p, lr=0.1), k=4, alpha=alpha)
    for _ in range(4):
        opt.step(np.ones(1))
    assert p[0] == pytest.approx(1 - 0.4 * alpha, rel=1e-15)
    assert_array_equal(opt.state["slow"], p)


def test_sam_is_the_paper_written_out_by_hand():
    """f(x, y) = (x⁴ + 3 y²)/4 in exact fractions but for the root of the norm; SGD."""
    p = [np.array(1.0), np.array(-2.0)]
    opt = fo.SAM(fo.SGD(p, lr=0.1), rho=0.25)
    x, y = Fraction(1), Fraction(-2)
    for _ in range(4):
        opt.perturb([np.array(p[0] ** 3), np.array(1.5 * p[1])])
        opt.step([np.array(p[0] ** 3), np.array(1.5 * p[1])])
        gx, gy = x**3, y * 3 / 2
        scale = Fraction(1, 4) / Fraction(math.sqrt(gx**2 + gy**2))
        x, y = x - Fraction(1, 10) * (x + scale * gx) ** 3, y - Fraction(3, 20) * (y + scale * gy)
        x, y = x.limit_denominator(10**30), y.limit_denominator(10**30)
        assert (float(p[0]), float(p[1])) == pytest.approx((float(x), float(y)), rel=1e-14)


def test_sam_goes_rho_uphill_and_comes_back_to_the_last_bit():
    ours = params()
    before = {n: p.copy() for n, p in ours.items()}
    opt = fo.SAM(fo.Adam(ours), rho=0.25)
    assert opt.perturb(gradients()[0])
    moved = [ours[n] - before[n] for n in ours]
    assert math.sqrt(sum(float(np.sum(m**2)) for m in moved)) == pytest.approx(0.25)
    opt.restore()
    assert same(ours, before)
    opt.perturb({"w": np.zeros((2, 3)), "b": np.array(0.0)})
    assert same(ours, before)


def test_ema_and_swa_are_their_sums_written_out():
    p, q = np.ones(2), np.ones(2)
    ema, swa = fo.EMA(fo.SGD(p, lr=0.1), decay=0.8), fo.SWA(fo.SGD(q, lr=0.1), start=2, every=3)
    path = []
    for t in range(1, 13):
        g = np.array([t, -(t**2)], float)
        ema.step(g)
        swa.step(g)
        path.append(p.copy())
    weights = [0.8**11] + [0.2 * 0.8 ** (12 - t) for t in range(2, 13)]
    np.testing.assert_allclose(ema.average, np.einsum("t,ti->i", weights, path), rtol=1e-14)
    np.testing.assert_allclose(swa.average, np.mean(path[1::3], axis=0), rtol=1e-14)
    assert (ema.n_averaged, swa.n_averaged) == (12, 4)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_averages_are_swapped_in_and_out_to_the_last_bit(dtype):
    ours = params(dtype)
    opt = fo.EMA(fo.Adam(ours, lr=0.1), decay=0.5)
    for g in gradients(5, dtype):
        opt.step(g)
    kept, average = {n: p.copy() for n, p in ours.items()}, {n: a.copy() for n, a in opt.average.items()}
    assert apart(kept, average) > 1e-3
    with opt.averaged():
        assert same(ours, {n: a.astype(dtype) for n, a in average.items()})
        with pytest.raises(RuntimeError, match=r"EMA: the averages are swapped in"):
            opt.step(gradients(1, dtype)[0])
    assert same(ours, kept)
    assert same(opt.average, average)
    opt.step(gradients(1, dtype)[0])


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_norms_neither_overflow_nor_vanish(scale):
    p = [np.zeros(2), np.zeros(1)]
    opt = fo.ClipGlobalNorm(fo.SGD(p, lr=1.0), max_norm=scale, eps=0)
    opt.step([np.array([2.0, 3.0]) * scale, np.array([6.0]) * scale])
    assert opt.norm == pytest.approx(7 * scale)
    np.testing.assert_allclose(np.concatenate(p) / scale, [-2 / 7, -3 / 7, -6 / 7])


def test_zero_gradients_are_clipped_to_zero():
    for make in (fo.ClipNorm, fo.ClipGlobalNorm):
        p = np.ones(2)
        make(fo.SGD(p, lr=1.0), max_norm=0.0, eps=0.0).step(np.zeros(2))
        assert_array_equal(p, np.ones(2))


def test_order_says_what_is_clipped():
    small, mean = np.zeros(1), np.zeros(1)
    each = fo.ClipValue(fo.Accumulate(fo.SGD(small, lr=1.0)), max_value=1.0)
    whole = fo.Accumulate(fo.ClipValue(fo.SGD(mean, lr=1.0), max_value=1.0))
    for g in (4.0, -2.0):
        each.step(np.array([g]))
        whole.step(np.array([g]))
    assert (small[0], mean[0]) == (0.0, -1.0)


# ── 16 bits ───────────────────────────────────────────────────────────────────────────────────────


HALF = pytest.mark.parametrize("half", ["float16", "bfloat16"])


@HALF
def test_kahan_follows_float32_where_16_bits_stand_still(half):
    update, steps = 1e-4, 3000
    plain, compensated, wide = np.ones(1, half), np.ones(1, half), np.ones(1, "float32")
    opts = [fo.SGD(plain, lr=update), fo.Kahan(fo.SGD(compensated, lr=update)), fo.SGD(wide, lr=update)]
    for _ in range(steps):
        for opt in opts:
            opt.step(np.ones(1, half))
    assert plain[0] == 1
    assert wide[0] == pytest.approx(0.7, abs=1e-4)
    assert abs(float(compensated[0]) - float(wide[0])) <= np.spacing(np.dtype(half).type(0.7))
    k = float(opts[1].state["compensation"][0])
    # bfloat16: k is at most half a spacing below 1, ε/4, and is itself rounded, by half of its spacing of ε²/8 at most.
    rounding = 1e-4 if half == "float16" else steps * float(finfo(half).eps) ** 2 / 16
    assert abs(float(compensated[0]) + k - float(wide[0])) < rounding


def rounded(x: Fraction, dtype: str) -> Fraction:
    return Fraction(float(np.dtype(dtype).type(float(x))))


@HALF
def test_kahan_is_optimis_convention_in_exact_arithmetic(half):
    """u = k − lr g; θ' = fl(θ + u); k' = fl(u + (θ − θ')), fl rounding to 16 bits."""
    p = np.array([0.75], half)
    opt = fo.Kahan(fo.SGD(p, lr=2.0**-12))
    theta, k = Fraction(0.75), Fraction(0)
    for i in range(200):
        g = ((i * 37) % 11 - 3) / 4
        opt.step(np.array([g], half))
        u = k - Fraction(2.0**-12) * Fraction(g)
        nearest = rounded(theta + u, half)
        theta, k = nearest, rounded(u + (theta - nearest), half)
        assert (float(p[0]), float(opt.state["compensation"][0])) == (float(theta), float(k))


@HALF
def test_kahan_keeps_the_decay_that_is_inside_it(half):
    plain, inside = np.ones(1, half), np.ones(1, half)
    opts = [
        fo.DecoupledDecay(fo.SGD(plain, lr=0.1), weight_decay=1e-3),
        fo.Kahan(fo.DecoupledDecay(fo.SGD(inside, lr=0.1), weight_decay=1e-3)),
    ]
    for _ in range(2000):
        for opt in opts:
            opt.step(np.zeros(1, half))
    assert plain[0] == 1
    assert float(inside[0]) == pytest.approx((1 - 1e-4) ** 2000, abs=1e-3 if half == "float16" else 2.0**-8)


@HALF
def test_kahan_leaves_other_dtypes_alone(half):
    p = {"half": np.ones(2, half), "double": np.ones(2)}
    opt = fo.Kahan(fo.SGD(p, lr=0.1))
    opt.step({n: np.ones(2) for n in p})
    assert opt.state["compensation"]["double"] is None
    assert_array_equal(p["double"], [0.9, 0.9])
    assert p["half"].dtype == opt.state["compensation"]["half"].dtype == half


# ── structure, state, refusals ────────────────────────────────────────────────────────────────────


@BACKENDS
@EVERY
def test_array_sequence_mapping_arena_and_groups_take_one_path(name, backend):
    pytest.importorskip(backend)
    dtype = dtype_for(name)
    as_dict = params(dtype)
    as_list, as_arena, grouped = list(params(dtype).values()), fo.Arena(params(dtype)), params(dtype)
    with fo.using(backend):
        opts = [MAKE_MORE[name](fo.Adam(p, lr=0.1)) for p in (as_dict, as_list, as_arena)]
        opts.append(MAKE_MORE[name](fo.Adam([{"params": [grouped["w"]]}, {"params": grouped["b"]}], lr=0.1)))
        for g in gradients(8, dtype):
            for opt, grads in zip(opts, (g, list(g.values()), fo.Arena(g), [[g["w"]], g["b"]]), strict=True):
                take(opt, grads)
    for i, key in enumerate(as_dict):
        for other in (as_list[i], as_arena[key], grouped[key]):
            np.testing.assert_allclose(other, as_dict[key], rtol=1e-14 if dtype == "float64" else 1e-3)
    one = [np.ones(3, dtype), np.ones(3, dtype)]
    opts = [MAKE_MORE[name](fo.Adam(p, lr=0.1)) for p in (one[0], [one[1]])]
    for opt, grads in zip(opts, (np.full(3, 0.5, dtype), [np.full(3, 0.5, dtype)]), strict=True):
        for _ in range(4):
            take(opt, grads)
    assert_array_equal(*one)


@EVERY
def test_arrays_of_any_layout_take_one_path(name):
    dtype = dtype_for(name)
    plain = np.linspace(-1, 1, 12).reshape(3, 4).astype(dtype)
    strided, columns = np.zeros((6, 8), dtype)[::2, ::-2], np.asfortranarray(plain)
    strided[...] = plain
    opts = [MAKE_MORE[name](fo.Adam(p, lr=0.1)) for p in (plain, strided, columns)]
    for g in np.random.default_rng(1).normal(size=(8, 3, 4)).astype(dtype):
        for opt in opts:
            take(opt, g)
    for other in (strided, columns):
        np.testing.assert_allclose(other, plain, rtol=1e-14 if dtype == "float64" else 1e-3)


@pytest.mark.gpu
@EVERY
def test_cupy_arrays_take_the_path_of_numpy_arrays(name, cupy, tmp_path):
    dtype = dtype_for(name)
    ours = params(dtype)
    theirs = {n: cupy.asarray(p) for n, p in ours.items()}
    opts = [MAKE_MORE[name](fo.Adam(p, lr=0.1)) for p in (ours, theirs)]
    for g in gradients(8, dtype):
        take(opts[0], g)
        take(opts[1], {n: cupy.asarray(a) for n, a in g.items()})
    for n, p in theirs.items():
        np.testing.assert_allclose(p.get(), ours[n], rtol=1e-12 if dtype == "float64" else 2e-3)
    opts[1].save(tmp_path / "state.npz")
    opts[1].load(tmp_path / "state.npz")


@BACKENDS
@pytest.mark.parametrize("by", ["state_dict", "file"])
@EVERY
def test_a_run_split_at_any_step_is_the_whole_run(name, by, backend, tmp_path):
    pytest.importorskip(backend)
    dtype = dtype_for(name)
    with fo.using(backend):
        whole = params(dtype)
        opt = MAKE_MORE[name](fo.Adam(whole, lr=fo.Cosine(0.1, 12)))
        kept = []
        for i, g in enumerate(gradients(9, dtype)):
            opt.save(tmp_path / f"{i}.npz")
            kept.append(({n: p.copy() for n, p in whole.items()}, opt.state_dict()))
            take(opt, g)
        for split, (resumed_params, state) in enumerate(kept):
            resumed = MAKE_MORE[name](fo.Adam(resumed_params, lr=fo.Cosine(0.1, 12)))
            resumed.load(tmp_path / f"{split}.npz") if by == "file" else resumed.load_state_dict(state)
            for g in gradients(9, dtype)[split:]:
                take(resumed, g)
            assert same(resumed_params, whole), split
            assert same(resumed.state_dict(), opt.state_dict())


def test_settings_come_back_with_the_state():
    opt, other = (fo.EMA(fo.Accumulate(fo.SGD(np.ones(2))), decay=d) for d in (0.5, 0.9))
    opt.inner.steps = 7
    other.load_state_dict(opt.state_dict())
    assert (other.decay, other.steps) == (0.5, 7)


def snapshot(opt, ours):
    return {n: p.copy() for n, p in ours.items()}, opt.state_dict()


BAD = {
    "shape": ({"w": np.ones((2, 3)), "b": np.ones(2)}, ValueError),
    "missing": ({"w": np.ones((2, 3))}, ValueError),
    "nan": ({"w": np.full((2, 3), np.nan), "b": np.array(1.0)}, FloatingPointError),
    "infinite": ({"w": np.ones((2, 3)), "b": np.array(np.inf)}, FloatingPointError),
    "dtype": ({"w": np.ones((2, 3), int), "b": np.array(1.0)}, TypeError),
}


#: What takes note of a step that is skipped, and, of these, what skips it whatever the policy.
COUNTS_SKIPS = {"skip_limit": "counters", "loss_scale": "settings"}


@pytest.mark.parametrize("bad", BAD)
@EVERY
def test_a_refused_step_leaves_everything_as_it_was(name, bad):
    if name == "loss_scale" and bad in ("nan", "infinite"):
        pytest.skip("it skips such a step: see the next test but one")
    dtype = dtype_for(name)
    ours = params(dtype)
    opt = MAKE_MORE[name](fo.Adam(ours, lr=0.1))
    for g in gradients(5, dtype):
        take(opt, g)
    before = snapshot(opt, ours)
    grads, error = BAD[bad]
    with pytest.raises(error):
        take(opt, grads)
    assert same(snapshot(opt, ours), before)
    if is_sam(opt):
        opt.perturb(gradients(1, dtype)[0])
        with pytest.raises(error):
            opt.step(grads)
        assert same(snapshot(opt, ours), before)


@EVERY
def test_a_learning_rate_that_cannot_be_is_refused_before_anything_changes(name):
    dtype = dtype_for(name)
    ours = params(dtype)
    opt = MAKE_MORE[name](fo.Adam(ours, lr=lambda t: 0.1 if t < 3 else -1.0))
    collected = opt.steps if any(isinstance(w, fo.Accumulate) for w in opt.chain()) else 1
    drawn = gradients(3 * collected, dtype)
    for g in drawn[:-1]:
        take(opt, g)
    before = snapshot(opt, ours)
    with pytest.raises(ValueError, match="lr must be"):
        take(opt, drawn[-1])
    assert same(snapshot(opt, ours), before)
    assert opt.t == 2


@EVERY
def test_a_bad_step_is_skipped_whole_if_that_is_the_policy(name):
    dtype = dtype_for(name)
    ours = params(dtype)
    opt = MAKE_MORE[name](fo.Adam(ours, lr=0.1, on_nonfinite="skip"))
    for g in gradients(5, dtype):
        take(opt, g)
    before = snapshot(opt, ours)
    assert not take(opt, BAD["infinite"][0])
    after = snapshot(opt, ours)
    if name in COUNTS_SKIPS:  # and notes nothing else
        for part in {"counters", COUNTS_SKIPS[name]}:
            after[1][part] = before[1][part]
    assert same(after, before)
    take(opt, gradients(1, dtype)[0])


@EVERY
def test_foreign_and_damaged_states_are_refused_without_a_trace(name, tmp_path):
    dtype = dtype_for(name)
    ours = params(dtype)
    opt = MAKE_MORE[name](fo.Adam(ours, lr=0.1))
    for g in gradients(5, dtype):
        take(opt, g)
    before = snapshot(opt, ours)
    d = before[1]
    wrong = [
        None,
        {},
        fo.Adam(params(dtype)).state_dict(),
        {**d, "wrapper": "other"},
        {**d, "settings": {"nonsense": 1}},
        {**d, "settings": {**d["settings"], **dict.fromkeys(d["settings"], -1)}} if d["settings"] else None,
        {**d, "counters": {"nonsense": 1}},
        {**d, "parameters": {}},
        {**d, "parameters": {n: {**e, "more": 1} for n, e in d["parameters"].items()}},
        {**d, "inner": {}},
        {**d, "inner": {**d["inner"], "t": -1, "counters": {"x": 1}}},
    ]
    for state in wrong:
        with pytest.raises(fo.StateError):
            opt.load_state_dict(state)
        assert same(snapshot(opt, ours), before)
    with pytest.raises(fo.StateError, match="wrapper"):
        fo.Adam(params(dtype)).load_state_dict(d)
    opt.save(tmp_path / "state.npz")
    with pytest.raises(fo.StateError):
        fo.Adam(params(dtype)).load(tmp_path / "state.npz")
    opt.load(tmp_path / "state.npz")
    assert same(snapshot(opt, ours), before)


def test_hyperparameters_groups_and_state_are_reached_through_the_wrappers():
    p = np.ones(2)
    adam = fo.Adam(p, lr=0.1)
    opt = fo.EMA(fo.ClipGlobalNorm(adam))
    opt.lr, opt.max_norm, opt.decay, opt.on_nonfinite = 0.2, 3.0, 0.5, "skip"
    assert (adam.lr, opt.lr, opt.inner.max_norm, opt.decay, adam.on_nonfinite) == (0.2, 0.2, 3.0, 0.5, "skip")
    assert opt.groups is adam.groups
    assert opt.t == 0
    assert list(opt.state) == ["m", "v", "average"]
    clip = "ClipGlobalNorm(max_norm=3.0, eps=1e-06, norm_type=2.0)"
    assert repr(opt).startswith(f"<EMA(decay=0.5) of <{clip} of <Adam(lr=0.2")
    for wrong, value, error in (
        ("decay", 2.0, ValueError),
        ("max_norm", "1", TypeError),
        ("lr", -1, ValueError),
        ("lerning_rate", 1, AttributeError),
        ("state", {}, AttributeError),
    ):
        with pytest.raises(error):
            setattr(opt, wrong, value)
    with pytest.raises(AttributeError):
        _ = opt.nothing


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: fo.EMA(p), TypeError, "EMA: optimizer must be an optimizer or a wrapper"),
        (lambda p: fo.Wrapper(fo.SGD(p)), TypeError, "base class"),
        (
            lambda p: fo.EMA(fo.SGD(p), decay=1.5),
            ValueError,
            r"EMA: decay must be a finite number from 0 to 1, got 1\.5",
        ),
        (lambda p: fo.EMA(fo.SGD(p), rate=1), TypeError, "EMA: unknown setting 'rate'; it takes 'decay'"),
        (lambda p: fo.Lookahead(fo.SGD(p), k=0), ValueError, "Lookahead: k must be a whole number >= 1, got 0"),
        (lambda p: fo.Lookahead(fo.SGD(p), k=2.5), TypeError, "Lookahead: k must be a whole number"),
        (lambda p: fo.Accumulate(fo.SGD(p), steps=True), TypeError, "Accumulate: steps"),
        (lambda p: fo.SAM(fo.SGD(p), rho=float("nan")), ValueError, "SAM: rho"),
        (lambda p: fo.SAM(fo.SGD(p), rho=None), TypeError, "SAM: rho"),
        (lambda p: fo.FullyDecoupledDecay(fo.SGD(p, lr=lambda t: 1.0)), TypeError, "lr_max must be given"),
        (lambda p: fo.Kahan(fo.SGD(p)), TypeError, "at least one parameter must be float16"),
        (lambda p: fo.Kahan(fo.Kahan(fo.SGD(p.astype("float16")))), TypeError, "compensated already"),
        (lambda p: fo.Lookahead(fo.Kahan(fo.SGD(p.astype("float16")))), TypeError, r"Kahan\(Lookahead\(optimizer\)\)"),
    ],
)
def test_a_wrong_wrapping_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make(np.ones(2))


def test_sam_says_in_which_order_its_two_calls_come():
    opt = fo.SAM(fo.SGD(np.ones(2)))
    with pytest.raises(RuntimeError, match="call perturb"):
        opt.step(np.ones(2))
    opt.perturb(np.ones(2))
    with pytest.raises(RuntimeError, match="perturbed already"):
        opt.perturb(np.ones(2))
    with pytest.raises(RuntimeError, match="perturbed"):
        opt.state_dict()
    opt.step(np.ones(2))
    opt.state_dict()


# ── a reader's own ────────────────────────────────────────────────────────────────────────────────


class Centralize(fo.Wrapper):
    """Gradients less their mean over all axes but the first: Yong et al. (2020), equation 1."""

    transforms = True

    def gradients(self, pairs):
        def centred(g):
            return g - g.mean(axis=tuple(range(1, g.ndim)), keepdims=True) if g.ndim > 1 else g

        return self.mapped(centred, pairs)


class Trail(fo.Wrapper):
    """A reader's wrapper with everything that a wrapper may keep: how far each parameter has gone."""

    settings = {"every": fo.Setting(2, "steps between two looks", 1, whole=True)}  # noqa: RUF012
    arrays = ("path", "last")
    numbers = ("moved",)
    counters = ("looks",)

    def initial(self, name, slot):
        return slot.array if name == "last" else 0.0

    def after(self, plan):
        if self.t % self.every == 0:
            self.kept.counters["looks"] += 1
            for i, ((slot, path), (_, last)) in enumerate(zip(self.each("path"), self.each("last"), strict=True)):
                path += abs(slot.array - last)
                last[...] = slot.array
                self.kept.numbers["moved"][i] += 1


def test_the_example_of_a_wrapper_is_the_one_that_is_tested():
    def code(text):
        return [line for line in inspect.cleandoc(text).splitlines() if line.strip() and "equation" not in line]

    source = code(inspect.getsource(Centralize))
    assert len(source) <= 10
    documented = code(inspect.getdoc(fo.Wrapper).split("\n\n", 1)[1].split("opt = fo.EMA")[0])
    assert [line.strip() for line in documented] == [line.strip() for line in source]


def test_own_wrappers_are_known_by_their_class_and_not_listed():
    assert (Centralize.key, Trail.key) == ("centralize", "trail")
    assert Centralize not in fo.WRAPPERS.values()
    assert list(inspect.signature(Trail).parameters) == ["optimizer", "every"]
    assert isinstance(fo.EMA(Centralize(fo.SGD(np.ones(2)))), fo.step.Stepper)
    assert isinstance(fo.SGD(np.ones(2)), fo.step.Stepper)

    class EMA(fo.EMA):
        """A reader's variation on one of the package's."""

    opt = EMA(fo.SGD(np.ones(2)), decay=0.5)
    opt.step(np.ones(2))
    assert opt.n_averaged == 1
    assert fo.WRAPPERS["ema"] is fo.EMA


@pytest.mark.parametrize("put", [lambda p: p, fo.Arena], ids=["arrays", "arena"])
def test_centralized_gradients_have_no_mean(put):
    ours = put(params())
    opt = Centralize(fo.SGD(ours, lr=1.0))
    opt.step(put({"w": np.array([[1.0, 2, 6], [4, 5, 0]]), "b": np.array(7.0)}))
    moved = params()["w"] - ours["w"]
    assert_array_equal(np.round(moved, 12), [[-2, -1, 3], [1, 2, -3]])
    assert ours["b"] == -6.5


@pytest.mark.parametrize("around", [Trail, lambda opt: everything(Trail(opt)), lambda opt: Trail(fo.EMA(opt))])
@pytest.mark.parametrize("by", ["file", "pickle", "copy"])
def test_own_wrappers_are_saved_pickled_and_composed_like_any(around, by, tmp_path):
    ours = params("float16")
    opt = around(Centralize(fo.Adam(ours, lr=0.1)))
    for g in gradients(6, "float16"):
        take(opt, g)
    if by == "file":
        opt.save(tmp_path / "state.npz")
        others = {n: p.copy() for n, p in ours.items()}
        other = around(Centralize(fo.Adam(others, lr=0.1)))
        other.load(tmp_path / "state.npz")
    else:
        others, other = pickle.loads(pickle.dumps((ours, opt))) if by == "pickle" else copy.deepcopy((ours, opt))
    assert same(other.state_dict(), opt.state_dict())
    for g in gradients(6, "float16"):
        take(opt, g)
        take(other, g)
    assert same(others, ours)
    assert same(other.state_dict(), opt.state_dict())
    assert opt.state["path"]["w"].any()


def test_what_a_wrapper_may_not_do_is_refused_before_anything_changes():
    with pytest.raises(TypeError, match="Bad: setting 'plan' is the name of a member of every wrapper"):
        type("Bad", (fo.Wrapper,), {"settings": {"plan": fo.Setting(1.0, "taken")}})

    class Reshape(fo.Wrapper):
        def gradients(self, pairs):
            return [(slot, g[:1]) for slot, g in pairs]

    p = np.ones(2)
    with pytest.raises(ValueError, match="Reshape: gradients must return 'array' in its shape"):
        Reshape(fo.SGD(p)).step(np.ones(2))
    assert_array_equal(p, 1)


@pytest.mark.parametrize(
    "around", [lambda o: fo.SAM(fo.Accumulate(o, steps=4)), lambda o: fo.Accumulate(fo.SAM(o), steps=4)]
)
def test_a_short_window_of_sam_is_flushed_without_another_gradient(around):
    p = np.zeros(1)
    opt = around(fo.SGD(p, lr=1.0, on_nonfinite="skip"))
    for good in (1.0, 1.0, np.nan):
        opt.perturb(np.full(1, good))
        opt.step(np.ones(1))
    assert opt.collected == 2
    assert opt.flush()
    assert p == -1
    opt.perturb(np.ones(1))
    opt.step(np.ones(1))
    opt.perturb(np.ones(1))
    assert opt.flush()  # goes back first
    assert p == -2
    with pytest.raises(RuntimeError, match="call perturb"):
        opt.step(np.ones(1))


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (lambda pairs: None, TypeError, "Odd: gradients must return pairs of a slot and its gradient, got None"),
        (lambda pairs: [g for _, g in pairs], TypeError, "Odd: gradients must return pairs of a slot"),
        (lambda pairs: [(s, g + 1j) for s, g in pairs], TypeError, "Odd: gradients must return 'w' as .*complex128"),
        (lambda pairs: [(s, g.astype(object)) for s, g in pairs], TypeError, "Odd: gradients must return 'w' as"),
        (lambda pairs: [(s, None) for s, _ in pairs], ValueError, "Odd: gradients must return 'w' in its shape"),
    ],
)
@BACKENDS
def test_what_a_hook_returns_is_checked(backend, returned, error, message):
    class Odd(fo.Wrapper):
        def gradients(self, pairs):
            return returned(pairs)

    params = {"w": np.ones(3)}
    with fo.using(backend), pytest.raises(error, match=message):
        Odd(fo.Adam(params)).step({"w": np.ones(3)})
    assert_array_equal(params["w"], 1)


def test_what_a_hook_returns_may_be_a_generator():
    class Twice(fo.Wrapper):
        def gradients(self, pairs):
            return ((slot, 2 * g) for slot, g in pairs)

    p = np.zeros(1)
    Twice(fo.SGD(p, lr=1.0)).step(np.ones(1))
    assert p == -2


def test_a_group_that_the_inner_optimizer_got_is_kept_from_before_its_first_step():
    late = np.zeros(1)
    inner = fo.SGD([{"params": np.zeros(1)}], lr=1.0)
    opt = fo.Lookahead(inner, k=2, alpha=0.5)
    inner.add_param_group({"params": late})
    for _ in range(2):
        opt.step([np.ones(1)] * 2)
    assert late == -1


def test_arrays_and_numbers_of_one_name_are_refused():
    # They would be one entry of a state, which could be saved and not loaded.
    with pytest.raises(TypeError, match="'seen' cannot be the name of both"):
        type("Twice", (fo.Wrapper,), {"arrays": ("sum", "seen"), "numbers": ("seen",)})
