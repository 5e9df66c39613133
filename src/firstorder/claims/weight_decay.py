"""Claims about weight decay: the L2 penalty, AdamW and fully decoupled decay."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy import sqrt

from ..minimize import batches
from ..optimizer import Optimizer
from ..problems import SoftmaxRegression, TwoLayerNetwork
from ..rules import RULES, Rule, optimizer
from ..schedules import Cosine
from ..wrappers import L2, DecoupledDecay
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .convergence import MARGIN, accuracies, losses, split, train


@optimizer(name="AdamL2", paper="kingma2015adam", builds_on=("adam",))
def adam_l2(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    """Adam on the loss with an L2 penalty: `fo.L2(fo.Adam(params))` as one rule."""
    m = beta1 * m + (1 - beta1) * (g + weight_decay * p)
    v = beta2 * v + (1 - beta2) * (g + weight_decay * p) ** 2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    p = p - lr * m_hat / (sqrt(v_hat) + eps)
    return p, m, v


DECAYS: dict[str, Rule] = {
    "L2": adam_l2,
    "AdamW": RULES["adamw"],
    "fully decoupled": RULES["fully_decoupled_adamw"],
}

# ── two groups of weights ─────────────────────────────────────────────────────────────────────────────


@cache
def shrinking(
    which: str, scales: tuple[float, ...] = (1.0, 10.0), lr: float = 0.01, weight_decay: float = 0.1, steps: int = 2000
) -> Any:
    """Mean weight by step, (steps + 1, scales), of 2,000 weights for each scale of a gradient that is only noise."""
    rng, p = np.random.default_rng(0), np.ones((len(scales), 2000))
    opt = Optimizer.of(DECAYS[which])(p, lr=lr, weight_decay=weight_decay)
    path = [p.mean(axis=1)]
    for _ in range(steps):
        opt.step(np.array(scales)[:, None] * rng.normal(size=p.shape))
        path.append(p.mean(axis=1))
    return np.array(path)


@cache
def settled(which: str, scales: tuple[float, ...] = (0.1, 10.0), weight_decay: float = 0.1, steps: int = 6000) -> Any:
    """Where weights settle whose loss is s(θ − 1)²/2, with gradient noise of deviation s, by scale s.

    The mean over 2,000 weights for each scale and over the last 1,000 steps at lr 0.01.
    """
    rng, p = np.random.default_rng(0), np.ones((len(scales), 2000))
    s, total = np.array(scales)[:, None], np.zeros(len(scales))
    opt = Optimizer.of(DECAYS[which])(p, lr=0.01, weight_decay=weight_decay)
    for t in range(steps):
        opt.step(s * (p - 1 + rng.normal(size=p.shape)))
        if t >= steps - 1000:
            total += p.mean(axis=1)
    return total / 1000


@cache
def sgd_apart(key: str, factor: float = 1.0) -> tuple[float, float]:
    """Softmax regression on the digits, 300 full steps at lr 0.1: an L2 penalty of 0.01 against decay of 0.01 · factor.

    The largest difference between the parameters and their largest magnitude.
    """
    problem = SoftmaxRegression(*split().fit)
    one, other = problem.start(), problem.start()
    penalty = L2(Optimizer.of(RULES[key])(one, lr=0.1), weight_decay=0.01)
    decay = DecoupledDecay(Optimizer.of(RULES[key])(other, lr=0.1), weight_decay=0.01 * factor)
    for _ in range(300):
        penalty.step(problem.gradient(one))
        decay.step(problem.gradient(other))
    return max(float(abs(one[n] - other[n]).max()) for n in one), max(float(abs(p).max()) for p in one.values())


@claim(
    "For SGD, an L2 penalty and weight decay are the same",
    PRO,
    about=("sgd", "momentum"),
    source="loshchilov2019decoupled",
    verdict=PARTLY,
    conditions="exactly so without momentum; with it the penalty passes through the average, and the paths differ",
)
def same_for_sgd() -> Finding:
    """Softmax regression on the digits, 300 full steps at lr 0.1, λ = 0.01 both ways, without and with momentum 0.9."""
    apart = {key: difference / size for key, (difference, size) in ((k, sgd_apart(k)) for k in ("sgd", "momentum"))}
    exact = [ratio < 1e-12 for ratio in apart.values()]
    return Finding(
        HOLDS if all(exact) else PARTLY if exact[0] else FAILS,
        f"largest difference over largest weight: {apart['sgd']:.0e} for SGD, {apart['momentum']:.1f} with momentum",
        apart,
    )


@claim(
    "Under Adam, an L2 penalty shrinks weights with large gradients less",
    CON,
    about=("adam", "l2"),
    source="loshchilov2019decoupled",
)
def uneven() -> Finding:
    """Weights whose gradients are only noise, of deviation 1 or 10, 2,000 of each; lr 0.01, λ = 0.1, 2,000 steps."""
    left = shrinking("L2")[-1]
    rates = -np.log(left)
    return Finding(
        HOLDS if 7 < rates[0] / rates[1] < 14 else FAILS,
        f"after 2,000 steps {left[0]:.2f} of a weight is left where gradients are 1, {left[1]:.2f} where they are 10: "
        f"rates of decay {rates[0] / rates[1]:.0f} to 1",
        {"small": left[0], "large": left[1]},
    )


@claim("AdamW shrinks all weights at the same rate", PRO, about="adamw", source="loshchilov2019decoupled")
def even() -> Finding:
    """The same weights and gradients under AdamW."""
    left = shrinking("AdamW")[-1]
    expected = (1 - 0.01 * 0.1) ** 2000
    return Finding(
        HOLDS if max(abs(left - expected)) < 0.02 else FAILS,
        f"after 2,000 steps {left[0]:.2f} and {left[1]:.2f} of a weight are left; (1 − ηλ)ᵗ is {expected:.2f}",
        {"small": left[0], "large": left[1], "expected": expected},
    )


@claim(
    "AdamW minimises no L2-penalised loss, while Adam with the penalty does",
    CON,
    about=("adamw", "l2"),
    source="xie2024implicit",
)
def not_the_penalised_minimum() -> Finding:
    """Losses s(θ − 1)²/2 with s = 0.1 and 10, noise in proportion, λ = 0.1: where weights settle, against the minimum
    s/(s + λ) of the penalised loss."""
    minimum = np.array([0.1, 10.0]) / (np.array([0.1, 10.0]) + 0.1)
    penalty, decay = settled("L2"), settled("AdamW")
    near = abs(penalty - minimum).max() < 0.03
    far = abs(decay - minimum).max() > 0.1
    return Finding(
        HOLDS if near and far else FAILS,
        f"penalised minimum {minimum[0]:.2f} and {minimum[1]:.2f}; Adam with L2 settles at {penalty[0]:.2f} and "
        f"{penalty[1]:.2f}, AdamW at {decay[0]:.2f} and {decay[1]:.2f}",
        {"l2_small": penalty[0], "l2_large": penalty[1], "adamw_small": decay[0], "adamw_large": decay[1]},
    )


# ── few examples: rate and decay tuned together ───────────────────────────────────────────────────────

RATES = (0.003, 0.01, 0.03, 0.1)
LAMBDAS = (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)


class Search(NamedTuple):
    """By rate, decay and seed (4, 6, 5): loss on held-out digits and accuracy on the test digits."""

    held_out: Any
    accuracy: Any

    @property
    def best(self) -> tuple[int, int]:
        """Where the mean held-out loss is least: the index of the rate and of the decay."""
        loss = self.held_out.mean(axis=2)
        return tuple(int(i) for i in np.unravel_index(loss.argmin(), loss.shape))  # type: ignore[return-value]

    @property
    def decays(self) -> list[float]:
        """The best decay at each rate."""
        return [LAMBDAS[i] for i in self.held_out.mean(axis=2).argmin(axis=1)]

    def at(self, rate: int, decay: int) -> Any:
        """Test accuracy by seed, in per cent."""
        return 100 * self.accuracy[rate, decay]


@cache
def search(which: str, examples: int = 100, steps: int = 200, seeds: int = 5) -> Search:
    """Train on a few digits, others for each seed, at every rate and decay: 32 hidden units, batches of 50, half a
    cosine."""
    rule, data = DECAYS[which], split()
    lr, weight_decay, seed = (
        a.ravel() for a in np.meshgrid(RATES, LAMBDAS, np.arange(seeds, dtype=float), indexing="ij")
    )
    pools = {}
    for s in range(seeds):
        chosen = np.random.default_rng(s).permutation(len(data.fit[1]))[:examples]
        pools[s] = (data.fit[0][chosen], data.fit[1][chosen])
    hyper = {"lr_max": lr} if "lr_max" in rule.hyperparameters else {}
    params = train(
        rule,
        pools,
        [int(s) for s in seed],
        steps=steps,
        batch_size=50,
        hidden=32,
        lr=lambda t: lr * (1 + np.cos(np.pi * (t - 1) / steps)) / 2,
        weight_decay=weight_decay,
        **hyper,
    )
    shape = (len(RATES), len(LAMBDAS), seeds)
    return Search(losses(params, *data.held_out).reshape(shape), accuracies(params, *data.test).reshape(shape))


def _gap(one: Any, other: Any) -> tuple[float, float]:
    difference = one - other
    return float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5)


@claim(
    "Adam suffers from an L2 penalty",
    CON,
    about=("adam", "l2"),
    source="loshchilov2019decoupled",
    verdict=FAILS,
    conditions="the penalty acts unevenly, but tuned it costs nothing here, and it lowers the held-out loss",
)
def suffers() -> Finding:
    """100 digits to train on, 200 steps; rate and λ chosen together on held-out digits, five seeds: Adam with the best
    penalty against Adam with none."""
    found = search("L2")
    loss = found.held_out.mean(axis=2)
    rate, decay = found.best
    none = int(loss[:, 0].argmin())
    gap, error = _gap(found.at(rate, decay), found.at(none, 0))
    return Finding(
        HOLDS if gap < -MARGIN else FAILS,
        f"test accuracy with λ = {LAMBDAS[decay]:g} minus without: {gap:+.1f} ± {error:.1f} points; "
        f"held-out loss {loss[rate, decay]:.3f} against {loss[none, 0]:.3f}",
        {"gap": gap, "loss": loss[rate, decay], "loss_without": loss[none, 0]},
    )


@claim(
    "AdamW generalises better than Adam with an L2 penalty",
    PRO,
    about="adamw",
    source="loshchilov2019decoupled",
    verdict=FAILS,
    conditions="no better on this small problem, both tuned on one grid; the source found it on larger image networks",
)
def generalises() -> Finding:
    """The same 100 digits: rate and λ chosen on the same grid of 24 for either, five seeds."""
    decay, penalty = search("AdamW"), search("L2")
    gap, error = _gap(decay.at(*decay.best), penalty.at(*penalty.best))
    return Finding(
        HOLDS if gap > MARGIN else FAILS,
        f"AdamW {decay.at(*decay.best).mean():.1f}%, Adam with L2 {penalty.at(*penalty.best).mean():.1f}%: "
        f"{gap:+.1f} ± {error:.1f} points",
        {"gap": gap, "error": error},
    )


@claim(
    "The best decay depends less on the learning rate when it is decoupled",
    PRO,
    about=("adamw", "fully_decoupled_adamw"),
    source="loshchilov2019decoupled",
    verdict=FAILS,
    conditions="here one λ serves all rates under the penalty, nearly so under AdamW, and not when fully decoupled",
)
def independent() -> Finding:
    """The same 100 digits, four rates from 0.003 to 0.1: by how much the best single λ for all rates raises the
    held-out loss, on average, over the best λ for each."""
    cost, which_lambda = {}, {}
    for which in DECAYS:
        loss = search(which).held_out.mean(axis=2)
        over = (loss / loss.min(axis=1, keepdims=True)).mean(axis=0) - 1
        cost[which], which_lambda[which] = float(over.min()), LAMBDAS[int(over.argmin())]
    return Finding(
        HOLDS if max(cost["AdamW"], cost["fully decoupled"]) < cost["L2"] else FAILS,
        "; ".join(f"{which}: {cost[which]:.1%} at λ = {which_lambda[which]:g}" for which in DECAYS),
        {f"cost_{which}": x for which, x in cost.items()},
    )


# ── how large a number ────────────────────────────────────────────────────────────────────────────────


def _idle(key: str, steps: int = 1000, **hyper: Any) -> float:
    """What is left of a weight of 1 that has no gradient."""
    p = np.ones(1)
    opt = Optimizer.of(RULES[key])(p, **hyper)
    for _ in range(steps):
        opt.step(np.zeros(1))
    return float(p[0])


@claim(
    "Fully decoupled decay needs a smaller number",
    CON,
    about=("fully_decoupled_adamw", "fully_decoupled_decay"),
    source="loshchilov2019decoupled",
)
def smaller_number() -> Finding:
    """An idle weight under half a cosine of 1,000 steps from lr 0.01: AdamW with λ = 0.1, fully decoupled with ηλ and
    with λ itself."""
    schedule = Cosine(0.01, 1000)
    adamw = _idle("adamw", lr=schedule, weight_decay=0.1)
    scaled, same = (
        _idle("fully_decoupled_adamw", lr=schedule, lr_max=0.01, weight_decay=decay) for decay in (0.001, 0.1)
    )
    return Finding(
        HOLDS if abs(scaled - adamw) < 1e-12 and same < 1e-6 else FAILS,
        f"left of the weight: AdamW {adamw:.3f}, fully decoupled with ηλ {scaled:.3f}, with λ {same:.0e}",
        {"adamw": adamw, "scaled": scaled, "same": same},
    )


@claim(
    "Fully decoupled decay keeps its strength when the learning rate is changed",
    PRO,
    about=("fully_decoupled_adamw", "fully_decoupled_decay"),
    source="loshchilov2019decoupled",
)
def keeps_strength() -> Finding:
    """An idle weight, 1,000 steps at lr 0.001 and at 0.01: AdamW with λ = 0.1, fully decoupled with 0.0001."""
    coupled = [_idle("adamw", lr=lr, weight_decay=0.1) for lr in (0.001, 0.01)]
    free = [_idle("fully_decoupled_adamw", lr=lr, lr_max=lr, weight_decay=1e-4) for lr in (0.001, 0.01)]
    return Finding(
        HOLDS if free[0] == free[1] and coupled[1] < 0.5 < coupled[0] else FAILS,
        f"left of the weight: AdamW {coupled[0]:.2f} and {coupled[1]:.2f}, "
        f"fully decoupled {free[0]:.2f} and {free[1]:.2f}",
        {"adamw_low": coupled[0], "adamw_high": coupled[1], "free_low": free[0], "free_high": free[1]},
    )


def _trained(weight_decay: float, decay_biases: bool, seed: int, lr: float, steps: int = 200) -> float:
    """Test accuracy, in per cent, of AdamW on 100 digits."""
    data = split()
    chosen = np.random.default_rng(seed).permutation(len(data.fit[1]))[:100]
    network = TwoLayerNetwork(data.fit[0][chosen], data.fit[1][chosen], hidden=32)
    params = network.start(seed)
    weights, biases = ({n: params[n] for n in names} for names in (("W1", "W2"), ("b1", "b2")))
    opt = Optimizer.of(RULES["adamw"])(
        [{"params": weights}, {"params": biases, "weight_decay": weight_decay if decay_biases else 0.0}],
        lr=lr,
        weight_decay=weight_decay,
    )
    drawn = batches(100, 50, seed)
    for _ in range(steps):
        g = network.gradient(params, next(drawn))
        opt.step([{n: g[n] for n in weights}, {n: g[n] for n in biases}])
    return 100 * network.accuracy(params, *data.test)


@claim(
    "AdamW at its default decay regularises",
    PRO,
    about="adamw",
    verdict=FAILS,
    conditions="not in a short run: the time scale 1/(ηλ) of PyTorch's defaults is 100,000 steps",
)
def default_decay() -> Finding:
    """100 digits, 200 steps at lr 0.001, five seeds: AdamW with λ = 0.01 against none; and an idle weight after 1,000
    steps."""
    with_decay, without = (np.array([_trained(x, True, seed, 0.001) for seed in range(5)]) for x in (0.01, 0.0))
    gap, error = _gap(with_decay, without)
    left = _idle("adamw")
    return Finding(
        HOLDS if gap > MARGIN else FAILS,
        f"{gap:+.2f} ± {error:.2f} points of test accuracy; 1,000 steps leave {left:.1%} of an idle weight",
        {"gap": gap, "left": left},
    )


@claim(
    "Biases should not be decayed",
    PRO,
    about="adamw",
    source="he2019bag",
    verdict=FAILS,
    conditions="no difference on this small network, which has no normalisation layers",
)
def biases() -> Finding:
    """100 digits, 200 steps at lr 0.01 and λ = 0.1, five seeds: biases in a group without decay against all decayed."""
    spared, decayed = (np.array([_trained(0.1, flag, seed, 0.01) for seed in range(5)]) for flag in (False, True))
    gap, error = _gap(spared, decayed)
    return Finding(
        HOLDS if gap > MARGIN else FAILS,
        f"test accuracy of biases spared minus decayed: {gap:+.2f} ± {error:.2f} points",
        {"gap": gap, "error": error},
    )
