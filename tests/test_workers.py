"""Many workers: what they average is what one would compute, what they send is counted, and nothing is lost."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from firstorder.backends import to_numpy
from firstorder.lab import workers
from firstorder.lab.runs import images, model
from firstorder.lab.workers import EACH, STEPS, WORKERS, Way, together


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(workers, "STEPS", 6)


@pytest.mark.parametrize(("count", "size"), [(1, 5), (2, 8), (4, 16), (3, 10), (5, 3)])
def test_a_ring_gives_all_the_sum_and_each_sends_less_than_twice_its_array(count, size):
    arrays = np.random.default_rng(0).normal(size=(count, size))
    sums, sent = workers.ring(arrays)
    for found in sums:
        assert_array_equal(found, sums[0])
    assert_allclose(sums[0], arrays.sum(axis=0), rtol=1e-12, atol=1e-14)
    assert sum(sent) == 2 * (count - 1) * size
    if size % count == 0:
        assert set(sent) == {2 * (count - 1) * size // count}


def test_the_mean_of_parts_is_the_whole_batchs_gradient_if_they_are_equal():
    network, batch = model("network", "fit"), np.arange(64)
    params = network.start()
    whole = network.gradient(params, batch)
    assert workers.apart(workers.averaged(network, params, np.split(batch, 8)), whole) < 1e-14
    assert workers.apart(workers.averaged(network, params, np.split(batch, [48])), whole) > 0.1


def test_clipped_gradients_are_no_longer_than_said_and_short_ones_as_they_were():
    g = {"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}
    assert workers.length(g) == 5
    assert workers.length(workers.clipped(2.5)(g)) == 2.5
    assert_array_equal(workers.clipped(6.0)(g)["b"], g["b"])


def batches_of(seed: int, steps: int, sorted_by: str = "nothing"):
    rng, share = np.random.default_rng(seed), workers.shares(sorted_by)
    for _ in range(steps):
        yield np.take_along_axis(share, rng.integers(share.shape[1], size=(WORKERS, EACH)), axis=1)


def test_workers_that_meet_at_every_step_do_what_one_does_with_the_whole_batch():
    network = model("network", "fit")
    found = together(Way("sgd"), 0.5, [3, 7])
    for place, seed in enumerate((3, 7)):
        params = network.start(seed)
        for batch in batches_of(seed, 6):
            gradient = network.gradient(params, batch.ravel())
            params = {name: p - 0.5 * gradient[name] for name, p in params.items()}
        for name, p in params.items():
            assert_allclose(found[name][place], p, rtol=1e-10, atol=1e-12)


def test_workers_that_meet_seldom_take_their_steps_alone_and_then_the_mean():
    network = model("network", "fit")
    found = together(Way("sgd", every=3), 0.5, [3], "class")
    common = network.start(3)
    own = [common] * WORKERS
    for t, batch in enumerate(batches_of(3, 6, "class"), 1):
        slopes = [network.gradient(p, part) for p, part in zip(own, batch, strict=True)]
        own = [{n: p[n] - 0.5 * g[n] for n in p} for p, g in zip(own, slopes, strict=True)]
        if t % 3 == 0:
            common = {n: np.mean([p[n] for p in own], axis=0) for n in common}
            own = [common] * WORKERS
    for name, p in common.items():
        assert_allclose(found[name][0], p, rtol=1e-10, atol=1e-12)


def test_an_outer_step_of_rate_one_is_the_mean_and_nesterov_goes_further():
    plain, outer = (Way("adamw", every=2, outer=outer) for outer in (None, ("sgd", (("lr", 1.0),))))
    mean, same = (together(way, 0.01, [0, 1]) for way in (plain, outer))
    for name, p in mean.items():
        assert_allclose(same[name], p, rtol=1e-10, atol=1e-12)
    further = together(workers.WAYS["DiLoCo, every 30 steps"]._replace(every=2), 0.01, [0, 1])
    start = model("network", "fit").start(0)["W2"]
    assert np.linalg.norm(further["W2"][0] - start) > 1.2 * np.linalg.norm(mean["W2"][0] - start)


def test_what_is_sent_with_error_feedback_is_the_sum_of_the_gradients_but_for_what_is_kept():
    rng = np.random.default_rng(0)
    error, total, sent = np.zeros((2, 3, 5, 4)), 0.0, 0.0
    for _ in range(9):
        g = rng.normal(size=error.shape)
        delta, left = workers.signs({"W": g + error})
        total, sent, error = total + g, sent + delta["W"], left["W"]
        assert np.unique(np.abs(delta["W"][1, 2])).size == 1  # a bit for each number, and one number for all
    assert_allclose(sent, total - error, rtol=1e-12, atol=1e-12)


def test_signs_are_sent_in_the_place_of_gradients():
    ways = (Way("sgd", compress=what) for what in ("all", "signs", "signs, error kept"))
    plain, signs, kept = (together(way, 0.1, [0]) for way in ways)
    assert not np.allclose(plain["W1"], signs["W1"])
    assert not np.allclose(kept["W1"], signs["W1"])


@pytest.mark.parametrize(("sorted_by", "most"), [("nothing", 10), ("class", 3)])
def test_shares_are_of_one_size_and_have_no_image_twice(sorted_by, most):
    shares, (_, y) = workers.shares(sorted_by), images("fit")
    assert shares.shape == (WORKERS, len(y) // WORKERS)
    assert len(np.unique(shares)) == shares.size
    classes = [len(np.unique(to_numpy(y)[share])) for share in shares]
    assert max(classes) <= most
    assert sorted_by == "class" or min(classes) == 10


def test_what_is_sent_is_counted(monkeypatch):
    monkeypatch.setattr(workers, "STEPS", STEPS)
    every, seldom, signs = (
        workers.kilobytes(workers.WAYS[name]) for name in ("SGD, every step", "SGD, every 10 steps", "signs")
    )
    assert every == pytest.approx(STEPS * 2410 * 4 / 1000)
    assert every == pytest.approx(10 * seldom)
    assert every == pytest.approx(32 * signs)
