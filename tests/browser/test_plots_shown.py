"""A printed figure on the page that ships: on the colours of the page's theme, whatever the reader's system has."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

PLOT = '.cell_output img[src*="_images/"][src$=".svg"]'


@pytest.mark.parametrize(("theme", "bright"), [("light", True), ("dark", False)])
@pytest.mark.parametrize("system", ["light", "dark"])
def test_plot_has_the_colours_of_the_page(browser: Browser, site: str, theme, bright, system):
    page = browser.new_page(color_scheme=system)
    page.goto(f"{site}/chapters/weight_decay.html")
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    plot = page.locator(PLOT).first
    plot.scroll_into_view_if_needed()
    page.wait_for_function("selector => document.querySelector(selector).complete", arg=PLOT)
    corner = Image.open(io.BytesIO(plot.screenshot())).convert("L").getpixel((3, 3))
    page.close()
    assert (corner > 240) if bright else (corner < 40)


def test_plot_keeps_its_shape_on_a_phone(page: Page, site: str):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/chapters/weight_decay.html")
    plots = page.locator(f"{PLOT}[width]")
    assert plots.count()
    for shown, said in plots.evaluate_all(
        "all => all.map(e => [e.width / e.height, e.getAttribute('width') / e.getAttribute('height')])"
    ):
        assert shown == pytest.approx(said, rel=0.02)
