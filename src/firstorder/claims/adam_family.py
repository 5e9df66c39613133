"""Claims about Adam's relatives: for each, the advantage it was proposed for."""

from typing import Any

import numpy as np

from ..lab.bowls import fewest_on
from ..lab.evidence import lower_by
from ..lab.relatives import adam_like, adopt_unclipped, apart_at, counter_example, rectification, shrinking
from ..lab.runs import stays, trained, warming
from ..lab.steps import lengths
from ..lab.walks import along
from ..rules import RULES
from .claim import CON, FAILS, PARTLY, PRO, UNDECIDED, claim
from .over_seeds import better, lower

#: A loss lower by less than a tenth is no faster training to speak of.
MARGIN = 0.1


def faster(name: str) -> dict[str, Any]:
    """Whether a rule's training loss is lower than Adam's beyond chance, see `better`, and the test images in words."""
    told = lower("Adam's", what=f"After 200 steps {name}'s training loss")
    told += ". Of the test images it reads {accuracy:.1%}, Adam {adam_accuracy:.1%}."
    return better(MARGIN) | {"says": told}


def against_adam(key: str) -> dict[str, Any]:
    """A relative and Adam on the digits, each at its best rate, from the same 20 seeds."""
    ours, adam = adam_like(key), adam_like("adam")
    test = {"accuracy": ours.accuracy.mean(), "adam_accuracy": adam.accuracy.mean(), "lr": ours.rate}
    return lower_by(ours.training, adam.training) | test


@claim(
    "No step of AdaMax is longer than the learning rate",
    PRO,
    about="adamax",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="nearly: gradients that shrink as $\\beta_2^t$ make steps 0.9% longer",
    holds="longest <= 1",
    partly="longest < 1.02",
    says="The longest step is {longest:.4f} $\\eta$; Adam's can reach 7.27 $\\eta$.",
)
def adamax_bounded():
    """The worst gradients for AdaMax, 0.999 to the power of t, for 400 steps; the longest step, in units of the
    rate."""
    return {"longest": lengths(0.999 ** np.arange(400), "adamax", eps=0).max()}


@claim(
    "AdaMax is less sensitive than Adam to a single large gradient",
    PRO,
    about="adamax",
    verdict=PARTLY,
    conditions="it is thrown back less far, but its steps are then shorter, and for longer",
    holds="back < back_adam and (until <= until_adam or slowest >= slowest_adam)",
    partly="back < back_adam",
    says="The outlier throws AdaMax back by {back:.1f} $\\eta$ and Adam by {back_adam:.0f} $\\eta$. A hundred steps "
    "later a step of AdaMax is {slowest:.3f} $\\eta$ long, one of Adam {slowest_adam:.3f} $\\eta$; half of their "
    "length comes back after {until:,} and {until_adam:,} steps.",
)
def adamax_outlier():
    """A constant gradient of 1 with one of −1,000 at step 2,000: the way back, the shortest step after it, and how
    long until steps have half their length again."""
    gradients, found = np.ones(9_000), {}
    gradients[1999] = -1000
    for key, name in (("adamax", ""), ("adam", "_adam")):
        path = -along(gradients, key)
        found[f"back{name}"] = path[1999] - path[1999:].min()
        found[f"slowest{name}"] = np.diff(path)[2100]
        found[f"until{name}"] = stays(-np.diff(path), -0.5) - 1999
    return found


@claim(
    "NAdam needs fewer steps than Adam where gradients are exact",
    PRO,
    about="nadam",
    source="dozat2016incorporating",
    verdict=PARTLY,
    conditions="on a bowl; not in Rosenbrock's valley",
    holds="bowl < bowl_adam and valley < valley_adam",
    partly="bowl < bowl_adam or valley < valley_adam",
    says="On the bowl NAdam needs {bowl} steps and Adam {bowl_adam}; in Rosenbrock's valley NAdam needs {valley:,} and "
    "Adam {valley_adam:,}.",
)
def nadam_landscapes():
    """Steps to a millionth of the start's height on the quadratic and to a ten-thousandth on Rosenbrock's valley, each
    at the best of 13 rates from 0.01 to 10."""
    rates = 10.0 ** np.arange(-2, 1.01, 0.25)
    tasks = {"bowl": ("quadratic", 1e-6, 300), "valley": ("rosenbrock", 1e-4, 2500)}
    return {
        f"{name}{other}": fewest_on(task[0], key, rates, *task[1:])[0]
        for name, task in tasks.items()
        for key, other in (("nadam", ""), ("adam", "_adam"))
    }


@claim(
    "NAdam trains faster than Adam",
    PRO,
    about="nadam",
    source="dozat2016incorporating",
    verdict=UNDECIDED,
    conditions="20 seeds show no difference, and would have missed a gain of a fifth",
    **faster("NAdam"),
)
def nadam_faster():
    """Digits network, 200 steps of 32 records: each rule at the best of nine rates, a quarter of a decade apart, by the
    mean training loss of five seeds; compared over 20 others, the same for both rules."""
    return against_adam("nadam")


@claim(
    "RAdam needs no warm-up",
    PRO,
    about="radam",
    source="liu2020variance",
    holds="gain['high'] < 0.1 and large < large_adam_warm",
    fails="gain['low'] > 0",
    says="At RAdam's best rate a warm-up leaves a loss of {gain['ours']:.3f} where there is {gain['others']:.3f} "
    "without, a gain of {gain['ahead']:+.0%} (95% interval {gain['low']:+.0%} to {gain['high']:+.0%}, "
    "{gain['seeds']} seeds; one of {gain['smallest']:.0%} would have shown). At the rate 0.3 RAdam without a warm-up "
    "ends at {large:.2f}, Adam at {large_adam:.2f} and with a warm-up at {large_adam_warm:.2f}.",
)
def radam_warm_up():
    """Digits network, 200 steps of 32 records, 20 seeds: RAdam at the best of nine rates, without and with a linear
    warm-up over 50 steps, and the mean losses of RAdam and Adam at a large rate, 0.3. It holds if the warm-up surely
    gains less than a tenth of the loss."""

    def losses(key, lr, warm_up):
        given = {"steps": 200, "batch_size": 32, "schedule": warming(warm_up)}
        return np.array([trained("network", key, lr, seed, **given).training for seed in range(5, 25)])

    plain = adam_like("radam")
    return {
        "gain": lower_by(losses("radam", plain.rate, 50), plain.training),
        "large": losses("radam", 0.3, 0).mean(),
        "large_adam": losses("adam", 0.3, 0).mean(),
        "large_adam_warm": losses("adam", 0.3, 50).mean(),
    }


@claim(
    "RAdam is nothing but Adam with a warm-up of its own",
    CON,
    about="radam",
    source="ma2021adequacy",
    holds="apart < 1e-6",
    says="From step 6 on the steps of both agree to {apart:.0e}; RAdam's first five are not divided by a root. In 200 "
    + lower("Adam's", of="own", what="steps RAdam's training loss")
    + lower("without", of="linear", what="; under a linear warm-up over 2,000 steps Adam's")
    + ".",
)
def radam_is_a_warm_up():
    """1,000 steps on the same noise: RAdam's steps from the sixth on against those of Adam at the rate $\\eta\\, r_t$,
    with the rectification $r_t$ as the schedule; $\\epsilon = 0$. Then the digits network, as for NAdam."""
    gradients = np.random.default_rng(0).normal(0.5, 1, 1000)
    apart = lengths(gradients, "radam", eps=0) / lengths(gradients, lr=rectification, eps=0) - 1
    ways = {"own": adam_like("radam"), "linear": adam_like("adam", warm_up=2000)}
    short = {name: lower_by(run.training, adam_like("adam").training) for name, run in ways.items()}
    return {"apart": np.abs(apart)[5:].max()} | short


@claim(
    "Yogi keeps the effective rate from growing fast",
    PRO,
    about="yogi",
    source="zaheer2018adaptive",
    holds="yogi < 1.1 < adam",
    says="Within 1,000 steps after the gradients fell, Yogi's rate grows by the factor {yogi:.2f} and Adam's by "
    "{adam:.2f}.",
)
def yogi_growth():
    """Gradients of 10 for 3,000 steps, then of 0.1: the factor by which a step, and with it the rate over the root
    of the second moment, grows from step 3,150 to step 4,150."""
    return {key: shrinking(key)[4150] / shrinking(key)[3150] for key in ("adam", "yogi")}


@claim(
    "Yogi recovers very slowly when gradients have become small for good",
    CON,
    about="yogi",
    holds="yogi < 0.02 and adam > 5 * yogi",
    says="6,000 steps after the gradients fell, a step of Yogi is {yogi:.3f} $\\eta$ long and one of Adam {adam:.2f} "
    "$\\eta$, on its way back to 1 $\\eta$.",
)
def yogi_slow():
    """The same gradients: the length of a step, in units of the rate, 6,000 steps after they fell from 10 to 0.1."""
    return {key: shrinking(key)[-1] for key in ("adam", "yogi")}


@claim(
    "AdaBelief takes long steps where gradients agree and short ones where they do not",
    PRO,
    about="adabelief",
    source="zhuang2020adabelief",
    verdict=PARTLY,
    conditions="long, yes, without a limit that the rate would set; short, no more than Adam's are",
    holds="ten > 5 * adam_ten and noise < 0.9 * adam_noise",
    partly="ten > 5 * adam_ten",
    says="With 10% noise a step of AdaBelief is {ten:.0f} $\\eta$ long and with 1% {one:.0f} $\\eta$, where Adam's are "
    "1 $\\eta$ both times. Where there is only noise it is {noise:.2f} $\\eta$, and Adam's {adam_noise:.2f} $\\eta$.",
)
def adabelief_agree():
    """Mean step, in units of the rate, over the last 1,000 of 3,000: gradients of 1 with noise of 10% and of 1%,
    and noise around 0."""
    noise = np.random.default_rng(0).normal(size=3000)
    gradients = {"ten": 1 + 0.1 * noise, "one": 1 + 0.01 * noise, "noise": noise}
    return {
        f"{other}{name}": lengths(g, key)[-1000:].mean()
        for key, other in (("adabelief", ""), ("adam", "adam_"))
        for name, g in gradients.items()
    }


@claim(
    "AdaBelief trains faster than Adam",
    PRO,
    about="adabelief",
    source="zhuang2020adabelief",
    verdict=UNDECIDED,
    conditions="20 seeds show no difference, and would have missed a gain of a tenth",
    **faster("AdaBelief"),
)
def adabelief_faster():
    """As NAdam: digits network, 200 steps, the best of nine rates by five seeds; compared over 20 others."""
    return against_adam("adabelief")


@claim(
    "AdaBound starts as Adam and ends as SGD with momentum",
    PRO,
    about="adabound",
    source="luo2019adaptive",
    holds="first > 1e3 and last < 1.2",
    says="The rates of the parameters differ by a factor of {first:,.0f} at step 1 and of {last:.2f} at step 20,000.",
)
def adabound_ends():
    """Parameters with constant gradients from 1e-4 to 1e4: the largest over the smallest rate, that is step over
    $m$, at steps 1 and 20,000."""
    return dict(zip(("first", "last"), apart_at("adabound", (1, 20_000)), strict=True))


@claim(
    "AdaBound is not sensitive to its two rates",
    PRO,
    about="adabound",
    source="luo2019adaptive",
    verdict=FAILS,
    conditions="in 200 steps either rate, chosen a hundred times too small, doubles the loss and more",
    holds="max(first) < 2 * min(first) and max(last) < 2 * min(last)",
    partly="max(first) < 2 * min(first) or max(last) < 2 * min(last)",
    says="With first rates of 0.001, 0.01 and 0.1 the mean loss is {first[0]:.2f}, {first[1]:.2f} and {first[2]:.2f}; "
    "with last rates of 0.01, 0.1 and 1 it is {last[0]:.2f}, {last[1]:.2f} and {last[2]:.2f}.",
)
def adabound_rates():
    """Digits network, 200 steps, 20 seeds: mean loss for first rates of 0.001, 0.01 and 0.1 at a last rate of
    0.1, and for last rates of 0.01, 0.1 and 1 at a first rate of 0.01."""

    def loss(lr, final_lr):
        given = {"steps": 200, "batch_size": 32, "final_lr": final_lr}
        return np.mean([trained("network", "adabound", lr, seed, **given).training for seed in range(20)])

    return {
        "first": [loss(lr, 0.1) for lr in (0.001, 0.01, 0.1)],
        "last": [loss(0.01, final_lr) for final_lr in (0.01, 0.1, 1.0)],
    }


@claim(
    "Adan trains faster than Adam",
    PRO,
    about="adan",
    source="xie2024adan",
    **faster("Adan"),
)
def adan_faster():
    """As NAdam: digits network, 200 steps, the best of nine rates by five seeds; compared over 20 others."""
    return against_adam("adan")


@claim(
    "Adan keeps twice as much state as Adam",
    CON,
    about="adan",
    holds="adan == 2 * adam",
    says="Adan keeps {adan} arrays of the parameters' size and Adam {adam}.",
)
def adan_memory():
    """State arrays of both rules, counted."""
    return {key: len(RULES[key].state) for key in ("adam", "adan")}


@claim(
    "QHAdam contains Adam",
    PRO,
    about="qhadam",
    source="ma2019quasi",
    holds="apart < 1e-9",
    says="Over 1,000 steps the two paths differ by at most {apart:.0e}.",
)
def qhadam_contains():
    """1,000 steps on the same noise, QHAdam with $\\nu_1 = \\nu_2 = 1$ and Adam's $\\beta_1$: the largest distance."""
    gradients = np.random.default_rng(0).normal(size=1000)
    return {"apart": np.abs(along(gradients, "qhadam", beta1=0.9, nu1=1.0, nu2=1.0) - along(gradients)).max()}


@claim(
    "QHAdam trains faster than Adam",
    PRO,
    about="qhadam",
    source="ma2019quasi",
    **faster("QHAdam"),
)
def qhadam_faster():
    """As NAdam: digits network, 200 steps, the best of nine rates by five seeds; compared over 20 others."""
    return against_adam("qhadam")


@claim(
    "AdEMAMix trains faster than Adam, since old gradients are still of use",
    PRO,
    about="ademamix",
    source="pagliardini2025ademamix",
    verdict=FAILS,
    conditions="in 200 steps, of which its slow average keeps 2%; the paper's runs are a thousand times as long",
    **faster("AdEMAMix"),
)
def ademamix_faster():
    """As NAdam: digits network, 200 steps, the best of nine rates by five seeds; compared over 20 others."""
    return against_adam("ademamix")


@claim(
    "ADOPT converges with any $\\beta_2$, where Adam does not",
    PRO,
    about="adopt",
    source="taniguchi2024adopt",
    verdict=PARTLY,
    conditions="at once without its clipping; with it, only when the limit $(t-1)^{1/4}$ has come near the largest "
    "ratio of a gradient to the root",
    holds="adam >= -0.5 and plain < -0.5 and clipped < -0.5",
    partly="adam >= -0.5 and plain < -0.5",
    says="The minimum lies at −1. At the worst $\\beta_2$ Adam ends at {adam:.2f}, ADOPT without clipping at "
    "{plain:.2f}, and with it at {clipped:.2f}; after 20,000 steps at {later:.2f}.",
)
def adopt_any_beta2():
    """A stochastic counter-example after Reddi et al.: gradients 10 (one in ten) and −1 on [−1, 1], minimum at −1;
    rates 0.5/√t, fifty runs, $\\beta_2$ = 0.1, 0.5, 0.9 and 0.99. Mean end after 5,000 steps, and with clipping
    after 20,000."""
    clipped, later = counter_example(RULES["adopt"], 5000, 20_000).max(axis=1)
    return {
        "adam": counter_example(RULES["adam"], 5000).max(),
        "plain": counter_example(adopt_unclipped, 5000).max(),
        "clipped": clipped,
        "later": later,
    }


@claim(
    "Grams trains faster than Adam",
    PRO,
    about="grams",
    source="cao2024grams",
    verdict=UNDECIDED,
    conditions="20 seeds show no difference, and would have missed a gain of a sixth",
    **faster("Grams"),
)
def grams_faster():
    """As NAdam: digits network, 200 steps, the best of nine rates by five seeds; compared over 20 others."""
    return against_adam("grams")


FAMILY = ("adamax", "nadam", "radam", "yogi", "adabelief", "adabound", "adan", "qhadam", "ademamix", "adopt", "grams")


@claim(
    "Tuned, Adam's relatives end about where Adam does",
    CON,
    about=FAMILY,
    source="schmidt2021descending",
    verdict=PARTLY,
    conditions="five cannot be told from it; two end far below, four above",
    holds="below == 0 and above == 0",
    partly="open > below",
    says="Of {len(rates) - 1} relatives {below} end below Adam's training loss beyond chance and {above} above it; "
    "{open} cannot be told from it; {shown[0]:.0%} to {shown[1]:.0%} would have shown (20 seeds).",
)
def alike():
    """As NAdam: digits network, 200 steps, each at the best of nine rates by five seeds; compared over 20 others."""
    runs = {key: adam_like(key) for key in ("adam", *FAMILY)}
    gains = [lower_by(runs[key].training, runs["adam"].training) for key in FAMILY]
    smallest = [gain["smallest"] for gain in gains if gain["low"] <= 0 <= gain["high"]]
    return {
        "losses": {key: run.training for key, run in runs.items()},
        "rates": [run.rate for run in runs.values()],
        "accuracy": [run.accuracy.mean() for run in runs.values()],
        "below": sum(gain["low"] > 0 for gain in gains),
        "above": sum(gain["high"] < 0 for gain in gains),
        "open": len(smallest),
        "shown": [min(smallest), max(smallest)],
    }
