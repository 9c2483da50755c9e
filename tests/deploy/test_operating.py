"""deploy.sh when something goes wrong, for one part alone, and taking everything down."""

import shutil
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.deploy.cloud import Answer, Cloud
from tests.deploy.conftest import PROJECT, Operator, Run

pytestmark = pytest.mark.timeout(500)

_FORBIDDEN = {"code": 403, "status": "PERMISSION_DENIED", "message": "PERMISSION_DENIED: no"}


@pytest.fixture
def deployed(operator_of: Callable[[Cloud], Operator], first: Run) -> Operator:
    """An operator whose project holds what a first run has made."""
    return operator_of(
        Cloud(PROJECT, items=deepcopy(first.items), policies=deepcopy(first.policies))
    )


def test_a_failure_stops_the_run_says_what_to_do_and_the_next_run_goes_on(
    operator: Operator,
) -> None:
    operator.cloud.refuse["POST firebaserules"] = Answer(403, {"error": _FORBIDDEN})
    failed = operator.deploy("--only", "firestore")
    assert failed.status == 1
    assert "deploy.sh: this failed:\n  python3 deploy/security_rules.py p-1" in failed.errors
    assert "sign in as an owner of p-1" in failed.errors
    assert failed.sent("POST firestore.*/databases$")
    assert not failed.sent("/indexes")

    operator.cloud.refuse.clear()
    mended = operator.deploy("--only", "firestore")
    assert mended.status == 0, mended.errors
    assert not mended.sent("POST firestore.*/databases$")
    assert mended.sent("POST firebaserules.*/rulesets")
    assert mended.sent("POST firestore.*/indexes$")


def test_one_queue_that_fails_among_those_made_at_once_stops_the_run(operator: Operator) -> None:
    refused = "POST .*/queues/publish-x:setIamPolicy"
    operator.cloud.refuse[refused] = Answer(403, {"error": _FORBIDDEN})
    failed = operator.deploy("--only", "queues")
    assert failed.status == 1
    assert "gcloud tasks queues set-iam-policy publish-x" in failed.errors
    assert "Base URL" not in failed.said


def test_a_database_in_datastore_mode_is_not_touched(operator: Operator) -> None:
    name = "projects/p-1/databases/(default)"
    operator.cloud.items[name] = {"name": name, "type": "DATASTORE_MODE"}
    failed = operator.deploy("--only", "firestore")
    assert failed.status == 1
    assert "not in native mode" in failed.errors
    assert failed.changes() == []


def test_a_missing_account_of_gcloud_is_said(operator: Operator) -> None:
    environment = operator.environment | {"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": ""}
    failed = Operator(operator.cloud, environment).deploy("--only", "services")
    assert failed.status == 1
    assert "gcloud auth login" in failed.errors


def test_a_machine_without_gcloud_is_told_where_to_get_it(tmp_path: Path) -> None:
    for tool in ("bash", "dirname", "cat", "tail", "sed", "cut", "grep", "tr"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    done = subprocess.run(
        [str(tmp_path / "bash"), "deploy.sh", "--project", "p", "--region", "r"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "https://cloud.google.com/sdk/docs/install" in done.stderr


def test_a_platform_whose_client_was_filled_reaches_the_publisher(deployed: Operator) -> None:
    for part in ("id", "secret"):
        name = f"projects/p-1/secrets/x-client-{part}/versions/1"
        deployed.cloud.items[name] = {"name": name, "state": "ENABLED"}
    only_id = "projects/p-1/secrets/threads-client-id/versions/1"
    deployed.cloud.items[only_id] = {"name": only_id, "state": "ENABLED"}
    run = deployed.deploy("--only", "publisher")
    assert run.status == 0, run.errors
    [change] = run.sent("PATCH cloudfunctions")
    assert change.path.endswith("/functions/publisher")
    secrets = change.body["serviceConfig"]["secretEnvironmentVariables"]
    mounted = {each["key"]: (each["secret"], each["version"]) for each in secrets}
    assert mounted == {
        "TOKEN_KEYSET": ("token-keyset", "latest"),
        "X_CLIENT_ID": ("x-client-id", "latest"),
        "X_CLIENT_SECRET": ("x-client-secret", "latest"),
    }


def test_a_secret_that_cannot_be_looked_at_is_not_taken_away_from_a_function(
    deployed: Operator,
) -> None:
    deployed.cloud.refuse["GET .*/x-client-id/versions"] = Answer(403, {"error": _FORBIDDEN})
    run = deployed.deploy("--only", "publisher")
    assert run.status == 1
    assert run.changes() == []


def test_what_cannot_be_listed_stops_the_deletion(deployed: Operator) -> None:
    deployed.cloud.refuse["GET cloudscheduler"] = Answer(403, {"error": _FORBIDDEN})
    run = deployed.deploy("--delete", typed=f"{PROJECT}\n")
    assert run.status == 1
    assert run.changes() == []


def test_a_keyset_that_was_disabled_is_not_replaced(deployed: Operator) -> None:
    for name, item in deployed.cloud.items.items():
        if "/versions/" in name:
            item["state"] = "DISABLED"
    run = deployed.deploy("--only", "secrets")
    assert run.status == 0, run.errors
    assert run.sent("addVersion") == []


def test_nothing_is_deleted_without_the_projects_name(deployed: Operator) -> None:
    run = deployed.deploy("--delete", typed="yes\n")
    assert run.status == 1
    assert "nothing was deleted" in run.errors
    assert run.requests == []


def test_deleting_takes_everything_down_but_the_data(deployed: Operator) -> None:
    foreign = {"role": "roles/owner", "members": ["user:me@example.com"]}
    deployed.cloud.policies["projects/p-1"].append(foreign)
    run = deployed.deploy("--delete", typed=f"{PROJECT}\n")
    assert run.status == 0, run.errors
    gone = ("/functions/", "/jobs/", "/queues/", "/serviceAccounts/")
    assert [name for name in run.items if any(kind in name for kind in gone)] == []
    assert run.policies["projects/p-1"] == [foreign]
    for kept in (
        "projects/p-1/databases/(default)",
        "b/p-1-soku-media",
        "projects/p-1/secrets/token-keyset",
    ):
        assert kept in run.items
    assert "gcloud firestore databases delete --project p-1" in run.said
    assert "gcloud secrets delete token-keyset --project p-1" in run.said

    again = deployed.deploy("--delete", typed=f"{PROJECT}\n")
    assert (again.status, again.changes()) == (0, [])
