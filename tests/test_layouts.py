"""Whatever its shape, strides and precision, an array is updated as its contiguous copy is, to the last bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from numpy.testing import assert_array_equal
from samples import ELEMENTWISE, RULES

import firstorder as fo

OPTIMIZERS = {key: fo.Optimizer.of(rule) for key, rule in RULES.items()}
DTYPES = st.sampled_from(["float16", "bfloat16", "float32", "float64"])
SHAPES = st.one_of(
    st.just(()),
    array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=7),
    array_shapes(min_dims=1, max_dims=2, min_side=2, max_side=40),
    array_shapes(min_dims=1, max_dims=4, min_side=2, max_side=7),
)


@st.composite
def layouts(draw, shape: tuple[int, ...], writable: bool = True):
    """A function that makes an array of `shape` in some layout: axes permuted, strided, reversed, repeated."""
    order = draw(st.permutations(range(len(shape))))
    steps = [draw(st.sampled_from([1, 2, 3, -1, -2])) for _ in shape]
    repeated = [not writable and draw(st.booleans()) for _ in shape]
    other_bytes = draw(st.booleans()) and draw(st.booleans())

    def make(values: np.ndarray) -> np.ndarray:
        dtype = values.dtype.newbyteorder() if other_bytes else values.dtype
        base = np.zeros([abs(steps[axis]) * shape[axis] for axis in order], dtype)
        view = base.transpose(np.argsort(order).astype(int)) if shape else base
        view = view[(*(slice(None, None, step) for step in steps), ...)]
        assert view.shape == shape
        view[...] = values
        if any(repeated) and view.size:
            view = np.broadcast_to(view[tuple(slice(None, 1 if r else None) for r in repeated)], shape)
        return view

    return make


@st.composite
def problems(draw, gradients=DTYPES):
    shape = draw(SHAPES)
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    parameter = draw(layouts(shape))(np.asarray(random.normal(size=shape)).astype(draw(DTYPES)))
    make, dtype = draw(layouts(shape, writable=False)), draw(gradients)
    steps = [np.asarray(random.normal(size=shape)).astype(dtype) for _ in range(3)]
    return parameter, [make(g) for g in steps]


def contiguous(a: np.ndarray, dtype: str) -> np.ndarray:
    return np.array(a, dtype, order="C")


def follow(optimizer, params: np.ndarray, grads: list[np.ndarray]) -> fo.Optimizer:
    opt = optimizer(params)
    for g in grads:
        opt.step(g)
    return opt


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@given(problem=problems(), key=st.sampled_from(list(OPTIMIZERS)))
def test_an_array_of_any_layout_is_updated_as_its_contiguous_copy(problem, key, backend):
    params, grads = problem
    native = params.dtype.name
    compute = "float64" if native == "float64" else "float32"
    expected = contiguous(params, native)
    with fo.using(backend):
        reference = follow(OPTIMIZERS[key], expected, [contiguous(g, compute) for g in grads])
        opt = follow(OPTIMIZERS[key], params, grads)
    assert_array_equal(params, expected)
    for name in opt.rule.state:
        assert opt.state[name].shape == params.shape
        assert_array_equal(opt.state[name], reference.state[name])


@given(problems(gradients=st.just("float64")), st.sampled_from(list(ELEMENTWISE)))
def test_a_step_is_the_rule_itself_applied_to_the_whole_array(problem, key):
    params, grads = problem
    params = params.astype("float64")
    rule, expected = fo.OPTIMIZERS[key].rule, contiguous(params, "float64")
    opt = fo.OPTIMIZERS[key](params)
    numbers = opt.groups[0].at(1)
    state = [np.full(params.shape, rule.initial_value(name, params, numbers)) for name in rule.state]
    state += [rule.initial_value(name, params, numbers) for name in rule.scalar_state]
    for t, g in enumerate(grads, 1):
        opt.step(g)
        at = {"t": t} if "t" in rule.program.keywords else {}
        results = rule(expected, contiguous(g, "float64"), *state, **at, **numbers)
        expected, *state = results if isinstance(results, tuple) else (results,)
    assert_array_equal(params, expected)
    for name, of_rule in zip(rule.state + rule.scalar_state, state, strict=True):
        assert_array_equal(opt.state[name], of_rule)
