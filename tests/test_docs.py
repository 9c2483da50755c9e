"""The pages of the documentation: their links lead somewhere, their tables agree with the code."""

import json
import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from functions.api.app import create_app
from functions.api.openapi.document import document
from functions.api.openapi.webhook_answers import Delivery
from functions.dashboard.routes import ROUTES
from shared.config import RateLimits
from shared.domain.accounts import AccountStatus
from shared.domain.errors import ErrorCategory
from shared.domain.metrics import Metric
from shared.domain.webhooks import EventType
from shared.platforms import registry
from shared.platforms.connecting import Connecting
from shared.platforms.limits import OUTCOMES, Options
from shared.platforms.meta.connecting import MetaFlow
from shared.web.envelope import CODES
from shared.webhooks import sending
from tests.conftest import ROOT

TEMPLATES = ROOT / "shared/web/templates"
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


def _connecting(name: str) -> Connecting:
    """How accounts of a platform are connected, without the settings of a deployment."""
    job: Connecting = import_module(f"shared.platforms.{name}.connecting").Connecting()
    return job


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


WITHOUT_LIST = {
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *("architecture.md", "configuration.md", "dashboard.md", "decisions.md"),
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_list_of_the_sections_at_the_top_is_complete(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    listed = re.findall(r"^- \[(.+?)\]\(#", text.partition("\n## ")[0], re.MULTILINE)
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert listed == ([] if page.name in WITHOUT_LIST else sections)


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


def test_the_table_of_pages_names_pages_that_exist() -> None:
    rows = re.findall(r"^\| (`/.*?) \|", (ROOT / "docs/dashboard.md").read_text("utf-8"), re.M)
    paths = [path for row in rows for path in re.findall("`([^`]+)`", row)]
    known = {
        re.sub("<(post|item)_id>", "{id}", path) for method, path, _ in ROUTES if method == "GET"
    }
    assert len(paths) > 10
    assert set(paths) <= known


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


@pytest.mark.parametrize("name", registry.names())
def test_the_page_of_a_platform_has_its_scopes(name: str) -> None:
    page = _page(f"docs/platforms/{name}.md")
    section = re.split(r"^## (?:Scopes|Permissions)\n", page, flags=re.M)[1].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([^`]+)` \|(.*)$", section, re.M))
    scopes = [scope for login in _connecting(name).logins for scope in login.scopes]
    assert set(rows) == {scope.name for scope in scopes}
    says_what_is_lost = "| without it |" in section
    for scope in scopes:
        is_needed = re.search("nothing (is connected|works)", rows[scope.name]) is not None
        assert is_needed == (scope.required and says_what_is_lost), scope.name


@pytest.mark.parametrize("name", registry.names())
def test_the_page_of_a_platform_has_its_addresses_and_secrets(name: str) -> None:
    page, overview = _page(f"docs/platforms/{name}.md"), _page("docs/platforms.md")
    assert page.startswith(f"# {registry.about(name).display_name}: ")
    addresses = {f"…/connect/callback/{name}"}
    if isinstance(_connecting(name), MetaFlow):
        addresses |= {f"…/connect/meta/{name}/{call}" for call in ("deauthorize", "delete")}
    assert set(re.findall(r"`(…/connect/[^`]+)`", page)) == addresses
    for prefix in registry.about(name).prefixes:
        for variable in (f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET"):
            secret = variable.lower().replace("_", "-")
            assert f"`{variable}`" in page
            assert f"`{secret}`" in page
            assert f"`{secret}`" in overview


def test_the_page_about_integrations_has_every_status_and_failure() -> None:
    page = _page("docs/integrations.md")
    sources = [
        _page(f"shared/accounts/{name}.py") for name in ("authorizing", "connecting", "offers")
    ]
    failures = re.findall(r'(?:Failure\(\s*|return |else )"([a-z_]+)"', "".join(sources))
    assert {"denied", "other_account", "nothing_to_connect"} <= set(failures)
    for name in [*failures, *(status.value for status in AccountStatus)]:
        assert f"| `{name}` |" in page, name


def test_the_page_about_integrations_says_where_an_authorization_ends() -> None:
    page = _page("docs/integrations.md")
    (row,) = re.findall(r"^\| (.*) \| nothing: users remove the app", page, re.M)
    names = [name for name in registry.names() if not _connecting(name).revokes]
    assert row.split(", ") == sorted(map(registry.display_name, names))


def test_the_page_about_errors_has_every_category() -> None:
    section = _page("docs/error-handling.md").partition("## Error categories\n")[2]
    rows = re.findall(r"^\| `(\w+)` \|", section.partition("\n## ")[0], re.M)
    assert sorted(rows) == sorted(category.value for category in ErrorCategory)


def _first_cells(section: str) -> list[str]:
    """The names in the first column of the tables of a section about webhooks."""
    page = _page("docs/webhooks.md").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", page, re.M)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_the_page_about_webhooks_has_every_event() -> None:
    assert _first_cells("Events") == list(EventType)


def test_the_page_about_webhooks_has_every_field_and_status_of_deliveries() -> None:
    fields = [field.alias for field in Delivery.model_fields.values()]
    statuses = get_args(Delivery.model_fields["status"].annotation)
    assert _first_cells("Deliveries") == [*fields, *statuses]


def test_whoever_gets_events_is_called_your_server() -> None:
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    texts += [page.read_text(encoding="utf-8") for page in TEMPLATES.rglob("webhook*.html")]
    texts += [json.dumps(document()), *sending.PROBLEMS.values()]
    assert [found for text in texts for found in re.findall(r"\b[Rr]eceivers?\b.{,40}", text)] == []


def test_the_page_about_rate_limits_has_the_defaults() -> None:
    page, limits = _page("docs/rate-limits.md"), RateLimits()
    rows = dict(re.findall(r"^\| ([^|]+) \| (\d+) \|$", page, re.M))
    named = {re.sub(", for each.*", "", row): int(number) for row, number in rows.items()}
    assert named == {
        "requests per minute, with a subscription": limits.subscribed,
        "requests per minute, without one": limits.unsubscribed,
        "requests per minute, on the plan `staff`": limits.staff,
        "`POST /v1/posts` per minute": limits.posts,
        "`POST /v1/media` per minute": limits.media,
        "`POST /v1/templates` per minute": limits.templates,
        "requests per minute without a valid key": limits.without_key,
    }


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


@pytest.mark.parametrize("name", [name for name in registry.names() if registry.metrics(name)])
def test_the_table_of_numbers_has_what_a_platform_offers(name: str) -> None:
    section = (
        _page("docs/metrics.md").partition("## What platforms offer\n")[2].partition("\n## ")[0]
    )
    (columns,) = re.findall(r"^\| platform \| (impressions .*) \|$", section, re.M)
    (row,) = re.findall(rf"^\| {registry.display_name(name)} \| (.*) \|$", section, re.M)
    cells = dict(zip(columns.split(" | "), row.split(" | "), strict=True))
    assert list(cells) == [metric.value for metric in Metric]
    job = registry.metrics(name)
    assert job is not None
    assert {column for column, cell in cells.items() if cell != "–"} == job.offered_metrics


@pytest.mark.parametrize("name", registry.names())
def test_the_tables_of_the_inbox_have_what_a_platform_offers(name: str) -> None:
    page, title = _page("docs/inbox.md"), registry.about(name).display_name
    offered = page.partition("## What platforms offer\n")[2].partition("\n## ")[0]
    kept = page.partition("## What Soku keeps\n")[2].partition("\n## ")[0]
    (row,) = re.findall(rf"^\| {title} \| (.*) \|$", offered, re.M)
    comments, _, reply, hide, delete, every = row.split(" | ")
    job = registry.comments(name)
    if job is None:
        assert {comments, reply, hide, delete, every} == {"–"}
        return
    assert every == f"{job.every // timedelta(minutes=1)} minutes"
    assert (hide != "–") is job.can_hide
    periods = [_period(job.text_kept_for), _period(job.authors_kept_for)]
    rows = re.findall(rf"^\| {title} \| (.*) \|$", kept, re.M)
    assert rows == ([" | ".join(periods)] if any(periods) else [])


def _period(time: timedelta | None) -> str:
    """A time as the page has it."""
    if time is None:
        return ""
    return (
        f"{time.days} days" if time >= timedelta(days=3) else f"{time // timedelta(hours=1)} hours"
    )


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", _page("CHANGELOG.md"), re.M)
    assert f'\nversion = "{released[0]}"\n' in _page("pyproject.toml")
