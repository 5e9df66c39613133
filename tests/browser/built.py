"""The built book as tests see it: its folder, its pages, and a server that compresses as a public host does."""

import contextlib
import gzip
import http.server
import os
from pathlib import Path

#: Another copy of the site may be given, such as one unzipped from a release.
HTML = Path(os.environ.get("FIRSTORDER_SITE") or Path(__file__).parents[2] / "_build" / "html")
#: What is no page of the book and has tests of its own: parts, figures alone, slides and papers, the page of lost ways.
OTHERS = {"_static", "figures", "slides", "handouts", "sheets", "404.html"}
#: `make release-test` asks every page what takes a browser a second or more; `make test` asks one page of each kind.
EVERY = bool(os.environ.get("FIRSTORDER_EVERY_PAGE"))
KINDS = {"index", "search", "api", "glossary", "adam", "bias_correction", "which_optimizer", "training", "claims"}
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".txt"}


def pages() -> list[str]:
    """Paths of the built pages, for parametrization: `index.html`, `chapters/adam.html`, ..."""
    found = [path.relative_to(HTML) for path in HTML.rglob("*.html")]
    return sorted(map(str, (path for path in found if path.parts[0] not in OTHERS)))


def some(paths: list[str]) -> list[str]:
    """The pages among `paths` that `make test` asks: with all kinds of figures, formulas, tables and code."""
    return [path for path in paths if EVERY or Path(path).stem in KINDS]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves like a public host does: compressed, by content type."""

    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the browser has left the page
            super().handle()

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        if path.suffix in COMPRESSED:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass
