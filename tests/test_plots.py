"""The printed figures: what is drawn is what was given, each value over its own step, x to the right and y up."""

import colorsys
import gzip
import inspect
import io
import pkgutil
import re
from importlib import import_module
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

matplotlib = pytest.importorskip("matplotlib", reason="Matplotlib is not installed")
matplotlib.use("Agg")

import firstorder as fo  # noqa: E402
from firstorder import plots  # noqa: E402
from firstorder.find_lr import RangeTest  # noqa: E402
from firstorder.lab import two_dots  # noqa: E402
from firstorder.lab.results import rows, stored  # noqa: E402
from firstorder.lab.scale import Valley  # noqa: E402
from firstorder.plots import (  # noqa: E402
    adagrad,
    adam,
    adam_family,
    around,
    at_scale,
    basic,
    bias_correction,
    choosing,
    convergence,
    gradient_descent,
    landscapes,
    language,
    large_batches,
    matrices,
    memory,
    momentum,
    precision,
    printed,
    scale,
    scale_invariance,
    schedules,
    sign,
    stochastic,
    themed,
    training,
    weight_decay,
    what_an_optimizer_does,
    which_optimizer,
)
from firstorder.plots.themed import PHONE  # noqa: E402
from firstorder.problems.counterexamples import Reddi  # noqa: E402

DRAWN = set()


def draws(*functions):
    """Says which figures a test looks at, so that none goes unseen."""
    DRAWN.update(functions)
    return lambda test: test


@pytest.fixture
def ax():
    return plots.axes("x", "y")[1]


@pytest.fixture(autouse=True)
def close():
    yield
    matplotlib.pyplot.close("all")


def lines(ax) -> dict[str, np.ndarray]:
    """The points, (n, 2), of each line that has a label."""
    return {line.get_label(): line.get_xydata() for line in ax.lines if not line.get_label().startswith("_")}


def dots(ax) -> list[np.ndarray]:
    """The points of each line without a label, in the order drawn."""
    return [line.get_xydata() for line in ax.lines if line.get_label().startswith("_")]


def at_levels(shown, height) -> np.ndarray:
    """How far the height at each vertex of the contours is from the nearest of their levels."""
    vertices = np.concatenate([path.vertices for path in shown.get_paths() if len(path.vertices)])
    return np.abs(height(*vertices.T)[:, None] - shown.levels).min(axis=1)


def contours(ax) -> list:
    return [shown for shown in ax.collections if isinstance(shown, matplotlib.contour.ContourSet)]


GROUND = fo.LANDSCAPES["rosenbrock"]  # in which x and y are far from alike
RANDOM = np.random.default_rng(0)


def descent(steps: int = 20) -> fo.Trajectory:
    return fo.minimize(GROUND, fo.Adam, steps=steps, lr=0.2)


# ── Adam, and Nesterov's look-ahead ──────────────────────────────────────────────────────────────


@draws(adam.contests)
def test_a_contest_shows_the_mean_of_seeds_and_their_range():
    least, most = [1.0, 0.5, 0.2], [3.0, 1.5, 0.4]
    panels = {title: {"adam": [least, [2.0, 1.0, 0.3], most], "sgd": least} for title in "abcd"}
    _, ax = adam.contests(panels, ("loss", "share"), steps=10)
    assert_allclose(lines(ax[0, 0])["Adam"], [(0, 2), (5, 1), (10, 0.3)])
    assert_allclose(lines(ax[1, 1])["SGD"], [(0, 1), (5, 0.5), (10, 0.2)])
    heights = ax[0, 0].collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (0.2, 3)
    _, ax = adam.contests({title: panels[title] for title in "ab"}, ("loss", "share"), steps=10, columns=1)
    assert [one.get_ylabel() for one in ax] == ["loss", "share"]


@draws(adam.contests)
def test_the_words_of_a_contest_keep_apart_on_a_phone():
    titles = ["A bowl along the axes", "The same bowl, turned", "A network, inputs in many units", "Rare words"]
    panels = {title: {key: [1.0, 0.2] for key in ("sgd", "momentum", "rmsprop", "adam")} for title in titles}
    figure, ax = adam.contests(panels, ("share of the loss left", "training loss (nats)"))
    width, height = figure.get_size_inches()
    figure.set_size_inches(PHONE, height * PHONE / width)
    figure.draw_without_rendering()
    words = [figure.legends[0], *(one.title for one in ax.flat), *(one.yaxis.label for one in ax[:, 0])]
    boxes = [word.get_window_extent() for word in words]
    assert [(k, n) for k, one in enumerate(boxes) for n in range(k) if one.overlaps(boxes[n])] == []


@draws(adam.valleys)
def test_a_valley_is_thick_where_it_is_near_its_least():
    _, ax = adam.valleys({"adam": ([0.1, 1, 10], [1.0, 0.8, 2.0])})
    thick, least = dots(ax)
    assert_array_equal(thick[:, 1], [1, 0.8, np.nan])
    assert_array_equal(least, [(1, 0.8)])


@draws(adam.steps)
def test_lengths_of_steps_stand_at_their_steps_below_the_limits():
    _, ax = adam.steps({"growing": np.arange(1.0, 21)}, limits=(3.16, 7.27))
    assert_array_equal(lines(ax)["growing"], [(5, 5), (10, 10), (15, 15), (20, 20)])
    assert [limit[0, 1] for limit in dots(ax)] == [3.16, 7.27]


@draws(momentum.look_ahead)
def test_nesterov_asks_for_the_gradient_where_the_last_step_leads():
    bowl, at, last = fo.LANDSCAPES["quadratic"], np.array([-2.0, 1.0]), np.array([0.5, -0.5])
    _, axes = plots.axes("x", "y", columns=2)
    momentum.look_ahead(axes, bowl, at, last, 0.02, 0.8)
    for ax, asked in zip(axes, (at, at + 0.8 * last), strict=True):
        ends = [note.xy for note in ax.texts if isinstance(note, matplotlib.text.Annotation)]
        assert_allclose(ends[-1], at + 0.8 * last - 0.02 * bowl.gradient(asked))


# ── language ──────────────────────────────────────────────────────────────────────────────────────


@draws(language.seeds)
def test_seeds_are_ticks_with_their_mean_and_the_lowest_is_on_top(ax):
    language.seeds(ax, {"momentum": np.array([3.0, 5.0]), "adam": np.array([1.0, 2.0])})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Momentum", "Adam"]
    below, mean_below, above, mean_above = dots(ax)
    assert_array_equal(below, [(3, 0), (5, 0)])
    assert_array_equal(above, [(1, 1), (2, 1)])
    assert_array_equal([*mean_below, *mean_above], [(4, 0), (1.5, 1)])


@draws(language.valleys)
def test_valleys_leave_out_rates_that_diverged(ax):
    language.valleys(ax, {"adam": {"tuning": [[0.1, 2.0], [0.2, 1.0], [0.4, None]]}})
    assert_array_equal(lines(ax)["Adam"], [(0.1, 2), (0.2, 1)])


@draws(language.intervals)
def test_intervals_are_drawn_from_the_top_with_their_middle(ax):
    language.intervals(ax, {"row_adam": (0.5, 0.25, 1.0), "muon_rms": (0.0, -1.0, 2.0)})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Muon", "Adam, one $v$ a row"]
    lower, lower_middle, upper, upper_middle = dots(ax)
    assert_array_equal(lower, [(-1, 0), (2, 0)])
    assert_array_equal(upper, [(0.25, 1), (1, 1)])
    assert_array_equal([*lower_middle, *upper_middle], [(0, 0), (0.5, 1)])


@draws(language.bars)
def test_means_over_seeds_are_drawn_with_two_errors_side_by_side(ax):
    values = np.array([[1.0, 4.0], [3.0, 4.0]])
    language.bars(ax, {"characters": values, "words": values + 1})
    first, second = (container.lines[0].get_xydata() for container in ax.containers)
    assert_allclose(first[:, 1], [2, 4])
    assert_allclose(second[:, 1], [3, 5])
    assert (first[:, 0] < second[:, 0]).all()
    assert_allclose(ax.containers[0].lines[2][0].get_segments()[0][:, 1], [0, 4])  # two standard errors are 2 * √2/√2


@draws(language.strip, language.name_of)
def test_blocks_are_dots_with_their_names(ax):
    language.strip(ax, {"transformer": {"head": 2.0, "Q1": 1.0}, "digits": {"W": 3.0}})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["digits", "transformer"]
    assert sorted((note.get_text(), *note.xy) for note in ax.texts) == [("Q1", 1, 1), ("W", 3, 0), ("head", 2, 1)]
    assert language.name_of("adam") == "Adam"


# ── curves over steps ─────────────────────────────────────────────────────────────────────────────


@draws(schedules.range_test)
def test_a_range_test_is_its_loss_over_its_rates_with_the_two_rates_marked():
    found = fo.find_lr(GROUND, "sgd", steps=60)
    drawn = lines(plots.range_test(found))
    curve = drawn.pop("loss")
    assert_array_equal(curve, np.stack([found.rates, found.smoothed], axis=1))
    (steepest, limit) = (points[0] for points in drawn.values())
    assert (steepest[0], limit[0]) == (found.steepest, found.limit)
    assert limit[1] == found.smoothed.min()


@draws(schedules.schedule)
def test_a_schedule_is_its_value_over_each_step():
    ax = plots.schedule(fo.Cosine(0.3, 20), 25)
    assert plots.schedule(fo.Constant(0.1), 10, ax) is ax
    found = lines(ax)
    assert list(found) == ["Cosine(lr=0.3, steps=20, end=0.0)", "Constant(lr=0.1)"]
    assert_array_equal(found["Cosine(lr=0.3, steps=20, end=0.0)"][:, 0], range(1, 26))
    assert_array_equal(found["Cosine(lr=0.3, steps=20, end=0.0)"][:, 1], [fo.Cosine(0.3, 20)(t) for t in range(1, 26)])
    assert_array_equal(found["Constant(lr=0.1)"], [(t, 0.1) for t in range(1, 11)])


@draws(plots.axes, plots.label_of)
def test_axes_carry_the_labels_and_settings_they_are_given():
    _, row = plots.axes("step", "loss", columns=2, yscale="log")
    assert [(one.get_xlabel(), one.get_ylabel(), one.get_yscale()) for one in row] == [("step", "loss", "log")] * 2
    assert (plots.label_of("adamw"), plots.label_of("any text")) == ("AdamW", "any text")


@draws(plots.curves)
def test_a_curve_begins_at_step_0_with_the_first_value(ax):
    path, values = descent(), [3.0, 1.0, 2.0]
    plots.curves(ax, {"adam": path, "by hand": values})
    assert_array_equal(lines(ax)["Adam"], np.stack([np.arange(21), path.values], axis=1))
    assert_array_equal(lines(ax)["by hand"], [(0, 3), (1, 1), (2, 2)])


@draws(basic.looks, basic.marks)
def test_a_method_has_one_colour_dash_and_mark_and_no_other_line_takes_its_colour(ax):
    alone, among = ([basic.looks(keys)[-1], basic.marks(keys)[-1]] for keys in (["lion"], ["by hand", "sgd", "lion"]))
    assert alone == among
    labels = ["sgd", *(f"run {i}" for i in range(8)), "momentum"]
    assert len({look["color"] for look in basic.looks(labels)}) == len(labels)
    assert basic.looks(["sgd"])[0] == {"color": basic.COLORS["sgd"], "linestyle": "-"}
    plots.paths(ax, GROUND, {"sgd": descent(), "momentum": descent()})
    ends = [line.get_marker() for line in ax.lines if line.get_label().startswith("_")]
    assert ends[:2] == ["s", "^"]


@draws(plots.curves)
def test_a_curve_over_x_has_its_values_there(ax):
    plots.curves(ax, {"one": [3.0, 1.0]}, x=[0.5, 0.25])
    assert_array_equal(lines(ax)["one"], [(0.5, 3), (0.25, 1)])


@draws(bias_correction.estimates)
def test_estimates_are_means_with_two_standard_errors(ax):
    runs = RANDOM.normal(size=(3, 50))
    bias_correction.estimates(ax, {"one": runs}, [1, 2, 4])
    (drawn,) = ax.containers
    assert_allclose(drawn.lines[0].get_xydata(), np.stack([[1, 2, 4], runs.mean(axis=1)], axis=1))
    error = 2 * runs.std(axis=1, ddof=1) / 50**0.5
    ends = np.array(drawn.lines[2][0].get_segments())[..., 1]
    assert_allclose(ends, np.stack([runs.mean(axis=1) - error, runs.mean(axis=1) + error], axis=1))


@draws(bias_correction.trained)
def test_trainings_are_means_in_a_band_from_least_to_largest():
    bands = {"at_0.01": np.array([np.full(11, level) for level in (1, 2, 4)]), "ends": [[1, 2], [2, 3], [4, 5]]}
    _, (left, right) = bias_correction.trained({"one": bands}, [0.1, 1])
    assert_array_equal(lines(left)["one"], [(step, 2) for step in range(0, 201, 20)])
    assert_array_equal(lines(right)["one"], [(0.1, 2), (1, 3)])
    edges = {tuple(vertex) for vertex in right.collections[0].get_paths()[0].vertices}
    assert {(0.1, 1), (1, 2), (0.1, 4), (1, 5)} <= edges


@draws(bias_correction.monte_carlo)
def test_means_of_runs_stand_over_what_is_derived_of_them():
    runs = RANDOM.normal(size=(20, 50))
    _, ax = bias_correction.monte_carlo(np.arange(1, 21), {"derived": np.arange(20)}, {"run": runs}, dots=3)
    assert_array_equal(lines(ax)["derived"][-1], (20, 19))
    dots = ax.containers[0].lines[0].get_xydata()
    assert_allclose(dots, [(at, runs[at - 1].mean()) for at in (1, 4, 20)])


@draws(convergence.curves_to_the_end)
def test_a_long_run_is_the_largest_distance_of_each_block_at_the_blocks_end():
    points = np.array([[9.0], [1.0], [-4.0], [2.0], [0.5], [7.0]])  # five steps: the last block is not whole
    _, ax = convergence.curves_to_the_end({"run": points}, unit=2.0, block=2)
    assert_array_equal(lines(ax)["run"], [(2, 2.0), (4, 1.0)])


@draws(convergence.drifts)
def test_the_drift_of_a_cycle_crosses_zero_at_its_border():
    _, ax = convergence.drifts([4.0])
    x, y = lines(ax)["C = 4"].T
    assert_allclose(y, Reddi(4.0).drift(x))
    assert (x[0], x[-1]) == (0, 1)
    assert_array_equal(dots(ax)[0], [(Reddi(4.0).border(), 0)])


@draws(convergence.jumps)
def test_a_jump_is_shown_from_just_before_it_on():
    loss, step = np.arange(10.0), 100 + np.arange(10.0)
    _, (left, right) = convergence.jumps({"run": (loss, step)}, at=8, before=2)
    assert_array_equal(lines(left)["run"], [(7, 106), (8, 107), (9, 108), (10, 109)])
    assert_array_equal(lines(right)["run"], [(7, 6), (8, 7), (9, 8), (10, 9)])
    assert "step" in left.get_ylabel()
    assert right.get_ylabel() == "loss"


@draws(stochastic.variances)
def test_derived_variances_are_lines_and_measured_ones_dots(ax):
    x = np.array([1, 2, 4])
    stochastic.variances(ax, x, {"v": 1 / x}, {"v": 1.1 / x})
    assert_allclose(lines(ax)["v, derived"], np.stack([x, 1 / x], axis=1))
    assert_allclose(lines(ax)["v, measured"], np.stack([x, 1.1 / x], axis=1))


@draws(stochastic.floors)
def test_a_floor_is_a_level_under_its_loss(ax):
    stochastic.floors(ax, {"sgd": [2.0, 1.0]}, {"sgd": 0.5})
    assert_array_equal(lines(ax)["SGD"], [(0, 2), (1, 1)])
    assert set(dots(ax)[0][:, 1]) == {0.5}


@draws(stochastic.promises)
def test_promises_are_drawn_beside_what_was_measured():
    left, right = stochastic.promises([1, 4], {"promised": [2.0, 1.0], "mean": [1.0, 0.5]}, {"promised": [4, 2]}).axes
    assert_array_equal(lines(left)["mean"], [(1, 1), (4, 0.5)])
    assert_array_equal(lines(right)["promised"], [(1, 4), (4, 2)])


@draws(stochastic.shares)
def test_measured_shares_are_dots_and_derived_ones_lines_beside_one_half(ax):
    stochastic.shares(ax, [0.1, 0.2], {"runs": [0.0, 1.0]}, [0.1, 0.15], {"runs": [0.25, 0.75]})
    assert_array_equal(lines(ax)["runs, measured"], [(0.1, 0), (0.2, 1)])
    assert_array_equal(lines(ax)["runs, derived"], [(0.1, 0.25), (0.15, 0.75)])
    assert set(dots(ax)[0][:, 1]) == {0.5}


@draws(stochastic.densities)
def test_a_derived_density_is_a_line_and_measured_ones_are_dots(ax):
    stochastic.densities(ax, [0.0, 1.0], {"a": [1.0, 3.0]}, [0.0, 2.0], [2.0, 4.0])
    assert_array_equal(lines(ax)["derived"], [(0, 2), (2, 4)])
    assert_array_equal(lines(ax)["a"], [(0, 1), (1, 3)])


@draws(stochastic.passes)
def test_each_loss_is_drawn_over_its_own_passes(ax):
    stochastic.passes(ax, {"a": [3.0, 2.0], "b": [5.0]}, {"a": [0.0, 0.5], "b": [1.0]})
    assert_array_equal(lines(ax)["a"], [(0, 3), (0.5, 2)])
    assert_array_equal(lines(ax)["b"], [(1, 5)])


@draws(weight_decay.shrinks)
def test_mean_weights_are_drawn_by_step_with_dots_where_they_are_derived():
    path, derived = np.arange(18.0).reshape(9, 2), 100 + np.arange(18.0).reshape(9, 2)
    _, (panel, _) = weight_decay.shrinks({"L2": path, "decay": path}, (1.0, 10.0), {"L2": derived, "decay": derived})
    assert_array_equal(lines(panel)["gradients of size 10"], np.stack([np.arange(9), path[:, 1]], axis=1))
    assert_array_equal(dots(panel)[1], np.stack([np.arange(9), derived[:, 1]], axis=1))
    assert panel.get_title() == "L2"


@draws(scale.valleys, scale.shades)
def test_a_valley_is_drawn_where_it_is_finite_with_a_dot_at_its_bottom():
    powers = np.arange(-5, 0)
    found = [Valley(powers, np.exp((powers - middle) ** 2)[:, None] * [1.0, 4.0]) for middle in (-3.0, -2.5)]
    found[0].losses[-1, 0] = np.inf
    fig = scale.valleys({"one": {32: found[0]}, "two": {32: found[0], 64: found[1]}})
    one, two = fig.axes
    line, dot = (each.get_xydata() for each in one.lines)
    assert_allclose(line, np.transpose([2.0 ** powers[:-1], 2 * np.exp((powers[:-1] + 3.0) ** 2)]))
    assert_allclose(dot, [(2.0**-3, 2)])
    assert_allclose(two.lines[3].get_xydata()[0, 0], 2.0**-2.5)
    assert one.get_xlim() == two.get_xlim()
    light, dark = (sum(shade[:3]) for shade in scale.shades(2))
    assert dark < light


@draws(scale.moves)
def test_what_a_step_moves_is_drawn_over_the_width_on_one_scale():
    sizes = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 60.0]])
    fig = scale.moves([32, 64], {"one": sizes, "two": sizes / 10})
    for ax, found in zip(fig.axes, (sizes, sizes / 10), strict=True):
        assert_allclose([line.get_ydata() for line in ax.lines], found.T)
        assert_array_equal(ax.lines[0].get_xdata(), [32, 64])
    assert fig.axes[0].get_ylim() == fig.axes[1].get_ylim()


@draws(scale.signals)
def test_signals_are_lines_over_the_layers_with_their_names_at_the_end(ax):
    scale.signals(ax, {"small": np.array([1.0, 0.5]), "large": np.array([1.0, 2.0])})
    assert_array_equal(ax.lines[1].get_xydata(), [(0, 1), (1, 2)])
    assert [(note.get_text(), *note.xy) for note in ax.texts] == [("small", 1, 0.5), ("large", 1, 2)]


@draws(scale.starts)
def test_losses_are_drawn_over_the_gain_of_the_start(ax):
    scale.starts(ax, [0.5, 1, 2], {"sgd": [3.0, 1.0, 2.0], "adam": [1.0, 0.5, 1.0]})
    assert_array_equal(lines(ax)["Adam"], [(0.5, 1), (1, 0.5), (2, 1)])
    assert ax.get_xscale() == "log"


@draws(scale_invariance.lengths)
def test_lengths_are_drawn_over_the_step(ax):
    scale_invariance.lengths(ax, {"free": np.array([1.0, 2.0])}, {"held": np.array([1.0, 0.5])}, [0.4, 0.3])
    assert_array_equal(lines(ax)["free"], [(0, 1), (1, 2)])
    assert_array_equal(lines(ax)["held"], [(0, 1), (1, 0.5)])
    assert_array_equal(lines(ax)["derived equilibrium"], [(0, 0.4), (1, 0.3)])


# ── one quantity over another ─────────────────────────────────────────────────────────────────────


@draws(gradient_descent.contraction)
def test_the_contraction_is_the_larger_of_two_factors(ax):
    gradient_descent.contraction(ax, 1.0, 4.0, {0.1: 0.9})
    drawn = lines(ax)
    for name, curvature in (("curvature 1", 1.0), ("curvature 4", 4.0)):
        assert_allclose(drawn[name][:, 1], abs(1 - curvature * drawn[name][:, 0]))
    assert_array_equal(
        drawn["the larger: the rate"][:, 1], np.maximum(*(drawn[f"curvature {h}"][:, 1] for h in (1, 4)))
    )
    assert_array_equal(drawn["measured"], [(0.1, 0.9)])
    marks = {text.get_text().strip(): text.get_position()[0] for text in ax.texts}
    assert marks == {"best": 2 / 5, "limit": 2 / 4}


@draws(momentum.factors)
def test_measured_factors_are_dots_on_the_colour_of_their_line(ax):
    momentum.factors(ax, np.array([0.0, 1.0]), {"μ = 0.5": [1.0, 0.5]}, {"μ = 0.5": {0.5: 0.75}})
    assert_array_equal(lines(ax)["μ = 0.5"], [(0, 1), (1, 0.5)])
    (measured,) = (line for line in ax.lines if line.get_gid() == "μ-0-5")  # an `id` of the SVG has no spaces
    assert_array_equal(measured.get_xydata(), [(0.5, 0.75)])
    assert measured.get_color() == ax.lines[0].get_color()


@draws(momentum.factors)
def test_the_band_of_a_bowl_lies_between_its_curvatures_times_the_rate(ax):
    momentum.factors(ax, np.array([0.0, 4.0]), {"μ = 0.5": [1.0, 0.5]}, {"μ = 0.5": {0.5: 0.75}}, band=(0.1, 2.9))
    (band,) = ax.patches
    assert_allclose(band.get_extents().transformed(ax.transData.inverted()).intervalx, (0.1, 2.9))


@draws(momentum.floors)
def test_measured_floors_are_dots_on_the_colour_of_their_line(ax):
    momentum.floors(ax, np.array([0.0, 2.0]), {"μ = 0.9": [1.0, 0.0]}, {"μ = 0.9": {1.0: 0.51}})
    (measured,) = (line for line in ax.lines if line.get_gid() == "μ-0-9")
    assert_array_equal(measured.get_xydata(), [(1.0, 0.51)])
    assert measured.get_color() == ax.lines[0].get_color()


@pytest.mark.parametrize(("column", "asked"), [(0, (1.0, 1.0)), (1, (0.5, 1.5))], ids=["momentum", "nesterov"])
def test_a_step_ends_where_its_share_of_the_last_and_its_gradient_step_lead(column, asked):
    _, both = plots.axes("x", "y", columns=2)
    bowl = fo.LANDSCAPES["quadratic"].with_parameters(condition=2)
    momentum.look_ahead(both, bowl, (1.0, 1.0), (-1.0, 1.0), lr=0.1, momentum=0.5)
    arrows = [(text.xyann, text.xy) for text in both[column].texts if hasattr(text, "arrow_patch")]
    tail, head = arrows[-1]
    assert_allclose(tail, (1, 1))
    assert_allclose(head, np.array([0.5, 1.5]) - 0.1 * bowl.gradient(np.array(asked)))


@draws(adagrad.rates_by_frequency)
def test_the_fitted_slope_is_the_exponent_of_the_rates(ax):
    counts = np.array([1.0, 10.0, 100.0, 1000.0])
    rates = np.where(counts < 20, 7.0, 3 * counts**-0.5)
    assert adagrad.rates_by_frequency(ax, counts, rates) == pytest.approx(-0.5)
    assert_array_equal(lines(ax)["a word"], np.stack([counts, rates], axis=1))
    assert_allclose(lines(ax)["slope -0.50"], [(1, 3), (1000, 3 * 1000**-0.5)])


@draws(matrices.turned)
def test_both_bowls_are_drawn_with_the_steps_at_which_they_were_recorded():
    _, (left, right) = matrices.turned({"adam": [1.0, 0.5]}, {"adam": [1.0, 0.9]}, every=10)
    assert_array_equal(lines(left)["Adam"], [(0, 1), (10, 0.5)])
    assert_array_equal(lines(right)["Adam"], [(0, 1), (10, 0.9)])


@draws(matrices.singular_values)
def test_singular_values_are_drawn_by_rank_and_relative_to_the_largest(ax):
    matrices.singular_values(ax, {"gradient": np.array([1.0, 4.0, 2.0])})
    assert_array_equal(lines(ax)["gradient"], [(1, 1), (2, 0.5), (3, 0.25)])


@draws(matrices.newton_schulz)
def test_singular_values_after_are_drawn_over_those_before(ax):
    matrices.newton_schulz(ax, [0.1, 1.0], {"after 1": [0.3, 0.7], "after 2": [0.9, 1.1]}, {"cubic": [0.2, 1.0]})
    assert_array_equal(lines(ax)["after 1"], [(0.1, 0.3), (1.0, 0.7)])
    assert_array_equal(lines(ax)["cubic"], [(0.1, 0.2), (1.0, 1.0)])
    first, last, *_ = ax.lines
    assert first.get_linewidth() < last.get_linewidth()


@draws(sign.balls)
def test_the_steepest_step_touches_the_ball_where_no_point_of_it_is_lower():
    g = np.array([1.0, 2.5])
    _, panels = sign.balls(g)
    for ax in panels:
        edge, (step,) = (line.get_xydata() for line in ax.lines)
        assert step @ g == pytest.approx((edge @ g).min(), rel=1e-4)


@draws(memory.kept)
def test_numbers_kept_are_bars_with_the_largest_on_top(ax):
    memory.kept(ax, {"adam": 2.0, "signsgd": 0.0})
    assert [bar.get_width() for bar in ax.patches] == [0, 2]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["SignSGD", "Adam"]
    assert [text.get_text() for text in ax.texts] == ["0", "2"]


@draws(at_scale.read_right)
def test_each_way_has_a_full_and_a_hollow_dot_and_what_sends_most_is_on_top(ax):
    at_scale.read_right(ax, {"all": (2000.0, 97.0, 96.0), "signs": (60.0, 95.0, 40.0)})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["signs: 60 kB", "all: 2,000 kB"]
    assert_array_equal(lines(ax)["all"], [(95, 0)])
    assert_array_equal(lines(ax)["one or two"], [(40, 0)])
    assert_array_equal(np.concatenate(dots(ax)[-2:]), [(96, 1), (97, 1)])


@draws(large_batches.trade)
def test_steps_are_drawn_over_examples_beside_their_hyperbola(ax):
    large_batches.trade(ax, {10: 5.0, 100: 2.0}, least_steps=1.0, least_examples=40.0)
    assert_array_equal(lines(ax)["measured"], [(50, 5), (200, 2)])
    examples, steps = lines(ax)["hyperbola, fitted"].T
    assert_allclose((steps - 1) * (examples - 40), 40)
    assert [text.get_text() for text in ax.texts] == ["B = 10", "B = 100"]


@draws(landscapes.errors)
def test_errors_of_differences_are_drawn_over_the_step(ax):
    landscapes.errors(ax, [1e-2, 1e-4], {"central": [1e-4, 1e-8]}, {"h²": [2e-4, 2e-8]})
    assert_array_equal(lines(ax)["central"], [(1e-2, 1e-4), (1e-4, 1e-8)])
    assert_array_equal(lines(ax)["h²"], [(1e-2, 2e-4), (1e-4, 2e-8)])


@draws(landscapes.kinds)
def test_a_kind_of_loss_has_its_parabola_touching_it_at_the_point_and_a_chord_on_the_first():
    fig = landscapes.kinds({"a": (lambda x: x**2, 0.0, 1.0), "b": (lambda x: 3 * x**2, 2.0, 1.0)})
    first, second = (dots(ax) for ax in fig.axes)
    assert_allclose(first[1][:, 1], 1 + 2 * (first[1][:, 0] - 1), atol=1e-4)
    assert_allclose(first[3], [(-2, 4), (2.3, 2.3**2)])
    x = second[1][:, 0]
    assert_allclose(second[1][:, 1], 3 + 6 * (x - 1) + (x - 1) ** 2, atol=1e-4)
    assert_allclose(second[2], [(1, 3)])


@draws(gradient_descent.upper_parabola)
def test_the_upper_parabola_touches_the_loss_and_the_step_ends_under_its_lowest_point(ax):
    gradient_descent.upper_parabola(ax, lambda x: x**2, 8.0, 1.0, (-1.0, 2.0))
    drawn = lines(ax)
    x = drawn["the loss f"][:, 0]
    assert_allclose(drawn["the loss f"][:, 1], x**2)
    assert_allclose(drawn["tangent"][:, 1], 1 + 2 * (x - 1), atol=1e-6)
    assert_allclose(drawn["parabola of curvature L"][:, 1], 1 + 2 * (x - 1) + 4 * (x - 1) ** 2, atol=1e-6)
    assert_allclose(dots(ax)[0], [(1, 1), (0.75, 0.75), (0.75, 0.5625)], atol=1e-6)


@draws(landscapes.flat_points)
def test_the_lines_on_a_surface_are_its_parabolas_along_the_eigenvectors():
    hessian = np.array([[1.0, 2.0], [2.0, 1.0]])  # -1 along (1, -1), 3 along (1, 1)
    (ax,) = landscapes.flat_points({"saddle": hessian, "bowl": np.eye(2)}).axes[:1]
    down, up = (np.array(line.get_data_3d()).T for line in ax.lines[:2])
    for line, h, way in ((down, -1, (1, -1)), (up, 3, (1, 1))):
        assert_allclose(abs(line[0, :2] @ way) / 2**0.5, 1)
        assert_allclose(line[:, 2], h * (line[:, :2] ** 2).sum(axis=1) / 2)
    assert down[0, 2] < 0 < up[0, 2]
    assert {down_or_up.get_color() for down_or_up in ax.lines[:2]} == {plots.COLORS["momentum"], plots.COLORS["adam"]}


@draws(landscapes.ellipse)
def test_the_half_axes_of_an_ellipse_end_on_the_contour_of_height_one_half(ax):
    hessian = np.array([[5.0, 4.0], [4.0, 5.0]])  # 1 along (1, -1), 9 along (1, 1)
    landscapes.ellipse(ax, hessian)
    for line, h in zip(ax.lines, (1, 9), strict=True):
        tip = line.get_xydata()[1]
        assert_allclose((np.linalg.norm(tip), tip @ hessian @ tip / 2), (h**-0.5, 0.5))
        assert line.get_label().startswith(f"h = {h}:")


# ── maps ──────────────────────────────────────────────────────────────────────────────────────────


def lifted(landscape):
    x0, x1, y0, y1 = landscape.domain
    grid = landscape(*np.meshgrid(np.linspace(x0, x1, 160), np.linspace(y0, y1, 160)))
    return lambda x, y: np.log1p(landscape(x, y) - grid.min())


@draws(plots.paths)
def test_a_path_has_x_to_the_right_and_y_up_and_a_dot_at_its_end(ax):
    path = descent()
    plots.paths(ax, GROUND, {"adam": path})
    assert_array_equal(lines(ax)["Adam"], path.points)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y")
    assert (*ax.get_xlim(), *ax.get_ylim()) == GROUND.domain
    assert_array_equal(np.concatenate(dots(ax)), [path.points[-1], *GROUND.minima])


@draws(plots.paths)
def test_contours_lie_where_the_landscape_has_that_height(ax):
    plots.paths(ax, GROUND, {})
    for shown in contours(ax):
        assert np.median(at_levels(shown, lifted(GROUND))) < 1e-3


@draws(landscapes.maps)
def test_each_map_is_of_its_landscape():
    grounds = [fo.LANDSCAPES[name] for name in ("rosenbrock", "beale")]
    for ax, ground in zip(landscapes.maps(grounds).axes, grounds, strict=True):
        assert ax.get_title() == ground.label
        assert_array_equal(dots(ax)[-1], [ground.start])
        assert np.median(at_levels(contours(ax)[1], lifted(ground))) < 1e-3


@draws(landscapes.direction)
def test_the_gradient_points_up_and_the_step_down_from_the_contour_of_the_point(ax):
    point = np.array([0.5, 1.5])
    landscapes.direction(ax, GROUND, point)
    assert at_levels(contours(ax)[-1], GROUND).max() < 0.5
    assert_allclose(contours(ax)[-1].levels, GROUND.value(point))
    up, down = (np.array(arrow.xy) - point for arrow in ax.texts if not arrow.get_text())
    assert_allclose(up, 0.7 * GROUND.gradient(point) / np.linalg.norm(GROUND.gradient(point)))
    assert_allclose(down, -up)


@draws(around.cliff)
def test_paths_over_the_cliff_have_the_weight_to_the_right(ax):
    def loss(point):
        return np.exp(point[..., 0] + 10 * point[..., 1] + 40)  # log10 is linear: so are the contours

    points = np.array([[4.0, -3.0], [5.0, -2.0]])
    around.cliff(ax, loss, {"clipped": points})
    assert_array_equal(lines(ax)["clipped"], points)
    shown, _ = contours(ax)  # filled, and lines
    (w0, w1), (b0, b1) = ax.get_xlim(), ax.get_ylim()
    vertices = np.concatenate([path.vertices for path in shown.get_paths()])
    inside = vertices[(abs(vertices - (w0, b0)) > 1e-6).all(axis=1) & (abs(vertices - (w1, b1)) > 1e-6).all(axis=1)]
    assert len(inside) > 100
    heights = np.log10(loss(inside) + 1e-5)
    assert abs(heights[:, None] - shown.levels).min(axis=1).max() < 0.05


@draws(around.flatness)
def test_flatness_shows_the_slides_on_the_valley_and_where_runs_end():
    path, ends = descent(), np.array([-1.0, 1.5])
    _, (valley, wells) = around.flatness(GROUND, {"sgd": path}, np.square, {"sam": ends})
    assert_array_equal(lines(valley)["SGD"], path.points)
    assert_allclose(lines(wells)["sam"], np.stack([ends, ends**2 + 0.07], axis=1))
    x, y = wells.lines[0].get_xydata().T
    assert_allclose(y, x**2)


# ── rows of seeds, images, tables ─────────────────────────────────────────────────────────────────


@draws(adam_family.rows)
def test_rows_are_the_seeds_of_each_rule_and_their_mean(ax):
    adam_family.rows(ax, {"adam": [1.0, 3.0], "lion": [4.0, 6.0]}, reference="adam")
    seeds, mean, *_ = dots(ax)[2:]
    assert_array_equal(seeds, [(4, 1), (6, 1)])
    assert_array_equal(mean, [(5, 1)])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["Adam", "Lion"]
    assert set(dots(ax)[-1][:, 0]) == {2}


@draws(training.dots)
def test_dots_are_the_seeds_of_each_optimizer_the_first_on_top(ax):
    found = {"adam": {"accuracy": [0.9, 0.92]}, "sgd": {"accuracy": [0.8, 0.9, None]}}
    training.dots(ax, found, "accuracy", marked=["sgd"], scale=100)
    sgd, sgd_mean, adam, adam_mean = ax.lines
    assert_allclose(sgd.get_xydata(), [(80, 0), (90, 0)])
    assert_allclose(sgd_mean.get_xydata(), [(85, 0)])
    assert_allclose(adam.get_xydata(), [(90, 1), (92, 1)])
    assert_allclose(adam_mean.get_xydata(), [(91, 1)])
    assert sgd_mean.get_markerfacecolor() != adam_mean.get_markerfacecolor() == "white"
    assert [text.get_text() for text in ax.get_yticklabels()] == ["SGD", "Adam"]


@draws(training.beside)
def test_problems_stand_side_by_side_with_an_optimizer_on_the_same_line():
    found = {"adam": {"accuracy": [0.9, 0.91], "diverged": 0}, "sgd": {"accuracy": [0.5, 0.51], "diverged": 0}}
    fig = training.beside({"one": found, "other": {"sgd": found["sgd"]}}, ["adam", "sgd"])
    left, right = fig.axes
    assert [line.get_ydata()[0] for line in left.lines] == [0, 0, 1, 1]
    assert [line.get_ydata()[0] for line in right.lines] == [0, 0]
    assert [left.get_title(), right.get_title()] == ["one", "other"]
    assert [text.get_text() for text in left.get_yticklabels()] == ["SGD", "Adam"]
    assert not any(text.get_text() for text in right.get_yticklabels())


@draws(training.images)
def test_a_digit_is_drawn_row_by_row_over_its_label():
    digits = np.arange(128.0).reshape(2, 64)
    for ax, digit, label in zip(training.images(digits, [7, 3]).axes, digits, "73", strict=True):
        assert_array_equal(ax.images[0].get_array(), digit.reshape(8, 8))
        assert ax.get_xlabel() == label


@draws(weight_decay.searches)
def test_a_search_has_rates_to_the_right_and_decays_up_and_frames_each_rates_best():
    loss = np.array([[2.0, 1.0, 3.0], [0.5, 0.6, 0.7]])
    _, (panel, _) = weight_decay.searches({"a": loss, "b": loss}, (0.1, 0.2), (0.0, 1.0, 2.0))
    assert {text.get_position(): text.get_text() for text in panel.texts} == {
        (i, j): f"{loss[i, j]:.2f}" for i in range(2) for j in range(3)
    }
    assert {text.get_position() for text in panel.texts if text.get_bbox_patch()} == {(0, 1), (1, 0)}
    assert_allclose(panel.images[0].get_array(), np.log(loss).T)
    assert [text.get_text() for text in panel.get_xticklabels()] == ["0.1", "0.2"]
    assert [text.get_text() for text in panel.get_yticklabels()] == ["0", "1", "2"]


@draws(printed.light_png)
def test_picture_has_the_colours_of_the_figure_and_no_more_bytes_than_allowed():
    fig, ax = plots.axes("x", "y")
    plots.curves(ax, {"adam": np.random.default_rng(0).normal(size=400)})
    for limit in (100_000, 15_000):
        png = fig.png(limit)
        assert len(png) <= limit
        image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
        assert (np.abs(image - [0xC2, 0x4A, 0x00]).max(axis=2) <= 8).sum() > 50
    assert fig.dpi == plots.axes("x", "y")[0].dpi


@draws(themed.themed, themed.dark)
def test_a_figure_for_the_page_has_both_themes_and_larger_type_where_it_is_narrow():
    fig, ax = plots.axes("step", "loss", columns=2, size=(7.4, 3.6))
    plots.curves(ax[0], {"sgd": descent(), "lion": descent()})
    plots.paths(ax[1], GROUND, {"adam": descent()})
    size = tuple(fig.get_size_inches())
    svg, plain = fig.themed(), fig.svg()
    assert tuple(fig.get_size_inches()) == size
    root = ElementTree.fromstring(svg)
    style, wide, narrow = root
    light, dark = (dict(re.findall(r"--c(\w+):(#\w+)", rule)) for rule in style.text.split("@media")[:2])
    assert light.keys() == dark.keys()
    assert all(name == value[1:] for name, value in light.items())
    for key in ("sgd", "lion", "adam"):
        color = basic.TOKENS["colors"][basic.TOKENS["methods"][key]["color"]]
        assert dark[color["light"][1:]] == color["dark"]
    bodies = [ElementTree.tostring(body, encoding="unicode") for body in (wide, narrow)]
    used = [set(re.findall(r"var\(--c(\w+)\)", body)) for body in bodies]
    assert used[0] == used[1] <= light.keys()
    assert not any(re.search("#[0-9a-f]{6}", body) for body in bodies)  # no colour that would not follow
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"(?:url\(|href=\")#([^)\"]+)", svg)) <= set(ids)
    # As wide as a phone's text, the narrow form's ticks are written in 10 pixels.
    _, _, width, _ = map(float, narrow.get("viewBox").split())
    assert 10 * 328 / width >= 10
    assert len(gzip.compress(svg.encode())) < 1.5 * len(gzip.compress(plain.encode()))


@draws(printed.covers)
@pytest.mark.parametrize(("x", "covered"), [(1.0, True), (0.4, False)])
def test_a_legend_that_covers_something_on_a_phone_stands_above_there(x, covered):
    fig, ax = plots.axes("x", "y", size=(7.4, 3.6), xlim=(0, 1), ylim=(0, 1))
    ax.plot([x * 0.95, x * 0.95], [0, 1], label="a line")
    ax.legend(loc="center right", title="a title")
    fig.draw_without_rendering()
    assert printed.covers(ax.get_legend(), ax) == covered
    written = ElementTree.fromstring(fig.themed())
    wide, narrow = (
        next(float(text.get("y", 0)) for text in body.iter() if text.text == "a line") for body in written[1:]
    )
    assert wide > 60
    assert (narrow < 40) == covered
    assert all(any(text.text == "a title" for text in body.iter()) for body in written[1:])
    assert not fig.legends
    assert ax.get_legend().get_visible()


def test_an_unknown_colour_keeps_its_hue_and_changes_sides():
    (h0, l0, _), (h1, l1, _) = (
        colorsys.rgb_to_hls(*(int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)))
        for c in ("#336699", themed.dark("#336699"))
    )
    assert abs(h0 - h1) < 0.01
    assert l0 < 0.5 < l1
    assert themed.dark("#ffffff") == "#121212"


# ── the first chapter ────────────────────────────────────────────────────────────────────────────────


@draws(what_an_optimizer_does.slope)
def test_the_tangent_touches_the_loss_where_it_stands(ax):
    what_an_optimizer_does.slope(ax, at=0.2, rate=0.5)
    bowl, tangent, here, *_ = dots(ax)
    assert_allclose(bowl[:, 1], (bowl[:, 0] - 1) ** 2 / 2)
    assert_array_equal(here, [(0.2, 0.8**2 / 2)])
    (x0, y0), (x1, y1) = tangent
    assert (y1 - y0) / (x1 - x0) == pytest.approx(-0.8)
    assert y0 + (0.2 - x0) * -0.8 == pytest.approx(0.8**2 / 2)
    step = ax.texts[1]
    assert (step.xyann, step.xy) == ((0.2, 0), (pytest.approx(0.2 + 0.5 * 0.8), 0))


@draws(what_an_optimizer_does.four_paths)
def test_each_map_has_its_path():
    found = {key: np.arange(6.0) + k for k, key in enumerate(two_dots.METHODS)}
    for one, key in zip(what_an_optimizer_does.four_paths(found).axes, two_dots.METHODS, strict=True):
        assert_array_equal(dots(one)[0], found[key].reshape(-1, 2))
        assert one.get_title() == two_dots.NAMES[key]


@draws(what_an_optimizer_does.network)
def test_curves_of_the_network_are_those_of_the_sweep():
    (ax,) = what_an_optimizer_does.network().axes
    trained = rows(stored(), "two_layer")
    assert_array_equal(lines(ax)["Adam"], np.stack([range(0, 301, 10), trained["adam"]["curve"]], axis=1))


@draws(precision.rounded)
def test_what_rounding_costs_is_a_dot_a_seed_and_a_line_of_their_means():
    excess = np.array([[2.0, 8.0], [1.0, 1.0]])
    left, right = precision.rounded({"float32": np.array([3.0, 2.0])}, (0.1, 1.0), excess).axes
    assert_array_equal(lines(left)["float32"], [(0, 3), (20, 2)])
    first, second, mean, _ = dots(right)
    assert_array_equal(first, [(0.1, 2), (1, 1)])
    assert_array_equal(second, [(0.1, 8), (1, 1)])
    assert_allclose(mean, [(0.1, 4), (1, 1)])


@draws(choosing.valleys)
def test_a_valley_has_a_dot_a_seed_and_the_limit_of_the_range_test():
    losses, test = np.array([[1.0, 3.0], [2.0, 4.0]]), RangeTest(np.array([0.1, 0.2]), *[np.array([2.0, 1.0])] * 2, 3.0)
    fig = choosing.valleys((0.1, 1.0), {"adam": (losses, test), "sgd": (losses, test)})
    first, second, mean, limit = dots(fig.axes[0])
    assert_array_equal(first, [(0.1, 1), (1, 2)])
    assert_array_equal(second, [(0.1, 3), (1, 4)])
    assert_array_equal(mean, [(0.1, 2), (1, 3)])
    assert set(limit[:, 0]) == {0.2}
    assert [one.get_title() for one in fig.axes] == ["Adam", "SGD"]


@draws(choosing.searches)
def test_searches_begin_with_one_trial():
    (ax,) = choosing.searches({"linear": [3.0, 2.0]}).axes
    assert_array_equal(lines(ax)["linear"], [(1, 3), (2, 2)])


@draws(which_optimizer.tree)
def test_a_tree_asks_in_order_and_says_no_between_its_questions():
    (ax,) = which_optimizer.tree([("A?", "a"), ("B?", "b"), ("else", "c")]).axes
    heights = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert heights["A?"] == heights["a"] > heights["B?"] == heights["b"] > heights["else"] == heights["c"]
    assert [text.get_text() for text in ax.texts].count("no") == 2


# ── all of them ───────────────────────────────────────────────────────────────────────────────────


def test_no_figure_goes_unseen():
    modules = [import_module(f"firstorder.plots.{module.name}") for module in pkgutil.iter_modules(plots.__path__)]
    public = {
        function
        for module in modules
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert {function.__qualname__ for function in public - DRAWN} == set()


def drawn() -> str:
    fig, ax = plots.axes("x", "y")
    plots.paths(ax, GROUND, {"adam": descent()})
    return fig.svg()


def test_the_same_figure_gives_the_same_file():
    assert drawn() == drawn()
