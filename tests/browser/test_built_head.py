"""The heads of the built pages, and what lies beside them."""

import re
from urllib.parse import urljoin

import pytest
from accessibility import complaints
from built import HTML, pages, parsed

from book.identity import identity

BOOK = identity()


@pytest.mark.parametrize("path", pages())
def test_head_says_what_the_page_is_and_no_address_that_nobody_knows(path, site):
    soup = parsed(path)
    canonical = [link["href"] for link in soup.select("link[rel=canonical]")]
    addresses = [tag["content"] for tag in soup.select("meta[property='og:url'], meta[property='og:image']")]
    if path == "search.html":
        assert soup.select_one("meta[name=robots]")["content"] == "noindex"
        assert not canonical
        return
    assert len(soup.select("meta[name=description]")) == len(soup.select("meta[property='og:title']")) == 1
    assert bool(soup.select("meta[name^=citation_]")) == (path == "index.html")
    if not BOOK.site:
        assert not canonical + addresses
        return
    assert canonical == [BOOK.page(path.removesuffix(".html"))]
    assert addresses[0] == canonical[0]
    for address in addresses[1:]:
        assert (HTML / address.removeprefix(BOOK.site)).stat().st_size < 100_000


def test_a_lost_reader_finds_back_from_any_depth(site, page):
    """The page of a host that answers every address it does not know."""
    html = (HTML / "404.html").read_text(encoding="utf-8")
    page.route("**/no/such/*", lambda route: route.fulfill(status=200, body=html, content_type="text/html"))
    page.goto(f"{site}/no/such/page.html")
    links = [link.get_attribute("href") for link in page.locator("a").all()]
    assert len(links) > 20
    root = BOOK.site or "/"
    for link in links:
        assert link.startswith(root)
        assert (HTML / link.removeprefix(root)).is_file(), link
    if not BOOK.site:
        assert urljoin(page.url, links[0]) == f"{site}/index.html"
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints(page) == ""


def test_the_site_says_what_may_be_read_and_where_it_all_is(site):
    robots = (HTML / "robots.txt").read_text(encoding="utf-8")
    assert robots.startswith("User-agent: *\nAllow: /\n")
    assert (HTML / "sitemap.xml").exists() == bool(BOOK.site) == ("Sitemap:" in robots)
    if BOOK.site:
        listed = re.findall("<loc>(.*)</loc>", (HTML / "sitemap.xml").read_text(encoding="utf-8"))
        known = {BOOK.page(path.removesuffix(".html")) for path in pages() if path != "search.html"}
        assert set(listed) <= known
        assert len(set(listed)) == len(listed) > 25
