"""What SymPy derives from a rule is what the rule does when it runs."""

import numpy as np
import pytest
import sympy as sp
from numpy.testing import assert_allclose
from sympy.printing.latex import LatexPrinter

import firstorder as fo
from firstorder import derive
from firstorder.reading.parse import symbol


def is_recursion(optimizer, state: str) -> bool:
    """Whether the state is a linear recursion driven by the gradient alone, which starts at 0 or can."""
    try:
        derive.recursion(optimizer, state)
    except ValueError:
        return False
    return isinstance(optimizer.rule.initial.get(state, 0.0), str) or not optimizer.rule.initial.get(state)


#: Every such state: the optimizer and the state's name.
RECURSIONS = [(o, state) for o in fo.OPTIMIZERS.values() for state in o.rule.state if is_recursion(o, state)]
#: The first of each kind: everything else is derived from the recursion alone, and twenty are Adam's m.
DIFFERENT = list({derive.recursion(o, s): (o, s) for o, s in reversed(RECURSIONS)}.values())
EVERY_RECURSION, EVERY_DIFFERENT_RECURSION = (
    pytest.mark.parametrize(("optimizer", "state"), cases, ids=[f"{o.rule.key}-{s}" for o, s in cases])
    for cases in (RECURSIONS, DIFFERENT)
)
GRADIENTS = np.random.default_rng(0).normal(1.0, 1.0, 12)

beta2, momentum, lr = map(symbol, ("beta2", "momentum", "lr"))


def final_state(optimizer, state: str, gradients=GRADIENTS) -> float:
    """The state, from 0, after running the optimizer on one parameter with its default hyperparameters."""
    start = optimizer.rule.initial.get(state)
    opt = optimizer(np.zeros(1), **({start: 0.0} if isinstance(start, str) else {}))
    for gradient in gradients:
        opt.step(np.array([gradient]))
    return float(opt.state[state][0])


def defaults(optimizer) -> dict[sp.Symbol, sp.Rational]:
    """The default hyperparameters, exactly as the run has them.

    Closed forms divide by powers of 1 − β, which floats do not survive.
    """
    return {symbol(name): sp.Rational(value) for name, value in optimizer.rule.hyperparameters.items()}


def evaluate(expr: sp.Expr, optimizer, gradients=GRADIENTS) -> float:
    """`expr` at t = number of gradients, for the default hyperparameters and these gradients."""
    expr = expr.subs(derive.t, len(gradients)).doit()
    given = {derive.g[k]: value for k, value in enumerate(gradients, 1)}
    return float(expr.subs(defaults(optimizer) | given))


def test_states_that_are_recursions_are_taken_for_them_and_others_are_not():
    for optimizer, state in (
        *((fo.Momentum, "b"), (fo.AdaGrad, "G"), (fo.RMSProp, "v"), (fo.CenteredRMSProp, "a"), (fo.Adadelta, "v")),
        *((fo.Adam, "m"), (fo.Adam, "v"), (fo.AdEMAMix, "m2"), (fo.FTRL, "G"), (fo.Yogi, "m"), (fo.Adan, "m")),
        *((fo.Adan, "g_previous"), (fo.ScheduleFreeAdamW, "v"), (fo.Signum, "m"), (fo.AggMo, "b1")),
    ):
        assert (optimizer, state) in RECURSIONS
    for optimizer, state in (
        *((fo.Adadelta, "d"), (fo.DampenedMomentum, "b"), (fo.RMSPropMomentum, "b"), (fo.Rprop, "g_previous")),
        *((fo.Rprop, "s"), (fo.FTRL, "z"), (fo.Adan, "v"), (fo.AdaMax, "u"), (fo.AMSGrad, "v_max"), (fo.Yogi, "v")),
        *((fo.AdaBelief, "s"), (fo.ADOPT, "m"), (fo.ADOPT, "v"), (fo.ScheduleFreeSGD, "z")),
    ):
        assert (optimizer, state) not in RECURSIONS


# ── unrolled = summed = run ─────────────────────────────────────────────────────────────────────────


@EVERY_RECURSION
def test_recursion_is_the_state_of_a_run(optimizer, state):
    a, u = derive.recursion(optimizer, state)
    value, decay = 0.0, float(a.subs(defaults(optimizer)))
    added = sp.lambdify(symbol("g"), u.subs(defaults(optimizer)))
    for gradient in GRADIENTS:
        value = decay * value + added(gradient)
    assert_allclose(value, final_state(optimizer, state), rtol=1e-13)


@EVERY_DIFFERENT_RECURSION
def test_unrolled_state_is_the_state_of_a_run(optimizer, state):
    unrolled = derive.unroll(optimizer, state, len(GRADIENTS))
    assert_allclose(evaluate(unrolled, optimizer), final_state(optimizer, state), rtol=1e-13)


@EVERY_DIFFERENT_RECURSION
def test_closed_form_is_the_unrolled_state(optimizer, state):
    for steps in (1, 2, 5):
        summed = derive.closed_form(optimizer, state).subs(derive.t, steps).doit()
        assert sp.expand(summed - derive.unroll(optimizer, state, steps)) == 0


@EVERY_DIFFERENT_RECURSION
def test_total_weight_is_the_state_under_gradients_of_one(optimizer, state):
    ones = np.ones(12)
    assert_allclose(
        evaluate(derive.total_weight(optimizer, state), optimizer, ones),
        final_state(optimizer, state, ones),
        rtol=1e-13,
    )


@EVERY_DIFFERENT_RECURSION
def test_total_weight_is_the_sum_of_the_weights(optimizer, state):
    weight = derive.weight(optimizer, state)
    for steps in (1, 2, 5):
        summed = sum(weight.subs({derive.t: steps, derive.i: k}) for k in range(1, steps + 1))
        assert sp.simplify(summed - derive.total_weight(optimizer, state).subs(derive.t, steps)) == 0


def test_total_weights_of_adam_are_what_its_rule_divides_by():
    m_hat, sqrt_v_hat = (line.expr for line in fo.Adam.rule.program.lines if line.target.endswith("_hat"))
    step = {symbol("t"): derive.t}
    assert sp.simplify(symbol("m") / m_hat.subs(step) - derive.total_weight(fo.Adam, "m")) == 0
    assert sp.simplify(symbol("v") / sqrt_v_hat.subs(step) ** 2 - derive.total_weight(fo.Adam, "v")) == 0


# ── expectation and age ─────────────────────────────────────────────────────────────────────────────


def test_expectation_under_stationary_gradients_is_the_moment_times_the_total_weight():
    moment = sp.Symbol("moment")
    assert sp.simplify(derive.expectation(fo.Adam, "v", moment) - moment * (1 - beta2**derive.t)) == 0


@EVERY_DIFFERENT_RECURSION
def test_expectation_of_a_moment_that_drifts_is_the_state_of_a_run(optimizer, state):
    moments = 2 + 0.3 * np.arange(1, 13)
    squared = derive.recursion(optimizer, state)[1].has(symbol("g") ** 2)
    expected = derive.expectation(optimizer, state, 2 + sp.Rational(3, 10) * derive.i)
    run = final_state(optimizer, state, np.sqrt(moments) if squared else moments)
    assert_allclose(evaluate(expected, optimizer), run, rtol=1e-12)


def test_linear_drift_attains_the_bound_on_zeta():
    start, delta, t = *sp.symbols("S_0 delta"), derive.t
    expected = derive.expectation(fo.Adam, "v", start + delta * derive.i)
    zeta = expected - derive.total_weight(fo.Adam, "v") * (start + delta * t)
    bound = delta * (beta2 * (1 - beta2**t) / (1 - beta2) - t * beta2**t)
    assert sp.simplify(zeta + bound) == 0


def test_expectation_keeps_a_sum_that_has_no_closed_form():
    moment = sp.Function("S")(derive.i)
    assert derive.expectation(fo.Adam, "v", moment).has(sp.Sum)


@EVERY_DIFFERENT_RECURSION
def test_mean_age_is_the_lag_behind_a_gradient_that_grows_by_one_a_step(optimizer, state):
    weight = derive.weight(optimizer, state).subs(defaults(optimizer))
    age = derive.mean_age(optimizer, state)
    if not weight.has(derive.t):
        assert age == sp.oo
        return
    ages = np.arange(400_000)  # e-folds of the slowest default, 0.9999: forty
    weights = sp.lambdify(derive.i, weight.subs(derive.t, ages.size))(ages.size - ages.astype(float))
    assert_allclose(float(age.subs(defaults(optimizer))), np.average(ages, weights=weights), rtol=1e-6)


# ── one step as a matrix ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("optimizer", [fo.SGD, fo.Momentum, fo.Nesterov], ids=lambda o: o.rule.key)
def test_powers_of_the_iteration_matrix_are_the_run(optimizer):
    curvature, rate = 3.0, 0.1
    matrix = np.array(
        derive.iteration_matrix(optimizer, sp.Float(curvature)).subs(defaults(optimizer) | {lr: rate}), dtype=float
    )
    point = np.array([2.0])
    opt = optimizer(point, lr=rate)
    state = np.array([2.0, *[0.0] * len(optimizer.rule.state)])
    for _ in range(20):
        opt.step(curvature * point)
        state = matrix @ state
        assert_allclose([point[0], *(opt.state[name][0] for name in optimizer.rule.state)], state, atol=1e-13)


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [(fo.SGD, 0.1), (fo.Momentum, 0.001), (fo.Nesterov, 0.001)],
    ids=["sgd", "momentum", "nesterov"],
)
def test_largest_eigenvalue_is_the_rate_of_a_long_run(optimizer, rate):
    """Rates so small that the eigenvalues are real and one dominates: the ratio of two steps tends to it."""
    curvature = 0.8
    matrix = derive.iteration_matrix(optimizer, sp.Float(curvature)).subs(defaults(optimizer) | {lr: rate})
    eigenvalues = np.linalg.eigvals(np.array(matrix, dtype=float))
    assert np.isreal(eigenvalues).all()
    point = np.array([1.0])
    opt = optimizer(point, lr=rate)
    for _ in range(500):
        before = point[0]
        opt.step(curvature * point)
    assert_allclose(point[0] / before, np.abs(eigenvalues).max(), rtol=1e-10)


def test_determinant_of_the_heavy_ball_is_its_momentum():
    assert sp.simplify(derive.iteration_matrix(fo.Momentum, sp.Symbol("h")).det() - momentum) == 0


@pytest.mark.parametrize("optimizer", [fo.SGD, fo.Momentum, fo.Nesterov], ids=lambda o: o.rule.key)
def test_stationary_variance_is_the_fixed_point_of_the_covariance(optimizer):
    """Iterate V ← M V Mᵀ + n nᵀ, with n found by a step on noise alone, until it stands."""
    curvature, rate = 3.0, 0.05
    known = defaults(optimizer) | {lr: rate}
    matrix = np.array(derive.iteration_matrix(optimizer, sp.Float(curvature)).subs(known), dtype=float)
    opt = optimizer(point := np.zeros(1), lr=rate)
    opt.step(np.ones(1))  # from 0, a step on noise 1 moves along n
    n = np.array([point[0], *(opt.state[name][0] for name in optimizer.rule.state)])
    covariance = np.zeros((len(n), len(n)))
    for _ in range(2000):
        covariance = matrix @ covariance @ matrix.T + np.outer(n, n)
    h = sp.Symbol("h", real=True)
    found = derive.stationary_variance(optimizer, h).subs(known | {h: curvature})
    assert_allclose(float(found), covariance[0, 0], rtol=1e-10)


def test_energy_of_the_ball_with_dying_friction_never_rises_on_a_convex_loss():
    """Su, Boyd and Candès: with friction 3/τ, E = τ²δ + 2‖θ + τθ̇/2 − θ*‖² changes by 2τ (δ − f'(θ)(θ − θ*)) ≤ 0."""
    tau, best = sp.Symbol("tau", positive=True), sp.Symbol("best")
    f, where = sp.Function("f"), sp.Function("theta")
    place, velocity = where(tau), where(tau).diff(tau)
    slope = sp.diff(f(place), place)
    energy = tau**2 * (f(place) - f(best)) + 2 * (place + tau / 2 * velocity - best) ** 2
    change = energy.diff(tau).doit().subs(velocity.diff(tau), -3 / tau * velocity - slope).doit()
    assert sp.simplify(change - 2 * tau * (f(place) - f(best) - slope * (place - best))) == 0


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────


def test_unknown_state_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"adam has no state 'b'; it has 'm', 'v'"):
        derive.recursion(fo.Adam, "b")


def test_state_driven_by_another_state_is_refused():
    with pytest.raises(ValueError, match="adadelta: d is not a linear recursion driven by the gradient alone"):
        derive.recursion(fo.Adadelta, "d")


def test_adaptive_rule_has_no_iteration_matrix():
    with pytest.raises(ValueError, match="adam is not linear on a quadratic"):
        derive.iteration_matrix(fo.Adam, sp.Symbol("h"))


@pytest.fixture
def printing():
    """What SymPy writes is put back as it was."""
    before = dict(LatexPrinter._global_settings)
    yield
    LatexPrinter._global_settings.clear()
    LatexPrinter.set_global_settings(**before)


@pytest.mark.usefixtures("printing")
def test_sympy_writes_the_symbols_of_rules_as_the_book_does_when_it_is_asked_to():
    assert sp.latex(sp.Symbol("lr")) == "lr"
    derive.init_printing()
    rate = sp.latex(sp.Symbol("lr", positive=True) / (1 - sp.Symbol("momentum")))
    assert rate == r"\frac{\eta}{1 - \mu}"
    assert sp.latex(derive.total_weight(fo.Momentum, "b")) == r"\frac{\mu^{t} - 1}{\mu - 1}"
    assert sp.latex(sp.Symbol("learning")) == "learning"
    assert str(sp.Symbol("lr")) == "lr"
