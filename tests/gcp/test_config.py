"""The environment is read once, checked completely, documented, and never shown."""

import re
import subprocess
import sys
from typing import Any

import pytest

from shared import config, start
from shared.config import ClientCredentials, ConfigurationError, read
from shared.domain.subscription import Plan
from shared.gcp.cipher import new_keyset
from shared.platforms import registry
from tests.conftest import ROOT

COMPLETE = {
    "GOOGLE_CLOUD_PROJECT": "p-1",
    "ORCHESTRATOR_URL": "https://o.test",
    "PUBLISHER_URL": "https://p.test",
    "SWEEPER_URL": "https://s.test",
    "COLLECTOR_URL": "https://l.test",
    "WEBHOOKS_URL": "https://w.test",
    "TASKS_INVOKER": "t@p.iam",
    "SCHEDULER_INVOKER": "s@p.iam",
}
# Wrong values of variables, and the messages for the operator.
URL, EMAIL, NUMBER = "is not an http(s) URL", "is not an email address", "is not a whole number"
MALFORMED = [
    ("GOOGLE_CLOUD_PROJECT", "My Project", "is not a project id"),
    ("REGION", "us", "is not a region, such as us-central1"),
    ("ORCHESTRATOR_URL", "o.test", URL),
    ("PUBLISHER_URL", "ftp://p.test", URL),
    ("SWEEPER_URL", "https://", URL),
    ("COLLECTOR_URL", "l.test", URL),
    ("WEBHOOKS_URL", "w.test", URL),
    ("OIDC_CERTS_URL", "https://certs.test:port", URL),
    ("ID_TOKEN_CERTS_URL", "certs.test", URL),
    ("MEDIA_BASE_URL", "https://media test", URL),
    ("STORAGE_EMULATOR_HOST", "127.0.0.1:9000", URL),
    ("TASKS_INVOKER", "tasks-invoker", EMAIL),
    ("SCHEDULER_INVOKER", "s@localhost", EMAIL),
    ("CLOUD_TASKS_EMULATOR_HOST", "http://127.0.0.1:1", "is not host:port"),
    ("MEDIA_BUCKET", "gs://media", "is not a bucket name"),
    ("TOKEN_KEYSET", "not-a-keyset", "is not a Tink keyset in JSON"),
    ("SESSION_KEY", "k" * 32 + ",short", "is not a list of keys of at least 32 characters"),
    ("SIGN_UP", "everyone", "is not open, invited, or domain:"),
    ("IDENTITY_API_KEY", "a key", "is not a web API key"),
    ("DASHBOARD_URL", "localhost", URL),
    ("PUBLIC_URL", "soku.test", URL),
    ("IDENTITY_URL", "identity", URL),
    ("LOG_LEVEL", "LOUD", "is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    ("FETCH_ALLOWED_ORIGINS", "http://127.0.0.1:1,http://a.test/b", "is not a list of origins"),
    ("RATE_LIMIT_POSTS", "many", NUMBER),
    ("RATE_LIMIT_STAFF", "0", "is not between 1 and 1000000"),
    ("IDEMPOTENCY_HOURS", "8761", "is not between 1 and 8760"),
    ("MAX_IMAGE_BYTES", "50 MB", NUMBER),
    ("BILLING", "paypal", "is not one of off, manual, stripe"),
    ("TRIAL_DAYS", "366", "is not between 0 and 365"),
    ("STRIPE_SECRET_KEY", "pk_live_a1b2c3d4", "is not a key that begins with sk_ or rk_"),
    ("STRIPE_WEBHOOK_SECRET", "secret", "is not a key that begins with whsec_"),
    ("STRIPE_API_URL", "api.stripe.com", URL),
    ("SIMULATED_PLATFORMS", "[]", "is not a JSON object of platform names and base URLs"),
]


def _message(environ: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        read(environ)
    return str(refusal.value)


def test_everything_missing_or_malformed_is_reported_at_once() -> None:
    broken = {name: value for name, value, _ in MALFORMED if name not in COMPLETE}
    message = _message(broken)
    for name in COMPLETE:
        assert f"{name} is not set" in message
    for name in broken:
        assert f"{name} is" in message


@pytest.mark.parametrize(("name", "value", "fault"), MALFORMED)
def test_each_fault_is_reported_without_the_value(name: str, value: str, fault: str) -> None:
    message = _message({**COMPLETE, name: value})
    assert f": {name} {fault}" in message
    assert ";" not in message
    assert value not in message.replace(fault, "")


def _start(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Starts an instance: the framework loads main.py before it serves anything."""
    command = [sys.executable, "-c", "import main"]
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


def test_an_instance_with_a_wrong_environment_does_not_start() -> None:
    assert _start(COMPLETE).returncode == 0
    failed = _start({**COMPLETE, "SWEEPER_URL": "", "RATE_LIMIT_POSTS": "many"})
    assert failed.returncode == 1
    assert "SWEEPER_URL is not set" in failed.stderr
    assert "RATE_LIMIT_POSTS is not a whole number" in failed.stderr


@pytest.mark.parametrize("name", COMPLETE)
def test_each_of_them_is_required_and_empty_counts_as_missing(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f": {name} is not set."):
        read({**COMPLETE, name: ""})


@pytest.mark.parametrize("value", ["", "ten", "1.5", "-1", "٣", "1e3"])
def test_a_number_must_be_a_whole_one(value: str) -> None:
    with pytest.raises(ConfigurationError, match="RATE_LIMIT_MEDIA is not a whole number"):
        read({**COMPLETE, "RATE_LIMIT_MEDIA": value})


@pytest.mark.parametrize("value", ["{", "[]", '"x"', '{"x": 1}', '{"x": "no URL"}', "null"])
def test_the_simulated_platforms_are_a_map_of_addresses(value: str) -> None:
    with pytest.raises(ConfigurationError, match="SIMULATED_PLATFORMS"):
        read({**COMPLETE, "SIMULATED_PLATFORMS": value})


def test_a_missing_variable_has_its_default() -> None:
    settings = read(COMPLETE)
    assert settings.region == "us-central1"
    assert settings.idempotency_hours == 24
    assert (settings.rate_limits.subscribed, settings.rate_limits.posts) == (100, 30)
    assert settings.simulated_platforms == {}
    assert settings.queue_emulator is settings.oidc_certs_url is None
    assert settings.id_token_certs_url is None


def test_set_variables_are_read_and_no_secret_is_shown() -> None:
    keyset = new_keyset()
    settings = read(
        {
            **COMPLETE,
            "RATE_LIMIT_POSTS": "7",
            "SIMULATED_PLATFORMS": '{"x": "http://127.0.0.1:1"}',
            "TOKEN_KEYSET": keyset,
            "X_CLIENT_ID": "id",
            "X_CLIENT_SECRET": "canary-secret",
            "THREADS_CLIENT_ID": "",
            "LINKEDIN_ANALYTICS_CLIENT_ID": "second id",
            "LINKEDIN_ANALYTICS_CLIENT_SECRET": "canary of the second",
        }
    )
    assert settings.rate_limits.posts == 7
    assert settings.simulated_platforms == {"x": "http://127.0.0.1:1"}
    assert settings.platform_clients == {
        "X": ClientCredentials("id", "canary-secret"),
        "LINKEDIN_ANALYTICS": ClientCredentials("second id", "canary of the second"),
    }
    assert settings.token_keyset == keyset
    assert "canary" not in repr(settings)
    assert keyset not in repr(settings)


PLANS = """{
    "basic": {"name": "Basic", "priceId": "price_1",
              "limits": {"posts": 7, "postsPerMonth": 9}, "platforms": ["x", "threads"]},
    "pro": {}
}"""


def test_plans_are_read_with_their_limits_and_platforms() -> None:
    plans = read({**COMPLETE, "BILLING": "manual", "BILLING_PLANS": PLANS}).billing.plans
    assert plans == {
        "basic": Plan("basic", "Basic", "price_1", {"posts": 7}, 9, frozenset({"x", "threads"})),
        "pro": Plan("pro", "pro"),
    }


WRONG_PLANS = [
    ("[]", "is not a JSON object of plans"),
    ("{basic}", "is not a JSON object of plans"),
    ('{"Basic": {}}', "the ID of a plan has 1 to 40"),
    ('{"staff": {}}', "is not staff"),
    ('{"a": []}', "plan a has fields other than"),
    (
        '{"a": {"price": "price_1"}}',
        "plan a has fields other than name, priceId, limits",
    ),
    ('{"a": {"name": " "}}', "the name of plan a"),
    ('{"a": {"priceId": "prod_1"}}', "the priceId of plan a"),
    ('{"a": {"limits": {"perDay": 1}}}', "plan a has limits other than overall"),
    ('{"a": {"limits": {"posts": 0}}}', "a limit of plan a is not a number"),
    ('{"a": {"limits": {"posts": true}}}', "a limit of plan a is not a number"),
    ('{"a": {"platforms": []}}', "the platforms of plan a"),
    ('{"a": {"priceId": "price_1"}, "b": {"priceId": "price_1"}}', "one priceId in two plans"),
]


@pytest.mark.parametrize(("plans", "fault"), WRONG_PLANS)
def test_a_wrong_plan_is_an_error(plans: str, fault: str) -> None:
    message = _message({**COMPLETE, "BILLING_PLANS": plans})
    assert "BILLING_PLANS" in message
    assert fault in message


def test_paying_with_stripe_needs_plans_with_prices() -> None:
    stripe = {**COMPLETE, "BILLING": "stripe"}
    assert "BILLING_PLANS is not set" in _message(stripe)
    assert "no priceId for plan pro" in _message({**stripe, "BILLING_PLANS": PLANS})


def test_a_plan_with_an_unknown_platform_stops_the_start() -> None:
    settings = read({**COMPLETE, "BILLING_PLANS": '{"a": {"platforms": ["x", "myspace"]}}'})
    with pytest.raises(ConfigurationError, match="platforms that do not exist: myspace"):
        start.check_plans(settings)


def test_the_secrets_of_stripe_are_not_shown() -> None:
    secrets = {"STRIPE_SECRET_KEY": "rk_live_canary01", "STRIPE_WEBHOOK_SECRET": "whsec_canary01"}
    assert "canary" not in repr(read({**COMPLETE, **secrets}))


OTHER_PROGRAMS = [
    {"AZURE_CLIENT_ID": "id"},
    {"AZURE_CLIENT_SECRET": "secret"},
    {"MY_CLIENT_ID": "id", "GOOGLE_CLIENT_SECRET": "secret"},
    {"_CLIENT_ID": "id"},
]


@pytest.mark.parametrize("variables", OTHER_PROGRAMS, ids=" ".join)
def test_half_an_app_of_another_program_stops_nothing(variables: dict[str, str]) -> None:
    settings = read({**COMPLETE, "X_CLIENT_ID": "id", "X_CLIENT_SECRET": "s", **variables})
    start.check_clients(settings)
    assert list(settings.platform_clients) == ["X"]
    assert len(settings.incomplete_clients) == len(variables)


@pytest.mark.parametrize("prefix", registry.client_prefixes())
@pytest.mark.parametrize(("present", "missing"), [("ID", "SECRET"), ("SECRET", "ID")])
def test_half_an_app_of_a_platform_is_an_error(prefix: str, present: str, missing: str) -> None:
    environ = {**COMPLETE, "AZURE_CLIENT_ID": "id", f"{prefix}_CLIENT_{present}": "canary"}
    with pytest.raises(ConfigurationError) as error:
        start.check_clients(read(environ))
    assert str(error.value) == (
        f"The environment is incomplete or wrong: {prefix}_CLIENT_{present} is set, but "
        f"{prefix}_CLIENT_{missing} is not."
    )


def test_an_invalid_log_level_is_refused_and_the_error_can_be_logged() -> None:
    assert config.log_level({"LOG_LEVEL": "LOUD"}) == "INFO"
    assert config.log_level({"LOG_LEVEL": "DEBUG"}) == "DEBUG"


class _Recorded(dict[str, str]):
    """An environment that records which variables are read, with their defaults."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.defaults: dict[str, str] = {}

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        platform = re.fullmatch(
            "[A-Z_]+(_CLIENT_(?:ID|SECRET)|_API_VERSION|_COLLECT_BUDGET"
            "|_MAX_VIDEO_(?:SECONDS|BYTES))",
            name,
        )
        self.defaults[f"<PLATFORM>{platform[1]}" if platform else name] = default
        return super().get(name, default)


def test_the_table_of_variables_has_every_variable_with_its_default_and_no_other() -> None:
    bucket = "the-bucket"
    client = {"X_CLIENT_ID": "id", "X_CLIENT_SECRET": "secret"}
    budget = {"X_COLLECT_BUDGET": "1"}
    environ = _Recorded({**COMPLETE, **client, **budget, "MEDIA_BUCKET": bucket})
    read(environ)
    config.clock_offset_file(environ)
    config.log_level(environ)
    config.api_version("x", environ)
    for limit in config.VIDEO_LIMITS:
        config.video_limit("x", limit, 1, environ)
    # Without it, the platform's own budget applies.
    environ.defaults["<PLATFORM>_COLLECT_BUDGET"] = ""
    required = dict.fromkeys(COMPLETE, "required")
    defaults = {name: f"`{value}`" if value else "none" for name, value in environ.defaults.items()}
    readable = {k: v.replace(bucket, "<MEDIA_BUCKET>") for k, v in (defaults | required).items()}
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)` \| (\S+) \| (.+) \|$", page, re.MULTILINE)
    assert {name: default for name, default, _ in rows} == readable
    assert len(rows) == page.count("\n| ") - 1, "each once, and nothing but rows"
    functions = "api|collector|connect|dashboard|publisher|sweeper|webhooks"
    assert all(re.match(f"(all|local|(({functions})(, )?)+): ", needed) for *_, needed in rows)


def test_the_number_of_threads_is_that_of_the_server() -> None:
    assert config.threads({"THREADS": "32"}) == 32
    assert config.threads({}) == config.threads({"THREADS": "many"}) > 0
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert "the HTTP server reads `THREADS`" in page


def test_every_variable_name_in_the_code_is_read() -> None:
    """The table is compared with the recorded reads, so nothing may be read another way."""
    source = (ROOT / "shared/config.py").read_text(encoding="utf-8")
    assert len(re.findall(r"os\.environ", source.partition("import os")[2])) == 8
    assert "getenv" not in source
