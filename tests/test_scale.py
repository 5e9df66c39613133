"""The experiments on width and on the weights at the start: what is stored, what a step moves, and what µP is."""

import numpy as np
import pytest

import firstorder as fo
from firstorder.lab import scale
from firstorder.lab.runs import images
from firstorder.lab.scale import Valley
from firstorder.problems import gradient_error


def test_at_the_width_that_is_tuned_both_parameterisations_are_the_same():
    plain, ours = scale.start(scale.BASE), scale.start(scale.BASE, mup=True)
    for name in plain:
        np.testing.assert_array_equal(plain[name], ours[name])
    for key in scale.POWERS:
        assert {group["lr_scale"] for group in scale.groups(ours, key, mup=True)} == {1}


@pytest.mark.parametrize(
    ("key", "powers"),
    [("adam", {"W1": 0, "shift1": 0, "W2": -1, "W": -1, "b": 0}), ("sgd", {"W1": 1, "shift2": 1, "W2": 0, "W": -1})],
)
def test_each_array_has_the_rate_of_the_table(key, powers):
    params = scale.start(4 * scale.BASE, mup=True)
    scales = {name: group["lr_scale"] for group in scale.groups(params, key, mup=True) for name in group["params"]}
    assert set(scales) == set(params)
    assert {name: scales[name] for name in powers} == {name: 4.0**power for name, power in powers.items()}
    plain = scale.start(4 * scale.BASE)
    np.testing.assert_allclose(params["W"], plain["W"] / 2)
    np.testing.assert_array_equal(params["W2"], plain["W2"])


def test_a_first_step_moves_a_wide_network_as_a_narrow_one_only_in_mup():
    narrow = np.mean([scale.moved("adam", False, 32, 2.0**-12, seed) for seed in range(5)], axis=0)
    plain, ours = (
        np.mean([scale.moved("adam", mup, 256, 2.0**-12, seed) for seed in range(5)], axis=0) for mup in (False, True)
    )
    assert (plain / narrow)[1] > 2
    assert (plain / narrow)[2] > 4
    assert max(*(ours / narrow), *(narrow / ours)) < 2


def test_a_signal_is_multiplied_in_each_layer_by_what_its_weights_are():
    he, twice = (scale.signal(c, depth=4) for c in (1.0, 2.0))
    np.testing.assert_allclose(twice[0] / he[0], [1, 2, 4, 8, 16])
    np.testing.assert_allclose(twice[1] / he[1], [8, 4, 2, 1])
    wide = np.mean([scale.signal(1.0, depth=4, width=300, seed=s)[0] ** 2 for s in range(4)], axis=0)
    np.testing.assert_allclose(wide[1:] / wide[0], 1, rtol=0.25)  # He's variance keeps the mean square


def test_the_bottom_of_a_valley_is_that_of_a_parabola():
    powers = np.arange(-6, -1)
    losses = np.exp(0.3 * (powers + 3.8) ** 2)
    assert scale.bottom(powers, losses) == pytest.approx(-3.8)
    valley = Valley(powers, np.stack([losses, 2 * losses], axis=1))
    assert [valley.best, *valley.bests] == pytest.approx([-3.8] * 3)
    assert scale.bottom(powers, np.array([9, 3, 1, np.inf, np.inf])) == -4  # its neighbour diverged


def test_a_search_goes_on_until_the_best_is_inside_and_two_on_either_side_are_known():
    asked = []

    def loss(rate: float, seed: int) -> float:
        asked.append((rate, seed))
        return float(np.exp(abs(np.log2(rate) + 9)) + seed)

    found = scale.explored(loss, -5, seeds=2)
    assert found.powers.min() <= -11
    assert found.powers.max() >= -7
    assert found.powers[found.mean.argmin()] == -9
    assert len(set(asked)) == len(asked) == 2 * len(found.powers)


def test_every_valley_is_stored_with_its_seeds_and_a_best_rate_inside():
    assert set(scale.stored()) == set(scale.CELLS)
    for (problem, key), valley in scale.stored().items():
        seeds = scale.WIDEST_SEEDS if problem.endswith(str(scale.WIDEST)) else scale.SEEDS
        assert valley.losses.shape == (len(valley.powers), seeds), (problem, key)
        if not problem.startswith("gain"):
            assert valley.powers[1] < valley.best < valley.powers[-2], (problem, key)


@pytest.mark.parametrize("key", scale.POWERS)
@pytest.mark.parametrize("mup", [False, True])
def test_a_stored_training_is_what_the_code_gives(key, mup):
    valley = scale.valley(key, 128, mup)
    at, seed = int(valley.mean.argmin()), 3
    again = scale.trained(key, mup, 128, 2.0 ** int(valley.powers[at]), seed)
    assert again == pytest.approx(valley.losses[at, seed], rel=0.05)  # another processor rounds otherwise


def test_a_stored_training_by_squares_is_what_the_code_gives():
    valley = scale.squared("sgd", 128)
    at = int(valley.mean.argmin())
    again = scale.by_squares("sgd", 128, 2.0 ** int(valley.powers[at]), 3)
    assert again == pytest.approx(valley.losses[at, 3], rel=0.05)


def test_the_squared_error_has_its_gradient():
    problem = scale.Squared(*(part[:50] for part in images("even")), (8, 8), normalised=False)
    point = {name: array + 0.1 for name, array in problem.start().items()}
    assert gradient_error(problem, point) < 1e-8
    scores = problem.scores(point, problem.x)[0]
    targets = np.arange(10) == problem.y[:, None]
    assert problem.value(point) == pytest.approx(((scores - targets) ** 2).sum(axis=1).mean() / 2)


def test_a_stored_training_of_the_deep_network_is_what_the_code_gives():
    valley = scale.deep("adam", 0)
    at = int(valley.mean.argmin())
    assert scale.begun("adam", 1.0, 2.0 ** int(valley.powers[at]), 3) == pytest.approx(valley.losses[at, 3], rel=0.05)


def test_what_is_stored_is_measured_once(tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "CELLS", [("standard 32", "adam")])
    monkeypatch.setattr(scale, "trained", lambda key, mup, width, lr, seed: float(abs(np.log2(lr) + 4) + 1))
    file = tmp_path / "scale.json"
    scale.main(file)
    there = file.read_text()
    monkeypatch.setattr(scale, "trained", None)
    scale.main(file)
    assert file.read_text() == there


def test_lr_scale_and_a_rate_of_its_own_are_the_same():
    params = [{name: array.copy() for name, array in scale.start(64, mup=True).items()} for _ in range(2)]
    grads = scale.network(64).gradient(params[0])
    ours = scale.groups(params[0], "adam", mup=True)
    theirs = [
        {"params": {name: params[1][name] for name in group["params"]}, "lr": 0.01 * group["lr_scale"]}
        for group in ours
    ]
    for groups in (ours, theirs):
        fo.Adam(groups, lr=0.01).step([{name: grads[name] for name in group["params"]} for group in groups])
    for name in params[0]:
        np.testing.assert_array_equal(params[0][name], params[1][name])
