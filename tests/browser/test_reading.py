"""The page as it is read: its policy, served and opened from the folder."""

from collections.abc import Iterator

import pytest
from built import HTML, pages
from playwright.sync_api import Browser, Page

NOTE = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


@pytest.fixture(params=["served", "folder"])
def base(request, site) -> str:
    return site if request.param == "served" else HTML.as_uri()


@pytest.fixture
def noted(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(NOTE)
    yield context.new_page()
    context.close()


def violations(page: Page) -> list[str]:
    return page.evaluate("window.violations")


@pytest.mark.parametrize("path", [*pages(), "search.html?q=adam"])
def test_page_keeps_to_its_policy(path, base, noted):
    noted.goto(f"{base}/{path}")
    assert noted.locator("meta[http-equiv='Content-Security-Policy']").count() == 1
    for widget in noted.locator(".firstorder-widget").all():
        widget.scroll_into_view_if_needed()
    noted.wait_for_load_state("networkidle")
    assert violations(noted) == []


def test_policy_stops_scripts_that_the_page_was_not_built_with(base, noted):
    noted.goto(f"{base}/index.html")
    noted.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.injected = true";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src=nowhere.png onerror='window.injected = true'>");
        setTimeout("window.injected = true");
        fetch("https://example.org").catch(() => {});
    }""")
    noted.wait_for_timeout(200)
    assert noted.evaluate("window.injected") is None
    assert len(violations(noted)) == 4
