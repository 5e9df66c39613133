"""Claims about the rules of matrices."""

import numpy as np

from ..lab.digits import TUNING
from ..lab.evidence import higher_by, lower_by
from ..lab.matrices import PLAIN, RATES, STEPS, MatrixBowl, left_over, rotation, work
from ..lab.runs import descend, falling, tuned
from ..lab.tuning import least
from ..lab.walks import made, walk
from .claim import CON, PARTLY, PRO, claim
from .over_seeds import higher, lower

MATRIX = ("shampoo", "soap", "muon")


@claim(
    "Muon makes all singular values of a step equal to 1",
    PRO,
    about="muon",
    source="jordan2024muon",
    verdict=PARTLY,
    conditions="they end between 0.68 and 1.21, and only those above about 1/500 of the matrix's norm do",
    holds="max(high, 2 - low, 2 - smallest) - 1 < 0.01",
    partly="low > 0.68 and high < 1.21",
    says="Of 32 singular values the {large} above 1/500 come to lie between {low:.2f} and {high:.2f}; the others stay "
    "below, down to {smallest:.0e}.",
)
def equal_singular_values():
    """The first step of Muon for 64×32 gradients with singular values from 1 down to a millionth, ten turned at random:
    the singular values of the step."""
    sizes = np.logspace(0, -6, 32)
    large = sizes / np.linalg.norm(sizes) > 1 / 500
    steps = []
    for seed in range(10):
        g = rotation(64, seed)[:, :32] * sizes @ rotation(32, 100 + seed).T
        step = walk("muon", [g], lr=1, weight_decay=0)[1]
        steps.append(np.linalg.svd(step / 2**0.5, compute_uv=False))  # √(64 / 32) is Muon's factor for the shape
    found = np.sort(steps)[:, ::-1]
    # A polynomial with a bounded slope keeps the small ones smallest, so sorting keeps the two groups.
    kept, lost = found[:, : large.sum()], found[:, large.sum() :]
    return {"low": kept.min(), "high": kept.max(), "large": large.sum(), "smallest": lost.min()}


@claim(
    "A rotation of the axes makes no difference to them, as it does to Adam",
    PRO,
    about=MATRIX,
    holds="max(shampoo, soap, muon) < 1e-6 and adam > 0.01",
    partly="max(shampoo, soap, muon) < 0.01",
    says="The ends on both bowls, turned back, are apart by at most {max(shampoo, soap, muon):.0e} of the way for the "
    "three rules, and by {adam:.2f} of it for Adam.",
)
def rotations():
    """The bowl with its rows and columns turned at random, 100 steps at the rate 0.1: the path's end, turned back,
    against the end on the straight bowl."""

    def end(key, turned):
        bowl = MatrixBowl(turned)
        path = descend(bowl, key, 0.1, steps=100, batch_size=None, **PLAIN.get(key, {}))
        return bowl.left.T @ path.params @ bowl.right

    def apart(key):
        straight = end(key, False)
        return np.linalg.norm(end(key, True) - straight) / np.linalg.norm(straight)

    return {key: apart(key) for key in (*MATRIX, "adam")}


@claim(
    "On a badly conditioned matrix problem they get much further than Adam in the same number of steps",
    PRO,
    about=MATRIX,
    source=("gupta2018shampoo", "vyas2024soap"),
    verdict=PARTLY,
    conditions="if its axes are turned; where they are those of the elements, only Shampoo is ahead of Adam, and "
    "AdaGrad, Shampoo with a number for each element, is ahead of it",
    holds="max(shampoo, soap, muon) < adam / 10 and max(shampoo_straight, soap_straight, muon_straight) "
    "< adam_straight / 10",
    partly="max(shampoo, soap, muon) < adam / 10",
    says="On the turned bowls Shampoo leaves {shampoo:.0e} of the loss, SOAP {soap:.0e}, Muon {muon:.0e}, Adam "
    "{adam:.0e} and AdaGrad {adagrad:.0e}; on the straight ones they leave {shampoo_straight:.0e}, "
    "{soap_straight:.0e}, {muon_straight:.0e}, {adam_straight:.0e} and {adagrad_straight:.0e}.",
)
def conditioning():
    """Bowls of condition number 10,000, straight and turned, without noise; 200 steps with a rate that falls linearly,
    the best of thirteen rates from 0.1 to 100 for each, inside the grid. The median over twenty minima of the share
    of the loss that is left. SOAP has Adam's β₁ and β₂."""
    found = {}
    for key in (*MATRIX, "adam", "adagrad"):
        for name, turned in (("", True), ("_straight", False)):
            found[key + name] = np.median([left_over(key, turned, key == "soap", seed) for seed in range(20)])
    return found


@claim(
    "They train a network better than Adam in the same number of steps",
    PRO,
    about=MATRIX,
    source=("vyas2024soap", "jordan2024muon"),
    verdict=PARTLY,
    conditions="SOAP and Muon, in training loss and, by about a point, in test accuracy; Shampoo by little",
    holds="min(soap['low'], muon['low'], shampoo['low']) > 0.1 and min(soap_test['low'], muon_test['low']) > 0",
    partly="min(soap['low'], muon['low']) > 0.1",
    says="; ".join(
        f"{name}'s " + lower("Adam's", key, what="training loss") + ", and in tests " + higher("Adam", f"{key}_test")
        for key, name in (("soap", "SOAP"), ("muon", "Muon"), ("shampoo", "Shampoo"))
    )
    + ". Momentum's "
    + lower("Adam's", "momentum", what="training loss")
    + ", and in tests "
    + higher("Adam", "momentum_test")
    + ".",
)
def digits_network():
    """A network 64-32-10 on the digits, 100 steps with batches of 64 and a rate that falls linearly. Rates, four a
    decade, tuned on the held-out loss of three seeds; 20 other seeds with all training images."""
    rates = 10.0 ** np.arange(-2, 0.3, 0.25)
    runs = {
        key: tuned("network", key, rates, tuning=TUNING, steps=100, schedule=falling, **PLAIN.get(key, {}))
        for key in (*MATRIX, "adam", "momentum")
    }
    adam = runs.pop("adam")
    return {key: lower_by(run.training, adam.training) for key, run in runs.items()} | {
        f"{key}_test": higher_by(100 * run.accuracy, 100 * adam.accuracy) for key, run in runs.items()
    }


def exact_muon(lr: float) -> float:
    """What 200 steps of Muon with exact singular vectors leave of the loss on the turned bowl."""
    bowl, rate = MatrixBowl(True), falling(lr, STEPS)
    W, m = bowl.start.copy(), np.zeros_like(bowl.start)
    for t in range(1, STEPS + 1):
        g = bowl.gradient(W)
        m = 0.95 * m + 0.05 * g
        u, _, vt = np.linalg.svd(0.95 * m + 0.05 * g)
        W -= rate(t) * u @ vt
    return bowl.value(W) / bowl.value(bowl.start)


@claim(
    "Five Newton–Schulz steps serve as well as exact singular vectors",
    PRO,
    about="muon",
    source="jordan2024muon",
    holds="five < 2 * exact",
    partly="five < 10 * exact",
    says="Muon leaves {five:.1e} of the loss, and with exact singular vectors {exact:.1e}.",
)
def newton_schulz():
    """The turned bowl, 200 steps with a rate that falls linearly, the best of thirteen rates: Muon, and Muon with
    a singular value decomposition in the place of its five steps."""
    exact = [exact_muon(lr) for lr in RATES]
    return {"five": left_over("muon", True), "exact": exact[least(exact, RATES)]}


@claim(
    "A step costs far more than Adam's, and with small batches more than the gradient",
    CON,
    about=MATRIX,
    holds="min(shampoo[0], soap[0], muon[0]) > 3",
    says="A step takes so many multiplications in units of 64³, and decompositions: Shampoo {shampoo[0]:.1f} and "
    "{shampoo[1]:.1f}, SOAP {soap[0]:.1f} and {soap[1]:.1f}, Muon {muon[0]:.1f} and {muon[1]:.1f}. The gradient takes "
    "3 such units.",
)
def costs():
    """A 64×64 matrix: the multiplications of a step's matrix products, counted as it runs, and its decompositions.
    A layer's gradient takes three products with the batch, here of 64 examples. Adam has no products of matrices."""
    return {key: work(key) for key in MATRIX}


@claim(
    "They need more memory than Adam",
    CON,
    about=MATRIX,
    verdict=PARTLY,
    conditions="Shampoo and SOAP, whose matrices have the squares of both sides; Muon needs half of Adam's",
    holds="min(shampoo, soap, muon) > adam",
    partly="max(shampoo, soap, muon) > adam",
    says="For a matrix of 2,048 weights Shampoo keeps {shampoo:,} numbers, SOAP {soap:,}, Muon {muon:,} and Adam "
    "{adam:,}.",
)
def memory():
    """The numbers of state for a 64×32 matrix."""
    state = {key: made(key, np.zeros((64, 32))).state for key in (*MATRIX, "adam")}
    return {key: sum(array.size for array in arrays.values()) for key, arrays in state.items()}
