"""A fair comparison of optimizers: each has its learning rate tuned with the same trials, then meets several seeds.

    from firstorder.sweep import stored, sweep

    results = sweep({"softmax": SoftmaxRegression}, {"adam": fo.Adam, "sgd": fo.SGD}, digits())
    results = stored("digits")          # the book's own, of every optimizer: python -m firstorder.sweep

Imports everything of the package but `claims`, `derive`, `plots` and `figures`. Welch's test needs SciPy, which comes
with scikit-learn (extra `book`).
"""

from __future__ import annotations

import json
import math
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .arena import Arena
from .minimize import batches, whole
from .optimizer import Optimizer, Value
from .problems import Digits
from .resolve import class_of
from .rules import RULES

Row = dict[str, Any]

#: The learning rates that are tried, in units of a rule's own default.
FACTORS = tuple(float(f"{10**power:.6g}") for power in np.arange(-2, 2.1, 0.5))
#: How many rates are added on a side whose last rate was the best.
_FURTHER = 6
#: What a run is judged by, each a list with one number a seed; None where the run diverged.
MEASURES = ("train_loss", "test_loss", "accuracy")
#: The optimizers that the book trains with a falling rate, too.
_WITH_COSINE = [
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
#: Optimizers whose parameters are not their answer, and the hyperparameter that says where between z and x they are.
_BETWEEN = {"schedule_free_sgd": "momentum", "schedule_free_adamw": "beta1"}


class Run(NamedTuple):
    """One training: the losses recorded on the way (the first before any step) and the parameters to judge.

    params is None if the run left the finite numbers; `state`: numbers kept for each parameter; `seconds`: of a step
    with its gradient, the mean of the fastest ten in a row.
    """

    losses: list[float]
    params: dict[str, Any] | None
    state: float
    seconds: float


def train(
    problem: Any,
    optimizer: type[Optimizer],
    *,
    lr: float,
    steps: int,
    batch_size: int,
    seed: int,
    record_every: int | None = None,
    schedule: Callable[[float], Value] | None = None,
) -> Run:
    """Train once from the problem's start of `seed`, with mini-batches drawn by `seed`.

    The loss on all examples is recorded at every `record_every`-th step; with None, never. schedule: makes the
    schedule of a learning rate; None keeps it constant. All other hyperparameters are at their defaults, except that
    `lr_max`, where a rule has it, is `lr`.
    """
    rule = optimizer.rule
    params = Arena(problem.start(seed))
    views, gradient = params.views, params.zeros_like()
    given: dict[str, Value] = {"lr": schedule(lr) if schedule else lr}
    if "lr_max" in rule.hyperparameters:
        given["lr_max"] = lr
    opt = optimizer(params, on_nonfinite="ignore", **given)
    drawn = batches(problem.n_samples, batch_size, seed)
    losses = [problem.value(views)] if record_every else []
    times = []
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            begun = time.perf_counter()
            for name, g in problem.gradient(views, next(drawn)).items():
                gradient.views[name][...] = g
            if not math.isfinite(float(gradient.buffer.sum())):  # stop here: factorisations refuse NaN
                return Run(losses, None, 0.0, math.inf)
            opt.step(gradient)
            times.append(time.perf_counter() - begun)
            if record_every and t % record_every == 0:
                losses.append(problem.value(_answer(opt, params).views))
        answer = _answer(opt, params)
        finite = math.isfinite(float(answer.buffer.sum())) and math.isfinite(problem.value(answer.views))
    seconds = min(np.mean(times[i : i + 10]) for i in range(0, steps, 10))
    return Run(losses, answer.views if finite else None, _kept(opt) / params.buffer.size, float(seconds))


def _answer(opt: Optimizer, params: Arena) -> Arena:
    """What to evaluate: the parameters, or Schedule-Free's mean x of y = (1 - μ)z + μx."""
    if opt.rule.key not in _BETWEEN:
        return params
    mu = getattr(opt, _BETWEEN[opt.rule.key])
    return params.over((params.buffer - (1 - mu) * opt.state["z"].buffer) / mu)


def _kept(opt: Optimizer) -> int:
    """How many numbers the state arrays hold."""
    return sum(array.size for slot in opt.parameters.slots for array in slot.state.values())


def sweep(
    problems: Mapping[str, Callable[[Any, Any], Any]],
    optimizers: Mapping[str, Any],
    data: Digits,
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
    file: str | Path | None = None,
    progress: bool | None = None,
) -> dict[str, Any]:
    """Tune the learning rate of every optimizer on every problem, then train with the best from several seeds.

    problems: by name, a function of (x, y) that makes one, such as `SoftmaxRegression`; it has `start(seed)`,
    `value`, `gradient`, `accuracy` and `n_samples`. optimizers: by key, classes (`fo.OPTIMIZERS`) or rules. data: the
    training and the test examples.

    1. The last `held_out` training examples are set aside. For each of `factors` times the rule's default rate, the
       others are trained on for `steps` steps from each of `tuning_seeds`. The rate with the lowest mean held-out loss
       is chosen; a rate at which a seed diverged is not. If it is the smallest or the largest, up to six more on that
       side are tried, in the same ratio, until it is not; `trials` counts the rates, `edge` says if it still is.
    2. At this rate and at the default, all training examples are trained on for as many steps, from each of `seeds`,
       and the test examples are met for the first time.

    Returns {"settings", "versions", "rows"}. A row has `problem`, `optimizer`, `lr`, `factor` (lr over the default),
    `trials`, `edge` (None, "low" or "high"), `tuning` ([factor, mean held-out loss or None], by factor), `train_loss`,
    `test_loss` (nats) and `accuracy` (one number a seed, None where it diverged), `diverged` (how many did),
    `steps_to_target` (one a seed: the first recorded step whose training loss is at most the problem's of `targets`,
    None if none is), `curve` (mean training loss of every `record_every`-th step, over the seeds that did not diverge),
    `default` (the three measures at the default rate), `state` (numbers kept for each parameter) and `seconds` (of one
    step with its gradient, the fastest of the tuning runs': a timing, which no other machine will repeat).

    file: results are written there after each row, and rows that are there are not run again. progress: show a bar;
    None shows it in a terminal. Raises ValueError or TypeError for settings that make no sweep, and ValueError for a
    file of other settings or versions.
    """
    tuning_seeds, seeds, factors = list(tuning_seeds), list(seeds), sorted(float(f) for f in factors)
    classes = {key: class_of(optimizer) for key, optimizer in optimizers.items()}
    targets = dict(targets or {})
    _check(problems, classes, data, factors, steps, batch_size, held_out, tuning_seeds, seeds, record_every, targets)
    settings = {
        "factors": factors,
        "steps": steps,
        "batch_size": batch_size,
        "held_out": held_out,
        "examples": len(data.y_train),
        "tuning_seeds": tuning_seeds,
        "seeds": seeds,
        "record_every": record_every,
        "targets": targets,
        "schedule": repr(schedule(1.0)) if schedule else None,
    }
    results: dict[str, Any] = {"settings": settings, "versions": _versions(), "rows": []}
    path = None if file is None else Path(file)
    if path is not None and path.exists():
        results = _resume(path, results)
    rows: list[Row] = results["rows"]
    done = {(row["problem"], row["optimizer"]) for row in rows}
    cells = [(name, key) for name in problems for key in classes if (name, key) not in done]
    for name, key in _counted(cells, progress):
        rows.append({"problem": name, "optimizer": key, **_row(problems[name], classes[key], data, schedule, settings)})
        rows[-1]["steps_to_target"] = _first(rows[-1].pop("losses"), targets.get(name), record_every)
        if path is not None:
            write(results, path)
    return results


def _row(
    make: Callable[[Any, Any], Any],
    optimizer: type[Optimizer],
    data: Digits,
    schedule: Callable[[float], Value] | None,
    settings: Mapping[str, Any],
) -> Row:
    shared = {"steps": settings["steps"], "batch_size": settings["batch_size"], "schedule": schedule}
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
        return {name: [_short(x) for x in column] for name, column in columns}, made

    measured, trained = judged(rate(factor), settings["record_every"])
    curves = [run.losses for run in trained if run.params is not None]
    return {
        "lr": rate(factor),
        "factor": factor,
        "trials": len(tried),
        "edge": edge,
        "tuning": [[f, _short(loss)] for f, loss in sorted(tried.items())],
        **measured,
        "diverged": sum(run.params is None for run in trained),
        "losses": [run.losses for run in trained],
        "curve": [_short(x) for x in np.mean(curves, axis=0)] if curves else None,
        "default": measured if factor == 1 else judged(rate(1))[0],
        "state": _short(max(run.state for run in trained)),
        "seconds": _short(min(run.seconds for run in runs)),
    }


def choose(
    loss: Callable[[float], float], factors: Sequence[float], further: int = _FURTHER
) -> tuple[float, dict[float, float], str | None]:
    """The factor of the lowest loss, all that were tried with their losses, and the edge if the best lies at one.

    factors: increasing, at least two. While the best lies at an end, the next one beyond it is tried, `further` at
    most.
    """
    tried = {factor: loss(factor) for factor in factors}
    for _ in range(further + 1):
        low, high = min(tried), max(tried)
        best = min(tried, key=lambda factor: (tried[factor], factor))
        edge = "low" if best == low else "high" if best == high else None
        if edge is None or len(tried) == len(factors) + further:
            break
        beyond = low * (low / sorted(tried)[1]) if edge == "low" else high * (high / sorted(tried)[-2])
        beyond = float(f"{beyond:.6g}")
        tried[beyond] = loss(beyond)
    return best, tried, edge


def _first(curves: Sequence[Sequence[float]], target: float | None, record_every: int) -> list[int | None] | None:
    """For each curve the first recorded step at or below the target."""
    if target is None:
        return None
    return [next((i * record_every for i, x in enumerate(curve) if x <= target), None) for curve in curves]


def _short(x: float | None) -> float | None:
    """Six digits, and None for what is not finite: JSON has no such numbers."""
    return None if x is None or not math.isfinite(x) else float(f"{x:.6g}")


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


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for package in ("firstorder", "scikit-learn"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _resume(path: Path, expected: Mapping[str, Any]) -> dict[str, Any]:
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


def _counted(cells: Sequence[Any], progress: bool | None) -> Any:
    from tqdm.auto import tqdm

    shown = sys.stderr.isatty() if progress is None else progress
    return tqdm(cells, disable=not shown, leave=False, unit="row")


# ── reading results ───────────────────────────────────────────────────────────────────────────────


@cache
def stored(name: str = "digits") -> dict[str, Any]:
    """The book's sweep of this name: what `python -m firstorder.sweep` wrote; see `sweep` for its parts."""
    return json.loads(files(__package__).joinpath("sweeps", f"{name}.json").read_text(encoding="utf-8"))


def row(results: Mapping[str, Any], problem: str, optimizer: str) -> Row:
    """One row of a sweep; raises KeyError if it has none for these two."""
    for found in results["rows"]:
        if (found["problem"], found["optimizer"]) == (problem, optimizer):
            return found
    raise KeyError(f"no row of {optimizer!r} on {problem!r}")


def rows(results: Mapping[str, Any], problem: str) -> dict[str, Row]:
    """The rows of one problem, by optimizer; raises KeyError if there are none."""
    found = {r["optimizer"]: r for r in results["rows"] if r["problem"] == problem}
    if not found:
        raise KeyError(f"no rows of problem {problem!r}")
    return found


def values(numbers: Sequence[float | None]) -> np.ndarray:
    """The seeds that did not diverge."""
    return np.array([x for x in numbers if x is not None])


def against_best(found: Mapping[str, Row], measure: str = "accuracy") -> tuple[str, dict[str, float]]:
    """The optimizer with the best mean, and for each the p-value of Welch's t-test against it (1 for itself).

    found: rows by optimizer; a row in which a seed diverged is not the best and has the p-value 0. measure: one of
    `MEASURES`; of accuracy more is better, of losses less. The best was picked because it is: what differs from it
    without correction for that, and for as many tests as rows, is a generous count.
    """
    from scipy.stats import ttest_ind  # type: ignore[import-untyped]

    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {', '.join(map(repr, MEASURES))}, got {measure!r}")
    whole = {key: np.array(r[measure]) for key, r in found.items() if not r["diverged"]}
    sign = -1 if measure == "accuracy" else 1
    best = min(whole, key=lambda key: sign * whole[key].mean())
    p = {key: float(ttest_ind(whole[key], whole[best], equal_var=False).pvalue) for key in whole if key != best}
    return best, {key: 1.0 if key == best else p.get(key, 0.0) for key in found}


def ranked(found: Mapping[str, Row]) -> dict[str, Row]:
    """The rows by mean test accuracy, the best first; rows in which a seed diverged come last."""

    def place(key: str) -> tuple[int, float]:
        accuracy = values(found[key]["accuracy"])
        return found[key]["diverged"], -float(accuracy.mean()) if len(accuracy) else 0.0

    return {key: found[key] for key in sorted(found, key=place)}


def table(found: Mapping[str, Row]) -> str:
    """A Markdown table of rows, `ranked`: means over the seeds, of accuracy with their standard deviation.

    A star marks what Welch's test at 5% does not tell from the best accuracy. `time`: seconds of a step over SGD's.
    """
    head = ["optimizer", "rate", "×", "accuracy (%)", "test loss", "steps", "state", "time"]
    _, p = against_best(found)
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for key, r in ranked(found).items():
        accuracy, loss, reached = (values(r[name]) for name in ("accuracy", "test_loss", "steps_to_target"))
        there = f"\u00a0({len(reached)})" if len(reached) < len(r["accuracy"]) else ""
        lines.append(
            [
                RULES[key].name + " \\*" * (p[key] > 0.05),
                f"{r['lr']:.2g}" + {"low": " ↓", "high": " ↑", None: ""}[r["edge"]],
                f"{r['factor']:,.0f}" if r["factor"] > 100 else f"{r['factor']:.3g}",
                f"{100 * accuracy.mean():.1f}\u00a0±\u00a0{100 * accuracy.std(ddof=1):.1f}"
                if len(accuracy) > 1
                else "–",
                f"{loss.mean():.3f}" if len(loss) else "–",
                f"{reached.mean():.0f}{there}" if len(reached) else "–",
                f"{r['state']:.2g}",
                f"{r['seconds'] / found['sgd']['seconds']:.1f}",
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(folder: str | Path | None = None) -> None:
    """Run the book's sweeps on the digits and store them, where they are not stored yet.

    "digits": every optimizer on three models; "cosine": twelve on the two-layer network, the rate falling to 0.
    """
    from . import OPTIMIZERS
    from .problems import ConvolutionalNetwork, SoftmaxRegression, TwoLayerNetwork, digits
    from .schedules import Cosine

    def cosine(lr: float) -> Cosine:
        return Cosine(lr, 300)

    problems = {"softmax": SoftmaxRegression, "two_layer": TwoLayerNetwork, "convolutional": ConvolutionalNetwork}
    targets = {"softmax": 0.2, "two_layer": 0.15, "convolutional": 0.15}
    there = Path(__file__).parent / "sweeps" if folder is None else Path(folder)
    data = digits()
    sweep(problems, OPTIMIZERS, data, targets=targets, file=there / "digits.json")
    twelve = {key: OPTIMIZERS[key] for key in _WITH_COSINE}
    two_layer, target = {"two_layer": TwoLayerNetwork}, {"two_layer": targets["two_layer"]}
    sweep(two_layer, twelve, data, targets=target, schedule=cosine, file=there / "cosine.json")


if __name__ == "__main__":
    main(*sys.argv[1:])
