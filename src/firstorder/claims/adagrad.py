"""Claims about AdaGrad, on three tasks: words, a network and mis-scaled pixels."""

import numpy as np

from ..lab.digits import BATCH, RATES, STEPS, held, settled
from ..lab.evidence import higher_by
from ..lab.runs import descend, model, slowing
from ..lab.tuning import best, least
from ..lab.walks import walk
from ..problems import LANDSCAPES
from ..rules import RULES
from .claim import CON, PARTLY, PRO, claim
from .over_seeds import higher, points


@claim(
    "It eliminates the need to tune the learning rate",
    PRO,
    about="adagrad",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="one rate serves all three tasks, where SGD has none; but it has to be found, and the default is not it",
    holds="one <= 4 and one < sgd and default <= 4",
    partly="one <= 4 and one < sgd",
    says="One rate for three tasks, the best of nine, costs {one:.1f} points on the worst of them (SGD {sgd:.1f}); "
    "{near} of the nine cost at most 4, and the default of 0.01 costs {default:.1f}.",
)
def no_tuning():
    """Words, network and mis-scaled pixels; nine rates from 0.001 to 10. For each rate the worst loss of held-out
    accuracy, over the tasks, against the best rate of the same task; then the same for the default rate."""
    worst = {}
    for key in ("sgd", "adagrad"):
        accuracy = np.array([[held(name, key, lr).accuracy for lr in RATES] for name in BATCH])
        worst[key] = 100 * (accuracy.max(axis=1, keepdims=True) - accuracy).max(axis=0)
    ours = worst["adagrad"]
    return {
        "one": ours.min(),
        "sgd": worst["sgd"].min(),
        "near": (ours <= 4).sum(),
        "default": ours[np.isclose(RATES, RULES["adagrad"].hyperparameters["lr"])][0],
        "rate": RATES[least(ours, RATES)],
    }


@claim(
    "It is well suited to sparse data",
    PRO,
    about="adagrad",
    source=("duchi2011adaptive", "ruder2016overview"),
    holds="constant['low'] > 2 and falling['low'] > 2",
    partly="constant['low'] > 0",
    fails="constant['high'] < 2",
    says="Over {constant['seeds']} seeds its accuracy on the test documents differs from SGD's by "
    + points("constant")
    + ", and from that of SGD with a rate falling as 1/√t by "
    + points("falling")
    + ".",
)
def sparse():
    """2,000 documents with 500 words of Zipf frequencies, one pass in batches of 10. Rates tuned on held-out loss,
    among nine for each method; test accuracy over forty fresh sets of documents."""
    ours = settled("words", "adagrad").accuracy
    return {
        name: higher_by(100 * ours, 100 * settled("words", "sgd", schedule=schedule).accuracy)
        for name, schedule in (("constant", None), ("falling", slowing))
    }


@claim(
    "It copes with badly scaled features",
    PRO,
    about="adagrad",
    source="duchi2011adaptive",
    holds="low > 5",
    partly="low > 0",
    fails="high < 5",
    says=higher("SGD", what="It reads") + ".",
)
def scaled_features():
    """Softmax regression on the digits, each pixel in a unit of its own, from 0.01 to 100. Rates tuned on held-out
    loss, among nine for each method; test accuracy over forty seeds."""
    ours, sgd = (100 * settled("pixels", key).accuracy for key in ("adagrad", "sgd"))
    return higher_by(ours, sgd)


@claim(
    "It descends smoothly",
    PRO,
    about="adagrad",
    verdict=PARTLY,
    conditions="as many of its steps raise the loss as of SGD's; they raise it by less",
    holds="adagrad < sgd / 2",
    partly="max(words, network) < 0.7",
    says="Of 200 late steps {adagrad} raise the loss (SGD {sgd}); together they raise it by {words:.2f} of what SGD's "
    "do on the words and {network:.2f} on the network.",
)
def smooth():
    """Words and network with the tuned rates, the last 100 of 200 steps with mini-batches: how many of them raise the
    loss on all training data, and by how much in all."""
    rises, climbed = {"sgd": 0, "adagrad": 0}, {}
    for name in ("words", "network"):
        for key in rises:
            lr = best(lambda lr, at=(name, key): held(*at, lr).loss, RATES)
            path = descend(model(name, "fit"), key, lr, steps=STEPS, batch_size=BATCH[name], record_every=1)
            change = np.diff(path.values)[STEPS // 2 :]
            rises[key] += (change > 0).sum()
            climbed[name, key] = change[change > 0].sum()
    return rises | {name: climbed[name, "adagrad"] / climbed[name, "sgd"] for name in ("words", "network")}


@claim(
    "The unit of the loss does not matter to it",
    PRO,
    about="adagrad",
    source="duchi2011adaptive",
    holds="apart == 0",
    says="Where gradients are multiplied by 2²⁰ and 2⁻²⁰, the parameters are {apart:g} apart after 200 steps.",
)
def unit_of_the_loss():
    """Rosenbrock's valley with each coordinate's gradient multiplied by a power of two of its own, up to a million,
    ε = 0: are the 200 steps the same?"""
    valley = LANDSCAPES["rosenbrock"]
    ends = [
        walk("adagrad", lambda p, f=factor: f * valley.gradient(p), 200, start=valley.start, lr=0.5, eps=0)[-1]
        for factor in (np.ones(2), np.array([2.0**20, 2.0**-20]))
    ]
    return {"apart": abs(ends[0] - ends[1]).max()}


@claim(
    "It needs more memory and work than SGD",
    CON,
    about="adagrad",
    holds="adagrad > sgd",
    says="It keeps {adagrad} state array (SGD {sgd}, Adam {adam}), and a step moves {3 + 2 * adagrad} arrays (SGD {3 "
    "+ 2 * sgd}, Adam {3 + 2 * adam}).",
)
def costs_more():
    """State arrays of the rule, and the arrays that a step reads or writes."""
    # A step reads and writes the parameter, reads the gradient, and reads and writes each state array: 3 + 2 · state.
    return {key: len(RULES[key].state) for key in ("sgd", "adagrad", "adam")}


def rates_of(p, opt):
    """The rates of all parameters, over lr; what is kept before the first step is infinite."""
    with np.errstate(divide="ignore"):
        return opt.state["G"] ** -0.5


@claim(
    "Its rate falls for ever, until learning stops",
    CON,
    about="adagrad",
    source=("zeiler2012adadelta", "ruder2016overview"),
    verdict=PARTLY,
    conditions="under noise the rate falls as 1/√t; where the gradients vanish, so does their sum's growth, and the "
    "rate stays",
    holds="abs(exponent + 0.5) < 0.02 and fallen >= 0.01",
    partly="abs(exponent + 0.5) < 0.02",
    says="Under noise its rate falls as t^{exponent:.2f}; on the bowl it falls by {fallen:.0%} after step 100, where "
    "the loss is {loss:.0e}.",
)
def rate_dies():
    """Pure noise: the exponent at which the mean rate of 1,000 parameters falls from step 100 to step 10,000. The bowl
    with exact gradients: by how much the rates fall from step 100 to step 1,000."""
    noise = np.random.default_rng(0).normal(size=(10_000, 1000))
    mean = walk("adagrad", noise, keep=lambda p, opt: rates_of(p, opt).mean())
    bowl = LANDSCAPES["quadratic"]
    run = {"start": bowl.start, "lr": bowl.rates["adagrad"]}
    after = walk("adagrad", bowl.gradient, 1000, keep=rates_of, **run)
    return {
        "exponent": np.log(mean[10_000] / mean[100]) / np.log(100),
        "fallen": (1 - after[1000] / after[100]).max(),
        "loss": bowl.value(walk("adagrad", bowl.gradient, 100, **run)[-1]),
    }


@claim(
    "One huge gradient early on slows it for the rest of the run",
    CON,
    about="adagrad",
    verdict=PARTLY,
    conditions="where the gradients vanish, as on a bowl without noise; where they persist, later ones outvote it",
    holds="adagrad_100 > 10 * adagrad_1 and rates[2] < 0.2",
    partly="adagrad_100 > 10 * adagrad_1 and rates[0] < 0.2",
    says="After a first gradient 100 times too large, AdaGrad's {adagrad_1} steps on the bowl become {adagrad_100} "
    "(RMSProp's {rmsprop_1} become {rmsprop_100}); under noise its rate is {rates[0]:.2f} of what it would have been "
    "after 100 steps, {rates[1]:.2f} after 1,000 and {rates[2]:.2f} after 10,000.",
)
def early_outlier():
    """The first gradient is multiplied by 1 or by 100. The bowl: steps until the loss is below 0.01, and the same for
    RMSProp, which forgets. Pure noise of −1 and 1: the mean rate of 1,000 parameters with the
    large gradient over that without."""
    bowl, steps = LANDSCAPES["quadratic"], {}
    for key in ("adagrad", "rmsprop"):
        for factor in (1, 100):
            factors = iter([factor])
            losses = walk(
                key,
                lambda p, factors=factors: bowl.gradient(p) * next(factors, 1),
                5000,
                start=bowl.start,
                keep=lambda p, opt: bowl.value(p),
                lr=bowl.rates[key],
            )
            steps[f"{key}_{factor}"] = np.argmax(losses < 0.01)
    noise = np.random.default_rng(0).choice([-1.0, 1.0], size=(10_000, 1000))
    usual = walk("adagrad", noise, keep=lambda p, opt: rates_of(p, opt).mean())
    noise[0] *= 100
    slowed = walk("adagrad", noise, keep=lambda p, opt: rates_of(p, opt).mean())
    return steps | {"rates": [slowed[t] / usual[t] for t in (100, 1000, 10_000)]}
