"""The optimizers: a rule, the parameters it updates in place, and the state and counters it keeps for them."""

from __future__ import annotations

import copyreg
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from operator import attrgetter, is_
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from .backends import Backend, Step, backend_of
from .backends.base import Batch, Cache, Taken
from .card import Carded
from .reading import RuleError
from .rules import Rule
from .step import Group, NonFinite, Pairs, Parameters, Plan, Slot, StateError, Stepper, Value, state
from .step.groups import FREE, split_groups, unknown
from .step.state import Loaded
from .step.views import State

_array = attrgetter("array")


class _Uncorrected:
    """Attribute of an optimizer class: the class of its rule without bias correction, made when it is asked for."""

    def __get__(self, instance: Optimizer | None, owner: type[Optimizer]) -> type[Optimizer] | None:
        rule = owner.rule.uncorrected if hasattr(owner, "rule") else None
        return None if rule is None else Optimizer.of(rule)


class Optimizer(Stepper, metaclass=Carded):
    """An update rule bound to parameters, which it updates in place.

    params: one array, sequences and mappings of arrays, nested at will, an `Arena`, or parameter groups (a sequence of
    mappings, each with "params", hyperparameters of its own and, if you like, a "name" and an "lr_scale" by which its
    rate is multiplied). Arrays are NumPy or CuPy, float16, float32, float64 or (of ml_dtypes) bfloat16, of any shape
    and layout; subclasses are taken as plain arrays, and masked ones refused. 16-bit ones are computed, and their state
    kept, in float32. It is these arrays that are updated: after `params["w"] = params["w"] + 1` the optimizer still
    has the old one, which `params["w"] += 1` would have kept; see `opt.params`.

    hyperparameters: a number, or a function of t (the step being taken, from 1) that returns one. They can be
    read and set as attributes (`opt.lr = 1e-4`), or for each group in `opt.groups[i]["lr"]`.

    on_nonfinite: what a step does when a gradient has a NaN or an infinity. "raise" (the default) raises
    FloatingPointError and "skip" leaves everything as it is, parameters, state and counters alike; "ignore" does
    not look, which is faster.

    Raises TypeError or ValueError, naming the parameter, for arrays that cannot be updated (integer, complex,
    read-only, overlapping, NumPy and CuPy mixed), and for hyperparameters unknown or out of range.
    """

    rule: ClassVar[Rule]
    uncorrected: ClassVar[type[Optimizer] | None] = _Uncorrected()  # type: ignore[assignment]

    groups: tuple[Group, ...]

    @classmethod
    def of(cls, rule: Rule) -> type[Optimizer]:
        """The optimizer class of a rule, the same at every call: `Mine = fo.Optimizer.of(mine)`."""
        if not isinstance(rule, Rule):
            raise TypeError(f"rule must be made with @firstorder.optimizer, got {rule!r}")
        return _class_of(cls, rule)

    @classmethod
    def tex(cls) -> str:
        """The update as a LaTeX `aligned` environment."""
        return cls.rule.tex()

    @classmethod
    def javascript(cls) -> str:
        """The update as a JavaScript function."""
        return cls.rule.javascript()

    @classmethod
    def cuda(cls) -> str:
        """The body of the CUDA kernel."""
        return cls.rule.cuda()

    @classmethod
    def python(cls) -> str:
        """The update as a scalar Python loop."""
        return cls.rule.python()

    def __init__(self, params: Any, *, on_nonfinite: NonFinite = "raise", **hyperparameters: Value):
        if type(self) is Optimizer:
            raise TypeError("Optimizer is the base class; use firstorder.Adam and the like, or Optimizer.of(rule)")
        trees, own, grouped = split_groups(params)
        apart = not (self.rule.elementwise or self.rule.joint)  # a norm or mean is one tensor's, not the arena's
        self._parameters = Parameters(trees, grouped, apart=apart, together=self.rule.name if self.rule.joint else "")
        groups = [
            Group(self.rule, self._parameters.dtypes(i), {**hyperparameters, **values}) for i, values in enumerate(own)
        ]
        object.__setattr__(self, "groups", tuple(groups))
        self.on_nonfinite = on_nonfinite
        self._given = hyperparameters
        self._t = 0
        self._now: list[dict[str, float]] | None = None
        self._batches = Cache()
        self._start(self._parameters.slots, groups)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(f"a parameter group must be a mapping with a 'params' entry, got {group!r}")
        own = {name: value for name, value in group.items() if name != "params"}

        def start(slots: list[Slot], dtypes: list[np.dtype]) -> tuple[Group, ...]:
            groups = (*self.groups, Group(self.rule, dtypes, {**self._given, **own}))
            self._start(slots, groups)
            return groups

        object.__setattr__(self, "groups", self._parameters.add(group["params"], start))
        self._now, self._batches = None, Cache()

    def _start(self, slots: Sequence[Slot], groups: Sequence[Group]) -> None:
        """Give slots their state before the first step."""
        rule = self.rule
        needed = [value for value in rule.initial.values() if isinstance(value, str)]
        values = [group.at(1, needed) for group in groups]

        def initial(name: str, slot: Slot) -> Any:
            value = rule.initial_value(name, slot.array, values[slot.group])
            return value.astype(self._parameters.compute_dtype(slot), copy=False) if hasattr(value, "shape") else value

        for name in rule.state:
            for slot, array in zip(slots, self._parameters.allocate(partial(initial, name), slots), strict=True):
                slot.state[name] = array
        for slot in slots:
            slot.scalars = tuple(initial(name, slot) for name in rule.scalar_state)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "on_nonfinite" and value not in ("raise", "skip", "ignore"):
            raise ValueError(f"on_nonfinite must be 'raise', 'skip' or 'ignore', got {value!r}")
        if not (name.startswith("_") or name == "on_nonfinite" or name in self.rule.hyperparameters):
            raise AttributeError(
                f"{self.rule.name}: cannot set {unknown('hyperparameter', name, self.rule.hyperparameters)}"
            )
        super().__setattr__(name, value)

    @property
    def parameters(self) -> Parameters:
        return self._parameters

    @property
    def t(self) -> int:
        """Steps taken. A parameter whose gradient was None has taken fewer; its corrections follow its own count."""
        return self._t

    @property
    def now(self) -> Any:
        values = [MappingProxyType(own) for own in self._now or [group.at(self.t + 1) for group in self.groups]]
        return values if self._parameters.grouped else values[0]

    @property
    def state(self) -> State:
        slots = self._parameters.slots

        def number(i: int) -> tuple[Callable[[], list[float]], Callable[[list[float]], None]]:
            def put(values: list[float]) -> None:
                for slot, value in zip(slots, values, strict=True):
                    slot.scalars = (*slot.scalars[:i], value, *slot.scalars[i + 1 :])

            return lambda: [float(slot.scalars[i]) for slot in slots], put

        return State(
            self._parameters,
            {name: [slot.state[name] for slot in slots] for name in self.rule.state},
            {name: number(i) for i, name in enumerate(self.rule.scalar_state)},
        )

    def answer(self) -> Pairs:
        if (answer := self.rule.answer) is None:
            return []
        read = list(inspect.signature(answer).parameters)
        numbers = [
            group.at(max(self.t, 1), [n for n in read if n in self.rule.hyperparameters]) for group in self.groups
        ]
        parameter, found = self.rule.program.arrays[0], []
        for slot in self._parameters.slots:
            if slot.t:  # before, state is not the parameter's yet
                scalars = zip(self.rule.scalar_state, slot.scalars, strict=True)
                array = slot.array.astype(self._parameters.compute_dtype(slot), copy=False)
                values = {parameter: array, **slot.state, **dict(scalars), **numbers[slot.group]}
                with np.errstate(all="ignore"):
                    found.append((slot, answer(**{n: values[n] for n in read})))
        return found

    def plan(self, pairs: Pairs) -> Plan | None:
        if not self.passes(pairs):
            return None
        values = [group.at(self.t + 1) for group in self.groups]
        slots = [slot for slot, _ in pairs]
        if self.rule.elementwise:
            return Plan(slots, values, self._in_batches(pairs, values))
        work = [(slot, g, Step(self.rule, slot.t + 1, values[slot.group], slot.scalars)) for slot, g in pairs]
        return Plan(slots, values, work)

    def _in_batches(
        self, pairs: Pairs, values: Sequence[Mapping[str, float]]
    ) -> list[tuple[Step, Pairs, Taken | None]]:
        """What takes the same step; one array needs no batch."""
        backend = backend_of(self._parameters.kind.arrays)
        work = []
        for members in [pairs] if len(pairs) == 1 else _alike(pairs):
            slot, _ = members[0]
            step = Step(self.rule, slot.t + 1, values[slot.group], slot.scalars)
            step.ready(backend)  # what is refused is refused here
            taken = self._batch(backend).take(self._parameters.by_slot(members)) if len(members) > 1 else None
            work.append((step, members, taken))
        return work

    def _batch(self, backend: Backend) -> Batch:
        """All slots, for a backend."""
        slots = self._parameters.slots
        made = backend.name, len(slots)
        if made not in self._batches:
            self._batches[made] = backend.batch(self.rule, [(slot.array, *slot.state.values()) for slot in slots])
        return self._batches[made]

    def apply(self, plan: Plan) -> bool:
        if self.rule.elementwise:
            for step, pairs, taken in plan.work:
                self._run(step, pairs, taken)
        else:
            with np.errstate(all="ignore"):  # an overflow in one array must not stop the step before the next
                self._run_whole(backend_of(self._parameters.kind.arrays), plan.work)
        for slot in plan.slots:
            slot.t += 1
        own = vars(self)  # what checks names that users set takes longer
        own["_t"] += 1
        own["_now"] = plan.values
        return True

    def _run(self, step: Step, pairs: Pairs, taken: Taken | None) -> None:
        if taken is not None and all(map(is_, map(_array, self._parameters.slots), taken.parameters)):
            taken.run(step)
        else:  # one array, or others that a wrapper has put in their place
            backend = backend_of(self._parameters.kind.arrays)
            for slot, g in pairs:
                backend.run(step, (slot.array, g, *slot.state.values()))
        if step.scalar_state:
            for slot, _ in pairs:
                slot.scalars = step.next_scalar_state

    def _run_whole(self, backend: Backend, work: Sequence[tuple[Slot, Any, Step]]) -> None:
        """Run the rule on whole tensors, or on each group's as one vector, and write only when all are done."""
        written = self.rule.program.written
        done = []
        for members in self._together(work) if self.rule.joint else ([one] for one in work):
            columns = list(zip(*((slot.array, g, *slot.state.values()) for slot, g, _ in members), strict=True))
            if len(members) == 1:
                tensors = [array for (array,) in columns]
            else:
                dtype = np.result_type(*(self._parameters.compute_dtype(slot) for slot, _, _ in members))
                tensors = [
                    backend.xp.concatenate([a.reshape(-1).astype(dtype, copy=False) for a in column])
                    for column in columns
                ]
            values, scalars = backend.whole(members[0][2], tensors)
            targets = [column for column, w in zip(columns, written, strict=True) if w]
            done.append((members, targets, values, scalars))
        for members, targets, values, scalars in done:
            for column, value in zip(targets, values, strict=True):
                start = 0
                for array in column:
                    part = value if len(column) == 1 else value[start : start + array.size].reshape(array.shape)
                    array[...] = part
                    start += array.size
            for slot, _, _ in members:
                slot.scalars = scalars

    def _together(self, work: Sequence[tuple[Slot, Any, Step]]) -> list[list[tuple[Slot, Any, Step]]]:
        """What is stepped, by group."""
        by_group = [[one for one in work if one[0].group == i] for i in range(len(self.groups))]
        return [members for members in by_group if members]

    def own_state(self) -> dict[str, Any]:
        slots, scalars = self._parameters.slots, self.rule.scalar_state
        return {
            "optimizer": self.rule.key,
            "t": self.t,
            "groups": [{n: None if callable(v) else v for n, v in g.items()} for g in self.groups],
            "parameters": state.entries(
                slots,
                lambda i: {"t": slots[i].t, **dict(zip(scalars, map(float, slots[i].scalars), strict=True))},
                lambda i: slots[i].state,
            ),
        }

    def check_state(self, d: Any, strict: bool = True) -> Callable[[], Loaded]:
        if isinstance(d, Mapping) and "wrapper" in d:
            raise StateError(f"this is the state of a wrapper, {d['wrapper']!r}, and not of an optimizer")
        absent = [k for k in ("optimizer", "t", "groups", "parameters") if not isinstance(d, Mapping) or k not in d]
        if absent:
            raise StateError(f"this is not the state of an optimizer: it lacks {', '.join(map(repr, absent))}")
        if d["optimizer"] != self.rule.key:
            raise StateError(f"this is the state of {d['optimizer']!r}, not of {self.rule.key!r}")
        t = state.whole_number(d["t"], "t")
        values = self._checked_groups(d["groups"])
        slots = self._parameters.slots
        found, loaded = state.by_slot(slots, d["parameters"], strict)
        counters: list[tuple[Slot, int, tuple[float, ...]]] = []
        copies: state.Copies = []
        for slot, entries in zip(slots, found, strict=True):
            if entries is None:
                continue
            state.has(entries, ["t", *self.rule.state, *self.rule.scalar_state])
            scalars = tuple(state.agreed(entries, name, state.number) for name in self.rule.scalar_state)
            counters.append((slot, state.agreed(entries, "t", state.whole_number), scalars))
            copies += state.copies(slot, slot.state, entries)

        def load() -> Loaded:
            for slot, count, numbers in counters:
                slot.t, slot.scalars = count, numbers
            for target, source in copies:
                target[...] = source
            for group, own in zip(self.groups, values, strict=True):
                group.update(own)
            self._t, self._now = t, None
            return loaded

        return load

    def _checked_groups(self, given: Any) -> list[dict[str, Value]]:
        """The numbers of each group, checked as they would be when set."""
        if not isinstance(given, Sequence) or not all(isinstance(group, Mapping) for group in given):
            raise StateError(f"the state's groups must be a sequence of mappings, got {given!r}")
        if len(given) != len(self.groups):
            raise StateError(f"the state has {len(given)} parameter groups, the optimizer {len(self.groups)}")
        values = []
        for group, own in zip(self.groups, given, strict=True):
            if set(own) - set(FREE) != set(group) - set(FREE):
                raise StateError(f"the state's hyperparameters must be {', '.join(group)}, got {own!r}")
            try:
                values.append({name: group.check(name, value) for name, value in own.items() if value is not None})
            except (TypeError, ValueError) as error:
                raise StateError(f"the state's hyperparameters are out of range: {error}") from error
        return values

    def __repr__(self) -> str:
        names = ", ".join(f"{n}={v!r}" for n, v in self.groups[0].items())
        more = f" and {len(self.groups) - 1} more groups" if len(self.groups) > 1 else ""
        return f"<{self.rule.name}({names}){more}: {len(self._parameters.slots)} arrays, t={self.t}>"


def _alike(pairs: Pairs) -> Iterable[Pairs]:
    """The slots that take the same step, by the numbers that make it the same."""
    keys = [(slot.group, slot.t, slot.scalars) for slot, _ in pairs]
    if keys and keys.count(keys[0]) == len(keys):
        return [pairs]
    by_numbers: dict[tuple[Any, ...], Pairs] = {}
    for key, pair in zip(keys, pairs, strict=True):
        by_numbers.setdefault(key, []).append(pair)
    return by_numbers.values()


@cache
def _class_of(base: type[Optimizer], rule: Rule) -> type[Optimizer]:
    if taken := [name for name in rule.hyperparameters if hasattr(Optimizer, name)]:
        raise RuleError(f"{rule.key}: hyperparameter {taken[0]!r} is the name of a member of every optimizer")
    own = (rule.function.__module__ or "").startswith(f"{__package__}.rules.") or rule.origin is not None
    members: dict[str, Any] = {
        "rule": rule,
        "__doc__": _document(rule),
        "__module__": __package__ if own else rule.function.__module__,
        **{name: _shared(name, known.meaning) for name, known in rule.meanings.items()},
    }
    made: Any = Carded(rule.name, (base,), members)
    if rule.origin is not None:
        made.__qualname__ = f"{rule.origin.name}.uncorrected"
    keyword = inspect.Parameter.KEYWORD_ONLY
    made.__signature__ = inspect.Signature(
        [inspect.Parameter("params", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
        + [
            inspect.Parameter(n, keyword, default=inspect.Parameter.empty if d is None else d)
            for n, d in rule.hyperparameters.items()
        ]
        + [inspect.Parameter("on_nonfinite", keyword, default="raise")]
    )
    return made


def _pickled(made: Any) -> Any:
    """A class made of a rule travels as its rule; one that was written out, by its name, as classes do."""
    if "rule" in vars(made) and _class_of(base := made.__bases__[0], made.rule) is made:
        return base.of, (made.rule,)
    return made.__qualname__


copyreg.pickle(Carded, _pickled)


def _shared(name: str, meaning: str) -> property:
    """The attribute of an optimizer that reads and sets a hyperparameter in all groups at once."""

    def read(self: Optimizer) -> Value:
        values = [group[name] for group in self.groups]
        if any(v != values[0] for v in values):
            raise AttributeError(f"{name} differs between the groups: read opt.groups[i][{name!r}]")
        return values[0]

    def write(self: Optimizer, value: Value) -> None:
        for group in self.groups:
            group.check(name, value)
        for group in self.groups:
            group[name] = value

    return property(read, write, doc=meaning)


def _document(rule: Rule) -> str:
    rows = "\n".join(
        f"    {n} ({d}): {rule.meanings[n].meaning}, {rule.meanings[n].allowed}"
        for n, d in rule.hyperparameters.items()
    )
    return f"{rule.doc}\n\nparams and on_nonfinite: see `firstorder.Optimizer`. Hyperparameters:\n\n{rows}\n"
