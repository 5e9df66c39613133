"""What stands in the place of a figure: where there are no scripts, and until its own have come."""

from playwright.sync_api import Browser, Locator


def says_what_it_needs(fallback: Locator) -> bool:
    """Whether what stands in place of a figure says that it needs JavaScript; Playwright's own words pass over that."""
    return bool(
        fallback.evaluate(
            """node => {
            const words = node.querySelector("noscript")
            return words.getBoundingClientRect().height > 0 && words.textContent.includes("needs JavaScript")
        }"""
        )
    )


def heights(browser: Browser, address: str, selector: str, width: int) -> list[float]:
    """Of a figure whose script never comes, and of the same one drawn."""
    found = []
    for lost in (True, False):
        context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
        page = context.new_page()
        if lost:
            page.route("**/figures/figures.js*", lambda route: route.abort())
        page.goto(address)
        host = page.locator(selector).first
        host.scroll_into_view_if_needed()
        if not lost:
            host.locator(".fo-figure").wait_for()
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found.append(host.bounding_box()["height"])
        context.close()
    return found
