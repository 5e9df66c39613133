"""D-Adaptation and Prodigy again, by other means: the evidence of oracles.py for these rules.

The rules recur in float64; here, in 40 digits, every moment, sum and estimate is made afresh of the whole history of
one vector. In SGD the numerator is the authors' first, ‖s‖² - Σ ηᵢ²‖gᵢ‖², where the rule sums products.
Nothing of the package is imported. Every oracle has the signature

    oracle(gradients, p0, lrs, **hyperparameters) -> (parameters, states)

of oracles.py, with the whole vector as lists of numbers; hyperparameters have no defaults.
"""

from collections.abc import Sequence
from inspect import isfunction, signature

import mpmath

Vector = list
context = mpmath.mp.clone()
context.dps = 40
mpf, fsum, sqrt = context.mpf, context.fsum, context.sqrt


def exact(numbers: Sequence[float]) -> Vector:
    return [mpf(float(x)) for x in numbers]


def dot(a: Vector, b: Vector) -> mpmath.mpf:
    return fsum(x * y for x, y in zip(a, b, strict=True))


def combine(weights: Sequence, vectors: Sequence[Vector], n: int) -> Vector:
    """Σ wᵢ xᵢ, of vectors of length n."""
    return [fsum(w * x[j] for w, x in zip(weights, vectors, strict=True)) for j in range(n)]


def powers(decay: mpmath.mpf, count: int) -> list:
    """decay^(t-i) for i = 1 … t."""
    return [decay ** (count - 1 - i) for i in range(count)]


def dadapt_sgd(gradients, p0, lrs, *, momentum, d0):
    start, mu = exact(p0), mpf(momentum)
    n, seen, rates, sums, estimates = len(start), [], [], [], [mpf(d0)]
    parameters, states = [], []
    for gradient, lr in zip(gradients, lrs, strict=True):
        seen.append(exact(gradient))
        lengths = [sqrt(dot(g, g)) for g in seen if any(g)]
        length = lengths[0] if lengths else mpf(0)
        rates.append(estimates[-1] * mpf(lr) / length if length else mpf(0))
        s = combine(rates, seen, n)
        sums.append(s)
        twice = dot(s, s) - fsum(r**2 * dot(g, g) for r, g in zip(rates, seen, strict=True))
        estimates.append(max(estimates[-1], twice / sqrt(dot(s, s)) if any(s) else 0))
        # The average of p0 and all p0 - s, of which each is forgotten at the rate mu.
        weights = [(1 - mu) * w for w in powers(mu, len(sums))]
        p = [x - m for x, m in zip(start, combine(weights, sums, n), strict=True)]
        parameters.append(p)
        states.append({"s": s, "p0": start, "d": estimates[-1], "r": twice / 2, "G": length})
    return parameters, states


def dadapt_adam(gradients, p0, lrs, *, beta1, beta2, eps, d0):
    b1, b2, b3, eps = mpf(beta1), mpf(beta2), sqrt(mpf(beta2)), mpf(eps)
    n, seen, rates, products, estimates, steps = len(p0), [], [], [], [mpf(d0)], []
    s, v = [mpf(0)] * n, [mpf(0)] * n
    parameters, states = [], []
    for gradient, lr in zip(gradients, lrs, strict=True):
        g = exact(gradient)
        products.append(dot(g, [a / (sqrt(b) + eps) if a else a for a, b in zip(s, v, strict=True)]))
        seen.append(g)
        rates.append(estimates[-1] * mpf(lr))
        t = len(seen)
        slow = [(1 - b3) * w * r for w, r in zip(powers(b3, t), rates, strict=True)]
        m = combine([(1 - b1) * w * r for w, r in zip(powers(b1, t), rates, strict=True)], seen, n)
        v = combine([(1 - b2) * w for w in powers(b2, t)], [[x**2 for x in g] for g in seen], n)
        s = combine(slow, seen, n)
        r = fsum(w * x for w, x in zip(slow, products, strict=True))
        size = (1 - b3) * fsum(map(abs, s))
        estimates.append(max(estimates[-1], r / size if size else 0))
        steps.append([a / (sqrt(b) + eps) for a, b in zip(m, v, strict=True)])
        parameters.append([x - fsum(step[j] for step in steps) for j, x in enumerate(exact(p0))])
        states.append({"m": m, "v": v, "s": s, "d": estimates[-1], "r": r})
    return parameters, states


def prodigy(gradients, p0, lrs, *, beta1, beta2, eps, weight_decay, d0):
    b1, b2, b3, eps, decay = mpf(beta1), mpf(beta2), sqrt(mpf(beta2)), mpf(eps), mpf(weight_decay)
    start = exact(p0)
    n, p, seen, gains, products, distances = len(start), start, [], [], [], [mpf(d0)]
    parameters, states = [], []
    for gradient, lr in zip(gradients, lrs, strict=True):
        d = distances[-1]
        seen.append(exact(gradient))
        gains.append(d**2 * mpf(lr) / mpf(d0))
        products.append(dot(seen[-1], [a - b for a, b in zip(start, p, strict=True)]))
        t = len(seen)
        late = [w * x for w, x in zip(powers(b3, t), gains, strict=True)]
        scaled = [[e * x for x in g] for e, g in zip(distances, seen, strict=True)]
        m = combine([(1 - b1) * w for w in powers(b1, t)], scaled, n)
        v = combine([(1 - b2) * w for w in powers(b2, t)], [[x**2 for x in g] for g in scaled], n)
        s = combine(late, seen, n)
        r = fsum(w * x for w, x in zip(late, products, strict=True))
        size = fsum(map(abs, s))
        distances.append(max(d, r / size if size else 0))
        rate, guard = d * mpf(lr), distances[-1] * eps
        p = [x * (1 - rate * decay) - rate * a / (sqrt(b) + guard) for x, a, b in zip(p, m, v, strict=True)]
        parameters.append(p)
        states.append({"m": m, "v": v, "s": s, "p0": start, "d": distances[-1], "r": r})
    return parameters, states


#: Every function here with the signature of an oracle, by the key of its optimizer.
ORACLES = {
    name: value
    for name, value in list(globals().items())
    if isfunction(value) and name[0] != "_" and [*signature(value).parameters][:3] == ["gradients", "p0", "lrs"]
}
