"""Serves the built site to this machine alone, compressed as a public host does: `python -m book.serve 8000`."""

import contextlib
import functools
import gzip
import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from book.identity import ROOT

SITE = ROOT / "_build" / "html"
#: What is no page of the book: parts of pages, figures alone, slides and papers, the page of lost ways.
OTHERS = {"_static", "figures", "slides", "handouts", "sheets", "404.html"}
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".txt"}


def pages(site: Path) -> list[str]:
    """Paths of the book's pages: `index.html`, `chapters/adam.html`, ..."""
    found = [path.relative_to(site) for path in site.rglob("*.html")]
    return sorted(map(str, (path for path in found if path.parts[0] not in OTHERS)))


@functools.lru_cache(maxsize=512)
def compressed(path: Path, _written: int) -> bytes:
    return gzip.compress(path.read_bytes())


def weight(path: Path) -> int:
    """What a file weighs on its way to a reader, bytes."""
    return len(compressed(path, path.stat().st_mtime_ns)) if path.suffix in COMPRESSED else path.stat().st_size


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the browser has left the page
            super().handle()

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if path.suffix not in COMPRESSED or not path.is_file():
            super().do_GET()
            return
        body = compressed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path, port: int = 0) -> Iterator[str]:
    """The address of `folder` while it is served, without a trailing slash."""
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def serve(port: str) -> str | None:
    """Serve until Ctrl-C; what went wrong, if anything did."""
    if not (port.isdecimal() and 0 < int(port) < 65536):
        return f"PORT={port} is no port: they are 1 to 65535, as in `make serve PORT=8001`"
    try:
        with served(SITE, int(port)) as address, contextlib.suppress(KeyboardInterrupt):
            print(f"{address} shows the book, until Ctrl-C", flush=True)
            threading.Event().wait()
    except OSError as error:
        return f"port {port} is not to be had ({error.strerror}): choose another, as in `make serve PORT=8001`"
    return None


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1]))
