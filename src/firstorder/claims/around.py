"""Claims about what goes around an optimizer: schedules, clipping, Lookahead, averages, SAM, Schedule-Free."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..lab.ensemble import split
from ..lab.evidence import higher_by, lower_by
from ..lab.surroundings import (
    CLIFF_RATES,
    CLIP_RATES,
    RATES,
    Counted,
    against_cosine,
    averaged_or_falling,
    curvature,
    ema_variance,
    ends,
    expected_loss,
    heavy,
    lookahead_variance,
    over_cliff,
    sharpness_aware,
    surrounded,
    turned_by_clipping,
    variances,
)
from ..lab.tuning import least
from ..lab.walks import made, noisy, walk
from ..minimize import minimize
from ..problems import SoftmaxRegression
from ..wrappers import EMA, SAM, SWA, Accumulate, Lookahead
from .claim import CON, FAILS, PARTLY, PRO, UNDECIDED, claim
from .over_seeds import points

SEEDS = 20
#: Fewer points, read off 773 test images, are no gain.
POINTS = 0.3


@claim(
    "Lookahead lowers the variance of the optimizer inside",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    holds="max(off) <= 0.04 and max(ratios) < 0.9",
    says="At η = 0.1, 0.5 and 1 the variance is {ratios[0]:.2f}, {ratios[1]:.2f} and {ratios[2]:.2f} of SGD's; "
    "derived are {derived[0]:.2f}, {derived[1]:.2f} and {derived[2]:.2f}.",
)
def lower_variance():
    """The parabola θ²/2 with gradient noise of deviation 1, 2,000 parameters, SGD at η = 0.1, 0.5 and 1, k = 5,
    α = 0.5: the variance of the slow weights over SGD's, from the synchronisations of 600 steps after the first 150."""

    def ratio(lr: float) -> float:
        path = walk(lambda p: Lookahead(made("sgd", p, lr=lr), k=5, alpha=0.5), noisy(), 600, start=np.zeros(2000))
        return path[150::5].var() / (lr / (2 - lr))

    rates = (0.1, 0.5, 1.0)
    ratios, derived = np.array([(ratio(lr), lookahead_variance(lr, 5, 0.5)) for lr in rates]).T
    return {"ratios": ratios, "derived": derived, "off": abs(ratios / derived - 1)}


@claim(
    "Lookahead gets further in the same number of steps",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    verdict=PARTLY,
    conditions="by a few per cent, at about twice the inner rate, once both rates are tuned",
    holds="min(gains) > 0.1",
    partly="min(gains) > 0",
    says="After 100, 1,000 and 10,000 steps the expected loss is lower than SGD's by {gains[0]:.1%}, {gains[1]:.1%} "
    "and {gains[2]:.1%}, at {min(shifts):.1f} to {max(shifts):.1f} times its rate.",
)
def further():
    """A quadratic with curvatures 1, 1/2, … 1/100 and gradient noise of variance h in each, from 1: the expected loss
    after 100, 1,000 and 10,000 steps, computed exactly, SGD against Lookahead around it (k = 5, α = 0.5), each at the
    best of 400 rates."""
    h, rates = 1 / np.arange(1, 101), np.geomspace(1e-3, 1.95, 400)
    gains, shifts = [], []
    for steps in (100, 1000, 10_000):
        plain, slow = expected_loss(rates, h, steps), expected_loss(rates, h, steps, 5, 0.5)
        ours, theirs = least(slow, rates), least(plain, rates)
        gains.append(1 - slow[ours] / plain[theirs])
        shifts.append(rates[ours] / rates[theirs])
    return {"gains": gains, "shifts": shifts}


@claim(
    "Lookahead improves the accuracy of the optimizer inside",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    verdict=PARTLY,
    conditions="Adam's, by a quarter of a point on this small network; for SGD 20 seeds cannot tell",
    holds="sgd['low'] > 0 and adam['low'] > 0",
    partly="sgd['low'] > 0 or adam['low'] > 0",
    fails=f"max(sgd['high'], adam['high']) < {POINTS}",
    says=f"Inside Lookahead SGD gains {points('sgd')} and Adam {points('adam')}. The held-out losses are lower by "
    "{sgd_loss:.0%} and {adam_loss:.0%}.",
)
def improves():
    """A network of 32 hidden units on 768 digits, 300 steps in batches of 32, 20 seeds: SGD (five rates) and Adam (six)
    alone and inside Lookahead (k = 5, α = 0.5), each at the rate with the least held-out loss; test accuracy."""
    found = {}
    for key in RATES:
        slow, alone = surrounded(key, "lookahead", SEEDS), surrounded(key, seeds=SEEDS)
        lower = lower_by(slow.losses, alone.losses)["ahead"]
        found |= {key: higher_by(slow.chosen, alone.chosen), f"{key}_loss": lower}
    return found


@claim(
    "Lookahead is less sensitive to the inner learning rate",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    verdict=FAILS,
    conditions="the range of good rates gets no wider; Adam's moves up",
    holds="sgd_more > 0 and adam_more > 0",
    partly="sgd_more > 0 or adam_more > 0",
    says="Good rates of SGD go from {sgd[0]:g} to {sgd[1]:g}, inside Lookahead from {sgd_slow[0]:g} to "
    "{sgd_slow[1]:g}; those of Adam from {adam[0]:g} to {adam[1]:g}, inside Lookahead from {adam_slow[0]:g} to "
    "{adam_slow[1]:g}.",
)
def robust():
    """The same runs: the rates of the grid whose held-out loss is at most 0.1 nats above the best of the grid."""

    def good(key: str, by: str = "nothing") -> np.ndarray:
        loss = surrounded(key, by, SEEDS).held_out.mean(axis=1)
        return np.array(RATES[key])[loss <= loss.min() + 0.1]

    found = {}
    for key in RATES:
        alone, slow = good(key), good(key, "lookahead")
        found |= {key: alone[[0, -1]], f"{key}_slow": slow[[0, -1]], f"{key}_more": len(slow) - len(alone)}
    return found


@claim(
    "At a constant rate, the average of the iterates is closer to the minimum than the last",
    PRO,
    about=("ema", "swa"),
    source="polyak1992acceleration",
    holds="abs(ema - derived) <= 0.1 * derived and abs(swa - 1 / 400) <= 0.1 / 400 and max(ema, swa) < last / 10",
    says="The last iterate has a variance of {last:.2f}, EMA's average one of {ema:.4f} (derived {derived:.4f}), and "
    "SWA's one of {swa:.4f} (derived {1 / 400:.4f}).",
)
def closer():
    """The noisy parabola, 2,000 parameters, SGD at η = 0.5 for 400 steps: the variance of EMA (decay 0.98) and of SWA
    over all steps, against that of the last iterate, and as derived."""
    last, found = 0.0, {}
    for name, wrap in (("ema", partial(EMA, decay=0.98)), ("swa", SWA)):
        average = partial(lambda p, wrap: wrap(made("sgd", p, lr=0.5)), wrap=wrap)
        last, found[name] = walk(average, noisy(), 400, start=np.zeros(2000), keep=variances)[-1]
    return found | {"last": last, "derived": ema_variance(0.5, 0.98) / 3}


@claim(
    "Averaging does the work of a falling rate",
    PRO,
    about=("swa", "schedules"),
    source="izmailov2018averaging",
    verdict=PARTLY,
    conditions="in the longer run; in a short one the average holds too many early iterates",
    holds="short_constant['low'] > 0 and short_cosine['low'] > -0.05 and long_constant['low'] > 0 "
    "and long_cosine['low'] > -0.05",
    partly="(short_constant['low'] > 0 and short_cosine['low'] > -0.05) "
    "or (long_constant['low'] > 0 and long_cosine['low'] > -0.05)",
    fails="(short_constant['high'] < 0 or short_cosine['high'] < -0.05) "
    "and (long_constant['high'] < 0 or long_cosine['high'] < -0.05)",
    says="After 60 steps the average's held-out loss is {short_constant['ours']:.3f}, that of a constant rate "
    "{short_constant['others']:.3f} and of a cosine {short_cosine['others']:.3f}; after 300 steps they are "
    "{long_constant['ours']:.3f}, {long_constant['others']:.3f} and {long_cosine['others']:.3f}. There the average's "
    "gain on the constant rate is {long_constant['low']:+.0%} to {long_constant['high']:+.0%} and on the cosine "
    "{long_cosine['low']:+.0%} to {long_cosine['high']:+.0%} at 95% ({long_cosine['seeds']} seeds; "
    "{long_cosine['smallest']:.0%} would have shown).",
)
def instead_of_falling():
    """The network of 32 hidden units, 60 and 300 steps, 20 seeds, best of four rates each: SGD at a constant rate, the
    mean of the second half of its iterates, and SGD with half a cosine; held-out loss. The average does the cosine's
    work if it is better than the constant rate and surely at most 5% worse than the cosine."""
    found = {}
    for name, steps in (("short", 60), ("long", 300)):
        runs = averaged_or_falling(steps, SEEDS)
        found |= {
            f"{name}_{rival}": lower_by(runs["averaged"].losses, runs[rival].losses) for rival in ("constant", "cosine")
        }
    return found


@claim(
    "SAM finds flatter minima",
    PRO,
    about="sam",
    source="foret2021sharpness",
    verdict=PARTLY,
    conditions="along a valley of minima; no crossing from a narrow well to a wide one; it can hang on the ridge",
    holds="sam < 0.6 * sgd and max(wide) > wide_sgd + 0.1",
    partly="sam < 0.6 * sgd or max(wide) > wide_sgd + 0.1",
    says="In the valley SGD ends at a curvature of {sgd:.1f} and SAM at {sam:.1f}. Of the runs between two wells "
    "{wide_sgd:.0%} end in the wide one with SGD, and {wide[0]:.0%}, {wide[1]:.0%} and {wide[2]:.0%} with SAM; at ρ "
    "= 0.5 {ridge:.0%} hang on the ridge.",
)
def flatter():
    """Minima along xy = 1 with curvature x² + y²: the mean curvature where SGD and SAM (ρ = 0.2) end from four starts,
    300 steps. A narrow well beside a wide one, 17 starts, 150 steps: the shares that end in the wide well, with SAM at
    ρ = 0.05, 0.2 and 0.5, and on the ridge between the two."""

    return {
        "sgd": curvature(0.0),
        "sam": curvature(0.2),
        "wide_sgd": (ends(0.0) < 0).mean(),
        "wide": [(ends(rho) < 0).mean() for rho in (0.05, 0.2, 0.5)],
        "ridge": ((ends(0.5) > 0) & (ends(0.5) < 0.6)).mean(),
    }


#: What gains in accuracy come to: over SGD with as many steps, and with twice as many.
GAINS = {
    "holds": "gain['low'] > 0 and gain_twice['low'] > 0",
    "partly": "gain['low'] > 0 or gain_twice['low'] > 0",
    "fails": f"max(gain['high'], gain_twice['high']) < {POINTS}",
    "says": f"Over 20 draws of digits SAM's test accuracy lies above SGD's by {points('gain')}, and above that of SGD "
    f"with twice the steps by {points('gain_twice')}.",
}


def gains(flipped: float) -> dict[str, Any]:
    """What SAM gains over SGD, and over SGD with as many gradients."""
    sam, sgd, twice = (sharpness_aware(flipped)[name].chosen for name in ("sam", "sgd", "sgd_twice"))
    return {"gain": higher_by(sam, sgd), "gain_twice": higher_by(sam, twice)}


@claim(
    "SAM generalises better",
    PRO,
    about="sam",
    source="foret2021sharpness",
    verdict=UNDECIDED,
    conditions="20 draws show no difference, and would have missed one of half a point; the source found one on large "
    "image networks",
    **GAINS,
)
def generalises():
    """100 digits, others for each of 20 seeds, 32 hidden units: SAM for 200 steps at the best of twelve settings, SGD
    for 200 and for 400 at the best of six rates, by the loss on held-out digits; test accuracy."""
    return gains(0.0)


@claim("SAM withstands wrong labels better", PRO, about="sam", source="foret2021sharpness", **GAINS)
def wrong_labels():
    """The same with the labels of 20 of the 100 digits drawn at random."""
    return gains(0.2)


@claim(
    "SAM costs two gradients a step",
    CON,
    about="sam",
    source="foret2021sharpness",
    holds="asked == 2 * steps",
    says="In {steps} steps SAM asks for {asked} gradients, two each.",
)
def two_gradients():
    """Gradients asked for in 100 steps of SAM around Adam on a parabola."""
    parabola = Counted()
    path = minimize(parabola, lambda p: SAM(made("adam", p)), steps=100, progress=False)
    return {"asked": parabola.asked, "steps": path.steps[-1]}


@claim(
    "Clipping lets SGD live with heavy-tailed noise",
    PRO,
    about="clip_norm",
    source="zhang2020adaptive",
    holds="clipped < plain / 5",
    partly="clipped < plain",
    says="The mean loss is {clipped:.3f} with clipping and {plain:.2f} without; the worst of 1,000 runs ends at "
    "{worst_clipped:.2f} and at {worst_plain:.0f}.",
)
def heavy_tails():
    """θ²/2 with noise from Student's t distribution of 1.5 degrees of freedom, whose variance is infinite: 1,000 runs
    of 400 steps, clipped to a length of 1 and not clipped, each at the best of five rates by the mean loss. The
    unclipped mean is of these runs; its expectation is infinite."""
    found = {}
    for name, bound in (("plain", None), ("clipped", 1.0)):
        mean = heavy(bound).mean(axis=1)
        at = least(mean, CLIP_RATES)
        found |= {name: mean[at], f"worst_{name}": heavy(bound)[at].max()}
    return found


@claim(
    "Clipping keeps a step at a cliff from throwing the run away",
    PRO,
    about="clip_norm",
    source="pascanu2013difficulty",
    holds="clipped > plain + 0.1",
    says="With clipping {clipped:.0%} of the runs arrive, without it {plain:.0%}; on the way no parameter is larger "
    "than {clipped_far:.0f} with it, and one comes to {plain_far:.0f} without.",
)
def cliff():
    """A recurrent unit run 50 times, two parameters, 24 starts near its cliff, 150 steps: the runs that come to a loss
    below 0.001, with norms clipped to 0.1 and not clipped, each at the best of the rates that are tried."""
    found = {}
    for name, bound in (("plain", None), ("clipped", 0.1)):
        runs = [over_cliff(bound, lr) for lr in CLIFF_RATES]
        shares = np.array([(loss < 1e-3).mean() for loss, _ in runs])
        at = least(-shares, CLIFF_RATES)
        found |= {name: shares[at], f"{name}_far": runs[at][1]}
    return found


@claim(
    "Clipping by value changes the direction",
    CON,
    about="clip_value",
    source="pascanu2013difficulty",
    holds="min(value) > 5 and max(global_norm) < 1e-3",
    says="Clipping by value turns the gradient by {value[0]:.0f} and {value[1]:.0f} degrees, by each parameter's norm "
    "by {norm[0]:.0f} and {norm[1]:.0f}, and by the global norm by {global_norm[0]:.0f} and {global_norm[1]:.0f}.",
)
def direction():
    """A gradient of the digits network, batch of 32: the angle that clipping turns it by, at a tenth and a hundredth
    of its largest element or of its norm; by value, each parameter's norm and the global norm."""
    return turned_by_clipping()


@claim(
    "A warm-up lets a larger learning rate be used",
    PRO,
    about="schedules",
    source="kalra2024why",
    verdict=PARTLY,
    conditions="for Adam; it does not lower the loss at the best rate, and SGD's limit here is no matter of the start",
    holds="sgd_warm < 1 < sgd_cold and adam_warm < 1 < adam_cold",
    partly="(sgd_warm < 1 < sgd_cold) or (adam_warm < 1 < adam_cold)",
    says="At a large rate Adam ends at {adam_warm:.2f} with a warm-up and at {adam_cold:.2f} without, SGD at "
    "{sgd_warm:.2f} and {sgd_cold:.2f}. At their best rates the warm-up's gain is {adam_least['low']:+.0%} to "
    "{adam_least['high']:+.0%} for Adam and {sgd_least['low']:+.0%} to {sgd_least['high']:+.0%} for SGD at 95% "
    "({adam_least['seeds']} seeds; {adam_least['smallest']:.0%} and {sgd_least['smallest']:.0%} would have shown).",
)
def warm_up():
    """The network of 32 hidden units, 300 steps, 20 seeds, with a linear warm-up over 50 steps and without: held-out
    loss of SGD at η = 2 and Adam at 0.3, both too large, and at the best rate of the grid."""
    found = {}
    for key in RATES:
        warm, cold = surrounded(key, "warmed", SEEDS), surrounded(key, seeds=SEEDS)
        found |= {f"{key}_warm": warm.held_out[-1].mean(), f"{key}_cold": cold.held_out[-1].mean()}
        found[f"{key}_least"] = lower_by(warm.losses, cold.losses)
    return found


@claim(
    "Schedule-Free matches a tuned cosine schedule without knowing the horizon",
    PRO,
    about="schedule_free_sgd",
    source="defazio2024road",
    verdict=FAILS,
    conditions="not on the digits: the cosines end lower, on held-out data twice, on training data in the long run",
    holds="fit_100['low'] > -0.05 and fit_400['low'] > -0.05 and held_out_100['low'] > -0.05 "
    "and held_out_400['low'] > -0.05",
    partly="(fit_100['low'] > -0.05 and fit_400['low'] > -0.05) "
    "or (held_out_100['low'] > -0.05 and held_out_400['low'] > -0.05) or fit_400['low'] > -0.05",
    fails="min(fit_100['high'], fit_400['high']) < -0.05 and min(held_out_100['high'], held_out_400['high']) < -0.05",
    says="After 100 and 400 steps its training loss is {fit_100['ours']:.3f} and {fit_400['ours']:.4f}, that of the "
    "cosines {fit_100['others']:.3f} and {fit_400['others']:.4f}: a gain of {fit_100['low']:+.0%} to "
    "{fit_100['high']:+.0%} and of {fit_400['low']:+.0%} to {fit_400['high']:+.0%} at 95%. Its held-out loss is "
    "{held_out_100['ours']:.3f} and {held_out_400['ours']:.3f}, that of the cosines {held_out_100['others']:.3f} and "
    "{held_out_400['others']:.3f} ({fit_100['seeds']} seeds; {max(fit_100['smallest'], fit_400['smallest']):.0%} "
    "would have shown).",
)
def any_time():
    """The network of 32 hidden units, 20 seeds. First, one run of Schedule-Free SGD, judged after 100 and 400 steps, at
    the one of five rates that is best after 400. Second, momentum with half a cosine made for 100 steps, and with one
    made for 400, each at the best of five rates. Rates are chosen by the loss that is compared, on training or on
    held-out digits. To match is to be at most 5% worse for sure."""
    return {f"{part}_{steps}": found for part in ("fit", "held_out") for steps, found in against_cosine(part).items()}


@claim(
    "Accumulating gradients equals the large batch",
    PRO,
    about="accumulate",
    holds="apart < 1e-9",
    says="After 25 steps the parameters of both differ by {apart:.0e} of the largest.",
)
def accumulates():
    """Softmax regression on the digits under Adam: 25 steps with batches of 64, and 100 calls with the same records in
    batches of 16, four to a step. The largest difference over the largest parameter."""
    problem = SoftmaxRegression(*split().fit)
    large = minimize(problem, partial(made, "adam"), steps=25, batch_size=64, progress=False).params
    small = minimize(
        problem, lambda p: Accumulate(made("adam", p), steps=4), steps=100, batch_size=16, progress=False
    ).params
    return {"apart": max(abs(large[name] - small[name]).max() / abs(large[name]).max() for name in large)}
