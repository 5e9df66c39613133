"""The comparison of all optimizers: what is measured of them is what their papers, or a line of algebra, say."""

import re

import numpy as np
import pytest

import firstorder as fo
from firstorder import claims, compare
from firstorder.compare import behaviour, steps_of, without_guards


def measured(field):
    return {key: getattr(behaviour(key), field) for key in fo.OPTIMIZERS}


# How they behave


def test_only_methods_that_divide_by_the_size_of_the_gradient_ignore_its_scale():
    scale = measured("scale")
    assert all(scale[key] for key in ("adam", "adagrad", "rmsprop", "adadelta", "signsgd", "lion", "lars", "muon"))
    assert not any(scale[key] for key in ("sgd", "momentum", "nesterov", "adabound", "schedule_free_sgd"))


def test_a_scale_a_parameter_implies_a_scale_for_all():
    scale = measured("scale")
    assert all(scale[key] for key, each in measured("diagonal").items() if each)


def test_element_wise_rules_turn_with_the_axes_only_if_they_are_linear_in_the_gradient():
    for key, turns in measured("rotation").items():
        rule = fo.OPTIMIZERS[key].rule
        if not rule.elementwise:
            continue
        grads = np.random.default_rng(1).normal(size=(30, 3))
        one, double = (steps_of(key, c * grads, np.zeros(3), **without_guards(rule), lr=0.01) for c in (1, 2))
        assert (turns == "all") == np.allclose(double, 2 * one, rtol=1e-6, atol=0), key


def test_rules_of_matrices_turn_with_rows_and_columns():
    turns = measured("rotation")
    of_matrices = {key for key, o in fo.OPTIMIZERS.items() if o.rule.function.__module__.endswith(".matrix")}
    assert {key for key, what in turns.items() if what == "sides"} == of_matrices >= {"muon", "shampoo", "soap"}


def test_momentum_is_what_moves_on_without_a_gradient():
    coasts = measured("coasts")
    assert not any(coasts[key] for key in ("sgd", "signsgd", "adagrad", "rmsprop", "rprop", "adadelta", "shampoo"))
    assert all(coasts[key] for key in ("momentum", "nesterov", "adam", "lion", "muon", "schedule_free_sgd"))


def test_sign_methods_move_all_parameters_alike():
    found = {key for key, alike in measured("alike").items() if alike}
    assert found >= {"signsgd", "signum", "lion", "sophia"}
    assert {fo.OPTIMIZERS[key].rule.chapter for key in found} == {"sign"}


@pytest.mark.parametrize(
    ("key", "length", "grows"),
    [
        ("sgd", 1, True),
        ("nesterov", 1.9, True),  # 1 + μ
        ("adam", 1, False),
        ("rmsprop", 10, False),  # 1 / √(1 - α)
        ("adagrad", 1, False),
        ("signsgd", 1, False),
        ("adopt", 0, False),
        ("nadam_constant", 0.9 / (1 + 0.9) + 1, False),  # β₁ m / (1 - β₁²) + g
    ],
)
def test_the_first_step_is_as_long_as_algebra_says(key, length, grows):
    found = behaviour(key)
    assert found.first == pytest.approx(length, rel=1e-6)
    assert found.first_grows == grows


def test_an_outlier_moves_adam_by_less_than_the_bound_of_its_chapter():
    assert 1 < behaviour("adam").outlier < 7.27
    assert behaviour("sgd").outlier > 1e6


def test_decay_follows_the_rate_the_schedule_or_neither():
    decay = measured("decay")
    assert decay["adamw"] == decay["lion"] == decay["soap"] == decay["muon"] == "lr"
    assert decay["fully_decoupled_adamw"] == "own"
    assert decay["lars"] == decay["lamb"] == "mixed"
    assert {key for key, what in decay.items() if what} == {
        key for key, made in fo.OPTIMIZERS.items() if "weight_decay" in made.rule.hyperparameters
    }


# What pages show of it


@pytest.mark.parametrize("table", [compare.properties, compare.behaviours])
def test_tables_have_a_row_for_every_optimizer(table):
    head, line, *rows = table().splitlines()
    assert [row.split("|")[1].strip() for row in rows] == [compare.link(key) for key in fo.OPTIMIZERS]
    assert {row.count("|") for row in (head, line, *rows)} == {head.count("|")}


def test_years_are_those_of_the_papers():
    assert compare.year(fo.SGD.rule) == 1951
    assert compare.year(fo.Adam.rule) == 2015
    assert all(1951 <= compare.year(made.rule) <= 2026 for made in fo.OPTIMIZERS.values())


# The figures

pytest.importorskip("anywidget")

from firstorder.figures import Comparison, MethodMap  # noqa: E402
from firstorder.figures.comparison import plain  # noqa: E402
from firstorder.figures.timeline import WIDTHS, across, axis, lanes, place, radius  # noqa: E402


@pytest.mark.parametrize("width", WIDTHS)
def test_no_two_names_of_the_map_meet(width):
    at = place(width)
    assert set(at) == set(fo.OPTIMIZERS)
    for name, rules in lanes().items():
        taken: dict[int, list[tuple[float, float]]] = {0: [(0, 7 * len(name))]} if width > WIDTHS[0] else {}
        for rule in rules:
            (row, side), x, r, long = at[rule.key], across(rule, width), radius(rule), 7 * len(rule.name)
            left, right = (x - r, x + r + long) if side == "right" else (x - r - long, x + r)
            assert left >= 0, rule.name
            assert right <= width, rule.name
            assert all(right <= a or b <= left for a, b in taken.setdefault(row, [])), rule.name
            taken[row].append((left, right))


def test_every_family_has_a_lane_and_years_go_from_left_to_right():
    assert "Others" not in lanes()
    assert sum(map(len, lanes().values())) == len(fo.OPTIMIZERS)
    years = list(axis())
    assert years == sorted({compare.year(made.rule) for made in fo.OPTIMIZERS.values()})
    assert list(axis().values()) == sorted(axis().values())
    assert axis()[years[0]] == 0
    assert axis()[years[-1]] == 1


def test_the_list_below_the_map_names_every_optimizer_once():
    html = MethodMap(chapters="chapters/").to_html()
    listed = html[html.index("<details>") :]
    for made in fo.OPTIMIZERS.values():
        assert len(re.findall(rf"<li>(?:<a [^>]*>)?{made.rule.name}(?:</a>)? \(", listed)) == 1
    assert 'href="chapters/adam.html"' in listed


def test_the_comparison_tells_of_every_optimizer_and_of_the_claims_about_it():
    figure = Comparison(["lion", "adam"])
    assert [method["id"] for method in figure.methods] == list(fo.OPTIMIZERS)
    assert figure.chosen == ["lion", "adam"]
    about = {key for claim in figure.claims for key in claim["about"]}
    assert about == {key for claim in claims.CLAIMS.values() for key in claim.about if key in fo.OPTIMIZERS}


@pytest.mark.parametrize("methods", [["adam"], ["adam", "adam"], ["sgd", "adam", "lion", "muon"]])
def test_the_comparison_takes_two_or_three_different_ones(methods):
    with pytest.raises(ValueError, match="methods must be 2 or 3"):
        Comparison(methods)


def test_the_comparison_names_what_it_does_not_know():
    with pytest.raises(ValueError, match="adamm"):
        Comparison(["adam", "adamm"])
    with pytest.raises(ValueError, match="rosenbrok"):
        Comparison(landscape="rosenbrok")
    with pytest.raises(ValueError, match="selected"):
        MethodMap("adamm")


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"no mathematics", "no mathematics"),
        (r"$\beta_2^t$", "β₂^t"),
        (r"about $7.27\,\eta$", "about 7.27\u202fη"),
        (r"$(t-1)^{1/4}$", "(t-1)^(1/4)"),
        (r"$\hat{v}$ or $\hat v$", "v\u0302 or v\u0302"),
    ],
)
def test_mathematics_in_a_claim_becomes_text(tex, text):
    assert plain(tex) == text


def test_no_claim_has_mathematics_that_text_cannot_show():
    for claim in claims.CLAIMS.values():
        for text in (claim.statement, claim.conditions, claim.stored.measured):
            assert not re.search(r"[\\$]", plain(text)), claim.key


def test_a_rule_of_a_readers_own_is_measured_as_the_others_are():
    @fo.optimizer
    def leaky(p, g, *, rate=0.1, weight_decay=0.1):
        p = p - rate * (np.sign(g) + weight_decay * p)
        return p

    found = behaviour(leaky)
    assert found.scale
    assert found.alike
    assert behaviour("adam") is behaviour(fo.Adam) is behaviour(fo.Adam.rule)
