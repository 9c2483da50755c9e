"""The rules of the architecture, checked on the source."""

import ast
import re
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import shared.wiring
from functions.api.app import create_app
from shared.platforms import registry
from shared.web import strangers
from tests.conftest import ROOT
from tests.world import World

PRODUCTION = sorted(
    path for folder in ("shared", "functions") for path in (ROOT / folder).rglob("*.py")
)
LONGEST_FILE = 400
# The files of every platform's folder; further ones are for what is particular to a platform.
CORE_FILES = {
    *("__init__.py", "publishing.py", "connecting.py", "checkpoint.py"),
    *("errors.py", "limits.py", "options.py", "timeline.py"),
}
# Routes that callers can use without a key.
OPEN_ROUTES = {"/", "/healthz", "/openapi.json", "/docs", "/docs/<name>", "/llms.txt"}
# Names that do not tell what a file is for.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def _imports(path: Path) -> list[str]:
    """The full name of every import in a file, at its top or not."""
    names = []
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(path)}: imports are absolute"
            # `from shared import config` imports shared.config.
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@cache
def _attributes(path: Path) -> set[str]:
    """Every attribute that a file uses: `os.environ`, or `.environ` where `os` is no name."""
    return {
        f"{node.value.id if isinstance(node.value, ast.Name) else ''}.{node.attr}"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute)
    }


def _users(*attributes: str) -> list[str]:
    """The files in which something has one of these attributes."""
    return [
        _name(path)
        for path in PRODUCTION
        if {each.rpartition(".")[2] for each in _attributes(path)} & set(attributes)
    ]


def _module(path: Path) -> str:
    """`shared.clock` of shared/clock.py; a package is its `__init__.py`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _import_graph() -> dict[str, set[str]]:
    """Our modules, each with its imports, including those in functions and for type checks."""
    files = [*PRODUCTION, *(ROOT / "local").rglob("*.py"), ROOT / "main.py"]
    modules = {_module(path): path for path in files}
    return {
        name: {
            # The longest name that is a module: the rest is something in it.
            imported if imported in modules else imported.rpartition(".")[0]
            for imported in _imports(path)
        }
        & modules.keys()
        for name, path in modules.items()
    }


def _violations(folder: str, is_allowed) -> list[str]:
    return [
        f"{_name(path)} imports {imported}"
        for path in PRODUCTION
        if _name(path).startswith(folder)
        for imported in _imports(path)
        if not is_allowed(path, imported)
    ]


def _is_below(imported: str, *packages: str) -> bool:
    return any(imported == p or imported.startswith(f"{p}.") for p in packages)


def test_there_is_something_to_check() -> None:
    assert len(PRODUCTION) > 50
    assert "shared.config" in set(_imports(ROOT / "shared/clock.py"))


def test_there_is_no_import_cycle() -> None:
    graph = _import_graph()
    assert "shared.config" in graph["shared.clock"]
    assert "local.platforms" in graph["local.stack"]
    cycles = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
            break
        except CycleError as error:
            # Each module of the cycle is imported by the next one.
            cycle = error.args[1]
            cycles.append(" <- ".join(cycle))
            graph[cycle[1]].discard(cycle[0])
    assert cycles == []


def test_shared_code_knows_no_function() -> None:
    assert _violations("shared", lambda _, name: not _is_below(name, "functions")) == []


def test_no_function_knows_another() -> None:
    def is_allowed(path: Path, imported: str) -> bool:
        own = f"functions.{path.relative_to(ROOT / 'functions').parts[0]}"
        return not _is_below(imported, "functions") or _is_below(imported, own)

    assert _violations("functions", is_allowed) == []


def test_production_code_knows_neither_tests_nor_the_local_stack() -> None:
    def is_allowed(path: Path, imported: str) -> bool:
        return not _is_below(imported, "tests", "local", "bench")

    assert _violations("", is_allowed) == []


def test_the_configuration_knows_no_platform() -> None:
    for name in ("shared/config.py", "shared/environment.py"):
        assert _violations(name, lambda _, name: not _is_below(name, "shared.platforms")) == []


def test_no_test_module_imports_another() -> None:
    importers = [
        f"{_name(path)} imports {imported}"
        for path in (ROOT / "tests").rglob("*.py")
        for imported in _imports(path)
        if imported.startswith("tests.") and ".test_" in imported
    ]
    assert importers == []


@pytest.mark.parametrize("platform", registry.names())
def test_every_platform_has_the_core_files(platform: str) -> None:
    files = {path.name for path in (ROOT / "shared/platforms" / platform).glob("*.py")}
    assert CORE_FILES - files == set()


def test_twins_and_tests_mirror_the_platforms() -> None:
    def folders(place: str, file: str) -> set[str]:
        return {path.parent.name for path in (ROOT / place).glob(f"*/{file}")}

    platforms = set(registry.names())
    assert folders("local/platforms", "twin.py") == platforms
    assert folders("tests/platforms", "contract.py") == platforms
    assert folders("tests/local/platforms", "__init__.py") <= platforms


def test_the_domain_is_pure() -> None:
    def is_allowed(path: Path, imported: str) -> bool:
        is_standard = imported.partition(".")[0] in sys.stdlib_module_names
        return is_standard or _is_below(imported, "shared.domain")

    assert _violations("shared/domain", is_allowed) == []


def test_only_the_adapters_and_the_wiring_know_googles_libraries() -> None:
    def is_allowed(path: Path, imported: str) -> bool:
        is_adapter = _name(path).startswith("shared/gcp/") or _name(path) == "shared/wiring.py"
        return is_adapter or not _is_below(imported, "google", "grpc", "tink", "proto")

    assert _violations("", is_allowed) == []


def test_only_the_payments_know_the_library_of_stripe() -> None:
    def is_allowed(path: Path, imported: str) -> bool:
        return _name(path) == "shared/billing/stripe_api.py" or not _is_below(imported, "stripe")

    assert _violations("", is_allowed) == []


def test_only_main_knows_functions_framework() -> None:
    assert _violations("", lambda _, name: not _is_below(name, "functions_framework")) == []
    assert "functions_framework" in set(_imports(ROOT / "main.py"))


def test_only_the_configuration_reads_the_environment() -> None:
    names = {f"os.{name}" for name in ("environ", "environb", "getenv", "putenv")}
    readers = {
        _name(path)
        for path in [*PRODUCTION, ROOT / "main.py"]
        if names & {*_attributes(path), *_imports(path)}
    }
    assert readers == {"shared/config.py"}


def test_only_the_clock_reads_the_time() -> None:
    names = {"time.time", "datetime.now", "datetime.utcnow", "date.today"}
    readers = {_name(path) for path in PRODUCTION if names & _attributes(path)}
    assert readers == {"shared/clock.py"}


def test_nothing_sleeps_but_the_answer_that_must_not_tell_by_its_time() -> None:
    assert _users("sleep") == ["functions/dashboard/signing_in/links.py"]


def test_no_transaction_is_used() -> None:
    """Two transactions on one document stall for seconds; batches with preconditions do not."""
    assert _users("transaction", "transactional") == []


@pytest.mark.parametrize("path", [*PRODUCTION, ROOT / "main.py"], ids=_name)
def test_a_file_is_short_and_named_for_what_it_does(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    assert not {part.removesuffix(".py") for part in path.parts} & EMPTY_NAMES


def test_main_has_only_entry_points() -> None:
    tree = _tree(ROOT / "main.py")
    docstring, *statements = tree.body
    assert isinstance(docstring, ast.Expr)
    check = next(s for s in statements if isinstance(s, ast.Expr))
    assert ast.unparse(check) == "shared.start.check_environment()"
    statements.remove(check)
    for statement in statements:
        assert isinstance(statement, ast.Import | ast.FunctionDef), ast.dump(statement)
    entries = {s.name for s in statements if isinstance(s, ast.FunctionDef)}
    packages = {p.parent.name for p in (ROOT / "functions").glob("*/__init__.py")}
    assert entries == packages


def _api_routes() -> list[tuple[str, str]]:
    """Every method and path of the api, as flask writes it."""
    routes = []
    for rule in create_app().url_map.iter_rules():
        if rule.endpoint == "static":
            # Flask's own, for a folder that does not exist.
            continue
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        routes += [(method, rule.rule) for method in sorted(methods)]
    return routes


def _example_of(path: str) -> str:
    # A UUID is valid for every variable but the ids of files.
    path = re.sub("<string[^>]+>", "Rk0vJ3yTQmKxw1c5bZt8Ug", path)
    return re.sub("<[^>]+>", "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11", path)


def test_every_route_of_the_api_requires_a_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More routes than strangers may try in a minute.
    many = strangers.Strangers(1000)
    monkeypatch.setattr(strangers, "strangers", lambda: many)
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    client = create_app().test_client()
    routes = _api_routes()
    assert any(path.startswith("/v1/") for _, path in routes)
    answered = {
        (method, path): client.open(_example_of(path), method=method, json={}).status_code
        for method, path in routes
    }
    unguarded = {path for (_, path), status in answered.items() if status != 401}
    assert unguarded == OPEN_ROUTES
