"""Hypothesis draws the same examples on every run, so that a run is a fact and not a chance."""

from hypothesis import settings

settings.register_profile("same every run", derandomize=True, deadline=None, max_examples=150, database=None)
settings.load_profile("same every run")
