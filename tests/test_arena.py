"""An arena is one buffer whose parts are the arrays, and a step over it is one pass."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from samples import ELEMENTWISE

import firstorder as fo
from firstorder.backends import BACKENDS


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).normal(size=shape))


def test_views_look_into_the_buffer():
    arena = fo.Arena({"w": normal(2, 3), "b": normal(3)})
    assert arena.buffer.shape == (9,)
    arena["w"][1, 2] = 7
    assert arena.buffer[5] == 7
    arena.buffer[6] = 8
    assert arena["b"][0] == 8
    assert all(np.shares_memory(view, arena.buffer) for view in arena.views.values())


def test_arrays_are_copied_once_and_then_left_alone():
    w = np.ones(3)
    arena = fo.Arena([w])
    arena[0][...] = 2
    assert_array_equal(w, 1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_dtype_and_structure_are_those_of_the_arrays(dtype):
    w, b = np.ones((2, 3), dtype), np.ones((), dtype)
    assert fo.Arena({"w": w, "b": b}).views["b"].shape == ()
    assert [v.shape for v in fo.Arena([w, b]).views] == [(2, 3), ()]
    assert fo.Arena(w).views.shape == (2, 3)
    assert fo.Arena(w).buffer.dtype == dtype
    assert len(fo.Arena([w, b])) == 2


def test_arrays_may_be_empty_strided_or_of_one_number():
    arrays = [np.ones((0, 3)), np.arange(10.0)[::-3], np.array(5.0), np.arange(6.0).reshape(2, 3).T]
    for view, array in zip(fo.Arena(arrays).views, arrays, strict=True):
        assert_array_equal(view, array)
        assert view.flags.c_contiguous


def test_zeros_like_is_of_the_same_layout():
    arena = fo.Arena({"w": normal(2, 3), "b": normal(3)})
    zeros = arena.zeros_like()
    assert zeros.layout == arena.layout == (("w", (2, 3)), ("b", (3,)))
    assert not zeros.buffer.any()
    assert not np.shares_memory(zeros.buffer, arena.buffer)


def test_an_arena_over_a_buffer_copies_nothing():
    arena = fo.Arena([normal(2, 3), normal(3)])
    buffer = np.arange(9.0)
    over = arena.over(buffer)
    over[1][...] = -1
    assert_array_equal(buffer[6:], -1)
    with pytest.raises(ValueError, match=r"\(9,\).*\(8,\)"):
        arena.over(np.zeros(8))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("optimizer", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_a_step_is_one_pass_however_many_arrays(optimizer, backend, monkeypatch):
    runs = []
    kind = type(BACKENDS[backend])
    run = kind.run
    monkeypatch.setattr(kind, "run", lambda self, step, arrays: runs.append(arrays) or run(self, step, arrays))
    params = fo.Arena([normal(n) for n in range(1, 100)])
    grads = params.zeros_like()
    with fo.using(backend):
        optimizer(params).step(grads)
    ((p, g, *state),) = runs
    assert p is params.buffer
    assert g is grads.buffer
    assert all(s.shape == p.shape for s in state)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("optimizer", fo.OPTIMIZERS.values(), ids=fo.OPTIMIZERS)
def test_an_arena_takes_the_steps_of_its_arrays(optimizer, backend):
    shapes = [(3,), (2, 3), (), (0,), (5, 1, 2)]
    separate = [normal(*s, seed=i) for i, s in enumerate(shapes)]
    arena = fo.Arena(separate)
    with fo.using(backend):
        one, many = optimizer(arena), optimizer(separate)
        for t in range(4):
            grads = [normal(*s, seed=10 * t + i) for i, s in enumerate(shapes)]
            one.step(fo.Arena(grads))
            many.step(grads)
    for packed, alone in zip(arena, separate, strict=True):
        np.testing.assert_allclose(packed, alone, rtol=1e-15, atol=1e-16)


def test_arenas_may_be_parameter_groups():
    first, second = fo.Arena({"w": np.ones(3)}), fo.Arena({"w": np.ones(2)})
    opt = fo.SGD([{"params": first, "lr": 0.5}, {"params": second}], lr=0.25)
    opt.step([fo.Arena({"w": np.ones(3)}), fo.Arena({"w": np.ones(2)})])
    assert_array_equal(first["w"], 0.5)
    assert_array_equal(second["w"], 0.75)
    assert set(opt.state_dict()["parameters"]) == {"0/w", "1/w"}


def test_repr_says_what_is_in_it():
    assert repr(fo.Arena({"w": np.ones((2, 3))})) == "Arena(a mapping of 1 arrays (w), 6 × float64)"
