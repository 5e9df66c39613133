"""Rules of matrices: they rescale the gradient in the bases of singular vectors that it, or its history, has.

A tensor of more than two axes is taken as the matrix of its first axis against all others. A scalar or vector has no
such bases; each rule says what it does with one. The functions called here are the same in NumPy and CuPy.
"""

from numpy import argsort, isfinite, maximum, nan, sqrt, zeros_like
from numpy.linalg import eigh, qr

from .declare import Hyperparameter, norm, optimizer

#: The quintic a·x + b·x³ + c·x⁵ takes most singular values in (0, 1] to some number between 0.7 and 1.2 in five steps.
NEWTON_SCHULZ, NEWTON_SCHULZ_STEPS = (3.4445, -4.7750, 2.0315), 5
#: SOAP leaves an axis that is longer in its own basis.
LONGEST_AXIS = 10_000


def _as_matrix(x):
    return x.reshape(len(x), x.size // max(len(x), 1))


def _no_state(p):
    return zeros_like(p, shape=(0,))


def _for_vectors(p):
    """State that only scalars and vectors have."""
    return zeros_like(p) if p.ndim < 2 else _no_state(p)


def _square(p, axis, longest=None):
    """State of a matrix: zeros, rows × rows for axis 0 and columns × columns for axis 1."""
    if p.ndim < 2:
        return _no_state(p)
    n = _as_matrix(p).shape[axis]
    return zeros_like(p, shape=(n, n)) if longest is None or n <= longest else _no_state(p)


def _orthogonalized(x, eps):
    """x with its singular values brought near 1, by steps that need nothing but products of matrices."""
    a, b, c = NEWTON_SCHULZ
    tall = x.shape[0] > x.shape[1]
    x = x / maximum(norm(x), eps)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x.T @ x if tall else x @ x.T
        quadratic = b * gram + c * (gram @ gram.T)  # the transpose is gram itself; so written, the product costs half
        x = a * x + (x @ quadratic if tall else quadratic @ x)
    return x


def _muon(p, g, m, v, t, momentum, beta1, beta2, eps):
    """Muon's direction before it is scaled, and the next state; of a scalar or vector, Adam's."""
    if p.ndim < 2:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        return m / (1 - beta1**t) / (sqrt(v) / (1 - beta2**t) ** 0.5 + eps), m, v
    m = momentum * m + (1 - momentum) * g
    ahead = momentum * m + (1 - momentum) * g
    return _orthogonalized(_as_matrix(ahead), eps).reshape(p.shape), m, v


_MUON = r"""\begin{{aligned}}
m_{{t}} &= \mu m_{{t-1}} + \left(1 - \mu\right) g_{{t}} \\
\tilde{{m}}_{{t}} &= \mu m_{{t}} + \left(1 - \mu\right) g_{{t}} \\
X_{{0}} &= \frac{{\tilde{{m}}_{{t}}}}{{\max\left(\left\lVert \tilde{{m}}_{{t}} \right\rVert, \epsilon\right)}} \\
X_{{k}} &= 3.4445\, X_{{k-1}} - 4.775\, X_{{k-1}} X_{{k-1}}^{{\top}} X_{{k-1}}
    + 2.0315 \left(X_{{k-1}} X_{{k-1}}^{{\top}}\right)^{{2}} X_{{k-1}}, \quad k = 1, \dots, 5 \\
\theta_{{t}} &= \left(1 - \eta \lambda\right) \theta_{{t-1}} - \eta\, {scale}\, X_{{5}}, \quad
    \theta \in \mathbb{{R}}^{{A \times B}}
\end{{aligned}}"""


@optimizer(
    paper="jordan2024muon",
    builds_on=("nesterov", "adamw"),
    initial={"v": _for_vectors},
    formula=_MUON.format(scale=r"\sqrt{\max\left(1, A / B\right)}"),
    chapter="matrices",
)
def muon(p, g, m, v, *, t, lr=1e-3, momentum=0.95, beta1=0.9, beta2=0.999, eps=1e-7, weight_decay=0.1):
    """Momentum whose singular values are all brought near 1, by five Newton–Schulz steps.

    Scalars and vectors follow AdamW, with the same rate, decay and ε and with β₁, β₂ in the place of μ; v is theirs
    alone.

    Source: Jordan et al. (2024), with the factor √max(1, rows / columns) of the authors' code. PyTorch agrees, but
    takes matrices only, and computes the five steps in bfloat16 whatever the dtype (its steps are then about one
    per cent off these, which are computed in the dtype of the state; in float64 the two agree to rounding). optax
    corrects both terms of the look-ahead for the start at zero, adds ε to the norm where PyTorch takes the larger
    of the two, takes a matrix for that of x·W, and so has the factor √max(1, columns / rows), and has no decay by
    default. Keras takes six steps, adds ε likewise, and lets what follows AdamW do so at a tenth of the rate.
    """
    direction, m, v = _muon(p, g, m, v, t, momentum, beta1, beta2, eps)
    if p.ndim > 1:
        rows, columns = _as_matrix(p).shape
        direction = max(1.0, rows / max(columns, 1)) ** 0.5 * direction
    p = (1 - lr * weight_decay) * p - lr * direction
    return p, m, v


@optimizer(
    name="MuonRMS",
    paper="liu2025muon",
    builds_on=("muon",),
    initial={"v": _for_vectors},
    formula=_MUON.format(scale=r"\rho_{\mathrm{u}} \sqrt{\max\left(A, B\right)}"),
    chapter="matrices",
    meanings={
        "rms": Hyperparameter("ρᵤ", "root mean square of a step at rate 1", 0.0, slider=(0.01, 1.0), scale="log")
    },
)
def muon_rms(p, g, m, v, *, t, lr=1e-3, momentum=0.95, beta1=0.9, beta2=0.999, eps=1e-7, weight_decay=0.1, rms=0.2):
    """Muon with steps of the root mean square that AdamW's have, about 0.2, so that AdamW's rate and decay serve.

    A matrix with singular values of 1 has the root mean square 1 / √max(rows, columns), which the factor undoes.
    Scalars and vectors follow AdamW as in Muon.

    Source: Liu et al. (2025), equation 4. PyTorch agrees with adjust_lr_fn="match_rms_adamw", in bfloat16 as in
    Muon; optax calls the number consistent_rms.
    """
    direction, m, v = _muon(p, g, m, v, t, momentum, beta1, beta2, eps)
    if p.ndim > 1:
        direction = rms * max(_as_matrix(p).shape) ** 0.5 * direction
    p = (1 - lr * weight_decay) * p - lr * direction
    return p, m, v


def _eigen(x):
    """Eigenvalues, smallest first, and eigenvectors; NaN if x has overflowed, for which NumPy's eigh would raise."""
    return eigh(x) if isfinite(x).all() else (nan * x[0], nan * x)


def _inverse_fourth_root(x, eps):
    """(x + ε·1)^(-1/4) of a positive semi-definite matrix."""
    values, vectors = _eigen(x)
    roots = (maximum(values, 0) + eps) ** -0.25  # by rounding alone are eigenvalues negative
    return (vectors * roots) @ vectors.T


@optimizer(
    paper="gupta2018shampoo",
    builds_on=("adagrad",),
    initial={
        "L": lambda p: zeros_like(p) if p.ndim < 2 else _square(p, 0),
        "R": lambda p: _square(p, 1),
    },
    formula=r"""\begin{aligned}
L_{t} &= L_{t-1} + g_{t} g_{t}^{\top} \\
R_{t} &= R_{t-1} + g_{t}^{\top} g_{t} \\
\theta_{t} &= \theta_{t-1} - \eta \left(L_{t} + \epsilon I\right)^{-1/4} g_{t} \left(R_{t} + \epsilon I\right)^{-1/4}
\end{aligned}""",
    chapter="matrices",
)
def shampoo(p, g, L, R, *, lr=1e-3, eps=1e-6):
    """AdaGrad for matrices: sums of g·gᵀ and gᵀ·g, and the gradient between their inverse fourth roots.

    Each element of a scalar or vector is a tensor of its own, which is AdaGrad with ε inside the root; L is the sum
    of squares.

    Source: Gupta et al. (2018), Algorithm 1, whose L and R start at εI; here ε is added where the root is taken, the
    same for a constant ε. PyTorch and optax have no Shampoo, nor has Keras. pytorch_optimizer agrees on matrices,
    but has a root for every axis (exponent -1/(2k) for k axes, so a full matrix for a vector), and takes it by
    singular values where this takes eigenvalues.
    """
    if p.ndim < 2:
        L = L + g**2
        return p - lr * g / sqrt(L + eps), L, R
    G = _as_matrix(g)
    L = L + G @ G.T
    R = R + G.T @ G
    direction = _inverse_fourth_root(L, eps) @ G @ _inverse_fourth_root(R, eps)
    return p - lr * direction.reshape(p.shape), L, R


def _eigenbasis(x):
    """Eigenvectors in the columns, the largest eigenvalue's first."""
    return _eigen(x)[1][:, ::-1] if x.size else x


def _next_basis(x, q):
    """One step of orthogonal iteration from the basis q, and the order in which it took q's columns."""
    product = x @ q
    order = argsort(-(q * product).sum(axis=0))
    return qr(product[:, order])[0], order


def _rotate(x, left, right):
    """leftᵀ·x·right; a basis that is empty leaves its axis as it is."""
    x = left.T @ x if left.size else x
    return x @ right if right.size else x


@optimizer(
    name="SOAP",
    paper="vyas2024soap",
    builds_on=("shampoo", "adamw"),
    initial={
        "L": lambda p: _square(p, 0, LONGEST_AXIS),
        "R": lambda p: _square(p, 1, LONGEST_AXIS),
        "QL": lambda p: _square(p, 0, LONGEST_AXIS),
        "QR": lambda p: _square(p, 1, LONGEST_AXIS),
    },
    formula=r"""\begin{aligned}
g'_{t} &= Q_{L}^{\top} g_{t} Q_{R} \\
m_{t} &= \beta_{1} m_{t-1} + \left(1 - \beta_{1}\right) g'_{t} \\
v_{t} &= \beta_{2} v_{t-1} + \left(1 - \beta_{2}\right) {g'_{t}}^{2} \\
\theta_{t} &= \left(1 - \eta \lambda\right) \left(\theta_{t-1} - \eta\, \frac{\sqrt{1 - \beta_{2}^{t-1}}}{1 -
    \beta_{1}^{t-1}}\, Q_{L} \frac{m_{t}}{\sqrt{v_{t}} + \epsilon} Q_{R}^{\top}\right), \quad t > 1 \\
L_{t} &= \beta_{2} L_{t-1} + \left(1 - \beta_{2}\right) g_{t} g_{t}^{\top} \\
R_{t} &= \beta_{2} R_{t-1} + \left(1 - \beta_{2}\right) g_{t}^{\top} g_{t} \\
Q_{L}, Q_{R} &\leftarrow \operatorname{qr}\left(L_{t} Q_{L}\right), \operatorname{qr}\left(R_{t} Q_{R}\right)
    \quad \text{every } f \text{ steps}
\end{aligned}""",
    chapter="matrices",
    meanings={
        "precondition_frequency": Hyperparameter("f", "steps between two turns of the basis", 1.0, slider=(1.0, 100.0))
    },
)
def soap(
    p, g, m, v, L, R, QL, QR, *,
    t, lr=3e-3, beta1=0.95, beta2=0.95, eps=1e-8, weight_decay=1e-2, precondition_frequency=10
):
    """Adam in the slowly turning eigenbases of Shampoo's two matrices.

    The first step only sets the matrices and, from them, the bases; Adam's count starts after it. Every
    `precondition_frequency` steps (a whole number) the bases take one step of orthogonal iteration; m turns with
    them, and v follows the order of their columns. Scalars and vectors follow Adam, their first step left out too;
    an axis longer than 10 000 keeps its own basis. A first gradient whose L or R lacks two ranks or more leaves the
    rest of that basis to the linear-algebra library, and two libraries then go different ways.

    Source: Vyas et al. (2024), Algorithm 3, in the form of the authors' code: the first step left out, ε beside the
    root before the correction, the decay after the step. Paper and code keep QL·m·QRᵀ in the place of m, and so
    need two products more in each step. pytorch_optimizer agrees on matrices, but does its QR in float32 whatever
    the dtype, and has a basis for every axis of a tensor. PyTorch, optax and Keras have no SOAP.
    """
    if p.ndim > 1:
        G, M, V = _as_matrix(g), _as_matrix(m), _as_matrix(v)
        H = (1 - beta2) ** 0.5 * G
        L = beta2 * L + H @ H.T if L.size else L
        R = beta2 * R + H.T @ H if R.size else R
    else:
        G, M, V = g, m, v
    if t == 1:
        return p, m, v, L, R, _eigenbasis(L), _eigenbasis(R)
    rotated = _rotate(G, QL, QR)
    M = beta1 * M + (1 - beta1) * rotated
    V = beta2 * V + (1 - beta2) * rotated * rotated
    rate = lr * (1 - beta2 ** (t - 1)) ** 0.5 / (1 - beta1 ** (t - 1))
    direction = _rotate(M / (sqrt(V) + eps), QL.T, QR.T).reshape(p.shape)
    p = (1 - lr * weight_decay) * (p - rate * direction)
    if (t - 1) % int(precondition_frequency) == 0:
        M = _rotate(M, QL.T, QR.T)
        if QL.size:
            QL, order = _next_basis(L, QL)
            V = V[order]
        if QR.size:
            QR, order = _next_basis(R, QR)
            V = V[:, order]
        M = _rotate(M, QL, QR)
    return p, M.reshape(p.shape), V.reshape(p.shape), L, R, QL, QR
