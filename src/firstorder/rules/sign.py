"""Sign methods: every parameter moves by the same amount, or by one of its own; the gradient gives the direction."""

from numpy import clip, maximum, sign, where

from .declare import Hyperparameter, optimizer, share


@optimizer(name="SignSGD", paper="bernstein2018signsgd", builds_on=("sgd",), chapter="sign")
def signsgd(p, g, *, lr=1e-3):
    """Sign descent: every parameter moves by lr, against its gradient.

    Source: Bernstein et al. (2018), Algorithm 1. optax (`sign_sgd`) and pytorch_optimizer (momentum 0) agree;
    PyTorch and Keras have none. The default rate is pytorch_optimizer's.
    """
    p = p - lr * sign(g)
    return p


@optimizer(paper="bernstein2018signsgd", builds_on=("signsgd", "dampened_momentum"), chapter="sign")
def signum(p, g, m, *, lr=1e-3, momentum=0.9):
    """Sign descent along a moving average of the gradients.

    Source: Bernstein et al. (2018), Algorithm 2. optax and pytorch_optimizer (`SignSGD`) agree; PyTorch and Keras
    have none. The default rate is pytorch_optimizer's.
    """
    m = momentum * m + (1 - momentum) * g
    p = p - lr * sign(m)
    return p, m


@optimizer(paper="chen2023symbolic", builds_on=("signum", "nesterov"), chapter="sign")
def lion(p, g, m, *, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=1e-3):
    """Lion, "evolved sign momentum": the sign of the average as it would be with β₁; what is kept decays with β₂.

    Source: Chen et al. (2023), Algorithm 2. optax, Keras and pytorch_optimizer agree; PyTorch has none. The default
    decay is optax's; the authors' PyTorch code, pytorch_optimizer and Keras have 0.
    """
    c = beta1 * m + (1 - beta1) * g
    p = p - lr * (sign(c) + weight_decay * p)
    m = beta2 * m + (1 - beta2) * g
    return p, m


@optimizer(
    paper="liu2024sophia",
    builds_on=("signum",),
    chapter="sign",
    meanings={
        "curvature_weight": Hyperparameter(
            "γₕ", "share of curvature to divide by", 0.0, slider=(1e-3, 1.0), scale="log"
        )
    },
)
def sophia(p, g, m, h, *, lr=1e-4, beta1=0.965, curvature_weight=0.04, eps=1e-12, weight_decay=0.1):
    """Sophia: Newton's step along the average where curvature is known to be large, elsewhere sign descent.

    The state h is the caller's: a moving average of estimates of the Hessian's diagonal, which take more than a
    gradient (Hutchinson's takes products with the Hessian), renewed every ten steps or so:
    `opt.state["h"][...] = beta2 * opt.state["h"] + (1 - beta2) * estimate`. Where h is 0 or less, the sign decides.

    Source: Liu et al. (2024), Algorithm 3; the defaults are those of the authors' code, which multiplies h by the size
    of the batch and adds ε, 1e-15, instead of taking it as the least. optax.contrib corrects the bias of m, which is
    curvature_weight and eps times 1 - beta1**t here; pytorch_optimizer (`SophiaH`) clips the step itself at p, which is
    our lr times p at curvature_weight p. PyTorch and Keras have none.
    """
    m = beta1 * m + (1 - beta1) * g
    p = p - lr * weight_decay * p
    p = p - lr * clip(m / maximum(curvature_weight * h, eps), -1, 1)
    return p, m, h


@optimizer(
    paper="riedmiller1993direct",
    builds_on=("signsgd",),
    initial={"s": "lr"},
    chapter="sign",
    meanings={
        "etaminus": share("η⁻", "factor on the step where the gradient turns"),
        "etaplus": Hyperparameter("η⁺", "factor on the step where the gradient keeps its sign", 1.0, slider=(1.0, 2.0)),
        "step_min": Hyperparameter("Δmin", "smallest step", 0.0, slider=(1e-8, 1.0), scale="log"),
        "step_max": Hyperparameter("Δmax", "largest step", 0.0, slider=(1e-4, 100.0), scale="log"),
    },
)
def rprop(p, g, g_previous, s, *, lr=1e-2, etaminus=0.5, etaplus=1.2, step_min=1e-6, step_max=50.0):
    """Rprop: a step for each parameter, which grows while its gradient keeps its sign and shrinks when it turns.

    Source: Riedmiller and Braun (1993), without its way back: after a turn the gradient counts as 0, for this step
    and the next, as in PyTorch. lr is the first step and is not read again. optax's first update is 0 and each of
    its later ones is the one before it (up to 0.2.8); Keras has none.
    """
    agreement = sign(g) * sign(g_previous)
    s = clip(where(agreement > 0, etaplus * s, where(agreement < 0, etaminus * s, s)), step_min, step_max)
    g_previous = where(agreement < 0, 0, g)
    p = p - s * sign(g_previous)
    return p, g_previous, s
