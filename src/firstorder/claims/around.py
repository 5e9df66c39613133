"""Claims about what goes around an optimizer: schedules, clipping, Lookahead, averages, SAM, Schedule-Free."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..arena import Arena
from ..lab.ensemble import split
from ..lab.runs import gap
from ..lab.surroundings import (
    RATES,
    averaged_or_falling,
    ema_variance,
    ends,
    expected_loss,
    factors,
    for_horizon,
    heavy,
    lookahead_variance,
    over_cliff,
    sharpness_aware,
    slide,
    surrounded,
    variances,
    without_horizon,
)
from ..lab.walks import made, noisy, walk
from ..minimize import minimize
from ..problems import SoftmaxRegression, TwoLayerNetwork
from ..wrappers import EMA, SAM, SWA, Accumulate, ClipGlobalNorm, ClipNorm, ClipValue, Lookahead
from .claim import CON, FAILS, PARTLY, PRO, claim


@claim(
    "Lookahead lowers the variance of the optimizer inside",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    holds="max(off) <= 0.04 and max(ratios) < 0.9",
    says="{ratios[0]:.2f}, {ratios[1]:.2f}, {ratios[2]:.2f} of SGD's; derived {derived[0]:.2f}, {derived[1]:.2f}, "
    "{derived[2]:.2f}",
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
    says="expected loss lower by {gains[0]:.1%}, {gains[1]:.1%}, {gains[2]:.1%} at {min(shifts):.1f} to "
    "{max(shifts):.1f} times the rate",
)
def further():
    """A quadratic with curvatures 1, 1/2, … 1/100 and gradient noise of variance h in each, from 1: the expected loss
    after 100, 1,000 and 10,000 steps, computed exactly, SGD against Lookahead around it (k = 5, α = 0.5), each at the
    best of 400 rates."""
    h, rates = 1 / np.arange(1, 101), np.geomspace(1e-3, 1.95, 400)
    gains, shifts = [], []
    for steps in (100, 1000, 10_000):
        plain, slow = expected_loss(rates, h, steps), expected_loss(rates, h, steps, 5, 0.5)
        gains.append(1 - slow.min() / plain.min())
        shifts.append(rates[slow.argmin()] / rates[plain.argmin()])
    return {"gains": gains, "shifts": shifts}


@claim(
    "Lookahead improves the accuracy of the optimizer inside",
    PRO,
    about="lookahead",
    source="zhang2019lookahead",
    verdict=FAILS,
    conditions="within chance on this small network; the source found gains on larger image and language tasks",
    holds="sgd[0] > max(0.3, 2 * sgd[1]) and adam[0] > max(0.3, 2 * adam[1])",
    partly="sgd[0] > max(0.3, 2 * sgd[1]) or adam[0] > max(0.3, 2 * adam[1])",
    says="SGD {sgd[0]:+.1f} ± {sgd[1]:.1f} points (held-out loss {sgd_loss[0]:.2f}, alone {sgd_loss[1]:.2f}); "
    "Adam {adam[0]:+.1f} ± {adam[1]:.1f} points (held-out loss {adam_loss[0]:.2f}, alone {adam_loss[1]:.2f})",
)
def improves():
    """A network of 32 hidden units on 768 digits, 300 steps in batches of 32, five seeds: SGD (four rates) and Adam
    (five) alone and inside Lookahead (k = 5, α = 0.5), each at the rate with the least held-out loss."""
    found = {}
    for key in RATES:
        slow, alone = surrounded(key, "lookahead"), surrounded(key)
        found |= {key: gap(slow.chosen, alone.chosen), f"{key}_loss": [slow.least, alone.least]}
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
    says="good rates: SGD {sgd[0]:g} to {sgd[1]:g}, in Lookahead {sgd_slow[0]:g} to {sgd_slow[1]:g}; Adam {adam[0]:g} "
    "to {adam[1]:g}, in Lookahead {adam_slow[0]:g} to {adam_slow[1]:g}",
)
def robust():
    """The same runs: the rates of the grid whose held-out loss is at most 0.1 nats above the best of the grid."""

    def good(key: str, by: str = "nothing") -> np.ndarray:
        loss = surrounded(key, by).held_out.mean(axis=1)
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
    says="variance {last:.2f} at the end, EMA {ema:.4f} (derived {derived:.4f}), SWA {swa:.4f} ({1 / 400:.4f})",
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
    holds="averaged[0] < min(constant[0], 1.05 * cosine[0]) and averaged[1] < min(constant[1], 1.05 * cosine[1])",
    partly="averaged[0] < min(constant[0], 1.05 * cosine[0]) or averaged[1] < min(constant[1], 1.05 * cosine[1])",
    says="60 steps: constant {constant[0]:.3f}, averaged {averaged[0]:.3f}, cosine {cosine[0]:.3f}; 300 steps: "
    "constant {constant[1]:.3f}, averaged {averaged[1]:.3f}, cosine {cosine[1]:.3f}",
)
def instead_of_falling():
    """The network of 32 hidden units, 60 and 300 steps, five seeds, best of four rates each: SGD at a constant rate,
    the mean of the second half of its iterates, and SGD with half a cosine; held-out loss."""
    short, long = averaged_or_falling(60), averaged_or_falling(300)
    return {name: [short[name].least, long[name].least] for name in short}


@claim(
    "SAM finds flatter minima",
    PRO,
    about="sam",
    source="foret2021sharpness",
    verdict=PARTLY,
    conditions="along a valley of minima; no crossing from a narrow well to a wide one; it can hang on the ridge",
    holds="sam < 0.6 * sgd and max(wide) > wide_sgd + 0.1",
    partly="sam < 0.6 * sgd or max(wide) > wide_sgd + 0.1",
    says="valley: curvature {sgd:.1f} with SGD, {sam:.1f} with SAM; wells: {wide_sgd:.0%}, {wide[0]:.0%}, "
    "{wide[1]:.0%}, {wide[2]:.0%} in the wide one, {ridge:.0%} on the ridge at ρ = 0.5",
)
def flatter():
    """Minima along xy = 1 with curvature x² + y²: the mean curvature where SGD and SAM (ρ = 0.2) end from four starts,
    300 steps. A narrow well beside a wide one, 17 starts, 150 steps: the shares that end in the wide well, with SAM at
    ρ = 0.05, 0.2 and 0.5, and on the ridge between the two."""

    def curvature(rho: float) -> float:
        starts = ((3.2, 0.1), (0.1, 2.5), (2.0, 0.2), (3.0, 1.0))
        return np.mean([(slide(factors, rho, 0.1, start).points[-20:] ** 2).sum(axis=1).mean() for start in starts])

    return {
        "sgd": curvature(0.0),
        "sam": curvature(0.2),
        "wide_sgd": (ends(0.0) < 0).mean(),
        "wide": [(ends(rho) < 0).mean() for rho in (0.05, 0.2, 0.5)],
        "ridge": ((ends(0.5) > 0) & (ends(0.5) < 0.6)).mean(),
    }


#: What gains in accuracy, each with its standard error, come to.
GAINS = {
    "holds": "gain[0] > max(0.3, 2 * gain[1]) and gain_twice[0] > max(0.3, 2 * gain_twice[1])",
    "partly": "gain[0] > max(0.3, 2 * gain[1]) or gain_twice[0] > max(0.3, 2 * gain_twice[1])",
    "says": "test accuracy over SGD's in points: {gain[0]:+.1f} ± {gain[1]:.1f}, twice the steps {gain_twice[0]:+.1f} "
    "± {gain_twice[1]:.1f}",
}


def gains(flipped: float) -> dict[str, Any]:
    """What SAM gains over SGD, and over SGD with as many gradients."""
    found = sharpness_aware(flipped)
    rivals = {"gain": "sgd", "gain_twice": "sgd_twice"}
    return {name: gap(found["sam"].chosen, found[rival].chosen) for name, rival in rivals.items()}


@claim(
    "SAM generalises better",
    PRO,
    about="sam",
    source="foret2021sharpness",
    verdict=FAILS,
    conditions="not on this small network with clean labels; the source found it on large image networks",
    **GAINS,
)
def generalises():
    """100 digits, 32 hidden units, five seeds: SAM for 200 steps, SGD for 200 and for 400, each the best of six
    settings by the loss on held-out digits."""
    return gains(0.0)


@claim("SAM withstands wrong labels better", PRO, about="sam", source="foret2021sharpness", **GAINS)
def wrong_labels():
    """The same with the labels of 20 of the 100 digits drawn at random."""
    return gains(0.2)


class Counted:
    """θ²/2 in three dimensions, which counts the gradients that it is asked for."""

    start = np.ones(3)
    asked = 0

    def value(self, p: np.ndarray) -> float:
        return float(p @ p) / 2

    def gradient(self, p: np.ndarray) -> np.ndarray:
        self.asked += 1
        return p


@claim(
    "SAM costs two gradients a step",
    CON,
    about="sam",
    source="foret2021sharpness",
    holds="asked == 2 * steps",
    says="{asked} gradients in {steps} steps",
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
    says="mean loss {clipped:.3f} clipped, {plain:.2f} not; the worst of 1,000 runs {worst_clipped:.2f} against "
    "{worst_plain:.0f}",
)
def heavy_tails():
    """θ²/2 with noise from Student's t distribution of 1.5 degrees of freedom, whose variance is infinite: 1,000 runs
    of 400 steps, clipped to a length of 1 and not clipped, each at the best of five rates by the mean loss. The
    unclipped mean is of these runs; its expectation is infinite."""
    found = {}
    for name, bound in (("plain", None), ("clipped", 1.0)):
        found |= {name: heavy(bound).mean(axis=1).min(), f"worst_{name}": heavy(bound).max(axis=1).min()}
    return found


@claim(
    "Clipping keeps a step at a cliff from throwing the run away",
    PRO,
    about="clip_norm",
    source="pascanu2013difficulty",
    holds="clipped > plain + 0.1",
    says="{clipped:.0%} of the runs arrive clipped, {plain:.0%} not; largest parameter on the way {clipped_far:.0f} "
    "against {plain_far:.0f}",
)
def cliff():
    """A recurrent unit run 50 times, two parameters, 24 starts near its cliff, 150 steps: the runs that come to a loss
    below 0.001, with norms clipped to 0.1 and not clipped, each at the best of four rates."""
    found = {}
    for name, bound in (("plain", None), ("clipped", 0.1)):
        runs = [over_cliff(bound, lr) for lr in (0.3, 1.0, 3.0, 10.0)]
        shares = [(loss < 1e-3).mean() for loss, _ in runs]
        found |= {name: max(shares), f"{name}_far": runs[np.argmax(shares)][1]}
    return found


@claim(
    "Clipping by value changes the direction",
    CON,
    about="clip_value",
    source="pascanu2013difficulty",
    holds="min(value) > 5 and max(global_norm) < 1e-3",
    says="degrees: value {value[0]:.0f} and {value[1]:.0f}, norm {norm[0]:.0f} and {norm[1]:.0f}, global norm "
    "{global_norm[0]:.0f} and {global_norm[1]:.0f}",
)
def direction():
    """A gradient of the digits network, batch of 32: the angle that clipping turns it by, at a tenth and a hundredth
    of its largest element or of its norm; by value, each parameter's norm and the global norm."""
    network = TwoLayerNetwork(*split().fit, hidden=32)
    g = Arena(network.gradient(network.start(0), np.arange(32)))
    largest, length = np.abs(g.buffer).max(), np.linalg.norm(g.buffer)

    def angle(clip: Any, **bound: float) -> float:
        p = g.zeros_like()
        clip(made("sgd", p.views, lr=1.0), **bound).step(g.views)
        return np.degrees(np.arccos(min(1.0, -p.buffer @ g.buffer / np.linalg.norm(p.buffer) / length)))

    shares = (0.1, 0.01)
    return {
        "value": [angle(ClipValue, max_value=share * largest) for share in shares],
        "norm": [angle(ClipNorm, max_norm=share * length) for share in shares],
        "global_norm": [angle(ClipGlobalNorm, max_norm=share * length) for share in shares],
    }


@claim(
    "A warm-up lets a larger learning rate be used",
    PRO,
    about="schedules",
    source="kalra2024why",
    verdict=PARTLY,
    conditions="for Adam; it does not lower the loss at the best rate, and SGD's limit here is no matter of the start",
    holds="sgd_warm < 1 < sgd_cold and adam_warm < 1 < adam_cold",
    partly="(sgd_warm < 1 < sgd_cold) or (adam_warm < 1 < adam_cold)",
    says="SGD {sgd_warm:.2f} instead of {sgd_cold:.2f}, at its best rate {sgd_least[0]:.3f} and {sgd_least[1]:.3f}; "
    "Adam {adam_warm:.2f} instead of {adam_cold:.2f}, at its best rate {adam_least[0]:.3f} and {adam_least[1]:.3f}",
)
def warm_up():
    """The network of 32 hidden units, 300 steps, five seeds, with a linear warm-up over 50 steps and without: held-out
    loss of SGD at η = 2 and Adam at 0.3, both too large, and at the best rate of the grid."""
    found = {}
    for key in RATES:
        warm, cold = surrounded(key, "warmed"), surrounded(key)
        found |= {f"{key}_warm": warm.held_out[-1].mean(), f"{key}_cold": cold.held_out[-1].mean()}
        found[f"{key}_least"] = [warm.least, cold.least]
    return found


@claim(
    "Schedule-Free matches a tuned cosine schedule without knowing the horizon",
    PRO,
    about="schedule_free_sgd",
    source="defazio2024road",
    verdict=PARTLY,
    conditions="on the training loss; on held-out data the cosine ends lower here",
    holds="fit[0] < 1.05 * fit_cosine[0] and fit[1] < 1.05 * fit_cosine[1] "
    "and held_out[0] < 1.05 * held_out_cosine[0] and held_out[1] < 1.05 * held_out_cosine[1]",
    partly="fit[0] < 1.05 * fit_cosine[0] or fit[1] < 1.05 * fit_cosine[1] "
    "or held_out[0] < 1.05 * held_out_cosine[0] or held_out[1] < 1.05 * held_out_cosine[1]",
    says="after 100 and 400 steps: training loss {fit[0]:.3f} against {fit_cosine[0]:.3f}, {fit[1]:.3f} against "
    "{fit_cosine[1]:.3f}; held-out loss {held_out[0]:.3f} against {held_out_cosine[0]:.3f}, {held_out[1]:.3f} against "
    "{held_out_cosine[1]:.3f}",
)
def any_time():
    """The network of 32 hidden units, five seeds: one run of Schedule-Free SGD at the rate that is best after 400
    steps (chosen for each of the two losses), judged after 100 and 400, against momentum with half a cosine made for
    100 and for 400 steps, best of four rates each."""
    found = {}
    for part in ("fit", "held_out"):
        free = [getattr(run, part).mean(axis=1) for run in without_horizon()]
        found[part] = [losses[free[-1].argmin()] for losses in free]
        found[f"{part}_cosine"] = [getattr(run, part).mean(axis=1).min() for run in for_horizon()]
    return found


@claim(
    "Accumulating gradients equals the large batch",
    PRO,
    about="accumulate",
    holds="apart < 1e-9",
    says="apart by {apart:.0e} of the largest parameter after 25 steps",
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
