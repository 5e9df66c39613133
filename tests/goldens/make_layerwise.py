"""Make layerwise.npz: the goldens of make.py for the rules that reduce a whole tensor, and for the factored ones.

    python tests/goldens/make_layerwise.py            writes layerwise.npz beside this file
    python tests/goldens/make_layerwise.py --check    makes it again and compares with the one that is stored

A state may have another shape than its parameter: `state_shapes`. Some libraries treat vectors otherwise than
matrices; they are given each tensor in the shape that they treat as the rule does, as the call says.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import numpy as np
import optax
import pytorch_optimizer
import torch
from families import pack, write_or_check
from make import LR_CHANGE, SEED, STEPS, spell, without_eps_of_its_own

FILE = Path(__file__).with_name("layerwise.npz")
SHAPES = [(), (3,), (2, 3), (2, 3, 2)]
LIBRARIES = ("torch", "optax", "pytorch_optimizer", "jax", "numpy")
NOTHING = torch.zeros(0)

Arrays = list[np.ndarray]
Run = Iterator[tuple[Arrays, dict[str, Arrays]]]
Shape = Callable[[tuple[int, ...]], tuple[int, ...]]
Read = Callable[[dict, int], torch.Tensor]  # of what the library keeps for a parameter, and the step


def same(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape


def vector(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (int(np.prod(shape)),)


def matrix(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1, int(np.prod(shape)))


def at_least_vector(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape or (1,)


def problem() -> tuple[Arrays, list[Arrays]]:
    """As in make.py: normal, each element on its own scale; step 5 and one element are zeros."""
    random = np.random.default_rng(SEED)
    start = [np.asarray(random.normal(size=shape)) for shape in SHAPES]
    scales = [10.0 ** random.uniform(-3, 1, size=shape) for shape in SHAPES]
    gradients = []
    for step in range(1, STEPS + 1):
        gradient = [np.asarray(random.normal(size=np.shape(scale)) * scale) for scale in scales]
        gradient[2][-1, -1] = 0.0
        gradients.append([np.zeros_like(g) for g in gradient] if step == 5 else gradient)
    return start, gradients


def run_torch(
    make: type,
    arguments: dict,
    reads: dict[str, Read],
    new_lr: float,
    shape: Shape = same,
    eps: Callable[[int], float] | None = None,
) -> Run:
    start, gradients = problem()
    params = [torch.tensor(p.reshape(shape(p.shape)), requires_grad=True) for p in start]
    optimizer = make(params, **arguments)
    for step, gradient in enumerate(gradients, start=1):
        group = optimizer.param_groups[0]
        group["lr"] = new_lr if step >= LR_CHANGE else group["lr"]
        if eps:
            group["eps"] = eps(step)
        for p, g in zip(params, gradient, strict=True):
            p.grad = torch.tensor(g.reshape(p.shape))
        optimizer.step()

        def shaped(kept: torch.Tensor, before: np.ndarray) -> np.ndarray:
            kept = kept.detach().numpy()
            return kept.reshape(before.shape).copy() if kept.size == before.size and shape is not same else kept.copy()

        yield (
            [shaped(p, before) for p, before in zip(params, start, strict=True)],
            {
                name: [shaped(read(optimizer.state[p], step), b) for p, b in zip(params, start, strict=True)]
                for name, read in reads.items()
            },
        )


def run_optax(
    make: Callable[..., optax.GradientTransformation],
    arguments: dict,
    reads: dict[str, Callable[[object], Arrays]],
    lr: float,
    new_lr: float,
    shape: Shape = same,
) -> Run:
    start, gradients = problem()
    transform = make(lambda count: jax.numpy.where(count + 1 < LR_CHANGE, lr, new_lr), **arguments)
    params = [jax.numpy.asarray(p.reshape(shape(p.shape))) for p in start]
    state = transform.init(params)
    for gradient in gradients:
        given = [jax.numpy.asarray(g.reshape(p.shape)) for g, p in zip(gradient, params, strict=True)]
        updates, state = transform.update(given, state, params)
        params = optax.apply_updates(params, updates)
        yield (
            [np.asarray(p).reshape(before.shape) for p, before in zip(params, start, strict=True)],
            {
                name: [
                    kept.reshape(b.shape) if kept.size == b.size and name != "a" else kept
                    for kept, b in zip(map(np.asarray, read(state)), start, strict=True)
                ]
                for name, read in reads.items()
            },
        )


def tree(field: str, factor: float = 1.0) -> Callable[[object], Arrays]:
    return lambda state: [factor * np.asarray(kept) for kept in optax.tree_utils.tree_get(state, field)]


def key(name: str, correction: Callable[[int], float] = lambda step: 1.0) -> Read:
    """A tensor the library keeps, its correction undone if it keeps it corrected."""
    return lambda kept, step: kept[name] * correction(step)


def sm3(learning_rate: object, **arguments: object) -> optax.GradientTransformation:
    """optax.sm3 with the other arguments of its parts, and a schedule."""
    return optax.chain(optax.scale_by_sm3(**arguments), optax.scale_by_learning_rate(learning_rate))


def cases() -> Iterator[tuple[dict, Run]]:
    def about(rule: str, call: str, ours: dict, new_lr: float, states: dict) -> dict:
        changes = {LR_CHANGE: new_lr}
        return {"rule": rule, "call": call, "hyperparameters": ours, "lr_changes": changes, "states": list(states)}

    def of_optax(
        rule: str,
        make: Callable,
        reads: dict,
        new_lr: float,
        ours: dict,
        theirs: dict,
        shape: Shape = same,
        note: str = "",
    ) -> tuple[dict, Run]:
        call = spell(f"optax.{make.__name__}", ours["lr"], **theirs) + note
        return about(rule, call, ours, new_lr, reads), run_optax(make, theirs, reads, ours["lr"], new_lr, shape)

    def of_torch(
        rule: str, make: type, reads: dict, new_lr: float, theirs: dict, ours: dict, note: str = "", **options: object
    ) -> tuple[dict, Run]:
        library = "torch.optim" if make.__module__.startswith("torch.") else "pytorch_optimizer"
        call = spell(f"{library}.{make.__name__}", "params", **theirs) + note
        return about(rule, call, ours, new_lr, reads), run_torch(make, theirs, reads, new_lr, **options)

    peer = pytorch_optimizer
    trace = {"b": tree("trace", -1.0)}
    given = {"momentum": 0.7, "trust_coefficient": 0.05}
    yield of_optax("lars", optax.lars, trace, 0.3, {"lr": 1.0}, {})
    yield of_optax("lars", optax.lars, trace, 0.1, {"lr": 0.5} | given, given)
    # With next to no momentum a rate outside is one inside, and the buffer is still kept.
    given = {"lr": 0.5, "momentum": 1e-300, "trust_coefficient": 0.05, "weight_decay": 0.3}
    inside = {"b": key("momentum_buffer", lambda step: 0.5 if step < LR_CHANGE else 0.1)}
    yield of_torch("lars", peer.LARS, inside, 0.1, given, given, ", each tensor as a matrix", shape=matrix)

    hyper = {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "eps": 1e-2}
    decay = {"weight_decay": 0.3}
    b = {"b1": 0.7, "b2": 0.9, "eps": 1e-2}
    betas = {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-2}
    moments = {"m": tree("mu"), "v": tree("nu")}
    yield of_optax("lamb", optax.lamb, moments, 1e-2, {"lr": 1e-3}, {})
    yield of_optax("lamb", optax.lamb, moments, 0.2, hyper | decay, b | decay)
    yield of_optax("novograd", optax.novograd, moments, 1e-2, {"lr": 1e-3}, {})
    yield of_optax("novograd", optax.novograd, moments, 0.01, hyper | decay, b | decay)

    def corrected(beta1: float, beta2: float) -> dict[str, Read]:
        return {
            "m": key("exp_avg", lambda step: 1 - beta1**step),
            "v": key("exp_avg_sq", lambda step: 1 - beta2**step),
        }

    yield of_torch("stable_adamw", peer.StableAdamW, corrected(0.9, 0.99), 1e-2, {}, {})
    kept = corrected(0.7, 0.9)
    yield of_torch("stable_adamw", peer.StableAdamW, kept, 0.2, betas | decay, hyper | decay)

    moments = {"m": key("exp_avg"), "v": key("exp_avg_sq")}
    inertia = moments | {"product": key("beta1_prod")}
    yield of_torch("adai", peer.Adai, inertia, 1e-2, {}, {})
    theirs = {"lr": 0.05, "betas": (0.4, 0.9), "eps": 0.02}
    yield of_torch("adai", peer.Adai, inertia, 0.2, theirs, {"lr": 0.05, "beta0": 0.4, "beta2": 0.9, "eps": 0.02})

    change = moments | {"g_previous": key("last_grad")}
    mars = without_eps_of_its_own(peer.MARS)
    note = ", its exp_avg_sq_eps = 0, its eps times √(1 - β₂ᵗ)"
    all_tensors = {"optimize_1d": True}

    def eps_hat(eps: float, beta2: float) -> Callable[[int], float]:
        return lambda step: eps * (1 - beta2**step) ** 0.5

    yield of_torch("mars", mars, change, 1e-2, all_tensors, {}, note, eps=eps_hat(1e-8, 0.99))
    theirs = betas | decay | {"gamma": 0.2} | all_tensors
    ours = hyper | decay | {"variance_reduction": 0.2}
    yield of_torch("mars", mars, change, 0.2, theirs, ours, note, eps=eps_hat(1e-2, 0.9))

    def cautious(lr: float, beta1: float, beta2: float, eps: float, weight_decay: float) -> dict:
        rates = {"lr": lr, "lr_1d": lr, "betas_1d": (beta1, beta2), "eps": eps, "weight_decay_1d": weight_decay}
        return rates | {"cautious": True}

    note += ", each tensor as a vector"
    for new_lr, values, ours in (
        (1e-2, (1e-3, 0.9, 0.999, 1e-8, 1e-2), {}),
        (0.2, (0.05, 0.7, 0.9, 1e-2, 0.3), hyper | decay),
    ):
        options = {"shape": vector, "eps": eps_hat(values[3], values[2])}
        yield of_torch("cautious_adamw", mars, moments, new_lr, cautious(*values), ours, note, **options)

    m = {"m": key("exp_avg")}
    yield of_torch("cautious_lion", peer.Lion, m, 1e-3, {"cautious": True, "weight_decay": 1e-3}, {})
    theirs = {"lr": 0.05, "betas": (0.7, 0.9), "cautious": True} | decay
    yield of_torch("cautious_lion", peer.Lion, m, 0.2, theirs, {"lr": 0.05, "beta1": 0.7, "beta2": 0.9} | decay)

    def either(name: str) -> Read:
        return lambda kept, step: kept.get(name, NOTHING)

    factors = {"R": either("row_var"), "C": either("col_var"), "v": either("variance")}
    yield of_torch("adafactor", torch.optim.Adafactor, factors, 1e-3, {}, {})
    theirs = {"lr": 0.05, "beta2_decay": -0.6, "eps": (0.3, 0.8), "d": 1.2} | decay
    ours = {"lr": 0.05, "beta2_decay": -0.6, "eps1": 0.3, "eps2": 0.8, "d": 1.2} | decay
    yield of_torch("adafactor", torch.optim.Adafactor, factors, 0.02, theirs, ours)

    def sides(kept: dict, step: int) -> torch.Tensor:
        return torch.cat([part.flatten() for name, part in kept.items() if name.startswith("accumulator")])

    covers = {"m": key("momentum_buffer"), "a": sides}
    yield of_torch("sm3", peer.SM3, covers, 0.03, {"momentum": 0.9, "eps": 1e-8}, {})
    covers = {
        "m": tree("nu"),
        "a": lambda state: [np.concatenate([np.ravel(a) for a in parts]) for parts in state[0].mu],
    }
    ours, theirs = {"lr": 0.3, "momentum": 0.6, "eps": 1e-2}, {"b1": 0.6, "eps": 1e-2}
    note = ", its parts chained, the scalar as a vector"
    yield of_optax("sm3", sm3, covers, 0.05, ours, theirs, at_least_vector, note)


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    torch.set_default_dtype(torch.float64)
    write_or_check(FILE, pack("make_layerwise.py", LIBRARIES, SEED, SHAPES, problem(), cases()))


if __name__ == "__main__":
    main()
