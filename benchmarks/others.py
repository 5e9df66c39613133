"""The same step by optimi, optax and pytorch_optimizer, which have what torch has not."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
import optax
import optimi
import pytorch_optimizer

from .contenders import FUSED, TORCH, Arrays, firstorder, textbook, torch_optim, torch_step, traffic
from .measure import Contender

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
    "sophia": partial(
        optax.contrib.sophia,
        1e-4,
        weight_decay=0.1,
        hessian_diagonal_fn=optax.identity(),
        update_interval=1 << 30,
    ),
    "ademamix": partial(optax.contrib.ademamix, 1e-3, alpha=2.0),
    "nadam_constant": partial(optax.nadam, 1e-3),
    "adamax": partial(optax.adamax, 2e-3),
    "amsgrad_corrected": partial(optax.amsgrad, 1e-3),
    "yogi": partial(optax.yogi, 1e-2),
    "adabelief": partial(optax.adabelief, 1e-3),
    "adopt": partial(optax.contrib.adopt, 1e-3),
}


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
