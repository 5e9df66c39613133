"""Claims about the sharpness of a run, the largest curvature where it is, and the border of stability."""

import numpy as np

from ..lab.edge import Followed, followed
from ..lab.runs import warming
from .claim import CON, PRO, claim

STEPS = 3000


def ratios(run: Followed, lr: float, border: float = 2) -> np.ndarray:
    """The sharpness at each look, over the border of stability at this rate."""
    return run.sharpness * lr / border


@claim(
    "The sharpness rises until it meets 2/η, and stays there",
    PRO,
    about="batch",
    source="cohen2021gradient",
    holds="first < 0.6 and low > 0.93 and high < 1.1 and abs(large - 1) < 0.05 and small < 0.7",
    says="At η = 0.4 the sharpness is {first:.2f} of 2/η at the start, and between {low:.2f} and {high:.2f} of it "
    "from step 1,500 to 3,000. At 0.8 it is {large:.2f} at the end; at 0.2 it has come to {small:.2f}, still rising.",
)
def meets():
    """Full gradients on a small smooth network (64-32-10, tanh, squared error, 500 digits), 3,000 steps: the largest
    curvature every 50 steps, times η/2."""
    runs = {f"at_{lr}": ratios(followed("sgd", lr), lr) for lr in (0.2, 0.4, 0.8)}
    late = runs["at_0.4"][30:]
    return {
        "first": runs["at_0.4"][0],
        "low": late.min(),
        "high": late.max(),
        "large": runs["at_0.8"][-1],
        "small": runs["at_0.2"][-1],
    } | {name.replace(".", "_"): list(values) for name, values in runs.items()}


@claim(
    "The loss rises from step to step, and falls over the run all the same",
    PRO,
    about="batch",
    source="cohen2021gradient",
    holds="rises > 300 and end < safe and safe_rises == 0",
    says="At η = 0.4 the loss rises in {rises} of 3,000 steps and ends at {end:.3f}; at 0.2, inside the border, it "
    "never rises and ends at {safe:.3f}.",
)
def falls():
    """The network and the runs of the claim above."""
    edge, safe = (followed("sgd", lr).losses for lr in (0.4, 0.2))
    rises = [int((np.diff(losses) > 0).sum()) for losses in (edge, safe)]
    return {"rises": rises[0], "end": edge[-1], "safe": safe[-1], "safe_rises": rises[1]}


@claim(
    "Its sharpness, in the units of its steps, rises until it meets 38/η, and stays there",
    PRO,
    about="adam",
    source="cohen2022adaptive",
    holds="early < 0.5 and low > 0.9 and high < 1.1 and slow < 0.7",
    says="At η = 0.003 the preconditioned sharpness is {early:.2f} of 38/η after 500 steps, and between {low:.2f} and "
    "{high:.2f} of it from step 1,500 to 3,000. At 0.001 it has come to {slow:.2f}, still rising.",
)
def adam_meets():
    """The same network with Adam at its defaults: the largest eigenvalue of D⁻¹HD⁻¹, where D² = √v̂ + ε, every 50
    steps, times η/38."""
    fast, slow = (ratios(followed("adam", lr), lr, 38) for lr in (0.003, 0.001))
    late = fast[30:]
    return {
        "early": fast[10],
        "low": late.min(),
        "high": late.max(),
        "slow": slow[-1],
        "fast_all": list(fast),
        "slow_all": list(slow),
    }


@claim(
    "Warm-up makes a rate usable at which the run would diverge from the start",
    PRO,
    about="schedules",
    source="gilmer2022loss",
    holds="cold_steps < 20 and short_steps < 3000 and warm < 0.2 and before > 1.5 and after < 1.3",
    says="At η = 1.6 the run diverges within {cold_steps} steps, and with a warm-up of 300 within {short_steps}. With "
    "one of 1,000 it ends at a loss of {warm:.3f}: when the full rate is reached, the sharpness has fallen from "
    "{before:.1f} to {after:.1f} times 2/η. At 0.8 without warm-up it ends at {half:.3f}.",
)
def warms_up():
    """The same network with full gradients at η = 1.6, 3,000 steps: at once, and with a rate that grows in a straight
    line over 300 or 1,000 steps."""
    cold, short, warm = (
        followed("sgd", warming(over)(1.6, STEPS), STEPS) if over else followed("sgd", 1.6) for over in (0, 300, 1000)
    )
    return {
        "cold_steps": len(cold.losses) - 1,
        "short_steps": len(short.losses) - 1,
        "warm": warm.losses[-1],
        "before": warm.sharpness[0] * 1.6 / 2,
        "after": warm.sharpness[20] * 1.6 / 2,
        "half": followed("sgd", 0.8).losses[-1],
        "sharpness": list(warm.sharpness),
    }


@claim(
    "Its sharpness stays below 2/η",
    PRO,
    about="minibatch",
    source=("jastrzebski2020break", "cohen2021gradient"),
    holds="large < 0.97 and small < large and full > 0.97",
    says="At η = 0.4 the sharpness is {full:.2f} of 2/η in the mean of the last 1,000 steps with full gradients, "
    "{large:.2f} with batches of 32 and {small:.2f} with batches of 8.",
)
def below():
    """The same network, 3,000 steps at η = 0.4, one run each with full gradients, batches of 32 and of 8: the sharpness
    of the loss over all 500 digits, every 50 steps."""
    full, large, small = (ratios(followed("sgd", 0.4, batch_size=size), 0.4)[-20:].mean() for size in (None, 32, 8))
    return {"full": full, "large": large, "small": small}


@claim(
    "The rate can no longer be chosen by the curvature, for the curvature comes to the rate",
    CON,
    about="batch",
    source="cohen2021gradient",
    holds="start < 1.1 * end_large and end_small > 1.7 * end_large and abs(times - 2) < 0.15",
    says="The sharpness is {start:.1f} at the start. It ends at {end_small:.1f} with η = 0.4 and at {end_large:.1f} "
    "with 0.8, in the ratio {times:.2f}.",
)
def chosen_by_rate():
    """The runs of the first claim: the sharpness itself, at the start and in the mean of the last 1,000 steps."""
    small, large = (followed("sgd", lr).sharpness for lr in (0.4, 0.8))
    ends = small[-20:].mean(), large[-20:].mean()
    return {"start": small[0], "end_small": ends[0], "end_large": ends[1], "times": ends[0] / ends[1]}
