"""A sweep on a cluster finds what it finds here, loses nothing with a worker, and refuses what cannot travel."""

import json
import logging
import pickle
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from travelling import Counted, Fatal

import firstorder as fo
from firstorder.lab import parcels
from firstorder.lab.sweep import sweep, versions
from firstorder.problems import Digits, SoftmaxRegression

ROOT = Path(__file__).parents[1]
SMALL = {"steps": 6, "batch_size": 20, "held_out": 60, "tuning_seeds": [0], "seeds": [1, 2], "record_every": 2}
SOFTMAX = {"softmax": SoftmaxRegression}


def few() -> Digits:
    """Data of no meaning, which a worker makes for itself."""
    rng = np.random.default_rng(0)
    return Digits(rng.random((200, 64)), np.arange(200) % 10, rng.random((50, 64)), np.arange(50) % 10)


@pytest.fixture(scope="module")
def client():
    """Of a cluster of one worker, a process of its own: what it has done, and has not handed over, goes with it."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    settings = {"n_workers": 1, "threads_per_worker": 1}
    quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    with distributed.LocalCluster(**settings, **quiet) as cluster, distributed.Client(cluster) as client:
        yield client


def without_seconds(results):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in results["rows"]]


def test_a_worker_that_dies_loses_no_row_that_is_done(client, tmp_path):
    """Rows of three problems, of which the second kills the worker once the first is stored. The first is not measured
    again, though the worker that had it is gone; all are those that are found here."""
    kinds = {"first": Counted, "second": Fatal, "third": Counted}
    problems = {name: partial(kind, folder=str(tmp_path), name=name) for name, kind in kinds.items()}
    there = sweep(problems, {"sgd": fo.SGD}, few, map=client.map, file=tmp_path / "sweep.json", **SMALL)
    made = [line.split() for line in Path(tmp_path, "made").read_text(encoding="utf-8").splitlines()]
    assert len({process for _, process in made}) == 2
    a_row = 4  # problems: to fit, to judge, to train and to test
    assert Counter(name for name, _ in made) == {"first": a_row, "second": 1 + a_row, "third": a_row}
    here = sweep(problems, {"sgd": fo.SGD}, few, **SMALL)
    assert without_seconds(there) == without_seconds(here)
    assert sweep(problems, {"sgd": fo.SGD}, few, map=client.map, file=tmp_path / "sweep.json", **SMALL) == there


def test_what_a_worker_cannot_open_is_an_error_and_the_cluster_goes_on(client, tmp_path, monkeypatch):
    tmp_path.joinpath("only_here.py").write_text("from travelling import Counted as Ours\nclass Mine(Ours): pass\n")
    monkeypatch.syspath_prepend(tmp_path)

    def mine():
        return {"mine": partial(import_module("only_here").Mine, folder=str(tmp_path), name="mine")}

    with pytest.raises(RuntimeError, match=r"cannot open .*No module named 'only_here'.*client.upload_file"):
        sweep(mine(), {"sgd": fo.SGD}, few, map=client.map, **SMALL)
    client.upload_file(str(tmp_path / "only_here.py"))
    assert without_seconds(sweep(mine(), {"sgd": fo.SGD}, few, map=client.map, **SMALL))


class OfTheScript(SoftmaxRegression):
    """Made to look like one of a notebook's cell."""


OfTheScript.__module__ = "__main__"


def test_what_cannot_travel_is_refused_before_anything_is_sent(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "OfTheScript", OfTheScript, raising=False)
    sent = []
    given = {"data": few, "map": lambda do, parcels: sent.append(do) or [], **SMALL}
    with pytest.raises(TypeError, match=r"problem 'mine' cannot be sent .*'OfTheScript' is written in __main__.*\.py"):
        sweep({"softmax": SoftmaxRegression, "mine": OfTheScript}, {"sgd": fo.SGD}, **given)
    with pytest.raises(TypeError, match=r"problem 'mine' cannot be sent to another process: .*lambda"):
        sweep({"mine": lambda x, y: SoftmaxRegression(x, y)}, {"sgd": fo.SGD}, **given)
    with pytest.raises(TypeError, match=r"schedule cannot be sent to another process: .*lambda"):
        sweep(SOFTMAX, {"sgd": fo.SGD}, schedule=lambda lr: lr, **given)
    lock = open(__file__, encoding="utf-8")  # noqa: SIM115

    @fo.optimizer(formula="x")
    def holding(p, g, *, lr=0.1):
        return p - lr * g * (lock is not None)

    with lock, pytest.raises(TypeError, match=r"optimizer 'mine' cannot be sent .*holding .*in test_cluster and reads"):
        sweep(SOFTMAX, {"sgd": fo.SGD, "mine": holding}, **given)
    assert not sent


def test_a_rule_written_inside_a_function_is_swept_on_a_worker(client):
    @fo.optimizer
    def local(p, g, *, lr=0.1):
        p = p - lr * g / 2
        return p

    there, here = (sweep(SOFTMAX, {"local": local}, few, **SMALL, **more) for more in ({"map": client.map}, {}))
    assert without_seconds(there) == without_seconds(here)


def test_other_versions_are_refused_where_the_work_would_be_done():
    ours = versions() | {"numpy": "1.0"}
    with pytest.raises(RuntimeError, match=r"a worker has other versions, \{.*'numpy': '1.0'"):
        parcels.opened(len, versions, ours, pickle.dumps("two"))
    assert parcels.opened(len, versions, versions(), pickle.dumps("two")) == 3


def test_futures_are_taken_as_they_end_and_let_go():
    """The first waits for the second to be taken."""
    from threading import Event
    from weakref import ref

    taken = Event()
    refs = []

    def do(thing):
        assert thing == "second" or taken.wait(60)
        return thing

    with ThreadPoolExecutor(2) as pool:

        def send(do, parcels):
            futures = [pool.submit(do, parcel) for parcel in parcels]
            refs.extend(map(ref, futures))
            return futures

        found = parcels.done(send, do, dict, [pickle.dumps(name) for name in ("first", "second")])
        assert next(found) == "second"
        assert refs[1]() is None
        taken.set()
        assert [*found] == ["first"]


def test_what_has_not_begun_is_called_off_when_a_piece_fails():
    def do(thing):
        raise ZeroDivisionError if thing == 0 else AssertionError(thing)

    futures = []
    with ThreadPoolExecutor(1) as pool:

        def send(do, parcels):
            futures.extend(pool.submit(do, parcel) for parcel in parcels)
            return iter(futures)

        with pytest.raises(ZeroDivisionError):
            [*parcels.done(send, do, dict, [pickle.dumps(number) for number in range(200)])]
    assert futures[-1].cancelled()


def test_the_chapter_tells_the_costs_that_were_measured():
    results = json.loads((ROOT / "benchmarks" / "results" / "cluster.json").read_text(encoding="utf-8"))
    seconds, rows = results["seconds"], results["rows"]
    text = (ROOT / "chapters" / "at_scale.md").read_text(encoding="utf-8")
    assert f"took {seconds['start']['processor']:.1f} s of processor time" in text
    assert f"its result {1000 * seconds['task']['processor']:.0f} ms" in text
    row = seconds["here"]["processor"] / rows
    assert f"takes {row:.1f} s" in text
    assert seconds["task"]["processor"] / row == pytest.approx(0.002, rel=0.1)  # a fifth of a per cent
    assert seconds["there"]["wall"] > seconds["here"]["wall"]
    assert seconds["there"]["processor"] > 2 * seconds["here"]["processor"]
