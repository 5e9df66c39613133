"""Each optimizer again, by other means: the independent evidence that the rules are right.

One scalar parameter, float64, plain Python. A rule in the package is a recursion, so an oracle here is its
closed form: sums over the whole history of gradients, added without rounding by `math.fsum`. A slip in a
recursion (a missed power of beta, a counter off by one, a state read too late) has no counterpart here.

May import `math` only; nothing of the package. Every oracle has the signature

    oracle(gradients, p0, lrs, **hyperparameters) -> (parameters, states)

with `gradients[k]` and `lrs[k]` those of step k + 1; `parameters[k]` and `states[k]` what that step leaves.
Hyperparameters have no defaults: what the package takes as its default is never assumed here.
"""

from collections.abc import Callable, Sequence
from math import fsum, prod, sqrt

States = list[dict[str, float]]
Path = tuple[list[float], States]


def weighted_sum(values: Sequence[float], decay: float) -> float:
    """Sum of decay^(t-i) x_i for i = 1..t: what x ← decay·x + x_i has accumulated after t steps from 0."""
    return fsum(decay**age * value for age, value in enumerate(reversed(values)))


def average(values: Sequence[float], decay: float) -> float:
    """Weighted mean with weights decay^(t-i): the sum over the history divided by the sum of its weights."""
    return weighted_sum(values, decay) / weighted_sum([1.0] * len(values), decay)


def histories(gradients: Sequence[float]) -> list[list[float]]:
    """The gradients seen by the end of each step: g_1; g_1, g_2; …"""
    return [list(gradients[: t + 1]) for t in range(len(gradients))]


def squares(values: Sequence[float]) -> list[float]:
    return [value * value for value in values]


def descend(p0: float, lrs: Sequence[float], directions: Sequence[float]) -> list[float]:
    """p_t = p_0 − Σ η_k d_k, each p_t summed afresh."""
    moves = [-lr * direction for lr, direction in zip(lrs, directions, strict=True)]
    return [fsum([p0, *moves[: t + 1]]) for t in range(len(moves))]


def sgd(gradients: Sequence[float], p0: float, lrs: Sequence[float]) -> Path:
    """Robbins & Monro (1951): p_t = p_0 − Σ η_k g_k."""
    return descend(p0, lrs, gradients), [{} for _ in gradients]


def momentum(gradients: Sequence[float], p0: float, lrs: Sequence[float], *, momentum: float) -> Path:
    """Polyak (1964), unrolled by gradient: g_i moves p at every step k ≥ i, by −η_k μ^(k−i) g_i."""
    parameters = []
    for t in range(len(gradients)):
        moves = [-lrs[k] * momentum ** (k - i) * gradients[i] for i in range(t + 1) for k in range(i, t + 1)]
        parameters.append(fsum([p0, *moves]))
    return parameters, [{"b": weighted_sum(seen, momentum)} for seen in histories(gradients)]


def nesterov(gradients: Sequence[float], p0: float, lrs: Sequence[float], *, momentum: float) -> Path:
    """Sutskever et al. (2013), equations 3 and 4, in their own variables.

    Velocity v_t = μ v_{t−1} − η g(θ_{t−1} + μ v_{t−1}), position θ_t = θ_{t−1} + v_t. The gradient is taken
    at the look-ahead point φ = θ + μ v, and φ is what an optimizer that sees only gradients must hold as its
    parameter. The velocity is η u, so a change of η rescales it, while φ, where the gradient is taken, stays.
    """
    lookahead, u = p0, 0.0
    parameters = []
    for g, lr in zip(gradients, lrs, strict=True):
        position = lookahead - momentum * (lr * u)
        u = momentum * u - g
        velocity = lr * u
        position += velocity
        lookahead = position + momentum * velocity
        parameters.append(lookahead)
    return parameters, [{"b": weighted_sum(seen, momentum)} for seen in histories(gradients)]


def adagrad(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    eps: float,
    initial_accumulator_value: float,
) -> Path:
    """Duchi, Hazan & Singer (2011), figure 1, diagonal: a sum over all history; ε is outside the root."""
    sums = [fsum([initial_accumulator_value, *squares(seen)]) for seen in histories(gradients)]
    directions = [g / (eps + sqrt(total)) for g, total in zip(gradients, sums, strict=True)]
    return descend(p0, lrs, directions), [{"G": total} for total in sums]


def rmsprop(gradients: Sequence[float], p0: float, lrs: Sequence[float], *, alpha: float, eps: float) -> Path:
    """Tieleman & Hinton (2012), lecture 6e: v_t = (1−α) Σ α^(t−i) g_i²; ε is outside the root."""
    means = [(1 - alpha) * weighted_sum(squares(seen), alpha) for seen in histories(gradients)]
    directions = [g / (eps + sqrt(v)) for g, v in zip(gradients, means, strict=True)]
    return descend(p0, lrs, directions), [{"v": v} for v in means]


def centered_rmsprop(
    gradients: Sequence[float], p0: float, lrs: Sequence[float], *, alpha: float, eps: float
) -> Path:
    """Graves (2013), equations 38 to 40, with the variance as a sum of squared deviations.

    The weights w_i = (1−α) α^(t−i) add up to 1 − α^t; the rest of the weight lies on the zero the averages
    began with. So v − a² = Σ w_i (g_i − a)² + α^t a², which cannot be negative and cancels nothing.
    """
    directions, states = [], []
    for seen in histories(gradients):
        a = (1 - alpha) * weighted_sum(seen, alpha)
        deviations = (1 - alpha) * weighted_sum(squares([g - a for g in seen]), alpha)
        variance = deviations + alpha ** len(seen) * a * a
        directions.append(seen[-1] / (eps + sqrt(variance)))
        states.append({"v": (1 - alpha) * weighted_sum(squares(seen), alpha), "a": a})
    return descend(p0, lrs, directions), states


def adadelta(gradients: Sequence[float], p0: float, lrs: Sequence[float], *, rho: float, eps: float) -> Path:
    """Zeiler (2012), algorithm 1, as one ratio: δ_t = g_t √((d_{t−1} + ε) / (v_t + ε)).

    Each δ needs those before it, so a recursion remains, but in δ alone: both averages are sums over history.
    """
    deltas: list[float] = []
    states: States = []
    for seen in histories(gradients):
        v = (1 - rho) * weighted_sum(squares(seen), rho)
        d_before = (1 - rho) * weighted_sum(squares(deltas), rho)
        deltas.append(seen[-1] * sqrt((eps + d_before) / (eps + v)))
        states.append({"v": v, "d": (1 - rho) * weighted_sum(squares(deltas), rho)})
    return descend(p0, lrs, deltas), states


def adam_directions(
    gradients: Sequence[float], beta1: float, beta2: float, eps: float, corrected: bool
) -> tuple[list[float], States]:
    """Kingma & Ba (2015): m̂ and v̂ are weighted means of the history; uncorrected, m and v stand there."""
    directions, states = [], []
    for seen in histories(gradients):
        m = (1 - beta1) * weighted_sum(seen, beta1)
        v = (1 - beta2) * weighted_sum(squares(seen), beta2)
        mean, mean_square = (average(seen, beta1), average(squares(seen), beta2)) if corrected else (m, v)
        directions.append(mean / (eps + sqrt(mean_square)))
        states.append({"m": m, "v": v})
    return directions, states


def adam(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Kingma & Ba (2015), algorithm 1, without the bias it corrects: m̂ and v̂ are means from the start."""
    directions, states = adam_directions(gradients, beta1, beta2, eps, corrected)
    return descend(p0, lrs, directions), states


def adamw(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    corrected: bool = True,
) -> Path:
    """Loshchilov & Hutter (2019), algorithm 2: every step first shrinks p by 1 − ηλ, then takes Adam's step.

    Unrolled, p_0 and each of Adam's moves are shrunk by the product of the factors of all later steps.
    """
    directions, states = adam_directions(gradients, beta1, beta2, eps, corrected)
    shrink = [1 - lr * weight_decay for lr in lrs]
    parameters = [
        fsum(
            [
                p0 * prod(shrink[: t + 1]),
                *(-lrs[k] * directions[k] * prod(shrink[k + 1 : t + 1]) for k in range(t + 1)),
            ]
        )
        for t in range(len(gradients))
    ]
    return parameters, states


ORACLES: dict[str, Callable[..., Path]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "centered_rmsprop": centered_rmsprop,
    "adadelta": adadelta,
    "adam": adam,
    "adamw": adamw,
}
