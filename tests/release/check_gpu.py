"""The switch in a notebook's first cell: chapters that have it run with the arrays of CuPy.

In place of CuPy stands the stand-in of test_launches.py, here as strict as CuPy: it does not become a NumPy array by
itself, and computes nothing together with one.
"""

import linecache
import sys
import types

import nbformat
import numpy as np
import pytest
from environments import ROOT
from matplotlib import pyplot
from test_launches import Array, device, unwrapped, wrapped  # noqa: F401 - a fixture

import firstorder as fo
from book import pair

FREE = ("array", "asarray")  # what CuPy makes of NumPy's arrays


def function(called, name=""):
    """NumPy's function for arrays of the device, and for no others."""

    def call(*args, **given):
        if name not in FREE and any(isinstance(a, np.ndarray) and a.ndim for a in args):
            raise TypeError("Unsupported type <class 'numpy.ndarray'>")
        return wrapped(called(*map(unwrapped, args), **{key: unwrapped(value) for key, value in given.items()}))

    return call


def attribute(module):
    """`__getattr__` of the stand-in's module: whatever NumPy has of this name."""

    def found(name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            part = types.ModuleType(name)
            part.__getattr__ = attribute(value)
            return part
        return function(value, name) if callable(value) and not isinstance(value, type) else value

    return found


def of_the_host(self, *args, **given):
    raise TypeError("Implicit conversion to a NumPy array is not allowed")


def with_others(self, function_, kinds, args, given):
    return (
        NotImplemented if any(issubclass(kind, np.ndarray) for kind in kinds) else function(function_)(*args, **given)
    )


def with_ufunc(self, ufunc, method, *inputs, out=None, **given):
    given |= {"out": unwrapped(out)} if out is not None else {}
    return function(getattr(ufunc, method))(*inputs, **given)


STRICT = {
    "__array__": of_the_host,
    "__array_function__": with_others,
    "__array_ufunc__": with_ufunc,
    "__setitem__": lambda self, key, value: function(lambda given: self.host.__setitem__(unwrapped(key), given))(value),
    "__iter__": lambda self: map(Array, self.host),
    "__index__": lambda self: self.host.__index__(),
    "__format__": lambda self, form: format(self.host.item(), form),
    "T": property(lambda self: Array(self.host.T)),
    "mT": property(lambda self: Array(self.host.mT)),
    "base": None,
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", sorted(pair.ON_GPU))
def test_chapter_runs_on_the_arrays_of_cupy(name, device, monkeypatch):  # noqa: F811
    for each, value in STRICT.items():
        monkeypatch.setattr(Array, each, value, raising=False)
    sys.modules["cupy"].__getattr__ = attribute(np)
    cells = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4).cells
    first, *others = [cell.source for cell in cells if cell.cell_type == "code"]
    switched = first[first.index("GPU = False") :].replace("GPU = False", "GPU = True")
    names: dict = {"__name__": name}
    try:
        for number, source in enumerate((switched, *others)):
            file = f"<{name} {number}>"
            linecache.cache[file] = (len(source), None, source.splitlines(True), file)  # rules are read from there
            exec(compile(source, file, "exec"), names)
            pyplot.close("all")
    finally:
        fo.use("numpy")
    assert device.launches, "no optimizer took a step on the device"
