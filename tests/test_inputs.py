"""Bad input is refused by name, with what came and what is allowed, before anything changes."""

import re
import warnings

import numpy as np
import pytest

import firstorder as fo

THREE = np.ones(3)


def refused(error: type[Exception], *parts: str):
    """The error, whose message has all the parts, in order."""
    return pytest.raises(error, match="(?s)" + ".*".join(map(re.escape, parts)))


# ── parameters ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "dtype", ["int32", "int64", "uint8", "bool", "complex64", "complex128", "longdouble", "object"]
)
def test_parameters_must_be_real_and_floating(dtype):
    array = np.ones(3, dtype)
    with refused(TypeError, "'w'", "float16, bfloat16, float32, float64", str(array.dtype)):
        fo.Adam({"w": array})


@pytest.mark.parametrize("value", [3.0, [1.0, 2.0], "array", None, {"nested": 3.0}, np.float64(3.0)])
def test_parameters_must_be_arrays(value):
    with refused(TypeError, "'w' must be a NumPy or CuPy array", type(value).__name__):
        fo.Adam({"w": value})


@pytest.mark.parametrize("params", [[], {}, (), [{"params": []}]])
def test_there_must_be_parameters(params):
    with refused(ValueError, "params", "no arrays"):
        fo.Adam(params)


def test_read_only_parameters_are_refused():
    frozen = np.ones(3)
    frozen.flags.writeable = False
    with refused(ValueError, "'w'", "read-only", "copy"):
        fo.Adam({"w": frozen})
    with refused(ValueError, "'w'", "read-only"):
        fo.Adam({"w": np.broadcast_to(np.float64(1), (3,))})


def test_parameters_that_share_memory_are_refused():
    base = np.ones(10)
    with refused(ValueError, "'a'", "'b'", "share memory"):
        fo.Adam({"a": base, "b": base})
    with refused(ValueError, "'a'", "'b'", "share memory"):
        fo.Adam({"a": base[:6], "b": base[5:]})
    with refused(ValueError, "'0/a'", "'1/b'", "share memory"):
        fo.Adam([{"params": {"a": base}}, {"params": {"b": base[::3]}}])


def test_interleaved_parameters_share_no_memory():
    base = np.ones((10, 2))
    fo.SGD([base[::2, 0], base[1::2], base[::2, 1]], lr=1.0).step([np.ones(5), np.ones((5, 2)), np.ones(5)])
    assert not base.any()


@pytest.mark.parametrize(
    ("shape", "strides"),
    [((3,), (0,)), ((4, 2), (8, 8)), ((2, 2), (16, 16))],
    ids=["repeated", "windows", "windows with gaps"],
)
def test_a_parameter_whose_own_elements_share_memory_is_refused(shape, strides):
    overlapping = np.lib.stride_tricks.as_strided(np.ones(10), shape, strides)
    with refused(ValueError, "'w'", "share memory"):
        fo.Adam({"w": overlapping})


def test_keys_that_are_the_same_as_text_are_refused():
    with refused(ValueError, "params", "1, 1"):
        fo.Adam({1: THREE, "1": np.ones(2)})


@pytest.mark.parametrize("groups", [[{"params": THREE}, THREE], [{"params": THREE}, {"param": np.ones(2)}]])
def test_every_group_has_params(groups):
    with refused(TypeError, "params[1]", "'params'"):
        fo.Adam(groups)


def test_a_groups_hyperparameters_are_checked_like_the_others():
    with refused(ValueError, "beta1", "[0, 1)", "2"):
        fo.Adam([{"params": THREE}, {"params": np.ones(2), "beta1": 2}])
    with refused(TypeError, "'beta'", "did you mean", "'beta"):
        fo.Adam([{"params": THREE, "beta": 0.5}])


def test_an_arena_of_integers_is_refused_by_name():
    with refused(TypeError, "'w'", "float16, bfloat16, float32, float64", "int64"):
        fo.Adam(fo.Arena({"w": np.ones(3, "int64")}))


# ── gradients ─────────────────────────────────────────────────────────────────────────────────────

WRONG = {
    "shape": ({"w": np.ones(4), "b": np.ones(2)}, ValueError, ("'w'", "(3,)", "(4,)")),
    "shape that would broadcast": ({"w": np.ones(1), "b": np.ones(2)}, ValueError, ("'w'", "(3,)", "(1,)")),
    "another axis": ({"w": np.ones((3, 1)), "b": np.ones(2)}, ValueError, ("'w'", "(3,)", "(3, 1)")),
    "missing": ({"w": np.ones(3)}, ValueError, ("grads", "lacks 'b'", "None")),
    "unknown": ({"w": np.ones(3), "b": np.ones(2), "c": np.ones(1)}, ValueError, ("grads", "unknown 'c'")),
    "sequence": ([np.ones(3), np.ones(2)], ValueError, ("grads", "mapping", "sequence")),
    "one array": (np.ones(3), ValueError, ("grads", "mapping", "one array")),
    "integer": (
        {"w": np.ones(3), "b": np.ones(2, int)},
        TypeError,
        ("'b'", "float16, bfloat16, float32, float64", "int64"),
    ),
    "complex": ({"w": np.ones(3, complex), "b": np.ones(2)}, TypeError, ("'w'", "float16", "complex128")),
    "list": ({"w": [1.0, 1.0, 1.0], "b": np.ones(2)}, TypeError, ("'w'", "array", "list")),
    "number": ({"w": np.ones(3), "b": 0.5}, TypeError, ("'b'", "array", "float")),
    "not finite": ({"w": np.ones(3), "b": np.array([1, np.nan])}, FloatingPointError, ("'b'", "NaN", "step 2")),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_gradients_that_do_not_fit_change_nothing(case, backend):
    grads, error, parts = WRONG[case]
    params = {"w": np.ones(3), "b": np.ones(2)}
    with fo.using(backend):
        opt = fo.Adam(params)
        opt.step({"w": np.ones(3), "b": np.ones(2)})
        kept, state = {n: p.copy() for n, p in params.items()}, opt.state_dict()
        with refused(error, *parts):
            opt.step(grads)
    assert all(np.array_equal(params[n], kept[n]) for n in params)
    now = opt.state_dict()
    assert now["t"] == state["t"] == 1
    for name in params:
        for key in ("m", "v", "t"):
            assert np.array_equal(now["parameters"][name][key], state["parameters"][name][key])


def test_gradients_of_groups_have_one_member_a_group():
    opt = fo.Adam([{"params": THREE.copy()}, {"params": np.ones(2)}])
    for grads in (np.ones(3), [np.ones(3)], {"0": np.ones(3)}):
        with refused(ValueError, "grads", "2"):
            opt.step(grads)


def test_gradients_of_an_arena_are_an_arena_of_its_layout():
    opt = fo.Adam(fo.Arena({"w": np.ones(3), "b": np.ones(2)}))
    for grads in (
        {"w": np.ones(3), "b": np.ones(2)},
        fo.Arena({"b": np.ones(2), "w": np.ones(3)}),
        fo.Arena({"w": np.ones(5)}),
        None,
    ):
        with refused(ValueError, "grads", "Arena"):
            opt.step(grads)


def test_a_gradient_that_is_the_parameter_is_refused():
    base = np.ones(10)
    opt = fo.SGD({"w": base})
    for gradient in (base, base[::-1]):
        with refused(ValueError, "'w'", "shares memory", "copy"):
            opt.step({"w": gradient})
    base[...] = 1
    opt = fo.SGD([base[:5], np.ones(5)])
    with refused(ValueError, "'1'", "shares memory"):
        opt.step([np.ones(5), base[3:8]])


def test_a_gradient_inside_a_strided_parameter_is_refused_whatever_lies_between():
    base = np.ones(100)
    opt = fo.SGD([base[::2], base[1:4:2]], lr=1.0)
    with refused(ValueError, "'1'", "shares memory"):
        opt.step([np.ones(50), base[50:54:2]])


def test_a_gradient_beside_the_parameter_is_welcome():
    base = np.ones((2, 5))
    fo.SGD(base[0], lr=1.0).step(base[1])
    assert base.tolist() == [[0.0] * 5, [1.0] * 5]


# ── hyperparameters ───────────────────────────────────────────────────────────────────────────────

NOT_ALLOWED = {
    "lr": [-1e-9, float("nan"), float("inf"), -float("inf")],
    "beta1": [-0.1, 1.0, 1.5, float("nan")],
    "beta2": [-0.1, 1.0, np.nextafter(1.0, 2.0)],
    "eps": [-1e-8, float("nan")],
    "weight_decay": [-0.1, float("inf")],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in NOT_ALLOWED.items() for v in values])
def test_a_number_out_of_range_is_refused_given_set_and_scheduled(name, value):
    params = np.ones(3)
    with refused(ValueError, f"AdamW: {name} must be", "number", repr(value)):
        fo.AdamW(params, **{name: value})
    opt = fo.AdamW(params)
    kept = getattr(opt, name)
    with refused(ValueError, f"AdamW: {name} must be", "number", repr(value)):
        setattr(opt, name, value)
    with refused(ValueError, f"AdamW: {name} must be", "number", repr(value)):
        opt.groups[0][name] = value
    assert getattr(opt, name) == kept


@pytest.mark.parametrize("value", ["0.1", None, 1j, True, [0.1], np.array(0.1), np.array([0.1])])
def test_what_is_no_number_is_refused(value):
    with refused(TypeError, "Adam: lr must be", "number", "function of t"):
        fo.Adam(np.ones(3), lr=value)


def test_an_integer_too_large_for_a_float_is_refused():
    with refused(ValueError, "lr must be"):
        fo.Adam(np.ones(3), lr=10**400)


@pytest.mark.parametrize("number", [1, np.float32(0.5), np.float64(0.5), np.int64(1)])
def test_numbers_of_every_real_kind_are_welcome(number):
    opt = fo.Adam(np.ones(3), lr=number)
    assert type(opt.lr) is float
    assert opt.lr == number


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_eps_that_is_zero_in_the_precision_computed_in_is_refused(dtype):
    with refused(ValueError, "eps", "1e-46", "0 in float32", "1.4e-45"):
        fo.Adam(np.ones(3, dtype), eps=1e-46)
    fo.Adam(np.ones(3, dtype), eps=1e-30)
    fo.Adam(np.ones(3, dtype), eps=0.0)
    fo.Adam(np.ones(3), eps=1e-46)
    scheduled = fo.Adam(np.ones(3, dtype), eps=lambda t: 1e-8 if t == 1 else 1e-46)
    scheduled.step(np.ones(3, dtype))
    with refused(ValueError, "eps", "1e-46", "0 in float32"):
        scheduled.step(np.ones(3, dtype))


@pytest.mark.parametrize(
    ("given", "meant"),
    {"beta_1": "beta1", "epsilon": "eps", "weightdecay": "weight_decay", "Lr": "lr"}.items(),
)
def test_an_unknown_hyperparameter_suggests_the_nearest(given, meant):
    with refused(TypeError, "AdamW", repr(given), "did you mean", repr(meant)):
        fo.AdamW(np.ones(3), **{given: 0.5})


def test_a_name_that_is_near_to_none_is_answered_with_all():
    with refused(TypeError, "Adam", "'xyzzy'", "'lr', 'beta1', 'beta2', 'eps'"):
        fo.Adam(np.ones(3), xyzzy=1)


def test_an_attribute_that_is_no_hyperparameter_cannot_be_set():
    opt = fo.Adam(np.ones(3))
    with refused(AttributeError, "Adam", "'beta_1'", "did you mean", "'beta1'"):
        opt.beta_1 = 0.5
    for name in ("t", "state", "groups", "rule"):
        with pytest.raises(AttributeError):
            setattr(opt, name, 3)


def test_a_hyperparameter_cannot_be_removed():
    opt = fo.Adam(np.ones(3))
    with refused(TypeError, "'lr'", "cannot be removed"):
        del opt.groups[0]["lr"]


@pytest.mark.parametrize("policy", ["warn", None, True])
def test_an_unknown_policy_is_refused(policy):
    with refused(ValueError, "on_nonfinite", "'raise', 'skip' or 'ignore'", repr(policy)):
        fo.Adam(np.ones(3), on_nonfinite=policy)


def test_setting_one_group_out_of_range_leaves_the_others():
    opt = fo.Adam([{"params": np.ones(1, "float64")}, {"params": np.ones(1, "float32")}])
    with refused(ValueError, "eps", "0 in float32"):
        opt.eps = 1e-60
    assert opt.eps == 1e-8


# ── arenas ────────────────────────────────────────────────────────────────────────────────────────


def test_an_arena_is_of_one_dtype_and_of_arrays():
    with refused(ValueError, "'b'", "float32", "'a'", "float64"):
        fo.Arena({"a": np.ones(2), "b": np.ones(2, "float32")})
    with refused(TypeError, "'a'", "array", "list"):
        fo.Arena({"a": [1.0]})
    with refused(ValueError, "arrays", "at least one"):
        fo.Arena([])


# ── what is large but finite ──────────────────────────────────────────────────────────────────────


def test_overflow_that_is_an_error_leaves_no_step_half_taken():
    # The square of 1e30 is infinite in float32: NumPy warns, and a program may make its warnings errors.
    params = [np.ones(3, "float32"), np.ones(3, "float32")]
    opt = fo.Adam(params)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            opt.step([np.ones(3, "float32"), np.full(3, 1e30, "float32")])
        except (RuntimeWarning, FloatingPointError):
            assert (params[0] == 1).all()
            assert not opt.state["m"][0].any()
            assert opt.t == 0
        else:
            assert opt.t == 1
