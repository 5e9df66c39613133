"""Hypothesis draws the same examples on every run, so that a run is a fact and not a chance; and the GPU, if any."""

import contextlib

import ml_dtypes  # noqa: F401 - makes "bfloat16" the name of a dtype
import pytest

with contextlib.suppress(ImportError):  # tests of the GPU need no Hypothesis: nothing is installed where one is
    from hypothesis import settings

    settings.register_profile("same every run", derandomize=True, deadline=None, max_examples=150, database=None)
    settings.load_profile("same every run")


@pytest.fixture
def cupy():
    """CuPy, where it has a GPU to run on. Tests that take it are marked `gpu`, and `make gpu` runs them."""
    from firstorder.backends import BACKENDS

    if missing := BACKENDS["cupy"].missing():
        pytest.skip(missing)
    import cupy

    return cupy
