"""Nothing is listed in `fo.OPTIMIZERS` without what makes it trustworthy, and nothing is left unlisted."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from goldens import LAYERWISE_FILE, MATRIX_FILE, PARAMETER_FREE_FILE, load
from layerwise_oracles import ORACLES as LAYERWISE_ORACLES
from matrix_oracles import ORACLES as MATRIX_ORACLES
from oracles import ORACLES as SCALAR_ORACLES
from parameter_free_oracles import ORACLES as PARAMETER_FREE_ORACLES

import firstorder as fo
from firstorder.rules import HYPERPARAMETERS, RULES

BIBLIOGRAPHY = Path(__file__).parents[1] / "references.bib"
PAPERS = set(re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY.read_text(encoding="utf-8"), re.MULTILINE))
EVERY_CASE = load()[1] + load(MATRIX_FILE)[1] + load(LAYERWISE_FILE)[1] + load(PARAMETER_FREE_FILE)[1]
GOLDENS = [golden for golden in EVERY_CASE if not golden.departs]
ORACLES = SCALAR_ORACLES | MATRIX_ORACLES | LAYERWISE_ORACLES | PARAMETER_FREE_ORACLES
#: Why an optimizer has no golden of its own. Every other must have one.
GOLDEN_REASONS: dict[str, str] = {}

EVERY_OPTIMIZER = pytest.mark.parametrize(
    ("name", "optimizer_class"), fo.OPTIMIZERS.items(), ids=list(fo.OPTIMIZERS)
)


def test_every_rule_is_an_optimizer_and_every_optimizer_a_rule():
    assert {name: optimizer_class.rule for name, optimizer_class in fo.OPTIMIZERS.items()} == RULES


def test_there_is_no_evidence_for_an_optimizer_that_is_not_listed():
    assert set(ORACLES) == set(fo.OPTIMIZERS)
    assert {golden.rule for golden in EVERY_CASE} <= set(fo.OPTIMIZERS)


@EVERY_OPTIMIZER
def test_optimizer_has_the_name_of_its_rule_and_is_public(name: str, optimizer_class: type):
    assert optimizer_class.rule.key == name
    assert getattr(fo, optimizer_class.__name__) is optimizer_class
    assert optimizer_class.__name__.lower() == name.replace("_", "")


@EVERY_OPTIMIZER
def test_docstring_says_what_it_is_its_source_and_where_the_libraries_differ(
    name: str, optimizer_class: type
):
    for doc in (optimizer_class.rule.doc, inspect.getdoc(optimizer_class)):
        assert doc
        assert re.search(r"^Source: .*\(\d{4}\)", doc, re.MULTILINE)
        assert "PyTorch" in doc


@EVERY_OPTIMIZER
def test_paper_is_in_the_bibliography(name: str, optimizer_class: type):
    assert optimizer_class.rule.paper in PAPERS


@EVERY_OPTIMIZER
def test_rule_builds_on_rules_listed_before_it(name: str, optimizer_class: type):
    names = list(fo.OPTIMIZERS)
    assert set(optimizer_class.rule.builds_on) <= set(names[: names.index(name)])
    assert optimizer_class.rule.builds_on or name == "sgd"


@EVERY_OPTIMIZER
def test_oracle_takes_every_hyperparameter_and_no_other(name: str, optimizer_class: type):
    parameters = inspect.signature(ORACLES[name]).parameters.values()
    taken = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY} - {"corrected"}
    assert taken | {"lr"} == set(optimizer_class.rule.hyperparameters)


@EVERY_OPTIMIZER
def test_golden_gives_every_hyperparameter_or_there_is_a_reason_for_none(name: str, optimizer_class: type):
    given = [set(golden.hyperparameters) for golden in GOLDENS if golden.rule == name]
    assert bool(given) != (name in GOLDEN_REASONS)
    assert set().union(*given) == (set(optimizer_class.rule.hyperparameters) if given else set())


@pytest.mark.parametrize("name", dict.fromkeys(g.rule for g in GOLDENS if g.call.startswith("torch.optim.")))
def test_our_defaults_are_those_of_torch(name: str):
    given = [set(g.hyperparameters) for g in GOLDENS if g.rule == name and g.call.startswith("torch.optim.")]
    assert set() in given
    assert set().union(*given) == set(fo.OPTIMIZERS[name].rule.hyperparameters)


@EVERY_OPTIMIZER
def test_every_hyperparameter_has_a_symbol_a_meaning_and_a_range_around_its_default(
    name: str, optimizer_class: type
):
    for hyperparameter, default in optimizer_class.rule.hyperparameters.items():
        known = HYPERPARAMETERS[hyperparameter]
        assert known.name == hyperparameter
        assert known.symbol
        assert known.meaning
        assert default is not None
        assert known.low <= default < known.high
        # Figures have element-wise rules alone, and no slider that is logarithmic has the 0 that leaves a term out.
        assert not optimizer_class.rule.elementwise or known.slider[0] <= default <= known.slider[1]


@EVERY_OPTIMIZER
def test_every_number_outside_its_range_is_refused_by_name(name: str, optimizer_class: type):
    for hyperparameter in optimizer_class.rule.hyperparameters:
        known = HYPERPARAMETERS[hyperparameter]
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
    symbols = [known.symbol for known in HYPERPARAMETERS.values()]
    assert len(set(symbols)) == len(symbols)
