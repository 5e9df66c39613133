"""Hypothesis draws the same examples on every run, so that a run is a fact and not a chance."""

import ml_dtypes  # noqa: F401 - makes "bfloat16" the name of a dtype
from hypothesis import settings

settings.register_profile("same every run", derandomize=True, deadline=None, max_examples=150, database=None)
settings.load_profile("same every run")
