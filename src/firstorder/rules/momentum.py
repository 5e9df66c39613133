"""Momentum: a running sum of gradients."""

from .declare import decay, optimizer, share


@optimizer(paper="polyak1964some", builds_on=("sgd",), chapter="momentum")
def momentum(p, g, b, *, lr=1e-3, momentum=0.9):
    """Heavy-ball momentum: b is the sum of all gradients, each weighted by momentum to the power of its age.

    Source: Polyak (1964). PyTorch and optax agree: the rate is outside the sum, so a change of rate acts at
    once, and the first step is a full gradient step (no dampening). Keras puts the rate inside: b = μb − ηg.
    PyTorch's default momentum is 0; here it is 0.9, since with 0 this is SGD.
    """
    b = momentum * b + g
    p = p - lr * b
    return p, b


@optimizer(paper="sutskever2013importance", builds_on=("momentum",), chapter="nesterov")
def nesterov(p, g, b, *, lr=1e-3, momentum=0.9):
    """Nesterov's accelerated gradient in the form whose gradient is taken at the parameters themselves.

    Source: Sutskever et al. (2013), eqs. 3-4, after the change of variables to the look-ahead point.
    PyTorch (`nesterov=True`) and optax agree; Keras puts the rate inside the sum.
    """
    b = momentum * b + g
    p = p - lr * (g + momentum * b)
    return p, b


@optimizer(
    paper="sutskever2013importance",
    builds_on=("momentum",),
    chapter="momentum",
    meanings={"dampening": share("τ", "share of each gradient after the first that is left out")},
)
def dampened_momentum(p, g, b, *, t, lr=1e-3, momentum=0.9, dampening=0.9):
    """Momentum whose gradients are dampened: with dampening = momentum, b is a moving average of the gradients.

    Source: Sutskever et al. (2013) for the undampened form; the dampening is Torch's. As in PyTorch, the first
    step is not dampened, b = g; optimi dampens it too, and optax's `ema` does so unless `debias=True`. PyTorch's
    default dampening is 0, which is Momentum.
    """
    share = 1 - dampening if t > 1 else 1
    b = momentum * b + share * g
    p = p - lr * b
    return p, b


@optimizer(
    name="AggMo",
    paper="lucas2019aggregated",
    builds_on=("momentum",),
    chapter="momentum",
    meanings={
        "momentum1": decay("μ₁", "momentum of the first ball"),
        "momentum2": decay("μ₂", "momentum of the second ball"),
        "momentum3": decay("μ₃", "momentum of the third ball"),
    },
)
def aggmo(p, g, b1, b2, b3, *, lr=1e-3, momentum1=0.0, momentum2=0.9, momentum3=0.99):
    """Aggregated momentum: the mean step of three heavy balls, whose oscillations cancel.

    Source: Lucas, Sun, Zemel and Grosse (2019), with K = 3 and their default momenta. The authors' code
    and pytorch_optimizer agree and take any K; PyTorch, optax and Keras have none. The default rate is Momentum's.
    """
    b1 = momentum1 * b1 + g
    b2 = momentum2 * b2 + g
    b3 = momentum3 * b3 + g
    p = p - lr * (b1 + b2 + b3) / 3
    return p, b1, b2, b3


@optimizer(
    name="QHM",
    paper="ma2019quasi",
    builds_on=("dampened_momentum", "nesterov"),
    chapter="momentum",
    meanings={"nu": share("ν", "share of the moving average in the step")},
)
def qhm(p, g, b, *, lr=1e-3, momentum=0.999, nu=0.7):
    """Quasi-hyperbolic momentum: a mean of the plain gradient and of its moving average.

    Source: Ma and Yarats (2019), with the momentum and ν they recommend. ν = 0 is SGD, ν = momentum is
    Nesterov with the rate divided by 1 - momentum. The authors' code and pytorch_optimizer agree; PyTorch, optax
    and Keras have none. The default rate is SGD's.
    """
    b = momentum * b + (1 - momentum) * g
    p = p - lr * ((1 - nu) * g + nu * b)
    return p, b
