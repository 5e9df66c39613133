"""State goes out and comes back exactly, or not at all."""

import contextlib
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import ml_dtypes  # noqa: F401 - makes NumPy know bfloat16
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from samples import RULES

import firstorder as fo
from firstorder.step.statefile import FORMAT

CPU = pytest.mark.parametrize("backend", ["numpy", "numba"])
STEPS = 8
SIZES = (0, 1, 7, 40_000)  # the last in a member of its own, of any dtype


def gradients(dtype: str = "float64") -> list[dict[str, np.ndarray]]:
    random = np.random.default_rng(5)
    return [
        {"w": random.normal(size=(4, 3)).astype(dtype), "b": random.normal(size=3).astype(dtype)} for _ in range(STEPS)
    ]


def params(dtype: str = "float64") -> dict[str, np.ndarray]:
    return {"w": np.ones((4, 3), dtype), "b": np.zeros(3, dtype)}


def same(a, b) -> bool:
    """Equal to the last bit, arrays and numbers alike, in whatever they are put together."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a == b


def trained(optimizer=fo.Adam, steps: int = 2, **options):
    ours = params()
    opt = optimizer(ours, **options)
    for g in gradients()[:steps]:
        opt.step(g)
    return ours, opt


# ── exact resume ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["state_dict", "file"])
@CPU
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_run_split_at_any_step_is_the_whole_run(rule, backend, by, tmp_path):
    optimizer = fo.Optimizer.of(rule)
    rate = {"lr": lambda t: 0.1 / t}
    with fo.using(backend):
        whole = params()
        opt = optimizer(whole, **rate)
        checkpoints = []
        for g in gradients():
            if by == "file":
                opt.save(tmp_path / f"{opt.t}.npz")
            checkpoints.append(({n: p.copy() for n, p in whole.items()}, opt.state_dict()))
            opt.step(g)
        for split, (kept, state) in enumerate(checkpoints):
            resumed = optimizer(kept, **rate)
            if by == "file":
                resumed.load(tmp_path / f"{split}.npz")
            else:
                resumed.load_state_dict(state)
            for g in gradients()[split:]:
                resumed.step(g)
            assert same(kept, whole), f"split at {split}"
            assert same(resumed.state_dict(), opt.state_dict())


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_a_file_has_the_very_bits(dtype, tmp_path):
    ours = params(dtype)
    opt = fo.Adam(ours)
    for g in gradients(dtype):
        opt.step(g)
    opt.save(tmp_path / "state.npz")
    other = fo.Adam(params(dtype))
    other.load(tmp_path / "state.npz")
    assert same(other.state_dict(), opt.state_dict())
    assert other.t == STEPS


def test_the_count_of_a_parameter_that_was_skipped_comes_back(tmp_path):
    ours = params()
    opt = fo.Adam(ours)
    opt.step(gradients()[0])
    opt.step({"w": gradients()[1]["w"], "b": None})
    opt.save(tmp_path / "state.npz")
    other = fo.Adam({n: p.copy() for n, p in ours.items()})
    other.load(tmp_path / "state.npz")
    assert [e["t"] for e in other.state_dict()["parameters"].values()] == [2, 1]
    assert other.t == 2


def test_parameters_are_matched_by_name_and_not_by_order():
    _, opt = trained()
    reversed_params = dict(reversed(params().items()))
    other = fo.Adam(reversed_params)
    other.load_state_dict(opt.state_dict())
    for name in ("w", "b"):
        assert_array_equal(other.state["m"][name], opt.state["m"][name])


def test_hyperparameters_come_back_and_functions_of_t_stay():
    _, opt = trained(lr=0.25, beta1=0.5)
    _, other = trained(lr=lambda t: 0.125, steps=0)
    other.load_state_dict(opt.state_dict())
    assert (other.lr, other.beta1) == (0.25, 0.5)
    _, scheduled = trained(lr=lambda t: 0.125)
    other.load_state_dict(scheduled.state_dict())
    assert other.lr == 0.25


def test_groups_come_back_each_with_its_own():
    def make():
        return fo.Adam([{"params": {"w": np.ones(3)}}, {"params": np.ones(2), "lr": 0.5}])

    opt, other = make(), make()
    opt.step([{"w": np.ones(3)}, np.ones(2)])
    opt.groups[0]["lr"] = 0.75
    other.load_state_dict(opt.state_dict())
    assert [g["lr"] for g in other.groups] == [0.75, 0.5]
    assert same(other.state_dict(), opt.state_dict())


@pytest.mark.parametrize("arena_first", [True, False])
def test_state_moves_between_an_arena_and_separate_arrays(arena_first, tmp_path):
    separate = params(), gradients()
    packed = fo.Arena(params()), [fo.Arena(g) for g in gradients()]
    (first, g1), (second, g2) = (packed, separate) if arena_first else (separate, packed)
    whole = params()
    reference = fo.Adam(whole, lr=0.1)
    for g in gradients():
        reference.step(g)
    opt = fo.Adam(first, lr=0.1)
    for g in g1[:4]:
        opt.step(g)
    opt.save(tmp_path / "state.npz")
    for name in ("w", "b"):
        second[name][...] = first[name]
    other = fo.Adam(second, lr=0.1)
    other.load(tmp_path / "state.npz")
    for g in g2[4:]:
        other.step(g)
    for name in ("w", "b"):
        assert_array_equal(second[name], whole[name])


def test_an_arena_takes_no_state_of_parameters_that_took_different_numbers_of_steps():
    opt = fo.Adam(params())
    opt.step({"w": np.ones((4, 3)), "b": None})
    other = fo.Adam(fo.Arena(params()))
    with pytest.raises(fo.StateError, match=r"Arena.*same number of steps"):
        other.load_state_dict(opt.state_dict())
    assert other.t == 0


def test_a_state_dict_is_a_copy():
    _, opt = trained()
    d = opt.state_dict()
    kept = d["parameters"]["w"]["m"].copy()
    opt.step(gradients()[2])
    assert_array_equal(d["parameters"]["w"]["m"], kept)
    d["parameters"]["w"]["m"][...] = np.nan
    assert np.isfinite(opt.state["m"]["w"]).all()
    other = fo.Adam(params())
    other.load_state_dict(before := opt.state_dict())
    other.step(gradients()[3])
    assert same(before, opt.state_dict())


def test_loading_keeps_the_buffers_of_the_state():
    _, opt = trained()
    other = fo.Adam(params())
    address = other.state["m"]["w"].ctypes.data
    other.load_state_dict(opt.state_dict())
    assert other.state["m"]["w"].ctypes.data == address


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_an_npz_without_pickle(tmp_path):
    _, opt = trained()
    opt.save(tmp_path / "state.npz")
    with np.load(tmp_path / "state.npz", allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)
    assert not any(b"pickle" in path.read_bytes() for path in tmp_path.iterdir())


def test_a_path_may_be_text_and_needs_no_ending(tmp_path):
    _, opt = trained()
    opt.save(str(tmp_path / "state"))
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    other = fo.Adam(params())
    other.load(str(tmp_path / "state"))
    assert other.t == 2


def test_a_file_may_be_read_by_whom_the_umask_lets(tmp_path):
    _, opt = trained()
    opt.save(tmp_path / "state.npz")
    (tmp_path / "plain").write_text("")
    assert (tmp_path / "state.npz").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_path_may_be_bytes_and_as_long_as_a_name_may_be(tmp_path):
    _, opt = trained()
    for path in (os.fsencode(tmp_path / "state"), tmp_path / ("x" * 255)):
        opt.save(path)
        other = fo.Adam(params())
        other.load(path)
        assert other.t == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_stays_one_and_a_file_keeps_its_mode(tmp_path):
    _, opt = trained()
    (tmp_path / "real").write_bytes(b"")
    (tmp_path / "real").chmod(0o600)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    opt.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o600
    other = fo.Adam(params())
    other.load(tmp_path / "real")
    assert other.t == 2


@pytest.mark.parametrize("path", ["nowhere/state.npz", "folder"])
def test_an_error_of_writing_names_the_path_that_was_given(path, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError) as caught:  # noqa: PT011
        trained()[1].save(tmp_path / path)
    assert str(tmp_path / path) in (caught.value.filename, caught.value.filename2)
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_what_a_killed_write_left_is_removed_by_the_next(tmp_path):
    _, opt = trained()
    code = (
        "import os, sys, numpy as np, firstorder as fo\n"
        "os.fsync = lambda number: os.kill(os.getpid(), 9)\n"
        "fo.Adam(np.ones(3)).save(sys.argv[1])"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "state.npz")], check=False)
    left = list(tmp_path.iterdir())
    assert len(left) == 2
    opt.save(tmp_path / "state.npz")
    assert len(list(tmp_path.iterdir())) == 3  # they might be another's, who is writing now
    for file in left:
        os.utime(file, (0, 0))
    opt.save(tmp_path / "other.npz")
    assert len(list(tmp_path.iterdir())) == 4
    opt.save(tmp_path / "state.npz")
    assert {file.name for file in tmp_path.iterdir()} == {"state.npz", "other.npz"}


def test_a_file_of_the_first_format_is_read():
    """Written by the release before: EMA of Kahan of Accumulate of NAdam, bfloat16 and float64, five calls."""
    ours = {"w": np.linspace(-1, 1, 6).reshape(2, 3).astype("bfloat16"), "b": np.array(0.5)}
    wrapped = [
        fo.EMA(fo.Kahan(fo.Accumulate(fo.NAdam({n: p.copy() for n, p in ours.items()}, lr=0.1), steps=2)), decay=0.5)
        for _ in range(2)
    ]
    for t in range(1, 6):
        wrapped[0].step({"w": np.full((2, 3), t / 4, "bfloat16"), "b": np.array(-t / 4)})
    wrapped[1].load(Path(__file__).parent / "goldens" / "state_format_1.npz")
    found, due = wrapped[1].state_dict(), wrapped[0].state_dict()
    assert found["inner"]["inner"]["counters"] == {"collected": 1}
    assert same(found["inner"], due["inner"])
    assert same(found, due)


def test_saving_and_loading_take_work_in_proportion_to_the_parameters(tmp_path):
    """Counted in calls, of Python's functions and of C's, which no other process can slow."""

    def calls(n: int) -> int:
        opt = fo.Adam({f"p{i}": np.full(3, i) * 1.0 for i in range(n)})
        counted = 0

        def count(frame, event, argument):
            nonlocal counted
            counted += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            opt.save(tmp_path / f"{n}.npz")
            opt.load(tmp_path / f"{n}.npz")
        finally:
            sys.setprofile(before)
        return counted

    calls(10)  # what the first time imports
    assert calls(2000) < 2.1 * calls(1000)
    assert calls(1000) < 200 * 1000


def test_small_and_large_arrays_of_all_dtypes_come_back(tmp_path):
    ours = {f"{dtype} {n}": np.ones(n, dtype) for dtype in ("float16", "bfloat16", "float32", "float64") for n in SIZES}
    opts = [fo.EMA(fo.Kahan(fo.Momentum({n: p.copy() for n, p in ours.items()}, lr=0.1))) for _ in range(2)]
    random = np.random.default_rng(0)
    for _ in range(2):
        opts[0].step({n: random.normal(size=p.shape).astype(p.dtype) for n, p in ours.items()})
    opts[0].save(tmp_path / "state.npz")
    opts[1].load(tmp_path / "state.npz")
    assert same(opts[1].state_dict(), opts[0].state_dict())


@pytest.mark.parametrize("failing", ["savez", "fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(failing, tmp_path, monkeypatch):
    _, opt = trained()
    opt.save(tmp_path / "state.npz")
    old = (tmp_path / "state.npz").read_bytes()
    opt.step(gradients()[2])

    def fail(file, *args, **kwargs):
        if failing == "savez":
            file.write(b"half of it")
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(np if failing == "savez" else os, failing, fail)
        with pytest.raises(OSError, match="the disk is full"):
            opt.save(tmp_path / "state.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]
    assert (tmp_path / "state.npz").read_bytes() == old
    opt.save(tmp_path / "state.npz")
    other = fo.Adam(params())
    other.load(tmp_path / "state.npz")
    assert other.t == 3


# ── what is not a state of this optimizer ─────────────────────────────────────────────────────────


def refuses(opt: fo.Optimizer, load, match: str) -> None:
    before = opt.state_dict()
    with pytest.raises(fo.StateError, match=match):
        load()
    assert same(opt.state_dict(), before)


def test_a_file_cut_short_anywhere_is_refused(tmp_path):
    _, opt = trained()
    opt.save(tmp_path / "state.npz")
    whole = (tmp_path / "state.npz").read_bytes()
    cut = tmp_path / "cut.npz"
    for length in {0, 1, 4, 30, 100, len(whole) - 1, *range(0, len(whole), 97)}:
        cut.write_bytes(whole[:length])
        refuses(opt, lambda: opt.load(cut), "cut.npz")


def test_a_file_with_a_byte_changed_is_refused_or_the_same(tmp_path):
    _, opt = trained()
    opt.save(tmp_path / "state.npz")
    whole = (tmp_path / "state.npz").read_bytes()
    before = opt.state_dict()
    for at in range(0, len(whole), 13):
        changed = bytearray(whole)
        changed[at] ^= 0xFF
        (tmp_path / "changed.npz").write_bytes(changed)
        with contextlib.suppress(fo.StateError):
            opt.load(tmp_path / "changed.npz")
        assert same(opt.state_dict(), before), f"byte {at}"


def write_foreign(path, what: str) -> None:
    head = {"format": FORMAT, "optimizer": "adam", "t": 0, "groups": [], "parameters": []}
    heads = {
        "another program's head": {"format": "torch 2"},
        "format and nothing else": {"format": FORMAT},
        "a list": [1, 2],
        "a number": 3,
        "parameters that are a number": head | {"parameters": 3},
        "parameters that are numbers": head | {"parameters": [3]},
        "parameters without a name": head | {"parameters": [{"t": 0}]},
        "groups that are a number": head | {"groups": 3},
    }
    if what in heads:
        np.savez(path, head=np.array(json.dumps(heads[what])))
    elif what == "another npz":
        np.savez(path, weights=np.ones(3))
    elif what == "an array":
        with open(path, "wb") as file:
            np.save(file, np.ones(3))
    elif what == "a pickle":
        path.write_bytes(pickle.dumps({"optimizer": "adam"}))
    elif what == "text":
        path.write_text("optimizer: adam\n")
    elif what == "another zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("head", "adam")
    elif what == "an npz with objects":
        np.savez(path, head=np.array([{"optimizer": "adam"}], dtype=object))
    else:
        raise AssertionError(what)


@pytest.mark.parametrize(
    "what",
    [
        "another npz",
        "another zip",
        "an array",
        "a pickle",
        "an npz with objects",
        "text",
        "another program's head",
        "format and nothing else",
        "a list",
        "a number",
        "parameters that are a number",
        "parameters that are numbers",
        "parameters without a name",
        "groups that are a number",
    ],
)
def test_a_foreign_file_is_refused(what, tmp_path):
    _, opt = trained()
    path = tmp_path / "foreign.npz"
    write_foreign(path, what)
    refuses(opt, lambda: opt.load(path), ".")


def test_a_pickle_in_a_state_file_is_never_run(tmp_path):
    class Dangerous:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "was run"),))

    array = np.empty(1, object)
    array[0] = Dangerous()
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "state.npz", "w") as file:
        file.writestr("head.npy", buffer.getvalue())
    _, opt = trained()
    refuses(opt, lambda: opt.load(tmp_path / "state.npz"), "state.npz")
    assert not (tmp_path / "was run").exists()


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        trained()[1].load(tmp_path / "nowhere.npz")


def test_state_of_another_optimizer_is_refused():
    _, opt = trained()
    _, adamw = trained(fo.AdamW)
    refuses(opt, lambda: opt.load_state_dict(adamw.state_dict()), "'adamw', not of 'adam'")
    _, without = trained(fo.Adam.uncorrected)
    refuses(opt, lambda: opt.load_state_dict(without.state_dict()), "'adam_uncorrected'")


OTHERS = {
    "another name": ({"w": np.ones((4, 3)), "c": np.ones(3)}, "missing.*'b'.*unknown.*'c'"),
    "one more": ({**params(), "c": np.ones(1)}, "unknown.*'c'"),
    "one fewer": ({"w": np.ones((4, 3))}, "missing.*'b'"),
    "another shape": ({"w": np.ones((3, 4)), "b": np.ones(3)}, r"'m' of 'w'.*\(4, 3\).*\(3, 4\)"),
    "another precision": (params("float32"), "'m' of '[wb]'.*float64.*float32"),
    "a sequence": (list(params().values()), "missing"),
    "groups": ([{"params": {"w": np.ones((4, 3))}}, {"params": {"b": np.ones(3)}}], "2 parameter groups"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_state_of_other_parameters_is_refused(case):
    other, match = OTHERS[case]
    _, opt = trained()
    refuses(opt, lambda: opt.load_state_dict(fo.Adam(other).state_dict()), match)


def damaged(d: dict, what: str):
    """A state dict with one thing wrong."""
    w = d["parameters"]["w"]
    changes = {
        "not a mapping": lambda: 3,
        "empty": lambda: {},
        "no parameters": lambda: {k: v for k, v in d.items() if k != "parameters"},
        "parameters are a number": lambda: d | {"parameters": 3},
        "parameters are None": lambda: d | {"parameters": None},
        "groups are a number": lambda: d | {"groups": 3},
        "a group is a number": lambda: d | {"groups": [3]},
        "a group is empty": lambda: d | {"groups": [{}]},
        "a hyperparameter out of range": lambda: d | {"groups": [d["groups"][0] | {"beta1": 1.5}]},
        "a hyperparameter is text": lambda: d | {"groups": [d["groups"][0] | {"lr": "fast"}]},
        "a hyperparameter is unknown": lambda: d | {"groups": [d["groups"][0] | {"rho": 0.5}]},
        "t is negative": lambda: d | {"t": -1},
        "t is not whole": lambda: d | {"t": 1.5},
        "t is text": lambda: d | {"t": "2"},
        "a counter is True": lambda: d | {"parameters": d["parameters"] | {"w": w | {"t": True}}},
        "an entry is a number": lambda: d | {"parameters": d["parameters"] | {"w": 3}},
        "an entry lacks a state": lambda: d | {"parameters": d["parameters"] | {"w": {"t": 2, "m": w["m"]}}},
        "a state is a list": lambda: d | {"parameters": d["parameters"] | {"w": w | {"v": w["v"].tolist()}}},
        "the last state has another shape": lambda: (
            d | {"parameters": d["parameters"] | {"b": d["parameters"]["b"] | {"v": np.ones(4)}}}
        ),
    }
    return changes[what]()


@pytest.mark.parametrize(
    "what",
    [
        "not a mapping",
        "empty",
        "no parameters",
        "parameters are a number",
        "parameters are None",
        "groups are a number",
        "a group is a number",
        "a group is empty",
        "a hyperparameter out of range",
        "a hyperparameter is text",
        "a hyperparameter is unknown",
        "t is negative",
        "t is not whole",
        "t is text",
        "a counter is True",
        "an entry is a number",
        "an entry lacks a state",
        "a state is a list",
        "the last state has another shape",
    ],
)
def test_a_damaged_state_dict_changes_nothing(what):
    _, opt = trained()
    _, further = trained(steps=5, lr=0.5)
    refuses(opt, lambda: opt.load_state_dict(damaged(further.state_dict(), what)), ".")


def test_a_scalar_state_that_is_no_number_is_refused():
    opt = fo.Optimizer.of(RULES["running_product"])({"w": np.ones(2)})
    d = opt.state_dict()
    d["parameters"]["w"]["product"] = "one"
    refuses(opt, lambda: opt.load_state_dict(d), "product")
