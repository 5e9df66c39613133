"""Rules that reduce and then act on each element: a norm, mean or count of a whole tensor scales the step."""

from numpy import clip, maximum, mean, minimum, sign, size, sqrt, sum, where

from .declare import Hyperparameter, Scalar, norm, optimizer


@optimizer(
    name="LARS",
    paper="you2017large",
    builds_on=("momentum",),
    chapter="large_batches",
    meanings={"trust_coefficient": Hyperparameter("κ", "share of its norm a tensor moves by", 0.0, slider=(1e-4, 1.0))},
)
def lars(p, g, b, *, lr=1.0, momentum=0.9, trust_coefficient=1e-3, weight_decay=0.0):
    """Momentum with a rate for each tensor: before momentum, a step is the share κ·η of the tensor's own norm.

    A tensor of norm 0 is moved as by momentum alone.

    Source: You, Gitman and Ginsburg (2017), Algorithm 1: the rate is inside the momentum, so that a new rate acts on
    new gradients alone, and the decay enters the norm as ‖g‖ + λ‖θ‖. optax has ‖g + λθ‖, which agrees without decay;
    pytorch_optimizer has the paper's norm, but the rate outside, and leaves vectors to momentum. PyTorch and Keras
    have none. Neither library's default rate serves with κ = 0.001; with 1, κ alone is the share.
    """
    total = norm(g) + weight_decay * norm(p)
    trust = where(minimum(norm(p), total) > 0, trust_coefficient * norm(p) / total, 1)
    b = momentum * b + lr * trust * (g + weight_decay * p)
    p = p - b
    return p, b


@optimizer(name="LAMB", paper="you2020large", builds_on=("adamw", "lars"), chapter="large_batches")
def lamb(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-6, weight_decay=0.0):
    """AdamW whose direction, decay included, is given the norm of the tensor: each step is the share η of it.

    A tensor or direction of norm 0 counts as one of ratio 1.

    Source: You et al. (2020), Algorithm 2 with φ(x) = x. optax agrees. pytorch_optimizer corrects the first moment
    alone, limits ‖θ‖ to 10, adds ε to ‖u‖ and decays outside the ratio by default. PyTorch has none. The default rate
    is pytorch_optimizer's, ε and the decay are optax's too.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    u = m_hat / (sqrt_v_hat + eps) + weight_decay * p
    trust = where(minimum(norm(p), norm(u)) > 0, norm(p) / norm(u), 1)
    p = p - lr * trust * u
    return p, m, v


@optimizer(name="NovoGrad", paper="ginsburg2019stochastic", builds_on=("adamw",), chapter="large_batches")
def novograd(p, g, m, v: Scalar, *, t, lr=1e-3, beta1=0.9, beta2=0.25, eps=1e-6, weight_decay=0.0):
    """Adam with one second moment for a whole tensor, the mean square of its gradients' norms; momentum comes after.

    Source: Ginsburg et al. (2019), Algorithm 1: the second moment starts at the first ‖g‖² and m is a sum, not a mean;
    the decay enters m. optax agrees, with these defaults (the paper: β₁ = 0.95, β₂ = 0.98); pytorch_optimizer adds
    corrections as in Adam. PyTorch and Keras have none. The default rate is pytorch_optimizer's.
    """
    kept = beta2 if t > 1 else 0
    v = kept * v + (1 - kept) * norm(g) ** 2
    m = beta1 * m + g / (sqrt(v) + eps) + weight_decay * p
    p = p - lr * m
    return p, m, v


@optimizer(name="StableAdamW", paper="wortsman2023stable", builds_on=("adamw",), chapter="adam_family")
def stable_adamw(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.99, eps=1e-8, weight_decay=1e-2):
    """AdamW whose rate is divided, for a whole tensor, by how far the gradients exceed what v expects of them.

    Source: Wortsman et al. (2023), Algorithm 2, which divides by max(1, RMS) with RMS² = mean(g² / max(v, ε²)).
    pytorch_optimizer and optimi agree (they keep m and v corrected); optimi's ε is 1e-6. PyTorch, optax and Keras have
    none.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    rms = sqrt(mean((g / maximum(sqrt_v_hat, eps)) ** 2))
    p = p - lr / maximum(rms, 1) * (m_hat / (sqrt_v_hat + eps) + weight_decay * p)
    return p, m, v


@optimizer(
    paper="xie2022adaptive",
    builds_on=("dampened_momentum", "adam"),
    initial={"product": 1.0},
    joint=True,
    chapter="adam_family",
    meanings={"beta0": Hyperparameter("β₀", "how far momentum falls where gradients are as large as the mean", 0.0)},
)
def adai(p, g, m, v, product, *, lr=1e-3, beta0=0.1, beta2=0.99, eps=1e-3):
    """Adaptive inertia: one rate for all, and a momentum for each parameter, the smaller the larger its gradients.

    The mean of the second moments is over all parameters of a group; of their correction for the start at 0 the ratio
    to it knows nothing.

    Source: Xie et al. (2022), Algorithm 2 without decay. pytorch_optimizer agrees where that mean is ε or more: it
    takes no smaller one, and takes it over all groups. PyTorch, optax and Keras have none.
    """
    v = beta2 * v + (1 - beta2) * g * g
    level = mean(v)
    beta1 = clip(1 - beta0 * v / where(level > 0, level, 1), 0, 1 - eps)
    product = product * beta1
    m = beta1 * m + (1 - beta1) * g
    p = p - lr * m / where(product < 1, 1 - product, 1)
    return p, m, v, product


@optimizer(
    name="MARS",
    paper="yuan2024mars",
    builds_on=("adamw",),
    chapter="adam_family",
    meanings={"variance_reduction": Hyperparameter("γᵥ", "share of the gradient's change that is added to it", 0.0)},
)
def mars(
    p,
    g,
    m,
    v,
    g_previous,
    *,
    t,
    lr=3e-3,
    beta1=0.95,
    beta2=0.99,
    variance_reduction=0.025,
    eps=1e-8,
    weight_decay=0.0,
):
    """AdamW of a gradient to which a share of its change is added, and whose norm is then limited to 1.

    Source: Yuan et al. (2024), Algorithm 2 (MARS-AdamW) in its approximate form: the change is from the gradient of
    the step before, with other data, which was 0 before the first. pytorch_optimizer agrees with `optimize_1d=True`
    but for ε, which it adds to the uncorrected root; by default it leaves vectors to AdamW. PyTorch, optax and Keras
    have none.
    """
    c = g + variance_reduction * beta1 / (1 - beta1) * (g - g_previous)
    c_bar = c / maximum(norm(c), 1)
    m = beta1 * m + (1 - beta1) * c_bar
    v = beta2 * v + (1 - beta2) * c_bar * c_bar
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * (m_hat / (sqrt_v_hat + eps) + weight_decay * p)
    g_previous = g
    return p, m, v, g_previous


@optimizer(name="CautiousAdamW", paper="liang2024cautious", builds_on=("adamw",), chapter="adam_family")
def cautious_adamw(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    """AdamW that moves a parameter only where moment and gradient agree in sign, and there farther.

    Source: Liang et al. (2024), Algorithm 2: the moves that are left grow by n / (how many + 1). pytorch_optimizer's
    `cautious=True` agrees; the authors' code divides by the mean of the mask, 0.001 at least. PyTorch, optax and Keras
    have none. The defaults are AdamW's.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    agrees = maximum(sign(m) * sign(g), 0)
    growth = size(g) / (sum(agrees) + 1)
    p = p - lr * (growth * agrees * m_hat / (sqrt_v_hat + eps) + weight_decay * p)
    return p, m, v


@optimizer(name="CautiousLion", paper="liang2024cautious", builds_on=("lion", "cautious_adamw"), chapter="sign")
def cautious_lion(p, g, m, *, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=1e-3):
    """Lion that moves a parameter only where its direction and the gradient agree in sign, and there farther.

    Source: Liang et al. (2024), Algorithm 1, with Lion for the base. pytorch_optimizer agrees (`Lion`,
    `cautious=True`); PyTorch, optax and Keras have none. The defaults are Lion's.
    """
    c = beta1 * m + (1 - beta1) * g
    agrees = maximum(sign(c) * sign(g), 0)
    growth = size(g) / (sum(agrees) + 1)
    p = p - lr * (growth * agrees * sign(c) + weight_decay * p)
    m = beta2 * m + (1 - beta2) * g
    return p, m
