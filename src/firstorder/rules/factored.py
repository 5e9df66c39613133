"""Rules whose second moments are kept for rows and columns, not for elements: memory that grows with the sides."""

from functools import reduce

from numpy import concatenate, finfo, maximum, mean, minimum, sqrt, sum, where, zeros_like

from .declare import CLOSED_ZERO, Hyperparameter, optimizer


def _beside(axis):
    """State of a matrix, or stack of matrices: zeros with one element in place of an axis."""

    def zeros(p):
        shape = [0] if p.ndim < 2 else list(p.shape)
        if p.ndim > 1:
            shape[axis] = 1
        return zeros_like(p, shape=tuple(shape))

    return zeros


def _for_vectors(p):
    return zeros_like(p) if p.ndim < 2 else zeros_like(p, shape=(0,))


@optimizer(
    paper="shazeer2018adafactor",
    builds_on=("rmsprop",),
    initial={"R": _beside(-1), "C": _beside(-2), "v": _for_vectors},
    formula=r"""\begin{aligned}
R_{t} &= \left(1 - t^{c}\right) R_{t-1} + t^{c} \operatorname{mean}_{\mathrm{columns}}\left(g_{t}^{2}\right) \\
C_{t} &= \left(1 - t^{c}\right) C_{t-1} + t^{c} \operatorname{mean}_{\mathrm{rows}}\left(g_{t}^{2}\right) \\
\hat{v}_{t} &= \frac{R_{t}}{\max\left(\operatorname{mean}\left(R_{t}\right), \epsilon_{1}\right)} C_{t} \\
u_{t} &= \frac{g_{t}}{\max\left(\sqrt{\hat{v}_{t}}, \epsilon_{1}\right)} \\
\theta_{t} &= \left(1 - \eta \lambda\right) \theta_{t-1}
    - \min\left(\eta, \frac{1}{\sqrt{t}}\right)
    \frac{\max\left(\epsilon_{2}, \operatorname{RMS}\left(\theta_{t-1}\right)\right)}
    {\max\left(1, \operatorname{RMS}\left(u_{t}\right) / d\right)} u_{t}
\end{aligned}""",
    chapter="memory",
    meanings={
        "beta2_decay": Hyperparameter(
            "c", "power of t that weighs the new square", -1.0, CLOSED_ZERO, slider=(-1.0, 0.0)
        ),
        "eps1": Hyperparameter("ε₁", "guard of the second moments", 0.0, slider=(0.0, 1e-2), guard=True, off=0.0),
        "eps2": Hyperparameter(
            "ε₂",
            "least root mean square a tensor counts with",
            0.0,
            slider=(1e-8, 1.0),
            scale="log",
            guard=True,
            off=1e-18,
        ),
        "d": Hyperparameter("d", "root mean square above which steps are clipped", 1.0, slider=(1.0, 10.0)),
    },
)
def adafactor(p, g, R, C, v, *, t, lr=1e-2, beta2_decay=-0.8, eps1=0.0, eps2=1e-3, d=1.0, weight_decay=0.0):
    """Adafactor: second moments of rows and columns alone, steps relative to the tensor, large ones clipped.

    The last two axes are rows and columns; a scalar or vector keeps all its second moments, in v. With ε₁ = 0, the
    default, the guard is the spacing of floats at 1 in the dtype that is computed in.

    Source: Shazeer and Stern (2018), Algorithms 4 and 5. PyTorch agrees, but for float16, where it takes the spacing
    of float16. The paper, optax and Keras add ε₁ = 1e-30 to g²; optax factors axes of 128 or more alone, by default,
    and the two largest.
    """
    eps = eps1 or finfo(p.dtype).eps
    largest = finfo(p.dtype).max  # a moment that is full empties again; an infinite one does not
    fresh = t**beta2_decay
    if p.ndim < 2:
        v = minimum((1 - fresh) * v + fresh * g * g, largest)
        v_hat = v
    else:
        rows, columns = p.shape[-2:]  # a sum of shares is a mean that does not overflow
        R = minimum((1 - fresh) * R + sum(fresh / columns * g * g, axis=-1, keepdims=True), largest)
        C = minimum((1 - fresh) * C + sum(fresh / rows * g * g, axis=-2, keepdims=True), largest)
        v_hat = R / maximum(sum(R / rows, axis=-2, keepdims=True), eps) * C
    u = g / maximum(sqrt(v_hat), eps)
    rate = min(lr, t**-0.5) * maximum(sqrt(mean(p**2)), eps2)
    p = (1 - lr * weight_decay) * p - rate / maximum(sqrt(mean(u**2)) / d, 1) * u
    return p, R, C, v


def _axes(p):
    """State of the axes, one after another: a number for each index; of a scalar, one number."""
    return zeros_like(p, shape=(int(sum(p.shape)) or 1,))


@optimizer(
    name="SM3",
    paper="anil2019memory",
    builds_on=("adagrad", "signum"),
    initial={"a": _axes},
    formula=r"""\begin{aligned}
v_{t} &= \min_{k} a^{(k)}_{t-1} + g_{t}^{2} \\
a^{(k)}_{t} &= \max_{\text{axes other than } k} v_{t} \\
m_{t} &= \mu m_{t-1} + \left(1 - \mu\right) \frac{g_{t}}{\sqrt{v_{t} + \epsilon}} \\
\theta_{t} &= \theta_{t-1} - \eta m_{t}
\end{aligned}""",
    chapter="memory",
)
def sm3(p, g, m, a, *, lr=0.1, momentum=0.9, eps=1e-8):
    """AdaGrad whose sum for an element is bounded from above by numbers of its row, its column, and so on.

    Each index of each axis keeps the largest bound of its elements; an element's own is the least of its indices'. A
    vector keeps AdaGrad's sums. An element that has seen no gradient does not move.

    Source: Anil, Gupta, Koren and Singer (2019), SM3-II, with a moving average of the steps and ε inside the root, as
    in optax (which refuses scalars, up to 0.2.8) and pytorch_optimizer (its μ is 0 and its ε 1e-30 by default).
    PyTorch and Keras have none. The default rate is pytorch_optimizer's, μ and ε are optax's.
    """
    x = g if g.ndim else g.reshape(1)
    if x.ndim == 1:
        v = a + x**2
        a = v
    else:
        sides, start = [], 0
        for axis, n in enumerate(x.shape):
            sides.append(a[start : start + n].reshape([n if k == axis else 1 for k in range(x.ndim)]))
            start += n
        v = reduce(minimum, sides) + x**2
        others = [tuple(k for k in range(x.ndim) if k != axis) for axis in range(x.ndim)]
        a = concatenate([v.max(axis=axes) for axes in others])
    u = where(v > 0, x / sqrt(where(v > 0, v + eps, 1)), 0)
    m = momentum * m + (1 - momentum) * u.reshape(g.shape)
    p = p - lr * m
    return p, m, a
