"""D-Adaptation and Prodigy: as in the libraries, as in the oracles, as their mathematics says. Joint rules at large."""

import numpy as np
import pytest
from goldens import PARAMETER_FREE_FILE, Arrays, Golden, load
from numpy import sqrt, sum
from numpy.testing import assert_allclose, assert_array_equal
from parameter_free_oracles import ORACLES

import firstorder as fo

# Relative to the largest value an element takes on its path. The estimate d feeds back on itself, so that what the sums
# round, in another order than the libraries', grows with it: to 3e-13 at most (Prodigy's numerator).
TOLERANCE = 1e-12

ABOUT, GOLDENS = load(PARAMETER_FREE_FILE)
NAMES = ["dadapt_sgd", "dadapt_adam", "prodigy"]
EVERY_RULE = pytest.mark.parametrize("name", NAMES)


def run(name: str, start: Arrays, gradients: list[Arrays], lr=1.0, **options) -> tuple[list[Arrays], dict[str, list]]:
    """Parameters and states after each step."""
    params = [p.copy() for p in start]
    optimizer = fo.OPTIMIZERS[name](params, lr=lr, **options)
    parameters, states = [], {state: [] for state in optimizer.state}
    for gradient in gradients:
        optimizer.step(gradient)
        parameters.append([p.copy() for p in params])
        for state, kept in optimizer.state.items():
            if state in optimizer.rule.scalar_state:
                assert len(set(kept)) == 1  # of the group, not of an array
                kept = kept[:1]
            states[state].append([np.array(a, dtype=float) for a in kept])
    return parameters, states


def gap(ours: list[Arrays], theirs: list[Arrays]) -> float:
    """The largest difference, each element's relative to the largest value it takes in `theirs`."""
    largest = 0.0
    for our, their in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
        a, b = np.stack(our), np.stack(their)
        assert a.shape == b.shape
        scale = np.maximum(np.abs(b).max(axis=0), np.finfo(float).tiny)
        largest = max(largest, float(np.max(np.abs(a - b) / scale, initial=0.0)))
    return largest


# ── as in the libraries ───────────────────────────────────────────────────────────────────────────


def replay(golden: Golden, **changed: float) -> tuple[list[Arrays], dict[str, list]]:
    options = {**fo.OPTIMIZERS[golden.rule].rule.hyperparameters, **golden.hyperparameters, **changed}
    first = options.pop("lr")
    ((change, later),) = golden.lr_changes.items()

    def rate(t: int) -> float:
        lr = first if t < change else later
        if golden.call.startswith("optax"):  # it corrects the moments, and does so by the rate
            lr *= sqrt(1 - options["beta2"] ** t) / (1 - options["beta1"] ** t)
        return lr

    return run(golden.rule, golden.start, golden.gradients, rate, **options)


def gaps(golden: Golden, **changed: float) -> dict[str, float]:
    parameters, states = replay(golden, **changed)
    return {"p": gap(parameters, golden.parameters)} | {n: gap(states[n], golden.states[n]) for n in golden.states}


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.label)
def test_trajectory_is_that_of_the_library(golden: Golden):
    assert set(golden.states) == set(fo.OPTIMIZERS[golden.rule](np.zeros(1)).state)
    found = gaps(golden)
    assert max(found.values()) < TOLERANCE, found


@EVERY_RULE
def test_one_per_cent_on_any_hyperparameter_would_be_noticed(name: str):
    cases = [golden for golden in GOLDENS if golden.rule == name]
    for hyperparameter, default in fo.OPTIMIZERS[name].rule.hyperparameters.items():
        changes = [(g, {hyperparameter: 0.99 * g.hyperparameters.get(hyperparameter, default)}) for g in cases]
        assert any(max(gaps(g, **c).values()) > 100 * TOLERANCE for g, c in changes), hyperparameter


def test_goldens_say_what_made_them_and_in_each_the_rate_changes_and_the_estimate_grows():
    assert set(ABOUT["versions"]) == {"torch", "pytorch_optimizer", "optax", "jax", "numpy"}
    for golden in GOLDENS:
        (change,) = golden.lr_changes
        assert 1 < change < len(golden.gradients) == len(golden.parameters)
        assert len(golden.gradients) >= 20
        d = np.ravel(golden.states["d"])
        assert (np.diff(d) > 0).sum() > 10
        assert d[-1] > 10 * d[0]


def test_of_every_rule_there_are_goldens_of_its_defaults_and_of_all_other_values():
    for name in NAMES:
        given = [set(golden.hyperparameters) for golden in GOLDENS if golden.rule == name]
        assert set() in given
        assert set().union(*given) == set(fo.OPTIMIZERS[name].rule.hyperparameters)


# ── as in the oracles ─────────────────────────────────────────────────────────────────────────────

STEPS = 30
ADAM = {"beta1": 0.8, "beta2": 0.95, "eps": 0.05, "d0": 1e-2}
HYPERPARAMETERS = {
    "dadapt_sgd": [{}, {"momentum": 0.5, "d0": 1e-2}, {"momentum": 0.0, "d0": 1.0}],
    "dadapt_adam": [{}, ADAM, {"beta1": 0.0, "d0": 1.0}],
    "prodigy": [{}, ADAM | {"weight_decay": 0.4}, {"beta1": 0.0, "d0": 1.0}],
}


def histories() -> dict[str, np.ndarray]:
    random = np.random.default_rng(2301)
    normal = random.normal(size=(STEPS, 13))
    scale = random.normal(size=13)
    step = np.arange(STEPS)[:, None]
    return {
        "normal": normal,
        "drift": scale * (1 + 0.5 * normal),
        "constant": np.broadcast_to(scale, normal.shape),
        "huge": 1e5 * scale * (1 + 0.5 * normal),
        "tiny": 1e-5 * scale * (1 + 0.5 * normal),
        "zero": np.zeros_like(normal),
        "zero at first": np.where(step < 3, 0.0, scale * (1 + 0.5 * normal)),
        "sparse": np.where(random.random(normal.shape) < 0.3, scale, 0.0),
        "turns": np.where(step < STEPS // 2, scale, -scale),
    }


SHAPES = [(), (3,), (2, 3), (3, 1), (0, 2)]  # of 13 elements


def split(vector: np.ndarray) -> Arrays:
    ends = np.cumsum([int(np.prod(shape)) for shape in SHAPES])
    return [part.reshape(shape).copy() for part, shape in zip(np.split(vector, ends[:-1]), SHAPES, strict=True)]


def joined(arrays: Arrays) -> np.ndarray:
    return np.concatenate([np.ravel(a) for a in arrays])


@pytest.mark.parametrize("history", histories())
@EVERY_RULE
def test_path_is_that_of_the_oracle(name: str, history: str):
    gradients = histories()[history]
    lrs = np.where(np.arange(STEPS) < 17, 1.0, 0.3)
    for options in HYPERPARAMETERS[name]:
        options = {k: v for k, v in (fo.OPTIMIZERS[name].rule.hyperparameters | options).items() if k != "lr"}
        # From afar, the first steps round p0 - p, the difference that Prodigy measures, to 1e-16 / d0 of itself.
        start = np.random.default_rng(2306).normal(size=13) * options["d0"]
        expected, kept = ORACLES[name](gradients, start, lrs, **options)
        parameters, states = run(
            name,
            split(start),
            [split(g) for g in gradients],
            lambda t: float(lrs[t - 1]),
            **options,
        )
        found = {"p": gap([[joined(p)] for p in parameters], [[np.array(p, dtype=float)] for p in expected])}
        assert set(states) == set(kept[0])
        for state, path in states.items():
            theirs = [[np.array(k[state], dtype=float).reshape(-1)] for k in kept]
            found[state] = gap([[joined(a)] for a in path], theirs)
        assert max(found.values()) < TOLERANCE, (options, found)


# ── as the mathematics says ───────────────────────────────────────────────────────────────────────


def drift(steps: int = STEPS, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    scale = random.normal(size=13)
    return random.normal(size=13), scale * (1 + 0.5 * random.normal(size=(steps, 13)))


def path(name: str, start: np.ndarray, gradients: np.ndarray, **options) -> tuple[np.ndarray, np.ndarray]:
    parameters, states = run(name, [start], [[g] for g in gradients], **options)
    return np.array([p for (p,) in parameters]), np.ravel(states["d"])


@EVERY_RULE
@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e6])
def test_a_factor_on_the_objective_changes_nothing(name: str, factor: float):
    guard = {} if name == "dadapt_sgd" else {"eps": 1e-30}  # not 0: D-Adaptation's first s / sqrt(v) is 0 / 0
    start, gradients = drift()
    expected, d = path(name, start, gradients, **guard)
    actual, d_scaled = path(name, start, factor * gradients, **guard)
    assert d[-1] > 100 * d[0]
    assert_allclose(d_scaled, d, rtol=1e-11)
    assert_allclose(actual, expected, rtol=1e-10)


@EVERY_RULE
def test_in_other_units_of_the_parameters_the_path_is_the_same_if_d0_is_in_those_units(name: str):
    start, gradients = drift()
    guard = {} if name == "dadapt_sgd" else {"eps": 1e-30}
    expected, d = path(name, start, gradients, d0=1e-4, **guard)
    actual, d_scaled = path(name, 8 * start, gradients / 8, d0=8e-4, **guard)
    assert_allclose(d_scaled, 8 * d, rtol=1e-11)
    assert_allclose(actual, 8 * expected, rtol=1e-10)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_prodigy_is_adam_without_correction_as_long_as_the_estimate_is_1(decay: float):
    start, gradients = drift()
    actual, d = path("prodigy", start, gradients, lr=1e-3, d0=1.0, weight_decay=decay)
    assert_array_equal(d, 1.0)
    ours = [start.copy()]
    other = (fo.AdamW.uncorrected if decay else fo.Adam.uncorrected)(
        ours, lr=1e-3, **({"weight_decay": decay} if decay else {})
    )
    for p, g in zip(actual, gradients, strict=True):
        other.step([g])
        assert_allclose(p, ours[0], rtol=1e-13)


def test_dadapt_adam_is_adam_without_correction_as_long_as_the_estimate_is_1():
    start, gradients = drift()
    actual, d = path("dadapt_adam", start, gradients * (-1.0) ** np.arange(STEPS)[:, None], lr=1e-3, d0=1.0)
    assert_array_equal(d, 1.0)
    ours = [start.copy()]
    other = fo.Adam.uncorrected(ours, lr=1e-3)
    for step, (p, g) in enumerate(zip(actual, gradients, strict=True)):
        other.step([g * (-1.0) ** step])
        assert_allclose(p, ours[0], rtol=1e-13)


def test_dadapt_sgd_without_momentum_is_gradient_descent_at_the_rate_of_its_estimate():
    start, gradients = drift()
    actual, d = path("dadapt_sgd", start, gradients, momentum=0.0, d0=1e-3)
    rates = np.array([1e-3, *d[:-1]]) / np.linalg.norm(gradients[0])
    assert_allclose(actual, start - np.cumsum(rates[:, None] * gradients, axis=0), rtol=1e-12)


def test_dadapt_sgd_estimates_never_more_than_the_distance_of_a_convex_minimum():
    """What the paper proves, on ‖A(x - x*)‖²/2 and on the absolute value, whose gradient says nothing of distance."""
    for seed in range(5):
        random = np.random.default_rng(seed)
        A, minimum, p = random.normal(size=(6, 4)), 10 * random.normal(size=4), random.normal(size=4)
        distance = np.linalg.norm(p - minimum)
        for gradient in (lambda x, A=A, m=minimum: A.T @ A @ (x - m), lambda x, m=minimum: np.sign(x - m)):
            x = p.copy()
            # With no momentum the gradients are taken where the bound has them.
            optimizer = fo.DAdaptSGD(x, momentum=0.0)
            for _ in range(400):
                optimizer.step(gradient(x))
                assert optimizer.state["d"] <= distance * (1 + 1e-12)
            assert optimizer.state["d"] > 1e-3 * distance


@EVERY_RULE
def test_estimate_never_falls_and_stays_for_gradients_that_cancel(name: str):
    start, gradients = drift()
    gradients[STEPS // 2 :] = -gradients[: STEPS // 2]
    _, d = path(name, start, gradients)
    assert (np.diff(d) >= 0).all()
    _, d = path(name, start, np.ones((STEPS, 13)) * (-1.0) ** np.arange(STEPS)[:, None])
    assert d[-1] < 1e-5


@EVERY_RULE
def test_zero_gradients_change_nothing_first_or_ever(name: str):
    start, gradients = drift()
    stayed, d = path(name, start, np.zeros_like(gradients))
    assert_allclose(stayed, np.broadcast_to(start, stayed.shape), rtol=1e-14)
    assert_array_equal(d, 1e-6)
    expected = path(name, start, gradients)
    later = path(name, start, np.vstack([np.zeros((3, 13)), gradients]))  # t does not enter
    assert_allclose(later[0][3:], expected[0], rtol=1e-12)
    assert_allclose(later[1][3:], expected[1], rtol=1e-12)


@pytest.mark.parametrize("distance", [1e-2, 1.0, 300.0])
@EVERY_RULE
def test_minimum_at_an_unknown_distance_is_reached_from_the_smallest_estimate(name: str, distance: float):
    """The same call, defaults and all, whatever the distance and the factor on the objective."""
    curvature = np.array([1.0, 2.0, 5.0])
    for factor in (1e-2, 1e2):
        params = {"a": np.zeros(2), "b": np.zeros(())}
        minimum = distance * np.array([1.0, -1.0, 0.5])
        optimizer = fo.OPTIMIZERS[name](params)
        optimizer.lr = lambda t: 1.0 if t < 2000 else 2 * (1 - t / 4001)
        for _ in range(4000):
            x = np.append(params["a"], params["b"])
            g = factor * curvature * (x - minimum)
            optimizer.step({"a": g[:2], "b": g[2]})
        x = np.append(params["a"], params["b"])
        assert np.linalg.norm(x - minimum) < 1e-2 * np.linalg.norm(minimum)
        assert optimizer.state["d"]["a"] > 0.01 * distance


# ── joint rules at large ──────────────────────────────────────────────────────────────────────────


@fo.optimizer(joint=True, initial={"largest": "floor"})
def normalized(p, g, b, largest: fo.Scalar, *, t, lr=0.1, momentum=0.9, floor=1e-3):
    """Momentum over the root of the largest sum of squares so far: a reader's own joint rule."""
    b = momentum * b + g
    size = sqrt(sum(b * b))
    largest = size if size > largest else largest
    p = p - lr / t * b / largest
    return p, b, largest


Normalized = fo.Optimizer.of(normalized)
JOINT = [*[fo.OPTIMIZERS[name] for name in NAMES], Normalized]
EVERY_JOINT = pytest.mark.parametrize("joint", JOINT, ids=lambda o: o.rule.key)


def problem(steps: int = 12) -> tuple[dict, list[dict]]:
    start, gradients = drift(steps, seed=3)
    names = "abcde"
    return (
        dict(zip(names, split(start), strict=True)),
        [dict(zip(names, split(g), strict=True)) for g in gradients],
    )


@EVERY_JOINT
def test_partition_order_and_layout_do_not_matter(joint: type[fo.Optimizer]):
    params, gradients = problem()
    arena = fo.Arena(params)
    vector = joined(list(params.values()))
    backwards = {k: params[k].copy() for k in reversed(params)}
    strided = {k: np.asfortranarray(np.stack([p, p], axis=-1))[..., 0] for k, p in params.items()}
    cases = [params, arena, vector, backwards, strided]
    optimizers = [joint(case) for case in cases]
    of_arena, of_vector = optimizers[1:3]
    for g in gradients:
        given = arena.zeros_like()
        for k in g:
            given[k][...] = g[k]
        for optimizer, gradient in zip(optimizers, [g, given, joined(list(g.values())), g, g], strict=True):
            optimizer.step(gradient)
    flat = joined(list(params.values()))
    for k in params:
        assert_allclose(arena[k], params[k], rtol=1e-12)
        assert_allclose(backwards[k], params[k], rtol=1e-12)
        assert_allclose(strided[k], params[k], rtol=1e-12)
    assert_allclose(vector, flat, rtol=1e-12)
    assert_array_equal(arena.buffer, vector)
    for name in joint.rule.scalar_state:
        assert of_arena.state[name] == of_vector.state[name]


@EVERY_JOINT
def test_a_step_is_the_function_on_the_vector(joint: type[fo.Optimizer]):
    params, gradients = problem()
    vector, rule = joined(list(params.values())), joint.rule
    values = joint(vector.copy()).groups[0].at(1)
    state = [np.zeros(13) if s != "p0" else vector.copy() for s in rule.state]
    scalars = [rule.initial_value(s, vector, values) for s in rule.scalar_state]
    optimizer = joint(params)
    for t, g in enumerate(gradients, start=1):
        optimizer.step(g)
        at = {"t": t} if "t" in rule.program.keywords else {}
        vector, *rest = rule(vector, joined(list(g.values())), *state, *scalars, **values, **at)
        state, scalars = rest[: len(state)], rest[len(state) :]
    assert_array_equal(joined(list(params.values())), vector)


@EVERY_JOINT
def test_none_is_refused_by_name_and_nothing_is_changed(joint: type[fo.Optimizer]):
    params, gradients = problem()
    optimizer = joint(params)
    optimizer.step(gradients[0])
    before, kept = {k: p.copy() for k, p in params.items()}, optimizer.state_dict()
    with pytest.raises(ValueError, match=r"together: the gradient of 'c' is None"):
        optimizer.step(gradients[1] | {"c": None})
    for k in params:
        assert_array_equal(params[k], before[k])
        for name, value in kept["parameters"][k].items():
            assert_array_equal(optimizer.state_dict()["parameters"][k][name], value)
    assert optimizer.t == 1


@EVERY_JOINT
@pytest.mark.parametrize("as_arena", [False, True])
def test_resuming_is_exact(joint: type[fo.Optimizer], as_arena: bool, tmp_path):
    def made(params: dict) -> object:
        return fo.Arena(params) if as_arena else {k: p.copy() for k, p in params.items()}

    params, gradients = problem()
    gradients = [made(g) for g in gradients]
    whole, first = made(params), made(params)
    optimizer, half = joint(whole), joint(first)
    for g in gradients:
        optimizer.step(g)
    for g in gradients[:5]:
        half.step(g)
    half.save(tmp_path / "half.npz")
    second = made({k: first[k] for k in params})
    resumed = joint(second)
    resumed.load(tmp_path / "half.npz")
    for g in gradients[5:]:
        resumed.step(g)
    for k in params:
        assert_array_equal(second[k], whole[k])
    for name in joint.rule.scalar_state:
        assert np.all(np.array(list(np.ravel(resumed.state[name]))) == np.array(list(np.ravel(optimizer.state[name]))))


@EVERY_JOINT
def test_each_group_is_a_vector_of_its_own(joint: type[fo.Optimizer]):
    params, gradients = problem()
    names = [["a", "c"], ["b", "d", "e"]]
    alone = [{k: params[k].copy() for k in group} for group in names]
    together = [{k: params[k].copy() for k in group} for group in names]
    rates = [1.0, 0.3]
    optimizers = [joint(group, lr=lr) for group, lr in zip(alone, rates, strict=True)]
    grouped = joint([{"params": group, "lr": lr} for group, lr in zip(together, rates, strict=True)])
    for g in gradients:
        parts = [{k: g[k] for k in group} for group in names]
        for optimizer, part in zip(optimizers, parts, strict=True):
            optimizer.step(part)
        grouped.step(parts)
    for ours, theirs in zip(together, alone, strict=True):
        for k in ours:
            assert_array_equal(ours[k], theirs[k])
    scalar = joint.rule.scalar_state[0]
    assert grouped.state[scalar][0]["a"] == optimizers[0].state[scalar]["a"]
    assert grouped.state[scalar][0]["a"] != grouped.state[scalar][1]["b"]


@EVERY_JOINT
def test_a_group_of_no_arrays_is_passed_over(joint: type[fo.Optimizer]):
    params, gradients = problem()
    alone = {k: p.copy() for k, p in params.items()}
    optimizer, of_one = joint([{"params": []}, {"params": params}]), joint(alone)
    for g in gradients:
        assert optimizer.step([[], g])
        of_one.step(g)
    for k in params:
        assert_array_equal(params[k], alone[k])


@EVERY_JOINT
@pytest.mark.parametrize("dtypes", [("float32", "float32"), ("float16", "float32"), ("float32", "float64")])
def test_dtypes_stay_and_the_path_is_near_that_in_float64(joint: type[fo.Optimizer], dtypes: tuple[str, str]):
    params, gradients = problem()
    precise = {k: params[k] for k in "bc"}
    rough = {k: params[k].astype(dtype) for k, dtype in zip("bc", dtypes, strict=True)}
    # Steps much smaller than the last place of float16 would be lost.
    options = {"d0": 1e-2} if "d0" in joint.rule.hyperparameters else {}
    of_precise, of_rough = joint(precise, **options), joint(rough, **options)
    for g in gradients:
        of_precise.step({k: g[k] for k in "bc"})
        of_rough.step({k: g[k].astype(rough[k].dtype) for k in "bc"})
    for k, dtype in zip("bc", dtypes, strict=True):
        assert rough[k].dtype == dtype
        assert_allclose(rough[k], precise[k], rtol=2e-2 if "float16" in dtypes else 1e-4, atol=1e-3)


@EVERY_JOINT
def test_formula_is_read_and_there_are_no_loops(joint: type[fo.Optimizer]):
    assert not joint.rule.elementwise
    assert joint.uncorrected is None
    assert r"\theta_{t} &=" in joint.tex()
    for reading in (joint.javascript, joint.cuda, joint.python):
        with pytest.raises(fo.RuleError):
            reading()


def test_formulas_say_what_the_papers_say():
    assert r"\hat{d}_{t} &=" in fo.Prodigy.tex()
    assert r"g_{t} \left(\theta_{0} - \theta_{t-1}\right)" in fo.Prodigy.tex()
    assert r"\left(\theta_{0} - s_{t}\right)" in fo.DAdaptSGD.tex()
