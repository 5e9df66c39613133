"""Claims about optimizers of the catalogue that no chapter treats at length: what each is advertised for."""

from typing import Any

import numpy as np

from ..card import state_bytes
from ..lab.evidence import lower_by
from ..lab.runs import first, tuned
from ..lab.tuning import least
from ..lab.walks import distance, made, noisy, walk
from ..rules import RULES
from ..wrappers import WRAPPERS
from .claim import FAILS, PARTLY, PRO, claim
from .over_seeds import better, lower


@claim(
    "Averaging several momenta lets a large one take part without its oscillation",
    PRO,
    about="aggmo",
    source="lucas2019aggregated",
    holds="beyond_aggmo < 0.8 * beyond_momentum and left_aggmo < 0.5 * left_momentum",
    says="AggMo swings {beyond_aggmo:.2f} beyond the minimum and momentum 0.99 {beyond_momentum:.2f}; in the last 100 "
    "steps {left_aggmo:.0e} and {left_momentum:.0e} of the distance is left.",
)
def aggmo_damps():
    """A bowl of curvature 1, from 1, 500 steps at the rate 0.03: how far momenta 0, 0.9 and 0.99 together swing beyond
    the minimum, and what is left of the distance in the last 100 steps, beside momentum 0.99 alone."""
    found = {}
    for key, given in (("momentum", {"momentum": 0.99}), ("aggmo", {})):
        path = walk(key, lambda p: p, 500, start=1.0, lr=0.03, **given)
        found |= {f"beyond_{key}": -path.min(), f"left_{key}": abs(path[-100:]).max()}
    return found


@claim(
    "One line contains SGD, averaged momentum and Nesterov's method",
    PRO,
    about="qhm",
    source="ma2019quasi",
    holds="max(sgd, averaged, nesterov) < 1e-14",
    says="Its paths differ by at most {sgd:.0e} from SGD's, {averaged:.0e} from averaged momentum's and "
    "{nesterov:.0e} from Nesterov's.",
)
def qhm_contains():
    """The same 200 random gradients: QHM at ν = 0 beside SGD, at ν = 1 beside momentum with its rate times 1 − μ, which
    averages the gradients, and at ν = μ beside Nesterov with its rate times 1 − μ."""
    gradients = np.random.default_rng(0).normal(size=(200, 3))
    inner, whole = {"lr": 0.01, "momentum": 0.9}, {"lr": 0.001, "momentum": 0.9}
    pairs = {
        "sgd": (walk("qhm", gradients, nu=0.0), walk("sgd", gradients)),
        "averaged": (walk("qhm", gradients, nu=1.0, **inner), walk("momentum", gradients, **whole)),
        "nesterov": (walk("qhm", gradients, nu=0.9, **inner), walk("nesterov", gradients, **whole)),
    }
    return {name: abs(one - other).max() for name, (one, other) in pairs.items()}


@claim(
    "With an average in place of the sum, changing μ does not change the speed",
    PRO,
    about="dampened_momentum",
    holds="max(average) < 1.01 * min(average) and 2 * min(average) < max(total)",
    says="For μ = 0.5, 0.9 and 0.99 the way is {average[0]:.2f}, {average[1]:.2f} and {average[2]:.2f} with an "
    "average; with a sum it is {total[0]:.1f}, {total[1]:.1f} and {total[2]:.1f}.",
)
def dampening_keeps_the_speed():
    """1,000 constant gradients of 1 at the rate 0.001: the way for μ = 0.5, 0.9, 0.99, as an average and as a sum."""
    gradients, momenta = np.ones(1000), (0.5, 0.9, 0.99)
    return {
        "average": [-walk("dampened_momentum", gradients, momentum=mu, dampening=mu)[-1] for mu in momenta],
        "total": [-walk("momentum", gradients, momentum=mu)[-1] for mu in momenta],
    }


@claim(
    "Its L1 penalty makes weights exactly zero",
    PRO,
    about="ftrl",
    source="mcmahan2013ad",
    holds="ftrl > 45 / 2 and sgd == 0 and smallest > 1",
    says="Of 45 idle weights {ftrl} are exactly zero under FTRL and {sgd} under SGD; the least of the other five is "
    "{smallest:.2f}, where 2 is true.",
)
def ftrl_is_sparse():
    """Least squares, 50 features of which 5 matter, one record a step, 2,000 steps: how many idle weights are exactly 0
    under FTRL with λ₁ = 20, and under SGD with the subgradient of a penalty. It holds if most are, and none there."""
    true = np.where(np.arange(50) < 5, 2.0, 0.0)

    def weights(key: str, penalty: float, **given: Any) -> np.ndarray:
        rng = np.random.default_rng(0)

        def gradient(p):
            x = rng.normal(size=50)
            return (x @ p - x @ true - 0.1 * rng.normal()) * x + penalty * np.sign(p)

        return walk(key, gradient, 2000, start=np.zeros(50), **given)[-1]

    ours, theirs = weights("ftrl", 0, lr=0.3, lambda1=20.0), weights("sgd", 0.05, lr=0.01)
    return {"ftrl": (ours[5:] == 0).sum(), "sgd": (theirs[5:] == 0).sum(), "smallest": ours[:5].min()}


@claim(
    "A fall of the learning rate acts at once, unlike where the rate is in the sum",
    PRO,
    about="rmsprop_momentum",
    holds="abs(outside - 1) < 1e-9 and inside > 2",
    says="The next step has {outside:.2f} times the length that the new rate gives if the rate stands outside the "
    "sum, and {inside:.1f} times if it stands inside.",
)
def rate_acts_at_once():
    """Constant gradients; after step 50 the rate falls from 0.1 to 0.01. The next step in units of what the new rate
    gives: as here, with the rate outside the sum of momentum, and by the form that has it inside."""
    t = np.arange(1, 61)
    rate = np.where(t <= 50, 0.1, 0.01)
    normalised = rate / ((1 - 0.99**t) ** 0.5 + 1e-8)  # momentum that sums these has the rate inside
    paths = {
        "outside": walk("rmsprop_momentum", np.ones(60), lr=lambda t: rate[t - 1]),
        "inside": walk("momentum", normalised, lr=1.0, momentum=0.9),
    }
    later = walk("rmsprop_momentum", np.ones(60), lr=0.01)
    return {name: np.diff(path)[50] / np.diff(later)[50] for name, path in paths.items()}


@claim(
    "It lowers the variance of the gradients that it averages",
    PRO,
    about="mars",
    source="yuan2024mars",
    verdict=FAILS,
    conditions="with the stored gradient of the last batch, as here; the exact form takes two gradients a step",
    holds="average < 1",
    says="A corrected gradient has {gradient:.2f} times the variance of the plain one, and the average "
    "{average:.2f} times that of the plain average.",
)
def mars_variance():
    """2,000 independent gradients for each of 200 parameters: the variance of a corrected gradient, and of the average,
    against the plain gradient's, at the default weights 0.025 and β₁ = 0.95."""
    g = np.random.default_rng(0).normal(size=(2000, 200)) / 100
    c = g.copy()
    c[1:] += 0.025 * 0.95 / 0.05 * (g[1:] - g[:-1])

    def averages(gradients: np.ndarray) -> np.ndarray:
        return np.diff(walk("qhm", gradients, lr=1.0, momentum=0.95, nu=1.0), axis=0)[200:]

    return {"gradient": c.var() / g.var(), "average": (averages(c) ** 2).mean() / (averages(g) ** 2).mean()}


@claim(
    "Parameter by parameter its step never goes against the gradient",
    PRO,
    about=("cautious_adamw", "cautious_lion"),
    source="liang2024cautious",
    holds="max(cautious_adamw, cautious_lion) == 0 < min(adamw, lion)",
    says="Of the steps {cautious_adamw:.0%} of CautiousAdamW's and {cautious_lion:.0%} of CautiousLion's go up, but "
    "{adamw:.0%} of AdamW's and {lion:.0%} of Lion's.",
)
def cautious_never_climbs():
    """200 parameters, 300 random gradients with mean 0.3 and deviation 1, no decay: the share of steps that go up."""
    gradients = np.random.default_rng(0).normal(0.3, 1, size=(300, 200))
    keys = ("adamw", "cautious_adamw", "lion", "cautious_lion")
    steps = {key: np.diff(walk(key, gradients, weight_decay=0.0), axis=0) for key in keys}
    return {key: (step * gradients > 0).mean() for key, step in steps.items()}


@claim(
    "It keeps updates short when gradients suddenly grow",
    PRO,
    about="stable_adamw",
    source="wortsman2023stable",
    holds="stable_adamw < 0.5 * adamw",
    says="After the jump the longest step of StableAdamW is {stable_adamw:.2f} η, that of AdamW {adamw:.2f} η.",
)
def stable_adamw_tames():
    """500 random gradients, then 20 of 100 times the size: the longest step after the jump, as a root mean square in
    units of the learning rate, for β₂ = 0.99 in both."""
    gradients = np.random.default_rng(0).normal(size=(520, 100))
    gradients[500:] *= 100
    paths = {key: walk(key, gradients, lr=1, beta2=0.99, weight_decay=0.0) for key in ("adamw", "stable_adamw")}
    return {key: (np.diff(path[500:], axis=0) ** 2).mean(axis=1).max() ** 0.5 for key, path in paths.items()}


@claim(
    "It needs half of Adam's state, and each layer's gradient may have its own scale",
    PRO,
    about="novograd",
    source="ginsburg2019stochastic",
    holds="change < 1e-12 and state == 0.5",
    says="It keeps {state:.0%} of Adam's state, and with one layer's gradients times 1,000 its path changes by "
    "{change:.0e}.",
)
def novograd_layers():
    """State for a 64×32 matrix; and 50 gradients of two layers, the second's times 1000: how far the path changes."""
    gradients = np.random.default_rng(0).normal(size=(50, 2, 8))
    ends = []
    for scale in (1.0, 1000.0):
        layers = [np.zeros(8), np.zeros(8)]
        optimizer = made("novograd", layers, lr=0.01, eps=0.0)
        for one, other in gradients:
            optimizer.step([one, scale * other])
        ends.append(np.array(layers))
    return {
        "state": state_bytes(RULES["novograd"]) / state_bytes(RULES["adam"]),
        "change": abs(ends[1] - ends[0]).max(),
    }


@claim(
    "It adapts the momentum, not the rate: parameters keep their relative speed",
    PRO,
    about="adai",
    source="xie2022adaptive",
    holds="adai < 1.2 and adam > 100",
    says="The ways of the parameters, each over its gradient, differ by a factor of {adai:.2f} for Adai, {sgd:.2f} "
    "for SGD and {adam:,.0f} for Adam.",
)
def adai_keeps_speeds():
    """1,000 constant gradients of 0.01, 1 and 100, one array: the way of each parameter relative to its gradient's."""
    scales = np.array([0.01, 1.0, 100.0])
    ways = {key: abs(walk(key, np.tile(scales, (1000, 1)), lr=1e-4)[-1]) / scales for key in ("adai", "adam", "sgd")}
    return {key: way.max() / way.min() for key, way in ways.items()}


@claim(
    "Its steps are as long whatever the shape of the matrix, so that AdamW's rate fits",
    PRO,
    about="muon_rms",
    source="liu2025muon",
    verdict=PARTLY,
    conditions="to within 40%, since five Newton–Schulz steps do not bring all singular values to 1",
    holds="max(muon_rms) < 1.2 * min(muon_rms)",
    partly="max(muon_rms) < 1.5 * min(muon_rms) and max(muon) > 3 * min(muon)",
    says="On the three shapes the root mean square of its step is {muon_rms[0]:.2f}, {muon_rms[1]:.2f} and "
    "{muon_rms[2]:.2f} η; that of Muon's is {muon[0]:.2f}, {muon[1]:.2f} and {muon[2]:.2f} η.",
)
def muon_rms_shapes():
    """The first step of random gradients of shapes 64×64, 256×16 and 8×512: root mean square in units of the rate."""
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=(1, *shape)) for shape in ((64, 64), (256, 16), (8, 512))]
    return {
        key: [(walk(key, g, lr=1.0, weight_decay=0.0)[-1] ** 2).mean() ** 0.5 for g in gradients]
        for key in ("muon_rms", "muon")
    }


@claim(
    "Given the curvature, it takes Newton's step where that is short",
    PRO,
    about="sophia",
    source="liu2024sophia",
    holds="sophia < 0.1 * signum",
    says="Sophia with the exact curvature needs {sophia} step, and Signum {'more than 2,000' if signum > 2000 else "
    "signum} at the best of its rates.",
)
def sophia_takes_newtons_step():
    """A bowl with ten curvatures from 1 to 1,000, from 0.1 to 0.9 along each: steps to a millionth of the first
    loss; Sophia with the exact curvature as its h, γ = 1, β₁ = 0 and rate 1; Signum at the best of eleven rates."""
    curvature, start = np.geomspace(1, 1000, 10), np.random.default_rng(0).uniform(0.1, 0.9, 10)

    def sophia(p: np.ndarray, **given: Any) -> Any:
        optimizer = made("sophia", p, beta1=0.0, curvature_weight=1.0, weight_decay=0.0, **given)
        optimizer.state["h"][...] = curvature
        return optimizer

    def steps(optimizer: Any, lr: float) -> int:
        losses = walk(optimizer, lambda p: curvature * p, 2000, start=start, lr=lr) ** 2 @ curvature
        return first(losses, 1e-6 * losses[0], 2001)

    needed, rates = [], 10.0 ** np.arange(-5, 0.1, 0.5)
    for lr in rates:
        needed.append(steps("signum", lr))
    fewest = needed[least(needed, rates)] if min(needed) <= 2000 else 2001
    return {"sophia": steps(sophia, 1.0), "signum": fewest}


@claim(
    "It averages instead of decaying its rate",
    PRO,
    about="schedule_free_adamw",
    source="defazio2024road",
    holds="schedule_free_adamw < 0.5 * adamw",
    says="From the minimum the average is {schedule_free_adamw:.3f} away, and AdamW {adamw:.3f}.",
)
def schedule_free_averages():
    """1,000 parameters with loss θ²/2 and noise of deviation 1, from the minimum, 3,000 steps at the constant rate 0.1:
    root mean square distance of the average x, which is to be used, and of AdamW's parameters."""
    given = {"lr": 0.1, "weight_decay": 0.0}

    def square(p: np.ndarray, opt: Any) -> float:
        return (((p - 0.1 * opt.state["z"]) / 0.9) ** 2).mean()  # p holds y = β₁x + (1 − β₁)z

    averaged = walk("schedule_free_adamw", noisy(), 3000, start=np.zeros(1000), keep=square, **given)
    return {"adamw": distance("adamw", 3000, **given), "schedule_free_adamw": averaged[-1] ** 0.5}


@claim(
    "Clipping by the global norm keeps the direction of the whole gradient",
    PRO,
    about="clip_global_norm",
    source="pascanu2013difficulty",
    holds="abs(clip_global_norm - 1) < 1e-12 and clip_norm < 0.9",
    says="The cosine between gradient and step is {clip_global_norm:.2f} with ClipGlobalNorm, {clip_norm:.2f} with "
    "ClipNorm and {clip_value:.2f} with ClipValue.",
)
def global_norm_keeps_direction():
    """A gradient of two tensors, one 100 times as large: the cosine between the gradient and the step of SGD when it is
    clipped by the norm of all tensors, by each tensor's own, and by value."""
    rng = np.random.default_rng(0)
    gradient = [rng.normal(size=20), 100 * rng.normal(size=20)]
    cosine = {}
    for key, limit in (("clip_global_norm", "max_norm"), ("clip_norm", "max_norm"), ("clip_value", "max_value")):
        p = [np.zeros(20), np.zeros(20)]
        WRAPPERS[key](made("sgd", p, lr=1.0), **{limit: 0.5}).step(gradient)
        step, g = -np.concatenate(p), np.concatenate(gradient)
        cosine[key] = step @ g / np.linalg.norm(step) / np.linalg.norm(g)
    return cosine


@claim(
    "Around Adam it is AdamW, and any other optimizer can have it",
    PRO,
    about="decoupled_decay",
    source="loshchilov2019decoupled",
    holds="max(adamw, lion) < 1e-14",
    says="The paths differ by at most {adamw:.0e} from AdamW's and {lion:.0e} from Lion's own decay.",
)
def decoupled_decay_makes_adamw():
    """200 random gradients: AdamW beside Adam in the wrapper; Lion with its own decay beside Lion in the wrapper."""
    gradients = np.random.default_rng(0).normal(size=(200, 5))

    def difference(own: str, inner: str, **bare: float) -> float:
        def around(p: np.ndarray) -> Any:
            return WRAPPERS["decoupled_decay"](made(inner, p, lr=0.01, **bare), weight_decay=0.1)

        one = walk(own, gradients, start=1.0, lr=0.01, weight_decay=0.1)
        return abs(one - walk(around, gradients, start=1.0))[-1].max()

    return {"adamw": difference("adamw", "adam"), "lion": difference("lion", "lion", weight_decay=0.0)}


@claim(
    "NAdam's schedule for its momentum makes it train better than without",
    PRO,
    about=("nadam", "nadam_constant"),
    source="dozat2016incorporating",
    verdict=FAILS,
    conditions="on the digits its loss is the higher one",
    **better(0.1),
    says=lower("without", what="With the schedule the loss") + ".",
)
def nadam_schedule():
    """The digits network, 32 units, 150 steps; each at the best of six rates for three seeds, then 20 others."""
    rates, run = 10.0 ** np.arange(-3, -0.4, 0.5), {"tuning": range(3), "seeds": range(3, 23), "steps": 150}
    found = {key: tuned("network", key, rates, by_training=True, **run).training for key in ("nadam", "nadam_constant")}
    return lower_by(found["nadam"], found["nadam_constant"])
