"""How long one redraw of the playground takes: six optimizers, 500 steps each, in headless Chromium.

    python benchmarks/playground.py

A redraw computes the paths and a slice of the sweep over rates, draws map, charts and controls, and waits for the
pixels. Everything is computed afresh, for the start moves each time; only the contours are kept, as they are when a
reader drags. The sweep is 60 rates for each optimizer: while it lasts, a slice of each frame goes into it.
"""

import functools
import http.server
import shutil
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

from firstorder.figures import Playground
from firstorder.figures.figure import BUNDLE

OPTIMIZERS = ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
PAGE = """<!doctype html><meta charset="utf-8"><title>Playground</title>
<main style="max-width: 740px; margin: auto">{figure}</main><script defer src="figures/figures.js"></script>
<script defer src="figures/kinds/playground.js"></script>"""
REDRAW = """(repeats) => {
  const figure = document.querySelector(".fo-playground").figure;
  const [x, y] = figure.model.get("start");
  const timed = (prepare, work) => {
    const times = Array.from({length: repeats}, (_, k) => {
      prepare(k);
      const begin = performance.now();
      work();
      return performance.now() - begin;
    }).sort((a, b) => a - b);
    return [times[0], times[repeats >> 1], times[Math.floor(0.95 * repeats)]];
  };
  const move = (k) => figure.model.set("start", [x + 1e-3 * k, y]);
  const pixels = (view) => view.plot.canvases.at(-1).getContext("2d").getImageData(0, 0, 1, 1);
  return {
    "redraw while dragging": timed(move, () => { figure.draw(); pixels(figure.map); pixels(figure.loss); }),
    "  of which the paths": timed(move, () => figure.compute()),
    "the whole sweep": timed(move, () => { figure.wantRates(); while (figure.rates.work(figure.mathematics, 1e9)); }),
    "map, when the landscape changes": timed(
      () => { figure.map.contours.shown = ""; }, () => figure.map.draw(figure.theme)),
  };
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def measure(folder: Path, repeats: int = 100) -> dict[str, tuple[float, float, float]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        page.locator(".fo-playground").wait_for()
        page.wait_for_function("document.querySelector('.fo-playground').figure.runs.length > 0")
        times = page.evaluate(REDRAW, repeats)
        browser.close()
    server.shutdown()
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(BUNDLE, folder / "figures")
        figure = Playground(OPTIMIZERS, steps=500).to_html()
        (folder / "index.html").write_text(PAGE.format(figure=figure), encoding="utf-8")
        times = measure(folder)
    print(f"{len(OPTIMIZERS)} optimizers, 500 steps; a frame at 60 Hz is 16.7 ms")
    for what, (best, median, slow) in times.items():
        print(f"{what:<38} best {best:5.1f} ms   median {median:5.1f} ms   95th percentile {slow:5.1f} ms")


if __name__ == "__main__":
    main()
