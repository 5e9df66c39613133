"""Nothing is listed in `fo.OPTIMIZERS` without what makes it trustworthy, and nothing is left unlisted."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from goldens import LAYERWISE_FILE, MATRIX_FILE, PARAMETER_FREE_FILE, load
from layerwise_oracles import ORACLES as LAYERWISE_ORACLES
from matrix_oracles import ORACLES as MATRIX_ORACLES
from oracles import ORACLES as SCALAR_ORACLES
from parameter_free_oracles import ORACLES as PARAMETER_FREE_ORACLES

import firstorder as fo
from firstorder import add, compare
from firstorder.rules import COMMON, FAMILIES, RULES, declare
from firstorder.rules.hyperparameters import neutral

EVERY_CASE = load()[1] + load(MATRIX_FILE)[1] + load(LAYERWISE_FILE)[1] + load(PARAMETER_FREE_FILE)[1]
GOLDENS = [golden for golden in EVERY_CASE if not golden.departs]
ORACLES = SCALAR_ORACLES | MATRIX_ORACLES | LAYERWISE_ORACLES | PARAMETER_FREE_ORACLES
#: Why an optimizer has no golden of its own. Every other must have one.
GOLDEN_REASONS: dict[str, str] = {}

EVERY_OPTIMIZER = pytest.mark.parametrize(("name", "optimizer_class"), fo.OPTIMIZERS.items(), ids=list(fo.OPTIMIZERS))


def test_every_rule_is_an_optimizer_and_every_optimizer_a_rule():
    assert {name: optimizer_class.rule for name, optimizer_class in fo.OPTIMIZERS.items()} == RULES


@EVERY_OPTIMIZER
def test_an_optimizer_lacks_nothing_of_what_is_asked_of_one(name: str, optimizer_class: type):
    """See `firstorder.add`: docstring, paper, oracle, golden, chapter, claim and the rest."""
    assert add.lacking(optimizer_class.rule) == {}


def test_there_is_no_evidence_for_an_optimizer_that_is_not_listed():
    assert set(ORACLES) == set(fo.OPTIMIZERS)
    assert {golden.rule for golden in EVERY_CASE} <= set(fo.OPTIMIZERS)


@EVERY_OPTIMIZER
def test_optimizer_has_the_name_of_its_rule_and_is_public(name: str, optimizer_class: type):
    assert optimizer_class.rule.key == name
    assert getattr(fo, optimizer_class.__name__) is optimizer_class
    assert optimizer_class.__name__.lower() == name.replace("_", "")


@pytest.mark.parametrize("name", dict.fromkeys(g.rule for g in GOLDENS if g.call.startswith("torch.optim.")))
def test_our_defaults_are_those_of_torch(name: str):
    given = [set(g.hyperparameters) for g in GOLDENS if g.rule == name and g.call.startswith("torch.optim.")]
    assert set() in given
    assert set().union(*given) == set(fo.OPTIMIZERS[name].rule.hyperparameters)


@EVERY_OPTIMIZER
def test_every_hyperparameter_has_a_symbol_a_meaning_and_a_range_around_its_default(name: str, optimizer_class: type):
    for hyperparameter, default in optimizer_class.rule.hyperparameters.items():
        known = optimizer_class.rule.meanings[hyperparameter]
        assert known.symbol
        assert known != neutral(hyperparameter)
        assert default is not None
        assert known.low <= default < known.high
        # Figures have element-wise rules alone, and no slider that is logarithmic has the 0 that leaves a term out.
        assert not optimizer_class.rule.elementwise or known.slider[0] <= default <= known.slider[1]


@EVERY_OPTIMIZER
def test_every_number_outside_its_range_is_refused_by_name(name: str, optimizer_class: type):
    for hyperparameter in optimizer_class.rule.hyperparameters:
        known = optimizer_class.rule.meanings[hyperparameter]
        refused = [np.nextafter(known.low, -np.inf), float("nan"), float("inf")]
        refused += [known.high] if known.high < np.inf else []
        for value in refused:
            with pytest.raises(ValueError, match=hyperparameter):
                optimizer_class(np.zeros(2), **{hyperparameter: value})


@EVERY_OPTIMIZER
def test_state_is_that_of_the_rule(name: str, optimizer_class: type):
    rule = optimizer_class.rule
    assert list(optimizer_class(np.zeros(2)).state) == [*rule.state, *rule.scalar_state]


def test_hyperparameters_have_different_symbols():
    symbols = {name: known.symbol for rule in RULES.values() for name, known in rule.meanings.items()}
    assert len(set(symbols.values())) == len(symbols)


def test_a_name_that_the_whole_field_uses_means_the_same_in_every_rule():
    for rule in RULES.values():
        for name in rule.meanings.keys() & COMMON.keys():
            assert rule.meanings[name] == COMMON[name]


def test_rules_are_listed_in_the_order_of_the_files_and_within_them():
    modules = [rule.function.__module__.rpartition(".")[2] for rule in RULES.values()]
    assert list(dict.fromkeys(modules)) == list(FAMILIES)
    lines = [rule.function.__code__.co_firstlineno for rule in RULES.values()]
    places = list(zip(map(FAMILIES.index, modules), lines, strict=True))
    assert places == sorted(places)
    files = {path.stem for path in Path(inspect.getfile(declare)).parent.glob("*.py")}
    assert set(FAMILIES) == files - {"__init__", "declare", "hyperparameters"}


def test_a_rule_of_a_readers_own_borrows_no_meaning():
    """Its β is not FTRL's, nor its γ AdaBound's, whose words and ranges they once had."""

    @fo.optimizer
    def tiger(p, g, m, *, lr=1e-3, beta=0.965, gamma=-0.5, eps1=0.1):
        m = beta * m + (1 - beta) * gamma * g
        p = p - lr * np.sign(m) - eps1
        return p, m

    for name in ("beta", "gamma", "eps1"):
        assert tiger.meanings[name] == neutral(name)
        assert tiger.meanings[name].off is None
        fo.Optimizer.of(tiger)(np.zeros(2), **{name: -3.0})
    assert tiger.meanings["lr"] == COMMON["lr"]
    assert "beta" not in fo.FTRL.rule.meanings["beta"].meaning
    assert compare.without_guards(tiger) == {}
    assert compare.without_guards(fo.FTRL.rule) == {"beta": 0.0}


def test_a_readers_rule_may_say_what_its_hyperparameters_are():
    @fo.optimizer(
        meanings={"beta": fo.Hyperparameter("β", "decay rate", 0.0, 1.0), "c": "a number"}, rates={"beale": 1}
    )
    def tiger(p, g, m, *, lr=1e-3, beta=0.965, c=1.0):
        m = beta * m + (1 - beta) * g
        p = p - lr * c * np.sign(m)
        return p, m

    made = fo.Optimizer.of(tiger)
    with pytest.raises(ValueError, match=r"beta must be a number in \[0, 1\), got 2.0"):
        made(np.zeros(2), beta=2.0)
    assert "decay rate" in str(made)
    assert tiger.meanings["c"] == fo.Hyperparameter("c", "a number")
    assert tiger.rates == {"beale": 1}


@pytest.mark.parametrize(
    ("meanings", "error"),
    [
        ({"gamma": "x"}, "meanings names 'gamma', which is not a hyperparameter \\(lr, beta\\)"),
        (
            {"beta": fo.Hyperparameter("β", "x", 1.0, 2.0)},
            "the default of 'beta' must be a number in \\[1, 2\\), got 0.9",
        ),
    ],
)
def test_meanings_that_do_not_fit_the_rule_are_refused(meanings, error):
    def tiger(p, g, *, lr=1e-3, beta=0.9):
        p = p - lr * beta * g
        return p

    with pytest.raises(fo.RuleError, match=error):
        fo.optimizer(tiger, meanings=meanings)
