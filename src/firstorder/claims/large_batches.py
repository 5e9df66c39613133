"""Claims about large batches, the rules made for them, and batch normalisation."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .. import OPTIMIZERS
from ..arena import Arena
from ..minimize import batches, minimize
from ..optimizer import Value
from ..problems import SoftmaxRegression, TwoLayerNetwork, digits
from ..problems.normalised import NormalisedNetwork
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend

N = 1344  # of the training digits, so that many batch sizes leave no short batch over
TARGET = 0.2  # training loss


@cache
def data() -> tuple[Any, Any]:
    every = digits()
    return every.x_train[:N], every.y_train[:N]


# ── steps to a loss, softmax regression ───────────────────────────────────────────────────────────────


def steps_to_target(key: str, lr: float, batch_size: int, most: float) -> float:
    """Steps until softmax regression on the digits has the training loss 0.2, mean of three seeds; infinity if `most`
    are not enough. The seeds are trained side by side, as one more axis of the weights (seeds, 65, 10), the last of the
    65 being the bias."""
    seeds = 1 if batch_size == N else 3  # of all the data there is only one batch
    x, y = data()
    x = np.hstack([x, np.ones((N, 1))])
    labels = np.eye(10)[y]
    weights = np.zeros((seeds, 65, 10))
    optimizer = OPTIMIZERS[key](weights, lr=lr, on_nonfinite="ignore")
    drawn = [batches(N, batch_size, seed) for seed in range(seeds)]
    reached, every = np.full(seeds, np.inf), max(1, 32 // batch_size)
    for t in range(1, int(min(most, 1e5)) + 1):
        batch = np.array([next(indices) for indices in drawn])
        scores = x[batch] @ weights
        p = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        optimizer.step(x[batch].swapaxes(1, 2) @ (p - labels[batch]) / batch_size)
        if t % every == 0:
            scores = x @ weights
            top = scores.max(axis=-1)
            loss = np.log(np.exp(scores - top[..., None]).sum(axis=-1)) + top - scores[:, np.arange(N), y]
            reached[(loss.mean(axis=1) <= TARGET) & np.isinf(reached)] = t
            if np.isfinite(reached).all():
                break
    return float(reached.mean())


@cache
def fewest(key: str, batch_size: int) -> tuple[float, float]:
    """The fewest steps to the target at the best of seven rates, a factor 10^(1/4) apart, and that rate."""
    rates = {"sgd": 10 ** np.arange(-0.25, 1.3, 0.25), "adam": 10 ** np.arange(-1.5, 0.1, 0.25)}[key]
    likely = min(batch_size / 5, 5) if key == "sgd" else 0.03 * batch_size**0.5  # only saves time: where to begin
    least, best = 2.0 * N / batch_size + 60, np.nan
    for lr in sorted(rates, key=lambda lr: abs(np.log(lr / likely))):
        steps = steps_to_target(key, lr, batch_size, 1.2 * least)
        if steps < least:
            least, best = steps, lr
    return least, float(best)


@cache
def hyperbola() -> tuple[float, float]:
    """The least S_min and E_min that fit S = S_min + E_min/B to the fewest steps of SGD, least squares of relative
    errors."""
    sizes = np.array([8, 32, 64, 192, N])
    steps = np.array([fewest("sgd", size)[0] for size in sizes])
    rows = np.stack([1 / steps, 1 / (sizes * steps)], axis=1)
    s_min, e_min = np.linalg.lstsq(rows, np.ones(len(sizes)), rcond=None)[0]
    return float(s_min), float(e_min)


def noise_scale(params: dict[str, Any]) -> float:
    """tr Σ/‖g‖² of softmax regression on the digits: the variance of single records' gradients over their mean's
    squared length."""
    problem = SoftmaxRegression(*data())
    each = np.array([Arena(problem.gradient(params, np.array([i]))).buffer for i in range(N)])
    g = each.mean(axis=0)
    return float(((each - g) ** 2).sum(axis=1).mean() / (g @ g))


@claim(
    "A larger batch needs fewer steps but more examples to the same loss",
    CON,
    about="minibatch",
    source=("mccandlish2018empirical", "shallue2019measuring"),
)
def fewer_steps() -> Finding:
    """Softmax regression on the digits to a training loss of 0.2: the fewest steps of SGD at the best of seven rates,
    mean of three seeds, for each batch size; a hyperbola is fitted."""
    sizes = (8, 32, 64, 192, N)
    steps = [fewest("sgd", size)[0] for size in sizes]
    examples = [count * size for count, size in zip(steps, sizes, strict=True)]
    s_min, e_min = hyperbola()
    worst = max(abs((s_min + e_min / size) / count - 1) for count, size in zip(steps, sizes, strict=True))
    monotone = all(np.diff(steps) < 0) and all(np.diff(examples) > 0)
    return Finding(
        HOLDS if monotone else PARTLY if steps[0] > steps[-1] else FAILS,
        f"B = 8: {steps[0]:.0f} steps, {examples[0]:,.0f} examples; B = 64: {steps[2]:.0f} and {examples[2]:,.0f}; "
        f"B = 1,344: {steps[-1]:.0f} and {examples[-1]:,.0f}",
        {f"B{size}": count for size, count in zip(sizes, steps, strict=True)}
        | {"s_min": s_min, "e_min": e_min, "critical": e_min / s_min, "worst_fit": worst},
    )


@claim(
    "The gradient's noise scale foretells the critical batch size",
    PRO,
    about="minibatch",
    source="mccandlish2018empirical",
    verdict=PARTLY,
    conditions="its order of magnitude; it changes by more than a factor of ten during the run",
)
def foretells() -> Finding:
    """The critical batch size of the hyperbola that fits steps to the loss 0.2 (softmax regression, digits), against
    tr Σ/‖g‖² at the losses nearest 2.3, 1, 0.5, 0.3 and 0.2 of a run with B = 8 at its best rate."""
    s_min, e_min = hyperbola()
    steps, rate = fewest("sgd", 8)
    path = minimize(
        SoftmaxRegression(*data()), OPTIMIZERS["sgd"], None, int(steps), batch_size=8, progress=False, lr=rate
    )
    found = []
    for loss in (2.3, 1.0, 0.5, 0.3, 0.2):
        point = path.points[np.abs(path.values - loss).argmin()]
        found.append(noise_scale({"W": point[:640].reshape(64, 10), "b": point[640:]}))
    critical, middle = e_min / s_min, float(np.exp(np.mean(np.log(found))))
    near = 1 / 3 < middle / critical < 3
    return Finding(
        (HOLDS if max(found) < 3 * min(found) else PARTLY) if near else FAILS,
        f"critical batch size {critical:.0f}; noise scale from {min(found):.0f} to {max(found):.0f} on the way, "
        f"geometric mean {middle:.0f}",
        {"critical": critical, "least": min(found), "most": max(found), "middle": middle},
    )


@claim(
    "With a k times larger batch, SGD trains as well at a k times larger rate",
    PRO,
    about="minibatch",
    source="goyal2017accurate",
    verdict=PARTLY,
    conditions="up to about the critical batch size; above it the scaled rate costs ever more steps",
)
def linear_scaling() -> Finding:
    """Softmax regression on the digits to a loss of 0.2, three seeds: the best of seven rates for B = 8, scaled in
    proportion to B, against the best of seven rates at that B."""
    base, found = fewest("sgd", 8)[1], {}
    for size in (32, 64, 192):
        least = fewest("sgd", size)[0]
        found[f"B{size}"] = steps_to_target("sgd", base * size / 8, size, 10 * least) / least
    small, large = found["B32"] < 1.4, found["B192"] > 2
    return Finding(
        (PARTLY if large else HOLDS) if small else FAILS,
        "steps over those at the tuned rate: "
        + ", ".join(
            f"{ratio:.2f} for B = {name[1:]}" if np.isfinite(ratio) else f"more than 10 for B = {name[1:]}"
            for name, ratio in found.items()
        ),
        found,
    )


@claim(
    "With a k times larger batch, Adam trains as well at a √k times larger rate",
    PRO,
    about=("adam", "minibatch"),
    source="malladi2022sdes",
)
def square_root() -> Finding:
    """Softmax regression on the digits to a loss of 0.2, three seeds: Adam's best of seven rates for B = 4, times 1, √8
    and 8, for B = 32, against the best of seven rates there. Adam keeps its other defaults."""
    base, least = fewest("adam", 4)[1], fewest("adam", 32)[0]
    names = {"same": 1.0, "root": 8**0.5, "linear": 8.0}
    found = {name: steps_to_target("adam", base * k, 32, 20 * least) / least for name, k in names.items()}
    return Finding(
        HOLDS if found["root"] < min(1.25, found["same"], found["linear"]) else FAILS,
        "steps over those at the tuned rate: "
        f"{found['root']:.2f} at √8 times the rate, {found['linear']:.2f} at 8 times, {found['same']:.2f} at the same",
        found,
    )


# ── equal epochs, a network ───────────────────────────────────────────────────────────────────────────

EPOCHS, SIZES = 8, (96, 336, N)
FIRST = {"momentum": -1.5, "lars": -2.5, "adamw": -3.0, "lamb": -2.5}  # of five rates, decimal logarithm


def train(key: str, batch_size: int, lr: Value, seed: int) -> tuple[float, float]:
    """Training loss and test accuracy of a network with 32 hidden units after eight epochs of the digits."""
    problem, every = TwoLayerNetwork(*data(), 32), digits()
    hyper: dict[str, Value] = {"trust_coefficient": 1.0} if key == "lars" else {}
    path = descend(problem, key, lr, seed, steps=EPOCHS * N // batch_size, batch_size=batch_size, **hyper)
    return float(path.values[-1]), problem.accuracy(path.params, every.x_test, every.y_test)


@cache
def accuracies(key: str) -> dict[int, tuple[float, ...]]:
    """Test accuracies of five seeds by batch size, at that of five rates with the least training loss, mean of two
    other seeds."""
    found = {}
    for size in SIZES:
        losses = {
            lr: np.mean([train(key, size, lr, seed)[0] for seed in (10, 11)])
            for lr in 10.0 ** (FIRST[key] + np.arange(5) / 2)
        }
        best = min(losses, key=lambda lr: losses[lr] if np.isfinite(losses[lr]) else np.inf)
        found[size] = tuple(train(key, size, best, seed)[1] for seed in range(5))
    return found


def keeps(key: str, other: str) -> Finding:
    """Is the accuracy of `key` kept at the larger batch sizes, or at least better than that of `other`, by more than
    two standard errors?"""
    mine, others = (np.array([accuracies(name)[size] for size in SIZES]) for name in (key, other))
    means, rivals = mine.mean(axis=1), others.mean(axis=1)
    error = ((mine.var(axis=1, ddof=1) + others.var(axis=1, ddof=1)) / mine.shape[1]) ** 0.5
    ahead = (means - rivals > 2 * error)[1:].any()
    said = [", ".join(f"{accuracy:.1%}" for accuracy in accuracies) for accuracies in (means, rivals)]
    return Finding(
        HOLDS if means[0] - means.min() < 0.01 else PARTLY if ahead else FAILS,
        f"for B = 96, 336 and 1,344: {said[0]}; {OPTIMIZERS[other].rule.name} {said[1]}",
        {
            f"{name}_{size}": value
            for name, row in ((key, means), (other, rivals))
            for size, value in zip(SIZES, row, strict=True)
        }
        | {f"error_{size}": value for size, value in zip(SIZES, error, strict=True)},
    )


@claim(
    "LAMB keeps its accuracy in large batches",
    PRO,
    about="lamb",
    source="you2020large",
    verdict=FAILS,
    conditions="where the epochs leave a few steps only, it loses accuracy as AdamW does",
)
def lamb() -> Finding:
    """A network with 32 hidden units on the digits, eight epochs at every batch size (112, 32, 8 steps), LAMB against
    AdamW, each at the best of five rates for each size: test accuracy, mean of five seeds not used for tuning."""
    return keeps("lamb", "adamw")


@claim(
    "LARS keeps its accuracy in large batches, where momentum loses it",
    PRO,
    about="lars",
    source="you2017large",
    verdict=FAILS,
    conditions="where the epochs leave a few steps only, both lose it",
)
def lars() -> Finding:
    """The same network, epochs, budget and seeds, LARS (trust coefficient 1, so that the rate is the relative step)
    against momentum."""
    return keeps("lars", "momentum")


@claim(
    "Warm-up lets a large batch take the linearly scaled rate",
    PRO,
    about="schedules",
    source="goyal2017accurate",
    verdict=FAILS,
    conditions="on this small network only a smaller rate helps",
)
def warm_up() -> Finding:
    """Momentum, a network with 32 hidden units on the digits, eight epochs with B = 336, five seeds: loss at the
    rate that is best for B = 32, 0.1, times 10.5, from the first step or reached linearly in three epochs; and at
    0.3."""

    def loss(lr: Value) -> float:
        return float(np.mean([train("momentum", 336, lr, seed)[0] for seed in range(5)]))

    plain, warm, tuned = loss(1.05), loss(lambda t: 1.05 * min(1, t / 12)), loss(0.3)
    return Finding(
        HOLDS if warm < 1.25 * tuned else PARTLY if warm < 0.8 * plain else FAILS,
        f"loss {plain:.2f} without warm-up, {warm:.2f} with it, {tuned:.2f} at the rate 0.3",
        {"plain": plain, "warm": warm, "tuned": tuned},
    )


@claim(
    "The lengths of weights over gradients differ so much between layers that one rate cannot suit all",
    PRO,
    about=("lars", "lamb"),
    source="you2017large",
    verdict=PARTLY,
    conditions="between weights and biases; between weight matrices of this network much less",
)
def ratios_differ() -> Finding:
    """‖θ‖/‖g‖ for each array of a network with four hidden layers of 32 units on the digits, without normalisation,
    after five epochs of SGD (B = 64, rate 0.1)."""
    problem = NormalisedNetwork(*data(), (32,) * 4, normalised=False)
    path = minimize(problem, OPTIMIZERS["sgd"], steps=105, batch_size=64, record_every=105, progress=False, lr=0.1)
    params = path.params
    g = problem.gradient(params)
    ratio = {name: float(np.linalg.norm(params[name]) / np.linalg.norm(g[name])) for name in params}
    matrices = [value for name, value in ratio.items() if name.startswith("W")]
    among, everywhere = max(matrices) / min(matrices), max(ratio.values()) / min(ratio.values())
    return Finding(
        HOLDS if among > 10 else PARTLY if everywhere > 10 else FAILS,
        f"by a factor of {among:.1f} among the five weight matrices, {everywhere:.0f} with the biases",
        {"among": among, "everywhere": everywhere},
    )


# ── batch normalisation ───────────────────────────────────────────────────────────────────────────────


def trained(problem: NormalisedNetwork, lr: float, seed: int, gain: float = 1.0) -> float:
    """Training loss after five epochs of SGD, B = 64, from hidden weights multiplied by `gain`."""
    start = problem.start(seed)
    for i in range(1, len(problem.hidden) + 1):
        start[f"W{i}"] = gain * start[f"W{i}"]
    path = minimize(
        problem, OPTIMIZERS["sgd"], start, 105, batch_size=64, seed=seed, record_every=105, progress=False, lr=lr
    )
    return float(path.values[-1])


@claim(
    "Batch normalisation makes the loss independent of the length of the weights",
    PRO,
    about="batch_normalisation",
    source=("ioffe2015batch", "vanlaarhoven2017l2"),
)
def scale_free() -> Finding:
    """A network with two normalised layers of 32 units on the digits, ε = 0: the loss, and the length of the gradient
    times that of the weights, with the first layer's weights a hundredth and a hundred times as long."""
    problem = NormalisedNetwork(*data(), eps=0.0)
    params = problem.start()
    loss, g = problem.value(params), np.linalg.norm(problem.gradient(params)["W1"])
    apart, product = 0.0, 0.0
    for c in (0.01, 100.0):
        scaled = params | {"W1": c * params["W1"]}
        apart = max(apart, abs(problem.value(scaled) / loss - 1))
        product = max(product, abs(c * float(np.linalg.norm(problem.gradient(scaled)["W1"])) / float(g) - 1))
    return Finding(
        HOLDS if max(apart, product) < 1e-9 else FAILS,
        "the same loss and, times the length, the same gradient, each to 1e-9",
        {"loss": apart, "gradient": product},
    )


@claim(
    "Batch normalisation lets larger learning rates be used",
    PRO,
    about="batch_normalisation",
    source=("ioffe2015batch", "santurkar2018how"),
)
def larger_rates() -> Finding:
    """Two hidden layers of 32 units on the digits, five epochs of SGD (B = 64) at seven rates from 0.01 to 10, with
    batch normalisation and without: the largest rate that ends with a loss below 0.3, and the best loss; two seeds."""
    rates, found = 10.0 ** np.arange(-2, 1.1, 0.5), {}
    for name, normalised in (("with", True), ("without", False)):
        problem = NormalisedNetwork(*data(), normalised=normalised)
        losses = np.array([np.mean([trained(problem, lr, seed) for seed in range(2)]) for lr in rates])
        found[name], found[f"loss_{name}"] = rates[losses < 0.3].max(), losses.min()
    ratio = found["with"] / found["without"]
    return Finding(
        HOLDS if ratio > 3 else PARTLY if ratio > 1 else FAILS,
        f"largest rate {found['with']:.2g} with, {found['without']:.2g} without; "
        f"best loss {found['loss_with']:.2f} and {found['loss_without']:.2f}",
        found,
    )


@claim(
    "Batch normalisation makes training insensitive to the scale of the initial weights",
    PRO,
    about="batch_normalisation",
    source="ioffe2015batch",
    verdict=PARTLY,
    conditions="it learns at scales where without it nothing is learned, but not equally well at each",
)
def initial_scale() -> Finding:
    """Two hidden layers of 32 units on the digits, five epochs of SGD (B = 64, rate 0.1) from He's weights times 0.01,
    0.1, 1, 10 and 100, with batch normalisation and without: training loss, two seeds; without learning it is 2.30."""
    gains, found = (0.01, 0.1, 1.0, 10.0, 100.0), {}
    for name, normalised in (("with", True), ("without", False)):
        problem = NormalisedNetwork(*data(), normalised=normalised)
        found[name] = [float(np.mean([trained(problem, 0.1, seed, gain) for seed in range(2)])) for gain in gains]
    spread, learns = max(found["with"]) / min(found["with"]), max(found["with"]) < 1.5 < 2.2 < max(found["without"])
    return Finding(
        (HOLDS if spread < 1.5 else PARTLY) if learns else FAILS,
        "loss " + "; ".join(f"{', '.join(f'{x:.2f}' for x in losses)} {name} it" for name, losses in found.items()),
        {f"{name}_{gain:g}": x for name, losses in found.items() for gain, x in zip(gains, losses, strict=True)},
    )


def decayed(normalised: bool, decay: float, growing: bool, lr: float = 0.1, steps: int = 100) -> np.ndarray:
    """Losses of SGD with the hidden weights decayed, or with their rate growing as (1 − ηλ)^−(2t − 1) instead."""
    problem = NormalisedNetwork(*data(), normalised=normalised, eps=0.0)
    start = problem.start()
    hidden = {name: start.pop(name) for name in ("W1", "W2")}
    keep = 1 - lr * decay
    inner = OPTIMIZERS["sgd"](hidden, lr=(lambda t: lr * keep ** (1 - 2 * t)) if growing else lr)
    outer, drawn, losses = OPTIMIZERS["sgd"](start, lr=lr), batches(N, 64, 0), []
    for _ in range(steps):
        batch = next(drawn)
        losses.append(problem.value(hidden | start, batch))
        g = problem.gradient(hidden | start, batch)
        if not growing:
            for name in hidden:
                g[name] = g[name] + decay * hidden[name]
        inner.step({name: g[name] for name in hidden})
        outer.step({name: g[name] for name in start})
    return np.array(losses)


@claim(
    "With batch normalisation, weight decay acts only through the effective learning rate",
    CON,
    about="batch_normalisation",
    source=("vanlaarhoven2017l2", "hoffer2018norm", "zhang2019three", "li2020exponential"),
)
def decay_is_rate() -> Finding:
    """Two hidden layers of 32 units on the digits, 100 steps of SGD (B = 64, rate 0.1): decay λ = 0.1 of the hidden
    weights against no decay and a rate that grows exponentially, with batch normalisation (ε = 0) and without."""
    found = {}
    for name, normalised in (("with", True), ("without", False)):
        decay, growth = decayed(normalised, 0.1, growing=False), decayed(normalised, 0.1, growing=True)
        found[name] = float(np.abs(decay - growth).max())
    return Finding(
        HOLDS if found["with"] < 1e-6 < 1e-2 < found["without"] else FAILS,
        f"the losses of both runs agree to 1e-6 with it; without, they differ by up to {found['without']:.1f}",
        found,
    )
