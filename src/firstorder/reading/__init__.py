"""A rule as a program: read a plain NumPy function into lines, and print the lines in other languages.

Imports nothing from the rest of the package.
"""

from .cuda import Kernel, cuda, kernel
from .hoist import Hoisted, hoist
from .javascript import javascript, javascript_expression
from .parse import Line, Program, RuleError, parse
from .python import define, python_arrays, python_function, python_loop, python_rows, python_scalars
from .tex import SYMBOLS, tex, tex_expression

__all__ = [
    "SYMBOLS",
    "Hoisted",
    "Kernel",
    "Line",
    "Program",
    "RuleError",
    "cuda",
    "define",
    "hoist",
    "javascript",
    "javascript_expression",
    "kernel",
    "parse",
    "python_arrays",
    "python_function",
    "python_loop",
    "python_rows",
    "python_scalars",
    "tex",
    "tex_expression",
]
