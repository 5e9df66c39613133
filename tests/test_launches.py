"""A step of many CuPy arrays is one launch, and waits for the device only where it must: counted without a GPU.

In place of CuPy stands a recorder: its arrays are NumPy's in the host's memory, its kernels are the generated ones,
compiled as C. What would make the host wait (reading a number of the device) is counted.
"""

import ctypes
import re
import shutil
import subprocess
import sys
import types

import numpy as np
import pytest
from samples import ELEMENTWISE, arrays, called, scalar_state, within

import firstorder as fo
from firstorder.backends import BACKENDS, cupy_backend
from firstorder.problems import SoftmaxRegression
from firstorder.reading.cuda import kernel_of_finite, kernel_of_rows

COMPILER = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
NAMES = {"float16": "_Float16", "float32": "float", "float64": "double", "int32": "int", "int64": "long long"}


class Recorder:
    """What was asked of the device."""

    def __init__(self):
        self.launches, self.copies, self.waits = [], 0, 0


class Array(np.lib.mixins.NDArrayOperatorsMixin):
    """A stand-in for `cupy.ndarray`: never NumPy's own class, and a number of its own for every reduction."""

    recorder: Recorder

    def __init__(self, host):
        self.host = np.asarray(host)
        self.device = Device()

    shape, dtype, size, ndim, strides, flags, nbytes, itemsize = (
        property(lambda self, n=n: getattr(self.host, n))
        for n in ("shape", "dtype", "size", "ndim", "strides", "flags", "nbytes", "itemsize")
    )

    @property
    def data(self):
        return types.SimpleNamespace(ptr=self.host.ctypes.data, copy_from_host_async=self._receive)

    def _receive(self, address, size, stream):
        self.recorder.copies += 1
        ctypes.memmove(self.host.ctypes.data, address, size)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **given):
        if out is not None:
            given["out"] = tuple(map(unwrapped, out))
        return wrapped(getattr(ufunc, method)(*map(unwrapped, inputs), **given))

    def __array_function__(self, function, kinds, args, given):
        if function is np.where and not isinstance(args[0], Array):
            raise TypeError("CuPy's where takes no condition of the host")

        return wrapped(function(*map(unwrapped, args), **{k: unwrapped(v) for k, v in given.items()}))

    def __len__(self):
        return len(self.host)

    def __getitem__(self, key):
        return Array(self.host[unwrapped(key)])

    def __setitem__(self, key, value):
        self.host[unwrapped(key)] = unwrapped(value)

    def __getattr__(self, name):
        if name.startswith("__") or name == "host":
            raise AttributeError(name)
        method = getattr(self.host, name)
        return lambda *args, **given: wrapped(method(*map(unwrapped, args), **given))

    def get(self):
        self.recorder.waits += 1
        return self.host.copy()

    def _wait(self, convert):
        self.recorder.waits += 1
        return convert(self.host)

    def __float__(self):
        return self._wait(float)

    def __bool__(self):
        return self._wait(bool)

    def __int__(self):
        return self._wait(int)


def unwrapped(a):
    if isinstance(a, (list, tuple)):
        return type(a)(map(unwrapped, a))
    return a.host if isinstance(a, Array) else a


def wrapped(result):
    if isinstance(result, tuple):
        return type(result)(*map(wrapped, result)) if hasattr(result, "_fields") else tuple(map(wrapped, result))
    return Array(result) if isinstance(result, (np.ndarray, np.generic)) else result


class Device:
    id = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def __eq__(self, other):
        return self.id == other.id

    __hash__ = None


#: What is asked of the array module itself, by the package and by wrappers.
MADE = ("empty", "zeros", "ones", "full", "asarray", "array", "empty_like", "zeros_like")
COMPUTED = ("abs", "max", "sqrt", "square", "sum", "where")


def compiled(source: str, name: str, folder):
    path = folder / f"{name}_{abs(hash(source))}"
    path.with_suffix(".c").write_text("#include <tgmath.h>\n#define float16 _Float16\n" + source)
    command = [COMPILER, "-std=gnu11", "-O1", "-Werror", "-fPIC", "-shared", f"{path}.c", "-o", f"{path}.so", "-lm"]
    subprocess.run(command, check=True)
    return getattr(ctypes.CDLL(f"{path}.so"), name)


@pytest.fixture
def device(monkeypatch, tmp_path):
    """The recorder, with a stand-in for CuPy in its place."""
    if COMPILER is None:
        pytest.skip("there is no C compiler (cc, gcc or clang)")
    recorder = Array.recorder = Recorder()

    class Kernel:
        """As `cupy.ElementwiseKernel`, where what is written lies in C order."""

        def __init__(self, inputs, outputs, body, name, preamble=""):
            self.name, taken, self.kinds = name, [], []
            for parameter in f"{inputs}, {outputs}".split(", "):
                *raw, kind, argument = parameter.split()
                array = bool(raw) or (argument.endswith("_") and argument not in ("rows_", "stamp_")) or argument == "g"
                self.kinds.append((array, kind))
                taken.append(f"{NAMES[kind]} {'*' * array}{argument}{'array' * (array and not raw)}")
                if array and not raw:
                    body = re.sub(rf"\b{argument}\b(?!array)", f"{argument}array[i]", body)
            loop = f"void {name}(long n, {', '.join(taken)}) {{\nfor (long i = 0; i < n; i++) {{\n{body}\n}}}}"
            self.run = compiled(f"{preamble}\n{loop}", name, tmp_path)

        def __call__(self, *given, size=None):
            recorder.launches.append(self.name)
            scalar = {"float32": ctypes.c_float, "float64": ctypes.c_double, "int64": ctypes.c_longlong}
            whole = [
                np.ascontiguousarray(a.host) if array else a for a, (array, _) in zip(given, self.kinds, strict=True)
            ]
            passed = [
                ctypes.c_void_p(a.ctypes.data) if array else scalar[kind](a)
                for a, (array, kind) in zip(whole, self.kinds, strict=True)
            ]
            size = next(a.size for a in whole if isinstance(a, np.ndarray)) if size is None else size
            self.run(ctypes.c_long(size), *passed)

    def array_function(name):
        return lambda *args, **given: wrapped(getattr(np, name)(*map(unwrapped, args), **given))

    fake = types.ModuleType("cupy")
    fake.ndarray, fake.ElementwiseKernel = Array, Kernel
    for name in (*MADE, *COMPUTED):
        setattr(fake, name, array_function(name))
    fake.concatenate = lambda parts: Array(np.concatenate([a.host for a in parts]))
    fake.shares_memory = lambda a, b: np.shares_memory(a.host, b.host)
    fake.cuda = types.SimpleNamespace(get_current_stream=lambda: None)
    monkeypatch.setitem(sys.modules, "cupy", fake)
    monkeypatch.setattr(type(BACKENDS["cupy"]), "missing", lambda self: None)
    caches = [v for v in vars(cupy_backend).values() if hasattr(v, "cache_clear")]
    for cache in caches:
        cache.cache_clear()
    yield recorder
    for cache in caches:
        cache.cache_clear()


SHAPES = [(1000,), (3, 5), (), (0, 2), (256,), (257,), (2, 700)]


def on_both(optimizer, policy, count=3):
    random = np.random.default_rng(0)
    start = [random.normal(size=s).astype("float32") for s in SHAPES for _ in range(count)]
    ours, expected = [Array(p.copy()) for p in start], [p.copy() for p in start]
    return start, ours, expected, optimizer(ours, on_nonfinite=policy), optimizer(expected, on_nonfinite=policy)


@pytest.mark.parametrize("policy", ["ignore", "raise"])
@pytest.mark.parametrize("optimizer", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_a_step_of_a_list_is_one_launch_and_waits_at_most_once(optimizer, policy, device):
    start, ours, expected, on_gpu, on_cpu = on_both(optimizer, policy)
    for t in range(3):
        gradients = [np.random.default_rng(t).normal(size=p.shape).astype("float32") for p in start]
        before = [p.copy() for p in expected]
        given = [Array(g) for g in gradients]
        device.launches.clear()
        device.waits = 0
        on_gpu.step(given)
        on_cpu.step(gradients)
        assert device.launches == ["firstorder_finite"] * (policy == "raise") + [
            f"firstorder_{optimizer.rule.key}_rows"
        ]
        assert device.waits == (policy == "raise")
        for a, e, b in zip(ours, expected, before, strict=True):
            within(8, a.host, e, b)
            a.host[...] = e  # from the same numbers each time, so that one step is compared
        for mine, theirs in zip(on_gpu.parameters.slots, on_cpu.parameters.slots, strict=True):
            for name, state in theirs.state.items():
                mine.state[name].host[...] = state


def test_addresses_are_sent_again_only_when_they_are_others(device):
    start, _, _, opt, _ = on_both(fo.Adam, "ignore")
    first, second = ([Array(np.ones(p.shape, "float32")) for p in start] for _ in range(2))
    opt.step(first)
    sent = device.copies
    opt.step(first)
    assert device.copies == sent
    opt.step(second)
    assert device.copies == sent + 1


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_in_a_list_is_found_and_named(bad, device):
    start, ours, _, opt, _ = on_both(fo.Adam, "raise")
    gradients = [Array(np.ones(p.shape, "float32")) for p in start]
    gradients[-1].host[-1, -1] = bad
    with pytest.raises(FloatingPointError, match=f"'{len(start) - 1}'"):
        opt.step(gradients)
    for p, was in zip(ours, start, strict=True):
        np.testing.assert_array_equal(p.host, was)


def test_gradients_of_another_layout_or_dtype_and_none_are_stepped_too(device):
    start, ours, expected, on_gpu, on_cpu = on_both(fo.Adam, "raise")
    gradients = [np.random.default_rng(1).normal(size=p.shape).astype("float32") for p in start]
    gradients[3], gradients[-1] = np.asfortranarray(gradients[3]), gradients[-1].astype("float64")
    gradients[0] = None
    on_gpu.step([None if g is None else Array(g) for g in gradients])
    on_cpu.step(gradients)
    for a, e, b in zip(ours, expected, start, strict=True):
        within(8, a.host, e, b)


@pytest.mark.parametrize(
    "key", [k for k, o in fo.OPTIMIZERS.items() if not o.rule.elementwise and o.rule.program.lines]
)
def test_a_norm_rule_reads_no_number_of_the_device(key, device):
    opt = fo.OPTIMIZERS[key]([Array(np.ones((3, 4), "float32")), Array(np.ones(5, "float32"))], on_nonfinite="ignore")
    gradients = [Array(np.full((3, 4), 0.5, "float32")), Array(np.full(5, 0.25, "float32"))]
    for _ in range(3):
        opt.step(gradients)
    assert device.waits == 0
    state = opt.state_dict()["parameters"]
    assert all(isinstance(entry[name], float) for entry in state.values() for name in opt.rule.scalar_state)


@pytest.mark.parametrize(("dtype", "length"), [("float32", 1), ("float32", 1e-30), ("float64", 1e200), ("float64", 0)])
@pytest.mark.parametrize("norm_type", [1.0, 2.0, 2.5, np.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1e3, np.inf])
def test_clipping_waits_for_the_device_only_where_a_norm_is_asked_for(max_norm, norm_type, dtype, length, device):
    def clipped(optimizer):
        given = {"max_norm": max_norm, "norm_type": norm_type}
        return fo.ClipGlobalNorm(fo.ClipNorm(optimizer, **given), **given)

    start = [np.ones((3, 4), dtype), np.ones((), dtype), np.ones((0, 2), dtype), np.ones(5, dtype)]
    gradients = [(length * np.random.default_rng(i).normal(size=p.shape)).astype(dtype) for i, p in enumerate(start)]
    ours, expected = [Array(p.copy()) for p in start], [p.copy() for p in start]
    on_gpu, on_cpu = (clipped(fo.SGD(params, lr=0.1, on_nonfinite="ignore")) for params in (ours, expected))
    on_gpu.step([Array(g) for g in gradients])
    on_cpu.step(gradients)
    assert device.waits == 0
    assert on_gpu.norm == pytest.approx(on_cpu.norm, rel=1e-14)
    assert np.isfinite(on_gpu.norm)
    assert device.waits == 2  # two readings
    assert on_gpu.inner.norms == pytest.approx(on_cpu.inner.norms, rel=1e-14)
    for a, e, before in zip(ours, expected, start, strict=True):
        assert a.dtype == dtype
        within(4, a.host, e, before)


def test_sharpness_is_sought_without_waiting_for_the_device(device):
    start = [np.ones((3, 4), "float32"), np.ones(5, "float32")]
    ours, expected = [Array(p.copy()) for p in start], [p.copy() for p in start]
    on_gpu, on_cpu = (fo.SAM(fo.SGD(params, lr=0.1, on_nonfinite="ignore")) for params in (ours, expected))
    for gradients in ([np.full((3, 4), 2.0, "f4"), np.arange(5, dtype="f4")], [np.zeros(p.shape, "f4") for p in start]):
        on_gpu.perturb([Array(g) for g in gradients])
        on_cpu.perturb(gradients)
        for a, e, before in zip(ours, expected, start, strict=True):
            within(4, a.host, e, before)
        on_gpu.restore()
        on_cpu.restore()
    assert device.waits == 0


def test_a_problem_on_the_device_hands_losses_to_the_host_and_gradients_to_where_the_parameters_are(device):
    for name in ("arange", "broadcast_to", "exp", "log", "take_along_axis"):
        made = lambda *given, name=name, **more: wrapped(getattr(np, name)(*map(unwrapped, given), **more))  # noqa: E731
        setattr(sys.modules["cupy"], name, made)
    x, y = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    here, there = SoftmaxRegression(x, y), SoftmaxRegression(Array(x), Array(y))
    params = {name: array + 0.1 for name, array in here.start().items()}
    moved = {name: Array(array) for name, array in params.items()}
    runs = {name: np.stack([array] * 2) for name, array in params.items()}
    expected = here.gradient(params)
    for given, kind in ((params, np.ndarray), (moved, Array)):
        gradient = there.gradient(given)
        assert {type(g) for g in gradient.values()} == {kind}
        assert all(np.array_equal(g, expected[name]) for name, g in fo.to_numpy(gradient).items())
        assert there.value(given) == here.value(params)
        assert type(there.value(given)) is float
        assert there.accuracy(given, x, y) == here.accuracy(params)
    many = there.value({name: Array(array) for name, array in runs.items()})
    assert type(many) is np.ndarray
    assert np.array_equal(many, here.value(runs))


def test_to_numpy_copies_what_is_on_the_device_alone(device):
    kept, moved = np.ones(2), Array(np.arange(3))
    found = fo.to_numpy({"a": kept, "b": [moved, (moved, 2.0)]})
    assert found["a"] is kept
    assert all(type(each) is np.ndarray for each in (found["b"][0], found["b"][1][0]))
    assert np.array_equal(found["b"][0], [0, 1, 2])
    assert found["b"][1][1] == 2.0


def test_the_kernel_of_rows_is_the_function_along_rows_of_16_bits(device):
    # The recorder steps float32; the parameter in 16 bits, the state in 32, is another kernel.
    rule = fo.Adam.rule
    rows = [arrays(rule, n, "float32", seed=n) for n in (300, 1, 256)]
    for row in rows:
        row[0], row[1] = row[0].astype("float16"), row[1].astype("float16")
    given = [[Array(a.copy()) for a in row] for row in rows]
    step = fo.backends.Step(rule, 4, rule.hyperparameters, scalar_state(rule))
    batch = BACKENDS["cupy"].batch(rule, [(p, *state) for p, _, *state in given])
    batch.take([row[1] for row in given]).run(step)
    for row, ours in zip(rows, given, strict=True):
        wide = [a.astype("float32") for a in row]
        results = called(rule, wide, 4)
        for a, e, b in zip([ours[0], *ours[2:]], results, [row[0], *row[2:]], strict=True):
            within(8, a.host, e.astype(b.dtype), b)
    assert device.launches == ["firstorder_adam_rows"]


def test_kernels_of_rows_are_written_for_any_dtype():
    rule = fo.Adam.rule
    body = kernel_of_rows(
        rule.program,
        dict(zip(rule.program.arrays, ["bfloat16", "float16", "float32", "float32"], strict=True)),
        "float32",
    ).body
    assert "bfloat16 *p_row_" in body
    assert "float16 *g_row_" in body
    assert "(compute_t)((double *)" in kernel_of_finite("float64", "float32").body
