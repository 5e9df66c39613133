"""Every optimizer gets the same trials and the same seeds, and the stored comparison is what the code gives."""

import json
import math
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

import firstorder as fo
from firstorder.lab.results import against_best, ranked, row, rows, stored, table, values
from firstorder.lab.sweep import FACTORS, choose, half_cosine, sweep, write
from firstorder.lab.trial import train
from firstorder.problems import ConvolutionalNetwork, Digits, SoftmaxRegression, TwoLayerNetwork, digits

PROBLEMS = {"softmax": SoftmaxRegression, "two_layer": TwoLayerNetwork, "convolutional": ConvolutionalNetwork}
SMALL = {"steps": 6, "batch_size": 20, "held_out": 60, "tuning_seeds": [0], "seeds": [1, 2], "record_every": 2}


@pytest.fixture(scope="module")
def data() -> Digits:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    return digits()


@pytest.fixture(scope="module")
def few(data) -> Digits:
    return Digits(data.x_train[:200], data.y_train[:200], data.x_test[:50], data.y_test[:50])


# ── choosing a rate ───────────────────────────────────────────────────────────────────────────────


def parabola(best: float):
    return lambda factor: (math.log10(factor) - best) ** 2


def test_nine_rates_two_to_the_decade_around_the_default():
    assert len(FACTORS) == 9
    assert 1.0 in FACTORS
    np.testing.assert_allclose(np.diff(np.log10(FACTORS)), 0.5, atol=1e-5)


def test_the_lowest_loss_inside_the_grid_takes_no_further_trial():
    factor, tried, edge = choose(parabola(0.4), FACTORS)
    assert (round(factor, 2), len(tried), edge) == (3.16, 9, None)


@pytest.mark.parametrize(("best", "factor", "trials"), [(3, 1000, 12), (-2.5, 10**-2.5, 11), (2, 100, 10)])
def test_a_best_rate_at_the_edge_moves_the_edge(best, factor, trials):
    found, tried, edge = choose(parabola(best), FACTORS)
    assert found == pytest.approx(factor, rel=1e-4)
    assert (len(tried), edge) == (trials, None)


@pytest.mark.parametrize(("best", "edge"), [(9, "high"), (-9, "low")])
def test_a_rate_that_stays_at_the_edge_is_flagged(best, edge):
    _, tried, found = choose(parabola(best), FACTORS)
    assert (len(tried), found) == (15, edge)


def test_a_rate_at_which_training_diverges_is_not_chosen():
    def loss(factor):
        return math.inf if factor > 1 else -factor

    assert choose(loss, FACTORS)[0] == 1.0


# ── one training ──────────────────────────────────────────────────────────────────────────────────


def test_training_is_what_minimize_does(few):
    problem = TwoLayerNetwork(few.x_train, few.y_train)
    run = train(problem, fo.Adam, lr=0.01, steps=7, batch_size=30, seed=4, record_every=1)
    path = fo.minimize(problem, fo.Adam, lr=0.01, steps=7, batch_size=30, seed=4)
    assert run.losses == path.values.tolist()
    assert np.array_equal(fo.Arena(run.params).buffer, path.points[-1])
    assert run.state == 2


def test_schedule_free_is_judged_at_the_mean_of_its_fast_points(few):
    problem = SoftmaxRegression(few.x_train, few.y_train)
    run = train(problem, fo.ScheduleFreeSGD, lr=0.5, steps=9, batch_size=30, seed=0)
    params = problem.start()
    opt, fast = fo.ScheduleFreeSGD(params, lr=0.5), []
    rng, chunks = np.random.default_rng(0), []
    for _ in range(2):  # two epochs of seven batches
        order = rng.permutation(200)
        chunks += [order[i : i + 30] for i in range(0, 200, 30)]
    for batch in chunks[:9]:
        opt.step(problem.gradient(params, batch))
        fast.append(opt.state["z"]["W"].copy())
    np.testing.assert_allclose(run.params["W"], np.mean(fast, axis=0), rtol=1e-10, atol=1e-14)


def test_the_largest_rate_of_a_schedule_follows_the_rate(few):
    problem = SoftmaxRegression(few.x_train, few.y_train)
    settings = {"steps": 5, "batch_size": 30, "seed": 0}
    run = train(problem, fo.FullyDecoupledAdamW, lr=0.1, **settings)
    path = fo.minimize(problem, fo.FullyDecoupledAdamW, lr=0.1, lr_max=0.1, **settings)
    assert np.array_equal(run.params["W"], path.params["W"])


@pytest.mark.parametrize("key", ["sgd", "soap", "shampoo", "muon"])
def test_a_run_that_diverges_ends_and_says_so(few, key):
    problem = TwoLayerNetwork(few.x_train, few.y_train)
    run = train(problem, fo.OPTIMIZERS[key], lr=1e300, steps=9, batch_size=30, seed=0, record_every=1)
    assert run.params is None


# ── the sweep ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def results(few):
    both = {"adam": fo.Adam, "sgd": fo.SGD}
    return sweep({"softmax": SoftmaxRegression}, both, few, targets={"softmax": 2.0}, **SMALL)


def test_a_row_has_the_rate_of_the_lowest_held_out_loss(results):
    for r in results["rows"]:
        assert r["factor"] == min(r["tuning"], key=lambda pair: pair[1])[0]
        assert r["lr"] == pytest.approx(r["factor"] * fo.OPTIMIZERS[r["optimizer"]].rule.hyperparameters["lr"])
        assert r["trials"] == len(r["tuning"]) >= 9


def test_rates_are_tuned_on_the_examples_held_out_and_trained_on_the_others(results, few):
    """Each loss of the tuning, had again: 140 examples to train on, the other 60 of the training examples to judge."""
    fit = SoftmaxRegression(few.x_train[:140], few.y_train[:140])
    judge = SoftmaxRegression(few.x_train[140:], few.y_train[140:])
    for optimizer in (fo.Adam, fo.SGD):
        for factor, loss in row(results, "softmax", optimizer.rule.key)["tuning"][:9]:
            lr = factor * optimizer.rule.hyperparameters["lr"]
            run = train(fit, optimizer, lr=lr, steps=6, batch_size=20, seed=0)
            assert loss == pytest.approx(judge.value(run.params), rel=1e-5)


def test_the_test_examples_have_no_part_in_tuning_or_training(results, few):
    """With other test examples, everything but what is measured on them is the same."""
    other = Digits(few.x_train, few.y_train, few.x_test[::-1], few.y_test)
    again = sweep({"softmax": SoftmaxRegression}, {"adam": fo.Adam}, other, targets={"softmax": 2.0}, **SMALL)
    first, second = (row(r, "softmax", "adam") for r in (results, again))
    of_the_test = {"test_loss", "accuracy", "default", "seconds"}
    assert {key: value for key, value in first.items() if key not in of_the_test} == {
        key: value for key, value in second.items() if key not in of_the_test
    }
    assert first["test_loss"] != second["test_loss"]
    assert first["default"]["train_loss"] == second["default"]["train_loss"]


def test_a_row_can_be_had_again_from_its_rate_and_seeds(results, few):
    r = row(results, "softmax", "adam")
    problem = SoftmaxRegression(few.x_train, few.y_train)
    runs = [train(problem, fo.Adam, lr=r["lr"], steps=6, batch_size=20, seed=s, record_every=2) for s in (1, 2)]
    np.testing.assert_allclose(r["train_loss"], [run.losses[-1] for run in runs], rtol=1e-5)
    np.testing.assert_allclose(r["curve"], np.mean([run.losses for run in runs], axis=0), rtol=1e-5)
    reached = [next((2 * i for i, loss in enumerate(run.losses) if loss <= 2.0), None) for run in runs]
    assert r["steps_to_target"] == reached
    assert r["accuracy"] == pytest.approx([problem.accuracy(run.params, few.x_test, few.y_test) for run in runs])


def test_two_sweeps_differ_in_their_timings_alone(results, few):
    again = sweep({"softmax": SoftmaxRegression}, {"adam": fo.Adam}, few, targets={"softmax": 2.0}, **SMALL)
    first, second = ({**row(r, "softmax", "adam"), "seconds": 0} for r in (results, again))
    assert first == second


def test_diverged_runs_are_counted_and_never_the_best(few):
    """Rates at which nothing can stay finite: the row is there, without numbers."""
    explosive = sweep(
        {"two_layer": TwoLayerNetwork}, {"sgd": fo.SGD}, few, factors=(1e303, 1e304), **{**SMALL, "seeds": [1, 2, 3]}
    )
    r = row(explosive, "two_layer", "sgd")
    assert (r["diverged"], r["edge"], r["curve"], r["accuracy"]) == (3, "low", None, [None] * 3)
    assert len(values(r["accuracy"])) == 0
    assert all(loss is None for _, loss in r["tuning"])
    assert len(values(r["default"]["accuracy"])) == 3
    best, p = against_best({"sgd": r, "adam": {"accuracy": [0.1, 0.2], "diverged": 0}})
    assert (best, p) == ("adam", {"sgd": 0.0, "adam": 1.0})


def test_a_rate_at_which_one_seed_of_tuning_diverged_is_not_chosen(few, monkeypatch):
    """The other seed's loss is the lowest of all, and still the rate is another."""
    settings = {**SMALL, "tuning_seeds": [0, 7]}
    problems, one = {"softmax": SoftmaxRegression}, {"adam": fo.Adam}
    best = row(sweep(problems, one, few, **settings), "softmax", "adam")

    def diverging(*given, lr, seed, **more):
        run = train(*given, lr=lr, seed=seed, **more)
        return run._replace(params=None) if (lr, seed) == (best["lr"], 7) else run

    monkeypatch.setattr("firstorder.lab.sweep.train", diverging)
    other = row(sweep(problems, one, few, **settings), "softmax", "adam")
    assert dict(map(tuple, other["tuning"]))[best["factor"]] is None
    assert other["factor"] != best["factor"]


def test_a_sweep_goes_on_where_it_was_cut_off(few, tmp_path, monkeypatch):
    file = tmp_path / "sweep.json"
    problems, both = {"softmax": SoftmaxRegression}, {"adam": fo.Adam, "sgd": fo.SGD}
    whole = sweep(problems, both, few, file=file, **SMALL)
    assert sweep(problems, both, few, file=file, **SMALL) == whole
    write({**whole, "rows": whole["rows"][:1]}, file)
    trained = []
    monkeypatch.setattr("firstorder.lab.sweep.train", lambda p, o, **k: trained.append(o.rule.key) or train(p, o, **k))
    sweep(problems, both, few, file=file, **SMALL)
    assert set(trained) == {"sgd"}
    with pytest.raises(ValueError, match=r"sweep.json has other settings.*remove it"):
        sweep(problems, both, few, file=file, **{**SMALL, "steps": 7})


def test_rows_measured_by_other_processes_are_the_same(few):
    """Seconds aside, which are of a machine that they share."""
    settings = {**SMALL, "schedule": partial(half_cosine, steps=6)}
    problems, both = {"two_layer": TwoLayerNetwork}, {"adam": "adam", "sgd": fo.SGD}
    here = sweep(problems, both, few, **settings)
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        there = sweep(problems, both, few, map=processes.map, **settings)
        futures = sweep(
            problems, both, few, map=lambda f, cells: [processes.submit(f, each) for each in cells], **settings
        )
    for r in (*here["rows"], *there["rows"], *futures["rows"]):
        r.pop("seconds")
    assert here == there == futures
    assert here["settings"]["schedule"] == repr(half_cosine(1.0, 6))


def test_rows_are_written_as_they_come(few, tmp_path):
    file = tmp_path / "sweep.json"
    both = {"adam": fo.Adam, "sgd": fo.SGD}

    def cut_off(measure, cells):
        yield measure(cells[0])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep({"softmax": SoftmaxRegression}, both, few, file=file, map=cut_off, **SMALL)
    (kept,) = json.loads(file.read_text())["rows"]
    assert kept["optimizer"] == "adam"
    again = sweep({"softmax": SoftmaxRegression}, both, few, file=file, **SMALL)
    assert again["rows"][0] == kept
    assert [r["optimizer"] for r in again["rows"]] == ["adam", "sgd"]


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"problems": {}}, ValueError, "problems must not be empty"),
        ({"optimizers": {}}, ValueError, "optimizers must not be empty"),
        ({"optimizers": {"adam": "adamm"}}, ValueError, "optimizer: unknown optimizer 'adamm'; did you mean"),
        ({"factors": (1,)}, ValueError, "factors must be at least two different positive numbers"),
        ({"factors": (1, 1)}, ValueError, "factors must be"),
        ({"factors": (0, 1)}, ValueError, "factors must be"),
        ({"steps": 0}, ValueError, "steps must be a whole number >= 1, got 0"),
        ({"held_out": 200}, ValueError, "held_out must be a whole number from 1 to 199, got 200"),
        ({"batch_size": 141}, ValueError, "batch_size must be a whole number from 1 to 140"),
        ({"record_every": 7}, ValueError, "record_every must be a whole number from 1 to 6"),
        ({"seeds": (5,)}, ValueError, "seeds must be at least 2 different"),
        ({"seeds": (5, 5)}, ValueError, "seeds must be at least 2 different"),
        ({"seeds": (5, -1)}, ValueError, "a seed of seeds must be a whole number >= 0, got -1"),
        ({"seeds": (0, 1)}, ValueError, r"seeds must not be among the tuning_seeds, got \[0\] in both"),
        ({"targets": {"net": 0.1}}, ValueError, "targets: 'net' is none of the problems 'softmax'"),
    ],
)
def test_settings_that_make_no_sweep_are_refused(few, changed, error, message):
    given = {"problems": {"softmax": SoftmaxRegression}, "optimizers": {"adam": fo.Adam}, "data": few, **SMALL}
    with pytest.raises(error, match=message):
        sweep(**{**given, **changed})


def test_a_rule_without_a_rate_has_nothing_to_tune(few):
    @fo.optimizer(paper="kingma2015adam")
    def fixed(p, g, *, t, pace=0.1):
        p = p - pace * g
        return p

    with pytest.raises(ValueError, match="'fixed' has no learning rate"):
        sweep({"softmax": SoftmaxRegression}, {"fixed": fixed}, few, **SMALL)


def test_the_best_has_the_highest_accuracy_or_the_lowest_loss():
    found = {
        "a": {"accuracy": [0.9, 0.91, 0.92], "test_loss": [0.1, 0.2, 0.3], "diverged": 0},
        "b": {"accuracy": [0.5, 0.51, 0.52], "test_loss": [0.01, 0.02, 0.03], "diverged": 0},
    }
    from scipy.stats import ttest_ind

    best, p = against_best(found)
    assert (best, p["a"]) == ("a", 1.0)
    assert p["b"] == ttest_ind(found["b"]["accuracy"], found["a"]["accuracy"], equal_var=False).pvalue
    assert against_best(found, "test_loss")[0] == "b"
    with pytest.raises(ValueError, match="measure must be one of 'train_loss'"):
        against_best(found, "loss")


def test_the_table_has_the_best_first_and_times_in_units_of_sgd(results):
    found = rows(results, "softmax")
    order = list(ranked(found))
    means = [np.mean(found[key]["accuracy"]) for key in order]
    assert means == sorted(means, reverse=True)
    head, _, *lines = (line.split(" | ") for line in table(found).splitlines())
    assert len(lines) == len(order) == 2
    assert all(len(line) == len(head) for line in lines)
    names = [line[0].removeprefix("| ").removesuffix(" \\*") for line in lines]
    assert names == [fo.OPTIMIZERS[key].rule.name for key in order]
    assert lines[names.index("SGD")][-1] == "1.0 |"
    assert "\\*" in lines[0][0]  # the best is not told from itself


def test_a_row_that_diverged_is_last_in_the_table(results):
    r = row(results, "softmax", "adam")
    nothing = {"accuracy": [None] * 2, "train_loss": [None] * 2, "test_loss": [None] * 2, "steps_to_target": [None] * 2}
    found = {"lion": {**r, **nothing, "diverged": 2, "edge": "low"}, "sgd": row(results, "softmax", "sgd"), "adam": r}
    assert list(ranked(found))[-1] == "lion"
    last = table(found).splitlines()[-1]
    assert last.startswith("| Lion | ")
    assert "↓" in last
    assert last.count("–") == 3


def test_what_is_not_there_is_an_error(results):
    with pytest.raises(KeyError, match="no row of 'lion' on 'softmax'"):
        row(results, "softmax", "lion")
    with pytest.raises(KeyError, match="no rows of problem 'net'"):
        rows(results, "net")


# ── the stored sweep ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_optimizer_is_stored(problem):
    assert set(rows(stored(), problem)) == set(fo.OPTIMIZERS)


@pytest.mark.parametrize("name", ["digits", "cosine"])
def test_every_stored_optimizer_had_the_same_trials_and_seeds(name):
    results = stored(name)
    assert len(results["settings"]["seeds"]) == 10
    for r in results["rows"]:
        assert 9 <= r["trials"] <= 15
        assert r["trials"] == 9 or r["factor"] < 0.03 or r["factor"] > 30, "more trials only beyond the grid"
        assert all(len(r[measure]) == 10 for measure in ("train_loss", "test_loss", "accuracy", "steps_to_target"))
        default = fo.OPTIMIZERS[r["optimizer"]].rule.hyperparameters["lr"]
        assert r["lr"] == pytest.approx(r["factor"] * default, rel=1e-5)


def had_again(data: Digits, name: str, problem: str, every: int = 1) -> None:
    """Every `every`-th row's run from one of its seeds, another for each, with the stored rate."""
    results = stored(name)
    schedule = partial(half_cosine, steps=300) if name == "cosine" else None
    network = PROBLEMS[problem](data.x_train, data.y_train)
    for position, (key, r) in list(enumerate(rows(results, problem).items()))[::every]:
        at = position % 10
        settings = {"steps": 300, "batch_size": 64, "seed": results["settings"]["seeds"][at], "schedule": schedule}
        run = train(network, fo.OPTIMIZERS[key], lr=r["lr"], **settings)
        if r["accuracy"][at] is None:
            assert run.params is None, key
            continue
        # Bases of eigenvectors turn roundings into a few per cent; with the others, 1e-14 on the start changes 4e-6.
        rel = 0.1 if key == "soap" else 1e-3
        assert network.value(run.params) == pytest.approx(r["train_loss"][at], rel=rel), key
        accuracy = network.accuracy(run.params, data.x_test, data.y_test)
        assert accuracy == pytest.approx(r["accuracy"][at], abs=0.005), key
        assert run.state == pytest.approx(r["state"], rel=1e-5), key


@pytest.mark.parametrize(
    ("name", "problem", "every"),
    [("digits", "softmax", 1), ("digits", "two_layer", 1), ("digits", "convolutional", 4), ("cosine", "two_layer", 1)],
)
def test_stored_rows_are_what_the_code_gives(data, name, problem, every):
    had_again(data, name, problem, every)


@pytest.mark.parametrize("name", ["digits", "cosine"])
def test_stored_numbers_agree_with_one_another(name, data):
    """What no run has had again: seeds that agree, means that are those of the seeds, the best that is the best."""
    results = stored(name)
    examples = len(data.y_test)
    target, seeds = results["settings"]["targets"], results["settings"]["seeds"]
    networks = {problem: made(data.x_train, data.y_train) for problem, made in PROBLEMS.items()}
    starts = {problem: np.mean([n.value(n.start(seed)) for seed in seeds]) for problem, n in networks.items()}
    for r in results["rows"]:
        label = f"{r['problem']}, {r['optimizer']}"
        accuracy, losses = values(r["accuracy"]), values(r["train_loss"])
        assert r["diverged"] == r["accuracy"].count(None) == 10 - len(losses), label
        for right in (examples * values(of["accuracy"]) for of in (r, r["default"])):
            np.testing.assert_allclose(right, np.round(right), atol=1e-3, err_msg=label)  # whole examples
        assert np.abs(accuracy - np.median(accuracy)).max() < 0.12, label
        assert np.mean(losses) == pytest.approx(r["curve"][-1], rel=1e-4), label
        assert r["curve"][0] == pytest.approx(starts[r["problem"]], rel=1e-5), label
        assert len(r["curve"]) == 31, label
        assert r["trials"] == len(r["tuning"]), label
        tried = {factor: loss for factor, loss in r["tuning"] if loss is not None}
        assert r["factor"] == min(tried, key=tried.get), label
        assert r["edge"] == ({min(tried): "low", max(dict(r["tuning"])): "high"}.get(r["factor"])), label
        for step, loss in zip(r["steps_to_target"], r["train_loss"], strict=True):
            assert step is None or step % 10 == 0 < step <= 300, label
            assert step is not None or loss is None or loss > target[r["problem"]], label
        assert r["seconds"] > 0, label
