"""What is true of the optimizers as mathematics: bounds, limits, invariances, and which contains which."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from samples import ELEMENTWISE

import firstorder as fo

NEGLIGIBLE = 1e-300  # an eps that no gradient in these tests can notice
DTYPES = [np.float16, np.float32, np.float64]
EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer_class", fo.OPTIMIZERS.values(), ids=fo.OPTIMIZERS)

Hyperparameter = float | Callable[[int], float]


def path(
    optimizer_class,
    gradients: Sequence | np.ndarray,
    start: float | np.ndarray = 0.0,
    **options: Hyperparameter,
) -> np.ndarray:
    """The points p_0, …, p_T, one row each, for gradients g_1, …, g_T; parameters of the gradients' dtype."""
    gradients = np.asarray(gradients)
    params = np.empty(gradients.shape[1:], gradients.dtype)
    params[...] = start
    optimizer = optimizer_class(params, **options)
    points = [params.copy()]
    for gradient in gradients:
        optimizer.step(gradient)
        points.append(params.copy())
    return np.stack(points)


def moves(optimizer_class, gradients: Sequence | np.ndarray, **options: Hyperparameter) -> np.ndarray:
    """What each step subtracts, p_{t−1} − p_t, from a start at 0."""
    return -np.diff(path(optimizer_class, gradients, **options), axis=0)


def normal(steps: int = 40, n: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(steps, n))


def constant(value: float, steps: int, dtype: type = np.float64) -> np.ndarray:
    return np.full((steps, 1), value, dtype)


# ── every rule ────────────────────────────────────────────────────────────────────────────────────


#: lr is in what these remember: Rprop's steps start from it, FTRL's z, Schedule-Free's z and weights and LARS's b
#: contain it.
REMEMBERS_LR = {fo.Rprop, fo.FTRL, fo.LARS, fo.ScheduleFreeSGD, fo.ScheduleFreeAdamW}
REMEMBERS_LR |= {fo.DAdaptSGD, fo.DAdaptAdam, fo.Prodigy}  # the sum of their steps contains it too
FORGETS_LR = pytest.mark.parametrize(
    "optimizer_class",
    [c for c in fo.OPTIMIZERS.values() if c not in REMEMBERS_LR],
    ids=[k for k, c in fo.OPTIMIZERS.items() if c not in REMEMBERS_LR],
)


def at_rest(optimizer_class) -> dict[str, float]:
    """The options with which nothing but the gradient moves the parameters: no decay, and (Yogi) no moment at first."""
    still = {"weight_decay": 0.0, "initial_accumulator_value": 0.0}
    return {name: still[name] for name in still if name in optimizer_class.rule.hyperparameters}


@pytest.mark.parametrize("dtype", DTYPES)
@EVERY_OPTIMIZER
def test_zero_gradients_never_move_the_parameters(optimizer_class, dtype):
    # FTRL's parameters are where it has moved them from 0, not where they were.
    start = np.array([0.0] * 4 if optimizer_class is fo.FTRL else [1.0, -2.0, 0.0, 1e-3], dtype)
    points = path(optimizer_class, np.zeros((10, 4), dtype), start, **at_rest(optimizer_class))
    assert_array_equal(points, np.broadcast_to(start, points.shape))


@pytest.mark.parametrize("dtype", DTYPES)
@EVERY_OPTIMIZER
def test_gradients_that_become_zero_leave_the_parameters_finite(optimizer_class, dtype):
    gradients = np.concatenate([np.array([[1.0, -1e-4, 0.0]] * 3, dtype), np.zeros((200, 3), dtype)])
    assert np.isfinite(path(optimizer_class, gradients, 1.0)).all()


@EVERY_OPTIMIZER
def test_mirrored_gradients_mirror_the_path(optimizer_class):
    gradients = normal()
    options = at_rest(optimizer_class)
    mirrored = path(optimizer_class, -gradients, **options)
    assert_array_equal(mirrored, -path(optimizer_class, gradients, **options))


# A norm or a mean of a tensor couples its coordinates. Rules of matrices take vectors element by element.
@pytest.mark.parametrize(
    "optimizer_class",
    [*ELEMENTWISE.values(), fo.Muon, fo.MuonRMS, fo.Shampoo, fo.SOAP, fo.SM3],
    ids=[*ELEMENTWISE, "muon", "muon_rms", "shampoo", "soap", "sm3"],
)
def test_each_coordinate_moves_as_if_it_were_alone(optimizer_class):
    gradients, start = normal(n=5), normal(n=5, seed=1)[0]
    alone = [path(optimizer_class, gradients[:, [i]], start[[i]]) for i in range(5)]
    assert_array_equal(path(optimizer_class, gradients, start), np.concatenate(alone, axis=1))


@FORGETS_LR
def test_a_learning_rate_of_zero_moves_nothing_but_still_remembers(optimizer_class):
    gradients, params = normal(), np.ones(8)
    still = optimizer_class(params, lr=0.0)
    moving = optimizer_class(np.ones(8))
    for gradient in gradients:
        still.step(gradient)
        moving.step(gradient)
    assert_array_equal(params, np.ones(8))
    for name in moving.rule.state:
        assert_array_equal(still.state[name], moving.state[name])


@EVERY_OPTIMIZER
def test_the_first_step_goes_against_the_gradient(optimizer_class):
    gradient = normal(steps=1)
    if optimizer_class in (fo.ADOPT, fo.SOAP):  # the first step only sets the second moment, or the bases
        gradient = np.concatenate([gradient, gradient])
    assert (np.sign(moves(optimizer_class, gradient)[-1]) == np.sign(gradient[-1])).all()


@pytest.mark.parametrize(
    "optimizer_class", [c for c in fo.OPTIMIZERS.values() if c not in (*REMEMBERS_LR, fo.LAMB, fo.Adafactor)]
)
def test_a_change_of_learning_rate_scales_the_very_next_step(optimizer_class):
    # No rule here keeps lr in its state arrays, or moves by a share of the parameters: half the rate from step 11 on
    # is half of each move from step 11 on.
    gradients = normal()
    usual = moves(optimizer_class, gradients, lr=0.5, **at_rest(optimizer_class))
    halved = moves(optimizer_class, gradients, lr=lambda t: 0.5 if t < 11 else 0.25, **at_rest(optimizer_class))
    assert_array_equal(halved[:10], usual[:10])
    assert_allclose(halved[10:], usual[10:] / 2, rtol=0, atol=1e-14 * np.abs(usual).sum())


# ── momentum ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("optimizer_class", [fo.Momentum, fo.Nesterov])
def test_without_momentum_it_is_gradient_descent(optimizer_class):
    assert_array_equal(path(optimizer_class, normal(), lr=0.1, momentum=0.0), path(fo.SGD, normal(), lr=0.1))


def test_momentum_is_the_sum_of_all_gradients_weighted_by_their_age():
    gradients, mu = normal(), 0.8
    ages = np.arange(len(gradients))[::-1, None]
    params = np.zeros(8)
    optimizer = fo.Momentum(params, momentum=mu)
    for gradient in gradients:
        optimizer.step(gradient)
    assert_allclose(optimizer.state["b"], (mu**ages * gradients).sum(axis=0), rtol=1e-13)


def test_momentum_multiplies_a_constant_gradient_by_a_geometric_series():
    steps, mu = moves(fo.Momentum, constant(0.7, 60), lr=0.1, momentum=0.9)[:, 0], 0.9
    assert_allclose(steps, 0.1 * 0.7 * (1 - mu ** np.arange(1, 61)) / (1 - mu), rtol=1e-12)


def test_nesterov_is_momentum_one_step_ahead_on_a_constant_gradient():
    options = {"lr": 0.1, "momentum": 0.9}
    ahead, behind = (
        moves(fo.Nesterov, constant(0.7, 30), **options),
        moves(fo.Momentum, constant(0.7, 31), **options),
    )
    assert_allclose(ahead, behind[1:], rtol=1e-12)


def test_nesterov_is_sutskevers_look_ahead_on_a_quadratic():
    # The gradient of x²/2 is taken at θ + μv in the paper's variables, at the parameters themselves in ours.
    lr, mu = 0.1, 0.9
    params, theta, velocity = np.array([3.0]), 3.0, 0.0
    optimizer = fo.Nesterov(params, lr=lr, momentum=mu)
    for _ in range(50):
        velocity = mu * velocity - lr * (theta + mu * velocity)
        theta += velocity
        optimizer.step(params.copy())
        assert params[0] == pytest.approx(theta + mu * velocity, abs=1e-14)


# ── AdaGrad ───────────────────────────────────────────────────────────────────────────────────────


def test_adagrad_never_steps_further_than_lr():
    gradients = normal() * 10.0 ** np.arange(-6, 2)
    assert np.abs(moves(fo.AdaGrad, gradients, lr=0.1)).max() <= 0.1 * (1 + 1e-14)


def test_adagrad_slows_down_with_the_root_of_time_on_a_constant_gradient():
    steps = moves(fo.AdaGrad, constant(0.7, 100), lr=0.1, eps=NEGLIGIBLE)[:, 0]
    assert_allclose(steps, 0.1 / np.sqrt(np.arange(1, 101)), rtol=1e-11)


def test_adagrad_that_begins_with_a_sum_continues_the_run_that_gathered_it():
    gradients = np.concatenate([constant(0.7, 5), normal(n=1)])
    whole = moves(fo.AdaGrad, gradients, lr=0.1)[5:]
    resumed = moves(fo.AdaGrad, gradients[5:], lr=0.1, initial_accumulator_value=5 * 0.7**2)
    assert_allclose(resumed, whole, rtol=0, atol=1e-15)


# ── RMSProp ───────────────────────────────────────────────────────────────────────────────────────


def test_rmsprop_without_memory_is_the_sign_of_the_gradient():
    gradients = normal()
    assert_allclose(
        moves(fo.RMSProp, gradients, lr=0.1, alpha=0.0, eps=NEGLIGIBLE), 0.1 * np.sign(gradients), atol=1e-15
    )


def test_rmsprop_with_endless_memory_is_adagrad():
    # v → (1−α) G, so √(1−α) of the rate makes up for it.
    gradients, rest = normal(), 2.0**-40
    endless = path(fo.RMSProp, gradients, lr=0.1 * np.sqrt(rest), alpha=1 - rest, eps=NEGLIGIBLE)
    assert_allclose(endless, path(fo.AdaGrad, gradients, lr=0.1, eps=NEGLIGIBLE), rtol=0, atol=1e-10)


def test_rmsprop_step_is_bounded_and_a_gradient_after_silence_reaches_the_bound():
    gradients = np.concatenate([np.zeros((20, 3)), [[1e-3, 1.0, 1e6]], normal(n=3)])
    steps = np.abs(moves(fo.RMSProp, gradients, lr=0.1, alpha=0.9, eps=NEGLIGIBLE))
    bound = 0.1 / np.sqrt(1 - 0.9)
    assert_allclose(steps[20], bound, rtol=1e-14)
    assert steps.max() <= bound * (1 + 1e-14)


def test_centred_rmsprop_never_steps_shorter_than_rmsprop():
    # Its denominator is the standard deviation, which the root mean square exceeds by the mean.
    gradients = normal()
    centred, plain = (np.abs(moves(rule, gradients, lr=0.1)) for rule in (fo.CenteredRMSProp, fo.RMSProp))
    assert (centred >= plain).all()


def test_centred_rmsprop_with_opposite_gradients_in_turn_steps_as_rmsprop_but_for_the_mean_of_the_last():
    # The mean of …, 1, −1, 1 with weights α^age is (1−α)/(1+α), small as α → 1; the mean square is 1.
    alpha, gradients = 0.9, np.resize([1.0, -1.0], (401, 1))
    last = moves(fo.CenteredRMSProp, gradients, lr=0.1, alpha=alpha, eps=NEGLIGIBLE)[-1]
    assert_allclose(last, 0.1 / np.sqrt(1 - ((1 - alpha) / (1 + alpha)) ** 2), rtol=1e-12)


def test_centred_rmsprop_speeds_up_on_a_constant_gradient():
    # Only the start at zero is left of the variance: α^t (1 − α^t) g².
    alpha, remaining = 0.9, 0.9 ** np.arange(1, 31)
    steps = moves(fo.CenteredRMSProp, constant(0.7, 30), lr=0.1, alpha=alpha, eps=NEGLIGIBLE)[:, 0]
    assert_allclose(steps, 0.1 / np.sqrt(remaining * (1 - remaining)), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_centred_rmsprop_stays_finite_when_rounding_makes_the_variance_negative(dtype):
    gradients = constant(1.7, 300, dtype)
    v = a = dtype(0)
    alpha = dtype(0.5)
    variances = []
    for gradient in gradients[:, 0]:
        v, a = alpha * v + (1 - alpha) * gradient**2, alpha * a + (1 - alpha) * gradient
        variances.append(v - a**2)
    assert min(variances) < 0
    assert np.isfinite(path(fo.CenteredRMSProp, gradients, alpha=0.5)).all()


# ── Adadelta ──────────────────────────────────────────────────────────────────────────────────────


def test_adadelta_first_step_has_only_eps_for_its_numerator():
    gradient, rho, eps = normal(steps=1), 0.9, 1e-6
    expected = np.sqrt(eps) * gradient / np.sqrt((1 - rho) * gradient**2 + eps)
    assert_allclose(moves(fo.Adadelta, gradient, lr=1.0, rho=rho, eps=eps), expected, rtol=1e-13)


def test_adadelta_does_not_feel_the_scale_of_the_gradient():
    # Up to eps beside v ≥ (1−ρ)g²: with |g| ≥ 1, a relative 1e-6 / 0.1 / 2 in each root.
    gradients = normal() + np.sign(normal())
    steps, scaled = (moves(fo.Adadelta, scale * gradients, lr=1.0, rho=0.9, eps=1e-6) for scale in (1.0, 1e3))
    assert_allclose(scaled, steps, rtol=2e-5)


def test_adadelta_averages_its_steps_before_lr_scales_them():
    gradients = normal()
    whole, tenth = moves(fo.Adadelta, gradients, lr=1.0), moves(fo.Adadelta, gradients, lr=0.1)
    assert_allclose(tenth, whole / 10, rtol=0, atol=1e-16)


# ── Adam ──────────────────────────────────────────────────────────────────────────────────────────


def test_bias_correction_makes_the_first_step_equal_lr():
    gradient = np.array([[1e-2, -1e-2, 1.0, -30.0, 1e6]])
    assert_allclose(moves(fo.Adam, gradient, lr=0.1, eps=1e-8), 0.1 * np.sign(gradient), rtol=1.1e-6)


def test_the_first_step_falls_short_of_lr_by_eps_beside_the_gradient():
    gradient = np.array([[1e-8, 1e-6, 1e-4, 1.0]])
    assert_allclose(moves(fo.Adam, gradient, lr=0.1, eps=1e-8), 0.1 * gradient / (gradient + 1e-8), rtol=1e-13)


def test_without_bias_correction_the_first_step_is_three_times_lr():
    first = moves(fo.Adam.uncorrected, [[1.0, -50.0]], lr=0.1, beta1=0.9, beta2=0.999, eps=NEGLIGIBLE)
    assert_allclose(np.abs(first), 0.1 * (1 - 0.9) / np.sqrt(1 - 0.999), rtol=1e-12)


@pytest.mark.parametrize("corrected_class", [fo.Adam, fo.AdamW])
def test_bias_correction_is_a_factor_that_fades(corrected_class):
    options = {"beta1": 0.9, "beta2": 0.99, "eps": NEGLIGIBLE} | at_rest(corrected_class)
    gradients, t = normal(steps=2000, n=1), np.arange(1, 2001)[:, None]
    corrected, uncorrected = (
        moves(rule, gradients, lr=1.0, **options) for rule in (corrected_class, corrected_class.uncorrected)
    )
    factor = (1 - 0.9**t) / np.sqrt(1 - 0.99**t)
    assert_allclose(uncorrected, factor * corrected, rtol=0, atol=1e-12)
    assert abs(factor[-1, 0] - 1) < 1e-8


def test_adam_steps_by_exactly_lr_on_a_constant_gradient():
    steps = moves(fo.Adam, constant(-3.0, 200), lr=0.125, eps=NEGLIGIBLE)
    assert_allclose(steps, -0.125, rtol=1e-12)


def test_adam_with_eps_hat_is_adam_with_eps_times_the_root_of_the_correction():
    # Section 2 of the paper: both corrections moved into the rate, and ε̂ = √(1 − β₂ᵗ) ε.
    beta1, beta2, lr, eps = 0.9, 0.999, 0.1, 0.5

    def rate(t: int) -> float:
        return lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)

    def eps_hat(t: int) -> float:
        return np.sqrt(1 - beta2**t) * eps

    rearranged = path(fo.Adam.uncorrected, normal(), lr=rate, beta1=beta1, beta2=beta2, eps=eps_hat)
    usual = path(fo.Adam, normal(), lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    assert_allclose(rearranged, usual, rtol=0, atol=1e-14)


def test_adam_without_correction_and_first_moment_is_rmsprop():
    options = {"lr": 0.1, "eps": 1e-3}
    reduced = path(fo.Adam.uncorrected, normal(), beta1=0.0, beta2=0.9, **options)
    assert_allclose(reduced, path(fo.RMSProp, normal(), alpha=0.9, **options), rtol=0, atol=1e-15)


def test_adam_without_memory_is_the_sign_of_the_gradient():
    gradients = normal()
    steps = moves(fo.Adam, gradients, lr=0.1, beta1=0.0, beta2=0.0, eps=NEGLIGIBLE)
    assert_allclose(steps, 0.1 * np.sign(gradients), rtol=0, atol=1e-15)


def test_adam_with_endless_second_memory_and_a_falling_rate_is_adagrad():
    # Section 5 of the paper: β₁ = 0, β₂ → 1, rate lr/√t; then v̂_t → G_t / t.
    gradients = normal()
    limit = path(fo.Adam, gradients, lr=lambda t: 0.1 / np.sqrt(t), beta1=0.0, beta2=1 - 2.0**-30, eps=NEGLIGIBLE)
    assert_allclose(limit, path(fo.AdaGrad, gradients, lr=0.1, eps=NEGLIGIBLE), rtol=0, atol=1e-6)


@pytest.mark.parametrize("scale", [2.0**-60, 2.0**-3, 2.0**40])
@pytest.mark.parametrize(
    "optimizer_class",
    [
        *(fo.AdaGrad, fo.RMSProp, fo.CenteredRMSProp, fo.RMSPropMomentum, fo.Adam, fo.Adam.uncorrected, fo.AdamW),
        *(fo.Grams, fo.QHAdam, fo.AdEMAMix, fo.NAdamConstant, fo.NAdam, fo.Adan),
        *(fo.AdaMax, fo.AMSGrad, fo.AMSGradCorrected, fo.AdaBelief, fo.ScheduleFreeAdamW),
    ],
)
def test_adaptive_rates_do_not_feel_the_scale_of_the_gradient(optimizer_class, scale):
    # Powers of two scale every intermediate result without rounding, so the paths are equal to the last bit.
    gradients = normal()
    usual, scaled = (path(optimizer_class, s * gradients, 1.0, eps=NEGLIGIBLE) for s in (1.0, scale))
    assert_array_equal(scaled, usual)


@pytest.mark.parametrize(
    "optimizer_class", [fo.SGD, fo.Momentum, fo.Nesterov, fo.DampenedMomentum, fo.AggMo, fo.QHM, fo.ScheduleFreeSGD]
)
def test_gradient_descent_and_momentum_are_linear_in_the_gradient(optimizer_class):
    first, second = normal(), normal(seed=1)
    combined = path(optimizer_class, 2 * first - second, lr=0.1)
    separate = 2 * path(optimizer_class, first, lr=0.1) - path(optimizer_class, second, lr=0.1)
    assert_allclose(combined, separate, rtol=0, atol=1e-13)


def adam_bound(t: int, beta1: float, beta2: float) -> float:
    """The largest |m̂| / √v̂ that t gradients can give: by Cauchy and Schwarz, the root of Σ w_i² / u_i.

    w and u are the normalised weights of the gradients in m̂ and of their squares in v̂.
    """
    ages = np.arange(t)
    w, u = beta1**ages / (beta1**ages).sum(), beta2**ages / (beta2**ages).sum()
    return float(np.sqrt((w**2 / u).sum()))


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.9, 0.99), (0.5, 0.9), (0.0, 0.9)])
def test_adam_step_stays_below_the_cauchy_schwarz_bound_which_growing_gradients_reach(beta1, beta2):
    steps = 400
    growing = (beta1 / beta2) ** np.arange(steps)[::-1, None] if beta1 else np.eye(steps)[:, [-1]]
    gradients = np.concatenate([growing, normal(steps), normal(steps) ** 9], axis=1)
    relative = np.abs(moves(fo.Adam, gradients, lr=1.0, beta1=beta1, beta2=beta2, eps=NEGLIGIBLE))
    bounds = np.array([adam_bound(t, beta1, beta2) for t in range(1, steps + 1)])
    assert (relative <= bounds[:, None] * (1 + 1e-11)).all()
    assert relative[-1, 0] == pytest.approx(bounds[-1], rel=1e-11)


def test_adam_step_after_long_silence_is_that_of_the_papers_sparsest_case():
    # Section 2.1 of the paper: one gradient among zeros steps by lr (1−β₁)/√(1−β₂), the corrections being 1.
    beta1, beta2 = 0.9, 0.99
    gradients = np.zeros((4000, 1))
    gradients[-1] = 1e-3
    last = moves(fo.Adam, gradients, lr=0.1, beta1=beta1, beta2=beta2, eps=NEGLIGIBLE)[-1]
    assert_allclose(last, 0.1 * (1 - beta1) / np.sqrt(1 - beta2), rtol=1e-12)


# ── AdamW ─────────────────────────────────────────────────────────────────────────────────────────


def test_adamw_without_decay_is_adam():
    start = normal(seed=1)[0]
    assert_allclose(
        path(fo.AdamW, normal(), start, weight_decay=0.0), path(fo.Adam, normal(), start), rtol=0, atol=1e-15
    )


def test_adamw_without_gradient_shrinks_the_parameters_geometrically():
    points = path(fo.AdamW, np.zeros((50, 1)), 2.0, lr=0.1, weight_decay=0.3)[:, 0]
    assert_allclose(points, 2.0 * (1 - 0.1 * 0.3) ** np.arange(51), rtol=1e-14)


def test_adamw_decays_by_the_same_factor_whatever_the_gradient():
    # The moments never see the decay: two starts come closer by 1 − lr·λ a step under any common gradient.
    gradients = normal() * 10.0 ** np.arange(-4, 4)
    apart = path(fo.AdamW, gradients, 2.0, lr=0.1, weight_decay=0.3) - path(
        fo.AdamW, gradients, 1.0, lr=0.1, weight_decay=0.3
    )
    assert_allclose(apart, np.broadcast_to((0.97 ** np.arange(41))[:, None], apart.shape), rtol=0, atol=1e-14)


# ── which contains which ──────────────────────────────────────────────────────────────────────────

ADAM = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3}
DECAYED = {"beta1": 0.0, "weight_decay": 0.3}
EXACT = {"rtol": 0, "atol": 1e-13}


def balls(momentum: float) -> dict[str, float]:
    return {"lr": 0.1} | {f"momentum{k}": momentum for k in (1, 2, 3)}


@pytest.mark.parametrize(
    ("general", "options", "special", "its_options"),
    [
        (fo.DampenedMomentum, {"lr": 0.1, "dampening": 0.0}, fo.Momentum, {"lr": 0.1}),
        (fo.AggMo, balls(0.8), fo.Momentum, {"lr": 0.1, "momentum": 0.8}),
        (fo.AggMo, balls(0.0), fo.SGD, {"lr": 0.1}),
        (fo.QHM, {"lr": 0.1, "nu": 0.0}, fo.SGD, {"lr": 0.1}),
        (fo.QHM, {"lr": 0.1, "momentum": 0.8, "nu": 0.8}, fo.Nesterov, {"lr": 0.02, "momentum": 0.8}),
        (fo.QHM, {"lr": 0.1, "momentum": 0.8, "nu": 1.0}, fo.Momentum, {"lr": 0.02, "momentum": 0.8}),
        (fo.Signum, {"lr": 0.1, "momentum": 0.0}, fo.SignSGD, {"lr": 0.1}),
        (fo.Lion, {"lr": 0.1, "beta1": 0.0, "weight_decay": 0.0}, fo.SignSGD, {"lr": 0.1}),
        (fo.RMSPropMomentum, {"lr": 0.1, "momentum": 0.0}, fo.RMSProp, {"lr": 0.1}),
        (fo.FullyDecoupledAdamW, ADAM | {"weight_decay": 0.03, "lr_max": 0.1}, fo.AdamW, ADAM | {"weight_decay": 0.3}),
        (fo.QHAdam, ADAM | {"nu1": 1.0, "nu2": 1.0}, fo.Adam, ADAM),
        (fo.AdEMAMix, ADAM | {"mixing": 0.0}, fo.Adam, ADAM),
        (fo.NAdam, ADAM | {"momentum_decay": 1e6}, fo.NAdamConstant, ADAM),
        (fo.NAdamConstant, ADAM | {"beta1": 0.0}, fo.Adam, ADAM | {"beta1": 0.0}),
        (fo.Adan, {"lr": 0.1, "beta1": 0.8, "beta2": 0.0, "beta3": 0.95, "eps": 1e-3}, fo.Adam, ADAM),
        (fo.AMSGrad.uncorrected, ADAM, fo.AMSGradCorrected.uncorrected, ADAM),
        (fo.ScheduleFreeSGD, {"lr": 0.1, "momentum": 0.0}, fo.SGD, {"lr": 0.1}),
        (fo.ScheduleFreeAdamW, ADAM | DECAYED, fo.AdamW, ADAM | DECAYED),
    ],
)
def test_general_rule_contains_the_special_one(general, options, special, its_options):
    start = normal(seed=1)[0]
    contained = path(special, normal(), start, **its_options)
    assert_allclose(path(general, normal(), start, **options), contained, **EXACT)


def test_ftrl_without_penalties_and_beta_is_adagrad_without_eps():
    start = normal(seed=1)[0]
    ours = path(fo.FTRL, normal(), start, lr=0.1, beta=0.0)
    assert_allclose(ours, path(fo.AdaGrad, normal(), start, lr=0.1, eps=0.0), **EXACT)


def test_ftrl_keeps_parameters_at_exactly_zero_until_the_gradients_exceed_the_penalty():
    gradients = constant(0.1, 12)
    points = path(fo.FTRL, gradients, lr=0.5, lambda1=0.55)[:, 0]
    assert (points[:6] == 0).all()
    assert (points[6:] < 0).all()


def test_without_bias_correction_amsgrad_never_lets_a_rate_grow():
    for optimizer_class in (fo.AMSGrad.uncorrected, fo.AMSGradCorrected):
        gradients = normal(200) * np.linspace(2, 0.01, 200)[:, None]
        params = np.zeros(8)
        optimizer = optimizer_class(params)
        largest = []
        for gradient in gradients:
            optimizer.step(gradient)
            largest.append(optimizer.state["v_max"].copy())
        assert (np.diff(largest, axis=0) >= 0).all()


def test_adamax_first_step_is_lr_for_every_gradient():
    gradient = normal(steps=1)
    steps = moves(fo.AdaMax, gradient, lr=0.1, eps=NEGLIGIBLE)
    assert_allclose(steps, 0.1 * np.sign(gradient), rtol=1e-14)


def test_radam_is_momentum_with_correction_until_six_gradients_are_known_and_adam_in_the_end():
    gradients = normal(12000, n=2)
    options = {"lr": 0.1, "beta1": 0.8, "eps": NEGLIGIBLE}
    mean = np.array([(0.8 ** np.arange(t)[::-1, None] * gradients[:t]).sum(axis=0) for t in range(1, 7)])
    mean /= (1 - 0.8 ** np.arange(1, 7))[:, None] / 0.2
    steps = moves(fo.RAdam, gradients, **options)
    assert_allclose(steps[:5], 0.1 * mean[:5], rtol=1e-12)
    assert not np.isclose(steps[5], 0.1 * mean[5]).any()
    assert_allclose(steps[-1], moves(fo.Adam, gradients, **options)[-1], rtol=1e-2)


def test_adabound_with_bounds_that_have_met_is_dampened_momentum_from_zero():
    steps = moves(fo.AdaBound, normal(), lr=1e-3, beta1=0.8, final_lr=0.1, gamma=1e15)
    assert_allclose(steps, moves(fo.QHM, normal(), lr=0.1, momentum=0.8, nu=1.0), rtol=0, atol=1e-13)


def test_adabound_with_bounds_far_apart_is_adam():
    options = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95}
    steps = moves(fo.AdaBound, normal(), eps=NEGLIGIBLE, gamma=1e-12, **options)
    assert_allclose(steps, moves(fo.Adam, normal(), eps=NEGLIGIBLE, **options), **EXACT)


def test_yogi_with_rising_gradients_is_adam_but_for_the_pull_of_v_itself():
    # Where g² > v, Yogi adds (1−β₂) g² and Adam (1−β₂) (g² − v); so Yogi's v is the larger, its step the shorter.
    gradients = 1.5 ** np.arange(30)[:, None]
    still = {"lr": 0.1, "eps": NEGLIGIBLE}
    yogi = moves(fo.Yogi, gradients, initial_accumulator_value=0.0, **still)
    assert (yogi[1:] < moves(fo.Adam, gradients, **still)[1:]).all()


def test_adabelief_takes_long_steps_where_gradients_are_as_expected():
    steps = moves(fo.AdaBelief, constant(0.7, 200), lr=0.1)[:, 0]
    assert steps[-1] > 5 * moves(fo.Adam, constant(0.7, 200), lr=0.1)[-1, 0]


def test_sophia_takes_newtons_step_where_curvature_is_known_and_the_sign_where_it_is_not():
    curvature, params = np.array([4.0, 100.0, 0.0, -3.0]), np.array([1.0, -0.5, 2.0, 2.0])
    optimizer = fo.Sophia(params, lr=1.0, beta1=0, curvature_weight=1, weight_decay=0)
    optimizer.state["h"][...] = curvature
    optimizer.step(np.array([4.0, -50.0, 7.0, -7.0]))
    np.testing.assert_allclose(params, [0.0, 0.0, 1.0, 3.0], atol=1e-15)


def test_adopt_first_step_only_sets_the_second_moment_and_the_second_is_clipped_at_one():
    gradients = np.array([[0.1, 1.0], [5.0, 0.5]])
    params = np.ones(2)
    optimizer = fo.ADOPT(params, lr=0.1, beta1=0.9)
    optimizer.step(gradients[0])
    assert_array_equal(params, np.ones(2))
    assert_array_equal(optimizer.state["v"], gradients[0] ** 2)
    optimizer.step(gradients[1])
    assert_allclose(1 - params, 0.1 * 0.1 * np.array([1.0, 0.5]), rtol=1e-13)


def test_grams_has_the_size_of_adam_and_the_sign_of_the_gradient():
    steps, adam = moves(fo.Grams, normal(), **ADAM), moves(fo.Adam, normal(), **ADAM)
    assert_allclose(np.abs(steps), np.abs(adam), **EXACT)
    assert_array_equal(np.sign(steps), np.sign(normal()))


@pytest.mark.parametrize("optimizer_class", [fo.SignSGD, fo.Signum, fo.Lion])
def test_sign_methods_move_every_parameter_by_lr(optimizer_class):
    steps = np.abs(moves(optimizer_class, normal() * 10.0 ** np.arange(-4, 4), lr=0.1, **at_rest(optimizer_class)))
    assert_allclose(steps, 0.1, rtol=1e-13)


def test_rprop_does_not_feel_the_size_of_the_gradient():
    assert_array_equal(path(fo.Rprop, normal()), path(fo.Rprop, np.sign(normal())))


def test_schedule_free_evaluates_the_mean_of_the_points_that_descended():
    gradients, momentum = normal(), 0.8
    params = np.zeros(8)
    optimizer = fo.ScheduleFreeSGD(params, lr=0.1, momentum=momentum)
    descended = []
    for gradient in gradients:
        optimizer.step(gradient)
        descended.append(optimizer.state["z"].copy())
        evaluated = (params - (1 - momentum) * optimizer.state["z"]) / momentum
        assert_allclose(evaluated, np.mean(descended, axis=0), **EXACT)
    assert_allclose(descended, path(fo.SGD, gradients, lr=0.1)[1:], **EXACT)


def test_fully_decoupled_decay_depends_on_the_schedule_alone():
    # Ten times the rate and the largest rate: the same decay. Half of the rate alone: half of it.
    def decayed(lr: float, lr_max: float) -> float:
        options = {"lr": lr, "lr_max": lr_max, "weight_decay": 0.1}
        return path(fo.FullyDecoupledAdamW, np.zeros((1, 1)), 1.0, **options)[-1, 0]

    assert decayed(0.01, 0.01) == decayed(0.1, 0.1) == 0.9
    assert decayed(0.05, 0.1) == 0.95


def test_ademamix_schedules_are_functions_of_t():
    steps, final = 20, 5.0
    usual = path(fo.AdEMAMix, normal(steps), mixing=final)
    warmed = path(fo.AdEMAMix, normal(steps), mixing=lambda t: min(t / 10, 1.0) * final)
    assert not np.array_equal(warmed[1:10], usual[1:10])
    assert_allclose(np.diff(warmed[10:], axis=0), np.diff(usual[10:], axis=0), **EXACT)
