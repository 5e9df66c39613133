"""Each layer-wise and factored rule again, by other means, in NumPy and float64: the evidence of oracles.py for these.

The rules recur; here moments are sums over the whole history, parameters are unrolled where the decay allows, norms are
roots of dot products, and factored moments are made element by element. Nothing of the package is imported. Every
oracle has the signature

    oracle(gradients, p0, lrs, **hyperparameters) -> (parameters, states)

of oracles.py, for one tensor of any shape (for Adai, the vector of all parameters); hyperparameters have no defaults.
"""

import math
from collections.abc import Sequence
from inspect import isfunction, signature
from itertools import product as indices

import numpy as np

Array = np.ndarray
Path = tuple[list[Array], list[dict[str, Array]]]


def power_sum(values: Sequence[Array], decay: float) -> Array:
    """Σ decay^(t−i) x_i."""
    return np.tensordot(decay ** np.arange(len(values))[::-1].astype(float), np.stack(values), axes=1)


def share(values: Sequence[Array], decay: float) -> Array:
    return (1 - decay) * power_sum(values, decay)


def average(values: Sequence[Array], decay: float, corrected: bool = True) -> Array:
    """The sum over the history divided by the sum of its weights; uncorrected, by the sum of endless weights."""
    ones = [np.ones(())] * len(values)
    return power_sum(values, decay) / power_sum(ones, decay) if corrected else share(values, decay)


def squares(values: Sequence[Array]) -> list[Array]:
    return [value * value for value in values]


def length(x: Array) -> float:
    """The Euclidean norm, added without rounding."""
    return math.sqrt(math.fsum(float(element) ** 2 for element in np.ravel(x)))


def rms(x: Array) -> float:
    return length(x) / math.sqrt(x.size)


def ratio(p: Array, u: float) -> float:
    return length(p) / u if length(p) and u else 1.0


def lars(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    momentum: float,
    trust_coefficient: float,
    weight_decay: float,
) -> Path:
    """You et al. (2017): each scaled gradient moves p at its own step and, by powers of μ, at all later ones."""
    p, scaled, parameters, states = p0, [], [], []
    for g, lr in zip(gradients, lrs, strict=True):
        whole = length(g) + weight_decay * length(p)
        local = trust_coefficient * length(p) / whole if length(p) and whole else 1.0
        scaled.append(lr * local * (g + weight_decay * p))
        b = power_sum(scaled, momentum)
        ages = range(len(scaled) - 1, -1, -1)
        p = p0 - sum(s * sum(momentum**k for k in range(age + 1)) for s, age in zip(scaled, ages, strict=True))
        parameters.append(p)
        states.append({"b": b})
    return parameters, states


def lamb(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    corrected: bool = True,
) -> Path:
    """You et al. (2020): a step of length η‖θ‖ along the direction of length 1."""
    p, parameters, states = p0, [], []
    for t, lr in enumerate(lrs, start=1):
        seen = gradients[:t]
        adam = average(seen, beta1, corrected) / (eps + np.sqrt(average(squares(seen), beta2, corrected)))
        u = adam + weight_decay * p
        along = u / length(u) if length(u) else u
        p = p - lr * (length(p) or length(u)) * along
        parameters.append(p)
        states.append({"m": share(seen, beta1), "v": share(squares(seen), beta2)})
    return parameters, states


def novograd(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> Path:
    """Ginsburg et al. (2019): v = β₂^(t−1) ‖g_1‖² + (1−β₂) Σ_{i≥2} β₂^(t−i) ‖g_i‖²; m sums what was added."""
    p, added, parameters, states = p0, [], [], []
    for t, lr in enumerate(lrs, start=1):
        lengths = [length(g) ** 2 for g in gradients[:t]]
        late = [(1 - beta2) * beta2 ** (t - i) * lengths[i - 1] for i in range(2, t + 1)]
        v = math.fsum([beta2 ** (t - 1) * lengths[0], *late])
        added.append(gradients[t - 1] / (eps + math.sqrt(v)) + weight_decay * p)
        m = power_sum(added, beta1)
        p = p - lr * m
        parameters.append(p)
        states.append({"m": m, "v": np.asarray(v)})
    return parameters, states


def stable_adamw(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    corrected: bool = True,
) -> Path:
    """Wortsman et al. (2023): AdamW with the rate η / max(1, RMS(g / max(√v, ε)))."""
    p, parameters, states = p0, [], []
    for t, lr in enumerate(lrs, start=1):
        seen = gradients[:t]
        root = np.sqrt(average(squares(seen), beta2, corrected))
        lr = min(lr, lr / max(rms(seen[-1] / np.maximum(root, eps)), 1e-300))
        p = p * (1 - lr * weight_decay) - lr * average(seen, beta1, corrected) / (eps + root)
        parameters.append(p)
        states.append({"m": share(seen, beta1), "v": share(squares(seen), beta2)})
    return parameters, states


def adai(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta0: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Xie et al. (2022), unrolled: g_i has in m_t the weight (1 − β_i) β_{i+1} … β_t, of sum 1 − Π."""
    betas, moves, parameters, states = [], [], [], []
    for t, lr in enumerate(lrs, start=1):
        v = average(squares(gradients[:t]), beta2, corrected)
        level = math.fsum(v) / v.size
        relative = v / level if level else 0 * v
        betas.append(np.minimum(1 - eps, np.maximum(0, 1 - beta0 * relative)))
        weights = [(1 - betas[i]) * np.prod(betas[i + 1 :], axis=0) for i in range(t)]
        m = sum(w * g for w, g in zip(weights, gradients[:t], strict=True))
        moves.append(lr * m / sum(weights))
        parameters.append(p0 - sum(moves))
        states.append({"m": m, "v": share(squares(gradients[:t]), beta2), "product": np.prod(betas, axis=0)})
    return parameters, states


def mars(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    variance_reduction: float,
    eps: float,
    weight_decay: float,
    corrected: bool = True,
) -> Path:
    """Yuan et al. (2024): AdamW of c = (1 + γ') g − γ' g_previous with γ' = γβ₁ / (1 − β₁), in the ball of radius 1."""
    extra = variance_reduction / (1 / beta1 - 1) if beta1 else 0.0
    p, seen, parameters, states = p0, [], [], []
    for g, before, lr in zip(gradients, [0 * p0, *gradients], lrs, strict=False):
        c = (1 + extra) * g - extra * before
        seen.append(c / length(c) if length(c) > 1 else c)
        direction = average(seen, beta1, corrected) / (eps + np.sqrt(average(squares(seen), beta2, corrected)))
        p = p * (1 - lr * weight_decay) - lr * direction
        parameters.append(p)
        states.append({"m": share(seen, beta1), "v": share(squares(seen), beta2), "g_previous": g})
    return parameters, states


def kept(move: Array, g: Array) -> Array:
    """What is left of a move where it goes with the gradient, element by element, grown by n / (left + 1)."""
    pairs = {index: (move[index], g[index]) for index in np.ndindex(g.shape)}
    with_it = [index for index, pair in pairs.items() if min(pair) > 0 or max(pair) < 0]
    left = np.zeros_like(move)
    for index in with_it:
        left[index] = move[index] * g.size / (len(with_it) + 1)
    return left


def cautious_adamw(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    corrected: bool = True,
) -> Path:
    """Liang et al. (2024)."""
    p, parameters, states = p0, [], []
    for t, lr in enumerate(lrs, start=1):
        seen = gradients[:t]
        direction = average(seen, beta1, corrected) / (eps + np.sqrt(average(squares(seen), beta2, corrected)))
        p = p * (1 - lr * weight_decay) - lr * kept(direction, seen[-1])
        parameters.append(p)
        states.append({"m": share(seen, beta1), "v": share(squares(seen), beta2)})
    return parameters, states


def cautious_lion(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    weight_decay: float,
) -> Path:
    """Liang et al. (2024), of the sign of β₁ (1−β₂) Σ β₂^(t−1−i) g_i + (1−β₁) g_t."""
    p, parameters, states = p0, [], []
    for t, lr in enumerate(lrs, start=1):
        seen = gradients[:t]
        before = share([0 * p0, *seen[:-1]], beta2)
        direction = np.sign(beta1 * before + (1 - beta1) * seen[-1])
        p = p * (1 - lr * weight_decay) - lr * kept(direction, seen[-1])
        parameters.append(p)
        states.append({"m": share(seen, beta2)})
    return parameters, states


def adafactor(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta2_decay: float,
    eps1: float,
    eps2: float,
    d: float,
    weight_decay: float,
) -> Path:
    """Shazeer & Stern (2018), with the weights of the history as products, and matrices as loops over elements."""
    eps1 = eps1 or 2.0**-52
    p, parameters, states = p0, [], []
    nothing = np.zeros(0)
    for t, lr in enumerate(lrs, start=1):
        fresh = [k**beta2_decay for k in range(1, t + 1)]
        weights = [fresh[i] * math.prod(1 - f for f in fresh[i + 1 :]) for i in range(t)]
        v = sum(w * g**2 for w, g in zip(weights, gradients[:t], strict=True))
        state = {"R": nothing, "C": nothing, "v": v}
        if p.ndim > 1:
            *_, n, k = p.shape
            estimate = np.empty_like(p)
            R, C = np.empty((*p.shape[:-1], 1)), np.empty((*p.shape[:-2], 1, k))
            for at in np.ndindex(p.shape[:-2]):
                rows = [math.fsum(v[at][i]) / k for i in range(n)]
                columns = [math.fsum(v[at][:, j]) / n for j in range(k)]
                R[at], C[at] = np.reshape(rows, (n, 1)), np.reshape(columns, (1, k))
                for i, j in indices(range(n), range(k)):
                    estimate[(*at, i, j)] = rows[i] * columns[j] / max(math.fsum(rows) / n, eps1)
            state = {"R": R, "C": C, "v": nothing}
            v = estimate
        u = gradients[t - 1] / np.maximum(np.sqrt(v), eps1)
        step = min(lr, 1 / math.sqrt(t)) * max(eps2, rms(p)) * min(1.0, d / rms(u) if rms(u) else 1.0)
        p = p - lr * weight_decay * p - step * u
        parameters.append(p)
        states.append(state)
    return parameters, states


def sm3(gradients: Sequence[Array], p0: Array, lrs: Sequence[float], *, momentum: float, eps: float) -> Path:
    """Anil et al. (2019), SM3-II, with a dictionary of the bounds of every index of every axis."""
    shape = p0.shape or (1,)
    bounds = {(axis, i): 0.0 for axis, n in enumerate(shape) for i in range(n)}
    p, steps, parameters, states = p0, [], [], []
    for g, lr in zip(gradients, lrs, strict=True):
        g = g.reshape(shape)
        step, largest = np.zeros(shape), dict.fromkeys(bounds, 0.0)
        for index in np.ndindex(shape):
            total = min(bounds[pair] for pair in enumerate(index)) + g[index] ** 2
            step[index] = g[index] / math.sqrt(total + eps) if total else 0.0
            for pair in enumerate(index):
                largest[pair] = max(largest[pair], total)
        bounds = largest
        steps.append(step.reshape(p0.shape))
        m = share(steps, momentum)
        p = p - lr * m
        parameters.append(p)
        states.append({"m": m, "a": np.array(list(bounds.values()))})
    return parameters, states


#: Every function here with the signature of an oracle, by the key of its optimizer.
ORACLES = {
    name: value
    for name, value in list(globals().items())
    if isfunction(value) and name[0] != "_" and [*signature(value).parameters][:3] == ["gradients", "p0", "lrs"]
}
