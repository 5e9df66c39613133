"""The CUDA reading, on three levels: as C on the CPU, as PTX by NVIDIA's compiler, and on a GPU where there is one."""

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from samples import ELEMENTWISE, RULES, arrays, called, keywords, scalar_state, terms, within

import firstorder as fo
from firstorder.backends import cupy_backend
from firstorder.reading.cuda import kernel

EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def dtypes_of(rule: fo.Rule, storage: str) -> dict[str, str]:
    """Parameter and gradient in `storage`, state in what is computed in."""
    state = "float64" if storage == "float64" else "float32"
    return {name: storage if name in ("p", "g") else state for name in rule.program.arrays}


def compute_of(storage: str) -> str:
    return "float64" if storage == "float64" else "float32"


# ── the body is C: compiled by the C compiler, in a loop ──────────────────────────────────────────

C_TYPES = {"float16": "_Float16", "float32": "float", "float64": "double"}
COMPILER = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)


def has_float16(folder) -> bool:
    (folder / "half.c").write_text("float f(_Float16 *x) { return x[0] = x[0] + 1; }\n")
    tried = subprocess.run([COMPILER, "-c", "half.c", "-o", "half.o"], cwd=folder, capture_output=True)
    return tried.returncode == 0


def c_function(rule: fo.Rule, storage: str) -> str:
    """The kernel's body as the body of a loop; `x_` is an element of the array `x_array`, as it is for CuPy."""
    k = kernel(rule.program, dtypes_of(rule, storage), compute_of(storage))
    types = dtypes_of(rule, storage)
    names = rule.program.arrays
    taken = [f"{C_TYPES[types[a]]} *{a}_array" for a in names] + [f"compute_t {s}" for s in k.arguments]
    return "\n".join(
        [
            *(f"#define {a}_ {a}_array[index_]" for a in names),
            f"void {rule.key}_{storage}(long size_, {', '.join(taken)}) {{",
            f"for (long index_ = 0; index_ < size_; index_++) {{\n{k.body}\n}}}}",
            *(f"#undef {a}_" for a in names),
        ]
    )


@pytest.fixture(scope="module")
def compiled_c(tmp_path_factory):
    """`(rule, storage) -> C function`; one library for each type computed in."""
    if COMPILER is None:
        pytest.skip("there is no C compiler (cc, gcc or clang)")
    folder = tmp_path_factory.mktemp("c")
    groups = {"float32": ["float32"] + ["float16"] * has_float16(folder), "float64": ["float64"]}
    libraries = {}
    for compute, storages in groups.items():
        preamble = kernel(fo.SGD.rule.program, dtypes_of(fo.SGD.rule, compute), compute).preamble
        functions = [c_function(rule, storage) for storage in storages for rule in RULES.values()]
        (folder / f"{compute}.c").write_text("\n".join(["#include <tgmath.h>", preamble, *functions]))
        command = [COMPILER, "-std=gnu11", "-O1", "-Wall", "-Werror", "-Wno-unused-variable", "-fPIC", "-shared"]
        subprocess.run([*command, f"{compute}.c", "-o", f"{compute}.so", "-lm"], cwd=folder, check=True)
        for storage in storages:
            libraries[storage] = ctypes.CDLL(str(folder / f"{compute}.so"))

    def function(rule: fo.Rule, storage: str):
        if storage not in libraries:
            pytest.skip(f"{COMPILER} has no _Float16")
        scalar = ctypes.c_double if storage == "float64" else ctypes.c_float
        made = libraries[storage][f"{rule.key}_{storage}"]

        def run(given: list[np.ndarray], scalars: tuple[float, ...]) -> None:
            pointers = [ctypes.c_void_p(a.ctypes.data) for a in given]
            made(ctypes.c_long(given[0].size), *pointers, *map(scalar, scalars))

        return run

    return function


@pytest.mark.parametrize("storage", ["float16", "float32", "float64"])
@EVERY_RULE
def test_kernel_compiled_as_c_is_the_function_along_ten_steps(rule, storage, compiled_c):
    run = compiled_c(rule, storage)
    types = list(dtypes_of(rule, storage).values())
    ours = [a.astype(d) for a, d in zip(arrays(rule, 500), types, strict=True)]
    written = rule.program.written
    for t in range(1, 11):
        ours[1] = arrays(rule, 500, seed=t)[1].astype(storage)
        before = [a.copy() for a in ours]
        run(ours, rule.scalars(*scalar_state(rule), **keywords(rule, t))[0])
        wide = [a.astype(compute_of(storage)) for a in before]
        expected = iter(called(rule, wide, t))
        for name, a, b, w in zip(rule.program.arrays, ours, before, written, strict=True):
            if w:
                within(8, a, next(expected).astype(a.dtype), b, f"{name}, step {t}")


@pytest.mark.parametrize("storage", ["float32", "float64"])
@EVERY_RULE
def test_kernel_treats_nan_infinity_and_zero_as_numpy_does(rule, storage, compiled_c):
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0], storage)
    given = arrays(rule, special.size, storage)
    given[1] = special
    ours = [a.copy() for a in given]
    compiled_c(rule, storage)(ours, rule.scalars(*scalar_state(rule), **keywords(rule, 2))[0])
    with np.errstate(all="ignore"):
        expected = iter(called(rule, given, 2))
    for name, a, w in zip(rule.program.arrays, ours, rule.program.written, strict=True):
        if w:
            np.testing.assert_allclose(a, next(expected), rtol=1e-5, err_msg=name)


def test_a_number_in_a_condition_is_compared_in_the_precision_computed_in():
    # 0.1 is another number in float32: a literal in the kernel is a double, and makes the comparison one in double.
    @fo.optimizer
    def threshold(p, g, *, lr=1.0):
        p = p - lr * np.where(g > 0.1, g, 0 * g)
        return p

    g = np.full(1, 0.1, "float32")
    body = kernel(threshold.program, {"p": "float32", "g": "float32"}, "float32").body
    assert threshold(np.zeros(1, "float32"), g) == 0
    assert "0.1" not in body


# ── the kernel is CUDA: the very source that CuPy would compile, compiled by NVRTC ────────────────

ARCHITECTURES = ["75", "80", "86", "89", "90"]


@cache
def cupy_source(rule: fo.Rule, storage: str) -> str:
    """What CuPy 13 and 14 write round our kernel for contiguous arrays, by their own code generator."""
    from cupy import ndarray
    from cupy._core import _kernel
    from cupy._core._carray import Indexer
    from cupy._core._scalar import CScalar

    made = cupy_backend.compiled(rule, tuple(dtypes_of(rule, storage).values()), compute_of(storage))
    arguments = []
    for param in made.params:
        if param.name == "_ind":
            arguments.append(_kernel._ArgInfo(2, Indexer, None, 1, True, True))
        elif param.name.endswith("_"):
            arguments.append(_kernel._ArgInfo(1, ndarray, param.dtype, 1, True, True))
        else:
            arguments.append(_kernel._ArgInfo(3, CScalar, param.dtype, 0, True, True))
    return generated(made, arguments)


def generated(made, arguments) -> str:
    """What CuPy writes round a kernel."""
    from cupy._core import _kernel

    return _kernel._get_elementwise_kernel_code(
        tuple(arguments), _kernel._TypeMap(()), made.params, made.operation, made.name, made.preamble
    )


@cache
def rows_source(rule: fo.Rule, storage: str) -> str:
    """The same for the kernel of many arrays, whose arguments are addresses, and numbers."""
    return rows_of_arguments(
        cupy_backend.compiled_rows(rule, tuple(dtypes_of(rule, storage).values()), compute_of(storage))
    )


def rows_of_arguments(made) -> str:
    from cupy import ndarray
    from cupy._core import _kernel
    from cupy._core._carray import Indexer
    from cupy._core._scalar import CScalar

    forms = [
        (2, Indexer, None, 1) if p.name == "_ind" else (1, ndarray, p.dtype, 1) if p.raw else (3, CScalar, p.dtype, 0)
        for p in made.params
    ]
    return generated(made, [_kernel._ArgInfo(*form, True, True) for form in forms])


@cache
def entries(storage: str, architecture: str, source_of: Callable[[fo.Rule, str], str] = cupy_source) -> dict[str, str]:
    """The PTX of every rule's kernel, by name; all kernels of a storage type are one compilation."""
    pytest.importorskip("cupy", reason="CuPy is not installed")
    from cupy._core import core
    from cupy.cuda import compiler, nvrtc

    try:
        nvrtc.getVersion()
    except Exception as error:
        pytest.skip(f"CuPy finds no NVRTC: {error}")
    headers = "".join(f"#include <{name}>\n" for name in core._cupy_header_list)
    source = headers + "\n".join(source_of(rule, storage) for rule in RULES.values())
    options = core.assemble_cupy_compiler_options(())
    options += ("-ftz=true", f"-arch=compute_{architecture}", "--device-as-default-execution-space")
    program = compiler._NVRTCProgram(source, "firstorder.cu", (), (), method="ptx")
    ptx = program.compile(options)[0]
    ptx = ptx.decode() if isinstance(ptx, bytes) else ptx
    return {part.split("(")[0]: part for part in ptx.split(".visible .entry ")[1:]}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("storage", ["float16", "bfloat16", "float32", "float64"])
def test_kernel_of_rows_compiles_and_stores_each_array_once(storage, architecture):
    compiled = entries(storage, architecture, rows_source)
    stores = {
        key: len(re.findall(r"st\.(?:global\.)?\S*\s+\[%rd\d+\]", compiled[f"firstorder_{rule.key}_rows"]))
        for key, rule in RULES.items()
        if not _is_trigonometric(rule)
    }
    assert stores == {key: sum(RULES[key].program.written) for key in stores}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_the_search_for_nan_compiles(dtype):
    pytest.importorskip("cupy", reason="CuPy is not installed")
    from cupy._core import core
    from cupy.cuda import compiler

    headers = "".join(f"#include <{name}>\n" for name in core._cupy_header_list)
    made = cupy_backend.compiled_finite(dtype, compute_of(dtype))
    source = headers + rows_of_arguments(made)
    options = (*core.assemble_cupy_compiler_options(()), "-arch=compute_80", "--device-as-default-execution-space")
    ptx = compiler._NVRTCProgram(source, "firstorder.cu", (), (), method="ptx").compile(options)[0]
    assert len(re.findall(r"st\.(?:global\.)?\S*\s+\[%rd\d+\]", ptx if isinstance(ptx, str) else ptx.decode())) == 1


def _is_trigonometric(rule: fo.Rule) -> bool:
    """CUDA's own sine and cosine reduce large angles in double precision, with a table that they load."""
    return bool({"sin(", "cos("} & set(re.findall(r"\w+\(", rule.cuda())))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("storage", ["float16", "bfloat16", "float32", "float64"])
def test_kernel_loads_and_stores_each_array_once(storage, architecture):
    counted, rules = {}, {key: rule for key, rule in RULES.items() if not _is_trigonometric(rule)}
    for key, rule in rules.items():
        ptx = entries(storage, architecture)[f"firstorder_{rule.key}"]
        loads, stores = (re.findall(rf"{op}\.global\S*\s+.*?\[(%rd\d+)\]", ptx) for op in ("ld", "st"))
        assert len(set(loads)) == len(loads)
        assert len(set(stores)) == len(stores)  # an address may be computed again, in another register
        counted[key] = len(loads), len(stores)
    assert counted == {key: (len(rule.program.arrays), sum(rule.program.written)) for key, rule in rules.items()}


@pytest.mark.parametrize("storage", ["float16", "bfloat16", "float32"])
def test_kernel_computes_nothing_in_double_precision_unless_asked(storage):
    compiled = entries(storage, "80")
    for rule in RULES.values():
        if not _is_trigonometric(rule):
            assert ".f64" not in compiled[f"firstorder_{rule.key}"], rule.key


@pytest.mark.parametrize("storage", ["float16", "bfloat16", "float32", "float64"])
def test_kernel_has_no_power_and_no_division_of_scalars(storage):
    ptx = entries(storage, "80")["firstorder_adam"]
    assert len(re.findall(r"\bdiv\.", ptx)) == 1
    assert len(re.findall(r"\bsqrt\.", ptx)) == 1
    assert "ex2" not in ptx
    assert "lg2" not in ptx


# ── on a GPU ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.gpu
@pytest.mark.parametrize("storage", ["float16", "bfloat16", "float32", "float64"])
@EVERY_RULE
def test_gpu_computes_what_numpy_computes(rule, storage, cupy):
    optimizer = fo.Optimizer.of(rule)
    start, *_ = arrays(rule, 1000, storage)
    on_cpu, on_gpu = start.reshape(20, 50), cupy.asarray(start.reshape(20, 50))
    cpu, gpu = optimizer(on_cpu), optimizer(on_gpu)
    for t in range(10):
        # From the same state each time, so that one step is compared.
        on_gpu[...] = cupy.asarray(on_cpu)
        state = cpu.state_dict()
        gpu.load_state_dict(state)
        before, old = on_cpu.copy(), cpu.state
        old = {name: np.copy(old[name]) for name in rule.state}
        g = arrays(rule, 1000, storage, seed=t)[1].reshape(20, 50)
        cpu.step(g)
        gpu.step(cupy.asarray(g))
        within(8, on_gpu.get(), on_cpu, before, f"p, step {t + 1}")
        wide = [a.astype(compute_of(storage)) for a in (before, g, *old.values())]
        written = (name for name, w in zip(rule.program.arrays, rule.program.written, strict=True) if w)
        sizes = dict(zip(written, terms(rule, wide), strict=True))
        for name in rule.state:
            within(8, gpu.state[name].get(), cpu.state[name], sizes.get(name, old[name]), f"{name}, step {t + 1}")


@pytest.mark.gpu
@pytest.mark.parametrize("layout", ["transposed", "strided", "one number", "nothing"])
def test_gpu_updates_any_layout_in_place(layout, cupy):
    make = {
        "transposed": lambda a: a.reshape(30, 40).T,
        "strided": lambda a: a[::3],
        "one number": lambda a: a[:1].reshape(()),
        "nothing": lambda a: a[:0],
    }[layout]
    p, g = cupy.ones(1200), cupy.arange(1200.0)
    fo.SGD(make(p), lr=0.5).step(make(g))
    expected = np.ones(1200)
    view = make(expected)
    view -= 0.5 * make(np.arange(1200.0))
    np.testing.assert_allclose(p.get(), expected, rtol=1e-15)


@pytest.mark.gpu
@pytest.mark.parametrize("optimizer", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_a_step_of_an_arena_is_one_launch(optimizer, cupy, monkeypatch):
    launches = []
    compiled = cupy_backend.compiled

    def counted(*key):
        def launch(*arguments):
            launches.append(key)
            return compiled(*key)(*arguments)

        return launch

    monkeypatch.setattr(cupy_backend, "compiled", counted)
    params = fo.Arena([cupy.ones((3, n)) for n in range(1, 200)])
    grads = params.zeros_like()
    opt = optimizer(params, on_nonfinite="ignore")
    opt.step(grads)
    assert len(launches) == 1


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("key", "storage"),
    [
        *((key, "float32") for key in ELEMENTWISE),
        *(("adam", storage) for storage in ("float16", "bfloat16", "float64")),
    ],
)
def test_a_list_on_the_gpu_takes_the_steps_of_its_arrays(key, storage, cupy):
    optimizer = ELEMENTWISE[key]
    start = [arrays(optimizer.rule, n, storage, seed=n)[0] for n in (1, 255, 256, 257, 5000, 0)]
    together, alone = ([cupy.asarray(p) for p in start] for _ in range(2))
    many, single = optimizer(together), [optimizer(p) for p in alone]
    for t in range(3):
        gradients = [cupy.asarray(arrays(optimizer.rule, p.size, storage, seed=t)[1]) for p in start]
        many.step(gradients)
        for opt, g in zip(single, gradients, strict=True):
            opt.step(g)
    for a, b, before in zip(together, alone, start, strict=True):
        within(8, a.get(), b.get(), before)


@pytest.mark.gpu
def test_nan_on_the_gpu_is_found_before_anything_changes(cupy):
    p = [cupy.ones(3), cupy.ones(3)]
    opt = fo.Adam(p)
    with pytest.raises(FloatingPointError, match="'1'"):
        opt.step([cupy.ones(3), cupy.array([1.0, cupy.nan, 1.0])])
    assert (cupy.concatenate(p) == 1).all()
    assert opt.t == 0


@pytest.mark.gpu
def test_numpy_and_cupy_are_not_mixed(cupy):
    with pytest.raises(TypeError, match="use one kind"):
        fo.Adam([np.ones(3), cupy.ones(3)])
    with pytest.raises(TypeError, match="use one kind"):
        fo.Adam(cupy.ones(3)).step(np.ones(3))


@pytest.mark.gpu
def test_state_saved_on_the_gpu_resumes_on_the_cpu_and_back(cupy, tmp_path):
    gpu = fo.Adam({"w": cupy.ones(3)})
    gpu.step({"w": cupy.arange(3.0)})
    gpu.save(tmp_path / "state.npz")
    cpu = fo.Adam({"w": np.ones(3)})
    cpu.load(tmp_path / "state.npz")
    np.testing.assert_array_equal(cpu.state["m"]["w"], gpu.state["m"]["w"].get())
    gpu.load_state_dict(cpu.state_dict())
    assert gpu.t == 1
