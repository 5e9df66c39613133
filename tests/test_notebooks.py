"""Notebooks are made of the chapters, and show in plain Jupyter, on Colab and on Binder what the chapters show."""

import base64
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jupytext
import nbformat
import pytest
import sphinxcontrib.katex
import yaml
from py_mini_racer import MiniRacer
from pybtex.database import BibliographyData, Entry, Person

import firstorder as fo
from _ext import hints
from book import pair
from book.contents import chapters
from book.identity import ROOT
from firstorder.exercises import EXERCISES

CHAPTERS = chapters()
HINTS = list(zip(hints.TITLES, EXERCISES["downhill"].hints, strict=True))


@pytest.fixture(scope="module")
def pairs():
    return pair.pairs()


def without_outputs(text: str) -> tuple[str, list]:
    """A notebook without what its cells show, and that."""
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.execution_count is None
            shown += cell.outputs
            cell.outputs = []
    return nbformat.writes(notebook, version=4) + "\n", shown


@pytest.mark.parametrize("name", CHAPTERS)
def test_notebook_is_what_its_chapter_makes(name, pairs):
    path = ROOT / f"{name}.ipynb"
    assert path.exists(), "run `make notebooks`"
    made, shown = without_outputs(path.read_text(encoding="utf-8"))
    assert made == pairs[path], "run `make notebooks`"
    chapter = jupytext.read(ROOT / f"{name}.md", fmt="md:myst").cells
    figures = [cell for cell in chapter if cell.cell_type == "code" and pair.draws(cell)]
    assert len(shown) == bool(figures), "the first figure as a still, and nothing else: run `make notebooks`"
    for output in shown:
        picture = base64.b64decode(output.data["image/png"])
        assert picture.startswith(b"\x89PNG")
        assert len(picture) <= 100_000


@pytest.mark.parametrize("name", CHAPTERS)
def test_notebook_begins_with_text_and_a_cell_that_installs(name, pairs):
    cells = nbformat.reads(pairs[ROOT / f"{name}.ipynb"], as_version=4).cells
    assert cells[0].source.startswith("# ")
    assert "google.colab" in next(cell for cell in cells if cell.cell_type == "code").source


def test_a_still_stands_where_the_first_figure_will_be():
    cells = [nbformat.v4.new_code_cell(source) for source in ("x = 1", "Playground(['sgd'])", "Playground(['adam'])")]
    converter = pair.Converter(pair.Book(BibliographyData()), "a")
    paired = pair.pair(nbformat.v4.new_notebook(cells=cells), converter, picture=b"a picture")
    _first, *outputs = [cell.outputs for cell in paired.cells]
    assert [len(each) for each in outputs] == [0, 1, 0]
    assert base64.b64decode(outputs[1][0].data["image/png"]) == b"a picture"


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_the_site_folds_is_folded_in_jupyterlab_and_colab(name, pairs):
    """The solutions above all: they stand below their tasks."""
    cells = nbformat.reads(pairs[ROOT / f"{name}.ipynb"], as_version=4).cells
    for cell in cells:
        if cell.cell_type == "code" and pair.FOLDED.keys() & set(cell.metadata.get("tags", [])):
            assert cell.metadata.jupyter.source_hidden
            assert cell.metadata.cellView == "form"
            assert cell.source.startswith("# @title ")
        elif cell.cell_type == "code":
            assert "# Solution" not in cell.source


@pytest.mark.parametrize("name", CHAPTERS)
def test_formulas_of_a_notebook_are_drawn_by_katex(name, pairs):
    """Which Colab and VS Code use; MathJax, in Jupyter and on GitHub, refuses less."""
    katex = MiniRacer()
    katex.eval(Path(sphinxcontrib.katex.__file__).with_name("katex.min.js").read_text(encoding="utf-8"))
    for cell in nbformat.reads(pairs[ROOT / f"{name}.ipynb"], as_version=4).cells:
        prose = re.sub(r"```.*?```|`[^`\n]+`", "", cell.source if cell.cell_type == "markdown" else "", flags=re.DOTALL)
        for block, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+(?:\n[^$\n]+)?)\$", prose, re.DOTALL):
            options = {"throwOnError": True, "strict": "error", "displayMode": bool(block)}
            katex.call("katex.renderToString", block or inline, options)


def test_a_folded_cell_among_the_exercises_is_a_solution():
    sources = ["# A\n\n## Exercises\n\n**1.** Why?", "# Solution\nx = 1", "## Sources", "assert x"]
    made = [nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell]
    cells = [made[n % 2](source, metadata={"tags": ["hide-cell"]} if n % 2 else {}) for n, source in enumerate(sources)]
    paired = pair.pair(nbformat.v4.new_notebook(cells=cells), pair.Converter(pair.Book(BibliographyData()), "a"))
    sources = [cell.source for cell in paired.cells if cell.cell_type == "code"]
    assert sources[1:] == ["# @title Solution\nx = 1", "# @title Check of the text\nassert x"]


def test_cells_keep_their_names_when_others_are_put_before_them():
    cells = [nbformat.v4.new_code_cell(source) for source in ("a", "b", "a")]
    pair.name_by_content(cells)
    names = [cell.id for cell in cells]
    assert len(set(names)) == 3
    pair.name_by_content([nbformat.v4.new_code_cell("new"), *cells])
    assert [cell.id for cell in cells] == names


@pytest.fixture
def first_cell(monkeypatch, tmp_path, capsys):
    """Runs a notebook's first code cell where the package is missing; what it prints, and what it asks pip for."""

    def run(requirement: str, *modules: str) -> tuple[str, list[str]]:
        asked: list[str] = []
        source = re.sub(r'%pip install --quiet "\{(\w+)\}"', r"pip(\1)", pair.INSTALL.format(requirement=requirement))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        for module in modules:
            monkeypatch.setitem(sys.modules, module, object())
        exec(source, {"pip": asked.append})
        return capsys.readouterr().out, asked

    return run


def test_first_cell_installs_on_colab_what_was_published(first_cell):
    package = "firstorder[book,fast] @ git+https://github.com/ada/book@v1"
    assert first_cell(package, "google.colab") == ("", [package])


def test_first_cell_installs_on_colab_from_the_copy_it_lies_in(first_cell, tmp_path):
    (tmp_path / "src" / "firstorder").mkdir(parents=True)
    assert first_cell("", "google.colab") == ("", [f"firstorder[book,fast] @ {tmp_path.as_uri()}"])


def test_first_cell_says_in_one_sentence_what_to_do_where_nothing_is_known(first_cell):
    said, asked = first_cell("", "google.colab")
    assert not asked
    assert said.count("\n") == 1
    assert "git+https://github.com/WHO/BOOK" in said


def test_first_cell_installs_nothing_by_itself_elsewhere(first_cell):
    said, asked = first_cell("firstorder @ git+https://example.org")
    assert not asked
    assert said.count("\n") == 1
    assert '%pip install "firstorder @ git+https://example.org"' in said


def test_published_notebooks_install_what_was_built(tmp_path, monkeypatch):
    workflow = {"REPOSITORY": "ada/book", "REF_NAME": "main", "REF_TYPE": "branch", "SHA": "0123abc", "BASE_REF": ""}
    for name, value in workflow.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.setattr("sys.argv", ["pair", "--publish", str(tmp_path / "notebooks")])
    monkeypatch.setattr(pair, "key_picture", lambda name: None)
    pair.main()
    assert {path.stem for path in (tmp_path / "notebooks").iterdir()} == {Path(name).name for name in CHAPTERS}
    for path in (tmp_path / "notebooks").iterdir():
        cells = nbformat.read(path, as_version=4).cells
        first = next(cell for cell in cells if cell.cell_type == "code")
        assert 'package = "firstorder[book,fast] @ git+https://github.com/ada/book@0123abc"' in first.source


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_workflow_keeps_the_published_notebooks_in_a_branch_of_their_own(tmp_path, monkeypatch):
    """Its very commands, twice, from a shallow clone as the workflow has, of a repository of anybody's."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text(encoding="utf-8"))["jobs"]
    script = next(step["run"] for step in jobs["notebooks"]["steps"] if "run" in step)
    assert "notebooks" in jobs["publish"]["needs"], "no site before what its rockets open"
    monkeypatch.setenv("GITHUB_SHA", "0123abc")

    def git(*arguments: str, where: Path = tmp_path) -> str:
        names = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        return subprocess.run(["git", *names, *arguments], cwd=where, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet", "--initial-branch", "main", "book")
    (tmp_path / "book" / "chapters").mkdir()
    (tmp_path / "book" / "chapters" / "adam.ipynb").write_text("neutral", encoding="utf-8")
    git("add", ".", where=tmp_path / "book")
    git("commit", "--quiet", "--message", "A book", where=tmp_path / "book")
    git("clone", "--quiet", "--bare", "book", "origin.git")
    for text in ("published", "published again"):
        copy = tmp_path / text
        git("clone", "--quiet", "--depth", "1", (tmp_path / "origin.git").as_uri(), str(copy))
        (copy / "chapters" / "adam.ipynb").write_text(text, encoding="utf-8")
        subprocess.run(["bash", "-e", "-c", script], cwd=copy, check=True, capture_output=True)
        assert git("show", "notebooks:chapters/adam.ipynb", where=tmp_path / "origin.git") == text
    assert git("show", "main:chapters/adam.ipynb", where=tmp_path / "origin.git") == "neutral"
    assert git("rev-list", "--count", "main..notebooks", where=tmp_path / "origin.git").strip() == "1"


def test_binder_has_a_python_of_its_own_and_the_package_as_it_is_edited():
    """Binder reads nothing outside `binder/` where there is such a folder, and installs from the repository's root."""
    assert (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8") == "python-3.13\n"
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "-e ."
    pinned = {line.split("==")[0] for line in lines if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["book"], *extras["fast"]]
    assert pinned == {re.split("[>=]", each)[0] for each in asked}, "what notebooks need, and nothing else"
    assert "-r binder/requirements.txt" in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def convert():
    """Converts Markdown of a book of two chapters, `chapters/adam` and `chapters/momentum`."""
    people = [Person("Kingma, Diederik P."), Person("Ba, Jimmy")]
    entry = Entry("article", {"year": "2015", "url": "https://example.org/adam"}, {"author": people})
    book = pair.Book(BibliographyData({"kingma": entry}))
    other = "# Momentum\n\n(window)=\n## The window\n\n$$\nw\n$$ (eq-window)\n"

    def converted(text: str) -> str:
        for name, source in (("chapters/adam", f"# Adam\n\n{text}"), ("chapters/momentum", other)):
            book.read(name, nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source)]))
        return pair.Converter(book, "chapters/adam").text(text)

    return converted


@pytest.mark.parametrize(
    ("myst", "plain"),
    [
        ("$$\nx\n$$ (eq-x)\n\nBy {eq}`eq-x` and [](#eq-x).", "$$\nx\n\\tag{1}\n$$\n\nBy (1) and (1)."),
        ("```{math}\n:label: eq-y\ny\n```", "$$\ny\n\\tag{1}\n$$"),
        ("see {eq}`eq-window`", "see (1) in [Momentum](momentum.ipynb)"),
        # each chapter counts its own equations
        ("$$\nx\n$$ (eq-x)\n\nsee {eq}`eq-window`", "$$\nx\n\\tag{1}\n$$\n\nsee (1) in [Momentum](momentum.ipynb)"),
        ("see {ref}`window`", "see The window in [Momentum](momentum.ipynb)"),
        ("see {doc}`momentum` and [](momentum.md)", "see [Momentum](momentum.ipynb) and [Momentum](momentum.ipynb)"),
        ("{cite:p}`kingma`", "([Kingma and Ba, 2015](https://example.org/adam))"),
        ("{cite:t}`kingma`", "[Kingma and Ba (2015)](https://example.org/adam)"),
        (":::{note}\nA $x$.\n:::", "> **Note**\n>\n> A $x$."),
        (
            "::::{dropdown} Solution\nIt is\n:::{math}\nx\n:::\n::::",
            "<details>\n<summary>Solution</summary>\n\nIt is\n\n$$\nx\n$$\n\n</details>",
        ),
        (
            "```{hints} downhill\n```",
            "".join(f"<details>\n<summary>{title}</summary>\n\n{hint}\n\n" for title, hint in HINTS)
            + "</details>\n\n</details>\n\n</details>\n\n<details>\n<summary>Solution</summary>\n\n"
            f"```python\n{EXERCISES['downhill'].solution}```\n\n</details>",
        ),
        ("{count}`optimizers` of them", f"{len(fo.OPTIMIZERS)} of them"),
        ("```python\n{eq}`left-alone`\n```", "```python\n{eq}`left-alone`\n```"),
        ("```{figure} a.png\n:name: fig-a\n:alt: a line\nA line.\n```\n\n{numref}`fig-a`", 
         "![a line](a.png)\n\n*Fig. 1.* A line.\n\nFig. 1"),
        ("```{rule} sgd\n:label: eq-sgd\n```\n\nBy {eq}`eq-sgd`.",
         f"$$\n{fo.SGD.tex()}\n\\tag{{1}}\n$$\n\n```python\n{fo.SGD.rule.source.strip()}\n```\n\nBy (1)."),
        ("Drag it. {only-site}`*Link* copies [it](momentum.md).` It moves.", "Drag it. It moves."),
        ("One.\n\n:::{only-site}\nTwo, {eq}`nowhere`.\n:::\n\nThree.", "One.\n\nThree."),
        ("a {term}`Hessian`, two {term}`Hessians <Hessian>`", "a Hessian, two Hessians"),
    ],
)  # fmt: skip
def test_myst_becomes_markdown_that_jupyter_shows(myst, plain, convert):
    assert convert(myst) == plain


@pytest.mark.parametrize(
    ("myst", "complaint"),
    [
        ("{eq}`nowhere`", "nothing is labelled 'nowhere'"),
        ("{doc}`nowhere`", "no document 'chapters/nowhere'"),
        ("{abbr}`x`", "role 'abbr'"),
        ("{count}`stars`", "knows no 'stars'"),
        (":::{grid} 2\n:::", "directive 'grid'"),
        (":::{note}\nopen", "never closed"),
    ],
)
def test_what_a_notebook_cannot_show_is_refused_by_name(myst, complaint, convert):
    with pytest.raises(ValueError, match=complaint):
        convert(myst)
