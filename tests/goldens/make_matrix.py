"""Make matrix.npz: what torch and pytorch_optimizer do with matrices, in float64, step by step.

    python tests/goldens/make_matrix.py            writes matrix.npz beside this file
    python tests/goldens/make_matrix.py --check    makes it again and compares with the one that is stored

As make.py does for the other rules, and with its requirements. What a library computes in fewer digits whatever the
dtype (torch's Newton–Schulz in bfloat16, pytorch_optimizer's QR in float32) it is made to compute in float64 here:
the name of the smaller type is given the larger one, and the library's own code runs. What the library takes in
another form (a tensor of three axes, the elements of a vector one by one) it is given as views of our arrays.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytorch_optimizer
import torch
from families import pack, write_or_check
from make import LR_CHANGE, STEPS
from pytorch_optimizer.optimizer import soap

FILE = Path(__file__).with_name("matrix.npz")
SEED = 20180226
#: No side is longer than the other by two or more: SOAP's first basis would be the linear-algebra library's choice.
SHAPES = [(), (3,), (2, 3), (4, 3), (3, 3), (3, 2, 2)]
LIBRARIES = ("torch", "pytorch_optimizer", "numpy")
# SOAP's QR factors amplify rounding: another processor's linear algebra comes out 3.8e-12 away after 24 steps.
TOLERANCE = 1e-11

Part = Callable[[torch.Tensor], list[torch.Tensor]]
Read = Callable[[list[dict], torch.Tensor], torch.Tensor]


def problem() -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
    """Start and gradients: normal, each element on its own scale; step 5 is all zeros."""
    random = np.random.default_rng(SEED)
    start = [np.asarray(random.normal(size=shape)) for shape in SHAPES]
    scales = [10.0 ** random.uniform(-2, 1, size=shape) for shape in SHAPES]
    gradients = [
        [np.asarray(random.normal(size=np.shape(scale)) * scale * (step != 5)) for scale in scales]
        for step in range(1, STEPS + 1)
    ]
    return start, gradients


def whole(array: torch.Tensor) -> list[torch.Tensor]:
    """A view: a tensor of two axes or more as the matrix of its first axis against the others."""
    return [array.reshape(len(array), -1) if array.ndim > 1 else array[...]]


def elements(array: torch.Tensor) -> list[torch.Tensor]:
    """As `whole`, but of a scalar or vector each element as a tensor of its own."""
    return whole(array) if array.ndim > 1 else list(array.reshape(-1).split(1))


def run(
    makes: list[Callable[[list[torch.Tensor]], torch.optim.Optimizer]],
    chosen: Callable[[torch.Tensor], int],
    split: Part,
    states: dict[str, Read],
    new_lr: float,
) -> Iterator[tuple[list[np.ndarray], dict[str, list[np.ndarray]]]]:
    """`chosen(array)` says which of the optimizers takes the array."""
    start, gradients = problem()
    arrays = [torch.tensor(p, dtype=torch.float64) for p in start]
    parts = [[part.requires_grad_() for part in split(array)] for array in arrays]
    optimizers = [
        make([p for array, ps in zip(arrays, parts, strict=True) for p in ps if chosen(array) == i])
        for i, make in enumerate(makes)
    ]
    for step, gradient in enumerate(gradients, start=1):
        for ps, g in zip(parts, gradient, strict=True):
            for p, part in zip(ps, split(torch.tensor(g, dtype=torch.float64)), strict=True):
                p.grad = part.clone()
        for optimizer in optimizers:
            if step == LR_CHANGE:
                optimizer.param_groups[0]["lr"] = new_lr
            optimizer.step()

        def read(of: Read) -> list[np.ndarray]:
            pairs = zip(arrays, parts, strict=True)
            return [of([optimizers[chosen(a)].state[p] for p in ps], a).numpy().copy() for a, ps in pairs]

        yield [a.numpy().copy() for a in arrays], {name: read(of) for name, of in states.items()}


NOTHING = torch.empty(0, dtype=torch.float64)


def for_vectors(key: str) -> Read:
    return lambda kept, a: kept[0][key] if a.ndim < 2 else NOTHING


def for_matrices(key: str, place: int) -> Read:
    return lambda kept, a: kept[0][key][place] if a.ndim > 1 else NOTHING


def muon_in_float64(params: list[torch.Tensor], **arguments: object) -> torch.optim.Optimizer:
    class Muon(torch.optim.Muon):
        def step(self, closure: None = None) -> None:
            usual, torch.Tensor.bfloat16 = torch.Tensor.bfloat16, torch.Tensor.double
            try:
                super().step(closure)
            finally:
                torch.Tensor.bfloat16 = usual

    return Muon(params, **arguments)


def cases() -> Iterator[tuple[dict, Iterator]]:
    def about(rule: str, call: str, hyperparameters: dict, new_lr: float, states: dict) -> dict:
        return {
            "rule": rule,
            "call": call,
            "hyperparameters": hyperparameters,
            "lr_changes": {LR_CHANGE: new_lr},
            "states": list(states),
        }

    buffers: dict[str, Read] = {
        "m": lambda kept, a: kept[0]["exp_avg" if a.ndim < 2 else "momentum_buffer"].reshape(a.shape),
        "v": for_vectors("exp_avg_sq"),
    }
    ours = {"lr": 0.05, "momentum": 0.7, "beta1": 0.8, "beta2": 0.9, "eps": 2.0, "weight_decay": 0.3}
    for rule, adjusted, scale in (
        ("muon", {}, {}),
        ("muon_rms", {"adjust_lr_fn": "match_rms_adamw"}, {"rms": 0.2}),
    ):
        for new_lr, hyper, muon, adamw in (
            (1e-2, {}, {}, {"eps": 1e-7, "weight_decay": 0.1}),
            (
                0.2,
                ours | scale,
                {"lr": 0.05, "momentum": 0.7, "eps": 2.0, "weight_decay": 0.3},
                {"lr": 0.05, "betas": (0.8, 0.9), "eps": 2.0, "weight_decay": 0.3},
            ),
        ):
            words = ", ".join(["matrices", *(f"{k}={v}" for k, v in (muon | adjusted).items())])
            call = f"torch.optim.Muon({words}) in float64, torch.optim.AdamW(others)"
            makes = [
                lambda ps, given=adamw: torch.optim.AdamW(ps, **given),
                lambda ps, given=muon | adjusted: muon_in_float64(ps, **given),
            ]
            yield (
                about(rule, call, hyper, new_lr, buffers),
                run(makes, lambda a: int(a.ndim > 1), whole, buffers, new_lr),
            )

    def sums(eps: float) -> dict[str, Read]:
        def matrix(kept: dict, axis: int) -> torch.Tensor:
            total = kept[f"pre_cond_{axis}"]
            return total - eps * torch.eye(len(total))

        return {
            "L": lambda kept, a: (
                matrix(kept[0], 0) if a.ndim > 1 else torch.stack([matrix(k, 0).sum() for k in kept]).reshape(a.shape)
            ),
            "R": lambda kept, a: matrix(kept[0], 1) if a.ndim > 1 else NOTHING,
        }

    for new_lr, theirs, ours in ((1e-2, {}, {}), (0.2, {"lr": 0.05, "matrix_eps": 0.1}, {"lr": 0.05, "eps": 0.1})):
        words = ", ".join(["params", *(f"{k}={v}" for k, v in theirs.items())])
        states = sums(theirs.get("matrix_eps", 1e-6))
        makes = [lambda ps, given=theirs: pytorch_optimizer.Shampoo(ps, **given)]
        call = f"pytorch_optimizer.Shampoo({words})"
        yield about("shampoo", call, ours, new_lr, states), run(makes, lambda a: 0, elements, states, new_lr)

    soap.torch = SimpleNamespace(**vars(torch) | {"float32": torch.float64})
    states = {
        "m": lambda kept, a: kept[0]["exp_avg"].reshape(a.shape),
        "v": lambda kept, a: kept[0]["exp_avg_sq"].reshape(a.shape),
        "L": for_matrices("GG", 0),
        "R": for_matrices("GG", 1),
        "QL": for_matrices("Q", 0),
        "QR": for_matrices("Q", 1),
    }
    ours = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 0.1, "weight_decay": 0.3, "precondition_frequency": 3}
    theirs = {key: ours[key] for key in ("lr", "eps", "weight_decay", "precondition_frequency")} | {"betas": (0.7, 0.9)}
    for new_lr, given, hyper in ((1e-2, {}, {}), (0.2, theirs, ours)):
        words = ", ".join(["params", *(f"{k}={v}" for k, v in given.items())])
        makes = [lambda ps, given=given: pytorch_optimizer.SOAP(ps, **given)]
        call = f"pytorch_optimizer.SOAP({words}), its QR in float64"
        yield about("soap", call, hyper, new_lr, states), run(makes, lambda a: 0, whole, states, new_lr)


def main() -> None:
    torch.set_default_dtype(torch.float64)
    write_or_check(FILE, pack("make_matrix.py", LIBRARIES, SEED, SHAPES, problem(), cases()), TOLERANCE)


if __name__ == "__main__":
    main()
