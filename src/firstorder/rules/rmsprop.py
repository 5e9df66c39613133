"""RMSProp and Adadelta: AdaGrad's sum made a moving average."""

from numpy import maximum, sqrt

from .declare import decay, optimizer

ALPHA = decay("α", "decay rate of the mean squared gradient")


@optimizer(
    name="RMSProp", paper="tieleman2012rmsprop", builds_on=("adagrad",), chapter="rmsprop", meanings={"alpha": ALPHA}
)
def rmsprop(p, g, v, *, lr=1e-2, alpha=0.99, eps=1e-8):
    """RMSProp: the gradient divided by the root of a moving average of its square.

    Source: Tieleman and Hinton (2012), lecture 6e. As in PyTorch, ε is added to the root; optax adds it inside
    by default (`eps_in_sqrt=False` agrees) and its decay is 0.9, as in the lecture.
    """
    v = alpha * v + (1 - alpha) * g * g
    p = p - lr * g / (sqrt(v) + eps)
    return p, v


@optimizer(
    name="CenteredRMSProp",
    paper="graves2013generating",
    builds_on=("rmsprop",),
    chapter="rmsprop",
    meanings={"alpha": ALPHA},
)
def centered_rmsprop(p, g, v, a, *, lr=1e-2, alpha=0.99, eps=1e-8):
    """RMSProp that divides by an estimate of the standard deviation instead of the root mean square.

    Source: Graves (2013), eqs. 38-45, there with ε inside the root and momentum. As in PyTorch
    (`centered=True`), ε is added to the root. The variance v − a² is kept from rounding below 0, where
    PyTorch's parameters become NaN; where the variance is 0, as under a constant gradient, the step is lr·g/ε.
    """
    v = alpha * v + (1 - alpha) * g * g
    a = alpha * a + (1 - alpha) * g
    p = p - lr * g / (sqrt(maximum(v - a**2, 0)) + eps)
    return p, v, a


@optimizer(
    name="RMSPropMomentum",
    paper="graves2013generating",
    builds_on=("rmsprop", "momentum"),
    chapter="rmsprop",
    meanings={"alpha": ALPHA},
)
def rmsprop_momentum(p, g, v, b, *, lr=1e-2, alpha=0.99, eps=1e-8, momentum=0.9):
    """RMSProp with momentum: the normalized gradients are summed as heavy-ball momentum sums the plain ones.

    Source: Graves (2013), eqs. 38-45, there centered. As in PyTorch, ε is added to the root, and the rate is outside
    the sum; optax and Keras put the rate inside: b = μb + ηg/(√v + ε). PyTorch's default momentum is 0.
    """
    v = alpha * v + (1 - alpha) * g * g
    b = momentum * b + g / (sqrt(v) + eps)
    p = p - lr * b
    return p, v, b


@optimizer(
    paper="zeiler2012adadelta",
    builds_on=("rmsprop",),
    chapter="rmsprop",
    meanings={"rho": decay("ρ", "decay rate of both mean squares")},
)
def adadelta(p, g, v, d, *, lr=1.0, rho=0.9, eps=1e-6):
    """Adadelta: the step has the unit of the parameter, by the ratio of two running root mean squares.

    Source: Zeiler (2012), Algorithm 1, which has no rate (lr = 1). PyTorch and optax agree: d averages the
    squared step before it is scaled by lr. Zeiler uses ρ = 0.95.
    """
    v = rho * v + (1 - rho) * g * g
    delta = sqrt(d + eps) / sqrt(v + eps) * g
    d = rho * d + (1 - rho) * delta**2
    p = p - lr * delta
    return p, v, d
