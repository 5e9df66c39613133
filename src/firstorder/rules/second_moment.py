"""Adam with another denominator: what the second moment becomes."""

from numpy import abs, clip, maximum, sign, sqrt

from .declare import Hyperparameter, Scalar, optimizer


@optimizer(name="AdaMax", paper="kingma2015adam", builds_on=("adam",), chapter="adam_family")
def adamax(p, g, m, u, *, t, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam with the largest recent gradient in the place of the root mean square.

    Source: Kingma and Ba (2015), Algorithm 2, which has no ε. As in PyTorch and optax, ε is added to each |g|; Keras
    adds it to u.
    """
    m = beta1 * m + (1 - beta1) * g
    u = maximum(beta2 * u, abs(g) + eps)
    p = p - lr / (1 - beta1**t) * m / u
    return p, m, u


@optimizer(name="AMSGrad", paper="reddi2018convergence", builds_on=("adam",), chapter="convergence")
def amsgrad(p, g, m, v, v_max, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam that divides by the largest second moment so far, so that a rate never grows.

    Source: Reddi, Kale and Kumar (2018), Algorithm 2, which corrects no bias: it is this rule without correction.
    As in PyTorch (`amsgrad=True`) and Keras, the maximum is of the moments and is then corrected, so the rate can
    still grow as the correction fades; optax corrects before the maximum, see AMSGradCorrected.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    v_max = maximum(v_max, v)
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v_max) / (1 - beta2**t) ** 0.5
    p = p - lr * m_hat / (sqrt_v_hat + eps)
    return p, m, v, v_max


@optimizer(name="AMSGradCorrected", paper="reddi2018convergence", builds_on=("amsgrad",), chapter="convergence")
def amsgrad_corrected(p, g, m, v, v_max, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """AMSGrad with the maximum taken of the corrected second moments, which never falls.

    Source: Reddi, Kale and Kumar (2018), Algorithm 2, with Adam's corrections in the place that optax gives them
    (`amsgrad`; without both it is the paper's). PyTorch and Keras correct after the maximum, see AMSGrad.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    v_max = maximum(v_max, v_hat)
    p = p - lr * m_hat / (sqrt(v_max) + eps)
    return p, m, v, v_max


@optimizer(
    paper="zaheer2018adaptive",
    builds_on=("adam",),
    initial={"m": "initial_accumulator_value", "v": "initial_accumulator_value"},
    chapter="adam_family",
    meanings={"initial_accumulator_value": Hyperparameter("G₀", "where the accumulators start", 0.0, off=0.0)},
)
def yogi(p, g, m, v, *, t, lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-3, initial_accumulator_value=1e-6):
    """Adam whose second moment moves towards g² by a step of g²'s own size: it falls slowly after large gradients.

    Source: Zaheer et al. (2018), Algorithm 2. As in optax and pytorch_optimizer, both moments start at 1e-6, so
    parameters move even where the gradient is 0, and the bias is corrected as if they had started at 0; the paper
    corrects none. PyTorch and Keras have none.
    """
    m = beta1 * m + (1 - beta1) * g
    v = v - (1 - beta2) * sign(v - g**2) * g * g
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * m_hat / (sqrt_v_hat + eps)
    return p, m, v


@optimizer(name="AdaBelief", paper="zhuang2020adabelief", builds_on=("adam",), chapter="adam_family")
def adabelief(p, g, m, s, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-16):
    """Adam that divides by how far gradients fall from their average: steps are long where the average is believed.

    Source: Zhuang et al. (2020), Algorithm 2: ε is added to s, where it stays and accumulates, and again to the root.
    The authors' code, optax (its `eps_root` is the first ε) and pytorch_optimizer agree; PyTorch and Keras have none.
    """
    m = beta1 * m + (1 - beta1) * g
    d = g - m
    s = beta2 * s + (1 - beta2) * d * d + eps
    m_hat = m / (1 - beta1**t)
    sqrt_s_hat = sqrt(s) / (1 - beta2**t) ** 0.5
    p = p - lr * m_hat / (sqrt_s_hat + eps)
    return p, m, s


@optimizer(
    name="AdaBound",
    paper="luo2019adaptive",
    builds_on=("adam", "momentum"),
    chapter="adam_family",
    meanings={
        "final_lr": Hyperparameter("η∞", "rate on which the bounds close in", 0.0, slider=(1e-4, 10.0), scale="log"),
        "gamma": Hyperparameter("γ", "speed at which the bounds close in", 1e-12, slider=(1e-5, 1.0), scale="log"),
    },
)
def adabound(p, g, m, v, lr_first: Scalar, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, final_lr=0.1, gamma=1e-3):
    """Adam whose rate for each parameter is clipped to bounds that close in on one rate: it ends as SGD.

    Source: Luo et al. (2019), Algorithm 2, and the authors' code: it corrects the bias, adds ε to the root of the
    uncorrected moment, and scales final_lr by lr over the first lr, so that a schedule acts on both; here over the
    first that is not 0.
    pytorch_optimizer agrees; PyTorch, optax and Keras have none.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    rate = lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t) / (sqrt(v) + eps)
    lr_first = lr_first if lr_first > 0 else lr
    end = final_lr * lr / lr_first if lr_first > 0 else 0
    p = p - clip(rate, end - end / (gamma * t + 1), end + end / (gamma * t)) * m
    return p, m, v, lr_first


@optimizer(name="RAdam", paper="liu2020variance", builds_on=("adam", "dampened_momentum"), chapter="adam_family")
def radam(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam that waits: it divides by the root only once enough gradients are known to estimate it, and then by degrees.

    Source: Liu et al. (2020), Algorithm 2. As in PyTorch, ρ > 5 is enough (the paper: 4, with no ε) and ε is added to
    the root of the uncorrected moment; optax takes ρ ≥ 5 and adds ε to the corrected root, and pytorch_optimizer does
    not move at all before. Keras has none.
    """
    rho_max = 2 / (1 - beta2) - 1
    rho = rho_max - 2 * t * beta2**t / (1 - beta2**t)
    plain = 0 if rho > 5 else 1
    r = ((rho - 4) * (rho - 2) * rho_max / ((rho_max - 4) * (rho_max - 2) * rho)) ** 0.5 if rho > 5 else 0
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    p = p - lr * (plain * m_hat + r * (1 - beta2**t) ** 0.5 * m_hat / (sqrt(v) + eps))
    return p, m, v


@optimizer(name="ADOPT", paper="taniguchi2024adopt", builds_on=("adam",), chapter="adam_family")
def adopt(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.9999, eps=1e-6):
    """Adam in another order: the gradient is divided by the root of the moment before it, and then averaged.

    Source: Taniguchi et al. (2024), Algorithm 2 with its clipping at (t-1)^(1/4), which makes the first step, that
    only sets v, one of length 0. optax agrees; pytorch_optimizer (up to 4.1.0) clips at t^(1/4). PyTorch and Keras
    have none.
    """
    limit = (t - 1) ** 0.25
    m = beta1 * m + (1 - beta1) * clip(g / maximum(sqrt(v), eps), -limit, limit)
    p = p - lr * m
    kept = beta2 if t > 1 else 0
    v = kept * v + (1 - kept) * g * g
    return p, m, v
