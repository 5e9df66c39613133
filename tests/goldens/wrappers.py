"""Make wrappers.npz: what torch and optax do around an optimizer, in float64, step by step.

    python tests/goldens/wrappers.py            writes wrappers.npz beside this file
    python tests/goldens/wrappers.py --check    makes it again and compares with the one that is stored

Needs requirements.txt beside this file and nothing of the package. Start, gradients and the step at which the rate
changes are make.py's. Each case gives our call, in which `opt` makes the optimizer, and the library's.
"""

import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import torch
from make import LR_CHANGE, SHAPES, Arrays, flat, problem
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

FILE = Path(__file__).with_name("wrappers.npz")
LR, NEW_LR = 0.05, 0.02
Run = Iterator[tuple[Arrays, dict[str, Arrays]]]


def torch_run(
    make: Callable, clip: Callable | None = None, average: Callable | None = None, when: Callable = lambda t: True
) -> Run:
    start, gradients = problem()
    params = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(p)) for p in start])
    optimizer = make(params)
    averaged = average(params) if average else None
    for t, gradient in enumerate(gradients, start=1):
        optimizer.param_groups[0]["lr"] = LR if t < LR_CHANGE else NEW_LR
        for p, g in zip(params, gradient, strict=True):
            p.grad = torch.tensor(g)
        if clip:
            clip(list(params))
        optimizer.step()
        state = {}
        if averaged is not None:
            if when(t):
                averaged.update_parameters(params)
            state["average"] = [p.detach().numpy().copy() for p in averaged.module]
        yield [p.detach().numpy().copy() for p in params], state


def rate(change: int) -> Callable:
    return lambda count: jnp.where(count < change - 1, LR, NEW_LR)


def lookahead(base: optax.GradientTransformation, k: int, alpha: float) -> Run:
    start, gradients = problem()
    params = optax.LookaheadParams.init_synced([jnp.asarray(p) for p in start])
    optimizer = optax.lookahead(base, k, alpha)
    state = optimizer.init(params)
    for gradient in gradients:
        updates, state = optimizer.update([jnp.asarray(g) for g in gradient], state, params)
        params = optax.apply_updates(params, updates)
        yield [np.array(p) for p in params.fast], {"slow": [np.array(p) for p in params.slow]}


def sam(base: optax.GradientTransformation, rho: float) -> Run:
    """The gradient at p, in step t, is p + g_t cos p."""
    start, gradients = problem()
    params = [jnp.asarray(p) for p in start]
    uphill = optax.chain(optax.contrib.normalize(), optax.sgd(rho))
    optimizer = optax.contrib.sam(base, uphill, sync_period=2)
    state = optimizer.init(params)
    for gradient in gradients:
        for _ in range(2):
            here = [p + g * jnp.cos(p) for p, g in zip(params, gradient, strict=True)]
            updates, state = optimizer.update(here, state, params)
            params = optax.apply_updates(params, updates)
        yield [np.array(p) for p in params], {}


def multi_steps(base: optax.GradientTransformation, k: int) -> Run:
    start, gradients = problem()
    params = [jnp.asarray(p) for p in start]
    optimizer = optax.MultiSteps(base, k, accumulator_dtype=jnp.float64)  # by default float32, also for float64
    state = optimizer.init(params)
    for gradient in gradients:
        updates, state = optimizer.update([jnp.asarray(g) for g in gradient], state, params)
        params = optax.apply_updates(params, updates)
        yield [np.array(p) for p in params], {}


def adam(params) -> torch.optim.Optimizer:
    return torch.optim.Adam(params, lr=LR)


def sgd(params) -> torch.optim.Optimizer:
    return torch.optim.SGD(params, lr=LR, momentum=0.9)


def clip_each(params) -> None:
    for p in params:
        torch.nn.utils.clip_grad_norm_([p], 0.7)


CASES: list[tuple[str, str, str, Callable[[], Run]]] = [
    (
        "ClipGlobalNorm(opt('Adam'), max_norm=0.5)",
        "torch.nn.utils.clip_grad_norm_",
        "",
        lambda: torch_run(adam, lambda ps: torch.nn.utils.clip_grad_norm_(ps, 0.5)),
    ),
    (
        "ClipGlobalNorm(opt('Momentum'), max_norm=3.0)",
        "torch.nn.utils.clip_grad_norm_",
        "",
        lambda: torch_run(sgd, lambda ps: torch.nn.utils.clip_grad_norm_(ps, 3.0)),
    ),
    (
        "ClipNorm(opt('Momentum'), max_norm=0.7)",
        "torch.nn.utils.clip_grad_norm_, each",
        "",
        lambda: torch_run(sgd, clip_each),
    ),
    (
        "ClipValue(opt('Momentum'), max_value=0.3)",
        "torch.nn.utils.clip_grad_value_",
        "",
        lambda: torch_run(sgd, lambda ps: torch.nn.utils.clip_grad_value_(ps, 0.3)),
    ),
    (
        "L2(opt('Adam'), weight_decay=0.3)",
        "torch.optim.Adam(weight_decay=0.3)",
        "",
        lambda: torch_run(lambda ps: torch.optim.Adam(ps, lr=LR, weight_decay=0.3)),
    ),
    (
        "L2(opt('Momentum'), weight_decay=0.3)",
        "torch.optim.SGD(momentum=0.9, weight_decay=0.3)",
        "",
        lambda: torch_run(lambda ps: torch.optim.SGD(ps, lr=LR, momentum=0.9, weight_decay=0.3)),
    ),
    (
        "DecoupledDecay(opt('Adam'), weight_decay=0.3)",
        "torch.optim.AdamW(weight_decay=0.3)",
        "",
        lambda: torch_run(lambda ps: torch.optim.AdamW(ps, lr=LR, weight_decay=0.3)),
    ),
    (
        "EMA(opt('Momentum'), decay=0.9)",
        "torch.optim.swa_utils.AveragedModel(get_ema_multi_avg_fn(0.9))",
        "average",
        lambda: torch_run(sgd, average=lambda ps: AveragedModel(ps, multi_avg_fn=get_ema_multi_avg_fn(0.9))),
    ),
    (
        "SWA(opt('Momentum'), start=5, every=3)",
        "torch.optim.swa_utils.AveragedModel",
        "average",
        lambda: torch_run(sgd, average=AveragedModel, when=lambda t: t >= 5 and (t - 5) % 3 == 0),
    ),
    (
        "Lookahead(opt('Momentum'))",
        "optax.lookahead(sgd, 5, 0.5)",
        "slow",
        lambda: lookahead(optax.sgd(rate(LR_CHANGE), momentum=0.9), 5, 0.5),
    ),
    (
        "Lookahead(opt('Adam'), k=3, alpha=0.8)",
        "optax.lookahead(adam, 3, 0.8)",
        "slow",
        lambda: lookahead(optax.adam(rate(LR_CHANGE)), 3, 0.8),
    ),
    (
        "SAM(opt('Momentum'), rho=0.1)",
        "optax.contrib.sam(sgd)",
        "",
        lambda: sam(optax.sgd(rate(LR_CHANGE), momentum=0.9), 0.1),
    ),
    ("SAM(opt('Adam'), rho=0.3)", "optax.contrib.sam(adam)", "", lambda: sam(optax.adam(rate(LR_CHANGE)), 0.3)),
    (
        "Accumulate(opt('Adam'), steps=4)",
        "optax.MultiSteps(adam, 4, accumulator_dtype=float64)",
        "",
        lambda: multi_steps(optax.adam(rate(4)), 4),
    ),
]


def make() -> dict[str, np.ndarray]:
    start, gradients = problem()
    made = {"start": flat(start), "gradients": np.stack([flat(g) for g in gradients])}
    for number, (_, _, state, run) in enumerate(CASES):
        steps = list(run())
        made[f"{number}.p"] = np.stack([flat(params) for params, _ in steps])
        if state:
            made[f"{number}.{state}"] = np.stack([flat(kept[state]) for _, kept in steps])
    about = {
        "made_by": "python tests/goldens/wrappers.py",
        "versions": {name: version(name).split("+")[0] for name in ("torch", "optax", "jax", "numpy")},
        "shapes": SHAPES,
        "lr": [LR, NEW_LR],
        "lr_change": LR_CHANGE,
        "cases": [{"ours": ours, "theirs": theirs, "state": state} for ours, theirs, state, _ in CASES],
    }
    return {"about": np.array(json.dumps(about)), **made}


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    torch.set_default_dtype(torch.float64)
    made = make()
    if "--check" in sys.argv:
        with np.load(FILE) as stored:
            same = all(
                str(made[n]) == str(stored[n]) if n == "about" else np.allclose(made[n], stored[n], 1e-13, 1e-15)
                for n in made
            )
        sys.exit(not same)
    np.savez_compressed(FILE, **made)
    print(f"{FILE.name}: {len(CASES)} trajectories, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
