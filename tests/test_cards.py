"""A class prints as its card: what is on it is the rule's, and the class is a class as before."""

import copy
import pickle
import re

import numpy as np
import pytest

import firstorder as fo
from firstorder import card
from firstorder.card import written
from firstorder.diff import diff
from firstorder.rules import RULES

EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", fo.OPTIMIZERS.values(), ids=fo.OPTIMIZERS)


@EVERY_OPTIMIZER
def test_every_optimizer_has_a_card_for_terminal_and_notebook(optimizer):
    rule = optimizer.rule
    text, markdown = str(optimizer), optimizer._repr_markdown_()
    assert text.startswith(f"{rule.name}\n")
    assert markdown.startswith(f"**{rule.name}**\n")
    assert "$$\n" + optimizer.tex() + "\n$$" in markdown
    assert all(f"  {line}" in text for line in rule.source.splitlines() if line.strip())
    for name, default in rule.hyperparameters.items():
        known = rule.meanings[name]
        given = written(f"{default:g}")
        assert f"| `{name}` | {known.symbol} | {given} | {known.interval} | {known.meaning} |" in markdown
        assert re.search(rf"^  {name} +{re.escape(known.symbol)} +{re.escape(given)} ", text, re.MULTILINE)
    for page in (text, markdown):
        assert re.search(r"Source.*\(\d{4}\)", page, re.DOTALL)
        assert "PyTorch" in page
    assert max(map(len, text.splitlines())) <= max(card.WIDTH, *(len(line) + 2 for line in rule.source.splitlines()))


@EVERY_OPTIMIZER
def test_bytes_and_shapes_of_the_state_are_those_of_an_optimizer(optimizer):
    params = np.ones(card.EXAMPLE, "float32")
    state = optimizer(params).state
    assert card.state_bytes(optimizer.rule) == sum(state[name].nbytes for name in optimizer.rule.state)
    for name in optimizer.rule.state:
        assert card.shape(optimizer.rule, name) == state[name].shape
    words = card.state_words(optimizer.rule)
    assert all(name in words for name in state)
    assert f"{card.state_bytes(optimizer.rule) / params.size:g} bytes per float32 parameter" in words or not state


@EVERY_OPTIMIZER
def test_lineage_goes_up_and_down(optimizer):
    text = str(optimizer)
    for key in optimizer.rule.builds_on:
        assert re.search(rf"^Builds on\n.*\b{RULES[key].name}\b", text, re.MULTILINE)
        assert optimizer.rule in card.below(RULES[key])
    assert ("\nBuilt on by\n" in text) == bool(card.below(optimizer.rule))


@EVERY_OPTIMIZER
def test_the_class_is_a_class_as_before(optimizer):
    assert repr(optimizer) == f"<class 'firstorder.{optimizer.__name__}'>"
    assert isinstance(optimizer, type)
    assert issubclass(optimizer, fo.Optimizer)
    assert pickle.loads(pickle.dumps(optimizer)) is optimizer
    assert copy.deepcopy(optimizer) is optimizer
    assert not hasattr(optimizer(np.ones((2, 2))), "_repr_markdown_")  # an instance is not the card of its class


def test_the_base_class_has_no_card():
    assert str(fo.Optimizer) == repr(fo.Optimizer) == "<class 'firstorder.optimizer.Optimizer'>"
    assert fo.Optimizer._repr_markdown_() is None


def test_a_notebook_shows_the_card():
    formatters = pytest.importorskip("IPython.core.formatters")
    assert formatters.MarkdownFormatter()(fo.Adam) == fo.Adam._repr_markdown_()
    assert formatters.PlainTextFormatter()(fo.Adam) == "firstorder.Adam"


def test_adam_on_its_card():
    text = str(fo.Adam)
    assert "m, v: 2 arrays of the parameter's shape, 8 bytes per float32 parameter" in text
    assert "Builds on\n  Momentum, RMSProp\n" in text
    assert "Kingma and Ba (2015)" in text
    assert "Keras uses the form" in text


def test_scalar_state_is_counted_by_the_array():
    assert "lr_max, weight_sum: 2 numbers per array" in " ".join(str(fo.ScheduleFreeSGD).split())
    assert card.state_words(fo.SGD.rule) == "none"


def test_the_card_of_an_uncorrected_optimizer_names_the_one_it_is_made_of():
    assert "Builds on\n  Adam" in str(fo.Adam.uncorrected)
    assert "m_hat" not in str(fo.Adam.uncorrected)


def test_a_rule_of_the_readers_own_has_a_card():
    @fo.optimizer
    def bare(p, g, *, factor):
        p = p - factor * g
        return p

    made = fo.Optimizer.of(bare)
    assert "p = p - factor * g" in str(made)
    assert "must be given" in str(made)
    assert made._repr_markdown_().startswith("**Bare**\n\n$$")

    @fo.optimizer
    def still(p, g):
        p = p - g
        return p

    assert "Hyperparameters\n  none" in str(fo.Optimizer.of(still))


def test_a_difference_takes_away_from_the_first_and_adds_of_the_second():
    lines = diff("momentum", "nesterov").lines
    assert "- p = p - lr * b" in lines
    assert "+ p = p - lr * (g + momentum * b)" in lines
    assert "  b = momentum * b + g" in lines
