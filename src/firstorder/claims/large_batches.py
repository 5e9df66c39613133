"""Claims about large batches and the rules made for them."""

from typing import Any

import numpy as np

from ..lab.large_batches import N, fewest, hyperbola, noise_scale, steps_to_target
from ..lab.runs import descend, images, model, trained, tuned, warming
from ..problems.normalised import NormalisedNetwork
from .claim import CON, FAILS, PARTLY, PRO, claim

SIZES = (8, 32, 64, 192, N)

# ── steps to a loss, softmax regression ───────────────────────────────────────────────────────────────


@claim(
    "A larger batch needs fewer steps but more examples to the same loss",
    CON,
    about="minibatch",
    source=("mccandlish2018empirical", "shallue2019measuring"),
    holds="steps[0] > steps[1] > steps[2] > steps[3] > steps[4] and "
    "8 * steps[0] < 32 * steps[1] < 64 * steps[2] < 192 * steps[3] < 1344 * steps[4]",
    partly="steps[0] > steps[4]",
    says="B = 8: {steps[0]:.0f} steps, {8 * steps[0]:,.0f} examples; B = 64: {steps[2]:.0f} and {64 * steps[2]:,.0f}; "
    "B = 1,344: {steps[4]:.0f} and {1344 * steps[4]:,.0f}",
)
def fewer_steps():
    """Softmax regression on the digits to a training loss of 0.2: the fewest steps of SGD at the best of seven rates,
    mean of three seeds, for each batch size; a hyperbola is fitted."""
    steps = [fewest("sgd", size)[0] for size in SIZES]
    s_min, e_min = hyperbola()
    worst = max(abs((s_min + e_min / size) / count - 1) for count, size in zip(steps, SIZES, strict=True))
    return {"steps": steps, "s_min": s_min, "e_min": e_min, "critical": e_min / s_min, "worst_fit": worst}


@claim(
    "The gradient's noise scale foretells the critical batch size",
    PRO,
    about="minibatch",
    source="mccandlish2018empirical",
    verdict=PARTLY,
    conditions="its order of magnitude; it changes by more than a factor of ten during the run",
    holds="1 / 3 < middle / critical < 3 and most < 3 * least",
    partly="1 / 3 < middle / critical < 3",
    says="critical batch size {critical:.0f}; noise scale from {least:.0f} to {most:.0f} on the way, "
    "geometric mean {middle:.0f}",
)
def foretells():
    """The critical batch size of the hyperbola that fits steps to the loss 0.2 (softmax regression, digits), against
    tr Σ/‖g‖² at the losses nearest 2.3, 1, 0.5, 0.3 and 0.2 of a run with B = 8 at its best rate."""
    s_min, e_min = hyperbola()
    steps, rate = fewest("sgd", 8)
    path = descend(model("softmax", "even"), "sgd", rate, steps=int(steps), batch_size=8, record_every=1)
    found = []
    for loss in (2.3, 1.0, 0.5, 0.3, 0.2):
        point = path.points[np.abs(path.values - loss).argmin()]
        found.append(noise_scale({"W": point[:640].reshape(64, 10), "b": point[640:]}))
    middle = np.exp(np.mean(np.log(found)))
    return {"critical": e_min / s_min, "least": min(found), "most": max(found), "middle": middle}


@claim(
    "With a k times larger batch, SGD trains as well at a k times larger rate",
    PRO,
    about="minibatch",
    source="goyal2017accurate",
    verdict=PARTLY,
    conditions="up to about the critical batch size; above it the scaled rate costs ever more steps",
    holds="B32 < 1.4 and B192 <= 2",
    partly="B32 < 1.4",
    says="steps over those at the tuned rate: {B32:.2f} for B = 32, {B64:.2f} for B = 64, {B192:.2f} for B = 192",
)
def linear_scaling():
    """Softmax regression on the digits to a loss of 0.2, three seeds: the best of seven rates for B = 8, scaled in
    proportion to B, against the best of seven rates at that B."""
    base = fewest("sgd", 8)[1]
    least = {size: fewest("sgd", size)[0] for size in (32, 64, 192)}
    return {f"B{size}": steps_to_target("sgd", base * size / 8, size, 10 * n) / n for size, n in least.items()}


@claim(
    "With a k times larger batch, Adam trains as well at a √k times larger rate",
    PRO,
    about=("adam", "minibatch"),
    source="malladi2022sdes",
    holds="root < min(1.25, same, linear)",
    says="steps over those at the tuned rate: {root:.2f} at √8 times the rate, {linear:.2f} at 8 times, {same:.2f} at "
    "the same",
)
def square_root():
    """Softmax regression on the digits to a loss of 0.2, three seeds: Adam's best of seven rates for B = 4, times 1, √8
    and 8, for B = 32, against the best of seven rates there. Adam keeps its other defaults."""
    base, least = fewest("adam", 4)[1], fewest("adam", 32)[0]
    factors = {"same": 1.0, "root": 8**0.5, "linear": 8.0}
    return {name: steps_to_target("adam", base * k, 32, 20 * least) / least for name, k in factors.items()}


# ── equal epochs, a network ───────────────────────────────────────────────────────────────────────────

EPOCHS = 8
FIRST = {"momentum": -1.5, "lars": -2.5, "adamw": -3.0, "lamb": -2.5}  # of five rates, decimal logarithm


def run_of(size: int) -> dict[str, Any]:
    """Eight epochs of the digits."""
    return {"part": "even", "steps": EPOCHS * N // size, "batch_size": size}


def keeps(key: str, other: str) -> dict[str, Any]:
    """Test accuracies at three batch sizes of `key` and of a rival, and the standard errors of their differences."""
    seeds: dict[str, Any] = {"by_training": True, "tuning": (10, 11), "seeds": range(5)}
    found = {}
    for name in (key, other):
        hyper: dict[str, Any] = {"trust_coefficient": 1.0} if name == "lars" else {}
        rates = 10.0 ** (FIRST[name] + np.arange(5) / 2)
        found[name] = np.array(
            [tuned("network", name, rates, **seeds, **run_of(size), **hyper).accuracy for size in (96, 336, N)]
        )
    error = (sum(each.var(axis=1, ddof=1) for each in found.values()) / 5) ** 0.5
    return {name: each.mean(axis=1) for name, each in found.items()} | {"error": error}


@claim(
    "LAMB keeps its accuracy in large batches",
    PRO,
    about="lamb",
    source="you2020large",
    verdict=FAILS,
    conditions="where the epochs leave a few steps only, it loses accuracy as AdamW does",
    holds="lamb[0] - min(lamb) < 0.01",
    partly="lamb[1] - adamw[1] > 2 * error[1] or lamb[2] - adamw[2] > 2 * error[2]",
    says="for B = 96, 336 and 1,344: {lamb[0]:.1%}, {lamb[1]:.1%}, {lamb[2]:.1%}; "
    "AdamW {adamw[0]:.1%}, {adamw[1]:.1%}, {adamw[2]:.1%}",
)
def lamb():
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
    holds="lars[0] - min(lars) < 0.01",
    partly="lars[1] - momentum[1] > 2 * error[1] or lars[2] - momentum[2] > 2 * error[2]",
    says="for B = 96, 336 and 1,344: {lars[0]:.1%}, {lars[1]:.1%}, {lars[2]:.1%}; "
    "Momentum {momentum[0]:.1%}, {momentum[1]:.1%}, {momentum[2]:.1%}",
)
def lars():
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
    holds="warm < 1.25 * tuned",
    partly="warm < 0.8 * plain",
    says="loss {plain:.2f} without warm-up, {warm:.2f} with it, {tuned:.2f} at the rate 0.3",
)
def warm_up():
    """Momentum, a network with 32 hidden units on the digits, eight epochs with B = 336, five seeds: loss at the
    rate that is best for B = 32, 0.1, times 10.5, from the first step or reached linearly in three epochs; and at
    0.3."""

    def loss(lr, schedule=None):
        runs = [trained("network", "momentum", lr, seed, schedule=schedule, **run_of(336)) for seed in range(5)]
        return np.mean([run.training for run in runs])

    return {"plain": loss(1.05), "warm": loss(1.05, warming(12)), "tuned": loss(0.3)}


@claim(
    "The lengths of weights over gradients differ so much between layers that one rate cannot suit all",
    PRO,
    about=("lars", "lamb"),
    source="you2017large",
    verdict=PARTLY,
    conditions="between weights and biases; between weight matrices of this network much less",
    holds="among > 10",
    partly="everywhere > 10",
    says="by a factor of {among:.1f} among the five weight matrices, {everywhere:.0f} with the biases",
)
def ratios_differ():
    """‖θ‖/‖g‖ for each array of a network with four hidden layers of 32 units on the digits, without normalisation,
    after five epochs of SGD (B = 64, rate 0.1)."""
    problem = NormalisedNetwork(*images("even"), (32,) * 4, normalised=False)
    params = descend(problem, "sgd", 0.1, steps=105).params
    g = problem.gradient(params)
    ratio = {name: np.linalg.norm(params[name]) / np.linalg.norm(g[name]) for name in params}
    matrices = [value for name, value in ratio.items() if name.startswith("W")]
    return {"among": max(matrices) / min(matrices), "everywhere": max(ratio.values()) / min(ratio.values())}
