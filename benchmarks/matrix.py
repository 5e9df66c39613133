"""One step of Muon, Shampoo and SOAP by firstorder and by others: `python -m benchmarks.matrix` prints a table.

All run in one process, with as many threads each, in interleaved rounds; a ratio is the median of the rounds' ratios.
PyTorch computes Muon's products in bfloat16, which processors with matrix units for it do several times as fast as in
float32; what it takes in float32, as firstorder does, stands beside it. SOAP is timed over ten steps, one of which
turns its bases. NumPy's eigh and qr compute in float64 whatever the dtype, the libraries' in float32.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from statistics import median

from . import __main__ as common

SHAPES = ((512, 512), (1024, 256), (256, 1024))

Run = Callable[[], object]


def contenders(shape: tuple[int, int]) -> Iterator[tuple[str, int, dict[str, Run]]]:
    """Name of the optimizer, steps in one run, and the runs: ours first."""
    import numpy as np
    import pytorch_optimizer
    import torch

    import firstorder as fo

    random = np.random.default_rng(0)
    start, gradient = (random.standard_normal(shape, dtype=np.float32) for _ in range(2))

    def ours(kind: type[fo.Optimizer], steps: int) -> Run:
        optimizer = kind(start.copy())

        def run() -> None:
            for _ in range(steps):
                optimizer.step(gradient)

        return run

    def theirs(kind: type[torch.optim.Optimizer], steps: int, bfloat16: bool = True) -> Run:
        parameter = torch.tensor(start, requires_grad=True)
        parameter.grad = torch.tensor(gradient)
        optimizer = kind([parameter])

        def run() -> None:
            usual = torch.Tensor.bfloat16
            if not bfloat16:
                torch.Tensor.bfloat16 = torch.Tensor.clone  # type: ignore[method-assign]
            for _ in range(steps):
                optimizer.step()
            torch.Tensor.bfloat16 = usual  # type: ignore[method-assign]

        return run

    muon = torch.optim.Muon
    yield (
        "Muon",
        1,
        {
            "firstorder": ours(fo.Muon, 1),
            "torch in float32": theirs(muon, 1, bfloat16=False),
            "torch in bfloat16": theirs(muon, 1),
        },
    )
    for name, steps in (("Shampoo", 1), ("SOAP", 10)):
        peer = theirs(getattr(pytorch_optimizer, name), steps)
        yield name, steps, {"firstorder": ours(getattr(fo, name), steps), "pytorch_optimizer": peer}


def seconds(runs: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():  # SOAP's first step is unlike the others
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            begin = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - begin)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matrix", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--threads", type=int, default=2, help="threads of every library (%(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds (%(default)s)")
    arguments = parser.parse_args()
    common.limit_threads(arguments.threads)
    import torch

    torch.set_num_threads(arguments.threads)
    print("| one step, float32 | by | ms | its time / firstorder's |\n|---|---|--:|--:|")
    for shape in SHAPES:
        for name, steps, runs in contenders(shape):
            taken = seconds(runs, arguments.rounds)
            for by, times in taken.items():
                ratio = median(t / own for t, own in zip(times, taken["firstorder"], strict=True))
                label = f"{name}, {shape[0]} × {shape[1]}"
                print(f"| {label} | {by} | {1e3 * median(times) / steps:.3g} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
