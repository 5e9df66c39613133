"""Figures of charts above controls: the state is what the controls say, and a scenario is what they are said to."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import sympy as sp
import traitlets

from ..optimizer import unknown
from ..rules import RULES, Rule
from .figure import Figure, mathematics
from .scenario import Scenario, elementwise

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

_order = itertools.count()


class Control(traitlets.TraitType):  # of no types in brackets, which Colab's traitlets does not know
    """A trait that the reader sets; `description` is what the front end makes its control of."""

    kind = ""

    def __init__(self, default: Any, **description: Any):
        super().__init__(default)
        self.usual, self.description, self.place = default, description, next(_order)
        self.tag(sync=True)

    def said(self, value: Any) -> str:
        """The state in words, for who cannot see the control."""
        raise NotImplementedError

    def described(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "default": self.usual, **self.description}


class Number(Control):
    """A slider from `low` to `high`; its scale is "linear", "log", "complement", "whole" or "doubling"."""

    kind = "number"

    def __init__(self, default: float, low: float, high: float, meaning: str, symbol: str = "", scale: str = "linear"):
        super().__init__(default, min=low, max=high, meaning=meaning, symbol=symbol, scale=scale)
        self.low, self.high, self.whole = low, high, scale in {"whole", "doubling"}

    def said(self, value: Any) -> str:
        from .still.numbers import form

        symbol, meaning = self.description["symbol"], self.description["meaning"]
        return (
            f"{meaning} {symbol} {form(value, 4)}" if symbol in {"", "×"} else f"{meaning} {symbol} = {form(value, 4)}"
        )

    def validate(self, obj: Any, value: Any) -> float:
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high or (self.whole and value != int(value)):
            what = "a whole number" if self.whole else "a number"
            raise ValueError(f"{self.name} must be {what} from {self.low:g} to {self.high:g}, got {value!r}")
        return int(value) if self.whole else float(value)


class Choice(Control):
    """One of a few, each with what the reader sees for it: a scenario of its own."""

    kind = "choice"
    options: Iterable[Any]

    def __init__(self, default: str, options: Mapping[str, str], label: str):
        super().__init__(default, options=[list(option) for option in options.items()], label=label)
        self.options = options

    def said(self, value: Any) -> str:
        label = self.description["label"]
        return f"{label[0].lower()}{label[1:]}: {dict(self.description['options'])[value]}"

    def validate(self, obj: Any, value: Any) -> str:
        if value not in self.options:
            raise ValueError(unknown(str(self.name), str(value), self.options))
        return str(value)


class Switch(Choice):
    """Yes or no: a choice as well."""

    kind = "switch"
    options = (False, True)

    def __init__(self, default: bool, label: str):
        Control.__init__(self, default, label=label)

    def said(self, value: Any) -> str:
        return f"{self.description['label']}: {'yes' if value else 'no'}"

    def validate(self, obj: Any, value: Any) -> bool:  # type: ignore[override]
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


def controls_of(cls: type[traitlets.HasTraits]) -> dict[str, Control]:
    """The controls of a kind of figure by name, as the class lists them."""
    found = {name: trait for name, trait in cls.class_traits().items() if isinstance(trait, Control)}
    return dict(sorted(found.items(), key=lambda item: item[1].place))


class Panel(Figure):
    """A figure whose state is its controls; keywords give it another state than the usual one.

    In a notebook the attributes follow the figure and may be set; `curves()` are the numbers it draws, by NumPy.
    A kind of panel has controls, `given()` and `scenario()`, and a front end of its name that draws the curves.
    Raises TypeError or ValueError, naming the parameter, for anything else.
    """

    #: The name of the figure, for a reader who does not see it, and what it shows.
    title = traitlets.Unicode().tag(sync=True)
    heading: ClassVar[str] = ""
    about: ClassVar[str] = ""
    #: Keys of the rules that run in it.
    run_by: ClassVar[tuple[str, ...]] = ()
    #: How its views stand on a desk, as `js/panel.js` has it.
    layout: ClassVar[str] = "rows"
    #: Its height on a phone and on a desk, without its guide.
    pixels: ClassVar[tuple[int, int]] = (0, 0)

    mathematics = traitlets.Unicode().tag(sync=True)
    controls: Any = traitlets.List().tag(sync=True)
    rules: Any = traitlets.List().tag(sync=True)
    data: Any = traitlets.Dict().tag(sync=True)

    def __init__(self, **state: Any):
        self._kind = type(self)  # of what is cached: anywidget makes a class of each instance's own
        self._drawn: tuple[Any, ...] = ()
        self._shown: dict[str, Any] = {}
        controls = self.control_traits()
        for name in state:
            if name not in controls:
                raise TypeError(unknown("parameter", name, controls))
        super().__init__(
            title=self.heading,
            mathematics=self._source(),
            controls=[trait.described() for trait in controls.values()],
            rules=[_describe(elementwise(key)) for key in self.run_by],
            data=self.given(),
            **state,
        )

    @classmethod
    def control_traits(cls) -> dict[str, Control]:
        """The controls by name, as the class lists them."""
        return controls_of(cls)

    @classmethod
    def scenario(cls, *_: Any, **choices: Any) -> Scenario:
        """What the figure computes, by the state of its choices and switches; numbers stay names in it."""
        raise NotImplementedError

    @classmethod
    @functools.cache
    def _scenarios(cls) -> dict[tuple[Any, ...], Scenario]:
        """The scenario for every state of the choices and switches, in the order of the controls."""
        options = {name: trait.options for name, trait in cls.control_traits().items() if isinstance(trait, Choice)}
        return {
            state: cls.scenario(**dict(zip(options, state, strict=True)))
            for state in itertools.product(*options.values())
        }

    @classmethod
    @functools.cache
    def _source(cls) -> str:
        """The same for every figure of a kind, and SymPy takes its time."""
        rules = [elementwise(key) for key in cls.run_by]
        scenarios = {",".join(map(_word, state)): scenario for state, scenario in cls._scenarios().items()}
        return mathematics(rules, expressions=cls.expressions(), scenarios=scenarios)

    @property
    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.control_traits()}

    def curves(self) -> dict[str, Any]:
        """The numbers that are drawn, computed by NumPy from the same scenario: arrays, and single numbers."""
        state, controls = self.state, self.control_traits()
        chosen = tuple(state[name] for name, trait in controls.items() if isinstance(trait, Choice))
        return self._kind._scenarios()[chosen].evaluate({**self.data, **state})

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        """What the front end draws besides its curves, in the names of its state: the colours of a map, say."""
        return {}

    def given(self) -> dict[str, Any]:
        """The data that do not change: what the front end cannot make for itself, such as random numbers."""
        return {}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        """What a still shows of the curves: the charts of the front end, one for one."""
        raise NotImplementedError

    def draw(self, sheet: Sheet) -> None:
        from .still.chart import place

        state = tuple(self.state.values())
        if self._drawn != state:  # both themes and all widths are of the same numbers
            self._drawn, self._shown = state, self.curves()
        place(sheet, self.views(sheet, self._shown), self.layout, legend=self.layout == "trio")
        said = [trait.said(self.state[name]) for name, trait in self.control_traits().items()]
        sheet.top += 8
        text = "; ".join(said)
        sheet.paragraph(f"{text[0].upper()}{text[1:]}.")

    @property
    def summary(self) -> str:  # type: ignore[override]
        return f"An interactive figure: {self.about}"

    def heights(self) -> tuple[int, int]:
        return self.pixels


def _describe(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.key,
        "label": rule.name,
        "state": [{"name": name, "initial": _initial(rule, name)} for name in rule.state],
        "hyperparameters": [{"name": name, "default": value} for name, value in rule.hyperparameters.items()],
    }


def _initial(rule: Rule, state: str) -> float | str:
    """What a state starts from: a number or a hyperparameter's name. The starts of parameters that rules keep are 0."""
    found = rule.initial.get(state, 0.0)
    return float(found(np.zeros(1))[0]) if callable(found) else found


#: In the place of a loss that is not finite, or of a rate that was not tried.
NONE = 99.0


def tried(rates: Sequence[float], losses: Sequence[float]) -> tuple[list[float], list[float]]:
    """The rates that have a loss, and their losses."""
    there = [(rate, loss) for rate, loss in zip(rates, losses, strict=True) if loss < NONE]
    return [rate for rate, _ in there], [loss for _, loss in there]


def noise(size: int, seed: int, digits: int = 3) -> np.ndarray:
    """Standard normal numbers, rounded so that they are short in the page and the same in both languages."""
    return np.random.default_rng(seed).standard_normal(size).round(digits)


def _word(value: Any) -> str:
    """A choice as JavaScript writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
