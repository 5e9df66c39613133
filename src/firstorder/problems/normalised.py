"""A network of any depth with batch normalisation, or without it to compare, its gradients derived by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .learning import Params, _Classifier


class NormalisedNetwork(_Classifier):
    """Hidden layers of `hidden` units each, relu(scale·ẑ + shift), with ẑ the batch-normalised h W; then linear scores.

    Ioffe and Szegedy (2015): over the n examples of the batch, z = h W has mean μ and variance s² for each unit, and
    ẑ = (z − μ)/√(s² + eps). Back from d = ∂loss/∂ẑ, by the chain rule through μ and s as well:

        ∂loss/∂z = (d − mean(d) − ẑ·mean(d·ẑ)) / √(s² + eps)

    Parameters of layer i: Wi, scalei, shifti; of the last, W and b. With normalised=False the hidden layers are
    relu(h Wi + shifti). `accuracy` on other data takes μ and s² from the training data.
    """

    def __init__(self, x: Any, y: Any, hidden: tuple[int, ...] = (32, 32), normalised: bool = True, eps: float = 1e-5):
        super().__init__(x, y)
        self.hidden, self.normalised, self.eps = hidden, normalised, eps

    def start(self, seed: int = 0) -> Params:
        """He et al. (2015): weights normal with variance 2 / inputs; scales one, shifts zero."""
        rng = np.random.default_rng(seed)
        params: Params = {}
        for i, (inputs, outputs) in enumerate(pairwise((self.x.shape[1], *self.hidden)), 1):
            params[f"W{i}"] = self._normal(rng, inputs, outputs)
            if self.normalised:
                params[f"scale{i}"] = self.xp.ones(outputs, self.x.dtype)
            params[f"shift{i}"] = self.xp.zeros(outputs, self.x.dtype)
        params["W"] = self._normal(rng, self.hidden[-1], self.classes)
        params["b"] = self.xp.zeros(self.classes, self.x.dtype)
        return params

    def _normal(self, rng: np.random.Generator, inputs: int, outputs: int) -> Any:
        return self.xp.asarray(rng.normal(0, (2 / inputs) ** 0.5, (inputs, outputs)).astype(self.x.dtype))

    def _forward(self, params: Params, x: Any, statistics: list[tuple[Any, Any]] | None = None) -> tuple[Any, Any]:
        """Scores, and of each hidden layer its input h, ẑ, √(s² + eps), output and the μ and s² that were used."""
        h, kept = x, []
        for i in range(1, len(self.hidden) + 1):
            z, deviation, used = h @ params[f"W{i}"], None, None
            if self.normalised:
                used = statistics[i - 1] if statistics else (z.mean(axis=0), z.var(axis=0))
                deviation = self.xp.sqrt(used[1] + self.eps)
                z = (z - used[0]) / deviation
            out = self.xp.maximum((z * params[f"scale{i}"] if self.normalised else z) + params[f"shift{i}"], 0)
            kept.append((h, z, deviation, out, used))
            h = out
        return h @ params["W"] + params["b"], kept

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        return self._forward(params, x)

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        grads = {"W": kept[-1][3].T @ d_scores, "b": d_scores.sum(axis=0)}
        d = d_scores @ params["W"].T
        for i in range(len(self.hidden), 0, -1):
            h, z, deviation, out, _ = kept[i - 1]
            d = d * (out > 0)
            grads[f"shift{i}"] = d.sum(axis=0)
            if self.normalised:
                grads[f"scale{i}"] = (d * z).sum(axis=0)
                d = d * params[f"scale{i}"]
                d = (d - d.mean(axis=0) - z * (d * z).mean(axis=0)) / deviation
            grads[f"W{i}"] = h.T @ d
            d = d @ params[f"W{i}"].T
        return {name: grads[name] for name in params}

    def accuracy(self, params: Params, x: Any = None, y: Any = None) -> float:
        if x is None or not self.normalised:
            return super().accuracy(params, x, y)
        params, x, y = self._here(params), self._here(x), self._here(y)
        statistics = [layer[4] for layer in self._forward(params, self.x)[1]]
        return float((self._forward(params, x, statistics)[0].argmax(axis=1) == y).mean())
