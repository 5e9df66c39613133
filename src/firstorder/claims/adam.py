"""Claims about Adam: what introductions praise and blame it for; convergence and decay have chapters of their own."""

from typing import Any

import numpy as np

from ..arena import Arena
from ..lab.bowls import turned_steps
from ..lab.contests import losses, rate
from ..lab.evidence import higher_by
from ..lab.runs import Scaled, descend, loss, model, spread, stays, trained
from ..lab.steps import lengths
from ..lab.valleys import read, valley
from ..lab.walks import along, made
from ..problems import LANDSCAPES
from ..reading.hoist import hoist
from ..rules import RULES
from .claim import CON, FAILS, PARTLY, PRO, claim
from .over_seeds import higher

FOUR = ("sgd", "momentum", "rmsprop", "adam")
#: Of the loss at the start, to be reached on a bowl.
SHARES = (1e-4, 1e-6)


def contest(kind: str) -> dict[str, Any]:
    """By rule, the mean of the training losses at the end; the rates they were reached at; and least, mean and most of
    the losses by record, one in ten steps."""
    rates = {key: rate(kind, key) for key in FOUR}
    runs = {key: losses(kind, key, lr) for key, lr in rates.items()}
    found: dict[str, Any] = {key: each[:, -1].mean() for key, each in runs.items()}
    return found | {"rates": list(rates.values()), "curves": {key: spread(each) for key, each in runs.items()}}


@claim(
    "It handles sparse gradients",
    PRO,
    about="adam",
    source="kingma2015adam",
    holds="adam < 0.8 * min(sgd, momentum)",
    says="With rare words Adam trains to a loss of {adam:.2f} nats, RMSProp to {rmsprop:.2f}, momentum to "
    "{momentum:.2f} and SGD to {sgd:.2f}.",
)
def words():
    """Softmax regression on 2,000 documents of 500 words, by Zipf's law; 300 steps of 64, rates a quarter of a decade
    apart for each rule, chosen by three seeds, the mean of twenty others."""
    return contest("words")


@claim(
    "Its defaults work in most cases",
    PRO,
    about="adam",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="for the network, whose weights are of size 1; where parameters have further to go, "
    "$\\eta = 0.001$ is too small for 1,000 steps",
    holds="works >= 4",
    partly="works > 0",
    says="On {works} of 6 problems. After 1,000 steps at the defaults the digits network reads {network:.1f} points "
    "fewer test images than with ten times the rate, softmax regression {softmax:.1f} points fewer, and {pixels:.1f} "
    "points fewer with mis-scaled pixels; on three landscapes {min(quadratic, rosenbrock, himmelblau):.0%} to "
    "{max(quadratic, rosenbrock, himmelblau):.0%} of the height are left.",
)
def defaults():
    """1,000 steps at all defaults against ten times the rate. Learning: digits network, digits softmax, digits with
    mis-scaled pixels; works if test accuracy is within two points. Landscapes: quadratic, Rosenbrock, Himmelblau;
    works if the height above the minimum has fallen to 1%."""
    short, height = {}, {}
    for kind in ("network", "softmax", "pixels"):
        usual, larger = (trained(kind, "adam", lr, steps=1000).accuracy for lr in (0.001, 0.01))
        short[kind] = 100 * (larger - usual)
    for name in ("quadratic", "rosenbrock", "himmelblau"):
        ground = LANDSCAPES[name]
        path = descend(ground, "adam", 0.001, steps=1000, batch_size=None)
        height[name] = loss(path) / ground.value(ground.start)
    works = sum(points <= 2 for points in short.values()) + sum(left <= 0.01 for left in height.values())
    return {"works": works, **short, **height}


@claim(
    "Its step is cheap to compute",
    PRO,
    about="adam",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="beside the gradient of a batch; with one record at a time the step costs more than the gradient",
    holds="share_1 < 0.1",
    partly="share_64 < 0.1 and share_1 > 1",
    says="A step takes {operations} operations for each parameter. That is {share_64:.0%} of what the gradient of 64 "
    "records takes, and {share_1:.1f} times what that of one record takes.",
)
def cheap():
    """Arithmetic operations per parameter, counted in the loop that is made of the rule; a gradient takes six for
    each record of the batch: a product and a sum forwards, and twice as much backwards."""
    step = sum(int(line.expr.count_ops()) for line in hoist(RULES["adam"].program).loop)
    return {"operations": step, "share_64": step / (6 * 64), "share_1": step / 6}


@claim(
    "It needs little memory",
    PRO,
    about="adam",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="little beside a matrix of second derivatives, and twice what momentum or RMSProp keep",
    holds="adam < 1",
    partly="momentum < adam < hessian / 100",
    says="Adam keeps {adam:g} numbers for each parameter, momentum and RMSProp keep {momentum:g}, and SGD keeps "
    "{sgd:g}; a matrix of second derivatives would be {hessian:,}.",
)
def memory():
    """Bytes of state over bytes of parameters, for the digits network."""
    params = model("network").start()
    size, state = sum(array.nbytes for array in params.values()), {}
    for key in ("sgd", "momentum", "rmsprop", "adam"):
        arrays = made(key, params, lr=0.1).state.values()
        state[key] = sum(part.nbytes for array in arrays for part in array.values()) / size
    return state | {"hessian": Arena(params).buffer.size}


@claim(
    "It suits large data: a step costs the same, however many records there are",
    PRO,
    about="adam",
    holds="batches < 2 and exact > 4",
    says="With eight times the records, training in batches reads {batches:.1f} times as many until it gets there "
    "({batches_read:,}), and training with exact gradients {exact:.1f} times as many ({exact_read:,}).",
)
def large_data():
    """Softmax regression on the first 168, 337, 674 and 1,348 digits; records read until their mean loss is below
    0.5, in batches of 32 and with exact gradients, both at $\\eta = 0.01$."""
    read = {}
    for n in (168, 337, 674, 1348):
        for size in (32, None):
            path = descend(model("softmax", n), "adam", 0.01, steps=200, batch_size=size, record_every=4)
            assert path.values[-1] < 0.5
            read[n, size] = path.steps[np.argmax(path.values < 0.5)] * (size or n)
    batches, exact = (read[1348, size] / read[168, size] for size in (32, None))
    return {"batches": batches, "exact": exact, "batches_read": read[1348, 32], "exact_read": read[1348, None]}


@claim(
    "The learning rate sets the length of its steps, the gradient only their proportions",
    PRO,
    about="adam",
    source="kingma2015adam",
    holds="shortest > 0.05 and longest <= 1.1 and fall > 8",
    says="While the gradient falls to 1/{fall:.0f} of its size, the root mean square of the steps stays between "
    "{shortest:.2f} and {longest:.2f} times $\\eta$.",
)
def step_size():
    """Root mean square of steps and gradients of the digits network in training: the first 1,000 steps of 64
    records at the defaults."""
    net = model("network")
    path = descend(net, "adam", 0.001, steps=1000, record_every=1)
    place = Arena(net.start())
    first, last = (np.mean(Arena(net.gradient(place.over(path.points[k]).views)).buffer ** 2) ** 0.5 for k in (0, 999))
    steps = (np.diff(path.points, axis=0) ** 2).mean(axis=1) ** 0.5 / 0.001
    return {"fall": first / last, "shortest": steps.min(), "longest": steps.max()}


@claim(
    "The unit of the loss does not matter",
    PRO,
    about="adam",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="while gradients stay well above $\\epsilon$: dividing the loss by c is multiplying $\\epsilon$ by c",
    holds="max(middle) - min(middle) < 0.005 and least > 0.95",
    partly="max(middle) - min(middle) < 0.005",
    says="With the loss multiplied by 1e-3 to 1e6 the network reads {middle[1]:.1%} of the test images each time; with "
    "1e-6 it reads {low:.1%}, and with 1e-9 {least:.0%}.",
)
def scale():
    """Test accuracy of the digits network after 300 steps at $\\eta = 0.01$, with the loss multiplied by 1e-9 to
    1e6."""

    def accuracy(c):
        return model("network", "test").accuracy(descend(Scaled(model("network"), c), "adam", 0.01, steps=300).params)

    middle = [accuracy(c) for c in (1e-3, 1.0, 1e3, 1e6)]
    return {"least": accuracy(1e-9), "low": accuracy(1e-6), "middle": middle}


@claim(
    "Each parameter gets a rate of its own, so badly scaled features do less harm",
    PRO,
    about="adam",
    holds="adam < 0.5 * min(sgd, momentum)",
    says="With each pixel in a unit of its own Adam trains the digits network to a loss of {adam:.2f} nats, RMSProp to "
    "{rmsprop:.2f}, SGD to {sgd:.2f} and momentum to {momentum:.2f}.",
)
def scaled():
    """The digits network of 32 hidden units, each pixel multiplied by a factor between 0.01 and 100; 300 steps of 64,
    rates a quarter of a decade apart for each rule, chosen by three seeds, the mean of twenty others."""
    return contest("scaled")


def turned(condition: float) -> list[list[float]]:
    """For either target median, least and most steps over twenty rotations."""
    steps = turned_steps(condition, True, SHARES)
    return [[float(np.median(one)), int(one.min()), int(one.max())] for one in steps]


@claim(
    "It depends on the axes: turned, the same problem becomes harder",
    CON,
    about="adam",
    verdict=PARTLY,
    conditions="where curvatures differ a thousandfold or more; while they differ a hundredfold nothing is lost",
    holds="turned_100[1][0] > 1.5 * straight[1]",
    partly="turned_10000[1][1] > 3 * straight[1]",
    says="Along the axes a millionth of the loss is reached after {straight[1]} steps, whatever the curvatures. Turned "
    "at random it takes {turned_100[1][0]:.0f} where they differ a hundredfold, {turned_1000[1][0]:.0f} where they "
    "differ a thousandfold, and {turned_10000[1][0]:.0f} ({turned_10000[1][1]} to {turned_10000[1][2]}) where they "
    "differ ten-thousandfold.",
)
def axes():
    """Steps until the loss of a 20-dimensional bowl lies for 50 steps below a ten-thousandth and a millionth of its
    start, along the axes and turned at random: median, least and most of twenty rotations, each at the best of 24
    rates. The largest curvature is 100, 1,000 or 10,000 times the smallest."""
    straight = [int(steps[0]) for steps in turned_steps(10_000, False, SHARES)]
    return {"straight": straight} | {f"turned_{ratio}": turned(ratio) for ratio in (100, 1000, 10_000)}


@claim(
    "More learning rates are nearly as good as the best",
    PRO,
    about=("adam", "rmsprop"),
    holds="min(adam_width, rmsprop_width) >= max(sgd_width, momentum_width) + 0.25",
    says="Within one and a half times the loss of the best rate lie {adam_width:.2f} decades of rates for Adam, "
    "{rmsprop_width:.2f} for RMSProp, {momentum_width:.2f} for momentum and {sgd_width:.2f} for SGD.",
)
def valleys():
    """Digits network of 64 hidden units, 300 steps of 64, rates a quarter of a decade apart, twenty seeds: mean loss on
    348 images held out; and the test accuracy of twenty further seeds, with its standard error, at the best rate and at
    the next below."""
    found: dict[str, Any] = {}
    for key in FOUR:
        one = valley(key)
        tests = [read(key, lr) for lr in (one.best, one.below)]
        found |= {
            f"{key}_rates": one.rates.round(6),
            f"{key}_losses": one.means.round(4),
            f"{key}_best": one.best,
            f"{key}_width": one.width(),
            f"{key}_test": [(test.mean(), test.std(ddof=1) / len(test) ** 0.5) for test in tests],
        }
    return found


@claim(
    "Tuned, it gains nothing clear over tuned momentum or RMSProp",
    CON,
    about="adam",
    says=higher("momentum", what="Adam reads", of="momentum")
    + "; "
    + higher("RMSProp", what="it reads", of="rmsprop")
    + ".",
    holds="max(momentum['high'], rmsprop['high']) < 1",
    fails="min(momentum['low'], rmsprop['low']) > 0.3",
)
def no_gain():
    """Digits network of 64 hidden units, 300 steps of 64: test accuracy of twenty seeds, each rule a quarter decade
    below the rate that other seeds found best on digits held out, where no seed falls over the edge of its valley. A
    gain of less than a point is not called clear."""
    adam, momentum, rmsprop = (read(key, valley(key).below) for key in ("adam", "momentum", "rmsprop"))
    return {"momentum": higher_by(adam, momentum), "rmsprop": higher_by(adam, rmsprop)}


@claim(
    "No step is longer than the learning rate",
    PRO,
    about="adam",
    verdict=FAILS,
    conditions="true of the first step and typical of the others; the bound is $7.27\\,\\eta$",
    holds="max(silence, growing, training) <= 1.1",
    says="In units of the rate the longest step is {silence:.2f} after a long silence, {growing:.2f} under gradients "
    "that grow for 2,000 steps, and {training:.2f} in the training of a network.",
)
def bounded():
    """The longest step, in units of the rate: after a long silence, for gradients that grow by 11% a step, and
    among all steps of the digits network in 300 steps at the defaults."""
    growing = (0.999 / 0.9) ** (np.arange(2000) - 2000.0)
    path = descend(model("network"), "adam", 0.001, steps=300, record_every=1)
    return {
        "silence": lengths(np.append(np.zeros(5000), 1.0)).max(),
        "growing": lengths(growing, eps=0).max(),
        "training": np.abs(np.diff(path.points, axis=0)).max() / 0.001,
    }


@claim(
    "A single huge gradient does little harm",
    PRO,
    about="adam",
    verdict=PARTLY,
    conditions="the leap is bounded, but $v$ remembers: the steps after it are short for thousands of steps",
    holds="back < 100 and slow < 100",
    partly="back < 100",
    says="It throws the parameter back by {back:.0f} $\\eta$, where SGD goes back by 1,000 of its steps; but Adam has "
    "half its speed again only after {slow:,} steps.",
)
def outlier():
    """A constant gradient of 1 with one of −1,000 at step 2,000: how far back it throws the parameter, and how long
    until steps have half their length again."""
    gradients = np.ones(10_000)
    gradients[1999] = -1000
    path = -along(gradients)
    return {"back": path[1999] - path[1999:].min(), "slow": stays(-np.diff(path), -0.5) - 1999}
