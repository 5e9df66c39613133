"""What the book asserts: each claim is a statement, a measurement and the thresholds that bear it out, or do not.

    from firstorder import claims
    claims.show("momentum")                    # the claims of a chapter, as stored; run=True measures them again
    claims.CLAIMS["momentum.faster"].finding   # verdict and numbers, measured; `stored` has those of the last time
    print(claims.thresholds("momentum"))       # what each verdict takes

One module a chapter, of the chapter's name. Imports everything of the package but `figures`; experiments on the digits
need scikit-learn (extra `book`).
"""

from importlib import import_module

from .claim import (
    CLAIMS,
    CON,
    FAILS,
    HOLDS,
    METHODS,
    PARTLY,
    PRO,
    UNDECIDED,
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
    thresholds,
)

__all__ = [
    "CHAPTERS",
    "CLAIMS",
    "CON",
    "FAILS",
    "HOLDS",
    "METHODS",
    "PARTLY",
    "PRO",
    "UNDECIDED",
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
    "thresholds",
]

#: The chapters with claims, in the order of the book.
CHAPTERS = (
    "gradient_descent",
    "stochastic",
    "momentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "adam",
    "bias_correction",
    "convergence",
    "edge_of_stability",
    "weight_decay",
    "adam_family",
    "sign",
    "memory",
    "large_batches",
    "scale_invariance",
    "around",
    "matrices",
    "parameter_free",
    "which_optimizer",
    "training",
    "language",
    "scale",
    "precision",
    "at_scale",
    "catalogue",
)

for _chapter in CHAPTERS:
    import_module(f"{__name__}.{_chapter}")
