"""The bowl whose axes are those of its matrices' singular vectors, and what a step of a matrix rule computes."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import numpy as np

from ..minimize import Trajectory, batches
from ..rules import RULES
from .runs import descend, falling, loss, model
from .tuning import least
from .walks import made, walk

#: The rates that every method is given to choose from on the bowl: four a decade, with the best of each inside.
RATES = 10.0 ** np.arange(-1, 2.1, 0.25)
STEPS = 200
#: The rules of the chapter's figure.
SHOWN = ("adagrad", "shampoo", "adam", "soap", "muon")
#: No decay of weights for anyone, as Adam and Shampoo have none.
PLAIN: dict[str, dict[str, Any]] = {"soap": {"weight_decay": 0}, "muon": {"weight_decay": 0}}
_ADAMS: dict[str, Any] = {"beta1": 0.9, "beta2": 0.999}


def rotation(n: int, seed: int) -> np.ndarray:
    """A random orthogonal matrix."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


class MatrixBowl:
    """½‖A(W - W*)B‖² for a square W: the gradient is AᵀA(W - W*)BBᵀ, the Hessian a Kronecker product.

    AᵀA and BBᵀ have the eigenvalues 1 to 1/condition. Their eigenvectors are the axes, or are turned.
    target: the seed of W*.
    """

    def __init__(self, turned: bool, target: int = 0, n: int = 20, condition: float = 100):
        self.left: np.ndarray = rotation(n, 1) if turned else np.eye(n)
        self.right: np.ndarray = rotation(n, 2) if turned else np.eye(n)
        curvatures = condition ** -np.linspace(0, 1, n)
        self.rows, self.columns = (q * curvatures @ q.T for q in (self.left, self.right))
        self.target = self.left @ np.random.default_rng(target).normal(size=(n, n)) @ self.right.T
        self.start = np.zeros((n, n))

    def value(self, W: np.ndarray) -> float:
        return float(((W - self.target) * self.gradient(W)).sum() / 2)

    def gradient(self, W: np.ndarray) -> np.ndarray:
        return self.rows @ (W - self.target) @ self.columns


@cache
def descent(key: str, turned: bool, lr: float, adams: bool = False, target: int = 0) -> Trajectory:
    """200 steps on the bowl, the rate falling; `adams`: with Adam's β₁ and β₂."""
    hyper = PLAIN.get(key, {}) | (_ADAMS if adams else {})
    rate = falling(lr, STEPS)
    return descend(MatrixBowl(turned, target), key, rate, steps=STEPS, batch_size=None, record_every=10, **hyper)


@cache
def best(key: str, turned: bool, adams: bool = False, target: int = 0) -> Trajectory:
    """The one of the rates that ends lowest; it lies inside the grid."""
    paths = [descent(key, turned, lr, adams, target) for lr in RATES]
    return paths[least([loss(path) for path in paths], RATES)]


def left_over(key: str, turned: bool, adams: bool = False, target: int = 0) -> float:
    """The share of the loss that 200 steps leave, at the best rate."""
    values = best(key, turned, adams, target).values
    return float(values[-1] / values[0])


@cache
def one_layer() -> dict[str, np.ndarray]:
    """The first layer of the digits' network after 50 steps of Adam: its gradient, Adam's next step, and Muon's."""
    problem, drawn = model("network"), batches(model("network").n_samples, 64, 0)
    params = problem.start(0)
    adam = made("adam", params, lr=0.01)
    for _ in range(50):
        adam.step(problem.gradient(params, next(drawn)))
    before, g = params["W1"].copy(), problem.gradient(params, next(drawn))
    adam.step(g)
    step = walk("muon", [g["W1"]], lr=1.0, weight_decay=0)[1]
    return {"gradient": g["W1"], "Adam's step": before - params["W1"], "Muon's step": step}


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
