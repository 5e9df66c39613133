"""Each rule of matrices again, by other means, in NumPy and float64: the evidence of oracles.py for these rules.

The rules recur; here every moment is made afresh of the whole history, and every root and first basis is that of the
singular values of the gradients side by side, not of the eigenvalues of a sum of products. Muon's steps act on
singular values, as numbers; SOAP's next bases are orthogonalized column by column. Nothing of the package is
imported. Every oracle has the signature

    oracle(gradients, p0, lrs, **hyperparameters) -> (parameters, states)

of oracles.py, for one tensor of any shape; hyperparameters have no defaults.
"""

from collections.abc import Sequence
from inspect import isfunction, signature

import numpy as np

Array = np.ndarray
Path = tuple[list[Array], list[dict[str, Array]]]

LONGEST_AXIS = 10_000  # SOAP leaves longer ones as they are


def weighted(values: Sequence[Array], decay: float) -> Array:
    """Σ (1 − decay) decay^(t−i) x_i."""
    weights = (1 - decay) * decay ** np.arange(len(values))[::-1]
    return np.tensordot(weights, np.stack(values), axes=1)


def adam_direction(gradients: Sequence[Array], beta1: float, beta2: float, eps: float) -> Array:
    """The quotient of the two means, each a sum over the history divided by the sum of its weights."""
    ages = np.arange(len(gradients))[::-1]
    history = np.stack(gradients)
    mean = np.tensordot(beta1**ages / np.sum(beta1**ages), history, axes=1)
    square = np.tensordot(beta2**ages / np.sum(beta2**ages), history**2, axes=1)
    return mean / (np.sqrt(square) + eps)


def quintic(s: Array) -> Array:
    for _ in range(5):
        s = s * (3.4445 + s**2 * (-4.7750 + s**2 * 2.0315))
    return s


def _muon_path(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    scale: float,
    *,
    momentum: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> Path:
    p, parameters, states = p0, [], []
    for t, lr in enumerate(lrs, start=1):
        seen = gradients[:t]
        if p.ndim < 2:
            direction = adam_direction(seen, beta1, beta2, eps)
            states.append({"m": weighted(seen, beta1), "v": weighted([g**2 for g in seen], beta2)})
        else:
            # Nesterov: the average that one more step with the same gradient would leave.
            ahead = weighted([*seen, seen[-1]], momentum).reshape(len(p), -1)
            u, s, vt = np.linalg.svd(ahead, full_matrices=False)
            direction = scale * (u * quintic(s / max(np.sqrt(np.sum(s**2)), eps)) @ vt).reshape(p.shape)
            states.append({"m": weighted(seen, momentum), "v": np.empty(0)})
        p = p - lr * (direction + weight_decay * p)
        parameters.append(p)
    return parameters, states


def sides(p: Array) -> tuple[int, int]:
    return len(p), int(np.prod(p.shape[1:]))


def muon(gradients: Sequence[Array], p0: Array, lrs: Sequence[float], *, momentum, beta1, beta2, eps, weight_decay):
    """Jordan et al. (2024): the odd polynomial of a matrix is the polynomial of its singular values."""
    rows, columns = sides(p0) if p0.ndim > 1 else (1, 1)
    scale = np.sqrt(rows / columns) if rows > columns else 1.0
    given = {"momentum": momentum, "beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": weight_decay}
    return _muon_path(gradients, p0, lrs, scale, **given)


def muon_rms(
    gradients: Sequence[Array], p0: Array, lrs: Sequence[float], *, momentum, beta1, beta2, eps, weight_decay, rms
):
    """Liu et al. (2025), equation 4."""
    scale = rms * np.sqrt(max(sides(p0))) if p0.ndim > 1 else 1.0
    given = {"momentum": momentum, "beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": weight_decay}
    return _muon_path(gradients, p0, lrs, scale, **given)


def shampoo(gradients: Sequence[Array], p0: Array, lrs: Sequence[float], *, eps: float) -> Path:
    """Gupta et al. (2018): Σ g gᵀ is h hᵀ with h = [g_1 … g_t], so its roots are those of the singular values of h."""
    p, parameters, states = p0, [], []
    for t, lr in enumerate(lrs, start=1):
        if p.ndim < 2:
            total = np.sum(np.square(gradients[:t]), axis=0)
            direction = gradients[t - 1] / np.hypot(np.sqrt(total), np.sqrt(eps))
            states.append({"L": total, "R": np.empty(0)})
        else:
            seen = [g.reshape(len(g), -1) for g in gradients[:t]]
            beside, below = np.concatenate(seen, axis=1), np.concatenate(seen, axis=0)

            def root(h: Array) -> Array:
                u, s, _ = np.linalg.svd(np.concatenate([h, np.sqrt(eps) * np.eye(len(h))], axis=1))
                return u / np.sqrt(s) @ u.T

            direction = (root(beside) @ seen[-1] @ root(below.T)).reshape(p.shape)
            states.append({"L": beside @ beside.T, "R": below.T @ below})
        p = p - lr * direction
        parameters.append(p)
    return parameters, states


def gram_schmidt(a: Array) -> Array:
    """Orthonormal columns that span what the first columns of `a` span; the last of them may be lost in rounding.

    Each is cleared twice of those before it. One that is lost takes the direction that is left.
    """
    columns: list[Array] = []

    def cleared(column: Array) -> Array:
        for _ in range(2):
            for q in columns:
                column = column - (q @ column) * q
        return column

    for column in a.T:
        rest = cleared(column)
        if np.linalg.norm(rest) < 1e-12 * np.linalg.norm(a[:, 0]):
            assert len(columns) == len(a) - 1
            rest = max(map(cleared, np.eye(len(a))), key=np.linalg.norm)
        columns.append(rest / np.linalg.norm(rest))
    return np.stack(columns, axis=1)


def soap(
    gradients: Sequence[Array],
    p0: Array,
    lrs: Sequence[float],
    *,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    precondition_frequency: float,
) -> Path:
    """Vyas et al. (2024), algorithm 3 without its first step. The columns of a basis are known up to their signs."""
    p, parameters, states = p0, [], []
    matrix = p0.ndim > 1
    nothing = np.empty(0)
    shape = sides(p0) if matrix else p0.shape
    kept = [n <= LONGEST_AXIS for n in shape] if matrix else [False, False]
    bases = [np.eye(n) for n in shape] if matrix else []
    v = np.zeros(shape)
    for t, lr in enumerate(lrs, start=1):
        seen = [g.reshape(shape) for g in gradients[:t]]
        weights = np.sqrt((1 - beta2) * beta2 ** np.arange(t)[::-1])
        h = [w * g for w, g in zip(weights, seen, strict=True)]
        histories = [np.concatenate(h, axis=1), np.concatenate([x.T for x in h], axis=1)] if matrix else []
        m = np.zeros(shape)
        if t == 1:
            bases = [
                np.linalg.svd(side)[0] if keep else basis
                for side, basis, keep in zip(histories, bases, kept, strict=False)
            ]
        else:

            def turn(x: Array, back: bool = False, bases: list[Array] = bases) -> Array:
                for axis, basis in enumerate(bases):
                    x = np.moveaxis(np.tensordot(basis, x, axes=(1 if back else 0, axis)), 0, axis)
                return x

            m = weighted([np.zeros(shape), *seen[1:]], beta1)
            v = beta2 * v + (1 - beta2) * turn(seen[-1]) ** 2
            m_hat = m / (1 - beta1 ** (t - 1))
            # Adam with ε beside the uncorrected root: ε / √(1 − β₂ᵗ) beside the corrected one.
            correction = np.sqrt(1 - beta2 ** (t - 1))
            step = turn(turn(m_hat) / (np.sqrt(v) / correction + eps / correction), back=True)
            p = (p - lr * step.reshape(p.shape)) * (1 - lr * weight_decay)
            if (t - 1) % int(precondition_frequency) == 0:
                turned = []
                for axis, (side, basis, keep) in enumerate(zip(histories, bases, kept, strict=False)):
                    if not keep:
                        turned.append(basis)
                        continue
                    order = np.argsort(np.sum((side.T @ basis) ** 2, axis=0))[::-1]  # qᵀ h hᵀ q for each column
                    turned.append(gram_schmidt(side @ (side.T @ basis[:, order])))
                    v = np.take(v, order, axis=axis)
                bases = turned
        squares = [side @ side.T if keep else nothing for side, keep in zip(histories, kept, strict=False)]
        shown = [basis if keep else nothing for basis, keep in zip(bases, kept, strict=False)]
        squares, shown = squares or [nothing] * 2, shown or [nothing] * 2
        parameters.append(p)
        states.append(
            {
                "m": m.reshape(p.shape),
                "v": v.reshape(p.shape),
                **{"L": squares[0], "R": squares[1], "QL": shown[0], "QR": shown[1]},
            }
        )
    return parameters, states


#: Every function here with the signature of an oracle, by the key of its optimizer.
ORACLES = {
    name: value
    for name, value in list(globals().items())
    if isfunction(value) and name[0] != "_" and [*signature(value).parameters][:3] == ["gradients", "p0", "lrs"]
}
