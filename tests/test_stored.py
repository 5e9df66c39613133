"""What pages show from the store is what its experiments find: a part of each is run again."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from firstorder.lab import choosing, digits, kept, matrices, precision, stored, surroundings
from firstorder.lab.runs import descend, held_out, model


def test_every_experiment_is_stored():
    assert list(kept.whole()) == sorted(stored.EXPERIMENTS)


def test_a_learning_rate_leaves_the_losses_that_are_stored():
    at = choosing.RATES.index(0.01)
    assert np.allclose(choosing.at_rate("adam", 0.01, seeds=1), choosing.valley("adam")[at, :1], rtol=1e-4)


def test_a_run_of_500_steps_is_the_stored_one():
    there = kept.stored("horizons")["signsgd"]
    run = descend(model("softmax"), "signsgd", there["rates"][1], 3, steps=500, batch_size=8, record_every=100)
    assert np.allclose(run.values, there["losses"][1][3], rtol=1e-4)


def test_bfloat16_costs_what_is_stored():
    pytest.importorskip("ml_dtypes")
    there = np.array(kept.stored("sixteen_bits")["excess"])
    assert there.shape == (len(precision.RATES), 20)
    assert precision.excess(rates=(3e-3,), seeds=1)[0, 0] == pytest.approx(there[3, 0], rel=1e-3)


def test_a_rule_leaves_the_share_of_the_turned_bowl_that_is_stored():
    values = matrices.best("adam", True).values
    assert np.allclose(values / values[0], kept.stored("turned")["turned"]["adam"], rtol=1e-4)
    assert set(kept.stored("turned")["straight"]) == set(matrices.SHOWN)


def test_a_warm_up_leaves_the_losses_that_are_stored():
    found = surroundings.surrounded("adam", "warmed", seeds=1).held_out[:, 0]
    assert np.allclose(found, np.array(kept.stored("surrounded")["warm_up"]["warm"])[:, 0], rtol=1e-2)


def test_adagrads_rate_on_sparse_words_is_better_than_its_neighbours():
    rate, run = kept.stored("words")["adagrad"], {"steps": digits.STEPS, "batch_size": digits.BATCH["words"]}
    mean = [np.mean([held_out("words", "adagrad", rate * by, s, **run).loss for s in range(3)]) for by in (0.3, 1, 3)]
    assert min(mean) == mean[1]


def test_an_unknown_experiment_is_refused():
    with pytest.raises(SystemExit, match="no experiment is called dreams; there are horizons"):
        stored.main(["dreams"])
