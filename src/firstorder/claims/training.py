"""Claims about training networks, most of them read off the stored sweep of all optimizers over the digits."""

from functools import cache
from itertools import combinations

import numpy as np

from .. import OPTIMIZERS
from ..problems import SoftmaxRegression, digits
from ..sweep import against_best, row, rows, stored, train, values
from .claim import FAILS, HOLDS, PARTLY, PRO, Finding, claim

MODELS = {"softmax": "softmax regression", "two_layer": "two layers", "convolutional": "convolution"}
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
)
def fewer_steps():
    """The stored sweep: the first of every ten steps with a training loss of 0.2 (softmax regression) or 0.15 (the
    networks), each rule at its tuned rate, ten seeds; AdaGrad, RMSProp, Adam and AdamW on the three models."""
    steps = {(key, model): reached(key, model) for key in (*ADAPTIVE, "sgd", "momentum") for model in MODELS}
    fewer = {
        rival: [
            np.mean(steps[key, model]) < np.mean(steps[rival, model])
            and p_value(steps[key, model], steps[rival, model]) < 0.05
            for key in ADAPTIVE
            for model in MODELS
        ]
        for rival in ("sgd", "momentum")
    }
    wins, cases = {rival: int(sum(found)) for rival, found in fewer.items()}, len(ADAPTIVE) * len(MODELS)
    mean = {key: np.mean([steps[key, model] for model in MODELS]) for key in ("sgd", "momentum", "adam")}
    return Finding(
        HOLDS if wins["sgd"] == cases else PARTLY if wins["sgd"] > cases / 2 else FAILS,
        f"fewer than SGD in {wins['sgd']} of {cases} cases, than momentum in {wins['momentum']}; mean steps: SGD "
        f"{mean['sgd']:.0f}, momentum {mean['momentum']:.0f}, Adam {mean['adam']:.0f}",
        {f"fewer than {rival}": found for rival, found in wins.items()},
    )


@claim(
    "Once every rate is tuned, most optimizers cannot be told from the best",
    PRO,
    about=("sgd", "momentum", "rmsprop", "adam"),
    verdict=FAILS,
    conditions="at 5% a test ten seeds tell most from SOAP or Schedule-Free AdamW; corrected for 52 tests, about half "
    "on softmax regression and two layers cannot be told; most lie within 1.3 points, two standard errors of 449 "
    "images",
)
def crowd():
    """The stored sweep: test accuracy of ten seeds at the tuned rate, every optimizer against the one with the best
    mean, by Welch's test at 5%, on the three models; and the 5% divided by the number of tests."""
    shares, corrected, near = {}, {}, {}
    for model in MODELS:
        best, p = against_best(rows(stored(), model))
        shares[model] = float(np.mean([each > 0.05 for each in p.values()]))
        corrected[model] = float(np.mean([each > 0.05 / (len(p) - 1) for each in p.values()]))
        mean = {key: np.mean(r["accuracy"]) for key, r in sound(model).items()}
        near[model] = float(np.mean([mean[best] - each < 0.013 for each in mean.values()]))
    told = ", ".join(
        f"{name} {shares[model]:.0%} ({corrected[model]:.0%}, {near[model]:.0%})" for model, name in MODELS.items()
    )
    count = sum(share > 0.5 for share in shares.values())
    return Finding(
        HOLDS if count == 3 else PARTLY if count else FAILS,
        f"not told from the best (corrected, within 1.3 points): {told}",
        {**shares, **{f"{model}, corrected": share for model, share in corrected.items()}},
    )


@claim(
    "Its default rate needs no tuning, SGD's does",
    PRO,
    about="adam",
    verdict=PARTLY,
    conditions="Adam's trains, but is 10 to 100 times too small for 300 steps; SGD's barely moves the networks",
)
def default_rate():
    """The stored sweep: mean test accuracy after 300 steps of ten seeds, at the tuned rate and at the default, on the
    three models. A default needs no tuning if it costs a point at most."""
    lost = {}
    for key in ("adam", "sgd"):
        found = [row(stored(), model, key) for model in MODELS]
        lost[key] = [float(100 * np.mean(r["accuracy"]) - 100 * np.mean(r["default"]["accuracy"])) for r in found]
    told = [" ".join(f"{points:.0f}" for points in lost[key]) for key in ("adam", "sgd")]
    none, some = max(lost["adam"]) <= 1, max(lost["adam"]) < min(lost["sgd"])
    return Finding(
        HOLDS if none and min(lost["sgd"]) > 1 else PARTLY if some else FAILS,
        f"points of accuracy lost with the default: Adam {told[0]}, SGD {told[1]}",
        {key: max(points) for key, points in lost.items()},
    )


@claim(
    "It is less sensitive to the learning rate than SGD",
    PRO,
    about=("adagrad", "rmsprop", "adam"),
    verdict=PARTLY,
    conditions="on the two networks; not on softmax regression, and momentum has as wide a span",
)
def width():
    """The stored sweep: the span of the half-decade rates around the best whose mean held-out loss is at most 0.1 nats
    above it, as a factor, on the three models."""

    def span(key, model):
        tried = [(factor, np.inf if loss is None else loss) for factor, loss in row(stored(), model, key)["tuning"]]
        least = min(loss for _, loss in tried)
        near = [factor for factor, loss in tried if loss <= least + 0.1]
        return float(np.log10(max(near) / min(near)))

    spans = {key: [span(key, model) for model in MODELS] for key in ("sgd", "momentum", "adagrad", "rmsprop", "adam")}
    wider = [a > b for key in ("adagrad", "rmsprop", "adam") for a, b in zip(spans[key], spans["sgd"], strict=True)]
    told = ", ".join(
        f"{OPTIMIZERS[key].rule.name} {' '.join(f'{s:.1f}' for s in found)}" for key, found in spans.items()
    )
    return Finding(
        HOLDS if all(wider) else PARTLY if sum(wider) > len(wider) / 2 else FAILS,
        f"decades of good rates on the three models: {told}",
        {key: float(np.mean(found)) for key, found in spans.items()},
    )


@claim("Rules that keep more state tend to reach a lower test loss", PRO, about=("sgd", "adam", "soap"))
def state():
    """The stored sweep: Spearman's rank correlation, over all optimizers, of the numbers kept for each parameter with
    the mean test loss at the tuned rate, on the three models."""
    from scipy.stats import spearmanr

    found = {}
    for model in MODELS:
        pairs = [(r["state"], np.mean(r["test_loss"])) for r in sound(model).values()]
        found[model] = spearmanr(*np.transpose(pairs))
    better = [r.statistic < 0 and r.pvalue < 0.05 for r in found.values()]
    told = ", ".join(f"{name} {found[model].statistic:.2f}" for model, name in MODELS.items())
    return Finding(
        HOLDS if all(better) else PARTLY if any(better) else FAILS,
        f"rank correlation of state and test loss: {told}",
        {model: float(r.statistic) for model, r in found.items()},
    )


@claim(
    "What is best on one model is best on the others",
    PRO,
    about=("sgd", "adam", "soap"),
    verdict=PARTLY,
    conditions="the orders resemble one another, and the best of one model is near the top of the others, not at it",
)
def ranking():
    """The stored sweep: Spearman's rank correlation of the optimizers' mean test losses between each two of the three
    models, and the place that the best of each model takes in the others."""
    from scipy.stats import rankdata, spearmanr

    keys = sorted(set.intersection(*(set(sound(model)) for model in MODELS)))
    losses = {model: [np.mean(row(stored(), model, key)["test_loss"]) for key in keys] for model in MODELS}
    places = {model: rankdata(found) for model, found in losses.items()}
    worst = max(int(places[b][np.argmin(losses[a])]) for a in MODELS for b in MODELS)
    related = [float(spearmanr(losses[a], losses[b]).statistic) for a, b in combinations(MODELS, 2)]
    return Finding(
        HOLDS if worst == 1 else PARTLY if min(related) > 0.5 else FAILS,
        f"rank correlations {', '.join(f'{r:.2f}' for r in related)}; the best of one model is number {worst} of "
        f"{len(keys)} on another",
        {"worst place": worst, "least correlation": min(related)},
    )


@claim(
    "One run of each tells which of two optimizers is better",
    PRO,
    about="stochastic",
    verdict=FAILS,
    conditions="among good ones the seeds differ more than the optimizers do",
)
def one_run():
    """The stored sweep: the optimizers in the upper half by mean test accuracy, in pairs. How often do two runs, one of
    each from different seeds, come out in the other order than the means of ten seeds, or equal?"""
    wrong, spreads = {}, {}
    for model in MODELS:
        found = [np.array(r["accuracy"]) for r in sound(model).values()]
        found = sorted(found, key=np.mean)[len(found) // 2 :]
        off = ~np.eye(len(found[0]), dtype=bool)
        shares = [(a[:, None] >= b)[off].mean() for a, b in combinations(found, 2) if a.mean() < b.mean()]
        wrong[model] = float(np.mean(shares))
        spreads[model] = float(np.mean([np.ptp(a) for a in found])) / (found[-1].mean() - found[0].mean())
    told = ", ".join(f"{name} {wrong[model]:.0%}" for model, name in MODELS.items())
    return Finding(
        HOLDS if max(wrong.values()) < 0.05 else PARTLY if min(wrong.values()) < 0.05 else FAILS,
        f"wrong or undecided: {told}; the range of one optimizer's seeds is {min(spreads.values()):.1f} to "
        f"{max(spreads.values()):.1f} times that of their means",
        wrong,
    )


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
)
def cosine():
    """The stored sweeps of the two-layer network, twelve optimizers, ten seeds: a rate that falls along half a cosine
    within the 300 steps against a constant one, both tuned with the same trials, by Welch's test at 5%."""
    lower, sure, n = {}, {}, len(schedules())
    for measure in ("train_loss", "test_loss"):
        pairs = [(a[measure], b[measure]) for a, b in schedules().values()]
        gains = [bool(np.mean(a) > np.mean(b)) for a, b in pairs]
        lower[measure] = sum(gains)
        sure[measure] = sum(gain and p_value(*pair) < 0.05 for gain, pair in zip(gains, pairs, strict=True))
    most = min(lower.values()) > 0.9 * n and min(sure.values()) > n / 2
    return Finding(
        HOLDS if most else PARTLY if min(lower.values()) > n / 2 else FAILS,
        f"training loss lower for {lower['train_loss']} of {n} optimizers, {sure['train_loss']} of them beyond chance; "
        f"test loss for {lower['test_loss']}, {sure['test_loss']}",
        {"lower training loss": lower["train_loss"], "lower test loss": lower["test_loss"], "optimizers": n},
    )


@claim(
    "With a falling rate the result depends less on the seed",
    PRO,
    about="schedules",
    verdict=PARTLY,
    conditions="for those that spread at a constant rate; not for AdaGrad, Muon and SOAP, which hardly did",
)
def steadier():
    """The same runs: the standard deviation of the test accuracy over the ten seeds, constant against falling rate."""
    spreads = {key: [100 * np.std(r["accuracy"], ddof=1) for r in both] for key, both in schedules().items()}
    less, n = sum(bool(a > b) for a, b in spreads.values()), len(spreads)
    adam, sgd = spreads["adam"], spreads["sgd"]
    return Finding(
        HOLDS if less == n else PARTLY if less > n / 2 else FAILS,
        f"smaller for {less} of {n}; points of Adam {adam[0]:.1f}, then {adam[1]:.1f}; SGD {sgd[0]:.1f}, {sgd[1]:.1f}",
        {"smaller": less, "optimizers": n},
    )


@cache
def horizons():
    """For SGD and SignSGD: the rates, and training losses of softmax regression, by rate, seed and hundred steps."""
    data = digits()
    problem = SoftmaxRegression(data.x_train, data.y_train)
    found = {}
    for key, least in (("sgd", -0.5), ("signsgd", -2.5)):
        rates = 10.0 ** np.arange(least, least + 1.6, 0.5)
        run = {"steps": 500, "batch_size": 8, "record_every": 100}
        losses = [[train(problem, OPTIMIZERS[key], lr=lr, seed=s, **run).losses for s in range(5)] for lr in rates]
        found[key] = rates, np.array(losses)
    return found


@claim(
    "A rate tuned on a short run is right for a long one",
    PRO,
    about=("sgd", "signsgd"),
    verdict=PARTLY,
    conditions="for SGD here; SignSGD's steps do not shrink with the gradient, so a longer run needs a smaller rate",
)
def short_run():
    """Softmax regression on the digits in batches of 8, four rates each, five seeds, one constant rate a run: mean
    training loss after 500 steps at the rate that is best after 100, and at the one that is best after 500."""
    lost, told = {}, []
    for key, (_, losses) in horizons().items():
        mean = losses.mean(axis=1)
        short, long = mean[mean[:, 1].argmin(), 5], mean[:, 5].min()
        lost[key] = float(short / long)
        told.append(f"{OPTIMIZERS[key].rule.name} {short:.2f} instead of {long:.2f}")
    right = [ratio < 1.15 for ratio in lost.values()]
    return Finding(HOLDS if all(right) else PARTLY if any(right) else FAILS, f"loss at 500: {', '.join(told)}", lost)
