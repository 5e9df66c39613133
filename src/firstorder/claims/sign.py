"""Claims about sign methods."""

import numpy as np

from ..lab.counterexamples import reddi_end
from ..lab.digits import LION_RATES, falling_accuracies, good_rates, state_numbers
from ..lab.evidence import higher_by, lower_by
from ..lab.runs import descend, falling, first, model, state_after, tuned
from ..lab.tuning import best, least
from ..lab.walks import walk
from ..problems import LANDSCAPES
from ..rules import RULES
from .claim import CON, PARTLY, PRO, claim
from .over_seeds import higher, lower


@claim(
    "Lion trains as well as AdamW with half the state",
    PRO,
    about="lion",
    source="chen2023symbolic",
    verdict=PARTLY,
    conditions="half the state, but behind AdamW in runs as short as these",
    holds="share == 0.5 and lion['low'] > -0.3",
    partly="share == 0.5",
    says="Lion keeps {share:.0%} of AdamW's numbers; " + higher("AdamW", "lion") + ". For Signum, which keeps as many "
    "as Lion, "
    + higher("AdamW", "signum") + ".",
)
def lion_as_adamw():
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0 in a straight line. Twelve rates from
    0.0006 to 0.3 for each method, chosen by the held-out loss of three seeds; test accuracy over 20 others."""
    found = {key: falling_accuracies(key, LION_RATES) for key in ("adamw", "lion", "signum")}
    share = state_numbers("lion") / state_numbers("adamw")
    return {key: higher_by(found[key], found["adamw"]) for key in ("lion", "signum")} | {"share": share}


def middle(key: str, kind: str) -> float:
    """The geometric middle of the rates whose held-out loss is within 0.05 of the least."""
    good = np.log(good_rates(key, kind))
    return float(np.exp((good[0] + good[-1]) / 2))


@claim(
    "Lion needs a learning rate of its own, 3 to 10 times smaller than AdamW's",
    CON,
    about="lion",
    source="chen2023symbolic",
    verdict=PARTLY,
    conditions="on the network; on softmax regression, where AdamW bears very large rates, they lie further below",
    holds="2.95 <= network < 10.05 and 2.95 <= softmax < 10.05",
    partly="min(network, softmax) > 1.5",
    says="Lion's good rates lie {network:.1f} times below AdamW's on the network and {softmax:.1f} times below them on "
    "softmax regression.",
)
def lion_smaller_rate():
    """Network and softmax regression on digits, 200 steps with rates that fall to 0: for both methods the middle, on a
    logarithmic scale, of those of fifteen rates whose held-out loss, the mean of three seeds, is within 0.05 of the
    best."""
    return {kind: middle("adamw", kind) / middle("lion", kind) for kind in ("network", "softmax")}


@claim(
    "The scale of the gradients does not matter to sign methods",
    PRO,
    about=("signsgd", "signum", "lion", "rprop"),
    verdict=PARTLY,
    conditions="true of one common factor; a factor that changes from step to step matters to all that remember "
    "gradients, and not to signSGD or Rprop",
    holds="changing == 4",
    partly="constant == 4",
    says="With all gradients times 2²⁰, {constant} of the 4 rules take the same path; with a new factor at each step "
    "{changing} of them do, {names}.",
)
def scale_invariant():
    """Rosenbrock's valley, 200 steps. All gradients times 2²⁰, and each times a random power of two: which of the four
    take the same path to the last bit?"""
    valley = LANDSCAPES["rosenbrock"]

    def end(key, factors):
        coming = iter(factors)
        return walk(key, lambda p: next(coming) * valley.gradient(p), 200, start=valley.start, lr=valley.rates[key])[-1]

    kinds = {
        "constant": np.full(200, 2.0**20),
        "changing": 2.0 ** np.random.default_rng(0).integers(-10, 11, 200),
    }
    same = {
        kind: [
            RULES[key].name
            for key in ("signsgd", "signum", "lion", "rprop")
            if np.array_equal(end(key, np.ones(200)), end(key, factors))
        ]
        for kind, factors in kinds.items()
    }
    return {kind: len(names) for kind, names in same.items()} | {"names": " and ".join(same["changing"])}


@claim(
    "At a constant learning rate sign methods do not come to rest",
    CON,
    about=("signsgd", "signum", "lion"),
    holds="min(signsgd, signum, lion) >= 0.1",
    partly="max(signsgd, signum, lion) >= 0.1",
    says="At the end SignSGD still gets up to {signsgd:.1f}η from the minimum, Signum {signum:.1f}η and Lion "
    "{lion:.1f}η; SGD ends within {sgd:.0e} of it.",
)
def no_rest():
    """The bowl with exact gradients, 2,000 steps at a constant rate of 0.01 and of 0.004: the largest distance from the
    minimum in the last 500 steps, and SGD's at a rate of 0.05."""
    bowl = LANDSCAPES["quadratic"]

    def end(key, lr):
        return abs(walk(key, bowl.gradient, 2000, start=bowl.start, lr=lr)[-500:]).max()

    farthest = {key: max(end(key, lr) / lr for lr in (0.01, 0.004)) for key in ("signsgd", "signum", "lion")}
    return farthest | {"sgd": end("sgd", 0.05)}


def noisy_bowl(key: str, heavy: bool) -> np.ndarray:
    """The losses of 20 runs of 400 steps on a bowl of 20 curvatures from 1 to 20, at the best of nine rates.

    The gradient has Gaussian noise of deviation 1, or heavy tails, Student's t with 1.5 degrees of freedom, whose
    variance is infinite. Rates are chosen by the median of 20 other runs; they fall to 0.
    """
    h = np.linspace(1, 20, 20)

    def ends(lr, seed):
        rng = np.random.default_rng(seed)

        def slope(p):
            return h * p + (rng.standard_t(1.5, p.shape) if heavy else rng.normal(size=p.shape))

        p = walk(key, slope, 400, start=np.ones((20, 20)), lr=falling(lr, 400))[-1]
        with np.errstate(all="ignore"):
            return np.nan_to_num((h * p**2).sum(axis=1) / 2, nan=np.inf)

    rates = 10.0 ** np.arange(-4, 0.1, 0.5)
    return ends(best(lambda lr: np.median(ends(lr, 0)), rates), 1)


@claim(
    "SignSGD is robust to outliers among the gradients",
    PRO,
    about="signsgd",
    holds="student['low'] > 0.5",
    partly="student['low'] > 0",
    says=lower("SGD's", of="student", what="Where the noise has heavy tails signSGD's loss") + "; "
    + lower("SGD's", of="gauss", what="where it is normal it") + ".",
)
def heavy_tails():
    """A bowl of 20 curvatures from 1 to 20 with noisy gradients: normal noise, and Student's t with 1.5 degrees of
    freedom, whose variance is infinite. Nine rates for each method, falling to 0; the losses of 20 runs, whose
    noise both methods share."""
    return {
        name: lower_by(noisy_bowl("signsgd", heavy), noisy_bowl("sgd", heavy))
        for name, heavy in (("gauss", False), ("student", True))
    }


@claim(
    "SignSGD follows the median of the gradients, not the mean, and can go the wrong way for good",
    CON,
    about="signsgd",
    source="karimireddy2019error",
    holds="signsgd > 0.5 and sgd < -0.5",
    says="SignSGD ends at {signsgd:+.2f}, at the wrong end; SGD ends at {sgd:+.2f}, and so does Signum, which averages "
    "first, at {signum:+.2f}.",
)
def median_not_mean():
    """Reddi's example, drawn: a slope of 3 with probability 1/3, else −1, on [−1, 1]. The best point is −1. Positions
    after 300 steps at the rate 0.5/√t, mean of 100 runs."""
    return {key: reddi_end(key, 300, runs=100) for key in ("sgd", "signsgd", "signum")}


@claim(
    "Rprop is fast on full batches, and has no rate to tune",
    PRO,
    about="rprop",
    source="riedmiller1993direct",
    verdict=PARTLY,
    conditions="from first steps of 0.01 and 0.1 as fast as tuned momentum or faster; a small first step has to grow",
    holds="max(small, default, large) <= min(momentum, adam)",
    partly="default <= min(momentum, adam) and max(small, default, large) <= 2 * min(momentum, adam)",
    says="Rprop needs {small}, {default} and {large} steps from first steps of 0.001, 0.01 and 0.1; at their best "
    "rates Adam needs {adam} and momentum {momentum}.",
)
def rprop_full():
    """Softmax regression on 1,000 digits, exact gradients: steps until the training loss is below 0.1, at most 100.
    Rprop with first steps of 0.001, 0.01 and 0.1; the others at the best of six rates each."""

    def steps(key, lr):
        path = descend(model("softmax", "fit"), key, lr, steps=100, batch_size=None, record_every=1)
        return first(path.values, np.nextafter(0.1, 0), 100)

    own = {name: steps("rprop", lr) for name, lr in (("small", 1e-3), ("default", 1e-2), ("large", 1e-1))}
    rates = {"momentum": 10.0 ** np.arange(-1.5, 1.1, 0.5), "adam": 10.0 ** np.arange(-2, 0.6, 0.5)}
    for key, grid in rates.items():
        needed = [steps(key, lr) for lr in grid]
        own[key] = needed[least(needed, grid)]
    return own


@claim(
    "Rprop fails on mini-batches",
    CON,
    about="rprop",
    source="tieleman2012rmsprop",
    holds="max(by_64['high'], by_16['high']) < -5",
    partly="min(by_64['high'], by_16['high']) < -5",
    says="With batches of 64 " + higher("RMSProp", "by_64", what="Rprop reads") + ", and with batches of 16 "
    + higher("RMSProp", "by_16", what="it reads") + ". Its median step at the end is {step:.0e}.",
)
def rprop_batches():
    """Softmax regression on digits, 200 batches of 64 and of 16: test accuracy over 20 seeds for Rprop and RMSProp,
    each at the best of half-decade rates (Rprop: as its first step) by held-out loss; and the median of Rprop's steps
    at the end, over these seeds."""
    found, steps = {}, []
    for size in (64, 16):
        low = "Rprop's rate is its first step only, which grows at once"
        runs = {
            key: tuned(
                "softmax", key, 10.0 ** np.arange(-3, 0.6, 0.5), low=low * (key == "rprop"), steps=200, batch_size=size
            )
            for key in ("rprop", "rmsprop")
        }
        found[f"by_{size}"] = higher_by(100 * runs["rprop"].accuracy, 100 * runs["rmsprop"].accuracy)
        for seed in range(2, 22):
            state = state_after(model("softmax"), "rprop", runs["rprop"].rate, seed, steps=200, batch_size=size)
            steps.append(np.median(state["s"]["W"]))
    return found | {"step": max(steps)}


@claim(
    "With weight decay λ Lion's weights stay within 1/λ, once they are there",
    PRO,
    about="lion",
    source="chen2024lion",
    holds="beyond <= 1e-12",
    says="The largest weight times λ comes to {weak:.2f}, {middle:.2f} and {strong:.2f} for λ = 0.1, 1 and 10.",
)
def lion_bound():
    """The network on digits, 200 batches at a rate η of 0.01 and decays of 0.1, 1 and 10: the largest weight times λ at
    the end; and at every step, whether a weight is above 1/λ by more than (1 − ηλ)ᵗ times what it was at the start."""
    largest, beyond, lr = {}, [], 0.01
    for name, decay in (("weak", 0.1), ("middle", 1.0), ("strong", 10.0)):
        path = descend(model("network"), "lion", lr, steps=200, record_every=1, weight_decay=decay)
        size = decay * abs(path.points)
        outside = (1 - lr * decay) ** path.steps[:, None] * np.maximum(size[0] - 1, 0)
        beyond.append((size - 1 - outside).max())
        largest[name] = size[-1].max()
    return largest | {"beyond": max(beyond)}
