"""Run on a GPU what needs one, and keep the result: `make gpu`, or `python -m checks.gpu` with PYTHONPATH=src.

First the tests marked `gpu`, then the benchmark's GPU sections, each with a time of its own, together under six
minutes; the result, with card, driver, versions, date and commit, goes to benchmarks/results/ as JSON and Markdown.
Nothing is installed. Ends with 0 if all tests passed and the benchmark came to its end, with 1 if not, and with 2 if
there is nothing to run on.
"""

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
#: What the package or its tests cannot do without, and whose package brings it where it is not installed by itself.
NEEDED = {"numpy": "CuPy", "sympy": "torch", "cupy": "cupy-cuda13x or cupy-cuda12x", "pytest": "", "ml_dtypes": "jax"}
#: What the benchmark compares with: without one, its rows are left out.
COMPARED = ("numba", "torch", "triton", "jax", "optax", "psutil")
#: Seconds: the whole stays below six minutes.
TESTS, BENCHMARK = 140, 190
MARK = re.compile(r"^@pytest\.mark\.gpu$|^pytestmark = pytest\.mark\.gpu$", re.MULTILINE)


def lacking() -> list[str]:
    """One sentence for each thing that is needed and not there."""
    old = [f"Python {platform.python_version()}: it must be 3.11 or newer"] if sys.version_info < (3, 11) else []
    return old + [
        f"{name} is missing" + (f": it comes with {package}" if package else "")
        for name, package in NEEDED.items()
        if find_spec(name) is None
    ]


def card() -> dict[str, Any]:
    """The GPU that CuPy runs on, its driver and CUDA; RuntimeError with the reason if there is none."""
    from firstorder.backends import BACKENDS

    if why := BACKENDS["cupy"].missing():
        raise RuntimeError(why)
    import cupy

    device = cupy.cuda.runtime.getDeviceProperties(0)
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        driver = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        driver = "unknown"

    def dotted(number: int) -> str:
        return f"{number // 1000}.{number % 1000 // 10}"

    return {
        "card": device["name"].decode(),
        "memory": f"{device['totalGlobalMem'] / 2**30:.0f} GiB",
        "compute capability": f"{device['major']}.{device['minor']}",
        "driver": driver,
        "CUDA of the driver": dotted(cupy.cuda.runtime.driverGetVersion()),
        "CUDA of CuPy": dotted(cupy.cuda.runtime.runtimeGetVersion()),
    }


def versions() -> dict[str, str]:
    """Of each module the version of the package that brings it; what is not there is said to be missing."""
    brought = packages_distributions()

    def of(name: str) -> str:
        if find_spec(name) is None:
            return "missing"
        try:
            return version(brought[name][0])
        except (KeyError, PackageNotFoundError):
            return "unknown"

    return {"python": platform.python_version()} | {name: of(name) for name in (*NEEDED, *COMPARED)}


def commit() -> str:
    """The commit of the checkout, with a + if files differ from it."""
    try:
        run = {"capture_output": True, "text": True, "check": True, "cwd": ROOT}
        found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], **run).stdout.strip()
        return found + "+" * bool(subprocess.run(["git", "diff", "HEAD", "--name-only"], **run).stdout.strip())
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def marked(folder: Path = ROOT / "tests") -> list[Path]:
    """The test files with tests marked `gpu`: the others may need packages that are not there."""
    return [path for path in sorted(folder.rglob("test_*.py")) if MARK.search(path.read_text(encoding="utf-8"))]


def environment() -> dict[str, str]:
    paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def run_tests(files: list[Path], seconds: float, shares: int) -> dict[str, Any]:
    """Run the marked tests in `shares` processes, at most so long, and count what came of them."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        records = [Path(folder) / f"{share}.jsonl" for share in range(shares)]
        processes = []
        for share, record in enumerate(records):
            record.touch()
            # A warning of another library's is no failure here: nothing on this machine is pinned.
            options = ["-m", "gpu", "-q", "-p", "no:cacheprovider", "-p", "checks.gpu.record", "-W", "default"]
            options += ["--record", str(record), "--share", f"{share}/{shares}", *map(str, files)]
            command = [sys.executable, "-m", "pytest", *options]
            with record.with_suffix(".txt").open("w") as log:
                processes.append(subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log))
        for process in processes:
            try:
                process.wait(max(0.1, seconds - (time.monotonic() - began)))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        lines = [json.loads(line) for record in records for line in record.read_text().splitlines()]
        # 0: passed, 1: failed, 5: nothing in this share; else pytest itself could not go on, or was stopped
        broken = [
            record.with_suffix(".txt").read_text()[-2000:]
            for record, process in zip(records, processes, strict=True)
            if process.returncode not in (0, 1, 5) and not record.read_text().count("collected")
        ]
    collected = {test for line in lines for test in line.get("collected", [])}
    ended = {line["test"]: line for line in lines if "test" in line}
    by = Counter(line["outcome"] for line in ended.values())
    return {
        "seconds": round(time.monotonic() - began, 1),
        "passed": by["passed"],
        "failed": [{"test": t, "why": line["why"]} for t, line in ended.items() if line["outcome"] == "failed"],
        "skipped": dict(Counter(line["why"] for line in ended.values() if line["outcome"] == "skipped")),
        "not reached": sorted(collected - set(ended)),
        "broken": broken,
        "slowest": {t: line["seconds"] for t, line in sorted(ended.items(), key=lambda e: -e[1]["seconds"])[:5]},
    }


def run_benchmark(seconds: float, command: list[str] | None = None) -> dict[str, Any]:
    """Run the benchmark's GPU sections, at most so long, and read what it stored: also if it did not come to an end."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "benchmark.json"
        command = command or [sys.executable, "-m", "benchmarks", "--gpu", "--seconds", f"{0.9 * seconds:.0f}"]
        process = subprocess.Popen(
            [*command, "--json", str(file)],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            said, _ = process.communicate(timeout=seconds)
            ended = "" if process.returncode == 0 else f"ended with {process.returncode}"
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            ended = f"stopped after {seconds:.0f} s"
        found = json.loads(file.read_text()) if file.exists() else {}
    trouble = {"trouble": ended, "said": said.decode(errors="replace")[-3000:]} if ended else {}
    return {"seconds": round(time.monotonic() - began, 1), **found, **trouble}


def markdown(result: dict[str, Any]) -> str:
    """The result for readers: where it ran, what the tests said, what the benchmark measured."""
    tests, bench = result["tests"], result["benchmark"]
    skipped = sum(tests["skipped"].values())
    lines = [f"# On a GPU: {result['machine']['card']}", ""]
    lines += [f"- {name}: {value}" for name, value in result["machine"].items()]
    lines += [f"- versions: {', '.join(f'{name} {value}' for name, value in result['versions'].items())}"]
    lines += [f"- date: {result['date']}", f"- commit: {result['commit']}", "", "## Tests marked `gpu`", ""]
    lines += [
        f"{tests['passed']} passed, {len(tests['failed'])} failed, {skipped} skipped, "
        f"{len(tests['not reached'])} not reached, in {tests['seconds']:.0f} s.",
        "",
    ]
    lines += [f"- failed: `{failed['test']}`: {failed['why'].strip().splitlines()[-1]}" for failed in tests["failed"]]
    lines += [f"- skipped {count}: {why}" for why, count in tests["skipped"].items()]
    lines += [f"- not reached: `{name}`" for name in tests["not reached"]]
    lines += [f"- pytest could not go on: {text.strip().splitlines()[-1]}" for text in tests["broken"] if text.strip()]
    lines += ["", "## Benchmark", ""]
    if "trouble" in bench:
        last = (bench["said"].strip() or "it said nothing").splitlines()[-1]
        lines += [f"The benchmark {bench['trouble']}: {last}", ""]
    lines += [bench.get("markdown", "") or "Nothing was measured."]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.gpu", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the result is kept (%(default)s)")
    parser.add_argument("--tests", type=float, default=TESTS, help="seconds for the tests (%(default)s)")
    parser.add_argument("--benchmark", type=float, default=BENCHMARK, help="seconds for the benchmark (%(default)s)")
    parser.add_argument("--shares", type=int, default=max(1, min(8, (os.cpu_count() or 1) // 2)), help="processes")
    given = parser.parse_args(arguments)
    if absent := lacking():
        print("This Python cannot run the checks:", *absent, sep="\n- ", file=sys.stderr)
        return 2
    try:
        machine = card()
    except RuntimeError as error:
        print(f"There is no GPU to run on. {error}", file=sys.stderr)
        return 2
    print("\n".join(f"{name}: {value}" for name, value in machine.items()), flush=True)
    known = versions()
    for name in (name for name, value in known.items() if value == "missing"):
        print(f"{name} is not installed: what needs it is left out", flush=True)
    result = {
        "machine": machine,
        "versions": known,
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
    }
    result |= {"commit": commit(), "tests": run_tests(marked(), given.tests, given.shares)}
    result |= {"benchmark": run_benchmark(given.benchmark)}
    slug = re.sub(r"\W+", "-", f"gpu {machine['card']}".lower()).strip("-")
    given.results.mkdir(parents=True, exist_ok=True)
    for suffix, text in (("json", json.dumps(result, indent=1)), ("md", markdown(result))):
        path = given.results / f"{slug}.{suffix}"
        path.write_text(text.rstrip() + "\n", encoding="utf-8")
        print(path)
    print("\n" + markdown(result))
    tests = result["tests"]
    good = tests["passed"] and not (tests["failed"] or tests["not reached"] or tests["broken"])
    return 0 if good and "trouble" not in result["benchmark"] else 1


if __name__ == "__main__":
    sys.exit(main())
