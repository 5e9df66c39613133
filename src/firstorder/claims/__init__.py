"""What the book asserts: each claim is a statement and the experiment that bears it out, or does not.

    from firstorder import claims
    claims.show("momentum")                    # runs the claims of a chapter and shows them
    claims.CLAIMS["momentum.faster"].finding   # verdict, numbers

One module a chapter, of the chapter's name. Imports everything of the package but `widgets`; experiments on the digits
need scikit-learn (extra `book`).
"""

from importlib import import_module
from pkgutil import iter_modules

from .claim import (
    CLAIMS,
    CON,
    FAILS,
    HOLDS,
    METHODS,
    PARTLY,
    PRO,
    VERDICTS,
    Claim,
    ClaimError,
    Finding,
    Table,
    claim,
    name_of,
    show,
    summary,
    table,
)

__all__ = [
    "CLAIMS",
    "CON",
    "FAILS",
    "HOLDS",
    "METHODS",
    "PARTLY",
    "PRO",
    "VERDICTS",
    "Claim",
    "ClaimError",
    "Finding",
    "Table",
    "claim",
    "name_of",
    "show",
    "summary",
    "table",
]

for _module in iter_modules(__path__):
    if _module.name != "claim":
        import_module(f"{__name__}.{_module.name}")
