"""The golden trajectories that make.py made with other libraries, as values: `load()` reads goldens.npz."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("goldens.npz")
MATRIX_FILE = Path(__file__).with_name("matrix.npz")  # of the rules of matrices, made by make_matrix.py
PARAMETER_FREE_FILE = Path(__file__).with_name("parameter_free.npz")  # made by parameter_free.py
LAYERWISE_FILE = Path(__file__).with_name("layerwise.npz")  # of layer-wise and factored rules, by make_layerwise.py
Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Golden:
    """One library's run of one optimizer: `parameters[k]` and `states[name][k]` are what step k + 1 left."""

    rule: str
    call: str  # the library's own call, for the reader of a failure
    hyperparameters: dict[str, float]  # those given to the library and to be given to us; the others are defaults
    lr_changes: dict[int, float]  # step (counted from 1) → the learning rate from that step on
    start: Arrays
    gradients: list[Arrays]
    parameters: list[Arrays]
    states: dict[str, list[Arrays]]
    departs: bool  # whether the library does otherwise than our rule, and so than the paper
    given: list[str]  # the states that the caller sets before each step: to those that the step left
    times_correction: list[str]  # hyperparameters to be given to us times 1 - beta1^t

    @property
    def label(self) -> str:
        return f"{self.rule}: {self.call}"


def unpack(flat: np.ndarray, shapes: list[list[int]]) -> Arrays:
    """The arrays of the given shapes whose elements, one after another, are `flat`."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]


def load(file: Path = FILE) -> tuple[dict, list[Golden]]:
    """What is known about how the file was made (versions, seed, command), and its trajectories."""
    with np.load(file) as stored:
        arrays = dict(stored)
    about = json.loads(str(arrays.pop("about")))
    shapes = about["shapes"]

    def rows(name: str, of: list[list[int]] = shapes) -> list[Arrays]:
        return [unpack(row, of) for row in arrays[name]]

    goldens = [
        Golden(
            rule=case["rule"],
            call=case["call"],
            hyperparameters=case["hyperparameters"],
            lr_changes={int(step): lr for step, lr in case["lr_changes"].items()},
            start=unpack(arrays["start"], shapes),
            gradients=rows("gradients"),
            parameters=rows(f"{number}.p"),
            states={
                name: rows(f"{number}.{name}", case.get("state_shapes", {}).get(name, shapes))
                for name in case["states"]
            },
            departs=case.get("departs", False),
            given=case.get("given", []),
            times_correction=case.get("times_correction", []),
        )
        for number, case in enumerate(about["cases"])
    ]
    return about, goldens
