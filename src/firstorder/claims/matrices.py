"""Claims about the rules of matrices, and the bowl whose axes are those of its matrices' singular vectors."""

import inspect
from functools import cache
from typing import Any

import numpy as np

from ..minimize import Trajectory, minimize
from ..optimizer import Optimizer
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, falling, model

#: The rates that every method is given to choose from on the bowl, and on the digits.
RATES, NETWORK_RATES = 10.0 ** np.arange(-2.5, 1.1, 0.5), 10.0 ** np.arange(-2, 0.1, 0.5)
STEPS, NETWORK_STEPS = 200, 100
MATRIX = ("shampoo", "soap", "muon")
#: No decay of weights for anyone, as Adam and Shampoo have none.
PLAIN: dict[str, dict[str, Any]] = {"soap": {"weight_decay": 0}, "muon": {"weight_decay": 0}}
ADAMS: dict[str, Any] = {"beta1": 0.9, "beta2": 0.999}


def rotation(n: int, seed: int) -> np.ndarray:
    """A random orthogonal matrix."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


class MatrixBowl:
    """½‖A(W - W*)B‖² for a square W: the gradient is AᵀA(W - W*)BBᵀ, the Hessian a Kronecker product.

    AᵀA and BBᵀ have the eigenvalues 1 to 1/condition. Their eigenvectors are the axes, or are turned.
    """

    def __init__(self, turned: bool, n: int = 20, condition: float = 100):
        self.left: np.ndarray = rotation(n, 1) if turned else np.eye(n)
        self.right: np.ndarray = rotation(n, 2) if turned else np.eye(n)
        curvatures = condition ** -np.linspace(0, 1, n)
        self.rows, self.columns = (q * curvatures @ q.T for q in (self.left, self.right))
        self.target = self.left @ np.random.default_rng(0).normal(size=(n, n)) @ self.right.T
        self.start = np.zeros((n, n))

    def value(self, W: np.ndarray) -> float:
        return float(((W - self.target) * self.gradient(W)).sum() / 2)

    def gradient(self, W: np.ndarray) -> np.ndarray:
        return self.rows @ (W - self.target) @ self.columns


@cache
def descent(key: str, turned: bool, lr: float, adams: bool = False) -> Trajectory:
    """200 steps on the bowl, the rate falling; `adams`: with Adam's β₁ and β₂."""
    options = PLAIN.get(key, {}) | (ADAMS if adams else {})
    return minimize(
        MatrixBowl(turned), Optimizer.of(RULES[key]), steps=STEPS, lr=falling(lr, STEPS), record_every=10, **options
    )


def best(key: str, turned: bool, adams: bool = False) -> Trajectory:
    """The one of eight rates that ends lowest."""
    return min(
        (descent(key, turned, lr, adams) for lr in RATES), key=lambda path: np.nan_to_num(path.values[-1], nan=np.inf)
    )


def left_over(key: str, turned: bool, adams: bool = False) -> float:
    """The share of the loss that 200 steps leave, at the best of eight rates."""
    values = best(key, turned, adams).values
    return float(values[-1] / values[0])


def apart(key: str, steps: int = 100) -> float:
    """How far a path's end on the turned bowl, turned back, is from that on the straight one; a share of the way."""
    ends = []
    for turned in (False, True):
        bowl = MatrixBowl(turned)
        end = minimize(bowl, Optimizer.of(RULES[key]), steps=steps, lr=0.1, record_every=steps, **PLAIN.get(key, {}))
        ends.append(bowl.left.T @ end.params @ bowl.right)
    return float(np.linalg.norm(ends[1] - ends[0]) / np.linalg.norm(ends[0]))


@claim(
    "Muon makes all singular values of a step equal to 1",
    PRO,
    about="muon",
    source="jordan2024muon",
    verdict=PARTLY,
    conditions="they end between 0.68 and 1.21, and only those above about 1/500 of the matrix's norm do",
)
def equal_singular_values() -> Finding:
    """The first step of Muon for 64×32 gradients with singular values from 1 down to a millionth, ten turned at random:
    the singular values of the step."""
    sizes = np.logspace(0, -6, 32)
    large = sizes / np.linalg.norm(sizes) > 1 / 500
    steps = []
    for seed in range(10):
        g = rotation(64, seed)[:, :32] * sizes @ rotation(32, 100 + seed).T
        p = np.zeros_like(g)
        Optimizer.of(RULES["muon"])(p, lr=1, weight_decay=0).step(g)
        steps.append(np.linalg.svd(p / 2**0.5, compute_uv=False))  # √(64 / 32) is Muon's factor for the shape
    found = np.sort(steps)[:, ::-1]
    # A polynomial with a bounded slope keeps the small ones smallest, so sorting keeps the two groups.
    kept, lost = found[:, : large.sum()], found[:, large.sum() :]
    near = kept.min() > 0.68 and kept.max() < 1.21
    return Finding(
        HOLDS if abs(found - 1).max() < 0.01 else PARTLY if near else FAILS,
        f"{large.sum()} of 32, above 1/500: {kept.min():.2f} to {kept.max():.2f}; the others down to {lost.min():.0e}",
        {"low": kept.min(), "high": kept.max(), "large": float(large.sum()), "smallest": lost.min()},
    )


@claim("A rotation of the axes makes no difference to them, as it does to Adam", PRO, about=MATRIX)
def rotations() -> Finding:
    """The bowl with its rows and columns turned at random, 100 steps at the rate 0.1: the path's end, turned back,
    against the end on the straight bowl."""
    distance = {key: apart(key) for key in (*MATRIX, "adam")}
    same = max(distance[key] for key in MATRIX)
    return Finding(
        HOLDS if same < 1e-6 and distance["adam"] > 0.01 else PARTLY if same < 0.01 else FAILS,
        f"ends apart, as a share of the way: at most {same:.0e} (Adam {distance['adam']:.2f})",
        {**distance},
    )


@claim(
    "On a badly conditioned matrix problem they get much further than Adam in the same number of steps",
    PRO,
    about=MATRIX,
    source=("gupta2018shampoo", "vyas2024soap"),
    verdict=PARTLY,
    conditions="if its axes are turned; where they are those of the elements, Adam is well ahead",
)
def conditioning() -> Finding:
    """The bowl of condition number 10,000, straight and turned; 200 steps with a rate that falls linearly, the best of
    eight rates for each. What share of the loss is left?"""
    left = {(key, turned): left_over(key, turned) for key in (*MATRIX, "adam") for turned in (False, True)}
    ahead = {turned: max(left[key, turned] for key in MATRIX) < left["adam", turned] / 10 for turned in (False, True)}
    numbers = ", ".join(f"{RULES[key].name} {left[key, True]:.0e}" for key in (*MATRIX, "adam"))
    return Finding(
        HOLDS if all(ahead.values()) else PARTLY if ahead[True] else FAILS,
        f"turned: {numbers}; straight: Adam {left['adam', False]:.0e}, the others as before",
        {f"{key}_{'turned' if turned else 'straight'}": value for (key, turned), value in left.items()},
    )


def trained(part: str, key: str, lr: float, seed: int) -> Trajectory:
    rate, hyper = falling(lr, NETWORK_STEPS), PLAIN.get(key, {})
    return descend(model("network", part), key, rate, seed, steps=NETWORK_STEPS, **hyper)


@cache
def race(key: str) -> tuple[float, np.ndarray, np.ndarray]:
    """(rate, training losses, test accuracies) of five seeds; the rate has the least held-out loss of a sixth."""
    held_out = model("network", "held out")
    losses = [held_out.value(trained("fit", key, lr, seed=6).params) for lr in NETWORK_RATES]
    lr = float(NETWORK_RATES[int(np.nanargmin(losses))])
    runs = [trained("all", key, lr, seed) for seed in range(1, 6)]
    accuracies = [model("network", "test").accuracy(run.params) for run in runs]
    return lr, np.array([run.values[-1] for run in runs]), np.array(accuracies)


@claim(
    "They train a network better than Adam in the same number of steps",
    PRO,
    about=("soap", "muon"),
    source=("vyas2024soap", "jordan2024muon"),
    verdict=PARTLY,
    conditions="the training loss is far lower at every seed; of the test accuracy, momentum reaches most or all",
)
def digits_network() -> Finding:
    """A network 64-32-10 on the digits, 100 steps with batches of 64 and a rate that falls linearly. Rates tuned on
    held-out loss, among five for each method; five other seeds with all training images."""
    runs = {key: race(key) for key in ("soap", "muon", "adam", "momentum")}
    loss = {key: run[1] for key, run in runs.items()}
    accuracy = {key: 100 * run[2] for key, run in runs.items()}
    faster = all((loss[key] < loss["adam"]).all() for key in ("soap", "muon"))
    rival = max(accuracy["adam"].mean(), accuracy["momentum"].mean())
    better = min(accuracy[key].mean() for key in ("soap", "muon")) > rival + 1
    names = ", ".join(
        f"{RULES[key].name} {loss[key].mean():.3f} and {accuracy[key].mean():.1f}%" for key in ("soap", "muon", "adam")
    )
    return Finding(
        HOLDS if faster and better else PARTLY if faster else FAILS,
        f"training loss and test accuracy: {names}, Momentum {loss['momentum'].mean():.3f} and "
        f"{accuracy['momentum'].mean():.1f}%",
        {f"{key}_loss": loss[key].mean() for key in runs} | {f"{key}_accuracy": accuracy[key].mean() for key in runs},
    )


def exact_muon(lr: float) -> float:
    """What 200 steps of Muon with exact singular vectors leave of the loss on the turned bowl."""
    bowl, rate = MatrixBowl(True), falling(lr, STEPS)
    W, m = bowl.start.copy(), np.zeros_like(bowl.start)
    for t in range(1, STEPS + 1):
        g = bowl.gradient(W)
        m = 0.95 * m + 0.05 * g
        u, _, vt = np.linalg.svd(0.95 * m + 0.05 * g)
        W -= rate(t) * u @ vt
    return bowl.value(W) / bowl.value(bowl.start)


@claim("Five Newton–Schulz steps serve as well as exact singular vectors", PRO, about="muon", source="jordan2024muon")
def newton_schulz() -> Finding:
    """The turned bowl, 200 steps with a rate that falls linearly, the best of eight rates: Muon, and Muon with a
    singular value decomposition in the place of its five steps."""
    five, exact = left_over("muon", True), min(exact_muon(lr) for lr in RATES)
    return Finding(
        HOLDS if five < 2 * exact else PARTLY if five < 10 * exact else FAILS,
        f"of the loss {five:.1e} is left, with exact singular vectors {exact:.1e}",
        {"five": five, "exact": exact},
    )


class _Counted(np.ndarray):
    """An array that counts the multiplications in its products of matrices, and notes decompositions."""

    multiplications = 0
    decompositions = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [np.asarray(x) if isinstance(x, np.ndarray) else x for x in inputs]
        if ufunc is np.matmul:
            _Counted.multiplications += plain[0].size * plain[1].shape[1]
        options.pop("out", None)
        found = getattr(ufunc, method)(*plain, **options)
        return found.view(_Counted) if isinstance(found, np.ndarray) else found

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function in (np.linalg.eigh, np.linalg.qr):
            _Counted.decompositions += 1
        return super().__array_function__(function, types, args, options)


def work(key: str, n: int = 64, steps: int = 11) -> tuple[float, float]:
    """(n³ multiplications in matrix products, decompositions) a step, for an n×n matrix, from step 2 to step 11."""
    rule, rng = RULES[key], np.random.default_rng(0)
    values = {name: value for name, value in rule.hyperparameters.items() if value is not None}
    p = np.zeros((n, n)).view(_Counted)
    state = [np.asarray(rule.initial_value(name, p, values) + np.zeros(1)).view(_Counted) for name in rule.state]
    for t in range(1, steps + 1):
        if t == 2:
            _Counted.multiplications = _Counted.decompositions = 0
        timed = {"t": t} if "t" in inspect.signature(rule.function).parameters else {}
        p, *state = rule.function(p, rng.normal(size=(n, n)).view(_Counted), *state, **timed, **values)
    return _Counted.multiplications / n**3 / (steps - 1), _Counted.decompositions / (steps - 1)


def numbers(key: str, shape: tuple[int, int] = (64, 32)) -> int:
    """How many numbers of state a matrix has."""
    opt = Optimizer.of(RULES[key])(np.zeros(shape))
    return sum(array.size for array in opt.state.values())


@claim("A step costs far more than Adam's, and with small batches more than the gradient", CON, about=MATRIX)
def costs() -> Finding:
    """A 64×64 matrix: the multiplications of a step's matrix products, counted as it runs, and its decompositions.
    A layer's gradient takes three products with the batch, here of 64 examples. Adam has no products of matrices."""
    found = {key: work(key) for key in MATRIX}
    gradient = 3.0
    listed = ", ".join(f"{RULES[key].name} {n:.1f} and {d:.1f}" for key, (n, d) in found.items())
    return Finding(
        HOLDS if min(n for n, _ in found.values()) > gradient else FAILS,
        f"multiplications in units of 64³, and decompositions: {listed}; the gradient {gradient:.0f}",
        {key: n for key, (n, _) in found.items()} | {f"{key}_decompositions": d for key, (_, d) in found.items()},
    )


@claim(
    "They need more memory than Adam",
    CON,
    about=MATRIX,
    verdict=PARTLY,
    conditions="Shampoo and SOAP, whose matrices have the squares of both sides; Muon needs half of Adam's",
)
def memory() -> Finding:
    """The numbers of state for a 64×32 matrix."""
    found = {key: numbers(key) for key in (*MATRIX, "adam")}
    more = {key for key in MATRIX if found[key] > found["adam"]}
    return Finding(
        HOLDS if more == set(MATRIX) else PARTLY if more else FAILS,
        ", ".join(f"{RULES[key].name} {n:,}" for key, n in found.items()),
        {**found},
    )
