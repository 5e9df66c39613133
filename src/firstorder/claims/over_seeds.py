"""The thresholds and the words of a comparison over seeds, see `lab.evidence`.

@claim("It trains faster", PRO, about="adan", says=lower("Adam's", what="Adan's loss") + ".", **better(0.05))
def faster():
    'The digits network, each at its best rate …'
    return lower_by(ours, adams)
"""

from __future__ import annotations


def better(margin: float, of: str = "") -> dict[str, str]:
    """Thresholds: it holds if the gain is beyond chance; in part if it is, but smaller than `margin` for sure; it does
    not hold if for sure no gain of the margin is there; else it is undecided.

    of: the name of the comparison, if more is measured than one: `{of: lower_by(...)}`.
    """
    low, high = (f"{of}['{end}']" if of else end for end in ("low", "high"))
    return {
        "holds": f"{low} > 0 and {high} >= {margin}",
        "partly": f"{low} > 0",
        "fails": f"{high} < {margin}",
    }


def better_each(margin: float, *of: str) -> dict[str, str]:
    """As `better` of several comparisons: it holds if each gain is beyond chance, in part if one is, and does not hold
    if for sure no gain of the margin is in any."""
    return {
        "holds": " and ".join(f"{name}['low'] > 0" for name in of),
        "partly": " or ".join(f"{name}['low'] > 0" for name in of),
        "fails": " and ".join(f"{name}['high'] < {margin}" for name in of),
    }


def _named(text: str, of: str) -> str:
    for name in ("ahead", "low", "high", "smallest", "seeds", "ours", "others"):
        text = text.replace(f"<{name}>", f"{of}['{name}']" if of else name)
    return text


def lower(than: str, of: str = "", what: str = "its loss") -> str:
    """Words for `lower_by`: "its loss is 37% lower than Adam's (0.048 against 0.076) over 20 seeds; …"."""
    return _named(
        what
        + " is {abs(<ahead>):.0%} {'lower' if <ahead> > 0 else 'higher'} than "
        + than
        + " ({<ours>:.3f} against {<others>:.3f}, {<seeds>} seeds; 95% interval of the gain {<low>:+.0%} to "
        "{<high>:+.0%}, and a gain of {<smallest>:.0%} would have shown)",
        of,
    )


def higher(than: str, of: str = "", what: str = "it reads") -> str:
    """Words for `higher_by` of accuracies in per cent: "it reads 0.4 points more of the test images than Adam …"."""
    return _named(
        what
        + " {abs(<ahead>):.1f} points {'more' if <ahead> > 0 else 'fewer'} of the test images than "
        + than
        + " ({<ours>:.1f} against {<others>:.1f}, {<seeds>} seeds; 95% interval {<low>:+.1f} to {<high>:+.1f}, and "
        "{<smallest>:.1f} would have shown)",
        of,
    )


def points(of: str) -> str:
    """Words for the gain of `higher_by` by itself: "+0.3 points (95% interval …)"."""
    return _named(
        "{<ahead>:+.1f} points (95% interval {<low>:+.1f} to {<high>:+.1f}; {<smallest>:.1f} would have shown)", of
    )
