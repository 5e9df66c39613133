"""Claims about batch normalisation, and about weights whose length does not matter."""

import numpy as np

from ..lab.large_batches import N
from ..lab.runs import descend, images
from ..lab.walks import made
from ..minimize import batches
from ..problems.normalised import NormalisedNetwork
from .claim import CON, PARTLY, PRO, claim


def normalised_loss(normalised: bool, lr: float, gain: float = 1.0) -> float:
    """Training loss of two hidden layers after five epochs of SGD, B = 64, from hidden weights multiplied by `gain`."""
    problem, losses = NormalisedNetwork(*images("even"), normalised=normalised), []
    for seed in range(20):
        start = problem.start(seed)
        for name in ("W1", "W2"):
            start[name] = gain * start[name]
        losses.append(descend(problem, "sgd", lr, seed, steps=105, start=start).values[-1])
    return float(np.mean(losses))


@claim(
    "Batch normalisation makes the loss independent of the length of the weights",
    PRO,
    about="batch_normalisation",
    source=("ioffe2015batch", "vanlaarhoven2017l2"),
    holds="max(loss, gradient) < 1e-9",
    says="With weights a hundredth and a hundred times as long the loss is the same and, times the length, the "
    "gradient is, each to 1e-9.",
)
def scale_free():
    """A network with two normalised layers of 32 units on the digits, ε = 0: the loss, and the length of the gradient
    times that of the weights, with the first layer's weights a hundredth and a hundred times as long."""
    problem = NormalisedNetwork(*images("even"), eps=0.0)
    params = problem.start()

    def told(c):
        scaled = params | {"W1": c * params["W1"]}
        return np.array([problem.value(scaled), c * np.linalg.norm(problem.gradient(scaled)["W1"])])

    apart = np.max([abs(told(c) / told(1.0) - 1) for c in (0.01, 100.0)], axis=0)
    return {"loss": apart[0], "gradient": apart[1]}


@claim(
    "Batch normalisation lets larger learning rates be used",
    PRO,
    about="batch_normalisation",
    source=("ioffe2015batch", "santurkar2018how"),
    holds="with_it > 3 * without",
    partly="with_it > without",
    says="The largest rate that trains is {with_it:.2g} with normalisation and {without:.2g} without; the best losses "
    "are {loss_with:.2f} and {loss_without:.2f}.",
)
def larger_rates():
    """Two hidden layers of 32 units on the digits, five epochs of SGD (B = 64) at seven rates from 0.01 to 10, with
    batch normalisation and without: the largest rate that ends with a loss below 0.3, and the best loss; means of 20
    seeds."""
    rates = 10.0 ** np.arange(-2, 1.1, 0.5)
    ours, others = (np.array([normalised_loss(normalised, lr) for lr in rates]) for normalised in (True, False))
    return {
        "with_it": rates[ours < 0.3].max(),
        "without": rates[others < 0.3].max(),
        "loss_with": ours.min(),
        "loss_without": others.min(),
    }


@claim(
    "Batch normalisation makes training insensitive to the scale of the initial weights",
    PRO,
    about="batch_normalisation",
    source="ioffe2015batch",
    verdict=PARTLY,
    conditions="it learns at scales where without it nothing is learned, but not equally well at each",
    holds="max(with_it) < 1.5 and max(without) > 2.2 and max(with_it) < 1.5 * min(with_it)",
    partly="max(with_it) < 1.5 and max(without) > 2.2",
    says="With normalisation the loss ends at {with_it[0]:.2f}, {with_it[1]:.2f}, {with_it[2]:.2f}, {with_it[3]:.2f} "
    "and {with_it[4]:.2f}; without it at {without[0]:.2f}, {without[1]:.2f}, {without[2]:.2f}, {without[3]:.2f} and "
    "{without[4]:.2f}.",
)
def initial_scale():
    """Two hidden layers of 32 units on the digits, five epochs of SGD (B = 64, rate 0.1) from He's weights times 0.01,
    0.1, 1, 10 and 100, with batch normalisation and without: training loss, mean of 20 seeds; without
    learning it is 2.30."""
    gains = (0.01, 0.1, 1.0, 10.0, 100.0)
    return {
        name: [normalised_loss(normalised, 0.1, gain) for gain in gains]
        for name, normalised in (("with_it", True), ("without", False))
    }


def decayed(normalised: bool, decay: float, growing: bool, lr: float = 0.1, steps: int = 100) -> np.ndarray:
    """Losses of SGD with the hidden weights decayed, or with their rate growing as (1 − ηλ)^−(2t − 1) instead."""
    problem = NormalisedNetwork(*images("even"), normalised=normalised, eps=0.0)
    rest = problem.start()
    hidden = {name: rest.pop(name) for name in ("W1", "W2")}
    keep = 1 - lr * decay
    rate = (lambda t: lr * keep ** (1 - 2 * t)) if growing else lr
    opt = made("sgd", [{"params": hidden, "lr": rate}, {"params": rest, "lr": lr}])
    drawn, losses = batches(N, 64, 0), []
    for _ in range(steps):
        batch = next(drawn)
        losses.append(problem.value(hidden | rest, batch))
        g = problem.gradient(hidden | rest, batch)
        penalty = 0.0 if growing else decay
        opt.step([{name: g[name] + penalty * hidden[name] for name in hidden}, {name: g[name] for name in rest}])
    return np.array(losses)


@claim(
    "With batch normalisation, weight decay acts only through the effective learning rate",
    CON,
    about="batch_normalisation",
    source=("vanlaarhoven2017l2", "hoffer2018norm", "zhang2019three", "li2020exponential"),
    holds="with_it < 1e-6 and without > 1e-2",
    says="With normalisation the losses of both runs agree to 1e-6; without it they differ by up to {without:.1f}.",
)
def decay_is_rate():
    """Two hidden layers of 32 units on the digits, 100 steps of SGD (B = 64, rate 0.1): decay λ = 0.1 of the hidden
    weights against no decay and a rate that grows exponentially, with batch normalisation (ε = 0) and without."""
    return {
        name: np.abs(decayed(normalised, 0.1, growing=False) - decayed(normalised, 0.1, growing=True)).max()
        for name, normalised in (("with_it", True), ("without", False))
    }
