"""What stands in the place of a figure: where there are no scripts, and until its own have come."""

from playwright.sync_api import Browser, Locator, Route


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
    """Of a figure whose script has not come yet, and of the same one drawn."""
    with browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce") as context:
        page = context.new_page()
        held: list[Route] = []
        page.route("**/figures/figures.js*", lambda route: held.append(route))
        page.goto(address, wait_until="commit")
        page.locator("footer").last.wait_for(state="attached")  # all of the page is there, and its scripts wait
        host = page.locator(selector).first
        page.wait_for_function("() => document.fonts.status === 'loaded'")
        host.scroll_into_view_if_needed()
        reserved = host.bounding_box()["height"]
        assert not host.locator(".fo-figure").count()
        while not held:
            page.wait_for_timeout(20)
        for route in held:
            route.continue_()
        host.locator(".fo-figure").wait_for()
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return [reserved, host.bounding_box()["height"]]
