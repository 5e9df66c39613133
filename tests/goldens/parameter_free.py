"""Make parameter_free.npz: what pytorch_optimizer and optax do without a learning rate, in float64, step by step.

    python tests/goldens/parameter_free.py            writes parameter_free.npz beside this file
    python tests/goldens/parameter_free.py --check    makes it again and compares with the one that is stored

As make.py does for the other rules, and with its requirements. pytorch_optimizer takes the norm of the first gradient
in float32 whatever the dtype; here its name for that type means float64. The gradients keep their sign for long, or
the estimate of the distance, which is one number for all arrays, would never grow.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import numpy as np
import optax
import pytorch_optimizer
import torch
from families import pack, write_or_check
from make import LR_CHANGE, STEPS

FILE = Path(__file__).with_name("parameter_free.npz")
SEED = 20230118
SHAPES = [(), (3,), (2, 3), (2, 1, 2)]
LIBRARIES = ("torch", "pytorch_optimizer", "optax", "jax", "numpy")

Arrays = list[np.ndarray]
States = dict[str, Arrays]


def problem() -> tuple[Arrays, list[Arrays]]:
    """Start and gradients: each element drifts on its own scale; step 5 is all zeros."""
    random = np.random.default_rng(SEED)
    start = [np.asarray(random.normal(size=shape)) for shape in SHAPES]
    scales = [random.choice([-1, 1], size=shape) * 10.0 ** random.uniform(-2, 1, size=shape) for shape in SHAPES]
    gradients = [
        [np.asarray(scale * (1 + 0.7 * random.normal(size=np.shape(scale))) * (step != 5)) for scale in scales]
        for step in range(1, STEPS + 1)
    ]
    return start, gradients


def run_torch(
    make: Callable[..., torch.optim.Optimizer],
    given: dict,
    buffers: dict[str, str],
    scalars: dict[str, str],
    new_lr: float,
) -> Iterator[tuple[Arrays, States]]:
    start, gradients = problem()
    params = [torch.tensor(p, requires_grad=True) for p in start]
    optimizer = make(params, **given)
    group = optimizer.param_groups[0]
    for step, gradient in enumerate(gradients, start=1):
        if step == LR_CHANGE:
            group["lr"] = new_lr
        for p, g in zip(params, gradient, strict=True):
            p.grad = torch.tensor(g)
        optimizer.step()
        states = {our: [optimizer.state[p][their].numpy().copy() for p in params] for our, their in buffers.items()}
        states |= {our: [np.array(float(group[their]))] for our, their in scalars.items()}
        yield [p.detach().numpy().copy() for p in params], states


def run_optax(
    make: Callable[..., optax.GradientTransformation], given: dict, fields: dict[str, str], lr: float, new_lr: float
) -> Iterator[tuple[Arrays, States]]:
    start, gradients = problem()
    # optax counts steps from 0.
    transform = make(lambda count: jax.numpy.where(count + 1 < LR_CHANGE, lr, new_lr), **given)
    params = [jax.numpy.asarray(p) for p in start]
    state = transform.init(params)
    for gradient in gradients:
        updates, state = transform.update([jax.numpy.asarray(g) for g in gradient], state, params)
        params = optax.apply_updates(params, updates)
        leaves = {our: jax.tree.leaves(getattr(state, their)) for our, their in fields.items()}
        yield [np.asarray(p) for p in params], {our: [np.asarray(a) for a in arrays] for our, arrays in leaves.items()}


def cases() -> Iterator[tuple[dict, Iterator]]:
    def about(rule: str, call: str, given: dict, ours: dict, new_lr: float, states: dict) -> dict:
        return {
            "rule": rule,
            "call": f"{call}({', '.join(['params', *(f'{k}={v}' for k, v in given.items())])})",
            "hyperparameters": ours,
            "lr_changes": {LR_CHANGE: new_lr},
            "states": list(states),
        }

    sums = {"s": "s", "p0": "x0"}
    moments = {"m": "exp_avg", "v": "exp_avg_sq", "s": "s"}
    adam = {"lr": 0.7, "beta1": 0.8, "beta2": 0.9, "eps": 0.1, "d0": 1e-3}
    betas = {"lr": 0.7, "betas": (0.8, 0.9), "eps": 0.1, "d0": 1e-3}
    decay = {"weight_decay": 0.3}
    momentum = {"lr": 0.7, "momentum": 0.6, "d0": 1e-3}
    for rule, name, buffers, scalars, theirs, ours in (
        *[
            ("dadapt_sgd", "DAdaptSGD", sums, {"r": "numerator_weighted", "G": "g0_norm"}, given, given)
            for given in ({}, momentum)
        ],
        *[
            ("dadapt_adam", "DAdaptAdam", moments, {"r": "numerator_weighted"}, theirs, ours)
            for theirs, ours in (({}, {}), (betas, adam))
        ],
        *[
            ("prodigy", "Prodigy", moments | {"p0": "p0"}, {"r": "d_numerator"}, theirs, ours)
            for theirs, ours in (({}, {}), (betas | decay, adam | decay))
        ],
    ):
        states = buffers | {"d": "d"} | scalars
        make, scalars = getattr(pytorch_optimizer, name), {"d": "d"} | scalars
        described = about(rule, f"pytorch_optimizer.{name}", theirs, ours, 0.4, states)
        yield described, run_torch(make, theirs, buffers, scalars, 0.4)

    fields = moments | {"s": "grad_sum", "d": "estim_lr", "r": "numerator_weighted"}
    betas = {"betas": (0.8, 0.9), "eps": 0.1, "estim_lr0": 1e-3}
    for rule, name, more, decay in (
        ("dadapt_adam", "dadapt_adamw", {}, {}),
        ("prodigy", "prodigy", {"p0": "params0"}, {"weight_decay": 0.3}),
    ):
        for lr, theirs, ours in ((1.0, {}, {}), (0.7, betas | decay, adam | decay)):
            described = about(rule, f"optax.contrib.{name}", {"learning_rate": lr} | theirs, ours, 0.4, fields | more)
            yield described, run_optax(getattr(optax.contrib, name), theirs, fields | more, lr, 0.4)


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double
    write_or_check(FILE, pack("parameter_free.py", LIBRARIES, SEED, SHAPES, problem(), cases()))


if __name__ == "__main__":
    main()
