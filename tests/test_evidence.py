"""What seeds can tell, and how rates are chosen: inside their grids, by no test image, in one place of the package."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from firstorder.claims import CLAIMS, FAILS, HOLDS, PARTLY, PRO, UNDECIDED, ClaimError, claim, kept
from firstorder.claims.over_seeds import better, higher, lower
from firstorder.claims.threshold import Expression, Sentence
from firstorder.lab import runs
from firstorder.lab.ensemble import Judged
from firstorder.lab.evidence import higher_by, lower_by
from firstorder.lab.tuning import EdgeError, OnTest, TestSeen, best, choosing, least

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "firstorder"
RNG = np.random.default_rng(0)

# What seeds can tell


def verdict_of(found: dict, margin: float = 0.05) -> str:
    told = better(margin)
    for name, verdict in (("holds", HOLDS), ("partly", PARTLY), ("fails", FAILS)):
        if Expression(told[name])(found):
            return verdict
    return UNDECIDED


def test_a_comparison_is_students_interval_of_the_pairs():
    from scipy.stats import ttest_1samp, ttest_ind

    a, b = RNG.normal(1, 1, 20), RNG.normal(0, 2, 25)
    found, test = higher_by(a, b[:20]), ttest_1samp(a - b[:20], 0).confidence_interval(0.95)
    assert np.allclose([found["low"], found["high"]], [test.low, test.high])
    found, test = higher_by(a, b, paired=False), ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert np.allclose([found["low"], found["high"]], [test.low, test.high])
    assert (found["seeds"], found["ahead"]) == (20, pytest.approx(a.mean() - b.mean()))


def test_losses_are_compared_by_their_ratios():
    losses = np.exp(RNG.normal(size=20))
    found = lower_by(losses / 2, losses)
    assert [found[name] for name in ("ahead", "low", "high")] == pytest.approx([0.5] * 3)
    assert found["smallest"] == pytest.approx(0, abs=1e-12)
    assert lower_by(losses * 2, losses)["ahead"] == pytest.approx(-1)


def test_a_gain_of_the_smallest_size_is_found_four_times_of_five():
    rng = np.random.default_rng(1)
    smallest = np.mean([higher_by(rng.normal(size=20), np.zeros(20))["smallest"] for _ in range(300)])
    found = [higher_by(rng.normal(smallest, 1, size=20), np.zeros(20))["low"] > 0 for _ in range(3000)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("gain", "noise", "expected"),
    [(0.5, 0.1, HOLDS), (0.02, 0.01, PARTLY), (0.0, 0.01, FAILS), (-0.5, 0.1, FAILS), (0.1, 1.0, UNDECIDED)],
)
def test_what_is_not_significant_is_undecided_unless_shown_to_be_small(gain, noise, expected):
    even = np.tile([-1.0, 1.0], 10) * noise  # a spread with the mean 0
    assert verdict_of(lower_by(np.exp(even - gain), np.ones(20))) == expected


def test_a_comparison_needs_twenty_seeds_or_a_reason_and_finite_numbers():
    with pytest.raises(ValueError, match="19 seeds: a comparison has 20 or more, or says why"):
        higher_by(np.arange(19), np.zeros(19))
    with pytest.raises(ValueError, match="20 seeds"):
        higher_by(np.arange(20), np.zeros(20), fewer="no reason is needed")
    assert higher_by(np.arange(5), np.zeros(5), fewer="each run takes minutes")["fewer"] == "each run takes minutes"
    with pytest.raises(ValueError, match="count what diverged apart"):
        lower_by(np.full(20, np.inf), np.ones(20))
    with pytest.raises(ValueError, match="of the same seeds, got 20 and 21"):
        higher_by(np.arange(20), np.zeros(21))


def test_the_words_of_a_comparison_say_what_would_have_shown():
    losses = np.exp(RNG.normal(0, 0.1, size=20))
    told = Sentence(lower("Adam's", of="loss"))({"loss": lower_by(losses / 2, losses)})
    assert told.startswith("its loss is 50% lower than Adam's")
    assert "20 seeds" in told
    assert "would have shown" in told
    assert "1.0 points more" in Sentence(higher("Adam"))(higher_by(np.arange(20) + 1.0, np.arange(20)))


def test_a_claim_may_be_undecided_and_only_where_it_says_what_would_refute_it(monkeypatch):
    def tied():
        return higher_by(np.tile([-1.0, 1.0], 10), np.zeros(20))

    given = {"about": "sgd", "says": "{ahead}", "verdict": UNDECIDED, "conditions": "20 seeds cannot tell"}
    with pytest.raises(ValueError, match="fails must be given"):
        claim("It is better", PRO, holds="low > 0", **given)(tied)
    monkeypatch.setattr(kept, "path_of", lambda module: None)
    made = claim("It is better", PRO, **given, **better(0.1))(tied)
    try:
        assert made.finding.verdict == UNDECIDED
        assert made.thresholds.endswith("does not hold if `high < 0.1`; otherwise undecided")
        with pytest.raises(ClaimError, match="undecided"):
            made.judged({"low": -2, "high": -1, "ahead": -1.5})
    finally:
        del CLAIMS[made.key]


# How rates are chosen


def test_the_least_of_a_grid_lies_inside_it_or_a_reason_is_given():
    assert least([3, np.nan, 2, 4], [0.1, 0.2, 0.3, 0.4]) == 2
    with pytest.raises(EdgeError, match=r"the best, 0.4, is the largest of its grid .* \(high=...\)"):
        least([3, 2, 1], [0.1, 0.2, 0.4])
    with pytest.raises(EdgeError, match=r"the best, 0.1, is the smallest"):
        least([3, 2, 1], [0.4, 0.2, 0.1])
    assert least([3, 2, 1], [0.1, 0.2, 0.4], high="beyond it every run diverges") == 2
    with pytest.raises(EdgeError, match="no loss is finite"):
        least([np.inf, np.nan], [1, 2])


def test_a_search_goes_on_beyond_the_end_of_its_grid():
    tried = []

    def loss(lr):
        tried.append(lr)
        return abs(np.log10(lr) - 2)

    assert best(loss, (1e-1, 1e0, 1e1)) == 100
    assert tried == [1e-1, 1e0, 1e1, 1e2, 1e3]
    assert best(loss, (1e-1, 1e0, 1e1), high="10 is the largest that is allowed") == 10
    with pytest.raises(EdgeError, match="the smallest of its grid"):
        best(lambda lr: lr, (1, 2, 3))


def test_nothing_is_chosen_by_test_examples():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    given = {"steps": 3, "batch_size": 32}
    for seen in (
        lambda lr: runs.trained("softmax", "sgd", lr, **given).loss,
        lambda lr: -runs.model("softmax", "test").n_samples * lr,
        lambda lr: len(runs.images("test")[1]) * lr,
    ):
        seen(0.1)  # what is kept of it must not be handed out either
        with pytest.raises(TestSeen):
            best(seen, (0.1, 0.2, 0.4))
    with choosing(), pytest.raises(TestSeen):
        runs.images("test")
    accuracy = np.array([[90.0, 91], [95, 96], [92, 91]]).view(OnTest)
    judged = Judged(np.ones((3, 2)), np.array([[3.0, 3], [1, 1], [2, 2]]), accuracy, (0.1, 0.2, 0.4))
    assert judged.best == 1
    for found in (-accuracy.mean(axis=1), 1 - accuracy[:, 0] / 100):
        with pytest.raises(TestSeen):
            least(found, judged.settings)


#: What looks like a choice of a rate and is none: the file, part of its code, and why.
NO_CHOICE: dict[tuple[str, str], str] = {
    ("nesterov.py", "np.argmin(np.abs(end) < 1)"): "of no rate: the first run that does not end near the minimum",
    ("large_batches.py", "np.abs(path.values - loss).argmin()"): "of no rate: the point with a given loss",
    ("large_batches.md", "np.abs(run.values - loss).argmin()"): "of no rate: the point with a given loss",
    ("gradient_descent.md", "max(abs(1 - lr), abs(1 - 20 * lr))"): "of no rate: the slower of two directions",
    ("gradient_descent.md", "min(left(0.98 * lr), left(1.02 * lr))"): "an exercise: is it the best nearby?",
    ("sign.py", "max((end(key, lr) / lr"): "of two rates, to show that both come to the same",
    ("large_batches.py", "sorted(rates, key=lambda lr: abs(np.log(lr / likely)))"): "the order in which to try",
    ("ensemble.py", "losses.argmin()"): "of settings with more than a rate, which are no line with ends",
    ("weight_decay.py", "row.argmin()"): "marks the best of each row of a picture",
    ("training.py", "np.argmin(a)"): "of no rate: the best optimizer of the stored sweep",
}

RATES = re.compile(r"\b(lr|rates?|\w*RATES|settings|LAMBDAS|FACTORS)\b")


def cells(text: str) -> str:
    """The code of a chapter, at its lines."""
    inside, head, kept = False, False, []
    for line in text.split("\n"):
        if line.startswith("```"):
            inside, line = line.startswith("```{code-cell}"), ""
        elif line == "---":
            head, line = not head, ""
        kept.append("" if head or not inside or line.startswith((":", "%", "!")) else line)
    return "\n".join(kept)


def choices(path: Path) -> list[str]:
    """Every expression of a file that takes the least over rates: `min(... for lr in rates)`, `losses.argmin()`."""
    text = path.read_text(encoding="utf-8")
    found = []
    for node in ast.walk(ast.parse(cells(text) if path.suffix == ".md" else text)):
        if isinstance(node, ast.Call):
            name, told = ast.unparse(node.func), ast.unparse(node)
            if (name.endswith("argmin") and (path.suffix == ".py" or "loss" in told or RATES.search(told))) or (
                name in ("min", "max", "sorted") and RATES.search(told)
            ):
                found.append(told)
    return found


def test_rates_are_chosen_in_one_place():
    files = [path for room in ("claims", "lab", "plots") for path in PACKAGE.glob(f"{room}/*.py")]
    files += ROOT.glob("chapters/*.md")
    found = [(path, told) for path in files if path.name != "tuning.py" for told in choices(path)]
    told = [
        f"{path.relative_to(ROOT)}: {told}"
        for path, told in found
        if not any(path.name == name and part in told for name, part in NO_CHOICE)
    ]
    assert not told, "\n".join(["choose by firstorder.lab.tuning, or say in NO_CHOICE why it is none:", *told])
    idle = [part for name, part in NO_CHOICE if not any(path.name == name and part in told for path, told in found)]
    assert not idle, f"these are gone: {idle}"


# How many seeds


#: Where fewer than 20 seeds are used: the file, part of its code, and why.
FEWER: dict[tuple[str, str], str] = {
    ("precision.py", "end(dtype, lr, seed) for seed in range(3)"): "they choose the rate that 20 others are judged at",
    ("bias_correction.py", "training(lr, seed) for seed in range(3)"): "they choose the rate of 20 others",
    ("decay.py", "seeds: int = 5"): "they choose the setting that 20 others are judged at",
    ("digits.py", "seeds: int = 5"): "what the chapter shows and what the claim asks for take 20",
    ("surroundings.py", "seeds: int = 5"): "what the chapter shows and what the claims ask for take 20",
    ("ensemble.py", "seeds: int = 5"): "every experiment says how many it takes",
    ("sweep.py", "seeds: Iterable[int] = range(3, 13)"): "53 optimizers on three models: an hour as it is",
    ("matrices.py", "for seed in range(10)"): "random matrices, whose singular values are all within their bounds",
}


def count_of(node: ast.expr | None) -> int | None:
    """How many seeds a number or a range of numbers stands for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "range":
        ends = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, int)]
        return len(range(*ends)) if len(ends) == len(node.args) else None
    return None


def fewer_seeds(path: Path) -> list[str]:
    """Where a file runs over fewer than 20 seeds: `for seed in range(5)`, `seeds=range(1, 6)`, `seeds: int = 5`."""
    found: list[tuple[str, ast.expr | None]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.comprehension, ast.For)) and ast.unparse(node.target) == "seed":
            found.append((f"for seed in {ast.unparse(node.iter)}", node.iter))
        elif isinstance(node, ast.keyword) and node.arg == "seeds":
            found.append((ast.unparse(node), node.value))
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            found += [(f"seeds: {ast.unparse(v)}", v) for k, v in pairs if k and ast.unparse(k) == "'seeds'"]
        elif isinstance(node, ast.FunctionDef):
            for args, defaults in (
                (node.args.args[-len(node.args.defaults) :] if node.args.defaults else [], node.args.defaults),
                (node.args.kwonlyargs, node.args.kw_defaults),
            ):
                for arg, default in zip(args, defaults, strict=True):
                    if arg.arg == "seeds" and default is not None:
                        found.append((f"{ast.unparse(arg)} = {ast.unparse(default)}", default))
    return [code for code, value in found if (many := count_of(value)) is not None and many < 20]


def test_experiments_have_twenty_seeds_or_a_reason():
    files = [path for room in ("claims", "lab") for path in PACKAGE.glob(f"{room}/*.py")]
    found = [(path, code) for path in files for code in fewer_seeds(path)]
    told = [
        f"{path.relative_to(ROOT)}: {code}"
        for path, code in found
        if not any(path.name == name and (code in part or part in code) for name, part in FEWER)
    ]
    assert not told, "\n".join(["take 20 seeds, or say in FEWER why fewer do:", *told])
    idle = [
        part
        for name, part in FEWER
        if not any(path.name == name and (code in part or part in code) for path, code in found)
    ]
    assert not idle, f"these are gone: {idle}"
