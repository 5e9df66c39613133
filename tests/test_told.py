"""Numbers that chapters tell of claims and of small functions of the lab, where no cell of theirs checks them."""

from statistics import NormalDist

import numpy as np
import pytest
import sympy as sp

import firstorder as fo
from firstorder import claims
from firstorder.figures import EffectiveRates
from firstorder.lab.bowls import Diagonal
from firstorder.lab.differences import UNIT, errors
from firstorder.lab.flat import condition, share_of_minima
from firstorder.lab.noise import tracked
from firstorder.lab.quadratics import best_pairs, noise_ratio, steps_to_millionth
from firstorder.lab.steps import lengths
from firstorder.lab.walks import energies
from firstorder.problems.counterexamples import Kinked


def stored(chapter):
    """What the claims of a chapter have measured, by name."""
    return {made.key.split(".")[1]: made.stored.values for made in claims.CLAIMS.values() if made.chapter == chapter}


def test_landscapes():
    keys = ("quadratic", "styblinski_tang", "himmelblau", "beale", "rosenbrock")
    assert [round(condition(fo.LANDSCAPES[key]), 1) for key in keys] == [20.0, 1.0, 3.2, 162.5, 2508.0]
    assert abs(share_of_minima(2) - (1 - 0.5**0.5) / 2) < 0.01
    assert 0.001 < share_of_minima(4) < 0.005


def test_finite_differences():
    valley = fo.LANDSCAPES["rosenbrock"]
    found = errors(valley, valley.start, -3600, 10.0 ** np.arange(-14, -0.9, 0.25))
    assert np.isclose(valley.value(valley.start), 12.5)
    assert round(found.best * 1e6, 2) == 1.05
    assert found.best / 3 < found.steps[found.central.argmin()] < 3 * found.best
    large, tiny = found.steps > 1e-4, found.steps < 1e-6
    np.testing.assert_allclose(found.central[large], found.truncation[large], rtol=0.01)
    assert 10 < (found.central / (found.truncation + found.rounding)).max() < 15
    assert (found.central > found.rounding)[tiny].mean() > 0.9
    assert (found.one_sided > 1000 * found.central)[~large & ~tiny].all()
    assert found.one_sided.min() > 50 * found.central.min()
    best, bad = errors(valley, valley.start, -3600, [found.best, 1e-12]).central
    assert bad > 1e5 * best


def test_solutions_of_finite_differences():
    valley = fo.LANDSCAPES["rosenbrock"]
    second = valley.hessian(valley.start)[0, 0]
    one_sided = 2 * (UNIT * valley.value(valley.start) / second) ** 0.5
    assert (round(second), round(one_sided * 1e9, 1)) == (1902, 1.7)
    assert 2e-6 < one_sided * second < 4e-6  # half from each of the two errors
    step = {u: (3 * u) ** (1 / 3) for u in (2.0**-24, UNIT)}
    left = {u: 1.5 * u / h for u, h in step.items()}
    assert (round(step[2.0**-24] * 1e3, 1), round(left[2.0**-24] * 1e5, 1)) == (5.6, 1.6)
    assert 6e5 < left[2.0**-24] / left[UNIT] < 7.5e5
    assert 20 < 100 ** (2 / 3) < 22


def test_gradient_descent():
    found = stored("gradient_descent")
    assert round(found["memory"]["large"] / found["memory"]["pieces"]) == 12
    slow = found["slow_on_large_data"]
    assert 4 < slow["batch_1348"] / slow["batch_337"] < 6
    assert slow["minibatch_1348"] < 1.5 * slow["minibatch_337"]


def test_stochastic():
    found = stored("stochastic")
    assert found["less_work"]["single"] < 1
    assert found["less_work"]["batch"] == 27
    decreasing = found["decreasing"]
    assert decreasing["batch"] < decreasing["shuffled"] / 10 < decreasing["late"] / 1000
    noise = found["high_variance"]
    assert (round(noise["later"]), round(noise["later_uphill"], 2), round(noise["later_along"], 1)) == (34, 0.01, 0.8)
    assert noise["later_skew"] > 1
    evenly = noise["later"] / 650**0.5  # its standard deviation along the gradient, in lengths
    assert round(NormalDist(0, evenly).cdf(-1), 2) == 0.23


def test_solution_of_the_drift_in_stochastic():
    assert np.isclose(tracked(lambda t: 1 / t).mean(), -10, atol=0.1)
    eta = np.linspace(0.01, 0.2, 1901)
    squared = ((1 - eta) / (100 * eta)) ** 2 + eta / (2 - eta)
    assert abs(eta[squared.argmin()] - 0.07) < 0.003
    assert round(squared.min() ** 0.5, 2) == 0.23
    assert np.isclose((tracked(0.07) ** 2).mean(), squared.min(), rtol=0.2)


def test_solution_of_the_recovery_in_rmsprop():
    assert round(np.log(3e-4) / np.log(0.9)) == 77


def test_solution_of_the_gains_in_adagrad():
    j = np.arange(1, 101)
    gains = [np.sqrt(100 * s.sum()) / np.sqrt(s).sum() for s in (1 / j, 1 / j**2, np.ones(100))]
    np.testing.assert_allclose(gains, [1.225, 2.465, 1], atol=0.001)


def test_figures_of_nesterov():
    bowl = fo.LANDSCAPES["quadratic"]
    assert bowl.rates["momentum"] == bowl.rates["nesterov"] == 0.02
    ball, ahead = (fo.minimize(bowl, rule, steps=100, lr=0.02) for rule in (fo.Momentum, fo.Nesterov))
    assert ahead.values[-1] < ball.values[-1] / 50
    np.testing.assert_allclose([path.points[:, 0].max() for path in (ball, ahead)], [0.59, 0.46], atol=0.005)
    ravine, here, carried = bowl.with_parameters(condition=8), np.array([-1.6, 0.5]), 0.9 * np.array([0.9, -1.1])
    assert here[1] > 0 > (here + carried)[1]  # the momentum leads across the floor
    ends = [here + carried - 0.08 * ravine.gradient(place) for place in (here, here + carried)]
    assert ends[0][1] < (here + carried)[1] < ends[1][1]
    assert abs(ends[1][1]) < 0.25


def test_momentum_falls_into_a_cycle_where_nesterov_arrives():
    jumps = fo.minimize(Kinked(), fo.Momentum, start=[3.3], steps=1000, lr=1 / 9, momentum=4 / 9).points[-3:, 0]
    np.testing.assert_allclose(np.sort(jumps), np.array([-2208, 792, 2592]) / 1225, rtol=1e-9)
    falls = fo.minimize(Kinked(), fo.Nesterov, start=[3.3], steps=1000, lr=1 / 25, momentum=4 / 6).points[:, 0]
    assert abs(falls[40]) < 1e-3
    assert abs(falls[-1]) < 1e-12


@pytest.mark.parametrize("kappa", [10, 100, 1000])
def test_momentum_at_half_a_percent_below_its_best_rate_needs_fewer_steps(kappa):
    _, pair = best_pairs(kappa)["momentum"]
    less = pair | {"lr": 0.995 * pair["lr"]}
    best, below = (steps_to_millionth(fo.Momentum, kappa, most=700, **each) for each in (pair, less))
    assert below < best


def test_the_live_figure_of_rmsprop():
    curves = EffectiveRates().curves()
    assert 5 < curves["rmsprop"][200:].mean() / curves["rmsprop"][50:149].mean() < 15
    assert curves["adagrad"][-1] < curves["adagrad"][148]


def test_solutions_of_rmsprop():
    same = [lengths(np.full(10, size), fo.RMSProp) for size in (1e3, 1.0)]
    np.testing.assert_allclose(*same, rtol=1e-6)
    needed = [
        int(np.argmax(lengths(np.ones(2000), fo.Adadelta, eps=eps).cumsum() >= 1)) + 1 for eps in (1e-4, 1e-6, 1e-8)
    ]
    assert needed == [29, 214, 1217]


def test_the_energy_of_growing_momentum_falls_and_its_loss_keeps_the_bound():
    k = np.arange(1, 1001)
    flat = Diagonal(curvatures=(k / 1000) ** 2, start=k**-0.5)
    energy, losses, looked = energies(flat, 1000)
    assert (np.diff(energy) <= 1e-12).all()
    assert (losses <= 2 * (1 / k).sum() / (k + 1) ** 2).all()  # Σ 1/k is the squared distance from the minimum, 0
    plain, constant, growing = (
        fo.minimize(flat, rule, steps=1000, lr=1, **given)
        for rule, given in (
            (fo.SGD, {}),
            (fo.Nesterov, {"momentum": 0.9}),
            (fo.Nesterov, {"momentum": lambda t: (t - 1) / (t + 2)}),
        )
    )
    assert 0.095 < constant.values[-1] / plain.values[-1] < 0.105
    at_the_end = flat.value(looked[-1])  # the parameters of `fo.Nesterov` are the points at which it looks
    assert abs(growing.values[-2] / at_the_end - 1) < 0.02


@pytest.mark.parametrize(("kappa", "counted"), [(10, (27, 36, 42)), (100, (93, 132, 154)), (1000, (315, 438, 507))])
def test_steps_with_the_best_pairs(kappa, counted):
    pairs = best_pairs(kappa).values()
    assert tuple(steps_to_millionth(rule, kappa, most=700, **pair) for rule, pair in pairs) == counted


def test_noise_leaves_nesterov_what_its_chapter_says_over_what_it_leaves_sgd():
    x, mu = sp.Symbol("x", positive=True), sp.Symbol("momentum", real=True)
    bend = (1 - mu) * (1 + 2 * mu) * x
    written = (2 - x) * (1 + mu + mu * bend) / ((1 + mu * x) * (2 * (1 + mu) - bend))
    assert sp.cancel(noise_ratio("nesterov") - written) == 0
    assert [round(float(written.subs({x: at, mu: 0.9})), 2) for at in (0, 0.5, 1)] == [1.0, 0.57, 0.32]


def test_nesterov():
    ratios = stored("nesterov")["faster"]["tuned"]
    assert [round(ratio, 2) for ratio in ratios] == [1.42, 1.59, 1.68]
    at_best_pairs = (36 / 27, 132 / 93, 438 / 315)
    assert all(1.3 < pair < ratio < 3**0.5 for pair, ratio in zip(at_best_pairs, ratios, strict=True))
    overshoots = stored("nesterov")["overshoots_less"]
    assert (overshoots["less_below"], overshoots["less_above"]) == (19, 0)
