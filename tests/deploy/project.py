"""The names of what a deployment makes in the project, and who may use it."""

from shared.platforms import registry
from tests.deploy.conftest import Run

SERVICE_ACCOUNT = "serviceAccount:{}@p-1.iam.gserviceaccount.com".format
BASE = "https://us-central1-p-1.cloudfunctions.net"
PLACE = "projects/p-1/locations/us-central1"
PLATFORMS = registry.names()
FUNCTIONS = (
    *("api", "collector", "connect", "dashboard"),
    *("orchestrator", "publisher", "sweeper", "webhooks"),
)
PUBLIC = ("api", "connect", "dashboard")
APPS = [prefix.lower().replace("_", "-") for prefix in registry.client_prefixes()]


def bindings(run: Run, resource: str) -> dict[str, list[str]]:
    """Role -> members."""
    return {each["role"]: sorted(each["members"]) for each in run.policies[resource]}


def accounts_of(*functions: str) -> list[str]:
    return [SERVICE_ACCOUNT(f"soku-{name}") for name in sorted(functions)]
