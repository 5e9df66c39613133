"""Parameters may be nested, and what hands out arrays writes into them when one is set, or says that it does not."""

import copy
import pickle
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from test_checkpoint import same

import firstorder as fo

# ── nested trees ──────────────────────────────────────────────────────────────────────────────────

TREES = {
    "dict of dicts": lambda a, b, c: {"first": {"w": a, "b": b}, "last": c},
    "list of dicts": lambda a, b, c: [{"w": a, "b": b}, {"w": c}],
    "dict of lists": lambda a, b, c: {"layers": [a, b], "last": (c,)},
    "deep": lambda a, b, c: {"net": [{"in": {"w": [a]}}, (b, {"c": c})]},
}
NESTED = pytest.mark.parametrize("tree", TREES.values(), ids=TREES)


def arrays(seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.normal(size=shape) for shape in ((2, 3), (3,), (4,))]


@NESTED
@pytest.mark.parametrize("put", [lambda tree: tree, fo.Arena], ids=["arrays", "arena"])
@pytest.mark.parametrize("around", [lambda opt: opt, lambda opt: fo.EMA(fo.ClipNorm(opt))], ids=["bare", "wrapped"])
def test_a_nested_tree_takes_the_path_of_its_arrays(tree, put, around, tmp_path):
    flat, nested = arrays(0), arrays(0)
    whole = put(tree(*nested))
    opts = [around(fo.Adam(flat, lr=0.1)), around(fo.Adam(whole, lr=0.1))]
    for t in range(1, 5):
        opts[0].step(arrays(t))
        opts[1].step(put(tree(*arrays(t))))
    leaves = list(whole.members) if isinstance(whole, fo.Arena) else nested
    for a, b in zip(flat, leaves, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
    opts[1].save(tmp_path / "state.npz")
    other = around(fo.Adam(put(tree(*arrays(9)))))
    other.load(tmp_path / "state.npz")
    assert same(other.state_dict(), opts[1].state_dict())


def test_names_of_nested_parameters_are_their_paths():
    opt = fo.SGD({"first": {"w": np.ones(2), "b": np.ones(1)}, 3: [np.ones(1)]})
    assert list(opt.state_dict()["parameters"]) == ["first/w", "first/b", "3/0"]
    with pytest.raises(ValueError, match="two keys have the same name as text"):
        fo.SGD({"a": {"b": np.ones(1)}, "a/b": np.ones(1)})


def test_state_of_nested_parameters_is_nested_alike():
    opt = fo.Momentum({"first": {"w": np.ones(2)}, "last": [np.ones(1)]})
    opt.step({"first": {"w": np.ones(2)}, "last": [np.full(1, 3.0)]})
    assert_array_equal(opt.state["b"]["first"]["w"], [1, 1])
    assert_array_equal(opt.state["b"]["last"][0], [3])


def test_gradients_of_nested_parameters_are_checked_where_they_differ():
    p = {"first": {"w": np.ones(2), "b": np.ones(1)}, "last": [np.ones(1)]}
    opt = fo.SGD(p, lr=1.0)
    for grads, message in (
        ({"first": {"w": np.ones(2)}, "last": [np.ones(1)]}, r"grads\['first'\] must have the names.*lacks 'b'"),
        ({"first": [np.ones(2), np.ones(1)], "last": [np.ones(1)]}, r"grads\['first'\] must be a mapping of 2 arrays"),
        ({"first": {"w": np.ones(2), "b": np.ones(1)}, "last": []}, r"grads\['last'\] must have 1 members"),
        ({"first": {"w": np.ones(3), "b": np.ones(1)}, "last": [np.ones(1)]}, "the gradient of 'first/w' must have"),
    ):
        with pytest.raises(ValueError, match=message):
            opt.step(grads)
    opt.step({"first": None, "last": [np.ones(1)]})
    assert_array_equal(p["first"]["w"], 1)
    assert_array_equal(p["last"][0], 0)


def test_what_is_given_instead_of_gradients_is_named():
    opts = fo.SGD(np.ones(2)), fo.SGD({"w": np.ones(2)})
    for opt, grads, got in (
        (opts[0], [np.ones(2)], "one array like the parameters, got a sequence of 1 arrays"),
        (opts[0], {"w": np.ones(2)}, r"one array like the parameters, got a mapping of 1 arrays \(w\)"),
        (opts[0], fo.Arena([np.ones(2)]), "one array like the parameters, got a sequence of 1 arrays"),
        (opts[1], None, r"a mapping of 1 arrays \(w\) like the parameters, got NoneType"),
        (opts[1], np.ones(2), "like the parameters, got one array"),
        (opts[1], 3.0, "like the parameters, got float"),
    ):
        with pytest.raises(ValueError, match=got):
            opt.step(grads)
    assert (opts[0].t, opts[1].t) == (0, 0)


def test_a_list_of_layers_is_no_list_of_groups_and_groups_may_be_nested():
    fo.SGD([{"w": np.ones(2)}, {"w": np.ones(2)}])
    p = {"net": {"w": np.ones(2)}}
    fo.SGD([{"params": p, "lr": 1.0}]).step([{"net": {"w": np.ones(2)}}])
    assert_array_equal(p["net"]["w"], 0)
    with pytest.raises(TypeError, match=r"params\[1\]: each parameter group must be a mapping with a 'params' entry"):
        fo.SGD([{"params": np.ones(2)}, {"w": np.ones(2)}])


# ── what looks assignable ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("put", [lambda tree: tree, fo.Arena], ids=["arrays", "arena"])
def test_setting_state_writes_into_it(put):
    p = put({"w": np.ones(2), "b": np.ones(1)})
    opt = fo.EMA(fo.Sophia(p, lr=0.1))
    arrays = {n: opt.state["h"][n] for n in ("w", "b")}
    opt.state["h"] = put({"w": np.full(2, 100.0), "b": np.zeros(1)})
    opt.state["h"]["b"] = np.full(1, 7.0)
    opt.state["h"]["w"] += 1
    assert_array_equal(arrays["w"], [101, 101])
    assert_array_equal(arrays["b"], [7])
    opt.step(put({"w": np.ones(2), "b": np.ones(1)}))  # until something is averaged, the average is the parameters
    opt.average["w"] = 3.0
    assert_array_equal(opt.state["average"]["w"], [3, 3])
    bad = {"w": np.full(2, 5.0), "b": np.zeros(3)}
    with pytest.raises(ValueError, match=r"shape|layout"):
        opt.state["h"] = put(bad)
    with pytest.raises(KeyError, match="'hh' is no state; there is 'm', 'h', 'average'"):
        opt.state["hh"] = 1
    assert_array_equal(arrays["w"], [101, 101])


def test_setting_a_number_of_the_state_sets_it_or_says_how():
    opt = fo.NAdam({"w": np.ones(2), "b": np.ones(1)})
    (name,) = type(opt).rule.scalar_state
    with pytest.raises(TypeError, match=r"is 1\.0 and no array"):
        opt.state[name]["w"] = 0.5
    opt.state[name] = {"w": 0.5, "b": 0.25}
    assert opt.state[name] == {"w": 0.5, "b": 0.25}
    opt.state[name] = 0.75
    assert opt.state[name] == {"w": 0.75, "b": 0.75}


@pytest.mark.parametrize("kind", ["mapping", "sequence"])
def test_views_are_written_into_and_neither_come_nor_go(kind):
    first, second = np.zeros(2), np.zeros(3)
    arena = fo.Arena({"w": first, "b": second} if kind == "mapping" else [first, second])
    key, other = ("w", "b") if kind == "mapping" else (0, 1)
    arena.views[key] = np.ones(2)
    arena[key] += 1
    arena[other] = 5
    assert_array_equal(arena.buffer, [2, 2, 5, 5, 5])
    if kind == "mapping":
        arena.views.update(w=np.zeros(2))
        arena.views |= {"b": 1.0}
    else:
        arena.views[:] = [np.zeros(2), 1.0]
    assert_array_equal(arena.buffer, [0, 0, 1, 1, 1])
    with pytest.raises(ValueError, match=r"must have the shape \(2,\), or be one number, got the shape \(3,\)"):
        arena[key] = np.ones(3)
    with pytest.raises(TypeError, match="must be real"):
        arena[key] = 1j
    with pytest.raises((KeyError, IndexError)):
        arena["c" if kind == "mapping" else 2] = np.ones(1)
    with pytest.raises(TypeError, match="none can be added"):
        del arena.views[key]
    with pytest.raises(TypeError, match="none can be added"):
        arena.views.clear()
    arena.buffer += 1
    arena.buffer = arena.buffer * 2
    assert_array_equal(arena[key], [2, 2])
    with pytest.raises(ValueError, match="buffer must have the shape"):
        arena.buffer = np.ones(2)
    for travel in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        assert same(travel(arena.views), dict(arena.views) if kind == "mapping" else list(arena.views))


def test_an_arena_of_a_mapping_is_one(tmp_path):
    arena = fo.Arena({"w": np.ones(2), "b": np.zeros(1)})
    assert isinstance(arena, Mapping)
    assert list(arena) == list(arena.keys()) == ["w", "b"]
    assert [a.shape for a in arena.values()] == [(2,), (1,)]
    assert dict(arena.items()).keys() == dict(**arena).keys() == {"w", "b"}
    assert "w" in arena
    assert "c" not in arena
    assert arena.get("c") is None
    np.savez(tmp_path / "params.npz", **arena)
    with np.load(tmp_path / "params.npz") as file:
        assert_array_equal(file["w"], [1, 1])
    assert arena != fo.Arena({"w": np.ones(2), "b": np.zeros(1)})
    assert len({arena, arena}) == 1
    assert list(fo.Arena([np.ones(2)]).keys()) == [0]


@pytest.mark.parametrize("wrong", [np.ones(5), None, "a", ["a"]], ids=str)
def test_several_are_set_all_or_none(wrong):
    named = fo.Arena({"w": np.zeros(2), "inner": {"b": np.zeros(1)}})
    listed = fo.Arena([np.zeros(2), [np.zeros(1)]])
    mine = fo.SGD({"w": np.zeros(2), "inner": {"b": np.zeros(1)}})
    for act in (
        lambda: setattr(named, "views", {"w": np.ones(2), "inner": {"b": wrong}}),
        lambda: named.views.update(w=np.ones(2), inner={"b": wrong}),
        lambda: setattr(listed, "views", [np.ones(2), [wrong]]),
        lambda: listed.views.__setitem__(slice(None), [np.ones(2), [wrong]]),
        lambda: mine.params.update({"w": np.ones(2), "inner": {"b": wrong}}),
        lambda: mine.params.update({"w": np.ones(2), "outer": 1}),
    ):
        with pytest.raises((TypeError, ValueError, KeyError)):
            act()
    assert not named.buffer.any()
    assert not listed.buffer.any()
    assert not mine.params["w"].any()
    listed.views = [np.ones(2), [2.0]]
    assert_array_equal(listed.buffer, [1, 1, 2])


@pytest.mark.parametrize("wrong", ["x", None, 1j, {"w": None}, {"w": "1"}, {"w": [1.0]}], ids=str)
def test_scalar_state_is_set_to_real_numbers_alone(wrong):
    opt = fo.Prodigy({"w": np.zeros(2)})
    before = opt.state["d"]
    with pytest.raises((TypeError, ValueError), match=r"state\['d'\]"):
        opt.state["d"] = wrong
    assert opt.state["d"] == before
    opt.state["d"] = {"w": np.float32(0.5)}
    assert opt.state["d"] == {"w": 0.5}
