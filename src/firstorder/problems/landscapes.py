"""The test functions of the book. A landscape imports NumPy names and the decorator, nothing else."""

from numpy import cos, pi

from ..rules import RULES
from .landscape import Landscape, landscape


def rates(landscape: str) -> dict[str, float]:
    """A learning rate for each rule, by key, that makes an instructive descent of about 200 steps from the start."""
    return {rule.key: rule.rates[landscape] for rule in RULES.values() if landscape in rule.rates}


@landscape(
    domain=(-2.4, 2.4, -1.6, 1.6),
    start=(-2.0, 1.2),
    minima=lambda condition: [(0.0, 0.0)],
    ranges={"condition": (1.0, 200.0)},
    rates=rates("quadratic"),
)
def quadratic(x, y, *, condition=20.0):
    """A bowl whose curvatures are 1 along x and `condition` along y: the condition number of its Hessian."""
    return (x**2 + condition * y**2) / 2


@landscape(
    domain=(-2.0, 2.0, -1.0, 3.0),
    start=(-1.5, 2.0),
    minima=lambda a, b: [(a, a**2)],
    ranges={"a": (0.5, 1.4), "b": (1.0, 200.0)},
    rates=rates("rosenbrock"),
)
def rosenbrock(x, y, *, a=1.0, b=100.0):
    """Rosenbrock (1960): a curved valley, flat along its floor and steep across it."""
    return (a - x) ** 2 + b * (y - x**2) ** 2


@landscape(domain=(-4.5, 4.5, -4.5, 4.5), start=(1.0, 3.2), minima=lambda: [(3.0, 0.5)], rates=rates("beale"))
def beale(x, y):
    """Beale (1958): flat plateaus between steep walls."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


@landscape(
    domain=(-5.0, 5.0, -5.0, 5.0),
    start=(-0.5, -0.8),
    minima=lambda: [
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    ],
    rates=rates("himmelblau"),
)
def himmelblau(x, y):
    """Himmelblau (1972): four minima of equal value; the start decides."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


@landscape(domain=(-2.0, 2.0, -2.0, 2.0), start=(-1.6, 0.02), minima=lambda: [], rates=rates("saddle"))
def saddle(x, y):
    """A saddle: a minimum along x, a maximum along y, unbounded below."""
    return (x**2 - y**2) / 2


@landscape(
    domain=(-3.2, 3.2, -3.2, 3.2),
    start=(-2.4, 1.7),
    minima=lambda amplitude: [(0.0, 0.0)],
    ranges={"amplitude": (0.0, 10.0)},
    rates=rates("rastrigin"),
)
def rastrigin(x, y, *, amplitude=10.0):
    """Rastrigin (1974): a bowl covered with a lattice of local minima."""
    return 2 * amplitude + x**2 - amplitude * cos(2 * pi * x) + y**2 - amplitude * cos(2 * pi * y)


@landscape(
    domain=(-4.5, 4.5, -4.5, 4.5),
    start=(0.5, 3.9),
    minima=lambda: [(-2.903534027771177, -2.903534027771177)],
    label="Styblinski–Tang",
    rates=rates("styblinski_tang"),
)
def styblinski_tang(x, y):
    """Styblinski and Tang (1990): one global minimum among four."""
    return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2


LANDSCAPES: dict[str, Landscape] = {
    f.key: f for f in (quadratic, rosenbrock, beale, himmelblau, saddle, rastrigin, styblinski_tang)
}
