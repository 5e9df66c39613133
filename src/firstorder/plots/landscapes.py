"""The landscape chapter's figures: maps of the test functions, surfaces about a flat point, what convex means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..lab.noise import waves
from ..problems import Landscape
from .basic import COLORS, axes, curves, paths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def maps(landscapes: Sequence[Landscape]) -> Figure:
    """Draw the contours of three landscapes side by side, each with its minima and, as a dot, the start."""
    fig, row = axes("x", "y", columns=len(landscapes), size=(7.2, 2.9))
    for ax, landscape in zip(row, landscapes, strict=True):
        paths(ax, landscape, {})
        ax.plot(*landscape.start, "o", color=COLORS["adam"], markersize=5)
        ax.set_title(landscape.label, fontsize=10)
    return fig


def errors(ax: Axes, h: Any, measured: Mapping[str, Any], derived: Mapping[str, Any]) -> None:
    """Draw measured errors over the step h as dots and derived ones as lines."""
    for (name, y), marker, color in zip(measured.items(), "ox", (COLORS["momentum"], COLORS["adam"]), strict=False):
        ax.plot(h, y, marker, color=color, markersize=4, label=name)
    curves(ax, derived, x=h, color=COLORS["sgd"], linewidth=1.1)


def direction(ax: Axes, landscape: Landscape, point: np.ndarray) -> None:
    """Draw a landscape with the gradient at `point` and the contour through it."""
    paths(ax, landscape, {})
    x0, x1, y0, y1 = landscape.domain
    x, y = np.meshgrid(np.linspace(x0, x1, 240), np.linspace(y0, y1, 240))
    ax.contour(x, y, landscape(x, y), levels=[landscape.value(point)], colors=COLORS["momentum"], linewidths=1.8)
    unit = landscape.gradient(point) / np.linalg.norm(landscape.gradient(point))
    for sign, name, side, color in ((1, " ∇f", "left", COLORS["adam"]), (-1, "−∇f ", "right", COLORS["sgd"])):
        x1, y1 = point + 0.7 * sign * unit
        arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.8}
        ax.annotate("", (x1, y1), (point[0], point[1]), arrowprops=arrow)
        ax.text(x1, y1, name, color=color, fontsize=10, ha=side)


def flat_points(shapes: Mapping[str, np.ndarray]) -> Figure:
    """Draw quadratics by name, each of its Hessian (2, 2), as surfaces over a disc, with the eigenvectors on them."""
    fig, row = axes("", "", columns=len(shapes), size=(7.2, 2.4), projection="3d")
    r, angle = np.meshgrid(np.linspace(0, 1, 13), np.linspace(0, 2 * np.pi, 49))
    points = np.stack([r * np.cos(angle), r * np.sin(angle)], axis=-1)
    for ax, (name, hessian) in zip(row, shapes.items(), strict=True):
        surface = *np.moveaxis(points, -1, 0), ((points @ hessian) * points).sum(axis=-1) / 2
        look = {"cmap": "Blues_r", "alpha": 0.6, "linewidth": 0, "rcount": 49, "ccount": 13, "rasterized": True}
        ax.plot_surface(*surface, **look)
        ax.plot_wireframe(*surface, rcount=13, ccount=4, color="#5d7c8c", linewidth=0.5)
        for h, way in zip(*_eigen(hessian), strict=True):
            line = np.linspace(-1, 1, 41)[:, None] * way
            color = COLORS["adam"] if h > 0 else COLORS["momentum"]
            ax.plot(*line.T, h * (line**2).sum(axis=1) / 2, color=color, linewidth=2.4, zorder=9)
        ax.plot([0], [0], [0], "o", color="#1d232b", markersize=4, zorder=10)
        ax.set_title(name, fontsize=10, y=0.95)
        ax.set_axis_off()
        ax.view_init(elev=30, azim=-25)
        ax.set_box_aspect((1, 1, 0.6), zoom=1.4)
    return fig


def _eigen(hessian: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and, a row each, eigenvectors."""
    values, vectors = np.linalg.eigh(hessian)
    return values, vectors.T


def ellipse(ax: Axes, hessian: np.ndarray) -> None:
    """Draw the contours of a quadratic, thick the one of height 1/2, and on it the half axes of length 1/√h."""
    reach = 1.3 / np.linalg.eigvalsh(hessian)[0] ** 0.5
    x, y = np.meshgrid(np.linspace(-reach, reach, 201), np.linspace(-reach, reach, 201))
    points = np.stack([x, y], axis=-1)
    height = ((points @ hessian) * points).sum(axis=-1) / 2
    ax.contour(x, y, height, levels=[0.02, 0.08, 0.18, 0.32, 0.72, 1.28], colors="#5d7c8c", linewidths=0.6)
    ax.contour(x, y, height, levels=[0.5], colors=COLORS["sgd"], linewidths=1.8)
    for h, way, color in zip(*_eigen(hessian), (COLORS["momentum"], COLORS["adam"]), strict=True):
        tip = way * np.sign(way[0]) / h**0.5
        ax.plot(*np.stack([0 * tip, tip]).T, color=color, linewidth=2.4, label=f"h = {h:g}: 1/√h = {h**-0.5:.2g}")
    ax.grid(visible=False)
    ax.set(aspect="equal", xlim=(-reach, reach), ylim=(-0.7 * reach, 0.7 * reach))
    ax.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")


#: A loss of each kind, with the curvature of a parabola, and where it touches.
KINDS: Mapping[str, tuple[Callable[[Any], Any], float, float]] = {
    "convex": (lambda x: 1.2 * np.maximum(abs(x) - 0.8, 0) ** 2, 0.0, 1.5),
    "strongly convex": (lambda x: 0.55 * x**2 + 0.05 * x**4, 0.9, 1.2),
    "not convex, but PL": (lambda x: waves(x) / 2, 0.0, 2.2),
}


def kinds(losses: Mapping[str, tuple[Callable[[Any], Any], float, float]] = KINDS) -> Figure:
    """Draw losses of one variable by name, each with a parabola of a given curvature that touches it at a given point.

    On the first there is a chord as well. A parabola of curvature 0 is the tangent.
    """
    fig, row = axes(
        "θ", "f", columns=len(losses), size=(7.2, 2.6), xlim=(-2.6, 2.6), ylim=(-0.9, 5), xticks=[], yticks=[]
    )
    x = np.linspace(-2.6, 2.6, 261)
    for ax, (name, (f, h, at)) in zip(row, losses.items(), strict=True):
        slope = (f(at + 1e-5) - f(at - 1e-5)) / 2e-5
        touching = f(at) + slope * (x - at) + h * (x - at) ** 2 / 2
        ax.plot(x, f(x), color=COLORS["sgd"], linewidth=1.8)
        ax.plot(x, touching, color=COLORS["adam"], linestyle=(0, (6, 2)), linewidth=1.4)
        ax.plot(at, f(at), "o", color=COLORS["adam"], markersize=5)
        ax.set_title(name, fontsize=10)
    ends = np.array([-2.0, 2.3])
    row[0].plot(ends, next(iter(losses.values()))[0](ends), "o-", color=COLORS["momentum"], linewidth=1.4, markersize=4)
    return fig
