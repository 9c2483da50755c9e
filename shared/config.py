"""The only reader of the environment.

`settings()` reads it once for each process and checks it as a whole: what is
missing or malformed is said in one `ConfigurationError`, all of it at once.
A part that only some functions need (the keyset, the URLs that tasks go to) is
checked by the property that hands it out. docs/configuration.md lists all of it.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from shared.environment import Environment

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class ConfigurationError(Exception):
    """The environment does not describe a system that can run. The operator must mend it."""


@dataclass(frozen=True)
class RateLimits:
    """Requests in a sliding window of 60 seconds."""

    subscribed: int = 100
    unsubscribed: int = 60
    staff: int = 200
    without_key: int = 25  # for each address
    posts: int = 30
    media: int = 30
    templates: int = 20


@dataclass(frozen=True)
class MediaSettings:
    """Where files of users come from and go to."""

    bucket: str = ""
    """Needed by the function that stores media, the api."""
    base_url: str = ""
    """What the public URL of a stored file begins with; its name follows after a slash."""
    fetch_allowed_origins: tuple[str, ...] = ()
    """The only origins that media are fetched from although they are not on the public internet;
    none in the cloud."""
    max_image_bytes: int = 50 * 1024 * 1024
    max_video_bytes: int = 1024 * 1024 * 1024


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
    tasks_invoker: str
    """E-mail of the service account whose OIDC token the tasks carry."""
    scheduler_invoker: str
    oidc_certs_url: str | None
    """Where the certificates lie that OIDC tokens are checked with; None means Google's."""
    simulated_platforms: Mapping[str, str] = field(default_factory=dict)
    """Platform -> base URL. When set, nothing of this deployment reaches a real platform, and
    only then are `sk_test_` keys accepted."""
    token_keyset: str = field(default="", repr=False)
    """Tink keyset (JSON) that opens the accounts' tokens."""
    platform_clients: Mapping[str, "ClientCredentials"] = field(default_factory=dict)
    """Our client apps on the platforms, by the prefix of their variables, such as `X`."""
    media: MediaSettings = MediaSettings()

    @property
    def own_hosts(self) -> frozenset[str]:
        """Where our own functions answer: nothing of a user's lies there."""
        urls = (self.orchestrator_url, self.publisher_url, self.sweeper_url)
        return frozenset(host for url in urls if (host := urlsplit(url).hostname))


@dataclass(frozen=True)
class ClientCredentials:
    """One client app of ours on a platform: `<PREFIX>_CLIENT_ID` and `<PREFIX>_CLIENT_SECRET`."""

    client_id: str
    client_secret: str = field(repr=False)


def clock_offset_file(environ: Mapping[str, str] = os.environ) -> str | None:
    """Path of the file that moves the clock; None in the cloud."""
    return environ.get("CLOCK_OFFSET_FILE", "") or None


def log_level(environ: Mapping[str, str] = os.environ) -> str:
    """INFO when LOG_LEVEL is none: `settings()` refuses it, and that has to be logged, too."""
    level = environ.get("LOG_LEVEL", "INFO")
    return level if level in _LOG_LEVELS else "INFO"


NEEDED_BY_FUNCTIONS = (
    "GOOGLE_CLOUD_PROJECT",
    "ORCHESTRATOR_URL",
    "PUBLISHER_URL",
    "SWEEPER_URL",
    "TASKS_INVOKER",
    "SCHEDULER_INVOKER",
)


@cache
def settings() -> Settings:
    """The settings of this process. Raises ConfigurationError that names every fault."""
    return read(os.environ)


def settings_with(*needed: str) -> Settings:
    """The settings of an operator's command, which needs these variables and no others.

    Raises ConfigurationError that names every fault.
    """
    return read(os.environ, needed)


def read(environ: Mapping[str, str], needed: Collection[str] = NEEDED_BY_FUNCTIONS) -> Settings:
    """Settings from `environ`, which is not kept. Raises ConfigurationError."""
    found = Environment(environ)
    found.require(needed)
    found.one_of("LOG_LEVEL", _LOG_LEVELS, "INFO")
    settings = Settings(
        project=found.matching("GOOGLE_CLOUD_PROJECT", "project"),
        region=found.matching("REGION", "region", "us-central1"),
        rate_limits=_rate_limits(found),
        idempotency_hours=found.whole_number("IDEMPOTENCY_HOURS", 24, most=24 * 365),
        queue_emulator=found.matching("CLOUD_TASKS_EMULATOR_HOST", "host:port") or None,
        orchestrator_url=found.url("ORCHESTRATOR_URL"),
        publisher_url=found.url("PUBLISHER_URL"),
        sweeper_url=found.url("SWEEPER_URL"),
        tasks_invoker=found.matching("TASKS_INVOKER", "e-mail"),
        scheduler_invoker=found.matching("SCHEDULER_INVOKER", "e-mail"),
        oidc_certs_url=found.url("OIDC_CERTS_URL") or None,
        simulated_platforms=found.urls_by_name("SIMULATED_PLATFORMS"),
        token_keyset=found.keyset("TOKEN_KEYSET"),
        platform_clients=_clients(found),
        media=_media(found),
    )
    if found.faults:
        told = "; ".join(found.faults)
        raise ConfigurationError(f"The environment is incomplete or wrong: {told}.")
    return settings


def _rate_limits(found: Environment) -> RateLimits:
    return RateLimits(
        **{
            name: found.whole_number(f"RATE_LIMIT_{name.upper()}", default, most=1_000_000)
            for name, default in vars(RateLimits()).items()
        }
    )


def _media(found: Environment) -> MediaSettings:
    bucket = found.matching("MEDIA_BUCKET", "bucket")
    storage = found.url("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com")
    image, video = MediaSettings.max_image_bytes, MediaSettings.max_video_bytes
    return MediaSettings(
        bucket=bucket,
        base_url=found.url("MEDIA_BASE_URL", f"{storage}/{bucket}/media").rstrip("/"),
        fetch_allowed_origins=found.origins("FETCH_ALLOWED_ORIGINS"),
        max_image_bytes=found.whole_number("MAX_IMAGE_BYTES", image, most=1024**3),
        max_video_bytes=found.whole_number("MAX_VIDEO_BYTES", video, most=1024**4),
    )


def _clients(found: Environment) -> dict[str, ClientCredentials]:
    """Our client apps, by the prefix of their variables: an app has both an id and a secret."""
    clients = {}
    for prefix in found.prefixes("_CLIENT_ID", "_CLIENT_SECRET"):
        client_id, secret = found.both(f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET")
        if client_id and secret:
            clients[prefix] = ClientCredentials(client_id, secret)
    return clients
