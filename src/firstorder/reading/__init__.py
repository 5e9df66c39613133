"""A rule as a program: read a plain NumPy function into lines, and print the lines in other languages.

Imports nothing from the rest of the package. The printers, one module a language (`tex`, `javascript`, `cuda`,
`python`), stand on SymPy and are imported where one is used, so that running a rule on NumPy does not wait for it.
"""

from .parse import Line, Program, RuleError, parse

__all__ = ["Line", "Program", "RuleError", "parse"]
