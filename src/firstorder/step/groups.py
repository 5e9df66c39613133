"""Parameter groups: hyperparameters with their own values, checked when they are set."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from ..rules import Rule
from .structure import Packed

Value = float | Callable[[int], float]


class Group(MutableMapping[str, Value]):
    """The hyperparameters of one parameter group, checked when they are set."""

    def __init__(self, rule: Rule, dtypes: Sequence[np.dtype], values: Mapping[str, Value]):
        self._rule, self._dtypes = rule, dtypes
        missing = [n for n, default in rule.hyperparameters.items() if default is None and n not in values]
        if missing:
            raise TypeError(f"{rule.name}: hyperparameter {missing[0]!r} has no default and must be given")
        self._values: dict[str, Value] = {}
        for name, value in {**rule.hyperparameters, **values}.items():
            self[name] = value  # type: ignore[assignment]

    def __setitem__(self, name: str, value: Value) -> None:
        self._values[name] = self.check(name, value)

    def check(self, name: str, value: Any) -> Value:
        """`value` as it would be set: a float, or the function it is; raises if it is not allowed."""
        if name not in self._rule.hyperparameters:
            raise TypeError(f"{self._rule.name}: {unknown('hyperparameter', name, self._rule.hyperparameters)}")
        return value if callable(value) else self._number(name, value)

    def _number(self, name: str, value: Any) -> float:
        known = self._rule.meanings[name]
        where = f"{self._rule.name}: {name}"
        if isinstance(value, (bool, str)) or not np.isscalar(value) or np.iscomplexobj(value):
            raise TypeError(f"{where} must be {known.allowed} or a function of t, got {value!r}")
        try:
            number = float(value)  # type: ignore[arg-type]
        except OverflowError:
            number = math.inf
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
        values = {name: self._values[name] for name in (self._values if names is None else names)}
        return {n: self._number(n, v(t)) if callable(v) else v for n, v in values.items()}

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{self._rule.name}: hyperparameter {name!r} cannot be removed")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


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
