"""Adam with another numerator: what the first moment becomes."""

from numpy import abs, sign, sqrt

from .declare import Hyperparameter, Scalar, decay, optimizer, share

BETA3 = decay("β₃", "decay rate of the third moving average")


@optimizer(name="Grams", paper="cao2024grams", builds_on=("adam", "signsgd"), chapter="adam_family")
def grams(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-6):
    """Adam's step in size, the gradient's sign in direction.

    Source: Cao, Li and Song (2024). pytorch_optimizer agrees since 4.1.0; PyTorch, optax and Keras have
    none.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * abs(m_hat / (sqrt_v_hat + eps)) * sign(g)
    return p, m, v


@optimizer(
    name="QHAdam",
    paper="ma2019quasi",
    builds_on=("adam", "qhm"),
    chapter="adam_family",
    meanings={
        "nu1": share("ν₁", "share of the first moment in the numerator"),
        "nu2": share("ν₂", "share of the second moment in the denominator"),
    },
)
def qhadam(p, g, m, v, *, t, lr=1e-3, beta1=0.995, beta2=0.999, nu1=0.7, nu2=1.0, eps=1e-8):
    """Adam with quasi-hyperbolic means: part of the moving averages, part of the gradient of this step.

    Source: Ma and Yarats (2019), with the β₁ and ν₁ they recommend. ν₁ = ν₂ = 1 is Adam, the default of the
    authors' code and of pytorch_optimizer, which agree but keep the corrected averages as their state. PyTorch,
    optax and Keras have none.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    v_bar = (1 - nu2) * (1 - beta2**t) * g * g + nu2 * v
    p = p - lr * ((1 - nu1) * g + nu1 * m_hat) / (sqrt(v_bar) / (1 - beta2**t) ** 0.5 + eps)
    return p, m, v


@optimizer(
    name="AdEMAMix",
    paper="pagliardini2025ademamix",
    builds_on=("adam",),
    chapter="adam_family",
    meanings={
        "beta3": BETA3,
        "mixing": Hyperparameter("αₘ", "weight of the slow moment beside the fast one", 0.0, slider=(0.0, 10.0)),
    },
)
def ademamix(p, g, m1, m2, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, beta3=0.9999, mixing=2.0, eps=1e-8):
    """Adam with two first moments: a fast one, corrected, and a slow one, which is left to fill.

    Source: Pagliardini, Ablin and Grangier (2025), Algorithm 1, whose α is `mixing` here; it has no decay here. The
    authors' code (α = 2), optax and pytorch_optimizer (α = 5) agree; PyTorch and Keras have none. The paper's
    warm-up of α and β₃ is a function of t given as `mixing` and `beta3`.
    """
    m1 = beta1 * m1 + (1 - beta1) * g
    m2 = beta3 * m2 + (1 - beta3) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m1 / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * (m_hat + mixing * m2) / (sqrt_v_hat + eps)
    return p, m1, m2, v


@optimizer(name="NAdamConstant", paper="dozat2016incorporating", builds_on=("adam", "nesterov"), chapter="adam_family")
def nadam_constant(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """NAdam with a momentum that is the same in every step: Adam that looks one step ahead.

    Source: Dozat (2016), Algorithm 2 with all μ_t = β₁, without its factor β₂ before the second moment. optax
    agrees (`nadam`); PyTorch and Keras have the schedule, see NAdam.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_bar = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * m_bar / (sqrt_v_hat + eps)
    return p, m, v


@optimizer(
    name="NAdam",
    paper="dozat2016incorporating",
    builds_on=("nadam_constant",),
    initial={"mu_product": 1.0},
    chapter="adam_family",
    meanings={
        "momentum_decay": Hyperparameter("ψ", "speed at which momentum grows", 0.0, slider=(1e-4, 10.0), scale="log")
    },
)
def nadam(p, g, m, v, mu_product: Scalar, *, t, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8, momentum_decay=4e-3):
    """NAdam: Adam with Nesterov's momentum, which grows from β₁/2 to β₁.

    Source: Dozat (2016), Algorithm 2 with its schedule of the momentum, and with PyTorch's departures: m decays by
    β₁ and not by μ_t, and the second moment has no factor β₂. PyTorch keeps the product of the μ_t in float32 (with
    its default dtype), so its float64 path is good to 7 digits. Keras has ψ = 1, optax no schedule.
    """
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    mu_product = mu_product * mu
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_bar = mu_next * m / (1 - mu_product * mu_next) + (1 - mu) * g / (1 - mu_product)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * m_bar / (sqrt_v_hat + eps)
    return p, m, v, mu_product


@optimizer(paper="xie2024adan", builds_on=("nadam_constant",), chapter="adam_family", meanings={"beta3": BETA3})
def adan(p, g, m, d, v, g_previous, *, t, lr=1e-3, beta1=0.98, beta2=0.92, beta3=0.99, eps=1e-8):
    """Adan: Nesterov's look ahead by the moving average of the gradient's change, in both moments.

    Source: Xie et al. (2024), Algorithm 1, whose β are 1 - β of the code here and of the authors'; it has no decay
    here. In the first step the change is 0. pytorch_optimizer and optimi agree. optax (up to 0.2.8) weighs the
    change by 1 - β₂ where β₂ belongs and adds ε inside the root too; PyTorch and Keras have none.
    """
    known = 1 if t > 1 else 0
    change = known * (g - g_previous)
    m = beta1 * m + (1 - beta1) * g
    d = beta2 * d + (1 - beta2) * change
    ahead = g + beta2 * change
    v = beta3 * v + (1 - beta3) * ahead * ahead
    m_hat = m / (1 - beta1**t)
    d_hat = d / (1 - beta2**t)
    sqrt_v_hat = sqrt(v) / (1 - beta3**t) ** 0.5
    p = p - lr * (m_hat + beta2 * d_hat) / (sqrt_v_hat + eps)
    g_previous = g
    return p, m, d, v, g_previous
