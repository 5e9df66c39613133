"""A fair comparison of optimizers: each has its learning rate tuned with the same trials, then meets several seeds.

    from firstorder.lab.sweep import sweep

    results = sweep({"softmax": SoftmaxRegression}, {"adam": fo.Adam, "sgd": fo.SGD}, digits())

What it found is read by `results`. `python -m firstorder.lab.sweep` makes the book's own, of every optimizer, again.
"""

from __future__ import annotations

import builtins
import json
import math
import pickle
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ..minimize import whole
from ..optimizer import Optimizer, Value
from ..problems import ConvolutionalNetwork, Digits, SoftmaxRegression, TwoLayerNetwork, digits
from ..resolve import class_of
from ..schedules import Cosine
from .parcels import Send, done, must_travel
from .results import MEASURES, Row
from .trial import Run, train
from .tuning import choose

#: The learning rates that are tried, in units of a rule's own default.
FACTORS = tuple(float(f"{10**power:.6g}") for power in np.arange(-2, 2.1, 0.5))


def sweep(
    problems: Mapping[str, Callable[[Any, Any], Any]],
    optimizers: Mapping[str, Any],
    data: Digits | Callable[[], Digits],
    *,
    factors: Sequence[float] = FACTORS,
    steps: int = 300,
    batch_size: int = 64,
    held_out: int = 348,
    tuning_seeds: Iterable[int] = range(3),
    seeds: Iterable[int] = range(3, 13),
    record_every: int = 10,
    targets: Mapping[str, float] | None = None,
    schedule: Callable[[float], Value] | None = None,
    defaults: bool = True,
    file: str | Path | None = None,
    map: Send = map,
    progress: bool | None = None,
) -> dict[str, Any]:
    """Tune the learning rate of every optimizer on every problem, then train with the best from several seeds.

    problems: by name, a function of (x, y) that makes one, such as `SoftmaxRegression`; it has `start(seed)`,
    `value`, `gradient`, `accuracy` and `n_samples`. optimizers: by name, keys of `fo.OPTIMIZERS`, classes or rules.
    data: the training and the test examples, or a function that returns them, such as `digits`.

    1. The last `held_out` training examples are set aside. For each of `factors` times the rule's default rate, the
       others are trained on for `steps` steps from each of `tuning_seeds`. The rate with the lowest mean held-out loss
       is chosen; a rate at which a seed diverged is not. If it is the smallest or the largest, up to six more on that
       side are tried, in the same ratio, until it is not; `trials` counts the rates, `edge` says if it still is.
    2. At this rate and, if `defaults`, at the default, all training examples are trained on for as many steps, from
       each of `seeds`, and the test examples are met for the first time.

    Returns {"settings", "versions", "rows"}. A row has `problem`, `optimizer`, `lr`, `factor` (lr over the default),
    `trials`, `edge` (None, "low" or "high"), `tuning` ([factor, mean held-out loss or None], by factor), `train_loss`,
    `test_loss` (nats) and `accuracy` (one number a seed, None where it diverged), `diverged` (how many did),
    `steps_to_target` (one a seed: the first recorded step whose training loss is at most the problem's of `targets`,
    None if none is), `curve` (mean training loss of every `record_every`-th step, over the seeds that did not diverge),
    `default` (the three measures at the default rate; None without `defaults`), `state` (numbers kept for each
    parameter) and `seconds` (of one step with its gradient, the fastest of the tuning runs': a timing, which no other
    machine will repeat).

    file: results are written there after each row, and rows that are there are not run again. map: how rows are
    measured, one after another or, by an executor's `map`, side by side: `ProcessPoolExecutor().map`, or the `map` of a
    Dask client. Then rows are written in the order in which they end, problems and schedules are those of modules, and
    what cannot travel is a TypeError before anything is sent (`parcels`). If `data` is a function, its name travels in
    place of the examples; `seconds` are of steps that share the machine. progress: show a bar; None shows it in a
    terminal. Raises ValueError or TypeError for settings that make no sweep, and ValueError for a file of other
    settings or versions.
    """
    tuning_seeds, seeds, factors = list(tuning_seeds), list(seeds), sorted(float(f) for f in factors)
    classes = {key: class_of(optimizer) for key, optimizer in optimizers.items()}
    targets = dict(targets or {})
    known = data() if callable(data) else data
    _check(problems, classes, known, factors, steps, batch_size, held_out, tuning_seeds, seeds, record_every, targets)
    settings = {
        "factors": factors,
        "steps": steps,
        "batch_size": batch_size,
        "held_out": held_out,
        "examples": len(known.y_train),
        "tuning_seeds": tuning_seeds,
        "seeds": seeds,
        "record_every": record_every,
        "targets": targets,
        "schedule": repr(schedule(1.0)) if schedule else None,
    }
    results: dict[str, Any] = {"settings": settings, "versions": versions(), "rows": []}
    path = None if file is None else Path(file)
    if path is not None and path.exists():
        results = resume(path, results)
    rows: list[Row] = results["rows"]
    there = {(row["problem"], row["optimizer"]) for row in rows}
    cells = [
        Cell(name, key, problems[name], classes[key], data, schedule, settings, defaults)
        for name in problems
        for key in classes
        if (name, key) not in there
    ]
    found = builtins.map(measured, cells) if map is builtins.map else done(map, measured, versions, _parcels(cells))
    for each in _counted(found, len(cells), progress):
        rows.append(each)
        if path is not None:
            write(results, path)
    asked = [(name, key) for name in problems for key in classes]
    places = {pair: place for place, pair in enumerate(asked)}
    results["rows"] = sorted(rows, key=lambda row: places.get((row["problem"], row["optimizer"]), -1))
    if path is not None and cells:
        write(results, path)
    return results


@dataclass(frozen=True)
class Cell:
    """A row to be measured: a problem and an optimizer, with all that it takes, so that it can be done elsewhere."""

    problem: str
    optimizer: str
    make: Callable[[Any, Any], Any]
    kind: type[Optimizer]
    data: Digits | Callable[[], Digits]
    schedule: Callable[[float], Value] | None
    settings: Mapping[str, Any]
    defaults: bool = True


def _parcels(cells: Sequence[Cell]) -> list[bytes]:
    """The cells as they travel; raises TypeError, naming it, if a part of one cannot."""
    for each in cells:
        must_travel(**{f"problem {each.problem!r}": each.make, f"optimizer {each.optimizer!r}": each.kind})
    for each in cells[:1]:
        must_travel(data=each.data, schedule=each.schedule)
    return [pickle.dumps(each) for each in cells]


def measured(cell: Cell) -> Row:
    """The row of a cell, as `sweep` tells: tuned on training examples alone, then judged by the test examples."""
    make, optimizer, settings = cell.make, cell.kind, cell.settings
    data = cell.data() if callable(cell.data) else cell.data
    shared = {"steps": settings["steps"], "batch_size": settings["batch_size"], "schedule": cell.schedule}
    default = optimizer.rule.hyperparameters["lr"]
    assert default is not None
    cut = len(data.y_train) - settings["held_out"]
    fit, judge = make(data.x_train[:cut], data.y_train[:cut]), make(data.x_train[cut:], data.y_train[cut:])
    runs: list[Run] = []

    def rate(factor: float) -> float:
        return float(f"{default * factor:.6g}")

    def held_out_loss(factor: float) -> float:
        new = [train(fit, optimizer, lr=rate(factor), seed=s, **shared) for s in settings["tuning_seeds"]]
        runs.extend(new)
        with np.errstate(all="ignore"):
            losses = [math.inf if run.params is None else judge.value(run.params) for run in new]
        return float(np.mean(losses)) if all(map(math.isfinite, losses)) else math.inf

    factor, tried, edge = choose(held_out_loss, settings["factors"])
    problem, test = make(data.x_train, data.y_train), make(data.x_test, data.y_test)

    def judged(lr: float, every: int | None = None) -> tuple[dict[str, list[float | None]], list[Run]]:
        made = [train(problem, optimizer, lr=lr, seed=s, record_every=every, **shared) for s in settings["seeds"]]
        with np.errstate(all="ignore"):
            found = [
                (problem.value(p), test.value(p), test.accuracy(p)) if (p := run.params) is not None else (None,) * 3
                for run in made
            ]
        columns = zip(MEASURES, zip(*found, strict=True), strict=True)
        return {name: [short(x) for x in column] for name, column in columns}, made

    best, trained = judged(rate(factor), settings["record_every"])
    curves = [run.losses for run in trained if run.params is not None]
    target = settings["targets"].get(cell.problem)
    return {
        "problem": cell.problem,
        "optimizer": cell.optimizer,
        "lr": rate(factor),
        "factor": factor,
        "trials": len(tried),
        "edge": edge,
        "tuning": [[f, short(loss)] for f, loss in sorted(tried.items())],
        **best,
        "diverged": sum(run.params is None for run in trained),
        "curve": [short(x) for x in np.mean(curves, axis=0)] if curves else None,
        "default": (best if factor == 1 else judged(rate(1))[0]) if cell.defaults else None,
        "state": short(max(run.state for run in trained)),
        "seconds": short(min(run.seconds for run in runs)),
        "steps_to_target": _first([run.losses for run in trained], target, settings["record_every"]),
    }


def _first(curves: Sequence[Sequence[float]], target: float | None, record_every: int) -> list[int | None] | None:
    """For each curve the first recorded step at or below the target."""
    if target is None:
        return None
    return [next((i * record_every for i, x in enumerate(curve) if x <= target), None) for curve in curves]


def short(x: float | None, digits: int = 6) -> float | None:
    """So many digits, and None for what is not finite: JSON has no such numbers."""
    return None if x is None or not math.isfinite(x) else float(f"{x:.{digits}g}")


def _check(
    problems: Mapping[str, Any],
    classes: Mapping[str, type[Optimizer]],
    data: Digits,
    factors: Sequence[float],
    steps: int,
    batch_size: int,
    held_out: int,
    tuning_seeds: Sequence[int],
    seeds: Sequence[int],
    record_every: int,
    targets: Mapping[str, float],
) -> None:
    for what, named in (("problems", problems), ("optimizers", classes)):
        if not named:
            raise ValueError(f"{what} must not be empty")
    for key, optimizer in classes.items():
        if "lr" not in optimizer.rule.hyperparameters or optimizer.rule.hyperparameters["lr"] is None:
            raise ValueError(f"optimizers: {key!r} has no learning rate with a default, so there is nothing to tune")
    if len(set(factors)) < 2 or len(set(factors)) < len(factors) or not all(0 < f < math.inf for f in factors):
        raise ValueError(f"factors must be at least two different positive numbers, got {factors!r}")
    whole("steps", steps, 1)
    whole("held_out", held_out, 1, len(data.y_train) - 1)
    whole("batch_size", batch_size, 1, len(data.y_train) - held_out)
    whole("record_every", record_every, 1, steps)
    for what, given, least in (("tuning_seeds", tuning_seeds, 1), ("seeds", seeds, 2)):
        if len(set(given)) < len(given) or len(given) < least:
            raise ValueError(f"{what} must be at least {least} different whole numbers, got {given!r}")
        for seed in given:
            whole(f"a seed of {what}", seed, 0)
    if both := set(seeds) & set(tuning_seeds):
        raise ValueError(f"seeds must not be among the tuning_seeds, got {sorted(both)} in both")
    if unknown := [name for name in targets if name not in problems]:
        raise ValueError(f"targets: {unknown[0]!r} is none of the problems {', '.join(map(repr, problems))}")


def versions() -> dict[str, str]:
    """Of Python and of what a sweep rests on."""
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for package in ("firstorder", "scikit-learn"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def resume(path: Path, expected: Mapping[str, Any]) -> dict[str, Any]:
    """The results that are stored; raises ValueError if they are of other settings or versions than expected."""
    there: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for part in ("settings", "versions"):
        if there.get(part) != expected[part]:
            raise ValueError(f"{path} has other {part}: {there.get(part)!r} and not {expected[part]!r}; remove it")
    return there


def write(results: Mapping[str, Any], path: Path) -> None:
    """Write results as JSON, one row a line, and never half of it."""
    head = {name: part for name, part in results.items() if name != "rows"}
    rows = ",\n".join(json.dumps(row) for row in results["rows"])
    text = f'{json.dumps(head, indent=1)[:-2]},\n "rows": [\n{rows}\n]}}\n'
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _counted(rows: Iterable[Any], total: int, progress: bool | None) -> Iterator[Any]:
    from tqdm.auto import tqdm

    shown = sys.stderr.isatty() if progress is None else progress
    return iter(tqdm(rows, total=total, disable=not shown, leave=False, unit="row"))


def half_cosine(lr: float, steps: int) -> Cosine:
    """The schedule of a rate that falls along half a cosine to 0; of a module, so that it travels."""
    return Cosine(lr, steps)


#: The optimizers that the book trains with a falling rate, too.
WITH_COSINE = [
    "sgd",
    "momentum",
    "nesterov",
    "signum",
    "lion",
    "adagrad",
    "rmsprop",
    "adam",
    "adamw",
    "nadam",
    "muon",
    "soap",
]


def main(folder: str | Path | None = None) -> None:
    """Run the book's sweeps on the digits and store them, where they are not stored yet.

    "digits": every optimizer on three models; "cosine": twelve on the two-layer network, the rate falling to 0.
    """
    from ..optimizers import OPTIMIZERS

    problems = {"softmax": SoftmaxRegression, "two_layer": TwoLayerNetwork, "convolutional": ConvolutionalNetwork}
    targets = {"softmax": 0.2, "two_layer": 0.15, "convolutional": 0.15}
    there = Path(__file__).parents[1] / "sweeps" if folder is None else Path(folder)
    data = digits()
    sweep(problems, OPTIMIZERS, data, targets=targets, file=there / "digits.json")
    twelve = {key: OPTIMIZERS[key] for key in WITH_COSINE}
    two_layer, target = {"two_layer": TwoLayerNetwork}, {"two_layer": targets["two_layer"]}
    schedule = partial(half_cosine, steps=300)
    sweep(two_layer, twelve, data, targets=target, schedule=schedule, file=there / "cosine.json")


if __name__ == "__main__":
    main(*sys.argv[1:])
