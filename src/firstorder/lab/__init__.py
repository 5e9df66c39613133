"""Experiments: functions of their arguments that return numbers. Claims judge these, chapters show them.

`tuning`: the choice of a rate; `evidence`: what seeds can tell of two methods; `runs`: one training; `walks`: an
optimizer that meets given gradients; `ensemble`: many networks at once; `sweep`: every optimizer tuned and compared
fairly, on one process or many; `wider`: the same beyond the digits; `results`: what a sweep found, and its tables. The
others have what a chapter or two measure and show. Imports `minimize`, `problems`, `schedules`, `wrappers` and what
lies below them, and nothing that draws or judges. Experiments on the digits need scikit-learn (extra `book`).
"""
