"""Who may know whom: a room imports only from floors below its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "statuspage"
MODULES = sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "locale/build.py"})  # that one the build runs

# Ground floor first; rooms on one floor do not know each other. docs/architecture.md says what each one is for.
FLOORS: tuple[frozenset[str], ...] = tuple(
    frozenset(floor.split())
    for floor in (
        "__init__",
        "errors intervals redaction regular nonce spoken",
        "model yamlfile lines github_log",
        "causes i18n notices gfm",
        "wire glossary",
        "dial",
        "transport",
        "net",
        "probes",
        "config incidents history ledger uptime",
        "attempts git journeys",
        "rollup corrected shards mutes deliveries rehearsals replicas budget authoring theme declared days",
        "snapshot changes visible",
        "analytics duties foresight",
        "knowledge",
        "automatic news postmortem reliability",
        "continuity",
        "views",
        "outputs stores runner websub",
        "archive explain run_summary",
        "rounds upkeep",
        "public_history",
        "pipeline cache publish scaffold serve importers",
        "notify",
        "check verify beat declare",
        "demo doctor drill",
        "cli",
        "__main__",
    )
)
FLOOR_OF = {room: n for n, floor in enumerate(FLOORS) for room in floor}

# Libraries that one part of the house speaks for.
KEEPERS = {
    "apprise": {"notify"},
    "babel": {"i18n", "views"},
    "dateutil": {"incidents"},
    "dns": {"probes"},
    "h2": {"probes"},
    "websockets": {"probes"},
    "click": {"cli"},
    "feedgen": {"outputs"},
    "httpcore": {"transport"},
    "icalendar": {"outputs"},
    "httpx": {"transport"},
    "jinja2": {"outputs"},
    "markdown": {"incidents"},
    "nh3": {"incidents"},
    "obstore": {"stores"},
    "yaml": {"yamlfile"},
}
# Rooms and modules that import inside functions: a command loads only what it uses.
LATE = {"check", "cli", "incidents/text.py", "net", "pipeline", "stores/opening.py"}
EXTRAS = {
    "trustme",
    "apprise",
    "dns",
    "h2",
    "obstore",
    "websockets",
}  # imported where they are used: they may not be installed


def room(module: Path) -> str:
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(tree: ast.AST) -> Iterator[str]:
    """Full dotted names of what is imported, wherever in the tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(tree: ast.AST) -> Iterator[str]:
    for name in imported(tree):
        first, *rest = name.split(".")
        if first == "statuspage":
            yield rest[0] if _is_room(rest) else "__init__"


def _is_room(rest: list[str]) -> bool:
    return bool(rest) and any((PACKAGE / name).exists() for name in (rest[0], f"{rest[0]}.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_from_floors_below(module: Path) -> None:
    own = room(module)
    assert own in FLOOR_OF, f"{own} is on no floor: give it one here and a line in docs/architecture.md"
    for other in rooms_imported(ast.parse(module.read_text("utf-8"))):
        if other != own:
            assert FLOOR_OF[other] < FLOOR_OF[own], f"{own} imports {other}, which is not below it"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_library_is_imported_by_its_keeper_alone(module: Path) -> None:
    libraries = {name.split(".")[0] for name in imported(ast.parse(module.read_text("utf-8")))}
    strangers = {library for library in libraries & KEEPERS.keys() if room(module) not in KEEPERS[library]}
    assert not strangers


@pytest.mark.parametrize(
    "module",
    [path for path in MODULES if LATE.isdisjoint((room(path), path.relative_to(PACKAGE).as_posix()))],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_imports_stand_at_the_top(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    late = [name for function in functions for name in imported(function)]
    assert [name for name in late if name.split(".")[0] not in EXTRAS] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_an_extra_is_imported_where_it_is_used(module: Path) -> None:
    at_the_top = [node for node in ast.parse(module.read_text("utf-8")).body if not isinstance(node, ast.If)]
    names = [
        name
        for node in at_the_top
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported(node)
    ]
    assert [name for name in names if name.split(".")[0] in EXTRAS] == []


def test_every_room_stands_on_one_floor() -> None:
    assert sum(map(len, FLOORS)) == len(FLOOR_OF)


def test_architecture_md_tells_of_every_room() -> None:
    text = (PACKAGE.parent / "docs/architecture.md").read_text("utf-8")
    rooms = {room(module) for module in MODULES} - {"__init__", "__main__"}
    assert {name for name in rooms if f"`{name}" not in text} == set()
