"""The race: several optimizers train the same small network, from one start along the same batches."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import traitlets

from ..minimize import Moment, minimize
from ..optimizer import unknown
from ..page.describe import begins_with_numbers, describe_state
from ..problems import TwoLayerNetwork
from ..rules import RULES, Rule
from .figure import Figure, mathematics
from .guide import Choose, Guide, Stop
from .panel import Choice, Number, controls_of
from .sets import SETS, examples

if TYPE_CHECKING:
    from .still.sheet import Sheet

MOST = 6
#: Of the learning rates of entrants, and those that *Fair* tries for each.
LEAST_RATE, MOST_RATE = 1e-5, 10.0
RATES = [float(f"{10**power:.3g}") for power in np.arange(-4, 0.6, 0.5)]
#: How often a run is looked at, and how far the seed of wrong labels lies from that of start and batches
#: (`js/race/engine.js`).
LOOKS, ELSEWHERE = 60, 1_000_000


#: Who races unless others are asked for, and the rates that *Fair race* finds for them on the digits.
USUAL = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "lion")
FAIR = [{"rule": rule, "lr": lr} for rule, lr in zip(USUAL, (1.0, 0.1, 0.1, 0.01, 0.0316, 0.00316), strict=True)]
#: What is learnt, in a sentence.
WHAT = {"digits": "handwritten digits", "spirals": "two spirals of points", "circles": "a disc of points in a ring"}


class Lane(NamedTuple):
    """What is seen of an entrant: steps, training losses and test accuracies there."""

    steps: np.ndarray
    losses: np.ndarray
    accuracies: np.ndarray

    @property
    def loss(self) -> float:
        return float(self.losses[-1])


@functools.cache
def racing() -> dict[str, Rule]:
    """The rules that can race in a page: element-wise, with a rate, judged by their parameters."""
    return {
        key: rule
        for key, rule in RULES.items()
        if rule.elementwise
        and rule.answer is None
        and None not in rule.hyperparameters.values()
        and "lr" in rule.hyperparameters
        and begins_with_numbers(rule)
    }


def mislabelled(y: np.ndarray, share: float, seed: int) -> np.ndarray:
    """The labels, a share of them made wrong: of k classes each moved on by 1 to k - 1."""
    order, count = np.random.default_rng(seed).permutation(len(y)), int(share * len(y) + 0.5)
    wrong, classes = y.copy(), int(y.max()) + 1
    wrong[order[:count]] = (wrong[order[:count]] + 1 + np.arange(count) % (classes - 1)) % classes
    return wrong


class Race(Figure):
    """Up to six optimizers at the same task: training loss, test accuracy, sizes of steps, and what each network says.

    optimizers: names (`"adam"`), or mappings that give one as "rule" beside its "lr" (by default 0.01 for all).
    task: "digits", "spirals" or "circles".
    hidden: units; batch: examples in a batch; noise: the share of wrong labels; seed: of the start, the batches and the
    wrong labels; steps; precision: "float32" or "float64".

    `lanes()` are the same runs, computed by Python: a run of `fo.minimize` on a `TwoLayerNetwork` for each.
    Raises TypeError or ValueError, naming the parameter, for anything else.
    """

    module = "race"
    leads = Guide(
        "One network, one start, the same batches: whose loss will be the lowest?",
        "Choose your guess, and race.",
        Choose(
            "At 0.01 for all, momentum’s loss ends at three times Adam’s. And if each has the best of ten rates?",
            ("It draws level", "Adam leads", "Both end higher"),
            "It draws level",
            {"optimizers": FAIR},
            "its best rate is 0.1, ten times the one that it had. It had lost by that, not by its rule.",
            lambda now, usual: (
                abs(now["Momentum"].loss - now["Adam"].loss) < 0.01 and usual["Momentum"].loss > 3 * usual["Adam"].loss
            ),
        ),
        (
            Stop(
                {},
                "At 0.01 for all, Adam ends lowest, momentum at three times its loss, and SGD has hardly begun.",
                lambda now, _: (
                    now["Adam"].loss == min(lane.loss for lane in now.values())
                    and now["SGD"].loss > 1.5 > 0.3 > now["Momentum"].loss
                ),
            ),
            Stop(
                {"optimizers": FAIR},
                "Each at the best of ten rates: all but SGD end between 0.05 and 0.09. The rate had made the order.",
                lambda now, _: all(0.05 < lane.loss < 0.09 for name, lane in now.items() if name != "SGD"),
            ),
            Stop(
                {"noise": 0.3},
                "Three labels in ten are wrong, and no loss falls below 1. Yet RMSProp has 93 % of the test right.",
                lambda now, _: (
                    min(lane.loss for lane in now.values()) > 1 and 0.925 < now["RMSProp"].accuracies[-1] < 0.935
                ),
            ),
            Stop(
                {"task": "spirals"},
                "At 0.01, only RMSProp, Adam and Lion wind their line between the two spirals in 300 steps.",
                lambda now, _: all(
                    (lane.accuracies[-1] > 0.9) == (name in {"RMSProp", "Adam", "Lion"}) for name, lane in now.items()
                ),
            ),
        ),
    )
    heading = "The race: one network, one start, the same batches"
    fewer = 28  # on the cover its verdict stands beside the buttons

    title = traitlets.Unicode(heading).tag(sync=True)
    updates = traitlets.Unicode().tag(sync=True)
    sets: Any = traitlets.Dict().tag(sync=True)
    controls: Any = traitlets.List().tag(sync=True)
    rules: Any = traitlets.List().tag(sync=True)
    data: Any = traitlets.Dict().tag(sync=True)
    optimizers = traitlets.Any().tag(sync=True)

    task = Choice("digits", SETS, "They learn")
    hidden = Number(32, 4, 64, "hidden units", "", "doubling")
    batch = Number(32, 8, 256, "batch size", "", "doubling")
    noise = Number(0.0, 0.0, 0.5, "share of wrong labels")
    steps = Number(300, 20, 1000, "steps", "", "whole")
    seed = Number(0, 0, 99, "seed", "", "whole")
    precision = Choice("float32", {"float32": "32 bits", "float64": "64 bits"}, "Weights have")

    def __init__(
        self,
        optimizers: Sequence[str | Mapping[str, Any]] = USUAL,
        **state: Any,
    ):
        controls = controls_of(type(self))
        for name in state:
            if name not in controls:
                raise TypeError(unknown("parameter", name, controls))
        self._run: tuple[Any, dict[str, Lane]] = None, {}
        self._led = optimizers == USUAL and not state
        super().__init__(
            updates=_updates(),
            sets=_sets(),
            controls=[trait.described() for trait in controls.values()],
            rules=[_describe(rule) for rule in racing().values()],
            data={"most": MOST, "rate": [LEAST_RATE, MOST_RATE], "rates": RATES},
            optimizers=optimizers,
            **state,
        )

    @property
    def state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*controls_of(type(self)), "optimizers")}

    def leader(self) -> Guide | None:
        """Its guide speaks of the usual race."""
        return self.leads if self._led else None

    def problem(self) -> TwoLayerNetwork:
        """What is trained: the network on the examples that are to train, some of them with a wrong label."""
        x, y, train, *_ = examples(self.task)
        wrong = mislabelled(y[:train], self.noise, self.seed + ELSEWHERE)
        return TwoLayerNetwork(x[:train].astype(self.precision), wrong, self.hidden)

    def lanes(self) -> dict[str, Lane]:
        """What each does, by the name of its rule, computed by Python from the same state."""
        if self._run[0] != (state := self.state):
            self._run = state, {racing()[o["rule"]].name: self._lane(**o) for o in self.optimizers}
        return self._run[1]

    def _lane(self, rule: str, lr: float) -> Lane:
        accuracies: list[float] = []
        problem, (x, y, train, *_) = self.problem(), examples(self.task)
        test = x[train:].astype(self.precision), y[train:]

        def look(moment: Moment) -> None:
            accuracies.append(problem.accuracy(moment.params, *test))

        path = minimize(
            problem,
            rule,
            steps=self.steps,
            batch_size=self.batch,
            seed=self.seed,
            record_every=-(-self.steps // LOOKS),
            callback=look,
            progress=False,
            lr=lr,
        )
        return Lane(path.steps, path.values, np.array(accuracies))

    @property
    def summary(self) -> str:  # type: ignore[override]
        names = ", ".join(racing()[o["rule"]].name for o in self.optimizers)
        return f"An interactive figure: {names} train the same network on {WHAT[self.task]}, from the same start."

    def heights(self) -> tuple[int, int]:
        entrants = len(self.optimizers)
        if self.task == "digits":
            return 1578 + 106 * entrants, max(1217, 896 + 69 * entrants)
        return 1375 + 238 * -(-entrants // 2), 916 + 305 * -(-entrants // 3)

    def draw(self, sheet: Sheet) -> None:
        from .still.chart import Curve, View, place
        from .still.sheet import looks_of

        looks = looks_of([o["rule"] for o in self.optimizers])
        lanes = [*zip(self.lanes().items(), looks, strict=True)]

        def curves(values: str) -> list[Curve]:
            return [
                Curve(getattr(lane, values), sheet.colour(look), name, lane.steps, look.dash)
                for (name, lane), look in lanes
            ]

        across = (0, self.steps)
        place(
            sheet,
            [
                View("Training loss", "step", 240, across, (0.03, 3), log=True, low=190, curves=curves("losses")),
                View("Test accuracy", "step", 240, across, (0, 1), low=190, curves=curves("accuracies")),
            ],
        )
        rates = {f"{o['lr']:g}" for o in self.optimizers}
        said = f"learning rate {rates.pop()} for all" if len(rates) == 1 else "each at its own learning rate"
        sheet.top += 8
        what = SETS[self.task].capitalize()
        units = f"{self.hidden} hidden units, batches of {self.batch}, seed {self.seed}"
        sheet.paragraph(f"{what}; {units}; {said}.")

    @traitlets.validate("optimizers")
    def _check_optimizers(self, proposal: Mapping[str, Any]) -> list[dict[str, Any]]:
        given = proposal["value"]
        if isinstance(given, (str, Mapping)) or not isinstance(given, Sequence):
            raise TypeError(f"optimizers must be a sequence, such as ['sgd', 'adam'], got {given!r}")
        if not 1 <= len(given) <= MOST:
            raise ValueError(f"optimizers: from 1 to {MOST} race at once, got {len(given)}")
        entrants = [_entrant({"rule": one} if isinstance(one, str) else one) for one in given]
        if len({one["rule"] for one in entrants}) < len(entrants):
            raise ValueError(f"optimizers: each races once, got {given!r}")
        return entrants


def _entrant(given: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(given, Mapping) or "rule" not in given or set(given) - {"rule", "lr"}:
        raise ValueError(f'optimizers: a mapping gives "rule" and may give "lr", got {given!r}')
    rule, lr = given["rule"], given.get("lr", 0.01)
    if rule not in racing():
        raise ValueError(unknown("rule that races", str(rule), racing()))
    if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not LEAST_RATE <= lr <= MOST_RATE:
        raise ValueError(f"optimizers: lr of {rule} must be from {LEAST_RATE:g} to {MOST_RATE:g}, got {lr!r}")
    return {"rule": rule, "lr": float(lr)}


def _describe(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.key,
        "label": rule.name,
        "state": describe_state(rule),
        "values": rule.hyperparameters,
        "hyperparameters": [],
    }


@functools.cache
def _updates() -> str:
    """The source of a JavaScript object: the rules that can race."""
    return mathematics(racing().values())


@functools.cache
def _sets() -> dict[str, Any]:
    return {name: examples(name).written() for name in SETS}
