"""A rule's readings say what its function says: scalar Python, the function again, SymPy and TeX."""

import ast
import math
import re

import numpy as np
import pytest
import sympy as sp
from samples import ELEMENTWISE, RULES, arrays, called, keywords, scalar_state, within

import firstorder as fo
from firstorder.reading import RuleError
from firstorder.reading.hoist import hoist
from firstorder.reading.parse import symbol
from firstorder.reading.python import python_function, python_scalars

EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
MATHEMATICS = vars(math) | {
    "prange": range,
    "maximum": max,
    "minimum": min,
    "sign": lambda x: math.copysign(1.0, x) if x else x,
}


def run_loop(rule: fo.Rule, given: list[np.ndarray], t: int) -> list[np.ndarray]:
    """The generated loop, run by Python itself on Python's own floats."""
    scope = dict(MATHEMATICS)
    exec(rule.python(), scope)

    class Floats(list):
        size = property(len)

    lists = [Floats(a.tolist()) for a in given]
    scope[rule.key](*lists, *rule.scalars(*scalar_state(rule), **keywords(rule, t))[0])
    return [np.array(values) for values, written in zip(lists, rule.program.written, strict=True) if written]


@pytest.mark.parametrize("t", [1, 2, 1000])
@EVERY_RULE
def test_scalar_loop_is_the_function(rule, t):
    given = arrays(rule, 200)
    before = [a for a, written in zip(given, rule.program.written, strict=True) if written]
    expected, actual = called(rule, given, t), run_loop(rule, given, t)
    for name, a, e, b in zip(rule.program.returns, actual, expected, before, strict=False):
        within(8, a, e, b, name)


@EVERY_RULE
def test_scalar_state_of_the_loop_is_the_functions(rule):
    for t in (1, 7):
        of_function = rule(*arrays(rule, 3), *scalar_state(rule), **keywords(rule, t))
        of_loop = rule.scalars(*scalar_state(rule), **keywords(rule, t))[1]
        assert len(of_loop) == len(rule.scalar_state)
        if of_loop:
            assert of_loop == of_function[-len(of_loop) :]


@EVERY_RULE
def test_function_written_out_again_is_the_function(rule):
    scope = dict(vars(np))
    exec(python_function(rule.program), scope)
    given = arrays(rule, 50)
    results = scope[rule.key](*given, *scalar_state(rule), **keywords(rule, 3))
    results = results if isinstance(results, tuple) else (results,)
    before = [a for a, written in zip(given, rule.program.written, strict=True) if written]
    for a, e, b in zip(results, called(rule, given, 3), before, strict=False):
        within(8, a, e, b)


@EVERY_RULE
def test_sympy_expression_is_the_function(rule):
    given = arrays(rule, 5)
    numbers = {**keywords(rule, 3), **dict(zip(rule.scalar_state, scalar_state(rule), strict=True))}
    returned = [name for name in rule.program.returns if name not in rule.scalar_state]
    expressions = [rule.program.expression(name) for name in returned]
    for i in range(5):
        point = {symbol(n): float(a[i]) for n, a in zip(rule.program.arrays, given, strict=True)}
        point |= {symbol(n): value for n, value in numbers.items()}
        one = called(rule, [a[[i]] for a in given], 3)
        for expression, expected in zip(expressions, one, strict=True):
            assert float(expression.evalf(30, subs=point)) == pytest.approx(expected[0], rel=1e-12)


def test_sympy_expression_of_adam_is_the_papers():
    p, g, m, v, t, lr, b1, b2, eps = map(symbol, ("p", "g", "m", "v", "t", "lr", "beta1", "beta2", "eps"))
    moment, square = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    papers = p - lr * moment / (1 - b1**t) / (sp.sqrt(square / (1 - b2**t)) + eps)
    positive = {b2**t: 1 - sp.Symbol("c", positive=True)}  # a root of a quotient is then the quotient of the roots
    assert sp.simplify((fo.Adam.rule.program.expression("p") - papers).subs(positive)) == 0


# ── scalars are taken out of the loop ─────────────────────────────────────────────────────────────


@EVERY_RULE
def test_nothing_is_left_in_the_loop_that_does_not_vary_in_it(rule):
    (loop,) = [node for node in ast.walk(ast.parse(rule.python())) if isinstance(node, ast.For)]
    varies = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in ast.walk(loop):
        if isinstance(node, (ast.BinOp, ast.Call)) and not (isinstance(node, ast.Call) and "range" in node.func.id):
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            assert names & varies, f"{ast.unparse(node)} is the same for every element"


@EVERY_RULE
def test_no_power_in_the_loop_has_a_scalar_base(rule):
    scalars = set(hoist(rule.program).arguments)
    for line in hoist(rule.program).loop:
        for power in line.expr.atoms(sp.Pow):
            assert power.exp.is_number
            assert not (power.free_symbols and {s.name for s in power.free_symbols} <= scalars)


def test_scalars_are_computed_in_float64_and_in_the_order_of_the_loops_arguments():
    values, state = fo.Adam.rule.scalars(t=3, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8)
    split = hoist(fo.Adam.rule.program)
    named = dict(zip(split.arguments, values, strict=True))
    assert state == ()
    assert all(type(value) is float for value in values)
    assert {1 - 0.9, 1 - 0.999, 1 / (1 - 0.9**3), 1 / math.sqrt(1 - 0.999**3)} <= set(named.values())
    assert {name: named[name] for name in ("lr", "beta1", "beta2", "eps")} == {
        "lr": 1e-3,
        "beta1": 0.9,
        "beta2": 0.999,
        "eps": 1e-8,
    }


def test_a_scalar_that_is_assigned_twice_has_its_new_value_after_the_second():
    @fo.optimizer
    def twice(p, g, s: fo.Scalar, *, step=0.5):
        s = s + step
        p = p - s * g
        s = s * 2
        p = p - s * g
        return p, s

    given = arrays(twice, 4)
    expected, actual = called(twice, given, 1), run_loop(twice, given, 1)
    within(4, actual[0], expected[0], given[0])


def test_a_scalar_is_read_with_its_old_value_before_it_is_assigned():
    @fo.optimizer
    def late(p, g, s: fo.Scalar, *, step=0.5):
        p = p - s * g
        s = s + step
        return p, s

    given = arrays(late, 4)
    within(4, run_loop(late, given, 1)[0], called(late, given, 1)[0], given[0])


def test_local_names_of_the_rule_do_not_collide_with_names_made_for_constants():
    @fo.optimizer
    def constants(p, g, c0, *, c1=0.5, k0=0.25):
        c0 = (1 - c1) * c0 + (1 - k0) * g
        p = p - c1 * c0
        return p, c0

    given = arrays(constants, 4)
    for a, e, b in zip(run_loop(constants, given, 1), called(constants, given, 1), (given[0], given[2]), strict=True):
        within(4, a, e, b)


def test_a_number_in_a_rule_keeps_all_its_digits():
    @fo.optimizer
    def digits(p, g, *, t, lr=0.1):
        p = p - 0.12345678901234567 * g * (lr + 0.7071067811865476**t)
        return p

    for reading in (python_scalars(digits.program), python_function(digits.program), digits.javascript()):
        assert "0.7071067811865476" in reading
    given = arrays(digits, 4)
    within(2, run_loop(digits, given, 3)[0], called(digits, given, 3)[0], given[0])
    scope = dict(vars(np))
    exec(python_function(digits.program), scope)
    np.testing.assert_array_equal(scope["digits"](*given, t=3), called(digits, given, 3)[0])


@pytest.mark.parametrize("name", ["i", "n", "var", "new", "double"])
@pytest.mark.parametrize("place", ["state", "local", "hyperparameter"])
def test_a_name_that_generated_code_needs_is_refused(place, name, tmp_path, monkeypatch):
    # `i` is the loop's index, `n` and `i` are CuPy's, the others are words of JavaScript or C.
    state, local, rate = (name if place == p else p[0] + p for p in ("state", "local", "hyperparameter"))
    source = f"""
import firstorder as fo
@fo.optimizer
def named(p, g, {state}, *, {rate}=0.5):
    {state} = {state} + g
    {local} = {rate} * {state}
    p = p - {local}
    return p, {state}
"""
    (tmp_path / f"named_{place}_{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RuleError, match=rf"'{name}'"):
        __import__(f"named_{place}_{name}")


def test_operands_of_maximum_keep_the_order_they_are_written_in():
    # SymPy keeps the arguments of Max as a set: code made from it must not depend on how that set is ordered.
    @fo.optimizer
    def ordered(p, g, u, *, decay=0.5):
        u = maximum_of(decay * u, abs(g))
        p = p - u
        return p, u

    assert re.search(r"maximum\(decay\*u, abs\(g\)\)", ordered.python())


maximum_of = np.maximum


# ── the formula ───────────────────────────────────────────────────────────────────────────────────


def lines(optimizer) -> list[str]:
    return optimizer.tex().splitlines()[1:-1]


def test_tex_of_gradient_descent_is_the_textbooks():
    assert lines(fo.SGD) == [r"\theta_{t} &= \theta_{t-1} - \eta g_{t}"]


def test_tex_of_momentum_reads_the_old_buffer_and_steps_along_the_new():
    first, second = lines(fo.Momentum)
    assert first == r"b_{t} &= \mu b_{t-1} + g_{t} \\"
    assert second == r"\theta_{t} &= \theta_{t-1} - \eta b_{t}"


def test_tex_of_adam_is_the_papers_algorithm():
    m, v, m_hat, sqrt_v_hat, theta = lines(fo.Adam)
    assert m.startswith(r"m_{t} &= \beta_{1} m_{t-1} + ")
    assert v.startswith(r"v_{t} &= \beta_{2} v_{t-1} + ")
    assert m_hat == r"\hat{m}_{t} &= \frac{m_{t}}{1 - \beta_{1}^{t}} \\"
    assert sqrt_v_hat == r"\sqrt{\hat{v}_{t}} &= \frac{\sqrt{v_{t}}}{\sqrt{1 - \beta_{2}^{t}}} \\"
    assert theta.startswith(r"\theta_{t} &= \theta_{t-1} - ")
    assert r"\hat{m}_{t}" in theta
    assert r"\sqrt{\hat{v}_{t}} + \epsilon" in theta


@EVERY_RULE
def test_tex_reads_the_old_value_until_the_new_one_is_assigned(rule):
    assigned: set[str] = set()
    constant = {*rule.state} - {line.target for line in rule.program.lines}  # what the caller sets has no time
    texts = rule.tex().splitlines()[1:-1]
    for line, text in zip(rule.program.lines, texts, strict=True):
        right = text.partition("&=")[2]
        for name in ("p", *rule.state, *rule.scalar_state):
            if name not in line.reads or len(name) > 1 or name in constant:
                continue
            letter = r"\\theta" if name == "p" else name
            now = re.search(rf"(?<![a-zA-Z\\]){letter}_\{{t\}}", right)
            old = re.search(rf"(?<![a-zA-Z\\]){letter}_\{{t-1\}}", right)
            assert now if name in assigned else old, text
            assert not (old if name in assigned else now), text
        assigned.add(line.target)
        assert re.search(r"t\}+$", text.partition("&=")[0].strip())


def test_tex_has_a_dot_before_a_number_that_follows_a_factor():
    @fo.optimizer
    def doubled(p, g, b, *, lr=0.1):
        p = p - lr * b * 2
        b = 0.5 * b + g * 2**b
        return p, b

    assert lines(doubled) == [
        r"\theta_{t} &= \theta_{t-1} - \eta b_{t-1} \cdot 2 \\",
        r"b_{t} &= 0.5 b_{t-1} + g_{t} \cdot 2^{b_{t-1}}",
    ]


@EVERY_RULE
def test_tex_of_the_gradient_is_the_current_one(rule):
    assert "g_{t}" in rule.tex()
    assert "g_{t-1}" not in rule.tex()


@pytest.mark.parametrize(
    ("key", "letters"),
    {
        "sgd": (r"\eta",),
        "nesterov": (r"\eta", r"\mu"),
        "adagrad": (r"\eta", r"\epsilon", "G_{t-1}"),
        "rmsprop": (r"\alpha", r"\epsilon"),
        "adadelta": (r"\rho", r"\delta_{t}", r"\epsilon"),
        "adamw": (r"\beta_{1}", r"\beta_{2}", r"\lambda", r"\eta", r"\epsilon"),
    }.items(),
)
def test_tex_has_the_greek_letters_of_the_field(key, letters):
    text = fo.OPTIMIZERS[key].tex()
    assert all(letter in text for letter in letters)
    assert not re.search(r"\b(lr|momentum|eps|weight)\b", text)


@EVERY_RULE
def test_tex_is_balanced_and_has_no_longer_floats_than_the_source(rule):
    text = rule.tex()
    assert text.startswith("\\begin{aligned}\n")
    assert text.endswith("\n\\end{aligned}")
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    assert not re.search(r"\d\.\d{5,}", text)


# ── bias correction taken away ────────────────────────────────────────────────────────────────────


def test_only_rules_with_bias_correction_have_an_uncorrected_form():
    powers = {key for key, o in ELEMENTWISE.items() if re.search(r"\*\* ?\(?t\b", o.rule.source)}
    # These read t in another way too, so that leaving their powers of β out would not be all of their start.
    otherwise = {"nadam", "adan", "adabound", "radam", "schedule_free_adamw"}
    assert {key for key, o in ELEMENTWISE.items() if o.uncorrected} == powers - otherwise
    assert fo.Adam.uncorrected.uncorrected is None


@pytest.mark.parametrize("key", [key for key, o in fo.OPTIMIZERS.items() if o.uncorrected])
def test_uncorrected_form_is_the_limit_of_the_rule_for_large_t(key):
    rule = fo.OPTIMIZERS[key].rule
    given = arrays(rule, 50)
    for late, without in zip(called(rule, given, math.inf), called(rule.uncorrected, given, 1), strict=True):
        np.testing.assert_array_equal(late, without)
    assert not re.search(r"\^\{?t|hat", rule.uncorrected.tex())


@EVERY_RULE
def test_host_scalars_are_python_that_needs_no_numpy(rule):
    assert "numpy" not in python_scalars(rule.program)
    assert "np." not in python_scalars(rule.program)


@EVERY_RULE
def test_the_rules_own_lines_give_the_scalar_state_that_the_loop_gives(rule):
    """On NumPy they are used, so that SymPy need not be imported."""
    random = np.random.default_rng(5)
    for t in (1, 2, 1000):
        keywords = {name: 0.01 if default is None else default for name, default in rule.program.keywords.items()}
        keywords |= {"t": t} if "t" in keywords else {}
        scalars = tuple(random.uniform(0.1, 1, len(rule.scalar_state)))
        np.testing.assert_allclose(
            rule.next_scalars(*scalars, **keywords), rule.scalars(*scalars, **keywords)[1], rtol=1e-15
        )


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_the_scalars_of_a_step_refuse_is_raised_before_anything_changes(backend):
    @fo.optimizer
    def divided(p, g, m, *, lr=0.1, share=1.0):
        m = m + g
        p = p - lr * m / share
        return p, m

    p = np.ones(3)
    with fo.using(backend):
        opt = fo.Optimizer.of(divided)(p, share=lambda t: 2.0 - t)
        opt.step(np.ones(3))
        before = p.copy(), opt.state["m"].copy()
        with pytest.raises(ZeroDivisionError):
            opt.step(np.ones(3))
    assert opt.t == 1
    np.testing.assert_array_equal(p, before[0])
    np.testing.assert_array_equal(opt.state["m"], before[1])
