"""Every wrapper once more, around heavy-ball momentum, per scalar in plain Python, from its paper by other means.

Where the wrapper keeps a recursion the numbers are unrolled: sums over the history, products of factors. An oracle has
the gradients as [step][parameter][element], the start as [parameter][element], the rate of each step, the momentum and
the wrapper's settings; it returns the elements of all parameters after each call, and the wrapper's own state then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import fsum, hypot
from typing import Any

import numpy as np
from oracles import shrunk

Vector = list[float]
History = Sequence[Sequence[Vector]]
States = list[dict[str, Any]]


def flat(parts: Sequence[Vector]) -> Vector:
    return [x for part in parts for x in part]


def buffers(gradients: Sequence[float], momentum: float) -> Vector:
    """b_t = Σ μ^(t−i) g_i."""
    return [fsum(momentum ** (t - i) * gradients[i] for i in range(t + 1)) for t in range(len(gradients))]


def heavy_ball(start: float, gradients: Sequence[float], lrs: Sequence[float], momentum: float) -> Vector:
    moves = [lr * b for lr, b in zip(lrs, buffers(gradients, momentum), strict=True)]
    return [start - fsum(moves[: t + 1]) for t in range(len(moves))]


def each(start: Sequence[Vector], gradients: History, path: Callable[[float, Vector], Sequence[float]]) -> list[Vector]:
    """The path of each element for itself, by step."""
    columns = zip(*(flat(step) for step in gradients), strict=True)
    return [list(step) for step in zip(*map(path, flat(start), map(list, columns)), strict=True)]


def of_heavy_ball(start: Sequence[Vector], gradients: History, lrs: Vector, momentum: float) -> list[Vector]:
    return each(start, gradients, lambda p, gs: heavy_ball(p, gs, lrs, momentum))


def no_state(path: Sequence[Any]) -> States:
    return [{} for _ in path]


def clip_value(gradients, start, lrs, momentum, *, max_value):
    """The middle one of −c, g and c."""
    clipped = [[[sorted([-max_value, x, max_value])[1] for x in part] for part in step] for step in gradients]
    path = of_heavy_ball(start, clipped, lrs, momentum)
    return path, no_state(path)


def scaled(part: Vector, norm: float, max_norm: float, eps: float) -> Vector:
    return [x * min(1.0, max_norm / (norm + eps)) for x in part]


def clip_norm(gradients, start, lrs, momentum, *, max_norm, eps):
    clipped = [[scaled(part, hypot(*part), max_norm, eps) for part in step] for step in gradients]
    path = of_heavy_ball(start, clipped, lrs, momentum)
    return path, no_state(path)


def clip_global_norm(gradients, start, lrs, momentum, *, max_norm, eps):
    """Pascanu, Mikolov & Bengio (2013), algorithm 1."""
    clipped = [[scaled(part, hypot(*flat(step)), max_norm, eps) for part in step] for step in gradients]
    path = of_heavy_ball(start, clipped, lrs, momentum)
    return path, no_state(path)


def accumulate(gradients, start, lrs, momentum, *, steps):
    """The heavy ball of the means, which stands still in between; its rates are those of its own steps."""
    whole = [gradients[i : i + steps] for i in range(0, len(gradients) - steps + 1, steps)]
    means = [[[fsum(xs) / steps for xs in zip(*parts, strict=True)] for parts in zip(*w, strict=True)] for w in whole]
    moved = [flat(start), *of_heavy_ball(start, means, lrs[steps - 1 :: steps][: len(means)], momentum)]
    path = [moved[(t + 1) // steps] for t in range(len(gradients))]
    states = []
    for t in range(len(gradients)):
        window = gradients[t + 1 - (t + 1) % steps : t + 1]
        states.append({"sum": [fsum(xs) for xs in zip(*map(flat, window), strict=True)] or [0.0] * len(flat(start))})
    return path, states


def l2(gradients, start, lrs, momentum, *, weight_decay):
    """The heavy ball of g + λθ, in which θ is what the steps before have made of it."""

    def path(p: float, gs: Vector) -> Vector:
        places, penalized = [p], []
        for t, (g, lr) in enumerate(zip(gs, lrs, strict=True)):
            penalized.append(g + weight_decay * places[t])
            places.append(places[t] - lr * buffers(penalized, momentum)[-1])
        return places[1:]

    made = each(start, gradients, path)
    return made, no_state(made)


def decoupled_decay(gradients, start, lrs, momentum, *, weight_decay):
    """Loshchilov & Hutter (2019), algorithm 1: p_0 and every move shrunk by the factors of all later steps."""

    def path(p: float, gs: Vector) -> Vector:
        moves = [-lr * b for lr, b in zip(lrs, buffers(gs, momentum), strict=True)]
        return shrunk(p, [1 - lr * weight_decay for lr in lrs], moves)

    made = each(start, gradients, path)
    return made, no_state(made)


def fully_decoupled_decay(gradients, start, lrs, momentum, *, weight_decay, lr_max):
    """The same with decay by the schedule's share of its largest rate, η_t = lr / lr_max."""

    def path(p: float, gs: Vector) -> Vector:
        moves = [-lr * b for lr, b in zip(lrs, buffers(gs, momentum), strict=True)]
        return shrunk(p, [1 - lr / lr_max * weight_decay for lr in lrs], moves)

    made = each(start, gradients, path)
    return made, no_state(made)


def lookahead(gradients, start, lrs, momentum, *, k, alpha):
    """Zhang et al. (2019), algorithm 1. The moves are the heavy ball's own: only where they begin is moved back.

    After n windows the slow weights are p_0 + α Σ (moves of those windows); the fast ones have this window's besides.
    """

    def moves(gs: Vector) -> Vector:
        return [-lr * b for lr, b in zip(lrs, buffers(gs, momentum), strict=True)]

    def slow(p: float, gs: Vector) -> Vector:
        return [fsum([p, *(alpha * m for m in moves(gs)[: (t + 1) // k * k])]) for t in range(len(gs))]

    def fast(p: float, gs: Vector) -> Vector:
        return [fsum([s, *moves(gs)[(t + 1) // k * k : t + 1]]) for t, s in enumerate(slow(p, gs))]

    return each(start, gradients, fast), [{"slow": step} for step in each(start, gradients, slow)]


def sam(gradients, start, lrs, momentum, *, rho):
    """Foret et al. (2021), algorithm 1, on f_t(θ) = g_t·θ + ‖θ‖²/2, whose gradient is g_t + θ."""
    p, path, seen = flat(start), [], []
    for step, lr in zip(gradients, lrs, strict=True):
        here = [g + x for g, x in zip(flat(step), p, strict=True)]
        there = [x + rho * h / hypot(*here) for x, h in zip(p, here, strict=True)]
        seen.append([g + x for g, x in zip(flat(step), there, strict=True)])
        p = [x - lr * buffers(list(column), momentum)[-1] for x, column in zip(p, zip(*seen, strict=True), strict=True)]
        path.append(p)
    return path, no_state(path)


def averaged(path: Sequence[Vector], weights: Callable[[int], Vector]) -> States:
    """The weighted mean of the path up to each step, or its start where no weight is given yet."""
    states = []
    for t in range(1, len(path)):
        w = weights(t)
        columns = zip(*path[: len(w)], strict=True)
        states.append({"average": [fsum(a * x for a, x in zip(w, c, strict=True)) for c in columns]})
    return states


def ema(gradients, start, lrs, momentum, *, decay):
    """Weights γ^(t−1) for the first step's parameters and (1 − γ) γ^(t−i) for those after it; none for the start."""
    path = of_heavy_ball(start, gradients, lrs, momentum)

    def weights(t: int) -> Vector:
        return [0.0, decay ** (t - 1), *((1 - decay) * decay ** (t - i) for i in range(2, t + 1))]

    return path, averaged([flat(start), *path], weights)


def swa(gradients, start, lrs, momentum, *, start_at, every):
    """Izmailov et al. (2018), algorithm 1: equal weights for steps start, start + every, …; before, the step's own."""
    path = of_heavy_ball(start, gradients, lrs, momentum)

    def weights(t: int) -> Vector:
        taken = [i >= start_at and (i - start_at) % every == 0 for i in range(t + 1)]
        return [x / sum(taken) for x in taken] if any(taken) else [*[0.0] * t, 1.0]

    return path, averaged([flat(start), *path], weights)


def maximize(gradients, start, lrs, momentum):
    """Downhill in the mirror: the path of −p under g, mirrored."""
    mirrored = [[-x for x in part] for part in start]
    path = [[-x for x in step] for step in of_heavy_ball(mirrored, gradients, lrs, momentum)]
    return path, no_state(path)


def scale_step(gradients, start, lrs, momentum, *, factor):
    """Rates that are so much larger: momentum multiplies its whole step by the rate."""
    path = of_heavy_ball(start, gradients, [factor * lr for lr in lrs], momentum)
    return path, no_state(path)


def loss_scale(gradients, start, lrs, momentum, *, scale, growth, backoff, interval):
    """Every gradient over the scale of its step, which has grown once for each whole interval before it."""
    scales = [scale * growth ** (t // interval) for t in range(len(gradients))]
    divided = [[[x / s for x in part] for part in step] for step, s in zip(gradients, scales, strict=True)]
    path = of_heavy_ball(start, divided, lrs, momentum)
    return path, no_state(path)


def skip_limit(gradients, start, lrs, momentum, *, limit):
    """The optimizer's own path, where nothing is skipped."""
    path = of_heavy_ball(start, gradients, lrs, momentum)
    return path, no_state(path)


def kahan(gradients, start, lrs, momentum, *, dtype):
    """optimi: u = k + Δ, θ' = fl(θ + u), k' = fl(u + (θ − θ')), in exact fractions, fl rounding to 16 bits.

    The heavy ball itself is float32's, here exact: its rounding is far below that of 16 bits.
    """

    def rounded(x: Fraction) -> Fraction:
        return Fraction(float(np.dtype(dtype).type(float(x))))

    def path(p: float, gs: Vector) -> list[tuple[float, float]]:
        theta, k, made = Fraction(p), Fraction(0), []
        for lr, b in zip(lrs, buffers(gs, momentum), strict=True):
            u = k - Fraction(lr) * Fraction(b)
            nearest = rounded(theta + u)
            theta, k = nearest, rounded(u + (theta - nearest))
            made.append((float(theta), float(k)))
        return made

    both: Any = each(start, gradients, path)
    return [[p for p, _ in step] for step in both], [{"compensation": [k for _, k in step]} for step in both]


#: Of each wrapper: its oracle, and settings that show what they do. SWA's `start` is called `start_at` above.
ORACLES = {
    "clip_value": (clip_value, {"max_value": 0.5}),
    "clip_norm": (clip_norm, {"max_norm": 0.7, "eps": 0.01}),
    "clip_global_norm": (clip_global_norm, {"max_norm": 0.7, "eps": 0.01}),
    "accumulate": (accumulate, {"steps": 3}),
    "l2": (l2, {"weight_decay": 0.3}),
    "decoupled_decay": (decoupled_decay, {"weight_decay": 0.3}),
    "fully_decoupled_decay": (fully_decoupled_decay, {"weight_decay": 0.03, "lr_max": 0.2}),
    "lookahead": (lookahead, {"k": 3, "alpha": 0.4}),
    "sam": (sam, {"rho": 0.2}),
    "ema": (ema, {"decay": 0.8}),
    "swa": (swa, {"start": 3, "every": 2}),
    "kahan": (kahan, {}),
    "maximize": (maximize, {}),
    "scale_step": (scale_step, {"factor": 0.3}),
    "loss_scale": (loss_scale, {"scale": 4.0, "growth": 2.0, "backoff": 0.5, "interval": 3}),
    "skip_limit": (skip_limit, {"limit": 2}),
}
