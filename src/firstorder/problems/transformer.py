"""A small transformer that predicts the next token of a text, its gradient derived by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from .learning import Params, _turned

#: How many windows a loss is the mean over, where no batch is given: evenly spread over all.
SAMPLE = 128


class Transformer:
    """Logits of the next token at every place of a window, from the tokens up to it.

    x, y (n, T): tokens, and what follows each; the classes are `classes`, the tokens are `kinds` many. A window goes
    through (a row a place, T × d; every matrix is stored outputs × inputs, so that a row is an output or a token)

        h = tokens[x] + places                        each token's vector, and each place's
        h = h + A Wo.T,  A = softmax(Q K.T/√(d/heads)) V,  Q, K, V = n(h) Wq.T, n(h) Wk.T, n(h) Wv.T   in each layer
        h = h + relu(n(h) W1.T) W2.T                  in each layer
        logits = n(h) head.T

    with n(h) = scale · h/√(mean(h²) + eps), the root mean square taken along a row (Zhang and Sennrich 2019); softmax
    runs over a place and those before it (Vaswani et al. 2017), head by head. Back from d = ∂loss/∂n, with ĥ for
    h/√(…) and δ = scale·d: ∂loss/∂h = (δ − ĥ·mean(δ·ĥ))/√(…). Through softmax with probabilities P:
    ∂loss/∂scores = P·(∂P − Σ P·∂P), the sum along a row.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        *,
        kinds: int,
        classes: int | None = None,
        width: int = 64,
        heads: int = 4,
        layers: int = 2,
    ):
        if x.ndim != 2 or x.shape != y.shape:
            raise ValueError(f"x and y must be of one shape (n, T), got {x.shape} and {y.shape}")
        self.x, self.y, self.kinds, self.classes = x, y, kinds, classes or kinds
        self.width, self.heads, self.layers = width, heads, layers
        self._later = np.triu(np.full((x.shape[1],) * 2, -np.inf, np.float32), 1)  # what a place must not see
        self._sample = np.linspace(0, len(x) - 1, min(SAMPLE, len(x))).astype(int)

    @property
    def n_samples(self) -> int:
        return len(self.y)

    def start(self, seed: int = 0, dtype: str = "float32") -> Params:
        """Matrices normal with variance 1/inputs, those that add to h less by their number; the head zero."""
        rng, d = np.random.default_rng(seed), self.width

        def normal(outputs: int, inputs: int, variance: float) -> Any:
            return rng.normal(0, variance**0.5, (outputs, inputs)).astype(dtype)

        params = {"tokens": normal(self.kinds, d, 0.5), "places": normal(self.x.shape[1], d, 0.5)}
        for i in range(1, self.layers + 1):
            params[f"attend{i}"] = np.ones(d, dtype)
            params |= {f"{name}{i}": normal(d, d, 1 / d) for name in ("Q", "K", "V")}
            params[f"O{i}"] = normal(d, d, 1 / d / (2 * self.layers))
            params[f"scale{i}"] = np.ones(d, dtype)
            params[f"up{i}"] = normal(4 * d, d, 2 / d)
            params[f"down{i}"] = normal(d, 4 * d, 1 / (4 * d) / (2 * self.layers))
        return params | {"scale": np.ones(d, dtype), "head": np.zeros((self.classes, d), dtype)}

    def _split(self, rows: Any) -> Any:
        n, T, d = rows.shape
        return rows.reshape(n, T, self.heads, d // self.heads).swapaxes(1, 2)

    def _joined(self, parts: Any) -> Any:
        return parts.swapaxes(1, 2).reshape(parts.shape[0], parts.shape[2], self.width)

    def scores(self, params: Params, x: Any) -> tuple[Any, Any]:
        """Logits (n, T, classes), and what `gradient` needs of the way there."""
        h, kept = params["tokens"][x] + params["places"], []
        for i in range(1, self.layers + 1):
            n1, *norm1 = _normed(h, params[f"attend{i}"])
            q, k, v = (self._split(n1 @ params[f"{name}{i}"].T) for name in ("Q", "K", "V"))
            p = _softmax(q @ _turned(k) * (self.heads / self.width) ** 0.5 + self._later)
            a = self._joined(p @ v)
            h = h + a @ params[f"O{i}"].T
            n2, *norm2 = _normed(h, params[f"scale{i}"])
            u = np.maximum(n2 @ params[f"up{i}"].T, 0)
            h = h + u @ params[f"down{i}"].T
            kept.append((n1, norm1, q, k, v, p, a, n2, norm2, u))
        n, *norm = _normed(h, params["scale"])
        return n @ params["head"].T, (kept, n, norm)

    def back(self, params: Params, x: Any, kept: Any, d_scores: Any) -> Params:
        """The gradient of every parameter, from the gradient of the logits."""
        layers, n, norm = kept
        found = {"head": _outer(d_scores, n)}
        d, found["scale"] = _normed_back(d_scores @ params["head"], norm, params["scale"])
        for i in range(self.layers, 0, -1):
            n1, norm1, q, k, v, p, a, n2, norm2, u = layers[i - 1]
            found[f"down{i}"] = _outer(d, u)
            du = (d @ params[f"down{i}"]) * (u > 0)
            found[f"up{i}"] = _outer(du, n2)
            more, found[f"scale{i}"] = _normed_back(du @ params[f"up{i}"], norm2, params[f"scale{i}"])
            d = d + more
            found[f"O{i}"] = _outer(d, a)
            da = self._split(d @ params[f"O{i}"])
            dp = da @ _turned(v)
            ds = p * (dp - _dots(p, dp)) * (self.heads / self.width) ** 0.5
            parts = {"Q": ds @ k, "K": _turned(ds) @ q, "V": _turned(p) @ da}
            dn = np.zeros_like(d)
            for name, part in parts.items():
                part = self._joined(part)
                found[f"{name}{i}"] = _outer(part, n1)
                dn += part @ params[f"{name}{i}"]
            more, found[f"attend{i}"] = _normed_back(dn, norm1, params[f"attend{i}"])
            d = d + more
        found["places"] = d.sum(axis=0)
        found["tokens"] = np.zeros_like(params["tokens"])
        np.add.at(found["tokens"], x, d)
        return {name: found[name] for name in params}

    def losses(self, params: Params, x: Any, y: Any) -> Any:
        """Cross-entropy of every prediction, in nats, (n, T)."""
        return -np.take_along_axis(_log_softmax(self.scores(params, x)[0]), y[..., None], -1)[..., 0]

    def value(self, params: Params, batch: Any = None) -> float:
        """Mean cross-entropy in nats, of a batch or of a sample that is the same every time."""
        batch = self._sample if batch is None else batch
        return float(self.losses(params, self.x[batch], self.y[batch]).mean(dtype=float))

    def gradient(self, params: Params, batch: Any = None) -> Params:
        """The gradient of `value`, put together as the parameters are."""
        batch = self._sample if batch is None else batch
        x, y = self.x[batch], self.y[batch]
        scores, kept = self.scores(params, x)
        d = _softmax(scores)
        np.put_along_axis(d, y[..., None], np.take_along_axis(d, y[..., None], -1) - 1, -1)  # softmax minus one-hot
        return self.back(params, x, kept, d / y.size)

    def accuracy(self, params: Params, x: Any = None, y: Any = None) -> float:
        """Share of a sample's tokens whose highest score is that of what follows."""
        x, y = (self.x[self._sample], self.y[self._sample]) if x is None else (x, y)
        return float((self.scores(params, x)[0].argmax(axis=-1) == y).mean())


def _normed(h: Any, scale: Any, eps: float = 1e-6) -> tuple[Any, Any, Any]:
    root = np.sqrt(_dots(h, h) / h.shape[-1] + h.dtype.type(eps))
    normal = h / root
    return scale * normal, normal, root


def _dots(a: Any, b: Any) -> Any:
    """Products of rows with rows: sums along the last axis, which stays."""
    return np.einsum("...i,...i->...", a, b)[..., None]


def _normed_back(d: Any, kept: Any, scale: Any) -> tuple[Any, Any]:
    normal, root = kept
    inner = d * scale
    return (inner - normal * (_dots(inner, normal) / inner.shape[-1])) / root, (d * normal).sum(axis=(0, 1))


def _outer(outputs: Any, inputs: Any) -> Any:
    """The gradient of a matrix, outputs × inputs: the sum over batch and places."""
    return outputs.reshape(-1, outputs.shape[-1]).T @ inputs.reshape(-1, inputs.shape[-1])


def _softmax(scores: Any) -> Any:
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return p


def _log_softmax(scores: Any) -> Any:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
