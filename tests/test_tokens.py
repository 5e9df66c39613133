"""One table of colours, dashes and marks, for Python and JavaScript: a method looks the same wherever it is shown."""

import itertools
import json
from importlib.resources import files

import pytest

import firstorder as fo

TOKENS = json.loads(files("firstorder").joinpath("figures", "tokens.json").read_text(encoding="utf-8"))
#: Those of the first chapters stand beside each other in many figures.
BASIC = (
    "sgd",
    "momentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "centered_rmsprop",
    "adadelta",
    "adam",
    "adamw",
    "amsgrad",
)


def test_every_optimizer_has_a_look_and_nothing_else_has():
    assert set(TOKENS["methods"]) == set(fo.OPTIMIZERS)
    for look in (*TOKENS["methods"].values(), *TOKENS["series"]):
        assert look["color"] in TOKENS["colors"]
        assert look["dash"] in TOKENS["dashes"]
        assert look["mark"] in TOKENS["marks"]


@pytest.mark.parametrize("second", ["dash", "mark"])
def test_no_two_methods_look_alike(second):
    """Neither as lines, which have colour and dash, nor as points, which have colour and mark."""
    looks = [(look["color"], look[second]) for look in TOKENS["methods"].values()]
    assert len(set(looks)) == len(looks) == len(fo.OPTIMIZERS)


@pytest.mark.parametrize("what", ["color", "mark"])
def test_methods_of_the_first_chapters_differ_in_colour_and_in_mark(what):
    assert len({TOKENS["methods"][key][what] for key in BASIC}) == len(BASIC)


def contrast(a: str, b: str) -> float:
    """The ratio of two colours' luminances, as WCAG 2 defines it."""

    def luminance(color: str) -> float:
        parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
        return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("name", "theme"), list(itertools.product(TOKENS["colors"], TOKENS["themes"])))
def test_every_colour_can_be_read_on_the_ground_of_its_theme(name, theme):
    for ground in ("surface", "panel"):
        assert contrast(TOKENS["colors"][name][theme], TOKENS["themes"][theme][ground]) >= 4.5
