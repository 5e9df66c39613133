"""Groups come later, are named and scaled; what is in force can be read; hooks see each step; a state loads in part."""

import copy
import pickle
from decimal import Decimal
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from test_checkpoint import same
from test_wrappers import MAKE, everything

import firstorder as fo

# ── groups ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", ["momentum", "adam", "rprop", "nadam", "prodigy", "lamb"])
@pytest.mark.parametrize("first", [np.ones, lambda n: {"w": np.ones(n)}, lambda n: fo.Arena([np.ones(n)])])
def test_a_group_that_comes_later_starts_where_it_is(rule, first):
    """It takes the steps that it would take alone; those before it go on as they were."""
    optimizer = fo.OPTIMIZERS[rule]
    joint = optimizer.rule.joint

    def grads(like, number):
        g = copy.deepcopy(like)
        for array in [g] if isinstance(g, np.ndarray) else g.values():
            array[...] = number
        return g

    ours, late = first(3), {"head": np.ones(2)}
    alone, late_alone = first(3), {"head": np.ones(2)}
    opt, one, two = optimizer(ours, lr=0.1), optimizer(alone, lr=0.1), optimizer(late_alone, lr=0.5)
    for t in range(1, 4):
        for o, like in ((opt, ours), (one, alone)):
            o.step(grads(like, t / 4))
    opt.add_param_group({"params": late, "lr": 0.5, "name": "head"})
    assert [g["lr"] for g in opt.groups] == [0.1, 0.5]
    for t in range(4, 8):
        opt.step([grads(ours, t / 4), grads(late, -t / 4)])
        one.step(grads(alone, t / 4))
        two.step(grads(late_alone, -t / 4))
    assert opt.t == 7
    assert opt.parameters.size == 5
    assert_array_equal(late["head"], late_alone["head"])
    for a, b in zip(*([p] if isinstance(p, np.ndarray) else p.values() for p in (ours, alone)), strict=True):
        assert_array_equal(a, b)
    entries = opt.state_dict()["parameters"]
    assert {name: entry["t"] for name, entry in entries.items() if name.startswith("1/")} == {"1/head": 4}
    assert all(name.startswith(("0/", "1/")) for name in entries)
    assert joint in (True, False)


@pytest.mark.parametrize("name", [*MAKE, "everything"])
def test_wrappers_keep_for_parameters_that_come_later_what_they_keep_for_all(name, tmp_path):
    dtype = "float16" if name in ("kahan", "everything") else "float64"
    first, late = np.ones(2, dtype), np.ones(3, dtype)
    make = MAKE.get(name, everything)
    inner = fo.Adam(first, lr=0.1)
    opt = make(inner)

    def step(grads):
        for _ in range(opt.evaluations - 1):
            opt.perturb(grads)
        opt.step(grads)

    for _ in range(4):
        step(np.ones(2, dtype))
    (opt if name != "ema" else inner).add_param_group({"params": late})  # also past the wrapper
    for _ in range(4):
        step([np.ones(2, dtype), np.ones(3, dtype)])
    assert not (late == 1).any()
    opt.save(tmp_path / "state.npz")
    other = make(fo.Adam([{"params": first.copy()}, {"params": late.copy()}]))
    other.load(tmp_path / "state.npz")
    assert same(other.state_dict(), opt.state_dict())


def test_a_group_that_comes_later_has_the_hyperparameters_given_at_first():
    opt = fo.Adam(np.ones(2), lr=0.25, beta1=0.5)
    opt.add_param_group({"params": np.ones(1), "beta1": 0.75})
    assert [(group["lr"], group["beta1"]) for group in opt.groups] == [(0.25, 0.5), (0.25, 0.75)]


@pytest.mark.parametrize("put", [dict, fo.Arena])
def test_what_a_wrapper_acts_on_alone_stays_so_when_a_group_comes(put):
    p, late = put({"w": np.ones(2), "b": np.ones(1)}), {"w": np.ones(1)}
    opt = fo.L2(fo.SGD(p, lr=1.0), weight_decay=0.5, only="w")
    opt.add_param_group({"params": late})
    opt.step([put({"w": np.zeros(2), "b": np.zeros(1)}), {"w": np.zeros(1)}])
    assert (p["w"][0], p["b"][0], late["w"][0]) == (0.5, 1, 1)


BAD = [
    ({"params": np.ones(2, int)}, TypeError, "parameter '1/array' must be float16"),
    ({"params": np.ones(2), "lr": -1}, ValueError, "lr must be"),
    ({"params": np.ones(2), "rate": 1}, TypeError, "unknown hyperparameter 'rate'"),
    ({"params": np.ones(2), "name": 3}, TypeError, "the name of a group must be text, got 3"),
    ({"params": np.ones(2), "lr_scale": -1}, ValueError, "lr_scale must be a finite number >= 0"),
    ({"lr": 1}, TypeError, "'params' entry"),
]


@pytest.mark.parametrize(("group", "error", "message"), BAD)
def test_a_group_that_cannot_be_changes_nothing(group, error, message):
    p = {"w": np.ones(2)}
    opt = fo.EMA(fo.Adam(p))
    before = opt.state_dict()
    with pytest.raises(error, match=message):
        opt.add_param_group(group)
    with pytest.raises(ValueError, match="share memory"):
        opt.add_param_group({"params": p["w"]})
    assert same(opt.state_dict(), before)
    assert opt.step({"w": np.ones(2)})


def test_no_group_comes_while_averages_are_swapped_in():
    opt = fo.EMA(fo.SGD(np.ones(2)))
    with opt.averaged(), pytest.raises(RuntimeError, match="swapped in"):
        opt.add_param_group({"params": np.ones(2)})


def test_groups_share_a_schedule_that_each_scales(tmp_path):
    a, b = np.zeros(1), np.zeros(1)
    rate = fo.Cosine(0.1, 10)
    groups = [{"params": a, "name": "body"}, {"params": b, "lr_scale": 10, "name": "head"}]
    opt = fo.DecoupledDecay(fo.SGD(groups, lr=rate), weight_decay=0)
    for _ in range(3):
        opt.step([np.ones(1), np.ones(1)])
    np.testing.assert_allclose(b, 10 * a)
    np.testing.assert_allclose(a, -(rate(1) + rate(2) + rate(3)))
    assert [(g["name"], now["lr"]) for g, now in zip(opt.groups, opt.now, strict=True)] == [
        ("body", rate(3)),
        ("head", 10 * rate(3)),
    ]
    opt.save(tmp_path / "state.npz")
    other = fo.DecoupledDecay(fo.SGD([{"params": a}, {"params": b}], lr=rate))
    other.load(tmp_path / "state.npz")
    assert (other.groups[1]["lr_scale"], other.groups[0]["name"]) == (10, "body")
    del other.groups[1]["lr_scale"]
    assert other.now[1]["lr"] == rate(4)
    with pytest.raises(TypeError, match="hyperparameter 'lr' cannot be removed"):
        del other.groups[1]["lr"]


def test_setting_several_hyperparameters_sets_all_or_none():
    opt = fo.Adam(np.ones(1), lr=0.1)
    with pytest.raises(ValueError, match="beta1 must be"):
        opt.groups[0].update(lr=0.5, beta1=2.0)
    assert opt.lr == 0.1
    opt.groups[0].update({"lr": 0.5}, beta1=0.5)
    assert (opt.lr, opt.beta1) == (0.5, 0.5)


@pytest.mark.parametrize(
    "value", [True, np.True_, b"0.1", "0.1", np.timedelta64(1), np.datetime64(1, "s"), 1j, np.array(0.1), None]
)
def test_what_is_no_real_number_is_no_hyperparameter(value):
    with pytest.raises(TypeError, match="SGD: lr must be"):
        fo.SGD(np.zeros(1), lr=value)


def test_a_time_span_is_no_setting():
    with pytest.raises(TypeError, match="EMA: decay must be"):
        fo.EMA(fo.SGD(np.ones(1)), decay=np.timedelta64(1))


@pytest.mark.parametrize(
    "value", [0.5, 1, np.float16(0.5), ml_dtypes.bfloat16(0.5), np.int8(1), Fraction(1, 2), Decimal("0.5")]
)
def test_real_numbers_of_all_kinds_are_hyperparameters(value):
    opt = fo.SGD(np.zeros(1), lr=value)
    assert (type(opt.lr), opt.lr) == (float, float(value))


# ── what is in force ──────────────────────────────────────────────────────────────────────────────


def test_the_numbers_of_the_last_step_can_be_read_and_a_schedule_is_asked_once_a_step():
    asked = []

    def rate(t):
        asked.append(t)
        return 0.1 / t

    opt = fo.EMA(fo.DecoupledDecay(fo.Adam(np.ones(1), lr=rate)))
    for t in range(1, 5):
        opt.step(np.ones(1))
        assert opt.now["lr"] == 0.1 / t
    assert asked == [1, 2, 3, 4]
    assert opt.now["beta1"] == 0.9
    opt.load_state_dict(opt.state_dict())
    assert opt.now["lr"] == 0.1 / 5
    with pytest.raises(TypeError, match="does not support item assignment"):
        opt.now["lr"] = 1.0


def test_parameters_can_be_reached_also_those_of_a_copy():
    for given in (np.ones(2), [np.ones(2)], {"w": np.ones(2)}, {"net": [{"w": np.ones(2)}]}):
        opt = copy.deepcopy(fo.EMA(fo.SGD(given, lr=1.0)))
        assert same(opt.params, given)
        opt.step(same_of(given))
        assert not same(opt.params, given)
    arena = fo.Arena({"w": np.ones(2)})
    for rule in (fo.SGD, fo.LAMB):
        assert rule(arena).params is arena
        assert fo.EMA(rule([{"params": arena}])).params == [arena]
    p = {"w": np.ones(2)}
    opt = fo.SGD(p)
    assert opt.params["w"] is p["w"]
    opt.params["w"] = np.zeros(2)
    assert_array_equal(p["w"], 0)
    with pytest.raises(AttributeError):
        opt.params = {"w": np.ones(2)}


def same_of(tree):
    return copy.deepcopy(tree)


# ── hooks ─────────────────────────────────────────────────────────────────────────────────────────


def test_hooks_are_called_before_and_after_the_steps_of_all_around_the_same_parameters():
    p, seen = np.zeros(1), []
    inner = fo.SGD(p, lr=1.0, on_nonfinite="skip")
    opt = fo.EMA(fo.Accumulate(inner, steps=2), decay=0.5)

    @inner.before_step
    def before(stepped, grads):
        seen.append(("before", stepped is opt, grads[0], p[0]))

    opt.after_step(after := lambda stepped: seen.append(("after", stepped.t, p[0], stepped.average[0])))
    for g in (1.0, 3.0, np.nan):
        opt.step(np.full(1, g))
    assert seen[:3] == [("before", True, 1.0, 0.0), ("before", True, 3.0, 0.0), ("after", 1, -2.0, -2.0)]
    assert [entry[0] for entry in seen[3:]] == ["before"]
    travelled = pickle.loads(pickle.dumps(copy.deepcopy(opt)))
    opt.remove_hook(before)
    opt.remove_hook(after)
    with pytest.raises(ValueError, match="is no hook of this optimizer"):
        opt.remove_hook(after)
    opt.step(np.ones(1))
    travelled.step(np.ones(1))
    assert len(seen) == 4


def test_a_hook_that_raises_before_a_step_stops_it():
    p = np.zeros(1)
    opt = fo.SGD(p, lr=1.0)

    @opt.before_step
    def stop(stepped, grads):
        raise StopIteration("enough")

    with pytest.raises(StopIteration):
        opt.step(np.ones(1))
    assert (p[0], opt.t) == (0, 0)


# ── part of a state ───────────────────────────────────────────────────────────────────────────────


def test_a_state_of_other_parameters_is_loaded_in_part(tmp_path):
    make = lambda p: fo.EMA(fo.Accumulate(fo.Adam(p, lr=0.1), steps=2), decay=0.5)  # noqa: E731
    old = {"body": np.ones(2), "head": np.ones(3), "shared": np.ones(())}
    new = {"body": np.ones(2), "tail": np.ones(4), "shared": np.ones(())}
    first, second = make(old), make(new)
    for _ in range(3):
        first.step({n: np.ones(p.shape) for n, p in old.items()})
    first.save(tmp_path / "state.npz")
    before = second.state_dict()
    with pytest.raises(fo.StateError, match=r"missing \['tail'\], unknown \['head'\] \(strict=False"):
        second.load(tmp_path / "state.npz")
    assert same(second.state_dict(), before)
    loaded = second.load(tmp_path / "state.npz", strict=False)
    assert (loaded.missing, loaded.unexpected) == (("tail",), ("head",))
    found, due = second.state_dict(), first.state_dict()
    for _ in range(3):
        for name in ("body", "shared"):
            assert same(found["parameters"][name], due["parameters"][name])
        assert same(found["parameters"]["tail"], before["parameters"]["tail"])
        if "inner" in found:
            found, due, before = found["inner"], due["inner"], before["inner"]
    assert second.t == first.t == 1
    assert first.load_state_dict(first.state_dict()) == ((), ())
    due = first.state_dict()
    due["inner"]["inner"]["parameters"]["body"]["m"] = np.ones(7)
    with pytest.raises(fo.StateError, match="'m' of 'body'"):
        second.load_state_dict(due, strict=False)


def test_an_arena_takes_a_state_whole_or_not():
    opt = fo.Adam({"a": np.ones(2), "b": np.ones(2)})
    opt.step({"a": np.ones(2), "b": np.ones(2)})
    other = fo.Adam(fo.Arena({"a": np.ones(2), "c": np.ones(2)}))
    assert other.load_state_dict(opt.state_dict(), strict=False) == (("a", "c"), ("b",))
    assert not other.state["m"].buffer.any()
