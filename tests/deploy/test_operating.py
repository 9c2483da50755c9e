"""deploy.sh when something fails, for one step only, and when it deletes the deployment."""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.deploy.cloud import Answer
from tests.deploy.conftest import PROJECT, Operator, Run

pytestmark = pytest.mark.timeout(500)

_FORBIDDEN = {"code": 403, "status": "PERMISSION_DENIED", "message": "PERMISSION_DENIED: no"}


@pytest.mark.full
def test_a_failure_stops_the_run_with_advice_and_the_next_run_continues(
    operator: Operator,
) -> None:
    operator.cloud.refuse["POST firebaserules"] = Answer(403, {"error": _FORBIDDEN})
    failed = operator.deploy("--only", "firestore")
    assert failed.status == 1
    assert (
        "deploy.sh: this command failed:\n  python3 deploy/security_rules.py p-1" in failed.errors
    )
    assert "sign in as an owner of p-1" in failed.errors
    assert failed.sent("POST firestore.*/databases$")
    assert not failed.sent("/indexes")

    operator.cloud.refuse.clear()
    repaired = operator.deploy("--only", "firestore")
    assert repaired.status == 0, repaired.errors
    assert not repaired.sent("POST firestore.*/databases$")
    assert repaired.sent("POST firebaserules.*/rulesets")
    assert repaired.sent("POST firestore.*/indexes$")


@pytest.mark.full
def test_one_failure_among_parallel_commands_stops_the_run(operator: Operator) -> None:
    refused = "POST .*/queues/publish-x:setIamPolicy"
    operator.cloud.refuse[refused] = Answer(403, {"error": _FORBIDDEN})
    failed = operator.deploy("--only", "queues")
    assert failed.status == 1
    assert "gcloud tasks queues set-iam-policy publish-x" in failed.errors
    assert "Base URL" not in failed.output


def test_a_database_in_datastore_mode_is_not_touched(operator: Operator) -> None:
    name = "projects/p-1/databases/(default)"
    operator.cloud.items[name] = {"name": name, "type": "DATASTORE_MODE"}
    failed = operator.deploy("--only", "firestore")
    assert failed.status == 1
    assert "not in native mode" in failed.errors
    assert failed.changes() == []


def test_gcloud_without_an_account_is_reported(operator: Operator) -> None:
    environment = operator.environment | {"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": ""}
    failed = Operator(operator.cloud, environment).deploy("--only", "services")
    assert failed.status == 1
    assert "gcloud auth login" in failed.errors


def test_a_missing_gcloud_is_reported_with_the_address_to_get_it(tmp_path: Path) -> None:
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


@pytest.mark.full
@pytest.mark.parametrize(
    ("function", "keys"),
    [
        ("publisher", ["token-keyset"]),
        pytest.param(
            "connect",
            ["token-public-keyset", "connect-key", "session-key"],
            marks=pytest.mark.full,
        ),
    ],
)
def test_a_client_with_id_and_secret_is_mounted(
    deployed: Operator, function: str, keys: list[str]
) -> None:
    for part in ("x-client-id", "x-client-secret", "linkedin-pages-client-id"):
        name = f"projects/p-1/secrets/{part}/versions/1"
        deployed.cloud.items[name] = {"name": name, "state": "ENABLED"}
    name = "projects/p-1/secrets/linkedin-pages-client-secret/versions/1"
    deployed.cloud.items[name] = {"name": name, "state": "ENABLED"}
    only_id = "projects/p-1/secrets/threads-client-id/versions/1"
    deployed.cloud.items[only_id] = {"name": only_id, "state": "ENABLED"}
    run = deployed.deploy("--only", function)
    assert run.status == 0, run.errors
    [change] = run.sent("PATCH cloudfunctions")
    assert change.path.endswith(f"/functions/{function}")
    secrets = change.body["serviceConfig"]["secretEnvironmentVariables"]
    mounted = {each["key"]: (each["secret"], each["version"]) for each in secrets}
    clients = [
        f"{app}-client-{part}" for app in ("x", "linkedin-pages") for part in ("id", "secret")
    ]
    assert mounted == {
        name.upper().replace("-", "_"): (name, "latest") for name in [*keys, *clients]
    }


@pytest.mark.full
def test_what_stripe_gave_us_is_mounted_where_it_is_needed(deployed: Operator) -> None:
    for secret in ("stripe-secret-key", "stripe-webhook-secret"):
        name = f"projects/p-1/secrets/{secret}/versions/1"
        deployed.cloud.items[name] = {"name": name, "state": "ENABLED"}
    run = deployed.deploy("--only", "api")
    secrets = _service(run)["secretEnvironmentVariables"]
    assert {each["key"]: each["secret"] for each in secrets} == {
        "STRIPE_SECRET_KEY": "stripe-secret-key",
        "STRIPE_WEBHOOK_SECRET": "stripe-webhook-secret",
        "WEBHOOK_KEY": "webhook-key",
    }
    run = deployed.deploy("--only", "dashboard")
    secrets = _service(run, "dashboard")["secretEnvironmentVariables"]
    assert {each["key"] for each in secrets} == {"SESSION_KEY", "STRIPE_SECRET_KEY", "WEBHOOK_KEY"}


_FUNCTION = "projects/p-1/locations/us-central1/functions/{}".format


def _service(run: Run, function: str = "api") -> dict[str, Any]:
    assert run.status == 0, run.errors
    service: dict[str, Any] = run.items[_FUNCTION(function)]["serviceConfig"]
    return service


@pytest.mark.full
def test_a_function_gets_the_domain_that_the_others_have(deployed: Operator) -> None:
    for name in ("api", "connect", "dashboard"):
        environment = deployed.cloud.items[_FUNCTION(name)]["serviceConfig"]["environmentVariables"]
        environment["CONNECT_URL"] = "https://soku.example.com/connect"
    run = deployed.deploy("--only", "dashboard")
    environment = _service(run, "dashboard")["environmentVariables"]
    assert environment["DASHBOARD_URL"] == environment["PUBLIC_URL"] == "https://soku.example.com"
    assert run.sent("identitytoolkit") == [], "the key stays"

    environment["CONNECT_URL"] = "https://other.example.com/connect"
    run = deployed.deploy("--only", "dashboard")
    assert (run.status, run.changes()) == (1, [])
    assert "Choose one with --domain." in run.errors


@pytest.mark.full
def test_a_domain_is_for_the_pages_and_every_address_until_it_is_changed(
    deployed: Operator,
) -> None:
    run = deployed.deploy("--domain", "soku.example.com")
    environment = _service(run, "dashboard")["environmentVariables"]
    assert environment["PUBLIC_URL"] == "https://soku.example.com"
    url = "https://soku.example.com/connect"
    assert _service(run)["environmentVariables"]["CONNECT_URL"] == url
    assert run.items["projects/p-1/config"]["authorizedDomains"][-1] == "soku.example.com"
    assert "redirect URI:  https://soku.example.com/connect/callback/x\n" in run.output
    assert "firebase-tools deploy --only hosting --project p-1 --config firebase.p-1." in run.output

    assert deployed.deploy().items == run.items

    run = deployed.deploy("--domain", "none")
    environment = _service(run, "dashboard")["environmentVariables"]
    assert environment["DASHBOARD_URL"].endswith(".cloudfunctions.net/dashboard")
    assert "PUBLIC_URL" not in environment
    assert "firebase" not in run.output


@pytest.mark.full
def test_setting_up_the_sign_in_changes_only_what_is_needed(operator: Operator) -> None:
    name, domain = "projects/p-1/config", "us-central1-p-1.cloudfunctions.net"
    other = {"phoneNumber": {"enabled": True}}
    operator.cloud.items[name] = {
        "signIn": {"email": {"enabled": True, "passwordRequired": True}, **other},
        "authorizedDomains": ["app.example.com", domain],
    }
    run = operator.deploy("--only", "identity")
    assert run.status == 0, run.errors
    [change] = run.changes()
    assert change.query["updateMask"] == "signIn.email"
    assert run.items[name] == {
        "signIn": {"email": {"enabled": True, "passwordRequired": False}, **other},
        "authorizedDomains": ["app.example.com", domain],
    }


@pytest.mark.full
def test_a_project_without_a_web_api_key_is_reported_with_the_command_for_one(
    operator: Operator,
) -> None:
    operator.cloud.items["projects/p-1/config"] = {"client": {}}
    run = operator.deploy("--only", "dashboard")
    assert (run.status, run.changes()) == (1, [])
    assert "gcloud services api-keys create --project p-1" in run.errors
    assert "--set IDENTITY_API_KEY=KEY" in run.errors


@pytest.mark.full
def test_a_keyset_of_an_earlier_version_is_reported_and_not_replaced(operator: Operator) -> None:
    old = {"primaryKeyId": 1, "key": [{"keyData": {"typeUrl": "AesGcmKey", "value": "Gg=="}}]}
    payload = {"data": base64.b64encode(json.dumps(old).encode()).decode()}
    secret = "projects/p-1/secrets/token-keyset"
    operator.cloud.items[secret] = {"name": secret}
    version = f"{secret}/versions/1"
    operator.cloud.items[version] = {"name": version, "state": "ENABLED", "payload": payload}
    run = operator.deploy("--only", "secrets")
    assert run.status == 1
    assert "python3 deploy/new_keyset.py | gcloud secrets versions add token-" in run.errors
    assert run.sent("addVersion") == []


@pytest.mark.full
def test_variables_and_instances_stay_until_they_are_changed(deployed: Operator) -> None:
    before = _service(deployed.deploy("--only", "api"))["environmentVariables"]
    changes = ("--set", "RATE_LIMIT_POSTS=5", "--set", "API_URL=https://soku.example/a,b")
    deployed.deploy("--only", "api", *changes, "--max-instances", "7", "--min-instances", "1")

    later = _service(deployed.deploy("--only", "api", "--set", "X_API_VERSION=v9.9"))
    url = {"API_URL": "https://soku.example/a,b"}
    changed = {"RATE_LIMIT_POSTS": "5", **url, "X_API_VERSION": "v9.9"}
    assert later["environmentVariables"] == before | changed
    assert (later["maxInstanceCount"], later["minInstanceCount"]) == (7, 1)

    names = ("RATE_LIMIT_POSTS", "API_URL", "X_API_VERSION")
    unset = [word for name in names for word in ("--unset", name)]
    assert _service(deployed.deploy("--only", "api", *unset))["environmentVariables"] == before


@pytest.mark.full
def test_alerts_are_created_once_updated_and_deleted_with_the_deployment(
    operator: Operator,
) -> None:
    options = ("--only", "alerts", "--alert-email", "me@example.com")
    run = operator.deploy(*options)
    assert run.status == 0, run.errors
    policies = {item["displayName"]: item for item in _of(run, "alertPolicies")}
    metrics = {item["name"].rpartition("/")[2]: item for item in _of(run, "metrics")}
    page = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*(.+?)\*\*: (.+?) \| `(.+?)` \| ", page, re.MULTILINE)
    assert len(rows) > 5
    assert sorted(policies) == sorted(f"Soku: {title}" for title, _, _ in rows)
    [channel] = _of(run, "notificationChannels")
    assert channel["labels"] == {"email_address": "me@example.com"}
    for title, condition, lines in rows:
        policy = policies[f"Soku: {title}"]
        assert policy["notificationChannels"] == [channel["name"]]
        [raised] = policy["conditions"]
        kind = raised.get("conditionThreshold") or raised["conditionAbsent"]
        metric = re.search('"logging.googleapis.com/user/(.+?)"', kind["filter"])
        assert metric
        assert f"({lines})" in metrics[metric[1]]["filter"]
        if condition.startswith("none"):
            assert raised["conditionAbsent"]["duration"] == "300s"
        else:
            least = 1 if condition == "any" else int(condition.split()[0])
            assert raised["conditionThreshold"]["thresholdValue"] == least - 1

    # A channel that the operator added stays.
    policies["Soku: A defect in Soku"]["notificationChannels"].insert(0, "by-hand")
    again = operator.deploy(*options)
    assert [str(each) for each in again.changes() if each.method == "POST"] == []
    assert {item["displayName"]: item for item in _of(again, "alertPolicies")} == policies

    deleted = operator.deploy("--delete", typed=f"{PROJECT}\n")
    assert deleted.status == 0, deleted.errors
    assert _of(deleted, "alertPolicies") == []


def _of(run: Run, kind: str) -> list[dict[str, Any]]:
    return [item for name, item in run.items.items() if f"/{kind}/" in name]


@pytest.mark.full
def test_an_unreadable_secret_is_not_removed_from_a_function(
    deployed: Operator,
) -> None:
    deployed.cloud.refuse["GET .*/x-client-id/versions"] = Answer(403, {"error": _FORBIDDEN})
    run = deployed.deploy("--only", "publisher")
    assert run.status == 1
    assert run.changes() == []


@pytest.mark.full
def test_a_list_that_fails_stops_the_deletion(deployed: Operator) -> None:
    deployed.cloud.refuse["GET cloudscheduler"] = Answer(403, {"error": _FORBIDDEN})
    run = deployed.deploy("--delete", typed=f"{PROJECT}\n")
    assert run.status == 1
    assert run.changes() == []


@pytest.mark.full
def test_a_reader_of_a_secret_that_the_operator_added_stays(deployed: Operator) -> None:
    own = {"role": "roles/secretmanager.secretAccessor", "members": ["user:me@example.com"]}
    policies = deployed.cloud.policies
    policies["projects/p-1/secrets/session-key"] = [own]
    assert deployed.deploy("--only", "secrets").status == 0
    [binding] = policies["projects/p-1/secrets/session-key"]
    assert binding["members"][0] == "user:me@example.com"
    assert len(binding["members"]) == 3, "connect and dashboard read it"


@pytest.mark.full
def test_a_disabled_keyset_is_not_replaced(deployed: Operator) -> None:
    for name, item in deployed.cloud.items.items():
        if "/versions/" in name:
            item["state"] = "DISABLED"
    run = deployed.deploy("--only", "secrets")
    assert run.status == 0, run.errors
    assert run.sent("addVersion") == []


def test_nothing_is_deleted_without_the_project_id(deployed: Operator) -> None:
    run = deployed.deploy("--delete", typed="yes\n")
    assert run.status == 1
    assert "nothing was deleted" in run.errors
    assert run.requests == []


@pytest.mark.full
def test_deleting_removes_everything_but_the_data(deployed: Operator) -> None:
    foreign = {"role": "roles/owner", "members": ["user:me@example.com"]}
    deployed.cloud.policies["projects/p-1"].append(foreign)
    run = deployed.deploy("--delete", typed=f"{PROJECT}\n")
    assert run.status == 0, run.errors
    gone = ("/functions/", "/jobs/", "/queues/", "/serviceAccounts/")
    assert [name for name in run.items if any(kind in name for kind in gone)] == []
    assert run.policies["projects/p-1"] == [foreign]
    for resource in (
        "projects/p-1/databases/(default)",
        "b/p-1-soku-media",
        "projects/p-1/secrets/token-keyset",
    ):
        assert resource in run.items
    assert "gcloud firestore databases delete --project p-1" in run.output
    assert "gcloud secrets delete token-keyset --project p-1" in run.output

    again = deployed.deploy("--delete", typed=f"{PROJECT}\n")
    assert (again.status, again.changes()) == (0, [])
