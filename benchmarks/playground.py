"""How long one redraw of the playground takes, and Python in its page, in headless Chromium.

    python -m benchmarks.playground        # prints, and keeps what it found in results/playground.json

A redraw computes the paths and a slice of the sweep over rates, draws map, charts and controls, and waits for the
pixels. Everything is computed afresh, for the start moves each time; only the contours are kept, as they are when a
reader drags. The sweep is 60 rates for each optimizer: while it lasts, a slice of each frame goes into it.

Python is started by *Edit*, from a server on this machine, so that its time is unpacking and starting: once with
nothing kept, and once more in a new page of the same browser. Then a rule is edited: a number in its text changes each
time, a fifth of a second after the last, when that is painted; Python reads all of it anew, and the figure is drawn.
"""

import functools
import http.server
import json
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import ClassVar

import psutil
from playwright.sync_api import BrowserContext, Page

from book.pack import packed
from book.pdf import chromium
from firstorder.figures import Playground
from firstorder.figures.figure import BUNDLE

from .__main__ import RESULTS, machine

RESULT = RESULTS / "playground.json"

FIRST, AGAIN = "from Edit to a path, nothing kept", "from Edit to a path, once more"
READ, DRAWN = "Python reads an edited rule", "its path is drawn"
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


#: Milliseconds from *Edit* to the first rule that Python has read and the figure has drawn.
READY = """async () => {
  const { figure } = document.querySelector(".fo-playground");
  const begin = performance.now();
  const buttons = [...figure.element.querySelectorAll(".fo-tools button")];
  buttons.find(({ textContent }) => textContent === "Edit the rule").click();
  while (!figure.rules.get("edited")) await new Promise((done) => setTimeout(done, 5));
  figure.draw();
  return performance.now() - begin;
}"""
EDIT = """async (repeats) => {
  const { figure } = document.querySelector(".fo-playground");
  const editing = figure.editing;
  const [read, drawn] = [[], []];
  for (let k = 0; k < repeats; k++) {
    const text = editing.editor.text.replace(/0\\.9\\d*/, `0.9${k + 1}`);
    await new Promise((done) => setTimeout(done, 200));
    let begin = performance.now();
    const told = await editing.python.ask({ text, origin: editing.origin });
    read.push(performance.now() - begin);
    begin = performance.now();
    const taken = editing.take(told, text);
    figure.draw();
    figure.map.plot.canvases.at(-1).getContext("2d").getImageData(0, 0, 1, 1);
    drawn.push(performance.now() - begin);
    await taken;
  }
  return [read, drawn].map((times) => {
    times.sort((a, b) => a - b);
    return [times[0], times[repeats >> 1], times[Math.floor(0.95 * repeats)]];
  });
}"""


class Counting(http.server.SimpleHTTPRequestHandler):
    """Counts what goes over the wire, by file."""

    sent: ClassVar[dict[str, int]] = {}

    def send_header(self, keyword: str, value: str) -> None:
        if keyword == "Content-Length":
            self.sent[self.path] = int(value)
        super().send_header(keyword, value)

    def log_message(self, *args: object) -> None:
        pass


def shown(browser: BrowserContext, address: str) -> Page:
    page = browser.new_page()
    page.goto(address)
    page.locator(".fo-playground").wait_for()
    page.wait_for_function("document.querySelector('.fo-playground').figure.runs.length > 0")
    return page


def spent() -> float:
    """Milliseconds of a processor, of the browser with all its processes."""
    used = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return 1e3 * sum(times.user + times.system for times in used)


Measured = tuple[dict[str, list[float]], dict[str, float], dict[str, int]]


def measure(folder: Path, repeats: int = 100, edits: int = 30) -> Measured:
    """Milliseconds: the best, the median and the 95th percentile, or one number; those of a processor, which say more
    where others use it too; and bytes, of what *Edit* loads."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Counting, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/index.html"
    with chromium() as launched:
        browser = launched.new_context(viewport={"width": 1280, "height": 900})
        page = shown(browser, address)
        times = page.evaluate(REDRAW, repeats)
        before, idle = set(Counting.sent), spent()
        times[FIRST] = [page.evaluate(READY)]
        used = {FIRST: spent() - idle}
        wire = {name.partition("?")[0]: size for name, size in Counting.sent.items() if name not in before}
        page.close()
        page = shown(browser, address)
        idle = spent()
        times[AGAIN] = [page.evaluate(READY)]
        used[AGAIN] = spent() - idle
        idle = spent()
        read, drawn = page.evaluate(EDIT, edits)
        used[f"{READ}, and {DRAWN}"] = (spent() - idle) / edits
        times |= {READ: read, DRAWN: drawn}
    server.shutdown()
    return times, used, wire


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(BUNDLE, folder / "figures")
        packed(folder / "python")
        figure = Playground(OPTIMIZERS, steps=500).to_html()
        (folder / "index.html").write_text(PAGE.format(figure=figure), encoding="utf-8")
        times, used, wire = measure(folder)
    print(f"{len(OPTIMIZERS)} optimizers, 500 steps; a frame at 60 Hz is 16.7 ms")
    for what, found in times.items():
        names = ("best", "median", "95th percentile") if len(found) == 3 else ("",)
        print(f"{what:<38}", *(f"{name} {value:6.1f} ms  " for name, value in zip(names, found, strict=True)))
    for what, time in used.items():
        print(f"{what:<70} {time:6.1f} ms of a processor")
    for name, size in wire.items():
        print(f"{name:<38} {size / 1e6:6.2f} MB")
    load = round(os.getloadavg()[0], 1)
    found = {"machine": machine(1), "load": load, "ms": times, "ms of a processor": used, "bytes": wire}
    RESULT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
