"""`minimize` takes the optimizer's own steps, keeps the path, and says where it left the numbers."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import firstorder as fo
from firstorder.minimize import batches

BOWL = fo.LANDSCAPES["quadratic"]


class Bowls:
    """Half the mean squared distance to n_samples centres; parameters are a mapping."""

    n_samples = 10
    centres = np.random.default_rng(0).normal(size=(10, 3))

    def start(self, seed: int = 0):
        return {"p": np.random.default_rng(seed).normal(size=3)}

    def value(self, params, batch=slice(None)):
        return float(((params["p"] - self.centres[batch]) ** 2).sum(axis=1).mean() / 2)

    def gradient(self, params, batch=slice(None)):
        return {"p": (params["p"] - self.centres[batch]).mean(axis=0)}


@pytest.mark.parametrize("optimizer", fo.OPTIMIZERS.values(), ids=fo.OPTIMIZERS)
def test_the_path_is_that_of_the_optimizers_steps(optimizer):
    path = fo.minimize(BOWL, optimizer, start=(1.0, 1.0), steps=20, lr=0.02)
    p = np.array([1.0, 1.0])
    opt = optimizer(p, lr=0.02)
    for point, value in zip(path.points, path.values, strict=True):
        assert_array_equal(point, p)
        assert value == BOWL.value(p)
        opt.step(BOWL.gradient(p))


def test_a_function_makes_the_optimizer_with_what_is_around_it():
    path = fo.minimize(BOWL, lambda params: fo.Lookahead(fo.Adam(params, lr=0.1), k=3), start=(1.0, 1.0), steps=20)
    p = np.array([1.0, 1.0])
    opt = fo.Lookahead(fo.Adam(p, lr=0.1), k=3)
    for point in path.points:
        assert_array_equal(point, p)
        opt.step(BOWL.gradient(p))


def test_sam_gets_both_gradients_of_the_same_batch():
    problem = Bowls()
    path = fo.minimize(problem, lambda params: fo.EMA(fo.SAM(fo.SGD(params, lr=0.1))), steps=7, batch_size=4)
    params, drawn = problem.start(), batches(problem.n_samples, 4, 0)
    sam = fo.SAM(fo.SGD(params, lr=0.1))
    for point in path.points:
        assert_array_equal(point, params["p"])
        batch = next(drawn)
        sam.perturb(problem.gradient(params, batch))
        sam.step(problem.gradient(params, batch))


def test_a_wrapped_optimizer_that_diverges_ends_the_path():
    with np.errstate(over="ignore"):
        path = fo.minimize(BOWL, lambda params: fo.ClipValue(fo.SGD(params, lr=1e300), max_value=1e300), steps=50)
    assert path.diverged


@pytest.mark.parametrize(
    ("optimizer", "settings", "complaint"),
    [
        (lambda params: fo.Adam(params), {"lr": 0.1}, "lr: hyperparameters belong inside the function"),
        (lambda params: None, {}, "optimizer must return an optimizer or a wrapper of one, got None"),
        (fo.Lookahead, {}, "optimizer must be a class such as firstorder.Adam"),
    ],
)
def test_a_function_that_makes_no_optimizer_is_refused(optimizer, settings, complaint):
    with pytest.raises(TypeError, match=complaint):
        fo.minimize(BOWL, optimizer, **settings)


def test_a_trajectory_has_a_point_and_a_value_for_each_step_and_the_start():
    path = fo.minimize(BOWL, fo.SGD, steps=30, lr=0.05)
    assert path.points.shape == (31, 2)
    assert path.values.shape == (31,)
    assert len(path) == 31
    assert_array_equal(path.steps, range(31))
    assert_array_equal(path.points[0], BOWL.start)
    assert_array_equal(path.params, path.points[-1])
    assert path.diverged is None


def test_no_steps_are_the_start():
    path = fo.minimize(BOWL, fo.Adam, steps=0)
    assert_array_equal(path.points, [BOWL.start])


@pytest.mark.parametrize(
    ("steps", "every", "kept"), [(10, 3, [0, 3, 6, 9, 10]), (9, 3, [0, 3, 6, 9]), (5, 100, [0, 5])]
)
def test_every_nth_point_and_the_last_are_kept(steps, every, kept):
    whole = fo.minimize(BOWL, fo.Adam, steps=steps)
    path = fo.minimize(BOWL, fo.Adam, steps=steps, record_every=every)
    assert path.steps.tolist() == kept
    assert_array_equal(path.points, whole.points[kept])
    assert_array_equal(path.values, whole.values[kept])


@pytest.mark.parametrize(
    "start", [(1.0, 2.0), [1, 2], np.array([1.0, 2.0]), np.array([1, 2]), np.array([1, 2], "float32")]
)
def test_a_start_is_any_point_and_is_left_alone(start):
    kept = np.array(start)
    path = fo.minimize(BOWL, fo.SGD, start=start, steps=3, lr=0.05)
    assert_array_equal(np.array(start), kept)
    assert_array_equal(path.points[0], [1, 2])
    assert path.points.dtype.kind == "f"


def test_a_start_of_named_arrays_is_left_alone_and_comes_back_named():
    start = Bowls().start()
    kept = start["p"].copy()
    path = fo.minimize(Bowls(), fo.SGD, start=start, steps=3, lr=0.5)
    assert_array_equal(start["p"], kept)
    assert path.points.shape == (4, 3)
    assert_array_equal(path.params["p"], path.points[-1])


def test_full_batches_find_the_mean_of_the_centres():
    path = fo.minimize(Bowls(), fo.SGD, steps=60, lr=0.5)
    np.testing.assert_allclose(path.points[-1], Bowls.centres.mean(axis=0), atol=1e-12)


def test_the_same_seed_is_the_same_path():
    paths = [fo.minimize(Bowls(), fo.Adam, steps=20, batch_size=3, seed=s, lr=0.1).points for s in (1, 1, 2)]
    assert_array_equal(paths[0], paths[1])
    assert not np.array_equal(paths[0], paths[2])


@pytest.mark.parametrize(("n", "size"), [(10, 3), (10, 5), (10, 10), (10, 1)])
def test_every_epoch_has_every_example_once(n, size):
    drawn = batches(n, size, seed=0)
    epochs = []
    for _ in range(3):
        epoch = [next(drawn) for _ in range(-(-n // size))]
        assert all(len(batch) <= size for batch in epoch)
        epochs.append(np.concatenate(epoch))
        assert sorted(epochs[-1]) == list(range(n))
    assert not np.array_equal(epochs[0], epochs[1])


@pytest.mark.parametrize("batch_size", [0, -1, 11, 2.5, "3"])
def test_a_batch_size_that_is_not_possible_is_refused(batch_size):
    with pytest.raises((ValueError, TypeError), match=r"batch_size.*10"):
        fo.minimize(Bowls(), fo.SGD, batch_size=batch_size)


def test_batches_of_a_problem_without_examples_are_refused():
    with pytest.raises((ValueError, TypeError), match="batch_size"):
        fo.minimize(BOWL, fo.SGD, batch_size=2)


@pytest.mark.parametrize(("name", "value"), [("steps", -1), ("steps", 2.5), ("steps", True), ("record_every", 0)])
def test_counts_are_whole_numbers(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a whole number.*{value}"):
        fo.minimize(BOWL, fo.SGD, **{name: value})


def test_a_descent_that_diverges_ends_there_and_says_at_which_step():
    path = fo.minimize(BOWL, fo.SGD, steps=5000, lr=1.0)
    assert path.diverged == path.steps[-1] < 5000
    assert np.isfinite(path.values[:-1]).all()
    assert np.isfinite(path.points[:-1]).all()
    assert not np.isfinite(path.values[-1])


def test_a_problem_that_is_nan_at_once_ends_at_the_start():
    class Nowhere:
        start = (0.0,)
        value = staticmethod(lambda p: float("nan"))
        gradient = staticmethod(lambda p: p)

    assert fo.minimize(Nowhere, fo.Adam, steps=10).diverged == 0


def test_a_schedule_is_a_function_of_the_step():
    path = fo.minimize(BOWL, fo.SGD, start=(1.0, 0.0), steps=3, lr=lambda t: 1 / (t + 1))
    np.testing.assert_allclose(path.points[:, 0], [1, 1 / 2, 1 / 3, 1 / 4], rtol=1e-15)


def test_a_readers_own_rule_and_problem_are_accepted():
    @fo.optimizer
    def halve(p, g, *, lr=0.5):
        p = p - lr * p + 0 * g
        return p

    class Own:
        start = np.array([8.0])
        value = staticmethod(lambda p: float(p[0]))
        gradient = staticmethod(lambda p: np.ones(1))

    assert fo.minimize(Own, halve, steps=3).values.tolist() == [8, 4, 2, 1]
    assert fo.minimize(Own, fo.Optimizer.of(halve), steps=1).values.tolist() == [8, 4]


@pytest.mark.parametrize("optimizer", ["adam", fo.Adam(np.ones(2)), fo.Optimizer, 3])
def test_what_is_no_optimizer_class_is_refused(optimizer):
    with pytest.raises(TypeError, match=r"firstorder\.Adam"):
        fo.minimize(BOWL, optimizer)


def test_an_unknown_hyperparameter_is_refused():
    with pytest.raises(TypeError, match=r"'beta_1'.*did you mean.*'beta1'"):
        fo.minimize(BOWL, fo.Adam, beta_1=0.5)


def test_the_progress_bar_is_silent_where_there_is_no_terminal(capsys):
    assert not sys.stderr.isatty()
    fo.minimize(BOWL, fo.SGD, steps=10)
    fo.minimize(BOWL, fo.SGD, steps=10, progress=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_every_backend_goes_the_same_way(backend):
    reference = fo.minimize(BOWL, fo.Adam, steps=50, lr=0.1)
    with fo.using(backend):
        path = fo.minimize(BOWL, fo.Adam, steps=50, lr=0.1)
    np.testing.assert_allclose(path.points, reference.points, rtol=1e-11, atol=1e-13)
