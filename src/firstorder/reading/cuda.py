"""The CUDA reading: the body of one `cupy.ElementwiseKernel`, which is also plain C.

The body loads each array once into a local, computes with the names of the rule, and stores each array once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy.printing.c import C99CodePrinter

from .hoist import hoist
from .parse import Program
from .printer import Verbatim
from .python import python_expression

#: C macros for what NumPy has and C lacks, with NumPy's treatment of NaN; `compute_t` is the type computed in.
PREAMBLE = """\
#define square(x) ((x) * (x))
#define cube(x) ((x) * (x) * (x))
#define maximum(a, b) ((a) >= (b) || (a) != (a) ? (a) : (b))
#define minimum(a, b) ((a) <= (b) || (a) != (a) ? (a) : (b))
#define sign(x) ((x) > 0 ? (compute_t)1 : (x) < 0 ? (compute_t)-1 : (x))
"""
C_TYPES = {"float32": "float", "float64": "double"}


class _Printer(Verbatim, C99CodePrinter):
    power = "pow({base}, (compute_t){exp})"

    def _print_Pow(self, expr, **kwargs):  # type: ignore[no-untyped-def]
        if expr.exp in (2, 3) and not expr.base.is_Symbol:
            return f"{'square' if expr.exp == 2 else 'cube'}({self._print(expr.base)})"
        return super()._print_Pow(expr, **kwargs)

    def _print_sign(self, expr):  # type: ignore[no-untyped-def]
        return f"sign({self._print(expr.args[0])})"


_printer = _Printer()


@dataclass(frozen=True)
class Kernel:
    """The four texts that `cupy.ElementwiseKernel` takes, and the order of the scalar arguments.

    Arrays that are only read are inputs; arrays that are returned are outputs, which CuPy lets a kernel
    read before it writes them. Scalars come after the inputs, in the order of `arguments`.
    """

    name: str
    inputs: str
    outputs: str
    body: str
    preamble: str
    arguments: tuple[str, ...]


def kernel(program: Program, dtypes: dict[str, str], compute: str) -> Kernel:
    """The kernel for arrays of the given dtypes (`{"p": "float16", "m": "float32", ...}`) computed in `compute`."""
    split = hoist(program)
    written = [a for a in program.arrays if a in program.returns]
    read = [a for a in program.arrays if a not in written]
    inputs = [f"{dtypes[a]} {a}_" for a in read] + [f"{compute} {s}" for s in split.arguments]
    return Kernel(
        name=program.name,
        inputs=", ".join(inputs),
        outputs=", ".join(f"{dtypes[a]} {a}_" for a in written),
        body=_body(program),
        preamble=f"typedef {C_TYPES[compute]} compute_t;\n{PREAMBLE}",
        arguments=split.arguments,
    )


#: Elements of one row that are next to one another in the index of a launch over rows: a block's threads.
CHUNK = 256


def kernel_of_rows(program: Program, dtypes: dict[str, str], compute: str) -> Kernel:
    """The kernel for many arrays in one launch, which are given by their addresses, a row of arrays for a parameter.

    `row_` has the row of each chunk of CHUNK indices, `begin_` the index at which a row begins, `size_` its elements;
    `table_` has the addresses of parameters, then those of each state, `gradients_` those of gradients.
    """
    split = hoist(program)
    columns = {
        a: f"table_[{k} * rows_ + of_]" for k, a in enumerate(a for a in program.arrays if a != program.arrays[1])
    }
    columns[program.arrays[1]] = "gradients_[of_]"
    pointers = [f"{_type(dtypes[a])} *{a}_row_ = ({_type(dtypes[a])} *){columns[a]};" for a in program.arrays]
    body = _body(program, "{}_row_[at_]")
    return Kernel(
        name=f"{program.name}_rows",
        inputs=", ".join([*_MAP, "raw int64 gradients_", "int64 rows_", *(f"{compute} {s}" for s in split.arguments)]),
        outputs="raw int64 table_",
        body="\n".join([*_FIND, *pointers, body, "}"]),
        preamble=f"{_headers(dtypes.values())}typedef {C_TYPES[compute]} compute_t;\n{PREAMBLE}",
        arguments=split.arguments,
    )


def kernel_of_finite(dtype: str, compute: str) -> Kernel:
    """The kernel that writes `stamp_` to `found_` if a gradient of any row is not finite in the type computed in."""
    look = f"if (!isfinite((compute_t)(({_type(dtype)} *)gradients_[of_])[at_])) {{ found_[0] = stamp_; }}"
    return Kernel(
        name="finite",
        inputs=", ".join([*_MAP, "raw int64 gradients_", "int64 stamp_"]),
        outputs="raw int64 found_",
        body="\n".join([*_FIND, look, "}"]),
        preamble=f"{_headers([dtype])}typedef {C_TYPES[compute]} compute_t;\n",
        arguments=(),
    )


_MAP = ("raw int32 row_", "raw int64 begin_", "raw int64 size_")
_FIND = (
    f"long long of_ = row_[i / {CHUNK}];",
    "long long at_ = i - begin_[of_];",
    "if (at_ < size_[of_]) {",
)


def _headers(dtypes: Iterable[str]) -> str:
    """CuPy's headers of 16-bit numbers, which it includes itself where an argument is one, but not for an address."""
    files = [f"cupy/{dtype}.cuh" for dtype in sorted({*dtypes} - {*C_TYPES})]
    return "".join(f"#if __has_include(<{file}>)\n#include <{file}>\n#endif\n" for file in files)


def _type(dtype: str) -> str:
    return C_TYPES.get(dtype, dtype)


def _body(program: Program, element: str = "{}_") -> str:
    split = hoist(program)
    out = [f"compute_t {', '.join(f'{a} = {element.format(a)}' for a in program.arrays)};"]
    declared = set(program.arrays)
    for line in split.loop:
        declare = "" if line.target in declared else "compute_t "
        declared.add(line.target)
        out.append(f"{declare}{line.target} = {_printer.doprint(line.expr)};")
    out.append(" ".join(f"{element.format(a)} = {a};" for a in program.arrays if a in program.returns))
    return "\n".join(out)


def cuda(program: Program) -> str:
    """The kernel's body for the reader: the scalars it is given, as comments, and the lines."""
    split = hoist(program)
    given = [f"// {line.target} = {python_expression(line.expr)}" for line in split.host]
    head = "// once a step, on the host, in float64:" if given else "// every scalar is a hyperparameter"
    return "\n".join([head, *given, _body(program)])
