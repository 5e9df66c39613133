"""Claims about optimizers of the catalogue that no chapter treats at length: what each is advertised for."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..card import state_bytes
from ..optimizer import Optimizer
from ..rules import RULES
from ..wrappers import WRAPPERS
from .claim import FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, loss, model


def walk(key: str, gradients: Iterable[Any], start: Any = 0.0, **hyperparameters: Any) -> np.ndarray:
    """The parameters before the first step and after each: an optimizer that meets these gradients."""
    gradients = [np.asarray(g, float) for g in gradients]
    p = np.array(np.broadcast_to(start, gradients[0].shape), float)
    optimizer, path = Optimizer.of(RULES[key])(p, **hyperparameters), [p.copy()]
    for g in gradients:
        optimizer.step(g)
        path.append(p.copy())
    return np.array(path)


def descent(key: str, curvature: float, steps: int, **hyperparameters: Any) -> np.ndarray:
    """The path on h θ²/2 from 1."""
    p = np.ones(1)
    optimizer, path = Optimizer.of(RULES[key])(p, **hyperparameters), [1.0]
    for _ in range(steps):
        optimizer.step(curvature * p)
        path.append(float(p[0]))
    return np.array(path)


@claim(
    "Averaging several momenta lets a large one take part without its oscillation",
    PRO,
    about="aggmo",
    source="lucas2019aggregated",
)
def aggmo_damps():
    """A bowl of curvature 1, from 1, 500 steps at the rate 0.03: how far momenta 0, 0.9 and 0.99 together swing beyond
    the minimum, and what is left of the distance in the last 100 steps, beside momentum 0.99 alone."""
    alone, together = (
        descent(key, 1, 500, lr=0.03, **given) for key, given in (("momentum", {"momentum": 0.99}), ("aggmo", {}))
    )
    beyond, left = ([-path.min() for path in (alone, together)], [abs(path[-100:]).max() for path in (alone, together)])
    return Finding(
        HOLDS if beyond[1] < 0.8 * beyond[0] and left[1] < 0.5 * left[0] else FAILS,
        f"beyond the minimum {beyond[1]:.2f} against {beyond[0]:.2f}; left {left[1]:.0e} against {left[0]:.0e}",
        {"beyond_aggmo": beyond[1], "beyond_momentum": beyond[0], "left_aggmo": left[1], "left_momentum": left[0]},
    )


@claim("One line contains SGD, averaged momentum and Nesterov's method", PRO, about="qhm", source="ma2019quasi")
def qhm_contains():
    """The same 200 random gradients: QHM at ν = 0 beside SGD, at ν = 1 beside momentum with its rate times 1 − μ, which
    averages the gradients, and at ν = μ beside Nesterov with its rate times 1 − μ."""
    gradients = np.random.default_rng(0).normal(size=(200, 3))
    sgd = abs(walk("qhm", gradients, nu=0.0) - walk("sgd", gradients)).max()
    inner = {"lr": 0.01, "momentum": 0.9}
    averaged = abs(walk("qhm", gradients, nu=1.0, **inner) - walk("momentum", gradients, lr=0.001, momentum=0.9)).max()
    nesterov = abs(walk("qhm", gradients, nu=0.9, **inner) - walk("nesterov", gradients, lr=0.001, momentum=0.9)).max()
    return Finding(
        HOLDS if max(sgd, averaged, nesterov) < 1e-14 else FAILS,
        f"largest difference {sgd:.0e} from SGD, {averaged:.0e} from averaged momentum, {nesterov:.0e} from Nesterov",
        {"sgd": float(sgd), "averaged momentum": float(averaged), "nesterov": float(nesterov)},
    )


@claim("With an average in place of the sum, changing μ does not change the speed", PRO, about="dampened_momentum")
def dampening_keeps_the_speed():
    """1,000 constant gradients of 1 at the rate 0.001: the way for μ = 0.5, 0.9, 0.99, as an average and as a sum."""
    gradients = np.ones((1000, 1))
    average = [-walk("dampened_momentum", gradients, momentum=mu, dampening=mu)[-1, 0] for mu in (0.5, 0.9, 0.99)]
    total = [-walk("momentum", gradients, momentum=mu)[-1, 0] for mu in (0.5, 0.9, 0.99)]
    return Finding(
        HOLDS if max(average) < 1.01 * min(average) < 2 * min(average) < max(total) else FAILS,
        "way "
        + ", ".join(f"{a:.2f}" for a in average)
        + " as an average; "
        + ", ".join(f"{a:.1f}" for a in total)
        + " as a sum",
        {f"average_{mu}": a for mu, a in zip((0.5, 0.9, 0.99), average, strict=True)},
    )


@claim("Its L1 penalty makes weights exactly zero", PRO, about="ftrl", source="mcmahan2013ad")
def ftrl_is_sparse():
    """Least squares, 50 features of which 5 matter, one record a step, 2,000 steps: how many idle weights are exactly 0
    under FTRL with λ₁ = 20, and under SGD with the subgradient of a penalty. It holds if most are, and none there."""
    rng = np.random.default_rng(0)
    true = np.where(np.arange(50) < 5, 2.0, 0.0)
    ours, theirs = np.zeros(50), np.zeros(50)
    ftrl = Optimizer.of(RULES["ftrl"])(ours, lr=0.3, lambda1=20.0)
    sgd = Optimizer.of(RULES["sgd"])(theirs, lr=0.01)
    for _ in range(2000):
        x = rng.normal(size=50)
        y = x @ true + 0.1 * rng.normal()
        ftrl.step((x @ ours - y) * x)
        sgd.step((x @ theirs - y) * x + 0.05 * np.sign(theirs))
    zeros = [int((p[5:] == 0).sum()) for p in (ours, theirs)]
    return Finding(
        HOLDS if zeros[0] > 45 / 2 and zeros[1] == 0 and (ours[:5] > 1).all() else FAILS,
        f"{zeros[0]} of 45 idle weights, with SGD {zeros[1]}; the least of the others {ours[:5].min():.2f} (true: 2)",
        {"ftrl": zeros[0], "sgd": zeros[1], "smallest": float(ours[:5].min())},
    )


@claim(
    "A fall of the learning rate acts at once, unlike where the rate is in the sum",
    PRO,
    about="rmsprop_momentum",
)
def rate_acts_at_once():
    """Constant gradients; after step 50 the rate falls from 0.1 to 0.01. The next step in units of what the new rate
    gives: as here, with the rate outside the sum of momentum, and by the form that has it inside."""

    def rate(t: int) -> float:
        return 0.1 if t <= 50 else 0.01

    steps = np.diff(walk("rmsprop_momentum", np.ones((60, 1)), lr=rate)[:, 0])
    later = np.diff(walk("rmsprop_momentum", np.ones((60, 1)), lr=0.01)[:, 0])
    ratio = float(steps[50] / later[50])
    inside, sizes = 0.0, []
    for t in range(1, 61):
        v = 1 - 0.99**t
        inside = 0.9 * inside + rate(t) / (v**0.5 + 1e-8)
        sizes.append(inside)
    late = float(sizes[50] / abs(later[50]))
    return Finding(
        HOLDS if abs(ratio - 1) < 1e-9 and late > 2 else FAILS,
        f"{ratio:.2f} with the rate outside, {late:.1f} with the rate inside",
        {"outside": ratio, "inside": late},
    )


@claim(
    "It lowers the variance of the gradients that it averages",
    PRO,
    about="mars",
    source="yuan2024mars",
    verdict=FAILS,
    conditions="with the stored gradient of the last batch, as here; the exact form takes two gradients a step",
)
def mars_variance():
    """2,000 independent gradients for each of 200 parameters: the variance of a corrected gradient, and of the average,
    against the plain gradient's, at the default weights 0.025 and β₁ = 0.95."""
    g = np.random.default_rng(0).normal(size=(2000, 200)) / 100
    c = g.copy()
    c[1:] += 0.025 * 0.95 / 0.05 * (g[1:] - g[:-1])
    m, plain, variances = np.zeros(200), np.zeros(200), []
    for corrected, raw in zip(c, g, strict=True):
        m, plain = 0.95 * m + 0.05 * corrected, 0.95 * plain + 0.05 * raw
        variances.append([(m**2).mean(), (plain**2).mean()])
    single = float(c.var() / g.var())
    ours, theirs = np.mean(variances[200:], axis=0)
    return Finding(
        HOLDS if ours < theirs else FAILS,
        f"{single:.2f} times the variance for one gradient, {ours / theirs:.2f} times for the average",
        {"gradient": single, "average": float(ours / theirs)},
    )


@claim(
    "Parameter by parameter its step never goes against the gradient",
    PRO,
    about=("cautious_adamw", "cautious_lion"),
    source="liang2024cautious",
)
def cautious_never_climbs():
    """200 parameters, 300 random gradients with mean 0.3 and deviation 1, no decay: the share of steps that go up."""
    gradients = np.random.default_rng(0).normal(0.3, 1, size=(300, 200))
    share = {}
    for key in ("adamw", "cautious_adamw", "lion", "cautious_lion"):
        steps = np.diff(walk(key, gradients, weight_decay=0.0), axis=0)
        share[key] = float((steps * gradients > 0).mean())
    return Finding(
        HOLDS if share["cautious_adamw"] == share["cautious_lion"] == 0 < min(share["adamw"], share["lion"]) else FAILS,
        ", ".join(f"{RULES[key].name} {part:.0%}" for key, part in share.items()),
        share,
    )


@claim("It keeps updates short when gradients suddenly grow", PRO, about="stable_adamw", source="wortsman2023stable")
def stable_adamw_tames():
    """500 random gradients, then 20 of 100 times the size: the longest step after the jump, as a root mean square in
    units of the learning rate, for β₂ = 0.99 in both."""
    gradients = np.random.default_rng(0).normal(size=(520, 100))
    gradients[500:] *= 100
    longest = {
        key: float(
            np.sqrt(
                (np.diff(walk(key, gradients, lr=1, beta2=0.99, weight_decay=0.0), axis=0)[500:] ** 2).mean(axis=1)
            ).max()
        )
        for key in ("adamw", "stable_adamw")
    }
    return Finding(
        HOLDS if longest["stable_adamw"] < 0.5 * longest["adamw"] else FAILS,
        f"{longest['stable_adamw']:.2f} against {longest['adamw']:.2f} of AdamW",
        longest,
    )


@claim(
    "It needs half of Adam's state, and each layer's gradient may have its own scale",
    PRO,
    about="novograd",
    source="ginsburg2019stochastic",
)
def novograd_layers():
    """State for a 64×32 matrix; and 50 gradients of two layers, the second's times 1000: how far the path changes."""
    gradients = np.random.default_rng(0).normal(size=(50, 2, 8))
    paths = []
    for scale in (1.0, 1000.0):
        layers = [np.zeros(8), np.zeros(8)]
        optimizer = Optimizer.of(RULES["novograd"])(layers, lr=0.01, eps=0.0)
        for one, other in gradients:
            optimizer.step([one, scale * other])
        paths.append(np.concatenate(layers))
    change, share = float(abs(paths[1] - paths[0]).max()), state_bytes(RULES["novograd"]) / state_bytes(RULES["adam"])
    return Finding(
        HOLDS if change < 1e-12 and share == 0.5 else FAILS,
        f"{share:.0%} of Adam's arrays; the paths differ by {change:.0e}",
        {"state": share, "change": change},
    )


@claim(
    "It adapts the momentum, not the rate: parameters keep their relative speed",
    PRO,
    about="adai",
    source="xie2022adaptive",
)
def adai_keeps_speeds():
    """1,000 constant gradients of 0.01, 1 and 100, one array: the way of each parameter relative to its gradient's."""
    scales = np.array([0.01, 1.0, 100.0])
    ways = {key: abs(walk(key, np.tile(scales, (1000, 1)), lr=1e-4)[-1]) / scales for key in ("adai", "adam", "sgd")}
    spread = {key: float(way.max() / way.min()) for key, way in ways.items()}
    return Finding(
        HOLDS if spread["adai"] < 1.2 and spread["adam"] > 100 else FAILS,
        f"ways per gradient within a factor {spread['adai']:.2f}; SGD {spread['sgd']:.2f}, Adam {spread['adam']:.0f}",
        spread,
    )


@claim(
    "Its steps are as long whatever the shape of the matrix, so that AdamW's rate fits",
    PRO,
    about="muon_rms",
    source="liu2025muon",
    verdict=PARTLY,
    conditions="to within 40%, since five Newton–Schulz steps do not bring all singular values to 1",
)
def muon_rms_shapes():
    """The first step of random gradients of shapes 64×64, 256×16 and 8×512: root mean square in units of the rate."""
    rng = np.random.default_rng(0)
    found = {"muon_rms": [], "muon": []}
    for shape in ((64, 64), (256, 16), (8, 512)):
        gradient = rng.normal(size=(1, *shape))
        for key, lengths in found.items():
            step = np.diff(walk(key, gradient, lr=1.0, weight_decay=0.0), axis=0)
            lengths.append(float(np.sqrt((step**2).mean())))
    spread = {key: max(lengths) / min(lengths) for key, lengths in found.items()}
    return Finding(
        HOLDS if spread["muon_rms"] < 1.2 else PARTLY if spread["muon_rms"] < 1.5 < 3 < spread["muon"] else FAILS,
        "root mean squares "
        + ", ".join(f"{a:.2f}" for a in found["muon_rms"])
        + "; Muon "
        + ", ".join(f"{a:.2f}" for a in found["muon"]),
        spread,
    )


@claim("Given the curvature, it takes Newton's step where that is short", PRO, about="sophia", source="liu2024sophia")
def sophia_takes_newtons_step():
    """A bowl with ten curvatures from 1 to 1,000, from 0.1 to 0.9 along each: steps to a millionth of the first
    loss; Sophia with the exact curvature as its h, γ = 1, β₁ = 0 and rate 1; Signum at the best of eight rates."""
    curvature, start = np.geomspace(1, 1000, 10), np.random.default_rng(0).uniform(0.1, 0.9, 10)

    def steps(key: str, limit: int = 500, **given: Any) -> float:
        p = start.copy()
        optimizer = Optimizer.of(RULES[key])(p, **given)
        if key == "sophia":
            optimizer.state["h"][...] = curvature
        first = curvature @ p**2
        for t in range(1, limit + 1):
            optimizer.step(curvature * p)
            if curvature @ p**2 < 1e-6 * first:
                return t
        return np.inf

    ours = steps("sophia", lr=1.0, beta1=0.0, curvature_weight=1.0, weight_decay=0.0)
    theirs = min(steps("signum", lr=lr) for lr in np.geomspace(1e-4, 0.3, 8))
    return Finding(
        HOLDS if ours < 0.1 * theirs else FAILS,
        f"{ours:.0f} step; Signum {'more than 500' if np.isinf(theirs) else f'{theirs:.0f}'}",
        {"sophia": ours, "signum": min(theirs, 501.0)},
    )


@claim("It averages instead of decaying its rate", PRO, about="schedule_free_adamw", source="defazio2024road")
def schedule_free_averages():
    """1,000 parameters with loss θ²/2 and noise of deviation 1, from the minimum, 3,000 steps at the constant rate 0.1:
    root mean square distance of the average x, which is to be used, and of AdamW's parameters."""
    distance = {}
    for key in ("adamw", "schedule_free_adamw"):
        rng, p = np.random.default_rng(0), np.zeros(1000)
        optimizer = Optimizer.of(RULES[key])(p, lr=0.1, weight_decay=0.0)
        for _ in range(3000):
            optimizer.step(p + rng.normal(size=1000))
        x = p if key == "adamw" else (p - 0.1 * optimizer.state["z"]) / 0.9  # p holds y = β₁x + (1 − β₁)z
        distance[key] = float((x**2).mean() ** 0.5)
    return Finding(
        HOLDS if distance["schedule_free_adamw"] < 0.5 * distance["adamw"] else FAILS,
        f"distance {distance['schedule_free_adamw']:.3f}, AdamW {distance['adamw']:.3f}",
        distance,
    )


@claim(
    "Clipping by the global norm keeps the direction of the whole gradient",
    PRO,
    about="clip_global_norm",
    source="pascanu2013difficulty",
)
def global_norm_keeps_direction():
    """A gradient of two tensors, one 100 times as large: the cosine between the gradient and the step of SGD when it is
    clipped by the norm of all tensors, by each tensor's own, and by value."""
    rng = np.random.default_rng(0)
    gradient = [rng.normal(size=20), 100 * rng.normal(size=20)]
    cosine = {}
    for key, limit in (("clip_global_norm", "max_norm"), ("clip_norm", "max_norm"), ("clip_value", "max_value")):
        p = [np.zeros(20), np.zeros(20)]
        WRAPPERS[key](Optimizer.of(RULES["sgd"])(p, lr=1.0), **{limit: 0.5}).step(gradient)
        step, g = -np.concatenate(p), np.concatenate(gradient)
        cosine[key] = float(step @ g / np.linalg.norm(step) / np.linalg.norm(g))
    return Finding(
        HOLDS if abs(cosine["clip_global_norm"] - 1) < 1e-12 and cosine["clip_norm"] < 0.9 else FAILS,
        "cosine " + ", ".join(f"{value:.2f} ({WRAPPERS[key].__name__})" for key, value in cosine.items()),
        cosine,
    )


@claim(
    "Around Adam it is AdamW, and any other optimizer can have it",
    PRO,
    about="decoupled_decay",
    source="loshchilov2019decoupled",
)
def decoupled_decay_makes_adamw():
    """200 random gradients: AdamW beside Adam in the wrapper; Lion with its own decay beside Lion in the wrapper."""
    gradients = np.random.default_rng(0).normal(size=(200, 5))
    gaps = {}
    for with_decay, key in (("adamw", "adam"), ("lion", "lion")):
        bare = {"weight_decay": 0.0} if key == "lion" else {}
        p, q = np.ones(5), np.ones(5)
        one = Optimizer.of(RULES[with_decay])(p, lr=0.01, weight_decay=0.1)
        other = WRAPPERS["decoupled_decay"](Optimizer.of(RULES[key])(q, lr=0.01, **bare), weight_decay=0.1)
        for g in gradients:
            one.step(g)
            other.step(g)
        gaps[with_decay] = float(abs(p - q).max())
    return Finding(
        HOLDS if max(gaps.values()) < 1e-14 else FAILS,
        f"largest difference {gaps['adamw']:.0e} from AdamW, {gaps['lion']:.0e} from Lion",
        gaps,
    )


@claim(
    "NAdam's schedule for its momentum makes it train better than without",
    PRO,
    about=("nadam", "nadam_constant"),
    source="dozat2016incorporating",
    verdict=FAILS,
    conditions="on the digits the difference is within the spread of seeds",
)
def nadam_schedule():
    """The digits network, 32 units, 150 steps; of six rates the best for three seeds, then five others to compare."""

    def losses(key: str, lr: float, seeds: range) -> np.ndarray:
        return np.array([loss(descend(model("network"), key, lr, seed, steps=150)) for seed in seeds])

    found = {}
    for key in ("nadam", "nadam_constant"):
        best = min(10.0 ** np.arange(-3, -0.4, 0.5), key=lambda lr: losses(key, lr, range(3)).mean())
        found[key] = losses(key, best, range(3, 8))
    ahead = found["nadam_constant"].mean() - found["nadam"].mean()
    spread = max(values.std(ddof=1) for values in found.values())
    return Finding(
        HOLDS if ahead > spread else FAILS,
        f"loss {found['nadam'].mean():.3f} with, {found['nadam_constant'].mean():.3f} without, deviation {spread:.3f}",
        {
            "with": float(found["nadam"].mean()),
            "without": float(found["nadam_constant"].mean()),
            "spread": float(spread),
        },
    )
