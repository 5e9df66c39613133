"""The identity of the book: what every circumstance of building makes of it, and that all that repeat it agree."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import firstorder as fo
from _ext import launch
from book import identity
from book.identity import ROOT

HUB = "https://github.com/ada/book"


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(autouse=True)
def no_workflow(monkeypatch):
    """These tests are run by workflows too."""
    for name in [*os.environ]:
        if name.startswith(("GITHUB_", "GIT_")):
            monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path):
    """A copy of what is read, in a folder with a space and an umlaut, in no repository."""
    (made := tmp_path / "Bücher und mehr").mkdir()
    (made / "CITATION.cff").write_bytes((ROOT / "CITATION.cff").read_bytes())
    return made


@pytest.fixture
def clone(folder):
    """The same as a repository whose one commit its remote has."""
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=First")
    git(folder, "remote", "add", "origin", f"{HUB}.git")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    return folder


# Where it lies


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        (HUB, HUB),
        (f"{HUB}.git", HUB),
        ("git@github.com:ada/book.git", HUB),
        ("github.com:ada/book", HUB),
        ("ssh://git@github.com:22/ada/book.git", HUB),
        ("git://github.com/ada/book", HUB),
        ("https://x:secret@github.com/ada/book/", HUB),
        ("http://www.example.org:8080/ada/book.git", "https://www.example.org:8080/ada/book"),
        ("git@gitlab.com:school/course/book.git", "https://gitlab.com/school/course/book"),
        ("https://codeberg.org/ada/book.git", "https://codeberg.org/ada/book"),
        ("git@ourserver:ada/book.git", None),
        ("http://127.0.0.1:3000/ada/book", None),
        ("http://localhost/ada/book", None),
        ("/srv/git/book", None),
        ("../book", None),
        ("file:///srv/git/book", None),
        (r"C:\Users\ada\book", None),
        ("", None),
    ],
)
def test_a_remote_gives_the_address_that_others_can_open(remote, address):
    assert identity.web_address(remote) == address


def test_without_a_repository_there_is_no_address_and_nothing_raises(folder):
    book = identity.identity(folder)
    assert (book.repository, book.site, book.ref, book.github, book.page("chapters/adam")) == (None,) * 5
    assert book.requirement("book") is None
    assert book.version == fo.__version__


def test_without_git_there_is_no_address(clone, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert identity.identity(clone).repository is None


def test_a_folder_in_somebody_elses_repository_is_not_theirs(clone):
    (inner := clone / "book").mkdir()
    (inner / "CITATION.cff").write_bytes((ROOT / "CITATION.cff").read_bytes())
    assert identity.identity(inner).repository is None
    assert identity.identity(clone).repository == HUB


def test_git_gives_repository_site_commit_and_branch(clone):
    book = identity.identity(clone)
    head = git(clone, "rev-parse", "HEAD")
    assert (book.repository, book.github, book.site) == (HUB, "ada/book", "https://ada.github.io/book/")
    assert (book.ref, book.branch) == (head, "main")
    assert book.requirement("book", "fast") == f"firstorder[book,fast] @ git+{HUB}@{head}"
    assert book.page("chapters/adam") == "https://ada.github.io/book/chapters/adam.html"
    assert book.page("index") == book.site


def test_a_tag_comes_before_a_commit_and_the_tag_of_the_version_before_others(clone):
    git(clone, "tag", "zz-course")
    assert identity.identity(clone).ref == "zz-course"
    git(clone, "tag", f"v{fo.__version__}")
    assert identity.identity(clone).ref == f"v{fo.__version__}"


def test_a_commit_that_nobody_can_fetch_is_not_named(clone):
    git(clone, "commit", "--quiet", "--allow-empty", "--message=Only here")
    assert identity.identity(clone).ref is None
    git(clone, "config", "branch.main.remote", "origin")
    git(clone, "config", "branch.main.merge", "refs/heads/main")
    git(clone, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    assert identity.identity(clone).ref == "main"
    assert identity.identity(clone).requirement() == f"firstorder[] @ git+{HUB}@main"


def test_a_shallow_clone_is_as_good(clone, tmp_path):
    git(tmp_path, "clone", "--quiet", "--depth=1", clone.as_uri(), "shallow")
    git(tmp_path / "shallow", "remote", "set-url", "origin", "git@github.com:ada/fork.git")
    book = identity.identity(tmp_path / "shallow")
    assert book.repository == "https://github.com/ada/fork"
    assert book.ref == git(clone, "rev-parse", "HEAD")


def test_a_remote_of_another_name_will_do(clone):
    git(clone, "remote", "rename", "origin", "elsewhere")
    assert identity.identity(clone).repository == HUB


def test_the_workflow_comes_before_git(clone, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "Bo/Fork")
    monkeypatch.setenv("GITHUB_SHA", "5" * 40)
    monkeypatch.setenv("GITHUB_REF_NAME", "next")
    monkeypatch.setenv("GITHUB_REF_TYPE", "branch")
    book = identity.identity(clone)
    assert (book.repository, book.site) == ("https://github.com/Bo/Fork", "https://bo.github.io/Fork/")
    assert (book.ref, book.branch) == ("5" * 40, "next")
    monkeypatch.delenv("GITHUB_SHA")
    assert identity.identity(clone).ref == "next"
    monkeypatch.setenv("GITHUB_REF_NAME", "v9")
    monkeypatch.setenv("GITHUB_REF_TYPE", "tag")
    assert (identity.identity(clone).ref, identity.identity(clone).branch) == ("v9", "main")


def test_a_pull_request_sends_readers_to_the_branch_it_is_for(folder, monkeypatch):
    for name, value in {"REPOSITORY": "ada/book", "REF_NAME": "7/merge", "BASE_REF": "main", "SHA": "a1"}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    assert (identity.identity(folder).ref, identity.identity(folder).branch) == ("a1", "main")


def test_what_is_no_repository_in_the_environment_is_passed_over(folder, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", 'x"onload="/y')
    assert identity.identity(folder).repository is None


def test_a_workflows_server_may_end_with_a_slash(folder, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "ada/book")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example.org/")
    assert identity.identity(folder).repository == "https://git.example.org/ada/book"


def test_a_repository_named_like_its_host_is_published_at_the_top(folder, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "Ada/ada.github.io")
    assert identity.identity(folder).site == "https://ada.github.io/"


def test_a_fork_does_not_call_itself_by_the_addresses_of_its_origin(folder, monkeypatch):
    said = f"repository-code: {HUB}\nurl: https://firstorder.example\ndoi: 10.5281/zenodo.1\n"
    with (folder / "CITATION.cff").open("a") as file:
        file.write(said)
    book = identity.identity(folder)  # no git here: the file says it
    assert (book.repository, book.site, book.doi) == (HUB, "https://firstorder.example/", "10.5281/zenodo.1")
    monkeypatch.setenv("GITHUB_REPOSITORY", "bo/fork")
    fork = identity.identity(folder)
    assert (fork.site, fork.doi) == ("https://bo.github.io/fork/", None)
    written = yaml.safe_load(identity.citation_file(fork, folder))
    assert (written["repository-code"], written["url"]) == (fork.repository, fork.site)
    assert "doi" not in written


# What repeats it


def test_what_repeats_the_citation_file_agrees_with_it():
    for path, text in identity.repeated().items():
        assert path.read_text(encoding="utf-8") == text, f"run `python -m book.identity`: {path} is old"


def test_package_project_and_zenodo_say_the_same():
    book = identity.identity()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"] == {"path": "src/firstorder/__init__.py"}
    assert fo.__version__ == book.version
    assert [author["name"] for author in project["project"]["authors"]] == [author.name for author in book.authors]
    deposit = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert (deposit["version"], deposit["title"]) == (book.version, book.title)
    assert deposit["publication_date"] == str(book.date)


def test_a_change_of_the_citation_file_changes_all_that_repeat_it(folder):
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8").replace(fo.__version__, "7.8.9")
    text = text.replace("- name: The First Order authors", "- {family-names: Lovelace, given-names: Ada}")
    (folder / "CITATION.cff").write_text(text, encoding="utf-8")
    for name in ("pyproject.toml", "src/firstorder/__init__.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    deposit, package, project = identity.repeated(folder).values()
    assert json.loads(deposit)["version"] == "7.8.9"
    assert json.loads(deposit)["creators"] == [{"name": "Lovelace, Ada"}]
    assert '\n__version__ = "7.8.9"\n' in package
    assert tomllib.loads(project)["project"]["authors"] == [{"name": "Ada Lovelace"}]


# What readers elsewhere see of the repository


def metadata(folder: Path) -> str:
    """Of the wheel of a copy of the repository."""
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "src/firstorder/__init__.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "book").mkdir()
    (folder / "book" / "identity.py").write_bytes((ROOT / "book" / "identity.py").read_bytes())
    program = (
        "import sys; from hatchling.build import prepare_metadata_for_build_wheel as make; print(make(sys.argv[1]))"
    )
    out = folder.parent / "metadata"
    out.mkdir()
    subprocess.run([sys.executable, "-c", program, out], cwd=folder, check=True, capture_output=True, text=True)
    (found,) = out.rglob("METADATA")
    return found.read_text(encoding="utf-8")


def test_the_package_says_where_the_book_is_and_its_readme_leads_there(clone):
    git(clone, "tag", "v0")
    text = metadata(clone)
    assert f"Version: {fo.__version__}\n" in text
    assert "Project-URL: Documentation, https://ada.github.io/book/\n" in text
    assert f"Project-URL: Repository, {HUB}\n" in text
    assert f"]({HUB}/blob/v0/CITATION.cff)" in text
    assert f"({HUB}/raw/v0/assets/playground.png)]({HUB}/blob/v0/chapters/adam.md)" in text
    assert "[where it is published](https://ada.github.io/book/)" in text
    assert not re.search(r"\]\((?!https://)", text)


def test_a_package_of_a_book_without_a_repository_has_no_dead_links(folder):
    text = metadata(folder)
    assert "Project-URL" not in text
    assert not re.search(r"\]\((?!https://)|None", text)
    assert "CITATION.cff` is for the whole" in text


def test_links_of_the_readme_lead_to_files_of_the_repository():
    for path in re.findall(r"\]\((?!https?:)([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path


# Buttons


def configured(monkeypatch, name: str) -> SimpleNamespace:
    monkeypatch.setenv("GITHUB_REPOSITORY", name)
    options = {"repository_url": "https://github.com/somebody/else"}
    config = SimpleNamespace(html_theme_options=options, html_baseurl="", book_identity=identity.identity())
    launch.configure(None, config)
    return config


def test_known_repository_gives_launch_buttons(monkeypatch):
    config = configured(monkeypatch, "Ada/book")
    assert config.html_theme_options["repository_url"] == "https://github.com/Ada/book"
    assert config.html_theme_options["launch_buttons"]["colab_url"]
    assert config.html_baseurl == "https://ada.github.io/book/"


def test_unknown_repository_gives_no_dead_buttons(monkeypatch):
    monkeypatch.setattr(identity, "remote_address", lambda root: "")
    config = configured(monkeypatch, "")
    assert config.html_theme_options == {"launch_buttons": {}}
    assert config.html_baseurl == ""


@pytest.mark.parametrize(
    ("remote", "provider"),
    [("git@gitlab.com:ada/book.git", "gitlab"), ("https://git.example.org/ada/book", "gitlab")],
)
def test_a_repository_elsewhere_has_a_button_and_no_colab(remote, provider, monkeypatch):
    monkeypatch.setattr(identity, "remote_address", lambda root: remote)
    options = configured(monkeypatch, "").html_theme_options
    assert options["repository_url"] == identity.web_address(remote)
    assert options["repository_provider"] == provider
    assert options["launch_buttons"] == {}


def test_page_without_a_notebook_has_no_launch_buttons(tmp_path):
    (tmp_path / "with.ipynb").touch()
    app = SimpleNamespace(srcdir=tmp_path)
    for page, labels in (("with", ["launch-buttons", "other"]), ("without", ["other"])):
        context = {"header_buttons": [{"label": "launch-buttons"}, {"label": "other"}]}
        launch.open_notebooks(app, page, "page.html", context, None)
        assert [button["label"] for button in context["header_buttons"]] == labels


@pytest.mark.parametrize(
    ("branches", "workflow", "opened"),
    [("", "", "trunk"), ("origin/notebooks", "", "notebooks"), ("", "a/b", "notebooks")],
)
def test_rocket_opens_the_published_notebooks_where_there_are_any(branches, workflow, opened, tmp_path, monkeypatch):
    (tmp_path / "adam.ipynb").touch()
    monkeypatch.setattr(launch, "git", lambda *arguments: branches)
    monkeypatch.setenv("GITHUB_REPOSITORY", workflow)
    colab, binder = (
        "https://colab/github/a/b/blob/{}/adam.ipynb",
        "https://binder/v2/gh/a/b/{}?urlpath=lab/tree/adam.ipynb",
    )
    buttons = [{"url": address.format("trunk")} for address in (colab, binder)]
    context = {"header_buttons": [{"label": "launch-buttons", "buttons": buttons}]}
    config = SimpleNamespace(book_identity=SimpleNamespace(github="a/b", branch="trunk"))
    launch.published.cache_clear()
    launch.open_notebooks(SimpleNamespace(srcdir=tmp_path, config=config), "adam", "page.html", context, None)
    assert [button["url"] for button in buttons] == [address.format(opened) for address in (colab, binder)]
