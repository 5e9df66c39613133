"""What is measured: the same step by firstorder, textbook NumPy, torch, optimi, optax and pytorch_optimizer.

Every contender has its own copy of the arrays, allocated as its library does it. The hyperparameters are
firstorder's defaults, given to the others where theirs differ.
"""

import contextvars
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
import optax
import optimi
import pytorch_optimizer
import torch

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

OPTIMI: dict[str, Callable[..., Any]] = {
    "sgd": partial(optimi.SGD, lr=1e-3),
    "momentum": partial(optimi.SGD, lr=1e-3, momentum=0.9),
    "adam": partial(optimi.Adam, lr=1e-3, betas=(0.9, 0.999), eps=1e-8),
    "adamw": partial(optimi.AdamW, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2),
    "fully_decoupled_adamw": partial(
        optimi.AdamW, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-5, decouple_lr=True, max_lr=1e-3
    ),
}

# Of those that torch has not.
PYTORCH_OPTIMIZER: dict[str, Callable[..., Any]] = {
    "aggmo": pytorch_optimizer.AggMo,
    "qhm": partial(pytorch_optimizer.QHM, momentum=0.999, nu=0.7),
    "signsgd": partial(pytorch_optimizer.SignSGD, momentum=0.0),
    "signum": pytorch_optimizer.SignSGD,
    "ftrl": partial(pytorch_optimizer.FTRL, beta=1.0),
    "grams": pytorch_optimizer.Grams,
    "qhadam": partial(pytorch_optimizer.QHAdam, betas=(0.995, 0.999), nus=(0.7, 1.0)),
    "ademamix": partial(pytorch_optimizer.AdEMAMix, alpha=2.0),
    "adan": pytorch_optimizer.Adan,
    "yogi": pytorch_optimizer.Yogi,
    "adabelief": pytorch_optimizer.AdaBelief,
    "adabound": pytorch_optimizer.AdaBound,
    "adopt": partial(pytorch_optimizer.ADOPT, clip_lambda=lambda step: (step - 1) ** 0.25),
    "schedule_free_sgd": pytorch_optimizer.ScheduleFreeSGD,
    "schedule_free_adamw": partial(pytorch_optimizer.ScheduleFreeAdamW, weight_decay=1e-2),
}

OPTAX: dict[str, Callable[[], optax.GradientTransformation]] = {
    "sgd": partial(optax.sgd, 1e-3),
    "momentum": partial(optax.sgd, 1e-3, momentum=0.9),
    "nesterov": partial(optax.sgd, 1e-3, momentum=0.9, nesterov=True),
    "adagrad": partial(optax.adagrad, 1e-2, initial_accumulator_value=0.0, eps=0.0),  # its ε is inside the root
    "rmsprop": partial(optax.rmsprop, 1e-2, decay=0.99, eps=1e-8, eps_in_sqrt=False),
    "centered_rmsprop": partial(optax.rmsprop, 1e-2, decay=0.99, eps=1e-8, eps_in_sqrt=False, centered=True),
    "adadelta": partial(optax.adadelta, 1.0, rho=0.9, eps=1e-6),
    "adam": partial(optax.adam, 1e-3),
    "adamw": partial(optax.adamw, 1e-3, weight_decay=1e-2),
    "signsgd": partial(optax.sign_sgd, 1e-3),
    "signum": partial(optax.signum, 1e-3, beta=0.9),
    "lion": partial(optax.lion, 1e-4),
    "sophia": partial(optax.contrib.sophia, 1e-4, hessian_diagonal_fn=optax.identity(), update_interval=1 << 30),
    "ademamix": partial(optax.contrib.ademamix, 1e-3, alpha=2.0),
    "nadam_constant": partial(optax.nadam, 1e-3),
    "adamax": partial(optax.adamax, 2e-3),
    "amsgrad_corrected": partial(optax.amsgrad, 1e-3),
    "yogi": partial(optax.yogi, 1e-2),
    "adabelief": partial(optax.adabelief, 1e-3),
    "adopt": partial(optax.contrib.adopt, 1e-3),
}


def traffic(key: str, size: int) -> int:
    """Bytes that a step of a rule on `size` float32 parameters must move."""
    program = fo.OPTIMIZERS[key].rule.program
    return 4 * size * (len(program.arrays) + sum(program.written))


def firstorder(
    backend: str, key: str, params: Arrays, grads: Arrays, *, arena: bool = False, on_nonfinite: Any = "ignore"
) -> Contender:
    with fo.using(backend):
        xp, context = fo.xp, contextvars.copy_context()  # in `context`, the backend stays chosen
    members: Any = [xp.array(p) for p in params]
    given: Any = [xp.array(g) for g in grads]
    if arena:
        members, given = fo.Arena(members), fo.Arena(given)
    opt = fo.OPTIMIZERS[key](members, on_nonfinite=on_nonfinite)

    def step() -> None:
        context.run(opt.step, given)
        if gpu:
            xp.cuda.get_current_stream().synchronize()

    gpu = backend == "cupy"
    name = f"firstorder {LABELS[backend]}"
    name += ", Arena" * arena + f", {on_nonfinite}" * (on_nonfinite != "ignore")
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
    name, hyperparameters = TORCH[key]
    flags = {"foreach": kind == "foreach"} | ({"fused": kind == "fused"} if name in FUSED else {})
    optimizer = partial(getattr(torch.optim, name), **hyperparameters, **flags)
    where = " on the GPU" if device == "cuda" else ""
    made = torch_step(f"torch {kind}{where}", key, params, grads, optimizer, device)
    # Its foreach adds the momentum to the gradients themselves, so from the second step on it takes others.
    return replace(made, parameters=None) if (kind, key) == ("foreach", "nesterov") else made


def optimi_step(key: str, params: Arrays, grads: Arrays) -> Contender:
    return torch_step("optimi", key, params, grads, OPTIMI[key])


def pytorch_optimizer_step(key: str, params: Arrays, grads: Arrays) -> Contender:
    made = torch_step("pytorch_optimizer", key, params, grads, PYTORCH_OPTIMIZER[key])
    # It adds the decay to the gradients themselves, so from the second step on it takes others.
    return replace(made, parameters=None) if key == "schedule_free_adamw" else made


def optax_step(key: str, params: Arrays, grads: Arrays) -> Contender:
    transformation = OPTAX[key]()
    given = [jax.numpy.array(g) for g in grads]
    held: list[Any] = [jax.numpy.array(p) for p in params]
    held = [held, transformation.init(held)]

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(params: Any, state: Any, grads: Any) -> Any:
        updates, state = transformation.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    def step() -> None:
        held[:] = update(*held, given)
        jax.block_until_ready(held)

    size = sum(p.size for p in params)
    return Contender("optax, jitted, donated", traffic(key, size), step, lambda: [np.asarray(p) for p in held[0]])


def on_cpu(
    key: str, params: Arrays, grads: Arrays, *, arena: bool = False, all_threads: bool = True
) -> list[Contender]:
    """All that have the optimizer; `arena`: firstorder in an Arena too; not `all_threads`: without optax, whose
    threads are set once for the process."""
    given = (key, params, grads)
    made = [firstorder("numpy", *given), firstorder("numpy", *given, on_nonfinite="raise"), firstorder("numba", *given)]
    if arena:
        made += [firstorder(backend, *given, arena=True) for backend in ("numpy", "numba")]
    made.append(textbook(*given))
    if key in TORCH:
        made += [torch_optim("default", *given), torch_optim("foreach", *given)]
        if TORCH[key][0] in FUSED:
            made.append(torch_optim("fused", *given))
    if key in OPTIMI:
        made.append(optimi_step(*given))
    if key in PYTORCH_OPTIMIZER:
        made.append(pytorch_optimizer_step(*given))
    if key in OPTAX and all_threads:
        made.append(optax_step(*given))
    return made


def on_gpu(key: str, params: Arrays, grads: Arrays) -> list[Contender]:
    """firstorder on CuPy, a copy from one array to another, and torch if its build has CUDA."""
    import cupy

    source = cupy.array(params[0])
    target = cupy.empty_like(source)

    def copy() -> None:
        cupy.copyto(target, source)
        cupy.cuda.get_current_stream().synchronize()

    made = [firstorder("cupy", key, params, grads), Contender("device copy", 2 * source.nbytes, copy, on_gpu=True)]
    if torch.cuda.is_available():
        made.append(torch_optim("fused", key, params, grads, "cuda"))
    return made
