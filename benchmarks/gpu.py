"""The sections of the benchmark that need a GPU, `python -m benchmarks --gpu`: absent peers are left out."""

from collections.abc import Iterator
from importlib.util import find_spec
from time import monotonic

import firstorder as fo

from .contenders import FUSED, TORCH, Arrays, firstorder, torch_optim
from .measure import Contender, Section, Target, make_arrays, section

HUGE, LARGE, MANY, SMALL = 100_000_000, 10_000_000, 1_000, 1_000
ONE = (
    Target("firstorder CuPy", "device copy", 0.85),
    Target("firstorder CuPy", "torch fused on the GPU", 1),
)
LIST = (
    Target("firstorder CuPy, new gradients", "torch fused on the GPU", 1),
    Target("firstorder CuPy, Arena", "torch fused on the GPU", 5),
)


def name() -> str | None:
    """The name of the GPU, if CuPy has one to run on."""
    from firstorder.backends import BACKENDS

    if BACKENDS["cupy"].missing():
        return None
    import cupy

    return cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()


def device_copy(params: Arrays) -> Contender:
    """From one array to another: what the memory can do."""
    import cupy

    source = cupy.array(params[0])
    target = cupy.empty_like(source)

    def copy() -> None:
        cupy.copyto(target, source)
        cupy.cuda.get_current_stream().synchronize()

    return Contender("device copy", 2 * source.nbytes, copy, on_gpu=True)


def torch_on_gpu(key: str, params: Arrays, grads: Arrays) -> list[Contender]:
    """PyTorch's, if there is a build of it with CUDA."""
    if key not in TORCH or not find_spec("torch"):
        return []
    import torch

    if not torch.cuda.is_available():
        return []
    kinds = ["foreach", *(["fused"] if TORCH[key][0] in FUSED else [])]
    return [torch_optim(kind, key, params, grads, "cuda") for kind in kinds]


def sections(rounds: int, seconds: float) -> Iterator[Section | str]:
    """Sections, or the titles of those for which the time did not suffice."""
    end = monotonic() + seconds
    huge = make_arrays(1, HUGE)
    contenders = [firstorder("cupy", "adam", *huge), firstorder("cupy", "adam", *huge, on_nonfinite="raise")]
    contenders += [device_copy(huge[0]), *torch_on_gpu("adam", *huge)]
    yield section(f"Adam, {HUGE:,} parameters, GPU", contenders, rounds, ONE)
    del huge, contenders
    free()
    many = make_arrays(MANY, SMALL)
    contenders = [
        firstorder("cupy", "adam", *many),
        firstorder("cupy", "adam", *many, fresh=True),
        firstorder("cupy", "adam", *many, on_nonfinite="raise"),
        firstorder("cupy", "adam", *many, arena=True),
        *torch_on_gpu("adam", *many),
    ]
    yield section(f"Adam, {MANY:,} tensors of {SMALL:,} parameters, GPU", contenders, rounds, LIST)
    del many, contenders
    large = make_arrays(1, LARGE)
    for key, kind in fo.OPTIMIZERS.items():
        if key == "adam" or not kind.rule.elementwise:
            continue
        title = f"{kind.rule.name}, {LARGE:,} parameters, GPU"
        if monotonic() > end:
            yield title
            continue
        free()
        contenders = [firstorder("cupy", key, *large), device_copy(large[0]), *torch_on_gpu(key, *large)]
        yield section(title, contenders, rounds, ONE)


def free() -> None:
    """Give back what the sections before have held, so that none is short of memory."""
    import cupy

    cupy.get_default_memory_pool().free_all_blocks()
