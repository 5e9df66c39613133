"""What can be stepped: the protocol that optimizers and wrappers share.

A step has three parts, so that what may refuse comes before what changes anything:

    stepper.begin()                   get ready; False skips the step
    plan = stepper.plan(pairs)        everything that can fail; None skips the step
    stepper.apply(plan)               the deed

A wrapper calls the three parts of the one inside it in its own; `step` calls those of the outermost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, TypeVar

from . import statefile
from .interrupt import uninterrupted
from .parameters import Displacement, Pairs, Parameters, Slot
from .state import Loaded
from .views import State

NonFinite = Literal["raise", "skip", "ignore"]

Hook = TypeVar("Hook", bound=Callable[..., Any])

#: Elements of all parameters from which a step takes long enough to be interrupted.
LARGE = 65_536


@dataclass(slots=True)
class Plan:
    """A step that was found to be possible.

    slots: what it updates. values: the hyperparameters in force, numbers by name, of each group. work: what the
    stepper that made it needs to take it. inner: of a wrapper, the plan of the one inside. Where `taken` is false, the
    call only collects gradients, and the optimizer takes no step.
    """

    slots: list[Slot]
    values: list[dict[str, float]]
    work: Any = None
    inner: Plan | None = None
    taken: bool = True


class Stepper:
    """What has parameters and steps them: an optimizer, or a wrapper around one.

    `parameters` are the slots, and the structure that gradients and state have; all wrappers around an optimizer
    share its own. `t` counts the steps taken, `groups` have the hyperparameters.
    """

    #: Whether it changes gradients, which are then checked for NaN and infinity before it does.
    transforms: ClassVar[bool] = False
    #: Whether it writes parameters itself, and so has to be inside what compensates.
    writes: ClassVar[bool] = False
    #: Whether it adds to each step what rounding took from the ones before.
    compensates: ClassVar[bool] = False

    #: Whether what was collected is to be stepped, though its window is not full.
    _flushing = False
    #: The parameters, while what is to be evaluated is in their place.
    _swapped: Displacement | None = None

    on_nonfinite: NonFinite

    @property
    def parameters(self) -> Parameters:
        """What is stepped."""
        raise NotImplementedError

    @property
    def params(self) -> Any:
        """The parameters, put together as they were given: of a copy, its own. Setting one writes into it."""
        return self.parameters.tree

    @property
    def t(self) -> int:
        """Steps taken."""
        raise NotImplementedError

    @property
    def now(self) -> Any:
        """The hyperparameters as numbers: those of the last step, or, before any, of the one to come.

        A mapping by name, `opt.now["lr"]`; of parameter groups a list of them.
        """
        raise NotImplementedError

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Step more parameters from now on: `{"params": ...}` with hyperparameters of their own, else the first ones.

        Gradients and state then come by group, as if groups had been given from the start. Their own counts begin at
        0; raises as the constructor does, and changes nothing, for parameters or hyperparameters that cannot be.
        """
        raise NotImplementedError

    @property
    def state(self) -> State:
        """State by name, each put together as the parameters are: the optimizer's, and that of all wrappers.

        Arrays, and numbers for scalar state. Setting one, `opt.state["h"] = tree`, writes into it.
        """
        raise NotImplementedError

    @property
    def evaluations(self) -> int:
        """Gradients that one step takes; all but the last go to `perturb`."""
        return 1

    def __copy__(self) -> Stepper:
        raise TypeError(
            f"a shallow copy of {type(self).__name__} would share parameters and state with it: use copy.deepcopy"
        )

    def chain(self) -> Iterator[Stepper]:
        """This one and those inside it, from the outermost to the optimizer."""
        yield self

    # ── a step ────────────────────────────────────────────────────────────────────────────────────

    def step(self, grads: Any) -> bool:
        """Update the parameters in place from their gradients; True unless no step was taken.

        grads: put together as the parameters are (for groups: a sequence with one member a group), each of its
        parameter's shape, real floating of any precision; None skips a parameter, its state and its counter.
        Everything is checked before anything changes: raises ValueError or TypeError for gradients that do not
        fit, and FloatingPointError for NaN or infinity under the policy "raise". A Ctrl-C during a step of 65,536
        elements or more takes effect when the step is whole; in a smaller one, of microseconds, it may leave some
        parameters a step ahead: go back to the last saved state.
        """
        hooks = self.parameters.hooks
        for hook in hooks.before:
            hook(self, grads)
        taken = self._step(grads)
        for hook in hooks.after if taken else ():
            hook(self)
        return taken

    def _step(self, grads: Any) -> bool:
        if not self.begin():
            return False
        pairs = self.parameters.match(grads)
        if self._transformed and not self.passes(pairs, cast=False):
            return False
        return self._taken(pairs)

    def _taken(self, pairs: Pairs) -> bool:
        plan = self.plan(pairs)
        if plan is None:
            return False
        if self.parameters.size < LARGE:
            return self.apply(plan)
        with uninterrupted():
            return self.apply(plan)

    def before_step(self, hook: Hook) -> Hook:
        """Have `hook(opt, grads)` called at the start of every step, before anything is checked or changed.

        opt is the optimizer or wrapper that was stepped: hooks belong to all around the same parameters. Returns the
        function, so that this can decorate it. Hooks are not copied, pickled or saved.
        """
        self.parameters.hooks.before.append(hook)
        return hook

    def after_step(self, hook: Hook) -> Hook:
        """Have `hook(opt)` called after every step that was taken, not skipped or only collected; see `before_step`."""
        self.parameters.hooks.after.append(hook)
        return hook

    def remove_hook(self, hook: Hook) -> None:
        """Have a function that `before_step` or `after_step` got called no more; ValueError if it is not."""
        hooks = self.parameters.hooks
        if hook not in hooks.before + hooks.after:
            raise ValueError(f"{hook!r} is no hook of this optimizer")
        for registered in (hooks.before, hooks.after):
            registered[:] = [other for other in registered if other is not hook]

    @cached_property
    def _transformed(self) -> bool:
        return any(stepper.transforms for stepper in self.chain())

    # ── what to evaluate ──────────────────────────────────────────────────────────────────────────

    def answer(self) -> Pairs:
        """The slots whose answer is not the parameter itself, each with it: an average, a mean that a rule keeps."""
        return []

    def swap(self) -> None:
        """Put what is to be evaluated into the parameters; the second call puts the parameters back, to the last bit.

        That is the average of `EMA` and `SWA`, the slow weights of `Lookahead`, the mean of Schedule-Free, and else the
        parameters themselves. In between nothing is stepped, perturbed, saved or loaded: that raises RuntimeError.
        """
        if self._swapped is not None:
            self.parameters.put_back(self._swapped)
            self._swapped = None
        else:
            self.parameters.settled()
            why = f"{type(self).__name__}: the averages are swapped in: swap() back first"
            self._swapped = self.parameters.displace(why, self.answer())

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """`with opt.averaged():` the parameters are what is to be evaluated inside the block; see `swap`."""
        if self._swapped is not None:
            raise RuntimeError(f"{type(self).__name__}: the averages are swapped in already")
        self.swap()
        try:
            yield
        finally:
            if self._swapped is not None:
                self.swap()

    # ── windows of gradients ──────────────────────────────────────────────────────────────────────

    @property
    def collected(self) -> int:
        """Gradients that were collected and are not stepped yet: 0, but inside of a window of `Accumulate`."""
        return 0

    def flush(self) -> bool:
        """Take the step of a window that is not full, with the mean of what was collected; True unless none was taken.

        At the end of an epoch, whose last window is short; with nothing collected it does nothing and returns False.
        Raises as `step` does.
        """
        if not self.collected:
            return False
        chain = list(self.chain())
        try:
            for stepper in chain:
                stepper._flushing = True
            taken = self.begin() and self._taken([])
        finally:
            for stepper in chain:
                stepper._flushing = False
        for hook in self.parameters.hooks.after if taken else ():
            hook(self)
        return taken

    def begin(self) -> bool:
        """Get ready for a step; False if it is to be skipped."""
        self.parameters.ready()
        return True

    def plan(self, pairs: Pairs) -> Plan | None:
        """Everything that can fail, so that an error leaves everything as it was; None if the step is to be skipped."""
        raise NotImplementedError

    def apply(self, plan: Plan) -> bool:
        """Take the step; True unless the call only collected gradients."""
        raise NotImplementedError

    def passes(self, pairs: Pairs, cast: bool = True, what: str = "the gradient") -> bool:
        """Whether the policy lets these gradients pass; raises FloatingPointError if that is the policy.

        cast: looks at them in the dtype that the update is computed in; else in their own.
        """
        if self.on_nonfinite == "ignore" or (bad := self.parameters.not_finite(pairs, cast)) is None:
            return True
        if self.on_nonfinite == "skip":
            return False
        raise FloatingPointError(
            f"{what} of {bad!r} has NaN or infinite elements at step {self.t + 1}; nothing was "
            "updated (on_nonfinite='skip' skips such steps, 'ignore' applies them)"
        )

    # ── state in and out ──────────────────────────────────────────────────────────────────────────

    def state_dict(self) -> dict[str, Any]:
        """Everything that an exact resume needs, except the parameters: copies, keyed by parameter name.

        Raises RuntimeError while the parameters are perturbed, or averages swapped in: saved now, they would be lost.
        """
        self.parameters.settled()
        return self.own_state()

    def own_state(self) -> dict[str, Any]:
        """What `state_dict` returns."""
        raise NotImplementedError

    def check_state(self, d: Any, strict: bool = True) -> Callable[[], Loaded]:
        """Check `d` whole: `firstorder.StateError` if it is another's; what is returned makes it the state."""
        raise NotImplementedError

    def load_state_dict(self, d: Mapping[str, Any], *, strict: bool = True) -> Loaded:
        """Continue from what `state_dict` returned, matched by parameter name.

        Hyperparameters that were functions of t are not in it: those in force here stay. strict=False takes a state of
        other parameters too: those in both are loaded, the others stay as they are; what is returned says which, in
        `missing` and `unexpected`. Raises `firstorder.StateError`, and changes nothing, if `d` is not of this
        optimizer, of these wrappers around it and of these parameters, and RuntimeError while the parameters are
        perturbed or averages swapped in.
        """
        self.parameters.settled()
        load = self.check_state(d, strict)
        with uninterrupted():
            return load()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `state_dict()` to one .npz file, without pickle: atomically, a file there is replaced whole or not."""
        statefile.write(path, self.state_dict())

    def load(self, path: str | os.PathLike[str], *, strict: bool = True) -> Loaded:
        """Continue from a file that `save` wrote; for any other, raise `firstorder.StateError` and change nothing.

        strict: as for `load_state_dict`.
        """
        return self.load_state_dict(statefile.read(path), strict=strict)
