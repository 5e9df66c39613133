"""NumPy's names for Python in a page, where there is no NumPy: rules are read there, and none is run.

Each name is a class of its own, made when it is first asked for: it can be told from others, looked up by, called,
inherited from and named in a type, and it computes nothing: as a number it is NaN. Any part of NumPy can be imported.
"""

import math
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

pi, e, inf, nan, newaxis = math.pi, math.e, math.inf, math.nan, None
__version__ = "0"
__path__ = []  # a package, as importing a part of it asks for


class Named(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = Named(name, (), {})
        setattr(cls, name, made)
        return made

    def __call__(cls, *values, **keywords):
        return cls

    def __float__(cls):
        return nan


class Part(ModuleType):
    def __getattr__(self, name):
        return getattr(named(self.__name__), name)


class Parts:
    """Finds `numpy.linalg` and its like."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("numpy."):
            return ModuleSpec(name, Parts, is_package=True)
        return None

    @staticmethod
    def create_module(spec):
        return Part(spec.name)

    @staticmethod
    def exec_module(module):
        pass


def named(address):
    """The class for `numpy.linalg`, wherever it was asked for."""
    found = root
    for name in address.split(".")[1:]:
        found = getattr(found, name)
    return found


def __getattr__(name):
    return getattr(root, name)


root = Named("numpy", (), {})
sys.meta_path.append(Parts)
