"""A function outside the form that can be read is refused at decoration, with the line that is at fault."""

import math

import numpy as np
import pytest
from numpy import sqrt, where

import firstorder as fo
from firstorder.reading import RuleError

OUTSIDE = 0.5  # a name that is neither declared nor assigned


def branch(p, g, *, lr=0.1):
    if lr > 1:
        lr = 1
    p = p - lr * g
    return p


def power_of_the_blackboard(p, g, *, lr=0.1):
    p = p - lr ^ 2 * g
    return p


def larger(p, g, *, lr=0.1):
    p = p - max(lr, 0) * g
    return p


def misspelt(p, g, *, rate=0.1):
    p = p - raet * g  # noqa: F821
    return p


def function_alone(p, g, *, lr=0.1):
    p = p - lr * sqrt * g
    return p


def undeclared_name_returned(p, g, m, *, lr=0.1):
    p = p - lr * g
    return OUTSIDE, m


def conditional_expression(p, g, *, lr=0.1):
    p = p - (lr if g < 1 else 1) * g
    return p


def loop(p, g, *, lr=0.1):
    for _ in range(2):
        p = p - lr * g
    return p


def endless(p, g, *, lr=0.1):
    while True:
        p = p - lr * g
    return p


def in_place(p, g, *, lr=0.1):
    p -= lr * g
    return p


def element(p, g, *, lr=0.1):
    p = p - lr * g[0]
    return p


def slice_assigned(p, g, *, lr=0.1):
    p[:] = p - lr * g
    return p


def unknown_function(p, g, *, lr=0.1):
    p = p - lr * np.linalg.det(g)
    return p


def method(p, g, *, lr=0.1):
    p = p - lr * g.mean()
    return p


def function_of_another_library(p, g, *, lr=0.1):
    p = p - math.sqrt(lr) * g
    return p


def undeclared_name(p, g, *, lr=0.1):
    p = p - OUTSIDE * lr * g
    return p


def used_before_it_is_assigned(p, g, *, lr=0.1):
    p = p - lr * later * g  # noqa: F821
    later = g
    return p, later


def and_in_a_condition(p, g, *, lr=0.1):
    p = p - lr * where(g > 0 and p > 0, g, p)
    return p


def chained_comparison(p, g, *, lr=0.1):
    p = p - lr * where(0 < g < 1, g, p)
    return p


def two_names_at_once(p, g, m, *, lr=0.1):
    p, m = p - lr * g, g
    return p, m


def chained_assignment(p, g, m, *, lr=0.1):
    p = m = p - lr * g
    return p, m


def keyword_argument(p, g, *, lr=0.1):
    p = p - lr * np.sqrt(g, dtype="float64")
    return p


def too_many_arguments(p, g, *, lr=0.1):
    p = p - lr * sqrt(g, p)
    return p


def base_of_a_logarithm(p, g, *, lr=0.1):
    p = p - lr * np.log(g, 2)
    return p


def maximum_of_three(p, g, *, lr=0.1):
    p = p - lr * np.maximum(g, p, 0)
    return p


def maximum_of_one(p, g, *, lr=0.1):
    p = p - lr * np.maximum(g)
    return p


def matrix_product(p, g, *, lr=0.1):
    p = p - lr * (p @ g)
    return p


def text(p, g, *, lr=0.1):
    p = p - lr * g * "x"
    return p


def boolean(p, g, *, lr=0.1):
    p = p - lr * True * g
    return p


def inner_function(p, g, *, lr=0.1):
    def f(x):
        return x

    p = p - lr * g
    return p


def scalar_that_becomes_an_array(p, g, s: fo.Scalar, *, lr=0.1):
    s = s + g
    p = p - lr * s
    return p, s


def array_that_becomes_a_scalar(p, g, m, *, lr=0.1):
    m = lr + 1
    p = p - m
    return p, m


def name_kept_for_generated_code(p, g, *, lr=0.1):
    step_ = lr * g
    p = p - step_
    return p


def nothing_returned(p, g, *, lr=0.1):
    p = p - lr * g


def expression_returned(p, g, m, *, lr=0.1):
    m = m + g
    return p - lr * m, m


def any_number_of_states(p, g, *states, lr=0.1):
    p = p - lr * g
    return p


def any_hyperparameter(p, g, *, lr=0.1, **others):
    p = p - lr * g
    return p


def state_with_a_default(p, g, m=0.0, *, lr=0.1):
    p = p - lr * g
    return p, m


def default_that_is_no_number(p, g, *, lr="fast"):
    p = p - lr * g
    return p


LINES = {
    branch: ("if lr > 1:", "branch.*where"),
    power_of_the_blackboard: ("lr ^ 2 * g", r"two asterisks: x\*\*2"),
    larger: ("max(lr, 0)", r"write maximum\(a, b\)"),
    misspelt: ("raet", "did you mean rate"),
    function_alone: ("sqrt * g", r"'sqrt' is a function.*sqrt\("),
    undeclared_name_returned: ("return OUTSIDE, m", "'OUTSIDE' is not declared"),
    conditional_expression: ("(lr if g < 1 else 1)", "branch.*where"),
    loop: ("for _ in range(2):", "loop"),
    endless: ("while True:", "loop"),
    in_place: ("p -= lr * g", "in-place.*x = x"),
    element: ("g[0]", "element"),
    slice_assigned: ("p[:] = p - lr * g", "one name"),
    unknown_function: ("np.linalg.det(g)", "'np.linalg.det'.*sqrt"),
    method: ("g.mean()", "'g.mean'"),
    function_of_another_library: ("math.sqrt(lr)", "'math.sqrt'.*NumPy"),
    undeclared_name: ("OUTSIDE * lr * g", "'OUTSIDE' is not declared"),
    used_before_it_is_assigned: ("p - lr * later * g", "'later' is not declared"),
    and_in_a_condition: ("g > 0 and p > 0", "nest where"),
    chained_comparison: ("0 < g < 1", "cannot be read"),
    two_names_at_once: ("p, m = p - lr * g, g", "one name"),
    chained_assignment: ("p = m = p - lr * g", "one name"),
    keyword_argument: ('dtype="float64"', "positional"),
    too_many_arguments: ("sqrt(g, p)", "number of arguments"),
    base_of_a_logarithm: ("np.log(g, 2)", "number of arguments"),
    maximum_of_three: ("np.maximum(g, p, 0)", "number of arguments"),
    maximum_of_one: ("np.maximum(g)", "number of arguments"),
    matrix_product: ("(p @ g)", "cannot be read"),
    text: ('"x"', "cannot be read"),
    boolean: ("True * g", "cannot be read"),
    inner_function: ("def f(x):", "assignments"),
    scalar_that_becomes_an_array: ("s = s + g", "'s' is a scalar"),
    array_that_becomes_a_scalar: ("m = lr + 1", "'m' is an array"),
    name_kept_for_generated_code: ("step_ = lr * g", "'step_'"),
    nothing_returned: ("p = p - lr * g", "return"),
    expression_returned: ("return p - lr * m, m", "names"),
    any_number_of_states: ("*states", "states"),
    any_hyperparameter: ("**others", "others"),
    state_with_a_default: ("m=0.0", "default.*initial"),
    default_that_is_no_number: ('lr="fast"', "'lr' must be a number"),
}


@pytest.mark.parametrize("function", LINES, ids=lambda f: f.__name__)
def test_refused_with_the_line_its_number_and_the_reason(function):
    line, reason = LINES[function]
    with pytest.raises(RuleError, match=f"(?s)^{function.__name__}: .*{reason}") as refusal:
        fo.optimizer(function)
    message = str(refusal.value)
    assert line in message
    with open(__file__, encoding="utf-8") as source:
        lines = source.read().splitlines()
    number = int(message.partition(f"{__file__}, line ")[2].split()[0])
    assert line in lines[number - 1]


def wrong_order(p, g, m, v, *, lr=0.1):
    m = m + g
    v = v + g
    p = p - lr * m * v
    return p, v, m


def state_not_returned(p, g, m, *, lr=0.1):
    p = p - lr * (m + g)
    return p


def gradient_returned(p, g, *, lr=0.1):
    p = p - lr * g
    return p, g


def parameter_alone(p, *, lr=0.1):
    p = p - lr * p
    return p


@pytest.mark.parametrize("function", [wrong_order, state_not_returned, gradient_returned, parameter_alone])
def test_state_must_be_returned_in_the_order_of_the_signature(function):
    with pytest.raises(RuleError, match=rf"^{function.__name__}: "):
        fo.optimizer(function)


def test_the_refusal_shows_the_return_that_is_wanted():
    with pytest.raises(RuleError, match="return p, m, v"):
        fo.optimizer(wrong_order)


def test_a_hyperparameter_that_is_never_read_is_refused():
    def forgetful(p, g, *, lr=0.1, momentum=0.9):
        p = p - lr * g
        return p

    with pytest.raises(RuleError, match=r"(?s)'momentum' is declared but never read.*line \d+\n    def forgetful"):
        fo.optimizer(forgetful)


def test_initial_must_name_a_state_and_a_hyperparameter():
    def rule(p, g, m, *, lr=0.1):
        m = m + g
        p = p - lr * m
        return p, m

    with pytest.raises(RuleError, match="'w', which is not a state"):
        fo.optimizer(initial={"w": 1.0})(rule)
    with pytest.raises(RuleError, match="'start', which is not a hyperparameter"):
        fo.optimizer(initial={"m": "start"})(rule)


def test_a_function_without_source_is_refused():
    scope: dict = {}
    exec("def ghost(p, g, *, lr=0.1):\n    p = p - lr * g\n    return p", scope)
    with pytest.raises(RuleError, match="source"):
        fo.optimizer(scope["ghost"])


def test_a_lambda_is_refused():
    with pytest.raises(RuleError, match="def"):
        fo.optimizer(lambda p, g: p - g)


def test_a_landscape_has_two_variables_and_one_value():
    make = fo.landscape(domain=(0, 1, 0, 1), start=(0, 0), minima=lambda: [])

    def of_one(x):
        return x**2

    def of_unknown_height(x, y, *, a):
        return a * x * y

    for function in (of_one, of_unknown_height):
        with pytest.raises(RuleError, match=rf"^{function.__name__}: .*f\(x, y"):
            make(function)


def test_names_are_resolved_where_the_rule_was_written():
    root = np.sqrt

    @fo.optimizer
    def closure(p, g, *, lr=0.1):
        p = p - lr * root(abs(g))
        return p

    assert "sqrt" in closure.tex()
    np.testing.assert_allclose(closure(np.ones(1), np.full(1, 4.0)), 0.8)


def test_a_name_hidden_by_an_argument_is_the_argument():
    @fo.optimizer
    def hidden(p, g, sqrt, *, lr=0.1):
        sqrt = sqrt + g
        p = p - lr * sqrt
        return p, sqrt

    assert hidden.state == ("sqrt",)
