"""Claims about rules that keep their second moments for rows and columns."""

import numpy as np

from ..lab.digits import falling_accuracies, state_numbers
from ..lab.runs import model, state_after
from .claim import PARTLY, PRO, claim


@claim(
    "Adafactor trains like Adam with a fraction of the state",
    PRO,
    about="adafactor",
    source="shazeer2018adafactor",
    holds="adam[0] - adafactor[0] < 0.5",
    partly="adam[0] - adafactor[0] < 2",
    says="test accuracy {adafactor[0]:.1f} ± {adafactor[1]:.1f}% against {adam[0]:.1f} ± {adam[1]:.1f}%; state "
    "{share:.1%} of Adam's",
)
def adafactor_as_adam():
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0. Five rates from 0.01 to 1 for each method,
    chosen by held-out loss; test accuracy over five seeds."""
    rates = 10.0 ** np.arange(-2, 0.1, 0.5)
    found = {key: falling_accuracies(key, rates) for key in ("adam", "adafactor")}
    share = state_numbers("adafactor") / state_numbers("adam")
    return {key: [each.mean(), each.std()] for key, each in found.items()} | {"share": share}


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
    holds="exact < 1e-12 and max(W1, W2) < 1.1",
    partly="exact < 1e-12",
    says="rank one: relative error {exact:.0e}; in training √v is off by a factor of {W1:.2f} and {W2:.2f}",
)
def rank_one():
    """A random matrix of rank one; and Adam's v for the two weight matrices of the digits' network after 200 batches:
    the median factor between √v and its estimate, over all weights that have had a gradient."""
    rng = np.random.default_rng(0)
    v = np.outer(rng.exponential(size=64), rng.exponential(size=32))
    exact, off = abs(factored(v) / v - 1).max(), {}
    state = state_after(model("network"), "adam", 0.01, 2, steps=200)["v"]
    for name in ("W1", "W2"):
        v, moved = state[name], state[name] > 0
        off[name] = np.exp(np.median(abs(np.log(factored(v)[moved] / v[moved])) / 2))
    return {"exact": exact, **off}


@claim(
    "SM3 trains like AdaGrad with less memory",
    PRO,
    about="sm3",
    source="anil2019memory",
    verdict=PARTLY,
    conditions="without its average of steps: a fraction of the numbers, and a point behind; the average mends that "
    "and takes as much memory as AdaGrad's sums",
    holds="adagrad[0] - plain[0] < 0.5",
    partly="adagrad[0] - plain[0] < 2",
    says="without momentum {plain[0]:.1f} ± {plain[1]:.1f}% against {adagrad[0]:.1f} ± {adagrad[1]:.1f}% with "
    "{share:.1%} of the numbers; with momentum {usual[0]:.1f}% with {share_usual:.0%}",
)
def sm3_as_adagrad():
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0. Four rates from 0.03 to 1 for each method,
    chosen by held-out loss; test accuracy over five seeds. SM3 with momentum 0 and 0.9."""
    rates = 10.0 ** np.arange(-1.5, 0.1, 0.5)
    found = {
        "adagrad": falling_accuracies("adagrad", rates),
        "plain": falling_accuracies("sm3", rates, momentum=0.0),
        "usual": falling_accuracies("sm3", rates),
    }
    average = sum(p.size for p in model("network").start(0).values())
    sm3, adagrad = state_numbers("sm3"), state_numbers("adagrad")
    shares = {"share": (sm3 - average) / adagrad, "share_usual": sm3 / adagrad}
    return {key: [each.mean(), each.std()] for key, each in found.items()} | shares
