"""On a GPU every optimizer takes the path that it takes on NumPy: those without a kernel of their own as well."""

import numpy as np
import pytest

import firstorder as fo

pytestmark = pytest.mark.gpu

SHAPES = {"w": (4, 3), "b": (3,), "scale": (), "none": (0, 2)}
EVERY_OPTIMIZER = pytest.mark.parametrize("key", fo.OPTIMIZERS)
#: Relative to the largest element: matrices are multiplied and factorised by other libraries, in float64 both.
TOLERANCE = 1e-9


def start() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {name: np.asarray(random.normal(size=shape)) for name, shape in SHAPES.items()}


def gradients(steps: int = 6) -> list[dict[str, np.ndarray]]:
    random = np.random.default_rng(2)
    return [{name: np.asarray(random.normal(size=shape)) for name, shape in SHAPES.items()} for _ in range(steps)]


def near(ours: dict, expected: dict, what: str) -> None:
    for name, array in expected.items():
        apart = np.max(np.abs(ours[name] - array), initial=0.0)
        assert apart <= TOLERANCE * np.max(np.abs(array), initial=1.0), f"{what}: {name} is {apart:.1e} apart"


@EVERY_OPTIMIZER
def test_arrays_on_the_gpu_take_numpys_path(key, cupy):
    expected, ours = start(), {name: cupy.asarray(p) for name, p in start().items()}
    on_cpu, on_gpu = (fo.OPTIMIZERS[key](p, lr=0.01) for p in (expected, ours))
    for step, grads in enumerate(gradients(), 1):
        on_cpu.step(grads)
        on_gpu.step({name: cupy.asarray(g) for name, g in grads.items()})
        near({name: cupy.asnumpy(p) for name, p in ours.items()}, expected, f"{key}, step {step}")


@EVERY_OPTIMIZER
def test_an_arena_on_the_gpu_takes_numpys_path(key, cupy):
    expected, ours = start(), fo.Arena({name: cupy.asarray(p) for name, p in start().items()})
    on_cpu, on_gpu = (fo.OPTIMIZERS[key](p, lr=0.01) for p in (expected, ours))
    given = ours.zeros_like()
    for step, grads in enumerate(gradients(), 1):
        for name, g in grads.items():
            given[name][...] = cupy.asarray(g)
        on_cpu.step(grads)
        on_gpu.step(given)
        near({name: cupy.asnumpy(ours[name]) for name in expected}, expected, f"{key}, step {step}")


@EVERY_OPTIMIZER
def test_a_state_of_the_gpu_resumes_on_the_cpu(key, cupy, tmp_path):
    expected, ours = start(), {name: cupy.asarray(p) for name, p in start().items()}
    on_cpu, on_gpu = (fo.OPTIMIZERS[key](p, lr=0.01) for p in (expected, ours))
    first, last = gradients()[:3], gradients()[3]
    for grads in first:
        on_cpu.step(grads)
        on_gpu.step({name: cupy.asarray(g) for name, g in grads.items()})
    on_gpu.save(tmp_path / "state.npz")
    back = {name: cupy.asnumpy(p) for name, p in ours.items()}
    resumed = fo.OPTIMIZERS[key](back, lr=0.01)
    resumed.load(tmp_path / "state.npz")
    on_cpu.step(last)
    resumed.step(last)
    near(back, expected, key)
