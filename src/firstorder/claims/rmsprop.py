"""Claims about RMSProp, its centred form, and Adadelta."""

import numpy as np

from ..lab.digits import BATCH, RATES, held, settled
from ..lab.evidence import higher_by
from ..lab.tuning import best
from ..lab.walks import along, distance, made, walk
from ..problems import LANDSCAPES
from ..rules import RULES
from .claim import CON, FAILS, PARTLY, PRO, UNDECIDED, claim
from .over_seeds import better, higher, points


def steps_on_the_bowl(key: str, unit: float = 1.0, most: int = 20_000, **hyper) -> int:
    """Steps until the quadratic is below 0.01, its parameters measured in `unit`; `most` if they do not do."""
    bowl = LANDSCAPES["quadratic"]
    p = np.array(bowl.start) / unit
    opt = made(key, p, **hyper)
    for t in range(most):
        if bowl.value(p * unit) < 0.01:
            return t
        opt.step(unit * bowl.gradient(p * unit))
    return most


@claim(
    "It follows the recent gradients, not all there ever were",
    PRO,
    about="rmsprop",
    source="tieleman2012rmsprop",
    holds="max(shrink, grow) < 2000 and adagrad == 10000",
    partly="shrink < adagrad",
    says="After gradients shrink to a hundredth its rate is right again in {shrink} steps (AdaGrad's not in "
    "{adagrad:,}), and after they grow a hundredfold in {grow}.",
)
def follows():
    """Noise of standard deviation 1 for 1,000 steps, then 0.01, or 100. Steps until the rate is within a factor of 2
    of lr over the new standard deviation; AdaGrad gets 10,000."""

    def needed(key, change):
        noise = np.random.default_rng(0).normal(size=(11_000, 100))
        noise[1000:] *= change
        state = RULES[key].state[0]
        means = walk(key, noise, keep=lambda p, opt: opt.state[state].copy())[1000:]
        near = change * (means**-0.5).mean(axis=1)
        found = np.flatnonzero((near > 0.5) & (near < 2))
        return min(found[0], 10_000) if found.size else 10_000

    return {"shrink": needed("rmsprop", 0.01), "grow": needed("rmsprop", 100.0), "adagrad": needed("adagrad", 0.01)}


@claim(
    "Each parameter gets a rate of its own",
    PRO,
    about="rmsprop",
    source="tieleman2012rmsprop",
    holds="low > 5",
    partly="low > 0",
    fails="high < 5",
    says=higher("SGD", what="It reads") + ".",
)
def rate_of_its_own():
    """Softmax regression on the digits, each pixel in a unit of its own, from 0.01 to 100. Rates tuned on held-out
    loss, among nine for each method; test accuracy over forty seeds."""
    ours, sgd = (100 * settled("pixels", key).accuracy for key in ("rmsprop", "sgd"))
    return higher_by(ours, sgd)


@claim(
    "It trains a network better than AdaGrad",
    PRO,
    about="rmsprop",
    source="goodfellow2016deep",
    verdict=UNDECIDED,
    conditions="40 seeds show no difference, and would have missed one of a quarter of a point",
    says=higher("AdaGrad", what="It reads") + ".",
    **better(0.3),
)
def better_than_adagrad():
    """A network of 32 hidden units on the digits, 200 steps; rates tuned on held-out loss among nine; test accuracy
    over forty seeds."""
    ours, adagrad = (100 * settled("network", key).accuracy for key in ("rmsprop", "adagrad"))
    return higher_by(ours, adagrad)


@claim(
    "It still needs its learning rate tuned",
    CON,
    about="rmsprop",
    holds="max(network, words) > 10",
    partly="max(network, words) > 4",
    says="A rate ten times too large or too small costs up to {network:.0f} points on the network, where "
    "{network_rate:.2g} is best, and {words:.1f} on the words.",
)
def needs_its_rate():
    """Network and words: held-out accuracy at the rate with the least held-out loss of nine, and at a tenth and ten
    times of it."""
    lost = {}
    for name in ("network", "words"):
        lr = best(lambda lr, name=name: held(name, "rmsprop", lr).loss, RATES)
        at, low, high = (held(name, "rmsprop", lr * factor).accuracy for factor in (1, 1 / 10, 10))
        lost |= {name: 100 * (at - min(low, high)), f"{name}_rate": lr}
    return lost


@claim(
    "At a constant rate it does not come to rest",
    CON,
    about="rmsprop",
    holds="abs(far / 0.05**0.5 - 1) < 0.1 and abs(near / 0.005**0.5 - 1) < 0.1 and adagrad < far / 3",
    says="Its root mean square distance from the minimum is {far:.3f} at a rate of 0.1 and {near:.3f} at 0.01; "
    "AdaGrad's at 0.1 is {adagrad:.3f}.",
)
def does_not_rest():
    """A thousand parabolas of curvature 1 with gradient noise of standard deviation 1, from the minimum: the root mean
    square distance after 5,000 steps, against √(lr/2)."""
    return {
        "far": distance("rmsprop", 5000, lr=0.1),
        "near": distance("rmsprop", 5000, lr=0.01),
        "adagrad": distance("adagrad", 5000, lr=0.1),
    }


@claim(
    "Without bias correction its first steps are too long",
    CON,
    about="rmsprop",
    source="kingma2015adam",
    holds="first > 5",
    partly="first > 1.5",
    says="Its first step is {first:.1f} times the rate, and in 1,000 steps it goes {beyond:.0f} times the rate too "
    "far.",
)
def long_first_steps():
    """A constant gradient at the defaults, in units of the learning rate: the first step, and the way beyond the t
    steps of length 1 that a corrected average takes in the first 1,000."""
    path = -along(np.ones(1000), "rmsprop")
    return {"first": path[1], "beyond": path[-1] - 1000}


@claim(
    "Centred, it does better",
    PRO,
    about="centered_rmsprop",
    verdict=PARTLY,
    conditions="on the mis-scaled pixels, by a fifth of a point; on the other two a gain of a third would have shown",
    holds="min(words['low'], network['low'], pixels['low']) > 0",
    partly="max(words['low'], network['low'], pixels['low']) > 0",
    fails="max(words['high'], network['high'], pixels['high']) < 0.5",
    says="Centring changes the test accuracy, over {network['seeds']} seeds, on the network by "
    + points("network")
    + ", on the words by "
    + points("words")
    + " and on the mis-scaled pixels by "
    + points("pixels")
    + ".",
)
def centred_is_better():
    """Words, network and mis-scaled pixels; rates tuned on held-out loss among nine; test accuracy over forty seeds."""
    return {
        name: higher_by(*(100 * settled(name, key).accuracy for key in ("centered_rmsprop", "rmsprop")))
        for name in BATCH
    }


@claim(
    "Centred, it blows up where the gradient does not change",
    CON,
    about="centered_rmsprop",
    holds="late > 100",
    partly="late > 10",
    says="Its step is {early:.1f} times the rate at step 100, {late:.0f} times at step 1,000 and {last:,.0f} times at "
    "step 2,000.",
)
def centred_blows_up():
    """A constant gradient of 1 at the defaults: the steps 100, 1,000 and 2,000 in units of the learning rate."""
    lengths = -np.diff(along(np.ones(2000), "centered_rmsprop"))
    return {"early": lengths[99], "late": lengths[999], "last": lengths[1999]}


@claim(
    "It needs no learning rate",
    PRO,
    about="adadelta",
    source=("zeiler2012adadelta", "ruder2016overview"),
    verdict=PARTLY,
    conditions="on the mis-scaled pixels lr = 1 is as good as any; elsewhere a larger rate learns more in equal time",
    holds="max(words, network, pixels) <= 2 and bowl <= 2 * best",
    partly="min(words, network, pixels) <= 2 or bowl <= 2 * best",
    says="At lr = 1 it is {words:.1f} points below its best rate on the words, {network:.1f} on the network and "
    "{pixels:.1f} on the mis-scaled pixels; the bowl takes {bowl} steps, and {best} at its best rate.",
)
def no_rate():
    """Words, network and mis-scaled pixels: held-out accuracy at lr = 1 against the best of nine rates from 0.01 to
    100. The bowl: steps until the loss is below 0.01 at lr = 1 against the best of the same."""
    lost = {}
    for name in BATCH:
        accuracy = [held(name, "adadelta", lr).accuracy for lr in 10 * RATES]
        lost[name] = 100 * (max(accuracy) - accuracy[4])
    steps = [steps_on_the_bowl("adadelta", lr=lr, most=2000) for lr in 10 * RATES]
    return {**lost, "bowl": steps[4], "best": min(steps)}


@claim(
    "It starts slowly, at a pace that ε sets",
    CON,
    about="adadelta",
    holds="slow > 3 * usual and usual > 3 * quick",
    partly="slow > usual > quick",
    says="Its first step is {first:.4f}; to move by 1 it takes {usual} steps, {quick} with ε = 1e-4 and {slow} with ε "
    "= 1e-8.",
)
def slow_start():
    """A constant gradient at the defaults: the first step, and the steps that it takes to move by 1; the same with ε
    a hundred times larger and smaller."""
    paths = {eps: -along(np.ones(20_000), "adadelta", eps=eps) for eps in (1e-6, 1e-4, 1e-8)}
    usual, quick, slow = (np.argmax(path >= 1) for path in paths.values())
    return {"first": paths[1e-6][1], "usual": usual, "quick": quick, "slow": slow}


@claim(
    "The unit of the parameters does not matter to it",
    PRO,
    about="adadelta",
    source="zeiler2012adadelta",
    verdict=FAILS,
    conditions="it sets out at a pace of √ε, a number without a unit, in whatever unit the parameters have",
    holds="max(small, one, large) == min(small, one, large)",
    partly="max(small, one, large) < 1.5 * min(small, one, large)",
    says="The bowl takes {'more than 20,000' if small == 20000 else small} steps where the unit is 0.01, {one} where "
    "it is 1, and {large} where it is 100.",
)
def unit_of_the_parameters():
    """The bowl with its coordinates measured in units of 0.01, 1 and 100: steps until the loss is below 0.01."""
    units = {"small": 0.01, "one": 1.0, "large": 100.0}
    return {name: steps_on_the_bowl("adadelta", unit=unit) for name, unit in units.items()}
