"""Where this book's repository and site are, as far as anything says."""

import os
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


def metadata() -> dict:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def slug(address: str) -> str | None:
    """`owner/name` from any address of a GitHub repository."""
    match = re.search(r"github\.com[/:]([^/\s]+/[^/\s]+?)(?:\.git)?/?$", address)
    return match[1] if match else None


def remote() -> str:
    command = ["git", "-C", str(ROOT), "remote", "get-url", "origin"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def repository() -> str | None:
    """`owner/name`: from the workflow that builds, else from git's remote, else from the citation file."""
    return os.environ.get("GITHUB_REPOSITORY") or slug(remote()) or slug(metadata().get("repository-code", ""))


def site() -> str | None:
    """The address the book is published at, with a trailing slash, when it is known."""
    if url := metadata().get("url"):
        return url.rstrip("/") + "/"
    if name := repository():
        owner, project = name.split("/")
        return f"https://{owner.lower()}.github.io/{project}/"
    return None
