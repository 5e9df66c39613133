"""Claims about 16-bit arithmetic: what it does to updates, moments, counters and ε, and what mends it."""

from functools import cache
from typing import Any

import numpy as np

from ..lab.walks import made
from ..minimize import minimize
from ..problems import TwoLayerNetwork, digits
from ..rules import RULES
from ..wrappers import Kahan
from .claim import CON, PARTLY, PRO, claim


class Narrow:
    """The digits network with weights and gradients kept in `dtype`, of `scale` times the loss.

    Loss and gradient are computed in float32 at the weights as they are.
    """

    def __init__(self, dtype: str, scale: float = 1.0):
        import ml_dtypes  # noqa: F401 - "bfloat16" is the name of a dtype from here on

        data = digits(dtype="float32")
        self.network = TwoLayerNetwork(data.x_train, data.y_train)
        self.n_samples, self.dtype, self.scale = self.network.n_samples, dtype, np.float32(scale)

    def start(self, seed: int) -> dict[str, Any]:
        return {name: array.astype(self.dtype) for name, array in self.network.start(seed).items()}

    def value(self, params: dict[str, Any]) -> float:
        return self.network.value({name: p.astype("float32") for name, p in params.items()})

    def gradient(self, params: dict[str, Any], batch: Any) -> dict[str, Any]:
        gradient = self.network.gradient({name: p.astype("float32") for name, p in params.items()}, batch)
        return {name: (self.scale * g).astype(self.dtype) for name, g in gradient.items()}


@cache
def adams_loss(dtype: str, seed: int, lr: float = 1e-4, scale: float = 1.0, *, compensated: bool = False) -> float:
    """The training loss of the `Narrow` network after 300 of Adam's steps."""

    def adam(params: Any) -> Any:
        plain = made("adam", params, lr=lr)
        return Kahan(plain) if compensated else plain

    path = minimize(Narrow(dtype, scale), adam, steps=300, batch_size=64, seed=seed, record_every=300, progress=False)
    return float(path.values[-1])


@claim(
    "In float16 an update below half the spacing of its weight is lost",
    CON,
    about=("sgd", "adam"),
    source="gupta2015deep",
    holds="float16 == 0 < float32",
    says="way of 1,000 steps: {float16:g} in float16, {float32:.3f} in float32",
)
def small_updates_are_lost():
    """1,000 steps of SGD of 1/4096 each, upwards from 1, where the next float16 is 1/1024 away."""
    ways = {}
    for dtype in ("float16", "float32"):
        p, up = np.ones(1, dtype), -np.ones(1, dtype)
        optimizer = made("sgd", p, lr=2.0**-12)
        for _ in range(1000):
            optimizer.step(up)
        ways[dtype] = float(p[0]) - 1
    return ways


@claim(
    "With Kahan summation, 16-bit weights train as float32 weights do",
    PRO,
    about="kahan",
    source="zamirai2020revisiting",
    holds="max(float16_with, bfloat16_with) < 0.001 and min(float16_without, bfloat16_without) > 0.02",
    says="float16: loss off by {100 * float16_with:.2f}% at most with it, above by {100 * float16_without:.0f}% or "
    "more without; bfloat16: loss off by {100 * bfloat16_with:.2f}% at most with it, above by "
    "{100 * bfloat16_without:.0f}% or more without",
)
def kahan_trains_like_float32():
    """The two-layer network on the digits, Adam at 1e-4, 300 steps, three seeds: training loss against float32's, for
    weights in float16 and in bfloat16."""

    def losses(dtype: str, **given: bool) -> np.ndarray:
        return np.array([adams_loss(dtype, seed, **given) for seed in range(3)])

    full, found = losses("float32"), {}
    for dtype in ("float16", "bfloat16"):
        found[f"{dtype}_with"] = abs(losses(dtype, compensated=True) / full - 1).max()
        found[f"{dtype}_without"] = (losses(dtype) / full - 1).min()
    return found


@claim(
    "Adam in float16 turns a gradient of zero into NaN: its ε rounds to 0",
    CON,
    about="adam",
    holds="lost == 1 and float32 == 0",
    says="step in float16: {'nan' if lost else 'a number'}; with state and step in float32: {float32:g}",
)
def eps_underflows():
    """One step of the rule on float16 arrays at a gradient of 0; and the optimizer's, which is computed in float32."""
    zero, params = np.zeros(1, "float16"), np.zeros(1, "float16")
    with np.errstate(all="ignore"):
        naive, *_ = RULES["adam"](zero, zero, zero, zero, t=1, **RULES["adam"].hyperparameters)
    made("adam", params).step(zero)
    return {"lost": np.isnan(naive).sum(), "float32": params[0]}


@claim(
    "A step counter kept in bfloat16 stops at 256, one in float16 at 2,048",
    CON,
    about="adam",
    holds="float16 == 2048 and bfloat16 == 256",
    says="{bfloat16:.0f} and {float16:,.0f}; with 256 forever, in the end steps have {correction**0.5:.2f} of their "
    "length",
)
def the_step_counter_sticks():
    """1 added 5,000 times in each format; and what a counter of 256 makes of 1 − β₂ᵗ at β₂ = 0.999."""
    from ml_dtypes import bfloat16

    half, brain = np.float16(0), bfloat16(0)
    for _ in range(5000):
        half, brain = half + np.float16(1), brain + bfloat16(1)
    return {"float16": half, "bfloat16": float(brain), "correction": 1 - 0.999**256}


@claim(
    "In bfloat16, β₂ = 0.999 is 1, and the second moment never leaves zero",
    CON,
    about="adam",
    holds="beta2 == 1 and v == 0",
    says="β₂ = {beta2:g}, v = {v:g} after 1,000 steps; exactly: {1 - 0.999**1000:.2f}",
)
def beta2_rounds_to_one():
    """β₂ rounded, and the moment after 1,000 gradients of 1, computed in bfloat16 throughout."""
    from ml_dtypes import bfloat16

    beta2, v = bfloat16(0.999), bfloat16(0)
    for _ in range(1000):
        v = beta2 * v + (bfloat16(1) - beta2)
    return {"beta2": float(beta2), "v": float(v)}


@claim(
    "A second moment kept in bfloat16 stops following the gradient, even if it is computed in float32",
    CON,
    about="adam",
    holds="bfloat16 == 1 and float32 < 0.51",
    says="v ends at {float32:.2f} in float32, {float16:.2f} in float16, {bfloat16:.2f} in bfloat16",
)
def the_second_moment_sticks():
    """v starts at 1; then 5,000 gradients have the square 1/2. Each new v is computed in float32 and rounded."""
    from ml_dtypes import bfloat16

    ends = {}
    for name, rounded in {"float32": np.float32, "float16": np.float16, "bfloat16": bfloat16}.items():
        v = np.float32(1)
        for _ in range(5000):
            v = np.float32(rounded(np.float32(0.999) * v + np.float32(0.001 * 0.5)))
        ends[name] = v
    return ends


@claim(
    "Adam needs no loss scaling in float16, since the scale of the gradient cancels",
    PRO,
    about="adam",
    verdict=PARTLY,
    conditions="only while the gradient is above the smallest float16, 6e-8; what has rounded to zero stays lost",
    holds="abs(small - usual) < 0.05 * usual and tiny <= 1.5 * usual",
    partly="abs(small - usual) < 0.05 * usual",
    says="training loss {usual:.3f}; {small:.3f} with the loss times 1e-3; {tiny:.2f} with the loss times 1e-6",
)
def no_loss_scaling():
    """The digits network, float16 with Kahan summation, Adam at 1e-3 for 300 steps, the loss times 1, 1e-3 and 1e-6."""
    scales = {"usual": 1.0, "small": 1e-3, "tiny": 1e-6}
    return {name: adams_loss("float16", 0, 1e-3, scale, compensated=True) for name, scale in scales.items()}
