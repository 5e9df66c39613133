"""Claims about the rules of matrices."""

import numpy as np

from ..lab.matrices import PLAIN, RATES, STEPS, MatrixBowl, best, rotation, work
from ..lab.runs import descend, falling, tuned
from ..lab.walks import made, walk
from .claim import CON, PARTLY, PRO, claim

MATRIX = ("shampoo", "soap", "muon")


def left_over(key: str, turned: bool) -> float:
    """The share of the loss that 200 steps leave, at the best of eight rates."""
    values = best(key, turned).values
    return float(values[-1] / values[0])


@claim(
    "Muon makes all singular values of a step equal to 1",
    PRO,
    about="muon",
    source="jordan2024muon",
    verdict=PARTLY,
    conditions="they end between 0.68 and 1.21, and only those above about 1/500 of the matrix's norm do",
    holds="max(high, 2 - low, 2 - smallest) - 1 < 0.01",
    partly="low > 0.68 and high < 1.21",
    says="{large} of 32, above 1/500: {low:.2f} to {high:.2f}; the others down to {smallest:.0e}",
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
    says="ends apart, as a share of the way: at most {max(shampoo, soap, muon):.0e} (Adam {adam:.2f})",
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
    conditions="if its axes are turned; where they are those of the elements, Adam is well ahead",
    holds="max(shampoo, soap, muon) < adam / 10 and max(shampoo_straight, soap_straight, muon_straight) "
    "< adam_straight / 10",
    partly="max(shampoo, soap, muon) < adam / 10",
    says="turned: Shampoo {shampoo:.0e}, SOAP {soap:.0e}, Muon {muon:.0e}, Adam {adam:.0e}; straight: Adam "
    "{adam_straight:.0e}, the others as before",
)
def conditioning():
    """The bowl of condition number 10,000, straight and turned; 200 steps with a rate that falls linearly, the best of
    eight rates for each. What share of the loss is left?"""
    how = {"": True, "_straight": False}
    return {f"{key}{name}": left_over(key, turned) for key in (*MATRIX, "adam") for name, turned in how.items()}


@claim(
    "They train a network better than Adam in the same number of steps",
    PRO,
    about=("soap", "muon"),
    source=("vyas2024soap", "jordan2024muon"),
    verdict=PARTLY,
    conditions="the training loss is far lower at every seed; of the test accuracy, momentum reaches most or all",
    holds="max(soap_behind, muon_behind) < 0 and min(soap_accuracy, muon_accuracy) > max(adam_accuracy, "
    "momentum_accuracy) + 1",
    partly="max(soap_behind, muon_behind) < 0",
    says="training loss and test accuracy: SOAP {soap_loss:.3f} and {soap_accuracy:.1f}%, Muon {muon_loss:.3f} and "
    "{muon_accuracy:.1f}%, Adam {adam_loss:.3f} and {adam_accuracy:.1f}%, Momentum {momentum_loss:.3f} and "
    "{momentum_accuracy:.1f}%",
)
def digits_network():
    """A network 64-32-10 on the digits, 100 steps with batches of 64 and a rate that falls linearly. Rates tuned on
    held-out loss, among five for each method; five other seeds with all training images."""
    rates = 10.0 ** np.arange(-2, 0.1, 0.5)
    run = {"tuning": (6,), "seeds": range(1, 6), "steps": 100, "schedule": falling}
    runs = {
        key: tuned("network", key, rates, **run, **PLAIN.get(key, {}))
        for key in ("soap", "muon", "adam", "momentum")
    }
    return (
        {f"{key}_loss": run.training.mean() for key, run in runs.items()}
        | {f"{key}_accuracy": 100 * run.accuracy.mean() for key, run in runs.items()}
        | {f"{key}_behind": (runs[key].training - runs["adam"].training).max() for key in ("soap", "muon")}
    )


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
    says="of the loss {five:.1e} is left, with exact singular vectors {exact:.1e}",
)
def newton_schulz():
    """The turned bowl, 200 steps with a rate that falls linearly, the best of eight rates: Muon, and Muon with a
    singular value decomposition in the place of its five steps."""
    return {"five": left_over("muon", True), "exact": min(exact_muon(lr) for lr in RATES)}


@claim(
    "A step costs far more than Adam's, and with small batches more than the gradient",
    CON,
    about=MATRIX,
    holds="min(shampoo[0], soap[0], muon[0]) > 3",
    says="multiplications in units of 64³, and decompositions: Shampoo {shampoo[0]:.1f} and {shampoo[1]:.1f}, "
    "SOAP {soap[0]:.1f} and {soap[1]:.1f}, Muon {muon[0]:.1f} and {muon[1]:.1f}; the gradient 3",
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
    says="Shampoo {shampoo:,}, SOAP {soap:,}, Muon {muon:,}, Adam {adam:,}",
)
def memory():
    """The numbers of state for a 64×32 matrix."""
    state = {key: made(key, np.zeros((64, 32))).state for key in (*MATRIX, "adam")}
    return {key: sum(array.size for array in arrays.values()) for key, arrays in state.items()}
