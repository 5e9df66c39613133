"""Claims about AdaGrad, and the three tasks on which they are tested."""

from functools import cache
from typing import Any

import numpy as np

from ..minimize import minimize
from ..optimizer import Optimizer
from ..problems import LANDSCAPES, SoftmaxRegression
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, judged, model

#: The rates that every method is given to choose from.
RATES = 10.0 ** np.arange(-3, 1.1, 0.5)
STEPS = 200
BATCH = {"words": 10, "network": 64, "pixels": 64}
SEEDS = range(1, 6)


def documents(n: int, seed: int, words: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """(x, y): n documents as rows of 0 and 1, the share 1/r of which has the word of rank r (Zipf); labels 0 and 1.

    Every word weighs for or against the label, the rare ones as much as the frequent ones; the weights do not depend
    on the seed.
    """
    weights = np.random.default_rng(99).normal(0, 2, words)
    rng = np.random.default_rng(seed)
    x = (rng.random((n, words)) < 1 / np.arange(1, words + 1)).astype(float)
    y = rng.random(n) < 1 / (1 + np.exp(-x @ weights))
    return x, y.astype(int)


@cache
def task(name: str, seed: int) -> tuple[Any, Any]:
    """(problem, held out) to tune on for seed 0; (problem, test problem) for the others.

    words: 2,000 documents, fresh for each seed. network: 64-32-10 on the digits. pixels: softmax regression on the
    digits, each pixel in a unit of its own, from 0.01 to 100.
    """
    if name == "words":
        return SoftmaxRegression(*documents(2000, seed)), SoftmaxRegression(*documents(4000, 1000 + seed))
    parts = ("all", "test") if seed else ("fit", "held out")
    return model(name, parts[0]), model(name, parts[1])


@cache
def trained(name: str, key: str, lr: float, seed: int, falling: bool = False) -> tuple[float, float]:
    """(loss, accuracy) on the held-out or test data of a task after 200 steps; `falling`: as 1/√t, down to lr."""
    problem, judge = task(name, seed)
    rate = (lambda t: lr * (STEPS / t) ** 0.5) if falling else lr
    return judged(descend(problem, key, rate, seed, steps=STEPS, batch_size=BATCH[name]), judge)


@cache
def tuned(name: str, key: str, falling: bool = False) -> tuple[float, np.ndarray]:
    """(rate, test accuracies of five seeds): the rate is the one of `RATES` with the least held-out loss."""
    losses = [trained(name, key, lr, 0, falling)[0] for lr in RATES]
    lr = RATES[int(np.nanargmin(losses))]
    return lr, np.array([trained(name, key, lr, seed, falling)[1] for seed in SEEDS])


@claim(
    "It eliminates the need to tune the learning rate",
    PRO,
    about="adagrad",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="one rate serves all three tasks, where SGD has none; but it has to be found, and the default is not it",
)
def no_tuning() -> Finding:
    """Words, network and mis-scaled pixels; nine rates from 0.001 to 10. For each rate the worst loss of held-out
    accuracy, over the tasks, against the best rate of the same task; then the same for the default rate."""
    worst = {}
    for key in ("sgd", "adagrad"):
        accuracy = np.array([[trained(name, key, lr, 0)[1] for lr in RATES] for name in BATCH])
        worst[key] = 100 * (accuracy.max(axis=1, keepdims=True) - accuracy).max(axis=0)
    usual: Any = RULES["adagrad"].hyperparameters["lr"]
    default = worst["adagrad"][np.isclose(RATES, usual)][0]
    one, sgd = worst["adagrad"].min(), worst["sgd"].min()
    near = int((worst["adagrad"] <= 4).sum())
    return Finding(
        FAILS if one > 4 or one >= sgd else HOLDS if default <= 4 else PARTLY,
        f"one rate for three tasks: at worst {one:.1f} points lost (SGD {sgd:.1f}), at {near} of 9 rates at most 4; "
        f"at the default 0.01: {default:.1f}",
        {"one": one, "sgd": sgd, "near": near, "default": default, "rate": RATES[worst["adagrad"].argmin()]},
    )


@claim(
    "It is well suited to sparse data",
    PRO,
    about="adagrad",
    source=("duchi2011adaptive", "ruder2016overview"),
)
def sparse() -> Finding:
    """2,000 documents with 500 words of Zipf frequencies, one pass in batches of 10. Rates tuned on held-out loss,
    among nine for each method; test accuracy over five fresh sets of documents."""
    sgd, falling, ours = (
        tuned("words", key, falling)[1] for key, falling in (("sgd", False), ("sgd", True), ("adagrad", False))
    )
    rival = max(sgd, falling, key=np.mean)
    gain = 100 * (ours - rival)
    return Finding(
        HOLDS if gain.min() > 0 and gain.mean() > 2 else PARTLY if gain.mean() > 2 else FAILS,
        f"test accuracy {ours.mean():.1%}, SGD {sgd.mean():.1%}, SGD with a rate falling as 1/√t {falling.mean():.1%}; "
        f"ahead of the better by {gain.min():.1f} to {gain.max():.1f} points",
        {"adagrad": ours.mean(), "sgd": sgd.mean(), "falling": falling.mean(), "least": gain.min()},
    )


@claim("It copes with badly scaled features", PRO, about="adagrad", source="duchi2011adaptive")
def scaled_features() -> Finding:
    """Softmax regression on the digits, each pixel in a unit of its own, from 0.01 to 100. Rates tuned on held-out
    loss, among nine for each method; test accuracy over five seeds."""
    sgd, ours = (tuned("pixels", key)[1] for key in ("sgd", "adagrad"))
    gain = 100 * (ours - sgd)
    return Finding(
        HOLDS if gain.min() > 5 else PARTLY if gain.mean() > 0 else FAILS,
        f"test accuracy {ours.mean():.1%}, SGD {sgd.mean():.1%}",
        {"adagrad": ours.mean(), "sgd": sgd.mean(), "least": gain.min()},
    )


@claim(
    "It descends smoothly",
    PRO,
    about="adagrad",
    verdict=PARTLY,
    conditions="as many of its steps raise the loss as of SGD's; they raise it by less",
)
def smooth() -> Finding:
    """Words and network with the tuned rates, the last 100 of 200 steps with mini-batches: how many of them raise the
    loss on all training data, and by how much in all."""
    rises: dict[str, int] = {}
    climbed: dict[tuple[str, str], float] = {}
    for name in ("words", "network"):
        for key in ("sgd", "adagrad"):
            lr = RATES[int(np.nanargmin([trained(name, key, lr, 0)[0] for lr in RATES]))]
            path = minimize(
                task(name, 0)[0], Optimizer.of(RULES[key]), steps=STEPS, batch_size=BATCH[name], seed=0, lr=lr
            )
            change = np.diff(path.values)[STEPS // 2 :]
            rises[key] = rises.get(key, 0) + int((change > 0).sum())
            climbed[name, key] = change[change > 0].sum()
    shares = [climbed[name, "adagrad"] / climbed[name, "sgd"] for name in ("words", "network")]
    rarer = rises["adagrad"] < rises["sgd"] / 2
    return Finding(
        HOLDS if rarer else PARTLY if max(shares) < 0.7 else FAILS,
        f"of 200 late steps {rises['adagrad']} rise (SGD {rises['sgd']}); together by {shares[0]:.2f} and "
        f"{shares[1]:.2f} of SGD's",
        {"adagrad": rises["adagrad"], "sgd": rises["sgd"], "words": shares[0], "network": shares[1]},
    )


@claim("The unit of the loss does not matter to it", PRO, about="adagrad", source="duchi2011adaptive")
def unit_of_the_loss() -> Finding:
    """Rosenbrock's valley with each coordinate's gradient multiplied by a power of two of its own, up to a million,
    ε = 0: are the 200 steps the same?"""
    valley = LANDSCAPES["rosenbrock"]
    ends = []
    for factor in (np.ones(2), np.array([2.0**20, 2.0**-20])):
        p = np.array(valley.start)
        opt = Optimizer.of(RULES["adagrad"])(p, lr=0.5, eps=0)
        for _ in range(200):
            opt.step(factor * valley.gradient(p))
        ends.append(p)
    apart = float(abs(ends[0] - ends[1]).max())
    return Finding(
        HOLDS if apart == 0 else FAILS,
        f"gradients times 2²⁰ and 2⁻²⁰: {apart:g} apart after 200 steps",
        {"apart": apart},
    )


@claim("It needs more memory and work than SGD", CON, about="adagrad")
def costs_more() -> Finding:
    """State arrays of the rule, and the arrays that a step reads or writes."""
    state, passes = {}, {}
    for key in ("sgd", "adagrad", "adam"):
        rule = RULES[key]
        state[key] = len(rule.state)
        passes[key] = 3 + 2 * state[key]  # parameter: read and written; gradient: read; each state: read and written
    return Finding(
        HOLDS if state["adagrad"] > state["sgd"] else FAILS,
        f"{state['adagrad']} state array (SGD {state['sgd']}, Adam {state['adam']}); a step moves {passes['adagrad']} "
        f"arrays (SGD {passes['sgd']}, Adam {passes['adam']})",
        {"state": state["adagrad"], "passes": passes["adagrad"], "sgd": passes["sgd"]},
    )


@claim(
    "Its rate falls for ever, until learning stops",
    CON,
    about="adagrad",
    source=("zeiler2012adadelta", "ruder2016overview"),
    verdict=PARTLY,
    conditions="under noise the rate falls as 1/√t; where the gradients vanish, so does their sum's growth, and the "
    "rate stays",
)
def rate_dies() -> Finding:
    """Pure noise: the exponent at which the mean rate of 1,000 parameters falls from step 100 to step 10,000. The bowl
    with exact gradients: by how much the rates fall from step 100 to step 1,000."""
    rng, rates = np.random.default_rng(0), {}
    opt = Optimizer.of(RULES["adagrad"])(np.zeros(1000))
    for t in range(1, 10_001):
        opt.step(rng.normal(size=1000))
        if t in (100, 10_000):
            rates[t] = (opt.state["G"] ** -0.5).mean()
    exponent = np.log(rates[10_000] / rates[100]) / np.log(100)
    bowl = LANDSCAPES["quadratic"]
    p = np.array(bowl.start)
    opt = Optimizer.of(RULES["adagrad"])(p, lr=bowl.rates["adagrad"])
    for t in range(1, 1001):
        opt.step(bowl.gradient(p))
        if t == 100:
            before, loss = opt.state["G"] ** -0.5, bowl.value(p)
    fallen = float((1 - opt.state["G"] ** -0.5 / before).max())
    dying, resting = abs(exponent + 0.5) < 0.02, fallen < 0.01
    return Finding(
        PARTLY if dying and resting else HOLDS if dying else FAILS,
        f"noise: rate ∝ t^{exponent:.2f}; bowl: {fallen:.0%} fall after step 100, loss there {loss:.0e}",
        {"exponent": exponent, "fallen": fallen, "loss": loss},
    )


@claim("One huge gradient early on slows it for the rest of the run", CON, about="adagrad")
def early_outlier() -> Finding:
    """The bowl; the first gradient is multiplied by 1 or by 100. Steps until the loss is below 0.01, and the same for
    RMSProp, which forgets."""
    bowl, steps = LANDSCAPES["quadratic"], {}
    for key in ("adagrad", "rmsprop"):
        for factor in (1, 100):
            p, t = np.array(bowl.start), 0
            opt = Optimizer.of(RULES[key])(p, lr=bowl.rates[key])
            while bowl.value(p) >= 0.01 and t < 5000:
                opt.step(bowl.gradient(p) * (factor if t == 0 else 1))
                t += 1
            steps[key, factor] = t
    slower = steps["adagrad", 100] / steps["adagrad", 1]
    forgets = steps["rmsprop", 100] < steps["adagrad", 100] / 2
    return Finding(
        HOLDS if slower > 10 and forgets else PARTLY if slower > 2 else FAILS,
        f"{steps['adagrad', 1]} steps become {steps['adagrad', 100]} (RMSProp: {steps['rmsprop', 1]} become "
        f"{steps['rmsprop', 100]})",
        {f"{key}_{factor}": n for (key, factor), n in steps.items()},
    )
