"""The command line of deploy.sh: what it accepts, and how it answers what it does not."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from shared.platforms import registry
from tests import extent
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

_TARGET = ("--project", "p-1", "--region", "us-central1")
_HINT = "For help, run: ./deploy.sh --help"
_TABLE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
_ROWS = re.findall(r"^\| `(\S+)` \| (\S+) \| ([a-z, ]+): (.+) \|$", _TABLE, re.MULTILINE)


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    command = ["./deploy.sh", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def _variables(*options: str) -> dict[str, dict[str, str]]:
    """The variables that a plan sets, by function."""
    done = _run(*_TARGET, "--dry-run", *options)
    assert done.returncode == 0, done.stderr
    found = re.findall(r"functions deploy (\S+) .*--update-env-vars '\^@@\^(.*?)'", done.stdout)
    return {name: dict(each.split("=", 1) for each in values.split("@@")) for name, values in found}


def _expanded(name: str) -> list[str]:
    """The names of a row: <PLATFORM> stands for each platform."""
    return [name.replace("<PLATFORM>", platform.upper()) for platform in registry.names()]


_SETTABLE = sorted(
    {
        each
        for name, default, readers, text in _ROWS
        for each in _expanded(name)
        if readers != "local"
        and default != "required"
        and name not in {"REGION", "MEDIA_BUCKET", "CONNECT_URL", "DASHBOARD_URL", "PUBLIC_URL"}
        and not name.endswith(("_KEYSET", "_KEY", "_CLIENT_ID", "_CLIENT_SECRET"))
        and not name.startswith(("STRIPE_SECRET", "STRIPE_WEBHOOK"))
    }
    | {"IDENTITY_API_KEY"}
)


_PLANS = '{"basic": {"name": "Basic", "limits": {"posts": 7, "postsPerMonth": 9}}}'


def _value(name: str) -> str:
    """A value that the functions accept, if possible with characters that gcloud could split at."""
    kinds = {
        "_ORIGINS": "https://a.example,https://b.example:8443",
        "_URL": "https://soku.example/a,b=c:d",
        "_VERSION": "v9.9",
    }
    fixed = {
        "ACCOUNT_CHECKS": "off",
        "BILLING": "manual",
        "BILLING_PLANS": _PLANS,
        "LOG_LEVEL": "DEBUG",
        "SIGN_UP": "domain:example.com,example.org",
        "TEST_MODE": "on",
    }
    of_kind = [value for end, value in kinds.items() if name.endswith(end)]
    return fixed.get(name) or next(iter(of_kind), "7")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_is_an_answer_and_names_every_option(option: str) -> None:
    done = _run(option)
    assert (done.returncode, done.stderr) == (0, "")
    source = (ROOT / "deploy/options.sh").read_text()
    names = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+(?= ?[|)])", source))
    assert {"--project", "--dry-run", "--unset"} <= names
    assert names <= set(re.findall(r"--[a-z-]+", done.stdout))


def test_every_option_is_in_the_documentation() -> None:
    page = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    offered = set(re.findall(r"--[a-z-]+", _run("--help").stdout))
    assert {"--project", "--region", "--dry-run", "--unset"} <= offered
    # Each command of the page has these two.
    assert offered - set(re.findall(r"`(--[a-z-]+)", page)) <= {"--project", "--region"}


@pytest.mark.full
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "--project is missing."),
        (["--project", "p-1"], "--region is missing."),
        (["--project"], "--project needs a value."),
        (["--project", "--region", "r"], "--project needs a value."),
        ([*_TARGET, "--unknown"], "There is no option --unknown."),
        ([*_TARGET, "--dryrun"], "There is no option --dryrun."),
        ([*_TARGET, "api"], "There is no option api."),
        ([*_TARGET, "--only"], "--only needs a value."),
        ([*_TARGET, "--only", "nothing"], "--only must be one of: services"),
        ([*_TARGET, "--set", "LOG_LEVEL"], "--set needs NAME=VALUE instead of LOG_LEVEL."),
        ([*_TARGET, "--set", "LOG_LEVLE=DEBUG"], "There is no variable LOG_LEVLE in docs/"),
        ([*_TARGET, "--unset", "LOG_LEVLE"], "There is no variable LOG_LEVLE in docs/"),
        ([*_TARGET, "--set", "MYSPACE_API_VERSION=1"], "There is no variable MYSPACE_API_VERSION"),
        ([*_TARGET, "--set", "=1"], "There is no variable  in"),
        ([*_TARGET, "--set", "TOKEN_KEYSET={}"], "TOKEN_KEYSET is a secret; add a version to"),
        (
            [*_TARGET, "--set", "X_CLIENT_ID=a"],
            "X_CLIENT_ID is a secret; add a version to x-",
        ),
        *(
            ([*_TARGET, "--set", f"{name}=a"], f"{name} is a secret; add a version to {secret} ")
            for name, secret in (
                ("TOKEN_PUBLIC_KEYSET", "token-public-keyset"),
                ("CONNECT_KEY", "connect-key"),
                ("SESSION_KEY", "session-key"),
                ("LINKEDIN_PAGES_CLIENT_SECRET", "linkedin-pages-client-secret"),
            )
        ),
        ([*_TARGET, "--set", "PUBLIC_URL=a"], "deploy.sh sets PUBLIC_URL by --domain."),
        ([*_TARGET, "--set", "IDENTITY_URL=a"], "IDENTITY_URL is only for the local stack."),
        ([*_TARGET, "--set", "SIGN_UP=everybody"], "SIGN_UP is not open, invited, or domain:"),
        ([*_TARGET, "--domain", "https://a.example"], "The value of --domain is not a domain"),
        ([*_TARGET, "--domain", "localhost"], "The value of --domain is not a domain such as"),
        ([*_TARGET, "--domain", "a.example", "--only", "connect"], "--domain concerns several"),
        ([*_TARGET, "--delete", "--domain", "a.example"], "--domain concerns several steps, so"),
        (
            [*_TARGET, "--set", "STRIPE_SECRET_KEY=sk_live_a"],
            "STRIPE_SECRET_KEY is a secret; add a version to stripe-secret-key",
        ),
        ([*_TARGET, "--set", "BILLING_PLANS=[]"], "BILLING_PLANS is not a JSON object of plans."),
        ([*_TARGET, "--set", "REGION=a"], "deploy.sh sets REGION itself."),
        ([*_TARGET, "--set", "THREADS=9"], "deploy.sh sets THREADS itself."),
        ([*_TARGET, "--set", "OIDC_CERTS_URL=a"], "OIDC_CERTS_URL is only for the local stack."),
        (
            [*_TARGET, "--set", "ID_TOKEN_CERTS_URL=a"],
            "ID_TOKEN_CERTS_URL is only for the local stack.",
        ),
        ([*_TARGET, "--set", "API_URL=a@@b"], "The value of API_URL cannot contain"),
        ([*_TARGET, "--set", "API_URL=a\nb"], "The value of API_URL cannot contain"),
        ([*_TARGET, "--set", "RATE_LIMIT_POSTS=abc"], "RATE_LIMIT_POSTS is not a whole number."),
        ([*_TARGET, "--set", "RATE_LIMIT_POSTS="], "RATE_LIMIT_POSTS is not a whole number."),
        ([*_TARGET, "--set", "IDEMPOTENCY_HOURS=0"], "IDEMPOTENCY_HOURS is not between 1 and"),
        ([*_TARGET, "--set", "API_URL=soku"], "API_URL is not an http(s) URL."),
        ([*_TARGET, "--set", "TEST_MODE=yes"], "TEST_MODE is not one of on, off."),
        (
            [*_TARGET, "--set", "X_API_VERSION=v/2", "--set", "X_MAX_VIDEO_SECONDS=1 h"],
            "X_MAX_VIDEO_SECONDS is not a whole number; X_API_VERSION is not a version.",
        ),
        ([*_TARGET, "--env-file", "no-file"], "The file no-file cannot be read."),
        ([*_TARGET, "--env-file", "LICENSE"], "A line of LICENSE is not NAME=VALUE"),
        ([*_TARGET, "--max-instances", "many"], "The value of --max-instances is not a whole"),
        ([*_TARGET, "--max-instances", "0"], "The value of --max-instances must be at least 1."),
        ([*_TARGET, "--min-instances", "-1"], "The value of --min-instances is not a whole"),
        ([*_TARGET, "--alert-email", "me"], "The value of --alert-email is not an email address"),
        ([*_TARGET, "--only", "alerts"], "--only alerts needs --alert-email."),
        (
            [*_TARGET, "--only", "jobs", "--set", "LOG_LEVEL=INFO"],
            "--only jobs deploys no function",
        ),
        ([*_TARGET, "--only", "jobs", "--min-instances", "1"], "--only jobs deploys no function"),
        ([*_TARGET, "--delete", "--only", "api"], "--delete deletes the whole deployment: use it"),
        (
            [*_TARGET, "--delete", "--set", "LOG_LEVEL=INFO"],
            "--delete deletes the whole deployment",
        ),
    ][:: extent.of(4, 1)],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else "",
)
def test_wrong_usage_is_answered_by_one_sentence_and_a_hint(
    options: list[str], sentence: str
) -> None:
    done = _run(*options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"deploy.sh: {sentence}")
    assert done.stderr.endswith(f". {_HINT}\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.full
def test_every_variable_of_the_documentation_can_be_set() -> None:
    assert {"LOG_LEVEL", "API_URL", "RATE_LIMIT_POSTS", "FACEBOOK_API_VERSION"} <= set(_SETTABLE)
    values = {name: _value(name) for name in _SETTABLE}
    options = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    deployed = _variables("--only", "functions", *options)
    assert len(deployed) == len(list((ROOT / "functions").glob("*/__init__.py")))
    for name, variables in deployed.items():
        assert {each: variables.get(each) for each in _SETTABLE} == values, name


@pytest.mark.full
def test_a_file_of_variables_may_have_comments_and_the_last_value_counts(tmp_path: Path) -> None:
    file = tmp_path / "soku.env"
    file.write_text("# limits\n\nRATE_LIMIT_POSTS=5\r\nLOG_LEVEL=DEBUG\nMAX_IMAGE_BYTES=9")
    variables = _variables("--only", "api", "--env-file", str(file), "--set", "LOG_LEVEL=ERROR")
    values = {"RATE_LIMIT_POSTS": "5", "LOG_LEVEL": "ERROR", "MAX_IMAGE_BYTES": "9"}
    assert variables["api"].items() >= values.items()


@pytest.mark.full
def test_a_variable_is_either_set_or_removed() -> None:
    common = ("--only", "api", "--dry-run")
    done = _run(*_TARGET, *common, "--set=LOG_LEVEL=INFO", "--unset=LOG_LEVEL", "--unset=API_URL")
    assert "--remove-env-vars LOG_LEVEL,API_URL" in done.stdout
    assert "LOG_LEVEL=" not in done.stdout
    done = _run(*_TARGET, *common, "--unset", "LOG_LEVEL", "--set", "LOG_LEVEL=INFO")
    assert "--remove-env-vars" not in done.stdout
    assert "LOG_LEVEL=INFO" in done.stdout


@pytest.mark.full
def test_the_url_of_the_api_is_its_own_unless_it_is_set() -> None:
    own = "https://us-central1-p-1.cloudfunctions.net/api"
    assert _variables("--only", "api")["api"]["API_URL"] == own
    set_by_hand = _variables("--only", "api", "--set", "API_URL=https://soku.example")
    assert set_by_hand["api"]["API_URL"] == "https://soku.example"
    assert "API_URL" not in _variables("--only", "sweeper")["sweeper"]


@pytest.mark.full
def test_the_addresses_of_the_pages_are_those_of_the_domain_or_of_the_functions() -> None:
    names = ("CONNECT_URL", "DASHBOARD_URL", "PUBLIC_URL")
    own, domain = "https://us-central1-p-1.cloudfunctions.net", "https://soku.example.com"
    for options, addresses in (
        ((), (f"{own}/connect", f"{own}/dashboard", None)),
        (("--domain", "none"), (f"{own}/connect", f"{own}/dashboard", None)),
        (("--domain", "soku.example.com"), (f"{domain}/connect", domain, domain)),
    ):
        variables = _variables(*options)
        assert tuple(variables["dashboard"].get(name) for name in names) == addresses
        # Nobody else is behind Hosting, so nobody else may believe its headers.
        for name in ("api", "connect"):
            assert variables[name].keys() & set(names) == {"CONNECT_URL", "DASHBOARD_URL"}
        assert not variables["publisher"].keys() & set(names)


def test_the_configuration_of_hosting_serves_the_pages_as_the_functions_say() -> None:
    content = json.loads((ROOT / "firebase.json").read_text())["hosting"]
    assert [(each["source"], each["run"]["serviceId"]) for each in content["rewrites"]] == [
        ("/connect/**", "connect"),
        ("**", "dashboard"),
    ]
    assert {each["run"]["region"] for each in content["rewrites"]} == {"us-central1"}
    # Of the dashboard, every answer says itself whether it may be kept: assets and /status may.
    uncached = {"key": "Cache-Control", "value": "private, no-store"}
    assert content["headers"] == [{"source": "/connect/**", "headers": [uncached]}]
    # Hosting serves a file of this folder instead of a page at the same path.
    files = [path for path in (ROOT / content["public"]).rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["robots.txt"]


@pytest.mark.full
def test_numbers_of_instances_are_passed_on() -> None:
    options = ("--dry-run", "--only", "api", "--max-instances", "7", "--min-instances", "1")
    assert "--max-instances 7 --min-instances 1 " in _run(*_TARGET, *options).stdout
    assert "--min-instances" not in _run(*_TARGET, "--dry-run").stdout
