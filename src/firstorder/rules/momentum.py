"""Momentum: a running sum of gradients."""

from .declare import optimizer


@optimizer(paper="polyak1964some", builds_on=("sgd",))
def momentum(p, g, b, *, lr=1e-3, momentum=0.9):
    """Heavy-ball momentum: b is the sum of all gradients, each weighted by momentum to the power of its age.

    Source: Polyak (1964). PyTorch and optax agree: the rate is outside the sum, so a change of rate acts at
    once, and the first step is a full gradient step (no dampening). Keras puts the rate inside: b = μb − ηg.
    PyTorch's default momentum is 0; here it is 0.9, since with 0 this is SGD.
    """
    b = momentum * b + g
    p = p - lr * b
    return p, b


@optimizer(paper="sutskever2013importance", builds_on=("momentum",))
def nesterov(p, g, b, *, lr=1e-3, momentum=0.9):
    """Nesterov's accelerated gradient in the form whose gradient is taken at the parameters themselves.

    Source: Sutskever et al. (2013), eqs. 3-4, after the change of variables to the look-ahead point.
    PyTorch (`nesterov=True`) and optax agree; Keras puts the rate inside the sum.
    """
    b = momentum * b + g
    p = p - lr * (g + momentum * b)
    return p, b
