"""Measure steps side by side: interleaved rounds, so that what disturbs the machine disturbs all alike."""

import math
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

BATCH = 0.02  # seconds: a round measures each contender for at least this long


@dataclass(frozen=True)
class Contender:
    """`step` takes one optimizer step and returns when it is done; `parameters` are what it has updated."""

    name: str
    moved: int  # bytes: every array that a step reads, and every array that it writes, once
    step: Callable[[], object]
    parameters: Callable[[], Sequence[np.ndarray]] | None = None
    on_gpu: bool = False


@dataclass(frozen=True)
class Result:
    name: str
    moved: int
    seconds: list[float]  # of one step, by round
    extra: int | None  # bytes of memory that a step takes at its peak beyond what is held; None if not known

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def rate(self) -> float:
        """Bytes that must move, by second."""
        return self.moved / self.median

    def against(self, other: "Result") -> float:
        """How many times as fast as `other`, byte for byte: the median of the ratios within a round."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return statistics.median(b / a for a, b in pairs) * self.moved / other.moved


@dataclass(frozen=True)
class Target:
    name: str
    peer: str
    at_least: float  # times as fast


@dataclass(frozen=True)
class Section:
    title: str
    peer: str
    results: list[Result]
    targets: Sequence[Target] = field(default_factory=tuple)

    def ratio(self, name: str, peer: str) -> float:
        by_name = {result.name: result for result in self.results}
        return by_name[name].against(by_name[peer])


#: What the others of a section are compared with: the first that is in it.
PEERS = (
    "torch fused",
    "torch fused on the GPU",
    "torch foreach",
    "torch foreach on the GPU",
    "device copy",
    "textbook NumPy",
    "optimi",
    "optax, jitted, donated",
    "pytorch_optimizer",
    "numpy.load",
)


def make_arrays(count: int, size: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Parameters and gradients; no gradient so small that it matters whether ε is inside the root or outside."""
    random = np.random.default_rng(0)
    params = [random.standard_normal(size, dtype=np.float32) for _ in range(count)]
    return params, [0.1 + random.random(size, dtype=np.float32) for _ in range(count)]


def section(title: str, contenders: Sequence[Contender], rounds: int, targets: Sequence[Target] = ()) -> Section:
    """A section measured, with those targets whose two are in it."""
    names = [c.name for c in contenders]
    peer = next((name for name in PEERS if name in names), names[0])
    return Section(title, peer, measure(contenders, rounds), [t for t in targets if {t.name, t.peer} <= set(names)])


def measure(contenders: Sequence[Contender], rounds: int) -> list[Result]:
    """Time and memory of one step of each, after a check that all of them take the same steps."""
    for contender in contenders:
        for _ in range(3):
            contender.step()
    check_agreement([c for c in contenders if c.parameters])
    repeats = [max(3, math.ceil(BATCH / _seconds(c.step, 1))) for c in contenders]
    seconds: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for contender, repeat, own in zip(contenders, repeats, seconds, strict=True):
            contender.step()  # not counted: it wakes this one's threads and clears the others' data from the caches
            own.append(_seconds(contender.step, repeat))
    return [
        Result(c.name, c.moved, own, None if c.on_gpu else peak_memory(c.step))
        for c, own in zip(contenders, seconds, strict=True)
    ]


def check_agreement(contenders: Sequence[Contender]) -> None:
    """Raise AssertionError unless all have the same parameters: else they do not do the same work."""
    if not contenders:
        return
    first, *others = contenders
    assert first.parameters
    expected = first.parameters()
    for other in others:
        assert other.parameters
        for ours, theirs in zip(expected, other.parameters(), strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-6, err_msg=f"{other.name}, {first.name}")


def peak_memory(step: Callable[[], object]) -> int | None:
    """Resident memory during a step beyond what there was before it, as Linux counts it, whoever allocates."""
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    except OSError:
        return None
    before = _status("VmRSS")
    step()
    return max(0, _status("VmHWM") - before)


def _status(key: str) -> int:
    found = re.search(rf"^{key}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def _seconds(step: Callable[[], object], repeat: int) -> float:
    """The median time of one step, of `repeat`."""
    times = []
    for _ in range(repeat):
        start = perf_counter()
        step()
        times.append(perf_counter() - start)
    return statistics.median(times)
