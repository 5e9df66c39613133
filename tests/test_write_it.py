"""The exercises that ask for a rule: their references, and what the check says of answers that are not right."""

import dataclasses
import json
import math

import jupytext
import numpy as np
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from numpy import maximum, minimum, sign, sqrt, square

import firstorder as fo
from _ext import hints
from book import blocks
from book.exercises import tasks
from book.identity import ROOT
from firstorder import exercises
from firstorder.exercises import EXERCISES, check, streams
from firstorder.exercises.exercise import read
from firstorder.lab.walks import walk

#: Of the package: what the answer has to be.
KNOWN = {
    "downhill": "sgd",
    "to_nesterov": "nesterov",
    "my_adagrad": "adagrad",
    "to_centered": "centered_rmsprop",
    "my_adam": "adam",
    "mend_correction": "adam",
    "mend_adam": "adam",
    "to_adabelief": "adabelief",
    "to_amsgrad": "amsgrad",
    "to_adamw": "adamw",
    "mend_lion": "lion",
}


def test_there_are_twelve_or_more_over_the_chapters():
    assert len(EXERCISES) >= 12
    assert len({exercise.chapter for exercise in EXERCISES.values()}) >= 10


@pytest.mark.parametrize("key", EXERCISES)
def test_the_solution_is_right_and_the_start_is_not(key):
    exercise = EXERCISES[key]
    assert [*map(bool, (check(exercise.reference), check(read(exercise.start))))] == [True, False]
    assert check(exercise.reference).says == (
        "Right: on 5 streams of gradients it is where the reference is after each of 100 steps, "
        "and under a gradient that stays the same it stays finite.",
    )
    assert len(set(exercise.hints)) == 3


@pytest.mark.parametrize("key", EXERCISES)
def test_every_known_mistake_is_wrong_and_recognised_as_itself(key):
    exercise = EXERCISES[key]
    assert exercise.mistakes
    for made in exercise.wrong():
        verdict = check(exercise.with_mistakes(made))
        assert not verdict
        assert verdict.mistakes == tuple(mistake.says for mistake in made)


@pytest.mark.parametrize("key", EXERCISES)
def test_the_check_takes_numpys_steps(key):
    """Its plain Python against the function itself on arrays."""
    rule = EXERCISES[key].reference
    stream = streams.streams()[1]
    given = streams.hyperparameters(rule, stream, EXERCISES[key].settings)
    path = streams.path(rule, stream, given)
    points = walk(fo.Optimizer.of(rule), stream.gradients, start=stream.start, **given)
    np.testing.assert_allclose([step["p"] for step in path.steps], points[1:], rtol=1e-12)
    if key in KNOWN:
        points = walk(KNOWN[key], stream.gradients, start=stream.start, **given)
        np.testing.assert_allclose([step["p"] for step in path.steps], points[1:], rtol=1e-12)


def test_a_verdict_says_the_step_the_state_and_both_values():
    def mend_adam(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * m
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        p = p - lr * m_hat / (sqrt(abs(v_hat)) + eps)
        return p, m, v

    verdict = check(mend_adam)
    (gradient,) = verdict.gradients
    assert (verdict.step, verdict.state, verdict.stream) == (1, "v", "random gradients")
    assert math.isclose(verdict.reference, 0.001 * gradient**2)
    assert math.isclose(verdict.yours, 0.0001 * gradient**2)
    assert verdict.says[-1] == "This is no mix of the faults: a right line has changed, or a fault is another one now."
    assert json.loads(json.dumps(dataclasses.asdict(verdict)))["right"] is False


def test_a_rule_to_mend_counts_the_faults_that_are_left():
    exercise = EXERCISES["mend_adam"]
    said = [check(exercise.with_mistakes(exercise.mistakes[:left])).says[-1] for left in (5, 2, 1)]
    assert said == ["All 5 faults are still there.", "2 of 5 faults are left.", "1 of 5 faults is left."]


def test_a_rate_inside_the_sum_is_seen_only_where_the_rate_changes():
    exercise = EXERCISES["moving_average"]
    verdict = check(exercise.with_mistakes(exercise.mistakes[2:]))
    assert verdict.stream == "random gradients and a learning rate that falls"
    assert f"after step {streams.FALL}" in verdict.says[0]


def test_a_state_may_be_kept_in_another_form_and_order_and_by_another_name():
    def moving_average(weights, slope, buffer, *, lr=1e-3, momentum=0.9):
        buffer = momentum * buffer + slope
        weights = weights - lr * (1 - momentum) * buffer
        return weights, buffer

    def my_adam(p, g, v, m, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        p = p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)
        return p, v, m

    def to_amsgrad(p, g, m, v, v_max, unused, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        v_max = maximum(v, v_max)
        p = p - lr * (m / (1 - beta1**t)) / (sqrt(v_max / (1 - beta2**t)) + eps)
        return p, m, v, v_max, unused

    says = [check(answer).says for answer in (moving_average, my_adam, to_amsgrad)]
    assert [len(said) for said in says] == [2, 1, 2]
    assert says[0][1] == "What it keeps as buffer is not what the reference keeps, and makes the same steps."
    assert says[2][1] == "It keeps another state than the reference, and takes the same steps."


def test_the_same_rule_in_other_words_is_right():
    def my_adam(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        m = m + (1 - beta1) * (g - m)
        v = v - (1 - beta2) * (v - square(g))
        root = sqrt(1 - beta2**t)
        p = p - lr * root / (1 - beta1**t) * m / (sqrt(v) + eps * root)
        return p, m, v

    def to_adamw(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        p = (1 - lr * weight_decay) * p
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        p = p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)
        return p, m, v

    def to_nesterov(p, g, b, *, lr=1e-3, momentum=0.9):
        b = momentum * b + g
        ahead = momentum * b + g
        p = p - lr * ahead
        return p, b

    def cautious(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        agree = (1 + sign(m) * sign(g)) / 2 * abs(sign(g))
        p = p - lr * agree * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)
        return p, m, v

    def clipped(p, g, *, lr=1e-2, bound=1.0):
        p = p - lr * minimum(maximum(g, -bound), bound)
        return p

    def falling_rate(p, g, *, t, lr=1e-2):
        p = p - lr * t**-0.5 * g
        return p

    for answer in (my_adam, to_adamw, to_nesterov, cautious, clipped, falling_rate):
        assert check(answer).says[1:] == (), check(answer)


def test_a_class_a_rule_and_a_function_are_answers_to_an_exercise_that_is_named():
    answers = (fo.Nesterov, fo.Nesterov.rule, fo.Nesterov.rule.function)
    assert all(check(answer, "to_nesterov") for answer in answers)
    assert not check(fo.Momentum, "to_nesterov")


# Bad input: a sentence each


def divides(p, g, b, *, lr=0.1, momentum=0.9):
    b = momentum * b + g / (g - g)
    p = p - lr * b
    return p, b


def divides_in_a_number(p, g, b, *, lr=0.1, momentum=0.9):
    b = momentum * b + g / (lr - lr)
    p = p - lr * b
    return p, b


def root_of_less_than_nothing(p, g, b, *, lr=0.1, momentum=0.9):
    b = momentum * b + g
    p = p - lr * sqrt(-abs(b) - 1)
    return p, b


def complex_power(p, g, b, *, lr=0.1, momentum=0.9):
    b = momentum * b + maximum((-abs(g) - 1) ** 0.25, 0)
    p = p - lr * b
    return p, b


def complex_result(p, g, b, *, lr=0.1, momentum=0.9):
    b = momentum * b + (-abs(g) - 1) ** 0.25
    p = p - lr * b
    return p, b


def too_large(p, g, b, *, lr=0.1, momentum=0.9):
    b = momentum * b + (abs(g) + 10) ** 400.5
    p = p - lr * b
    return p, b


def grows(p, g, b, *, lr=0.1, momentum=0.9):
    b = momentum * b + 1e200 * g * 1e200
    p = p - lr * b
    return p, b


def loops(p, g, b, *, lr=0.1, momentum=0.9):
    for _ in range(3):
        b = momentum * b + g
    return p, b


def takes_a_norm(p, g, b, *, lr=0.1, momentum=0.9):
    b = momentum * b + g / np.linalg.norm(g)
    p = p - lr * b
    return p, b


def other_names(p, g, b, *, rate=0.1, mu=0.9):
    b = mu * b + g
    p = p - rate * b
    return p, b


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (divides, "random gradients your rule divides by 0 in the line of b, in step 1."),
        (divides_in_a_number, "random gradients your rule divides by 0, in step 1."),
        (root_of_less_than_nothing, "takes the root or the logarithm of a number that has none in the line of p, in"),
        (complex_power, "takes the root or the logarithm of a number that has none in the line of b, in step 1."),
        (complex_result, "your rule makes b something that is not a finite number, in step 1."),
        (too_large, "your rule makes a number that is too large in the line of b, in step 1."),
        (grows, "your rule makes b something that is not a finite number, in step 1."),
        (loops, "This cannot be read as a rule.\nloops: a loop cannot be read"),
        (takes_a_norm, "This needs a whole tensor, for a norm or a mean. Asked for is a rule of each weight by"),
        (other_names, "The hyperparameters asked for are lr and momentum; here they are rate and mu."),
    ],
    ids=lambda case: getattr(case, "__name__", ""),
)
def test_what_cannot_run_is_a_sentence(answer, says):
    verdict = check(answer, "to_nesterov")
    assert not verdict
    assert not verdict.mistakes
    assert says in "\n".join(verdict.says)
    assert str(verdict).endswith('For a hint: print(fo.exercises.hint("to_nesterov", 1)), then 2 and 3.')


@pytest.mark.parametrize("answer", [loops, fo.Momentum])
def test_in_a_notebook_a_verdict_wraps_and_says_the_same(answer):
    verdict = check(answer, "to_nesterov")
    page = BeautifulSoup(MarkdownIt().render(verdict._repr_markdown_()), "html.parser")
    (quote,) = page.find_all(True, recursive=False)
    *said, hint = [part.get_text().rstrip() for part in quote.find_all(["p", "pre"])]
    assert said == list(verdict.says)
    assert hint in str(verdict)


def test_a_state_that_starts_at_a_function_is_refused():
    rule = fo.optimizer(EXERCISES["to_nesterov"].reference.function, initial={"b": np.zeros_like})
    assert check(rule).says == ("The state b has to start at a number.",)


def test_what_is_no_answer_is_an_error():
    for answer in (3, "to_nesterov", np.sqrt, fo.Optimizer, dict):
        with pytest.raises(TypeError, match="answer must be a rule or a function, got"):
            check(answer, "to_nesterov")
    with pytest.raises(ValueError, match="unknown exercise 'to_nestrov'; did you mean 'to_nesterov'"):
        check(fo.Adam, "to_nestrov")
    with pytest.raises(ValueError, match="unknown exercise 'divides'; it takes"):
        check(divides)


def test_hints_come_in_three_stages():
    assert [exercises.hint("to_nesterov", stage) for stage in (1, 2, 3)] == [*EXERCISES["to_nesterov"].hints]
    for stage in (0, 4, "1"):
        with pytest.raises(ValueError, match="stage must be 1, 2 or 3"):
            exercises.hint("to_nesterov", stage)


# In the book


def cells_of(exercise):
    """The cells of a chapter's exercises that name this one."""
    cells = jupytext.read(ROOT / "chapters" / f"{exercise.chapter}.md", fmt="md:myst").cells
    return [cell for cell in cells if f"def {exercise.key}(" in cell.source]


@pytest.mark.parametrize("key", EXERCISES)
def test_the_chapter_asks_what_is_checked(key):
    exercise = EXERCISES[key]
    text = (ROOT / "chapters" / f"{exercise.chapter}.md").read_text(encoding="utf-8")
    assert exercise.text in [task.text for task in tasks(text) if task.runs]
    assert f"```{{hints}} {key}\n```" in text
    (asked,) = cells_of(exercise)
    assert exercise.start in asked.source
    assert asked.source.endswith(f"\nfo.exercises.check({key})")


def test_hints_are_folded_into_one_another_and_left_off_paper():
    page = """<section><h1>A</h1><section id="exercises"><p><strong>1.</strong> Do.</p>
    <details class="sd-dropdown hint"><div class="sd-card-body"><p>Look.</p></div></details></section></section>"""
    (exercise,) = blocks.chapter("chapters/a", page).exercises
    assert "Look" not in str([*exercise.task, *exercise.solution])
    lines = hints.markdown(("One.", "Two.", "Three."), "x = 1\n").split("\n")
    assert [line for line in lines if line and line[:1] not in ":`"] == ["One.", "Two.", "Three.", "x = 1"]
    assert [line for line in lines if "{" in line] == [
        ":::::{dropdown} A hint",
        "::::{dropdown} Another",
        ":::{dropdown} The last",
        ":::{dropdown} Solution",
    ]
