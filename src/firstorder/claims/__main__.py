"""Run the claims, chapters side by side on all cores: `python -m firstorder.claims [--all] [--store] [NAME ...]`.

NAME is a chapter or a claim, such as momentum or momentum.faster; without any, all chapters are meant. Run are those
whose code is not that of what is stored, those that are quick, and a fixed sample of the others; `--all` runs all.
Prints a line for each chapter and the claims that came to another verdict than the stated one; ends with 1 if there are
any. Where `FIRSTORDER_FINDINGS` names a folder, what was found is kept there. `--store` writes what was measured by
changed code (with `--all`, by any) into measured.json, which chapters and figures show.
"""

import argparse
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from . import CHAPTERS, CLAIMS
from .claim import Claim
from .kept import Stored, code, due, plain, reached, store, write


def kept_by(made: Claim) -> set[str]:
    """The experiments, by name, that a claim asks and that keep what they found, for other claims as well."""
    found = set()
    for name in reached(made.measure):
        module, _, function = name.partition(":")
        keeps = hasattr(getattr(sys.modules.get(module), function, None), "cache_clear") if function else False
        if keeps and module not in ("firstorder.lab.runs", "firstorder.lab.ensemble"):  # data, and single trainings
            found.add(name)
    return found


def measured(made: Claim, before: dict[str, float]) -> Stored:
    """Run a claim, see how long it takes, and judge.

    before: the seconds of claims that were run before it, by the experiments that they share: to these its own are
    added, since by itself it would have to run them.
    """
    begun = time.process_time()
    found = plain(made.measure())
    seconds = time.process_time() - begun
    shared = kept_by(made)
    seconds += max((before.get(name, 0.0) for name in shared), default=0.0)
    before |= {name: max(seconds, before.get(name, 0.0)) for name in shared}
    made.judged(found)
    return Stored(code(made.measure), float(f"{seconds:.1g}"), found)


def run(chapter: str, names: set[str], every: bool, storing: bool) -> tuple[int, list[str], dict[str, Stored]]:
    """How many of a chapter's claims were run, the complaints, and what is to be stored."""
    number, complaints, changed, before = 0, list[str](), dict[str, Stored](), dict[str, float]()
    for made in CLAIMS.values():
        if made.chapter == chapter and (chapter in names or made.key in names):
            try:
                if storing and (every or made.key not in store() or store()[made.key].code != code(made.measure)):
                    changed[made.key] = measured(made, before)
                elif every or due(made.key, made.measure):
                    _ = made.finding
                else:
                    _ = made.stored
                    continue
                number += 1
            except Exception as error:  # an experiment may break in any way; the others are still run
                complaints.append(f"{made.key}: {type(error).__name__}: {error}")
    return number, complaints, changed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m firstorder.claims", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="chapters or claims; without any, all")
    parser.add_argument("--all", action="store_true", help="run all, whether their code has changed or not")
    parser.add_argument("--store", action="store_true", help="write what changed code measured into measured.json")
    given = parser.parse_args(arguments)
    names = set(given.names or CHAPTERS)
    if unknown := names - {*CHAPTERS, *CLAIMS}:
        parser.error(f"no chapter with claims and no claim is called {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it all: a descent that it cut short is no measurement
    chapters = [name for name in CHAPTERS if names & {name, *(key for key in CLAIMS if key.startswith(f"{name}."))}]
    failed = False
    with ProcessPoolExecutor() as processes:
        one = partial(run, names=names, every=given.all, storing=given.store)
        for chapter, (number, complaints, changed) in zip(chapters, processes.map(one, chapters), strict=True):
            total = sum(made.chapter == chapter for made in CLAIMS.values())
            print(f"{chapter}: {'; '.join(complaints) or 'as stated'} ({number} of {total} run)", flush=True)
            failed |= bool(complaints)
            if changed:
                store.cache_clear()  # another run may have written since this one began
                write({key: each for key, each in (store() | changed).items() if key in CLAIMS})
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
