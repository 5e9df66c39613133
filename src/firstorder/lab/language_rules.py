"""Rules made for a comparison: each takes one thing out of a rule of the book, or puts one in, to see its worth."""

from numpy import mean, sqrt, where, zeros_like

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


@optimizer(name="Row AdaGrad", initial={"G": _rows}, formula=r"G_t = G_{t-1} + \mathrm{mean}(g^2)")
def row_adagrad(p, g, G, *, lr=1e-2, eps=1e-10):
    """AdaGrad with one sum for each row, which is what large tables of embeddings can afford."""
    G = G + (g**2).reshape(len(g), -1).mean(axis=1).reshape(G.shape)
    p = p - lr * g / (sqrt(G) + eps)
    return p, G


@optimizer(name="Lazy Adam")
def lazy_adam(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Adam that leaves alone what has no gradient: rows that a batch does not meet neither move nor forget."""
    m = where(abs(g) > 0, beta1 * m + (1 - beta1) * g, m)
    v = where(abs(g) > 0, beta2 * v + (1 - beta2) * g**2, v)
    p = where(abs(g) > 0, p - lr * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps), p)
    return p, m, v
