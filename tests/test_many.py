"""Many arrays at once: the same steps as one by one, gradients told by their headers, threads and forks."""

import copy
import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from samples import ELEMENTWISE, arrays, scalar_state, within

import firstorder as fo
from firstorder.backends import BACKENDS, Step, headers
from firstorder.backends.headers import FEW, MANY, Gradients, Headers, Held
from firstorder.backends.numpy_backend import BLOCK

BOTH = pytest.mark.parametrize("backend", ["numpy", "numba"])
EVERY = pytest.mark.parametrize("optimizer", ELEMENTWISE.values(), ids=ELEMENTWISE)
SIZES = (1000, 0, 1, 17, 64, 65, 5000, 3, BLOCK, 128)  # small, empty, larger than a block


@pytest.fixture
def in_numba():
    pytest.importorskip("numba", reason="Numba is not installed")


def rows_of(rule: fo.Rule, dtype: str = "float32", sizes: tuple[int, ...] = SIZES) -> list[list[np.ndarray]]:
    return [arrays(rule, n, dtype, seed=n) for n in sizes]


def one_by_one(backend: str, step: Step, rows: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
    alone = [[a.copy() for a in row] for row in rows]
    for row in alone:
        BACKENDS[backend].run(step, row)
    return alone


# ── one call is as many ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@BOTH
@EVERY
def test_a_batch_takes_the_steps_that_its_arrays_take_alone(optimizer, backend, dtype):
    rule = optimizer.rule
    rows = rows_of(rule, dtype)
    step = Step(rule, 3, rule.hyperparameters, scalar_state(rule))
    before = [[a.copy() for a in row] for row in rows]
    expected = one_by_one(backend, step, rows)
    batch = BACKENDS[backend].batch(rule, [(p, *state) for p, _, *state in rows])
    with np.errstate(all="ignore"):
        batch.take([g for _, g, *_ in rows]).run(step)
    for ours, alone, old in zip(rows, expected, before, strict=True):
        for a, e, b in zip(ours, alone, old, strict=True):
            within(1, a, e, b)  # a product's factors may be taken in another order, by vectors or one by one


@BOTH
def test_what_has_no_gradient_stays_as_it_is(backend):
    rule = fo.Adam.rule
    rows = rows_of(rule)
    step = Step(rule, 3, rule.hyperparameters)
    before, expected = [[a.copy() for a in row] for row in rows], one_by_one(backend, step, rows)
    batch = BACKENDS[backend].batch(rule, [(p, *state) for p, _, *state in rows])
    batch.take([None if i % 3 == 0 else row[1] for i, row in enumerate(rows)]).run(step)
    for i, (ours, alone, old) in enumerate(zip(rows, expected, before, strict=True)):
        for a, e, b in zip(ours, alone, old, strict=True):
            within(1, a, b if i % 3 == 0 else e, b)


@BOTH
def test_two_steps_may_be_ready_at_once(backend):
    # Two groups take their steps by one batch: the second's gradients must not displace the first's.
    params = [np.ones(4), np.ones(4)]
    with fo.using(backend):
        opt = fo.SGD([{"params": [params[0]] * 1, "lr": 1.0}, {"params": [params[1]], "lr": 0.5}])
        opt.step([[np.full(4, 1.0)], [np.full(4, 2.0)]])
        opt = fo.SGD([{"params": [a := np.ones(3), b := np.ones(3)], "lr": 1.0}, {"params": [c := np.ones(3)]}], lr=0.5)
        opt.step([[np.full(3, 1.0), np.full(3, 2.0)], [np.full(3, 4.0)]])
    assert_array_equal(params, [np.zeros(4), np.zeros(4)])
    assert_array_equal([a, b, c], [[0] * 3, [-1] * 3, [-1] * 3])


ODD = {
    "strided": lambda g: np.repeat(g, 2)[::2],
    "of another dtype": lambda g: g.astype("float64"),
    "of another byte order": lambda g: g.astype(g.dtype.newbyteorder()),
    "unpickled": lambda g: pickle.loads(pickle.dumps(g)),
    "not aligned": lambda g: np.frombuffer(b" " + g.tobytes(), np.uint8)[1:].view(g.dtype),
    "read-only": lambda g: np.frombuffer(g.tobytes(), g.dtype),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("count", [3, MANY + 5])
@BOTH
def test_a_gradient_of_another_kind_is_applied_all_the_same(backend, count, odd):
    gradients = [np.random.default_rng(i).normal(size=20).astype("float32") for i in range(count)]
    plain, ours = ([np.ones(20, "float32") for _ in range(count)] for _ in range(2))
    with fo.using(backend):
        for params, given in ((plain, gradients), (ours, [odd(g) if i % 2 else g for i, g in enumerate(gradients)])):
            opt = fo.Adam(params)
            opt.step(given)
            opt.step(given)
    np.testing.assert_allclose(ours, plain, rtol=1e-6)


@BOTH
def test_parameters_of_all_dtypes_and_layouts_take_one_step_together(backend):
    def start(kind: str) -> np.ndarray:
        a = np.linspace(-1, 1, 60, dtype="float32")
        return {"bfloat16": a.astype("bfloat16"), "float16": a.astype("float16"), "float64": a.astype("float64")}.get(
            kind, {"F": np.asfortranarray(a.reshape(6, 10)), "strided": np.repeat(a, 2)[::2]}.get(kind, a.copy())
        )

    kinds = ["plain", "bfloat16", "float16", "float64", "F", "strided", "plain"]
    together, alone = ([start(kind) for kind in kinds] for _ in range(2))
    with fo.using(backend):
        many, single = fo.Adam(together), [fo.Adam(p) for p in alone]
        for t in range(3):
            gradients = [np.random.default_rng(t).normal(size=p.shape).astype(p.dtype) for p in together]
            many.step(gradients)
            for opt, g in zip(single, gradients, strict=True):
                opt.step(g)
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_allclose(a.astype("float64"), b.astype("float64"), rtol=1e-6, atol=1e-7)


# ── headers ───────────────────────────────────────────────────────────────────────────────────────


def strange(good: np.ndarray) -> list:
    class Mine(np.ndarray):
        pass

    other = good.astype(good.dtype.newbyteorder())
    unaligned = np.frombuffer(b" " + good.tobytes(), np.uint8)[1:].view(good.dtype).reshape(good.shape)
    return [
        None, 3.0, "text", [1.0], np.float32(3), np.array(1, good.dtype), good.astype("float64"), good.T, good[::-1],
        good.ravel(), good.view(Mine), np.ma.array(good), other, unaligned, np.zeros((3, 4, 1), good.dtype), object(),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [20, 3 * MANY])
@pytest.mark.parametrize("known", [True, False])
def test_headers_tell_what_is_a_plain_array_and_where_it_lies(count, known, monkeypatch):
    if not known:
        monkeypatch.setattr(headers, "_memory", lambda: None)
    good = np.zeros((3, 4), "float32")
    wrong = strange(good)
    given = [*wrong, *(good.copy() for _ in range(count - len(wrong)))]
    given[-1] = pickle.loads(pickle.dumps(good))  # its dtype is another object
    found = Headers([(3, 4)] * count, [good.dtype] * count).addresses(given)
    assert not found[: len(wrong)].any()
    assert found[len(wrong) :].tolist() == [g.ctypes.data for g in given[len(wrong) :]]


@pytest.mark.parametrize("count", [3, MANY + 1])
def test_a_gradient_that_lies_in_a_parameter_does_not_fit(count):
    params = [np.ones(10) for _ in range(count)]
    spans = sorted((p.ctypes.data, p.ctypes.data + p.nbytes) for p in params)
    gradients = Gradients(params, [low for low, _ in spans], [high for _, high in spans])
    others = [np.ones(10) for _ in range(count)]
    assert gradients.fit(others)
    for inside in (params[1], params[-1]):
        assert not gradients.fit([*others[:2], inside, *others[3:]])
    with pytest.raises(ValueError, match="shares memory"):
        fo.SGD(params, lr=1.0).step([*others[:2], params[1], *others[3:]])


@BOTH
@pytest.mark.parametrize("count", [1, 3, 50])
@pytest.mark.parametrize("stepped_before", [True, False])
def test_an_array_that_was_resized_in_place_is_refused(backend, count, stepped_before):
    # Its state has the old shape: a compiled loop over the new one would write into another's memory.
    params = {str(i): np.ones(1000) for i in range(count)}
    gradients = {name: np.ones(1000) for name in params}
    with fo.using(backend):
        opt = fo.EMA(fo.SAM(fo.Adam(params)))
        if stepped_before:
            opt.perturb(gradients)
            opt.step(gradients)
        last = str(count - 1)
        params[last].resize(200_000, refcheck=False)
        for given in (1000, 200_000):
            gradients[last] = np.ones(given)
            acts = (lambda: opt.perturb(gradients), lambda: opt.inner.inner.step(gradients), opt.swap, opt.state_dict)
            for act in acts:
                with pytest.raises(ValueError, match=rf"parameter '{last}' has the shape .200000,., and had .1000,."):
                    act()
        assert opt.t == stepped_before
        params[last].resize(1000, refcheck=False)  # as it was, and elsewhere
        gradients[last] = np.ones(1000)
        opt.perturb(gradients)
        opt.step(gradients)
    assert (params[last] < 1).all()


def test_arrays_that_lie_end_to_end_may_be_out_of_step_with_their_buffer():
    # Taken as elements of the buffer, they would be half an element before where they are.
    buffer = np.zeros(101, "float32")
    shifted = buffer.view("uint8")[2:-2].view("float32")
    params = [shifted[:50], shifted[50:]]
    assert params[0].base is buffer
    fo.SGD(params, lr=1.0).step([np.ones(50, "float32")] * 2)
    assert_array_equal(shifted, -1)


def test_arrays_may_be_written_though_their_buffer_is_locked():
    buffer = np.zeros(100)
    params = [buffer[:50], buffer[50:]]
    buffer.flags.writeable = False
    opt = fo.SGD(params, lr=1.0)
    opt.step([np.ones(50)] * 2)
    assert_array_equal(params, -1)


@pytest.mark.parametrize("more", [0, FEW])
def test_held_arrays_are_as_they_were_until_one_is_resized(more):
    held = Held([np.ones((3, 4)), np.ones(5), *[np.ones(2)] * more])
    assert held.unchanged()
    held.arrays[0].shape = (4, 3)
    assert not held.unchanged()
    held.arrays[0].shape = (3, 4)
    held.arrays[1].resize(4, refcheck=False)
    assert not held.unchanged()


# ── NaN and infinity ──────────────────────────────────────────────────────────────────────────────


@BOTH
@pytest.mark.parametrize("count", [1, 2, 50])
def test_a_gradient_that_overflows_in_the_dtype_of_the_step_is_told_without_a_warning(backend, count):
    params = [np.ones(3, "float32") for _ in range(count)]
    with fo.using(backend), np.errstate(all="raise"):
        opt = fo.Adam(params, on_nonfinite="skip")
        assert not opt.step([*[np.ones(3)] * (count - 1), np.full(3, 1e300)])
    assert_array_equal(params, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [40, 70_000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@BOTH
def test_one_element_that_is_not_finite_is_found_and_large_ones_are_not(backend, dtype, size, bad):
    rows = [(np.ones(size, dtype),) for _ in range(3)]
    largest = np.finfo(dtype).max
    gradients = [np.full(size, largest, dtype), np.full(size, -largest, dtype), np.zeros(size, dtype)]
    batch = BACKENDS[backend].batch(None, rows)
    assert batch.take(gradients).finite()  # their sum is not
    for i in range(3):
        for k in (0, size // 2, size - 1):
            spoilt = [g.copy() for g in gradients]
            spoilt[i][k] = bad
            assert not batch.take(spoilt).finite()
            assert batch.take([None if j == i else g for j, g in enumerate(spoilt)]).finite()


# ── threads and forks ─────────────────────────────────────────────────────────────────────────────

LAYERS = pytest.mark.parametrize("layer", ["omp", "workqueue"])
START = """
import os, threading, numpy as np, firstorder as fo
fo.use("numba")
"""


def run(code: str, layer: str) -> str:
    environment = {**os.environ, "NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", START + code], env=environment, capture_output=True, text=True)
    if "No threading layer could be loaded" in done.stderr:
        pytest.skip(f"Numba has no layer {layer!r} here")
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@LAYERS
def test_a_forked_child_steps_as_its_parent_does(layer, in_numba):
    said = run(
        """
p, g = np.zeros(200_000, "f4"), np.ones(200_000, "f4")
opt = fo.Adam(p)
opt.step(g)
child = os.fork()
opt.step(g)
if child:
    assert os.waitpid(child, 0)[1] == 0
print(float(p.min()), float(p.max()), flush=True)
os._exit(0)
""",
        layer,
    ).split()
    assert len(said) == 4
    assert len(set(said)) == 1


@LAYERS
def test_python_threads_step_at_once(layer, in_numba):
    said = run(
        """
def work(opt, g):
    for _ in range(20):
        opt.step(g)
arrays = [np.zeros(200_000, "f4") for _ in range(4)]
g = np.ones(200_000, "f4")
threads = [threading.Thread(target=work, args=(fo.SGD(p, lr=1.0), g)) for p in arrays]
for thread in threads: thread.start()
for thread in threads: thread.join()
print({float(p[i]) for p in arrays for i in (0, -1)})
""",
        layer,
    )
    assert said.strip() == "{-20.0}"


@BOTH
def test_copies_and_pickles_know_their_own_arrays(backend):
    with fo.using(backend):
        params = [np.ones(50) for _ in range(MANY + 3)]
        opt = fo.Adam(params)
        gradients = [np.full(50, 0.5) for _ in params]
        opt.step(gradients)
        for copied in (copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))):
            theirs, again = copied((params, opt))
            before = [p.copy() for p in params]
            again.step(gradients)
            assert_array_equal(params, before)
            assert all((a != b).all() for a, b in zip(theirs, before, strict=True))
            with pytest.raises(ValueError, match="shares memory"):
                again.step(theirs)
            opt.step(gradients)
            np.testing.assert_array_equal(theirs, params)


def test_threads_of_numpy_do_not_meet():
    # Blocks are gathered in room of the batch's own.
    opts = [fo.Adam([np.ones(100) for _ in range(60)]) for _ in range(4)]
    gradients = [np.full(100, 0.5) for _ in range(60)]
    threads = [threading.Thread(target=lambda o=o: [o.step(gradients) for _ in range(10)]) for o in opts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for opt in opts[1:]:
        assert_array_equal([s.array for s in opt.parameters.slots], [s.array for s in opts[0].parameters.slots])
