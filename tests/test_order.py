"""The order of the house: each room may import those below it, and no two files need one another."""

import ast
import graphlib
from pathlib import Path

import firstorder

PACKAGE = Path(firstorder.__file__).parent
BOOK = {"_ext", "book", "tests", "benchmarks"}

#: Upper floors may import lower ones; rooms of one floor each other, as long as no two files go in a circle. The
#: package's own name stands on top: it makes the public face out of all that is below.
FLOORS = [
    {"__init__", "add"},
    {"figures", "claims", "plots"},
    {"lab"},
    {"compare", "catalogue", "diff", "derive", "exercises", "page"},
    {"minimize", "find_lr", "problems"},
    {"resolve", "optimizers", "wrappers"},
    {"optimizer", "schedules", "arena"},
    {"step"},
    {"backends"},
    {"card"},
    {"rules"},
    {"reading"},
]
FLOOR = {room: height for height, rooms in enumerate(reversed(FLOORS)) for room in rooms}


def name_of(path: Path) -> str:
    """`rules.adam` of src/firstorder/rules/adam.py; a package goes by its folder's name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(path: Path) -> set[tuple[str, ...]]:
    """Every module, and every name that may be one, that a file imports: lazily and for types alone as well."""
    return imported(path, path.read_text(encoding="utf-8"))


def imported(path: Path, source: str) -> set[tuple[str, ...]]:
    found = set()
    package = ("firstorder", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            found |= {(*module, alias.name) for alias in node.names}
    return found


def module_of(address: tuple[str, ...]) -> str | None:
    """The file of this package that an import reads, if it is one of this package's."""
    if address[0] != "firstorder":
        return None
    inside = address[1:]
    while inside and ".".join(inside) not in FILES:
        inside = inside[:-1]
    return ".".join(inside) or "__init__"


GRAPH = {name: {module_of(address) for address in imports(path)} - {None, name} for name, path in FILES.items()}


def room(name: str) -> str:
    return name.split(".")[0]


def test_every_room_has_its_floor():
    assert {room(name) for name in FILES} == set(FLOOR)


def test_no_import_goes_up():
    up = [(name, other) for name in FILES for other in GRAPH[name] if FLOOR[room(other)] > FLOOR[room(name)]]
    assert not up, "; ".join(f"{name} imports {other}, which is above it" for name, other in sorted(up))


def test_no_two_files_need_one_another():
    graphlib.TopologicalSorter(GRAPH).prepare()  # CycleError names the circle


def test_imports_inside_functions_and_for_types_count():
    path = PACKAGE / "rules" / "made_up.py"
    source = """
if TYPE_CHECKING:
    from ..optimizer import Optimizer
def late():
    from .. import claims
    import firstorder.lab.runs
"""
    found = {module_of(address) for address in imported(path, source)}
    assert found == {"optimizer", "claims", "lab.runs"}


def test_the_package_does_not_know_the_book():
    known = {(name, address[0]) for name, path in FILES.items() for address in imports(path)}
    assert not {(name, module) for name, module in known if module in BOOK}


#: What declares rules, and what is known of their numbers; the other files of the room are rules.
DECLARING = {"rules", "rules.declare", "rules.hyperparameters"}


def test_rules_import_numpys_names_and_the_decorator():
    rules = {name: path for name, path in FILES.items() if room(name) == "rules" and name not in DECLARING}
    assert len(rules) > 8
    for name, path in rules.items():
        assert GRAPH[name] <= {"rules.declare"}, name
        outside = {address[0] for address in imports(path)} - {"firstorder"}
        assert outside <= {"numpy", "math", "functools"}, name
