"""How learning rates of the landscapes were found: `python tests/sweep.py adan` writes its row of rules/rates.json.

Of 1, 2 and 5 times the powers of ten: the rate with the lowest mean, over a path of 200 steps, of the logarithm of
1 + the height above the minimum, among paths that stay in the domain and have no step longer than a fifth of its
diagonal. On the saddle, which has no minimum: the smallest rate whose path has left the domain downwards.
"""

import json
import sys
from pathlib import Path

import numpy as np

import firstorder as fo

FILE = Path(fo.__file__).parent / "rules" / "rates.json"
GRID = [float(f"{factor}e{power}") for power in range(-5, 3) for factor in (1, 2, 5)]
STEPS = 200


def inside(f: fo.Landscape, points: np.ndarray) -> bool:
    x0, x1, y0, y1 = f.domain
    return bool(np.all((points >= (x0, y0)) & (points <= (x1, y1))))


def height(f: fo.Landscape, path: fo.Trajectory) -> float:
    """The mean logarithmic height of a path above the minimum; infinite if it leaps or leaves the domain."""
    x0, x1, y0, y1 = f.domain
    if path.diverged is not None or not inside(f, path.points):
        return np.inf
    if np.linalg.norm(np.diff(path.points, axis=0), axis=1).max() > np.hypot(x1 - x0, y1 - y0) / 5:
        return np.inf
    return float(np.mean(np.log1p(path.values - f.value(f.minima[0]))))


def working_rate(f: fo.Landscape, optimizer: type[fo.Optimizer]) -> float:
    paths = {lr: fo.minimize(f, optimizer, steps=STEPS, lr=lr, progress=False) for lr in GRID}
    if f.minima:
        return min(GRID, key=lambda lr: height(f, paths[lr]))
    return next(lr for lr in GRID if paths[lr].values[-1] < paths[lr].values[0] and not inside(f, paths[lr].points))


if __name__ == "__main__":
    rates = json.loads(FILE.read_text(encoding="utf-8"))
    for key in sys.argv[1:]:
        rates[key] = {name: working_rate(f, fo.OPTIMIZERS[key]) for name, f in fo.LANDSCAPES.items()}
    rows = [f" {json.dumps(key)}: {json.dumps(rates[key])}" for key in fo.OPTIMIZERS if key in rates]
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
