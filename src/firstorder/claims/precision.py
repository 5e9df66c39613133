"""Claims about 16-bit arithmetic: what it does to updates, moments, counters and ε, and what mends it."""

from functools import cache

import numpy as np

from ..minimize import batches
from ..optimizer import Optimizer
from ..problems import TwoLayerNetwork, digits
from ..rules import RULES
from ..wrappers import Kahan
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim

SGD, ADAM = (Optimizer.of(RULES[key]) for key in ("sgd", "adam"))


@cache
def trained(
    dtype: str, seed: int, lr: float = 1e-4, steps: int = 300, scale: float = 1.0, *, compensated: bool = False
) -> float:
    """The training loss of the digits network after Adam's steps, with weights and gradients kept in `dtype`.

    Gradients are those of `scale` times the loss, computed in float32 at the weights as they are.
    """
    import ml_dtypes  # noqa: F401 - "bfloat16" is the name of a dtype from here on

    data = digits(dtype="float32")
    network = TwoLayerNetwork(data.x_train, data.y_train)
    params = {name: array.astype(dtype) for name, array in network.start(seed).items()}
    plain = ADAM(params, lr=lr)
    optimizer = Kahan(plain) if compensated else plain
    drawn = batches(network.n_samples, 64, seed)
    for _ in range(steps):
        gradient = network.gradient({k: p.astype("float32") for k, p in params.items()}, next(drawn))
        optimizer.step({k: (np.float32(scale) * g).astype(dtype) for k, g in gradient.items()})
    return network.value({k: p.astype("float32") for k, p in params.items()})


@claim(
    "In float16 an update below half the spacing of its weight is lost",
    CON,
    about=("sgd", "adam"),
    source="gupta2015deep",
)
def small_updates_are_lost():
    """1,000 steps of SGD of 1/4096 each, upwards from 1, where the next float16 is 1/1024 away."""
    ends = {}
    for dtype in ("float16", "float32"):
        p = np.ones(1, dtype)
        optimizer = SGD(p, lr=2.0**-12)
        for _ in range(1000):
            optimizer.step(-np.ones(1, dtype))
        ends[dtype] = float(p[0]) - 1
    return Finding(
        HOLDS if ends["float16"] == 0 < ends["float32"] else FAILS,
        f"way of 1,000 steps: {ends['float16']:g} in float16, {ends['float32']:.3f} in float32",
        ends,
    )


@claim(
    "With Kahan summation, 16-bit weights train as float32 weights do",
    PRO,
    about="kahan",
    source="zamirai2020revisiting",
)
def kahan_trains_like_float32():
    """The two-layer network on the digits, Adam at 1e-4, 300 steps, three seeds: training loss against float32's, for
    weights in float16 and in bfloat16."""
    full = np.array([trained("float32", seed) for seed in range(3)])
    values = {}
    for dtype in ("float16", "bfloat16"):
        plain, mended = (
            np.array([trained(dtype, seed, compensated=compensated) for seed in range(3)]) / full - 1
            for compensated in (False, True)
        )
        values |= {f"{dtype} with": float(abs(mended).max()), f"{dtype} without": float(plain.min())}
    held = all(v < 0.001 if name.endswith("with") else v > 0.02 for name, v in values.items())
    return Finding(
        HOLDS if held else FAILS,
        "; ".join(
            f"{dtype}: loss off by {100 * values[f'{dtype} with']:.2f}% at most with it, above by "
            f"{100 * values[f'{dtype} without']:.0f}% or more without"
            for dtype in ("float16", "bfloat16")
        ),
        values,
    )


@claim("Adam in float16 turns a gradient of zero into NaN: its ε rounds to 0", CON, about="adam")
def eps_underflows():
    """One step of the rule on float16 arrays at a gradient of 0; and the optimizer's, which is computed in float32."""
    zero = np.zeros(1, "float16")
    with np.errstate(all="ignore"):
        naive, *_ = RULES["adam"](zero, zero, zero, zero, t=1, **RULES["adam"].hyperparameters)
    params = np.zeros(1, "float16")
    ADAM(params).step(zero)
    return Finding(
        HOLDS if np.isnan(naive[0]) and params[0] == 0 else FAILS,
        f"step in float16: {naive[0]}; with state and step in float32: {params[0]:g}",
        {"eps": float(np.float16(1e-8)), "float32": float(params[0])},
    )


@claim("A step counter kept in bfloat16 stops at 256, one in float16 at 2,048", CON, about="adam")
def the_step_counter_sticks():
    """1 added 5,000 times in each format; and what a counter of 256 makes of 1 − β₂ᵗ at β₂ = 0.999."""
    from ml_dtypes import bfloat16

    half, brain = np.float16(0), bfloat16(0)
    for _ in range(5000):
        half, brain = half + np.float16(1), brain + bfloat16(1)
    correction = 1 - 0.999**256
    return Finding(
        HOLDS if (half, brain) == (2048, 256) else FAILS,
        f"{float(brain):.0f} and {half:,.0f}; with 256 forever, in the end steps have {correction**0.5:.2f} of their "
        "length",
        {"float16": float(half), "bfloat16": float(brain), "correction": correction},
    )


@claim("In bfloat16, β₂ = 0.999 is 1, and the second moment never leaves zero", CON, about="adam")
def beta2_rounds_to_one():
    """β₂ rounded, and the moment after 1,000 gradients of 1, computed in bfloat16 throughout."""
    from ml_dtypes import bfloat16

    beta2, v = bfloat16(0.999), bfloat16(0)
    for _ in range(1000):
        v = beta2 * v + (bfloat16(1) - beta2)
    return Finding(
        HOLDS if beta2 == 1 and v == 0 else FAILS,
        f"β₂ = {float(beta2):g}, v = {float(v):g} after 1,000 steps; exactly: {1 - 0.999**1000:.2f}",
        {"beta2": float(beta2), "v": float(v)},
    )


@claim(
    "A second moment kept in bfloat16 stops following the gradient, even if it is computed in float32",
    CON,
    about="adam",
)
def the_second_moment_sticks():
    """v starts at 1; then 5,000 gradients have the square 1/2. Each new v is computed in float32 and rounded."""
    from ml_dtypes import bfloat16

    kept = {"float32": np.float32, "float16": np.float16, "bfloat16": bfloat16}
    ends = {}
    for name, rounded in kept.items():
        v = np.float32(1)
        for _ in range(5000):
            v = np.float32(rounded(np.float32(0.999) * v + np.float32(0.001 * 0.5)))
        ends[name] = float(v)
    return Finding(
        HOLDS if ends["bfloat16"] == 1 and ends["float32"] < 0.51 else FAILS,
        "v ends at " + ", ".join(f"{v:.2f} in {name}" for name, v in ends.items()),
        ends,
    )


@claim(
    "Adam needs no loss scaling in float16, since the scale of the gradient cancels",
    PRO,
    about="adam",
    verdict=PARTLY,
    conditions="only while the gradient is above the smallest float16, 6e-8; what has rounded to zero stays lost",
)
def no_loss_scaling():
    """The digits network, float16 with Kahan summation, Adam at 1e-3 for 300 steps, the loss times 1, 1e-3 and 1e-6."""
    usual, small, tiny = (trained("float16", 0, 1e-3, 300, scale, compensated=True) for scale in (1.0, 1e-3, 1e-6))
    harmless, harmful = abs(small / usual - 1) < 0.05, tiny > 1.5 * usual
    return Finding(
        PARTLY if harmless and harmful else HOLDS if harmless else FAILS,
        f"training loss {usual:.3f}; {small:.3f} with the loss times 1e-3; {tiny:.2f} with the loss times 1e-6",
        {"1": usual, "1e-3": small, "1e-6": tiny},
    )
