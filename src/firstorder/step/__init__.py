"""The step protocol: parameters, what steps them, and their state in and out.

It knows neither optimizers nor wrappers, which are both a `Stepper`, and imports rules and backends only.
"""

from .groups import Group, Value
from .parameters import Pairs, Parameters, Slot
from .state import StateError
from .stepper import NonFinite, Plan, Stepper
from .structure import Packed, Structure

__all__ = [
    "Group",
    "NonFinite",
    "Packed",
    "Pairs",
    "Parameters",
    "Plan",
    "Slot",
    "StateError",
    "Stepper",
    "Structure",
    "Value",
]
