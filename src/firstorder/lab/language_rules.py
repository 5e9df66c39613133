"""Rules that take one thing out of Adam or put one into momentum, so that an explanation of their distance can fail."""

from numpy import mean, sqrt, zeros_like

from ..rules.declare import Scalar, norm, optimizer


@optimizer(name="NormalisedMomentum", joint=True)
def normalised_momentum(p, g, b, *, lr=0.1, momentum=0.9):
    """Momentum on gradients of length 1, all parameters together: how heavy the tails are cannot matter."""
    b = momentum * b + g / norm(g)
    p = p - lr * b
    return p, b


@optimizer(name="BlockAdam")
def block_adam(p, g, m, v: Scalar, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam with one second moment for a whole array: a rate for each block, and none for each element."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * mean(g**2)
    p = p - lr * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)
    return p, m, v


def _rows(p):
    return zeros_like(p, shape=(len(p), *[1] * (p.ndim - 1)))


@optimizer(name="RowAdam", initial={"v": _rows}, formula=r"v_t = \beta_2 v_{t-1} + (1 - \beta_2)\,\mathrm{mean}(g^2)")
def row_adam(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam with one second moment for each row, a token's or an output's; vectors have one an element."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * (g**2).reshape(len(g), -1).mean(axis=1).reshape(v.shape)
    p = p - lr * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)
    return p, m, v
