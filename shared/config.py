"""The only module that reads the environment.

`settings()` reads it once per process and checks all of it: one `ConfigurationError` names
everything that is missing or malformed. What only some functions need (the keyset, the bucket) is
checked when it is first used. docs/configuration.md lists all variables.
"""

import os
import re
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from shared.domain.subscription import BILLING_MODES, OFF, STRIPE, Billing
from shared.environment import Environment

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class ConfigurationError(Exception):
    """The environment is incomplete or wrong. The operator must fix it."""

    faults: tuple[str, ...] = ()
    """What is wrong with the variables; each fault begins with the name of one."""

    @classmethod
    def of(cls, faults: Iterable[str]) -> "ConfigurationError":
        listed = tuple(faults)
        error = cls(f"The environment is incomplete or wrong: {'; '.join(listed)}.")
        error.faults = listed
        return error


@dataclass(frozen=True)
class RateLimits:
    """Requests in a sliding window of 60 seconds."""

    subscribed: int = 100
    unsubscribed: int = 60
    staff: int = 200
    without_key: int = 25  # per address
    posts: int = 30
    media: int = 30
    templates: int = 20


@dataclass(frozen=True)
class MediaSettings:
    """Where users' files come from and where they are stored."""

    bucket: str = ""
    """Only the API needs it, which stores media."""
    base_url: str = ""
    """The public URL of a stored file, without the slash and the name of the file."""
    uploads_url: str = "https://storage.googleapis.com"
    """Where browsers send files to."""
    fetch_allowed_origins: tuple[str, ...] = ()
    """Origins from which media are downloaded although they are not on the public internet; none
    in the cloud."""
    max_image_bytes: int = 50 * 1024 * 1024
    max_video_bytes: int = 1024 * 1024 * 1024
    quota_bytes: int = 10 * 1024**3
    """Of all files of a user together."""


@dataclass(frozen=True)
class SignUp:
    """Who becomes a user by signing in, besides those who are invited."""

    is_open: bool = False
    """Everyone can sign in."""
    domains: tuple[str, ...] = ()
    """Everyone with an email address at one of these domains, in lower case."""


@dataclass(frozen=True)
class StripeSettings:
    """The API, the pages and the sweeper have the secrets."""

    secret_key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    api_url: str = ""
    """Of a simulated Stripe; empty means Stripe."""


@dataclass(frozen=True)
class Settings:
    project: str
    region: str
    rate_limits: RateLimits
    idempotency_hours: int
    queue_emulator: str | None
    """host:port of a Cloud Tasks emulator; None reaches Google's service."""
    orchestrator_url: str
    publisher_url: str
    sweeper_url: str
    collector_url: str
    webhooks_url: str
    tasks_invoker: str
    """Email address of the service account in the OIDC token of the tasks."""
    scheduler_invoker: str
    oidc_certs_url: str | None
    """URL of the certificates for checking OIDC tokens; None means Google's."""
    id_token_certs_url: str | None = None
    """URL of the certificates for checking the ID tokens of users; None means Google's."""
    simulated_platforms: Mapping[str, str] = field(default_factory=dict)
    """Platform -> base URL. If set, this deployment sends nothing to a real platform, and accepts
    `sk_test_` keys."""
    test_mode: bool = False
    """Accepts `sk_test_` keys, whose posts are simulated."""
    token_keyset: str = field(default="", repr=False)
    """Tink keyset (JSON) that decrypts the accounts' tokens."""
    token_public_keyset: str = ""
    """Its public half, which only encrypts tokens."""
    platform_clients: Mapping[str, "ClientCredentials"] = field(default_factory=dict)
    """Our client apps on the platforms, by the prefix of their variables, such as `X`."""
    incomplete_clients: Mapping[str, str] = field(default_factory=dict)
    """Prefixes with only an ID or only a secret, and which one is missing. Only the registry knows
    whether a platform has the prefix, or another program, such as AZURE."""
    media: MediaSettings = MediaSettings()
    account_checks: bool = True
    """Whether accounts are tried an hour before a scheduled post; a read of X costs money."""
    collect_budgets: Mapping[str, int] = field(default_factory=dict)
    """Platform -> what reading numbers may cost within a UTC day, in the platform's own units."""
    connect_url: str = ""
    """The public URL of the function that connects accounts, without a slash at the end."""
    dashboard_url: str = ""
    """The public URL of the pages, without a slash at the end."""
    session_keys: tuple[str, ...] = field(default=(), repr=False)
    """They sign the cookies of the pages; the first one is in use, the others still verify."""
    sign_up: SignUp = SignUp()
    public_url: str = ""
    """The custom domain where Firebase Hosting serves the pages; empty without one."""
    identity_api_key: str = ""
    """The project's web API key for calls to Identity Toolkit. It is public."""
    identity_url: str = ""
    """The base URL of a simulated Identity Toolkit; empty means Google's."""
    connect_key: str = field(default="", repr=False)
    """From it, the states and verifiers of connections are derived. Only `connect` has it."""
    webhook_key: str = field(default="", repr=False)
    """From it, the secrets of webhooks are derived: `api`, `dashboard` and `webhooks` have it."""
    return_to_origins: tuple[str, ...] = ()
    """Where a user's browser may be sent after connecting an account."""
    cors_origins: tuple[str, ...] = ()
    """The origins whose pages may call the API from a browser."""
    api_url: str = ""
    """The API's public URL, for its description; empty means the address of the request."""
    support_url: str = ""
    """Where users get help: an http(s) URL, or `mailto:` and an address; empty without one."""
    billing: Billing = field(default_factory=Billing)
    """Who has access, and the plans."""
    stripe: StripeSettings = StripeSettings()

    @property
    def accepts_test_keys(self) -> bool:
        return self.test_mode or bool(self.simulated_platforms)

    def simulates(self, mode: str) -> bool:
        """Whether posts of this mode stop before the first request to a platform.

        A test post is never sent to a real platform, even after TEST_MODE was turned off.
        """
        return mode == "test" and (self.test_mode or not self.simulated_platforms)

    @property
    def own_hosts(self) -> frozenset[str]:
        """The hosts of our own functions, from which no media are downloaded."""
        urls = (
            *(self.orchestrator_url, self.publisher_url),
            *(self.sweeper_url, self.collector_url, self.webhooks_url),
        )
        return frozenset(host for url in urls if (host := urlsplit(url).hostname))


@dataclass(frozen=True)
class ClientCredentials:
    """Our client app on a platform: `<PREFIX>_CLIENT_ID` and `<PREFIX>_CLIENT_SECRET`."""

    client_id: str
    client_secret: str = field(repr=False)


def clock_offset_file(environ: Mapping[str, str] = os.environ) -> str | None:
    """Path of the file that moves the clock; None in the cloud."""
    return environ.get("CLOCK_OFFSET_FILE", "") or None


def api_version(platform: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """`<PLATFORM>_API_VERSION`, for a version that a platform has ended; None if it is not set.

    Raises ConfigurationError.
    """
    name = f"{platform.upper()}_API_VERSION"
    version = environ.get(name, "")
    if version and not re.fullmatch(r"[\w.]{1,20}", version, re.ASCII):
        raise ConfigurationError.of([f"{name} is not a version"])
    return version or None


def video_limit(
    platform: str, name: str, default: int, environ: Mapping[str, str] = os.environ
) -> int:
    """`<PLATFORM>_<NAME>`, for a limit that a platform has raised; `default` if it is not set.

    `name`: one of VIDEO_LIMITS. Raises ConfigurationError.
    """
    variable = f"{platform.upper()}_{name}"
    value = environ.get(variable, "")
    if value and not re.fullmatch("[1-9][0-9]{0,14}", value):
        raise ConfigurationError(f"The environment is wrong: {variable} is not a whole number.")
    return int(value or default)


def adopt(variables: Mapping[str, str], environ: MutableMapping[str, str] = os.environ) -> bool:
    """Complete the environment with `variables`, unless it names a project already.

    Return whether it did. For the operator's commands, before they read anything.
    """
    if environ.get("GOOGLE_CLOUD_PROJECT"):
        return False
    environ.update({name: environ.get(name) or value for name, value in variables.items()})
    return True


def threads(environ: Mapping[str, str] = os.environ) -> int:
    """How many requests this instance serves at the same time, as functions-framework has it."""
    number = environ.get("THREADS", "")
    return int(number) if number.isdecimal() else (os.cpu_count() or 1) * 4


def log_level(environ: Mapping[str, str] = os.environ) -> str:
    """INFO if LOG_LEVEL is not valid, so that the error of `settings()` can be logged."""
    level = environ.get("LOG_LEVEL", "INFO")
    return level if level in _LOG_LEVELS else "INFO"


VIDEO_LIMITS = ("MAX_VIDEO_SECONDS", "MAX_VIDEO_BYTES")
NEEDED_BY_FUNCTIONS = (
    "GOOGLE_CLOUD_PROJECT",
    "ORCHESTRATOR_URL",
    "PUBLISHER_URL",
    "SWEEPER_URL",
    "COLLECTOR_URL",
    "WEBHOOKS_URL",
    "TASKS_INVOKER",
    "SCHEDULER_INVOKER",
)


@cache
def settings() -> Settings:
    """The settings of this process. Raises ConfigurationError with every fault."""
    return read(os.environ)


def settings_with(*needed: str) -> Settings:
    """The settings for an operator's command, which needs only these variables.

    Raises ConfigurationError with every fault.
    """
    return read(os.environ, needed)


def read(environ: Mapping[str, str], needed: Collection[str] = NEEDED_BY_FUNCTIONS) -> Settings:
    """Settings from `environ`. Raises ConfigurationError."""
    variables = Environment(environ)
    variables.require(needed)
    variables.one_of("LOG_LEVEL", _LOG_LEVELS, "INFO")
    for limit in VIDEO_LIMITS:
        # Those of a platform; `video_limit` reads them.
        for platform in variables.prefixes(f"_{limit}"):
            variables.whole_number(f"{platform}_{limit}", 1, most=10**15 - 1)
    clients, incomplete = _clients(variables)
    settings = Settings(
        project=variables.matching("GOOGLE_CLOUD_PROJECT", "project"),
        region=variables.matching("REGION", "region", "us-central1"),
        rate_limits=_rate_limits(variables),
        idempotency_hours=variables.whole_number("IDEMPOTENCY_HOURS", 24, most=24 * 365),
        queue_emulator=variables.matching("CLOUD_TASKS_EMULATOR_HOST", "host:port") or None,
        orchestrator_url=variables.url("ORCHESTRATOR_URL"),
        publisher_url=variables.url("PUBLISHER_URL"),
        sweeper_url=variables.url("SWEEPER_URL"),
        collector_url=variables.url("COLLECTOR_URL"),
        webhooks_url=variables.url("WEBHOOKS_URL"),
        tasks_invoker=variables.matching("TASKS_INVOKER", "email"),
        scheduler_invoker=variables.matching("SCHEDULER_INVOKER", "email"),
        account_checks=variables.one_of("ACCOUNT_CHECKS", ("on", "off"), "on") == "on",
        collect_budgets=_collect_budgets(variables),
        connect_url=variables.url("CONNECT_URL").rstrip("/"),
        dashboard_url=variables.url("DASHBOARD_URL").rstrip("/"),
        session_keys=variables.secrets("SESSION_KEY"),
        sign_up=_sign_up(variables),
        public_url=variables.url("PUBLIC_URL").rstrip("/"),
        identity_api_key=variables.matching("IDENTITY_API_KEY", "web API key"),
        identity_url=variables.url("IDENTITY_URL").rstrip("/"),
        connect_key=variables.secret("CONNECT_KEY"),
        webhook_key=variables.secret("WEBHOOK_KEY"),
        return_to_origins=variables.origins("RETURN_TO_ORIGINS"),
        cors_origins=variables.origins("CORS_ORIGINS"),
        api_url=variables.url("API_URL").rstrip("/"),
        support_url=variables.matching("SUPPORT_URL", "support address"),
        oidc_certs_url=variables.url("OIDC_CERTS_URL") or None,
        id_token_certs_url=variables.url("ID_TOKEN_CERTS_URL") or None,
        simulated_platforms=variables.urls_by_name("SIMULATED_PLATFORMS"),
        test_mode=variables.one_of("TEST_MODE", ("on", "off"), "off") == "on",
        token_keyset=variables.keyset("TOKEN_KEYSET"),
        token_public_keyset=variables.keyset("TOKEN_PUBLIC_KEYSET"),
        platform_clients=clients,
        incomplete_clients=incomplete,
        media=_media(variables),
        billing=_billing(variables),
        stripe=StripeSettings(
            variables.matching_secret("STRIPE_SECRET_KEY", "sk_|rk_"),
            variables.matching_secret("STRIPE_WEBHOOK_SECRET", "whsec_"),
            variables.url("STRIPE_API_URL").rstrip("/"),
        ),
    )
    if variables.faults:
        raise ConfigurationError.of(variables.faults)
    return settings


def _rate_limits(variables: Environment) -> RateLimits:
    return RateLimits(
        **{
            name: variables.whole_number(f"RATE_LIMIT_{name.upper()}", default, most=1_000_000)
            for name, default in vars(RateLimits()).items()
        }
    )


def _collect_budgets(variables: Environment) -> dict[str, int]:
    """From <PLATFORM>_COLLECT_BUDGET; 0 turns the numbers of a platform off."""
    return {
        name.lower(): variables.whole_number(f"{name}_COLLECT_BUDGET", 0, least=0, most=10**9)
        for name in variables.prefixes("_COLLECT_BUDGET")
    }


def _sign_up(variables: Environment) -> SignUp:
    value = variables.matching("SIGN_UP", "sign-up", "invited")
    kind, _, domains = value.partition(":")
    return SignUp(kind == "open", tuple(filter(None, domains.lower().split(","))))


def _billing(variables: Environment) -> Billing:
    billing = Billing(
        variables.one_of("BILLING", BILLING_MODES, OFF),
        variables.plans("BILLING_PLANS"),
        variables.whole_number("TRIAL_DAYS", 0, least=0, most=365),
    )
    if billing.mode == STRIPE:
        if not billing.plans:
            variables.require(["BILLING_PLANS"])
        variables.faults += [
            f"BILLING_PLANS has no priceId for plan {plan.plan_id}, which BILLING=stripe needs"
            for plan in billing.plans.values()
            if not plan.price_id
        ]
    return billing


def _media(variables: Environment) -> MediaSettings:
    bucket = variables.matching("MEDIA_BUCKET", "bucket")
    storage = variables.url("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com")
    image, video = MediaSettings.max_image_bytes, MediaSettings.max_video_bytes
    return MediaSettings(
        bucket=bucket,
        base_url=variables.url("MEDIA_BASE_URL", f"{storage}/{bucket}/media").rstrip("/"),
        uploads_url=storage,
        fetch_allowed_origins=variables.origins("FETCH_ALLOWED_ORIGINS"),
        max_image_bytes=variables.whole_number("MAX_IMAGE_BYTES", image, most=1024**3),
        max_video_bytes=variables.whole_number("MAX_VIDEO_BYTES", video, most=1024**4),
        quota_bytes=variables.whole_number(
            "MEDIA_QUOTA_BYTES", MediaSettings.quota_bytes, most=1024**5
        ),
    )


def _clients(variables: Environment) -> tuple[dict[str, ClientCredentials], dict[str, str]]:
    """Our client apps, and the faults of incomplete ones, by the prefix of their variables."""
    clients, incomplete = {}, {}
    for prefix in variables.prefixes("_CLIENT_ID", "_CLIENT_SECRET"):
        client_id, secret, fault = variables.both(f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET")
        if fault:
            incomplete[prefix] = fault
        else:
            clients[prefix] = ClientCredentials(client_id, secret)
    return clients, incomplete
