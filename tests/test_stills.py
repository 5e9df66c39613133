"""Stills say what the live figures say: the same numbers and words, in the same colours, dashes and marks."""

import base64
import inspect
import io
import re
import xml.etree.ElementTree as ET
from functools import cache

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("matplotlib")

from PIL import Image

from _ext.stills import put_out
from firstorder import figures
from firstorder.figures import figure
from firstorder.figures.still import ground, numbers, sheet
from firstorder.figures.still.sheet import TOKENS, looks_of, outline, simplified
from firstorder.rules import RULES

#: Every kind as the chapters show it, and what is hard to draw: a path that diverges, none, a reader's own rule.
SHOWN = {
    "Playground": lambda: figures.Playground(),
    "diverging": lambda: figures.Playground([{"rule": "sgd", "lr": 1.0}, "adam"], "beale"),
    "empty": lambda: figures.Playground([]),
    "without a minimum": lambda: figures.Playground(["sgd", "adam", "adam"], "saddle"),
    "Anatomy": lambda: figures.Anatomy(stream="sparse"),
    "BatchSize": lambda: figures.BatchSize(),
    "BiasCorrection": lambda: figures.BiasCorrection(stream="noisy"),
    "Comparison": lambda: figures.Comparison(["adam", "muon", "lion"]),
    "Cover": lambda: figures.Cover(),
    "CounterExample": lambda: figures.CounterExample(),
    "DecayFigure": lambda: figures.DecayFigure(),
    "Downhill": lambda: figures.Downhill(),
    "Edge": lambda: figures.Edge(),
    "EffectiveRates": lambda: figures.EffectiveRates(),
    "FourSteps": lambda: figures.FourSteps(stage="adam"),
    "GrowingD": lambda: figures.GrowingD(),
    "LostUpdates": lambda: figures.LostUpdates(),
    "MethodMap": lambda: figures.MethodMap("adam"),
    "MiniBatchNoise": lambda: figures.MiniBatchNoise(),
    "all of the records": lambda: figures.MiniBatchNoise(batch=128, lr=1.0),
    "NewtonSchulz": lambda: figures.NewtonSchulz(),
    "Race": lambda: figures.Race(steps=60),
    "RateGrid": lambda: figures.RateGrid(),
    "ScheduleFigure": lambda: figures.ScheduleFigure(),
    "Smoothing": lambda: figures.Smoothing(bias_correction=True),
    "Spectrum": lambda: figures.Spectrum(),
    "WidthTransfer": lambda: figures.WidthTransfer(),
    "Nesterov's spectrum": lambda: figures.Spectrum(rule="nesterov", x=3.5),
}
HEAVY = 40_000  # bytes of an SVG


@cache
def shown(name: str) -> figure.Figure:
    return SHOWN[name]()


@cache
def drawn(name: str, theme: str, width: int) -> str:
    return shown(name).still(theme, width)


def words(svg: str) -> str:
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return " ".join("".join(text.itertext()) for text in texts).replace("\u00a0", " ")


def colours(svg: str) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}", svg))


def test_every_kind_of_figure_is_drawn_here():
    assert set(figures.__all__) <= {type(make()).__name__ for make in SHOWN.values()}


@pytest.mark.parametrize("name", SHOWN)
def test_still_is_a_small_drawing_with_text_in_either_theme_and_at_either_width(name):
    for theme in ("light", "dark"):
        for width in (688, 328):
            svg = drawn(name, theme, width)
            assert ET.fromstring(svg).get("width") == str(width)
            assert len(svg.encode()) < HEAVY
            assert {TOKENS["themes"][theme][part] for part in ("surface", "text", "muted")} <= colours(svg)
            assert words(svg)
            assert not re.search(r"nan|inf\b|<image|<script|href=\"http", svg)


@pytest.mark.parametrize("name", SHOWN)
def test_no_text_leaves_the_paper(name):
    for width in (688, 328):
        tree = ET.fromstring(drawn(name, "light", width))
        height = float(tree.get("height"))
        for text in tree.iter("{http://www.w3.org/2000/svg}text"):
            if text.get("transform"):
                continue  # the name of a vertical axis
            said = "".join(text.itertext())
            wide = sheet.breadth(said, float(text.get("font-size")), text.get("font-weight") == "700")
            share = {"middle": 0.5, "end": 1}.get(text.get("text-anchor"), 0)
            left = float(text.get("x")) - share * wide
            assert left > -1, said
            assert left + wide < width + 1, said
            assert 5 < float(text.get("y")) < height, said


@pytest.mark.parametrize("name", SHOWN)
def test_still_fits_in_the_place_that_is_held_for_the_live_figure(name):
    for width, held in zip((328, 688), shown(name).room(), strict=True):
        assert float(ET.fromstring(drawn(name, "light", width)).get("height")) <= held


@pytest.mark.parametrize("name", SHOWN)
def test_picture_is_a_light_png_of_the_same(name):
    picture = shown(name).picture()
    assert len(picture) <= 60_000
    image = Image.open(io.BytesIO(picture))
    assert image.format == "PNG"
    tall = float(ET.fromstring(drawn(name, "light", 688)).get("height"))
    assert image.height / image.width == pytest.approx(tall / 688, rel=0.01)
    assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def test_colours_of_a_picture_are_those_of_the_drawing():
    shown = figures.MiniBatchNoise()
    image = np.asarray(Image.open(io.BytesIO(shown.picture())).convert("RGB")).astype(int)
    for colour in ("#1d232b", TOKENS["themes"]["light"]["text"], TOKENS["themes"]["light"]["surface"]):
        rgb = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        assert (np.abs(image - rgb).max(axis=2) <= 8).sum() > 50, colour


def test_same_figure_gives_the_same_bytes():
    assert figures.Smoothing().still() == figures.Smoothing().still()
    assert figures.Smoothing().picture() == figures.Smoothing().picture()


def test_settings_of_a_notebook_change_nothing():
    import matplotlib as mpl

    usual = figures.DecayFigure().still()
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30, "lines.scale_dashes": True, "svg.fonttype": "path"}):
        assert figures.DecayFigure().still() == usual


def test_other_theme_is_refused():
    with pytest.raises(ValueError, match='theme must be "light" or "dark", got \'sepia\''):
        figures.Spectrum().still("sepia")


# ---------------------------------------------------------------- what is said


def test_playground_names_each_optimizer_its_numbers_and_its_end():
    shown = figures.Playground([{"rule": "adam", "lr": 0.3}, {"rule": "sgd", "lr": 1.0}], "quadratic", steps=50)
    said = words(shown.still())
    end = numbers.form(shown.trajectories["Adam"].values[-1])
    assert f"η = 0.3, β₁ = 0.9, β₂ = 0.999, ε = 1e−8, f = {end}" in said
    assert "Quadratic, condition = 20; 50 steps from (−2, 1.2)." in said
    assert "SGD" in said


def test_path_that_diverges_says_when():
    shown = figures.Playground([{"rule": "sgd", "lr": 1.0}], "rosenbrock")
    (path,) = shown.trajectories.values()
    assert f"diverged at step {path.diverged}" in words(shown.still())
    assert "SGD ✕" in words(shown.still())


def test_still_follows_the_state():
    shown = figures.Smoothing()
    before = shown.still()
    shown.decay = 0.99
    after = shown.still()
    assert "Decay rate β = 0.9;" in words(before)
    assert "Decay rate β = 0.99;" in words(after)
    assert "window 1/(1 − β) = 100 steps" in words(after)


def test_comparison_says_what_has_no_path_and_what_was_measured():
    said = words(figures.Comparison(["adam", "muon"]).still())
    assert "Muon" in said
    assert "needs whole tensors and has no path here" in said
    assert "Turns with the axes" in said


def test_map_names_every_optimizer_and_the_years():
    said = words(figures.MethodMap().still())
    for rule in RULES.values():
        assert rule.name in said.replace(" ", ""), rule.name
    assert "1951" in said


def test_words_of_the_table_are_those_of_the_front_end():
    from firstorder.figures import comparison

    source = (figure.BUNDLE.parent / "js" / "figures" / "comparison.js").read_text(encoding="utf-8")
    for title, _ in comparison.facts([RULES["adam"]]):
        assert f'["{title}"' in source, title
    for text in (*comparison.ROTATION.values(), *comparison.DECAY.values()):
        assert f'"{text}"' in source, text
    assert f"const STEPS = {comparison.STEPS};" in source


def test_titles_and_axes_are_those_of_the_front_ends():
    for name in figures.__all__:
        kind = getattr(figures, name)
        if not issubclass(kind, figures.panel.Panel):
            continue
        source = (figure.BUNDLE.parent / "js" / "figures" / f"{kind.module}.js").read_text(encoding="utf-8")
        shown = kind()
        for view in shown.views(sheet.Sheet("light", 688), shown.curves()):
            titles = view.title if name != "DecayFigure" else "step t"  # its titles are rules
            assert f'"{titles}"' in source, titles
            assert f'"{view.xlabel}"' in source, view.xlabel
        layout = re.search(r'static layout = "([\w-]+)"', source)
        assert kind.layout == (layout[1] if layout else "rows")


# ---------------------------------------------------------------- looks


def test_an_optimizer_looks_as_everywhere_and_a_copy_otherwise():
    adam, copy, another, sgd = looks_of(["adam", "adam", "adam", "sgd"])
    assert (adam.color, adam.mark) == (TOKENS["methods"]["adam"]["color"], TOKENS["methods"]["adam"]["mark"])
    assert sgd.color == TOKENS["methods"]["sgd"]["color"]
    assert len({adam.color, copy.color, another.color, sgd.color}) == 4


def test_colours_and_dashes_of_the_optimizers_are_in_the_drawing():
    for theme in ("light", "dark"):
        svg = figures.Playground(["adam", "momentum"]).still(theme)
        for key in ("adam", "momentum"):
            assert TOKENS["colors"][TOKENS["methods"][key]["color"]][theme] in svg
        assert f"stroke-dasharray: {','.join(map(str, TOKENS['dashes']['dashed']))}" in svg


def test_marks_are_read_from_their_svg_paths():
    for mark in TOKENS["marks"].values():
        shape = outline(mark["path"])
        assert np.abs(shape.vertices).max() < 8
    square = outline(TOKENS["marks"]["square"]["path"]).vertices
    assert {tuple(corner) for corner in square} == {(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)}


# ---------------------------------------------------------------- numbers and lines


def test_numbers_are_written_as_the_front_ends_write_them():
    written = {0: "0", 0.5: "0.5", -1.25: "−1.25", 1e-8: "1e−8", 9.2345e-4: "9.23e−4", 1234.5: "1230", 1e5: "1e5"}
    assert {value: numbers.form(value) for value in written} == written


def test_ticks_are_round_numbers_within_the_axis():
    assert [text for _, text in numbers.nice_ticks(-2, 2, 4)] == ["−2", "−1", "0", "1", "2"]
    assert [text for _, text in numbers.log_ticks(-6, 1)] == ["10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"]
    assert [text for _, text in numbers.log_ticks(-0.5, 0.5)] == ["0.5", "1", "2"]


def test_labels_are_kept_apart_and_in_order():
    placed = numbers.spread([50, 49, 0, 100], 14, 100)
    assert placed == pytest.approx([63, 49, 0, 100])


def test_thinned_line_stays_within_the_tolerance():
    x = np.linspace(0, 500, 2000)
    line = np.column_stack([x, 40 * np.sin(x / 30)])
    thin = simplified(line, 0.2)
    assert len(thin) < 200
    steepest = np.hypot(1, 40 / 30)  # at right angles to the line 0.2, so straight up that many times as much
    assert np.abs(np.interp(x, *thin.T) - line[:, 1]).max() <= 0.2 * steepest


def test_heights_are_in_the_unit_interval_and_keep_their_order():
    heights = np.array([[0.0, 1.0, 5.0], [2.0, 100.0, 7.0]])
    lifted = ground.lifted(heights)
    assert lifted.min() == 0
    assert lifted.max() == pytest.approx(1)
    assert (np.argsort(lifted, axis=None) == np.argsort(heights, axis=None)).all()


# ---------------------------------------------------------------- in a page, and in a notebook


def test_page_holds_a_still_for_each_theme_and_width_and_says_javascript_only_without_it():
    html = figures.Spectrum().to_html()
    kept = re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", html)
    stills = [base64.b64decode(still).decode() for still in kept]
    assert stills == [figures.Spectrum().still(theme, width) for theme in ("light", "dark") for width in (328, 688)]
    assert "JavaScript" not in re.sub(r"<noscript>.*?</noscript>", "", html)


def test_site_has_its_stills_in_files(tmp_path):
    html = figures.Spectrum().to_html()
    page = put_out(html, tmp_path, "../")
    addresses = re.findall(r'(?:src|srcset)="(\.\./figures/stills/\w+\.svg)"', page)
    assert len(addresses) == 4
    for address in addresses:
        assert (tmp_path / address.removeprefix("../")).read_text(encoding="utf-8").startswith("<svg")
    assert "data:image" not in page
    assert len(page) < 8_000 + len(re.search(r"<script.*</script>", html)[0])


def test_notebook_keeps_a_picture_of_the_figure(monkeypatch):
    monkeypatch.delenv("FIRSTORDER_FIGURES", raising=False)
    shown = figures.Spectrum()
    data, _ = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert base64.b64decode(data["image/png"]) == shown.picture()
    assert data["text/html"].startswith('<img src="data:image/png;base64,')
    assert f'alt="{shown.summary}"' in data["text/html"]
    monkeypatch.setenv("FIRSTORDER_FIGURES", "page")
    assert shown._repr_mimebundle_()[0]["text/html"] == shown.to_html()


def test_no_other_method_shows_a_figure_than_the_bundle():
    from IPython.core.formatters import DisplayFormatter

    class Older(figures.Spectrum):
        """With ipywidgets 7 a widget displays itself."""

    formatter = DisplayFormatter()
    assert formatter.ipython_display_formatter(Older()) is not True
    data, _ = formatter.format(Older())
    assert "image/png" in data


def test_drawing_imports_no_pyplot_and_figures_no_matplotlib():
    import subprocess
    import sys

    script = (
        "import sys, firstorder.figures as f; assert 'matplotlib' not in sys.modules; s = f.Spectrum(); "
        "assert 'matplotlib' not in sys.modules; s.still(); assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_public_is_documented():
    for method in (figure.Figure.still, figure.Figure.picture, figure.Figure.draw):
        assert inspect.getdoc(method)


def test_a_picture_has_the_dots_of_the_drawing():
    shown = Image.open(io.BytesIO(figures.Smoothing().picture())).convert("RGB")
    inside = shown.crop((120, 60, 700, 300))  # of the first plot, with no text in it
    muted = np.array([int(TOKENS["themes"]["light"]["muted"][k : k + 2], 16) for k in (1, 3, 5)])
    assert (np.abs(np.asarray(inside, dtype=int) - muted).sum(axis=2) < 60).sum() > 400
