"""Momentum on a quadratic: how fast it converges, for every rate and every momentum."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import sympy as sp

from .. import derive
from ..reading.parse import symbol
from ..rules import RULES
from .panel import Choice, Number, Panel, drive

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

    def given(self) -> dict[str, Any]:
        return {"values": ["lr", "momentum"]}

    def curves(self) -> dict[str, Any]:
        """`theta` from 1, step by step; `rate`, the spectral radius there; `map`, it over a few x and μ; boundaries."""
        path = drive(RULES[self.rule], [1.0], lambda p, t: p, STEPS, {"lr": self.x, "momentum": self.mu})
        mu = np.linspace(0, 1, 11)
        grid = [[_radius(self.rule, x, m) for x in np.linspace(0, 4, 9)] for m in mu]
        lines = [sp.lambdify(_mu, spectrum(self.rule)[name])(mu) for name in ("boundary", "root0", "root1")]
        return {
            "theta": path["p"][:, 0],
            "rate": _radius(self.rule, self.x, self.mu),
            "map": np.array(grid).ravel(),
            "boundaries": np.concatenate([np.broadcast_to(line, mu.shape) for line in lines]),
        }


def _radius(rule: str, x: float, mu: float) -> float:
    trace, determinant = (f(x, mu) for f in _invariants(rule))
    root = np.sqrt(complex(trace**2 - 4 * determinant))
    return float(max(abs(trace + root), abs(trace - root)) / 2)


@functools.cache
def _invariants(rule: str) -> tuple[Any, Any]:
    matrix = iteration(rule)
    return tuple(sp.lambdify((_x, _mu), sp.factor(f)) for f in (matrix.trace(), matrix.det()))
