"""Run every claim, chapters side by side on all cores: `python -m firstorder.claims`.

Prints a line for each chapter and the claims that came to another verdict than the stated one; ends with 1 if there are
any. Where `FIRSTORDER_FINDINGS` names a folder, what was found is kept there. `--store` also writes what was measured
into measured.json, which chapters and figures show.
"""

import json
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from . import CHAPTERS, CLAIMS

MEASURED = Path(__file__).parents[1] / "measured.json"


def run(chapter: str) -> tuple[list[str], dict[str, Any]]:
    """The complaints of a chapter's claims, and what each measured."""
    complaints, measured = [], {}
    for made in CLAIMS.values():
        if made.chapter == chapter:
            try:
                measured[made.key] = made.finding.values
            except Exception as error:  # an experiment may break in any way; the others are still run
                complaints.append(f"{made.key}: {type(error).__name__}: {error}")
    return complaints, measured


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it all: a descent that it cut short is no measurement
    failed, measured = False, dict[str, Any]()
    with ProcessPoolExecutor() as processes:
        for chapter, (complaints, found) in zip(CHAPTERS, processes.map(run, CHAPTERS), strict=True):
            print(f"{chapter}: {'; '.join(complaints) or 'as stated'}", flush=True)
            failed |= bool(complaints)
            measured |= found
    if "--store" in sys.argv[1:] and not failed:
        lines = (f"{json.dumps(key)}: {json.dumps(measured[key], ensure_ascii=False)}" for key in sorted(measured))
        MEASURED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
