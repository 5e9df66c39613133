"""An optimizer updates in place whatever structure it is given, and every step is whole or not at all."""

import copy
import inspect
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from samples import RULES

import firstorder as fo

EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", fo.OPTIMIZERS.values(), ids=fo.OPTIMIZERS)
EVERY_RULE = pytest.mark.parametrize("optimizer", [fo.Optimizer.of(rule) for rule in RULES.values()], ids=RULES)
CPU = pytest.mark.parametrize("backend", ["numpy", "numba"])


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def everything(opt: fo.Optimizer, params) -> list:
    """All that a step may change, as bytes."""
    d = opt.state_dict()
    leaves = params.values() if isinstance(params, dict) else params
    states = [{k: v.tobytes() if hasattr(v, "tobytes") else v for k, v in e.items()} for e in d["parameters"].values()]
    return [[p.tobytes() for p in leaves], d["t"], d["groups"], states]


# ── structure ─────────────────────────────────────────────────────────────────────────────────────


def test_every_structure_of_parameters_takes_the_same_steps():
    w, b = normal(4, 3), normal(3, seed=1)
    gw, gb = normal(5, 4, 3, seed=2), normal(5, 3, seed=3)
    arena = fo.Arena({"w": w, "b": b})
    structures = {
        "arrays": ([w.copy(), b.copy()], lambda t: [gw[t], gb[t]]),
        "tuple": ((w.copy(), b.copy()), lambda t: (gw[t], gb[t])),
        "mapping": ({"w": w.copy(), "b": b.copy()}, lambda t: {"b": gb[t], "w": gw[t]}),
        "groups": ([{"params": {"w": w.copy()}}, {"params": b.copy()}], lambda t: [{"w": gw[t]}, gb[t]]),
        "arena": (arena, lambda t: fo.Arena({"w": gw[t], "b": gb[t]})),
        "mapping with gradients in an arena": (
            {"w": w.copy(), "b": b.copy()},
            lambda t: fo.Arena({"w": gw[t], "b": gb[t]}),
        ),
    }
    alone = w.copy(), b.copy()
    separate = [fo.Adam(p, lr=0.1) for p in alone]
    for params, gradient in structures.values():
        opt = fo.Adam(params, lr=0.1)
        for t in range(5):
            assert opt.step(gradient(t)) is True
    for t in range(5):
        for opt, g in zip(separate, (gw[t], gb[t]), strict=True):
            opt.step(g)
    for name, (params, _) in structures.items():
        if name == "groups":
            params = [params[0]["params"]["w"], params[1]["params"]]
        leaves = params.views if isinstance(params, fo.Arena) else params
        leaves = leaves.values() if isinstance(leaves, dict) else leaves
        for ours, expected in zip(leaves, alone, strict=True):
            assert_array_equal(ours, expected, err_msg=name)


def test_state_is_put_together_as_the_parameters_are():
    w, b = np.ones((2, 3)), np.ones(3)
    assert fo.Adam(w).state["m"].shape == (2, 3)
    assert [m.shape for m in fo.Adam([w, b]).state["m"]] == [(2, 3), (3,)]
    assert {n: m.shape for n, m in fo.Adam({"w": w, "b": b}).state["m"].items()} == {"w": (2, 3), "b": (3,)}
    assert fo.Adam([{"params": {"w": w}}, {"params": b}]).state["m"][0]["w"].shape == (2, 3)
    assert fo.Adam(fo.Arena({"w": w, "b": b})).state["m"]["w"].shape == (2, 3)


def test_scalar_state_is_a_number_for_each_parameter():
    opt = fo.Optimizer.of(RULES["running_product"])([np.ones(2), np.ones(3)])
    assert opt.state["product"] == [1.0, 1.0]
    opt.step([np.ones(2), None])
    moved, frozen = opt.state["product"]
    assert moved == pytest.approx(0.9 * (1 - 0.5 * 0.96**0.004), rel=1e-15)
    assert frozen == 1.0


@CPU
@EVERY_OPTIMIZER
def test_the_callers_own_memory_is_updated(optimizer, backend):
    p = normal(5, 4)
    view, address, before = p.ravel(), p.ctypes.data, p.copy()
    with fo.using(backend):
        opt = optimizer(p)
        state = {name: opt.state[name].ctypes.data for name in opt.rule.state}
        opt.step(normal(5, 4, seed=1))
        opt.step(normal(5, 4, seed=1))  # ADOPT's first does not move
    assert p.ctypes.data == address
    assert (view.reshape(5, 4) != before).all()
    assert {name: opt.state[name].ctypes.data for name in opt.rule.state} == state


@EVERY_OPTIMIZER
def test_gradients_are_not_changed(optimizer):
    g = normal(6)
    kept = g.copy()
    optimizer(np.ones(6)).step(g)
    assert_array_equal(g, kept)


def test_groups_have_hyperparameters_of_their_own():
    slow, fast = np.ones(3), np.ones(3)
    opt = fo.SGD([{"params": slow}, {"params": fast, "lr": 0.5}], lr=0.25)
    opt.step([np.ones(3), np.ones(3)])
    assert_array_equal(slow, 0.75)
    assert_array_equal(fast, 0.5)
    opt.groups[0]["lr"] = 0.5
    opt.step([np.ones(3), np.ones(3)])
    assert_array_equal(slow, 0.25)
    with pytest.raises(AttributeError, match="lr differs between the groups"):
        _ = fo.SGD([{"params": np.ones(1)}, {"params": np.ones(1), "lr": 0.5}]).lr


def test_the_gradient_of_a_number_may_be_a_numpy_scalar():
    # NumPy's arithmetic on an array of shape () gives a scalar, so this is what a gradient of it looks like.
    p = np.array(3.0)
    fo.SGD(p, lr=0.5).step(2 * p)
    assert p == 0


# ── hyperparameters ───────────────────────────────────────────────────────────────────────────────


def test_hyperparameters_can_be_read_and_set():
    opt = fo.Adam(np.ones(2), lr=0.1)
    assert (opt.lr, opt.beta1, opt.beta2, opt.eps) == (0.1, 0.9, 0.999, 1e-8)
    opt.lr = 0.2
    opt.beta1 = 0.5
    assert opt.groups[0]["lr"] == opt.lr == 0.2
    assert dict(opt.groups[0]) == {"lr": 0.2, "beta1": 0.5, "beta2": 0.999, "eps": 1e-8}


def test_a_hyperparameter_that_is_set_acts_from_the_next_step():
    p = np.zeros(1)
    opt = fo.SGD(p, lr=1.0)
    opt.step(np.ones(1))
    opt.lr = 0.25
    opt.step(np.ones(1))
    assert p[0] == -1.25


def test_a_schedule_is_called_with_the_step_being_taken_from_one():
    p, seen = np.zeros(1), []
    opt = fo.SGD(p, lr=lambda t: seen.append(t) or 1 / t)
    seen.clear()  # the class may look at the first value beforehand
    for _ in range(4):
        opt.step(np.ones(1))
    assert seen == [1, 2, 3, 4]
    assert_allclose(p, -(1 + 1 / 2 + 1 / 3 + 1 / 4))


@EVERY_OPTIMIZER
def test_every_hyperparameter_may_be_a_function_of_t(optimizer):
    given = {n: v or 0.5 for n, v in optimizer.rule.hyperparameters.items()}
    constant, scheduled = np.ones(4), np.ones(4)
    opts = optimizer(constant, **given), optimizer(scheduled, **{n: lambda t, v=v: v for n, v in given.items()})
    for t in range(3):
        for opt in opts:
            opt.step(normal(4, seed=t))
    assert_array_equal(constant, scheduled)


def test_a_schedule_that_fails_midway_changes_nothing():
    def failing(t: int) -> float:
        if t > 2:
            raise RuntimeError("no more rates")
        return 0.1

    params = [np.ones(3), np.ones(3)]
    opt = fo.Adam([{"params": params[0]}, {"params": params[1], "lr": failing}])
    for _ in range(2):
        opt.step([np.ones(3), np.ones(3)])
    before = everything(opt, params)
    with pytest.raises(RuntimeError, match="no more rates"):
        opt.step([np.ones(3), np.ones(3)])
    assert everything(opt, params) == before
    opt.groups[1]["lr"] = 0.1
    opt.step([np.ones(3), np.ones(3)])
    assert opt.t == 3


@pytest.mark.parametrize("value", [-0.1, float("nan"), "fast", None, 1j])
def test_a_schedule_that_gives_what_is_not_allowed_changes_nothing(value):
    params = [np.ones(3)]
    opt = fo.Adam(params, lr=lambda t: 0.1 if t < 3 else value)
    for _ in range(2):
        opt.step([np.ones(3)])
    before = everything(opt, params)
    with pytest.raises((ValueError, TypeError), match="lr must be"):
        opt.step([np.ones(3)])
    assert everything(opt, params) == before


def test_initial_state_may_be_a_hyperparameter():
    opt = fo.AdaGrad([{"params": np.ones(2)}, {"params": np.ones(2), "initial_accumulator_value": 0.5}])
    assert_array_equal(opt.state["G"][0], 0)
    assert_array_equal(opt.state["G"][1], 0.5)


# ── None ──────────────────────────────────────────────────────────────────────────────────────────


@CPU
@EVERY_RULE
def test_none_freezes_parameter_state_and_counter(optimizer, backend):
    frozen, moving = normal(4), normal(4)
    with fo.using(backend):
        opt = optimizer({"frozen": frozen, "moving": moving})
        opt.step({"frozen": normal(4, seed=1), "moving": normal(4, seed=1)})
        kept, state = frozen.copy(), opt.state_dict()["parameters"]["frozen"]
        opt.step({"frozen": None, "moving": normal(4, seed=1)})
    assert_array_equal(frozen, kept)
    now = opt.state_dict()["parameters"]["frozen"]
    assert all(np.array_equal(now[key], state[key]) for key in state)
    assert opt.t == 2
    assert (frozen != moving).all()


def test_bias_correction_follows_the_count_of_the_parameter_itself():
    gradients = normal(5, 3)
    interrupted, steady, other = np.ones(3), np.ones(3), np.ones(3)
    opt, alone = fo.Adam([interrupted, other], lr=0.1), fo.Adam(steady, lr=0.1)
    for g in gradients:
        opt.step([g, g])
        opt.step([None, g])
        alone.step(g)
    assert_array_equal(interrupted, steady)
    assert opt.t == 10
    assert [e["t"] for e in opt.state_dict()["parameters"].values()] == [5, 10]


def test_none_for_every_parameter_is_a_step_that_moves_nothing():
    p = np.ones(3)
    opt = fo.Adam(p)
    opt.step(None)
    assert_array_equal(p, 1)
    assert opt.t == 1


# ── NaN and infinity ──────────────────────────────────────────────────────────────────────────────

NOT_FINITE = pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])


def poisoned(value: float, at: int, dtype: str = "float64") -> list[np.ndarray]:
    grads = [normal(n, seed=n).astype(dtype) for n in (3, 70_000, 5)]
    grads[at][-1] = value
    return grads


@pytest.mark.parametrize(
    ("optimizer", "backend", "at", "value"),
    [  # whatever is not finite, wherever and on whatever it runs; and every optimizer looks
        *product([fo.Adam], ["numpy", "numba"], range(3), [np.nan, np.inf, -np.inf]),
        *((optimizer, "numpy", 1, np.nan) for optimizer in fo.OPTIMIZERS.values()),
    ],
    ids=lambda case: getattr(case, "__name__", str(case)),
)
def test_a_gradient_that_is_not_finite_changes_nothing_by_default(optimizer, backend, at, value):
    params = [np.ones(n) for n in (3, 70_000, 5)]
    with fo.using(backend):
        opt = optimizer(params)
        opt.step([np.ones_like(p) for p in params])
        before = everything(opt, params)
        with pytest.raises(FloatingPointError, match=f"gradient of '{at}'.*step 2.*skip"):
            opt.step(poisoned(value, at))
    assert everything(opt, params) == before


@NOT_FINITE
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_skip_leaves_everything_as_it_is_and_says_so(dtype, value):
    params = [np.ones(n, dtype) for n in (3, 70_000, 5)]
    opt = fo.Adam(params, on_nonfinite="skip")
    opt.step([np.ones_like(p) for p in params])
    before = everything(opt, params)
    assert opt.step(poisoned(value, 2, dtype)) is False
    assert everything(opt, params) == before
    assert opt.step([np.ones_like(p) for p in params]) is True
    assert opt.t == 2


@CPU
def test_ignore_applies_them_without_a_warning(backend):
    p, q = np.ones(3), np.ones(3)
    with fo.using(backend):
        fo.Adam([p, q], on_nonfinite="ignore").step([np.array([1.0, np.nan, np.inf]), np.ones(3)])
    assert np.isnan(p[1:]).all()
    assert np.isfinite(q).all()


def test_a_large_gradient_whose_sum_overflows_is_finite():
    p = np.zeros(4)
    g = np.array([1e308, 1e308, -1e308, -1e308])
    fo.SGD(p, lr=1.0).step(g)
    assert_array_equal(p, -g)
    fo.SGD(half := np.zeros(100, "float16"), lr=1e-4).step(np.full(100, 60_000, "float16"))
    assert_allclose(half, -6, rtol=1e-3)
    # An array of more than a block is summed, and looked at element by element if the sum is no number.
    fo.SGD(large := np.zeros(200_000), lr=1e-308).step(np.full(200_000, 1e308))
    assert_allclose(large, -1)


@pytest.mark.parametrize("size", [2, 200_000])
def test_infinities_that_cancel_in_the_sum_are_found(size):
    gradient = np.ones(size)
    gradient[:2] = np.inf, -np.inf
    with pytest.raises(FloatingPointError):
        fo.SGD(np.zeros(size)).step(gradient)


def test_nan_in_an_arena_is_reported_with_the_name_of_the_parameter():
    params = fo.Arena({"w": np.ones(3), "b": np.ones(2)})
    grads = params.zeros_like()
    grads["b"][1] = np.nan
    with pytest.raises(FloatingPointError, match="'b'"):
        fo.Adam(params).step(grads)


# ── 16 bits ───────────────────────────────────────────────────────────────────────────────────────

HALF = pytest.mark.parametrize("half", ["float16", "bfloat16"])


@CPU
@EVERY_RULE
@HALF
def test_state_of_16_bit_parameters_is_float32(optimizer, backend, half):
    p = np.ones(4, half)
    with fo.using(backend):
        opt = optimizer(p)
        opt.step(np.ones(4, half))
    assert p.dtype == half
    assert all(opt.state[name].dtype == "float32" for name in opt.rule.state)


@CPU
@EVERY_OPTIMIZER
@HALF
def test_zero_gradients_in_16_bits_make_no_nan(optimizer, backend, half):
    p = np.array([0.0, 1.0, -2.0], half)
    with fo.using(backend):
        opt = optimizer(p)
        for _ in range(20):
            opt.step(np.zeros(3, half))
    assert np.isfinite(p).all()
    assert all(np.isfinite(state).all() for state in opt.state.values())


@CPU
@HALF
def test_bias_correction_in_16_bits_is_exact_after_2048_steps(backend, half):
    # A counter kept in float16 would stop at 2048, in bfloat16 at 256; a constant gradient steps by lr each time.
    p = np.zeros(1, half)
    with fo.using(backend):
        opt = fo.Adam(p, lr=0.5, eps=1e-30)
        for t in range(2200):
            p[...] = 0
            opt.step(np.full(1, 0.25, half))
            assert p[0] == -0.5, f"step {t + 1}"


# ── classes ───────────────────────────────────────────────────────────────────────────────────────


def test_a_readers_rule_is_an_optimizer_like_the_others():
    @fo.optimizer(name="SignDescent", builds_on=("sgd",))
    def sign_descent(p, g, *, lr=0.5):
        p = p - lr * np.sign(g)
        return p

    SignDescent = fo.Optimizer.of(sign_descent)
    assert SignDescent.__name__ == "SignDescent"
    assert SignDescent.rule is sign_descent
    for backend in ("numpy", "numba"):
        p = np.zeros(3)
        with fo.using(backend):
            SignDescent(p).step(np.array([2.0, -3.0, 0.0]))
        assert_array_equal(p, [-0.5, 0.5, 0.0])
    assert "sign" in SignDescent.tex()
    assert "Math.sign" in SignDescent.javascript()


def test_a_rule_may_have_no_default_and_then_wants_the_value():
    @fo.optimizer
    def strict(p, g, *, lr):
        p = p - lr * g
        return p

    with pytest.raises(TypeError, match="'lr' has no default"):
        fo.Optimizer.of(strict)(np.ones(2))
    fo.Optimizer.of(strict)(p := np.ones(2), lr=1.0).step(np.ones(2))
    assert_array_equal(p, 0)


def test_a_subclass_is_an_optimizer():
    class Patient(fo.Adam):
        def step(self, grads):
            return super().step(grads / 2)

    p, q = np.ones(3), np.ones(3)
    Patient(p, eps=0.5).step(np.ones(3))
    fo.Adam(q, eps=0.5).step(np.full(3, 0.5))
    assert_array_equal(p, q)


def test_the_base_class_takes_no_step():
    with pytest.raises(TypeError, match=r"Optimizer\.of"):
        fo.Optimizer(np.ones(2))


def test_only_rules_become_optimizers():
    with pytest.raises(TypeError, match=r"@firstorder\.optimizer"):
        fo.Optimizer.of(lambda p, g: p)


@EVERY_OPTIMIZER
def test_signature_and_documentation_show_every_hyperparameter_with_its_default(optimizer):
    parameters = inspect.signature(optimizer).parameters
    for name, default in optimizer.rule.hyperparameters.items():
        assert parameters[name].default == default
        assert f"{name} ({default})" in inspect.getdoc(optimizer)


def test_repr_says_what_it_is():
    opt = fo.Adam([np.ones(2), np.ones(2)], lr=0.5)
    opt.step([np.ones(2), np.ones(2)])
    assert repr(opt) == "<Adam(lr=0.5, beta1=0.9, beta2=0.999, eps=1e-08): 2 arrays, t=1>"


def test_a_deep_copy_goes_its_own_way():
    p = np.ones(3)
    opt = fo.Adam(p)
    other = copy.deepcopy(opt)
    other.step(np.ones(3))
    assert_array_equal(p, 1)
    assert opt.t == 0


def test_backend_may_change_midway():
    paths = []
    for backends in (["numpy"] * 6, ["numpy", "numba"] * 3):
        p = normal(50)
        opt = fo.Adam(p, lr=0.1)
        for t, backend in enumerate(backends):
            with fo.using(backend):
                opt.step(normal(50, seed=t))
        paths.append(p)
    assert_allclose(paths[1], paths[0], rtol=1e-13)
