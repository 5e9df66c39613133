"""Claims about where Adam fails to converge or to generalise, and about what is said to mend it."""

from functools import cache

import numpy as np

from ..lab.counterexamples import jump, on_digits, reddi_end, spike
from ..lab.evidence import higher_by, lower_by
from ..lab.runs import descend
from ..lab.walks import distance, walk
from ..problems.counterexamples import Reddi, Separable
from .claim import CON, FAILS, PARTLY, PRO, claim
from .over_seeds import better, higher, lower

# ── Reddi's example ───────────────────────────────────────────────────────────────────────────────────


def reddi_ends(key: str, beta2: float | None = None) -> list[float]:
    """Where a rule ends after 1,000 steps of Reddi's example: in turn, and the mean of 100 random runs."""
    hyper = {} if beta2 is None else {"beta1": 0.0, "beta2": beta2}
    return [reddi_end(key, runs=runs, **hyper) for runs in (None, 100)]


@claim(
    "Adam may not converge, even on a convex problem",
    CON,
    about="adam",
    source="reddi2018convergence",
    holds="min(adam) > 0.9 and max(sgd) < -0.9",
    says="The best point is -1. Adam ends at {adam[0]:+.2f} where the losses come in turn and at {adam[1]:+.2f} where "
    "they are drawn, SGD at {sgd[0]:+.2f} and {sgd[1]:+.2f}.",
)
def reddi():
    """Reddi's example with C = 3 and β₁ = 0, β₂ = 0.1, lr 0.5/√t, from 0, 1,000 steps in turn and 100 random runs. The
    best point is −1."""
    return {"adam": reddi_ends("adam", 0.1), "sgd": reddi_ends("sgd")}


@claim(
    "On a given problem Adam converges if its β₂ is large enough",
    PRO,
    about="adam",
    source="zhang2022adam",
    holds="max(borders) < 1 and ends[0] > 0.5 and max(ends[1], ends[2]) < -0.5",
    says="Adam turns round at β₂ = {borders[1]:.3f} for C = 3, at {borders[0]:.2f} for 2.5 and at {borders[4]:.3f} "
    "for 100. With β₂ = 0.4, 0.6 and 0.999 it ends at {ends[0]:+.2f}, {ends[1]:+.2f} and {ends[2]:+.2f}.",
)
def larger_beta2():
    """Reddi's example with β₁ = 0: the drift of a cycle by its formula for C from 2.5 to 100, and runs with C = 3 at
    β₂ = 0.4, 0.6 and 0.999."""
    return {
        "borders": [Reddi(C).border() for C in (2.5, 3, 5, 10, 100)],
        "ends": [reddi_ends("adam", beta2)[0] for beta2 in (0.4, 0.6, 0.999)],
    }


@claim(
    "AMSGrad mends the counter-example",
    PRO,
    about=("amsgrad", "amsgrad_corrected"),
    source="reddi2018convergence",
    holds="max(raw, corrected) < -0.9",
    partly="max(raw[0], corrected[0]) < -0.9",
    says="The best point is -1. With the maximum of raw moments AMSGrad ends at {raw[0]:+.2f}, and at {raw[1]:+.2f} "
    "where the losses are drawn; with that of corrected ones at {corrected[0]:+.2f} and {corrected[1]:+.2f}.",
)
def amsgrad_mends():
    """The same example and settings as for Adam: both forms of AMSGrad, β₂ = 0.1."""
    return {"raw": reddi_ends("amsgrad", 0.1), "corrected": reddi_ends("amsgrad_corrected", 0.1)}


@claim(
    "ADOPT mends the counter-example at every β₂ tried",
    PRO,
    about="adopt",
    source="taniguchi2024adopt",
    holds="max(ends) < -0.9",
    partly="min(ends) < -0.9",
    says="The best point is -1, and all eight runs of ADOPT end between {min(ends):+.2f} and {max(ends):+.2f}.",
)
def adopt():
    """The same example: ADOPT with β₁ = 0 and β₂ = 0.1, 0.5, 0.9 and 0.99, in turn and at random."""
    return {"ends": [end for beta2 in (0.1, 0.5, 0.9, 0.99) for end in reddi_ends("adopt", beta2)]}


@claim(
    "AMSGrad's rates never grow",
    PRO,
    about=("amsgrad", "amsgrad_corrected"),
    source="reddi2018convergence",
    verdict=PARTLY,
    conditions="true if the maximum is of corrected moments; if it is corrected after the maximum, as in PyTorch, "
    "rates grow while the correction fades, by up to 1/√(1−β₂)",
    holds="max(raw, corrected) < 1.01",
    partly="min(raw, corrected) < 1.01",
    says="The last rate is {raw:.1f} times the first where the maximum is taken before the correction, and "
    "{corrected:.1f} times in the other order.",
)
def rates_never_grow():
    """A gradient of 1 and then 10,000 of 0.001 at the defaults: the last rate, lr / √v̂, over the first."""
    gradients = np.full((10_000, 1), 1e-3)
    gradients[0] = 1.0
    raw, corrected = (
        walk(key, gradients, keep=lambda p, opt: float(opt.state["v_max"][0]))[-1]
        for key in ("amsgrad", "amsgrad_corrected")
    )
    return {"raw": (raw / (1 - 0.999**10_000)) ** -0.5, "corrected": corrected**-0.5}  # the first v̂ is 1


# ── near the optimum ──────────────────────────────────────────────────────────────────────────────────


@cache
def rest(beta2: float) -> float:
    """Adam's largest distance from the minimum of θ²/2 in the last 1,000 of 4,000 steps at lr 0.01, in units of lr."""
    path = walk("adam", lambda p: p, 4000, start=np.ones(1), lr=0.01, beta2=beta2)
    return float(abs(path[-1000:]).max() / 0.01)


@claim(
    "At a constant rate Adam oscillates near the optimum and never comes to rest",
    CON,
    about="adam",
    source="reddi2018convergence",
    verdict=PARTLY,
    conditions="with noise in the gradient it stays about √(η/2) away, as SGD does at its own scale; without noise it "
    "circles within a fraction of η at small β₂, but comes to rest at β₂ = 0.999 within these 4,000 steps",
    holds="max(abs(noisy[0] - 1), abs(noisy[1] - 1)) < 0.1 and min(still) > 0.01",
    partly="max(abs(noisy[0] - 1), abs(noisy[1] - 1)) < 0.1",
    says="With noise Adam stays {noisy[0]:.2f} and {noisy[1]:.2f} times √(η/2) away. Without noise it ends "
    "{still[0]:.0e} η away at β₂ = 0.999, and swings by {still[1]:.2f} η at 0.99 and {still[2]:.2f} η at 0.95.",
)
def oscillates():
    """The parabola θ²/2: with noise, 1,000 parameters and 3,000 steps at lr 0.1 and 0.01; without, one parameter and
    4,000 steps at lr 0.01 from 1."""
    return {
        "noisy": [distance("adam", 3000, lr=lr) / (lr / 2) ** 0.5 for lr in (0.1, 0.01)],
        "still": [rest(beta2) for beta2 in (0.999, 0.99, 0.95)],
    }


@claim(
    "A falling rate brings Adam to the optimum",
    PRO,
    about=("adam", "schedules"),
    source="kingma2015adam",
    holds="fallen < constant / 3",
    says="Adam stays {constant:.3f} away at a constant rate, and {fallen:.3f} at the rate 0.1/√t.",
)
def falling():
    """The same noisy parabola, 3,000 steps: the distance at a constant rate of 0.1, and at 0.1/√t."""
    return {
        "constant": distance("adam", 3000, lr=0.1),
        "fallen": distance("adam", 3000, lr=lambda t: 0.1 / t**0.5),
    }


# ── generalisation ────────────────────────────────────────────────────────────────────────────────────


@claim(
    "An adaptive method can find a solution that fits the data and generalises not at all, where SGD's generalises",
    CON,
    about=("adam", "rmsprop", "adagrad"),
    source="wilson2017marginal",
    holds="loss < 0.01 and min(plain) == 1 and max(adaptive) == 0",
    says="All five fit the training data (largest loss {loss:.0e}). Of new negative examples SGD and momentum "
    "recognise {min(plain):.0%}, AdaGrad, RMSProp and Adam {max(adaptive):.0%}.",
)
def separable():
    """The data of Wilson et al., 50 examples, full gradients, 2,000 steps; then new examples of either label."""
    problem, losses, recognised = Separable(), [], {}
    for key, lr in (("sgd", 0.001), ("momentum", 0.0005), ("adagrad", 0.1), ("rmsprop", 0.001), ("adam", 0.01)):
        path = descend(problem, key, lr, steps=2000, batch_size=None)
        losses.append(path.values[-1])
        recognised[key] = min(problem.accuracy(path.params))
    return {
        "loss": max(losses),
        "plain": [recognised[key] for key in ("sgd", "momentum")],
        "adaptive": [recognised[key] for key in ("adagrad", "rmsprop", "adam")],
    }


@claim(
    "Adam ends slightly worse than tuned SGD with momentum",
    CON,
    about="adam",
    source="wilson2017marginal",
    verdict=PARTLY,
    conditions="with 32 hidden units and a constant rate; under a cosine, and with 16 or 64 units, no difference shows",
    says="Adam reads, of test images, with 32 hidden units {units_32['ahead']:+.2f} points ({units_32['low']:+.2f} to "
    "{units_32['high']:+.2f}) against momentum at a constant rate and {cosine_32['ahead']:+.2f} "
    "({cosine_32['low']:+.2f} to {cosine_32['high']:+.2f}) under a cosine; at a constant rate with 16 units "
    "{units_16['ahead']:+.2f} ({units_16['low']:+.2f} to {units_16['high']:+.2f}) and with 64 {units_64['ahead']:+.2f} "
    "({units_64['low']:+.2f} to {units_64['high']:+.2f}).",
    holds="max(units_32['high'], cosine_32['high'], units_16['high'], units_64['high']) < 0",
    partly="units_32['high'] < -0.3",
)
def behind_sgd():
    """Digits, networks with 16, 32 and 64 hidden units, 400 steps of 64; nine rates each, a quarter of a decade apart,
    chosen by five seeds on digits held out; test accuracy of twenty further seeds; with 32 units also under a cosine.
    """
    cases = {"units_32": (32, False), "cosine_32": (32, True), "units_16": (16, False), "units_64": (64, False)}
    return {
        name: higher_by(*(on_digits(key, hidden=hidden, cosine=cosine).accuracy for key in ("adam", "momentum")))
        for name, (hidden, cosine) in cases.items()
    }


@claim(
    "AMSGrad is better than Adam in practice",
    PRO,
    about=("amsgrad", "amsgrad_corrected"),
    source="reddi2018convergence",
    verdict=FAILS,
    conditions="in neither form can it gain as much as one test image of 773; that it loses three the seeds leave open",
    says=higher("Adam", what="AMSGrad as PyTorch has it reads", of="raw")
    + "; "
    + higher("Adam", what="as optax has it", of="corrected")
    + ".",
    holds="max(raw['low'], corrected['low']) > 0",
    fails="max(raw['high'], corrected['high']) < 0.3",
)
def amsgrad_better():
    """Digits, 32 hidden units, 400 steps of 64; nine rates each, twenty seeds, either form against Adam."""
    adam = on_digits("adam").accuracy
    forms = {"raw": "amsgrad", "corrected": "amsgrad_corrected"}
    return {name: higher_by(on_digits(key).accuracy, adam) for name, key in forms.items()}


@claim(
    "β₂ = 0.99 and ε = 10⁻⁶ outperform the usual defaults",
    PRO,
    about="adam",
    verdict=FAILS,
    conditions="no better on test images, the rates of both tuned",
    says=higher("at the defaults", what="With β₂ = 0.99 and ε = 1e-6 Adam reads") + ".",
    **better(0.3),
)
def other_defaults():
    """Digits, 32 hidden units, 400 steps of 64; nine rates each, twenty seeds: Adam with β₂ = 0.99 and ε = 1e-6 against
    0.999 and 1e-8."""
    return higher_by(on_digits("adam", beta2=0.99, eps=1e-6).accuracy, on_digits("adam").accuracy)


# ── smaller β₂ ────────────────────────────────────────────────────────────────────────────────────────


@claim(
    "Lowering β₂ to 0.95–0.99 tames loss spikes",
    PRO,
    about="adam",
    source="wortsman2023stable",
    verdict=PARTLY,
    conditions="true where gradients suddenly grow; without noise near the optimum it is the small β₂ that swings",
    holds="rise[2] < rise[1] < rise[0] / 2 and max(still[1], still[2]) <= 10 * still[0]",
    partly="rise[2] < rise[1] < rise[0] / 2",
    says="Where gradients suddenly grow the loss rises {rise[0]:.1f}-fold at β₂ = 0.999, {rise[1]:.1f}-fold at 0.99 "
    "and {rise[2]:.1f}-fold at 0.95. Near a minimum without noise Adam swings by {still[0]:.0e} η, {still[1]:.2f} η "
    "and {still[2]:.2f} η.",
)
def spikes():
    """A noisy parabola whose gradients grow by 100 at step 1,000, lr 0.01: the highest loss after over the loss before.
    And the parabola without noise: the largest distance in the last 1,000 of 4,000 steps, in units of lr."""
    betas = (0.999, 0.99, 0.95)
    return {"rise": [spike(jump(beta2)[0]) for beta2 in betas], "still": [rest(beta2) for beta2 in betas]}


@claim(
    "A lower β₂ suits large batches",
    PRO,
    about="adam",
    source="zhang2026adam",
    verdict=FAILS,
    conditions="on this small network, with the rates of both tuned; the source speaks of language models",
    says=lower("at 0.999", what="With β₂ = 0.95 the training loss with batches of 256", of="large")
    + "; "
    + lower("at 0.999", what="with batches of 16 it", of="small")
    + ".",
    **better(0.1, of="large"),
)
def large_batches():
    """Digits, 32 hidden units, 200 steps of 256 or 300 of 16; nine rates each, twenty seeds: the training loss at the
    end, β₂ = 0.95 against 0.999."""
    return {
        name: lower_by(
            *(on_digits("adam", steps=steps, batch_size=size, beta2=beta2).training for beta2 in (0.95, 0.999))
        )
        for name, size, steps in (("large", 256, 200), ("small", 16, 300))
    }
