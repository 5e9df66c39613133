"""Exercises that ask for a rule, and the check of an answer.

    fo.exercises.check(to_nesterov)  # which exercise it answers says the function's name
    print(fo.exercises.hint("to_nesterov", 1))  # of three

A check runs in plain Python, so that it says the same in a notebook and, by Pyodide, in the page.
"""

from .exercise import EXERCISES, Exercise, hint
from .verdict import Verdict, check

__all__ = ["EXERCISES", "Exercise", "Verdict", "check", "hint"]
