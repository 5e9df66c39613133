"""Adam: momentum and RMSProp, each corrected for its start at zero."""

from numpy import sqrt

from .declare import Hyperparameter, optimizer


@optimizer(paper="kingma2015adam", builds_on=("momentum", "rmsprop"), chapter="adam")
def adam(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam: moving averages of the gradient and of its square, corrected for their start at zero.

    Source: Kingma and Ba (2015), Algorithm 1. PyTorch and optax agree. Keras uses the form with ε-hat at the
    end of the paper's section 2, where ε is not divided by the root of the second correction.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * m_hat / (sqrt_v_hat + eps)
    return p, m, v


@optimizer(name="AdamW", paper="loshchilov2019decoupled", builds_on=("adam",), chapter="weight_decay")
def adamw(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    """Adam with decoupled weight decay: the decay acts on the parameter and never enters the moments.

    Source: Loshchilov and Hutter (2019), Algorithm 2, with lr in the place of their schedule η and rate α.
    PyTorch scales the parameter before the step, optax adds the decay to it: the same update. Default decay:
    PyTorch 1e-2, optax 1e-4, Keras 4e-3.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * (m_hat / (sqrt_v_hat + eps) + weight_decay * p)
    return p, m, v


@optimizer(
    name="FullyDecoupledAdamW",
    paper="loshchilov2019decoupled",
    builds_on=("adamw",),
    chapter="weight_decay",
    meanings={
        "lr_max": Hyperparameter("ηmax", "largest rate of the schedule", 1e-12, slider=(1e-4, 10.0), scale="log")
    },
)
def fully_decoupled_adamw(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-5, lr_max=1e-3):
    """AdamW whose decay follows the schedule and not the size of the rate: it is scaled by lr / lr_max.

    Source: Loshchilov and Hutter (2019), Algorithm 2, whose schedule η is lr / lr_max here and whose rate α is
    lr_max. PyTorch, optax and Keras scale the decay by lr; optimi (`decouple_lr=True`) agrees. The default decay is
    AdamW's times its rate, so that with the defaults this is AdamW.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    p = p - lr * m_hat / (sqrt_v_hat + eps) - lr / lr_max * weight_decay * p
    return p, m, v
