"""What this book is and where it lies: its title, version, date, authors, repository, site and DOI, known in one place.

What people decide stands in `CITATION.cff`. Where the book lies follows from the workflow that builds it, else from
git's remote, else from that file, else it is unknown: then each is None, and what needs it is left out.
`python -m book.identity` writes what repeats that file: `.zenodo.json`, and the version and authors of the package.
"""

import datetime
import json
import os
import re
import subprocess
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).parents[1]
#: Where the page of a repository has the address that it is cloned from by ssh.
FORGES = {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"}


@dataclass(frozen=True)
class Author:
    """A person, or a group, which has no given name."""

    family: str
    given: str = ""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True)
class Identity:
    """All of it, at one moment. Addresses are whole (`https://...`); `site` ends in a slash, `repository` does not."""

    title: str
    abstract: str
    version: str
    date: datetime.date
    authors: tuple[Author, ...]
    keywords: tuple[str, ...]
    licences: tuple[str, ...]
    repository: str | None
    site: str | None
    doi: str | None
    #: What this was built from, to be installed again: a tag, else a commit that the repository has, else its branch.
    ref: str | None
    #: The branch that readers are sent to.
    branch: str

    @property
    def name(self) -> str:
        """The title without what follows its colon."""
        return self.title.partition(":")[0]

    @property
    def subtitle(self) -> str:
        return self.title.partition(":")[2].strip()

    @property
    def publisher(self) -> str:
        """Who publishes it: the authors themselves."""
        return " and ".join(author.name for author in self.authors)

    @property
    def github(self) -> str | None:
        """`owner/name`, of a repository that is on GitHub: Colab and Pages know no others."""
        parts = urlsplit(self.repository or "")
        return parts.path.strip("/") if parts.hostname == "github.com" else None

    def requirement(self, *extras: str) -> str | None:
        """What pip installs the package from, as it was when this was built; None without a repository."""
        at = f"@{self.ref}" if self.ref else ""
        return f"firstorder[{','.join(extras)}] @ git+{self.repository}{at}" if self.repository else None

    def page(self, docname: str) -> str | None:
        """The lasting address of a page."""
        if self.site is None:
            return None
        return self.site if docname == "index" else f"{self.site}{docname}.html"

    def file(self, path: str, raw: bool = False) -> str | None:
        """Where a file of the repository is shown, as it was when this was built; or only its bytes."""
        if not self.repository:
            return None
        return f"{self.repository}/{'raw' if raw else 'blob'}/{self.ref or self.branch}/{path}"


def git(root: Path, *arguments: str) -> str:
    """What git answers, or nothing: there may be no git, no repository, and no such thing in it."""
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout.strip()
    except (OSError, subprocess.CalledProcessError, UnicodeDecodeError):
        return ""


def web_address(remote: str) -> str | None:
    """The address of a repository's page, from where git fetches it: without a user's name or password."""
    if "://" not in remote:  # as in `git@github.com:ada/book.git`; a folder has no such form
        remote = re.sub(r"^(?:[^@/\s]+@)?([\w.-]+):(?!/)", r"ssh://\1/", remote)
    parts = urlsplit(remote)
    host, path = (parts.hostname or "").lower(), parts.path
    if parts.scheme in ("ssh", "git"):
        known = host in FORGES
    else:
        known = parts.scheme in ("http", "https") and is_public(host)
        host += f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    path = path.strip("/").removesuffix(".git")
    return f"https://{host}/{path}" if known and "/" in path else None


def is_public(host: str) -> bool:
    """Whether others can have the same host by this name."""
    try:
        ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost", ".internal", ".invalid"))
    return False


def repository(root: Path = ROOT, said: dict | None = None) -> str | None:
    name = os.environ.get("GITHUB_REPOSITORY", "")
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")  # Gitea's ends with one
        return f"{server}/{name}"
    return web_address(remote_address(root)) or (said or {}).get("repository-code")


def is_checkout(root: Path) -> bool:
    """Whether `root` is a repository, and not only a folder in somebody else's."""
    top = git(root, "rev-parse", "--show-toplevel")
    return bool(top) and Path(top).resolve() == root.resolve()


def remote_address(root: Path) -> str:
    if not is_checkout(root):
        return ""
    names = git(root, "remote").split()
    name = "origin" if "origin" in names or not names else names[0]
    return git(root, "remote", "get-url", name) if names else ""


def pages(address: str | None) -> str | None:
    """Where GitHub publishes the pages of a repository."""
    parts = urlsplit(address or "")
    if parts.hostname != "github.com":
        return None
    owner, name = parts.path.strip("/").split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def reference(root: Path, version: str) -> tuple[str | None, str]:
    """What this is built from, and the branch that readers are sent to."""
    named = os.environ.get("GITHUB_REF_NAME")
    if os.environ.get("GITHUB_REPOSITORY") and named:
        if os.environ.get("GITHUB_REF_TYPE") == "tag":
            return named, "main"
        branch = os.environ.get("GITHUB_BASE_REF") or named  # a pull request has no branch of its own
        return os.environ.get("GITHUB_SHA") or branch, branch
    if not is_checkout(root):
        return None, "main"
    upstream = git(root, "rev-parse", "--abbrev-ref", "@{upstream}").partition("/")[2]
    default = git(root, "rev-parse", "--abbrev-ref", "origin/HEAD").partition("/")[2]
    branch = upstream or default or "main"
    tags = git(root, "tag", "--points-at", "HEAD").split()
    if tags:
        return (f"v{version}" if f"v{version}" in tags else tags[-1]), branch
    pushed = git(root, "branch", "--remotes", "--contains", "HEAD")  # nobody can fetch a commit that is only here
    return (git(root, "rev-parse", "HEAD") if pushed else upstream or None), branch


def identity(root: Path = ROOT) -> Identity:
    """The identity of the book in `root`, as everything says now."""
    said = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    where = repository(root, said)
    # In a fork, the address and the DOI that the file gives are those of the book it was forked from.
    own = said.get("repository-code", where) == where
    site = said.get("url") if own else None
    ref, branch = reference(root, str(said["version"]))
    licences = said["license"]
    return Identity(
        title=said["title"],
        abstract=" ".join(said["abstract"].split()),
        version=str(said["version"]),
        date=said["date-released"],
        authors=tuple(
            Author(author.get("name") or author["family-names"], author.get("given-names", ""))
            for author in said["authors"]
        ),
        keywords=tuple(said["keywords"]),
        licences=tuple([licences] if isinstance(licences, str) else licences),
        repository=where,
        site=site.rstrip("/") + "/" if site else pages(where),
        doi=said.get("doi") if own else None,
        ref=ref,
        branch=branch,
    )


def citation_file(book: Identity, root: Path = ROOT) -> str:
    """`CITATION.cff` with the addresses that are known only now."""
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    text = re.sub(r"^(repository-code|url|doi):.*\n", "", text, flags=re.MULTILINE)
    known = {"repository-code": book.repository, "url": book.site, "doi": book.doi}
    return text + "".join(f"{key}: {value}\n" for key, value in known.items() if value)


def readme(book: Identity, root: Path = ROOT) -> str:
    """README for readers who are elsewhere: its links whole, or only their words where nobody knows the repository."""

    def whole(match: re.Match[str]) -> str:
        picture, words, path = match.groups()
        address = book.file(path, raw=bool(picture))
        if address is None:
            return "" if picture else words
        return f"{picture}[{words}]({address})"

    text = (root / "README.md").read_text(encoding="utf-8")
    if book.site:
        text = text.replace("wherever it is published", f"[where it is published]({book.site})")
    for link in (
        r"(!)\[([^\]]*)\]\((?!https?:)([^)\s]+)\)",
        r"()(?<!!)\[((?:!\[[^\]]*\]\([^)]*\)|[^\[\]])*)\]\((?!https?:)([^)\s]+)\)",
    ):
        text = re.sub(link, whole, text)
    return text


def zenodo(book: Identity) -> str:
    """`.zenodo.json`, which Zenodo reads when a release is made: addresses it knows by itself."""
    described = {
        "title": book.title,
        "description": book.abstract,
        "upload_type": "software",
        "version": book.version,
        "publication_date": book.date.isoformat(),
        "creators": [
            {"name": f"{author.family}, {author.given}" if author.given else author.family} for author in book.authors
        ],
        "keywords": list(book.keywords),
        "license": book.licences[0],
        "notes": "Code: MIT License. Text and figures: Creative Commons Attribution 4.0 International.",
        "language": "eng",
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def repeated(root: Path = ROOT) -> dict[Path, str]:
    """The files that repeat `CITATION.cff`, since their readers know no other, and what they should hold."""
    book = identity(root)
    package, project = root / "src" / "firstorder" / "__init__.py", root / "pyproject.toml"
    names = ", ".join(f'{{ name = "{author.name}" }}' for author in book.authors)
    version = re.sub(
        r'^__version__ = ".*"$', f'__version__ = "{book.version}"', package.read_text("utf-8"), flags=re.MULTILINE
    )
    authors = re.sub(r"^authors = \[.*\]$", f"authors = [{names}]", project.read_text("utf-8"), flags=re.MULTILINE)
    return {root / ".zenodo.json": zenodo(book), package: version, project: authors}


def main() -> None:
    for path, text in repeated().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
