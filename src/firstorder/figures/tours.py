"""What leads through the playgrounds of the chapters: a path to guess or a question, and a tour of states.

`holds` is asked with the paths in the state, in the order of the optimizers, and with those on the page.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .guide import Choose, Guide, Stop, Trace


def _left(path: Any) -> float:
    """The share of the way along the floor of a bowl that is left."""
    return float(abs(path.points[-1][0] / path.points[0][0]))


def _beyond(path: Any) -> float:
    """How far it comes to lie beyond the minimum, along the floor."""
    way = path.points[:, 0] * -np.sign(path.points[0][0])
    return float(way.max())


def _first(path: Any) -> float:
    """Length of the first step along x."""
    return float(abs(path.points[1][0] - path.points[0][0]))


def _gone(path: Any) -> bool:
    """Whether it ends higher than it began, or nowhere."""
    return not path.values[-1] <= path.values[0]


def _momentum(mu: float) -> dict[str, Any]:
    return {"optimizers": [{"rule": "sgd", "lr": 0.01}, {"rule": "momentum", "lr": 0.01, "momentum": mu}]}


MOMENTUM = Guide(
    "What does a memory of the gradients change?",
    "Slide the momentum from 0 to 0.95, and watch the path on the floor of the ravine.",
    Trace(
        "The momentum is 0.95 now. Draw the path that you expect, from the ring to where it is after 60 steps.",
        1,
        _momentum(0.95),
        "With so long a memory it runs far past the minimum, and has to come back.",
        lambda now, _: _beyond(now[1]) > 0.5,
    ),
    (
        Stop(
            _momentum(0.0),
            "μ = 0 is gradient descent: both paths are one, and 55 % of the way along the floor is left.",
            lambda now, _: np.allclose(now[0].points, now[1].points) and round(_left(now[0]), 2) == 0.55,
        ),
        Stop(
            {},
            "μ = 0.8: it swings across the floor at first, and after 60 steps has 2 % of the way left.",
            lambda now, _: round(_left(now[1]), 2) == 0.02,
        ),
        Stop(
            _momentum(0.95),
            "μ = 0.95: too long a memory. It runs past the minimum, and comes back.",
            lambda now, _: _beyond(now[1]) > 0.5,
        ),
    ),
)

NESTEROV = Guide(
    "What does it change to look ahead before the step?",
    "Raise the momentum of both, and compare how soon their swings die down.",
    Trace(
        "Both have μ = 0.97 now. Momentum’s path is there; draw the one that you expect of Nesterov.",
        1,
        {"optimizers": [{"rule": key, "momentum": 0.97} for key in ("momentum", "nesterov")]},
        "Across the ravine its swing dies down in a few turns; along the floor both run far past the minimum.",
        lambda now, _: min(map(_beyond, now)) > 0.5 and np.abs(now[1].points[30:, 1]).max() < 0.01,
    ),
    (
        Stop(
            {},
            "μ = 0.9: they pass the minimum by 0.59 and 0.46; Nesterov ends with less than a fiftieth of the loss.",
            lambda now, _: (
                [round(_beyond(path), 2) for path in now] == [0.59, 0.46] and now[1].values[-1] < now[0].values[-1] / 50
            ),
        ),
        Stop(
            {"optimizers": [{"rule": key, "momentum": 0.5} for key in ("momentum", "nesterov")]},
            "μ = 0.5: neither goes past the minimum along the floor, and they end almost alike.",
            lambda now, _: max(map(_beyond, now)) <= 0,
        ),
        Stop(
            {"optimizers": [{"rule": key, "momentum": 0.97} for key in ("momentum", "nesterov")]},
            "μ = 0.97: along the floor both swing; across it only momentum still does.",
            lambda now, _: np.abs(now[0].points[30:, 1]).max() > 10 * np.abs(now[1].points[30:, 1]).max(),
        ),
    ),
)

BORDERS = Guide(
    "How large may a learning rate be?",
    "Slide the condition number, and see which of the three paths leaves the bowl.",
    Choose(
        "The bowl gets 40 times as steep along y as along x, twice as steep as now. How many of the three diverge?",
        ("none", "one", "two", "all three"),
        "two",
        {"landscape_parameters": {"condition": 40.0}},
        "the border is 2 over the largest curvature. It is 0.05 here, between the first rate and the second.",
        lambda now, _: [_gone(path) for path in now] == [False, True, True],
    ),
    (
        Stop(
            {},
            "20 times as steep, the border is 0.1: 0.02 creeps, 0.095 is best, and 0.102 leaves the bowl.",
            lambda now, _: [*map(_gone, now)] == [False, False, True] and _left(now[0]) > 0.2 > _left(now[1]),
        ),
        Stop(
            {"landscape_parameters": {"condition": 1.0}},
            "A round bowl, the border is 2: all three converge, and the largest rate is the first.",
            lambda now, _: now[2].values[-1] < now[1].values[-1] < now[0].values[-1] < now[0].values[0],
        ),
        Stop(
            {"landscape_parameters": {"condition": 100.0}},
            "100 times as steep: 0.02 is the border itself. Its path jumps from wall to wall, neither down nor up.",
            lambda now, _: np.allclose(np.abs(now[0].points[:, 1]), abs(now[0].points[0][1])),
        ),
    ),
)

RATES_OF_THEIR_OWN = Guide(
    "What if each coordinate has a rate of its own?",
    "Drag the ring: AdaGrad’s first step stays as long as it is, however steep the place.",
    Choose(
        "The bowl gets 100 times as steep along y as along x; the rates stay. What becomes of the two?",
        ("both diverge", "SGD diverges", "AdaGrad diverges"),
        "SGD diverges",
        {"landscape_parameters": {"condition": 100.0}},
        "AdaGrad divides each gradient by the sizes of those before it, so that the steepness cancels.",
        lambda now, usual: (
            _gone(now[0])
            and not _gone(now[1])
            and np.allclose(now[1].points, usual[1].points, atol=1e-4)
        ),
    ),
    (
        Stop(
            {},
            "20 times as steep: SGD settles y in a step and creeps along x. AdaGrad’s first step is 0.5 along both.",
            lambda now, _: (
                abs(now[0].points[1][1]) < 0.2
                and np.allclose(np.abs(now[1].points[1] - now[1].points[0]), 0.5, atol=1e-6)
            ),
        ),
        Stop(
            {"start": [2.5, 1.0]},
            "From elsewhere AdaGrad’s first step is again 0.5 along both axes.",
            lambda now, _: np.allclose(np.abs(now[1].points[1] - now[1].points[0]), 0.5, atol=1e-6),
        ),
        Stop(
            {"landscape_parameters": {"condition": 1.0}},
            "A round bowl needs no rates of their own: SGD goes straight to the minimum, and AdaGrad has a bend.",
            lambda now, _: np.allclose(np.diff(now[0].points[:, 1] / now[0].points[:, 0]), 0),
        ),
    ),
)

FOUR = Guide(
    "What has Adam of momentum, and what of RMSProp?",
    "Switch the others off and on, and drag the ring: which of them does Adam go with at first, which later?",
    Trace(
        "A new start, with the paths of the other three. Draw the one that you expect of Adam.",
        3,
        {"start": [-2.0, -1.0]},
        "Straight at first, as RMSProp goes; then past the minimum and back, as momentum does.",
        lambda now, _: _beyond(now[3]) > 0.1 and abs(_first(now[3]) / now[3].points[0][0]) > 0,
    ),
    (
        Stop(
            {"optimizers": ["sgd"]},
            "SGD is on the floor of the ravine after one step, and then creeps along it.",
            lambda now, _: abs(now[0].points[1][1]) < 1e-9 and now[0].points[12][0] < now[0].points[0][0] / 2,
        ),
        Stop(
            {"optimizers": ["sgd", "momentum"]},
            "A memory of the gradients: quick along the floor, past the minimum, and back.",
            lambda now, _: _beyond(now[1]) > 0.1 and _beyond(now[0]) <= 0,
        ),
        Stop(
            {"optimizers": ["sgd", "rmsprop"]},
            "A rate for each coordinate: both directions are equally quick at first, whatever their steepness.",
            lambda now, _: np.allclose(*np.abs(now[1].points[1] - now[1].points[0])),
        ),
        Stop(
            {},
            "Adam has both: it sets out as RMSProp does, and runs past the minimum as momentum does.",
            lambda now, _: _beyond(now[3]) > 0.1 and np.allclose(*np.abs(now[3].points[1] - now[3].points[0])),
        ),
    ),
)

def _both(beta2: float) -> dict[str, Any]:
    adam = {"rule": "adam", "lr": 0.1, "beta2": beta2}
    return {"optimizers": [adam, {**adam, "bias_correction": False}]}


CORRECTED = Guide(
    "What goes wrong in the first steps?",
    "Move β₂ towards 1, and watch the gap between the two paths grow.",
    Choose(
        "β₂ is 0.9999 next, and the rate is 0.1 still. How long is the first step of the one that does not correct?",
        ("0.1", "0.32", "1"),
        "1",
        _both(0.9999),
        "it is (1 − β₁)/√(1 − β₂) = 10 times the rate. The corrected one takes 0.1, whatever β₂ is.",
        lambda now, _: [round(_first(path), 3) for path in now] == [0.1, 1.0],
    ),
    (
        Stop(
            {},
            "β₂ = 0.999: first steps of 0.1 and of 0.316; after ten steps the uncorrected one is across the valley.",
            lambda now, _: [round(_first(path), 3) for path in now] == [0.1, 0.316] and now[1].points[10][0] > 1,
        ),
        Stop(
            _both(0.99),
            "β₂ = 0.99, where √(1 − β₂) is 1 − β₁: the first steps are alike, and the later ones are not.",
            lambda now, _: (
                round(_first(now[0]), 6) == round(_first(now[1]), 6)
                and bool(np.abs(now[0].points - now[1].points).max() > 0.1)
            ),
        ),
        Stop(
            _both(0.9999),
            "β₂ = 0.9999: the first step is 1, ten times the rate.",
            lambda now, _: round(_first(now[1]), 3) == 1.0,
        ),
    ),
)

def _apart(now: Any) -> float:
    return float(np.linalg.norm(now[0].points[-1] - now[1].points[-1]))


GROUNDS = Guide(
    "Where does a descent end?",
    "Move the ring a little, and see whether both methods still end in the same minimum.",
    Choose(
        "The start moves to (0, 0), to the hill in the middle. Do the two end in the same minimum?",
        ("in the same", "in different ones"),
        "in the same",
        {"start": [0.0, 0.0]},
        "both go down the same side of the hill. Beside it small differences decide which valley is next.",
        lambda now, _: _apart(now) < 0.01,
    ),
    (
        Stop(
            {},
            "Four minima of equal height. From here the two methods end in different ones.",
            lambda now, _: _apart(now) > 1,
        ),
        Stop(
            {"start": [-0.2, -0.8]},
            "A little aside from the hill they part again.",
            lambda now, _: _apart(now) > 1,
        ),
        Stop(
            {"landscape": "rosenbrock"},
            "A bent valley: SGD is in it after 10 steps, and 190 steps later has hardly moved.",
            lambda now, _: now[0].values[10] < 6 and now[0].values[-1] > 5,
        ),
        Stop(
            {"landscape": "saddle"},
            "A saddle: SGD comes near the middle, where the gradient is 0, and then leaves downhill for ever.",
            lambda now, _: 0 < now[0].values[20] < 0.01 and now[0].values[-1] < -1e6,
        ),
    ),
)

SIGNS = Guide(
    "How does a method walk that looks at signs alone?",
    "Drag the ring: the paths change, while the length of the steps of signSGD and Lion stays as it is.",
    Trace(
        "A new start. Draw the path that you expect of signSGD, whose steps are 0.09 along each axis.",
        1,
        {"start": [-1.5, 1.0], "optimizers": ["sgd", {"rule": "signsgd", "lr": 0.09}]},  # Lion's path would tell
        "It goes at 45 degrees until one coordinate has arrived, and then along the other.",
        lambda now, _: (
            np.allclose(np.abs(np.diff(now[1].points[:10], axis=0)), 0.09) and abs(now[1].points[-1][1]) < 0.1
        ),
    ),
    (
        Stop(
            {},
            "SignSGD and Lion set out at 45 degrees; Lion runs past the minimum, and neither comes to rest.",
            lambda now, _: (
                np.allclose(now[1].points[:8], now[2].points[:8], atol=0.01)
                and _beyond(now[2]) > 0.1
                and all(np.ptp(path.values[-10:]) > 1e-4 for path in now[1:3])
            ),
        ),
        Stop(
            {"landscape_parameters": {"condition": 100.0}},
            "100 times as steep: SGD diverges at its rate, and signSGD takes the very same steps.",
            lambda now, usual: _gone(now[0]) and np.allclose(now[1].points[:10], usual[1].points[:10]),
        ),
        Stop(
            {"optimizers": [{"rule": "signsgd", "lr": 0.02}, {"rule": "lion", "lr": 0.02}]},
            "At 0.02 they come to the floor later, and what they jump by in the end is smaller.",
            lambda now, usual: np.ptp(now[0].points[-10:, 1]) < 0.05 < np.ptp(usual[1].points[-10:, 1]),
        ),
    ),
)

_FAMILY = ("adam", "adamax", "nadam", "adabelief")

RELATIVES = Guide(
    "How different are Adam’s relatives?",
    "Add others of the family, drag the ring, and see whether the order in which they turn stays.",
    Choose(
        "At half the rate, 0.1: which of the four turns first?",
        ("Adam", "AdaMax", "NAdam", "AdaBelief"),
        "NAdam",
        {"optimizers": [{"rule": key, "lr": 0.1} for key in _FAMILY]},
        "it looks ahead and starts with half the momentum, so that it has the least to brake.",
        lambda now, _: min(range(4), key=lambda k: _beyond(now[k])) == 2,
    ),
    (
        Stop(
            {},
            "All four at 0.2: NAdam turns first, at x = 0.13, and AdaBelief last, at 0.66.",
            lambda now, _: [round(_beyond(now[k]), 2) for k in (2, 3)] == [0.13, 0.66],
        ),
        Stop(
            {"optimizers": [{"rule": key, "lr": 0.1} for key in _FAMILY]},
            "At half the rate the order of the first and the last is the same.",
            lambda now, _: sorted(range(4), key=lambda k: _beyond(now[k]))[::3] == [2, 3],
        ),
        Stop(
            {"optimizers": [{"rule": key, "lr": 0.2} for key in ("adam", "amsgrad")]},
            "AMSGrad divides by the largest average so far: where gradients only fall, its steps become shorter.",
            lambda now, _: _beyond(now[1]) < _beyond(now[0]),
        ),
    ),
)


def _soft(*deltas: float) -> dict[str, Any]:
    rule = {"rule": "soft_sign", "lr": 0.05}
    return {"optimizers": ["signum", *({**rule, "delta": delta} for delta in deltas)]}


def _last(path: Any) -> Any:
    """Length along x and y of the longest of its last 20 steps."""
    return np.abs(np.diff(path.points[-21:], axis=0)).max(axis=0)


OWN_RULE = Guide(
    "When is a soft sign a sign, and when a momentum?",
    "Slide δ of the tab that is open, and watch where its path comes to rest.",
    Choose(
        "The smaller δ becomes 0.001. As what does that path then end?",
        ("as Signum", "at rest in the minimum", "as slow as δ = 10"),
        "as Signum",
        _soft(0.001, 10.0),
        "averages across the ravine stay far above such a δ: there the step is the sign times the rate, 0.05.",
        lambda now, _: abs(_last(now[1])[1] - 0.05) < 0.001 and np.allclose(_last(now[0]), 0.05),
    ),
    (
        Stop(
            {},
            "Signum’s last steps are still 0.05 long. δ = 0.1 is at rest, and δ = 10 has 42 % of the way left.",
            lambda now, _: (
                np.allclose(_last(now[0]), 0.05) and max(_last(now[1])) < 0.001 and round(_left(now[2]), 2) == 0.42
            ),
        ),
        Stop(
            _soft(1.0, 100.0),
            "δ = 1 hardly passes the minimum. With δ = 100, 200 steps leave 91 % of the way.",
            lambda now, _: 0 < _beyond(now[1]) < 0.02 and round(_left(now[2]), 2) == 0.91,
        ),
        Stop(
            {"landscape_parameters": {"condition": 100.0}},
            "100 times as steep: across the ravine averages are never small, and δ = 0.1 jumps by 0.03 to the end.",
            lambda now, _: round(_last(now[1])[1], 2) == 0.03,
        ),
    ),
)
