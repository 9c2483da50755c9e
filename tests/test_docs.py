"""The pages of the documentation: their links lead somewhere, their tables agree with the code."""

import re
from pathlib import Path

import pytest

from functions.api.app import create_app
from shared.platforms import registry
from shared.platforms.limits import OUTCOMES, Options
from shared.web.envelope import CODES
from tests.conftest import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def _page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _prose(page: Path) -> str:
    """The page without its code, where brackets are no links."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    return re.sub(r"`[^`\n]*`", "", text)


def _links(page: Path) -> list[tuple[Path, str]]:
    """The relative links of a page: (file, anchor)."""
    links = [link.partition("#") for link in LINK.findall(_prose(page)) if ":" not in link]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in links]


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_of_a_page_resolves(page: Path) -> None:
    for target, anchor in _links(page):
        assert target.exists(), target
        assert not anchor or anchor in _anchors(target), f"{target.name}#{anchor}"


def test_every_page_and_picture_is_linked_from_another_page() -> None:
    linked = {target for page in PAGES for target, _ in _links(page) if target != page}
    files = {path for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert len(files) > 7
    assert files <= linked, files - linked
    assert {ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"} <= linked


def test_the_readme_is_short() -> None:
    assert len(_page("README.md").splitlines()) <= 120


def test_the_table_of_calls_has_every_route_of_the_api_and_no_other() -> None:
    documented = re.findall(r"^\| `([A-Z]+) (/\S*)` \|", _page("docs/api.md"), re.M)
    served = {
        (method, re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in create_app().url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    assert set(documented) == served - {("GET", "/docs/{name}")}  # the files of the page


def test_the_table_of_errors_has_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", _page("docs/api.md"), re.M)
    assert sorted((code, int(status)) for status, code in rows) == sorted(
        (code.value, status) for code, (status, _) in CODES.items()
    )


def test_the_table_of_platforms_has_every_platform_with_its_options() -> None:
    page = _page("docs/platforms.md")
    rows = dict(re.findall(r"^\| ([A-Z]\w*) \|.*\| ([^|]+) \|$", page, re.M))
    assert set(rows) == {registry.about(name).display_name for name in registry.names()}
    for name in registry.names():
        about = registry.about(name)
        # The values of an option are in parentheses.
        named = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", rows[about.display_name]))
        options = registry.limits(name).options.model_fields
        own = [field for option, field in options.items() if option not in Options.model_fields]
        assert set(named) == {field.alias for field in own}, name
        section = page.partition(f"### {about.display_name}\n")[2].partition("\n### ")[0]
        assert f"`{about.client_prefix}_CLIENT_ID`" in section, name


def test_the_table_of_simulated_outcomes_has_every_outcome() -> None:
    section = _page("docs/api.md").partition("## Test keys\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z:<>]+)` \|", section, re.M)
    outcomes = {re.sub(":.*", ":<category>", outcome) for outcome in OUTCOMES}
    assert sorted(rows) == sorted({"simulate", *outcomes})


def test_the_table_of_platforms_says_which_can_delete() -> None:
    rows = dict(re.findall(r"^\| ([A-Z]\w*) \|.*\| (yes|no) \|", _page("docs/platforms.md"), re.M))
    assert rows == {
        registry.about(name).display_name: "yes"
        if registry.limits(name).capabilities.deletes
        else "no"
        for name in registry.names()
    }


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", _page("CHANGELOG.md"), re.M)
    assert f'\nversion = "{released[0]}"\n' in _page("pyproject.toml")
