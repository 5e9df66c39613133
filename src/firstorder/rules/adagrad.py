"""AdaGrad: a rate for each parameter, from the sum of its squared gradients."""

from numpy import clip, sqrt, where

from .declare import Hyperparameter, optimizer


@optimizer(
    name="AdaGrad",
    paper="duchi2011adaptive",
    builds_on=("sgd",),
    initial={"G": "initial_accumulator_value"},
    chapter="adagrad",
    meanings={"initial_accumulator_value": Hyperparameter("G₀", "where the accumulators start", 0.0, off=0.0)},
)
def adagrad(p, g, G, *, lr=1e-2, eps=1e-10, initial_accumulator_value=0.0):
    """AdaGrad with a diagonal matrix: the rate of a parameter falls with all the gradient it has seen.

    Source: Duchi, Hazan and Singer (2011), Figure 1, diagonal case. As in PyTorch, ε is added to the root and
    the sum starts at 0; optax and Keras add ε inside the root and start the sum at 0.1. PyTorch's `lr_decay`
    is a function of t given as `lr`.
    """
    G = G + g**2
    p = p - lr * g / (sqrt(G) + eps)
    return p, G


@optimizer(
    name="FTRL",
    paper="mcmahan2013ad",
    builds_on=("adagrad",),
    chapter="adagrad",
    meanings={
        "beta": Hyperparameter(
            "β", "what the root of the sum of squares starts from", 0.0, slider=(0.0, 10.0), off=0.0
        ),
        "lambda1": Hyperparameter("λ₁", "weight of the L1 penalty", 0.0),
        "lambda2": Hyperparameter("λ₂", "weight of the L2 penalty", 0.0),
    },
)
def ftrl(p, g, z, G, *, lr=1e-3, beta=1.0, lambda1=0.0, lambda2=0.0):
    """FTRL-Proximal: AdaGrad's rates, and parameters that are exactly 0 until the evidence against it exceeds λ₁.

    Source: McMahan et al. (2013), Algorithm 1 with its β = 1. pytorch_optimizer agrees (its β is 0); Keras doubles
    λ₂ and starts G at 0.1; PyTorch and optax have none. The parameter is made anew of z and G in each step, as one that
    started at 0: another start is drawn to 0 by β, λ₁ and λ₂, and forgotten while all gradients are 0. The rate
    enters z, by its inverse: a step at a rate of 0 is left out, its gradient not seen, and a rate that falls draws the
    parameter to 0 with it.
    """
    seen = 1 if lr > 0 else 0
    inverse = 1 / lr if lr > 0 else 0
    sigma = inverse * (sqrt(G + g**2) - sqrt(G))
    z = z + seen * g - sigma * p
    G = G + seen * g**2
    beyond = z - clip(z, -lambda1, lambda1)
    curvature = beta + sqrt(G) + lr * lambda2
    p = (1 - seen) * p - lr * beyond / where(curvature > 0, curvature, 1)
    return p, z, G
