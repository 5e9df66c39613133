"""AdaGrad: a rate for each parameter, from the sum of its squared gradients."""

from numpy import sqrt

from .declare import optimizer


@optimizer(name="AdaGrad", paper="duchi2011adaptive", builds_on=("sgd",), initial={"G": "initial_accumulator_value"})
def adagrad(p, g, G, *, lr=1e-2, eps=1e-10, initial_accumulator_value=0.0):
    """AdaGrad with a diagonal matrix: the rate of a parameter falls with all the gradient it has seen.

    Source: Duchi, Hazan and Singer (2011), Figure 1, diagonal case. As in PyTorch, ε is added to the root and
    the sum starts at 0; optax and Keras add ε inside the root and start the sum at 0.1. PyTorch's `lr_decay`
    is a function of t given as `lr`.
    """
    G = G + g**2
    p = p - lr * g / (sqrt(G) + eps)
    return p, G
