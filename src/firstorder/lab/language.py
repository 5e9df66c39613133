"""A small transformer learns a novel's text: optimizers tuned with one budget, and what could explain their distance.

`python -m firstorder.lab.language` measures what is not stored yet, a row at a time: a minute of one core, or a few;
`row` reads what is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..problems.texts import Corpus, corpus
from ..problems.transformer import Transformer
from ..resolve import OptimizerLike, class_of
from ..rules import Rule
from .language_rules import block_adam, normalised_momentum, row_adam
from .sweep import resume, versions, write
from .trial import Run, train
from .tuning import choose, met_test

STEPS, EVERY, WORDS, GROUPS = 400, 50, 512, 16
#: The network: two layers, 32 wide, with two heads.
_SIZE = {"width": 32, "heads": 2, "layers": 2}
#: Two seeds choose a rate; twenty others are what is shown.
TUNING, SEEDS = (0, 1), tuple(range(2, 22))


class Flat:
    """A problem some of whose matrices the optimizer gets as vectors, so that Muon leaves them to AdamW."""

    def __init__(self, problem: Transformer, vectors: Sequence[str] = ("tokens", "places", "head")):
        self.problem, self.n_samples = problem, problem.n_samples
        self.shapes = {name: array.shape for name, array in problem.start().items() if name in vectors}

    def _flat(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {name: array.ravel() if name in self.shapes else array for name, array in params.items()}

    def _whole(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {name: array.reshape(self.shapes.get(name, array.shape)) for name, array in params.items()}

    def start(self, seed: int = 0) -> dict[str, Any]:
        return self._flat(self.problem.start(seed))

    def value(self, params: Mapping[str, Any], batch: Any = None) -> float:
        return self.problem.value(self._whole(params), batch)

    def gradient(self, params: Mapping[str, Any], batch: Any = None) -> dict[str, Any]:
        return self._flat(self.problem.gradient(self._whole(params), batch))

    def losses(self, params: Mapping[str, Any], x: Any, y: Any) -> Any:
        return self.problem.losses(self._whole(params), x, y)


class Method(NamedTuple):
    """An optimizer as it is compared: without decay of weights; the middle of the first five rates that are tried."""

    of: OptimizerLike
    middle: float
    hyper: Mapping[str, Any] = {}
    flat: bool = False

    @property
    def rule(self) -> Rule:
        return class_of(self.of).rule

    def __call__(self, params: Any, **given: Any) -> Any:
        return class_of(self.of)(params, **given, **self.hyper)


_PLAIN = {"weight_decay": 0.0}
METHODS: dict[str, Method] = {
    "adam": Method("adam", 0.01),
    "momentum": Method("momentum", 0.2),
    "signum": Method("signum", 0.003),
    "sgd": Method("sgd", 1.0),
    "lion": Method("lion", 0.001, _PLAIN),
    "muon_rms": Method("muon_rms", 0.01, _PLAIN, flat=True),
    "rmsprop": Method("rmsprop", 0.005),
    "normalised_momentum": Method(normalised_momentum, 0.1),
    "block_adam": Method(block_adam, 0.01),
    "row_adam": Method(row_adam, 0.01),
}


@cache
def word_groups() -> np.ndarray:
    """A group for every word of the text, all about equally frequent: each word joins the one that has least so far."""
    counts, filled = corpus("words").counts, np.zeros(GROUPS)
    found = np.zeros(len(counts), int)
    for kind in np.argsort(-counts, kind="stable"):
        found[kind] = np.argsort(filled, kind="stable")[0]
        filled[found[kind]] += counts[kind]
    return found


class Setting(NamedTuple):
    """What is learned: its corpus, how a model of windows and what follows is made, the size of a batch."""

    data: Corpus
    make: Callable[[Any, Any], Transformer]
    batch_size: int = 8


@cache
def setting(name: str) -> Setting:
    """By name: "characters"; "large batches", of 32 windows; "words", of 512 kinds; "groups" of words, equally many."""
    if name in ("characters", "large batches"):
        data = corpus("characters")
        made = partial(Transformer, kinds=len(data.names), **_SIZE)
        return Setting(data, made, 32 if name == "large batches" else 8)
    data, every = corpus("words", kinds=WORDS), corpus("words")
    if name == "words":
        return Setting(data, partial(Transformer, kinds=WORDS, **_SIZE))
    train, test = word_groups()[every.y_train], word_groups()[every.y_test]
    data = data._replace(y_train=train, y_test=test, counts=np.bincount(train.ravel(), minlength=GROUPS))
    return Setting(data, partial(Transformer, kinds=WORDS, classes=GROUPS, **_SIZE))


#: What is measured, the most telling first.
CELLS = [
    *(("characters", key) for key in ("adam", "momentum", "block_adam", "signum", "normalised_momentum")),
    *(("words", key) for key in ("adam", "momentum")),
    *(("groups", key) for key in ("adam", "momentum")),
    *(("characters", key) for key in ("muon_rms", "sgd", "lion", "row_adam")),
    *(("large batches", key) for key in ("adam", "momentum")),
    ("characters", "rmsprop"),
]


def trained(name: str, key: str, lr: float, seed: int, part: str = "all", record: bool = True) -> Run:
    """One training; part: "all" of the training windows, or those to "fit" that leave out what a rate is chosen by."""
    data, make, batch_size = setting(name)
    cut = len(data.x_train) - (data.held_out if part == "fit" else 0)
    problem: Any = make(data.x_train[:cut], data.y_train[:cut])
    method = METHODS[key]
    return train(
        Flat(problem) if method.flat else problem,
        method,  # type: ignore[arg-type]
        lr=lr,
        steps=STEPS,
        batch_size=batch_size,
        seed=seed,
        record_every=EVERY if record else None,
    )


def judged(name: str, key: str, run: Run, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Losses of every prediction, and what was to be said: of windows "held out" of training, or the "test"'s."""
    data, make, _ = setting(name)
    cut = len(data.x_train) - data.held_out
    x, y = data.x_train[cut:], data.y_train[cut:]
    if part == "test":
        met_test()
        x, y = data.x_test, data.y_test
    problem = make(x, y)
    chosen = problem._sample
    shown: Any = Flat(problem) if METHODS[key].flat else problem
    return shown.losses(run.params, x[chosen], y[chosen]), y[chosen]


def continued(params: Mapping[str, Any], begin: str, length: int, seed: int = 0) -> str:
    """A text written on by a network of "characters": each is drawn with the probability that the network gives it."""
    data, make, _ = setting("characters")
    problem, number = make(data.x_test, data.y_test), {name: i for i, name in enumerate(data.names)}
    rng, context = np.random.default_rng(seed), data.x_test.shape[1]
    written = [number[letter] for letter in begin[-context:]]
    for _ in range(length):
        logits = problem.scores(dict(params), np.array([written[-context:]]))[0][0, -1].astype(float)
        p = np.exp(logits - logits.max())
        written.append(int(rng.choice(len(p), p=p / p.sum())))
    return begin[:-context] + "".join(data.names[i] for i in written)


def fifths(counts: np.ndarray) -> np.ndarray:
    """Of each class the fifth it is in, of 0 to 4, if the most frequent come first: each has a fifth of the tokens."""
    order = np.argsort(-counts, kind="stable")
    middle = np.cumsum(counts[order]) - counts[order] / 2
    found = np.zeros(len(counts), int)
    found[order] = np.minimum(5 * middle / counts.sum(), 4).astype(int)
    return found


def measured(name: str, key: str) -> dict[str, Any]:
    """A row: the rate with the least held-out loss of two seeds, then twenty others at it, judged on test text."""

    def held_out(lr: float) -> float:
        runs = [trained(name, key, lr, seed, "fit", record=False) for seed in TUNING]
        if any(run.params is None for run in runs):
            return np.inf
        return float(np.mean([judged(name, key, run, "held out")[0].mean() for run in runs]))

    rates = [float(f"{METHODS[key].middle * 10 ** (power / 4):.3g}") for power in range(-2, 3)]
    lr, tried, edge = choose(held_out, rates)
    group = fifths(setting(name).data.counts)
    curves, tests, parts = [], [], []
    for seed in SEEDS:
        run = trained(name, key, lr, seed)
        curves.append([round(x, 4) for x in run.losses])
        if run.params is not None:
            losses, y = judged(name, key, run, "test")
            tests.append(round(float(losses.mean()), 4))
            parts.append([round(float(losses[group[y] == k].mean()), 4) for k in range(5)])
    return {
        "problem": name,
        "optimizer": key,
        "lr": lr,
        "edge": edge,
        "tuning": [[rate, round(loss, 4) if np.isfinite(loss) else None] for rate, loss in sorted(tried.items())],
        "test_loss": tests,
        "fifths": parts,
        "curves": curves,
        "diverged": len(SEEDS) - len(tests),
    }


FILE = Path(__file__).parents[1] / "sweeps" / "language.json"


def main(path: Path = FILE) -> None:
    """Measure and store what is not stored."""
    settings = {"steps": STEPS, **_SIZE, "tuning_seeds": list(TUNING), "seeds": list(SEEDS), "every": EVERY}
    results: dict[str, Any] = {"settings": settings, "versions": versions(), "rows": []}
    if path.exists():
        results = resume(path, results)
    done = {(row["problem"], row["optimizer"]) for row in results["rows"]}
    for name, key in CELLS:
        if (name, key) not in done:
            results["rows"].append(measured(name, key))
            write(results, path)
            print(f"{name}, {key}", file=sys.stderr)


if __name__ == "__main__":
    main()
