"""What goes around an optimizer: each wrapper changes its gradients, its step or what is kept of its parameters.

    opt = fo.EMA(fo.ClipGlobalNorm(fo.Adam(params), max_norm=1.0), decay=0.999)
    opt.step(grads)

The gradients go from the outermost wrapper inwards: `ClipGlobalNorm(Accumulate(opt))` clips each micro-batch,
`Accumulate(ClipGlobalNorm(opt))` their mean. A step refused for bad input has changed nothing, in no wrapper. One
family a file; `Wrapper` says how to write another.
"""

# Importing a family lists its wrappers, in this order.
# ruff: noqa: I001
from .setting import Setting
from .wrapper import WRAPPERS, Wrapper
from .clipping import ClipGlobalNorm, ClipNorm, ClipValue
from .accumulate import Accumulate
from .decay import L2, DecoupledDecay, FullyDecoupledDecay
from .lookahead import Lookahead
from .sam import SAM
from .averaging import EMA, SWA
from .kahan import Kahan
from .scaling import LossScale, Maximize, ScaleStep
from .skipping import SkipLimit

__all__ = [
    "EMA",
    "L2",
    "SAM",
    "SWA",
    "WRAPPERS",
    "Accumulate",
    "ClipGlobalNorm",
    "ClipNorm",
    "ClipValue",
    "DecoupledDecay",
    "FullyDecoupledDecay",
    "Kahan",
    "Lookahead",
    "LossScale",
    "Maximize",
    "ScaleStep",
    "Setting",
    "SkipLimit",
    "Wrapper",
]
