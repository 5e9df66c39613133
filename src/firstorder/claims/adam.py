"""Claims about Adam: what introductions praise and blame it for; convergence and decay have chapters of their own."""

from typing import Any

import numpy as np

from ..arena import Arena
from ..lab.bowls import Bowl, steps_on
from ..lab.runs import descend, loss, model, stays, trained, tuned
from ..lab.tuning import best
from ..lab.walks import along, made
from ..problems import LANDSCAPES
from ..reading.hoist import hoist
from ..rules import RULES
from .claim import CON, FAILS, PARTLY, PRO, claim


class Words:
    """Logistic regression on ten dense features and one word of a hundred, whose frequencies follow Zipf's law."""

    def __init__(self, n: int = 4000, dense: int = 10, words: int = 100, seed: int = 0):
        rng = np.random.default_rng(seed)
        frequency = 1 / np.arange(1, words + 1)
        word = rng.choice(words, n, p=frequency / frequency.sum())
        self.x = np.concatenate([rng.normal(size=(n, dense)), np.eye(words)[word]], axis=1)
        weights = np.concatenate([rng.normal(size=dense) / 2, rng.choice([-3.0, 3.0], words)])
        self.y = np.where(rng.random(n) < 1 / (1 + np.exp(-self.x @ weights)), 1, -1)
        self.start, self.n_samples, self.rare = np.zeros(dense + words), n, word >= 20

    def losses(self, p: np.ndarray) -> Any:
        return np.logaddexp(0, -self.y * (self.x @ p))

    def value(self, p: np.ndarray) -> float:
        return float(self.losses(p).mean())

    def gradient(self, p: np.ndarray, batch: Any = slice(None)) -> np.ndarray:
        x, y = self.x[batch], self.y[batch]
        return -(x.T @ (y / (1 + np.exp(y * (x @ p))))) / len(y)


@claim(
    "It handles sparse gradients",
    PRO,
    about="adam",
    source="kingma2015adam",
    holds="adam < 0.8 * min(sgd, momentum)",
    says="loss on rare words {adam:.2f}; SGD {sgd:.2f}, momentum {momentum:.2f}, AdaGrad {adagrad:.2f}",
)
def sparse():
    """Logistic regression on 4,000 records with one of 100 words each, by Zipf's law, and ten dense features; 200
    steps of 32 records, six rates for each rule, two seeds. Loss on the records with a word that is not among the
    20 most frequent."""
    problem, rare = Words(), {}
    for key in ("sgd", "momentum", "adagrad", "adam"):
        rates = 10.0 ** np.arange(-1.5, 1.1, 0.5)
        runs = {lr: [descend(problem, key, lr, seed, steps=200, batch_size=32) for seed in range(2)] for lr in rates}
        lr = best(lambda lr, runs=runs: np.mean([loss(run) for run in runs[lr]]), rates)
        rare[key] = np.mean([problem.losses(run.params)[problem.rare].mean() for run in runs[lr]])
    return rare


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
    says="{works} of 6; points short of what ten times the rate reaches: network {network:.1f}, softmax {softmax:.1f}, "
    "mis-scaled {pixels:.1f}; height left {min(quadratic, rosenbrock, himmelblau):.0%} to "
    "{max(quadratic, rosenbrock, himmelblau):.0%}",
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
    says="{operations} operations per parameter: {share_64:.0%} of the gradient of 64 records, {share_1:.1f} times "
    "that of one",
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
    says="state {adam:g} times the parameters; SGD {sgd:g}, momentum and RMSProp {momentum:g}, a Hessian {hessian:,}",
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
    says="8 times the records: {batches:.1f} times as many read in batches ({batches_read:,}), {exact:.1f} times "
    "with exact gradients ({exact_read:,})",
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
    says="the gradient falls to 1/{fall:.0f}; steps stay within {shortest:.2f} and {longest:.2f} of $\\eta$",
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


class Scaled:
    """A learning problem whose loss is multiplied by c."""

    def __init__(self, problem: Any, c: float):
        self.problem, self.c, self.n_samples, self.start = problem, c, problem.n_samples, problem.start

    def value(self, params: Any) -> float:
        return float(self.c * self.problem.value(params))

    def gradient(self, params: Any, batch: Any = None) -> dict[str, Any]:
        return {name: self.c * slope for name, slope in self.problem.gradient(params, batch).items()}


@claim(
    "The unit of the loss does not matter",
    PRO,
    about="adam",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="while gradients stay well above $\\epsilon$: dividing the loss by c is multiplying $\\epsilon$ by c",
    holds="max(middle) - min(middle) < 0.005 and least > 0.95",
    partly="max(middle) - min(middle) < 0.005",
    says="{middle[1]:.1%} of the test images from c = 1e-3 to 1e6; {low:.1%} at 1e-6, {least:.0%} at 1e-9",
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
    holds="adam - max(sgd, momentum) > 0.03",
    says="{adam:.0%} of the test images; RMSProp {rmsprop:.0%}, momentum {momentum:.0%}, SGD {sgd:.0%}",
)
def own_scale():
    """Softmax regression on the digits, each pixel multiplied by a factor between 0.01 and 100; 300 steps of 64,
    seven rates for each rule, two seeds, the rate with the lowest training loss; test accuracy."""
    rates = 10.0 ** np.arange(-4, -0.99, 0.5)
    run = {"by_training": True, "tuning": range(2), "seeds": range(2, 4), "steps": 300}
    return {key: tuned("pixels", key, rates, **run).accuracy.mean() for key in ("sgd", "momentum", "rmsprop", "adam")}


@claim(
    "It depends on the axes: turned, the same problem becomes harder",
    CON,
    about="adam",
    verdict=PARTLY,
    conditions="at one and the same rate; here a new search for the rate wins nearly all of it back",
    holds="same >= 1.2 * straight and best >= 1.5 * straight",
    partly="same >= 1.2 * straight",
    says="{straight} steps; turned, {'over 300' if same > 300 else same} at the same rate and {best} at the best; "
    "momentum {momentum_straight} and {momentum}; RMSProp turned {'over 300' if rmsprop > 300 else rmsprop} at the "
    "best",
)
def axes():
    """Steps to a ten-thousandth of the loss of a 20-dimensional bowl with curvatures from 1 to 1,000, along the
    axes and turned at random; six rates for each. RMSProp on the turned one only."""

    def needed(key, lr, turned):
        return steps_on(Bowl(turned), key, lr, 1e-4, 300)

    def fewest(key, rates, turned):
        return min((needed(key, lr, turned), lr) for lr in rates)

    rates = np.geomspace(3e-2, 10, 6)
    straight, rate = fewest("adam", rates, turned=False)
    return {
        "straight": straight,
        "same": needed("adam", rate, turned=True),
        "best": fewest("adam", rates, turned=True)[0],
        "momentum_straight": fewest("momentum", rates / 100, turned=False)[0],
        "momentum": fewest("momentum", rates / 100, turned=True)[0],
        "rmsprop": fewest("rmsprop", rates / 10, turned=True)[0],
    }


@claim(
    "Tuned, it gains nothing clear over tuned momentum or RMSProp",
    CON,
    about="adam",
    holds="min(adam) < max(momentum, rmsprop)",
    says="Momentum {mean(momentum):.1%} ({min(momentum):.1%} to {max(momentum):.1%}); "
    "RMSProp {mean(rmsprop):.1%} ({min(rmsprop):.1%} to {max(rmsprop):.1%}); "
    "Adam {mean(adam):.1%} ({min(adam):.1%} to {max(adam):.1%})",
)
def no_gain():
    """Digits network, 200 steps of 64 records; four rates for each rule, half a decade apart, the rate with the
    lowest training loss of three seeds; test accuracy of five seeds there."""
    run = {"by_training": True, "tuning": range(3), "seeds": range(3, 8), "steps": 200}
    return {
        key: tuned("network", key, [largest * 10 ** (-k / 2) for k in range(4)], **run).accuracy
        for key, largest in (("momentum", 0.3), ("rmsprop", 0.03), ("adam", 0.1))
    }


@claim(
    "No step is longer than the learning rate",
    PRO,
    about="adam",
    verdict=FAILS,
    conditions="true of the first step and typical of the others; the bound is $7.27\\,\\eta$",
    holds="max(silence, growing, training) <= 1.1",
    says="longest step after silence {silence:.2f}, growing gradients {growing:.2f} (2,000 steps), "
    "training {training:.2f}",
)
def bounded():
    """The longest step, in units of the rate: after a long silence, for gradients that grow by 11% a step, and
    among all steps of the digits network in 300 steps at the defaults."""
    growing = (0.999 / 0.9) ** (np.arange(2000) - 2000.0)
    path = descend(model("network"), "adam", 0.001, steps=300, record_every=1)
    return {
        "silence": np.abs(np.diff(along(np.append(np.zeros(5000), 1.0)))).max(),
        "growing": np.abs(np.diff(along(growing, eps=0))).max(),
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
    says="thrown back by {back:.0f} $\\eta$, where SGD goes back by 1,000 of its steps; half speed again after "
    "{slow:,} steps",
)
def outlier():
    """A constant gradient of 1 with one of −1,000 at step 2,000: how far back it throws the parameter, and how long
    until steps have half their length again."""
    gradients = np.ones(10_000)
    gradients[1999] = -1000
    path = -along(gradients)
    return {"back": path[1999] - path[1999:].min(), "slow": stays(-np.diff(path), -0.5) - 1999}
