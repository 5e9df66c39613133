"""Parameter groups: hyperparameters with their own values, checked when they are set."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from ..rules import Rule
from .structure import Packed

Value = float | Callable[[int], float]

#: What a group may have besides hyperparameters.
FREE = ("name", "lr_scale")


class Group(MutableMapping[str, Value]):
    """The hyperparameters of one parameter group, checked when they are set.

    Besides them it may have a "name", text for whoever reads it, and "lr_scale", a number by which the group's rate is
    multiplied at each step, so that groups can share a schedule: `{"params": head, "lr_scale": 10}`.
    """

    def __init__(self, rule: Rule, dtypes: Sequence[np.dtype], values: Mapping[str, Value]):
        self._rule, self._dtypes = rule, dtypes
        missing = [n for n, default in rule.hyperparameters.items() if default is None and n not in values]
        if missing:
            raise TypeError(f"{rule.name}: hyperparameter {missing[0]!r} has no default and must be given")
        self._values: dict[str, Value] = {}
        self._fixed: dict[str, float] | None = None
        for name, value in {**rule.hyperparameters, **values}.items():
            self[name] = value  # type: ignore[assignment]

    def __setitem__(self, name: str, value: Value) -> None:
        self._values[name] = self.check(name, value)
        self._fixed = None

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several, all or none."""
        self._values.update({name: self.check(name, value) for name, value in dict(*args, **kwargs).items()})
        self._fixed = None

    def check(self, name: str, value: Any) -> Value:
        """`value` as it would be set: a float, or the function it is; raises if it is not allowed."""
        if name == "name":
            if not isinstance(value, str):
                raise TypeError(f"{self._rule.name}: the name of a group must be text, got {value!r}")
            return value  # type: ignore[return-value]
        if name == "lr_scale":
            if "lr" not in self._rule.hyperparameters:
                raise TypeError(f"{self._rule.name}: lr_scale has no 'lr' to multiply")
            number = real(value)
            if number is None or not 0 <= number < math.inf:
                error = TypeError if number is None else ValueError
                raise error(f"{self._rule.name}: lr_scale must be a finite number >= 0, got {value!r}")
            return number
        if name not in self._rule.hyperparameters:
            raise TypeError(f"{self._rule.name}: {unknown('hyperparameter', name, self._rule.hyperparameters)}")
        return value if callable(value) else self._number(name, value)

    def _number(self, name: str, value: Any) -> float:
        known = self._rule.meanings[name]
        where = f"{self._rule.name}: {name}"
        number = real(value)
        if number is None:
            raise TypeError(f"{where} must be {known.allowed} or a function of t, got {value!r}")
        if not math.isfinite(number) or not known.low <= number < known.high:
            raise ValueError(f"{where} must be {known.allowed}, got {value!r}")
        if known.guard and number:
            for dtype in self._dtypes:
                if dtype.type(number) == 0:
                    raise ValueError(
                        f"{where} = {value!r} is 0 in {dtype}, where this update is computed; "
                        f"the smallest number is {np.finfo(dtype).smallest_subnormal:.3g}"
                    )
        return number

    def at(self, t: int, names: Iterable[str] | None = None) -> dict[str, float]:
        """The numbers in force at step t, of all hyperparameters or of `names`; no other function is called."""
        if names is None and self._fixed is not None:
            return self._fixed
        wanted = self._rule.hyperparameters if names is None else names
        values = {n: self._number(n, v(t)) if callable(v := self._values[n]) else v for n in wanted}
        if "lr_scale" in self._values and "lr" in values:
            values["lr"] = self._number("lr", values["lr"] * self._values["lr_scale"])  # type: ignore[operator]
        if names is None and not any(map(callable, self._values.values())):
            self._fixed = values
        return values

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __delitem__(self, name: str) -> None:
        if name not in FREE:
            raise TypeError(f"{self._rule.name}: hyperparameter {name!r} cannot be removed")
        del self._values[name]
        self._fixed = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


def real(value: Any) -> float | None:
    """`value` as a float, infinite where it is too large for one; None if it is no real number."""
    if isinstance(value, np.timedelta64):  # for NumPy an integer
        return None
    if isinstance(value, np.generic):
        value = value.item()  # also of bfloat16
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, Decimal)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def split_groups(params: Any) -> tuple[list[Any], list[dict[str, Any]], bool]:
    """The parameters of each group, its own hyperparameters, and whether `params` were groups at all."""
    if isinstance(params, (Mapping, Packed)) or not isinstance(params, Sequence):
        return [params], [{}], False
    if not any(isinstance(p, Mapping) and "params" in p for p in params):
        return [params], [{}], False
    for i, group in enumerate(params):
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(
                f"params[{i}]: each parameter group must be a mapping with a 'params' entry, got {type(group).__name__}"
            )
    own = [{n: value for n, value in group.items() if n != "params"} for group in params]
    return [group["params"] for group in params], own, True


def unknown(kind: str, name: str, known: Any) -> str:
    """The message for a name that is not known, with the nearest that is."""
    near = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(map(repr, known)) or 'none'}"
    return f"unknown {kind} {name!r}; {hint}"
