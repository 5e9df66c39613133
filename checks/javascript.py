"""What reads the figures' JavaScript: types, lint, format, unit tests, and the bundle.

    python -m checks.javascript            types, lint and format clean; the bundle is that of the sources
    python -m checks.javascript bundle     makes the bundle, after a change of the sources or of tokens.json
    python -m checks.javascript format     formats the sources, and mends what the linter can mend
    python -m checks.javascript test       the unit tests

TypeScript, Biome and esbuild are installed in the versions of package-lock.json, when first asked for.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .node import NODE, installed

FRONT = Path(__file__).parents[1] / "src" / "firstorder" / "figures"
TOOLS = Path(sys.prefix) / "javascript"
BUNDLES = ("figures.js", "figures.css")
BANNER = "/* Made by `python -m checks.javascript bundle` from js/, css/ and tokens.json. */"
#: Where the browsers of the last few years are: what esbuild may not use without asking.
TARGET = "es2022"


def tool(path: str, *arguments: str, **options: object) -> int:
    command = [str(NODE), str(installed(FRONT, TOOLS) / path), *arguments]
    return subprocess.run(command, cwd=FRONT, **options).returncode  # type: ignore[call-overload]


def bundle(folder: Path) -> int:
    """Everything in two files of `folder`, as small as may be."""
    sources = [str(FRONT / "js" / "index.js"), str(FRONT / "css" / "index.css")]
    # A script and no module, which a page could not load from a folder.
    options = ["--bundle", "--minify", "--format=iife", "--global-name=firstorder", f"--target={TARGET}"]
    options += ["--charset=utf8", "--log-level=warning"]
    status = tool("esbuild/bin/esbuild", *sources, *options, f"--outdir={folder}", "--entry-names=[ext]/figures")
    for name in BUNDLES if not status else ():
        made = folder / Path(name).suffix[1:] / name
        (folder / name).write_text(f"{BANNER}\n{made.read_text(encoding='utf-8')}", encoding="utf-8")
        shutil.rmtree(made.parent)
    return status


def stale() -> list[str]:
    """The bundles that are not what the sources make."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if bundle(folder):
            return list(BUNDLES)
        built = FRONT / "built"
        return [b for b in BUNDLES if not (built / b).exists() or (built / b).read_bytes() != (folder / b).read_bytes()]


def check() -> int:
    types = str(TOOLS / "node_modules" / "@types")
    status = tool("typescript/bin/tsc", "--project", ".", "--typeRoots", types, "--types", "node")
    status |= tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings", "--log-level=warn", ".")
    old = stale()
    if old:
        print(f"not what the sources make: {', '.join(old)}; run `python -m checks.javascript bundle`")
    return status or bool(old)


def test() -> int:
    return subprocess.run([str(NODE), "--test", "js/tests/*.test.js"], cwd=FRONT).returncode


def main(asked: str = "check") -> int:
    commands = {
        "check": check,
        "bundle": lambda: bundle(FRONT / "built"),
        "format": lambda: tool("@biomejs/biome/bin/biome", "check", "--write", "."),
        "test": test,
    }
    if asked not in commands:
        raise SystemExit(f"asked for {asked!r}; one of {', '.join(commands)}")
    return commands[asked]()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
