"""Momentum on a quadratic: how fast it converges, for every rate and every momentum."""

from __future__ import annotations

import functools

import sympy as sp

from .. import derive
from ..reading.symbolic import symbol
from ..rules import RULES
from .panel import Choice, Number, Panel
from .scenario import Along, Over, Run, Scenario, p

STEPS = 60
RULES_SHOWN = {"momentum": "Momentum", "nesterov": "Nesterov"}
_x, _mu = symbol("x"), symbol("mu")


def iteration(rule: str) -> sp.Matrix:
    """One step on the quadratic as a matrix in x = ηh and μ: acting on θ and on the state times η."""
    matrix = derive.iteration_matrix(RULES[rule], _x).subs(symbol("lr"), 1)
    return matrix.subs(symbol("momentum"), _mu)


@functools.cache
def spectrum(rule: str) -> dict[str, sp.Expr]:
    """Of the iteration matrix: its discriminant, its spectral radius, and where the boundaries lie over μ."""
    matrix = iteration(rule)
    trace, determinant = sp.factor(matrix.trace()), sp.factor(matrix.det())
    discriminant = trace**2 - 4 * determinant
    real = (sp.Abs(trace) + sp.sqrt(discriminant)) / 2
    roots = sp.solve(sp.expand(discriminant), _x)
    return {
        "discriminant": discriminant,
        "radius": sp.Piecewise((real, discriminant >= 0), (sp.sqrt(determinant), True)),
        "boundary": sp.solve(sp.det(matrix + sp.eye(2)), _x)[0],  # beyond it an eigenvalue is below −1
        **{f"root{k}": sp.simplify(root) for k, root in enumerate(roots)},
    }


class Spectrum(Panel):
    """The rate at which momentum converges on a quadratic of curvature h, over x = ηh and μ, and its iterates.

    rule: "momentum" or "nesterov"; x: η·h, from 0 to 4; mu: μ, from 0 to 1.
    """

    module = "spectrum"
    heading = "Convergence rate of momentum on a quadratic"
    about = "the convergence rate of momentum on a quadratic over learning rate and momentum, and the iterates."
    run_by = tuple(RULES_SHOWN)
    pixels = (1111, 609)

    x = Number(0.6, 0.0, 4.0, "learning rate × curvature", "ηh")
    mu = Number(0.8, 0.0, 1.0, "momentum", "μ")
    rule = Choice("momentum", RULES_SHOWN, "Rule")

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        return {f"{rule}_{name}": expr for rule in RULES_SHOWN for name, expr in spectrum(rule).items()}

    @classmethod
    def scenario(cls, rule: str) -> Scenario:
        """`theta` from 1, step by step; `rate`, the spectral radius there; `map`, it over a few x and μ; boundaries."""
        values = {"lr": _x, "momentum": _mu}
        found = spectrum(rule)
        mu = [k / 10 for k in range(11)]
        return Scenario(
            runs={"path": Run(rule, STEPS, p, values, start=1.0)},  # of curvature 1: the rate is ηh
            curves={
                "theta": Along("path", p, first=0),
                "rate": Over(found["radius"]),
                "map": Over(found["radius"], {"mu": mu, "x": [k / 2 for k in range(9)]}),
                **{name: Over(found[name], {"mu": mu}) for name in ("boundary", "root0", "root1")},
            },
        )
