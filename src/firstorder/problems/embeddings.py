"""Two tables of embeddings, of which a batch meets few rows, and real pairs to learn them from."""

from __future__ import annotations

from typing import Any

import numpy as np

from .learning import Digits, Params, _Classifier
from .texts import corpus


class EmbeddingTables(_Classifier):
    """Does b go with a? Each a has a row of numbers, each b one in another table; the score is the rows' product.

    It is the core of a recommender, where a is somebody and b a thing. x (n, 2): the numbers a and b, below `kinds`;
    y (n,): 1 for pairs that go together, else 0. The score of a pair is s = A[a] · B[b], the probability of 1 is
    1/(1 + e⁻ˢ), the loss its cross-entropy, as if the two classes had the scores 0 and s. Back from d = ∂loss/∂s: row a
    of A has d · B[b], row b of B has d · A[a], summed over the pairs that meet the row. All other rows have zero.
    Parameters: A and B are left and right.
    """

    def __init__(self, x: Any, y: Any, kinds: int, width: int = 16, dtype: str = "float32"):
        super().__init__(x, y)
        if x.shape[1:] != (2,) or x.min() < 0 or x.max() >= kinds:
            raise ValueError(f"x must be pairs of numbers from 0 to {kinds - 1}, got {x.shape} up to {x.max()}")
        self.classes, self.kinds, self.width, self.dtype = 2, kinds, width, dtype

    def start(self, seed: int = 0) -> Params:
        """Normal, with a deviation of 0.1: small, so that nothing is known of any pair, and not zero, a saddle."""
        rng = np.random.default_rng(seed)
        shape = self.kinds, self.width
        return {name: self.xp.asarray(rng.normal(0, 0.1, shape).astype(self.dtype)) for name in ("left", "right")}

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        a, b = params["left"][x[:, 0]], params["right"][x[:, 1]]
        s = self.xp.einsum("ij,ij->i", a, b)
        return self.xp.stack([self.xp.zeros_like(s), s], axis=-1), (a, b)

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        a, b = kept
        d = d_scores[:, 1:]
        grads = {name: self.xp.zeros_like(array) for name, array in params.items()}
        self.xp.add.at(grads["left"], x[:, 0], d * b)
        self.xp.add.at(grads["right"], x[:, 1], d * a)
        return grads


def neighbours(kinds: int = 2000, seed: int = 0) -> tuple[Digits, int]:
    """Which word follows which in the book's text: pairs and labels to train on and to test on, and how many of the
    training pairs, the last, are of blocks of text of their own, to tune on.

    Half of the pairs are words and those that follow them, the label is 1; the other half are the same words with the
    followers shuffled, so that how frequent a word is says nothing: the label is 0. Of the `kinds` − 1 most frequent
    words and marks; pairs with others are left out.
    """
    text, rng = corpus("words", kinds=kinds), np.random.default_rng(seed)
    cut = len(text.x_train) - text.held_out

    def pairs(first: Any, second: Any) -> tuple[np.ndarray, np.ndarray]:
        known = (first < kinds - 1) & (second < kinds - 1)
        a, b = first[known], second[known]
        x = np.concatenate([np.stack([a, b], axis=1), np.stack([a, rng.permutation(b)], axis=1)])
        order = rng.permutation(len(x))
        return x[order], np.repeat([1, 0], len(a))[order]

    fit, tune = (pairs(text.x_train[part], text.y_train[part]) for part in (slice(cut), slice(cut, None)))
    x, y = (np.concatenate(both) for both in zip(fit, tune, strict=True))
    return Digits(x, y, *pairs(text.x_test, text.y_test)), len(tune[1])
