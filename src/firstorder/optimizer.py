"""The optimizers: a rule, the parameters it updates in place, and the state and counters it keeps for them."""

from __future__ import annotations

import copyreg
import inspect
import os
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import Any, ClassVar, Literal

import numpy as np

from . import checkpoint
from .arena import Arena
from .backends import Backend, Step, array_backend, backend_of
from .backends.base import COMPUTE, dtype_name
from .card import Carded
from .groups import Group, Value, unknown
from .reading import RuleError
from .rules import Rule, hyperparameter
from .structure import Structure

NonFinite = Literal["raise", "skip", "ignore"]


@dataclass
class _Slot:
    """One array to update (a parameter, or an arena's buffer), its state, and the steps it has taken."""

    name: str
    array: Any
    arena: Arena | None
    group: int
    state: dict[str, Any] = field(default_factory=dict)
    scalars: tuple[float, ...] = ()
    t: int = 0

    def parts(self, array: Any) -> dict[str, Any]:
        """`array`, one of this slot's, by parameter name: an arena holds several parameters."""
        if self.arena is None:
            return {self.name: array}
        return {f"{self.name}{name}": part for name, part in self.arena.split(array).items()}

    @property
    def title(self) -> str:
        """What to call it in an error."""
        return repr(self.name) if self.arena is None else f"Arena of {', '.join(map(repr, self.parts(self.array)))}"


Pairs = list[tuple[_Slot, Any]]


@dataclass
class Plan:
    """A step that was found to be possible: the slots it updates, what to do, and, of a wrapper, the plan inside.

    Where `taken` is false, the call only collects gradients.
    """

    slots: list[_Slot]
    work: Any
    inner: Plan | None = None
    taken: bool = True


class _Uncorrected:
    """Attribute of an optimizer class: the class of its rule without bias correction, made when it is asked for."""

    def __get__(self, instance: Optimizer | None, owner: type[Optimizer]) -> type[Optimizer] | None:
        rule = owner.rule.uncorrected if hasattr(owner, "rule") else None
        return None if rule is None else Optimizer.of(rule)


class Optimizer(metaclass=Carded):
    """An update rule bound to parameters, which it updates in place.

    params: one array, a sequence or mapping of arrays, an `Arena`, or parameter groups (a sequence of mappings,
    each with "params" and hyperparameters of its own). Arrays are NumPy or CuPy, float16, float32, float64
    or (of ml_dtypes) bfloat16, of any shape and layout. 16-bit ones are computed, and their state kept, in float32.

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
    on_nonfinite: NonFinite

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
        grouped = _groups(params)
        self._grouped = grouped is not None
        self._structures: list[Structure | Arena] = []
        self._slots: list[_Slot] = []
        groups = []
        for i, given in enumerate(grouped or [{"params": params}]):
            given = dict(given)
            members = given.pop("params")
            if isinstance(members, Arena) and not self.rule.elementwise and not self.rule.joint:
                members = members.views  # a norm or mean is one tensor's, not the arena's
            structure = members if isinstance(members, Arena) else Structure.of(members, "params")
            self._structures.append(structure)
            prefix = f"{i}/" if self._grouped else ""
            slots = [_Slot(n, a, arena, i) for n, a, arena in _members(structure, members, prefix)]
            self._slots += slots
            dtypes = [np.dtype(COMPUTE[dtype]) for dtype in sorted({_float_dtype(s) for s in slots})]
            groups.append(Group(self.rule, dtypes, {**hyperparameters, **given}))
        object.__setattr__(self, "groups", tuple(groups))
        self.on_nonfinite = on_nonfinite
        self._kind = _check_arrays(self._slots)
        spans = sorted(self._kind.extent(s.array) for s in self._slots)
        self._lows = [low for low, _ in spans]
        self._reach = list(accumulate((high for _, high in spans), max))  # the end of all spans up to this one
        for slot in self._slots:
            self._start(slot)
        self._t = 0

    def _start(self, slot: _Slot) -> None:
        values = self.groups[slot.group].at(1)
        empty = self._kind.xp.empty_like
        dtype = self._kind.compute_dtype(slot.array)
        for name in self.rule.state:
            value = self.rule.initial_value(name, slot.array, values)
            if hasattr(value, "shape"):
                slot.state[name] = value.astype(dtype)
            else:
                slot.state[name] = empty(slot.array, dtype=dtype)
                slot.state[name][...] = value
        slot.scalars = tuple(self.rule.initial_value(name, slot.array, values) for name in self.rule.scalar_state)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "on_nonfinite" and value not in ("raise", "skip", "ignore"):
            raise ValueError(f"on_nonfinite must be 'raise', 'skip' or 'ignore', got {value!r}")
        if not (name.startswith("_") or name == "on_nonfinite" or name in self.rule.hyperparameters):
            raise AttributeError(
                f"{self.rule.name}: cannot set {unknown('hyperparameter', name, self.rule.hyperparameters)}"
            )
        super().__setattr__(name, value)

    @property
    def t(self) -> int:
        """Steps taken. A parameter whose gradient was None has taken fewer; its corrections follow its own count."""
        return self._t

    @property
    def state(self) -> dict[str, Any]:
        """State arrays by name, each put together as the parameters are; scalar state as numbers."""
        by_name: dict[str, Any] = {}
        for name in self.rule.state:
            by_name[name] = self._assemble([s.state[name] for s in self._slots])
        for i, name in enumerate(self.rule.scalar_state):
            by_name[name] = self._assemble([s.scalars[i] for s in self._slots])
        return by_name

    def _assemble(self, leaves: list[Any]) -> Any:
        rest = iter(leaves)
        built = []
        for structure in self._structures:
            if isinstance(structure, Arena):
                leaf = next(rest)
                built.append(structure.over(leaf) if hasattr(leaf, "shape") else leaf)
            else:
                built.append(structure.build([next(rest) for _ in structure.names]))
        return built if self._grouped else built[0]

    def step(self, grads: Any) -> bool:
        """Update the parameters in place from their gradients; True unless the step was skipped.

        grads: put together as the parameters are (for groups: a sequence with one member a group), each of its
        parameter's shape, real floating of any precision; None skips a parameter, its state and its counter.
        Everything is checked before anything changes: raises ValueError or TypeError for gradients that do not
        fit, and FloatingPointError for NaN or infinity under the policy "raise".
        """
        plan = self._plan(self._match(grads))
        return plan is not None and self._apply(plan)

    def _finite(self, pairs: Pairs) -> bool:
        """Whether the policy lets these gradients pass; raises FloatingPointError if that is the policy."""
        if self.on_nonfinite == "ignore":
            return True
        for slot, g in pairs:
            if not self._kind.all_finite(g):
                if self.on_nonfinite == "skip":
                    return False
                bad = next(name for name, part in slot.parts(g).items() if not self._kind.all_finite(part))
                raise FloatingPointError(
                    f"the gradient of {bad!r} has NaN or infinite elements at step {self.t + 1}; nothing was "
                    "updated (on_nonfinite='skip' skips such steps, 'ignore' applies them)"
                )
        return True

    # A wrapper calls the three parts of a step on its own: what may refuse comes before what changes anything.

    def _begin(self) -> bool:
        """Get ready for a step; False if it is to be skipped."""
        return True

    def _plan(self, pairs: Pairs) -> Plan | None:
        """Everything that can fail, so that an error leaves everything as it was; None if the step is to be skipped."""
        if not self._finite(pairs):
            return None
        values = [group.at(self.t + 1) for group in self.groups]
        steps: dict[tuple[Any, ...], Step] = {}
        work = []
        for slot, g in pairs:
            key = (slot.group, slot.t, slot.scalars)
            if key not in steps:
                steps[key] = Step(self.rule, slot.t + 1, values[slot.group], slot.scalars)
                if self.rule.elementwise:
                    _ = steps[key].arguments
            work.append((slot, g, steps[key]))
        return Plan([slot for slot, _ in pairs], work)

    def _apply(self, plan: Plan) -> bool:
        """Take the step; True, for it was taken."""
        backend = backend_of(self._kind.arrays)
        with np.errstate(all="ignore"):  # an overflow in one array must not stop the step before the next
            if self.rule.joint:
                self._run_jointly(backend, plan.work)
            else:
                for slot, g, step in plan.work:
                    arrays = (slot.array, g, *slot.state.values())
                    if self.rule.elementwise:
                        backend.run(step, arrays)
                        slot.scalars = step.next_scalar_state
                    else:
                        slot.scalars = backend.run_whole(step, arrays)
        for slot in plan.slots:
            slot.t += 1
        self._t += 1
        return True

    def _run_jointly(self, backend: Backend, plan: Sequence[tuple[_Slot, Any, Step]]) -> None:
        """Run the rule on each group's arrays as one vector; an Arena is one already."""
        for i in range(len(self.groups)):
            members = [(slot, (slot.array, g, *slot.state.values()), step) for slot, g, step in plan if slot.group == i]
            if not members:
                continue
            step = members[0][2]
            if len(members) == 1:
                scalars = backend.run_whole(step, members[0][1])
            else:
                columns = list(zip(*(arrays for _, arrays, _ in members), strict=True))
                vectors = [backend.xp.concatenate([a.reshape(-1) for a in column]) for column in columns]
                scalars = backend.run_whole(step, vectors)
                for column, vector, written in zip(columns, vectors, self.rule.program.written, strict=True):
                    start = 0
                    for array in column if written else ():
                        array[...] = vector[start : start + array.size].reshape(array.shape)
                        start += array.size
            for slot, _, _ in members:
                slot.scalars = scalars

    def _match(self, grads: Any) -> Pairs:
        if self._grouped:
            if not isinstance(grads, Sequence) or len(grads) != len(self._structures):
                raise ValueError(f"grads must be a sequence with one member a group, {len(self._structures)} in all")
        else:
            grads = [grads]
        leaves: list[Any] = []
        for structure, given in zip(self._structures, grads, strict=True):
            if isinstance(structure, Arena):
                if not isinstance(given, Arena) or given.layout != structure.layout:
                    raise ValueError(
                        "grads must be an Arena of the parameters' layout: Arena(grads), or params.zeros_like()"
                    )
                leaves.append(given.buffer)
            elif isinstance(given, Arena):
                leaves += structure.leaves(given.views, "grads")
            else:
                leaves += structure.leaves(given, "grads")
        pairs = []
        for slot, g in zip(self._slots, leaves, strict=True):
            if g is None and self.rule.joint:
                raise ValueError(
                    f"{self.rule.name} steps all parameters together: the gradient of {slot.title} is None"
                )
            if g is not None:
                g = np.asarray(g) if isinstance(g, np.generic) else g  # what arithmetic makes of a 0-d array
                self._check_gradient(slot, g)
                pairs.append((slot, g))
        return pairs

    def _check_gradient(self, slot: _Slot, g: Any) -> None:
        what = f"the gradient of {slot.title}"
        if not self._kind.owns(g):
            owner = array_backend(what, g)
            raise TypeError(f"{what} is a {owner.name} array and the parameter a {self._kind.name} one: use one kind")
        if g.shape != slot.array.shape:
            raise ValueError(f"{what} must have the parameter's shape {slot.array.shape}, got {g.shape}")
        if dtype_name(g.dtype) not in COMPUTE:
            raise TypeError(f"{what} must be {', '.join(COMPUTE)}, got {g.dtype}")
        low, high = self._kind.extent(g)
        i = bisect_left(self._lows, high)
        if i and self._reach[i - 1] > low and any(self._kind.overlap(g, s.array) for s in self._slots):
            raise ValueError(f"{what} shares memory with a parameter, which the step would overwrite: pass a copy")

    def state_dict(self) -> dict[str, Any]:
        """Everything that an exact resume needs, except the parameters: copies, keyed by parameter name."""
        parameters: dict[str, dict[str, Any]] = {}
        for slot in self._slots:
            for name in slot.parts(slot.array):
                parameters[name] = {
                    "t": slot.t,
                    **dict(zip(self.rule.scalar_state, slot.scalars, strict=True)),
                }
            for state, array in slot.state.items():
                for name, part in slot.parts(array).items():
                    parameters[name][state] = part.copy()
        return {
            "optimizer": self.rule.key,
            "t": self.t,
            "groups": [{n: None if callable(v) else v for n, v in g.items()} for g in self.groups],
            "parameters": parameters,
        }

    def load_state_dict(self, d: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned, matched by parameter name.

        Hyperparameters that were functions of t are not in it: those in force here stay. Raises
        `firstorder.StateError`, and changes nothing, if `d` is not of this optimizer and these parameters.
        """
        self._check_state(d)()

    def _check_state(self, d: Mapping[str, Any]) -> Callable[[], None]:
        return checkpoint.check(self, d)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `state_dict()` to one .npz file, without pickle: atomically, a file there is replaced whole or not."""
        checkpoint.write(path, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Continue from a file that `save` wrote; for any other, raise `firstorder.StateError` and change nothing."""
        self.load_state_dict(checkpoint.read(path))

    def __repr__(self) -> str:
        names = ", ".join(f"{n}={v!r}" for n, v in self.groups[0].items())
        more = f" and {len(self.groups) - 1} more groups" if len(self.groups) > 1 else ""
        return f"<{self.rule.name}({names}){more}: {len(self._slots)} arrays, t={self.t}>"


@cache
def _class_of(base: type[Optimizer], rule: Rule) -> type[Optimizer]:
    if taken := [name for name in rule.hyperparameters if hasattr(Optimizer, name)]:
        raise RuleError(f"{rule.key}: hyperparameter {taken[0]!r} is the name of a member of every optimizer")
    own = rule.function.__module__.startswith(f"{__package__}.rules.") or rule.origin is not None
    members: dict[str, Any] = {
        "rule": rule,
        "__doc__": _document(rule),
        "__module__": __package__ if own else rule.function.__module__,
        **{name: _shared(name) for name in rule.hyperparameters},
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


def _shared(name: str) -> property:
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

    return property(read, write, doc=hyperparameter(name).meaning)


def _document(rule: Rule) -> str:
    rows = "\n".join(
        f"    {n} ({d}): {hyperparameter(n).meaning}, {hyperparameter(n).allowed}"
        for n, d in rule.hyperparameters.items()
    )
    return f"{rule.doc}\n\nparams and on_nonfinite: see `firstorder.Optimizer`. Hyperparameters:\n\n{rows}\n"


def _groups(params: Any) -> Sequence[Mapping[str, Any]] | None:
    """`params` if it is parameter groups, else None."""
    if (
        isinstance(params, Mapping)
        or not isinstance(params, Sequence)
        or not any(isinstance(p, Mapping) for p in params)
    ):
        return None
    for i, group in enumerate(params):
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(
                f"params[{i}]: each parameter group must be a mapping with a 'params' entry, got {type(group).__name__}"
            )
    return params


def _members(structure: Structure | Arena, members: Any, prefix: str) -> list[tuple[str, Any, Arena | None]]:
    if isinstance(structure, Arena):
        return [(prefix, structure.buffer, structure)]
    leaves = structure.leaves(members, "params")
    return [(prefix + name, leaf, None) for name, leaf in zip(structure.names, leaves, strict=True)]


def _float_dtype(slot: _Slot) -> str:
    array_backend(f"parameter {slot.title}", slot.array)
    if slot.array.dtype.name not in COMPUTE:
        raise TypeError(f"parameter {slot.title} must be {', '.join(COMPUTE)}, got {slot.array.dtype}")
    return slot.array.dtype.name


def _check_arrays(slots: Sequence[_Slot]) -> Backend:
    """The backend that owns all arrays; raises for mixed kinds, read-only arrays and shared memory."""
    if not slots:
        raise ValueError("params has no arrays")
    first = slots[0]
    kind = array_backend(first.title, first.array)
    spans = []
    for slot in slots:
        what = f"parameter {slot.title}"
        if not kind.owns(slot.array):
            other = array_backend(what, slot.array)
            raise TypeError(f"{what} is a {other.name} array and {first.title} a {kind.name} one: use one kind")
        if not kind.writable(slot.array):
            raise ValueError(f"{what} is read-only and cannot be updated in place: pass a copy")
        if kind.folds(slot.array):
            raise ValueError(f"{what} has elements that share memory: pass a copy")
        spans.append((*kind.extent(slot.array), slot))
    reaching: list[tuple[int, _Slot]] = []
    for low, high, slot in sorted(spans, key=lambda span: span[:2]):
        reaching = [(end, before) for end, before in reaching if end > low]
        for _, before in reaching:
            if kind.overlap(slot.array, before.array):
                raise ValueError(f"parameters {before.title} and {slot.title} share memory: pass each array once")
        reaching.append((high, slot))
    return kind
