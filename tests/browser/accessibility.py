"""axe-core, asked for what is wrong and for nothing else, on a page without what says the same thing again.

It looks at every element, and most are strokes of formulas and colored words of code: a chapter would take 20 s.
"""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: axe passes over what is folded.
#: Of the words of code one is kept of each color on each background.
REPEATED = """() => {
    document.querySelectorAll("details:not([open]) > :not(summary)").forEach(part => part.remove())
    const look = word => {
        let under = word
        while (under.parentElement && getComputedStyle(under).backgroundColor === "rgba(0, 0, 0, 0)")
            under = under.parentElement
        return getComputedStyle(word).color + getComputedStyle(under).backgroundColor
    }
    const words = [...document.querySelectorAll(".highlight span[class]")]
    const looks = words.map(look)
    words.forEach((word, i) => looks.indexOf(looks[i]) < i && word.replaceWith(...word.childNodes))
    document.body.normalize()
}"""
#: What is far from the window is left out until it comes near, and then reached by keys where it scrolls. And axe
#: compares no colors on a shade.
SHOWN = """() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(`* { content-visibility: visible !important }
        pre, .pst-scrollable-table-container { background-image: none !important }`)
    document.adoptedStyleSheets.push(sheet)
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
}"""
#: Every element of the article that neither has a kept one in it nor is in one.
OTHERS = """within => {
    const kept = [...document.querySelectorAll(within)]
    for (const part of document.querySelectorAll("article *"))
        if (!kept.some(one => one.contains(part) || part.contains(one))) part.remove()
}"""


def complaints(page: Page, within: str | None = None) -> str:
    """What axe-core finds wrong on a page, or in the elements that `within` selects; "" if nothing."""
    if within:
        page.evaluate(OTHERS, within)
    page.evaluate(REPEATED)
    page.evaluate(SHOWN)
    # With `preload` it would fetch style sheets, from wrong addresses.
    found = Axe().run(page, context=within, options={"preload": False, "resultTypes": ["violations"]})
    for node in (node for violation in found.response["violations"] for node in violation["nodes"]):
        node["target"] = [" ".join(part) if isinstance(part, list) else part for part in node["target"]]  # shadow trees
    return found.generate_report() if found.violations_count else ""
