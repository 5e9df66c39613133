"""Make goldens.npz: what other libraries do with fixed gradients, in float64, step by step.

    python tests/goldens/make.py            writes goldens.npz beside this file
    python tests/goldens/make.py --check    makes it again and compares with the one that is stored

Needs requirements.txt beside this file and, on purpose, nothing of the package. Each case gives its
hyperparameters twice, in the library's words and under our names; that the pair means the same is what the
tests check. Where the library is called with none, the statement is that its defaults are ours.

A case that `departs` is of a library that does otherwise than the paper it names; the tests say how.
"""

import argparse
import json
import operator
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import jax
import numpy as np
import optax
import optimi
import pytorch_optimizer
import torch

FILE = Path(__file__).with_name("goldens.npz")
SEED = 20150507
SHAPES = [(), (3,), (2, 3)]
STEPS = 24
LR_CHANGE = 13  # the first step taken with the new learning rate
# Another processor may fuse a multiply with an add, or round a vectorised root, otherwise; nothing larger is
# excused.
TOLERANCE = 1e-13

Arrays = list[np.ndarray]
Run = Iterator[tuple[Arrays, dict[str, Arrays]]]  # parameters and state by our names, after each step
# Where a library keeps a state of ours: the key of its tensor, or a function of (optimizer, parameter, step).
Buffer = str | Callable[[torch.optim.Optimizer, torch.Tensor, int], torch.Tensor | float]
LIBRARIES = ("torch", "optax", "pytorch_optimizer", "torch-optimi", "jax", "numpy")


def problem() -> tuple[Arrays, list[Arrays]]:
    """Start and gradients: normal, each element on its own scale; step 5 and the last element are zeros."""
    random = np.random.default_rng(SEED)
    start = [np.asarray(random.normal(size=shape)) for shape in SHAPES]
    scales = [10.0 ** random.uniform(-3, 1, size=shape) for shape in SHAPES]
    gradients = []
    for step in range(1, STEPS + 1):
        gradient = [np.asarray(random.normal(size=np.shape(scale)) * scale) for scale in scales]
        gradient[-1][-1, -1] = 0.0
        gradients.append([np.zeros_like(g) for g in gradient] if step == 5 else gradient)
    return start, gradients


def run_torch(make: type, arguments: dict, buffers: dict[str, Buffer], new_lr: float) -> Run:
    """An optimizer of PyTorch's kind; `buffers` says which of its state goes by which of our names."""
    start, gradients = problem()
    params = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in start]
    optimizer = make(params, **arguments)
    for step, gradient in enumerate(gradients, start=1):
        if step == LR_CHANGE:
            optimizer.param_groups[0]["lr"] = new_lr
        for p, g in zip(params, gradient, strict=True):
            p.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()

        def read(p: torch.Tensor, buffer: Buffer, step: int = step) -> np.ndarray:
            kept = optimizer.state[p][buffer] if isinstance(buffer, str) else buffer(optimizer, p, step)
            return np.broadcast_to(torch.as_tensor(kept).numpy(), p.shape).copy()  # a scalar state, to each element

        yield (
            [p.detach().numpy().copy() for p in params],
            {our: [read(p, their) for p in params] for our, their in buffers.items()},
        )


def run_optax(name: str, arguments: dict, trees: dict[str, str], lr: float, new_lr: float) -> Run:
    """optax.<name>; `trees` says which field of its state goes by which of our names (scalars by their field)."""
    start, gradients = problem()
    # optax counts steps from 0.

    def schedule(count: int) -> jax.Array:
        return jax.numpy.where(count + 1 < LR_CHANGE, lr, new_lr)

    transform = operator.attrgetter(name)(optax)(lr if name == "rprop" else schedule, **arguments)
    params = [jax.numpy.asarray(p) for p in start]
    state = transform.init(params)
    for gradient in gradients:
        updates, state = transform.update([jax.numpy.asarray(g) for g in gradient], state, params)
        params = optax.apply_updates(params, updates)
        fields = {our: optax.tree_utils.tree_get(state, their) for our, their in trees.items()}
        yield (
            [np.asarray(p) for p in params],
            {our: [np.asarray(array) for array in arrays] for our, arrays in fields.items()},
        )


def spell(function: str, first: object, **arguments: object) -> str:
    words = [f"{name}={getattr(value, '__name__', value)}" for name, value in arguments.items()]
    return f"{function}({', '.join([str(first), *words])})"


def torch_cases() -> Iterator[tuple[dict, Run]]:
    def case(
        rule: str, name: str, buffers: dict[str, str], new_lr: float, theirs: dict, ours: dict | None = None
    ) -> tuple[dict, Run]:
        about = {
            "rule": rule,
            "call": spell(f"torch.optim.{name}", "params", **theirs),
            "hyperparameters": theirs if ours is None else ours,
            "lr_changes": {LR_CHANGE: new_lr},
            "states": list(buffers),
        }
        return about, run_torch(getattr(torch.optim, name), theirs, buffers, new_lr)

    yield case("sgd", "SGD", {}, 1e-2, {})
    yield case("sgd", "SGD", {}, 0.03, {"lr": 0.2})
    for rule, nesterov in (("momentum", {}), ("nesterov", {"nesterov": True})):
        b = {"b": "momentum_buffer"}
        yield case(rule, "SGD", b, 1e-2, {"momentum": 0.9} | nesterov, {})
        yield case(rule, "SGD", b, 0.01, {"lr": 0.05, "momentum": 0.7} | nesterov, {"lr": 0.05, "momentum": 0.7})
    yield case("adagrad", "Adagrad", {"G": "sum"}, 1e-3, {})
    yield case("adagrad", "Adagrad", {"G": "sum"}, 0.5, {"initial_accumulator_value": 0.1})
    yield case("adagrad", "Adagrad", {"G": "sum"}, 0.1, {"lr": 0.5, "eps": 1e-3, "initial_accumulator_value": 0.02})
    yield case("rmsprop", "RMSprop", {"v": "square_avg"}, 1e-3, {})
    yield case("rmsprop", "RMSprop", {"v": "square_avg"}, 0.2, {"lr": 0.05, "alpha": 0.8, "eps": 1e-2})
    centered = {"v": "square_avg", "a": "grad_avg"}
    yield case("centered_rmsprop", "RMSprop", centered, 1e-3, {"centered": True}, {})
    hyper = {"lr": 0.05, "alpha": 0.8, "eps": 1e-2}
    yield case("centered_rmsprop", "RMSprop", centered, 0.2, hyper | {"centered": True}, hyper)
    yield case("adadelta", "Adadelta", {"v": "square_avg", "d": "acc_delta"}, 0.1, {})
    hyper = {"lr": 0.5, "rho": 0.7, "eps": 1e-3}
    yield case("adadelta", "Adadelta", {"v": "square_avg", "d": "acc_delta"}, 2.0, hyper)
    moments = {"m": "exp_avg", "v": "exp_avg_sq"}
    hyper = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 1e-2}
    betas = {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-2}
    for rule, name in (("adam", "Adam"), ("adamw", "AdamW")):
        yield case(rule, name, moments, 1e-2, {})
        yield case(rule, name, moments, 0.01, {"betas": (0.0, 0.5)}, {"beta1": 0.0, "beta2": 0.5})
        decay = {"weight_decay": 0.3} if rule == "adamw" else {}
        yield case(rule, name, moments, 0.2, betas | decay, hyper | decay)

    b = {"b": "momentum_buffer"}
    yield case("dampened_momentum", "SGD", b, 1e-2, {"momentum": 0.9, "dampening": 0.9}, {})
    yield case("dampened_momentum", "SGD", b, 0.01, {"lr": 0.05, "momentum": 0.7, "dampening": 0.3})
    sums = {"v": "square_avg", "b": "momentum_buffer"}
    yield case("rmsprop_momentum", "RMSprop", sums, 1e-3, {"momentum": 0.9}, {})
    yield case("rmsprop_momentum", "RMSprop", sums, 0.2, {"lr": 0.05, "alpha": 0.8, "eps": 1e-2, "momentum": 0.6})
    steps = {"g_previous": "prev", "s": "step_size"}
    yield case("rprop", "Rprop", steps, 1e-3, {})
    factors = {"lr": 0.05, "etas": (0.3, 1.4), "step_sizes": (0.01, 0.1)}
    ours = {"lr": 0.05, "etaminus": 0.3, "etaplus": 1.4, "step_min": 0.01, "step_max": 0.1}
    yield case("rprop", "Rprop", steps, 0.2, factors, ours)
    yield case("adamax", "Adamax", {"m": "exp_avg", "u": "exp_inf"}, 1e-2, {})
    yield case("adamax", "Adamax", {"m": "exp_avg", "u": "exp_inf"}, 0.2, betas, hyper)
    largest = moments | {"v_max": "max_exp_avg_sq"}
    yield case("amsgrad", "Adam", largest, 1e-2, {"amsgrad": True}, {})
    yield case("amsgrad", "Adam", largest, 0.2, betas | {"amsgrad": True}, hyper)
    product = moments | {"mu_product": "mu_product"}
    yield case("nadam", "NAdam", product, 1e-2, {})
    yield case("nadam", "NAdam", product, 0.2, betas | {"momentum_decay": 0.3}, hyper | {"momentum_decay": 0.3})
    yield case("radam", "RAdam", moments, 1e-2, {})
    yield case("radam", "RAdam", moments, 0.2, betas, hyper)


def optax_cases() -> Iterator[tuple[dict, Run]]:
    """Where the conventions agree: AdaGrad at ε = 0, RMSProp with ε outside its root, the others as is."""

    def case(rule: str, name: str, trees: dict[str, str], new_lr: float, ours: dict, theirs: dict) -> tuple[dict, Run]:
        about = {
            "rule": rule,
            "call": spell(f"optax.{name}", ours["lr"], **theirs),
            "hyperparameters": ours,
            "lr_changes": {LR_CHANGE: new_lr},
            "states": list(trees),
        }
        return about, run_optax(name, theirs, trees, ours["lr"], new_lr)

    yield case("sgd", "sgd", {}, 0.03, {"lr": 0.2}, {})
    hyper = {"lr": 0.05, "momentum": 0.7}
    yield case("momentum", "sgd", {"b": "trace"}, 0.01, hyper, {"momentum": 0.7})
    yield case("nesterov", "sgd", {"b": "trace"}, 0.01, hyper, {"momentum": 0.7, "nesterov": True})
    accumulator = {"initial_accumulator_value": 0.1, "eps": 0.0}
    yield case("adagrad", "adagrad", {"G": "sum_of_squares"}, 0.1, {"lr": 0.5} | accumulator, accumulator)
    hyper = {"lr": 0.05, "alpha": 0.8, "eps": 1e-2}
    mean_square = {"decay": 0.8, "eps": 1e-2, "eps_in_sqrt": False}
    yield case("rmsprop", "rmsprop", {"v": "nu"}, 0.2, hyper, mean_square)
    variance = mean_square | {"centered": True}
    yield case("centered_rmsprop", "rmsprop", {"v": "nu", "a": "mu"}, 0.2, hyper, variance)
    moving = {"rho": 0.7, "eps": 1e-3}
    yield case("adadelta", "adadelta", {"v": "e_g", "d": "e_x"}, 2.0, {"lr": 0.5} | moving, moving)
    hyper = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 1e-2}
    betas = {"b1": 0.7, "b2": 0.9, "eps": 1e-2}
    moments = {"m": "mu", "v": "nu"}
    yield case("adam", "adam", moments, 0.01, {"lr": 0.2}, {})
    yield case("adam", "adam", moments, 0.2, hyper, betas)
    decay = {"weight_decay": 0.3}
    yield case("adamw", "adamw", moments, 0.2, hyper | decay, betas | decay)
    yield case("signsgd", "sign_sgd", {}, 0.03, {"lr": 0.2}, {})
    yield case("signum", "signum", {"m": "ema"}, 0.03, {"lr": 0.2, "momentum": 0.7}, {"beta": 0.7})
    yield case("lion", "lion", {"m": "mu"}, 0.03, {"lr": 0.2}, {})
    evolved = {"b1": 0.6, "b2": 0.9, "weight_decay": 0.3}
    ours = {"lr": 0.2, "beta1": 0.6, "beta2": 0.9, "weight_decay": 0.3}
    yield case("lion", "lion", {"m": "mu"}, 0.03, ours, evolved)
    yield case("adamax", "adamax", {"m": "mu", "u": "nu"}, 0.2, hyper, betas)
    yield case("amsgrad_corrected", "amsgrad", moments | {"v_max": "nu_max"}, 0.01, {"lr": 0.2}, {})
    yield case("amsgrad_corrected", "amsgrad", moments | {"v_max": "nu_max"}, 0.2, hyper, betas)
    yield case("nadam_constant", "nadam", moments, 0.01, {"lr": 0.2}, {})
    yield case("nadam_constant", "nadam", moments, 0.2, hyper, betas)
    yield case("yogi", "yogi", moments, 0.2, hyper, betas)
    yield case("adabelief", "adabelief", {"m": "mu", "s": "nu"}, 0.01, {"lr": 0.2}, {})
    yield case("adabelief", "adabelief", {"m": "mu", "s": "nu"}, 0.2, hyper, betas | {"eps_root": 1e-2})
    slow = {"m1": "m1", "m2": "m2", "v": "nu"}
    ours = hyper | {"beta3": 0.95, "mixing": 3.0}
    yield case("ademamix", "contrib.ademamix", slow, 0.2, ours, betas | {"b3": 0.95, "alpha": 3.0})
    yield case("adopt", "contrib.adopt", moments, 0.01, {"lr": 0.2}, {})
    yield case("adopt", "contrib.adopt", moments, 0.2, hyper, betas)


def times(key: str, correction: Callable[[int], float]) -> Buffer:
    """A moment that the library keeps corrected, with its correction undone."""
    return lambda optimizer, p, step: optimizer.state[p][key] * correction(step)


def of_group(key: str) -> Buffer:
    return lambda optimizer, p, step: optimizer.param_groups[0][key]


def quarter_power_of_earlier_steps(step: int) -> float:
    return (step - 1) ** 0.25


def without_eps_of_its_own(make: type) -> type:
    """The class without the 1e-15 it adds to second moments: an argument of methods, which no constructor passes on."""
    methods = ("apply_ams_bound", "apply_ams_bound_foreach")
    given = {name: staticmethod(partial(getattr(make, name), exp_avg_sq_eps=0.0)) for name in methods}
    return type(make.__name__, (make,), {"__module__": make.__module__} | given)


class QHAdam(pytorch_optimizer.QHAdam):
    """With the weights that it keeps in float32, whatever the parameters' dtype, in float64."""

    __module__ = "pytorch_optimizer"

    def init_group(self, group: dict, **_: object) -> None:
        super().init_group(group)
        for p in group["params"]:
            self.state[p] |= {key: self.state[p][key].double() for key in ("beta1_weight", "beta2_weight")}


def other_cases() -> Iterator[tuple[dict, Run]]:
    """pytorch_optimizer, for what neither torch nor optax has, and optimi for its fully decoupled decay."""

    def case(
        rule: str,
        make: type,
        buffers: dict[str, Buffer],
        new_lr: float,
        theirs: dict,
        ours: dict | None = None,
        note: str = "",
    ) -> tuple[dict, Run]:
        about = {
            "rule": rule,
            "call": spell(f"{make.__module__.partition('.')[0]}.{make.__name__}", "params", **theirs) + note,
            "hyperparameters": theirs if ours is None else ours,
            "lr_changes": {LR_CHANGE: new_lr},
            "states": list(buffers),
        }
        return about, run_torch(make, theirs, buffers, new_lr)

    peer = pytorch_optimizer
    yield case("signsgd", peer.SignSGD, {}, 0.03, {"momentum": 0.0}, {})
    yield case("signum", peer.SignSGD, {"m": "momentum_buffer"}, 0.03, {})

    def balls(*momenta: float) -> dict[str, Buffer]:
        def ball(momentum: float) -> Buffer:
            return lambda optimizer, p, step: optimizer.state[p]["momentum_buffer"][momentum]

        return {f"b{k}": ball(momentum) for k, momentum in enumerate(momenta, start=1)}

    yield case("aggmo", peer.AggMo, balls(0.0, 0.9, 0.99), 1e-2, {})
    ours = {"lr": 0.05, "momentum1": 0.3, "momentum2": 0.6, "momentum3": 0.8}
    yield case("aggmo", peer.AggMo, balls(0.3, 0.6, 0.8), 0.01, {"lr": 0.05, "betas": (0.3, 0.6, 0.8)}, ours)
    b = {"b": "momentum_buffer"}
    yield case("qhm", peer.QHM, b, 1e-2, {"momentum": 0.999, "nu": 0.7}, {})
    yield case("qhm", peer.QHM, b, 0.01, {"lr": 0.05, "momentum": 0.8, "nu": 0.4})

    hyper = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 1e-2}
    betas = {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-2}
    moments = {"m": "exp_avg", "v": "exp_avg_sq"}

    def corrected(beta1: float, beta2: float) -> dict[str, Buffer]:
        return {
            "m": times("exp_avg", lambda step: 1 - beta1**step),
            "v": times("exp_avg_sq", lambda step: 1 - beta2**step),
        }

    recommended = {"betas": (0.995, 0.999), "nus": (0.7, 1.0)}
    note = ", its weights in float64"
    yield case("qhadam", QHAdam, corrected(0.995, 0.999), 1e-2, recommended, {}, note)
    ours = hyper | {"nu1": 0.6, "nu2": 0.8}
    yield case("qhadam", QHAdam, corrected(0.7, 0.9), 0.2, betas | {"nus": (0.6, 0.8)}, ours, note)
    yield case("grams", peer.Grams, moments, 1e-2, {})
    yield case("grams", peer.Grams, moments, 0.2, betas, hyper)
    slow = {"m1": "exp_avg", "m2": "exp_avg_slow", "v": "exp_avg_sq"}
    yield case("ademamix", peer.AdEMAMix, slow, 1e-2, {"alpha": 2.0}, {})
    change = moments | {"d": "exp_avg_diff", "g_previous": lambda o, p, step: -o.state[p]["previous_grad"]}
    yield case("adan", peer.Adan, change, 1e-2, {})
    three = {"lr": 0.05, "betas": (0.7, 0.8, 0.9), "eps": 1e-2}
    ours = {"lr": 0.05, "beta1": 0.7, "beta2": 0.8, "beta3": 0.9, "eps": 1e-2}
    yield case("adan", peer.Adan, change, 0.2, three, ours)
    yield case("yogi", peer.Yogi, moments, 1e-3, {})
    start = {"initial_accumulator": 0.1}
    ours = hyper | {"initial_accumulator_value": 0.1}
    yield case("yogi", peer.Yogi, moments, 0.2, betas | start, ours)
    yield case("adabelief", peer.AdaBelief, {"m": "exp_avg", "s": "exp_avg_var"}, 1e-2, {})
    first = {"lr_first": lambda optimizer, p, step: optimizer.base_lrs[0]}
    bound, note = without_eps_of_its_own(peer.AdaBound), ", its exp_avg_sq_eps = 0"
    yield case("adabound", bound, moments | first, 1e-2, {}, note=note)
    ends = {"final_lr": 0.3, "gamma": 0.2}
    yield case("adabound", bound, moments | first, 0.2, betas | ends, hyper | ends, note)
    clip = {"clip_lambda": quarter_power_of_earlier_steps}
    yield case("adopt", peer.ADOPT, moments, 1e-2, clip, {})
    sums = {"z": "z", "G": "n"}
    yield case("ftrl", peer.FTRL, sums, 1e-2, {"beta": 1.0}, {})
    theirs = {"lr": 0.5, "beta": 0.3, "lambda_1": 0.2, "lambda_2": 0.1}
    ours = {"lr": 0.5, "beta": 0.3, "lambda1": 0.2, "lambda2": 0.1}
    yield case("ftrl", peer.FTRL, sums, 0.1, theirs, ours)
    rates = {"lr_max": of_group("lr_max"), "weight_sum": of_group("weight_sum")}
    yield case("schedule_free_sgd", peer.ScheduleFreeSGD, {"z": "z"} | rates, 0.5, {})
    yield case("schedule_free_sgd", peer.ScheduleFreeSGD, {"z": "z"} | rates, 0.2, {"lr": 0.05, "momentum": 0.7})
    mean = {"z": "z", "v": "exp_avg_sq"} | rates
    decay = {"weight_decay": 1e-2}
    free = without_eps_of_its_own(peer.ScheduleFreeAdamW)
    yield case("schedule_free_adamw", free, mean, 1e-3, decay, {}, note)
    decay = {"weight_decay": 0.3}
    yield case("schedule_free_adamw", free, mean, 0.2, betas | decay, hyper | decay, note)

    decoupled = {"decouple_lr": True, "weight_decay": 9e-4, "max_lr": 0.3}
    ours = {"weight_decay": 9e-4, "lr_max": 0.3}
    kept = corrected(0.7, 0.9)
    yield case("fully_decoupled_adamw", optimi.AdamW, kept, 0.2, betas | decoupled, hyper | ours)


def estimates() -> list[Arrays]:
    """Estimates of the Hessian's diagonal, one a step: of either sign, a few of them large."""
    random = np.random.default_rng(SEED + 1)
    return [
        [np.asarray(random.normal(size=shape) * 10.0 ** random.uniform(-1, 2)) for shape in SHAPES]
        for _ in range(STEPS)
    ]


class SophiaH(pytorch_optimizer.SophiaH):
    """With the estimate of each step given to it."""

    __module__ = "pytorch_optimizer"

    def step(self) -> None:
        super().step(hessian=[torch.tensor(h) for h in estimates()[self.param_groups[0].get("step", 0)]])


def optax_sophia(lr: float, new_lr: float, arguments: dict) -> Run:
    """optax.contrib.sophia with the estimates given to it, one a step; it steps by the average of the step before."""

    def init(params: Arrays) -> jax.Array:
        return jax.numpy.zeros((), int)

    def update(updates: Arrays, step: jax.Array, params: Arrays | None = None) -> tuple[Arrays, jax.Array]:
        return [jax.numpy.stack(arrays)[step] for arrays in zip(*estimates(), strict=True)], step + 1

    given = {"hessian_diagonal_fn": optax.GradientTransformation(init, update), "update_interval": 1}
    start, gradients = problem()

    def schedule(count: int) -> jax.Array:
        return jax.numpy.where(count + 1 < LR_CHANGE, lr, new_lr)

    transform = optax.contrib.sophia(schedule, **arguments, **given)
    params = [jax.numpy.asarray(p) for p in start]
    state = transform.init(params)
    for gradient in gradients:
        used = [np.asarray(h) for h in optax.tree_utils.tree_get(state, "nu")]
        updates, state = transform.update([jax.numpy.asarray(g) for g in gradient], state, params)
        params = optax.apply_updates(params, updates)
        mean = [np.asarray(m) for m in optax.tree_utils.tree_get(state, "mu")]
        yield [np.asarray(p) for p in params], {"m": mean, "h": used}


def sophia_cases() -> Iterator[tuple[dict, Run]]:
    """The state h is given: what the library's average of the estimates was when it took the step."""
    about = {"rule": "sophia", "lr_changes": {LR_CHANGE: 0.2}, "states": ["m", "h"], "given": ["h"]}
    for p, theirs, ours in (
        (0.01, {}, {"lr": 6e-4, "beta1": 0.96, "eps": 1e-14, "weight_decay": 0.0}),
        (
            0.5,
            {"lr": 0.1, "betas": (0.7, 0.8), "p": 0.5, "eps": 0.1, "weight_decay": 0.3},
            {"lr": 0.05, "beta1": 0.7, "eps": 0.05, "weight_decay": 0.6},
        ),
    ):
        buffers: dict[str, Buffer] = {"m": "momentum", "h": "hessian_moment"}
        call = spell("pytorch_optimizer.SophiaH", "params", **theirs) + ", hessian given"
        hyperparameters = ours | {"curvature_weight": p}
        yield about | {"call": call, "hyperparameters": hyperparameters}, run_torch(SophiaH, theirs, buffers, 0.2 / p)
    theirs = {"b1": 0.7, "b2": 0.8, "gamma": 0.3, "eps": 0.1, "weight_decay": 0.3}
    ours = {"lr": 0.05, "beta1": 0.7, "curvature_weight": 0.3, "eps": 0.1, "weight_decay": 0.3}
    call = spell("optax.contrib.sophia", 0.05, **theirs) + ", hessian_diagonal_fn given"
    corrected = {"times_correction": ["curvature_weight", "eps"]}
    yield about | {"call": call, "hyperparameters": ours} | corrected, optax_sophia(0.05, 0.2, theirs)


def departing_cases() -> Iterator[tuple[dict, Run]]:
    """What the libraries do otherwise than the papers they name, by the rule of ours that it should be."""

    def about(rule: str, call: str, hyperparameters: dict, new_lr: float) -> dict:
        return {
            "rule": rule,
            "call": call,
            "hyperparameters": hyperparameters,
            "lr_changes": {LR_CHANGE: new_lr},
            "states": [],
            "departs": True,
        }

    yield about("adan", "optax.adan(0.05)", {"lr": 0.05}, 0.2), run_optax("adan", {}, {}, 0.05, 0.2)
    yield about("rprop", "optax.rprop(0.05)", {"lr": 0.05}, 0.05), run_optax("rprop", {}, {}, 0.05, 0.05)
    call = "pytorch_optimizer.ADOPT(params)"
    yield about("adopt", call, {}, 1e-2), run_torch(pytorch_optimizer.ADOPT, {}, {}, 1e-2)
    call, recommended = "pytorch_optimizer.QHAdam(params, ...)", {"betas": (0.995, 0.999), "nus": (0.7, 1.0)}
    yield about("qhadam", call, {}, 1e-2), run_torch(pytorch_optimizer.QHAdam, recommended, {}, 1e-2)


def single_precision_product() -> tuple[dict, Run]:
    """torch.optim.NAdam under torch's usual default dtype, whatever the parameters' is."""

    def run() -> Run:
        torch.set_default_dtype(torch.float32)
        yield from run_torch(torch.optim.NAdam, {}, {}, 1e-2)
        torch.set_default_dtype(torch.float64)

    call = "torch.optim.NAdam(params), torch.get_default_dtype() = torch.float32"
    about = {"rule": "nadam", "call": call, "hyperparameters": {}, "lr_changes": {LR_CHANGE: 1e-2}, "states": []}
    return about | {"departs": True}, run()


def every_case() -> Iterator[tuple[dict, Run]]:
    yield from torch_cases()
    yield from optax_cases()
    yield from other_cases()
    yield from sophia_cases()
    yield from departing_cases()
    yield single_precision_product()


def flat(arrays: Arrays) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays])


def make() -> dict[str, np.ndarray]:
    start, gradients = problem()
    arrays = {"start": flat(start), "gradients": np.stack([flat(g) for g in gradients])}
    cases = []
    for number, (about, run) in enumerate(every_case()):
        cases.append(about)
        steps = list(run)
        arrays[f"{number}.p"] = np.stack([flat(params) for params, _ in steps])
        for name in about["states"]:
            arrays[f"{number}.{name}"] = np.stack([flat(state[name]) for _, state in steps])
    about = {
        "made_by": "python tests/goldens/make.py",
        # Without torch's local part: "+cpu" and "+cu130" are one version.
        "versions": {library: version(library).split("+")[0] for library in LIBRARIES},
        "seed": SEED,
        "layout": "one row a step; a row holds the arrays of `shapes` one after another",
        "shapes": SHAPES,
        "cases": cases,
    }
    return {"about": np.array(json.dumps(about)), **arrays}


def difference(made: dict[str, np.ndarray], stored: dict[str, np.ndarray]) -> float:
    """The largest, relative to the largest value that element takes in its trajectory."""
    if made.keys() != stored.keys() or str(made["about"]) != str(stored["about"]):
        sys.exit("goldens.npz was made by other versions of the libraries or of this script")
    if any(not np.array_equal(made[name], stored[name]) for name in ("start", "gradients")):
        sys.exit("goldens.npz holds other gradients than this seed gives")
    trajectories = [name for name in made if name not in ("about", "start", "gradients")]
    scales = {name: np.maximum(np.abs(stored[name]).max(axis=0), np.finfo(float).tiny) for name in trajectories}
    return max(float(np.max(np.abs(made[name] - stored[name]) / scales[name])) for name in trajectories)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the golden trajectories, or check the stored ones.")
    parser.add_argument("--check", action="store_true", help="compare with the stored file instead of writing it")
    check = parser.parse_args().check
    jax.config.update("jax_enable_x64", True)
    torch.set_default_dtype(torch.float64)  # or NAdam's running product is float32
    made = make()
    cases = len(json.loads(str(made["about"]))["cases"])
    if check:
        with np.load(FILE) as stored:
            worst = difference(made, dict(stored))
        print(f"{cases} trajectories, largest difference {worst:.1e}")
        sys.exit(worst > TOLERANCE)
    np.savez_compressed(FILE, **made)
    print(f"{FILE.name}: {cases} trajectories, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
