"""The live figures without a browser: what they accept, what they refuse, what they hand to their front ends."""

import gzip
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from numpy import sign
from samples import ELEMENTWISE

import firstorder as fo

pytest.importorskip("anywidget")

from firstorder import figures
from firstorder.figures import Playground
from firstorder.figures.figure import BUNDLE
from firstorder.figures.mini_batch_noise import batch_variance
from firstorder.figures.panel import Panel
from firstorder.figures.playground import BASIC, PARTS, others
from firstorder.figures.spectrum import iteration
from firstorder.reading.symbolic import symbol

FOLDER = Path(fo.__file__).parent / "figures"
FIGURES = [getattr(figures, name) for name in figures.__all__]
PANELS = [kind for kind in FIGURES if issubclass(kind, Panel)]


@fo.optimizer
def sign_descent(p, g, *, lr=0.01):
    """A reader's own rule."""
    p = p - lr * sign(g)
    return p


@fo.landscape(
    domain=(-1, 1, -1, 1), start=(0.5, 0.5), minima=lambda centre: [(centre, 0.0)], ranges={"centre": (0.0, 1.0)}
)
def trough(x, y, *, centre=0.25):
    """A reader's own landscape."""
    return (x - centre) ** 2 + y**2


def state_of(widget: Playground) -> dict:
    """The state as the static page reads it."""
    script = re.search(r'<script type="application/json">(.*?)</script>', widget.to_html(), re.S)
    return json.loads(script[1])


def without_stills(widget: figures.figure.Figure) -> str:
    """Its HTML as the site has it, where stills lie in files."""
    return re.sub(r"data:image/[^\"]*", "", widget.to_html())


# ---------------------------------------------------------------- what it accepts


def test_the_default_figure_compares_adam_with_what_it_is_built_of():
    widget = Playground()
    assert widget.labels == ["SGD", "Momentum", "RMSProp", "Adam"]
    assert widget.start == list(fo.LANDSCAPES["rosenbrock"].start)
    assert [rule["id"] for rule in widget.rules] == list(BASIC)
    assert [ground["id"] for ground in widget.landscapes] == list(fo.LANDSCAPES)


def test_a_rule_that_is_asked_for_is_added_to_the_basic_ones():
    widget = Playground(["lion", "adam"])
    assert [rule["id"] for rule in widget.rules] == [*BASIC, "lion"]
    assert [o["hyperparameters"]["lr"] for o in widget.optimizers] == [
        fo.LANDSCAPES["rosenbrock"].rates[key] for key in ("lion", "adam")
    ]
    assert [rule["id"] for rule in Playground(["lion"], rules=["adan"]).rules] == ["adan", "lion"]


def test_every_elementwise_rule_runs_and_the_default_state_stays_small():
    for key in ELEMENTWISE:
        (path,) = Playground([key], steps=5).trajectories.values()
        assert np.isfinite(path.points).all(), key
    # The rules that a reader may add lie in a file that the page does not load.
    assert len(without_stills(Playground()).replace(json.dumps(others())[1:-1].replace("<", "\\u003c"), "")) < 20_000


def test_names_classes_rules_and_mappings_mean_the_same():
    ways = ["adam", fo.Adam, fo.Adam.rule, {"rule": "adam"}, {"rule": fo.Adam, "bias_correction": True}]
    entries = Playground(ways).optimizers
    assert all(entry == entries[0] for entry in entries)


def test_hyperparameters_given_win_over_the_landscape_and_that_over_the_default():
    ground = fo.LANDSCAPES["rosenbrock"]
    given, usual = Playground([{"rule": "adam", "lr": 0.5, "beta2": 0.9}, "adam"]).optimizers
    assert given["hyperparameters"] == {"lr": 0.5, "beta1": 0.9, "beta2": 0.9, "eps": 1e-8}
    assert usual["hyperparameters"]["lr"] == ground.rates["adam"]
    assert usual["hyperparameters"]["beta2"] == fo.Adam.rule.hyperparameters["beta2"]


def test_a_rule_and_a_landscape_of_the_readers_own():
    widget = Playground([sign_descent, "sgd"], trough, steps=10)
    assert widget.labels == ["SignDescent", "SGD"]
    assert "sign_descent: function sign_descent" in widget.mathematics
    assert "trough: {" in widget.mathematics
    path = widget.trajectories["SignDescent"].points
    assert path[-1] == pytest.approx([0.4, 0.4])
    widget.optimizers = [{"rule": "sign_descent", "lr": 0.02}]
    assert widget.trajectories["SignDescent"].points[-1] == pytest.approx([0.3, 0.3])


def test_a_hyperparameter_without_a_default_must_be_given():
    @fo.optimizer
    def scaled(p, g, *, factor):
        p = p - factor * g
        return p

    with pytest.raises(TypeError, match="'factor' has no default and must be given"):
        Playground([scaled])
    (rule,) = [r for r in Playground([{"rule": scaled, "factor": 2.0}]).rules if r["id"] == "scaled"]
    assert rule["hyperparameters"][0]["default"] == 2.0
    assert rule["hyperparameters"][0]["max"] == 2.0


def test_labels_tell_every_path_apart():
    widget = Playground(["adam", "adam", {"rule": "adam", "bias_correction": False}])
    assert widget.labels == ["Adam", "Adam 2", "Adam, uncorrected"]


# ---------------------------------------------------------------- trajectories


def test_trajectories_are_those_of_minimize():
    widget = Playground(["sgd", {"rule": "adam", "lr": 0.1}], "beale", start=(2.0, 1.0), steps=30)
    expected = fo.minimize(fo.LANDSCAPES["beale"], fo.Adam, (2.0, 1.0), 30, lr=0.1, progress=False)
    assert np.array_equal(widget.trajectories["Adam"].points, expected.points)
    assert np.array_equal(widget.trajectories["Adam"].values, expected.values)


def test_trajectories_follow_the_attributes():
    widget = Playground(["adam"], steps=20)
    before = widget.trajectories["Adam"]
    widget.start = (0.0, 1.0)
    widget.steps = 5
    after = widget.trajectories["Adam"]
    assert len(before) == 21
    assert len(after) == 6
    assert after.points[0].tolist() == [0.0, 1.0]


def test_without_bias_correction_the_first_step_is_larger():
    widget = Playground([{"rule": "adam", "lr": 0.01}, {"rule": "adam", "lr": 0.01, "bias_correction": False}], steps=1)
    corrected, uncorrected = (np.abs(np.diff(t.points, axis=0)[0]) for t in widget.trajectories.values())
    beta1, beta2 = (fo.Adam.rule.hyperparameters[name] for name in ("beta1", "beta2"))
    assert corrected == pytest.approx(0.01, rel=1e-6)
    assert uncorrected == pytest.approx(0.01 * (1 - beta1) / np.sqrt(1 - beta2), rel=1e-5)


def test_noise_shakes_every_gradient_by_a_share_of_the_first_and_all_optimizers_alike():
    sgd = {"rule": "sgd", "lr": 0.01}
    still, noisy = (Playground([sgd, sgd], "quadratic", steps=400, noise=noise).trajectories for noise in (0, 0.1))
    ground = fo.LANDSCAPES["quadratic"]
    first = np.hypot(*ground.gradient(np.array(ground.start)))
    points = noisy["SGD"].points
    assert np.array_equal(points, noisy["SGD 2"].points)
    assert not np.array_equal(points, still["SGD"].points)
    gradients = np.array([ground.gradient(point) for point in points[:-1]])
    shaken = (points[:-1] - points[1:]) / 0.01 - gradients
    assert shaken.mean() == pytest.approx(0, abs=0.1 * first / 10)
    assert shaken.std() == pytest.approx(0.1 * first, rel=0.1)


def test_a_diverging_path_says_so():
    widget = Playground([{"rule": "sgd", "lr": 1.0}], steps=50)
    assert 0 < widget.trajectories["SGD"].diverged < 50


def test_the_parameters_of_the_landscape_are_those_of_the_slider():
    widget = Playground(["sgd"], "quadratic", steps=3)
    widget.landscape_parameters = {"condition": 7.0}
    ground = fo.LANDSCAPES["quadratic"].with_parameters(condition=7.0)
    lr = widget.optimizers[0]["hyperparameters"]["lr"]
    assert np.array_equal(
        widget.trajectories["SGD"].points,
        fo.minimize(ground, fo.SGD, widget.start, 3, lr=lr, progress=False).points,
    )


def test_another_landscape_brings_its_start_parameters_and_rates():
    widget = Playground(["adam"])
    widget.landscape = "quadratic"
    ground = fo.LANDSCAPES["quadratic"]
    assert widget.start == list(ground.start)
    assert widget.landscape_parameters == dict(ground.parameters)
    assert widget.optimizers[0]["hyperparameters"]["lr"] == ground.rates["adam"]


def test_a_landscape_and_what_it_brings_reach_the_front_end_in_one_message(monkeypatch):
    widget = Playground(["sgd"])
    sent = []
    monkeypatch.setattr(widget.comm, "send", lambda data, **_: sent.append(data["state"]))
    widget.landscape = "quadratic"
    assert [set(state) for state in sent] == [{"landscape", "landscape_parameters", "start", "optimizers"}]


def test_what_the_front_end_chose_is_kept():
    widget = Playground(["adam"])
    adam = {"lr": 0.3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    chosen = [{"rule": "adam", "hyperparameters": adam, "bias_correction": True}]
    widget.set_state({"landscape": "beale", "landscape_parameters": {}, "start": [0.25, 0.5], "optimizers": chosen})
    assert widget.landscape == "beale"
    assert widget.start == [0.25, 0.5]
    assert widget.optimizers == chosen


# ---------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"optimizers": ["adm"]}, ValueError, "unknown optimizer 'adm'; did you mean 'adam'"),
        ({"optimizers": "adam"}, TypeError, "optimizers must be a sequence"),
        ({"optimizers": [3]}, TypeError, "got 3"),
        ({"optimizers": ["sgd"] * 11}, ValueError, "at most 10"),
        ({"optimizers": [{"lr": 0.1}]}, ValueError, 'names its "rule"'),
        ({"optimizers": [{"rule": "adam", "beta3": 0.1}]}, TypeError, "unknown hyperparameter 'beta3'"),
        ({"optimizers": [{"rule": "adam", "beta1": 1.0}]}, ValueError, r"beta1 must be a number in \[0, 1\)"),
        ({"optimizers": [{"rule": "adam", "lr": lambda t: 0.1 / t}]}, TypeError, "lr must be a number"),
        ({"optimizers": [{"rule": "adam", "bias_correction": 1}]}, TypeError, "bias_correction must be True or False"),
        ({"landscape": "rosenbrok"}, ValueError, "did you mean 'rosenbrock'"),
        ({"start": (1.0,)}, ValueError, "start must be two finite numbers"),
        ({"start": (1.0, float("nan"))}, ValueError, "start must be two finite numbers"),
        ({"steps": 501}, ValueError, "steps must be a whole number from 1 to 500, got 501"),
        ({"steps": 2.5}, ValueError, "steps must be a whole number"),
        ({"noise": 0.3}, ValueError, "noise must be a number from 0 to 0.2, got 0.3"),
        ({"noise": "much"}, ValueError, "noise must be a number"),
        ({"hide": "sweep"}, TypeError, "hide must be a sequence of parts"),
        ({"hide": ["sweeps"]}, ValueError, "unknown part 'sweeps'; did you mean 'sweep'"),
    ],
)
def test_a_wrong_argument_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        Playground(**arguments)


def test_a_refused_attribute_leaves_the_figure_as_it_was():
    widget = Playground(["adam"])
    before = state_of(widget)
    for name, value in [("steps", 0), ("start", "here"), ("landscape", "moon"), ("optimizers", [sign_descent])]:
        with pytest.raises((TypeError, ValueError)):
            setattr(widget, name, value)
    assert state_of(widget) == before


def test_the_package_does_not_need_the_figures_and_says_what_they_need():
    program = """
import sys
sys.modules["anywidget"] = None
import firstorder
try:
    import firstorder.figures
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "needs anywidget" in run.stdout
    assert "firstorder[book]" in run.stdout


# ---------------------------------------------------------------- what it hands over


def test_a_notebook_gets_the_live_view_and_a_page_gets_the_state(monkeypatch):
    monkeypatch.setenv("FIRSTORDER_FIGURES", "page")
    data, _ = Playground()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].startswith('<div class="firstorder-widget" data-module="playground"')


def test_the_state_on_the_page_is_the_state_of_the_widget():
    widget = Playground(["adam"], "himmelblau", start=(1, 2), steps=7)
    state = state_of(widget)
    traits = ("landscape", "landscape_parameters", "start", "steps", "noise", "optimizers", "hide")
    traits += ("mathematics", "rules", "landscapes", "others", "guide")
    assert state == {name: json.loads(json.dumps(getattr(widget, name))) for name in traits}


def test_nothing_in_the_state_can_end_its_script_element():
    html = Playground([sign_descent]).to_html()
    body = html.split('<script type="application/json">')[1].removesuffix("</script></div>")
    assert "<" not in body


def test_the_front_end_hides_the_parts_that_python_names():
    source = (FOLDER / "js" / "descents.js").read_text(encoding="utf-8")
    listed = re.search(r"const PARTS = \[(.*?)\]", source, re.S)
    assert tuple(re.findall(r'"(\w+)"', listed[1])) == PARTS


def test_every_hyperparameter_has_a_slider_that_holds_its_default():
    for rule in Playground(rules=ELEMENTWISE).rules:
        assert rule["hyperparameters"], rule["id"]
        for h in rule["hyperparameters"]:
            assert h["scale"] in {"log", "linear", "complement"}
            assert h["min"] <= h["default"] <= h["max"], (rule["id"], h["name"])
            assert h["min"] > 0 or h["scale"] != "log", (rule["id"], h["name"])


def test_the_default_on_the_slider_is_the_rules_own():
    for rule in Playground(rules=ELEMENTWISE).rules:
        marked = {h["name"]: h["default"] for h in rule["hyperparameters"]}
        assert marked == fo.OPTIMIZERS[rule["id"]].rule.hyperparameters


def test_minima_are_generated_as_functions_of_the_parameters():
    mathematics = Playground(landscape=trough).mathematics
    assert "minima({a, b}) { return [[a, (a*a)]]; }" in mathematics
    assert "minima({centre}) { return [[centre, 0.0]]; }" in mathematics


def test_the_scripts_are_small_and_the_mathematics_is_not_in_them():
    # What a page weighs with them is in budget.json. A page loads the first, and the kinds that it shows.
    for path in (BUNDLE / "figures.js", *(BUNDLE / "kinds").iterdir(), *(BUNDLE / "workers").iterdir()):
        assert len(gzip.compress(path.read_bytes(), 9)) < 16 * 1024, path
    for path in (FOLDER / "js").rglob("*.js"):
        if "tests" not in path.parts:
            assert not re.search(r"\b(beta[12]|eps|momentum|weight_decay|rosenbrock|adam)\b", path.read_text()), path


# ---------------------------------------------------------------- the figures of charts and controls


@pytest.mark.parametrize("kind", FIGURES)
def test_every_figure_stands_alone_and_says_what_it_shows(kind):
    figure = kind()
    assert figure.summary.startswith("An interactive ")
    assert all(pixels > 100 for pixels in figure.heights())
    # What the others hand over lies in files, which a page asks for when they are needed.
    assert len(without_stills(figure)) < 100_000 or kind in (figures.Comparison, figures.MethodMap, figures.Race)


@pytest.mark.parametrize("kind", FIGURES)
def test_a_notebook_gets_one_source_without_imports(kind):
    figure = kind()
    assert not re.search(r"\bimport\s*[{\"']", figure._esm)
    assert len(re.findall(r"^export\b", figure._esm, re.MULTILINE)) == 1
    assert ".fo-figure" in figure._css
    assert figure.get_state("front") == {"front": kind.module}


@pytest.mark.parametrize("kind", PANELS)
def test_a_panel_takes_its_state_as_keywords_and_computes_its_curves(kind):
    figure = kind()
    assert state_of(figure) == {name: json.loads(json.dumps(getattr(figure, name))) for name in figure.shown()}
    assert [control["name"] for control in figure.controls] == list(figure.state)
    for control in figure.controls:
        ends = (
            [control["min"], control["max"]]
            if control["kind"] == "number"
            else [value for value, _ in control["options"]]
            if control["kind"] == "choice"
            else [True, False]
        )
        for value in ends:
            other = kind(**{control["name"]: value})
            assert other.state == figure.state | {control["name"]: value}
            if kind is not figures.MiniBatchNoise:  # which diverges at the largest rate
                assert all(np.isfinite(values).all() for values in other.curves().values())


@pytest.mark.parametrize("kind", PANELS)
def test_a_panel_names_what_it_refuses(kind):
    figure = kind()
    before = figure.state
    with pytest.raises(TypeError, match="unknown parameter 'colour'"):
        kind(colour="red")
    for control in figure.controls:
        refused = {
            "number": [control.get("min", 0) - 1, control.get("max", 0) + 1, "much", None, True, float("nan")],
            "choice": ["neither"],
            "switch": [1, None],
        }[control["kind"]]
        for value in refused:
            with pytest.raises((TypeError, ValueError), match=control["name"]):
                kind(**{control["name"]: value})
            with pytest.raises((TypeError, ValueError), match=control["name"]):
                setattr(figure, control["name"], value)
    assert figure.state == before


def test_the_weights_of_the_past_are_those_that_are_derived():
    figure = figures.Smoothing(decay=0.8, step=25)
    beta1 = next(iter(fo.derive.weight(fo.Adam, "m").free_symbols - {fo.derive.t, fo.derive.i}))
    weight = sp.lambdify(fo.derive.i, fo.derive.weight(fo.Adam, "m").subs({beta1: 0.8, fo.derive.t: 25}))
    assert figure.curves()["weights"] == pytest.approx([weight(k) for k in range(1, 26)], rel=1e-12)
    assert figure.curves()["window"] == pytest.approx(5)
    corrected = figures.Smoothing(decay=0.8, step=25, bias_correction=True).curves()
    assert corrected["weights"].sum() == pytest.approx(1)
    assert corrected["average"][0] == pytest.approx(figure.data["signal"][0])
    assert figures.Smoothing(rule="dampened_momentum", step=25).curves()["weights"].sum() == pytest.approx(1)


@pytest.mark.parametrize("rule", ["momentum", "nesterov"])
def test_the_map_of_rates_is_the_largest_eigenvalue(rule):
    found = figures.Spectrum(rule=rule).curves()["map"].reshape(11, 9)
    for j, mu in enumerate(np.linspace(0, 1, 11)):
        for i, x in enumerate(np.linspace(0, 4, 9)):
            matrix = np.array(iteration(rule).subs({symbol("x"): x, symbol("mu"): mu}), dtype=float)
            assert found[j, i] == pytest.approx(np.abs(np.linalg.eigvals(matrix)).max(), abs=1e-7)


@pytest.mark.parametrize("rule", ["momentum", "nesterov"])
def test_the_rate_passes_1_at_the_boundary_of_the_map(rule):
    mu = np.linspace(0, 1, 11)
    for m, x in zip(mu[:-1], figures.Spectrum(rule=rule).curves()["boundary"][:10], strict=True):
        inside, outside = (figures.Spectrum(rule=rule, x=x + d, mu=m).curves()["rate"] for d in (-1e-3, 1e-3))
        assert inside < 1 < outside


def test_the_variance_of_a_mini_batch_is_that_of_all_draws_without_replacement():
    records = np.random.default_rng(0).standard_normal(7)
    records -= records.mean()
    for size in range(1, 8):
        means = [np.mean(draw) for draw in itertools.combinations(records, size)]
        values = {"n": 7, "B": size, "spread": np.mean(records**2)}
        variance = batch_variance().subs({s: values[s.name] for s in batch_variance().free_symbols})
        assert float(variance) == pytest.approx(np.mean(np.square(means)), abs=1e-15)
    assert figures.MiniBatchNoise().data["measured"][-1] == pytest.approx(0, abs=1e-30)


def test_adam_goes_to_the_wrong_end_where_reddi_says_so():
    found = figures.CounterExample().curves()
    assert found["adam"][-1] == 1
    assert found["sgd"][-1] < -0.9
    assert found["amsgrad"][-1] < -0.5
    assert found["adam_regret"][-1] > found["adam_regret"][100] > found["sgd_regret"][-1]


def test_a_step_of_adam_follows_signal_over_noise_and_not_the_size_of_gradients():
    assert figures.Anatomy(noise=0.0).curves()["step"] == pytest.approx(1, abs=1e-6)
    for state in ({"noise": 1.0}, {"noise": 3.0}, {"stream": "sparse", "noise": 0.0}):
        found = figures.Anatomy(**state).curves()
        expected = found["g"].mean() / np.sqrt((found["g"] ** 2).mean())
        assert found["step"].mean() == pytest.approx(expected, abs=0.06)
    small, large = (figures.Anatomy(scale=c).curves() for c in (0.01, 100.0))
    assert large["g"] == pytest.approx(1e4 * small["g"])
    assert large["step"] == pytest.approx(small["step"], abs=1e-5)


def test_only_under_adam_with_l2_does_the_decay_depend_on_the_gradients():
    ends = {key: values[-4:] for key, values in figures.DecayFigure().curves().items()}
    assert np.ptp(ends["adam"]) > 0.9
    assert np.ptp(ends["adamw"]) < 0.01
    assert np.ptp(ends["sgd"]) < 0.01


@pytest.mark.parametrize("number_format", ["bfloat16", "float16"])
@pytest.mark.parametrize("lr", [1e-4, 0.9e-3, 0.003, 0.02])
def test_a_weight_is_rounded_as_its_format_does(number_format, lr):
    dtype = np.float16 if number_format == "float16" else pytest.importorskip("ml_dtypes").bfloat16
    shown = figures.LostUpdates(number_format=number_format, lr=lr).curves()
    p = np.full(1, 0.7, dtype)
    adam = fo.Adam(p, lr=lr)
    for weight in shown["nearest"]:
        assert float(p[0]) == weight
        adam.step(-np.ones(1, dtype))
    apart = 2 * shown["half"].max()
    assert np.abs(shown["copy"] - shown["exact"]).max() <= shown["exact"].max() * 2 ** -(
        8 if number_format == "bfloat16" else 11
    )
    # A walk of 400 steps, each of which goes astray by at most the root of the spacing times η.
    assert abs(shown["random"][-1] - shown["exact"][-1]) < 4 * np.sqrt(400 * apart * lr)


def test_newton_schulz_acts_on_each_singular_value():
    shown = figures.NewtonSchulz().curves()["values"].reshape(11, 12)
    u, v = (np.linalg.qr(np.random.default_rng(k).standard_normal((12, 12)))[0] for k in range(2))
    x = u @ np.diag(shown[0]) @ v
    for after in shown[1:6]:
        square = x @ x.T
        x = 3.4445 * x - 4.775 * square @ x + 2.0315 * square @ square @ x
        assert np.linalg.svd(x, compute_uv=False) == pytest.approx(np.sort(after)[::-1], abs=1e-9)
    for polynomial in ("cubic", "quintic"):
        assert figures.NewtonSchulz(polynomial=polynomial, least=0.1).curves()["values"][-12:] == pytest.approx(1)


@pytest.mark.parametrize("warmup", [0, 20])
def test_the_rate_is_that_of_the_packages_schedules(warmup):
    lr, left = 0.5, 300 - warmup
    made = {
        "constant": fo.Warmup(warmup, then=lr),
        "linear": fo.Warmup(warmup, then=fo.Polynomial(lr, left)),
        "cosine": fo.Warmup(warmup, then=fo.Cosine(lr, left)),
        "wsd": fo.WSD(lr, warmup=warmup, stable=left - 60, decay=60),
        "inverse_sqrt": fo.InverseSqrt(lr, warmup=max(warmup, 1)),
    }
    for shape, schedule in made.items():
        shown = figures.ScheduleFigure(shape=shape, warmup=warmup, lr=lr, decay=60).curves()["rate"]
        assert shown == pytest.approx([schedule(t) for t in range(1, 301)], abs=1e-12), shape


def test_the_expected_loss_is_that_of_many_runs():
    figure = figures.ScheduleFigure(early=3.0)
    shown, rng = figure.curves(), np.random.default_rng(0)
    p = np.repeat([1.0, np.sqrt(10.0)], 4000)
    sgd = fo.SGD(p, lr=fo.Warmup(20, then=fo.Cosine(0.5, 280)))
    for t in range(1, 301):
        steep = 1 + 2 * np.exp(-t / 20)
        sgd.step(np.repeat([steep, 0.1], 4000) * p + 0.3 * rng.standard_normal(8000))
        if t in (10, 100, 300):
            for name, h, row in (("steep", 1, p[:4000]), ("flat", 0.1, p[4000:])):
                assert h * np.mean(row**2) / 2 == pytest.approx(shown[name][t], rel=0.1), (name, t)


def test_steps_and_examples_lie_on_the_hyperbola_and_meet_at_twice_their_fewest():
    shown = figures.BatchSize(batch=64, noise_scale=64).curves()
    assert (shown["steps"] - 1) * (shown["examples"] - 1) == pytest.approx(1)
    assert [shown["steps_now"], shown["examples_now"], shown["rate_now"]] == pytest.approx([2, 2, 0.5])


def test_a_rate_of_a_narrow_network_is_read_at_the_width_that_is_shown():
    for method in ("adam", "sgd"):
        shown = figures.WidthTransfer(width="512", method=method)
        curves, tuned = shown.curves(), shown.data[f"{method}_rates"].index(shown.data[f"{method}_tuned"])
        for kind in ("standard", "mup"):
            losses = shown.data[f"{method}_{kind}_512"]
            assert curves[f"{kind}_there"] == losses[tuned]
            assert curves[f"{kind}_best"] == min(losses)
    narrow = figures.WidthTransfer(width="32").curves()
    assert len(set(narrow.values())) == 1  # both are the same there, and it is where the rate was tuned


def test_who_is_first_depends_on_the_rates_of_the_grid():
    few, many = (figures.RateGrid(low=low, high=high).curves() for low, high in ((0.1, 10), (0.01, 1e4)))
    assert min(few, key=few.get) == "adam"
    assert min(many, key=many.get) == "momentum"
    assert all(many[key] <= few[key] for key in few)
    alone = figures.RateGrid(low=1.0, high=1.0)  # the defaults
    assert alone.curves()["adam"] == alone.data["two_layer_adam"][4]


@pytest.mark.parametrize("key", figures.GrowingD.run_by)
def test_a_joint_rule_in_a_figure_is_the_packages_on_one_weight(key):
    figure = figures.GrowingD(distance=3.0, d0=1e-4, noise=0.7)
    shown, p = figure.curves(), np.zeros(1)
    opt = fo.OPTIMIZERS[key](p, d0=1e-4)
    for t, shock in enumerate(figure.data["shocks"], 1):
        opt.step(np.sign(p - 3.0) + 0.7 * shock)
        assert shown[key][t] == pytest.approx(float(opt.state["d"]), rel=1e-12)
        assert shown[f"{key}_way"][t] == pytest.approx(p[0] / 3.0, rel=1e-9, abs=1e-12)


def test_an_estimate_grows_as_the_chapter_says_and_prodigys_stays_below_the_distance_without_noise():
    near, far = (figures.GrowingD(distance=D).curves() for D in (1.0, 1000.0))
    assert near["dadapt_sgd"][12] / near["dadapt_sgd"][11] == pytest.approx(3**0.5, rel=1e-6)
    assert near["prodigy"][-1] < 1 < near["dadapt_adam"][-1] < near["dadapt_sgd"][-1]
    half = {key: [int(np.argmax(d[key] >= d[key][-1] / 2)) for d in (near, far)] for key in figures.GrowingD.run_by}
    assert {key: far - near for key, (near, far) in half.items()} == {"dadapt_sgd": 12, "dadapt_adam": 6, "prodigy": 8}
    assert figures.GrowingD(noise=2.0).curves()["prodigy"][-1] > 2


def test_the_sharpness_goes_to_the_border_and_a_steep_change_of_the_rate_throws_it_off():
    figure = figures.Edge(later=1.0)
    shown, (x, sharpness) = figure.curves(), figure.data["start"]
    for t, shock in enumerate(figure.data["shocks"], 1):  # the map of the chapter, a = η/50 and b = η/2, with noise
        x, sharpness = (1 - 0.4 * sharpness) * x - 0.4 * 0.01 * shock, sharpness + 0.4 / 50 - 0.2 * x**2
        assert shown["sharpness"][t] == pytest.approx(sharpness, rel=1e-9)
    share = {ramp: figures.Edge(ramp=ramp).curves() for ramp in (1, 200)}
    share = {ramp: found["sharpness"][1:] / found["border"] for ramp, found in share.items()}
    assert 0.9 < share[200][-100:].mean() < 1.05
    assert share[200][400:].min() > 0.4 > 0.1 > share[1].min()
    assert figures.Edge(noise=0.3, later=1.0).curves()["sharpness"][-200:].mean() < 0.95 * 5


def test_heights_along_two_ways_are_those_of_the_bowl():
    figure = figures.Downhill(kappa=9.0, turn=29.0, x=-1.1, y=0.5)
    shown, angle = figure.curves(), np.radians(29)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    hessian, at = turned @ np.diag([1, 9]) @ turned.T, np.array([-1.1, 0.5])
    down, home = (way / np.linalg.norm(way) for way in (-hessian @ at, -at))
    for name, way in (("downhill", down), ("home", home)):
        points = at + np.outer(figure.data["way"], way)
        assert shown[name] == pytest.approx(((points @ hessian) * points).sum(axis=1) / (at @ hessian @ at)), name
    assert shown["cosine"] == pytest.approx(down @ home)
    assert [shown["down_x"], shown["down_y"]] == pytest.approx(down)
    assert 1 - shown["fallen"] == pytest.approx(min(shown["downhill"]), abs=1e-3)
    assert figures.Downhill(x=0.0, y=0.0).curves()["fallen"] == 0  # at the minimum there is no way down


def test_the_two_ways_part_as_the_chapter_says():
    def parted(flat: float, steep: float, kappa: float = 9.0) -> tuple[int, float]:
        """By how many degrees, and what share of the height is left downhill."""
        seen = figures.Downhill(kappa=kappa, turn=0.0, x=flat, y=steep).curves()
        return round(float(np.degrees(np.arccos(min(1, seen["cosine"]))))), round(1 - seen["fallen"], 2)

    assert parted(1.2, 0.4) == (53, 0.39)  # where the share of both curvatures in the height is the same
    assert parted(0.9, 0.1) == (39, 0.64)  # where the slope is the same in both
    around = [parted(np.cos(at), np.sin(at)) for at in np.linspace(0, 1.5, 101)]
    assert [max(each) for each in zip(*around, strict=True)] == [53, 0.64]
    assert parted(1.0, 0.0)[0] == parted(0.0, 1.0)[0] == 0
    assert parted(1.0, 0.1, 100.0)[0] == 79


def test_a_readers_rule_has_the_meanings_and_rates_of_its_decorator_and_no_others():
    @fo.optimizer(rates={"beale": 0.25}, meanings={"beta": fo.Hyperparameter("β", "decay rate", 0.0, 1.0, (0.0, 0.99))})
    def mine(p, g, m, *, lr=1.0, beta=0.5, gamma=3.0):
        m = beta * m + (1 - beta) * g
        p = p - lr * gamma * m
        return p, m

    figure = Playground([mine], landscape="beale", rules=[])
    assert figure.optimizers[0]["hyperparameters"]["lr"] == 0.25
    assert {ground["id"]: ground["rates"] for ground in figure.landscapes}["beale"] == {"mine": 0.25}
    (described,) = figure.rules
    _, beta, gamma = described["hyperparameters"]
    assert (beta["symbol"], beta["meaning"], beta["min"], beta["max"]) == ("β", "decay rate", 0.0, 0.99)
    assert (gamma["symbol"], gamma["min"], gamma["max"]) == ("gamma", 0.0, 3.0)
