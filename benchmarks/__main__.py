"""One optimizer step, by firstorder and by others: `python -m benchmarks` prints a table and keeps it in results/.

All run in one process, with as many threads each, in interleaved rounds. A figure of one machine says little about
another, so nothing is asserted about time: the targets stand beside what was measured.
"""

import argparse
import json
import os
import platform
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from .measure import Section, Target, measure

RESULTS = Path(__file__).with_name("results")
LARGE, HUGE, MANY, SMALL = 10_000_000, 100_000_000, 1_000, 1_000
PACKAGES = ("numpy", "numba", "torch", "torch-optimi", "pytorch_optimizer", "optax", "jax")
#: What the others of a section are compared with: the first that is in it.
PEERS = ("torch fused", "torch foreach", "device copy", "optimi", "optax, jitted, donated", "pytorch_optimizer")

ONE_THREAD = (Target("firstorder NumPy", "textbook NumPy", 2.5), Target("firstorder NumPy", "torch default", 1))
PARALLEL = (Target("firstorder Numba", "torch fused", 1 / 1.15),)  # its time at most 1.15 times torch's
ARENA = (Target("firstorder Numba, Arena", "torch fused", 5),)
GPU = (Target("firstorder CuPy", "device copy", 0.85), Target("firstorder CuPy", "torch fused on the GPU", 1))


def limit_threads(threads: int) -> None:
    """Tell every library how many threads it may start; they look when they are imported."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC"):  # NPROC is XLA's
        os.environ[name] = str(threads)


def sections(rounds: int, threads: int) -> Iterator[Section]:
    import numba
    import numpy as np
    import torch

    import firstorder as fo

    from .contenders import on_cpu, on_gpu

    random = np.random.default_rng(0)

    def arrays(count: int, size: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Parameters and gradients; no gradient so small that it matters whether ε is inside the root or outside."""
        params = [random.standard_normal(size, dtype=np.float32) for _ in range(count)]
        return params, [0.1 + random.random(size, dtype=np.float32) for _ in range(count)]

    def section(title: str, contenders: list, targets: tuple[Target, ...] = ()) -> Section:
        names = {c.name for c in contenders}
        peer = next(n for n in PEERS if n in names)
        return Section(title, peer, measure(contenders, rounds), [t for t in targets if {t.name, t.peer} <= names])

    def use_threads(count: int) -> None:
        torch.set_num_threads(count)
        numba.set_num_threads(count)

    large = arrays(1, LARGE)
    use_threads(threads)
    yield section(f"Adam, {LARGE:,} parameters, threads: {threads}", on_cpu("adam", *large), PARALLEL)
    use_threads(1)
    yield section(f"Adam, {LARGE:,} parameters, threads: 1", on_cpu("adam", *large, all_threads=False), ONE_THREAD)
    use_threads(threads)
    many = arrays(MANY, SMALL)
    title = f"Adam, {MANY:,} tensors of {SMALL:,} parameters, threads: {threads}"
    yield section(title, on_cpu("adam", *many, arena=True), ARENA)
    for key, kind in fo.OPTIMIZERS.items():
        if key != "adam" and kind.rule.elementwise:
            yield section(f"{kind.rule.name}, {LARGE:,} parameters, threads: {threads}", on_cpu(key, *large), PARALLEL)
    if gpu() is not None:
        huge = arrays(1, HUGE)
        yield section(f"Adam, {HUGE:,} parameters, GPU", on_gpu("adam", *huge), GPU)


def gpu() -> str | None:
    """The name of the GPU, if CuPy has one to run on."""
    from firstorder.backends import BACKENDS

    if BACKENDS["cupy"].missing():
        return None
    import cupy

    return cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()


def machine(threads: int) -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    caches = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"))
    described = {
        "processor": model[1] if model else platform.processor() or platform.machine(),
        "cores": psutil.cpu_count(logical=False) or psutil.cpu_count(),
        "caches": ", ".join(
            f"L{(c / 'level').read_text().strip()} {(c / 'type').read_text().strip().lower()} "
            f"{(c / 'size').read_text().strip()}"
            for c in caches
        ),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "threads": threads,
        "versions": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }
    if name := gpu():
        import cupy

        described |= {"GPU": name, "versions": f"{described['versions']}, cupy {cupy.__version__}"}
    return {name: value for name, value in described.items() if value}


def table(section: Section) -> str:
    """One section in Markdown: what was measured, then the targets beside it."""
    lines = [
        f"## {section.title}\n",
        f"| one step | ms | GB/s | times as fast as {section.peer} | extra memory, MB |",
        "|---|--:|--:|--:|--:|",
    ]
    for r in section.results:
        extra = "" if r.extra is None else f"{r.extra / 1e6:.1f}"
        ratio = section.ratio(r.name, section.peer)
        lines.append(f"| {r.name} | {1e3 * r.median:.3g} | {r.rate / 1e9:.3g} | {ratio:.2f} | {extra} |")
    if section.targets:
        lines += ["", "| target | measured | met |", "|---|--:|---|"]
    for target in section.targets:
        ratio = section.ratio(target.name, target.peer)
        met = "yes" if ratio >= target.at_least else "no"
        wanted = f"{target.name} at least {target.at_least:.2f} times as fast as {target.peer}"
        lines.append(f"| {wanted} | {ratio:.2f} | {met} |")
    return "\n".join(lines) + "\n"


def stored(section: Section) -> dict[str, Any]:
    """One section for the JSON file, with the time of every round: all else in the table follows from it."""
    rows = {
        r.name: {"bytes": r.moved, "extra_bytes": r.extra, "seconds": [float(f"{s:.4g}") for s in r.seconds]}
        for r in section.results
    }
    return {"title": section.title, "steps": rows}


def main() -> None:
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--threads", type=int, default=cores, help="threads of every library (%(default)s: the cores)")
    parser.add_argument("--rounds", type=int, default=11, help="interleaved rounds (%(default)s)")
    arguments = parser.parse_args()
    limit_threads(arguments.threads)

    here = machine(arguments.threads)
    text = [
        "# One optimizer step\n",
        "\n".join(f"- {name}: {value}" for name, value in here.items()) + "\n",
        "float32. Median of interleaved rounds; ratios are medians of the ratios within a round. GB/s: the bytes that\n"
        "must move (every array read or written once) by time. Extra memory: the peak within a step.\n",
    ]
    print("\n".join(text))
    measured = []
    for section in sections(arguments.rounds, arguments.threads):
        text.append(table(section))
        measured.append(stored(section))
        print(text[-1], flush=True)

    slug = re.sub(r"\W+", "-", f"{here['processor']} {here.get('GPU', '')}".lower()).strip("-")
    name = f"{slug}-{arguments.threads}-threads"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text("\n".join(text))
    (RESULTS / f"{name}.json").write_text(json.dumps({"machine": here, "sections": measured}) + "\n")


if __name__ == "__main__":
    main()
