"""What is minimised: landscapes of two variables, and learning problems on real data."""

from .check import gradient_error
from .landscape import Landscape, landscape
from .landscapes import LANDSCAPES
from .learning import ConvolutionalNetwork, Digits, SoftmaxRegression, TwoLayerNetwork, digits

__all__ = [
    "LANDSCAPES",
    "ConvolutionalNetwork",
    "Digits",
    "Landscape",
    "SoftmaxRegression",
    "TwoLayerNetwork",
    "digits",
    "gradient_error",
    "landscape",
]
