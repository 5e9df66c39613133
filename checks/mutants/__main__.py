"""Make one mistake after another in a copy of the repository, and see which the tests notice: `make mutants`.

The mistakes stand in the .toml files beside this one, a file a room: what text of which file becomes what, and the
tests that should notice. A text stands in just one place of the files it names, wherever a refactoring moves it
among them; one that is gone is an error, and the ordinary tests say so. Ends with 0 if the share that was noticed is
high enough, and all of them could be made.

Why no tool: mutmut (3.8) leaves decorated functions alone, which every rule and landscape is; cosmic-ray (8.7) makes
54,230 mutants of the package, each of which would meet the same tests; and neither makes a mistake in JavaScript, in
the text of a kernel or in a data file.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parents[2]
WANTED = 0.95


@dataclass(frozen=True)
class Mutant:
    """A mistake: in the one file of `where` (a pattern) that has it, `old` becomes `new`; `tests` should notice."""

    room: str
    name: str
    where: str
    old: str
    new: str
    tests: str  # arguments of pytest

    def place(self, root: Path) -> Path:
        """The file that has the text, once; ValueError if it is not in one place."""
        found = [(path, path.read_text(encoding="utf-8").count(self.old)) for path in sorted(root.glob(self.where))]
        places = [path for path, count in found for _ in range(count)]
        if len(places) != 1:
            raise ValueError(f"{self.room}, {self.name}: {self.old!r} is {len(places)} times in {self.where}, not once")
        return places[0]


def table(folder: Path = Path(__file__).parent) -> list[Mutant]:
    """All mistakes; a room's file has, for each of its tables, what tests its mutants meet if they name no others."""
    mutants = []
    for path in sorted(folder.glob("*.toml")):
        for group in tomllib.loads(path.read_text(encoding="utf-8"))["group"]:
            shared = {key: group[key] for key in ("where", "tests") if key in group}
            mutants += [Mutant(path.stem, **shared | mutant) for mutant in group["mutant"]]
    return mutants


def tracked() -> list[str]:
    """The files of the checkout as it is, without what is ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def copy(folder: Path) -> Path:
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


@dataclass(frozen=True)
class Outcome:
    """What became of a mistake.

    fate: "killed", by a test that passes without it; "survived"; or "unclear", if the test that fails does so without
    it too.
    """

    mutant: Mutant
    fate: str
    seconds: float
    by: str


def run(folder: Path, tests: list[str], limit: float) -> list[str]:
    """The tests that fail in this copy; [""] if they end the interpreter, or do not end themselves."""
    # Files of bytecode are told apart by size and second: a mistake made and mended within one would be run again.
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "FIRSTORDER_FINDINGS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    kept = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "start_new_session": True}
    process = subprocess.Popen(command, cwd=folder, env=environment, **kept)
    try:
        said = process.communicate(timeout=limit)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return [""]
    if process.returncode == 0:
        return []
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+?(?:\[.*?\])?)(?: - .*)?$", said, re.MULTILINE)
    if not failed and process.returncode > 0:
        raise SystemExit(f"pytest could not run {tests}: {said[-1500:]}")
    return failed or [""]


class Workshop:
    """Copies of the repository, in which mistakes are made and mended again."""

    def __init__(self, parent: Path, jobs: int, limit: float):
        self.limit = limit
        self.folders: Queue[Path] = Queue()
        for job in range(jobs):
            self.folders.put(copy(parent / str(job)))

    def outcome(self, mutant: Mutant) -> Outcome:
        """What the tests make of one mistake."""
        folder, began = self.folders.get(), time.monotonic()
        path = mutant.place(folder)
        text = path.read_text(encoding="utf-8")
        try:
            path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
            failed = run(folder, ["-x", *shlex.split(mutant.tests)], self.limit)
        finally:
            path.write_text(text, encoding="utf-8")
            self.folders.put(folder)
        seconds = round(time.monotonic() - began, 1)
        return Outcome(mutant, "killed" if failed else "survived", seconds, failed[0] if failed else "")

    def checked(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Unclear is what a test noticed that fails without the mistake too: they are run once more, all together."""
        folder = self.folders.get()
        by = sorted({outcome.by for outcome in outcomes if outcome.by})
        unsound = set(run(folder, by, self.limit)) if by else set()
        for outcome in outcomes:
            if outcome.fate == "killed" and not outcome.by:
                unsound |= {""} if run(folder, ["-x", *shlex.split(outcome.mutant.tests)], self.limit) else set()
        self.folders.put(folder)
        return [replace(o, fate="unclear") if o.fate == "killed" and o.by in unsound else o for o in outcomes]


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="side by side (%(default)s)")
    parser.add_argument("--limit", type=float, default=600, help="seconds for the tests of one (%(default)s)")
    parser.add_argument("--only", default="", help="a regular expression: rooms and names to take")
    parser.add_argument("--json", type=Path, default=ROOT / "_build" / "mutants.json", help="%(default)s")
    options = parser.parse_args(given)
    mutants = [mutant for mutant in table() if re.search(options.only, f"{mutant.room}: {mutant.name}")]
    for mutant in mutants:
        mutant.place(ROOT)
    began, found = time.monotonic(), []
    with tempfile.TemporaryDirectory() as parent, ThreadPoolExecutor(options.jobs) as pool:
        workshop = Workshop(Path(parent), options.jobs, options.limit)
        for outcome in pool.map(workshop.outcome, mutants):
            found.append(outcome)
            name = f"{outcome.mutant.room}: {outcome.mutant.name}"
            print(f"{outcome.fate:9}{outcome.seconds:6.1f} s  {name}  {outcome.by}", flush=True)
        found = workshop.checked(found)
    survived = [outcome.mutant for outcome in found if outcome.fate != "killed"]
    rate = 1 - len(survived) / max(len(found), 1)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    report = {"mutants": len(found), "survived": len(survived), "rate": round(rate, 4)}
    report["outcomes"] = [asdict(outcome) for outcome in found]
    options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    minutes = (time.monotonic() - began) / 60
    print(f"\n{len(found) - len(survived)} of {len(found)} noticed: {rate:.1%}, in {minutes:.1f} minutes")
    for mutant in survived:
        print(f"not noticed: {mutant.room}: {mutant.name} ({mutant.where}; {mutant.tests})")
    return 0 if found and rate >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
