"""Figures of charts above controls: the state is what the controls say, and Python computes the same curves."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import sympy as sp
import traitlets

from ..optimizer import unknown
from ..rules import RULES, Rule
from .figure import Figure, mathematics

_order = itertools.count()


class Control(traitlets.TraitType[Any, Any]):
    """A trait that the reader sets; `description` is what the front end makes its control of."""

    kind = ""

    def __init__(self, default: Any, **description: Any):
        super().__init__(default)
        self.usual, self.description, self.place = default, description, next(_order)
        self.tag(sync=True)

    def described(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "default": self.usual, **self.description}


class Number(Control):
    """A slider from `low` to `high`; its scale is "linear", "log", "complement", "whole" or "doubling"."""

    kind = "number"

    def __init__(self, default: float, low: float, high: float, meaning: str, symbol: str = "", scale: str = "linear"):
        super().__init__(default, min=low, max=high, meaning=meaning, symbol=symbol, scale=scale)
        self.low, self.high, self.whole = low, high, scale in {"whole", "doubling"}

    def validate(self, obj: Any, value: Any) -> float:
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high or (self.whole and value != int(value)):
            what = "a whole number" if self.whole else "a number"
            raise ValueError(f"{self.name} must be {what} from {self.low:g} to {self.high:g}, got {value!r}")
        return int(value) if self.whole else float(value)


class Choice(Control):
    """One of a few, each with what the reader sees for it."""

    kind = "choice"

    def __init__(self, default: str, options: Mapping[str, str], label: str):
        super().__init__(default, options=[list(option) for option in options.items()], label=label)
        self.options = options

    def validate(self, obj: Any, value: Any) -> str:
        if value not in self.options:
            raise ValueError(unknown(str(self.name), str(value), self.options))
        return str(value)


class Switch(Control):
    kind = "switch"

    def __init__(self, default: bool, label: str):
        super().__init__(default, label=label)

    def validate(self, obj: Any, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"{self.name} must be True or False, got {value!r}")
        return bool(value)


def slider(
    name: str, default: float, low: float | None = None, high: float | None = None, *, rule: str = "adam"
) -> Number:
    """The slider of a rule's hyperparameter, with the meaning, the symbol and the scale it has everywhere."""
    known = RULES[rule].meanings[name]
    least, most = known.slider
    return Number(
        default, least if low is None else low, most if high is None else high, known.meaning, known.symbol, known.scale
    )


class Panel(Figure):
    """A figure whose state is its controls; keywords give it another state than the usual one.

    In a notebook the attributes follow the figure and may be set; `curves()` are the numbers it draws, by NumPy.
    Raises TypeError or ValueError, naming the parameter, for anything else.
    """

    #: The name of the figure, for a reader who does not see it, and what it shows.
    title = traitlets.Unicode().tag(sync=True)
    heading: ClassVar[str] = ""
    about: ClassVar[str] = ""
    #: Keys of the rules that run in it.
    run_by: ClassVar[tuple[str, ...]] = ()
    #: Its height on a phone and on a desk.
    pixels: ClassVar[tuple[int, int]] = (0, 0)

    mathematics = traitlets.Unicode().tag(sync=True)
    controls: Any = traitlets.List().tag(sync=True)
    rules: Any = traitlets.List().tag(sync=True)
    data: Any = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any):
        controls = self.control_traits()
        for name in state:
            if name not in controls:
                raise TypeError(unknown("parameter", name, controls))
        super().__init__(
            title=self.heading,
            mathematics=self._source(),
            controls=[trait.described() for trait in controls.values()],
            rules=[_describe(RULES[key]) for key in self.run_by],
            data=self.given(),
            **state,
        )

    @classmethod
    def control_traits(cls) -> dict[str, Control]:
        """The controls by name, as the class lists them."""
        found = {name: trait for name, trait in cls.class_traits().items() if isinstance(trait, Control)}
        return dict(sorted(found.items(), key=lambda item: item[1].place))

    @classmethod
    @functools.cache
    def _source(cls) -> str:
        """The same for every figure of a kind, and SymPy takes its time."""
        return mathematics([RULES[key] for key in cls.run_by], expressions=cls.expressions())

    @property
    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.control_traits()}

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        """What the front end computes with besides the rules: expressions in the names of its state."""
        return {}

    def given(self) -> dict[str, Any]:
        """The data that do not change: what the front end cannot make for itself, such as random numbers."""
        return {}

    def curves(self) -> dict[str, Any]:
        """The numbers that are drawn, computed by NumPy from the same state."""
        raise NotImplementedError

    @property
    def summary(self) -> str:  # type: ignore[override]
        return f"An interactive figure: {self.about} It needs JavaScript."

    def heights(self) -> tuple[int, int]:
        return self.pixels


def drive(
    rule: Rule,
    start: Any,
    gradient: Callable[[np.ndarray, int], Any],
    steps: int,
    values: Mapping[str, float] | Callable[[int], Mapping[str, float]],
    after: Callable[[np.ndarray], Any] | None = None,
    anew: bool = False,
) -> dict[str, np.ndarray]:
    """A rule along gradients: "p" and each state, before the first step and after every one, (steps + 1, lanes).

    after: what is done to the parameters after a step; anew: whether they are 0 again before every step, so that
    what is kept of them are the steps.
    """
    p = np.array(start, dtype=float)
    usual: dict[str, Any] = dict(rule.hyperparameters)
    state = [np.zeros(p.shape) + rule.initial_value(name, p, usual) for name in rule.state]
    kept = {name: [array] for name, array in zip(("p", *rule.state), (p, *state), strict=True)}
    for t in range(1, steps + 1):
        chosen = usual | dict(values(t) if callable(values) else values)
        time = {"t": t} if "t" in rule.program.keywords else {}
        p = np.zeros_like(p) if anew else p
        stepped = rule(p, np.asarray(gradient(p, t), dtype=float), *state, **time, **chosen)
        p, *state = stepped if isinstance(stepped, tuple) else (stepped,)
        p = p if after is None else after(p)
        for name, array in zip(kept, (p, *state), strict=True):
            kept[name].append(array)
    return {name: np.array(arrays) for name, arrays in kept.items()}


#: The place of a rule's colour among the playground's; others take what is left.
_SERIES = (
    "sgd",
    "momentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "centered_rmsprop",
    "adadelta",
    "adam",
    "adamw",
    "amsgrad",
)


def _describe(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.key,
        "label": rule.name,
        "series": _SERIES.index(rule.key) if rule.key in _SERIES else 1,
        "state": [{"name": name, "initial": rule.initial.get(name, 0.0)} for name in rule.state],
        "hyperparameters": [{"name": name, "default": value} for name, value in rule.hyperparameters.items()],
    }


def noise(size: int, seed: int, digits: int = 3) -> np.ndarray:
    """Standard normal numbers, rounded so that they are short in the page and the same in both languages."""
    return np.random.default_rng(seed).standard_normal(size).round(digits)
