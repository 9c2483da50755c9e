"""The only reader of the environment.

`settings()` reads it once for each process and checks it as a whole: what is
missing or malformed is said in one `ConfigurationError`, all of it at once.
A part that only some functions need (the keyset, the URLs that tasks go to) is
checked by the property that hands it out.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from json import JSONDecodeError, loads
from urllib.parse import urlsplit


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
    media: MediaSettings = MediaSettings()

    @property
    def own_hosts(self) -> frozenset[str]:
        """Where our own functions answer: nothing of a user's lies there."""
        urls = (self.orchestrator_url, self.publisher_url, self.sweeper_url)
        return frozenset(host for url in urls if (host := urlsplit(url).hostname))


@dataclass(frozen=True)
class ClientCredentials:
    """Our own identity at one platform: `<PLATFORM>_CLIENT_ID` and `<PLATFORM>_CLIENT_SECRET`."""

    client_id: str
    client_secret: str = field(repr=False)


def clock_offset_file() -> str | None:
    """Path of the file that moves the clock; None in the cloud."""
    return os.environ.get("CLOCK_OFFSET_FILE")


def log_level() -> str:
    return os.environ.get("LOG_LEVEL", "INFO")


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
    faults = [f"{name} is not set" for name in needed if not environ.get(name)]

    def whole_number(name: str, default: int) -> int:
        value = environ.get(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit():
            faults.append(f"{name} is not a whole number")
            return default
        return int(value)

    limits = RateLimits(
        **{
            name: whole_number(f"RATE_LIMIT_{name.upper()}", default)
            for name, default in vars(RateLimits()).items()
        }
    )
    settings = Settings(
        project=environ.get("GOOGLE_CLOUD_PROJECT", ""),
        region=environ.get("REGION", "us-central1"),
        rate_limits=limits,
        idempotency_hours=whole_number("IDEMPOTENCY_HOURS", 24),
        queue_emulator=environ.get("CLOUD_TASKS_EMULATOR_HOST"),
        orchestrator_url=environ.get("ORCHESTRATOR_URL", ""),
        publisher_url=environ.get("PUBLISHER_URL", ""),
        sweeper_url=environ.get("SWEEPER_URL", ""),
        tasks_invoker=environ.get("TASKS_INVOKER", ""),
        scheduler_invoker=environ.get("SCHEDULER_INVOKER", ""),
        oidc_certs_url=environ.get("OIDC_CERTS_URL"),
        simulated_platforms=_url_map(environ.get("SIMULATED_PLATFORMS", ""), faults),
        token_keyset=environ.get("TOKEN_KEYSET", ""),
        platform_clients=_clients(environ),
        media=_media(environ, whole_number),
    )
    if faults:
        raise ConfigurationError("The environment is incomplete: " + "; ".join(faults) + ".")
    return settings


def _media(environ: Mapping[str, str], whole_number: Callable[[str, int], int]) -> MediaSettings:
    bucket = environ.get("MEDIA_BUCKET", "")
    storage = environ.get("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com")
    origins = environ.get("FETCH_ALLOWED_ORIGINS", "").split(",")
    return MediaSettings(
        bucket=bucket,
        base_url=environ.get("MEDIA_BASE_URL", f"{storage}/{bucket}/media").rstrip("/"),
        fetch_allowed_origins=tuple(origin.strip().rstrip("/") for origin in origins if origin),
        max_image_bytes=whole_number("MAX_IMAGE_BYTES", MediaSettings.max_image_bytes),
        max_video_bytes=whole_number("MAX_VIDEO_BYTES", MediaSettings.max_video_bytes),
    )


def _url_map(value: str, faults: list[str]) -> dict[str, str]:
    if not value:
        return {}
    try:
        urls = loads(value)
    except JSONDecodeError:
        urls = None
    if not isinstance(urls, dict) or not all(isinstance(url, str) for url in urls.values()):
        faults.append("SIMULATED_PLATFORMS is not a JSON object of platform names and base URLs")
        return {}
    return urls


def _clients(environ: Mapping[str, str]) -> dict[str, ClientCredentials]:
    suffix = "_CLIENT_ID"
    return {
        name.removesuffix(suffix).lower(): ClientCredentials(
            client_id=value,
            client_secret=environ.get(name.removesuffix(suffix) + "_CLIENT_SECRET", ""),
        )
        for name, value in environ.items()
        if name.endswith(suffix) and value
    }
