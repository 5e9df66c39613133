"""Claims about sign methods."""

import numpy as np

from ..lab.counterexamples import reddi_end
from ..lab.digits import LION_RATES, falling_accuracies, state_numbers
from ..lab.runs import descend, falling, first, held_out, model, state_after, tuned
from ..lab.walks import walk
from ..problems import LANDSCAPES
from ..rules import RULES
from .claim import CON, PARTLY, PRO, claim


@claim(
    "Lion trains as well as AdamW with half the state",
    PRO,
    about="lion",
    source="chen2023symbolic",
    verdict=PARTLY,
    conditions="half the state, but behind AdamW by more than twice the standard error in runs as short as these",
    holds="share == 0.5 and adamw[0] - lion[0] < 2 * error",
    partly="share == 0.5",
    says="test accuracy {lion[0]:.1f} ± {lion[1]:.1f}% against {adamw[0]:.1f} ± {adamw[1]:.1f}%; state {share:.0%}",
)
def lion_as_adamw():
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0 in a straight line. Eight rates from 0.001
    to 0.2 for each method, chosen by held-out loss; test accuracy over five seeds."""
    adamw, lion = (falling_accuracies(key, LION_RATES) for key in ("adamw", "lion"))
    return {
        "lion": [lion.mean(), lion.std()],
        "adamw": [adamw.mean(), adamw.std()],
        "error": np.sqrt((adamw.var(ddof=1) + lion.var(ddof=1)) / len(adamw)),
        "share": state_numbers("lion") / state_numbers("adamw"),
    }


def middle(key: str, kind: str) -> float:
    """The geometric middle of the rates whose held-out loss is within 0.05 of the least."""
    losses = np.array([held_out(kind, key, lr, steps=200, schedule=falling).loss for lr in LION_RATES])
    good = np.log(np.array(LION_RATES)[losses <= losses.min() + 0.05])
    return float(np.exp((good[0] + good[-1]) / 2))


@claim(
    "Lion needs a learning rate of its own, 3 to 10 times smaller than AdamW's",
    CON,
    about="lion",
    source="chen2023symbolic",
    holds="2.95 <= network < 10.05 and 2.95 <= softmax < 10.05",
    partly="min(network, softmax) > 1.5",
    says="good rates {network:.1f} times (network) and {softmax:.1f} times (softmax regression) smaller",
)
def lion_smaller_rate():
    """Network and softmax regression on digits, 200 steps with rates that fall to 0: for both methods the middle, on a
    logarithmic scale, of those of eight rates whose held-out loss is within 0.05 of the best."""
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
    says="times 2²⁰: {constant} of 4 take the same path; times a new factor each step: {changing} of 4, {names}",
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
    says="up to {signsgd:.1f}η (SignSGD), {signum:.1f}η (Signum), {lion:.1f}η (Lion) from the minimum; SGD {sgd:.0e}",
)
def no_rest():
    """The bowl with exact gradients, 2,000 steps at a constant rate of 0.01 and of 0.004: the largest distance from the
    minimum in the last 500 steps, and SGD's at a rate of 0.05."""
    bowl = LANDSCAPES["quadratic"]

    def end(key, lr):
        return abs(walk(key, bowl.gradient, 2000, start=bowl.start, lr=lr)[-500:]).max()

    farthest = {key: max(end(key, lr) / lr for lr in (0.01, 0.004)) for key in ("signsgd", "signum", "lion")}
    return farthest | {"sgd": end("sgd", 0.05)}


def noisy_bowl(key: str, heavy: bool) -> float:
    """The median loss of 20 runs of 400 steps on a bowl of 20 curvatures from 1 to 20, at the best of nine rates.

    The gradient has Gaussian noise of deviation 1, or heavy tails, Student's t with 1.5 degrees of freedom, whose
    variance is infinite. Rates are chosen on other runs; they fall to 0.
    """
    h = np.linspace(1, 20, 20)

    def median(lr, seed):
        rng = np.random.default_rng(seed)

        def slope(p):
            return h * p + (rng.standard_t(1.5, p.shape) if heavy else rng.normal(size=p.shape))

        p = walk(key, slope, 400, start=np.ones((20, 20)), lr=falling(lr, 400))[-1]
        with np.errstate(all="ignore"):
            return np.median(np.nan_to_num((h * p**2).sum(axis=1) / 2, nan=np.inf))

    rates = 10.0 ** np.arange(-4, 0.1, 0.5)
    return float(median(min(rates, key=lambda lr: median(lr, 0)), 1))


@claim(
    "SignSGD is robust to outliers among the gradients",
    PRO,
    about="signsgd",
    holds="student > 2 and student > 2 * gauss",
    says="SGD's loss is {student:.1f} times signSGD's with heavy tails, {gauss:.2f} times with normal noise",
)
def heavy_tails():
    """A bowl of 20 curvatures from 1 to 20 with noisy gradients: normal noise, and Student's t with 1.5 degrees of
    freedom, which has no variance. Nine rates for each method, falling to 0; the median loss of 20 runs."""
    return {
        name: noisy_bowl("sgd", heavy) / noisy_bowl("signsgd", heavy)
        for name, heavy in (("gauss", False), ("student", True))
    }


@claim(
    "SignSGD follows the median of the gradients, not the mean, and can go the wrong way for good",
    CON,
    about="signsgd",
    source="karimireddy2019error",
    holds="signsgd > 0.5 and sgd < -0.5",
    says="signSGD ends at {signsgd:+.2f}, SGD at {sgd:+.2f}, Signum, which averages first, at {signum:+.2f}",
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
    says="{small}, {default} and {large} steps from first steps of 0.001, 0.01 and 0.1; Adam {adam} and momentum "
    "{momentum} at their best rates",
)
def rprop_full():
    """Softmax regression on 1,000 digits, exact gradients: steps until the training loss is below 0.1, at most 100.
    Rprop with first steps of 0.001, 0.01 and 0.1; the others at the best of six rates each."""

    def steps(key, lr):
        path = descend(model("softmax", "fit"), key, lr, steps=100, batch_size=None, record_every=1)
        return first(path.values, np.nextafter(0.1, 0), 100)

    own = {name: steps("rprop", lr) for name, lr in (("small", 1e-3), ("default", 1e-2), ("large", 1e-1))}
    rates = {"momentum": 10.0 ** np.arange(-1.5, 1.1, 0.5), "adam": 10.0 ** np.arange(-2, 0.6, 0.5)}
    return own | {key: min(steps(key, lr) for lr in grid) for key, grid in rates.items()}


@claim(
    "Rprop fails on mini-batches",
    CON,
    about="rprop",
    source="tieleman2012rmsprop",
    holds="rmsprop_64 - rprop_64 > 5 and rmsprop_16 - rprop_16 > 5",
    partly="rmsprop_64 - rprop_64 > 5 or rmsprop_16 - rprop_16 > 5",
    says="test accuracy {rprop_64:.1f}% with batches of 64, {rprop_16:.1f}% with 16; RMSProp {rmsprop_64:.1f}% and "
    "{rmsprop_16:.1f}%; Rprop's median step at the end {step:.0e}",
)
def rprop_batches():
    """Softmax regression on digits, 200 batches of 64 and of 16: test accuracy over five seeds for Rprop and RMSProp,
    each at the best of 0.01, 0.1 and 1 (Rprop: as its first step); and the median of Rprop's steps at the end."""
    found, steps = {}, []
    for size in (64, 16):

        def median_step(lr, seed, size=size):
            state = state_after(model("softmax"), "rprop", lr, seed, steps=200, batch_size=size)
            return np.median(state["s"]["W"])

        for key in ("rprop", "rmsprop"):
            low = "Rprop's rate is its first step only, which grows at once" if key == "rprop" else ""
            run = tuned("softmax", key, (0.01, 0.1, 1.0), seeds=range(2, 7), low=low, steps=200, batch_size=size)
            found[f"{key}_{size}"] = 100 * run.accuracy.mean()
            if key == "rprop":
                steps.append(np.mean([median_step(run.rate, seed) for seed in range(2, 7)]))
    return found | {"step": max(steps)}


@claim(
    "With weight decay λ Lion's weights stay within 1/λ, once they are there",
    PRO,
    about="lion",
    source="chen2024lion",
    holds="beyond <= 1e-12",
    says="largest weight times λ: {weak:.2f}, {middle:.2f}, {strong:.2f} for λ = 0.1, 1, 10",
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
