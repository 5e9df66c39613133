"""Claims about Adam's relatives: for each, the advantage it was proposed for."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from numpy import maximum, sqrt

from ..minimize import minimize
from ..optimizer import Optimizer
from ..problems import LANDSCAPES
from ..rules import RULES, Rule, optimizer
from .adam import path_of
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, loss, model, warmed

RATES = (0.01, 0.03, 0.1, 0.3)
SEEDS = 5


@cache
def digits_run(key: str, lr: float, seed: int, warm_up: int = 0, **hyperparameters: Any) -> tuple[float, float]:
    """The digits network after 200 steps of 32 records: (training loss, test accuracy)."""
    rate = warmed(lr, warm_up)
    path = descend(model("network"), key, rate, seed, steps=200, batch_size=32, **hyperparameters)
    return loss(path), model("network", "test").accuracy(path.params)


@cache
def at_best_rate(key: str, rates: tuple[float, ...] = RATES, warm_up: int = 0) -> tuple[float, np.ndarray, np.ndarray]:
    """The best of the rates by mean loss over the seeds, and there the losses and the accuracies, by seed."""
    runs = {lr: np.array([digits_run(key, lr, seed, warm_up) for seed in range(SEEDS)]) for lr in rates}
    best = min(rates, key=lambda lr: runs[lr][:, 0].mean())
    losses, accuracies = runs[best].T
    return best, losses, accuracies


def against_adam(key: str) -> Finding:
    """Finding for "it trains faster than Adam": HOLDS if on the same seeds its losses are lower by 2.78
    standard errors, Student's t at 95%."""
    (lr, losses, accuracies), (_, adam, adam_accuracies) = at_best_rate(key), at_best_rate("adam")
    ahead = np.log(adam) - np.log(losses)
    error = ahead.std(ddof=1) / SEEDS**0.5
    return Finding(
        HOLDS if ahead.mean() > 2.78 * error else FAILS,  # four degrees of freedom, 95%
        f"digits: loss {losses.mean():.3f} ({losses.min():.3f} to {losses.max():.3f}), Adam {adam.mean():.3f} "
        f"({adam.min():.3f} to {adam.max():.3f}); test images {accuracies.mean():.1%}, "
        f"Adam {adam_accuracies.mean():.1%}",
        {"loss": float(losses.mean()), "adam": float(adam.mean()), "lr": lr, "accuracy": float(accuracies.mean())},
    )


def pace(key: str, gradients: Iterable[float], **hyperparameters: Any) -> np.ndarray:
    """Length of each step, in units of the rate, of one parameter that meets these gradients."""
    return np.abs(np.diff(path_of(gradients, key, **hyperparameters)))


@claim(
    "No step of AdaMax is longer than the learning rate",
    PRO,
    about="adamax",
    source="kingma2015adam",
    verdict=PARTLY,
    conditions="nearly: gradients that shrink as $\\beta_2^t$ make steps 0.9% longer",
)
def adamax_bounded() -> Finding:
    """The worst gradients for AdaMax, 0.999 to the power of t, for 400 steps; the longest step, in units of the
    rate."""
    longest = float(pace("adamax", 0.999 ** np.arange(400), eps=0).max())
    return Finding(
        HOLDS if longest <= 1 else PARTLY if longest < 1.02 else FAILS,
        f"longest step {longest:.4f} $\\eta$, where Adam's can reach 7.27 $\\eta$",
        {"longest": longest},
    )


@claim(
    "AdaMax is less sensitive than Adam to a single large gradient",
    PRO,
    about="adamax",
    verdict=PARTLY,
    conditions="it is thrown back less far, but its steps are then shorter, and for longer",
)
def adamax_outlier() -> Finding:
    """A constant gradient of 1 with one of −1,000 at step 2,000: the way back, the shortest step after it, and how
    long until steps have half their length again."""
    gradients = np.ones(9_000)
    gradients[1999] = -1000
    back, slowest, until = {}, {}, {}
    for key in ("adam", "adamax"):
        path = -path_of(gradients, key)
        steps = np.diff(path)
        back[key] = path[1999] - path[1999:].min()
        slowest[key] = float(steps[2100])
        until[key] = int(np.flatnonzero(steps < 0.5)[-1]) - 1998
    less, worse = back["adamax"] < back["adam"], until["adamax"] > until["adam"] and slowest["adamax"] < slowest["adam"]
    return Finding(
        PARTLY if less and worse else HOLDS if less else FAILS,
        f"back by {back['adamax']:.1f} $\\eta$, Adam {back['adam']:.0f} $\\eta$; 100 steps later a step is "
        f"{slowest['adamax']:.3f} $\\eta$, Adam's {slowest['adam']:.3f} $\\eta$; half speed after {until['adamax']:,} "
        f"steps, Adam {until['adam']:,}",
        {"back": float(back["adamax"]), "slowest": slowest["adamax"], "until": until["adamax"]},
    )


def steps_needed(key: str, landscape: str, share: float, steps: int) -> int:
    """The fewest steps, over six rates, until the loss stays below a share of its start; `steps` + 1 if none does."""
    ground = LANDSCAPES[landscape]

    def needed(lr: float) -> int:
        values = minimize(ground, Optimizer.of(RULES[key]), steps=steps, lr=lr).values
        return int(np.flatnonzero(~(values < share * values[0]))[-1]) + 1

    return min(needed(lr) for lr in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0))


@claim(
    "NAdam needs fewer steps than Adam where gradients are exact",
    PRO,
    about="nadam",
    source="dozat2016incorporating",
    verdict=PARTLY,
    conditions="on a bowl; not in Rosenbrock's valley",
)
def nadam_landscapes() -> Finding:
    """Steps to a millionth of the start's height on the quadratic and to a ten-thousandth on Rosenbrock's valley,
    best of six rates from 0.05 to 2."""
    bowl = {key: steps_needed(key, "quadratic", 1e-6, 200) for key in ("adam", "nadam")}
    valley = {key: steps_needed(key, "rosenbrock", 1e-4, 500) for key in ("adam", "nadam")}
    wins = [steps["nadam"] < steps["adam"] for steps in (bowl, valley)]
    shown = {key: "over 500" if steps > 500 else steps for key, steps in valley.items()}
    return Finding(
        HOLDS if all(wins) else PARTLY if any(wins) else FAILS,
        f"bowl {bowl['nadam']} steps, Adam {bowl['adam']}; valley {shown['nadam']}, Adam {shown['adam']}",
        {"bowl": bowl["nadam"], "bowl_adam": bowl["adam"], "valley": valley["nadam"], "valley_adam": valley["adam"]},
    )


@claim(
    "NAdam trains faster than Adam",
    PRO,
    about="nadam",
    source="dozat2016incorporating",
    verdict=FAILS,
    conditions="the difference lies within the spread of the seeds",
)
def nadam_faster() -> Finding:
    """Digits network, 200 steps of 32 records, four rates for each rule, five seeds."""
    return against_adam("nadam")


@claim("RAdam needs no warm-up", PRO, about="radam", source="liu2020variance")
def radam_warm_up() -> Finding:
    """Digits network, 200 steps, five seeds: mean loss of RAdam at the best of four rates, without and with a
    linear warm-up over 50 steps, and of both rules at the largest rate, 0.3."""
    (_, plain, _), (_, warm, _) = at_best_rate("radam"), at_best_rate("radam", (0.1,), 50)
    large = {
        (key, w): float(np.mean([digits_run(key, 0.3, seed, w)[0] for seed in range(SEEDS)]))
        for key, w in (("radam", 0), ("adam", 0), ("adam", 50))
    }
    needless = plain.mean() < 1.1 * warm.mean()
    return Finding(
        HOLDS if needless and large["radam", 0] < large["adam", 50] else FAILS,
        f"loss {plain.mean():.3f}, with warm-up {warm.mean():.3f}; at 0.3: {large['radam', 0]:.2f}, Adam "
        f"{large['adam', 0]:.2f} and with warm-up {large['adam', 50]:.2f}",
        {"plain": float(plain.mean()), "warm": float(warm.mean()), "large": large["radam", 0]},
    )


@claim("RAdam is nothing but Adam with a warm-up of its own", CON, about="radam", source="ma2021adequacy")
def radam_is_a_warm_up() -> Finding:
    """1,000 steps on the same noise: RAdam's steps from the sixth on against those of Adam at the rate $\\eta\\,
    r_t$, with the rectification $r_t$ as the schedule; $\\epsilon = 0$."""

    def r(t: int) -> float:
        top = 2 / (1 - 0.999) - 1
        rho = top - 2 * t * 0.999**t / (1 - 0.999**t)
        if rho <= 5:
            return 1.0
        return float(((rho - 4) * (rho - 2) * top / ((top - 4) * (top - 2) * rho)) ** 0.5)

    gradients = np.random.default_rng(0).normal(0.5, 1, 1000)
    p, points = np.zeros(1), [0.0]
    adam = Optimizer.of(RULES["adam"])(p, lr=r, eps=0)
    for g in gradients:
        adam.step(np.array([g]))
        points.append(float(p[0]))
    ours, theirs = np.abs(np.diff(points)), pace("radam", gradients, eps=0)
    apart = float(np.abs(theirs / ours - 1)[5:].max())
    return Finding(
        HOLDS if apart < 1e-6 else FAILS,
        f"from step 6 on the steps agree to {apart:.0e}; the first five are plain averages, not divided by a root",
        {"apart": apart, "first": r(6)},
    )


@cache
def shrinking(key: str) -> np.ndarray:
    """Steps under gradients of 10 for 3,000 steps, then of 0.1 for 6,000, with the same small ε for both rules."""
    return pace(key, np.append(np.full(3000, 10.0), np.full(6000, 0.1)), eps=1e-8)


@claim("Yogi keeps the effective rate from growing fast", PRO, about="yogi", source="zaheer2018adaptive")
def yogi_growth() -> Finding:
    """Gradients of 10 for 3,000 steps, then of 0.1: the factor by which a step, and with it the rate over the root
    of the second moment, grows from step 3,150 to step 4,150."""
    factor = {key: float(shrinking(key)[4150] / shrinking(key)[3150]) for key in ("adam", "yogi")}
    return Finding(
        HOLDS if factor["yogi"] < 1.1 < factor["adam"] else FAILS,
        f"in 1,000 steps by the factor {factor['yogi']:.2f}; Adam's by {factor['adam']:.2f}",
        factor,
    )


@claim("Yogi recovers very slowly when gradients have become small for good", CON, about="yogi")
def yogi_slow() -> Finding:
    """The same gradients: the length of a step, in units of the rate, 6,000 steps after they fell from 10 to 0.1."""
    last = {key: float(shrinking(key)[-1]) for key in ("adam", "yogi")}
    return Finding(
        HOLDS if last["yogi"] < 0.02 and last["adam"] > 5 * last["yogi"] else FAILS,
        f"{last['yogi']:.3f} $\\eta$; Adam's {last['adam']:.2f} $\\eta$, on its way back to 1",
        last,
    )


@claim(
    "AdaBelief takes long steps where gradients agree and short ones where they do not",
    PRO,
    about="adabelief",
    source="zhuang2020adabelief",
    verdict=PARTLY,
    conditions="long, yes, without a limit that the rate would set; short, no more than Adam's are",
)
def adabelief_agree() -> Finding:
    """Mean step, in units of the rate, over the last 1,000 of 3,000: gradients of 1 with noise of 10% and of 1%,
    and noise around 0."""
    noise = np.random.default_rng(0).normal(size=3000)
    gradients = {"ten": 1 + 0.1 * noise, "one": 1 + 0.01 * noise, "noise": noise}
    mean = {
        (key, name): float(pace(key, g)[-1000:].mean())
        for key in ("adam", "adabelief")
        for name, g in gradients.items()
    }
    longer = mean["adabelief", "ten"] > 5 * mean["adam", "ten"]
    shorter = mean["adabelief", "noise"] < 0.9 * mean["adam", "noise"]
    return Finding(
        HOLDS if longer and shorter else PARTLY if longer else FAILS,
        f"10% noise {mean['adabelief', 'ten']:.0f} $\\eta$, 1% {mean['adabelief', 'one']:.0f} $\\eta$ "
        "(Adam 1 both times); "
        f"noise alone {mean['adabelief', 'noise']:.2f} $\\eta$, "
        f"Adam {mean['adam', 'noise']:.2f} $\\eta$",
        {name: mean["adabelief", name] for name in gradients},
    )


@claim(
    "AdaBelief trains faster than Adam",
    PRO,
    about="adabelief",
    source="zhuang2020adabelief",
    verdict=FAILS,
    conditions="the difference lies within the spread of the seeds",
)
def adabelief_faster() -> Finding:
    """Digits network, 200 steps of 32 records, four rates for each rule, five seeds."""
    return against_adam("adabelief")


@claim("AdaBound starts as Adam and ends as SGD with momentum", PRO, about="adabound", source="luo2019adaptive")
def adabound_ends() -> Finding:
    """Parameters with constant gradients from 1e-4 to 1e4: the largest over the smallest rate, that is step over
    $m$, at steps 1 and 20,000."""
    sizes = np.geomspace(1e-4, 1e4, 9)
    p = np.zeros(9)
    adabound = Optimizer.of(RULES["adabound"])(p)
    ratio = {}
    for t in range(1, 20_001):
        before = p.copy()
        adabound.step(sizes)
        if t in (1, 20_000):
            rate = (before - p) / adabound.state["m"]
            ratio[t] = float(rate.max() / rate.min())
    return Finding(
        HOLDS if ratio[1] > 1e3 and ratio[20_000] < 1.2 else FAILS,
        f"the rates differ by a factor of {ratio[1]:,.0f} at step 1 and of {ratio[20_000]:.2f} at step 20,000",
        {"first": ratio[1], "last": ratio[20_000]},
    )


@claim(
    "AdaBound is not sensitive to its two rates",
    PRO,
    about="adabound",
    source="luo2019adaptive",
    verdict=FAILS,
    conditions="in 200 steps either rate, chosen a hundred times too small, doubles the loss and more",
)
def adabound_rates() -> Finding:
    """Digits network, 200 steps, three seeds: mean loss for first rates of 0.001, 0.01 and 0.1 at a last rate of
    0.1, and for last rates of 0.01, 0.1 and 1 at a first rate of 0.01."""

    def loss(lr: float, final_lr: float) -> float:
        return float(np.mean([digits_run("adabound", lr, seed, final_lr=final_lr)[0] for seed in range(3)]))

    first = [loss(lr, 0.1) for lr in (0.001, 0.01, 0.1)]
    last = [loss(0.01, final_lr) for final_lr in (0.01, 0.1, 1.0)]
    steady = [max(losses) < 2 * min(losses) for losses in (first, last)]
    return Finding(
        HOLDS if all(steady) else PARTLY if any(steady) else FAILS,
        f"first rate: {', '.join(f'{x:.2f}' for x in first)}; last rate: {', '.join(f'{x:.2f}' for x in last)}",
        {"first_worst": max(first), "first_best": min(first), "last_worst": max(last), "last_best": min(last)},
    )


@claim(
    "Adan trains faster than Adam",
    PRO,
    about="adan",
    source="xie2024adan",
    verdict=FAILS,
    conditions="its loss is lower on average, but not by more than five seeds can tell from chance",
)
def adan_faster() -> Finding:
    """Digits network, 200 steps of 32 records, four rates for each rule, five seeds."""
    return against_adam("adan")


@claim("Adan keeps twice as much state as Adam", CON, about="adan")
def adan_memory() -> Finding:
    """State arrays of both rules, counted."""
    count = {key: len(RULES[key].state) for key in ("adam", "adan")}
    return Finding(
        HOLDS if count["adan"] == 2 * count["adam"] else FAILS,
        f"{count['adan']} arrays of the parameters' size, Adam {count['adam']}",
        count,
    )


@claim("QHAdam contains Adam", PRO, about="qhadam", source="ma2019quasi")
def qhadam_contains() -> Finding:
    """1,000 steps on the same noise, QHAdam with $\\nu_1 = \\nu_2 = 1$ and Adam's $\\beta_1$: the largest distance."""
    gradients = np.random.default_rng(0).normal(size=1000)
    apart = np.abs(path_of(gradients, "qhadam", beta1=0.9, nu1=1.0, nu2=1.0) - path_of(gradients)).max()
    return Finding(
        HOLDS if apart < 1e-9 else FAILS,
        f"paths of length 1,000 differ by at most {apart:.0e}",
        {"apart": float(apart)},
    )


@claim(
    "QHAdam trains faster than Adam",
    PRO,
    about="qhadam",
    source="ma2019quasi",
    verdict=FAILS,
    conditions="its loss is lower on average, but not by more than five seeds can tell from chance",
)
def qhadam_faster() -> Finding:
    """Digits network, 200 steps of 32 records, four rates for each rule, five seeds."""
    return against_adam("qhadam")


@claim(
    "AdEMAMix trains faster than Adam, since old gradients are still of use",
    PRO,
    about="ademamix",
    source="pagliardini2025ademamix",
    verdict=FAILS,
    conditions="in 200 steps, of which its slow average keeps 2%; the paper's runs are a thousand times as long",
)
def ademamix_faster() -> Finding:
    """Digits network, 200 steps of 32 records, four rates for each rule, five seeds."""
    return against_adam("ademamix")


@optimizer(paper="taniguchi2024adopt", builds_on=("adopt",))
def adopt_unclipped(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.9999, eps=1e-6):
    known = 1 if t > 1 else 0
    kept = beta2 if t > 1 else 0
    m = beta1 * m + (1 - beta1) * known * g / maximum(sqrt(v), eps)
    p = p - lr * m
    v = kept * v + (1 - kept) * g**2
    return p, m, v


BETAS = np.array([0.1, 0.5, 0.9, 0.99])


@cache
def counter_example(rule: Rule, steps: int, runs: int = 50) -> np.ndarray:
    """Where the mean of some runs ends for each of `BETAS`, minimising 0.1 θ on [−1, 1] from 0 at rates 0.5/√t;
    gradients are 10 in one case of ten, otherwise −1."""
    rng = np.random.default_rng(0)
    p, m, v = np.zeros((3, len(BETAS), runs))
    for t in range(1, steps + 1):
        g = np.where(rng.random(p.shape) < 0.1, 10.0, -1.0)
        p, m, v = rule(p, g, m, v, t=t, lr=0.5 / t**0.5, beta1=0.9, beta2=BETAS[:, None], eps=1e-8)
        p = np.clip(p, -1, 1)
    return p.mean(axis=1)


@claim(
    "ADOPT converges with any $\\beta_2$, where Adam does not",
    PRO,
    about="adopt",
    source="taniguchi2024adopt",
    verdict=PARTLY,
    conditions="at once without its clipping; with it, only when the limit $(t-1)^{1/4}$ has come near the largest "
    "ratio of a gradient to the root",
)
def adopt_any_beta2() -> Finding:
    """A stochastic counter-example after Reddi et al.: gradients 10 (one in ten) and −1 on [−1, 1], minimum at −1;
    rates 0.5/√t, fifty runs, $\\beta_2$ = 0.1, 0.5, 0.9 and 0.99. Mean end after 5,000 steps, and with clipping
    after 20,000."""
    ends = {
        "adam": counter_example(RULES["adam"], 5000),
        "plain": counter_example(adopt_unclipped, 5000),
        "clipped": counter_example(RULES["adopt"], 5000),
        "later": counter_example(RULES["adopt"], 20_000),
    }
    worst = {name: float(end.max()) for name, end in ends.items()}
    reached = {name: end < -0.5 for name, end in worst.items()}
    return Finding(
        FAILS if reached["adam"] or not reached["plain"] else HOLDS if reached["clipped"] else PARTLY,
        f"worst end: Adam {worst['adam']:.2f}, ADOPT without clipping {worst['plain']:.2f}, with it "
        f"{worst['clipped']:.2f}, after 20,000 steps {worst['later']:.2f}",
        worst,
    )


@claim(
    "Grams trains faster than Adam",
    PRO,
    about="grams",
    source="cao2024grams",
    verdict=FAILS,
    conditions="the difference lies within the spread of the seeds",
)
def grams_faster() -> Finding:
    """Digits network, 200 steps of 32 records, four rates for each rule, five seeds."""
    return against_adam("grams")
