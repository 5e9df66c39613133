"""`minimize` takes the optimizer's own steps, keeps the path, and says where it left the numbers."""

import sys
from typing import ClassVar

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import firstorder as fo
from firstorder.minimize import batches

BOWL = fo.LANDSCAPES["quadratic"]


class Quadratic:
    """Of one named array."""

    start: ClassVar = {"w": np.ones(2)}

    def value(self, p):
        return float(p["w"] @ p["w"])

    def gradient(self, p):
        return {"w": 2 * p["w"]}


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
        (fo.Lookahead, {}, "optimizer must be a key .* a class such as firstorder.Adam"),
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


@pytest.mark.parametrize("optimizer", [fo.Adam(np.ones(2)), fo.Optimizer, 3])
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


# ── exactly what `step` takes ─────────────────────────────────────────────────────────────────────────


class Given:
    """A problem whose gradients are whatever the test gives."""

    start: ClassVar = {"w": np.ones(2), "b": np.ones(1)}

    def __init__(self, gradients):
        self.gradients = gradients

    def value(self, params):
        return 1.0

    def gradient(self, params):
        return self.gradients


def test_a_gradient_of_none_freezes_its_parameter():
    path = fo.minimize(Given({"w": np.ones(2), "b": None}), "sgd", steps=3, lr=0.25)
    assert path.diverged is None
    assert_array_equal(path.points[-1], [0.25, 0.25, 1.0])


@pytest.mark.parametrize(
    ("gradients", "error", "message"),
    [
        ({"w": np.ones(2), "b": np.ones(1), "typo": np.ones(1)}, ValueError, "has unknown 'typo'"),
        ({"w": np.ones(2)}, ValueError, "the gradient must have the names of the parameters: it lacks 'b'"),
        ({"w": np.ones(1), "b": np.ones(1)}, ValueError, r"the gradient of 'w' must have the parameter's shape \(2,\)"),
        ({"w": np.ones(2), "b": np.float64(1)}, ValueError, "the gradient of 'b' must have the parameter's shape"),
        ({"w": np.ones(2) + 1j, "b": None}, TypeError, "the gradient of 'w' must be float16.*got complex128"),
        ({"w": np.ones(2, int), "b": None}, TypeError, "the gradient of 'w' must be float16.*got int64"),
        ([np.ones(2), np.ones(1)], ValueError, "the gradient must be a mapping of 2 arrays"),
    ],
)
def test_gradients_that_step_refuses_are_refused(gradients, error, message):
    with pytest.raises(error, match=message):
        fo.minimize(Given(gradients), fo.SGD, steps=1)


def test_a_gradient_may_be_the_parameters_themselves():
    class Square:
        start = (1.0, -2.0)
        value = staticmethod(lambda p: float(p @ p) / 2)
        gradient = staticmethod(lambda p: p)

    assert_array_equal(fo.minimize(Square, fo.SGD, steps=2, lr=0.5).points, [[1, -2], [0.5, -1], [0.25, -0.5]])
    Square.gradient = staticmethod(lambda p: p[:])
    assert_array_equal(fo.minimize(Square, fo.SGD, steps=2, lr=0.5).points, [[1, -2], [0.5, -1], [0.25, -0.5]])


def test_a_start_may_be_a_sequence_of_arrays_of_several_dtypes():
    class Two:
        start: ClassVar = [np.ones(2), np.ones((1, 2), "f4")]
        value = staticmethod(lambda p: 1.0)
        gradient = staticmethod(lambda p: [np.ones(2), np.full((1, 2), 2.0)])

    path = fo.minimize(Two, fo.SGD, steps=1, lr=0.25)
    assert_array_equal(path.points, [[1, 1, 1, 1], [0.75, 0.75, 0.5, 0.5]])
    assert [p.dtype.name for p in path.params] == ["float64", "float32"]
    assert_array_equal(Two.start[0], 1)


@pytest.mark.parametrize("key", ["adam", "lamb", "prodigy"])
def test_an_optimizer_may_be_given_by_its_key(key):
    assert_array_equal(fo.minimize(BOWL, key, lr=0.1).points, fo.minimize(BOWL, fo.OPTIMIZERS[key], lr=0.1).points)


def test_a_key_that_is_not_known_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"'adan_w'.*did you mean"):
        fo.minimize(BOWL, "adan_w")


def test_parameters_may_be_in_groups_and_those_left_out_stay():
    ones = Given({"w": np.ones(2), "b": np.ones(1)})

    def grouped(params):
        return fo.SGD([{"params": params["b"], "lr": 0.5}, {"params": {"w": params["w"]}, "lr": 0.25}])

    assert_array_equal(fo.minimize(ones, grouped, steps=2).points[-1], [0.5, 0.5, 0.0])
    path = fo.minimize(ones, lambda params: fo.EMA(fo.SGD([{"params": params["b"]}], lr=0.5)), steps=2)
    assert_array_equal(path.points[-1], [1, 1, 0])
    np.testing.assert_allclose(
        path.params["b"], [0.999 * 0.5], rtol=1e-12
    )  # the average, which starts at the first step


def test_a_function_that_steps_other_arrays_is_refused():
    with pytest.raises(TypeError, match="optimizer must step the arrays that its function is given"):
        fo.minimize(BOWL, lambda params: fo.SGD(params.copy()))


# ── callbacks and interruptions ───────────────────────────────────────────────────────────────────────


def test_a_callback_sees_each_recorded_point_and_may_end_the_descent():
    seen = []

    def callback(moment):
        seen.append((moment.step, moment.value, moment.params.copy(), moment.optimizer.t))
        return moment.step >= 6

    path = fo.minimize(BOWL, fo.SGD, steps=20, lr=0.05, record_every=2, callback=callback)
    assert path.ended == "stopped"
    assert path.steps.tolist() == [0, 2, 4, 6] == [step for step, *_ in seen] == [t for *_, t in seen]
    assert_array_equal(path.points, [point for *_, point, _ in seen])
    assert path.values.tolist() == [value for _, value, *_ in seen]
    assert fo.minimize(BOWL, fo.SGD, steps=3, lr=0.05, callback=lambda moment: None).ended == "steps"


class Written:
    """Values that are written down, one for each step."""

    start = (0.0,)
    gradient = staticmethod(lambda p: -np.ones(1))  # with a rate of 1 the parameter counts the steps

    def __init__(self, *values):
        self.values = values

    def value(self, p):
        return self.values[int(p[0])]


def test_early_stopping_ends_after_patience_values_that_are_no_better():
    stop = fo.EarlyStopping(patience=2)
    path = fo.minimize(Written(5, 4, 4, 3, 3, 3.5, 0, 0), fo.SGD, steps=7, lr=1.0, callback=stop)
    assert (path.ended, path.steps[-1], stop.best, stop.best_step) == ("stopped", 5, 3, 3)
    again = fo.minimize(Written(9, 8, 7, 7, 7), fo.SGD, steps=4, lr=1.0, callback=stop)
    assert (again.ended, again.steps[-1], stop.best, stop.best_step) == ("stopped", 4, 7, 2)
    assert fo.minimize(Written(5, 4, 3, 2), fo.SGD, steps=3, lr=1.0, callback=stop).ended == "steps"
    coarse = fo.EarlyStopping(patience=2, min_delta=1.0)
    assert fo.minimize(Written(5, 4, 4.5, 0), fo.SGD, steps=3, lr=1.0, callback=coarse).steps[-1] == 2
    held = fo.EarlyStopping(patience=1, measure=lambda params: abs(params[0] - 2))
    assert fo.minimize(Written(*range(9)), fo.SGD, steps=8, lr=1.0, callback=held).steps[-1] == 3
    assert held.best_step == 2


@pytest.mark.parametrize(("wrong", "message"), [({"patience": 0}, "patience"), ({"min_delta": -1}, "min_delta")])
def test_early_stopping_refuses_what_it_cannot_count(wrong, message):
    with pytest.raises(ValueError, match=message):
        fo.EarlyStopping(**wrong)


@pytest.mark.parametrize("where", ["gradient", "value", "callback"])
def test_ctrl_c_leaves_the_path_so_far(where):
    class Interrupted(Written):
        def value(self, p):
            if where == "value" and p[0] == 3:
                raise KeyboardInterrupt
            return 1.0

        def gradient(self, p):
            if where == "gradient" and p[0] == 3:
                raise KeyboardInterrupt
            return -np.ones(1)

    def callback(moment):
        if where == "callback" and moment.step == 3:
            raise KeyboardInterrupt

    path = fo.minimize(Interrupted(), fo.SGD, steps=9, lr=1.0, callback=callback)
    assert path.interrupted
    assert path.ended == "interrupted"
    last = {"gradient": 3, "value": 2, "callback": 3}[where]
    assert_array_equal(path.points[:, 0], range(last + 1))


def test_ctrl_c_before_the_start_is_recorded_goes_on():
    class Never:
        start = (0.0,)

        def value(self, p):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fo.minimize(Never(), fo.SGD)


def test_a_step_that_is_interrupted_between_its_gradients_goes_back():
    class Interrupted(Quadratic):
        calls = 0

        def gradient(self, p):
            self.calls += 1
            if self.calls == 6:  # the second of the third step
                raise KeyboardInterrupt
            return super().gradient(p)

    for wrap in (fo.SAM, lambda opt: fo.ClipGlobalNorm(fo.SAM(opt))):
        found = fo.minimize(Interrupted(), lambda p, wrap=wrap: wrap(fo.SGD(p, lr=0.1)), steps=10)
        assert found.interrupted
        assert_array_equal(found.params["w"], found.points[-1])


def test_a_start_may_be_of_a_subclass_or_a_scalar():
    class Unit(np.ndarray):
        pass

    problem = Quadratic()
    found = fo.minimize(problem, fo.SGD, start={"w": np.ones(2).view(Unit)}, steps=1, lr=0.1)
    assert type(found.params["w"]) is np.ndarray
    assert_array_equal(found.params["w"], [0.8, 0.8])

    class Line:
        def value(self, p):
            return float(p**2)

        def gradient(self, p):
            return 2 * p

    assert fo.minimize(Line(), fo.SGD, start=np.float32(3.0), steps=1, lr=0.5).params == 0


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"start": {}}, ValueError, "start has no arrays"),
        ({"problem": 3}, TypeError, "problem must have value"),
        ({"on_nonfinite": "raise"}, TypeError, "on_nonfinite: gradients are not looked at"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(given, error, message):
    with pytest.raises(error, match=message):
        fo.minimize(**{"problem": Quadratic(), "optimizer": "adam"} | given)
