"""A convolutional network of several layers, its gradient derived by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .learning import Params, _Classifier


class DeepConvolutionalNetwork(_Classifier):
    """Layers of 3×3 filters, ReLU and the mean over 2×2 neighbours, then a linear layer of scores.

    For square images, flattened, whose side can be halved once for each layer: x has shape (n, side²). A layer with C
    filters takes h (side, side, c) to a grid of half the side:

        P = patches of h      (side·side, 9c), zeros beyond the border, so that there is one for each place
        z = P K + k           K (9c, C), k (C,)
        h' = mean of relu(z) over 2×2 places

    Back from d = ∂loss/∂h': each of the four places has a quarter of d and lets it pass where z > 0, which is ∂z. Then
    ∂K = Pᵀ ∂z and ∂k = Σ ∂z, summed over places and images, and ∂P = ∂z Kᵀ; a pixel of h is in nine patches and has
    the sum of what these say of it. Parameters: K and k of layer i are Wi and bi, those of the scores W and b.
    """

    def __init__(self, x: Any, y: Any, filters: Sequence[int] = (8, 16)):
        super().__init__(x, y)
        self.filters, self.side = tuple(filters), math.isqrt(x.shape[1])
        if self.side**2 != x.shape[1] or self.side % 2 ** len(self.filters):
            raise ValueError(
                f"x must hold square images, flattened, whose side can be halved {len(self.filters)} times, got "
                f"{x.shape[1]} pixels"
            )

    def start(self, seed: int = 0) -> Params:
        """He et al. (2015): weights normal with variance 2 / inputs, biases zero."""
        rng, inputs = np.random.default_rng(seed), 1
        params: Params = {}
        for i, outputs in enumerate(self.filters, 1):
            params |= self._layer(rng, str(i), 9 * inputs, outputs)
            inputs = outputs
        cells = (self.side >> len(self.filters)) ** 2
        return params | self._layer(rng, "", cells * inputs, self.classes)

    def _layer(self, rng: np.random.Generator, name: str, inputs: int, outputs: int) -> Params:
        weights = rng.normal(0, (2 / inputs) ** 0.5, (inputs, outputs)).astype(self.x.dtype)
        return {f"W{name}": self.xp.asarray(weights), f"b{name}": self.xp.zeros(outputs, self.x.dtype)}

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        h, kept = x.reshape(len(x), self.side, self.side, 1), []
        for i in range(1, len(self.filters) + 1):
            patches = self._patches(h)
            z = (patches @ params[f"W{i}"] + params[f"b{i}"]).reshape(*h.shape[:3], -1)
            r = self.xp.maximum(z, 0)
            h = (r[:, ::2, ::2] + r[:, ::2, 1::2] + r[:, 1::2, ::2] + r[:, 1::2, 1::2]) / 4
            kept.append((patches, r))
        a = h.reshape(len(x), -1)
        return a @ params["W"] + params["b"], (kept, a)

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        layers, a = kept
        grads = {"W": a.T @ d_scores, "b": d_scores.sum(axis=0)}
        d = d_scores @ params["W"].T
        for i in range(len(self.filters), 0, -1):
            patches, r = layers[i - 1]
            n, side, _, outputs = r.shape
            quarters = (d / 4).reshape(n, side // 2, side // 2, outputs)
            dz = (quarters.repeat(2, axis=1).repeat(2, axis=2) * (r > 0)).reshape(-1, outputs)
            grads[f"W{i}"], grads[f"b{i}"] = patches.T @ dz, dz.sum(axis=0)
            if i > 1:
                d = self._gathered((dz @ params[f"W{i}"].T).reshape(n, side, side, -1))
        return {name: grads[name] for name in params}

    def _patches(self, h: Any) -> Any:
        """The 3×3 neighbours of every place, zeros beyond the border: (n·side·side, 9c)."""
        n, side, _, c = h.shape
        framed = self.xp.zeros((n, side + 2, side + 2, c), h.dtype)
        framed[:, 1:-1, 1:-1] = h
        parts = [framed[:, i : i + side, j : j + side] for i, j in np.ndindex(3, 3)]
        return self.xp.concatenate(parts, axis=-1).reshape(-1, 9 * c)

    def _gathered(self, d: Any) -> Any:
        """The other way: every place has the sum of what the nine patches say of it."""
        n, side, _, nine = d.shape
        c = nine // 9
        framed = self.xp.zeros((n, side + 2, side + 2, c), d.dtype)
        for k, (i, j) in enumerate(np.ndindex(3, 3)):
            framed[:, i : i + side, j : j + side] += d[..., k * c : (k + 1) * c]
        return framed[:, 1:-1, 1:-1]
