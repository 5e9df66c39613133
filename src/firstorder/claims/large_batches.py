"""Claims about large batches and the rules made for them."""

from typing import Any

import numpy as np

from ..lab.evidence import higher_by
from ..lab.large_batches import N, fewest, hyperbola, noise_scale, steps_by_seed, steps_to_target
from ..lab.runs import descend, images, model, trained, tuned, warming
from ..problems.normalised import NormalisedNetwork
from .claim import CON, FAILS, PARTLY, PRO, claim
from .over_seeds import higher

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
    says="With B = 8 the loss takes {steps[0]:.0f} steps and {8 * steps[0]:,.0f} examples, with B = 64 {steps[2]:.0f} "
    "and {64 * steps[2]:,.0f}, with B = 1,344 {steps[4]:.0f} and {1344 * steps[4]:,.0f}.",
)
def fewer_steps():
    """Softmax regression on the digits to a training loss of 0.2: the fewest steps of SGD at the best of seven rates,
    mean of twenty seeds, for each batch size; a hyperbola is fitted."""
    steps, rates = zip(*(fewest("sgd", size) for size in SIZES), strict=True)
    s_min, e_min = hyperbola()
    worst = max(abs((s_min + e_min / size) / count - 1) for count, size in zip(steps, SIZES, strict=True))
    each = [steps_by_seed("sgd", rate, size, 10 * count) for rate, size, count in zip(rates, SIZES, steps, strict=True)]
    spread = [np.std(counts, ddof=1) if len(counts) > 1 else 0.0 for counts in each]
    fit = {"s_min": s_min, "e_min": e_min, "critical": e_min / s_min, "worst_fit": worst}
    return {"steps": steps, "rates": rates, "spread": spread} | fit


@claim(
    "The gradient's noise scale foretells the critical batch size",
    PRO,
    about="minibatch",
    source="mccandlish2018empirical",
    verdict=PARTLY,
    conditions="its order of magnitude; it changes by more than a factor of ten during the run",
    holds="1 / 3 < middle / critical < 3 and most < 3 * least",
    partly="1 / 3 < middle / critical < 3",
    says="The critical batch size is {critical:.0f}; on the way the noise scale goes from {least:.0f} to {most:.0f}, "
    "with a geometric mean of {middle:.0f}.",
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
    says="At the scaled rate it takes {B32:.2f} times the steps of the tuned rate for B = 32, {B64:.2f} times for B = "
    "64 and {B192:.2f} times for B = 192.",
)
def linear_scaling():
    """Softmax regression on the digits to a loss of 0.2, twenty seeds: the best of seven rates for B = 8, scaled in
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
    says="Against the tuned rate it takes {root:.2f} times the steps at √8 times the rate, {linear:.2f} times at 8 "
    "times the rate and {same:.2f} times at the same rate.",
)
def square_root():
    """Softmax regression on the digits to a loss of 0.2, twenty seeds: Adam's best of seven rates for B = 4, times 1,
    √8 and 8, for B = 32, against the best of seven rates there. Adam keeps its other defaults."""
    base, least = fewest("adam", 4)[1], fewest("adam", 32)[0]
    factors = {"same": 1.0, "root": 8**0.5, "linear": 8.0}
    return {name: steps_to_target("adam", base * k, 32, 20 * least) / least for name, k in factors.items()}


# ── equal epochs, a network ───────────────────────────────────────────────────────────────────────────

EPOCHS = 8
FIRST = {"momentum": -1.0, "lars": -2.5, "adamw": -2.0, "lamb": -2.0}  # of 13 rates, decimal logarithm


def run_of(size: int) -> dict[str, Any]:
    """Eight epochs of the digits."""
    return {"part": "even", "steps": EPOCHS * N // size, "batch_size": size}


def keeps(key: str, other: str) -> dict[str, Any]:
    """Test accuracies of `key` in per cent at three batch sizes, and by how much it is ahead of a rival at each."""
    found, ahead = [], {}
    for size in (96, 336, N):
        accuracy = {}
        for name in (key, other):
            hyper: dict[str, Any] = {"trust_coefficient": 1.0} if name == "lars" else {}
            rates = 10.0 ** (FIRST[name] + np.arange(13) / 8)
            seeds: dict[str, Any] = {"by_training": True, "tuning": range(100, 106), "seeds": range(40)}
            accuracy[name] = 100 * tuned("network", name, rates, **seeds, **run_of(size), **hyper).accuracy
        found.append(accuracy[key].mean())
        ahead[f"at_{size}"] = higher_by(accuracy[key], accuracy[other])
    return {"accuracy": found} | ahead


@claim(
    "LAMB keeps its accuracy in large batches",
    PRO,
    about="lamb",
    source="you2020large",
    verdict=FAILS,
    conditions="it loses nine points from B = 96 to full batches; it is behind AdamW at 336, and at most two points "
    "ahead of it at 1,344",
    holds="accuracy[0] - min(accuracy) < 1",
    partly="at_336['low'] > 0 or at_1344['low'] > 0",
    fails="max(at_336['high'], at_1344['high']) < 2",
    says="LAMB's test accuracy falls from {accuracy[0]:.1f}% at B = 96 to {accuracy[1]:.1f}% at 336 and "
    "{accuracy[2]:.1f}% at 1,344. At 336 "
    + higher("AdamW", "at_336")
    + "; at 1,344 "
    + higher("AdamW", "at_1344")
    + ".",
)
def lamb():
    """A network with 32 hidden units on the digits, eight epochs at every batch size (112, 32, 8 steps), LAMB against
    AdamW, each at the best of 13 rates, eight a decade, for each size, by the training loss of six seeds; test accuracy
    over 40 other seeds."""
    return keeps("lamb", "adamw")


@claim(
    "LARS keeps its accuracy in large batches, where momentum loses it",
    PRO,
    about="lars",
    source="you2017large",
    verdict=PARTLY,
    conditions="both lose more than ten points; of the two LARS is ahead only in full batches, where eight steps are "
    "taken",
    holds="accuracy[0] - min(accuracy) < 1",
    partly="at_336['low'] > 0 or at_1344['low'] > 0",
    fails="max(at_336['high'], at_1344['high']) < 2",
    says="LARS's test accuracy falls from {accuracy[0]:.1f}% at B = 96 to {accuracy[1]:.1f}% at 336 and "
    "{accuracy[2]:.1f}% at 1,344. At 336 "
    + higher("Momentum", "at_336")
    + "; at 1,344 "
    + higher("Momentum", "at_1344")
    + ".",
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
    says="At the scaled rate the loss ends at {plain:.2f} without warm-up and at {warm:.2f} with it; at the rate 0.3 "
    "it ends at {tuned:.2f}.",
)
def warm_up():
    """Momentum, a network with 32 hidden units on the digits, eight epochs with B = 336, 20 seeds: loss at the
    rate that is best for B = 32, 0.1, times 10.5, from the first step or reached linearly in three epochs; and at
    0.3."""

    def loss(lr, schedule=None):
        runs = [trained("network", "momentum", lr, seed, schedule=schedule, **run_of(336)) for seed in range(20)]
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
    says="The ratios differ by a factor of {among:.1f} among the five weight matrices, and by {everywhere:.0f} with "
    "the biases.",
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
