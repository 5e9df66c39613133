r"""The book's symbolic derivations: what SymPy proves of a rule, from the program that runs.

The state of most optimizers is a linear recursion, s_t = a s_{t-1} + u(g_t), started at zero. `recursion` reads
a and u from the rule, `unroll` runs it symbol by symbol, `closed_form` sums it, `total_weight` sums the
geometric series of its weights, which is what bias correction divides by, and `expectation` is the state's mean.

After `derive.init_printing()` SymPy writes the rules' symbols in LaTeX as the book does: `lr` as η, `momentum` as μ.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from .reading.parse import symbol
from .reading.tex import SYMBOLS
from .resolve import OptimizerLike, rule_of
from .rules import Rule

#: The step, the index of a past step (positive integers), and the gradients g_1, g_2, ...
t, i = sp.symbols("t i", integer=True, positive=True)
g = sp.IndexedBase("g", real=True)


class _Names(dict[sp.Symbol, str]):
    """How symbols are written, by their names and whatever is assumed of them."""

    def get(self, key: sp.Symbol, default: Any = None) -> Any:
        return SYMBOLS.get(key.name, default)


def init_printing() -> None:
    """Let SymPy write the rules' symbols as the book does, in this process, as `sympy.init_printing` sets its own ways.

    Nothing is changed before it is called: whoever imports this package may have symbols named `lr` or `p`.
    """
    LatexPrinter.set_global_settings(symbol_names=_Names())


def recursion(of: OptimizerLike, state: str) -> tuple[sp.Expr, sp.Expr]:
    """(a, u) of the recursion s_t = a s_{t-1} + u(g_t) that the rule's line for `state` is.

    u is an expression in the rule's symbol for the gradient. Raises ValueError if the line is not linear in the
    state, or reads the parameter, another state or the step.
    """
    rule = rule_of(of, "of")
    if state not in rule.state:
        raise ValueError(f"{rule.key} has no state {state!r}; it has {', '.join(map(repr, rule.state)) or 'none'}")
    if not rule.program.lines:
        raise ValueError(f"{rule.key}: its body is not read, so nothing is known of {state}")
    s = symbol(state)
    line = rule.program.expression(state)
    a, u = sp.diff(line, s), line.subs(s, 0)
    read = (*rule.program.arrays, *rule.program.scalars, "t")
    others = {symbol(n) for n in read} - {symbol(rule.program.arrays[1])}
    if (a.free_symbols | u.free_symbols) & others or sp.expand(line - a * s - u) != 0:
        raise ValueError(
            f"{rule.key}: {state} is not a linear recursion driven by the gradient alone: {state} = {line}"
        )
    return sp.simplify(a), u


def _input(rule: Rule, u: sp.Expr, index: Any) -> sp.Expr:
    return u.subs(symbol(rule.program.arrays[1]), g[index])


def unroll(of: OptimizerLike, state: str, steps: int) -> sp.Expr:
    """The state after `steps` steps from zero, by running the rule's line on the symbols g_1, ..., g_steps."""
    rule = rule_of(of, "of")
    a, u = recursion(rule, state)
    terms: list[sp.Expr] = []
    for k in range(1, steps + 1):
        terms = [a * term for term in terms] + [_input(rule, u, k)]
    return sp.Add(*terms)


def _coefficient(rule: Rule, state: str) -> sp.Expr:
    _, u = recursion(rule, state)
    return sp.simplify(u.as_independent(symbol(rule.program.arrays[1]))[0])


def weight(of: OptimizerLike, state: str) -> sp.Expr:
    """The weight of step i's contribution in the state at step t: the coefficient of u times a^(t-i)."""
    rule = rule_of(of, "of")
    a, _ = recursion(rule, state)
    return _coefficient(rule, state) * a ** (t - i)


def closed_form(of: OptimizerLike, state: str) -> sp.Sum:
    """The state at step t as a sum over all gradients: the recursion, solved."""
    rule = rule_of(of, "of")
    a, u = recursion(rule, state)
    return sp.Sum(a ** (t - i) * _input(rule, u, i), (i, 1, t))


def total_weight(of: OptimizerLike, state: str) -> sp.Expr:
    """The sum of the weights, steps 1 to t: the geometric series."""
    return expectation(of, state, sp.Integer(1))


def expectation(of: OptimizerLike, state: str, moment: sp.Expr) -> sp.Expr:
    """E[s_t] when step i's contribution has the expectation `moment`, which may depend on `derive.i`.

    Where it does not, the gradients are stationary and the answer is `total_weight` times it. Where SymPy cannot
    sum it (an undefined function of i), the sum stays.
    """
    rule = rule_of(of, "of")
    a, _ = recursion(rule, state)
    coefficient = _coefficient(rule, state)
    if a == 0:  # only the last step's contribution is kept
        return sp.simplify(coefficient * moment.subs(i, t))
    r = sp.Dummy("r", positive=True) if a.is_Symbol else a  # SymPy sums powers of what it knows to be positive
    constant, term = (coefficient * r ** (t - i) * moment).as_independent(i, as_Add=False)
    # The other pieces are single values of a, such as a = 1, where the geometric series is arithmetic.
    total = sp.summation(term, (i, 1, t)).replace(sp.Piecewise, lambda *pieces: pieces[-1][0])
    return sp.simplify((constant * total).subs(r, a))


def mean_age(of: OptimizerLike, state: str) -> sp.Expr:
    """The mean age t - i of a contribution, by weight, for t → ∞: the lag of a moving average, in steps.

    Infinite for a sum that forgets nothing, such as AdaGrad's.
    """
    rule = rule_of(of, "of")
    a, _ = recursion(rule, state)
    k, r = sp.Symbol("k", integer=True, nonnegative=True), sp.Symbol("r", positive=True)
    ages = sp.summation(k * r**k, (k, 0, sp.oo)).args[0][0]  # the piece for r < 1, where the series converges
    weights = sp.summation(r**k, (k, 0, sp.oo)).args[0][0]
    over, under = sp.fraction(sp.simplify(sp.limit(ages / weights, r, a, "-")))
    return -over / -under if under.subs(a, 0).is_negative else over / under  # a/(1 - a), as it is written


def iteration_matrix(of: OptimizerLike, curvature: sp.Expr) -> sp.Matrix:
    """One step on the quadratic curvature·p²/2 as a matrix acting on (p, state): g = curvature·p.

    Raises ValueError if the step is not linear (adaptive rules are not).
    """
    rule = rule_of(of, "of")
    names = (rule.program.arrays[0], *rule.state)
    variables = [symbol(n) for n in names]
    gradient = {symbol(rule.program.arrays[1]): curvature * variables[0]}
    after = sp.Matrix([rule.program.expression(n).subs(gradient) for n in names])
    matrix = after.jacobian(variables)
    if matrix.free_symbols & set(variables):
        raise ValueError(f"{rule.key} is not linear on a quadratic, so it has no iteration matrix")
    return matrix.applyfunc(sp.simplify)


def stationary_variance(of: OptimizerLike, curvature: sp.Expr) -> sp.Expr:
    """The variance of p in the long run on curvature·p²/2, where each gradient has noise of variance 1.

    With the step's matrix M and the direction n in which the noise enters, the covariance V of (p, state) repeats
    itself: V = M V Mᵀ + n nᵀ. Raises ValueError as `iteration_matrix` does.
    """
    rule, matrix = rule_of(of, "of"), iteration_matrix(of, curvature)
    names = (rule.program.arrays[0], *rule.state)
    noise = sp.Matrix([sp.diff(rule.program.expression(n), symbol(rule.program.arrays[1])) for n in names])
    size = len(names)
    unknown = {(j, k): sp.Symbol(f"V_{j}{k}") for j in range(size) for k in range(j, size)}
    covariance = sp.Matrix(size, size, lambda j, k: unknown[min(j, k), max(j, k)])
    balance = covariance - matrix * covariance * matrix.T - noise * noise.T
    return sp.factor(sp.solve(list(balance), list(unknown.values()))[unknown[0, 0]])
