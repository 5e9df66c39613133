"""One optimizer step, by firstorder and by others: `python -m benchmarks` prints a table and keeps it in results/.

All run in one process, with as many threads each, in interleaved rounds. A figure of one machine says little about
another, so nothing is asserted about time: the targets stand beside what was measured.
"""

import argparse
import importlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import gpu
from .measure import Contender, Section, Target, make_arrays, section

RESULTS = Path(__file__).with_name("results")
LARGE, MANY, SMALL, TINY, STATES = 10_000_000, 1_000, 1_000, 10, 8_000
PACKAGES = ("numpy", "numba", "torch", "torch-optimi", "pytorch_optimizer", "optax", "jax", "cupy", "triton")

ONE_THREAD = (Target("firstorder NumPy", "textbook NumPy", 2.5), Target("firstorder NumPy", "torch default", 1))
PARALLEL = (Target("firstorder Numba", "torch fused", 1 / 1.15),)  # its time at most 1.15 times torch's
LIST = (
    Target("firstorder Numba, new gradients", "torch fused", 5),
    Target("firstorder Numba, Arena", "torch fused", 5),
    Target("firstorder NumPy", "textbook NumPy", 2),
    Target("firstorder Numba, Arena", "firstorder Numba, one array", 1 / 1.15),
)
ONE_SMALL = (Target("firstorder NumPy", "torch fused", 1), Target("firstorder Numba", "torch fused", 1))


def limit_threads(threads: int) -> None:
    """Tell every library how many threads it may start; they look when they are imported."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC"):  # NPROC is XLA's
        os.environ[name] = str(threads)


def sections(rounds: int, threads: int) -> Iterator[Section]:
    import numba
    import numpy as np
    import torch

    import firstorder as fo

    from .contenders import firstorder
    from .others import on_cpu

    def use_threads(count: int) -> None:
        torch.set_num_threads(count)
        numba.set_num_threads(count)

    large = make_arrays(1, LARGE)
    use_threads(threads)
    yield section(f"Adam, {LARGE:,} parameters, threads: {threads}", on_cpu("adam", *large), rounds, PARALLEL)
    use_threads(1)
    one_thread = on_cpu("adam", *large, all_threads=False)
    yield section(f"Adam, {LARGE:,} parameters, threads: 1", one_thread, rounds, ONE_THREAD)
    use_threads(threads)
    many = make_arrays(MANY, SMALL)
    contenders = on_cpu("adam", *many, arena=True)
    contenders.insert(0, firstorder("numba", "adam", *many, fresh=True))
    whole = firstorder("numba", "adam", *([np.concatenate(arrays)] for arrays in many))
    contenders.append(replace(whole, name="firstorder Numba, one array", parameters=None))
    title = f"Adam, {MANY:,} tensors of {SMALL:,} parameters, threads: {threads}"
    yield section(title, contenders, rounds, LIST)
    yield section(f"Adam, {TINY} parameters", on_cpu("adam", *make_arrays(1, TINY)), rounds, ONE_SMALL)
    yield section(f"Reading the state of Adam, {STATES:,} tensors of {TINY} parameters", loading(STATES, TINY), rounds)
    yield section("A new process that imports", [importing(name) for name in ("numpy", "firstorder")], rounds)
    for key, kind in fo.OPTIMIZERS.items():
        if key != "adam" and kind.rule.elementwise:
            title = f"{kind.rule.name}, {LARGE:,} parameters, threads: {threads}"
            yield section(title, on_cpu(key, *large), rounds, PARALLEL)


def loading(count: int, size: int) -> list[Contender]:
    """`load` of a state beside NumPy's reading of the arrays in its file."""
    import numpy as np

    import firstorder as fo

    params, grads = make_arrays(count, size)
    opt = fo.Adam(params)
    opt.step(grads)
    path = Path(tempfile.mkdtemp()) / "state.npz"
    opt.save(path)

    def read() -> None:
        with np.load(path) as stored:
            for name in stored.files:
                _ = stored[name]

    moved = path.stat().st_size
    return [Contender("firstorder load", moved, lambda: opt.load(path)), Contender("numpy.load", moved, read)]


def importing(name: str) -> Contender:
    """A Python that starts, imports, and ends; it moves no arrays, so one byte each stands for the same work."""
    return Contender(f"import {name}", 1, lambda: subprocess.run([sys.executable, "-c", f"import {name}"], check=True))


def cores() -> int:
    """Cores, not what runs on each, where psutil is there to tell."""
    if find_spec("psutil"):
        import psutil

        return psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    return os.cpu_count() or 1


def installed(name: str) -> str | None:
    """The version of a package, if it is there."""
    if name == "cupy":  # its distribution is called after the version of CUDA
        return getattr(importlib.import_module(name), "__version__", None) if find_spec(name) else None
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def machine(threads: int) -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    caches = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"))
    described = {
        "processor": model[1] if model else platform.processor() or platform.machine(),
        "cores": cores(),
        "caches": ", ".join(
            f"L{(c / 'level').read_text().strip()} {(c / 'type').read_text().strip().lower()} "
            f"{(c / 'size').read_text().strip()}"
            for c in caches
        ),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "threads": threads,
        "versions": ", ".join(f"{name} {number}" for name in PACKAGES if (number := installed(name))),
        "GPU": gpu.name(),
    }
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
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--threads", type=int, default=cores(), help="of every library (%(default)s: the cores)")
    parser.add_argument("--rounds", type=int, default=11, help="interleaved rounds (%(default)s)")
    parser.add_argument("--gpu", action="store_true", help="only what needs a GPU")
    parser.add_argument("--seconds", type=float, default=600, help="with --gpu: start no section later (%(default)s)")
    parser.add_argument("--json", type=Path, help="write here, after each section, and not to results/")
    arguments = parser.parse_args()
    limit_threads(arguments.threads)

    here = machine(arguments.threads)
    if arguments.gpu and "GPU" not in here:
        raise SystemExit("There is no GPU that CuPy can run on.")
    text = [
        "# One optimizer step\n",
        "\n".join(f"- {name}: {value}" for name, value in here.items()) + "\n",
        "float32. Median of interleaved rounds; ratios are medians of the ratios within a round. GB/s: the bytes that\n"
        "must move (every array read or written once) by time. Extra memory: the peak within a step.\n",
    ]
    print("\n".join(text))
    slug = re.sub(r"\W+", "-", f"{here['processor']} {here.get('GPU', '')}".lower()).strip("-")
    file = arguments.json or RESULTS / f"{slug}-{arguments.threads}-threads.json"
    measured: list[dict[str, Any]] = []
    left_out: list[str] = []
    chosen = gpu.sections(arguments.rounds, arguments.seconds) if arguments.gpu else None
    for done in chosen or sections(arguments.rounds, arguments.threads):
        if isinstance(done, str):
            left_out.append(done)
            continue
        text.append(table(done))
        measured.append(stored(done))
        print(text[-1], flush=True)
        if arguments.json:
            keep(file, here, measured, left_out, text)
    if left_out:
        text.append("Left out, for the time was over: " + "; ".join(left_out) + ".\n")
    if arguments.json:
        keep(file, here, measured, left_out, text)
    else:
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"machine": here, "sections": measured}) + "\n")
        file.with_suffix(".md").write_text("\n".join(text))


def keep(file: Path, here: dict[str, Any], measured: list[Any], left_out: list[str], text: list[str]) -> None:
    """What was measured so far, in one file, with the tables for readers."""
    found = {"machine": here, "sections": measured, "left_out": left_out, "markdown": "\n".join(text)}
    file.write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
