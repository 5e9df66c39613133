"""The book's extensions do what they say, its build is strict, and the code of its README runs."""

import ast
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from small_book import build
from sphinx.errors import ExtensionError

import firstorder as fo
from _ext import rule, sheet
from _ext.replaced import replace
from book.identity import ROOT

# What pages show


def test_rule_shows_the_formula_and_the_source_of_the_package_itself():
    text = rule.markdown(fo.Adam, "eq-adam")
    assert ":label: eq-adam" in text
    assert all(line.rstrip("\\ ") in text for line in fo.Adam.tex().splitlines())
    assert fo.Adam.rule.source.strip() in text
    assert fo.Adam.javascript().strip() in text


def sheet_of(css: str, known: set[str], also: str = "") -> str:
    return sheet.written(sheet.without_unused_variables(sheet.read(css, known), also))


def test_style_sheet_keeps_only_rules_of_what_pages_have():
    css = ".a > .b, .a:is(.c, p) { color: red } .c:not(.a) { color: blue } #d::before, b { color: green }"
    assert sheet_of(css, {"a", "p", "b"}) == ".a > .b,.a:is(.c, p){color:red}\nb{color:green}"


def test_style_sheet_keeps_conditions_and_fonts():
    css = "@media print { .a { top: 0 } .b { top: 1px } } @media screen { .b { top: 0 } } @font-face { src: url(a) }"
    assert sheet_of(css, {"a"}) == "@media print{.a{top:0}}\n@font-face{src: url(a)}"


def test_style_sheet_keeps_only_variables_that_something_reads():
    css = "a { --x: 1px; --y: var(--z); --z: 2px; --w: 0; top: var(--x) }"
    assert sheet_of(css, {"a"}) == "a{--x:1px;top:var(--x)}"
    assert "--y" in sheet_of(css, {"a"}, "getPropertyValue('--y')")


def test_without_scripts_a_page_has_the_theme_of_the_system():
    rules = sheet.read(
        'html[data-theme="dark"] a { top: 0 } html[data-theme=light] a, b { top: 1px }', {"html", "a", "b"}
    )
    assert sheet.written(sheet.unthemed(rules)) == (
        "html:not([data-theme]) a{top:1px}\n"
        "@media screen and (prefers-color-scheme:dark){html:not([data-theme]) a{top:0}}"
    )


def test_addresses_in_a_style_sheet_lead_to_where_they_led(tmp_path):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "type.css").write_text("a{src:url('../fonts/a.woff2')}b{src:url(data:x)}", encoding="utf-8")
    assert sheet.source(tmp_path, "page/type.css", None) == "a{src:url(fonts/a.woff2)}b{src:url(data:x)}"


# What is replaced in other libraries


def test_a_name_that_another_library_has_no_more_is_not_replaced():
    library = SimpleNamespace(old=1)
    replace(library, "old", 2)
    assert library.old == 2
    with pytest.raises(ExtensionError, match="has no 'older' any more"):
        replace(library, "older", 3)


@pytest.mark.parametrize("path", sorted((ROOT / "_ext").glob("*.py")), ids=lambda path: path.stem)
def test_names_of_other_libraries_are_replaced_in_sight(path):
    """Only `replace` sets an attribute of what a module imports: it looks whether the name is there."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    imported = {(name.asname or name.name).split(".")[0] for node in imports for name in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            assert ast.unparse(node).split(".")[0] not in imported, f"line {node.lineno}: {ast.unparse(node)} is set"


# The build is strict


MISTAKES = {
    "$$\n\\nosuchcommand\n$$": "Temml refuses a formula",
    "See {ref}`nowhere`.": "undefined label",
    "```{code-cell}\n1 / 0\n```": "Executing notebook failed: CellExecutionError",
    "```{rule} adamm\n```": "no optimizer is called",
    "```{hints} downhil\n```": "no exercise is called",
    "There are {count}`stars` of them.": "knows no 'stars'",
    "```{api} firstorder\nminimise\n```": "api of firstorder",
}


def test_build_fails_on_every_mistake(tmp_path):
    """Each is a warning or an error, of which one alone fails the build."""
    done = build(tmp_path, *MISTAKES)
    assert done.returncode != 0
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    for complaint in MISTAKES.values():
        assert re.search(rf"\b(WARNING|ERROR): .*{complaint}", said), said
    assert "ZeroDivisionError" in said


def test_the_code_of_the_readme_runs_as_it_stands(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    (script := tmp_path / "readme.py").write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "theta" in done.stdout
