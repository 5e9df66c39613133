"""Claims about where Adam fails to converge or to generalise, and about what is said to mend it."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..minimize import batches, minimize
from ..optimizer import Optimizer
from ..problems import TwoLayerNetwork, digits
from ..problems.counterexamples import Reddi, Separable
from ..rules import RULES, Rule
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim

# ── many networks at once ─────────────────────────────────────────────────────────────────────────────


def _forward(params: dict[str, Any], x: Any) -> tuple[Any, Any]:
    h = np.maximum(x @ params["W1"] + params["b1"], 0)
    return h, h @ params["W2"] + params["b2"]


def _log_probabilities(params: dict[str, Any], x: Any) -> tuple[Any, Any]:
    h, scores = _forward(params, x)
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return h, shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def gradients(params: dict[str, Any], x: Any, y: Any) -> dict[str, Any]:
    """Gradient of the mean cross-entropy by parameter, one for each run; x and y have the runs as their first axis."""
    h, log_p = _log_probabilities(params, x)
    d_scores = (np.exp(log_p) - (y[..., None] == np.arange(log_p.shape[-1]))) / y.shape[-1]
    d_hidden = (d_scores @ params["W2"].swapaxes(1, 2)) * (h > 0)
    return {
        "W1": x.swapaxes(1, 2) @ d_hidden,
        "b1": d_hidden.sum(axis=1, keepdims=True),
        "W2": h.swapaxes(1, 2) @ d_scores,
        "b2": d_scores.sum(axis=1, keepdims=True),
    }


def train(
    rule: Rule, pools: dict[int, tuple[Any, Any]], seeds: Any, *, steps: int, batch_size: int, hidden: int, **hyper: Any
) -> dict[str, Any]:
    """Train many two-layer networks at once, one for each entry of `seeds`; parameters with one more axis, the runs.

    pools: by seed, the examples (x, y) of its runs, as many for all. hyper: numbers, one for each run, or functions of
    t that return either. Each run is, to rounding, `fo.minimize(fo.problems.TwoLayerNetwork(x, y, hidden), ...)`.
    """
    different = sorted(set(seeds))
    run = [different.index(seed) for seed in seeds]
    drawn = {seed: batches(len(pools[seed][1]), batch_size, seed) for seed in different}
    starts = [TwoLayerNetwork(*pools[seed], hidden).start(seed) for seed in seeds]
    params = {name: np.stack([np.atleast_2d(start[name]) for start in starts]) for name in starts[0]}
    state = {name: [np.zeros_like(p) for _ in rule.state] for name, p in params.items()}
    takes_t = "t" in rule.program.keywords
    for t in range(1, steps + 1):
        values = {name: np.reshape(v(t) if callable(v) else v, (-1, 1, 1)) for name, v in hyper.items()}
        if takes_t:
            values["t"] = t  # type: ignore[assignment]
        picked = [(pools[seed], next(drawn[seed])) for seed in different]
        x, y = (np.stack([pool[part][batch] for pool, batch in picked])[run] for part in (0, 1))
        with np.errstate(all="ignore"):
            grads = gradients(params, x, y)
            for name, g in grads.items():
                after = rule(params[name], g, *state[name], **values)
                params[name], *state[name] = after if rule.state else (after,)
    return params


def losses(params: dict[str, Any], x: Any, y: Any) -> Any:
    """Mean cross-entropy of each run, infinite for a run that diverged."""
    with np.errstate(all="ignore"):
        loss = -_log_probabilities(params, x)[1][:, np.arange(len(y)), y].mean(axis=1)
    return np.where(np.isfinite(loss), loss, np.inf)


def accuracies(params: dict[str, Any], x: Any, y: Any) -> Any:
    """Share of examples that each run reads correctly."""
    with np.errstate(all="ignore"):
        return (_forward(params, x)[1].argmax(axis=-1) == y).mean(axis=1)


class Split(NamedTuple):
    """The digits: 768 to train on, 256 to choose rates by, 773 to test on."""

    fit: tuple[Any, Any]
    held_out: tuple[Any, Any]
    test: tuple[Any, Any]


@cache
def split() -> Split:
    data = digits()
    x, y = np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    return Split((x[:768], y[:768]), (x[768:1024], y[768:1024]), (x[1024:], y[1024:]))


class Tuned(NamedTuple):
    """A rule at the rate that was best on held-out data: by seed, test accuracy and training loss at the end."""

    rate: float
    accuracy: Any
    loss: Any


#: The rates tried: half decades around the best.
RATES = {"sgd": (0.1, 0.3, 1.0, 3.0), "momentum": (0.03, 0.1, 0.3, 1.0)}
ADAM_RATES = (0.003, 0.01, 0.03, 0.1)


@cache
def tuned(
    key: str,
    *,
    steps: int = 400,
    batch_size: int = 64,
    hidden: int = 32,
    seeds: int = 6,
    cosine: bool = False,
    **hyper: float,
) -> Tuned:
    """Train the network on the digits at each rate and seed; the rate with the least mean held-out loss wins."""
    rates = np.array(RATES.get(key, ADAM_RATES))
    lr = np.repeat(rates, seeds)
    data = split()
    params = train(
        RULES[key],
        dict.fromkeys(range(seeds), data.fit),
        list(range(seeds)) * len(rates),
        steps=steps,
        batch_size=batch_size,
        hidden=hidden,
        lr=(lambda t: lr * (1 + np.cos(np.pi * (t - 1) / steps)) / 2) if cosine else lr,
        **hyper,
    )
    by_rate = [quality.reshape(-1, seeds) for quality in (accuracies(params, *data.test), losses(params, *data.fit))]
    best = int(losses(params, *data.held_out).reshape(-1, seeds).mean(axis=1).argmin())
    return Tuned(float(rates[best]), by_rate[0][best], by_rate[1][best])


def points(one: Tuned, other: Tuned) -> tuple[float, float]:
    """By how many points `one` reads more test images than `other`, and the standard error over seeds."""
    difference = 100 * (one.accuracy - other.accuracy)
    return float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5)


#: Differences in accuracy below this, in points, count for nothing: about two of the 773 test images.
MARGIN = 0.3

# ── Reddi's example ───────────────────────────────────────────────────────────────────────────────────


def _rate(t: int) -> float:
    return 0.5 / t**0.5


@cache
def reddi_ends(key: str, beta2: float | None = None) -> tuple[float, float]:
    """Where a rule ends after 1,000 steps of Reddi's example (C = 3): in turn, and the mean of 100 random runs."""
    hyper: dict[str, Any] = {} if beta2 is None else {"beta1": 0.0, "beta2": beta2}
    optimizer, problem = Optimizer.of(RULES[key]), Reddi()
    ends = [problem.run(optimizer, 1000, runs=runs, lr=_rate, **hyper)[-1].mean() for runs in (None, 100)]
    return float(ends[0]), float(ends[1])


@claim("Adam may not converge, even on a convex problem", CON, about="adam", source="reddi2018convergence")
def reddi() -> Finding:
    """Reddi's example with C = 3 and β₁ = 0, β₂ = 0.1, lr 0.5/√t, from 0, 1,000 steps in turn and 100 random runs. The
    best point is −1."""
    adam, sgd = reddi_ends("adam", 0.1), reddi_ends("sgd")
    wrong, right = min(adam) > 0.9, max(sgd) < -0.9
    return Finding(
        HOLDS if wrong and right else FAILS,
        f"Adam ends at {adam[0]:+.2f} (random: {adam[1]:+.2f}), SGD at {sgd[0]:+.2f} ({sgd[1]:+.2f}); best is -1",
        {"adam": adam[0], "adam_random": adam[1], "sgd": sgd[0], "sgd_random": sgd[1]},
    )


@claim("On a given problem Adam converges if its β₂ is large enough", PRO, about="adam", source="zhang2022adam")
def larger_beta2() -> Finding:
    """Reddi's example with β₁ = 0: the drift of a cycle by its formula for C from 2.5 to 100, and runs with C = 3 at
    β₂ = 0.4, 0.6 and 0.999."""
    borders = [Reddi(C).border() for C in (2.5, 3, 5, 10, 100)]
    ends = [reddi_ends("adam", beta2)[0] for beta2 in (0.4, 0.6, 0.999)]
    return Finding(
        HOLDS if max(borders) < 1 and ends[0] > 0.5 and max(ends[1:]) < -0.5 else FAILS,
        f"the border is at β₂ = {borders[1]:.3f} for C = 3 ({borders[0]:.2f} for 2.5, {borders[-1]:.3f} for 100); "
        f"ends at β₂ = 0.4, 0.6, 0.999: {ends[0]:+.2f}, {ends[1]:+.2f}, {ends[2]:+.2f}",
        {"border": borders[1], "below": ends[0], "above": ends[1], "default": ends[2]},
    )


@claim("AMSGrad mends the counter-example", PRO, about=("amsgrad", "amsgrad_corrected"), source="reddi2018convergence")
def amsgrad_mends() -> Finding:
    """The same example and settings as for Adam: both forms of AMSGrad, β₂ = 0.1."""
    raw, corrected = reddi_ends("amsgrad", 0.1), reddi_ends("amsgrad_corrected", 0.1)
    ends = [*raw, *corrected]
    return Finding(
        HOLDS if max(ends) < -0.9 else PARTLY if max(raw[0], corrected[0]) < -0.9 else FAILS,
        f"maximum of raw moments {raw[0]:+.2f} (random: {raw[1]:+.2f}), "
        f"of corrected ones {corrected[0]:+.2f} ({corrected[1]:+.2f}); best is -1",
        {"raw": raw[0], "raw_random": raw[1], "corrected": corrected[0], "corrected_random": corrected[1]},
    )


@claim("ADOPT mends the counter-example at every β₂ tried", PRO, about="adopt", source="taniguchi2024adopt")
def adopt() -> Finding:
    """The same example: ADOPT with β₁ = 0 and β₂ = 0.1, 0.5, 0.9 and 0.99, in turn and at random."""
    ends = [end for beta2 in (0.1, 0.5, 0.9, 0.99) for end in reddi_ends("adopt", beta2)]
    return Finding(
        HOLDS if max(ends) < -0.9 else PARTLY if min(ends) < -0.9 else FAILS,
        f"the eight ends lie between {min(ends):+.2f} and {max(ends):+.2f}; best is -1",
        {"least": min(ends), "largest": max(ends)},
    )


@claim(
    "AMSGrad's rates never grow",
    PRO,
    about=("amsgrad", "amsgrad_corrected"),
    source="reddi2018convergence",
    verdict=PARTLY,
    conditions="true if the maximum is of corrected moments; if it is corrected after the maximum, as in PyTorch, "
    "rates grow while the correction fades, by up to 1/√(1−β₂)",
)
def rates_never_grow() -> Finding:
    """A gradient of 1 and then 10,000 of 0.001 at the defaults: the last rate, lr / √v̂, over the first."""
    grown = {}
    for key in ("amsgrad", "amsgrad_corrected"):
        p = np.zeros(1)
        opt = Optimizer.of(RULES[key])(p)
        for t in range(1, 10_001):
            opt.step(np.array([1.0 if t == 1 else 1e-3]))
        v_max = float(opt.state["v_max"][0])
        grown[key] = (v_max / (1 - 0.999**opt.t) if key == "amsgrad" else v_max) ** -0.5  # the first v̂ is 1
    raw, corrected = grown.values()
    return Finding(
        HOLDS if max(raw, corrected) < 1.01 else PARTLY if min(raw, corrected) < 1.01 else FAILS,
        f"rate at the end over rate at first: {raw:.1f} (maximum, then correction), {corrected:.1f} (the other order)",
        {"raw": raw, "corrected": corrected},
    )


# ── near the optimum ──────────────────────────────────────────────────────────────────────────────────


class _Parabola:
    """θ²/2 in one dimension: gradients without noise."""

    start = (1.0,)

    def value(self, p: Any) -> float:
        return float(p @ p) / 2

    def gradient(self, p: Any) -> Any:
        return p


@cache
def rest(beta2: float, key: str = "adam", steps: int = 4000) -> float:
    """The largest distance from the minimum of θ²/2 in the last 1,000 steps at lr 0.01, in units of lr."""
    path = minimize(_Parabola(), RULES[key], lr=0.01, steps=steps, beta2=beta2)
    return float(abs(path.points[-1000:]).max() / 0.01)


@cache
def distance(lr: float, falling: bool = False, steps: int = 3000, size: int = 1000) -> float:
    """Adam's root mean square distance from the minimum of θ²/2 after steps with gradient noise of deviation 1."""
    rng, p = np.random.default_rng(0), np.zeros(size)
    adam = Optimizer.of(RULES["adam"])(p, lr=(lambda t: lr / t**0.5) if falling else lr)
    for _ in range(steps):
        adam.step(p + rng.normal(size=size))
    return float((p**2).mean() ** 0.5)


@claim(
    "At a constant rate Adam oscillates near the optimum and never comes to rest",
    CON,
    about="adam",
    source="reddi2018convergence",
    verdict=PARTLY,
    conditions="with noise in the gradient it stays about √(η/2) away, as SGD does at its own scale; without noise it "
    "circles within a fraction of η at small β₂, but comes to rest at β₂ = 0.999 within these 4,000 steps",
)
def oscillates() -> Finding:
    """The parabola θ²/2: with noise, 1,000 parameters and 3,000 steps at lr 0.1 and 0.01; without, one parameter and
    4,000 steps at lr 0.01 from 1."""
    noisy = [distance(lr) / (lr / 2) ** 0.5 for lr in (0.1, 0.01)]
    still = {beta2: rest(beta2) for beta2 in (0.999, 0.99, 0.95)}
    floors = all(abs(ratio - 1) < 0.1 for ratio in noisy)
    circles = [distance > 0.01 for distance in still.values()]
    return Finding(
        HOLDS if floors and all(circles) else PARTLY if floors else FAILS,
        f"with noise: {noisy[0]:.2f} and {noisy[1]:.2f} times √(η/2); without noise, in units of η: "
        f"{still[0.999]:.0e} (β₂ = 0.999), {still[0.99]:.2f} (0.99), {still[0.95]:.2f} (0.95)",
        {"noisy_0.1": noisy[0], "noisy_0.01": noisy[1], **{f"still_{b}": d for b, d in still.items()}},
    )


@claim("A falling rate brings Adam to the optimum", PRO, about=("adam", "schedules"), source="kingma2015adam")
def falling() -> Finding:
    """The same noisy parabola, 3,000 steps: the distance at a constant rate of 0.1, and at 0.1/√t."""
    constant, decayed = distance(0.1), distance(0.1, falling=True)
    return Finding(
        HOLDS if decayed < constant / 3 else FAILS,
        f"distance {constant:.3f} at a constant rate, {decayed:.3f} at 0.1/√t",
        {"constant": constant, "falling": decayed},
    )


# ── generalisation ────────────────────────────────────────────────────────────────────────────────────


@claim(
    "An adaptive method can find a solution that fits the data and generalises not at all, where SGD's generalises",
    CON,
    about=("adam", "rmsprop", "adagrad"),
    source="wilson2017marginal",
)
def separable() -> Finding:
    """The data of Wilson et al., 50 examples, full gradients, 2,000 steps; then new examples of either label."""
    problem, found = Separable(), {}
    for key, lr in (("sgd", 0.001), ("momentum", 0.0005), ("adagrad", 0.1), ("rmsprop", 0.001), ("adam", 0.01)):
        path = minimize(problem, RULES[key], steps=2000, record_every=2000, lr=lr)
        found[key] = (path.values[-1], min(problem.accuracy(path.params)))
    fitted = all(loss < 0.01 for loss, _ in found.values())
    plain = [found[key][1] for key in ("sgd", "momentum")]
    adaptive = [found[key][1] for key in ("adagrad", "rmsprop", "adam")]
    return Finding(
        HOLDS if fitted and min(plain) == 1 and max(adaptive) == 0 else FAILS,
        f"all fit the training data (largest loss {max(loss for loss, _ in found.values()):.0e}); of new negative "
        f"examples SGD and momentum recognise {min(plain):.0%}, AdaGrad, RMSProp and Adam {max(adaptive):.0%}",
        {f"{key}_negative": right for key, (_, right) in found.items()},
    )


@claim(
    "Adam ends slightly worse than tuned SGD with momentum",
    CON,
    about="adam",
    source="wilson2017marginal",
    verdict=PARTLY,
    conditions="on one network of two: behind with 32 hidden units, not behind with 16; both tuned, constant rates",
)
def behind_sgd() -> Finding:
    """Digits, networks with 32 and 16 hidden units, 400 steps of 64; four rates each, chosen on held-out data; test
    accuracy over six seeds."""
    gaps = {hidden: points(tuned("adam", hidden=hidden), tuned("momentum", hidden=hidden)) for hidden in (32, 16)}
    behind = [gap < -MARGIN for gap, _ in gaps.values()]
    return Finding(
        HOLDS if all(behind) else PARTLY if any(behind) else FAILS,
        "Adam minus momentum, in points of test accuracy: "
        + ", ".join(f"{gap:+.1f} ± {error:.1f} ({hidden} units)" for hidden, (gap, error) in gaps.items()),
        {f"gap_{hidden}": gap for hidden, (gap, _) in gaps.items()},
    )


def _better(one: Tuned, other: Tuned, what: str) -> Finding:
    gap, error = points(one, other)
    return Finding(
        HOLDS if gap > MARGIN else FAILS,
        f"{100 * one.accuracy.mean():.1f}% of test images against {100 * other.accuracy.mean():.1f}% {what}: "
        f"{gap:+.1f} ± {error:.1f} points",
        {"gap": gap, "error": error},
    )


@claim(
    "AMSGrad is better than Adam in practice",
    PRO,
    about=("amsgrad", "amsgrad_corrected"),
    source="reddi2018convergence",
    verdict=FAILS,
    conditions="no difference beyond two test images in either form",
)
def amsgrad_better() -> Finding:
    """Digits, 32 hidden units, 400 steps of 64; four rates each, six seeds; the better of the two forms."""
    forms = [tuned("amsgrad"), tuned("amsgrad_corrected")]
    return _better(max(forms, key=lambda form: form.accuracy.mean()), tuned("adam"), "for Adam")


@claim(
    "β₂ = 0.99 and ε = 10⁻⁶ outperform the usual defaults",
    PRO,
    about="adam",
    verdict=FAILS,
    conditions="no better on test images, the rates of both tuned",
)
def other_defaults() -> Finding:
    """Digits, 32 hidden units, 400 steps of 64; four rates each, six seeds: Adam with β₂ = 0.99 and ε = 1e-6 against
    0.999 and 1e-8."""
    return _better(tuned("adam", beta2=0.99, eps=1e-6), tuned("adam"), "at the defaults")


# ── smaller β₂ ────────────────────────────────────────────────────────────────────────────────────────


@cache
def jump(beta2: float, lr: float = 0.01, factor: float = 100.0, size: int = 500) -> tuple[Any, Any]:
    """Loss and root mean square step, in units of lr, by step, on a noisy parabola.

    After 1,000 steps of 1,300 the gradients grow by `factor`, the loss θ²/2 that is recorded does not.
    """
    rng, p = np.random.default_rng(0), np.zeros(size)
    adam = Optimizer.of(RULES["adam"])(p, lr=lr, beta2=beta2)
    loss, step = [], []
    for t in range(1, 1301):
        before = p.copy()
        adam.step((factor if t > 1000 else 1.0) * (p + rng.normal(size=size)))
        loss.append((p**2).mean() / 2)
        step.append(((p - before) ** 2).mean() ** 0.5 / lr)
    return np.array(loss), np.array(step)


def spike(series: Any) -> float:
    """The largest value after the jump over the mean of the 300 before it."""
    return float(series[1000:].max() / series[700:1000].mean())


@claim(
    "Lowering β₂ to 0.95–0.99 tames loss spikes",
    PRO,
    about="adam",
    source="wortsman2023stable",
    verdict=PARTLY,
    conditions="true where gradients suddenly grow; without noise near the optimum it is the small β₂ that swings",
)
def spikes() -> Finding:
    """A noisy parabola whose gradients grow by 100 at step 1,000, lr 0.01: the highest loss after over the loss before.
    And the parabola without noise: the largest distance in the last 1,000 of 4,000 steps, in units of lr."""
    rises = {beta2: spike(jump(beta2)[0]) for beta2 in (0.999, 0.99, 0.95)}
    still = {beta2: rest(beta2) for beta2 in rises}
    tamed = rises[0.95] < rises[0.99] < rises[0.999] / 2
    unstable = max(still[0.95], still[0.99]) > 10 * still[0.999]
    return Finding(
        (PARTLY if unstable else HOLDS) if tamed else FAILS,
        f"the loss rises {rises[0.999]:.1f}-fold at 0.999, {rises[0.99]:.1f} at 0.99, {rises[0.95]:.1f} at 0.95; "
        f"without noise it swings by {still[0.999]:.0e} η, {still[0.99]:.2f} η and {still[0.95]:.2f} η",
        {**{f"rise_{b}": r for b, r in rises.items()}, **{f"still_{b}": d for b, d in still.items()}},
    )


@claim(
    "A lower β₂ suits large batches",
    PRO,
    about="adam",
    source="zhang2026adam",
    verdict=PARTLY,
    conditions="the training loss falls faster with batches of 256 and hardly with 16; test accuracy gains nothing",
)
def large_batches() -> Finding:
    """Digits, 32 hidden units, 200 steps of 256 or 300 of 16; four rates each, four seeds: the training loss at the end
    and the test accuracy, β₂ = 0.95 against 0.999."""
    pairs = {
        size: [tuned("adam", steps=steps, batch_size=size, seeds=4, beta2=beta2) for beta2 in (0.95, 0.999)]
        for size, steps in ((256, 200), (16, 300))
    }
    saved = {size: 1 - low.loss.mean() / high.loss.mean() for size, (low, high) in pairs.items()}
    gap, error = points(*pairs[256])
    faster = saved[256] > 0.3 > saved[16]
    return Finding(
        (HOLDS if gap > MARGIN else PARTLY) if faster else FAILS,
        f"training loss lower by {saved[256]:.0%} at batch size 256, by {saved[16]:.0%} at 16; "
        f"test accuracy at 256: {gap:+.1f} ± {error:.1f} points",
        {"saved_256": saved[256], "saved_16": saved[16], "gap_256": gap},
    )
