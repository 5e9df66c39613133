"""The built site behind a local server, and a browser that notices what a page must never do."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from built import HTML
from firefox import Firefox
from gate import missing
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
)

from book.pdf import NoBrowser, chromium
from book.serve import served


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built book, without a trailing slash."""
    if not (HTML / "index.html").exists():
        missing("the book is not built: run `make book`")
    with served(HTML) as address:
        yield address


@pytest.fixture(params=["served", "folder"])
def base(request: pytest.FixtureRequest, site: str) -> str:
    """Where the book's pages are: on the server, and as files, with neither a slash at the end."""
    return site if request.param == "served" else HTML.as_uri()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as browser:
            yield browser
    except NoBrowser as error:
        missing(str(error))


@pytest.fixture(scope="session")
def firefox() -> Iterator[Firefox]:
    """A window of Firefox, the same for all tests of a process."""
    try:
        window = Firefox()
    except FileNotFoundError as error:
        missing(f"no second browser, install it (`apt install firefox-esr`): {error}")
    yield window
    window.close()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A fresh profile whose pages, at the end, must have asked nobody else and complained of nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    strangers: list[str] = []
    complaints: list[str] = []

    def local_only(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme.startswith("http") and f"{address.scheme}://{address.netloc}" != site:
            strangers.append(request.url)

    context.on("request", local_only)

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{message.text} ({message.location['url']})")

    context.on("console", note)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert not strangers, f"requests left this machine: {strangers}"
    assert not complaints, f"the console complains: {complaints}"


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
