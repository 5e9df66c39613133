"""What all wrappers share: their settings, what they keep, and the hooks by which they change a step."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from ..backends.base import COMPUTE, dtype_name
from ..step import Pairs, Parameters, Plan, Slot, StateError, Stepper, state
from ..step.state import Loaded
from ..step.views import State
from .selection import Only, Selection
from .setting import Given, Setting

#: Every wrapper of the package by name.
WRAPPERS: dict[str, type[Wrapper]] = {}


@dataclass
class Kept:
    """What a wrapper keeps: arrays and whole numbers, one for each slot of the parameters, and counters, by name."""

    arrays: dict[str, list[Any]]
    numbers: dict[str, list[int]]
    counters: dict[str, int]


class Wrapper(Stepper):
    """An optimizer with something around it; a class of your own is one as good as any in `firstorder.WRAPPERS`.

        class Centralize(fo.Wrapper):
            '''Gradients less their mean over all axes but the first: Yong et al. (2020), equation 1.'''

            transforms = True

            def gradients(self, pairs):
                def centred(g):
                    return g - g.mean(axis=tuple(range(1, g.ndim)), keepdims=True) if g.ndim > 1 else g

                return self.mapped(centred, pairs)

        opt = fo.EMA(Centralize(fo.Adam(params)))

    It takes an optimizer, or another wrapper, and is used in its place: what it does not have itself (`t`, `lr` and the
    other hyperparameters, `groups`) is the inner one's, read and set through it; `inner` is the one inside. What is
    settings, state and counters is saved, loaded and composed without a further line. A class says

    - `settings`: numbers it takes by keyword, a `Setting` each, read and set as attributes (`self.max_norm`). One that
      was given as a function of t, the step being taken, from 1, is the number in force inside the hooks;
    - `selective`, if it takes `only` and acts on those parameters alone: names or patterns of names ("*.bias"), numbers
      of groups, or a function of name and array. `mapped` and `named` heed it;
    - `arrays`: names of state arrays, one for each slot: `for slot, average in self.each("average")`. They start as
      `initial` says; write to them in place;
    - `counters` and `numbers`: whole numbers, one (`self.kept.counters["since"]`) or one a slot, from 0;
    - `transforms`, if it changes gradients, which are then checked for NaN and infinity before it does;
    - `writes`, if it writes parameters, and so has to be inside `Kahan`;

    and defines of the hooks below what it needs. `gradients` and `prepared` may raise: nothing has changed yet.
    `before` and `after` must not. A slot is one array to update: `slot.array`, and `slot.parts(array)` by parameter
    name, for an arena's holds several; `self.parameters` has all slots and the array module, `xp`.
    """

    key: ClassVar[str]
    settings: ClassVar[dict[str, Setting]] = {}
    arrays: ClassVar[tuple[str, ...]] = ()
    numbers: ClassVar[tuple[str, ...]] = ()
    counters: ClassVar[tuple[str, ...]] = ()
    selective: ClassVar[bool] = False
    _now: Mapping[str, float | None] | None = None  # the settings in force, while hooks run
    _planned: Mapping[str, float | None] | None = None

    def __init_subclass__(cls) -> None:
        if "key" not in vars(cls):
            cls.key = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        if taken := [name for name in cls.settings if hasattr(Wrapper, name)]:
            raise TypeError(f"{cls.__name__}: setting {taken[0]!r} is the name of a member of every wrapper")
        if twice := sorted(set(cls.arrays) & set(cls.numbers)):
            raise TypeError(f"{cls.__name__}: {twice[0]!r} cannot be the name of both arrays and numbers")
        if cls.__module__.startswith(f"{__package__}.") and not cls.__name__.startswith("_"):
            WRAPPERS[cls.key] = cls
        keyword = inspect.Parameter.KEYWORD_ONLY
        cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter("optimizer", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
            + ([inspect.Parameter("only", keyword, default=None)] if cls.selective else [])
            + [inspect.Parameter(n, keyword, default=s.default) for n, s in cls.settings.items()]
        )

    def __init__(self, optimizer: Stepper, *, only: Only | None = None, **settings: Given):
        name = type(self).__name__
        if type(self) is Wrapper:
            raise TypeError("Wrapper is a base class; use one of firstorder.WRAPPERS, or a class of your own")
        if not isinstance(optimizer, Stepper):
            raise TypeError(f"{name}: optimizer must be an optimizer or a wrapper of one, got {optimizer!r}")
        if unknown := ["only"] * (only is not None and not self.selective) + [
            s for s in settings if s not in self.settings
        ]:
            takes = ", ".join(map(repr, self.settings)) or "none"
            raise TypeError(f"{name}: unknown setting {unknown[0]!r}; it takes {takes}")
        self._inner = optimizer
        chosen = {**{n: s.default for n, s in self.settings.items()}, **settings}
        self._settings = {n: self.check(n, value) for n, value in chosen.items()}
        if self.writes and (outer := next((w for w in optimizer.chain() if w.compensates), None)):
            title = type(outer).__name__
            raise TypeError(
                f"{name} writes parameters past the compensation: put {title} around it, {title}({name}(optimizer))"
            )
        self._selection = None if only is None else Selection(name, only, self.parameters.slots)
        self._kept = Kept({n: [] for n in self.arrays}, {n: [] for n in self.numbers}, dict.fromkeys(self.counters, 0))
        self._slots = 0
        self._keep()

    def _keep(self) -> None:
        """Keep arrays and numbers for all slots: at the start, and for parameters that came later."""
        slots = self.parameters.slots[self._slots :]
        for name, arrays in self._kept.arrays.items():
            arrays += self.parameters.allocate(partial(self.initial, name), slots)
        for numbers in self._kept.numbers.values():
            numbers += [0] * len(slots)
        self._slots += len(slots)

    @classmethod
    def check(cls, name: str, value: Any) -> Given:
        """`value` as the setting `name` would have it; raises TypeError or ValueError if it is not allowed."""
        return cls.settings[name].checked(f"{cls.__name__}: {name}", value)

    @property
    def inner(self) -> Stepper:
        """What is wrapped."""
        return self._inner

    @property
    def kept(self) -> Kept:
        """This wrapper's own arrays, numbers and counters."""
        if self._slots < len(self.parameters.slots):
            self._keep()
        return self._kept

    @property
    def parameters(self) -> Parameters:
        return self._inner.parameters

    @property
    def t(self) -> int:
        return self._inner.t

    @property
    def now(self) -> Any:
        return self._inner.now

    @property
    def evaluations(self) -> int:
        return self._inner.evaluations

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        self._inner.add_param_group(group)
        self._keep()

    @property
    def collected(self) -> int:
        return self._inner.collected

    def answer(self) -> Pairs:
        return self._inner.answer()

    def swap(self) -> None:
        self._inner.swap()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        with self._inner.averaged():
            yield

    @property
    def state(self) -> State:
        return self._inner.state.having(self.kept.arrays)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        if name in self._settings:
            return self._settings[name] if self._now is None else self._now[name]
        return getattr(self._inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
        elif name in self._settings:
            self._settings[name] = self.check(name, value)
        elif hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__}: {name!r} cannot be set")
        else:
            setattr(self._inner, name, value)

    def __repr__(self) -> str:
        settings = ", ".join(f"{n}={v!r}" for n, v in self._settings.items())
        return f"<{type(self).__name__}({settings}) of {self._inner!r}>"

    # ── hooks ─────────────────────────────────────────────────────────────────────────────────────

    def initial(self, name: str, slot: Slot) -> Any:
        """The first value of a slot's state array `name`: a number, or an array of any dtype, which is copied, or None
        for no array. Unless defined otherwise, the parameter itself, in the dtype that its update is computed in."""
        return slot.array.astype(self.parameters.compute_dtype(slot), copy=False)

    def gradients(self, pairs: Pairs) -> Pairs:
        """The gradients that go inside, from those given: new arrays of the same shapes. It changes nothing else."""
        return pairs

    def prepared(self, inner: Plan) -> Any:
        """What `before` needs and could fail to get; it comes back as `plan.work`. It changes nothing."""

    def before(self, plan: Plan) -> None:
        """Called before each step that the optimizer takes, with the slots that it updates in `plan.slots`."""

    def after(self, plan: Plan) -> None:
        """Called after each step that the optimizer has taken."""

    # ── for use in hooks ──────────────────────────────────────────────────────────────────────────

    def each(self, name: str) -> Iterator[tuple[Slot, Any]]:
        """Every slot with its state array `name`."""
        return zip(self.parameters.slots, self.kept.arrays[name], strict=True)

    def mapped(self, function: Callable[[Any], Any], pairs: Pairs, *, apart: bool = True) -> Pairs:
        """`function` of the gradient of each parameter, one by one also where an Arena holds several.

        16-bit gradients come in float32. It is to return an array of the same shape. A function that acts element by
        element may have an Arena's as one, not `apart`. The gradients of parameters that `only` leaves out stay.
        """
        changed = []
        for slot, g in pairs:
            chosen = self.named(slot, g)
            if chosen and (slot.packed is None or (not apart and len(chosen) == len(slot.parts(g)))):
                g = self.parameters.xp.asarray(function(wide(g)))
            elif chosen:
                g = wide(g).copy()
                for part in self.named(slot, g).values():
                    part[...] = function(part)
            changed.append((slot, g))
        return changed

    def named(self, slot: Slot, array: Any) -> dict[str, Any]:
        """The parts of an array like the slot's, by parameter name: those that `only` chooses."""
        parts = slot.parts(array)
        if self._selection is None:
            return parts
        chosen = self._selection.chosen(slot)
        return {name: part for k, (name, part) in enumerate(parts.items()) if k in chosen}

    def number(self, name: str) -> float:
        """The setting `name` in force at the step being taken: for use outside of hooks, where it may be a function."""
        value = self._settings[name]
        if not callable(value):
            return value  # type: ignore[return-value]
        return self.settings[name].number(f"{type(self).__name__}: {name}", value(self.t + 1))

    @contextmanager
    def _in_force(self, numbers: Mapping[str, float | None]) -> Iterator[None]:
        self._now = numbers
        try:
            yield
        finally:
            self._now = None

    # ── a step ────────────────────────────────────────────────────────────────────────────────────

    def chain(self) -> Iterator[Stepper]:
        yield self
        yield from self._inner.chain()

    def begin(self) -> bool:
        return self._inner.begin()

    def passes(self, pairs: Pairs, cast: bool = True, what: str = "the gradient") -> bool:
        return self._inner.passes(pairs, cast, what)

    def plan(self, pairs: Pairs) -> Plan | None:
        _ = self.kept  # also of parameters that came later, from before their first step
        self._planned = {n: self.number(n) if callable(v) else v for n, v in self._settings.items()}
        with np.errstate(all="ignore"), self._in_force(self._planned):
            given = self.gradients(pairs)
            if given is not pairs:
                given = self._checked(given)
        inner = self._inner.plan(given)
        if inner is None:
            return None
        with self._in_force(self._planned):
            work = self.prepared(inner) if inner.taken else None
        return Plan(inner.slots, inner.values, work, inner, inner.taken)

    def _checked(self, given: Any) -> Pairs:
        """What `gradients` returned, if it is what it has to be."""
        title = f"{type(self).__name__}: gradients must return"
        try:
            pairs = [(slot, g) for slot, g in given]
            known = all(isinstance(slot, Slot) for slot, _ in pairs)
        except (TypeError, ValueError):
            known = False
        if not known:
            raise TypeError(f"{title} pairs of a slot and its gradient, got {given!r}")
        for slot, g in pairs:
            if getattr(g, "shape", None) != slot.array.shape:
                raise ValueError(f"{title} {slot.title} in its shape, got {g!r}")
            if dtype_name(g.dtype) not in COMPUTE:
                raise TypeError(f"{title} {slot.title} as {', '.join(COMPUTE)}, got {g.dtype}")
        return pairs

    def apply(self, plan: Plan) -> bool:
        assert plan.inner is not None
        if not plan.taken:
            return self._inner.apply(plan.inner)
        # A rule on whole tensors may fail in the step itself (a decomposition does not converge): then as it was.
        kept = [(s, s.array.copy()) for s in plan.slots] if self.writes and not self.rule.elementwise else []
        with np.errstate(all="ignore"), self._in_force(self._planned or self._settings):  # type: ignore[arg-type]
            try:
                self.before(plan)
                self._inner.apply(plan.inner)
            except BaseException:
                for slot, array in kept:
                    slot.array[...] = array
                raise
            self.after(plan)
        return True

    # ── state in and out ──────────────────────────────────────────────────────────────────────────

    def own_state(self) -> dict[str, Any]:
        kept = self.kept
        return {
            "wrapper": self.key,
            "settings": {n: None if callable(v) else v for n, v in self._settings.items()},
            "counters": dict(kept.counters),
            "parameters": state.entries(
                self.parameters.slots,
                lambda i: {name: numbers[i] for name, numbers in kept.numbers.items()},
                lambda i: {name: arrays[i] for name, arrays in kept.arrays.items()},
            ),
            "inner": self._inner.own_state(),
        }

    def check_state(self, d: Any, strict: bool = True) -> Callable[[], Loaded]:
        expected = {"wrapper", "settings", "counters", "parameters", "inner"}
        if not isinstance(d, Mapping) or set(d) != expected or d["wrapper"] != self.key:
            of = f"of {d.get('wrapper', d.get('optimizer'))!r}" if isinstance(d, Mapping) else f"a {type(d).__name__}"
            raise StateError(f"this is not the state of {self.key!r}: it is {of}")
        for part, names in (("settings", self.settings), ("counters", self.counters)):
            old = {n for n, setting in self.settings.items() if setting.late} if part == "settings" else set()
            if not isinstance(d[part], Mapping) or not set(names) - old <= set(d[part]) <= set(names):
                raise StateError(f"the {part} of {self.key!r} must be {', '.join(names) or 'none'}, got {d[part]!r}")
        try:
            settings = {
                name: self.check(name, value)
                for name, value in d["settings"].items()
                if value is not None or self.settings[name].optional  # None: it was a function of t
            }
        except (TypeError, ValueError) as error:
            raise StateError(f"the state's settings are out of range: {error}") from error
        counters = {name: state.whole_number(value, name) for name, value in d["counters"].items()}
        kept, slots = self.kept, self.parameters.slots
        found, loaded = state.by_slot(slots, d["parameters"], strict)
        numbers: list[tuple[str, int, int]] = []
        copies: state.Copies = []
        for i, (slot, entries) in enumerate(zip(slots, found, strict=True)):
            if entries is None:
                continue
            arrays = {name: own[i] for name, own in kept.arrays.items() if own[i] is not None}
            state.has(entries, [*arrays, *self.numbers])
            numbers += [(name, i, state.agreed(entries, name, state.whole_number)) for name in self.numbers]
            copies += state.copies(slot, arrays, entries)
        load_inner = self._inner.check_state(d["inner"], strict)

        def load() -> Loaded:
            load_inner()
            self._settings.update(settings)
            kept.counters.update(counters)
            for name, i, number in numbers:
                kept.numbers[name][i] = number
            for target, source in copies:
                target[...] = source
            return loaded

        return load


def wide(g: Any) -> Any:
    """`g` in a precision to compute in: 16-bit arrays in float32."""
    return g.astype(COMPUTE[dtype_name(g.dtype)], copy=False)
