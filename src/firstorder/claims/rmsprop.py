"""Claims about RMSProp, its centred form, and Adadelta."""

from typing import Any

import numpy as np

from ..optimizer import Optimizer
from ..problems import LANDSCAPES
from ..rules import RULES
from .adagrad import BATCH, RATES, trained, tuned
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim


def steps_on_the_bowl(key: str, unit: float = 1.0, most: int = 20_000, **hyperparameters: Any) -> int:
    """Steps until the quadratic is below 0.01, its parameters measured in `unit`; `most` if they do not do."""
    bowl = LANDSCAPES["quadratic"]
    p = np.array(bowl.start) / unit
    opt = Optimizer.of(RULES[key])(p, **hyperparameters)
    for t in range(most):
        if bowl.value(p * unit) < 0.01:
            return t
        opt.step(unit * bowl.gradient(p * unit))
    return most


@claim("It follows the recent gradients, not all there ever were", PRO, about="rmsprop", source="tieleman2012rmsprop")
def follows() -> Finding:
    """Noise of standard deviation 1 for 1,000 steps, then 0.01, or 100. Steps until the rate is within a factor of 2
    of lr over the new standard deviation; AdaGrad gets 10,000."""
    needed = {}
    for key, change in (("rmsprop", 0.01), ("rmsprop", 100.0), ("adagrad", 0.01)):
        rng, opt = np.random.default_rng(0), Optimizer.of(RULES[key])(np.zeros(100))
        state = RULES[key].state[0]
        for _ in range(1000):
            opt.step(rng.normal(size=100))
        t = 0
        while t < 10_000 and not 0.5 < change * (opt.state[state] ** -0.5).mean() < 2:
            opt.step(change * rng.normal(size=100))
            t += 1
        needed[key, change] = t
    small, large, never = needed.values()
    return Finding(
        HOLDS if max(small, large) < 2000 and never == 10_000 else PARTLY if small < never else FAILS,
        f"gradients shrink to a hundredth: {small} steps, AdaGrad not in {never:,}; grow a hundredfold: {large} steps",
        {"shrink": small, "grow": large, "adagrad": never},
    )


@claim("Each parameter gets a rate of its own", PRO, about="rmsprop", source="tieleman2012rmsprop")
def rate_of_its_own() -> Finding:
    """Softmax regression on the digits, each pixel in a unit of its own, from 0.01 to 100. Rates tuned on held-out
    loss, among nine for each method; test accuracy over five seeds."""
    sgd, ours = (tuned("pixels", key)[1] for key in ("sgd", "rmsprop"))
    gain = 100 * (ours - sgd)
    return Finding(
        HOLDS if gain.min() > 5 else PARTLY if gain.mean() > 0 else FAILS,
        f"test accuracy {ours.mean():.1%}, SGD {sgd.mean():.1%}",
        {"rmsprop": ours.mean(), "sgd": sgd.mean(), "least": gain.min()},
    )


@claim(
    "It trains a network better than AdaGrad",
    PRO,
    about="rmsprop",
    source="goodfellow2016deep",
    verdict=FAILS,
    conditions="with both rates tuned the two differ by less than their seeds do",
)
def better_than_adagrad() -> Finding:
    """A network of 32 hidden units on the digits, 200 steps; rates tuned on held-out loss among nine; test accuracy
    over five seeds."""
    adagrad, ours = (tuned("network", key)[1] for key in ("adagrad", "rmsprop"))
    gain, spread = ours.mean() - adagrad.mean(), adagrad.max() - adagrad.min()
    return Finding(
        HOLDS if (ours > adagrad).all() and gain > spread else PARTLY if gain > spread / 2 else FAILS,
        f"test accuracy {ours.mean():.1%} ({ours.min():.1%} to {ours.max():.1%}), AdaGrad {adagrad.mean():.1%} "
        f"({adagrad.min():.1%} to {adagrad.max():.1%})",
        {"rmsprop": ours.mean(), "adagrad": adagrad.mean(), "spread": spread},
    )


@claim("It still needs its learning rate tuned", CON, about="rmsprop")
def needs_its_rate() -> Finding:
    """Network and words: held-out accuracy at the rate with the least held-out loss of nine, and at a tenth and ten
    times of it."""
    lost = {}
    for name in ("network", "words"):
        best = RATES[int(np.nanargmin([trained(name, "rmsprop", lr, 0)[0] for lr in RATES]))]
        at, low, high = (trained(name, "rmsprop", lr, 0)[1] for lr in (best, best / 10, best * 10))
        lost[name] = 100 * (at - min(low, high))
    return Finding(
        HOLDS if max(lost.values()) > 10 else PARTLY if max(lost.values()) > 4 else FAILS,
        f"a factor of ten costs up to {lost['network']:.0f} points on the network, {lost['words']:.1f} on the words",
        lost,
    )


@claim("At a constant rate it does not come to rest", CON, about="rmsprop")
def does_not_rest() -> Finding:
    """A thousand parabolas of curvature 1 with gradient noise of standard deviation 1, from the minimum: the root mean
    square distance after 5,000 steps, against √(lr/2)."""

    def distance(key: str, lr: float) -> float:
        rng, p = np.random.default_rng(0), np.zeros(1000)
        opt = Optimizer.of(RULES[key])(p, lr=lr)
        for _ in range(5000):
            opt.step(p + rng.normal(size=1000))
        return float((p**2).mean() ** 0.5)

    far, near, adagrad = distance("rmsprop", 0.1), distance("rmsprop", 0.01), distance("adagrad", 0.1)
    expected = all(abs(d / (lr / 2) ** 0.5 - 1) < 0.1 for d, lr in ((far, 0.1), (near, 0.01)))
    return Finding(
        HOLDS if expected and adagrad < far / 3 else FAILS,
        f"distance {far:.3f} at lr 0.1, {near:.3f} at 0.01; AdaGrad at 0.1: {adagrad:.3f}",
        {"far": far, "near": near, "adagrad": adagrad},
    )


@claim("Without bias correction its first steps are too long", CON, about="rmsprop", source="kingma2015adam")
def long_first_steps() -> Finding:
    """A constant gradient at the defaults, in units of the learning rate: the first step, and the way beyond the t
    steps of length 1 that a corrected average takes in the first 1,000."""
    p, lengths = np.zeros(1), []
    opt = Optimizer.of(RULES["rmsprop"])(p, lr=1.0)
    for _ in range(1000):
        before = p[0]
        opt.step(np.ones(1))
        lengths.append(before - p[0])
    first, beyond = lengths[0], sum(lengths) - 1000
    return Finding(
        HOLDS if first > 5 else PARTLY if first > 1.5 else FAILS,
        f"first step {first:.1f} lr; {beyond:.0f} lr too far in all",
        {"first": first, "beyond": beyond},
    )


@claim(
    "Centred, it does better",
    PRO,
    about="centered_rmsprop",
    verdict=FAILS,
    conditions="no difference on any of the three tasks, for one more array of state",
)
def centred_is_better() -> Finding:
    """Words, network and mis-scaled pixels; rates tuned on held-out loss among nine; test accuracy over five seeds."""
    gains = {name: 100 * (tuned(name, "centered_rmsprop")[1] - tuned(name, "rmsprop")[1]).mean() for name in BATCH}
    least, most = min(gains.values()), max(gains.values())
    return Finding(
        HOLDS if least > 1 else PARTLY if most > 1 else FAILS,
        f"points gained: {', '.join(f'{name} {gain:.1f}' for name, gain in gains.items())}",
        gains,
    )


@claim("Centred, it blows up where the gradient does not change", CON, about="centered_rmsprop")
def centred_blows_up() -> Finding:
    """A constant gradient of 1 at the defaults: the steps 100, 1,000 and 2,000 in units of the learning rate."""
    p, lengths = np.zeros(1), []
    opt = Optimizer.of(RULES["centered_rmsprop"])(p, lr=1.0)
    for _ in range(2000):
        before = p[0]
        opt.step(np.ones(1))
        lengths.append(before - p[0])
    early, late, last = lengths[99], lengths[999], lengths[1999]
    return Finding(
        HOLDS if late > 100 else PARTLY if late > 10 else FAILS,
        f"step 100: {early:.1f} lr, step 1,000: {late:.0f} lr, step 2,000: {last:,.0f} lr",
        {"early": early, "late": late, "last": last},
    )


@claim(
    "It needs no learning rate",
    PRO,
    about="adadelta",
    source=("zeiler2012adadelta", "ruder2016overview"),
    verdict=PARTLY,
    conditions="on the mis-scaled pixels lr = 1 is as good as any; elsewhere a larger rate learns more in equal time",
)
def no_rate() -> Finding:
    """Words, network and mis-scaled pixels: held-out accuracy at lr = 1 against the best of nine rates from 0.01 to
    100. The bowl: steps until the loss is below 0.01 at lr = 1 against the best of the same."""
    lost = {}
    for name in BATCH:
        accuracy = [trained(name, "adadelta", lr, 0)[1] for lr in 10 * RATES]
        lost[name] = 100 * (max(accuracy) - accuracy[4])
    steps = [steps_on_the_bowl("adadelta", lr=lr, most=2000) for lr in 10 * RATES]
    needless = [*(gap <= 2 for gap in lost.values()), steps[4] <= 2 * min(steps)]
    return Finding(
        HOLDS if all(needless) else PARTLY if any(needless) else FAILS,
        f"points below its best rate: {', '.join(f'{name} {gap:.1f}' for name, gap in lost.items())}; "
        f"bowl: {steps[4]} steps, at its best rate {min(steps)}",
        {**lost, "bowl": steps[4], "best": min(steps)},
    )


@claim("It starts slowly, at a pace that ε sets", CON, about="adadelta")
def slow_start() -> Finding:
    """A constant gradient at the defaults: the first step, and the steps that it takes to move by 1; the same with ε
    a hundred times larger and smaller."""
    needed, first = {}, 0.0
    for eps in (1e-6, 1e-4, 1e-8):
        p, t = np.zeros(1), 0
        opt = Optimizer.of(RULES["adadelta"])(p, eps=eps)
        while p[0] > -1:
            opt.step(np.ones(1))
            t += 1
            first = first or -p[0]
        needed[eps] = t
    usual, quick, slow = needed.values()
    return Finding(
        HOLDS if slow > 3 * usual > 9 * quick else PARTLY if slow > usual > quick else FAILS,
        f"first step {first:.4f}; {usual} steps to move by 1, {quick} with ε = 1e-4, {slow} with ε = 1e-8",
        {"first": first, "usual": usual, "quick": quick, "slow": slow},
    )


@claim(
    "The unit of the parameters does not matter to it",
    PRO,
    about="adadelta",
    source="zeiler2012adadelta",
    verdict=FAILS,
    conditions="it sets out at a pace of √ε, a number without a unit, in whatever unit the parameters have",
)
def unit_of_the_parameters() -> Finding:
    """The bowl with its coordinates measured in units of 0.01, 1 and 100: steps until the loss is below 0.01."""
    steps = [steps_on_the_bowl("adadelta", unit=unit) for unit in (0.01, 1.0, 100.0)]
    ratio = max(steps) / min(steps)
    words = [f"{n:,}" if n < 20_000 else "more than 20,000" for n in steps]
    return Finding(
        HOLDS if ratio == 1 else PARTLY if ratio < 1.5 else FAILS,
        f"steps with the unit 0.01: {words[0]}, 1: {words[1]}, 100: {words[2]}",
        dict(zip(("small", "one", "large"), steps, strict=True)),
    )
