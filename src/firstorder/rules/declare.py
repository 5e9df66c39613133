"""The decorator that makes a plain NumPy function a `Rule`: read at once, refused if it cannot be read."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np

from ..reading import Program, RuleError, parse
from ..reading.define import define
from ..reading.norm import norm as norm  # rules import it from here
from ..reading.parse import refusal
from ..reading.scalars import next_scalars
from ..reading.travel import reduced
from .hyperparameters import CLOSED_ZERO, COMMON, Hyperparameter, decay, neutral, share

__all__ = ["CLOSED_ZERO", "Hyperparameter", "Rule", "Scalar", "decay", "optimizer", "share"]


class Scalar(float):
    """Annotation of a state that is one number for each parameter, not an array (a running product, say)."""


Initial = float | str | Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class Rule:
    """An update rule: the function, and the program that was read from it.

    Calling the rule calls the function. `initial` maps a state to its value before the first step: a number, the
    name of a hyperparameter, or a function of the parameter that returns an array (then of any shape); a state
    that is not in it starts at zero. `meanings` says of each hyperparameter what it is, `chapter` which page of the
    book treats the rule, and `rates` has learning rates that suit landscapes, by their keys. `formula` is the LaTeX of
    a rule whose body was not read. A `joint` rule is run on all arrays of a group as one vector. `answer` is what to
    evaluate where that is not the parameter: a function of parameter, state and hyperparameters, of those it names.
    """

    function: Callable[..., Any]
    program: Program
    name: str
    paper: str = ""
    builds_on: tuple[str, ...] = ()
    chapter: str = ""
    meanings: Mapping[str, Hyperparameter] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    initial: Mapping[str, Initial] = field(default_factory=dict)
    formula: str = ""
    joint: bool = False
    answer: Callable[..., Any] | None = None
    origin: Rule | None = None  # the rule that this one is derived from

    def __call__(self, *arrays: Any, **keywords: Any) -> Any:
        return self.function(*arrays, **keywords)

    def __reduce__(self) -> Any:
        """Pickled by name, as functions are; one of a notebook goes with its code."""
        if self.origin is not None:
            return getattr, (self.origin, "single" if self.key == self.origin.key else "uncorrected")
        declared = [name for name in self.__dataclass_fields__ if name not in ("function", "program", "origin")]
        return reduced(self.function, optimizer, {name: getattr(self, name) for name in declared})

    def __deepcopy__(self, memo: Any) -> Rule:
        return self

    def __repr__(self) -> str:
        return f"<rule {self.key}({', '.join(self.program.arrays + self.program.scalars)})>"

    @property
    def key(self) -> str:
        """The name of the function: the rule's name in registries, files and generated code."""
        return self.program.name

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.function) or ""

    @property
    def state(self) -> tuple[str, ...]:
        """Names of the state arrays, in the order of the signature."""
        return self.program.arrays[2:]

    @property
    def scalar_state(self) -> tuple[str, ...]:
        return self.program.scalars

    @property
    def hyperparameters(self) -> dict[str, float | None]:
        """Names and defaults; None where the rule gives no default."""
        return {n: d for n, d in self.program.keywords.items() if n != "t"}

    @cached_property
    def source(self) -> str:
        """The function as it was written, without decorator and docstring."""
        text = textwrap.dedent(inspect.getsource(self.function))
        tree = ast.parse(text).body[0]
        assert isinstance(tree, ast.FunctionDef)
        lines = text.splitlines()
        body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
        head_end = tree.body[0].lineno - 1
        return "\n".join(lines[tree.lineno - 1 : head_end] + lines[body[0].lineno - 1 : tree.end_lineno])

    @cached_property
    def elementwise(self) -> bool:
        """Whether each element's update depends on that element alone; only then are there loops and kernels."""
        return self.program.elementwise

    def initial_value(self, state: str, parameter: Any, hyperparameters: Mapping[str, float]) -> Any:
        value = self.initial.get(state, 0.0)
        if callable(value):
            return value(parameter)
        return hyperparameters[value] if isinstance(value, str) else value

    @cached_property
    def scalars(self) -> Callable[..., tuple[tuple[float, ...], tuple[float, ...]]]:
        """`scalars(*scalar_state, t=, lr=, ...)`: arguments of the generated loop, and the next scalar state."""
        from ..reading.python import SCALARS, python_scalars

        return define(python_scalars(self.program), "scalars", SCALARS)

    @cached_property
    def next_scalars(self) -> Callable[..., tuple[float, ...]]:
        """`next_scalars(*scalar_state, t=, lr=, ...)`: the scalar state after a step; raises what a step would."""
        closed = inspect.getclosurevars(self.function).nonlocals
        return next_scalars(self.program, self.source, {**self.function.__globals__, **closed})

    def tex(self) -> str:
        """The formula: a LaTeX `aligned` environment."""
        from ..reading.tex import tex

        return self.formula or tex(self.program)

    def javascript(self) -> str:
        """The update as a JavaScript function, in place on typed arrays."""
        from ..reading.javascript import javascript

        return javascript(self.program)

    def cuda(self) -> str:
        """The body of the CUDA kernel."""
        from ..reading.cuda import cuda

        return cuda(self.program)

    def python(self) -> str:
        """The update as a scalar Python loop: what Numba compiles."""
        from ..reading.python import python_loop

        return python_loop(self.program)

    @cached_property
    def uncorrected(self) -> Rule | None:
        """The rule without bias correction: every beta**t read as 0.

        None if it has none, or if it reads t in another way too: then it is more than corrected.
        """
        from ..reading.corrections import without_corrections
        from ..reading.python import python_function

        program = without_corrections(self.program)
        if program is None:
            return None
        function = define(python_function(program), program.name, vars(np))
        function.__doc__ = f"{self.name} without bias correction: β**t read as 0, its limit for large t."
        return replace(self, function=function, program=program, name=f"{self.name}Uncorrected", origin=self)

    @cached_property
    def single(self) -> Rule:
        """The rule on parameters of one weight each, element-wise also where a `joint` rule reduces whole tensors."""
        from ..reading.python import python_function
        from ..reading.single import single

        program = single(self.program)
        function = define(python_function(program), program.name, vars(np))
        function.__doc__ = f"{self.name} on parameters of one weight each: norms are sizes, sums and means their terms."
        return replace(self, function=function, program=program, origin=self)


def optimizer(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    paper: str = "",
    builds_on: Sequence[str] = (),
    chapter: str = "",
    meanings: Mapping[str, Hyperparameter | str] | None = None,
    rates: Mapping[str, float] | None = None,
    initial: Mapping[str, Initial] | None = None,
    formula: str = "",
    joint: bool = False,
    answer: Callable[..., Any] | None = None,
) -> Any:
    """Make an update rule of a plain NumPy function (use as a decorator, with or without arguments).

    The signature is the declaration: parameter, gradient, then the state arrays; keyword-only `t` (the step
    being taken, from 1) if it is used, and the hyperparameters with their defaults. A state annotated `Scalar`
    is one number for each parameter. The body is straight-line assignments; it returns parameter and state.

    name: the class name (default: the function's name in CamelCase); paper: a key of the bibliography;
    builds_on: keys of the rules this one extends; chapter: the chapter of the book that treats it;
    meanings: for hyperparameters of the rule's own, what each is, a `Hyperparameter` or words alone, which leave any
    finite value allowed (`lr`, `momentum`, `beta1`, `beta2`, `eps` and `weight_decay` mean what they always do);
    rates: learning rates that suit landscapes, by key; initial: values of state before the first step (see `Rule`);
    answer: what to evaluate in the parameter's place, a function of names of the rule, `lambda p, z: (p + z) / 2`.

    A body that takes `linalg.norm` or `mean` of a tensor is read too, but is not element-wise: it runs as NumPy or
    CuPy on each whole tensor, and has a formula but no JavaScript, loop or kernel. A rule of matrices is not read
    at all if `formula` gives its LaTeX; its body may then be any code that runs on NumPy and CuPy arrays alike. With
    `joint` the arrays of a parameter group enter the rule as one vector: its sums and norms are over all of them.
    Raises `RuleError`, showing the offending line, for a function outside this form.
    """
    if function is None:
        return lambda f: optimizer(
            f,
            name=name,
            paper=paper,
            builds_on=builds_on,
            chapter=chapter,
            meanings=meanings,
            rates=rates,
            initial=initial,
            formula=formula,
            joint=joint,
            answer=answer,
        )
    program = parse(function, body=not formula)
    initial = dict(initial or {})
    key = program.name
    state = program.arrays[2:] + program.scalars
    if len(program.arrays) < 2:
        raise RuleError(f"{key}: a rule takes the parameter and the gradient first, got ({', '.join(program.arrays)})")
    if program.returns != (program.arrays[0], *state):
        wanted, given = ", ".join((program.arrays[0], *state)), ", ".join(program.returns) or "an expression"
        raise refusal(
            function,
            f"must end with return {wanted}: the parameter, then the state in the order of the signature; "
            f"it returns {given}",
        )
    hyperparameters = set(program.keywords) - {"t"}
    known = {program.arrays[0], *state, *hyperparameters}
    if unknown := [n for n in (inspect.signature(answer).parameters if answer else ()) if n not in known]:
        raise RuleError(
            f"{key}: answer reads {unknown[0]!r}, which is no parameter, state or hyperparameter of the rule"
        )
    for where, value in initial.items():
        if where not in state:
            raise RuleError(
                f"{key}: initial names {where!r}, which is not a state ({', '.join(state) or 'it has none'})"
            )
        if isinstance(value, str) and value not in hyperparameters:
            raise RuleError(f"{key}: initial[{where!r}] is {value!r}, which is not a hyperparameter")
    read = set().union(*(line.reads for line in program.lines), (v for v in initial.values() if isinstance(v, str)))
    if program.lines and (unread := sorted(hyperparameters - read)):
        name = unread[0]
        why = f"hyperparameter {name!r} is declared but never read: take {name} out of the first line, or use it"
        raise refusal(function, why, name)
    return Rule(
        function=function,
        program=program,
        name=name or "".join(part.capitalize() for part in key.split("_")),
        paper=paper,
        builds_on=tuple(builds_on),
        chapter=chapter,
        meanings=_meanings(program, meanings or {}),
        rates=dict(_measured_rates(function) if rates is None else rates),
        initial=initial,
        formula=formula,
        joint=joint,
        answer=answer,
    )


@cache
def _rates_file() -> dict[str, dict[str, float]]:
    return json.loads(files(__package__).joinpath("rates.json").read_text(encoding="utf-8"))


def _measured_rates(function: Callable[..., Any]) -> Mapping[str, float]:
    """Those of rates.json, which `python -m firstorder.add` measures, for a rule of this package."""
    own = (function.__module__ or "").startswith(f"{__package__}.")  # None in a namespace without a name
    return _rates_file().get(function.__name__, {}) if own else {}


def _meanings(program: Program, given: Mapping[str, Hyperparameter | str]) -> dict[str, Hyperparameter]:
    """Of each hyperparameter: the rule's own meaning, else that which the field gives it, else none."""
    names = [name for name in program.keywords if name != "t"]
    if others := set(given) - set(names):
        allowed = ", ".join(names) or "it has none"
        raise RuleError(f"{program.name}: meanings names {min(others)!r}, which is not a hyperparameter ({allowed})")
    found = {}
    for name in names:
        known = given.get(name) or COMMON.get(name) or neutral(name)
        found[name] = known = replace(neutral(name), meaning=known) if isinstance(known, str) else known
        default = program.keywords[name]
        if default is not None and not known.low <= default < known.high:
            raise RuleError(f"{program.name}: the default of {name!r} must be {known.allowed}, got {default!r}")
    return found
