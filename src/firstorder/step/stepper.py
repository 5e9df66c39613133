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
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from . import statefile
from .interrupt import uninterrupted
from .parameters import Pairs, Parameters, Slot
from .views import State

NonFinite = Literal["raise", "skip", "ignore"]

#: Elements of all parameters from which a step takes long enough to be interrupted.
LARGE = 65_536


@dataclass
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

    on_nonfinite: NonFinite

    @property
    def parameters(self) -> Parameters:
        """What is stepped."""
        raise NotImplementedError

    @property
    def t(self) -> int:
        """Steps taken."""
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
        if not self.begin():
            return False
        pairs = self.parameters.match(grads)
        if any(stepper.transforms for stepper in self.chain()) and not self.passes(pairs, cast=False):
            return False
        plan = self.plan(pairs)
        if plan is None:
            return False
        if self.parameters.size < LARGE:
            return self.apply(plan)
        with uninterrupted():
            return self.apply(plan)

    def begin(self) -> bool:
        """Get ready for a step; False if it is to be skipped."""
        self.parameters.settled()
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

    def check_state(self, d: Any) -> Callable[[], None]:
        """Check `d` whole: `firstorder.StateError` if it is another's; what is returned makes it the state."""
        raise NotImplementedError

    def load_state_dict(self, d: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned, matched by parameter name.

        Hyperparameters that were functions of t are not in it: those in force here stay. Raises
        `firstorder.StateError`, and changes nothing, if `d` is not of this optimizer, of these wrappers around it and
        of these parameters, and RuntimeError while the parameters are perturbed or averages swapped in.
        """
        self.parameters.settled()
        load = self.check_state(d)
        with uninterrupted():
            load()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `state_dict()` to one .npz file, without pickle: atomically, a file there is replaced whole or not."""
        statefile.write(path, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Continue from a file that `save` wrote; for any other, raise `firstorder.StateError` and change nothing."""
        self.load_state_dict(statefile.read(path))
