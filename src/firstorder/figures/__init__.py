"""One front end per figure: an ES module used by the notebook, as an ipywidget, and by the static page alike.

Imports everything of the package; nothing of the package imports it, for it needs the extra `book`.
"""

try:
    from .anatomy import Anatomy
    from .batch_size import BatchSize
    from .bias_correction import BiasCorrection
    from .comparison import Comparison
    from .counter_example import CounterExample
    from .cover import Cover
    from .decay import DecayFigure
    from .downhill import Downhill
    from .edge import Edge
    from .effective_rates import EffectiveRates
    from .four_steps import FourSteps
    from .growing_d import GrowingD
    from .lost_updates import LostUpdates
    from .method_map import MethodMap
    from .mini_batch_noise import MiniBatchNoise
    from .newton_schulz import NewtonSchulz
    from .playground import Playground
    from .race import Race
    from .rate_grid import RateGrid
    from .schedule import ScheduleFigure
    from .smoothing import Smoothing
    from .spectrum import Spectrum
    from .width_transfer import WidthTransfer
except ModuleNotFoundError as error:
    if error.name not in {"anywidget", "ipywidgets", "latex2mathml", "traitlets"}:
        raise
    raise ImportError(
        f"firstorder.figures needs {error.name}, which is not installed: pip install 'firstorder[book]'"
    ) from error

__all__ = [
    "Anatomy",
    "BatchSize",
    "BiasCorrection",
    "Comparison",
    "CounterExample",
    "Cover",
    "DecayFigure",
    "Downhill",
    "Edge",
    "EffectiveRates",
    "FourSteps",
    "GrowingD",
    "LostUpdates",
    "MethodMap",
    "MiniBatchNoise",
    "NewtonSchulz",
    "Playground",
    "Race",
    "RateGrid",
    "ScheduleFigure",
    "Smoothing",
    "Spectrum",
    "WidthTransfer",
]
