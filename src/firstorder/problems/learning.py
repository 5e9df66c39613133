"""Learning problems on real data, with gradients derived by hand: softmax regression and a two-layer network.

Parameters are a mapping of arrays; value and gradient take an optional index array, the mini-batch.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ..backends import array_backend, xp

Params = dict[str, Any]


class Digits(NamedTuple):
    """scikit-learn's 8×8 digits, split and scaled: inputs (n, 64) in [0, 1], labels (n,) from 0 to 9."""

    x_train: Any
    y_train: Any
    x_test: Any
    y_test: Any


def digits(test_share: float = 0.25, seed: int = 0, dtype: str = "float64") -> Digits:
    """The digits, shuffled by `seed`, as arrays of the backend in force. Needs scikit-learn (extra `book`)."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    x, y = x[order] / 16, y[order]
    cut = round(len(y) * (1 - test_share))
    module = xp()
    xs, ys = module.asarray(x.astype(dtype)), module.asarray(y)
    return Digits(xs[:cut], ys[:cut], xs[cut:], ys[cut:])


class _Classifier:
    """Mean cross-entropy of class scores; a subclass gives the scores and carries their gradient back."""

    def __init__(self, x: Any, y: Any):
        if x.ndim != 2 or y.shape != x.shape[:1]:
            raise ValueError(f"x must have shape (n, features) and y (n,), got {x.shape} and {y.shape}")
        self.x, self.y = x, y
        self.xp = array_backend("x", x).xp
        self.classes = int(y.max()) + 1

    @property
    def n_samples(self) -> int:
        return len(self.y)

    def start(self, seed: int = 0) -> Params:
        raise NotImplementedError

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        """Class scores (n, classes), and what `back` needs of the forward pass."""
        raise NotImplementedError

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        """The gradient of every parameter, from the gradient of the scores."""
        raise NotImplementedError

    def _sample(self, batch: Any) -> tuple[Any, Any]:
        return (self.x, self.y) if batch is None else (self.x[batch], self.y[batch])

    def _log_probabilities(self, scores: Any) -> Any:
        shifted = scores - scores.max(axis=1, keepdims=True)
        return shifted - self.xp.log(self.xp.exp(shifted).sum(axis=1, keepdims=True))

    def value(self, params: Params, batch: Any = None) -> float:
        """Mean cross-entropy, in nats per example."""
        x, y = self._sample(batch)
        log_p = self._log_probabilities(self.scores(params, x)[0])
        return float(-log_p[self.xp.arange(len(y)), y].mean())

    def gradient(self, params: Params, batch: Any = None) -> Params:
        """The gradient of `value`, put together as the parameters are."""
        x, y = self._sample(batch)
        scores, kept = self.scores(params, x)
        d_scores = self.xp.exp(self._log_probabilities(scores))
        d_scores[self.xp.arange(len(y)), y] -= 1  # softmax minus one-hot
        return self.back(params, x, kept, d_scores / len(y))

    def accuracy(self, params: Params, x: Any = None, y: Any = None) -> float:
        """Share of examples whose highest score is the label's; on the training data unless others are given."""
        x, y = (self.x, self.y) if x is None else (x, y)
        return float((self.scores(params, x)[0].argmax(axis=1) == y).mean())


class SoftmaxRegression(_Classifier):
    """Scores x W + b: a convex problem. Parameters: W (features, classes), b (classes,)."""

    def start(self, seed: int = 0) -> Params:
        """All zeros, whatever the seed: the problem is convex."""
        shape = (self.x.shape[1], self.classes)
        return {"W": self.xp.zeros(shape, self.x.dtype), "b": self.xp.zeros(self.classes, self.x.dtype)}

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        return x @ params["W"] + params["b"], None

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        return {"W": x.T @ d_scores, "b": d_scores.sum(axis=0)}


class TwoLayerNetwork(_Classifier):
    """Scores relu(x W1 + b1) W2 + b2, with `hidden` units."""

    def __init__(self, x: Any, y: Any, hidden: int = 64):
        super().__init__(x, y)
        self.hidden = hidden

    def start(self, seed: int = 0) -> Params:
        """He et al. (2015): weights normal with variance 2 / inputs, biases zero."""
        rng = np.random.default_rng(seed)
        sizes = [self.x.shape[1], self.hidden, self.classes]
        params: Params = {}
        for i, (inputs, outputs) in enumerate(pairwise(sizes), 1):
            weights = rng.normal(0, (2 / inputs) ** 0.5, (inputs, outputs))
            params[f"W{i}"] = self.xp.asarray(weights.astype(self.x.dtype))
            params[f"b{i}"] = self.xp.zeros(outputs, self.x.dtype)
        return params

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        h = self.xp.maximum(x @ params["W1"] + params["b1"], 0)
        return h @ params["W2"] + params["b2"], h

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        h = kept
        d_hidden = (d_scores @ params["W2"].T) * (h > 0)
        return {
            "W1": x.T @ d_hidden,
            "b1": d_hidden.sum(axis=0),
            "W2": h.T @ d_scores,
            "b2": d_scores.sum(axis=0),
        }
