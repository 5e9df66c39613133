"""What reads the JavaScript of figures and pages: types, lint, format, unit tests, and the bundles.

    python -m checks.javascript            types, lint and format clean; the bundle is that of the sources
    python -m checks.javascript bundle     makes the bundles, after a change of the sources or of tokens.json
    python -m checks.javascript format     formats the sources, and mends what the linter can mend
    python -m checks.javascript test       the unit tests

TypeScript, Biome and esbuild are installed in the versions of package-lock.json, when first asked for.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from .node import NODE, installed

ROOT = Path(__file__).parents[1]
FRONT = ROOT / "src" / "firstorder" / "figures"
PAGE = ROOT / "assets" / "page"
TOOLS = Path(sys.prefix) / "javascript"
#: What the editor of rules is made of is installed apart, with what its pages load.
EDITOR, IN_PAGE = ROOT / "book" / "python", Path(sys.prefix) / "in-page"
#: Each bundle, what it is made of, and where it lies.
BUNDLES = {
    "figures.js": (FRONT / "js" / "index.js", FRONT / "built"),
    **{f"kinds/{path.name}": (path, FRONT / "built") for path in sorted((FRONT / "js" / "figures").glob("*.js"))},
    **{f"workers/{path.name}": (path, FRONT / "built") for path in sorted((FRONT / "js" / "workers").glob("*.js"))},
    "edit.js": (FRONT / "js" / "editing" / "index.js", FRONT / "built"),
    "figures.css": (FRONT / "css" / "index.css", FRONT / "built"),
    "page.js": (PAGE / "index.js", PAGE.parent),
}
#: What the figures' files share, and do not carry.
SHARED = FRONT / "js" / "shared.js"
BANNER = "/* Made by `python -m checks.javascript bundle`. */"
#: Where the browsers of the last few years are: what esbuild may not use without asking.
TARGET = "es2022"


def tool(path: str, *arguments: str, folder: Path = FRONT) -> int:
    return subprocess.run([str(NODE), str(installed(FRONT, TOOLS) / path), *arguments], cwd=folder).returncode


def bundle(folder: Path | None = None) -> int:
    """Each bundle, as small as may be, where it lies or in `folder`."""
    made = {name: (folder or place) / name for name, (_, place) in BUNDLES.items()}
    esbuild = installed(FRONT, TOOLS) / "esbuild"
    files = [f"{source}={made[name]}" for name, (source, _) in BUNDLES.items()]
    script = Path(__file__).with_name("bundle.mjs")
    tools = [esbuild, SHARED, TARGET, installed(EDITOR, IN_PAGE)]
    if status := subprocess.run([str(NODE), str(script), *map(str, tools), *files]).returncode:
        return status
    for path in made.values():
        path.write_text(f"{BANNER}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    if folder is None:
        for path in [*(FRONT / "built" / "kinds").iterdir(), *(FRONT / "built" / "workers").iterdir()]:
            if f"{path.parent.name}/{path.name}" not in BUNDLES:
                path.unlink()  # of a figure that is no more
    return 0


def stale() -> list[str]:
    """The bundles that are not what the sources make."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        if bundle(made):
            return list(BUNDLES)
        kept = {name: place / name for name, (_, place) in BUNDLES.items()}
        return [n for n, path in kept.items() if not path.exists() or path.read_bytes() != (made / n).read_bytes()]


def check() -> int:
    types = str(TOOLS / "node_modules" / "@types")
    status = 0
    for folder in (FRONT, PAGE):
        options = ["--project", ".", "--typeRoots", types, "--types", "node"]
        status |= tool("typescript/bin/tsc", *options, folder=folder)
        options = ["--error-on-warnings", "--log-level=warn", "."]
        status |= tool("@biomejs/biome/bin/biome", "check", *options, folder=folder)
    old = stale()
    if old:
        print(f"not what the sources make: {', '.join(old)}; run `python -m checks.javascript bundle`")
    return status or bool(old)


def test() -> int:
    return subprocess.run([str(NODE), "--test", "js/tests/*.test.js"], cwd=FRONT).returncode


def main(asked: str = "check") -> int:
    commands = {
        "check": check,
        "bundle": bundle,
        "format": lambda: max(
            tool("@biomejs/biome/bin/biome", "check", "--write", ".", folder=folder) for folder in (FRONT, PAGE)
        ),
        "test": test,
    }
    if asked not in commands:
        raise SystemExit(f"asked for {asked!r}; one of {', '.join(commands)}")
    return commands[asked]()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
