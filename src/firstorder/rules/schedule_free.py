"""Schedule-Free: averaging in the place of a falling rate. The parameters are where gradients are taken."""

from numpy import sqrt

from .declare import Scalar, optimizer


def _mean(y, z, between):
    """x, of which y = (1 - between)·z + between·x."""
    if not between:
        raise ValueError("Schedule-Free: where y is z itself, at 0 between z and x, the mean x is nowhere kept")
    return (y - (1 - between) * z) / between


@optimizer(
    name="ScheduleFreeSGD",
    paper="defazio2024road",
    builds_on=("sgd", "nesterov"),
    chapter="around",
    answer=lambda p, z, momentum: _mean(p, z, momentum),
)
def schedule_free_sgd(p, g, z, lr_max: Scalar, weight_sum: Scalar, *, t, lr=1.0, momentum=0.9):
    """Gradient descent on z, whose mean x is the answer, with gradients taken between the two.

    The parameters are y = (1 - μ)z + μx; what to evaluate is x = (y - (1 - μ)z) / μ, which they are inside of
    `with opt.averaged():`. The mean weighs each z by the
    square of the largest rate so far.

    Source: Defazio et al. (2024), in the form without x of the authors' code, which agrees, as does
    pytorch_optimizer. optax takes x from y and z in each step. PyTorch and Keras have none.
    """
    lr_max = lr if lr > lr_max else lr_max
    weight_sum = weight_sum + lr_max**2
    c = lr_max**2 / weight_sum if weight_sum > 0 else 0
    first = 0 if t > 1 else 1
    z_previous = z + first * (p - z)
    p = p + c * (z_previous - p) + lr * (momentum * (1 - c) - 1) * g
    z = z_previous - lr * g
    return p, z, lr_max, weight_sum


@optimizer(
    name="ScheduleFreeAdamW",
    paper="defazio2024road",
    builds_on=("schedule_free_sgd", "adamw"),
    chapter="around",
    answer=lambda p, z, beta1: _mean(p, z, beta1),
)
def schedule_free_adamw(
    p,
    g,
    z,
    v,
    lr_max: Scalar,
    weight_sum: Scalar,
    *,
    t,
    lr=2.5e-3,
    beta1=0.9,
    beta2=0.999,
    eps=1e-8,
    weight_decay=1e-2,
):
    """Schedule-Free with Adam's second moment and decoupled decay; β₁ is the place of y between z and x.

    What to evaluate is x = (y - (1 - β₁)z) / β₁, which the parameters are inside of `with opt.averaged():`.

    Source: Defazio et al. (2024), Algorithm 1, with the decay taken at y, as in the authors' code and in
    pytorch_optimizer (both: 0 by default). PyTorch and Keras have none.
    """
    lr_max = lr if lr > lr_max else lr_max
    weight_sum = weight_sum + lr_max**2
    c = lr_max**2 / weight_sum if weight_sum > 0 else 0
    first = 0 if t > 1 else 1
    v = beta2 * v + (1 - beta2) * g * g
    sqrt_v_hat = sqrt(v) / (1 - beta2**t) ** 0.5
    u = g / (sqrt_v_hat + eps) + weight_decay * p
    z_previous = z + first * (p - z)
    p = p + c * (z_previous - p) + lr * (beta1 * (1 - c) - 1) * u
    z = z_previous - lr * u
    return p, z, v, lr_max, weight_sum
