"""What is measured: the same step by firstorder, textbook NumPy and torch, which is imported if it is asked for.

Every contender has its own copy of the arrays, allocated as its library does it. The hyperparameters are
firstorder's defaults, given to the others where theirs differ.
"""

import contextvars
import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import firstorder as fo

from .measure import Contender

Arrays = list[np.ndarray]

LABELS = {"numpy": "NumPy", "numba": "Numba", "cupy": "CuPy"}

TORCH: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "centered_rmsprop": ("RMSprop", {"centered": True}),
    "adadelta": ("Adadelta", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "dampened_momentum": ("SGD", {"momentum": 0.9, "dampening": 0.9}),
    "rprop": ("Rprop", {}),
    "rmsprop_momentum": ("RMSprop", {"momentum": 0.9}),
    "nadam": ("NAdam", {}),
    "adamax": ("Adamax", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "radam": ("RAdam", {}),
}
FUSED = {"SGD", "Adagrad", "Adam", "AdamW"}


def traffic(key: str, size: int) -> int:
    """Bytes that a step of a rule on `size` float32 parameters must move."""
    program = fo.OPTIMIZERS[key].rule.program
    return 4 * size * (len(program.arrays) + sum(program.written))


def firstorder(
    backend: str,
    key: str,
    params: Arrays,
    grads: Arrays,
    *,
    arena: bool = False,
    fresh: bool = False,
    on_nonfinite: Any = "ignore",
) -> Contender:
    """fresh: other gradient arrays at each step, as autograd makes them: three sets take turns."""
    with fo.using(backend):
        xp, context = fo.xp, contextvars.copy_context()  # in `context`, the backend stays chosen
    members: Any = [xp.array(p) for p in params]
    sets: list[Any] = [[xp.array(g) for g in grads] for _ in range(3 if fresh else 1)]
    if arena:
        members, sets = fo.Arena(members), [fo.Arena(given) for given in sets]
    elif len(members) == 1:
        sets = [given for (given,) in sets]
    opt = fo.OPTIMIZERS[key](members[0] if len(members) == 1 and not arena else members, on_nonfinite=on_nonfinite)
    turns = itertools.cycle(sets)

    def step() -> None:
        context.run(opt.step, next(turns))
        if gpu:
            xp.cuda.get_current_stream().synchronize()

    gpu = backend == "cupy"
    name = f"firstorder {LABELS[backend]}"
    name += ", Arena" * arena + ", new gradients" * fresh + f", {on_nonfinite}" * (on_nonfinite != "ignore")
    size = sum(p.size for p in params)
    return Contender(name, traffic(key, size), step, lambda: [p.get() if gpu else p for p in members], gpu)


def textbook(key: str, params: Arrays, grads: Arrays) -> Contender:
    """The rule as it is written, on whole arrays."""
    rule = fo.OPTIMIZERS[key].rule
    values = {name: value for name, value in rule.hyperparameters.items() if value is not None}
    held: list[list[Any]] = [
        [
            p.copy(),
            *(np.full_like(p, rule.initial_value(name, p, values)) for name in rule.state),
            *(rule.initial_value(name, p, values) for name in rule.scalar_state),
        ]
        for p in params
    ]
    given = [g.copy() for g in grads]
    t = 0

    def step() -> None:
        nonlocal t
        t += 1
        timed = {"t": t} if "t" in rule.program.keywords else {}
        for arrays, g in zip(held, given, strict=True):
            result = rule(arrays[0], g, *arrays[1:], **timed)
            arrays[:] = result if isinstance(result, tuple) else [result]

    return Contender(
        "textbook NumPy", traffic(key, sum(p.size for p in params)), step, lambda: [arrays[0] for arrays in held]
    )


def torch_step(
    name: str, key: str, params: Arrays, grads: Arrays, optimizer: Callable[..., Any], device: str = "cpu"
) -> Contender:
    import torch

    tensors = [torch.tensor(p, device=device, requires_grad=True) for p in params]
    for tensor, g in zip(tensors, grads, strict=True):
        tensor.grad = torch.tensor(g, device=device)
    opt = optimizer(tensors)
    gpu = device == "cuda"

    def step() -> None:
        opt.step()
        if gpu:
            torch.cuda.synchronize()

    size = sum(p.size for p in params)
    return Contender(name, traffic(key, size), step, lambda: [t.detach().cpu().numpy() for t in tensors], gpu)


def torch_optim(kind: str, key: str, params: Arrays, grads: Arrays, device: str = "cpu") -> Contender:
    """kind: "default" (neither of the other two), "foreach" or "fused"."""
    import torch

    name, hyperparameters = TORCH[key]
    flags = {"foreach": kind == "foreach"} | ({"fused": kind == "fused"} if name in FUSED else {})
    optimizer = partial(getattr(torch.optim, name), **hyperparameters, **flags)
    where = " on the GPU" if device == "cuda" else ""
    made = torch_step(f"torch {kind}{where}", key, params, grads, optimizer, device)
    # Its foreach adds the momentum to the gradients themselves, so from the second step on it takes others.
    return replace(made, parameters=None) if (kind, key) == ("foreach", "nesterov") else made
