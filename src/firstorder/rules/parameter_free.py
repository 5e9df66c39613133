"""Parameter-free rules: the rate is an estimate of the distance to the minimum, made from the gradients themselves.

They are joint: their sums and norms are over all arrays of a parameter group, and each group has its own estimate.
"""

from numpy import abs, maximum, sqrt, sum, where

from .declare import Hyperparameter, Scalar, norm, optimizer

D0 = Hyperparameter("d₀", "first estimate of the distance", 1e-30, slider=(1e-8, 1.0), scale="log")


@optimizer(
    name="DAdaptSGD",
    paper="defazio2023dadaptation",
    builds_on=("momentum",),
    initial={"p0": lambda p: p.copy(), "d": "d0"},
    joint=True,
    chapter="parameter_free",
    meanings={"d0": D0},
)
def dadapt_sgd(p, g, s, p0, d: Scalar, r: Scalar, G: Scalar, *, lr=1.0, momentum=0.9, d0=1e-6):
    """Momentum whose rate is d / ‖g₁‖, where d is an estimate, never lowered, of the distance from p₀ to a minimum.

    The estimate is 2 Σ ηᵢ⟨gᵢ, sᵢ₋₁⟩ / ‖s‖, with ηᵢ the rates and s the sum of all ηᵢgᵢ. Without momentum, half of it
    is a lower bound on the distance, for a convex objective whose gradients are exact; with momentum gᵢ is not taken at
    p₀ - sᵢ₋₁, and there is no such bound. lr is a factor on the rate: 1, or a schedule that peaks there. Momentum is an
    average: p moves by 1 - μ of its way to p₀ - s.

    Source: Defazio and Mishchenko (2023). pytorch_optimizer does the same, and takes for g₁ the first gradient that is
    not zero; an early version of the authors' code has the same bound as (‖s‖² - Σ ηᵢ²‖gᵢ‖²) / ‖s‖, and the defaults
    lr 0.01 and momentum 0. Both share one d between parameter groups. PyTorch, optax and Keras have none.
    """
    G = where(G > 0, G, norm(g))
    rate = where(G > 0, d * lr / G, 0)
    r = r + rate * sum(g * s)
    s = s + rate * g
    S = norm(s)
    d_hat = where(S > 0, 2 * r / S, 0)
    d = maximum(d, d_hat)
    p = momentum * p + (1 - momentum) * (p0 - s)
    return p, s, p0, d, r, G


@optimizer(
    name="DAdaptAdam",
    paper="defazio2023dadaptation",
    builds_on=("dadapt_sgd", "adam"),
    initial={"d": "d0"},
    joint=True,
    chapter="parameter_free",
    meanings={"d0": D0},
)
def dadapt_adam(p, g, m, v, s, d: Scalar, r: Scalar, *, lr=1.0, beta1=0.9, beta2=0.999, eps=1e-8, d0=1e-6):
    """Adam, its moments not corrected, whose rate is the estimate d of the distance in the largest coordinate.

    Source: Defazio and Mishchenko (2023), with the averages by √β₂ that pytorch_optimizer and optax have (an early
    version of the authors' code has β₂ there). optax multiplies lr by Adam's corrections, √(1 - β₂ᵗ) / (1 - β₁ᵗ),
    pytorch_optimizer if asked to; give lr as that function of t for the same. Both share one d between parameter
    groups, and can decay weights. PyTorch and Keras have none.
    """
    beta3 = sqrt(beta2)
    rate = d * lr
    r = beta3 * r + (1 - beta3) * rate * sum(g * s / (sqrt(v) + eps))
    m = beta1 * m + (1 - beta1) * rate * g
    v = beta2 * v + (1 - beta2) * g * g
    s = beta3 * s + (1 - beta3) * rate * g
    S = sum(abs(s))
    d_hat = where(S > 0, r / ((1 - beta3) * S), 0)
    d = maximum(d, d_hat)
    p = p - m / (sqrt(v) + eps)
    return p, m, v, s, d, r


@optimizer(
    paper="mishchenko2024prodigy",
    builds_on=("dadapt_adam",),
    initial={"p0": lambda p: p.copy(), "d": "d0"},
    joint=True,
    chapter="parameter_free",
    meanings={"d0": D0},
)
def prodigy(
    p, g, m, v, s, p0, d: Scalar, r: Scalar, *, lr=1.0, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, d0=1e-6
):
    """D-Adaptation that measures ⟨g, p₀ - p⟩ and weighs each gradient by d², so that d grows faster.

    Source: Mishchenko and Defazio (2024), in the form of the authors' code, which pytorch_optimizer repeats: the
    moments are not corrected, and ε is multiplied by the new d. optax multiplies lr by Adam's corrections,
    √(1 - β₂ᵗ) / (1 - β₁ᵗ), the others if asked to; give lr as that function of t for the same. A first gradient
    of zeros makes optax's d NaN; here, as in the others, d stays. All share one d between parameter groups. PyTorch
    and Keras have none. Steps of d₀ must show in p: in float16, or far from 0 in float32, d₀ has to be larger.
    """
    beta3 = sqrt(beta2)
    rate = d * lr
    r = beta3 * r + d / d0 * rate * sum(g * (p0 - p))
    s = beta3 * s + d / d0 * rate * g
    m = beta1 * m + (1 - beta1) * d * g
    v = beta2 * v + (1 - beta2) * d**2 * g * g
    S = sum(abs(s))
    d_hat = where(S > 0, r / S, 0)
    d = maximum(d, d_hat)
    p = p - rate * (m / d / (sqrt(v) / d + eps) + weight_decay * p)
    return p, m, v, s, p0, d, r
