"""What the hyperparameters mean and which values they take: one entry for each name that the field uses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

#: The first numbers past 1 and 0, for ranges that include them.
CLOSED_ONE = math.nextafter(1.0, 2.0)
CLOSED_ZERO = math.nextafter(0.0, 1.0)


@dataclass(frozen=True)
class Hyperparameter:
    """The meaning of one hyperparameter name.

    low, high: the values allowed, `low <= value < high`; slider: the range a figure offers;
    scale: how the slider runs, "complement" meaning logarithmic in 1 - value; guard: whether it keeps a division from
    0, and so, unless it is 0 itself, must not become 0 in the dtype that is computed in.
    """

    name: str
    symbol: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    slider: tuple[float, float] = (0.0, 1.0)
    scale: Literal["log", "linear", "complement"] = "linear"
    guard: bool = False

    @property
    def allowed(self) -> str:
        """The allowed values in words, for error messages."""
        if self.low == -math.inf:
            return "a finite number"
        if self.high == math.inf:
            return f"a finite number >= {self.low:g}"
        end = "]" if self.high in (CLOSED_ZERO, CLOSED_ONE) else ")"
        return f"a number in [{self.low:g}, {0 if self.high == CLOSED_ZERO else self.high:g}{end}"


_DECAY = {"low": 0.0, "high": 1.0, "slider": (0.0, 0.9999), "scale": "complement"}
_SHARE = {"low": 0.0, "high": CLOSED_ONE, "slider": (0.0, 1.0)}

HYPERPARAMETERS: dict[str, Hyperparameter] = {
    h.name: h
    for h in (
        Hyperparameter("lr", "η", "learning rate", 0.0, slider=(1e-4, 10.0), scale="log"),
        Hyperparameter("momentum", "μ", "share of the last step that is kept", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("dampening", "τ", "share of each gradient after the first that is left out", **_SHARE),  # type: ignore[arg-type]
        Hyperparameter("momentum1", "μ₁", "momentum of the first ball", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("momentum2", "μ₂", "momentum of the second ball", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("momentum3", "μ₃", "momentum of the third ball", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("nu", "ν", "share of the moving average in the step", **_SHARE),  # type: ignore[arg-type]
        Hyperparameter("nu1", "ν₁", "share of the first moment in the numerator", **_SHARE),  # type: ignore[arg-type]
        Hyperparameter("nu2", "ν₂", "share of the second moment in the denominator", **_SHARE),  # type: ignore[arg-type]
        Hyperparameter("etaminus", "η⁻", "factor on the step where the gradient turns", 0.0, CLOSED_ONE),
        Hyperparameter("etaplus", "η⁺", "factor on the step where the gradient keeps its sign", 1.0, slider=(1.0, 2.0)),
        Hyperparameter("step_min", "Δmin", "smallest step", 0.0, slider=(1e-8, 1.0), scale="log"),
        Hyperparameter("step_max", "Δmax", "largest step", 0.0, slider=(1e-4, 100.0), scale="log"),
        Hyperparameter("alpha", "α", "decay rate of the mean squared gradient", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("rho", "ρ", "decay rate of both mean squares", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("beta1", "β₁", "decay rate of the first moment", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("beta2", "β₂", "decay rate of the second moment", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("beta3", "β₃", "decay rate of the third moving average", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("mixing", "αₘ", "weight of the slow moment beside the fast one", 0.0, slider=(0.0, 10.0)),
        Hyperparameter("momentum_decay", "ψ", "speed at which momentum grows", 0.0, slider=(1e-4, 10.0), scale="log"),
        Hyperparameter("final_lr", "η∞", "rate on which the bounds close in", 0.0, slider=(1e-4, 10.0), scale="log"),
        Hyperparameter("curvature_weight", "γₕ", "share of curvature to divide by", 0.0, slider=(1e-3, 1), scale="log"),
        Hyperparameter("gamma", "γ", "speed at which the bounds close in", 1e-12, slider=(1e-5, 1.0), scale="log"),
        Hyperparameter("eps", "ε", "guard in the denominator", 0.0, slider=(1e-16, 1.0), scale="log", guard=True),
        Hyperparameter("weight_decay", "λ", "decoupled weight decay", 0.0, slider=(1e-5, 1.0), scale="log"),
        Hyperparameter("lr_max", "ηmax", "largest rate of the schedule", 1e-12, slider=(1e-4, 10.0), scale="log"),
        Hyperparameter("beta", "β", "what the root of the sum of squares starts from", 0.0, slider=(0.0, 10.0)),
        Hyperparameter("lambda1", "λ₁", "weight of the L1 penalty", 0.0),
        Hyperparameter("lambda2", "λ₂", "weight of the L2 penalty", 0.0),
        Hyperparameter("rms", "ρᵤ", "root mean square of a step at rate 1", 0.0, slider=(0.01, 1.0), scale="log"),
        Hyperparameter("precondition_frequency", "f", "steps between two turns of the basis", 1.0, slider=(1.0, 100.0)),
        Hyperparameter("trust_coefficient", "κ", "share of its norm a tensor moves by", 0.0, slider=(1e-4, 1)),
        Hyperparameter("variance_reduction", "γᵥ", "share of the gradient's change that is added to it", 0.0),
        Hyperparameter("beta0", "β₀", "how far momentum falls where gradients are as large as the mean", 0.0),
        Hyperparameter("beta2_decay", "c", "power of t that weighs the new square", -1.0, CLOSED_ZERO, (-1.0, 0.0)),
        Hyperparameter("eps1", "ε₁", "guard of the second moments", 0.0, slider=(0.0, 1e-2), guard=True),
        Hyperparameter(
            "eps2", "ε₂", "least root mean square a tensor counts with", 0.0, slider=(1e-8, 1), scale="log", guard=True
        ),
        Hyperparameter("d", "d", "root mean square above which steps are clipped", 1.0, slider=(1.0, 10.0)),
        Hyperparameter("d0", "d₀", "first estimate of the distance", 1e-30, slider=(1e-8, 1.0), scale="log"),
        Hyperparameter("initial_accumulator_value", "G₀", "where the accumulators start", 0.0),
    )
}


def hyperparameter(name: str) -> Hyperparameter:
    """The entry for `name`; a name of the reader's own may take any finite value."""
    return HYPERPARAMETERS.get(name, Hyperparameter(name, name, "a hyperparameter of this rule"))
