"""A function of two variables, written once as NumPy; SymPy gives gradient and Hessian, the readings give the rest."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..reading import Program, RuleError, parse
from ..reading.parse import symbol
from ..reading.travel import reduced

if TYPE_CHECKING:
    import sympy as sp

Point = Sequence[float] | np.ndarray


@dataclass(frozen=True, eq=False)
class Landscape:
    """A test function f(x, y) to minimise.

    Calling it evaluates f on numbers or arrays that broadcast. `domain` is the part of the plane a figure shows,
    (x0, x1, y0, y1); `start` a point from which a descent is instructive; `parameters` the values in force;
    `ranges` what a figure's sliders offer for them; `rates` a working learning rate for each rule, by key.
    """

    function: Callable[..., Any]
    program: Program
    domain: tuple[float, float, float, float]
    start: tuple[float, float]
    find_minima: Callable[..., Sequence[tuple[float, float]]]
    parameters: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]
    rates: Mapping[str, float]
    label: str

    @property
    def key(self) -> str:
        return self.program.name

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.function) or ""

    @property
    def minima(self) -> tuple[tuple[float, float], ...]:
        """The global minimisers inside the domain, for the parameters in force; empty if f has none."""
        return tuple(self.find_minima(**self.parameters))

    def __reduce__(self) -> Any:
        """Pickled by name, or with its code, and the parameters in force; what SymPy makes of it is made again."""
        declared = {name: getattr(self, name) for name in ("domain", "start", "ranges", "rates", "label")}
        found = reduced(self.function, _made, {**declared, "minima": self.find_minima})
        return _with_parameters, (*found, dict(self.parameters))

    def with_parameters(self, **parameters: float) -> Landscape:
        """The same function with other parameters: `LANDSCAPES["quadratic"].with_parameters(condition=100)`."""
        for name, value in parameters.items():
            if name not in self.parameters:
                allowed = ", ".join(map(repr, self.parameters)) or "none"
                raise TypeError(f"{self.key}: unknown parameter {name!r}; it takes {allowed}")
            if isinstance(value, bool) or not np.isscalar(value) or not np.isreal(value) or not np.isfinite(value):
                raise ValueError(f"{self.key}: {name} must be a finite number, got {value!r}")
        return replace(self, parameters={**self.parameters, **parameters})

    def __call__(self, x: Any, y: Any) -> Any:
        """f(x, y), element by element."""
        return self.function(x, y, **self.parameters)

    def value(self, point: Point) -> float:
        """f at one point, shape (2,)."""
        x, y = point
        return float(self.function(x, y, **self.parameters))

    def gradient(self, point: Point) -> np.ndarray:
        """The gradient at one point, shape (2,)."""
        x, y = point
        return np.array(self._gradient(x, y, **self.parameters), dtype=float)

    def hessian(self, point: Point) -> np.ndarray:
        """The matrix of second derivatives at one point, shape (2, 2)."""
        x, y = point
        return np.array(self._hessian(x, y, **self.parameters), dtype=float).reshape(2, 2)

    @cached_property
    def _variables(self) -> tuple[sp.Symbol, sp.Symbol]:
        x, y = map(symbol, self.program.arrays)
        return x, y

    @cached_property
    def _partials(self) -> list[sp.Expr]:

        f = self.program.expression(self.key)
        return [f.diff(v) for v in self._variables]

    @cached_property
    def _gradient(self) -> Callable[..., Any]:
        from ..reading.python import python_arrays

        return python_arrays(f"{self.key}_gradient", self.program, self._partials)

    @cached_property
    def _hessian(self) -> Callable[..., Any]:
        from ..reading.python import python_arrays

        second = [d.diff(v) for d in self._partials for v in self._variables]
        return python_arrays(f"{self.key}_hessian", self.program, second)

    def tex(self) -> str:
        """f(x, y) as LaTeX, in the shape it is written."""
        from ..reading.tex import name_tex, tex_expression

        expr = self.program.lines[-1].expr
        return f"f(x, y) = {tex_expression(expr, {s.name: name_tex(s.name) for s in expr.free_symbols})}"

    def javascript(self) -> str:
        """`{value(x, y, {...}), gradient(x, y, {...}, out)}`: a JavaScript object literal."""
        from ..reading.javascript import javascript_ground

        return javascript_ground(self.program, self._partials)


def _made(function: Callable[..., Any], **declared: Any) -> Landscape:
    return landscape(**declared)(function)


def _with_parameters(find: Callable[..., Landscape], where: tuple[Any, ...], parameters: dict[str, float]) -> Landscape:
    return find(*where).with_parameters(**parameters)


def landscape(
    *,
    domain: tuple[float, float, float, float],
    start: tuple[float, float],
    minima: Callable[..., Sequence[tuple[float, float]]],
    ranges: Mapping[str, tuple[float, float]] | None = None,
    rates: Mapping[str, float] | None = None,
    label: str | None = None,
) -> Callable[[Callable[..., Any]], Landscape]:
    """Make a `Landscape` of a function `f(x, y, *, parameters=defaults)` that returns one expression.

    The body has the form of a rule's: straight-line assignments, then `return` and the value. Raises `RuleError`
    otherwise. minima: a function of the parameters that returns the global minimisers.
    """

    def make(function: Callable[..., Any]) -> Landscape:
        program = parse(function)
        if len(program.arrays) != 2 or program.returns or None in program.keywords.values():
            raise RuleError(
                f"{program.name}: a landscape is f(x, y, *, parameters with defaults) and returns one expression"
            )
        return Landscape(
            function=function,
            program=program,
            domain=domain,
            start=start,
            find_minima=minima,
            parameters=dict(program.keywords),  # type: ignore[arg-type]
            ranges=dict(ranges or {}),
            rates=dict(rates or {}),
            label=label or program.name.replace("_", " ").capitalize(),
        )

    return make
