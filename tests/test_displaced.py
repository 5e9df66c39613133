"""Whatever is nested in whatever: parameters that are perturbed or swapped out are never lost."""

import copy
import pickle
from itertools import permutations

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from test_checkpoint import same

import firstorder as fo

AROUND = {
    "sam": lambda opt: fo.SAM(opt, rho=0.1),
    "ema": lambda opt: fo.EMA(opt, decay=0.5),
    "swa": lambda opt: fo.SWA(opt, start=2),
    "lookahead": lambda opt: fo.Lookahead(opt, k=2),
    "kahan": fo.Kahan,
    "accumulate": lambda opt: fo.Accumulate(opt, steps=2),
}
#: Lookahead writes parameters, and Kahan has to be around what does.
NESTS = [
    nest
    for size in (1, 2, 3, 4)
    for nest in permutations(AROUND, size)
    if not {"kahan", "lookahead"} <= set(nest) or nest.index("kahan") > nest.index("lookahead")
]


def built(nest: tuple[str, ...], ours) -> fo.step.Stepper:
    opt: fo.step.Stepper = fo.Momentum(ours, lr=0.25)
    for name in nest:
        opt = AROUND[name](opt)
    return opt


def start() -> dict[str, np.ndarray]:
    return {"w": np.array([1, -2], "float16"), "b": np.array(0.5, "float16")}


class Displaced(RuleBasedStateMachine):
    """Anything is tried at any time. What is refused changes nothing; what is not is what an undisturbed twin does."""

    @initialize(nest=st.sampled_from(NESTS))
    def build(self, nest):
        self.nest = nest
        self.params, self.straight = start(), start()
        self.opt, self.twin = built(nest, self.params), built(nest, self.straight)
        self.away, self.uphill, self.saved = None, None, None

    def averages(self):
        return [w for w in self.opt.chain() if hasattr(type(w), "average")]

    def looks(self):
        return {n: p.copy() for n, p in self.params.items()}

    def refused(self, act):
        before = self.looks()
        with pytest.raises(RuntimeError):
            act()
        assert same(self.looks(), before)

    def grads(self, number):
        return {"w": np.array([number, 1], "float16"), "b": np.array(-number, "float16")}

    @precondition(lambda self: "sam" in self.nest)
    @rule(number=st.integers(-3, 3))
    def perturb(self, number):
        if self.away is not None:
            return self.refused(lambda: self.opt.perturb(self.grads(number)))
        self.opt.perturb(self.grads(number))
        self.away, self.uphill = "sam", number

    @precondition(lambda self: "sam" in self.nest)
    @rule()
    def restore(self):
        before = self.looks()
        self.opt.restore()
        if self.away == "sam":
            self.away = None
        else:
            assert same(self.looks(), before)

    @rule(number=st.integers(-3, 3))
    def step(self, number):
        if self.away != ("sam" if "sam" in self.nest else None):
            return self.refused(lambda: self.opt.step(self.grads(number)))
        self.opt.step(self.grads(number))
        self.away = None
        if "sam" in self.nest:
            self.twin.perturb(self.grads(self.uphill))
        self.twin.step(self.grads(number))

    @precondition(lambda self: self.averages())
    @rule(which=st.integers(0, 1))
    def swap(self, which):
        which %= len(self.averages())
        wrapper = self.averages()[which]
        if self.away not in (None, which):
            return self.refused(wrapper.swap)
        wrapper.swap()
        self.away = which if self.away is None else None
        if self.away is not None:
            assert same(self.looks(), {n: a.astype("float16") for n, a in wrapper.average.items()})

    @rule()
    def save(self):
        if self.away is not None:
            return self.refused(self.opt.state_dict)
        self.saved = self.opt.state_dict(), self.looks()

    @precondition(lambda self: self.saved)
    @rule()
    def load(self):
        state, saved = self.saved
        if self.away is not None:
            return self.refused(lambda: self.opt.load_state_dict(state))
        for opt, ours in ((self.opt, self.params), (self.twin, self.straight)):
            opt.load_state_dict(state)
            for name, p in saved.items():
                ours[name][...] = p

    @rule(by_pickle=st.booleans())
    def travel(self, by_pickle):
        both = self.params, self.opt
        self.params, self.opt = pickle.loads(pickle.dumps(both)) if by_pickle else copy.deepcopy(both)

    @invariant()
    def the_parameters_are_those_of_an_undisturbed_run(self):
        if self.away is None:
            assert same(self.params, self.straight)
            assert same(self.opt.state_dict(), self.twin.state_dict())


Displaced.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestDisplaced = Displaced.TestCase


@pytest.mark.parametrize("nest", [("ema", "sam"), ("sam", "ema")], ids=" in ".join)
def test_averages_and_perturbations_do_not_overlap(nest):
    p, one = np.zeros(1), np.ones(1)
    opt: fo.step.Stepper = fo.SGD(p, lr=1.0)
    for name in nest:
        opt = AROUND[name](opt)
    for _ in range(2):
        opt.perturb(one)
        opt.step(one)
    opt.swap()
    with pytest.raises(RuntimeError, match="EMA: the averages are swapped in"):
        opt.perturb(one)
    opt.swap()
    opt.perturb(one)
    with pytest.raises(RuntimeError, match="SAM: the parameters are perturbed"):
        opt.swap()
    opt.step(np.zeros(1))
    assert p[0] == -2


def test_a_state_is_not_loaded_over_a_perturbation_or_a_swap():
    p, one = np.zeros(1), np.ones(1)
    opt = fo.SAM(fo.SGD(p, lr=1.0))
    opt.perturb(one)
    opt.step(one)
    state, saved = opt.state_dict(), p.copy()
    opt.perturb(one)
    with pytest.raises(RuntimeError, match=r"SAM: the parameters are perturbed: step\(grads\) or restore\(\) first"):
        opt.load_state_dict(state)
    opt.restore()
    opt.load_state_dict(state)
    p[...] = saved
    opt.restore()
    assert p[0] == -1
    ema = fo.EMA(fo.SGD(p))
    with ema.averaged(), pytest.raises(RuntimeError, match="EMA: the averages are swapped in: swap"):
        ema.load_state_dict(ema.state_dict())


def test_a_state_is_not_saved_while_averages_are_swapped_in(tmp_path):
    opt = fo.EMA(fo.SGD(np.zeros(1)))
    opt.step(np.ones(1))
    with opt.averaged(), pytest.raises(RuntimeError, match="EMA: the averages are swapped in"):
        opt.save(tmp_path / "state.npz")
    assert not list(tmp_path.iterdir())


def test_a_perturbation_that_fails_is_none():
    p = np.ones(2)
    opt = fo.SAM(fo.SGD(p, lr=1.0), rho=0.5)
    with np.errstate(all="raise"):
        assert opt.perturb(np.full(2, 1e200))
    np.testing.assert_allclose(p, 1 + 0.5 / np.sqrt(2))
    opt.restore()
    with pytest.raises(ValueError, match="shape"):
        opt.perturb(np.ones(3))
    assert opt.perturb(np.ones(2))


def test_a_displacement_that_fails_half_way_is_undone():
    p = {"w": np.ones(2), "b": np.ones(1)}
    ours = fo.SGD(p).parameters
    w, b = ours.slots
    with pytest.raises(ValueError, match="broadcast"):
        ours.displace("displaced", [(w, np.zeros(2)), (b, np.zeros(3))])
    ours.settled()
    assert same(p, {"w": np.ones(2), "b": np.ones(1)})


def test_two_sams_are_refused_in_any_nesting():
    for between in (lambda opt: opt, fo.EMA):
        with pytest.raises(TypeError, match="SAM: the optimizer takes two gradients a step already"):
            fo.SAM(between(fo.SAM(fo.SGD(np.ones(1)))))
