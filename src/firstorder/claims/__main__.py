"""Run every claim, chapters side by side on all cores: `python -m firstorder.claims`.

Prints a line for each chapter and the claims that came to another verdict than the stated one; ends with 1 if there are
any. Where `FIRSTORDER_FINDINGS` names a folder, what was found is kept there.
"""

import signal
import sys
from concurrent.futures import ProcessPoolExecutor

from . import CHAPTERS, CLAIMS


def run(chapter: str) -> list[str]:
    """The complaints of a chapter's claims."""
    complaints = []
    for made in CLAIMS.values():
        if made.chapter == chapter:
            try:
                _ = made.finding
            except Exception as error:  # an experiment may break in any way; the others are still run
                complaints.append(f"{made.key}: {type(error).__name__}: {error}")
    return complaints


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it all: a descent that it cut short is no measurement
    failed = False
    with ProcessPoolExecutor() as processes:
        for chapter, complaints in zip(CHAPTERS, processes.map(run, CHAPTERS), strict=True):
            print(f"{chapter}: {'; '.join(complaints) or 'as stated'}", flush=True)
            failed |= bool(complaints)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
