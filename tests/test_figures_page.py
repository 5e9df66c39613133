"""Figures on a page of the site: what the build makes of them, without a browser."""

import json
import re
from html import unescape
from types import SimpleNamespace

import pytest

pytest.importorskip("anywidget")
pytest.importorskip("sphinx")

from _ext import figures as extension
from _ext.figures import FIGURE, serve
from book.identity import ROOT
from firstorder.figures import Comparison, MethodMap, Playground, Smoothing


def served(html: str, folder) -> list[tuple[str, dict, dict]]:
    """Each figure's id, state and files."""
    found = FIGURE.finditer(serve(html, folder, "adam")[0])
    files = r'data-files="([^"]*)"'
    return [
        (figure["id"], json.loads(figure["state"]), json.loads(unescape(re.search(files, figure["within"])[1])))
        for figure in found
    ]


def test_what_is_long_lies_in_files_that_figures_share(tmp_path):
    figures = [Comparison(), MethodMap()]
    (_, state, files), (_, _, others) = served("".join(figure.to_html() for figure in figures), tmp_path)
    assert files["methods"] == others["methods"]
    guide, start = figures[0].guide, figures[0].start
    assert state == {"guide": guide, "chosen": ["adam", "momentum"], "landscape": "rosenbrock", "start": start}
    script = (tmp_path / f"{files['claims']}.js").read_text(encoding="utf-8")
    given = re.fullmatch(r'"use strict";\nfirstorder.give\("(\w+)", (.*)\);\n', script, re.DOTALL)
    assert given[1] == files["claims"]
    assert json.loads(given[2]) == figures[0].claims
    assert figures[0].mathematics in (tmp_path / f"{files['mathematics']}.js").read_text(encoding="utf-8")
    assert {path.stem for path in tmp_path.iterdir()} == {*files.values(), *others.values()}


def test_no_page_carries_mathematics_that_runs(tmp_path):
    page, _ = serve(Playground().to_html() + Smoothing().to_html(), tmp_path, "adam")
    assert "function" not in page
    assert not re.search(r"<script(?! type=\"application/json\")", page)


def test_front_ends_are_loaded_only_where_a_figure_is(tmp_path, monkeypatch):
    monkeypatch.setattr(extension, "ALONE", {})
    app = SimpleNamespace(srcdir=ROOT, outdir=tmp_path)
    page = {"body": "<p>text</p>", "content_root": "../", "title": "Text"}
    extension.load_figures(app, "chapters/text", "page.html", page, None)
    assert "metatags" not in page
    page["body"] = Smoothing().to_html()
    extension.load_figures(app, "chapters/figure", "page.html", page, None)
    assert '<script defer src="../figures/figures.js?v=' in page["metatags"]
    assert [name for name, _, _ in extension.write_alone(app)] == ["figures/figure/smoothing-1"]


def test_a_figure_is_counted_among_its_kind_unless_it_has_a_name(tmp_path):
    figures = [Playground(), Smoothing(), Playground().named("two-rates"), Playground()]
    ids = [anchor for anchor, _, _ in served("".join(figure.to_html() for figure in figures), tmp_path)]
    assert ids == ["playground-1", "smoothing-1", "two-rates", "playground-2"]


@pytest.mark.parametrize("anchor", ["", "Two", "2-rates", "a b", 'a"b'])
def test_a_name_that_is_no_anchor_is_refused(anchor):
    with pytest.raises(ValueError, match="anchor must be lower case letters"):
        Playground().named(anchor)


def test_every_formula_is_mathml_and_says_what_the_rule_says():
    for method in MethodMap().methods:
        assert method["formula"].startswith("<math "), method["id"]
        assert "&#x0005C;" not in method["formula"], method["id"]  # a command that was not understood
        assert not re.search(r"<mi>(&amp;|&)</mi>|aligned", method["formula"]), method["id"]
