"""The functions after a deployment: their code and their settings."""

import io
import zipfile

import pytest

from tests.deploy.cloud import WEB_API_KEY
from tests.deploy.conftest import Run
from tests.deploy.project import BASE, PLACE

pytestmark = [pytest.mark.timeout(500), pytest.mark.full]
_OF_PAGES = {
    "CONNECT_URL": f"{BASE}/connect",
    "DASHBOARD_URL": f"{BASE}/dashboard",
    "PUBLIC_URL": None,
    "IDENTITY_API_KEY": WEB_API_KEY,
}
_PAGE_VARIABLES = {
    "api": ["CONNECT_URL", "DASHBOARD_URL"],
    "connect": ["CONNECT_URL", "DASHBOARD_URL"],
    "dashboard": ["CONNECT_URL", "DASHBOARD_URL", "IDENTITY_API_KEY"],
}
_SECRETS = {
    "api": ["WEBHOOK_KEY"],
    "collector": ["TOKEN_KEYSET"],
    "connect": ["CONNECT_KEY", "SESSION_KEY", "TOKEN_PUBLIC_KEYSET"],
    "dashboard": ["SESSION_KEY", "WEBHOOK_KEY"],
    "publisher": ["TOKEN_KEYSET"],
    "webhooks": ["WEBHOOK_KEY"],
}


@pytest.mark.parametrize(
    ("name", "memory", "threads", "instances", "seconds"),
    [
        ("api", "1Gi", 32, 20, 360),
        ("collector", "512Mi", 8, 10, 540),
        ("connect", "512Mi", 16, 10, 60),
        ("dashboard", "1Gi", 16, 10, 120),
        ("orchestrator", "512Mi", 8, 10, 120),
        ("publisher", "512Mi", 8, 30, 540),
        ("sweeper", "512Mi", 1, 3, 120),
        ("webhooks", "512Mi", 16, 10, 120),
    ],
)
def test_each_function_is_deployed_as_its_row_says(
    first: Run, name: str, memory: str, threads: int, instances: int, seconds: int
) -> None:
    function = first.items[f"{PLACE}/functions/{name}"]
    build, service = function["buildConfig"], function["serviceConfig"]
    assert (build["runtime"], build["entryPoint"]) == ("python313", name)
    assert build["serviceAccount"].endswith("/soku-build@p-1.iam.gserviceaccount.com")
    assert service["serviceAccountEmail"] == f"soku-{name}@p-1.iam.gserviceaccount.com"
    assert (service["availableMemory"], service["availableCpu"]) == (memory, "1")
    assert (service["maxInstanceRequestConcurrency"], service["timeoutSeconds"]) == (
        threads,
        seconds,
    )
    assert service["maxInstanceCount"] == instances
    environment = service["environmentVariables"]
    assert environment["THREADS"] == str(threads)
    assert environment["PUBLISHER_URL"] == f"{BASE}/publisher"
    assert environment["TASKS_INVOKER"] == "tasks-invoker@p-1.iam.gserviceaccount.com"
    assert environment["MEDIA_BUCKET"] == "p-1-soku-media"
    knows_the_api = name in ("api", "dashboard")
    assert environment.get("API_URL") == (f"{BASE}/api" if knows_the_api else None)
    assert service["ingressSettings"] == "ALLOW_ALL"
    assert {key: value for key, value in environment.items() if key in _OF_PAGES} == {
        key: _OF_PAGES[key] for key in _PAGE_VARIABLES.get(name, ())
    }
    secrets = [each["key"] for each in service.get("secretEnvironmentVariables", [])]
    assert sorted(secrets) == _SECRETS.get(name, [])


def test_only_the_functions_code_is_uploaded(first: Run) -> None:
    [source, *_] = first.sent("PUT uploads")
    names = zipfile.ZipFile(io.BytesIO(source.body)).namelist()
    tops = {name.partition("/")[0] for name in names if not name.endswith("/")}
    assert tops == {"main.py", "functions", "shared", "requirements.txt", "LICENSE"}
