"""Claims about Adam: what introductions praise and blame it for; convergence and decay have chapters of their own."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..arena import Arena
from ..minimize import minimize
from ..optimizer import Optimizer
from ..problems import LANDSCAPES, SoftmaxRegression, TwoLayerNetwork, digits
from ..problems.learning import Digits
from ..reading.hoist import hoist
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, loss


def final(
    problem: Any, key: str, lr: float, seed: int = 0, steps: int = 300, batch_size: int | None = 64
) -> tuple[Any, float]:
    """The path's end; its value is infinite if it diverged."""
    path = descend(problem, key, lr, seed, steps=steps, batch_size=batch_size)
    return path.params, loss(path)


def tuned(
    problem: Any, key: str, rates: Sequence[float], seeds: int, **run: Any
) -> tuple[float, list[tuple[Any, float]]]:
    """The rate with the lowest mean of the last training losses, and the runs at it: (rate, [(params, loss)])."""
    runs = {lr: [final(problem, key, lr, seed, **run) for seed in range(seeds)] for lr in rates}
    best = min(rates, key=lambda lr: np.mean([loss for _, loss in runs[lr]]))
    return best, runs[best]


def network(hidden: int = 32) -> tuple[Digits, TwoLayerNetwork]:
    data = digits()
    return data, TwoLayerNetwork(data.x_train, data.y_train, hidden=hidden)


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


@claim("It handles sparse gradients", PRO, about="adam", source="kingma2015adam")
def sparse() -> Finding:
    """Logistic regression on 4,000 records with one of 100 words each, by Zipf's law, and ten dense features; 200
    steps of 32 records, six rates for each rule, two seeds. Loss on the records with a word that is not among the
    20 most frequent."""
    problem = Words()
    rare = {}
    for key in ("sgd", "momentum", "adagrad", "adam"):
        _, runs = tuned(problem, key, (10.0 ** np.arange(-1.5, 1.1, 0.5)).tolist(), 2, steps=200, batch_size=32)
        rare[key] = float(np.mean([problem.losses(params)[problem.rare].mean() for params, _ in runs]))
    return Finding(
        HOLDS if rare["adam"] < 0.8 * min(rare["sgd"], rare["momentum"]) else FAILS,
        f"loss on rare words {rare['adam']:.2f}; SGD {rare['sgd']:.2f}, momentum {rare['momentum']:.2f}, "
        f"AdaGrad {rare['adagrad']:.2f}",
        rare,
    )


@claim(
    "Its defaults work in most cases",
    PRO,
    about="adam",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="for the network, whose weights are of size 1; where parameters have further to go, "
    "$\\eta = 0.001$ is too small for 1,000 steps",
)
def defaults() -> Finding:
    """1,000 steps at all defaults against ten times the rate. Learning: digits network, digits softmax, digits with
    mis-scaled pixels; works if test accuracy is within two points. Landscapes: quadratic, Rosenbrock, Himmelblau;
    works if the height above the minimum has fallen to 1%."""
    data, net = network()
    units = 10.0 ** np.random.default_rng(0).uniform(-2, 2, size=64)
    learning = {
        "network": (net, data.x_test),
        "softmax": (SoftmaxRegression(data.x_train, data.y_train), data.x_test),
        "mis-scaled": (SoftmaxRegression(data.x_train * units, data.y_train), data.x_test * units),
    }
    short = {}
    for name, (problem, x_test) in learning.items():
        accuracies = [
            problem.accuracy(final(problem, "adam", lr, steps=1000)[0], x_test, data.y_test) for lr in (0.001, 0.01)
        ]
        short[name] = 100 * (accuracies[1] - accuracies[0])
    height = {}
    for name in ("quadratic", "rosenbrock", "himmelblau"):
        ground = LANDSCAPES[name]
        height[name] = final(ground, "adam", 0.001, steps=1000, batch_size=None)[1] / ground.value(ground.start)
    works = sum(points <= 2 for points in short.values()) + sum(left <= 0.01 for left in height.values())
    return Finding(
        HOLDS if works >= 4 else PARTLY if works else FAILS,
        f"{works} of 6; points short of what ten times the rate reaches: "
        + ", ".join(f"{name} {points:.1f}" for name, points in short.items())
        + f"; height left {min(height.values()):.0%} to {max(height.values()):.0%}",
        {"works": works, **short, **height},
    )


@claim(
    "Its step is cheap to compute",
    PRO,
    about="adam",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="beside the gradient of a batch; with one record at a time the step costs more than the gradient",
)
def cheap() -> Finding:
    """Arithmetic operations per parameter, counted in the loop that is made of the rule; a gradient takes six for
    each record of the batch: a product and a sum forwards, and twice as much backwards."""
    step = sum(int(line.expr.count_ops()) for line in hoist(RULES["adam"].program).loop)
    share = {batch: step / (6 * batch) for batch in (1, 64)}
    return Finding(
        PARTLY if share[64] < 0.1 and share[1] > 1 else HOLDS if share[1] < 0.1 else FAILS,
        f"{step} operations per parameter: {share[64]:.0%} of the gradient of 64 records, "
        f"{share[1]:.1f} times that of one",
        {"operations": step, "share_64": share[64], "share_1": share[1]},
    )


@claim(
    "It needs little memory",
    PRO,
    about="adam",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="little beside a matrix of second derivatives, and twice what momentum or RMSProp keep",
)
def memory() -> Finding:
    """Bytes of state over bytes of parameters, for the digits network."""
    _, net = network()
    params = net.start()
    size = sum(array.nbytes for array in params.values())
    state = {}
    for key in ("sgd", "momentum", "rmsprop", "adam"):
        arrays = Optimizer.of(RULES[key])(params, lr=0.1).state.values()
        state[key] = sum(part.nbytes for array in arrays for part in array.values()) / size
    count = Arena(params).buffer.size
    return Finding(
        PARTLY if state["momentum"] < state["adam"] < count / 100 else HOLDS if state["adam"] < 1 else FAILS,
        f"state {state['adam']:g} times the parameters; SGD {state['sgd']:g}, momentum and RMSProp "
        f"{state['momentum']:g}, a Hessian {count:,}",
        state | {"hessian": count},
    )


@claim("It suits large data: a step costs the same, however many records there are", PRO, about="adam")
def large_data() -> Finding:
    """Softmax regression on the first 168, 337, 674 and 1,348 digits; records read until their mean loss is below
    0.5, in batches of 32 and with exact gradients, both at $\\eta = 0.01$."""
    data = digits()
    sizes = (168, 337, 674, 1348)
    read = {}
    for n in sizes:
        problem = SoftmaxRegression(data.x_train[:n], data.y_train[:n])
        for batch_size in (32, None):
            path = minimize(
                problem, Optimizer.of(RULES["adam"]), steps=200, batch_size=batch_size, lr=0.01, record_every=4
            )
            assert path.values[-1] < 0.5
            read[n, batch_size] = int(path.steps[np.argmax(path.values < 0.5)]) * (batch_size or n)
    batches, exact = (read[1348, size] / read[168, size] for size in (32, None))
    return Finding(
        HOLDS if batches < 2 and exact > 4 else FAILS,
        f"8 times the records: {batches:.1f} times as many read in batches ({read[1348, 32]:,}), {exact:.1f} times "
        f"with exact gradients ({read[1348, None]:,})",
        {"batches": batches, "exact": exact},
    )


@claim(
    "The learning rate sets the length of its steps, the gradient only their proportions", PRO, about="adam",
    source="kingma2015adam",
)  # fmt: skip
def step_size() -> Finding:
    """Root mean square of steps and gradients of the digits network in training: the first 1,000 steps of 64
    records at the defaults."""
    _, net = network()
    path = minimize(net, Optimizer.of(RULES["adam"]), steps=1000, batch_size=64, record_every=1)
    place = Arena(net.start())
    at = (0, 999)
    slopes = [float(np.mean(Arena(net.gradient(place.over(path.points[k]).views)).buffer ** 2) ** 0.5) for k in at]
    steps = (np.diff(path.points, axis=0) ** 2).mean(axis=1) ** 0.5 / 0.001
    fall = slopes[0] / slopes[1]
    return Finding(
        HOLDS if steps.min() > 0.05 and steps.max() <= 1.1 and fall > 8 else FAILS,
        f"the gradient falls to 1/{fall:.0f}; steps stay within {steps.min():.2f} and {steps.max():.2f} of $\\eta$",
        {"fall": fall, "shortest": float(steps.min()), "longest": float(steps.max())},
    )


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
)
def scale() -> Finding:
    """Test accuracy of the digits network after 300 steps at $\\eta = 0.01$, with the loss multiplied by 1e-9 to
    1e6."""
    data, net = network()
    accuracy = {
        c: net.accuracy(final(Scaled(net, c), "adam", 0.01)[0], data.x_test, data.y_test)
        for c in (1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e6)
    }
    middle = [accuracy[c] for c in (1e-3, 1.0, 1e3, 1e6)]
    same = max(middle) - min(middle) < 0.005
    return Finding(
        HOLDS if same and accuracy[1e-9] > 0.95 else PARTLY if same else FAILS,
        f"{accuracy[1.0]:.1%} of the test images from c = 1e-3 to 1e6; {accuracy[1e-6]:.1%} at 1e-6, "
        f"{accuracy[1e-9]:.0%} at 1e-9",
        {f"{c:g}": value for c, value in accuracy.items()},
    )


@claim("Each parameter gets a rate of its own, so badly scaled features do less harm", PRO, about="adam")
def own_scale() -> Finding:
    """Softmax regression on the digits, each pixel multiplied by a factor between 0.01 and 100; 300 steps of 64,
    seven rates for each rule, two seeds, the rate with the lowest training loss; test accuracy."""
    data = digits()
    units = 10.0 ** np.random.default_rng(0).uniform(-2, 2, size=64)
    problem = SoftmaxRegression(data.x_train * units, data.y_train)
    accuracy = {}
    for key in ("sgd", "momentum", "rmsprop", "adam"):
        _, runs = tuned(problem, key, (10.0 ** np.arange(-4, -0.99, 0.5)).tolist(), 2)
        accuracy[key] = float(np.mean([problem.accuracy(p, data.x_test * units, data.y_test) for p, _ in runs]))
    gain = accuracy["adam"] - max(accuracy["sgd"], accuracy["momentum"])
    return Finding(
        HOLDS if gain > 0.03 else FAILS,
        f"{accuracy['adam']:.0%} of the test images; RMSProp {accuracy['rmsprop']:.0%}, "
        f"momentum {accuracy['momentum']:.0%}, SGD {accuracy['sgd']:.0%}",
        accuracy,
    )


class Bowl:
    """A quadratic of 20 parameters with curvatures from 1 to 1,000, along the axes or along random directions."""

    def __init__(self, turned: bool):
        rng = np.random.default_rng(0)
        directions = np.linalg.qr(rng.normal(size=(20, 20)))[0] if turned else np.eye(20)
        self.hessian = directions @ np.diag(np.geomspace(1, 1000, 20)) @ directions.T
        self.start = directions @ rng.choice([-1.0, 1.0], 20)

    def value(self, p: np.ndarray) -> float:
        return float(p @ self.hessian @ p / 2)

    def gradient(self, p: np.ndarray) -> Any:
        return self.hessian @ p


def steps_needed(key: str, lr: float, turned: bool) -> int:
    """Steps until the loss stays below a ten-thousandth of its start; 301 if that takes more than 300."""
    values = minimize(Bowl(turned), Optimizer.of(RULES[key]), lr=lr, steps=300).values
    return int(np.flatnonzero(~(values < 1e-4 * values[0]))[-1]) + 1


@claim(
    "It depends on the axes: turned, the same problem becomes harder",
    CON,
    about="adam",
    verdict=PARTLY,
    conditions="at one and the same rate; here a new search for the rate wins nearly all of it back",
)
def axes() -> Finding:
    """Steps to a ten-thousandth of the loss of a 20-dimensional bowl with curvatures from 1 to 1,000, along the
    axes and turned at random; six rates for each. RMSProp on the turned one only."""

    def fewest(key: str, rates: np.ndarray, turned: bool) -> tuple[int, float]:
        return min((steps_needed(key, lr, turned), lr) for lr in rates)

    rates = np.geomspace(3e-2, 10, 6)
    straight, rate = fewest("adam", rates, turned=False)
    best, same = fewest("adam", rates, turned=True)[0], steps_needed("adam", rate, turned=True)
    momentum = [fewest("momentum", rates / 100, turned)[0] for turned in (False, True)]
    rmsprop = fewest("rmsprop", rates / 10, turned=True)[0]
    return Finding(
        FAILS if same < 1.2 * straight else PARTLY if best < 1.5 * straight else HOLDS,
        f"{straight} steps; turned, {'over 300' if same > 300 else same} at the same rate and {best} at the best; "
        f"momentum {momentum[0]} and {momentum[1]}; "
        f"RMSProp turned {'over 300' if rmsprop > 300 else rmsprop} at the best",
        {"straight": straight, "same": same, "best": best, "momentum": momentum[1], "rmsprop": rmsprop},
    )


@claim("Tuned, it gains nothing clear over tuned momentum or RMSProp", CON, about="adam")
def no_gain() -> Finding:
    """Digits network, 200 steps of 64 records; four rates for each rule, half a decade apart, the rate with the
    lowest training loss of three seeds; test accuracy of five seeds there."""
    data, net = network()
    accuracy = {}
    for key, largest in (("momentum", 0.3), ("rmsprop", 0.03), ("adam", 0.1)):
        rates = [largest * 10 ** (-k / 2) for k in range(4)]
        best, runs = tuned(net, key, rates, 3, steps=200)
        runs += [final(net, key, best, seed, steps=200) for seed in (3, 4)]
        accuracy[key] = np.array([net.accuracy(params, data.x_test, data.y_test) for params, _ in runs])
    mean = {key: float(seeds.mean()) for key, seeds in accuracy.items()}
    overlap = accuracy["adam"].min() < max(accuracy["momentum"].max(), accuracy["rmsprop"].max())
    return Finding(
        HOLDS if overlap else FAILS,
        "; ".join(
            f"{RULES[key].name} {seeds.mean():.1%} ({seeds.min():.1%} to {seeds.max():.1%})"
            for key, seeds in accuracy.items()
        ),
        mean,
    )


def path_of(gradients: Iterable[float], key: str = "adam", **hyperparameters: Any) -> np.ndarray:
    """The path of one parameter that meets these gradients, from 0, at a rate of 1."""
    p, path = np.zeros(1), [0.0]
    optimizer = Optimizer.of(RULES[key])(p, lr=1.0, **hyperparameters)
    for g in gradients:
        optimizer.step(np.array([g]))
        path.append(float(p[0]))
    return np.array(path)


@claim(
    "No step is longer than the learning rate",
    PRO,
    about="adam",
    verdict=FAILS,
    conditions="true of the first step and typical of the others; the bound is $7.27\\,\\eta$",
)
def bounded() -> Finding:
    """The longest step, in units of the rate: after a long silence, for gradients that grow by 11% a step, and
    among all steps of the digits network in 300 steps at the defaults."""
    silence = np.abs(np.diff(path_of(np.append(np.zeros(5000), 1.0)))).max()
    growing = np.abs(np.diff(path_of((0.999 / 0.9) ** (np.arange(2000) - 2000.0), eps=0))).max()
    _, net = network()
    path = minimize(net, Optimizer.of(RULES["adam"]), steps=300, batch_size=64)
    training = np.abs(np.diff(path.points, axis=0)).max() / 0.001
    return Finding(
        FAILS if max(silence, growing, training) > 1.1 else HOLDS,
        f"longest step after silence {silence:.2f}, growing gradients {growing:.2f} (2,000 steps), "
        f"training {training:.2f}",
        {"silence": float(silence), "growing": float(growing), "training": float(training)},
    )


@claim(
    "A single huge gradient does little harm",
    PRO,
    about="adam",
    verdict=PARTLY,
    conditions="the leap is bounded, but $v$ remembers: the steps after it are short for thousands of steps",
)
def outlier() -> Finding:
    """A constant gradient of 1 with one of −1,000 at step 2,000: how far back it throws the parameter, and how long
    until steps have half their length again."""
    gradients = np.ones(10_000)
    gradients[1999] = -1000
    path = -path_of(gradients)
    back = path[1999] - path[1999:].min()
    steps = np.diff(path)
    slow = int(np.flatnonzero(steps < 0.5)[-1]) + 1 - 1999
    return Finding(
        HOLDS if back < 100 and slow < 100 else PARTLY if back < 100 else FAILS,
        f"thrown back by {back:.0f} $\\eta$, where SGD goes back by 1,000 of its steps; half speed again after "
        f"{slow:,} steps",
        {"back": float(back), "slow": slow},
    )
