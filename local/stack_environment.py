"""The environment variables of the functions of a local stack."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.failures import WrongSetting
from local.identity.api import API_KEY
from local.seed_secrets import SeedSecrets
from shared import config, start
from shared.platforms import registry

PROJECT = "demo-soku"
BUCKET = "demo-soku-media"
REGION = "us-central1"
TASKS_INVOKER = "tasks-invoker@demo-soku.iam.gserviceaccount.com"
SCHEDULER_INVOKER = "scheduler-invoker@demo-soku.iam.gserviceaccount.com"

# The machine may be configured for a real project or a proxy; the stack uses neither.
_NOT_INHERITED = (
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
)


@dataclass(frozen=True)
class StackAddresses:
    """The addresses of the parts: URLs without a trailing slash, the others as host:port."""

    functions: Mapping[str, str]
    platforms: Mapping[str, str]
    firestore: str
    storage: str
    tasks: str
    tasks_control: str
    media: str
    identity: str


def function_environment(
    addresses: StackAddresses,
    *,
    project: str,
    bucket: str,
    secrets: SeedSecrets,
    clock_file: Path,
    signing_key: Path,
    fetch_allowed_origins: str = "",
) -> dict[str, str]:
    """The complete environment of a function process, including the machine's own variables."""
    origins = [addresses.media, *filter(None, fetch_allowed_origins.split(","))]
    return (
        # The seeded users have subscriptions, one of which has lapsed.
        {"BILLING": "manual"}
        | local_environment(clock_file)
        | {
            "GOOGLE_CLOUD_PROJECT": project,
            "REGION": REGION,
            "FIRESTORE_EMULATOR_HOST": addresses.firestore,
            "STORAGE_EMULATOR_HOST": addresses.storage,
            "CLOUD_TASKS_EMULATOR_HOST": addresses.tasks,
            "MEDIA_BUCKET": bucket,
            "GOOGLE_APPLICATION_CREDENTIALS": str(signing_key),
            "TASKS_INVOKER": TASKS_INVOKER,
            "SCHEDULER_INVOKER": SCHEDULER_INVOKER,
            "OIDC_CERTS_URL": f"{addresses.tasks_control}/certs",
            "ID_TOKEN_CERTS_URL": f"{addresses.identity}/certs",
            "SIMULATED_PLATFORMS": json.dumps(dict(addresses.platforms)),
            "IDENTITY_URL": addresses.identity,
            "IDENTITY_API_KEY": API_KEY,
            "TOKEN_KEYSET": secrets.keyset,
            "TOKEN_PUBLIC_KEYSET": secrets.public_keyset,
            "CONNECT_KEY": secrets.derived("connect-key"),
            "WEBHOOK_KEY": secrets.derived("webhook-key"),
            "SESSION_KEY": secrets.derived("session-key"),
            "FETCH_ALLOWED_ORIGINS": ",".join(origins),
        }
        | {f"{name.upper()}_URL": url for name, url in addresses.functions.items()}
        | _platform_clients(addresses.platforms)
    )


def check_settings(environment: Mapping[str, str], platforms: Iterable[str]) -> None:
    """Check what the functions would refuse at their start. Raises WrongSetting."""
    try:
        settings = config.read(environment)
        start.check_clients(settings)
        start.check_plans(settings)
        for platform in platforms:
            config.api_version(platform, environment)
    except config.ConfigurationError as error:
        raise WrongSetting(f"{error} Change or unset it, then run the command again.") from error


def local_environment(clock_file: Path) -> dict[str, str]:
    """The environment of every part: the machine's own, and the file that moves the clock."""
    inherited = {
        name: value for name, value in os.environ.items() if name.upper() not in _NOT_INHERITED
    }
    return inherited | {"CLOCK_OFFSET_FILE": str(clock_file.resolve())}


def _platform_clients(platforms: Iterable[str]) -> dict[str, str]:
    """Our apps on the simulated platforms, which accept any."""
    clients = {}
    for platform in platforms:
        for prefix in registry.about(platform).prefixes:
            name = f"soku-local-{prefix.lower().replace('_', '-')}"
            clients[f"{prefix}_CLIENT_ID"] = name
            clients[f"{prefix}_CLIENT_SECRET"] = f"{name}-secret"
    return clients
