"""Rules at the ends of what floats hold: enormous gradients, none at all, guards of almost nothing, a rate of 0.

The right value is mostly the same rule's in float64, where none of this is near an end.
"""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from samples import ELEMENTWISE

import firstorder as fo

LARGEST = float(np.finfo("f4").max)
EVERY = pytest.mark.parametrize("key", fo.OPTIMIZERS)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        yield


def made(key: str, params: np.ndarray, **hyperparameters: object) -> fo.Optimizer:
    opt = fo.OPTIMIZERS[key](params, **hyperparameters)
    if "h" in opt.state:
        opt.state["h"][...] = 1
    return opt


def arrays(opt: fo.Optimizer) -> dict[str, np.ndarray]:
    return {name: np.asarray(value, dtype="f8") for name, value in opt.state.items()}


# ── gradients whose squares are more than float32 holds ───────────────────────────────────────────────

#: Their state has such squares by definition: sums of them, or a first one taken whole. As with PyTorch's Adagrad,
#: what comes to more than 3.4e38 is infinite.
WHOLE_SQUARES = {"adagrad", "ftrl", "sm3", "shampoo", "adopt", "amsgrad_corrected", "novograd", "adafactor"}


def path(key: str, dtype: str, gradients: np.ndarray) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    p = np.linspace(-1.0, 2.0, gradients[0].size).reshape(gradients[0].shape).astype("f4").astype(dtype)
    opt = made(key, p)
    for g in gradients:
        opt.step(g.astype("f4").astype(dtype))
        yield p.copy(), arrays(opt)


@pytest.mark.parametrize("shape", [(5,), (4, 3)], ids=["vector", "matrix"])
@pytest.mark.parametrize("largest", [1e10, 1e19, 2e19, 1e20, 5e20])
@EVERY
def test_no_moment_overflows_that_float32_can_hold(key, largest, shape):
    gradients = np.random.default_rng(7).normal(size=(40, *shape))
    gradients[[0, 20]] *= largest / abs(gradients[[0, 20]]).max()
    compared = 0
    for (p, _), (exact, state) in zip(path(key, "f4", gradients), path(key, "f8", gradients), strict=True):
        if any((abs(s) > LARGEST).any() for s in state.values()):
            break  # a state itself is more than float32 holds
        assert np.isfinite(p).all()
        if key == "shampoo" and largest > 1e18:
            break  # Shampoo's small eigenvalues are lost in the rounding of the large ones
        # Muon's and SOAP's bases turn rounding into more; the others add roundings of 6e-8.
        np.testing.assert_allclose(p, exact, rtol=0, atol=2e-4 * abs(exact).max())
        compared += 1
    whole = compared == len(gradients) or largest > 1e19
    assert compared or largest > 1e18
    assert whole or key in WHOLE_SQUARES


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("key", ["adam", "adamw", "nadam", "amsgrad", "radam", "adabelief", "yogi", "qhadam"])
def test_after_one_enormous_gradient_a_parameter_goes_on_moving(key, backend):
    p = np.ones(1, "f4")
    with fo.using(backend):
        opt = made(key, p)
        opt.step(np.full(1, 1e20, "f4"))
        before = p.copy()
        for _ in range(100):
            opt.step(np.full(1, 0.1, "f4"))
    assert np.isfinite([*p, *opt.state["m"]]).all()
    assert before < 1
    assert p < before - 1e-3


def test_adam_after_one_enormous_gradient_is_pytorchs():
    # torch.optim.Adam of PyTorch 2.13.0: float32, from 1, a gradient of 1e20, then 2000 of 0.1.
    p = np.ones(1, "f4")
    opt = fo.Adam(p)
    opt.step(np.full(1, 1e20, "f4"))
    np.testing.assert_allclose(p, 0.9990000128746033, rtol=1e-6)
    for _ in range(2000):
        opt.step(np.full(1, 0.1, "f4"))
    np.testing.assert_allclose(p, 0.9939944744110107, rtol=1e-6)


@pytest.mark.parametrize("key", sorted(ELEMENTWISE))
def test_no_reading_squares_a_gradient_before_it_is_weighed(key):
    # In a moving average; a sum of squares has no weight, and the sign of a difference needs none.
    rule = fo.OPTIMIZERS[key].rule
    weighed = [line for line in rule.source.splitlines() if "(1 - " in line and "sign" not in line]
    assert not [line for line in weighed if "g**2" in line]


def test_the_formula_has_the_square_that_the_code_takes_in_two_steps():
    assert r"\left(1 - \beta_{2}\right) g_{t}^{2}" in fo.Adam.tex()
    assert "c1*g*g" in fo.Adam.cuda()
    assert "c1*g*g" in fo.Adam.javascript()


# ── nothing to divide by ──────────────────────────────────────────────────────────────────────────────


def guards(key: str) -> list[str]:
    return [n for n in fo.OPTIMIZERS[key].rule.hyperparameters if n in ("eps", "eps1", "eps2")]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    ("key", "guard"),
    [(k, guard) for k in fo.OPTIMIZERS for guard in (None, 1e-30, 2e-45) if guard is None or guards(k)],
)
@pytest.mark.parametrize("zeros", ["all", "a row", "all, then none"])
def test_zero_gradients_divide_nothing_by_zero(key, zeros, guard, dtype):
    if key == "shampoo" and guard == 2e-45 and zeros == "all, then none":
        pytest.skip("a root of a matrix without full rank divides rounding by its guard")
    shape = (3, 4)
    p = np.ones(shape, dtype)
    opt = made(key, p, **(dict.fromkeys(guards(key), guard) if guard else {}))
    for t in range(4):
        g = (
            np.ones(shape, dtype)
            if zeros == "a row" or (zeros == "all, then none" and t > 1)
            else np.zeros(shape, dtype)
        )
        if zeros == "a row":
            g[0] = 0
        opt.step(g)
        assert np.isfinite(p).all()
        assert all(np.isfinite(s).all() for s in arrays(opt).values())
        if zeros == "all" and key not in ("yogi", "ftrl") and not opt.rule.hyperparameters.get("weight_decay"):
            np.testing.assert_array_equal(p, 1)


@pytest.mark.parametrize(("cls", "guard"), [(fo.Adafactor, "eps1"), (fo.StableAdamW, "eps")])
def test_a_guard_is_not_lost_where_its_square_is_zero_in_float32(cls, guard):
    g = np.zeros((3, 4))
    g[0] = 1
    found = {}
    for dtype in ("f4", "f8"):
        p = np.ones((3, 4), dtype)
        cls(p, lr=0.1, **{guard: 1e-30}).step(g.astype(dtype))
        found[dtype] = p
    np.testing.assert_allclose(found["f4"], found["f8"], rtol=1e-6)
    assert (found["f4"][0] < found["f4"][1]).all()


@pytest.mark.parametrize(("cls", "guard"), [(fo.Adafactor, "eps1"), (fo.Adafactor, "eps2"), (fo.Adam, "eps")])
def test_a_guard_that_is_zero_in_the_dtype_is_refused_by_what_it_is_for(cls, guard):
    with pytest.raises(ValueError, match=f"{guard} = 1e-50 is 0 in float32"):
        cls(np.ones((2, 2), "f4"), **{guard: 1e-50})
    cls(np.ones((2, 2)), **{guard: 1e-50})


# ── a rate of zero ────────────────────────────────────────────────────────────────────────────────────

#: What moves in a step at rate 0: the rate is inside the momentum of LARS and of D-Adaptation, a parameter of
#: Schedule-Free goes on towards the mean, and Rprop reads its rate once.
RATE_INSIDE = {"lars", "dadapt_sgd", "dadapt_adam", "schedule_free_sgd", "schedule_free_adamw", "rprop"}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("at", [1, 2, 4])
@EVERY
def test_a_step_at_rate_zero_leaves_the_parameters_and_what_follows_finite(key, at, backend):
    rate = fo.OPTIMIZERS[key].rule.hyperparameters["lr"]
    p = np.linspace(0.5, 2, 6).reshape(2, 3)
    with fo.using(backend):
        opt = made(key, p, lr=lambda t: 0.0 if t == at else rate)
        for t in range(1, 7):
            before = p.copy()
            opt.step(np.cos(p + t))
            assert np.isfinite(p).all()
            if t == at and (key not in RATE_INSIDE or (at == 1 and key != "rprop")):
                np.testing.assert_array_equal(p, before)
    if key != "soap":  # its first step sets the bases alone
        assert (p != before).any()


def test_ftrl_leaves_out_a_step_at_rate_zero():
    rates = [0.1, 0.1, 0.0, 0.1]
    p, q = np.ones(3), np.ones(3)
    with_zero = fo.FTRL(p, lr=lambda t: rates[t - 1], lambda1=0.1)
    without = fo.FTRL(q, lr=0.1, lambda1=0.1)
    for t, rate in enumerate(rates):
        g = np.array([1.0, -2.0, 0.01]) * (t + 1)
        with_zero.step(g)
        if rate:
            without.step(g)
    np.testing.assert_array_equal(p, q)
    for name in ("z", "G"):
        np.testing.assert_array_equal(with_zero.state[name], without.state[name])


def test_ftrl_comes_to_the_end_of_a_schedule_that_ends_at_zero():
    p = np.ones(2)
    opt = fo.FTRL(p, lr=fo.Cosine(0.1, steps=3))
    for _ in range(6):
        opt.step(np.ones(2))
    assert np.isfinite(p).all()


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_adabound_counts_from_the_first_rate_that_is_not_zero(backend):
    p, q = np.ones(2), np.ones(2)
    with fo.using(backend):
        late = fo.AdaBound(p, lr=lambda t: 0.0 if t < 3 else 0.1 if t < 6 else 0.2)
        first = fo.AdaBound(q, lr=lambda t: 1e-300 if t < 3 else 0.1 if t < 6 else 0.2)
        first.load_state_dict(
            {
                **first.state_dict(),
                "parameters": {n: {**s, "lr_first": 0.1} for n, s in first.state_dict()["parameters"].items()},
            }
        )
        for t in range(1, 30):
            g = np.array([1.0, -0.5]) / t
            late.step(g)
            first.step(g)
    assert late.state["lr_first"] == 0.1
    assert (p != 1).all()
    np.testing.assert_allclose(p, q, rtol=1e-12)


def test_adabound_moves_under_a_rise_from_zero():
    p = np.ones(1)
    opt = fo.AdaBound(p, lr=lambda t: 0.1 * min(1, (t - 1) / 10))
    for _ in range(100):
        opt.step(np.ones(1))
    assert p < 0.5
