"""A landscape that is typed on a page: what comes of it, what is refused and where, and that nothing of it runs."""

import json
import subprocess

import numpy as np
import pytest

from checks import javascript
from firstorder.page import drawn
from firstorder.page.ground import CALLED, SCOPE
from firstorder.problems import LANDSCAPES
from firstorder.reading.parse import FUNCTIONS, REDUCTIONS

#: The package's landscapes as a reader would type them.
TYPED = {
    "quadratic": "(x**2 + 20.0 * y**2) / 2",
    "beale": "(1.5 - x + x*y)**2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2",
    "himmelblau": "(x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2",
    "saddle": "(x**2 - y**2) / 2",
    "styblinski_tang": "(x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2",
}


@pytest.mark.parametrize("key", TYPED)
def test_a_landscape_of_the_package_that_is_typed_is_the_same(key):
    whole = LANDSCAPES[key].javascript().replace("{condition}", "{}").replace("condition", "20.0")
    assert drawn(TYPED[key])["javascript"] == whole


def test_all_functions_of_the_reading_may_be_called_that_go_element_by_element():
    counterparts = {FUNCTIONS[SCOPE[name]][1] for name in CALLED}
    assert counterparts == {counterpart for _, counterpart in FUNCTIONS.values()} - REDUCTIONS


def test_what_is_told_is_json_with_f_as_it_was_written_and_both_derivatives():
    told = drawn("x*sin(y)")
    assert json.loads(json.dumps(told)) == told
    assert told["tex"] == [
        r"f(x, y) = x \sin{\left(y \right)}",
        r"\frac{\partial f}{\partial x} = \sin{\left(y \right)}",
        r"\frac{\partial f}{\partial y} = x \cos{\left(y \right)}",
    ]
    assert drawn("1/y")["tex"][0] == r"f(x, y) = \frac{1}{y}"


WRONG = {
    "nothing": ("  ", "there is no text", None, None),
    "too long": ("x" * 501, "has 501 characters, and may have 500", None, None),
    "a megabyte": ("x" * 2**20, "may have 500", None, None),
    "half of it": ("1 +", "something is missing at the end", 1, 2),
    "half of a second line": ("(x\n + y)\\\n + y** ", "something is missing at the end", 3, 5),
    "an open bracket": ("sin(x", "'(' was never closed", 1, 3),
    "a product by hand": ("2x + y", "a product is written with an asterisk: 2*x", 1, 0),
    "a product in brackets": ("sin(2 x)", "a product is written with an asterisk: 2*x", 1, None),
    "a product with brackets": ("2(x + y)", "a product is written with an asterisk: 2*(…)", 1, 0),
    "a variable that is called": ("1 + x(y + 1)", "a product is written with an asterisk: x*(…)", 1, 4),
    "two variables as one": ("1 + xy", "there is no 'xy' here: write x*y", 1, 4),
    "no sign between": ("1e5*x + 2e5 $", "invalid syntax", 1, None),
    "a function by hand": ("sin x", "a function needs parentheses: sin(…)", 1, None),
    "bars": ("|x| + |y|", "the absolute value is written abs(x)", 1, None),
    "a bar": ("1 + (x | y)", "the absolute value is written abs(x)", 1, 5),
    "a whole equation": ("f(x, y) = x**2 + y**2", "only the right side is written", 1, None),
    "a whole function": ("lambda x, y: x*y", "only the expression is written", 1, 0),
    "a typeset power": ("x² + y", "two asterisks", 1, 1),
    "a typeset sign": ("x − y", "the signs are +, -, * and /", 1, 2),
    "the larger": ("1 + max(x, y)", "there is no function 'max' here: write maximum(a, b)", 1, 4),
    "a natural logarithm": ("ln(x)", "write log(x)", 1, 0),
    "Euler's number": ("e**x", "there is no 'e' here: write exp(1)", 1, 0),
    "a capital": ("X + y", "did you mean x?", 1, 0),
    "a name that is nearly one": ("sqr(x)", "did you mean sqrt?", 1, 0),
    "a function of another meaning": ("asin(x)", "there are abs, clip", 1, 0),
    "another name": ("x + z", "there is no 'z' here; there are x, y, pi", 1, 4),
    "after Greek letters": ("x + (\nη)", "there is no 'η' here", 2, 0),
    "an attribute": ("1 + np.sin(x)", "a dot leads nowhere here: write sin", 1, 4),
    "an attribute of a variable": ("x.real", "a dot leads nowhere", 1, 0),
    "what every object has": ("x.__class__", "a dot leads nowhere", 1, 0),
    "another function": ("x + open(x)", "there is no function 'open' here; there are abs, clip", 1, 4),
    "what imports": ("__import__('os')", "there is no function '__import__'", 1, 0),
    "a function of all elements": ("norm(x)", "there is no function 'norm'", 1, 0),
    "too many arguments": ("sin(x, y)", "takes another number of arguments: 1", 1, 0),
    "a keyword": ("sin(x=1)", "takes another number of arguments", 1, 0),
    "the function itself": ("x + sin", "'sin' is a function, and needs parentheses", 1, 4),
    "another power": ("1 + x^2", "two asterisks: x**2", 1, 0),
    "a statement": ("x = 1", "only the right side is written", 1, 2),
    "a second line": ("x\nopen('x')", "invalid syntax", 2, 0),
    "a way out of brackets": ("x)\nopen('x'", "unmatched ')'", 1, 1),
    "a function within": ("(lambda: x)()", "is not one that can be read", 1, 0),
    "an assignment within": ("(x := 1)", "cannot be read", 1, 1),
    "a loop within": ("[x for x in y]", "cannot be read", 1, 0),
    "a place": ("x[0]", "an element or slice cannot be read", 1, 0),
    "a branch": ("1 if x else y", "use where(condition, a, b)", 1, 0),
    "and": ("where(x > 0 and y > 0, x, y)", "nest where", 1, 6),
    "a truth": ("True", "'True' cannot be read", 1, 0),
    "words": ("'x'", "cannot be read", 1, 0),
    "a condition in a condition": ("where(where(x > 0, x, y) > 0, x, y)", "a condition within a condition", 1, 6),
    "a number that takes for ever": ("x * 9**9**9**9", "beyond all bounds", 1, 7),
    "a number beyond all": ("x + 1e999", "beyond all bounds", 1, 4),
    "a whole number beyond all": ("x + 1" + "0" * 400, "beyond all bounds", 1, 4),
    "a power beyond all": ("((2*x)**99)**99", "may be up to 100", 1, 0),
    "squares of squares": ("square(" * 9 + "x" + ")" * 9, "may be up to 100", 1, 14),
    "derivatives beyond all": ("1e300*x * (1e300*y) * x", "numbers beyond all bounds", None, None),
    "nothing below": ("x + 1/0", "has no value", 1, 4),
    "a variable over nothing": ("x/(1 - 1)", "has no value", 1, 0),
    "nothing in disguise": ("x/(y - y)", "is there a division by zero?", None, None),
    "the logarithm of nothing": ("x + log(0)", "is there a division by zero?", None, None),
    "a null character": ("\0", "null", None, None),
    "deep brackets": ("(" * 499, "", None, None),
    "deep functions": ("-" * 499 + "x", "", None, None),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_with_its_place(what, tmp_path, monkeypatch):
    text, why, line, column = WRONG[what]
    monkeypatch.chdir(tmp_path)
    told = drawn(text)
    if what != "deep functions":  # which the next Python may read
        assert why in told["error"]["why"]
    for name, place in {"line": line, "column": column}.items():
        if place is not None:
            assert told["error"][name] == place
    assert not list(tmp_path.iterdir())


#: Where f has a value on one side only, none at all, a pole, an edge.
POINTS = [(0.7, 1.3), (-0.7, 1.3), (1.1, -0.4), (-1.6, -2.2)]
FORMULAS = [
    "(1 - x)**2 + 100 * (y - x**2)**2",
    "1/x - 1/y**2",
    "log(x) + sqrt(y)",
    "abs(x) - 2*abs(log(abs(y)))",
    "maximum(x, y**2) + minimum(x*y, abs(y))",
    "clip(x, -1, 1) * y + sign(x)*y**3",
    "where(x > 0, where(y >= 1, x, y**2), x*y)",
    "where(x > 0, 1, where(y < 0, 2*x, x**3))",
    "exp(-x**2 - y**2) * cos(3*x + pi) + tanh(x/y)",
    "x**(1/3) + y**x",
    "2**x + square(x - y)",
    "(1 if 1 > 2 else x) * y",
    "x",
    "3",
]


@pytest.fixture(scope="module")
def computed():
    """f and its slopes at the points by the page's interpreter, and by node's own JavaScript."""
    asked = [{"task": "formula", "source": drawn(text)["javascript"], "points": POINTS} for text in FORMULAS]
    done = subprocess.run(
        [javascript.NODE, javascript.FRONT / "js" / "tests" / "evaluate.js"],
        input="\n".join(map(json.dumps, asked)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return dict(zip(FORMULAS, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_page_computes_f_and_its_slopes_as_numpy_does(computed, text):
    """Slopes as differences; what is no number, or has no end, is so in both."""
    interpreted, own = computed[text]
    assert interpreted == own

    def f(x, y):
        return eval(text, dict(SCOPE), {"x": np.float64(x), "y": np.float64(y)})

    h = 1e-6
    with np.errstate(all="ignore"):
        for (x, y), found in zip(POINTS, interpreted, strict=True):
            value, *slopes = np.array(found, dtype=float)
            assert value == pytest.approx(f(x, y), rel=1e-12, nan_ok=True)
            if np.isfinite(value):
                differences = [(f(x + h, y) - f(x - h, y)) / (2 * h), (f(x, y + h) - f(x, y - h)) / (2 * h)]
                assert slopes == pytest.approx(differences, rel=1e-5, abs=1e-5, nan_ok=True)
