"""Claims about rules that keep their second moments for rows and columns."""

import numpy as np

from ..lab.digits import falling_accuracies, state_numbers
from ..lab.evidence import higher_by
from ..lab.runs import model, state_after
from .claim import PARTLY, PRO, claim
from .over_seeds import higher


@claim(
    "Adafactor trains like Adam with a fraction of the state",
    PRO,
    about="adafactor",
    source="shazeer2018adafactor",
    holds="share < 0.1 and test['low'] > -0.3",
    partly="share < 0.1 and test['low'] > -2",
    says="Adafactor keeps {share:.1%} of Adam's numbers; " + higher("Adam", "test") + ".",
)
def adafactor_as_adam():
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0. Nine rates from 0.01 to 1 for each method,
    chosen by the held-out loss of three seeds; test accuracy over 20 others."""
    rates = 10.0 ** np.arange(-2, 0.1, 0.25)
    adam, adafactor = (falling_accuracies(key, rates) for key in ("adam", "adafactor"))
    return {"test": higher_by(adafactor, adam), "share": state_numbers("adafactor") / state_numbers("adam")}


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
    says="For second moments of rank one the relative error is {exact:.0e}; in training √v is typically off by a "
    "factor of {W1:.2f} in the first layer and {W2:.2f} in the second.",
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
    conditions="without its average of steps: a fraction of the numbers, and about two points behind; the average more "
    "than mends that and takes as much memory as AdaGrad's sums",
    holds="share < 0.1 and plain['low'] > -0.3",
    partly="share < 0.1 and plain['low'] > -3",
    says="Without momentum SM3 keeps {share:.1%} of AdaGrad's numbers, and " + higher("AdaGrad", "plain")
    + ". With momentum it keeps {share_usual:.0%} of them, and " + higher("AdaGrad", "usual") + ".",
)
def sm3_as_adagrad():
    """A 64-32-10 network on digits, 200 batches of 64, rates that fall to 0. Nine rates from 0.02 to 1.8 for each
    method, chosen by the held-out loss of three seeds; test accuracy over 20 others. SM3 with momentum 0 and 0.9."""
    rates = 10.0 ** np.arange(-1.75, 0.3, 0.25)
    adagrad = falling_accuracies("adagrad", rates)
    average = sum(p.size for p in model("network").start(0).values())
    sm3, sums = state_numbers("sm3"), state_numbers("adagrad")
    return {
        "plain": higher_by(falling_accuracies("sm3", rates, momentum=0.0), adagrad),
        "usual": higher_by(falling_accuracies("sm3", rates), adagrad),
        "share": (sm3 - average) / sums,
        "share_usual": sm3 / sums,
    }
