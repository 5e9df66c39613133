"""What goes around an optimizer: each wrapper changes its gradients, its step or what is kept of its parameters.

    opt = fo.EMA(fo.ClipGlobalNorm(fo.Adam(params), max_norm=1.0), decay=0.999)
    opt.step(grads)

A wrapper takes an optimizer, or another wrapper, and is used in its place: what it does not have itself (`t`, `lr` and
the other hyperparameters, `groups`) is the inner one's, read and set through it; `opt.inner` is the one inside. The
gradients go from the outermost wrapper inwards: `ClipGlobalNorm(Accumulate(opt))` clips each micro-batch,
`Accumulate(ClipGlobalNorm(opt))` their mean. A step refused for bad input has changed nothing, in no wrapper.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from . import checkpoint
from .backends.base import COMPUTE, dtype_name
from .optimizer import Optimizer, Pairs, Plan, _Slot


@dataclass(frozen=True)
class Setting:
    """One number that a wrapper takes: low <= value <= high; `whole` if it counts, `optional` if it may be None."""

    default: float | None
    meaning: str
    low: float = 0.0
    high: float = math.inf
    whole: bool = False
    optional: bool = False

    @property
    def allowed(self) -> str:
        """The allowed values in words, for error messages."""
        kind = "whole" if self.whole else "finite"
        return f"a {kind} number " + (
            f">= {self.low:g}" if self.high == math.inf else f"from {self.low:g} to {self.high:g}"
        )


class Wrapper:
    """An optimizer with something around it; see the module `firstorder.wrappers` for what all wrappers share."""

    key: ClassVar[str]
    settings: ClassVar[dict[str, Setting]] = {}
    #: Names of what is kept: arrays and whole numbers for each parameter, and counters.
    arrays: ClassVar[tuple[str, ...]] = ()
    numbers: ClassVar[tuple[str, ...]] = ()
    counters: ClassVar[tuple[str, ...]] = ()
    #: Whether it changes gradients, which are then checked for NaN and infinity before it does.
    transforms: ClassVar[bool] = False
    #: Whether it writes parameters itself, and so has to be inside `Kahan`.
    writes: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        keyword = inspect.Parameter.KEYWORD_ONLY
        cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter("optimizer", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
            + [inspect.Parameter(n, keyword, default=s.default) for n, s in cls.settings.items()]
        )

    def __init__(self, optimizer: Optimizer | Wrapper, **settings: float | None):
        name = type(self).__name__
        if type(self) not in WRAPPERS.values():
            raise TypeError(f"{name} is a base class; use one of firstorder.WRAPPERS")
        if not isinstance(optimizer, (Optimizer, Wrapper)):
            raise TypeError(f"{name}: optimizer must be an optimizer or a wrapper of one, got {optimizer!r}")
        if unknown := [s for s in settings if s not in self.settings]:
            takes = ", ".join(map(repr, self.settings)) or "none"
            raise TypeError(f"{name}: unknown setting {unknown[0]!r}; it takes {takes}")
        self._inner = optimizer
        self._base: Optimizer = optimizer._base if isinstance(optimizer, Wrapper) else optimizer
        chosen = {**{n: s.default for n, s in self.settings.items()}, **settings}
        self._settings = {n: self.check(n, value) for n, value in chosen.items()}
        if self.writes and any(isinstance(w, Kahan) for w in self._chain()):
            raise TypeError(
                f"{name} writes parameters past the compensation: put Kahan around it, Kahan({name}(optimizer))"
            )
        self._arrays: dict[str, list[Any]] = {n: [self._initial(s) for s in self._base._slots] for n in self.arrays}
        self._numbers = {n: [0] * len(self._base._slots) for n in self.numbers}
        self._counters = dict.fromkeys(self.counters, 0)

    @classmethod
    def check(cls, name: str, value: Any) -> float | None:
        """`value` as the setting `name` would have it; raises TypeError or ValueError if it is not allowed."""
        setting = cls.settings[name]
        if value is None and setting.optional:
            return None
        message = f"{cls.__name__}: {name} must be {setting.allowed}, got {value!r}"
        number = value.item() if isinstance(value, np.generic) else value
        if isinstance(number, bool) or not isinstance(number, int if setting.whole else (int, float)):
            raise TypeError(message)
        if not setting.low <= number <= setting.high or not math.isfinite(number):
            raise ValueError(message)
        return number if setting.whole else float(number)

    @property
    def inner(self) -> Optimizer | Wrapper:
        """What is wrapped."""
        return self._inner

    @property
    def state(self) -> dict[str, Any]:
        """The state of the optimizer and of all wrappers, each put together as the parameters are."""
        return {**self._inner.state, **{n: self._base._assemble(kept) for n, kept in self._arrays.items()}}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return self._settings[name] if name in self._settings else getattr(self._inner, name)

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

    # ── a step ────────────────────────────────────────────────────────────────────────────────────

    def step(self, grads: Any) -> bool:
        """Take the optimizer's step with what the wrappers make of it; True unless no step was taken.

        grads, errors and the policy for NaN and infinity: as for the optimizer's own `step`.
        """
        if not self._begin():
            return False
        pairs = self._base._match(grads)
        if any(w.transforms for w in self._chain()) and not self._base._finite(pairs):
            return False
        plan = self._plan(pairs)
        return plan is not None and self._apply(plan)

    def _chain(self) -> Iterator[Wrapper]:
        """This wrapper and those inside it."""
        wrapper: Optimizer | Wrapper = self
        while isinstance(wrapper, Wrapper):
            yield wrapper
            wrapper = wrapper._inner

    def _begin(self) -> bool:
        return self._inner._begin()

    def _plan(self, pairs: Pairs) -> Plan | None:
        with np.errstate(all="ignore"):
            given = self._gradients(pairs)
        inner = self._inner._plan(given)
        if inner is None:
            return None
        return Plan(inner.slots, self._prepared(inner) if inner.taken else None, inner, inner.taken)

    def _apply(self, plan: Plan) -> bool:
        assert plan.inner is not None
        if not plan.taken:
            return self._inner._apply(plan.inner)
        with np.errstate(all="ignore"):
            self._before(plan)
            self._inner._apply(plan.inner)
            self._after()
        return True

    def _initial(self, slot: _Slot) -> Any:
        """A state array's first value, in the dtype that the parameter's update is computed in."""
        return slot.array.astype(self._base._kind.compute_dtype(slot.array))

    def _gradients(self, pairs: Pairs) -> Pairs:
        """The gradients that go inside; changes nothing."""
        return pairs

    def _prepared(self, inner: Plan) -> Any:
        """What `_before` needs and could fail to get; changes nothing."""

    def _before(self, plan: Plan) -> None:
        """Called before each step that the optimizer takes."""

    def _after(self) -> None:
        """Called after each step that the optimizer has taken."""

    # ── state in and out ──────────────────────────────────────────────────────────────────────────

    def state_dict(self) -> dict[str, Any]:
        """Everything that an exact resume needs, except the parameters: this wrapper's and, inside, the optimizer's."""
        parameters: dict[str, dict[str, Any]] = {}
        for i, slot in enumerate(self._base._slots):
            for name in slot.parts(slot.array):
                parameters[name] = {number: kept[i] for number, kept in self._numbers.items()}
            for key, arrays in self._arrays.items():
                for name, part in slot.parts(arrays[i]).items() if arrays[i] is not None else ():
                    parameters[name][key] = part.copy()
        return {
            "wrapper": self.key,
            "settings": dict(self._settings),
            "counters": dict(self._counters),
            "parameters": parameters,
            "inner": self._inner.state_dict(),
        }

    def load_state_dict(self, d: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` of the same wrappers returned, matched by parameter name.

        Raises `firstorder.StateError`, and changes nothing in any of them, if `d` is anything else.
        """
        self._check_state(d)()

    def _check_state(self, d: Mapping[str, Any]) -> Callable[[], None]:
        return checkpoint.check_wrapper(self, d)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `state_dict()` to one .npz file, as an optimizer does."""
        checkpoint.write(path, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Continue from a file that `save` wrote; for any other, raise `firstorder.StateError` and change nothing."""
        self.load_state_dict(checkpoint.read(path))


# ── gradients ─────────────────────────────────────────────────────────────────────────────────────────


def _wide(g: Any) -> Any:
    """`g` in a precision to compute in."""
    return g.astype(COMPUTE[dtype_name(g.dtype)], copy=False)


def _norm(xp: Any, g: Any) -> float:
    """The Euclidean norm of all elements, in float64, without overflow or underflow."""
    norm = float(xp.sqrt(xp.sum(xp.square(g, dtype=np.float64))))
    if g.size and (norm == 0 or norm == math.inf):
        largest = float(xp.max(xp.abs(g)))
        if 0 < largest < math.inf:
            norm = largest * float(xp.sqrt(xp.sum(xp.square(g.astype(np.float64) / largest))))
    return norm


class ClipValue(Wrapper):
    """Gradients clipped element by element to [−max_value, max_value].

    PyTorch: `clip_grad_value_`; optax: `clip`; Keras: `clipvalue`. All agree.
    """

    key = "clip_value"
    settings: ClassVar = {"max_value": Setting(1.0, "largest magnitude of an element")}
    transforms = True

    def _gradients(self, pairs: Pairs) -> Pairs:
        xp, bound = self._base._kind.xp, self.max_value
        return [(slot, xp.asarray(xp.clip(_wide(g), -bound, bound))) for slot, g in pairs]


_NORM_SETTINGS = {
    "max_norm": Setting(1.0, "largest norm"),
    "eps": Setting(1e-6, "added to the norm before the division"),
}


class ClipNorm(Wrapper):
    """Each parameter's gradient scaled down to a norm of at most max_norm, each for itself, also within an Arena.

    The factor is max_norm / (norm + eps) where that is less than 1. PyTorch: `clip_grad_norm_` on each parameter alone,
    with eps = 1e-6; Keras: `clipnorm`; optax's nearest is `clip_by_block_rms`, by the root mean square.
    """

    key = "clip_norm"
    settings: ClassVar = _NORM_SETTINGS
    transforms = True

    def _factor(self, norm: float) -> float:
        total = norm + self.eps
        return self.max_norm / total if total > self.max_norm else 1.0

    def _gradients(self, pairs: Pairs) -> Pairs:
        xp = self._base._kind.xp
        clipped = []
        for slot, g in pairs:
            if slot.arena is None:
                g = xp.asarray(_wide(g) * self._factor(_norm(xp, g)))
            else:
                g = _wide(g).copy()
                for part in slot.parts(g).values():
                    part *= self._factor(_norm(xp, part))
            clipped.append((slot, g))
        return clipped


class ClipGlobalNorm(ClipNorm):
    """All gradients scaled down together, to a norm of at most max_norm over all elements of all of them.

    Source: Pascanu, Mikolov and Bengio (2013), Algorithm 1. The factor is max_norm / (norm + eps) where that is less
    than 1. PyTorch: `clip_grad_norm_`, with eps = 1e-6; optax (`clip_by_global_norm`) and Keras (`global_clipnorm`):
    eps = 0. `norm` is the norm, before it was clipped, of the last gradients given; None before any.
    """

    key = "clip_global_norm"
    settings: ClassVar = _NORM_SETTINGS
    _last: float | None = None

    @property
    def norm(self) -> float | None:
        return self._last

    def _gradients(self, pairs: Pairs) -> Pairs:
        xp = self._base._kind.xp
        self._last = math.hypot(*(_norm(xp, g) for _, g in pairs))
        factor = self._factor(self._last)
        return pairs if factor == 1 else [(slot, xp.asarray(_wide(g) * factor)) for slot, g in pairs]


class Accumulate(Wrapper):
    """One step for every `steps` calls, with the mean of their gradients: large batches in small memory.

    A call that only collects returns False. None counts as zero in the mean, but a parameter with None in every call
    of a step is skipped. Under on_nonfinite="skip" a bad micro-batch is left out and not counted. optax: `MultiSteps`,
    which also takes the mean, by default in float32 (`accumulator_dtype`) whatever the gradients; PyTorch sums, since
    `backward` adds to `.grad`.
    """

    key = "accumulate"
    settings: ClassVar = {"steps": Setting(2, "calls for one step", 1, whole=True)}
    arrays = ("sum",)
    numbers = ("seen",)
    counters = ("collected",)
    transforms = True

    def _initial(self, slot: _Slot) -> Any:
        return self._base._kind.xp.zeros_like(super()._initial(slot))

    def _kept(self) -> Iterator[tuple[int, _Slot, Any]]:
        for i, (slot, total) in enumerate(zip(self._base._slots, self._arrays["sum"], strict=True)):
            yield i, slot, total

    def _plan(self, pairs: Pairs) -> Plan | None:
        collected = self._counters["collected"] + 1
        if collected < self.steps:
            return Plan([], pairs, taken=False)
        given = {id(slot): g for slot, g in pairs}
        means = []
        with np.errstate(all="ignore"):
            for i, slot, total in self._kept():
                if id(slot) in given or self._numbers["seen"][i]:
                    mean = (total + given.get(id(slot), 0.0)) / collected
                    means.append((slot, self._base._kind.xp.asarray(mean)))
        inner = self._inner._plan(means)
        return None if inner is None else Plan(inner.slots, None, inner, inner.taken)

    def _apply(self, plan: Plan) -> bool:
        if plan.inner is None:
            given = {id(slot): g for slot, g in plan.work}
            with np.errstate(all="ignore"):
                for i, slot, total in self._kept():
                    if id(slot) in given:
                        total[...] = total + given[id(slot)]
                        self._numbers["seen"][i] += 1
            self._counters["collected"] += 1
            return False
        taken = self._inner._apply(plan.inner)
        for i, _, total in self._kept():
            total[...] = 0
            self._numbers["seen"][i] = 0
        self._counters["collected"] = 0
        return taken


# ── weight decay ──────────────────────────────────────────────────────────────────────────────────────


class L2(Wrapper):
    """The gradient of an L2 penalty, weight_decay · θ, added to each gradient: for Adam, not the same as decay.

    PyTorch: the argument `weight_decay` of `Adam`, `SGD` and others; optax: `add_decayed_weights` before the optimizer.
    """

    key = "l2"
    settings: ClassVar = {"weight_decay": Setting(1e-2, "weight of the penalty ½λ‖θ‖²")}
    transforms = True

    def _gradients(self, pairs: Pairs) -> Pairs:
        kind = self._base._kind
        return [
            (s, kind.xp.asarray(g + kind.xp.multiply(s.array, self.weight_decay, dtype=kind.compute_dtype(s.array))))
            for s, g in pairs
        ]


class DecoupledDecay(Wrapper):
    """Decoupled weight decay for any optimizer: θ shrinks by the factor 1 − lr · weight_decay before each step.

    Source: Loshchilov and Hutter (2019). Around Adam this is PyTorch's `AdamW`, and ours. The gradients do not know
    of it. Parameters whose gradient is None keep their size.
    """

    key = "decoupled_decay"
    settings: ClassVar[dict[str, Setting]] = {"weight_decay": Setting(1e-2, "decay, in units of lr")}
    writes = True

    def __init__(self, optimizer: Optimizer | Wrapper, **settings: float | None):
        super().__init__(optimizer, **settings)
        if "lr" not in self._base.rule.hyperparameters:
            raise TypeError(f"{type(self).__name__}: {self._base.rule.name} has no hyperparameter 'lr' to decay by")

    def _rate(self, lr: float) -> float:
        return lr

    def _prepared(self, inner: Plan) -> list[float]:
        """The factor of each group."""
        base = self._base
        return [1 - self._rate(group.at(base.t + 1)["lr"]) * self.weight_decay for group in base.groups]

    def _before(self, plan: Plan) -> None:
        kind = self._base._kind
        for slot in plan.slots:
            dtype = kind.compute_dtype(slot.array)
            slot.array[...] = kind.xp.multiply(slot.array, plan.work[slot.group], dtype=dtype)


class FullyDecoupledDecay(DecoupledDecay):
    """Weight decay by the schedule and not by the size of the rate: the factor is 1 − lr / lr_max · weight_decay.

    Source: Loshchilov and Hutter (2019), Algorithm 2, whose schedule η is lr / lr_max. optimi: `decouple_lr=True`, and
    `max_lr`. lr_max: the largest rate of the schedule; None takes the rate at the start, which then must be a number,
    the same in all groups.
    """

    key = "fully_decoupled_decay"
    settings: ClassVar = {
        "weight_decay": Setting(1e-5, "decay at the largest rate"),
        "lr_max": Setting(None, "largest rate of the schedule", math.ulp(0.0), optional=True),
    }

    def __init__(self, optimizer: Optimizer | Wrapper, **settings: float | None):
        super().__init__(optimizer, **settings)
        if self.lr_max is None:
            rates = [group["lr"] for group in self._base.groups]
            if any(callable(rate) or rate != rates[0] for rate in rates):
                raise TypeError("FullyDecoupledDecay: lr_max must be given where lr is a function or differs by group")
            self._settings["lr_max"] = self.check("lr_max", rates[0])

    def _rate(self, lr: float) -> float:
        return lr / self.lr_max


# ── the path of the parameters ────────────────────────────────────────────────────────────────────────


class Lookahead(Wrapper):
    """k steps forward, one step back: every k steps, slow weights go a share alpha of the way; the fast ones follow.

    Source: Zhang, Lucas, Hinton and Ba (2019), Algorithm 1. state["slow"] are the slow weights, which start where the
    parameters are now; between two synchronisations it is they that should be evaluated. The optimizer's own state
    goes on; optax: `lookahead` (`reset_state=False`); PyTorch has none.
    """

    key = "lookahead"
    settings: ClassVar = {
        "k": Setting(5, "steps between two synchronisations", 1, whole=True),
        "alpha": Setting(0.5, "share of the way that the slow weights go", 0.0, 1.0),
    }
    arrays = ("slow",)
    counters = ("since",)
    writes = True

    def _after(self) -> None:
        self._counters["since"] += 1
        if self._counters["since"] >= self.k:
            for slot, slow in zip(self._base._slots, self._arrays["slow"], strict=True):
                slow += self.alpha * (slot.array - slow)
                slot.array[...] = slow
            self._counters["since"] = 0


class SAM(Wrapper):
    """Sharpness-aware minimization: the step from here uses the gradient of a worse place nearby.

        sam.perturb(gradient(params))    # params are now ρ further up the hill
        sam.step(gradient(params))       # back to where they were, to the last bit, and one step

    Source: Foret et al. (2021), Algorithm 1, with p = 2: θ + ρ g / ‖g‖, the norm over all parameters. A gradient of 0
    does not perturb. `step` always goes back first, so that also when it raises the parameters are as before
    `perturb`; `restore` goes back without a step. `perturb` raises like `step` for gradients that do not fit; under
    on_nonfinite="skip" it returns False, and the `step` that follows is skipped too. Wrappers around it pass `perturb`
    on as it is: they act on the second gradient alone. optax.contrib: `sam`; PyTorch has none.
    """

    key = "sam"
    settings: ClassVar = {"rho": Setting(0.05, "radius of the neighbourhood")}
    _away: list[tuple[_Slot, Any]] | None = None
    _bad = False

    def perturb(self, grads: Any) -> bool:
        """Move the parameters by ρ along their gradient; True unless this step is to be skipped."""
        if self._away is not None:
            raise RuntimeError("SAM: the parameters are perturbed already: step(grads) or restore() goes back")
        base, kind = self._base, self._base._kind
        pairs = base._match(grads)
        self._bad = not base._finite(pairs)
        self._away = []
        if self._bad:
            return False
        norm = math.hypot(*(_norm(kind.xp, g) for _, g in pairs))
        scale = self.rho / norm if norm else 0.0
        with np.errstate(all="ignore"):
            for slot, g in pairs:
                self._away.append((slot, slot.array.copy()))
                slot.array[...] = slot.array + _wide(g) * scale
        return True

    def restore(self) -> None:
        """Go back to where the parameters were before `perturb`; does nothing if they are there."""
        for slot, array in self._away or ():
            slot.array[...] = array
        self._away = None

    def _begin(self) -> bool:
        if self._away is None:
            raise RuntimeError(
                "SAM: call perturb(grads) first, and step with the gradients at the perturbed parameters"
            )
        self.restore()
        return self._inner._begin() and not self._bad

    def state_dict(self) -> dict[str, Any]:
        if self._away is not None:
            raise RuntimeError("SAM: the parameters are perturbed: step(grads) or restore() first")
        return super().state_dict()


class _Average(Wrapper):
    """What EMA and SWA share: an average of the parameters, and a way to evaluate it in their place."""

    arrays = ("average",)
    counters = ("n_averaged",)
    _kept: list[Any] | None = None

    @property
    def average(self) -> Any:
        """The averages, put together as the parameters are; where they live, and so not to be written to."""
        return self._base._assemble(self._arrays["average"])

    @property
    def n_averaged(self) -> int:
        """The number of steps whose parameters are in the average."""
        return self._counters["n_averaged"]

    def swap(self) -> None:
        """Put the averages into the parameters; the second call puts the parameters back, to the last bit."""
        slots = self._base._slots
        source, self._kept = (
            (self._arrays["average"], [s.array.copy() for s in slots]) if self._kept is None else (self._kept, None)
        )
        for slot, array in zip(slots, source, strict=True):
            slot.array[...] = array

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """`with opt.averaged():` the parameters are the averages inside the block."""
        if self._kept is not None:
            raise RuntimeError(f"{type(self).__name__}: the averages are swapped in already")
        self.swap()
        try:
            yield
        finally:
            if self._kept is not None:
                self.swap()

    def _begin(self) -> bool:
        if self._kept is not None:
            raise RuntimeError(f"{type(self).__name__}: the averages are swapped in: swap() back before the next step")
        return self._inner._begin()

    def _include(self, share: float) -> None:
        """Move the average by `share` towards the parameters; the first time, all the way."""
        for slot, average in zip(self._base._slots, self._arrays["average"], strict=True):
            if self.n_averaged:
                average += share * (slot.array - average)
            else:
                average[...] = slot.array
        self._counters["n_averaged"] += 1


class EMA(_Average):
    """An exponential moving average of the parameters: average = decay · average + (1 − decay) · θ after every step.

    It starts as the parameters after the first step, as with PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`;
    before, it is the parameters as they are now. optax's `ema` starts at zero and is corrected for it. Source: Polyak
    and Juditsky (1992) for averaging; see `average`, `swap` and `averaged`. float16 is averaged in float32.
    """

    key = "ema"
    settings: ClassVar = {"decay": Setting(0.999, "share of the average that is kept", 0.0, 1.0)}

    def _after(self) -> None:
        self._include(1 - self.decay)


class SWA(_Average):
    """Stochastic weight averaging: the plain mean of the parameters after step `start` and every `every` steps on.

    Source: Izmailov et al. (2018), Algorithm 1. PyTorch: `AveragedModel`, which is told when. Before `start` the
    average is the parameters as they are now. See `average`, `swap` and `averaged`. float16 is averaged in float32.
    """

    key = "swa"
    settings: ClassVar = {
        "start": Setting(1, "first step whose parameters are averaged", 1, whole=True),
        "every": Setting(1, "steps from one to the next", 1, whole=True),
    }

    def _after(self) -> None:
        since = self._base.t - self.start
        if since >= 0 and since % self.every == 0:
            self._include(1 / (self.n_averaged + 1))


# ── precision ─────────────────────────────────────────────────────────────────────────────────────────


class Kahan(Wrapper):
    """16-bit parameters that do not lose small updates: what rounding took is kept and added the next time.

    state["compensation"] is an array k for each float16 or bfloat16 parameter, of its dtype. The step is taken in
    float32 from θ + k; then θ' = θ + k + Δ, rounded, and k' = θ + k + Δ − θ'. That is optimi's convention, u = k + Δ;
    θ' = θ + u; k' = u + (θ − θ'), with its sums in float32. Parameters of other dtypes are left alone. Put it outside
    everything that writes parameters (decay, Lookahead), which then does so in float32. Source: Kahan (1965).
    """

    key = "kahan"
    arrays = ("compensation",)

    def __init__(self, optimizer: Optimizer | Wrapper):
        super().__init__(optimizer)
        if any(isinstance(w, Kahan) for w in self._inner._chain()) if isinstance(self._inner, Wrapper) else False:
            raise TypeError("Kahan: the optimizer is compensated already")
        if all(kept is None for kept in self._arrays["compensation"]):
            raise TypeError("Kahan: at least one parameter must be float16 or bfloat16; others lose nothing to keep")

    def _initial(self, slot: _Slot) -> Any:
        rounds = self._base._kind.compute_dtype(slot.array) != slot.array.dtype
        return self._base._kind.xp.zeros_like(slot.array) if rounds else None

    def _apply(self, plan: Plan) -> bool:
        assert plan.inner is not None
        if not plan.taken:
            return self._inner._apply(plan.inner)
        kept = zip(self._base._slots, self._arrays["compensation"], strict=True)
        rounded = [(slot, slot.array, k) for slot, k in kept if k is not None]
        try:
            for slot, p, k in rounded:
                slot.array = self._base._kind.xp.asarray(p.astype(np.float32) + k.astype(np.float32))
            self._inner._apply(plan.inner)
            with np.errstate(all="ignore"):
                for slot, p, k in rounded:
                    p[...] = slot.array
                    k[...] = slot.array - p.astype(np.float32)
        finally:
            for slot, p, _ in rounded:
                slot.array = p
        return True


#: Every wrapper by name.
WRAPPERS: dict[str, type[Wrapper]] = {
    wrapper.key: wrapper
    for wrapper in (
        ClipValue,
        ClipNorm,
        ClipGlobalNorm,
        Accumulate,
        L2,
        DecoupledDecay,
        FullyDecoupledDecay,
        Lookahead,
        SAM,
        EMA,
        SWA,
        Kahan,
    )
}
