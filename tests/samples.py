"""What the tests of readings and backends run: every element-wise rule, three more, and inputs for them."""

import numpy as np
from ml_dtypes import finfo  # of bfloat16 as well
from numpy import abs, clip, cos, exp, log, maximum, minimum, pi, sign, sin, sqrt, tanh, where

import firstorder as fo


@fo.optimizer(name="RunningProduct", initial={"product": 1.0})
def running_product(p, g, m, v, product: fo.Scalar, *, t, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8, decay=4e-3):
    """Scalar state, as in NAdam: the product of all momenta so far, which depend on t."""
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * decay))
    product = product * mu
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * g / (1 - product)
    v_hat = v / (1 - beta2**t)
    p = p - lr * m_hat / (sqrt(v_hat) + eps)
    return p, m, v, product


@fo.optimizer(initial={"u": 1.0})
def every_function(p, g, u, *, lr=0.01, decay=0.9, bound=1.0):
    """Every function that is not smooth, the exponential and logarithm, and a power that is no product."""
    u = maximum(decay * u, abs(g))
    clipped = clip(g, -bound, bound)
    soft = log(1 + exp(-abs(clipped)))
    step = where(u > bound, sign(g) * minimum(u, 2 * bound), clipped / u)
    p = p - lr * (step + soft * u**0.75)
    return p, u


@fo.optimizer
def wavy(p, g, c, *, t, lr=0.01, a=1.5):
    """Powers and waves, as in a landscape."""
    c = 3 + cos(2 * pi * g) - sin(g) ** 2 + g**3 / (1 + g**4)
    p = p - lr * (tanh(p) * (a - p) ** 2 + (a - p) ** 3 / 8 + c**3 / (t + 1)) / sqrt(1 + p**2)
    return p, c


#: The optimizers with loops, kernels and JavaScript; the others run as NumPy or CuPy on whole tensors.
ELEMENTWISE = {key: optimizer for key, optimizer in fo.OPTIMIZERS.items() if optimizer.rule.elementwise}
RULES = {
    **{key: optimizer.rule for key, optimizer in ELEMENTWISE.items()},
    **{f"{k}_uncorrected": o.uncorrected.rule for k, o in ELEMENTWISE.items() if o.uncorrected},
    **{rule.key: rule for rule in (running_product, every_function, wavy)},
}
POSITIVE = {"v", "G", "d", "u", "s", "v_max"}


def arrays(rule: fo.Rule, n: int, dtype: str = "float64", seed: int = 0) -> list[np.ndarray]:
    """Parameter, gradient and state as they may be in the middle of a descent, of size n."""
    random = np.random.default_rng(seed)
    drawn = {name: random.normal(size=n) for name in rule.program.arrays}
    for name in rule.state:
        drawn[name] = 0.1 + drawn[name] ** 2 if name in POSITIVE else 0.1 * drawn[name]
    return [drawn[name].astype(dtype) for name in rule.program.arrays]


def terms(rule: fo.Rule, given: list[np.ndarray], lr: float | None = None) -> list[np.ndarray]:
    """The values before of what a rule writes, or where terms much larger cancel in it, the largest of them.

    Each term is rounded to its own last place, so that is the unit of their sum: no order of evaluation has less.
    FTRL's z has (√(G + g²) - √G) p / lr, a difference of two numbers a thousand times z at the default rate.
    """
    before = [a for a, written in zip(given, rule.program.written, strict=True) if written]
    if rule is fo.FTRL.rule:
        p, g, z, G = given
        root = np.sqrt(G + g**2) * p / p.dtype.type(lr or rule.hyperparameters["lr"])
        before[1] = np.maximum(np.abs(z), np.abs(root))
    return before


def keywords(rule: fo.Rule, t: int) -> dict[str, float]:
    return ({"t": t} if "t" in rule.program.keywords else {}) | rule.hyperparameters


def scalar_state(rule: fo.Rule) -> tuple[float, ...]:
    return tuple(0.7 for _ in rule.scalar_state)


def called(rule: fo.Rule, given: list[np.ndarray], t: int) -> list[np.ndarray]:
    """What the function itself makes of parameter and state."""
    results = rule(*given, *scalar_state(rule), **keywords(rule, t))
    return list(results if isinstance(results, tuple) else (results,))[: len(given) - 1]


def within(ulps: float, actual: np.ndarray, expected: np.ndarray, before: np.ndarray, what: str = "") -> None:
    """Equal up to `ulps` units in the last place of the larger of result and value before.

    Readings differ in the order of a product's factors, in a division that is a multiplication with the
    inverse, and in fused multiply-adds: each of the few operations of a line rounds differently by half a unit.
    """
    assert actual.dtype == expected.dtype == before.dtype
    number = finfo(expected.dtype)
    unit = number.eps * np.maximum(np.abs(expected), np.abs(before))
    apart = np.abs(actual - expected)
    worst = np.max(apart / np.maximum(unit, number.tiny), initial=0.0)
    assert worst <= ulps, f"{what}: {worst:.1f} ulp apart"
