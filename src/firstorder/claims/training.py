"""Claims about training networks, most of them read off the stored sweep of all optimizers over the digits."""

from functools import cache
from itertools import combinations

import numpy as np

from ..lab.digits import horizons
from ..lab.evidence import higher_by, lower_by
from ..lab.results import against_best, row, rows, stored, values
from ..lab.tuning import least
from ..lab.wider import tuned_on_turned, untuned
from ..lab.wider_results import alike, ended, smaller
from .claim import FAILS, PARTLY, PRO, claim
from .over_seeds import better_each, lower

MODELS = ("softmax", "two_layer", "convolutional")
ADAPTIVE = ("adagrad", "rmsprop", "adam", "adamw")


def p_value(a, b):
    """Welch's t-test of two lists of measurements."""
    from scipy.stats import ttest_ind  # type: ignore[import-untyped]

    return float(ttest_ind(values(a), values(b), equal_var=False).pvalue)


def sound(model):
    """The rows of a model whose runs all stayed finite, by optimizer."""
    return {key: r for key, r in rows(stored(), model).items() if not r["diverged"]}


def reached(key, model):
    """Steps to the target, one a seed; the whole run where it was not reached."""
    steps = row(stored(), model, key)["steps_to_target"]
    return [stored()["settings"]["steps"] if step is None else step for step in steps]


@claim(
    "It reaches a given training loss in fewer steps than SGD",
    PRO,
    about=ADAPTIVE,
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="on the convolutional network, for all four; elsewhere not for all, and momentum is as quick",
    holds="than_sgd == cases",
    partly="than_sgd > cases / 2",
    says="Four adaptive rules on three models are {cases} cases: in {than_sgd} fewer steps are needed than with SGD, "
    "in {than_momentum} fewer than with momentum. The mean over the models is {adam:.0f} steps for Adam, "
    "{momentum:.0f} for momentum and {sgd:.0f} for SGD.",
)
def fewer_steps():
    """The stored sweep: the first of every ten steps with a training loss of 0.2 (softmax regression) or 0.15 (the
    networks), each rule at its tuned rate, ten seeds; AdaGrad, RMSProp, Adam and AdamW on the three models."""
    steps = {(key, model): reached(key, model) for key in (*ADAPTIVE, "sgd", "momentum") for model in MODELS}

    def fewer(key, rival, model):
        ours, theirs = steps[key, model], steps[rival, model]
        return np.mean(ours) < np.mean(theirs) and p_value(ours, theirs) < 0.05

    wins = {
        f"than_{rival}": sum(fewer(key, rival, model) for key in ADAPTIVE for model in MODELS)
        for rival in ("sgd", "momentum")
    }
    mean = {key: np.mean([steps[key, model] for model in MODELS]) for key in ("sgd", "momentum", "adam")}
    return wins | mean | {"cases": len(ADAPTIVE) * len(MODELS)}


@claim(
    "Once every rate is tuned, most optimizers cannot be told from the best",
    PRO,
    about=("sgd", "momentum", "rmsprop", "adam"),
    verdict=FAILS,
    conditions="at 5% a test ten seeds tell most from SOAP or Schedule-Free AdamW; corrected for 52 tests, about half "
    "on softmax regression and two layers cannot be told; most lie within 1.3 points, two standard errors of 449 "
    "images",
    holds="min(shares) > 0.5",
    partly="max(shares) > 0.5",
    says="On softmax regression, two layers and the convolutional network {shares[0]:.0%}, {shares[1]:.0%} and "
    "{shares[2]:.0%} of the rules cannot be told from the best. Corrected for the number of tests these are "
    "{corrected[0]:.0%}, {corrected[1]:.0%} and {corrected[2]:.0%}; within 1.3 points of the best lie {near[0]:.0%}, "
    "{near[1]:.0%} and {near[2]:.0%}.",
)
def crowd():
    """The stored sweep: test accuracy of ten seeds at the tuned rate, every optimizer against the one with the best
    mean, by Welch's test at 5%, on the three models; and the 5% divided by the number of tests."""
    found = {"shares": [], "corrected": [], "near": []}
    for model in MODELS:
        best, p = against_best(rows(stored(), model))
        found["shares"].append(np.mean([each > 0.05 for each in p.values()]))
        found["corrected"].append(np.mean([each > 0.05 / (len(p) - 1) for each in p.values()]))
        mean = {key: np.mean(r["accuracy"]) for key, r in sound(model).items()}
        found["near"].append(np.mean([mean[best] - each < 0.013 for each in mean.values()]))
    return found


@claim(
    "Its default rate needs no tuning, SGD's does",
    PRO,
    about="adam",
    verdict=PARTLY,
    conditions="Adam's trains, but is 10 to 100 times too small for 300 steps; SGD's barely moves the networks",
    holds="max(adam) <= 1 < min(sgd)",
    partly="max(adam) < min(sgd)",
    says="At its default rate Adam loses {adam[0]:.0f}, {adam[1]:.0f} and {adam[2]:.0f} points of accuracy on the "
    "three models, and SGD {sgd[0]:.0f}, {sgd[1]:.0f} and {sgd[2]:.0f}.",
)
def default_rate():
    """The stored sweep: mean test accuracy after 300 steps of ten seeds, at the tuned rate and at the default, on the
    three models. A default needs no tuning if it costs a point at most."""

    def lost(r):
        return 100 * np.mean(r["accuracy"]) - 100 * np.mean(r["default"]["accuracy"])

    return {key: [lost(row(stored(), model, key)) for model in MODELS] for key in ("adam", "sgd")}


@claim(
    "It is less sensitive to the learning rate than SGD",
    PRO,
    about=("adagrad", "rmsprop", "adam"),
    verdict=PARTLY,
    conditions="on the two networks; not on softmax regression, and momentum has as wide a span",
    holds="wider == cases",
    partly="wider > cases / 2",
    says="On the three models the good rates span {sgd[0]:.1f}, {sgd[1]:.1f} and {sgd[2]:.1f} decades for SGD, "
    "{momentum[0]:.1f}, {momentum[1]:.1f} and {momentum[2]:.1f} for momentum, {adagrad[0]:.1f}, {adagrad[1]:.1f} and "
    "{adagrad[2]:.1f} for AdaGrad, {rmsprop[0]:.1f}, {rmsprop[1]:.1f} and {rmsprop[2]:.1f} for RMSProp, and "
    "{adam[0]:.1f}, {adam[1]:.1f} and {adam[2]:.1f} for Adam.",
)
def width():
    """The stored sweep: the span of the half-decade rates around the best whose mean held-out loss is at most 0.1 nats
    above it, as a factor, on the three models."""

    def span(key, model):
        tried = [(factor, np.inf if loss is None else loss) for factor, loss in row(stored(), model, key)["tuning"]]
        least = min(loss for _, loss in tried)
        near = [factor for factor, loss in tried if loss <= least + 0.1]
        return np.log10(max(near) / min(near))

    adaptive = ("adagrad", "rmsprop", "adam")
    spans = {key: [span(key, model) for model in MODELS] for key in ("sgd", "momentum", *adaptive)}
    wider = [a > b for key in adaptive for a, b in zip(spans[key], spans["sgd"], strict=True)]
    return spans | {"wider": sum(wider), "cases": len(wider)}


@claim(
    "Rules that keep more state tend to reach a lower test loss",
    PRO,
    about=("sgd", "adam", "soap"),
    holds="max(correlations) < 0 and max(p) < 0.05",
    partly="(correlations[0] < 0 and p[0] < 0.05) or (correlations[1] < 0 and p[1] < 0.05) "
    "or (correlations[2] < 0 and p[2] < 0.05)",
    says="The rank correlation of state and test loss is {correlations[0]:.2f} on softmax regression, "
    "{correlations[1]:.2f} on two layers and {correlations[2]:.2f} on the convolutional network.",
)
def state():
    """The stored sweep: Spearman's rank correlation, over all optimizers, of the numbers kept for each parameter with
    the mean test loss at the tuned rate, on the three models."""
    from scipy.stats import spearmanr

    pairs = [np.transpose([(r["state"], np.mean(r["test_loss"])) for r in sound(model).values()]) for model in MODELS]
    found = [spearmanr(*both) for both in pairs]
    return {"correlations": [r.statistic for r in found], "p": [r.pvalue for r in found]}


@claim(
    "What is best on one model is best on the others",
    PRO,
    about=("sgd", "adam", "soap"),
    verdict=PARTLY,
    conditions="the orders resemble one another, and the best of one model is near the top of the others, not at it",
    holds="worst == 1",
    partly="min(correlations) > 0.5",
    says="Between each two models the ranks correlate by {correlations[0]:.2f}, {correlations[1]:.2f} and "
    "{correlations[2]:.2f}; the best of one model is number {worst:.0f} of {optimizers} on another.",
)
def ranking():
    """The stored sweep: Spearman's rank correlation of the optimizers' mean test losses between each two of the three
    models, and the place that the best of each model takes in the others."""
    from scipy.stats import rankdata, spearmanr

    keys = sorted(set.intersection(*(set(sound(model)) for model in MODELS)))
    losses = [[np.mean(row(stored(), model, key)["test_loss"]) for key in keys] for model in MODELS]
    return {
        "correlations": [spearmanr(a, b).statistic for a, b in combinations(losses, 2)],
        "worst": max(rankdata(b)[np.argmin(a)] for a in losses for b in losses),
        "optimizers": len(keys),
    }


@claim(
    "One run of each tells which of two optimizers is better",
    PRO,
    about="stochastic",
    verdict=FAILS,
    conditions="among good ones the seeds differ more than the optimizers do",
    holds="max(wrong) < 0.05",
    partly="min(wrong) < 0.05",
    says="One run of each comes out wrong or equal in {wrong[0]:.0%} of the cases on softmax regression, "
    "{wrong[1]:.0%} on two layers and {wrong[2]:.0%} on the convolutional network. The range of one optimizer's "
    "seeds is {min(spreads):.1f} to {max(spreads):.1f} times that of the optimizers' means.",
)
def one_run():
    """The stored sweep: the optimizers in the upper half by mean test accuracy, in pairs. How often do two runs, one of
    each from different seeds, come out in the other order than the means of ten seeds, or equal?"""
    wrong, spreads = [], []
    for model in MODELS:
        found = [np.array(r["accuracy"]) for r in sound(model).values()]
        found = sorted(found, key=np.mean)[len(found) // 2 :]
        off = ~np.eye(len(found[0]), dtype=bool)
        shares = [(a[:, None] >= b)[off].mean() for a, b in combinations(found, 2) if a.mean() < b.mean()]
        wrong.append(np.mean(shares))
        spreads.append(np.mean([np.ptp(a) for a in found]) / (found[-1].mean() - found[0].mean()))
    return {"wrong": wrong, "spreads": spreads}


@cache
def schedules():
    """Rows of the two-layer network by optimizer: (at a constant rate, at one that falls along half a cosine)."""
    return {key: (row(stored(), "two_layer", key), r) for key, r in rows(stored("cosine"), "two_layer").items()}


@claim(
    "A falling rate ends at a lower loss than a constant one",
    PRO,
    about="schedules",
    verdict=PARTLY,
    conditions="for two thirds of the rules within 300 steps; AdaGrad, whose rate falls by itself, loses by it",
    holds="min(lower) > 0.9 * optimizers and min(sure) > optimizers / 2",
    partly="min(lower) > optimizers / 2",
    says="The training loss is lower for {lower[0]} of {optimizers} optimizers, for {sure[0]} of them beyond chance; "
    "the test loss is lower for {lower[1]}, for {sure[1]} beyond chance.",
)
def cosine():
    """The stored sweeps of the two-layer network, twelve optimizers, ten seeds: a rate that falls along half a cosine
    within the 300 steps against a constant one, both tuned with the same trials, by Welch's test at 5%."""
    lower, sure = [], []
    for measure in ("train_loss", "test_loss"):
        pairs = [(a[measure], b[measure]) for a, b in schedules().values()]
        gains = [(a, b) for a, b in pairs if np.mean(a) > np.mean(b)]
        lower.append(len(gains))
        sure.append(sum(p_value(a, b) < 0.05 for a, b in gains))
    return {"lower": lower, "sure": sure, "optimizers": len(schedules())}


@claim(
    "With a falling rate the result depends less on the seed",
    PRO,
    about="schedules",
    verdict=PARTLY,
    conditions="for those that spread at a constant rate; not for AdaGrad, Muon and SOAP, which hardly did",
    holds="smaller == optimizers",
    partly="smaller > optimizers / 2",
    says="The deviation over the seeds is smaller for {smaller} of {optimizers} optimizers: for Adam it falls from "
    "{adam[0]:.1f} to {adam[1]:.1f} points, for SGD from {sgd[0]:.1f} to {sgd[1]:.1f}.",
)
def steadier():
    """The same runs: the standard deviation of the test accuracy over the ten seeds, constant against falling rate."""
    spreads = {key: [100 * np.std(r["accuracy"], ddof=1) for r in both] for key, both in schedules().items()}
    smaller = sum(a > b for a, b in spreads.values())
    return {"smaller": smaller, "optimizers": len(spreads), "adam": spreads["adam"], "sgd": spreads["sgd"]}


@claim(
    "A rate tuned on a short run is right for a long one",
    PRO,
    about=("sgd", "signsgd"),
    verdict=PARTLY,
    conditions="for SGD here; SignSGD's steps do not shrink with the gradient, so a longer run needs a smaller rate",
    holds="max(sgd['high'], signsgd['high']) < 0.15",
    partly="min(sgd['high'], signsgd['high']) < 0.15",
    fails="min(sgd['low'], signsgd['low']) > 0.15",
    says="After 500 steps SGD ends at {sgd['others']:.3f} with the rate of the short run and at {sgd['ours']:.3f} "
    "with the right one, SignSGD at {signsgd['others']:.3f} and {signsgd['ours']:.3f}. The right rate gains "
    "{sgd['low']:.0%} to {sgd['high']:.0%} and {signsgd['low']:.0%} to {signsgd['high']:.0%} at 95% ({sgd['seeds']} "
    "seeds; {max(sgd['smallest'], signsgd['smallest']):.0%} would have shown).",
)
def short_run():
    """Softmax regression on the digits in batches of 8, four rates each, 20 seeds, one constant rate a run: training
    losses after 500 steps at the rate that is best after 100, and at the one that is best after 500. The first is right
    if the second surely gains less than 15%."""
    found = {}
    for key, (rates, losses) in horizons(20).items():
        short, long = (least(losses[:, :, at].mean(axis=1), rates) for at in (1, 5))
        found[key] = lower_by(losses[long, :, 5], losses[short, :, 5])
    return found


@claim(
    "Where most embeddings are rarely met, an adaptive method ends lower than momentum",
    PRO,
    about=("adagrad", "adam"),
    source="duchi2011adaptive",
    **better_each(0.01, "adagrad", "adam"),
    says=lower("momentum's", of="adagrad", what="AdaGrad's test loss")
    + "; "
    + lower("momentum's", of="adam", what="Adam's")
    + ".",
)
def embeddings():
    """Two tables of 2,000 words each, which word follows which, 300 steps with batches of 512 pairs; twenty seeds at
    the tuned rate: test losses of AdaGrad and of Adam against momentum's, from the same starts and batches."""
    momentum = ended("neighbours", "momentum")
    return {name: lower_by(ended("neighbours", name), momentum) for name in ("adagrad", "adam")}


@claim(
    "Rows of a table that a batch does not meet may be left alone",
    PRO,
    about="adam",
    fails="high < -0.01",
    holds="low > -0.01",
    says=lower("Adam's", what="The test loss of Adam that skips them") + ".",
)
def lazily():
    """The two tables of words, twenty seeds at the tuned rate: Adam that moves and updates only the rows of the batch
    ("lazy" or "sparse" Adam) against Adam, whose averages move all rows at every step. It may if its loss is surely not
    higher by 1%."""
    return lower_by(ended("neighbours", "lazy_adam"), ended("neighbours", "adam"))


@claim(
    "A fine-tuning takes a smaller rate than the same network from scratch",
    PRO,
    about=("momentum", "adam"),
    source="devlin2019bert",
    verdict=PARTLY,
    conditions="for most; here it is about half as large, and for some no smaller",
    holds="fewer == optimizers",
    partly="mean > 1.2 and fewer > optimizers / 2",
    says="For {fewer} of {optimizers} optimizers the best rate is smaller, for {larger} larger; in the geometric mean "
    "it is {mean:.1f} times smaller. For momentum the factor is {momentum:.1f}, for Adam {adam:.1f}.",
)
def small_steps():
    """A network that reads upright digits goes on with 200 that are turned by 30 degrees, 100 steps with batches of 20;
    the same network from random starts. Rates four to a decade, chosen by three seeds on 100 held-out images: by what
    factor the best rate of the first is smaller."""
    ratios = smaller()
    found = np.array(list(ratios.values()))
    return {
        "fewer": (found > 1.01).sum(),
        "larger": (found < 0.99).sum(),
        "optimizers": len(found),
        "mean": np.exp(np.log(found).mean()),
        "momentum": ratios["momentum"],
        "adam": ratios["adam"],
    }


@claim(
    "With a smaller rate a fine-tuning forgets less",
    PRO,
    about="adam",
    holds="upright['low'] > 0",
    says="At a third of Adam's best rate the network still reads {upright['ours']:.1f}% of the upright digits, against "
    "{upright['others']:.1f}% at the best rate (95% interval of the gain {upright['low']:+.1f} to "
    "{upright['high']:+.1f} points, {upright['seeds']} seeds), and {turned['ours']:.1f}% of the turned ones against "
    "{turned['others']:.1f}%. Before the fine-tuning these were {before[0]:.1f}% and {before[1]:.1f}%.",
)
def forgetting():
    """The same fine-tuning with Adam at its best rate and at a third of it, twenty seeds: test accuracies on upright
    digits, of which it sees none any more, and on turned ones."""
    best, third = (100 * tuned_on_turned("adam", factor) for factor in (1, 1 / 3))
    return {
        "upright": higher_by(third[:, 1], best[:, 1]),
        "turned": higher_by(third[:, 0], best[:, 0]),
        "before": 100 * untuned()[:, ::-1].mean(axis=0),
    }


@claim(
    "The order of optimizers on one problem is that on others",
    PRO,
    about=("sgd", "adam", "muon"),
    verdict=PARTLY,
    conditions="among networks that read images; tables of embeddings have an order of their own",
    holds="min(correlations) > 0.8",
    partly="min(p) < 0.05",
    says="The order on the digits and that on moved digits, a fine-tuning and tables of embeddings correlate by "
    "{correlations[0]:.2f}, {correlations[1]:.2f} and {correlations[2]:.2f} (chance gives as much with probability "
    "{p[0]:.2f}, {p[1]:.2f} and {p[2]:.2f}).",
)
def order_elsewhere():
    """The stored sweeps: Spearman's rank correlation of mean test losses, between the convolutional network on the
    digits and a deeper one on moved digits, a fine-tuning, and two tables of embeddings; eleven optimizers, ten on
    the tables."""
    found = [alike("convolutional", problem) for problem in ("moved", "fine_tuning", "neighbours")]
    return {"correlations": [each[0] for each in found], "p": [each[1] for each in found]}
