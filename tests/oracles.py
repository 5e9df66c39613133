"""Each optimizer again, by other means: the independent evidence that the rules are right.

One scalar parameter, float64, plain Python. A rule in the package is a recursion, so an oracle here is its
closed form: sums over the whole history of gradients, added without rounding by `math.fsum`. A slip in a
recursion (a missed power of beta, a counter off by one, a state read too late) has no counterpart here.

May import the standard library only; nothing of the package. Every oracle has the signature

    oracle(gradients, p0, lrs, **hyperparameters) -> (parameters, states)

with `gradients[k]` and `lrs[k]` those of step k + 1; `parameters[k]` and `states[k]` what that step leaves.
Hyperparameters have no defaults: what the package takes as its default is never assumed here.
"""

from collections.abc import Callable, Sequence
from inspect import isfunction, signature
from itertools import pairwise
from math import copysign, exp, fsum, log, prod, sqrt

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


def centered_rmsprop(gradients: Sequence[float], p0: float, lrs: Sequence[float], *, alpha: float, eps: float) -> Path:
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
    moves = [-lr * direction for lr, direction in zip(lrs, directions, strict=True)]
    return shrunk(p0, [1 - lr * weight_decay for lr in lrs], moves), states


def dampened_momentum(
    gradients: Sequence[float], p0: float, lrs: Sequence[float], *, momentum: float, dampening: float
) -> Path:
    """Unrolled: b_t = μ^(t−1) g_1 + (1−τ) Σ_{i≥2} μ^(t−i) g_i, the first gradient alone being whole."""
    buffers = [
        fsum([momentum ** (len(seen) - 1) * seen[0], (1 - dampening) * weighted_sum(seen[1:], momentum)])
        for seen in histories(gradients)
    ]
    return descend(p0, lrs, buffers), [{"b": b} for b in buffers]


def aggmo(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    momentum1: float,
    momentum2: float,
    momentum3: float,
) -> Path:
    """Lucas et al. (2019): the mean of three heavy balls that started together, each of which never saw the others."""
    balls = [momentum(gradients, p0, lrs, momentum=mu) for mu in (momentum1, momentum2, momentum3)]
    parameters = [fsum(positions) / 3 for positions in zip(*(path for path, _ in balls), strict=True)]
    states = [
        {f"b{k}": state["b"] for k, state in enumerate(states, start=1)}
        for states in zip(*(states for _, states in balls), strict=True)
    ]
    return parameters, states


def qhm(gradients: Sequence[float], p0: float, lrs: Sequence[float], *, momentum: float, nu: float) -> Path:
    """Ma & Yarats (2019), by weight: the latest gradient has 1 − νμ, one of age i ν (1−μ) μ^i."""
    averages = [(1 - momentum) * weighted_sum(seen, momentum) for seen in histories(gradients)]
    directions = [
        fsum([(1 - nu * momentum) * seen[-1], nu * momentum * (1 - momentum) * weighted_sum(seen[:-1], momentum)])
        for seen in histories(gradients)
    ]
    return descend(p0, lrs, directions), [{"b": b} for b in averages]


def signed(value: float) -> float:
    return copysign(1.0, value) if value else 0.0


def signsgd(gradients: Sequence[float], p0: float, lrs: Sequence[float]) -> Path:
    """Bernstein et al. (2018): rates of steps down minus rates of steps up."""
    return descend(p0, lrs, [signed(g) for g in gradients]), [{} for _ in gradients]


def signum(gradients: Sequence[float], p0: float, lrs: Sequence[float], *, momentum: float) -> Path:
    """Bernstein et al. (2018), algorithm 2: the weights (1−μ) μ^(t−i) are positive, their scale does not matter."""
    sums = [weighted_sum(seen, momentum) for seen in histories(gradients)]
    return descend(p0, lrs, [signed(total) for total in sums]), [{"m": (1 - momentum) * total} for total in sums]


def shrunk(p0: float, factors: Sequence[float], moves: Sequence[float]) -> list[float]:
    """p_t = f_t p_{t−1} + move_t, unrolled: p_0 and each move times the factors of all later steps."""
    return [
        fsum([p0 * prod(factors[: t + 1]), *(moves[k] * prod(factors[k + 1 : t + 1]) for k in range(t + 1))])
        for t in range(len(moves))
    ]


def lion(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    weight_decay: float,
) -> Path:
    """Chen et al. (2023), algorithm 2: the sign is of β1 (1−β2) Σ β2^(t−1−i) g_i + (1−β1) g_t."""
    moves = []
    for seen, lr in zip(histories(gradients), lrs, strict=True):
        before = [beta1 * (1 - beta2) * beta2**age * g for age, g in enumerate(reversed(seen[:-1]))]
        moves.append(-lr * signed(fsum([*before, (1 - beta1) * seen[-1]])))
    averages = [(1 - beta2) * weighted_sum(seen, beta2) for seen in histories(gradients)]
    return shrunk(p0, [1 - lr * weight_decay for lr in lrs], moves), [{"m": m} for m in averages]


def sophia(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    curvature_weight: float,
    eps: float,
    weight_decay: float,
) -> Path:
    """Liu et al. (2024), algorithm 3, while nobody has estimated a curvature: h = 0, and ε is what is divided by."""
    averages = [(1 - beta1) * weighted_sum(seen, beta1) for seen in histories(gradients)]
    moves = [-lr * copysign(min(abs(m) / eps, 1.0), m) for m, lr in zip(averages, lrs, strict=True)]
    return shrunk(p0, [1 - lr * weight_decay for lr in lrs], moves), [{"m": m, "h": 0.0} for m in averages]


def rprop(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    etaminus: float,
    etaplus: float,
    step_min: float,
    step_max: float,
) -> Path:
    """Riedmiller & Braun (1993) by cases: after a turn, the gradient is forgotten and nothing moves."""
    step, last = lrs[0], 0.0
    directions, states = [], []
    for g in gradients:
        if min(g, last) > 0 or max(g, last) < 0:
            step *= etaplus
        elif min(g, last) < 0 < max(g, last):
            step, g = step * etaminus, 0.0
        step, last = sorted([step_min, step, step_max])[1], g
        directions.append(signed(g) * step)
        states.append({"g_previous": last, "s": step})
    return descend(p0, [1.0] * len(gradients), directions), states


def ftrl(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta: float,
    lambda1: float,
    lambda2: float,
) -> Path:
    """McMahan et al. (2013): each p minimizes Σ g_i p + Σ σ_i (p − p_i)² / 2 + λ1 |p| + (λ2 + β/η) p² / 2.

    Where the derivative at 0 is within ±λ1 the minimum is 0; else it is where the derivative, with the sign of
    −z, vanishes. σ_i is g_i² / (√G_i + √G_{i−1}) / η, which cancels nothing.
    """
    parameters, states, pulls = [], [], []
    p = p0
    for seen, lr in zip(histories(gradients), lrs, strict=True):
        before, now = sqrt(fsum(squares(seen[:-1]))), sqrt(fsum(squares(seen)))
        pulls.append(-(seen[-1] ** 2) / (before + now) / lr * p if seen[-1] else 0.0)
        z = fsum([*seen, *pulls])
        p = 0.0 if abs(z) <= lambda1 else (lambda1 * signed(z) - z) / ((beta + now) / lr + lambda2)
        parameters.append(p)
        states.append({"z": z, "G": fsum(squares(seen))})
    return parameters, states


def rmsprop_momentum(
    gradients: Sequence[float], p0: float, lrs: Sequence[float], *, alpha: float, eps: float, momentum: float
) -> Path:
    """Graves (2013): heavy-ball momentum, unrolled, of the gradients that RMSProp has divided."""
    means = [(1 - alpha) * weighted_sum(squares(seen), alpha) for seen in histories(gradients)]
    divided = [g / (eps + sqrt(v)) for g, v in zip(gradients, means, strict=True)]
    buffers = [weighted_sum(seen, momentum) for seen in histories(divided)]
    return descend(p0, lrs, buffers), [{"v": v, "b": b} for v, b in zip(means, buffers, strict=True)]


def fully_decoupled_adamw(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    lr_max: float,
    corrected: bool = True,
) -> Path:
    """Loshchilov & Hutter (2019), algorithm 2 with η_t = lr / lr_max: the factor of each step is 1 − η_t λ."""
    directions, states = adam_directions(gradients, beta1, beta2, eps, corrected)
    moves = [-lr * direction for lr, direction in zip(lrs, directions, strict=True)]
    return shrunk(p0, [1 - weight_decay * (lr / lr_max) for lr in lrs], moves), states


def moments(gradients: Sequence[float], beta1: float, beta2: float) -> States:
    """Adam's m and v at each step, as sums over history."""
    return [
        {"m": (1 - beta1) * weighted_sum(seen, beta1), "v": (1 - beta2) * weighted_sum(squares(seen), beta2)}
        for seen in histories(gradients)
    ]


def mean(values: Sequence[float], decay: float, corrected: bool) -> float:
    """The weighted mean of the history; uncorrected, of a history that was zero for ever before."""
    return average(values, decay) if corrected else (1 - decay) * weighted_sum(values, decay)


def grams(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Cao et al. (2024): Adam's direction, turned round where it is not the gradient's."""
    directions, states = adam_directions(gradients, beta1, beta2, eps, corrected)
    turned = [copysign(d, g) if g else 0.0 for d, g in zip(directions, gradients, strict=True)]
    return descend(p0, lrs, turned), states


def qhadam(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    nu1: float,
    nu2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Ma & Yarats (2019): a share of the mean, a share of the gradient, in numerator and denominator alike."""
    directions = []
    for seen in histories(gradients):
        numerator = fsum([nu1 * mean(seen, beta1, corrected), (1 - nu1) * seen[-1]])
        square = fsum([nu2 * mean(squares(seen), beta2, corrected), (1 - nu2) * seen[-1] ** 2])
        directions.append(numerator / (eps + sqrt(square)))
    return descend(p0, lrs, directions), moments(gradients, beta1, beta2)


def ademamix(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    beta3: float,
    mixing: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Pagliardini et al. (2025), algorithm 1: the slow average keeps the zero it began with."""
    directions, states = [], []
    for seen in histories(gradients):
        slow = mean(seen, beta3, False)
        root = sqrt(mean(squares(seen), beta2, corrected))
        directions.append(fsum([mean(seen, beta1, corrected), mixing * slow]) / (eps + root))
        states.append({"m1": mean(seen, beta1, False), "m2": slow, "v": mean(squares(seen), beta2, False)})
    return descend(p0, lrs, directions), states


def nadam_constant(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Dozat (2016): the mean of step t + 1, in which the gradient of step t stands in for that to come.

    Of the sum Σ β1^(t+1−i) g_i, the part up to t is divided by t + 1 weights, the part that stands in by t.
    """
    directions = []
    for seen in histories(gradients):
        ones = [1.0] * len(seen)
        now, then = weighted_sum(ones, beta1), weighted_sum([1.0, *ones], beta1)
        if not corrected:
            now = then = 1 / (1 - beta1)
        ahead = fsum([beta1 * weighted_sum(seen, beta1) / then, seen[-1] / now])
        directions.append(ahead / (eps + sqrt(mean(squares(seen), beta2, corrected))))
    return descend(p0, lrs, directions), moments(gradients, beta1, beta2)


def nadam(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    momentum_decay: float,
) -> Path:
    """Dozat (2016) with the schedule μ_t = β1 (1 − 0.96^(tψ) / 2): each product over all t afresh."""
    momenta = [beta1 * (1 - exp(log(0.96) * t * momentum_decay) / 2) for t in range(1, len(gradients) + 2)]
    states = moments(gradients, beta1, beta2)
    directions = []
    for t, (seen, state) in enumerate(zip(histories(gradients), states, strict=True), start=1):
        ahead = momenta[t] * state["m"] / (1 - prod(momenta[: t + 1]))
        now = (1 - momenta[t - 1]) * seen[-1] / (1 - prod(momenta[:t]))
        directions.append(fsum([ahead, now]) / (eps + sqrt(average(squares(seen), beta2))))
        state["mu_product"] = prod(momenta[:t])
    return descend(p0, lrs, directions), states


def adan(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    beta3: float,
    eps: float,
) -> Path:
    """Xie et al. (2024), algorithm 1: means of the gradients, of their changes, and of the squares of both together."""
    changes = [0.0, *(b - a for a, b in pairwise(gradients))]
    ahead = [g + beta2 * change for g, change in zip(gradients, changes, strict=True)]
    directions, states = [], []
    for t, g in enumerate(gradients, start=1):
        numerator = fsum([average(gradients[:t], beta1), beta2 * average(changes[:t], beta2)])
        directions.append(numerator / (eps + sqrt(average(squares(ahead[:t]), beta3))))
        states.append(
            {
                "m": (1 - beta1) * weighted_sum(gradients[:t], beta1),
                "d": (1 - beta2) * weighted_sum(changes[:t], beta2),
                "v": (1 - beta3) * weighted_sum(squares(ahead[:t]), beta3),
                "g_previous": g,
            }
        )
    return descend(p0, lrs, directions), states


def adamax(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Kingma & Ba (2015), algorithm 2, unrolled as in section 7.1: u_t = max β2^(t−i) (|g_i| + ε)."""
    directions, states = [], []
    for seen in histories(gradients):
        u = max(beta2**age * (abs(g) + eps) for age, g in enumerate(reversed(seen)))
        directions.append(mean(seen, beta1, corrected) / u)
        states.append({"m": (1 - beta1) * weighted_sum(seen, beta1), "u": u})
    return descend(p0, lrs, directions), states


def amsgrad(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Reddi et al. (2018), algorithm 2; corrected, the largest v of all steps has the correction of this one."""
    states = moments(gradients, beta1, beta2)
    directions = []
    for t, seen in enumerate(histories(gradients), start=1):
        largest = max(state["v"] for state in states[:t])
        weights = (1 - beta2) * weighted_sum([1.0] * t, beta2) if corrected else 1.0
        directions.append(mean(seen, beta1, corrected) / (eps + sqrt(largest / weights)))
        states[t - 1]["v_max"] = largest
    return descend(p0, lrs, directions), states


def amsgrad_corrected(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Reddi et al. (2018), algorithm 2, with means in the place of moments: the largest mean square of all steps."""
    states = moments(gradients, beta1, beta2)
    mean_squares = [mean(squares(seen), beta2, corrected) for seen in histories(gradients)]
    directions = []
    for t, seen in enumerate(histories(gradients), start=1):
        states[t - 1]["v_max"] = max(mean_squares[:t])
        directions.append(mean(seen, beta1, corrected) / (eps + sqrt(max(mean_squares[:t]))))
    return descend(p0, lrs, directions), states


def yogi(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    initial_accumulator_value: float,
    corrected: bool = True,
) -> Path:
    """Zaheer et al. (2018), algorithm 2, by cases: v falls or rises by (1−β2) g². Corrections as from zero."""
    directions, states = [], []
    steps = [initial_accumulator_value]
    for t, seen in enumerate(histories(gradients), start=1):
        m = fsum([beta1**t * initial_accumulator_value, (1 - beta1) * weighted_sum(seen, beta1)])
        square, v = seen[-1] ** 2, fsum(steps)
        steps.append((1 - beta2) * (square if square > v else -square if square < v else 0.0))
        v = fsum(steps)
        weight1, weight2 = (1 - beta1**t, 1 - beta2**t) if corrected else (1.0, 1.0)
        directions.append(m / weight1 / (eps + sqrt(v / weight2)))
        states.append({"m": m, "v": v})
    return descend(p0, lrs, directions), states


def adabelief(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    corrected: bool = True,
) -> Path:
    """Zhuang et al. (2020), algorithm 2, g − m being β1 (g − m_{t−1}); ε is one more addend each step."""
    surprises: list[float] = []
    directions, states = [], []
    for t, seen in enumerate(histories(gradients), start=1):
        before = (1 - beta1) * weighted_sum(seen[:-1], beta1)
        surprises.append(beta1 * (seen[-1] - before))
        s = fsum([(1 - beta2) * weighted_sum(squares(surprises), beta2), eps * weighted_sum([1.0] * t, beta2)])
        weights = (1 - beta2) * weighted_sum([1.0] * t, beta2) if corrected else 1.0
        directions.append(mean(seen, beta1, corrected) / (eps + sqrt(s / weights)))
        states.append({"m": (1 - beta1) * weighted_sum(seen, beta1), "s": s})
    return descend(p0, lrs, directions), states


def adabound(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    final_lr: float,
    gamma: float,
) -> Path:
    """Luo et al. (2019), algorithm 2: of the rate and its two bounds, the one in the middle."""
    states = moments(gradients, beta1, beta2)
    directions = []
    for t, (state, lr) in enumerate(zip(states, lrs, strict=True), start=1):
        weights = [(1 - beta) * weighted_sum([1.0] * t, beta) for beta in (beta1, beta2)]
        rate = lr * sqrt(weights[1]) / (weights[0] * (eps + sqrt(state["v"])))
        end = final_lr * (lr / lrs[0])
        directions.append(sorted([end * gamma * t / (gamma * t + 1), rate, end * (gamma * t + 1) / (gamma * t)])[1])
        directions[-1] *= state["m"]
        state["lr_first"] = lrs[0]
    return descend(p0, [1.0] * len(lrs), directions), states


def radam(
    gradients: Sequence[float], p0: float, lrs: Sequence[float], *, beta1: float, beta2: float, eps: float
) -> Path:
    """Liu et al. (2020), with ρ_t by its meaning: the length of a simple average of the same mean age."""
    states = moments(gradients, beta1, beta2)
    directions = []
    for t, (seen, state) in enumerate(zip(histories(gradients), states, strict=True), start=1):
        rho, rho_max = 2 * average([float(t - k) for k in range(t)], beta2) - 1, (1 + beta2) / (1 - beta2)
        weights = (1 - beta2) * weighted_sum([1.0] * t, beta2)
        direction = average(seen, beta1)
        if rho > 5:
            ratio = (rho - 4) / (rho_max - 4) * ((rho - 2) / (rho_max - 2)) * (rho_max / rho)
            direction *= sqrt(ratio * weights) / (eps + sqrt(state["v"]))
        directions.append(direction)
    return descend(p0, lrs, directions), states


def adopt(
    gradients: Sequence[float], p0: float, lrs: Sequence[float], *, beta1: float, beta2: float, eps: float
) -> Path:
    """Taniguchi et al. (2024), algorithm 2: the first gradient only sets v_0; the steps are counted after it."""
    first, later = gradients[0], gradients[1:]
    v = [
        fsum([beta2**t * first**2, (1 - beta2) * weighted_sum(squares(later[:t]), beta2)])
        for t in range(len(gradients))
    ]
    clipped = []
    for t, g in enumerate(later, start=1):
        quotient = g / max(eps, sqrt(v[t - 1]))
        clipped.append(copysign(min(abs(quotient), sqrt(sqrt(t))), quotient))
    averages = [0.0, *((1 - beta1) * weighted_sum(seen, beta1) for seen in histories(clipped))]
    return descend(p0, lrs, averages), [{"m": m, "v": square} for m, square in zip(averages, v, strict=True)]


def schedule_free(directions: Callable[[int, float], float], p0: float, lrs: Sequence[float], beta: float) -> Path:
    """Defazio et al. (2024), with x: z descends, x is the weighted mean of the z, y lies between.

    `directions(t, y)` is the direction of step t at y, the point where the gradient was taken.
    """
    z, y = [p0], p0
    parameters, states, weights = [], [], []
    moves: list[float] = []
    for t, lr in enumerate(lrs, start=1):
        weights.append(max(lrs[:t]) ** 2)
        u = directions(t, y)
        moves.append(-lr * u)
        z.append(fsum([p0, *moves]))
        x = fsum(w * point for w, point in zip(weights, z[1:], strict=True)) / fsum(weights)
        y = fsum([(1 - beta) * z[-1], beta * x])
        parameters.append(y)
        states.append({"z": z[-1], "lr_max": max(lrs[:t]), "weight_sum": fsum(weights)})
    return parameters, states


def schedule_free_sgd(gradients: Sequence[float], p0: float, lrs: Sequence[float], *, momentum: float) -> Path:
    return schedule_free(lambda t, y: gradients[t - 1], p0, lrs, momentum)


def schedule_free_adamw(
    gradients: Sequence[float],
    p0: float,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> Path:
    """Defazio et al. (2024), algorithm 1, the decay taken at y."""

    def direction(t: int, y: float) -> float:
        return fsum([gradients[t - 1] / (eps + sqrt(average(squares(gradients[:t]), beta2))), weight_decay * y])

    parameters, states = schedule_free(direction, p0, lrs, beta1)
    return parameters, [
        state | {"v": moment["v"]} for state, moment in zip(states, moments(gradients, 0.0, beta2), strict=True)
    ]


#: Every function here with the signature of an oracle, by the key of its optimizer.
ORACLES = {
    name: value
    for name, value in list(globals().items())
    if isfunction(value) and name[0] != "_" and [*signature(value).parameters][:3] == ["gradients", "p0", "lrs"]
}
