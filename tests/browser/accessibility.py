"""axe-core, asked for what is wrong and for nothing else, on a page without what says the same thing again.

It looks at every element, and most are strokes of formulas and colored words of code: a chapter would take 20 s.
"""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: Formulas keep their MathML, which is what a screen reader gets; what is drawn has the color of the text around it.
#: What is folded is not looked at, and of the words of each color one is enough.
REPEATED = """() => {
    document.querySelectorAll(".katex-html, details:not([open]) > :not(summary)").forEach(part => part.remove())
    const seen = new Set()
    for (const word of document.querySelectorAll(".highlight span[class]")) {
        if (seen.has(word.className)) word.replaceWith(...word.childNodes)
        seen.add(word.className)
    }
    document.body.normalize()
}"""
#: Every element of the article that neither has a kept one in it nor is in one.
OTHERS = """within => {
    const kept = [...document.querySelectorAll(within)]
    for (const part of document.querySelectorAll("article *"))
        if (!kept.some(one => one.contains(part) || part.contains(one))) part.remove()
}"""


def complaints(page: Page, within: str | None = None, **options: object) -> str:
    """What axe-core finds wrong on a page, or in the elements that `within` selects; "" if nothing."""
    if within:
        page.evaluate(OTHERS, within)
    page.evaluate(REPEATED)
    # With `preload` it would fetch style sheets, from wrong addresses.
    found = Axe().run(page, context=within, options={"preload": False, "resultTypes": ["violations"], **options})
    return found.generate_report() if found.violations_count else ""
