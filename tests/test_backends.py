"""Numba computes what NumPy computes; the blocks of NumPy are small; the switch says what is missing."""

import importlib.util
import os
import sys
import tracemalloc

import numpy as np
import pytest
from samples import ELEMENTWISE, RULES, arrays, scalar_state, terms, within

import firstorder as fo
from firstorder.backends import BACKENDS, Step
from firstorder.backends.numba_backend import PARALLEL_FROM
from firstorder.backends.numpy_backend import BLOCK, blocks

numba = pytest.importorskip("numba", reason="Numba is not installed")
from firstorder.backends import numba_backend  # noqa: E402

EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def run(backend: str, rule: fo.Rule, given: list[np.ndarray], t: int = 3) -> list[np.ndarray]:
    """Parameter and state after one step of a backend, from copies in the layout they are given in."""
    ours = [a.copy(order="K") for a in given]
    step = Step(rule, t, rule.hyperparameters, scalar_state(rule))
    BACKENDS[backend].run(step, ours)
    return [a for a, written in zip(ours, rule.program.written, strict=True) if written]


def compare(rule: fo.Rule, given: list[np.ndarray], ulps: float = 8) -> None:
    before = [a for a, written in zip(given, rule.program.written, strict=True) if written]
    expected, actual = run("numpy", rule, given), run("numba", rule, given)
    updated = {line.target for line in rule.program.lines}
    for name, a, e, b, size in zip(rule.program.returns, actual, expected, before, terms(rule, given), strict=False):
        assert not np.array_equal(e, b) or not b.size or name not in updated, f"{name}: NumPy has changed nothing"
        within(ulps, a, e, size, name)


# ── Numba and NumPy ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@EVERY_RULE
def test_numba_is_numpy(rule, dtype):
    compare(rule, arrays(rule, 1000, dtype))


@EVERY_RULE
def test_numba_on_all_cores_is_numpy(rule):
    compare(rule, arrays(rule, PARALLEL_FROM + 17, "float32"))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@EVERY_RULE
def test_numba_computes_16_bits_in_float32_as_numpy_does(rule, dtype):
    # The parameter is rounded to 16 bits at the end: the same number, or the next where a half was in between.
    given = arrays(rule, 1000, dtype)
    given[2:] = [a.astype("float32") for a in given[2:]]
    compare(rule, given)


@pytest.mark.parametrize("gradient", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("parameter", ["float16", "bfloat16", "float32", "float64"])
def test_numba_is_numpy_for_parameter_and_gradient_of_different_precision(parameter, gradient):
    rule = fo.Adam.rule
    given = arrays(rule, 100, "float64")
    state = "float64" if parameter == "float64" else "float32"
    dtypes = (parameter, gradient, state, state)
    compare(rule, [a.astype(d) for a, d in zip(given, dtypes, strict=True)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@EVERY_RULE
def test_numba_treats_nan_infinity_and_zero_as_numpy_does(rule, dtype):
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0], dtype)
    given = arrays(rule, special.size, dtype)
    given[1] = special
    with np.errstate(all="ignore"):
        results = run("numpy", rule, given), run("numba", rule, given)
    for name, expected, actual in zip(rule.program.returns, *results, strict=False):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, err_msg=name)


LAYOUTS = {
    "Fortran order": lambda a: np.asfortranarray(a.reshape(20, 50)),
    "every second element": lambda a: np.repeat(a, 2)[::2],
    "every second element, in reverse": lambda a: np.repeat(a, 2)[::-2],
    "every second column": lambda a: np.repeat(a, 2).reshape(20, 100)[:, ::2],
    "every second row": lambda a: np.repeat(a.reshape(20, 50), 2, axis=0)[::2],
    "axes exchanged": lambda a: a.reshape(5, 10, 20).transpose(1, 2, 0),
    "one axis reversed": lambda a: a.reshape(20, 50)[:, ::-1],
    "one number": lambda a: a[:1].reshape(()),
    "nothing": lambda a: a[:0],
    "nothing, with axes": lambda a: a[:0].reshape(3, 0, 2),
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_layout_of_the_memory_does_not_matter(backend, layout):
    rule = fo.Adam.rule
    given = arrays(rule, 1000, "float32")
    laid_out, ours = ([layout(a.copy()) for a in given] for _ in range(2))
    BACKENDS[backend].run(Step(rule, 3, rule.hyperparameters), ours)
    contiguous = run("numpy", rule, [a.astype("float32", order="C") for a in laid_out])
    for a, e, b in zip([ours[0], *ours[2:]], contiguous, [laid_out[0], *laid_out[2:]], strict=True):
        within(8, a.astype("float32"), e, b.astype("float32"))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_parameter_and_gradient_may_be_laid_out_differently(backend):
    p, g = np.asfortranarray(np.ones((300, 200))), np.random.default_rng(0).normal(size=(300, 200))
    with fo.using(backend):
        fo.SGD(p, lr=0.5).step(g)
    np.testing.assert_array_equal(p, 1 - 0.5 * g)


# ── compiled code is kept ─────────────────────────────────────────────────────────────────────────


def new_rule(name: str) -> fo.Rule:
    """A rule that no other test compiles."""

    @fo.optimizer(name=name)
    def kept(p, g, *, lr=0.5, unusual=3.0):
        p = p - lr * g * unusual**2 / (1 + abs(g))
        return p

    return kept


def step_of_ones(rule: fo.Rule, n: int = 3) -> np.ndarray:
    p = np.ones(n)
    with fo.using("numba"):
        fo.Optimizer.of(rule)(p).step(np.ones(n))
    return p


def test_compiled_code_is_kept_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTORDER_CACHE", str(tmp_path / "not yet there"))
    step_of_ones(new_rule("Kept"))
    kept = [path.name for path in (tmp_path / "not yet there").rglob("*") if path.is_file()]
    assert any(name.startswith("firstorder_kept") and name.endswith(".py") for name in kept)
    assert any(name.endswith(".nbi") for name in kept)
    step_of_ones(again := new_rule("Kept"))
    assert sum(numba_backend.compiled(again, "float64", False).stats.cache_hits.values()) == 1


@pytest.mark.parametrize("first", [3, PARALLEL_FROM])
def test_serial_and_parallel_code_are_kept_apart(first, tmp_path, monkeypatch):
    # Numba's key for what it keeps has the types of the arguments but not whether the loop is parallel.
    monkeypatch.setenv("FIRSTORDER_CACHE", str(tmp_path))
    rule = new_rule("Apart")
    step_of_ones(rule, first)
    step_of_ones(rule, PARALLEL_FROM + 3 - first)
    for parallel in (False, True):
        assert not numba_backend.compiled(rule, "float64", parallel).stats.cache_hits


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FIRSTORDER_CACHE", str(tmp_path / "file" / "cache"))
    np.testing.assert_array_equal(step_of_ones(new_rule("Without")), 1 - 0.5 * 9 / 2)


def test_a_cache_that_can_be_read_and_not_written_is_done_without(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTORDER_CACHE", str(tmp_path))
    step_of_ones(new_rule("ReadOnly"))
    for path in (tmp_path / "__pycache__").iterdir():
        path.unlink()
    (tmp_path / "__pycache__").rmdir()
    for name in ("__pycache__", "file"):
        (tmp_path / name).write_text("in the way")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    np.testing.assert_array_equal(step_of_ones(new_rule("ReadOnly")), 1 - 0.5 * 9 / 2)


# ── NumPy in blocks ───────────────────────────────────────────────────────────────────────────────


def few(rule: fo.Rule) -> int:
    """Blocks that may be alive at once: a buffer of the iterator for each array, the rule's locals, what it returned
    for the block before, and an expression's temporaries, four.

    An array of the tests below is 61 blocks or more.
    """
    return len(rule.program.arrays) + len(rule.program.lines) + sum(rule.program.written) + 4


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("optimizer", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_a_step_allocates_a_few_blocks_and_never_an_array(optimizer, dtype):
    p = np.ones(8_000_000 // np.dtype(dtype).itemsize, dtype)
    g = np.ones_like(p)
    assert few(optimizer.rule) * BLOCK < p.nbytes
    opt = optimizer(p)
    opt.step(g)
    tracemalloc.start()
    try:
        opt.step(g)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < few(optimizer.rule) * BLOCK


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_block_of_an_array_without_gaps_is_a_view(order):
    array = np.zeros((300, 400), order=order)
    for (block,) in blocks([array], array.dtype, [True]):
        assert np.shares_memory(block, array)


def test_a_strided_array_is_not_copied_whole():
    base = np.ones((4000, 1000), "float32")
    opt = fo.Adam(base[:, ::2])
    g = np.ones((4000, 500), "float32")
    opt.step(g)
    tracemalloc.start()
    try:
        opt.step(g)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < few(fo.Adam.rule) * BLOCK


# ── the switch ────────────────────────────────────────────────────────────────────────────────────


def test_using_switches_inside_the_block_only():
    before = fo.backend()
    with fo.using("numba"):
        assert fo.backend() == "numba"
        with fo.using("numpy"):
            assert fo.backend() == "numpy"
        assert fo.backend() == "numba"
    assert fo.backend() == before


def test_using_switches_back_after_an_error():
    before = fo.backend()
    with pytest.raises(RuntimeError, match="inside"), fo.using("numba"):
        raise RuntimeError("inside")
    assert fo.backend() == before


def test_use_switches_for_the_process():
    before = fo.backend()
    try:
        fo.use("numba")
        assert fo.backend() == "numba"
        assert fo.xp is np
    finally:
        fo.use(before)


def test_auto_is_the_fastest_that_is_here(monkeypatch):
    monkeypatch.setattr(type(BACKENDS["cupy"]), "missing", lambda self: "no GPU")
    with fo.using("auto"):
        assert fo.backend() == "numba"
    monkeypatch.setattr(type(BACKENDS["numba"]), "missing", lambda self: "not installed")
    with fo.using("auto"):
        assert fo.backend() == "numpy"


def test_an_unknown_backend_is_refused_with_the_ones_there_are():
    with pytest.raises(fo.BackendError, match=r"'jax' is unknown.*'numpy'.*'auto'"):
        fo.use("jax")


def test_numba_that_is_not_installed_says_what_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "numba" else found(name, *a))
    before = fo.backend()
    with pytest.raises(fo.BackendError, match=r"'numba'.*pip install.*firstorder\[fast\]"):
        fo.use("numba")
    assert fo.backend() == before


def test_cupy_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(fo.BackendError, match=r"'cupy'.*pip install.*firstorder\[cuda12\].*cuda13"):
        fo.use("cupy")


def test_numpy_arrays_need_no_cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    p = np.ones(3)
    fo.SGD(p, lr=1.0).step(np.ones(3))
    assert not p.any()


def test_environment_chooses_the_backend(monkeypatch):
    from firstorder import backends

    monkeypatch.setattr(backends, "_process", None)
    monkeypatch.setenv("FIRSTORDER_BACKEND", "numba")
    assert fo.backend() == "numba"
    monkeypatch.setattr(backends, "_process", None)
    monkeypatch.setenv("FIRSTORDER_BACKEND", "abacus")
    with pytest.raises(fo.BackendError, match=r"FIRSTORDER_BACKEND=abacus.*'abacus' is unknown"):
        fo.backend()


def test_the_cpu_backend_of_the_environment_stays_when_the_arrays_move_to_the_gpu(monkeypatch):
    from firstorder import backends

    monkeypatch.setattr(backends, "_process", None)
    monkeypatch.setattr(type(BACKENDS["cupy"]), "missing", lambda self: None)
    monkeypatch.setenv("FIRSTORDER_BACKEND", "numba")
    fo.use("cupy")
    assert backends.backend_of("numpy").name == "numba"


def test_backends_are_found_as_files_and_listed_nowhere():
    from firstorder import backends

    files = os.listdir(os.path.dirname(backends.__file__))
    assert set(BACKENDS) == {name.removesuffix("_backend.py") for name in files if name.endswith("_backend.py")}
