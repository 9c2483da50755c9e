"""The rules of the architecture, read off the source."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import shared.wiring
from functions.api.app import create_app
from tests.conftest import ROOT
from tests.world import World

PRODUCTION = sorted(
    path for folder in ("shared", "functions") for path in (ROOT / folder).rglob("*.py")
)
LONGEST_FILE = 400
# Routes that answer a caller without a key.
OPEN_ROUTES = {"/healthz", "/openapi.json", "/docs", "/docs/<name>"}
# Names that say nothing about what is inside.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, by its full name."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(path)}: imports are absolute"
            # `from shared import config` imports shared.config.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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


def test_functions_framework_is_known_to_main_alone() -> None:
    assert _violations("", lambda _, name: not _is_below(name, "functions_framework")) == []
    assert "functions_framework" in set(_imports(ROOT / "main.py"))


def _reads_environment(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("environ", "environb", "getenv", "putenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def test_only_the_configuration_reads_the_environment() -> None:
    readers = {
        _name(path)
        for path in [*PRODUCTION, ROOT / "main.py"]
        if any(_reads_environment(node) for node in ast.walk(_tree(path)))
        or {"os.environ", "os.getenv", "os.environb"} & set(_imports(path))
    }
    assert readers == {"shared/config.py"}


def test_only_the_clock_tells_the_time() -> None:
    tellers = set()
    for path in PRODUCTION:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                asked = f"{node.value.id}.{node.attr}"
                if asked in ("time.time", "datetime.now", "datetime.utcnow", "date.today"):
                    tellers.add(_name(path))
    assert tellers == {"shared/clock.py"}


def test_nothing_sleeps() -> None:
    sleepers = [
        _name(path)
        for path in PRODUCTION
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "sleep"
    ]
    assert sleepers == []


def test_no_transaction_is_used() -> None:
    """Two of them on one document stall for seconds; batches with preconditions do not."""
    users = [
        _name(path)
        for path in PRODUCTION
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("transaction", "transactional")
    ]
    assert users == []


@pytest.mark.parametrize("path", [*PRODUCTION, ROOT / "main.py"], ids=_name)
def test_a_file_is_short_and_named_for_what_it_does(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    assert not {part.removesuffix(".py") for part in path.parts} & EMPTY_NAMES


def test_main_holds_entry_points_and_nothing_else() -> None:
    tree = _tree(ROOT / "main.py")
    docstring, *statements = tree.body
    assert isinstance(docstring, ast.Expr)
    check = next(s for s in statements if isinstance(s, ast.Expr))
    assert ast.unparse(check) == "shared.config.settings()"
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
            # Flask's own, for a folder that there is none of.
            continue
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        routes += [(method, rule.rule) for method in sorted(methods)]
    return routes


def _example_of(path: str) -> str:
    # A UUID is a good value for a variable of any kind.
    return re.sub("<[^>]+>", "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11", path)


def test_every_route_of_the_api_asks_for_a_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
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
