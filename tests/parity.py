"""How far our runs are from the libraries': `python tests/parity.py` writes it where the book reads it.

The runs of the libraries are the golden trajectories; ours are made anew, on NumPy.
"""

import json
from collections.abc import Callable
from pathlib import Path

import goldens
import numpy as np
import test_goldens
import test_layerwise
import test_matrix
import test_parameter_free
from goldens import Golden

import firstorder as fo

FILE = Path(fo.__file__).with_name("parity.json")
#: The files of golden trajectories, and our runs with the same gradients as the tests make them: a convention that a
#: library has and the rule has not is given there.
STORED = {
    goldens.FILE: test_goldens.replay,
    goldens.MATRIX_FILE: test_matrix.replay,
    goldens.LAYERWISE_FILE: test_layerwise.replay,
    goldens.PARAMETER_FREE_FILE: test_parameter_free.replay,
}
#: The library whose call it is, by the first word of the call, as `versions` names it.
LIBRARIES = {"torch": "torch", "optax": "optax", "pytorch_optimizer": "pytorch_optimizer", "optimi": "torch-optimi"}


def library(golden: Golden) -> str:
    return LIBRARIES[golden.call.split(".")[0]]


def deviation(golden: Golden, replay: Callable) -> float:
    """The largest difference of a parameter in any step, relative to its largest value in the library's run."""
    with fo.using("numpy"):
        ours, _ = replay(golden)
    paths = zip(zip(*ours, strict=True), zip(*golden.parameters, strict=True), strict=True)
    worst = 0.0
    for our, their in paths:
        a, b = np.stack(our), np.stack(their)
        worst = max(worst, float(np.max(np.abs(a - b) / np.maximum(np.abs(b).max(axis=0), np.finfo(float).tiny))))
    return worst


def measure(reasons: dict[str, str]) -> dict:
    """What parity.json holds; reasons: why a rule has no golden."""
    rules: dict[str, dict[str, float]] = {}
    departs: dict[str, list[str]] = {}
    versions: dict[str, str] = {}
    steps = []
    for file, replay in STORED.items():
        about, cases = goldens.load(file)
        versions |= {name: about["versions"][name] for name in LIBRARIES.values() if name in about["versions"]}
        for golden in cases:
            if golden.departs:
                departs.setdefault(golden.rule, []).append(library(golden))
                continue
            steps.append(len(golden.gradients))
            found = rules.setdefault(golden.rule, {})
            found[library(golden)] = max(found.get(library(golden), 0.0), deviation(golden, replay))
    in_order = {key: rules[key] for key in fo.OPTIMIZERS if key in rules}
    rounded = {key: {name: float(f"{gap:.1e}") for name, gap in row.items()} for key, row in in_order.items()}
    return {"versions": versions, "steps": min(steps), "rules": rounded, "departs": departs, "reasons": reasons}


if __name__ == "__main__":
    from test_registry import GOLDEN_REASONS

    FILE.write_text(json.dumps(measure(GOLDEN_REASONS), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")
