"""Serves the built site to this machine alone: `python -m book.serve 8000`."""

import contextlib
import functools
import http.server
import sys

from book.identity import ROOT

SITE = ROOT / "_build" / "html"


def serve(port: str) -> str | None:
    """Serve until Ctrl-C; what went wrong, if anything did."""
    if not (port.isdecimal() and 0 < int(port) < 65536):
        return f"PORT={port} is no port: they are 1 to 65535, as in `make serve PORT=8001`"
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=SITE)
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), handler)
    except OSError as error:
        return f"port {port} is not to be had ({error.strerror}): choose another, as in `make serve PORT=8001`"
    with server, contextlib.suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{port} shows the book, until Ctrl-C", flush=True)
        server.serve_forever()
    return None


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1]))
