"""Gradient descent: no state."""

from .declare import optimizer


@optimizer(name="SGD", paper="robbins1951stochastic", chapter="gradient_descent")
def sgd(p, g, *, lr=1e-3):
    """Gradient descent; stochastic gradient descent when the gradient comes from a sample.

    Source: Robbins and Monro (1951), eq. 6 there being the stochastic form; Cauchy (1847) for the exact one.
    PyTorch, optax and Keras agree; the default rate is PyTorch's (Keras: 0.01).
    """
    p = p - lr * g
    return p
