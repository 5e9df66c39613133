"""Claims about 16-bit arithmetic: what it does to updates, moments, counters and ε, and what mends it."""

import numpy as np

from ..lab.evidence import lower_by
from ..lab.precision import losses
from ..lab.tuning import least
from ..lab.walks import made
from ..rules import RULES
from .claim import CON, PARTLY, PRO, UNDECIDED, claim
from .over_seeds import better, lower


@claim(
    "In float16 an update below half the spacing of its weight is lost",
    CON,
    about=("sgd", "adam"),
    source="gupta2015deep",
    holds="float16 == 0 < float32",
    says="1,000 steps of 1/4096 take a weight of 1 nowhere in float16 ({float16:g}), and by {float32:.3f} in float32.",
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
    says="With it the training loss is off float32's by {100 * float16_with:.2f}% at most in float16 and "
    "{100 * bfloat16_with:.2f}% in bfloat16. Without it the loss is at least {100 * float16_without:.0f}% and "
    "{100 * bfloat16_without:.0f}% higher.",
)
def kahan_trains_like_float32():
    """The two-layer network on the digits, Adam at 1e-4, 300 steps: training loss against float32's, for weights in
    float16 and in bfloat16; the worst of three seeds, which is enough since runs from one seed differ by their rounding
    alone."""

    def ends(dtype: str, **given: bool) -> np.ndarray:
        return np.array([losses(dtype, 1e-4, seed, 300, every=300, **given)[-1] for seed in range(3)])

    full, found = ends("float32"), {}
    for dtype in ("float16", "bfloat16"):
        found[f"{dtype}_with"] = abs(ends(dtype, kahan=True) / full - 1).max()
        found[f"{dtype}_without"] = (ends(dtype) / full - 1).min()
    return found


@claim(
    "Adam in float16 turns a gradient of zero into NaN: its ε rounds to 0",
    CON,
    about="adam",
    holds="lost == 1 and float32 == 0",
    says="At a gradient of 0 the rule on float16 arrays makes {'NaN' if lost else 'a number'} of the weight; with "
    "state and step in float32 it stays {float32:g}.",
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
    says="After 5,000 additions of 1 it says {bfloat16:.0f} in bfloat16 and {float16:,.0f} in float16. With 256 for "
    "ever, Adam's steps in the end have {correction**0.5:.2f} of their length.",
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
    says="In bfloat16 β₂ is rounded to {beta2:g}, and after 1,000 gradients of 1 the moment is {v:g} where it is to be "
    "{1 - 0.999**1000:.2f}.",
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
    says="After 5,000 gradients whose square is a half, a moment that began at 1 is {float32:.2f} in float32, "
    "{float16:.2f} in float16 and {bfloat16:.2f} in bfloat16.",
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
    says="The training loss is {usual:.3f} with the loss as it is, {small:.3f} with a thousandth of it, and "
    "{tiny:.2f} with a millionth.",
)
def no_loss_scaling():
    """The digits network, float16 with Kahan summation, Adam at 1e-3 for 300 steps, the loss times 1, 1e-3 and 1e-6."""
    scales = {"usual": 1.0, "small": 1e-3, "tiny": 1e-6}
    run = {"lr": 1e-3, "steps": 300, "every": 300, "kahan": True}
    return {name: losses("float16", scale=scale, **run)[-1] for name, scale in scales.items()}


@claim(
    "With a well-chosen rate, too, weights in bfloat16 end at a higher loss than weights in float32",
    CON,
    about="adam",
    verdict=UNDECIDED,
    conditions="20 seeds show no difference, and would have missed one of a quarter; at small rates there is one",
    **better(0.1),
    says="Each at the best of four rates: " + lower("bfloat16's", what="float32's training loss") + ".",
)
def rounding_costs_at_the_best_rate():
    """The two-layer network on the digits, Adam, 300 steps, weights and gradients in either format; the rate is chosen
    by three other seeds."""

    def end(dtype: str, lr: float, seed: int) -> float:
        return float(losses(dtype, lr, seed, 300, every=300)[-1])

    rates, found = (3e-3, 1e-2, 3e-2, 1e-1), {}
    for dtype in ("float32", "bfloat16"):
        tuned = rates[least([np.mean([end(dtype, lr, seed) for seed in range(3)]) for lr in rates], rates)]
        found[dtype] = [end(dtype, tuned, seed) for seed in range(3, 23)]
    return lower_by(found["float32"], found["bfloat16"])
