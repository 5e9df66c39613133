"""The printed figures."""

import io

import pytest

matplotlib = pytest.importorskip("matplotlib", reason="Matplotlib is not installed")
matplotlib.use("Agg")

import firstorder as fo  # noqa: E402
from firstorder import plots  # noqa: E402


def drawn() -> bytes:
    ground = fo.LANDSCAPES["rosenbrock"]
    fig, ax = plots.axes("x", "y")
    plots.paths(ax, ground, {"adam": fo.minimize(ground, fo.Adam, steps=20, lr=0.2)})
    file = io.BytesIO()
    fig.savefig(file, format="svg", metadata={"Date": None})
    matplotlib.pyplot.close(fig)
    return file.getvalue()


def test_the_same_figure_gives_the_same_file():
    assert drawn() == drawn()
