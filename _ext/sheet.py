"""Makes one style sheet of all, `_static/page.css`, with the rules that some page can use: ten in a row kept it blank.

What is in it: the theme's, the extensions', `html_css_files`, and each sheet in `assets/page/`, in the order of names.
A rule stays if each class, id and element it names stands in a page, or as a word in a script that pages load.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from tinycss2 import ast, parse_blocks_contents, parse_stylesheet, serialize

from _ext.pages import rewrite

SHEETS = Path(__file__).parents[1] / "assets" / "page"
#: Of the theme, which writes them into its own layout.
FIRST = ("basic.css", "styles/pydata-sphinx-theme.css")
#: What the theme and extensions bring to a site and this one does not load.
UNUSED = (
    "page", "styles", "scripts", "locales", "basic.css", "doctools.js", "documentation_options.js", "design-tabs.js",
    "file.png", "minus.png", "plus.png", "sbt-webpack-macros.html", "webpack-macros.html",
)  # fmt: skip
ADDRESS = re.compile(r"""url\(\s*["']?(?!data:|[#/]|https?:)([^"')]+)["']?\s*\)""")
NOTICE = re.compile(r"/\*!.*?\*/", re.DOTALL)
WORD = re.compile(r"[A-Za-z_][\w-]*")
TAG = re.compile(r"<([a-z][\w-]*)")
NAMES = re.compile(r"""\s(?:class|id)=(?:"([^"]*)"|'([^']*)')""")
VARIABLE = re.compile(r"--[\w-]+")
CHOICES = {"is", "where", "has"}
LIGHT, DARK = re.compile(r'\[data-theme="?light"?\]'), re.compile(r'\[data-theme="?dark"?\]')


def words(site: Path) -> set[str]:
    """Every class, id and element of the pages, and every word of the scripts."""
    found: set[str] = set()
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        found.update(TAG.findall(html))
        for names in NAMES.finditer(html):
            found.update((names[1] or names[2] or "").split())
    for folder in ("_static", "figures"):
        for path in (site / folder).rglob("*.js"):
            if not {"scripts", "reveal", "locales", "data"} & set(path.parts):
                found.update(WORD.findall(path.read_text(encoding="utf-8")))
    return found


def possible(selector: list[ast.Node], known: set[str]) -> bool:
    """Whether something of the site may be what the selector says."""
    before = ""
    for token in selector:
        match token.type:
            case "ident" if before != ":" and token.value not in known:
                return False
            case "hash" if token.value not in known:
                return False
            case "function" if token.lower_name in CHOICES:
                if not any(possible(choice, known) for choice in split(token.arguments)):
                    return False
        before = token.value if token.type == "literal" else ""
    return True


def split(tokens: list[ast.Node]) -> Iterator[list[ast.Node]]:
    """A list of selectors, at its commas."""
    part: list[ast.Node] = []
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def short(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


#: A rule as [selectors, [(name, value), ...]]; any other as [head, rules] or [text, None].
Rules = list[list[Any]]


def read(css: str | list[ast.Node], known: set[str]) -> Rules:
    found: Rules = []
    for rule in parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            selectors = [short(serialize(s)) for s in split(rule.prelude) if possible(s, known)]
            if not selectors:
                continue
            body = parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            if all(part.type == "declaration" for part in body):
                declarations = [
                    (part.name, short(serialize(part.value)) + (" !important" if part.important else ""))
                    for part in body
                ]
                found.append([",".join(selectors), declarations])
            else:
                found.append([f"{','.join(selectors)}{{{short(serialize(rule.content))}}}", None])  # nested
        elif rule.type == "at-rule" and rule.lower_at_keyword not in ("charset", "import"):
            head = f"@{rule.at_keyword} {short(serialize(rule.prelude))}".strip()
            if rule.content is None:
                found.append([f"{head};", None])
            elif rule.lower_at_keyword in ("media", "supports", "container", "layer"):
                found.append([head, read(rule.content, known)])
            else:
                found.append([f"{head}{{{short(serialize(rule.content))}}}", None])
        elif rule.type == "error":
            raise ValueError(f"{rule.message} in a style sheet, line {rule.source_line}")
    return found


def declarations(rules: Rules) -> Iterator[tuple[str, str]]:
    for head, body in rules:
        if body is None:
            yield "", head
        elif body and isinstance(body[0], tuple):
            yield from body
        else:
            yield from declarations(body)


def without_unused_variables(rules: Rules, also: str) -> Rules:
    """Without custom properties that nothing reads, until each is read."""

    def cut(rules: Rules) -> Rules:
        kept: Rules = []
        for head, body in rules:
            if body is not None and body and isinstance(body[0], tuple):
                body = [(name, value) for name, value in body if not name.startswith("--") or name in used]
            elif body is not None:
                body = cut(body)
            if body is None or body:
                kept.append([head, body])
        return kept

    used: set[str] = set()
    before = None
    while used != before:
        before = used
        values = " ".join(value for name, value in declarations(rules))
        used = set(VARIABLE.findall(values)) | set(VARIABLE.findall(also))
        rules = cut(rules)
    return rules


def written(rules: Rules) -> str:
    parts = []
    for head, body in rules:
        if body is None:
            parts.append(head)
        elif body and isinstance(body[0], tuple):
            parts.append(f"{head}{{{';'.join(f'{name}:{value}' for name, value in body)}}}")
        else:
            parts.append(f"{head}{{{written(body)}}}")
    return "\n".join(parts)


def unthemed(rules: Rules) -> Rules:
    """The rules of a theme for pages where no script says which: the system's, and on paper the light one."""
    light: Rules = []
    dark: Rules = []
    for head, body in rules:
        if body is None:
            continue
        if body and not isinstance(body[0], tuple):
            if inner := unthemed(body):
                light.append([head, inner])
            continue
        selectors = head.split(",") if "(" not in head else [head]
        for pattern, kept in ((LIGHT, light), (DARK, dark)):
            if found := [pattern.sub(":not([data-theme])", each) for each in selectors if pattern.search(each)]:
                kept.append([",".join(found), body])
    return light + ([["@media screen and (prefers-color-scheme:dark)", dark]] if dark else [])


def source(static: Path, name: str, media: str | None) -> str:
    """A sheet as it stands, with addresses from `_static`."""
    css = (static / name).read_text(encoding="utf-8")
    folder = (static / name).parent
    css = ADDRESS.sub(lambda m: f"url({folder.joinpath(m[1]).resolve().relative_to(static.resolve())})", css)
    return f"@media {media}{{{css}}}" if media and media != "all" else css


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    static = site / "_static"
    sheets = [(name, None) for name in FIRST]
    for sheet in app.builder._css_files:  # type: ignore[attr-defined]
        name = str(sheet.filename).removeprefix("_static/").partition("?")[0]
        if (static / name).exists() and (name, None) not in sheets:
            sheets.append((name, sheet.attributes.get("media")))
    sources = [source(static, name, media) for name, media in sheets]
    notices = dict.fromkeys(re.sub(r"\s+", " ", notice) for css in sources for notice in NOTICE.findall(css))
    rules = read("\n".join(sources), words(site))
    readers = [*site.glob("figures/*.[cj]s*"), *site.glob("figures/kinds/*.js"), static / "page.js"]
    also = "".join(path.read_text(encoding="utf-8") for path in readers)
    rules = without_unused_variables(rules, also)
    css = "\n".join([*notices, written(rules)])
    (static / "page.css").write_text(css, encoding="utf-8")
    with (static / "noscript.css").open("a", encoding="utf-8") as file:
        file.write(written(unthemed(rules)))
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    rewrite(app, exception, lambda html, place: re.sub(r"(_static/page\.css\?v=)\w*", rf"\g<1>{version}", html))


def clear(app: Sphinx, exception: Exception | None) -> None:
    """Takes from the site what none of its pages loads."""
    if exception is None and app.builder.format == "html":
        for name in UNUSED:
            path = Path(app.outdir) / "_static" / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    for path in sorted(SHEETS.glob("*.css")):
        app.add_css_file(f"page/{path.name}", priority=900)
    app.connect("build-finished", finish, priority=860)  # when all pages are there
    app.connect("build-finished", clear, priority=890)
    return {"parallel_read_safe": True}
