"""Claims about sign methods, and about rules that keep their second moments for rows and columns."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..minimize import batches, minimize
from ..optimizer import Optimizer
from ..problems import LANDSCAPES
from ..problems.counterexamples import Reddi
from ..rules import RULES, Rule
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .digit_runs import descend, falling, judged, model

#: Rates are chosen by the mean held-out loss of two seeds, and tested on five others.
TUNING, SEEDS = range(2), range(2, 7)


def task(kind: str, seed: int) -> tuple[Any, Any]:
    """(problem, judge): 1,000 digits and the rest of the training data to tune on; training and test data otherwise."""
    parts = ("fit", "held out") if seed in TUNING else ("all", "test")
    return model(kind, parts[0]), model(kind, parts[1])


@cache
def trained(key: str, lr: float, seed: int, steps: int, kind: str = "network", **hyper: Any) -> tuple[float, float]:
    """(loss, accuracy) on the judge's digits after so many steps with batches of 64 and a rate that falls to 0."""
    problem, judge = task(kind, seed)
    return judged(descend(problem, key, falling(lr, steps), seed, steps=steps, **hyper), judge)


def accuracies(key: str, rates: Sequence[float], steps: int, **hyper: Any) -> np.ndarray:
    """Test accuracies in percent of five seeds, at the rate with the least held-out loss."""
    losses = [sum(trained(key, lr, seed, steps, **hyper)[0] for seed in TUNING) for lr in rates]
    lr = rates[int(np.nanargmin(losses))]
    return np.array([100 * trained(key, lr, seed, steps, **hyper)[1] for seed in SEEDS])


def state_numbers(rule: Rule, arrays: Any) -> int:
    """How many numbers the rule keeps for these arrays besides themselves."""
    starts = [rule.initial.get(name) for name in rule.state]
    return sum(start(p).size if callable(start) else p.size for p in arrays for start in starts)


def state_share(key: str, of: str = "adam", without: Sequence[str] = ()) -> float:
    """State numbers for the network of the digits, as a share of another rule's."""
    arrays = list(task("network", 1)[0].start(0).values())
    mine = state_numbers(RULES[key], arrays) - sum(p.size for p in arrays) * len(without)
    return mine / state_numbers(RULES[of], arrays)


def apart(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Two sets of accuracies in words: means and the standard deviations over seeds."""
    return f"{ours.mean():.1f} ± {ours.std():.1f}% against {theirs.mean():.1f} ± {theirs.std():.1f}%"


#: The rates for Lion and AdamW: the same eight for both.
LION_RATES = tuple(10.0 ** (np.arange(-9, -1) / 3))


@claim(
    "Lion trains as well as AdamW with half the state",
    PRO,
    about="lion",
    source="chen2023symbolic",
    verdict=PARTLY,
    conditions="half the state, but behind AdamW by more than twice the standard error in runs as short as these",
)
def lion_as_adamw() -> Finding:
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0 in a straight line. Eight rates from 0.001
    to 0.2 for each method, chosen by held-out loss; test accuracy over five seeds."""
    adamw, lion = (accuracies(key, LION_RATES, 200) for key in ("adamw", "lion"))
    behind, share = adamw.mean() - lion.mean(), state_share("lion", "adamw")
    error = np.sqrt((adamw.var(ddof=1) + lion.var(ddof=1)) / len(adamw))
    return Finding(
        FAILS if share != 0.5 else HOLDS if behind < 2 * error else PARTLY,
        f"test accuracy {apart(lion, adamw)}; state {share:.0%}",
        {"lion": lion.mean(), "adamw": adamw.mean(), "share": share},
    )


def middle(key: str, kind: str, steps: int = 200) -> float:
    """The geometric middle of the rates whose held-out loss is within 0.05 of the least."""
    losses = np.array([trained(key, lr, 0, steps, kind)[0] for lr in LION_RATES])
    good = np.log(np.array(LION_RATES)[losses <= losses.min() + 0.05])
    return float(np.exp((good[0] + good[-1]) / 2))


@claim(
    "Lion needs a learning rate of its own, 3 to 10 times smaller than AdamW's",
    CON,
    about="lion",
    source="chen2023symbolic",
)
def lion_smaller_rate() -> Finding:
    """Network and softmax regression on digits, 200 steps with rates that fall to 0: for both methods the middle, on a
    logarithmic scale, of those of eight rates whose held-out loss is within 0.05 of the best."""
    ratios = {}
    for kind in ("network", "softmax"):
        ratios[kind] = middle("adamw", kind) / middle("lion", kind)
    within = [3 <= round(r, 1) <= 10 for r in ratios.values()]
    return Finding(
        HOLDS if all(within) else PARTLY if min(ratios.values()) > 1.5 else FAILS,
        f"good rates {ratios['network']:.1f} times (network) and {ratios['softmax']:.1f} times (softmax regression) "
        "smaller",
        ratios,
    )


@claim(
    "The scale of the gradients does not matter to sign methods",
    PRO,
    about=("signsgd", "signum", "lion", "rprop"),
    verdict=PARTLY,
    conditions="true of one common factor; a factor that changes from step to step matters to all that remember "
    "gradients, and not to signSGD or Rprop",
)
def scale_invariant() -> Finding:
    """Rosenbrock's valley, 200 steps. All gradients times 2²⁰, and each times a random power of two: which of the four
    take the same path to the last bit?"""
    valley = LANDSCAPES["rosenbrock"]
    powers = 2.0 ** np.random.default_rng(0).integers(-10, 11, 200)
    same: dict[str, list[str]] = {"constant": [], "changing": []}
    for key in ("signsgd", "signum", "lion", "rprop"):
        paths = []
        for factors in (np.ones(200), np.full(200, 2.0**20), powers):
            p = np.array(valley.start)
            opt = Optimizer.of(RULES[key])(p, lr=valley.rates[key])
            for factor in factors:
                opt.step(factor * valley.gradient(p))
            paths.append(p)
        for kind, path in zip(same, paths[1:], strict=True):
            same[kind] += [RULES[key].name] * bool(np.array_equal(paths[0], path))
    constant, changing = len(same["constant"]), len(same["changing"])
    return Finding(
        HOLDS if changing == 4 else PARTLY if constant == 4 else FAILS,
        f"times 2²⁰: {constant} of 4 take the same path; times a new factor each step: {changing} of 4, "
        f"{' and '.join(same['changing'])}",
        {"constant": constant, "changing": changing},
    )


@claim("At a constant learning rate sign methods do not come to rest", CON, about=("signsgd", "signum", "lion"))
def no_rest() -> Finding:
    """The bowl with exact gradients, 2,000 steps at a constant rate of 0.01 and of 0.004: the largest distance from the
    minimum in the last 500 steps, and SGD's at a rate of 0.05."""
    bowl = LANDSCAPES["quadratic"]

    def end(key: str, lr: float) -> float:
        points = minimize(bowl, Optimizer.of(RULES[key]), steps=2000, lr=lr).points
        return float(abs(points[-500:]).max())

    units = {key: [end(key, lr) / lr for lr in (0.01, 0.004)] for key in ("signsgd", "signum", "lion")}
    sgd = end("sgd", 0.05)
    resting = [max(ends) < 0.1 for ends in units.values()]
    return Finding(
        FAILS if all(resting) else PARTLY if any(resting) else HOLDS,
        "up to "
        + ", ".join(f"{max(ends):.1f}η ({RULES[key].name})" for key, ends in units.items())
        + " from the minimum; "
        f"SGD {sgd:.0e}",
        {key: max(ends) for key, ends in units.items()} | {"sgd": sgd},
    )


@cache
def noisy_bowl(key: str, noise: str) -> float:
    """The median loss of 20 runs of 400 steps on a bowl of 20 curvatures from 1 to 20, at the best of nine rates.

    The gradient has Gaussian noise of deviation 1, or Student's t with 1.5 degrees of freedom, whose variance is
    infinite. Rates are chosen on other runs; they fall to 0.
    """
    h = np.linspace(1, 20, 20)

    def losses(lr: float, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        p = np.ones((20, 20))
        opt = Optimizer.of(RULES[key])(p, lr=falling(lr, 400), on_nonfinite="ignore")
        with np.errstate(all="ignore"):
            for _ in range(400):
                z = rng.normal(size=p.shape) if noise == "gauss" else rng.standard_t(1.5, p.shape)
                opt.step(h * p + z)
            return np.nan_to_num((h * p**2).sum(axis=1) / 2, nan=np.inf)

    rates = 10.0 ** np.arange(-4, 0.1, 0.5)
    best = rates[int(np.argmin([np.median(losses(lr, 0)) for lr in rates]))]
    return float(np.median(losses(best, 1)))


@claim("SignSGD is robust to outliers among the gradients", PRO, about="signsgd")
def heavy_tails() -> Finding:
    """A bowl of 20 curvatures from 1 to 20 with noisy gradients: normal noise, and Student's t with 1.5 degrees of
    freedom, which has no variance. Nine rates for each method, falling to 0; the median loss of 20 runs."""
    ratio = {noise: noisy_bowl("sgd", noise) / noisy_bowl("signsgd", noise) for noise in ("gauss", "student")}
    return Finding(
        HOLDS if ratio["student"] > 2 and ratio["student"] > 2 * ratio["gauss"] else FAILS,
        f"SGD's loss is {ratio['student']:.1f} times signSGD's with heavy tails, {ratio['gauss']:.2f} times with "
        "normal noise",
        ratio,
    )


@claim(
    "SignSGD follows the median of the gradients, not the mean, and can go the wrong way for good",
    CON,
    about="signsgd",
    source="karimireddy2019error",
)
def median_not_mean() -> Finding:
    """Reddi's example, drawn: a slope of 3 with probability 1/3, else −1, on [−1, 1]. The best point is −1. Positions
    after 300 steps at the rate 0.5/√t, mean of 100 runs."""
    ends = {
        key: float(Reddi(3).run(Optimizer.of(RULES[key]), 300, runs=100, lr=lambda t: 0.5 / t**0.5)[-1].mean())
        for key in ("sgd", "signsgd", "signum")
    }
    return Finding(
        HOLDS if ends["signsgd"] > 0.5 and ends["sgd"] < -0.5 else FAILS,
        f"signSGD ends at {ends['signsgd']:+.2f}, SGD at {ends['sgd']:+.2f}, Signum, which averages first, at "
        f"{ends['signum']:+.2f}",
        ends,
    )


def steps_to(problem: Any, key: str, lr: float, loss: float, most: int = 100) -> int:
    """Steps on full batches until the training loss is below `loss`; `most` if it never is."""
    path = minimize(problem, Optimizer.of(RULES[key]), steps=most, lr=lr)
    below = np.flatnonzero(path.values < loss)
    return int(below[0]) if len(below) else most


@claim(
    "Rprop is fast on full batches, and has no rate to tune",
    PRO,
    about="rprop",
    source="riedmiller1993direct",
    verdict=PARTLY,
    conditions="from first steps of 0.01 and 0.1 as fast as tuned momentum or faster; a small first step has to grow",
)
def rprop_full() -> Finding:
    """Softmax regression on 1,000 digits, exact gradients: steps until the training loss is below 0.1, at most 100.
    Rprop with first steps of 0.001, 0.01 and 0.1; the others at the best of six rates each."""
    problem = task("softmax", 0)[0]
    own = [steps_to(problem, "rprop", lr, 0.1) for lr in (1e-3, 1e-2, 1e-1)]
    rates = {"momentum": 10.0 ** np.arange(-1.5, 1.1, 0.5), "adam": 10.0 ** np.arange(-2, 0.6, 0.5)}
    best = {key: min(steps_to(problem, key, lr, 0.1) for lr in grid) for key, grid in rates.items()}
    rival = min(best.values())
    return Finding(
        HOLDS if max(own) <= rival else PARTLY if own[1] <= rival and max(own) <= 2 * rival else FAILS,
        f"{own[0]}, {own[1]} and {own[2]} steps from first steps of 0.001, 0.01 and 0.1; Adam {best['adam']} and "
        f"momentum {best['momentum']} at their best rates",
        {"small": own[0], "default": own[1], "large": own[2], **best},
    )


@cache
def on_batches(key: str, lr: float, seed: int, size: int) -> tuple[float, float, float]:
    """(loss, accuracy, median step of Rprop's weights) of softmax regression on digits after 200 batches."""
    problem, judge = task("softmax", seed)
    params = problem.start()
    opt = Optimizer.of(RULES[key])(params, lr=lr)
    for _, batch in zip(range(200), batches(problem.n_samples, size, seed), strict=False):
        opt.step(problem.gradient(params, batch))
    median = float(np.median(opt.state["s"]["W"])) if key == "rprop" else lr
    return judge.value(params), judge.accuracy(params), median


@claim("Rprop fails on mini-batches", CON, about="rprop", source="tieleman2012rmsprop")
def rprop_batches() -> Finding:
    """Softmax regression on digits, 200 batches of 64 and of 16: test accuracy over five seeds for Rprop and RMSProp,
    each at the best of 0.01, 0.1 and 1 (Rprop: as its first step); and the median of Rprop's steps at the end."""
    rates = (0.01, 0.1, 1.0)
    accuracy, step = {}, 0.0
    for key, size in (("rprop", 64), ("rprop", 16), ("rmsprop", 64), ("rmsprop", 16)):
        best = rates[int(np.nanargmin([on_batches(key, lr, 0, size)[0] for lr in rates]))]
        runs = np.array([on_batches(key, best, seed, size) for seed in SEEDS])
        accuracy[key, size] = 100 * runs[:, 1].mean()
        step = max(step, runs[:, 2].mean()) if key == "rprop" else step
    gaps = [accuracy["rmsprop", size] - accuracy["rprop", size] for size in (64, 16)]
    return Finding(
        HOLDS if min(gaps) > 5 else PARTLY if max(gaps) > 5 else FAILS,
        f"test accuracy {accuracy['rprop', 64]:.1f}% with batches of 64, {accuracy['rprop', 16]:.1f}% with 16; RMSProp "
        f"{accuracy['rmsprop', 64]:.1f}% and {accuracy['rmsprop', 16]:.1f}%; Rprop's median step at the end {step:.0e}",
        {"large": accuracy["rprop", 64], "small": accuracy["rprop", 16], "least_gap": min(gaps), "step": step},
    )


@claim(
    "With weight decay λ Lion's weights stay within 1/λ, once they are there", PRO, about="lion", source="chen2024lion"
)
def lion_bound() -> Finding:
    """The network on digits, 200 batches at a rate η of 0.01 and decays of 0.1, 1 and 10: the largest weight times λ at
    the end; and at every step, whether a weight is above 1/λ by more than (1 − ηλ)ᵗ times what it was at the start."""
    largest, kept, lr = [], [], 0.01
    for decay in (0.1, 1.0, 10.0):
        problem = task("network", 2)[0]
        path = minimize(problem, Optimizer.of(RULES["lion"]), steps=200, batch_size=64, lr=lr, weight_decay=decay)
        size = decay * abs(path.points)
        outside = (1 - lr * decay) ** path.steps[:, None] * np.maximum(size[0] - 1, 0)
        kept.append(bool((size <= 1 + outside + 1e-12).all()))
        largest.append(size[-1].max())
    return Finding(
        HOLDS if all(kept) else FAILS,
        f"largest weight times λ: {largest[0]:.2f}, {largest[1]:.2f}, {largest[2]:.2f} for λ = 0.1, 1, 10",
        {"weak": largest[0], "middle": largest[1], "strong": largest[2]},
    )


@claim("Adafactor trains like Adam with a fraction of the state", PRO, about="adafactor", source="shazeer2018adafactor")
def adafactor_as_adam() -> Finding:
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0. Five rates from 0.01 to 1 for each method,
    chosen by held-out loss; test accuracy over five seeds."""
    rates = tuple(10.0 ** np.arange(-2, 0.1, 0.5))
    adam, ours = (accuracies(key, rates, 200) for key in ("adam", "adafactor"))
    behind, share = (adam - ours).mean(), state_share("adafactor")
    return Finding(
        HOLDS if behind < 0.5 else PARTLY if behind < 2 else FAILS,
        f"test accuracy {apart(ours, adam)}; state {share:.1%} of Adam's",
        {"adafactor": ours.mean(), "adam": adam.mean(), "share": share},
    )


def factored(v: np.ndarray) -> np.ndarray:
    """Adafactor's estimate of a matrix of second moments from the means of its rows and columns."""
    return v.mean(axis=1, keepdims=True) * v.mean(axis=0, keepdims=True) / v.mean()


@claim(
    "Rows and columns say all that Adafactor needs of the second moments",
    PRO,
    about="adafactor",
    source="shazeer2018adafactor",
    verdict=PARTLY,
    conditions="exact for second moments of rank one; in training their roots are typically off by a sixth or a third",
)
def rank_one() -> Finding:
    """A random matrix of rank one; and Adam's v for the two weight matrices of the digits' network after 200 batches:
    the median factor between √v and its estimate, over all weights that have had a gradient."""
    rng = np.random.default_rng(0)
    v = np.outer(rng.exponential(size=64), rng.exponential(size=32))
    exact = float(abs(factored(v) / v - 1).max())
    problem = task("network", 2)[0]
    params = problem.start(2)
    opt = Optimizer.of(RULES["adam"])(params, lr=0.01)
    for _, batch in zip(range(200), batches(problem.n_samples, 64, 2), strict=False):
        opt.step(problem.gradient(params, batch))
    off = {}
    for name in ("W1", "W2"):
        v, moved = opt.state["v"][name], opt.state["v"][name] > 0
        off[name] = float(np.exp(np.median(abs(np.log(factored(v)[moved] / v[moved])) / 2)))
    return Finding(
        HOLDS if exact < 1e-12 and max(off.values()) < 1.1 else PARTLY if exact < 1e-12 else FAILS,
        f"rank one: relative error {exact:.0e}; in training √v is off by a factor of {off['W1']:.2f} "
        f"and {off['W2']:.2f}",
        {"exact": exact, **off},
    )


@claim(
    "SM3 trains like AdaGrad with less memory",
    PRO,
    about="sm3",
    source="anil2019memory",
    verdict=PARTLY,
    conditions="without its average of steps: a fraction of the numbers, and a point behind; the average mends that "
    "and takes as much memory as AdaGrad's sums",
)
def sm3_as_adagrad() -> Finding:
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0. Four rates from 0.03 to 1 for each method,
    chosen by held-out loss; test accuracy over five seeds. SM3 with momentum 0 and 0.9."""
    rates = tuple(10.0 ** np.arange(-1.5, 0.1, 0.5))
    adagrad, plain, usual = (
        accuracies(key, rates, 200, **hyper)
        for key, hyper in (("adagrad", {}), ("sm3", {"momentum": 0.0}), ("sm3", {}))
    )
    share = state_share("sm3", "adagrad", without=("m",))
    behind = (adagrad - plain).mean()
    return Finding(
        HOLDS if behind < 0.5 else PARTLY if behind < 2 else FAILS,
        f"without momentum {apart(plain, adagrad)} with {share:.1%} of the numbers; with momentum {usual.mean():.1f}% "
        f"with {state_share('sm3', 'adagrad'):.0%}",
        {"plain": plain.mean(), "adagrad": adagrad.mean(), "usual": usual.mean(), "share": share},
    )
