"""Layer-wise and factored rules: as in the libraries, as in the oracles, and as their mathematics says."""

import numpy as np
import pytest
from goldens import LAYERWISE_FILE, Arrays, Golden, load
from layerwise_oracles import ORACLES
from numpy.testing import assert_allclose, assert_array_equal

import firstorder as fo

# Relative to the largest value an element takes on its path. Measured: against the libraries 2e-14 (Adai's running
# product, else 2e-15), against the oracles 8e-14 (MARS, where the change of the gradient cancels; else 4e-15).
TOLERANCE = 1e-13

ABOUT, GOLDENS = load(LAYERWISE_FILE)
NAMES = list(ORACLES)
EVERY_RULE = pytest.mark.parametrize("name", NAMES)
READ = [name for name in NAMES if fo.OPTIMIZERS[name].rule.program.lines]


def run(
    optimizer_class: type[fo.Optimizer], start: Arrays, gradients: list[Arrays], rates: dict[int, float], **options
) -> tuple[list[Arrays], dict[str, list[Arrays]]]:
    """Parameters and states after each step; `rates` says from which step on the rate is another."""
    params = [p.copy() for p in start]
    optimizer = optimizer_class(params, **options)
    parameters, states = [], {name: [] for name in optimizer.state}
    for step, gradient in enumerate(gradients, start=1):
        optimizer.lr = rates.get(step, optimizer.lr)
        optimizer.step(gradient)
        parameters.append([p.copy() for p in params])
        for name, kept in optimizer.state.items():
            states[name].append([np.array(array) for array in kept])
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


def gaps(ours: tuple[list[Arrays], dict], parameters: list[Arrays], states: dict[str, list[Arrays]]) -> dict:
    return {"p": gap(ours[0], parameters)} | {name: gap(ours[1][name], states[name]) for name in states}


# ── as in the libraries ───────────────────────────────────────────────────────────────────────────


def replay(golden: Golden, **changed: float) -> tuple[list[Arrays], dict[str, list[Arrays]]]:
    options = golden.hyperparameters | changed
    return run(fo.OPTIMIZERS[golden.rule], golden.start, golden.gradients, golden.lr_changes, **options)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.label)
def test_trajectory_is_that_of_the_library(golden: Golden):
    found = gaps(replay(golden), golden.parameters, golden.states)
    assert max(found.values()) < TOLERANCE, found


def notices(golden: Golden, name: str) -> bool:
    """Whether 1 % on a hyperparameter gives parameters or state that are not the golden's."""
    value = golden.hyperparameters.get(name, fo.OPTIMIZERS[golden.rule].rule.hyperparameters[name])
    changed = {name: (1.01 if name == "d" else 0.99) * value}  # d is 1 or more
    found = gaps(replay(golden, **changed), golden.parameters, golden.states)
    return max(found.values()) > 100 * TOLERANCE


@EVERY_RULE
def test_one_per_cent_on_any_hyperparameter_would_be_noticed(name: str):
    for hyperparameter in fo.OPTIMIZERS[name].rule.hyperparameters:
        assert any(notices(golden, hyperparameter) for golden in GOLDENS if golden.rule == name), hyperparameter


@EVERY_RULE
def test_goldens_have_every_state_of_the_rule(name: str):
    states = set(fo.OPTIMIZERS[name](np.zeros(1)).state)
    assert all(set(golden.states) == states for golden in GOLDENS if golden.rule == name)


def test_goldens_say_what_made_them_and_change_lr_midway():
    assert set(ABOUT["versions"]) == {"torch", "optax", "pytorch_optimizer", "jax", "numpy"}
    assert {golden.rule for golden in GOLDENS} == set(NAMES)
    for golden in GOLDENS:
        (change,) = golden.lr_changes
        assert 1 < change < len(golden.gradients) == len(golden.parameters)
        assert len(golden.gradients) >= 20


# ── as in the oracles ─────────────────────────────────────────────────────────────────────────────

SHAPES = [(), (3,), (2, 3), (4, 3), (2, 3, 2), (1, 1), (1, 4)]
ADAM = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 1e-2}
DECAY = {"weight_decay": 0.3}
OTHERS = {
    "lars": {"lr": 0.5, "momentum": 0.7, "trust_coefficient": 0.05} | DECAY,
    "adai": {"lr": 0.05, "beta0": 0.4, "beta2": 0.9, "eps": 0.02},
    "mars": ADAM | DECAY | {"variance_reduction": 0.2},
    "cautious_lion": {"lr": 0.05, "beta1": 0.7, "beta2": 0.9} | DECAY,
    "adafactor": {"lr": 0.05, "beta2_decay": -0.6, "eps1": 0.3, "eps2": 0.8, "d": 1.2} | DECAY,
    "sm3": {"lr": 0.3, "momentum": 0.6, "eps": 1e-2},
}
CASES = [
    (name, options)
    for name in NAMES
    for options in (fo.OPTIMIZERS[name].rule.hyperparameters, OTHERS.get(name, ADAM | DECAY))
]


def histories(steps: int = 30) -> dict[str, list[Arrays]]:
    random = np.random.default_rng(1904)
    normal = [[np.asarray(random.normal(size=shape)) for shape in SHAPES] for _ in range(steps)]
    return {
        "normal": normal,
        "zero": [[0 * g for g in gradient] for gradient in normal],
        "sparse": [[g * (k % 5 == 1) for g in gradient] for k, gradient in enumerate(normal)],
        "tiny, then huge": [[g * (1e-3 if k < 12 else 1e3) for g in gradient] for k, gradient in enumerate(normal)],
    }


def compare(optimizer_class: type[fo.Optimizer], oracle, start: Arrays, gradients: list[Arrays], options: dict, **more):
    lrs = [options["lr"] * (1 if step < 15 else 0.1) for step in range(len(gradients))]
    ours = run(optimizer_class, start, gradients, {16: 0.1 * options["lr"]}, **options)
    others = {key: value for key, value in options.items() if key != "lr"} | more
    if optimizer_class.rule.joint:
        path, kept = oracle([vector(g) for g in gradients], vector(start), lrs, **others)
        parameters = [split(p, start) for p in path]
        states = {name: [split(state[name], start) for state in kept] for name in kept[0]}
    else:
        paths = [oracle([g[i] for g in gradients], p0, lrs, **others) for i, p0 in enumerate(start)]
        parameters = [list(step) for step in zip(*(path for path, _ in paths), strict=True)]
        states = {
            name: [[kept[name] for kept in step] for step in zip(*(kept for _, kept in paths), strict=True)]
            for name in paths[0][1][0]
        }
    assert set(states) == set(ours[1])
    found = gaps(ours, parameters, states)
    assert max(found.values()) < TOLERANCE, found


def vector(arrays: Arrays) -> np.ndarray:
    return np.concatenate([np.ravel(a) for a in arrays])


def split(whole: np.ndarray, like: Arrays) -> Arrays:
    parts = np.split(whole, np.cumsum([a.size for a in like])[:-1])
    return [part.reshape(a.shape) for part, a in zip(parts, like, strict=True)]


@pytest.mark.parametrize("kind", histories())
@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_optimizer_is_the_oracle(name: str, options: dict[str, float], kind: str):
    compare(fo.OPTIMIZERS[name], ORACLES[name], histories()["normal"][-1], histories()[kind], options)


@pytest.mark.parametrize(("name", "options"), [c for c in CASES if fo.OPTIMIZERS[c[0]].uncorrected], ids=str)
def test_uncorrected_optimizer_is_the_oracle_without_correction(name: str, options: dict[str, float]):
    given = histories()["normal"]
    compare(fo.OPTIMIZERS[name].uncorrected, ORACLES[name], given[-1], given, options, corrected=False)


@EVERY_RULE
def test_a_start_at_zero_is_left(name: str):
    # A ratio of norms is 1 there, and Adafactor's step has a least length.
    start = [np.zeros(shape) for shape in SHAPES]
    gradients = histories()["normal"][:8]
    compare(fo.OPTIMIZERS[name], ORACLES[name], start, gradients, OTHERS.get(name, ADAM | DECAY))
    assert all(np.all(p != 0) for p in run(fo.OPTIMIZERS[name], start, gradients[:1], {})[0][-1]) or "cautious" in name


# ── what trips users ──────────────────────────────────────────────────────────────────────────────


@EVERY_RULE
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.filterwarnings("error")
def test_zero_gradients_and_parameters_give_no_nan(name: str, dtype: str):
    params = [np.zeros(shape, dtype) for shape in (*SHAPES, (0,), (2, 0))]
    optimizer = fo.OPTIMIZERS[name](params)
    for _ in range(3):
        optimizer.step([np.zeros_like(p) for p in params])
    assert all(np.array_equal(p, np.zeros_like(p)) for p in params)
    assert optimizer.t == 3
    optimizer.step([np.ones_like(p) for p in params])
    assert all(np.isfinite(p).all() and p.dtype == dtype for p in params)


@EVERY_RULE
def test_float32_is_float64_rounded(name: str):
    given, start = histories()["normal"], histories()["normal"][-1]
    exact, _ = run(fo.OPTIMIZERS[name], start, given, {})
    single, states = run(
        fo.OPTIMIZERS[name], [p.astype("float32") for p in start], [[g.astype("float32") for g in s] for s in given], {}
    )
    assert gap(single, exact) < 1e-4
    kept = [array for state in fo.OPTIMIZERS[name].rule.state for array in states[state][-1]]
    assert all(array.dtype == "float32" for array in kept)


@EVERY_RULE
def test_an_arena_is_its_tensors(name: str):
    given, start = histories()["normal"][:5], histories()["normal"][-1]
    expected, _ = run(fo.OPTIMIZERS[name], start, given, {})
    arena = fo.Arena([p.copy() for p in start])
    optimizer = fo.OPTIMIZERS[name](arena)
    for gradient in given:
        optimizer.step(fo.Arena([g.copy() for g in gradient]))
    assert gap([list(arena.views)], [expected[-1]]) < 1e-14


@EVERY_RULE
def test_a_run_split_in_two_is_the_whole_run(name: str, tmp_path):
    given, start = histories()["normal"][:9], histories()["normal"][-1]
    whole, _ = run(fo.OPTIMIZERS[name], start, given, {})
    params = [p.copy() for p in start]
    first = fo.OPTIMIZERS[name](params)
    for gradient in given[:4]:
        first.step(gradient)
    first.save(tmp_path / "state.npz")
    second = fo.OPTIMIZERS[name](params)
    second.load(tmp_path / "state.npz")
    for gradient in given[4:]:
        second.step(gradient)
    for ours, expected in zip(params, whole[-1], strict=True):
        assert_array_equal(ours, expected)


@pytest.mark.parametrize("name", READ)
def test_formula_is_read_and_there_is_no_loop(name: str):
    rule = fo.OPTIMIZERS[name].rule
    assert not rule.elementwise
    assert r"\begin{aligned}" in rule.tex()
    with pytest.raises(fo.RuleError, match="not element-wise"):
        rule.javascript()


# ── what contains what ────────────────────────────────────────────────────────────────────────────


def path(optimizer_class: type[fo.Optimizer], start: np.ndarray, gradients: np.ndarray, **options) -> np.ndarray:
    p = start.copy()
    optimizer = optimizer_class(p, **options)
    points = [p.copy()]
    for g in gradients:
        optimizer.step(g)
        points.append(p.copy())
    return np.stack(points)


START, GIVEN = np.random.default_rng(3).normal(size=(4, 3)), np.random.default_rng(4).normal(size=(30, 4, 3))
EXACT = {"rtol": 0, "atol": 1e-13}


def test_lamb_with_its_ratio_undone_by_the_rate_is_adamw():
    options = {"beta1": 0.7, "beta2": 0.9, "eps": 1e-2, "weight_decay": 0.3}
    adamw = path(fo.AdamW, START, GIVEN, lr=0.05, **options)
    u = np.diff(adamw, axis=0) / -0.05
    ratios = [np.linalg.norm(p) / np.linalg.norm(step) for p, step in zip(adamw, u, strict=False)]
    undone = path(fo.LAMB, START, GIVEN, lr=lambda t: 0.05 / ratios[t - 1], **options)
    assert_allclose(undone, adamw, **EXACT)


def test_lamb_moves_a_tensor_by_the_share_lr_of_its_norm():
    points = path(fo.LAMB, START, GIVEN, lr=0.02, weight_decay=0.1)
    moved = np.linalg.norm(np.diff(points, axis=0), axis=(1, 2)) / np.linalg.norm(points[:-1], axis=(1, 2))
    assert_allclose(moved, 0.02, rtol=1e-12)


def test_lars_without_momentum_moves_a_tensor_by_a_share_of_its_norm_whatever_the_gradients_size():
    options = {"lr": 0.5, "momentum": 0.0, "trust_coefficient": 0.1}
    points = path(fo.LARS, START, GIVEN, **options)
    moved = np.linalg.norm(np.diff(points, axis=0), axis=(1, 2)) / np.linalg.norm(points[:-1], axis=(1, 2))
    assert_allclose(moved, 0.05, rtol=1e-12)
    assert_allclose(path(fo.LARS, START, 1e6 * GIVEN, **options), points, **EXACT)


def test_lars_takes_a_new_rate_for_new_gradients_alone():
    # The rate is inside the momentum: with a rate of 0 from now on, what was added goes on.
    points = path(fo.LARS, START, GIVEN, lr=lambda t: 1.0 if t == 1 else 0.0, momentum=0.5, trust_coefficient=0.1)
    steps = np.diff(points, axis=0)
    assert_allclose(steps[1:6], 0.5 ** np.arange(1, 6)[:, None, None] * steps[0], rtol=1e-9)


def test_novograd_does_not_feel_the_scale_of_the_gradient():
    options = {"lr": 0.05, "eps": 1e-300}
    assert_array_equal(path(fo.NovoGrad, START, 2.0**20 * GIVEN, **options), path(fo.NovoGrad, START, GIVEN, **options))


def test_stable_adamw_is_adamw_while_gradients_are_as_expected_and_shorter_after():
    options = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 1e-8}
    falling = GIVEN[0] * 0.8 ** np.arange(30)[:, None, None]
    assert_allclose(path(fo.StableAdamW, START, falling, **options), path(fo.AdamW, START, falling, **options), **EXACT)
    jump = np.concatenate([falling, 100 * GIVEN[:1]])
    stable, usual = (path(c, START, jump, weight_decay=0.0, **options) for c in (fo.StableAdamW, fo.AdamW))
    assert (np.abs(stable[-1] - stable[-2]) < np.abs(usual[-1] - usual[-2])).all()


def test_adai_without_gain_is_momentum_that_is_a_plain_mean():
    # With β₀ = 0 every momentum is 1 − ε: the corrected moving average, times the rate.
    ours = path(fo.Adai, START, GIVEN, lr=0.1, beta0=0.0, eps=0.2)
    m, points = 0.0, [START]
    for t, g in enumerate(GIVEN, start=1):
        m = 0.8 * m + 0.2 * g
        points.append(points[-1] - 0.1 * m / (1 - 0.8**t))
    assert_allclose(ours, points, **EXACT)


def test_adai_takes_its_mean_over_all_parameters():
    params, together = [np.ones(2), np.ones(3)], np.ones(5)
    several, one = fo.Adai(params, lr=0.1), fo.Adai(together, lr=0.1)
    for g in np.random.default_rng(0).normal(size=(6, 5)) * 10.0 ** np.arange(-2, 3):
        several.step([g[:2], g[2:]])
        one.step(g)
    assert_array_equal(np.concatenate(params), together)


def test_mars_without_correction_of_gradients_in_the_ball_is_adamw():
    options = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "weight_decay": 0.3}
    ours = path(fo.MARS, START, 0.05 * GIVEN, variance_reduction=0.0, **options)
    assert_allclose(ours, path(fo.AdamW, START, 0.05 * GIVEN, **options), **EXACT)


def test_cautious_rules_move_nothing_against_the_gradient():
    for cautious in (fo.CautiousAdamW, fo.CautiousLion):
        steps = np.diff(path(cautious, START, GIVEN, lr=0.05, weight_decay=0.0), axis=0)
        assert (steps * GIVEN <= 0).all()
        assert (steps == 0).any()


def test_cautious_adamw_with_signs_that_agree_is_adamw_but_for_the_one_more_that_is_counted():
    options = {"lr": 0.05, "weight_decay": 0.0}
    ours = path(fo.CautiousAdamW, START, np.abs(GIVEN), **options)
    adamw = path(fo.AdamW, START, np.abs(GIVEN), **options)
    assert_allclose(ours - START, 12 / 13 * (adamw - START), **EXACT)


def test_adafactor_keeps_rows_and_columns_of_matrices_and_all_of_vectors():
    params = [np.ones(shape) for shape in [(), (5,), (4, 6), (2, 4, 6), (0,), (3, 0)]]
    state = fo.Adafactor(params).state
    assert [a.shape for a in state["R"]] == [(0,), (0,), (4, 1), (2, 4, 1), (0,), (3, 1)]
    assert [a.shape for a in state["C"]] == [(0,), (0,), (1, 6), (2, 1, 6), (0,), (1, 0)]
    assert [a.shape for a in state["v"]] == [(), (5,), (0,), (0,), (0,), (0,)]


def test_adafactor_is_exact_on_second_moments_of_rank_one():
    rows, columns = np.array([[1.0], [2.0], [5.0]]), np.array([[3.0, 1.0, 0.5, 2.0]])
    signs = np.sign(np.random.default_rng(0).normal(size=(20, 3, 4)))
    p, vector = np.ones((3, 4)), np.ones(12)
    factored, whole = fo.Adafactor(p), fo.Adafactor(vector)
    for k, s in enumerate(signs):
        g = (1 + k) * s * rows * columns
        factored.step(g)
        whole.step(g.ravel())
    assert_allclose(p.ravel(), vector, rtol=1e-13)


def test_sm3_of_a_vector_without_momentum_is_adagrad():
    start, given = START.ravel(), GIVEN.reshape(30, 12)
    ours = path(fo.SM3, start, given, lr=0.1, momentum=0.0, eps=0.0)
    assert_allclose(ours, path(fo.AdaGrad, start, given, lr=0.1, eps=0.0), **EXACT)


def test_sm3_bounds_the_sums_of_adagrad_from_above_with_a_number_for_each_index():
    p = START.copy()
    optimizer, total = fo.SM3(p), 0.0
    for g in GIVEN:
        optimizer.step(g)
        total = total + g**2
        a = optimizer.state["a"]
        assert a.shape == (7,)
        assert (np.minimum(a[:4, None], a[None, 4:]) >= total * (1 - 1e-14)).all()
