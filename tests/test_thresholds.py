"""A claim's thresholds are data: each number that they name decides, each comparison counts, every verdict can come."""

import ast
import random

import pytest

from firstorder.claims import CLAIMS, FAILS, HOLDS, PARTLY, PRO, UNDECIDED, Claim, claim, thresholds
from firstorder.claims.threshold import Expression, Sentence, numbers

EVERY_CLAIM = pytest.mark.parametrize("made", CLAIMS.values(), ids=CLAIMS)

# What may be written


def test_an_expression_is_what_python_makes_of_it():
    measured = {"gain": 4.0, "losses": [0.5, [2.0, 1.0]], "ours": {"adam": 3}}
    for text, value in {
        "gain > 3 and not gain > 5": True,
        "max(losses, gain) / 2": 2.0,
        "mean(losses) < 1.2 < gain": True,
        "losses[1][0] if ours['adam'] > 2 else 0": 2.0,
        "sum(losses) + len(losses) - abs(-1)": 5.5,
    }.items():
        assert Expression(text)(measured) == value


@pytest.mark.parametrize(
    "text",
    ["gain.real", "open('x')", "[x for x in losses]", "lambda: 1", "__import__('os')", "f(gain)", "gain >", "(yield)"],
)
def test_nothing_else_may_be_written(text: str):
    with pytest.raises(ValueError, match=r"must not have|is none of|is no expression"):
        Expression(text)


def test_a_name_that_was_not_measured_is_told():
    with pytest.raises(ValueError, match=r"'gains > 3' needs gains; measured: gain"):
        Expression("gains > 3")({"gain": 1})


def test_a_sentence_formats_expressions():
    told = Sentence("{{{100 * gain:.1f}}} of {'over 500' if steps > 500 else steps}, {steps:,}")
    assert told({"gain": 0.043, "steps": 1200}) == "{4.3} of over 500, 1,200"
    assert told.names == {"gain", "steps"}


def test_each_comparison_is_a_threshold():
    assert Expression("a < 1 < b or not max(a, b) == c").comparisons == ["a < 1", "1 < b", "max(a, b) == c"]


@pytest.mark.parametrize(
    ("measured", "verdict"), [({"gain": 4}, HOLDS), ({"gain": 1}, PARTLY), ({"gain": -1}, FAILS)], ids=str
)
def test_the_first_threshold_that_is_met_makes_the_verdict(measured: dict, verdict: str):
    made = Claim(
        "It works", PRO, ("sgd",), (), HOLDS, "", dict, Expression("gain > 3"), Expression("gain > 0"), Sentence("")
    )
    assert made.judge(measured) == verdict
    assert made.thresholds == "holds if `gain > 3`; in part if `gain > 0`; otherwise not"


def test_thresholds_are_listed():
    told = thresholds("momentum").splitlines()
    assert "momentum.overshoots: holds if `momentum > 2 * sgd`; otherwise not" in told
    assert len(told) == sum(made.chapter == "momentum" for made in CLAIMS.values())
    assert len(thresholds().splitlines()) == len(CLAIMS)


def test_a_claim_without_a_threshold_is_refused():
    with pytest.raises(ValueError, match="holds or partly must be given"):
        claim("It works", PRO, about="sgd", says="{gain}")


# What the claims of the book say


class _Pairwise(ast.NodeTransformer):
    """Chains of comparisons as pairs, each replaced by the name of its truth."""

    def __init__(self) -> None:
        self.pairs: list[str] = []

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        parts: list[ast.expr] = []
        sides = [node.left, *node.comparators]
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            text = ast.unparse(ast.Compare(left, [op], [right]))
            if text not in self.pairs:
                self.pairs.append(text)
            parts.append(ast.Name(f"pair_{self.pairs.index(text)}", ast.Load()))
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)


class Judge:
    """A claim's verdict as a function of the truth of its comparisons, and these as functions of numbers."""

    def __init__(self, made: Claim):
        pairs, self.conditions = _Pairwise(), []
        self.otherwise = UNDECIDED if made.fails else FAILS
        for expression, verdict in ((made.holds, HOLDS), (made.partly, PARTLY), (made.fails, FAILS)):
            if expression:
                tree = pairs.visit(ast.parse(expression.text.strip(), mode="eval"))
                self.conditions.append((compile(ast.fix_missing_locations(tree), "", "eval"), verdict))
        self.texts = pairs.pairs
        self.comparisons = [Expression(text) for text in pairs.pairs]

    def truths(self, measured: dict) -> list[bool]:
        return [bool(comparison(measured)) for comparison in self.comparisons]

    def __call__(self, truths: list[bool]) -> str:
        names = {f"pair_{i}": truth for i, truth in enumerate(truths)}
        return next((verdict for code, verdict in self.conditions if eval(code, {}, names)), self.otherwise)


def leaves(measured: dict, texts: list[str]) -> list[tuple]:
    """The places of the numbers that these comparisons name: (name, index, ...); of a list all, or what they index."""

    def places(value, there):
        if isinstance(value, (list, dict)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            return [place for i, each in items for place in places(each, (*there, i))]
        return [there] if isinstance(value, (int, float)) else []

    found, trees = set(), [ast.parse(text) for text in texts]
    indexed = {
        node.value: node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    }
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in measured:
                place = (node.id,)
                while node in indexed:
                    node = indexed[node]
                    place += (node.slice.value,)
                found |= {*places(at(measured, place), place)}
    return sorted(found, key=str)


def at(measured: dict, place: tuple):
    for part in place:
        measured = measured[part]
    return measured


def moved(measured: dict, moves: dict[tuple, float]) -> dict:
    """The same with other numbers at these places."""

    def copied(value, where):
        if isinstance(value, dict):
            return {name: copied(each, (*where, name)) for name, each in value.items()}
        if isinstance(value, list):
            return [copied(each, (*where, i)) for i, each in enumerate(value)]
        return moves.get(where, value)

    return copied(measured, ())


@EVERY_CLAIM
def test_numbers_moved_across_their_thresholds_change_the_verdict(made: Claim):
    """By turns, numbers go elsewhere: onto, above and below thresholds and one another. There must be places from which
    each of them alone, and each comparison alone, changes the verdict; and all verdicts must come up."""
    measured, judge = dict(made.current.values), Judge(made)
    places = leaves(measured, judge.texts)
    names = sorted({place[0] for place in places})
    assert judge(judge.truths(measured)) == made.verdict
    constants = {
        node.value
        for text in judge.texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
    }
    draw = random.Random(made.key)

    def elsewhere(here: dict, place: tuple) -> float:
        anchor = draw.choice([at(measured, place), *constants, *(at(here, other) for other in places)])
        return draw.choice([anchor, anchor * 10 ** draw.uniform(-2, 2), anchor + draw.gauss(0, 1), -anchor, 0, 1])

    def shaken(here: dict) -> dict[tuple, float]:
        """A few numbers elsewhere, or all at one place; lists as a whole by a factor, or their members at one place."""
        chosen = draw.sample(places, min(len(places), draw.choice([1, 1, 2, 3, len(places)])))
        moves = {place: elsewhere(here, place) for place in chosen}
        if len(places) > 4 and draw.random() < 0.05:
            moves = dict.fromkeys(places, elsewhere(here, places[0]))
        for name in names:
            if draw.random() < 0.2:
                factor = 10 ** draw.uniform(-2, 2)
                same = draw.random() < 0.3
                members = [place for place in places if place[0] == name]
                moves |= {place: factor * at(here, members[0] if same else place) for place in members}
        return moves

    missing = {judge.otherwise} | {verdict for _, verdict in judge.conditions}
    deaf, idle = set(places), set(range(len(judge.texts)))
    here = measured
    for _ in range(8000):
        try:
            truths = judge.truths(here)
            verdict = judge(truths)
            missing.discard(verdict)
            idle -= {i for i in idle if judge([t ^ (i == j) for j, t in enumerate(truths)]) != verdict}
            place = draw.choice(sorted(deaf, key=str) or places)
            if judge(judge.truths(moved(here, {place: elsewhere(here, place)}))) != verdict:
                deaf.discard(place)
            if not (deaf or idle or missing):
                return
            here = moved(here, shaken(here)) if draw.random() < 0.5 else moved(measured, shaken(measured))
        except (ZeroDivisionError, OverflowError):
            here = measured
    assert not deaf, "these numbers decide nothing"
    assert not idle, f"these comparisons decide nothing: {[judge.texts[i] for i in idle]}"
    assert not missing, "it cannot come to this verdict"


@EVERY_CLAIM
def test_every_number_that_a_claim_names_was_measured_and_told_or_judged(made: Claim):
    used = made.says.names.union(*(part.names for part in (made.holds, made.partly, made.fails) if part))
    assert used <= set(made.current.values)
    assert list(numbers(*made.current.values.values()))
