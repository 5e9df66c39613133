"""Learning problems on real data, with gradients derived by hand: softmax regression and two small networks.

Parameters are a mapping of arrays; value and gradient take an optional index array, the mini-batch. For softmax
regression and the two-layer network both may have more axes before their own, the same ones: many runs at once.
They are computed where the data lies. Losses and accuracies are the host's; a gradient is what its parameters are, so
that a problem on the GPU takes NumPy's, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..backends import array_backend, to_numpy, xp

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
        array_backend("x", x)  # a TypeError for what is no array
        self.x, self.y = x, y
        self.classes = int(y.max()) + 1

    @property
    def xp(self) -> ModuleType:
        """The array module of the data; not kept, since a module cannot be pickled."""
        return array_backend("x", self.x).xp

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

    def _here(self, arrays: Any) -> Any:
        """An array or a mapping of arrays where the data is: those of NumPy are copied there."""
        if self.xp is np:
            return arrays
        if isinstance(arrays, Mapping):
            return {name: self._here(array) for name, array in arrays.items()}
        return self.xp.asarray(arrays) if isinstance(arrays, np.ndarray) else arrays

    def _sample(self, batch: Any) -> tuple[Any, Any]:
        return (self.x, self.y) if batch is None else (self.x[batch], self.y[batch])

    def _log_probabilities(self, scores: Any) -> Any:
        shifted = scores - scores.max(axis=-1, keepdims=True)
        return shifted - self.xp.log(self.xp.exp(shifted).sum(axis=-1, keepdims=True))

    def value(self, params: Params, batch: Any = None) -> Any:
        """Mean cross-entropy, in nats per example: a float, or an array with one for each run."""
        params, (x, y) = self._here(params), self._sample(batch)
        log_p = self._log_probabilities(self.scores(params, x)[0])
        labels = self.xp.broadcast_to(y, log_p.shape[:-1])[..., None]
        return _plain(-self.xp.take_along_axis(log_p, labels, -1)[..., 0].mean(axis=-1))

    def gradient(self, params: Params, batch: Any = None) -> Params:
        """The gradient of `value`, put together as the parameters are."""
        here, (x, y) = self._here(params), self._sample(batch)
        scores, kept = self.scores(here, x)
        d_scores = self.xp.exp(self._log_probabilities(scores))
        rows = d_scores.reshape(-1, self.classes)
        rows[self.xp.arange(len(rows)), y.ravel()] -= 1  # softmax minus one-hot
        gradient = self.back(here, x, kept, d_scores / y.shape[-1])
        theirs = self.xp is np or not any(isinstance(p, np.ndarray) for p in params.values())
        return gradient if theirs else to_numpy(gradient)

    def accuracy(self, params: Params, x: Any = None, y: Any = None) -> Any:
        """Share of examples whose highest score is the label's, a float or one for each run.

        On the training data, unless others are given.
        """
        x, y = (self.x, self.y) if x is None else (self._here(x), self._here(y))
        return _plain((self.scores(self._here(params), x)[0].argmax(axis=-1) == y).mean(axis=-1))


def _plain(found: Any) -> Any:
    return to_numpy(found) if found.ndim else float(found)


def _turned(matrix: Any) -> Any:
    """The transpose of a matrix, or of each in a stack."""
    return matrix.swapaxes(-1, -2)


class SoftmaxRegression(_Classifier):
    """Scores x W + b: a convex problem. Parameters: W (features, classes), b (classes,)."""

    def start(self, seed: int = 0) -> Params:
        """All zeros, whatever the seed: the problem is convex."""
        shape = (self.x.shape[1], self.classes)
        return {"W": self.xp.zeros(shape, self.x.dtype), "b": self.xp.zeros(self.classes, self.x.dtype)}

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        return x @ params["W"] + params["b"][..., None, :], None

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        return {"W": _turned(x) @ d_scores, "b": d_scores.sum(axis=-2)}


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
        h = self.xp.maximum(x @ params["W1"] + params["b1"][..., None, :], 0)
        return h @ params["W2"] + params["b2"][..., None, :], h

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        h = kept
        d_hidden = (d_scores @ _turned(params["W2"])) * (h > 0)
        return {
            "W1": _turned(x) @ d_hidden,
            "b1": d_hidden.sum(axis=-2),
            "W2": _turned(h) @ d_scores,
            "b2": d_scores.sum(axis=-2),
        }


class ConvolutionalNetwork(_Classifier):
    """One layer of 3×3 filters, ReLU, the mean over 2×2 neighbours, and a linear layer of scores.

    For square images of even side s, flattened: x has shape (n, s²). The filters fit at s - 2 places along a side, of
    which 2×2 make a cell; with m cells, C filters and k classes, each image goes through

        P (4, m, 9)   its patches: by place in the cell, cell, and pixel of the patch
        z = P K + c   (4, m, C), with K (9, C) and c (C,)
        a = mean of relu(z) over the places, (m, C)
        scores = a W + b, with W (m·C, k) and b (k,)

    Back from d = ∂loss/∂scores, by the chain rule: ∂b = d, ∂W = a dᵀ and ∂a = W d. Each of the four places of a cell
    gets a quarter of ∂a and lets it pass where z > 0: ∂z = (∂a / 4)·[z > 0]. Finally ∂K = Pᵀ ∂z and ∂c = ∂z, summed
    over places and cells, since a weight used in many places has the sum of their gradients. Parameters: K and c are
    W1 and b1, W and b are W2 and b2.
    """

    def __init__(self, x: Any, y: Any, filters: int = 16):
        super().__init__(x, y)
        side = math.isqrt(x.shape[1])
        if side**2 != x.shape[1] or side % 2 or side < 4:
            raise ValueError(f"x must hold square images of even side >= 4, flattened, got {x.shape[1]} pixels")
        self.filters = filters
        cells = (side - 2) // 2
        down, right, row, column, i, j = np.indices((2, 2, cells, cells, 3, 3))
        pixels = (2 * row + down + i) * side + 2 * column + right + j
        self._patches = self.xp.asarray(pixels.ravel())
        self._features = cells**2 * filters

    def start(self, seed: int = 0) -> Params:
        """He et al. (2015): weights normal with variance 2 / inputs, biases zero."""
        rng = np.random.default_rng(seed)
        params: Params = {}
        for i, (inputs, outputs) in enumerate(((9, self.filters), (self._features, self.classes)), 1):
            weights = rng.normal(0, (2 / inputs) ** 0.5, (inputs, outputs))
            params[f"W{i}"] = self.xp.asarray(weights.astype(self.x.dtype))
            params[f"b{i}"] = self.xp.zeros(outputs, self.x.dtype)
        return params

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        patches = x[:, self._patches].reshape(-1, 9)
        z = patches @ params["W1"] + params["b1"]
        h = self.xp.maximum(z, 0).reshape(len(x), 4, self._features)
        a = (h[:, 0] + h[:, 1] + h[:, 2] + h[:, 3]) / 4
        return a @ params["W2"] + params["b2"], (patches, h, a)

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        patches, h, a = kept
        d_a = d_scores @ params["W2"].T
        d_z = ((d_a / 4)[:, None] * (h > 0)).reshape(-1, self.filters)
        return {
            "W1": patches.T @ d_z,
            "b1": d_z.sum(axis=0),
            "W2": a.T @ d_scores,
            "b2": d_scores.sum(axis=0),
        }
