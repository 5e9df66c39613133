r"""The LaTeX reading: each assignment with time indices, `m` assigned is m_t, `m` read before it is m_{t-1}."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby

import sympy as sp
from sympy.printing.latex import LatexPrinter

from .parse import Program
from .symbolic import symbol

#: How names are written on the page; other names are split at the first underscore or digit, or set upright.
SYMBOLS = {
    "p": r"\theta",
    "lr": r"\eta",
    "momentum": r"\mu",
    "eps": r"\epsilon",
    "weight_decay": r"\lambda",
    "initial_accumulator_value": "G_0",
    "momentum1": r"\mu_{1}",
    "momentum2": r"\mu_{2}",
    "momentum3": r"\mu_{3}",
    "dampening": r"\tau",
    "etaminus": r"\eta^{-}",
    "etaplus": r"\eta^{+}",
    "step_min": r"\Delta_{\min}",
    "step_max": r"\Delta_{\max}",
    "mixing": r"\alpha",
    "momentum_decay": r"\psi",
    "final_lr": r"\eta_{\infty}",
    "mu_product": r"\Pi",
    "weight_sum": "W",
    "trust_coefficient": r"\kappa",
    "trust": r"\phi",
    "variance_reduction": r"\gamma",
    "lr_first": r"\eta_{0}",
    "curvature_weight": r"\gamma",
    "p0": r"\theta_{0}",
}
GREEK = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "eta",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "rho",
    "sigma",
    "tau",
    "psi",
    "xi",
)
#: What stands between two factors until all of them are printed.
FACTOR = "\0"
ACCENTS = {
    "_hat": r"\hat{%s}",
    "_bar": r"\bar{%s}",
    "_max": r"%s^{\max}",
    "_next": r"%s'",
    "_previous": r"%s^{\mathrm{prev}}",
}


def name_tex(name: str, symbols: Mapping[str, str] = SYMBOLS) -> str:
    """The TeX of a name without its time index."""
    if name in symbols:
        return symbols[name]
    if name.startswith("sqrt_"):
        return rf"\sqrt{{{name_tex(name.removeprefix('sqrt_'), symbols)}}}"
    for suffix, accent in ACCENTS.items():
        if name.endswith(suffix):
            return accent % name_tex(name.removesuffix(suffix), symbols)
    stem = name.rstrip("0123456789")
    index = name[len(stem) :]
    stem = "\\" + stem if stem in GREEK else stem if len(stem) == 1 else rf"\mathrm{{{stem}}}".replace("_", r"\_")
    return f"{stem}_{{{index}}}" if index else stem


class _Printer(LatexPrinter):
    def __init__(self, names: Mapping[str, str]):
        super().__init__({"order": "none", "symbol_names": {symbol(k): v for k, v in names.items()}})
        self._settings["mul_symbol_latex"] = FACTOR

    def doprint(self, expr: sp.Basic) -> str:
        """With a dot before a number that follows a factor, for it would look like a part of that one's index."""
        return re.sub(rf"{FACTOR}(?=\d)", r" \\cdot ", super().doprint(expr)).replace(FACTOR, " ")

    def _print_Float(self, expr: sp.Float) -> str:
        return repr(float(expr))


def tex_expression(expr: sp.Expr, names: Mapping[str, str] | None = None) -> str:
    """TeX of one expression in the shape it was written; `names` maps a name to its TeX."""
    names = names or {s.name: name_tex(s.name) for s in expr.free_symbols}
    with sp.evaluate(False):
        written = _as_written(expr)
    return _Printer(names).doprint(written)


def _as_written(expr: sp.Basic) -> sp.Basic:
    """`expr` with g · g written g², and 1 · x written x: that is how SymPy keeps 1 / y.

    In code the factor before a square comes first, so that no square can overflow alone.
    """
    if not expr.args:
        return expr
    args = tuple(map(_as_written, expr.args))
    if isinstance(expr, sp.Mul):
        args = tuple(a for a in args if a is not sp.S.One) or args[:1]
        runs = [(base, len(list(run))) for base, run in groupby(args)]
        args = tuple(sp.Pow(a, n) if n > 1 and not a.is_Number else sp.Mul(*[a] * n) if n > 1 else a for a, n in runs)
        return args[0] if len(args) == 1 else expr.func(*args)
    return expr if args == expr.args else expr.func(*args)


def _timed(name: str, index: str) -> str:
    if name.startswith("sqrt_"):
        return rf"\sqrt{{{_timed(name.removeprefix('sqrt_'), index)}}}"
    base = name_tex(name)
    stem, numbered, number = base.rstrip("}").rpartition("_{")
    return f"{stem}_{{{number},{index}}}" if numbered and base.endswith("}") else f"{base}_{{{index}}}"


def tex(program: Program) -> str:
    r"""The update as an `aligned` environment: \theta_t on the left is what the step makes of \theta_{t-1}."""
    state = {*program.arrays[:1], *program.arrays[2:], *program.scalars}
    names = {n: n if n == "t" else name_tex(n) for n in program.keywords}
    names |= {n: _timed(n, "t-1" if n in state else "t") for n in program.arrays + program.scalars}
    names |= {n: name_tex(n) for n in state - {line.target for line in program.lines}}  # it never changes
    out = []
    for line in program.lines:
        right = tex_expression(line.expr, names)
        names[line.target] = _timed(line.target, "t")
        out.append(f"{names[line.target]} &= {right}")
    return "\\begin{aligned}\n" + " \\\\\n".join(out) + "\n\\end{aligned}"
