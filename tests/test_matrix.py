"""Muon, Shampoo and SOAP: as in the libraries, as in the oracles, and as their mathematics says."""

import matrix_oracles
import numpy as np
import pytest
from goldens import MATRIX_FILE, Arrays, Golden, load
from matrix_oracles import ORACLES
from ml_dtypes import finfo
from numpy.testing import assert_allclose, assert_array_equal

import firstorder as fo
from firstorder.rules import matrix

# Relative to the largest value an element takes on its path. Measured against the libraries: 6e-14 in parameters, and
# 4e-12 in SOAP's bases, where a column of small eigenvalue is lost among the rounding of the large ones.
TOLERANCE = 1e-11

ABOUT, GOLDENS = load(MATRIX_FILE)
NAMES = ["muon", "muon_rms", "shampoo", "soap"]
EVERY_RULE = pytest.mark.parametrize("name", NAMES)


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
        kept = optimizer.state
        for name in states:
            states[name].append([array.copy() for array in kept[name]])
        if "QL" in states:
            states["m"][-1] = [in_own_axes(*arrays) for arrays in zip(kept["m"], kept["QL"], kept["QR"], strict=True)]
    return parameters, states


def in_own_axes(m: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """SOAP's first moment in the axes of the gradient, as paper and library keep it."""
    x = m.reshape(len(m), -1) if m.ndim > 1 and m.size else m
    x = left @ x if left.size else x
    return (x @ right.T if right.size else x).reshape(m.shape).copy()


def gap(ours: list[Arrays], theirs: list[Arrays], basis: bool = False) -> float:
    """The largest difference, each element's relative to the largest value it takes in `theirs`.

    The columns of a basis have no sign of their own, and take that of the other's.
    """
    largest = 0.0
    for our, their in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
        a, b = np.stack(our), np.stack(their)
        assert a.shape == b.shape
        if basis and a.size:
            a = a * np.sign(np.sum(a * b, axis=1, keepdims=True))
        scale = np.maximum(np.abs(b).max(axis=0), np.finfo(float).tiny)
        largest = max(largest, float(np.max(np.abs(a - b) / scale, initial=0.0)))
    return largest


def gaps(ours: tuple[list[Arrays], dict], parameters: list[Arrays], states: dict[str, list[Arrays]]) -> dict:
    assert set(ours[1]) == set(states)
    kept = {name: gap(ours[1][name], states[name], basis=name in ("QL", "QR")) for name in states}
    return {"p": gap(ours[0], parameters)} | kept


# ── as in the libraries ───────────────────────────────────────────────────────────────────────────


def replay(golden: Golden, **changed: float) -> tuple[list[Arrays], dict[str, list[Arrays]]]:
    options = golden.hyperparameters | changed
    return run(fo.OPTIMIZERS[golden.rule], golden.start, golden.gradients, golden.lr_changes, **options)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.label)
def test_trajectory_is_that_of_the_library(golden: Golden):
    found = gaps(replay(golden), golden.parameters, golden.states)
    assert max(found.values()) < TOLERANCE, found


def notices(golden: Golden, name: str) -> bool:
    value = golden.hyperparameters.get(name, fo.OPTIMIZERS[golden.rule].rule.hyperparameters[name])
    found = gaps(replay(golden, **{name: 0.99 * value}), golden.parameters, golden.states)
    return max(found.values()) > 100 * TOLERANCE


@EVERY_RULE
def test_one_per_cent_on_any_hyperparameter_would_be_noticed(name: str):
    for hyperparameter in fo.OPTIMIZERS[name].rule.hyperparameters:
        assert any(notices(golden, hyperparameter) for golden in GOLDENS if golden.rule == name), hyperparameter


def test_goldens_say_what_made_them_and_change_lr_midway():
    assert set(ABOUT["versions"]) == {"torch", "pytorch_optimizer", "numpy"}
    for golden in GOLDENS:
        (change,) = golden.lr_changes
        assert 1 < change < len(golden.gradients) == len(golden.parameters)
        assert len(golden.gradients) >= 20


# ── as in the oracles ─────────────────────────────────────────────────────────────────────────────

SHAPES = [(), (3,), (2, 3), (4, 3), (3, 3), (2, 3, 1), (1, 1), (1, 2)]
ADAM = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 1e-2, "weight_decay": 0.3}
HYPERPARAMETERS = {
    "muon": [fo.Muon.rule.hyperparameters, ADAM | {"momentum": 0.6}, ADAM | {"momentum": 0.0, "eps": 30.0}],
    "muon_rms": [fo.MuonRMS.rule.hyperparameters, ADAM | {"momentum": 0.6, "rms": 0.5}],
    "shampoo": [{"lr": 1e-3, "eps": 1e-6}, {"lr": 0.1, "eps": 0.5}],
    "soap": [fo.SOAP.rule.hyperparameters, ADAM | {"precondition_frequency": 1}, ADAM | {"precondition_frequency": 4}],
}
CASES = [(name, options) for name, several in HYPERPARAMETERS.items() for options in several]


def histories(shapes: list[tuple[int, ...]], steps: int = 30) -> dict[str, list[Arrays]]:
    random = np.random.default_rng(2409)
    normal = [[random.normal(size=shape) for shape in shapes] for _ in range(steps)]
    return {
        "normal": normal,
        "sparse": [[g * (k % 5 == 0) for g in gradient] for k, gradient in enumerate(normal)],
        "tiny, then huge": [[g * (1e-3 if k < 12 else 1e3) for g in gradient] for k, gradient in enumerate(normal)],
        "fading": [[g * 0.7**k for g in gradient] for k, gradient in enumerate(normal)],
    }


@pytest.mark.parametrize("kind", histories([]))
@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_optimizer_is_the_oracle(name: str, options: dict[str, float], kind: str):
    gradients = histories(SHAPES)[kind]
    start = histories(SHAPES)["normal"][-1]
    lrs = [options["lr"] * (1 if step < 15 else 0.1) for step in range(len(gradients))]
    ours = run(fo.OPTIMIZERS[name], start, gradients, {16: 0.1 * options["lr"]}, **options)
    others = {key: value for key, value in options.items() if key != "lr"}
    paths = [ORACLES[name]([g[i] for g in gradients], p0, lrs, **others) for i, p0 in enumerate(start)]
    parameters = [list(step) for step in zip(*(path for path, _ in paths), strict=True)]
    states = {
        state: [[kept[state] for kept in step] for step in zip(*(kept for _, kept in paths), strict=True)]
        for state in ours[1]
    }
    found = gaps(ours, parameters, states)
    assert max(found.values()) < TOLERANCE, found


def test_every_rule_of_matrices_is_compared():
    assert set(HYPERPARAMETERS) == set(ORACLES) == {golden.rule for golden in GOLDENS} == set(NAMES)
    assert all(not fo.OPTIMIZERS[name].rule.elementwise for name in NAMES)


def test_soap_leaves_a_long_axis_in_its_own_basis(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(matrix, "LONGEST_AXIS", 3)
    monkeypatch.setattr(matrix_oracles, "LONGEST_AXIS", 3)
    shapes = [(4, 3), (3, 4), (4, 4)]
    gradients = histories(shapes)["normal"]
    ours = run(fo.SOAP, gradients[0], gradients, {}, **ADAM, precondition_frequency=4)
    assert [array.size for array in ours[1]["QL"][0]] == [0, 9, 0]
    options = {key: value for key, value in ADAM.items() if key != "lr"} | {"precondition_frequency": 4}
    for i, p0 in enumerate(gradients[0]):
        path, _ = ORACLES["soap"]([g[i] for g in gradients], p0, [ADAM["lr"]] * len(gradients), **options)
        assert gap([[step[i]] for step in ours[0]], [[p] for p in path]) < TOLERANCE


# ── as their mathematics says ─────────────────────────────────────────────────────────────────────


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def path(optimizer_class: type[fo.Optimizer], gradients: np.ndarray, start: np.ndarray, **options) -> np.ndarray:
    steps = [[g] for g in gradients]
    return np.stack([p for (p,) in run(optimizer_class, [start], steps, {}, **options)[0]])


def orthogonal(n: int, seed: int) -> np.ndarray:
    return np.linalg.qr(normal(n, n, seed=seed))[0]


def test_muon_first_step_keeps_the_singular_vectors_and_evens_the_values():
    gradient = orthogonal(6, 1)[:, :4] * np.array([1.0, 0.5, 0.2, 0.05]) @ orthogonal(4, 2)
    step = -path(fo.MuonRMS, gradient[None], np.zeros((6, 4)), lr=1.0, weight_decay=0.0)[0] / (0.2 * 6**0.5)
    values = np.linalg.svd(step, compute_uv=False)
    assert values.min() > 0.65
    assert values.max() < 1.21
    polar = np.linalg.svd(gradient, full_matrices=False)
    assert_allclose(step, polar.U @ np.diag(np.diag(polar.U.T @ step @ polar.Vh.T)) @ polar.Vh, atol=1e-13)


def test_shampoo_first_step_is_the_polar_factor_that_muon_approaches():
    gradient = normal(4, 4)
    u, _, vt = np.linalg.svd(gradient)
    step = -path(fo.Shampoo, gradient[None], np.zeros((4, 4)), lr=1.0, eps=1e-14)[0]
    assert_allclose(step, u @ vt, atol=1e-11)


@pytest.mark.parametrize("optimizer_class", [fo.Muon, fo.MuonRMS, fo.Shampoo, fo.SOAP])
def test_rotating_rows_and_columns_of_the_problem_rotates_the_path(optimizer_class):
    left, right = orthogonal(4, 1), orthogonal(5, 2)
    gradients, start = normal(25, 4, 5), normal(4, 5, seed=3)
    usual = path(optimizer_class, gradients, start, lr=0.1)
    assert_allclose(path(optimizer_class, left @ gradients @ right, left @ start @ right, lr=0.1), left @ usual @ right,
                    rtol=0, atol=1e-10)  # fmt: skip


@pytest.mark.parametrize("optimizer_class", [fo.MuonRMS, fo.Shampoo, fo.SOAP])
def test_transposing_the_problem_transposes_the_path(optimizer_class):
    gradients, start = normal(25, 4, 5), normal(4, 5, seed=3)
    usual = path(optimizer_class, gradients, start, lr=0.1)
    turned = path(optimizer_class, gradients.swapaxes(1, 2), start.T, lr=0.1)
    assert_allclose(turned, usual.swapaxes(1, 2), rtol=0, atol=1e-10)


@pytest.mark.parametrize("scale", [2.0**-30, 2.0**30])
@pytest.mark.parametrize("optimizer_class", [fo.Muon, fo.MuonRMS, fo.SOAP])
def test_steps_do_not_feel_the_scale_of_the_gradient(optimizer_class, scale):
    gradients, start = normal(25, 4, 5), normal(4, 5, seed=3)
    usual = path(optimizer_class, gradients, start, eps=1e-200)
    assert_allclose(path(optimizer_class, scale * gradients, start, eps=1e-200), usual, rtol=0, atol=1e-12)


def test_muon_rms_is_muon_with_another_rate():
    gradients, start = normal(25, 6, 3), normal(6, 3, seed=3)
    rate = 0.2 * 6**0.5 / 2**0.5
    usual = path(fo.Muon, gradients, start, lr=0.1 * rate, weight_decay=0.3 / rate)
    assert_allclose(path(fo.MuonRMS, gradients, start, lr=0.1, weight_decay=0.3), usual, rtol=0, atol=1e-13)


def test_muon_rms_steps_have_about_the_root_mean_square_asked_for():
    for shape in ((64, 16), (16, 64), (32, 32)):
        step = path(fo.MuonRMS, normal(1, *shape), np.zeros(shape), lr=1.0, weight_decay=0.0)[0]
        assert 0.8 * 0.2 < np.sqrt(np.mean(step**2)) < 1.2 * 0.2


@pytest.mark.parametrize("optimizer_class", [fo.Muon, fo.MuonRMS])
def test_muon_moves_vectors_as_adamw_does(optimizer_class):
    gradients, start = normal(25, 5), normal(5, seed=3)
    usual = path(fo.AdamW, gradients, start, lr=0.1, weight_decay=0.3)
    ours = path(optimizer_class, gradients, start, lr=0.1, weight_decay=0.3, eps=1e-8)
    assert_allclose(ours, usual, rtol=0, atol=1e-14)


def test_shampoo_moves_vectors_and_one_by_one_matrices_as_adagrad_does():
    gradients, start = normal(25, 1, 1), normal(1, 1, seed=3)
    usual = path(fo.AdaGrad, gradients, start, lr=0.1, eps=1e-200)
    assert_allclose(path(fo.Shampoo, gradients, start, lr=0.1, eps=1e-200), usual, rtol=0, atol=1e-13)
    flat = path(fo.Shampoo, gradients[:, 0], start[0], lr=0.1, eps=1e-200)
    assert_allclose(flat, usual[:, 0], rtol=0, atol=1e-13)


def test_soap_on_vectors_and_in_axes_of_the_gradient_is_adam_one_step_late():
    options = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-200}
    # ε is nothing, so zeros have to stay zeros: LAPACK turns these diagonal matrices without rounding, not all.
    gradients, start = normal(25, 4, seed=1), normal(4, seed=3)
    late = path(fo.Adam, gradients[1:], start, **options)
    ours = path(fo.SOAP, gradients, start, weight_decay=0.0, **options)
    assert_array_equal(ours[0], start)
    assert_allclose(ours[1:], late, rtol=0, atol=1e-13)
    diagonal = path(fo.SOAP, np.stack([np.diag(g) for g in gradients]), np.diag(start), weight_decay=0.0, **options)
    assert_allclose(diagonal[1:], np.stack([np.diag(p) for p in late]), rtol=0, atol=1e-12)


@EVERY_RULE
def test_tensor_of_three_axes_is_the_matrix_of_its_first_against_the_others(name: str):
    gradients, start = normal(25, 4, 2, 2), normal(4, 2, 2, seed=3)
    whole = path(fo.OPTIMIZERS[name], gradients, start)
    assert_array_equal(
        whole.reshape(25, 4, 4), path(fo.OPTIMIZERS[name], gradients.reshape(25, 4, 4), start.reshape(4, 4))
    )


@EVERY_RULE
def test_step_is_the_same_whatever_the_layout_in_memory(name: str):
    gradients, start = normal(25, 4, 5), normal(4, 5, seed=3)
    usual = path(fo.OPTIMIZERS[name], gradients, start)
    turned = path(fo.OPTIMIZERS[name], gradients.transpose(0, 2, 1).copy().transpose(0, 2, 1), np.asfortranarray(start))
    assert_allclose(turned, usual, rtol=0, atol=1e-12)


@EVERY_RULE
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_lower_precision_follows_float64(name: str, dtype: str):
    gradients, start = normal(15, 4, 4), normal(4, 4, seed=3)
    rough = path(fo.OPTIMIZERS[name], gradients.astype(dtype), start.astype(dtype), lr=1e-2)
    assert rough.dtype == dtype
    assert_allclose(rough, path(fo.OPTIMIZERS[name], gradients, start, lr=1e-2), rtol=0, atol=50 * finfo(dtype).eps)


@EVERY_RULE
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_zero_gradients_move_nothing_but_the_decay(name: str, dtype: str):
    decay = {"weight_decay": 0.0} if "weight_decay" in fo.OPTIMIZERS[name].rule.hyperparameters else {}
    for shape in ((), (3,), (2, 3), (0, 3), (2, 0)):
        start = np.ones(shape, dtype)
        assert_array_equal(path(fo.OPTIMIZERS[name], np.zeros((12, *shape), dtype), start, **decay)[-1], start)


@EVERY_RULE
def test_overflow_in_one_matrix_does_not_stop_the_step_before_the_next(name: str):
    params = [np.ones((2, 3), "float32"), np.ones((2, 3), "float32")]
    optimizer = fo.OPTIMIZERS[name](params)
    for _ in range(12):
        optimizer.step([np.full((2, 3), 1e30, "float32"), normal(2, 3).astype("float32")])
    assert np.isfinite(params[1]).all()
    assert (params[1] != 1).all()
    assert not np.isfinite(params[0]).any() or name.startswith("muon")


@EVERY_RULE
def test_saved_state_resumes_exactly(name: str, tmp_path):
    gradients = histories(SHAPES)["normal"]
    through, stopped = ([p.copy() for p in gradients[0]] for _ in range(2))
    one, two = fo.OPTIMIZERS[name](through), fo.OPTIMIZERS[name](stopped)
    for gradient in gradients[:13]:
        one.step(gradient)
        two.step(gradient)
    two.save(tmp_path / "state.npz")
    resumed = fo.OPTIMIZERS[name](stopped)
    resumed.load(tmp_path / "state.npz")
    for gradient in gradients[13:]:
        one.step(gradient)
        resumed.step(gradient)
    for a, b in zip(through, stopped, strict=True):
        assert_array_equal(a, b)


@EVERY_RULE
def test_rule_changes_no_array_it_is_given(name: str):
    rule = fo.OPTIMIZERS[name].rule
    p, g = normal(3, 4), normal(3, 4, seed=1)
    state = [np.broadcast_to(rule.initial_value(s, p, rule.hyperparameters), p.shape) if s not in rule.initial
             else rule.initial_value(s, p, rule.hyperparameters) for s in rule.state]  # fmt: skip
    for t in (1, 2, 11):
        keywords = rule.hyperparameters | ({"t": t} if "t" in rule.program.keywords else {})
        before = [array.copy() for array in (p, g, *state)]
        p_next, *state_next = rule(p, g, *state, **keywords)
        for array, copy in zip((p, g, *state), before, strict=True):
            assert_array_equal(array, copy)
        p, state = p_next, state_next
