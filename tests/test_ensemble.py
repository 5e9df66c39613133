"""Many networks trained side by side are the networks that would be trained one by one."""

import numpy as np
import pytest

import firstorder as fo
from firstorder.lab.ensemble import ensemble, few, judge, split
from firstorder.lab.walks import made
from firstorder.problems import SoftmaxRegression, TwoLayerNetwork

MAKES = {
    "momentum": lambda p, lr: made("momentum", p, lr=lr),
    "a rule with a first value of its state": lambda p, lr: made("adagrad", p, lr=lr, initial_accumulator_value=0.1),
    "a norm over all parameters, at two gradients a step": lambda p, lr: fo.SAM(fo.SGD(p, lr=lr), rho=0.2),
}


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_run_of_an_ensemble_is_that_of_minimize(make):
    pools, rates = [few(seed, flipped=0.2) for seed in range(2)], (0.05, 0.2)
    early, late = ensemble(make, rates, steps=12, seeds=2, batch_size=25, hidden=8, pools=pools, stops=(5,))
    for steps, found in ((5, early), (12, late)):
        for i, lr in enumerate(rates):
            for seed, pool in enumerate(pools):
                network = TwoLayerNetwork(*pool, hidden=8)
                path = fo.minimize(network, lambda p, lr=lr: make(p, lr), steps=steps, batch_size=25, seed=seed)
                assert np.isclose(TwoLayerNetwork(*split().fit).value(path.params), found.fit[i, seed], rtol=1e-9)
                assert 100 * network.accuracy(path.params, *split().test) == found.accuracy[i, seed]


def test_what_is_judged_is_the_answer():
    (found,) = ensemble(
        lambda p, lr: fo.SGD(p, lr=lr), (0.1,), steps=3, seeds=2, answer=lambda opt, p: {n: 0 * a for n, a in p.items()}
    )
    assert np.allclose(found.held_out, np.log(10))


def test_a_run_that_diverged_has_an_infinite_loss_and_is_not_the_best():
    found = ensemble(lambda p, lr: fo.SGD(p, lr=lr), (0.1, 0.3, 1e300), steps=5, seeds=2)[-1]
    assert np.isinf(found.held_out[2]).all()
    assert not np.isinf(found.held_out[:2]).any()
    assert found.best == 1
    assert found.least == found.held_out[1].mean()


@pytest.mark.parametrize("problem", [SoftmaxRegression, TwoLayerNetwork])
def test_value_gradient_and_accuracy_of_many_are_those_of_each(problem):
    one = problem(*few(0))
    rng = np.random.default_rng(0)
    many = {name: rng.normal(size=(3, *p.shape)) for name, p in one.start(0).items()}
    batch = rng.integers(100, size=(3, 20))
    for i in range(3):
        each = {name: p[i] for name, p in many.items()}
        assert np.isclose(one.value(many, batch)[i], one.value(each, batch[i]), rtol=1e-12)
        assert one.accuracy(many)[i] == one.accuracy(each)
        gradient = one.gradient(each, batch[i])
        for name, g in one.gradient(many, batch).items():
            assert np.allclose(g[i], gradient[name], rtol=1e-12)


def test_judge_keeps_the_shape_of_settings_and_seeds():
    network = TwoLayerNetwork(*split().fit)
    params = {name: np.stack([p] * 6) for name, p in network.start(0).items()}
    assert judge(params, (0.1, 0.2), 3).accuracy.shape == (2, 3)
