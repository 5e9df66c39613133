"""Prints pages of the built site with Chromium, and the whole book as one PDF.

`print_pages` takes any pages (decks, handouts); `print_book` joins the book's pages into one document first, so that
links between chapters stay inside it, and prints that twice: the page numbers of the contents are known after once.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

from lxml import html
from lxml.html import HtmlElement
from pikepdf import Dictionary, Name, ObjectStreamMode, OutlineItem, Pdf
from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright
from playwright.sync_api import Page as Tab

from book.citation import FORMS, Work
from book.identity import Identity
from book.printed import Book, Page

STYLE = Path(__file__).with_name("pdf.css")
MINUTES = 60_000
PAPER = 642  # the width of the text in CSS pixels: A4 less its margins

#: Writes page numbers into the contents.
NUMBER = """numbers => {
    for (const place of document.querySelectorAll("[data-name]")) place.textContent = numbers[place.dataset.name] ?? ""
}"""

#: Formulas and tables that are wider than the page are made as small as it takes; nothing scrolls on paper.
FIT = """() => {
    const wide = ".formula-box, .pst-scrollable-table-container, article section > table"
    for (const box of document.querySelectorAll(wide)) {
        const inner = box.matches("table") ? box : box.firstElementChild
        const room = (box.matches("table") ? box.parentElement : box).clientWidth
        if (inner && inner.scrollWidth > room + 1) inner.style.zoom = room / inner.scrollWidth
    }
}"""
#: Figures are drawn when they are seen, and pictures may be loaded then.
SEEN = """async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
        scrollTo(0, y)
        await new Promise(done => setTimeout(done, 30))
    }
    await document.fonts.ready
    await Promise.all([...document.images].map(image => {
        image.loading = "eager" // one that is hidden would be waited for for ever
        return image.decode().catch(() => {})
    }))
}"""


class NoBrowser(RuntimeError):
    """There is no Chromium to print with."""


def executable() -> str | None:
    """The machine's own Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own, else the one that Playwright has. Raises NoBrowser."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable(), args=arguments)
        except Error as error:
            raise NoBrowser("no Chromium: `apt install chromium` or `playwright install chromium`") from error
        yield browser
        browser.close()


@contextmanager
def press(**options: object) -> Iterator[BrowserContext]:
    """A profile that sees a page as paper does: no motion, light, and its own style sheets only."""
    with chromium() as browser:
        context = browser.new_context(reduced_motion="reduce", color_scheme="light", bypass_csp=True, **options)
        context.set_default_timeout(5 * MINUTES)
        yield context


def print_pages(pages: Mapping[str, Path], wait_for: str | None = None) -> None:
    """Prints each page, given by its address (`file:///.../adam.html?print-pdf`), into the PDF it stands for.

    wait_for: a selector that is there when the page is ready. The paper's size and margins are the page's own
    (`@page`), else A4. Raises NoBrowser.
    """
    with press() as context:
        for address, pdf in pages.items():
            tab = context.new_page()
            tab.goto(address)
            if wait_for:
                tab.wait_for_selector(wait_for, state="attached")
            tab.evaluate(SEEN)
            write(tab, pdf)
            tab.close()


def write(tab: Tab, pdf: Path, tagged: bool = True) -> None:
    pdf.parent.mkdir(parents=True, exist_ok=True)
    tab.pdf(path=pdf, prefer_css_page_size=True, print_background=True, format="A4", tagged=tagged)


def print_book(book: Book, about: Identity, pdf: Path) -> None:
    """The book as one PDF: cover, contents with page numbers, all pages of it, an outline. Raises NoBrowser."""
    with TemporaryDirectory() as name:
        joined, draft = Path(name) / "book.html", Path(name) / "draft.pdf"
        joined.write_text(document(book, about), encoding="utf-8")
        with press(viewport={"width": PAPER, "height": 900}, java_script_enabled=False) as context:
            tab = context.new_page()
            tab.goto(joined.as_uri())
            tab.emulate_media(media="print")
            tab.evaluate(FIT)
            write(tab, draft, tagged=False)
            with Pdf.open(draft) as counted:
                tab.evaluate(NUMBER, {name: page + 1 for name, (page, _) in places(counted).items()})
            write(tab, draft)
        finish(draft, pdf, book, about)


def document(book: Book, about: Identity) -> str:
    """All pages as one: names carry their page's key, for many pages have a section "Exercises"."""
    styles, rules, chapters = [], [], []
    for page in book.pages:
        article = book.settle(page, lambda other, fragment: f"#{anchor(other, fragment)}", lambda path: path.as_uri())
        for named in article.iter():
            if name := named.get("id"):
                named.set("id", anchor(page, name))
        spell_formulas(article)
        styles += [path for path in page.styles if path not in styles]
        left, right = string(page.part or about.name), string(page.title)
        rules.append(f"@page {page.key} {{ @top-left {{ content: {left} }} @top-right {{ content: {right} }} }}")
        text = html.tostring(article, encoding="unicode", with_tail=False)
        chapters.append(f'<div class="chapter" id="{page.key}" style="page: {page.key}">{text}</div>')
    # What greets on the site does so here: its first figure.
    greeting = book.pages[0].article.cssselect("img")
    picture = (book.pages[0].path.parent / greeting[0].get("src")).resolve().as_uri() if greeting else None
    links = "\n".join(f'<link rel="stylesheet" href="{path.as_uri()}">' for path in [*styles, STYLE])
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head><meta charset="utf-8"><title>{escape(about.title)}</title>
{links}
<style>{"".join(rules)}</style></head>
<body>{cover(about, picture)}{contents(book)}
<main class="bd-content"><div class="bd-article-container">{"".join(chapters)}</div></main></body></html>"""


def spell_formulas(article: HtmlElement) -> None:
    """A formula gets its TeX as the text that is read aloud: on paper MathML says nothing."""
    for formula in article.cssselect("math"):
        formula.set("role", "img")
        formula.set("aria-label", formula.get("data-tex") or formula.text_content())


def string(text: str) -> str:
    """As a string in a style sheet."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def anchor(page: Page, fragment: str) -> str:
    return f"{page.key}.{fragment}" if fragment else page.key


def cover(about: Identity, picture: str | None) -> str:
    shown = f'<img src="{picture}" alt="">' if picture else ""
    authors = ", ".join(author.name for author in about.authors)
    return f"""<section class="cover"><h1>{escape(about.name)}</h1><p class="subtitle">{escape(about.subtitle)}</p>
{shown}<p class="author">{escape(authors)}</p><p>Version {about.version}, {about.date:%-d %B %Y}</p></section>
<section class="imprint">{imprint(about)}</section>"""


def imprint(about: Identity) -> str:
    """Where the book is to be had, how it is cited, what one may do with it, and what paper lacks."""
    known = {"Site": about.site, "Repository": about.repository, "DOI": about.doi and f"https://doi.org/{about.doi}"}
    lines = [f'<p>{name}: <a href="{address}">{escape(address)}</a></p>' for name, address in known.items() if address]
    return f"""<p>{escape(about.abstract)}</p>{"".join(lines)}
<p>To cite it:</p>{"".join(f"<pre>{escape(form.text(Work(about)))}</pre>" for form in FORMS[:2])}
<p>Text and figures: Creative Commons Attribution 4.0 International. Code: MIT License.</p>
<p>Figures that are live on the site stand here as stills. Code that the site keeps folded is left out: it is in the
notebooks.</p>"""


def contents(book: Book) -> str:
    """Every page and section with a link, and a place for its number, which `print_book` fills in."""
    lines = []
    for part, pages in book.parts():
        lines += [f'<p class="part">{escape(part)}</p>'] if part else []
        for page in pages:
            lines.append(entry(page.key, page.title, "page"))
            lines += [entry(anchor(page, name), title, "section") for name, title in page.sections]
    return f'<nav class="book-contents"><h1>Contents</h1>{"".join(lines)}</nav>'


def entry(name: str, title: str, kind: str) -> str:
    return (
        f'<p class="{kind}"><a href="#{name}"><span>{escape(title)}</span><span class="leader"></span>'
        f'<span class="number" data-name="{name}"></span></a></p>'
    )


def places(pdf: Pdf) -> dict[str, tuple[int, float]]:
    """The page, from 0, and the height on it, of each name that a link leads to."""
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    named = pdf.Root.get("/Dests", {})
    return {unquote(name[1:]): (numbers[place[0].objgen], float(place[3])) for name, place in named.items()}


def finish(draft: Path, pdf: Path, book: Book, about: Identity) -> None:
    """Adds what Chromium cannot know, the outline and whose book it is, and packs it: its tags are most of it."""
    with Pdf.open(draft) as made:
        place = places(made)

        def item(title: str, name: str) -> OutlineItem:
            page, top = place[name]
            return OutlineItem(title, page, "XYZ", left=0, top=top)

        with made.open_outline() as outline:
            outline.root.append(OutlineItem("Contents", 2))  # after the cover and the imprint
            for part, pages in book.parts():
                chapters = outline.root
                if part:
                    outline.root.append(item(part, pages[0].key))
                    chapters = outline.root[-1].children
                for page in pages:
                    chapter = item(page.title, page.key)
                    chapter.children.extend(item(title, anchor(page, name)) for name, title in page.sections)
                    chapters.append(chapter)
        with made.open_metadata() as metadata:
            metadata["dc:title"] = about.title
            metadata["dc:creator"] = [author.name for author in about.authors]
            metadata["dc:description"] = about.abstract
            metadata["dc:language"] = ["en"]
        made.Root.PageMode = Name.UseOutlines
        made.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        pdf.parent.mkdir(parents=True, exist_ok=True)
        made.save(pdf, object_stream_mode=ObjectStreamMode.generate, recompress_flate=True)
