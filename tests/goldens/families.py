"""What the scripts of single families share: a file of trajectories over several arrays, made or checked."""

import json
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from make import TOLERANCE, difference


def flat(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays])


def pack(
    script: str,
    libraries: Sequence[str],
    seed: int,
    shapes: Sequence[tuple[int, ...]],
    problem: tuple[list[np.ndarray], list[list[np.ndarray]]],
    cases: Iterable[tuple[dict, Iterable]],
) -> dict[str, np.ndarray]:
    """The contents of the file: start, gradients, every trajectory, and in `about` what they are."""
    start, gradients = problem
    made = {"start": flat(start), "gradients": np.stack([flat(g) for g in gradients])}
    described = []
    for number, (about, steps) in enumerate(cases):
        trajectory = list(steps)
        made[f"{number}.p"] = np.stack([flat(params) for params, _ in trajectory])
        for name in about["states"]:
            made[f"{number}.{name}"] = np.stack([flat(states[name]) for _, states in trajectory])
        state_shapes = {name: [list(np.shape(array)) for array in arrays] for name, arrays in trajectory[-1][1].items()}
        described.append(about | {"state_shapes": state_shapes})
    about = {
        "made_by": f"python tests/goldens/{script}",
        "versions": {library: version(library).split("+")[0] for library in libraries},
        "seed": seed,
        "layout": "one row a step: the arrays of `shapes`, or of a case's `state_shapes`, one after another",
        "shapes": shapes,
        "cases": described,
    }
    return {"about": np.array(json.dumps(about)), **made}


def write_or_check(file: Path, made: dict[str, np.ndarray], tolerance: float = TOLERANCE) -> None:
    """Write the file; with --check on the command line, compare with the one that is there instead."""
    if "--check" in sys.argv:
        with np.load(file) as stored:
            worst = difference(made, dict(stored))
        print(f"{file.name}: largest difference {worst:.1e}")
        sys.exit(worst > tolerance)
    assert all(np.isfinite(values.sum()) for name, values in made.items() if name != "about")
    np.savez_compressed(file, **made)
    print(f"{file.name}: {file.stat().st_size} bytes")
