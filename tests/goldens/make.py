"""Make goldens.npz: what torch and optax do with fixed gradients, in float64, step by step.

    python tests/goldens/make.py            writes goldens.npz beside this file
    python tests/goldens/make.py --check    makes it again and compares with the one that is stored

Needs requirements.txt beside this file and, on purpose, nothing of the package. Each case gives its
hyperparameters twice, in the library's words and under our names; that the pair means the same is what the
tests check. Where the library is called with none, the statement is that its defaults are ours.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
import optax
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


def run_torch(name: str, arguments: dict, buffers: dict[str, str], new_lr: float) -> Run:
    """torch.optim.<name>; `buffers` says which of its state tensors goes by which of our names."""
    start, gradients = problem()
    params = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in start]
    optimizer = getattr(torch.optim, name)(params, **arguments)
    for step, gradient in enumerate(gradients, start=1):
        if step == LR_CHANGE:
            optimizer.param_groups[0]["lr"] = new_lr
        for p, g in zip(params, gradient, strict=True):
            p.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        state = {our: [optimizer.state[p][their] for p in params] for our, their in buffers.items()}
        yield (
            [p.detach().numpy().copy() for p in params],
            {our: [tensor.numpy().copy() for tensor in tensors] for our, tensors in state.items()},
        )


def run_optax(name: str, arguments: dict, trees: dict[str, str], lr: float, new_lr: float) -> Run:
    """optax.<name>; `trees` says which field of its state goes by which of our names."""
    start, gradients = problem()
    # optax counts steps from 0.
    transform = getattr(optax, name)(lambda count: lr if count + 1 < LR_CHANGE else new_lr, **arguments)
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
    return f"{function}({', '.join([str(first), *(f'{name}={value}' for name, value in arguments.items())])})"


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
        return about, run_torch(name, theirs, buffers, new_lr)

    yield case("sgd", "SGD", {}, 1e-2, {})
    yield case("sgd", "SGD", {}, 0.03, {"lr": 0.2})
    for rule, nesterov in (("momentum", {}), ("nesterov", {"nesterov": True})):
        b = {"b": "momentum_buffer"}
        yield case(rule, "SGD", b, 1e-2, {"momentum": 0.9} | nesterov, {})
        yield case(
            rule, "SGD", b, 0.01, {"lr": 0.05, "momentum": 0.7} | nesterov, {"lr": 0.05, "momentum": 0.7}
        )
    yield case("adagrad", "Adagrad", {"G": "sum"}, 1e-3, {})
    yield case("adagrad", "Adagrad", {"G": "sum"}, 0.5, {"initial_accumulator_value": 0.1})
    yield case(
        "adagrad", "Adagrad", {"G": "sum"}, 0.1, {"lr": 0.5, "eps": 1e-3, "initial_accumulator_value": 0.02}
    )
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


def optax_cases() -> Iterator[tuple[dict, Run]]:
    """Where the conventions agree: AdaGrad at ε = 0, RMSProp with ε outside its root, the others as is."""

    def case(
        rule: str, name: str, trees: dict[str, str], new_lr: float, ours: dict, theirs: dict
    ) -> tuple[dict, Run]:
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


def flat(arrays: Arrays) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays])


def make() -> dict[str, np.ndarray]:
    start, gradients = problem()
    arrays = {"start": flat(start), "gradients": np.stack([flat(g) for g in gradients])}
    cases = []
    for number, (about, run) in enumerate([*torch_cases(), *optax_cases()]):
        cases.append(about)
        steps = list(run)
        arrays[f"{number}.p"] = np.stack([flat(params) for params, _ in steps])
        for name in about["states"]:
            arrays[f"{number}.{name}"] = np.stack([flat(state[name]) for _, state in steps])
    about = {
        "made_by": "python tests/goldens/make.py",
        # Without torch's local part: "+cpu" and "+cu130" are one version.
        "versions": {
            library.__name__: library.__version__.split("+")[0] for library in (torch, optax, jax, np)
        },
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
    scales = {
        name: np.maximum(np.abs(stored[name]).max(axis=0), np.finfo(float).tiny) for name in trajectories
    }
    return max(float(np.max(np.abs(made[name] - stored[name]) / scales[name])) for name in trajectories)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the golden trajectories, or check the stored ones.")
    parser.add_argument(
        "--check", action="store_true", help="compare with the stored file instead of writing it"
    )
    check = parser.parse_args().check
    jax.config.update("jax_enable_x64", True)
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
