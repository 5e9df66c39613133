"""A notebook in JupyterLab, opened as Binder opens it: at its address, in the environment of `binder/`."""

import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from environments import ROOT, clean
from playwright.sync_api import Page, expect

from book.pdf import chromium

NAME = "momentum"


@pytest.fixture(scope="module")
def lab(binder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a JupyterLab that shows a copy of the chapters, with `{}` for the file; and what it logs."""
    folder = tmp_path_factory.mktemp("binder")
    shutil.copytree(ROOT / "chapters", folder / "chapters")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    options = ["--no-browser", f"--ServerApp.port={port}", f"--IdentityProvider.token={token}", "--allow-root"]
    log = folder / "log"
    with log.open("w") as out:
        command = [binder / "bin" / "python", "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, cwd=folder, env=clean() | {"HOME": str(folder)}, stdout=out, stderr=out)
        try:
            while "is running at" not in log.read_text():
                assert server.poll() is None, log.read_text()
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/lab/tree/chapters/{{}}.ipynb?token={token}", log
        finally:
            server.terminate()
            server.wait()


@pytest.fixture(scope="module")
def page(lab: tuple[str, Path]) -> Iterator[Page]:
    """JupyterLab at the chapter, with no other tab."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(lab[0].format(NAME))
        expect(page.locator(".jp-MarkdownOutput h1")).to_be_visible(timeout=120_000)
        yield page


def test_it_opens_at_the_chapter(page: Page):
    expect(page.locator(".jp-MarkdownOutput").first).to_contain_text("Momentum remembers where it was going.")


def test_formulas_of_rules_are_drawn_before_a_cell_is_run(page: Page):
    rule = page.locator(".jp-MarkdownOutput", has=page.locator("h2", has_text="The rule"))
    expect(rule.locator("mjx-container[display=true]").first).to_be_attached(timeout=60_000)
    expect(page.locator("mjx-merror")).to_have_count(0)


def test_solutions_and_checks_are_folded(page: Page):
    cells = nbformat.read(ROOT / "chapters" / f"{NAME}.ipynb", as_version=4).cells
    hidden = [cell for cell in cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    expect(page.locator(".jp-CodeCell .jp-InputPlaceholder")).to_have_count(len(hidden), timeout=60_000)
    assert any(cell.source.startswith("# @title Solution") for cell in hidden)
    expect(page.locator(".jp-CodeCell .jp-InputArea-editor:visible", has_text="@title")).to_have_count(0)


def test_figure_is_live_when_its_cell_has_run(page: Page):
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.locator(".jp-CodeCell").first.click()
    for _ in range(2):  # the first cell, and the figure's
        page.keyboard.press("Shift+Enter")
    figure = page.locator(".jp-OutputArea-output .fo-figure").first
    expect(figure).to_be_visible(timeout=60_000)
    expect(figure.locator("canvas, svg").first).to_be_visible()
    assert not errors


def test_another_chapter_opens_in_two_seconds(page: Page):
    """From the press in the list of files until its text is read."""
    page.get_by_role("listitem", name=re.compile(r"^Name: adam\.ipynb")).dblclick()
    began = time.monotonic()
    expect(page.locator(".jp-MarkdownOutput h1").filter(has_text="Adam")).to_be_visible(timeout=60_000)
    took = time.monotonic() - began
    print(f"adam opens in {took:.2f} s")
    assert took < 2


def test_server_logs_no_errors(page: Page, lab: tuple[str, Path]):
    """As jupytext's contents manager did."""
    assert not re.findall(r"^\[E .*", lab[1].read_text(), re.MULTILINE)
