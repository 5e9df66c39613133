"""The playground: paths of several optimizers over a landscape, with a slider for everything."""

from __future__ import annotations

import functools
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from ..minimize import Trajectory, minimize
from ..optimizer import Optimizer, unknown
from ..page import describe_rule, span, text_of
from ..page.describe import begins_with_numbers, uncorrected
from ..problems import LANDSCAPES, Landscape
from ..resolve import OptimizerLike, rule_of
from ..rules import RULES, Rule
from .figure import Figure, mathematics
from .guide import Guide
from .shocks import Noisy

if TYPE_CHECKING:
    from .still.sheet import Sheet

MOST_STEPS = 500
MOST_OPTIMIZERS = 10
MOST_NOISE = 0.2
#: What may be hidden, as the front end names it.
PARTS = (
    *("landscape", "start", "shape", "noise", "transport", "steps", "optimizers", "hyperparameters"),
    *("sweep", "loss", "hint", "tools"),
)
#: What the reader can switch on where nothing else is asked for: few enough to choose from at a glance.
BASIC = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "centered_rmsprop", "adadelta", "adam", "adamw")

Entry = OptimizerLike | Mapping[str, Any]


class Playground(Figure):
    """Paths of several optimizers over a landscape, redrawn while the reader drags the start.

    optimizers: names (`"adam"`), classes (`fo.Adam`), rules of your own, or mappings that give one of these as
    "rule" beside hyperparameters, e.g. `{"rule": "adam", "beta2": 0.99, "bias_correction": False}`.
    A learning rate that is not given is the landscape's own for that rule, otherwise the rule's default.
    landscape: a name of `fo.LANDSCAPES`, or a `Landscape`; start: a point, by default the landscape's;
    steps: up to 500; rules: what stands first in the list of what the reader can switch on, by default the nine basic
    ones (`BASIC`); all other element-wise rules of `fo.OPTIMIZERS` follow. `firstorder.RuleError` says so of a rule
    that is not element-wise.
    noise: Gaussian noise on every gradient, the same for all; its deviation as a share of the first gradient's length.
    hide: parts that are not shown, of `PARTS`; an address may hide them too: `#playground-1?hide=[sweep,loss]`.
    guide: a question, a guess and a tour that lead through it, such as those of `firstorder.figures.tours`.

    In a notebook the attributes follow the figure and may be set; `trajectories` are the paths, computed by Python.
    Raises TypeError or ValueError, naming the parameter, for anything else.
    """

    module = "playground"

    mathematics = traitlets.Unicode().tag(sync=True)
    rules: Any = traitlets.List().tag(sync=True)
    landscapes: Any = traitlets.List().tag(sync=True)
    landscape = traitlets.Any().tag(sync=True)
    landscape_parameters = traitlets.Any().tag(sync=True)
    start = traitlets.Any().tag(sync=True)
    steps = traitlets.Any().tag(sync=True)
    noise = traitlets.Any(0.0).tag(sync=True)
    optimizers = traitlets.Any().tag(sync=True)
    hide = traitlets.Any(()).tag(sync=True)
    others = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        optimizers: Sequence[Entry] = ("sgd", "momentum", "rmsprop", "adam"),
        landscape: str | Landscape = "rosenbrock",
        *,
        start: Sequence[float] | None = None,
        steps: int = 200,
        rules: Iterable[OptimizerLike] | None = None,
        noise: float = 0.0,
        hide: Sequence[str] = (),
        guide: Guide | None = None,
    ):
        self._leader = guide or self.leads
        self._following = False
        self._landscapes = dict(LANDSCAPES)
        if isinstance(landscape, Landscape):
            self._landscapes[landscape.key] = landscape
            landscape = landscape.key
        self._rules = {rule.key: rule for rule in (rule_of(r, "rules") for r in (BASIC if rules is None else rules))}
        given: dict[str, dict[str, Any]] = {}
        for optimizer in _listed(optimizers):
            asked, _, values = _asked(optimizer)
            rule = rule_of(asked, "optimizers")
            self._rules[rule.key] = rule
            given.setdefault(rule.key, values)
        shown = list(self._rules.values())
        for key, rule in RULES.items():
            if rule.elementwise:
                self._rules.setdefault(key, rule)
        ground = self._ground(landscape)
        super().__init__(
            landscape=landscape,
            landscape_parameters=dict(ground.parameters),
            start=ground.start if start is None else start,
            steps=steps,
            noise=noise,
            optimizers=optimizers,
            hide=hide,
            mathematics=mathematics(shown, self._landscapes.values()),
            rules=[{**describe_rule(rule, given.get(rule.key, {})), **_text(rule)} for rule in shown],
            others=others(),
            landscapes=[self._describe_landscape(ground, shown) for ground in self._landscapes.values()],
        )

    @property
    def trajectories(self) -> dict[str, Trajectory]:
        """The paths now on the map by the names shown there, computed by Python from the same state."""
        ground = self._landscapes[self.landscape].with_parameters(**self.landscape_parameters)
        return {
            label: minimize(
                Noisy(ground, self.noise), made, self.start, self.steps, progress=False, **optimizer["hyperparameters"]
            )
            for label, made, optimizer in zip(
                self.labels, map(self._class, self.optimizers), self.optimizers, strict=True
            )
        }

    @property
    def labels(self) -> list[str]:
        """The name of each optimizer in the figure: its rule's, "uncorrected" if it is, a number if there are more."""
        seen: Counter[str] = Counter()
        labels = []
        for rule, optimizer in zip(self._used(), self.optimizers, strict=True):
            name = (None if optimizer["bias_correction"] else uncorrected(rule)) or rule.name
            seen[name] += 1
            labels.append(name if seen[name] == 1 else f"{name} {seen[name]}")
        return labels

    @property
    def summary(self) -> str:  # type: ignore[override]
        return (
            f"An interactive figure: the paths of {', '.join(self.labels)} over the landscape "
            f"{self._landscapes[self.landscape].label}."
        )

    def leader(self) -> Guide | None:
        return self._leader

    def reached(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """With a landscape comes all that is its own; an optimizer may be given by its name."""
        ground = self._ground(changes.get("landscape", self.landscape))
        state = dict(changes)
        if "landscape" in changes:
            own = {"landscape_parameters": dict(ground.parameters), "start": list(ground.start)}
            state = {"landscape": ground.key, **own, **state}
        if "optimizers" in changes:
            state["optimizers"] = [self._complete(optimizer, ground) for optimizer in changes["optimizers"]]
        return state

    def heights(self) -> tuple[int, int]:
        ground = self._landscapes[self.landscape]
        x0, x1, y0, y1 = ground.domain
        share = (y1 - y0) / (x1 - x0)
        shape = 47 if ground.parameters else 0
        used = self._used()
        tabs = 36 * len(used)
        sliders, switch = (len(used[-1].hyperparameters), used[-1].uncorrected is not None) if used else (0, False)
        card = 48 + 54 * sliders + 36 * switch if used else 0
        # Names of hyperparameters take a second line here and there.
        narrow = 1050 + 260 * share + shape + tabs + card + max(0, 10 * (sliders - 3))
        wide = 122 + max(541 + 323 * share, 305 + shape + tabs + card + 10 * max(0, sliders - 1))
        return round(narrow), round(wide)

    def draw(self, sheet: Sheet) -> None:
        from .still.ground import Descent, Ground
        from .still.numbers import form
        from .still.paths import beside, key
        from .still.sheet import looks_of

        named = self._landscapes[self.landscape].with_parameters(**self.landscape_parameters)
        # A reader's own landscape may know its minima for its first parameters only.
        minima = [point for point in named.minima if np.hypot(*named.gradient(point)) < 1e-3]
        ground = Ground(named, named.domain, minima, self.start)
        looks = looks_of([optimizer["rule"] for optimizer in self.optimizers])
        paths = [Descent.of(*one) for one in zip(self.trajectories, looks, self.trajectories.values(), strict=True)]
        beside(sheet, ground, paths, self.steps)
        for path, rule, optimizer in zip(paths, self._used(), self.optimizers, strict=True):
            values = optimizer["hyperparameters"]
            said = [f"{rule.meanings[name].symbol} = {form(value)}" for name, value in values.items()]
            key(sheet, path.label, path.look, ", ".join([*said, path.outcome(named.domain)]))
        shape = [f"{name} = {form(value)}" for name, value in self.landscape_parameters.items()]
        x, y = map(form, self.start)
        sheet.top += 4
        sheet.paragraph(f"{', '.join([named.label, *shape])}; {self.steps} steps from ({x}, {y}).")

    def _used(self) -> list[Rule]:
        return [self._rules[optimizer["rule"]] for optimizer in self.optimizers]

    def set_state(self, sync_data: dict[str, Any]) -> None:
        self._following = True  # the front end has chosen everything that goes with a new landscape
        try:
            super().set_state(sync_data)
        finally:
            self._following = False

    def notify_change(self, change: Any) -> None:
        with self.hold_sync():  # what a new landscape brings reaches the front end with it, not after it
            super().notify_change(change)

    @traitlets.observe("landscape")
    def _move(self, change: Mapping[str, Any]) -> None:
        if self._following or change["old"] is None:
            return
        ground = self._landscapes[change["new"]]
        with self.hold_trait_notifications():
            self.landscape_parameters = dict(ground.parameters)
            self.start = ground.start
            self.optimizers = [
                {
                    **optimizer,
                    "hyperparameters": {
                        **optimizer["hyperparameters"],
                        **_rate(self._rules[optimizer["rule"]], ground),
                    },
                }
                for optimizer in self.optimizers
            ]

    @traitlets.validate("landscape")
    def _check_landscape(self, proposal: Mapping[str, Any]) -> str:
        return self._ground(proposal["value"]).key

    @traitlets.validate("landscape_parameters")
    def _check_parameters(self, proposal: Mapping[str, Any]) -> dict[str, float]:
        ground = self._landscapes[self.landscape]
        return {name: float(value) for name, value in ground.with_parameters(**proposal["value"]).parameters.items()}

    @traitlets.validate("start")
    def _check_start(self, proposal: Mapping[str, Any]) -> list[float]:
        try:
            start = [float(c) for c in proposal["value"]]
        except (TypeError, ValueError):
            start = []
        if len(start) != 2 or not all(map(math.isfinite, start)):
            raise ValueError(f"start must be two finite numbers, got {proposal['value']!r}")
        return start

    @traitlets.validate("steps")
    def _check_steps(self, proposal: Mapping[str, Any]) -> int:
        steps = proposal["value"]
        if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or not 1 <= steps <= MOST_STEPS:
            raise ValueError(f"steps must be a whole number from 1 to {MOST_STEPS}, got {steps!r}")
        return int(steps)

    @traitlets.validate("noise")
    def _check_noise(self, proposal: Mapping[str, Any]) -> float:
        noise = proposal["value"]
        if isinstance(noise, bool) or not isinstance(noise, (int, float)) or not 0 <= noise <= MOST_NOISE:
            raise ValueError(f"noise must be a number from 0 to {MOST_NOISE}, got {noise!r}")
        return float(noise)

    @traitlets.validate("hide")
    def _check_hide(self, proposal: Mapping[str, Any]) -> list[str]:
        hide = proposal["value"]
        if isinstance(hide, str) or not isinstance(hide, Sequence):
            raise TypeError(f"hide must be a sequence of parts, such as ['sweep'], got {hide!r}")
        for part in hide:
            if part not in PARTS:
                raise ValueError(unknown("part", str(part), dict.fromkeys(PARTS)))
        return list(hide)

    @traitlets.validate("optimizers")
    def _check_optimizers(self, proposal: Mapping[str, Any]) -> list[dict[str, Any]]:
        optimizers = _listed(proposal["value"])
        if len(optimizers) > MOST_OPTIMIZERS:
            raise ValueError(f"optimizers: at most {MOST_OPTIMIZERS} at once, got {len(optimizers)}")
        ground = self._landscapes[self.landscape]
        return [self._complete(optimizer, ground) for optimizer in optimizers]

    def _complete(self, optimizer: Entry, ground: Landscape) -> dict[str, Any]:
        """One entry of the state: the rule's key, every hyperparameter, and whether the bias is corrected."""
        asked, corrected, given = _asked(optimizer)
        rule = self._rules[asked] if isinstance(asked, str) and asked in self._rules else rule_of(asked, "optimizers")
        if self._rules.get(rule.key) is not rule:
            raise ValueError(
                f"optimizers: {rule.name} is not among this figure's rules; give it when the figure is made"
            )
        values = {**rule.hyperparameters, **_rate(rule, ground), **given}
        for name, value in given.items():
            if callable(value):
                raise TypeError(f"{rule.name}: {name} must be a number in this figure, got the function {value!r}")
        Optimizer.of(rule)(np.zeros(2), **given)  # the optimizer's own errors
        return {
            "rule": rule.key,
            "hyperparameters": {n: float(v) for n, v in values.items()},
            "bias_correction": corrected,
        }

    def _class(self, optimizer: Mapping[str, Any]) -> type[Optimizer]:
        made = Optimizer.of(self._rules[optimizer["rule"]])
        return made if optimizer["bias_correction"] else made.uncorrected or made

    def _ground(self, key: object) -> Landscape:
        if key not in self._landscapes:
            raise ValueError(unknown("landscape", str(key), self._landscapes))
        return self._landscapes[str(key)]

    def _describe_landscape(self, ground: Landscape, shown: Iterable[Rule]) -> dict[str, Any]:
        return {
            "id": ground.key,
            "label": ground.label,
            "domain": list(ground.domain),
            "start": list(ground.start),
            "parameters": [
                {
                    "name": name,
                    "default": value,
                    **span(*ground.ranges.get(name, (0.0, 1.0)), value),
                    "scale": "linear",
                }
                for name, value in ground.parameters.items()
            ],
            "rates": _rates(ground, shown),
        }


def _text(rule: Rule) -> dict[str, str]:
    """What a reader may edit of a rule that is not the package's; the others' texts come with Python in the page."""
    if RULES.get(rule.key) is rule or not rule.program.lines or not begins_with_numbers(rule):
        return {}
    return {"text": text_of(rule)}


def _listed(optimizers: Any) -> Sequence[Entry]:
    if isinstance(optimizers, (str, Mapping)) or not isinstance(optimizers, Sequence):
        raise TypeError(f"optimizers must be a sequence, such as ['sgd', 'adam'], got {optimizers!r}")
    return optimizers


def _asked(optimizer: Entry) -> tuple[OptimizerLike, bool, dict[str, Any]]:
    """The rule, whether its bias is to be corrected, and the hyperparameters that were given."""
    if not isinstance(optimizer, Mapping):
        return optimizer, True, {}
    given = dict(optimizer)
    if "rule" not in given:
        raise ValueError(f'optimizers: a mapping names its "rule", got {optimizer!r}')
    rule = given.pop("rule")
    corrected = given.pop("bias_correction", True)
    if not isinstance(corrected, bool):
        raise TypeError(f"optimizers: bias_correction must be True or False, got {corrected!r}")
    return rule, corrected, {**given.pop("hyperparameters", {}), **given}


def _rate(rule: Rule, ground: Landscape) -> dict[str, float]:
    """The rate that suits both, of the landscape or of the rule."""
    rate = ground.rates.get(rule.key, rule.rates.get(ground.key))
    return {} if rate is None else {"lr": rate}


def _rates(ground: Landscape, rules: Iterable[Rule]) -> dict[str, float]:
    return {rule.key: rate["lr"] for rule in rules if (rate := _rate(rule, ground))}


@functools.cache
def others() -> str:
    """The source of a JavaScript object: every element-wise rule of the registry, for figures that show a few.

    `rules` are the updates, `described` what the front end knows of each and the group it stands in, `rates` those of
    the landscapes. It is the same for all figures: a page loads it when a reader asks for more optimizers.
    """
    every = [rule for rule in RULES.values() if rule.elementwise]
    described = [{**describe_rule(rule, {}), "group": rule.chapter.replace("_", " ").capitalize()} for rule in every]
    rates = {ground.key: _rates(ground, every) for ground in LANDSCAPES.values()}
    updates = mathematics(every).removesuffix("\n}")
    return f"{updates},\ndescribed: {json.dumps(described)},\nrates: {json.dumps(rates)}\n}}"
