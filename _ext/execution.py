"""Makes chapters depend on the package they run: when `src/` changes, each is read and executed again.

And what claims found is kept beside the pages, for that very package, so that a build runs each experiment once.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".js", ".css", ".json", ".npz"})
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def configure(app: Sphinx, config: Config) -> None:
    config.package_digest = digest(Path(app.srcdir) / "src")
    os.environ["FIRSTORDER_FINDINGS"] = str(Path(app.outdir).parent / "findings" / config.package_digest)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("package_digest", "", "env", str)
    app.connect("config-inited", configure)
    return {"parallel_read_safe": True}
