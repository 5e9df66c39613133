"""One meaning of "an optimizer" wherever one is taken: its key, its class, its rule, or what makes one."""

import numpy as np
import pytest

import firstorder as fo
from firstorder.diff import diff
from firstorder.resolve import class_of, maker_of, rule_of

FORMS = pytest.mark.parametrize("form", ["adam", fo.Adam, fo.Adam.rule], ids=["key", "class", "rule"])


@FORMS
def test_key_class_and_rule_are_the_same_optimizer(form):
    assert class_of(form) is fo.Adam
    assert rule_of(form) is fo.Adam.rule
    assert maker_of(form) is fo.Adam
    assert diff("sgd", form).lines == diff(fo.SGD, fo.Adam).lines
    assert str(fo.derive.total_weight(form, "m")) == str(fo.derive.total_weight(fo.Adam, "m"))


def test_a_subclass_and_a_function_are_kept():
    class Patient(fo.Adam):
        pass

    def wrapped(params):
        return fo.EMA(fo.Adam(params))

    assert class_of(Patient) is Patient
    assert maker_of(wrapped) is wrapped


@pytest.mark.parametrize("ask", [rule_of, class_of, maker_of, lambda of, name: fo.derive.unroll(of, "m", 2)])
def test_a_key_that_is_not_known_is_told_the_nearest(ask):
    with pytest.raises(ValueError, match="'adamm'; did you mean 'adam'"):
        ask("adamm", "method")


@pytest.mark.parametrize("wrong", [fo.Optimizer, 3, None, int, fo.Adam(np.ones(1))])
def test_anything_else_is_refused_by_the_name_of_the_argument(wrong):
    for ask in (rule_of, class_of, maker_of):
        with pytest.raises(TypeError, match=r"^method must be a key such as 'adam'"):
            ask(wrong, "method")
