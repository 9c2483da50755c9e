"""A complete deployment with the real gcloud: its requests to Google Cloud, and their order."""

import base64
import io
import json
import re
import zipfile
from typing import Any

import pytest

from shared.gcp.cipher import Sealer, TokenCipher
from shared.platforms import registry
from tests.conftest import ROOT
from tests.deploy.cloud import WEB_API_KEY
from tests.deploy.conftest import Operator, Run

pytestmark = pytest.mark.timeout(500)

_SA = "serviceAccount:{}@p-1.iam.gserviceaccount.com".format
_BASE = "https://us-central1-p-1.cloudfunctions.net"
_PLACE = "projects/p-1/locations/us-central1"
_PLATFORMS = registry.names()
_FUNCTIONS = ("api", "connect", "dashboard", "orchestrator", "publisher", "sweeper")
_PUBLIC = ("api", "connect", "dashboard")
_APPS = [prefix.lower().replace("_", "-") for prefix in registry.client_prefixes()]


def _bindings(run: Run, resource: str) -> dict[str, list[str]]:
    """Role -> members."""
    return {each["role"]: sorted(each["members"]) for each in run.policies[resource]}


def _accounts(*functions: str) -> list[str]:
    return [_SA(f"soku-{name}") for name in sorted(functions)]


def test_a_first_run_succeeds_and_prints_the_next_steps(first: Run) -> None:
    assert first.status == 0, first.errors
    assert f"Base URL: {_BASE}/api" in first.output
    assert "python3 -m shared.cli user invite me@example.com" in first.output
    assert "python3 -m shared.cli key create" in first.output
    assert f"signs in at {_BASE}/dashboard/sign-in" in first.output
    assert f"redirect URI: {_BASE}/dashboard/sign-in/google/callback" in first.output
    for app in _APPS:
        assert f"gcloud secrets versions add {app}-client-id" in first.output
    assert "linkedin-pages" in _APPS


def test_the_addresses_for_the_developer_apps_are_printed(first: Run) -> None:
    printed = first.output.partition("register these addresses")[2].split()
    addresses = [each for each in printed if each.startswith("https://")]
    expected = []
    for platform in _PLATFORMS:
        expected.append(f"{_BASE}/connect/callback/{platform}")
        if platform in {"facebook", "instagram", "threads"}:
            meta = f"{_BASE}/connect/meta/{platform}"
            expected += [f"{meta}/deauthorize", f"{meta}/delete"]
    assert addresses == expected


@pytest.mark.full
def test_a_second_run_creates_nothing(first: Run, deployed: Operator) -> None:
    second = deployed.deploy()
    assert second.status == 0, second.errors
    created = [str(each) for each in second.changes() if each.method == "POST"]
    assert [each for each in created if ":" not in each.rpartition("/")[2]] == []
    assert second.policies == first.policies
    assert second.items == first.items
    assert second.sent("addVersion") == []
    assert second.sent("(POST|PATCH) identitytoolkit") == []


def test_everything_is_created_before_it_is_needed(first: Run) -> None:
    order = [
        "POST serviceusage.*:batchEnable",
        "POST iam.*/serviceAccounts$",
        "POST cloudresourcemanager.*:setIamPolicy",
        "POST firestore.*/databases$",
        "POST firebaserules.*/rulesets",
        "POST firestore.*/indexes$",
        "PUT storage.*/iam",
        "POST secretmanager.*/secrets$",
        "POST secretmanager.*:addVersion",
        "GET secretmanager.*/token-keyset/versions/latest:access",
        "POST cloudtasks.*/queues$",
        "POST identitytoolkit.*:initializeAuth",
        "POST cloudfunctions.*/functions$",
        "POST run.*:setIamPolicy",
        "POST cloudscheduler.*/jobs$",
        "GET us-central1-p-1.cloudfunctions.net/api/healthz",
    ]
    positions = [first.requests.index(first.sent(pattern)[0]) for pattern in order]
    assert positions == sorted(positions)


def test_every_account_has_the_fewest_roles_on_the_project(first: Run) -> None:
    assert _bindings(first, "projects/p-1") == {
        "roles/datastore.user": _accounts(*_FUNCTIONS),
        "projects/p-1/roles/sokuUserRemover": _accounts("sweeper"),
        "roles/logging.logWriter": _accounts("build"),
        "roles/artifactregistry.writer": _accounts("build"),
        "roles/storage.objectViewer": _accounts("build"),
    }
    role = first.items["projects/p-1/roles/sokuUserRemover"]
    assert role["includedPermissions"] == ["firebaseauth.users.delete"]


def test_functions_that_enqueue_may_act_as_the_tasks_invoker(first: Run) -> None:
    accounts = "projects/p-1/serviceAccounts/{}@p-1.iam.gserviceaccount.com".format
    assert _bindings(first, accounts("tasks-invoker")) == {
        "roles/iam.serviceAccountUser": _accounts(
            "api", "dashboard", "orchestrator", "publisher", "sweeper"
        )
    }


def test_functions_that_sign_upload_urls_sign_as_themselves_alone(first: Run) -> None:
    role = "roles/iam.serviceAccountTokenCreator"
    for name in _FUNCTIONS:
        account = f"projects/p-1/serviceAccounts/soku-{name}@p-1.iam.gserviceaccount.com"
        expected = {role: _accounts(name)} if name in {"api", "dashboard"} else {}
        assert (_bindings(first, account) if account in first.policies else {}) == expected


def test_each_queue_accepts_tasks_only_from_functions_that_need_it(first: Run) -> None:
    role = "roles/cloudtasks.enqueuer"
    enqueuers = _accounts("api", "dashboard", "orchestrator", "sweeper")
    assert _bindings(first, f"{_PLACE}/queues/orchestrate") == {role: enqueuers}
    for platform in _PLATFORMS:
        expected = {role: sorted([*enqueuers, *_accounts("publisher")])}
        assert _bindings(first, f"{_PLACE}/queues/publish-{platform}") == expected


def test_each_secret_can_be_read_only_by_functions_that_need_it(first: Run) -> None:
    """So nothing but the publisher can decrypt tokens, and only the api hears from Stripe."""
    clients = [f"{app}-client-{part}" for app in _APPS for part in ("id", "secret")]
    readers = {
        "token-keyset": _accounts("publisher"),
        "token-public-keyset": _accounts("connect"),
        "connect-key": _accounts("connect"),
        "session-key": _accounts("connect", "dashboard"),
        "stripe-secret-key": _accounts("api", "dashboard", "sweeper"),
        "stripe-webhook-secret": _accounts("api"),
        **dict.fromkeys(clients, _accounts("connect", "publisher")),
    }
    secrets = {name for name in first.items if "/secrets/" in name and "/versions/" not in name}
    assert secrets == {f"projects/p-1/secrets/{name}" for name in readers}
    role = "roles/secretmanager.secretAccessor"
    for secret, accounts in readers.items():
        assert _bindings(first, f"projects/p-1/secrets/{secret}") == {role: accounts}


def test_only_the_queues_and_the_scheduler_can_call_internal_functions(first: Run) -> None:
    for name, caller in [
        ("orchestrator", "tasks-invoker"),
        ("publisher", "tasks-invoker"),
        ("sweeper", "scheduler"),
    ]:
        service = _bindings(first, f"{_PLACE}/services/{name}")
        assert service == {"roles/run.invoker": [_SA(caller)]}
    for name in _PUBLIC:
        service = _bindings(first, f"{_PLACE}/services/{name}")
        assert service == {"roles/run.invoker": ["allUsers"]}


def test_anyone_can_read_media_and_nothing_else(first: Run) -> None:
    reader = "projects/p-1/roles/sokuMediaReader"
    assert first.items[reader]["includedPermissions"] == ["storage.objects.get"]
    folder = "b/p-1-soku-media/managedFolders/media/"
    assert _bindings(first, folder) == {reader: ["allUsers"]}
    writers = {"roles/storage.objectUser": _accounts("api", "dashboard", "sweeper")}
    assert _bindings(first, "b/p-1-soku-media") == writers
    public = [name for name, bound in first.policies.items() if "allUsers" in json.dumps(bound)]
    assert sorted(public) == sorted([folder, *(f"{_PLACE}/services/{name}" for name in _PUBLIC)])


def test_the_bucket_removes_only_unfinished_uploads(first: Run) -> None:
    bucket = first.items["b/p-1-soku-media"]
    assert bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] is True
    assert bucket["lifecycle"]["rule"] == [
        {"action": {"type": "Delete"}, "condition": {"age": 1, "matchesPrefix": ["uploads/"]}},
        {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}},
    ]
    [cors] = bucket["cors"]
    assert {"GET", "PUT"} <= set(cors["method"])
    signed = {"Content-Type", "X-Goog-Content-Length-Range", "X-Goog-If-Generation-Match"}
    assert signed <= set(cors["responseHeader"])


def test_the_database_is_native_and_protected(first: Run) -> None:
    database = first.items["projects/p-1/databases/(default)"]
    assert database["type"] == "FIRESTORE_NATIVE"
    assert database["deleteProtectionState"] == "DELETE_PROTECTION_ENABLED"
    assert database["locationId"] == "us-central1"


def test_the_rules_of_the_repository_are_in_force(first: Run) -> None:
    ruleset = first.items["projects/p-1/releases/cloud.firestore"]["rulesetName"]
    [file] = first.items[ruleset]["source"]["files"]
    assert file["content"] == (ROOT / "firestore.rules").read_text()


def test_every_index_exemption_and_ttl_of_the_file_is_created(first: Run) -> None:
    wanted = json.loads((ROOT / "firestore.indexes.json").read_text())
    groups = "/v1/projects/p-1/databases/(default)/collectionGroups"
    composite = [(each.path, each.body) for each in first.sent("POST firestore.*/indexes$")]
    assert composite == [
        (
            f"{groups}/{index['collectionGroup']}/indexes",
            {"queryScope": index["queryScope"], "fields": index["fields"]},
        )
        for index in wanted["indexes"]
    ]
    fields = {each.path: each for each in first.sent("PATCH firestore.*/fields/")}
    assert len(fields) == len(wanted["fieldOverrides"])
    for override in wanted["fieldOverrides"]:
        name = override["fieldPath"]
        request = fields[f"{groups}/{override['collectionGroup']}/fields/{name}"]
        indexes = [
            {
                "queryScope": each["queryScope"],
                "fields": [{"fieldPath": name, "order": each["order"]}],
            }
            for each in override["indexes"]
        ]
        ttl: dict[str, Any] = {"ttlConfig": {}} if override.get("ttl") else {}
        assert request.body == {"indexConfig": {"indexes": indexes}, **ttl}
        assert request.query["updateMask"] == ",".join(request.body)


def test_expired_documents_are_removed_by_a_ttl_policy(first: Run) -> None:
    fields = first.sent("PATCH firestore.*/fields/")
    expiring = {each.path.split("/")[-3:][0] for each in fields if "ttlConfig" in each.body}
    assert expiring >= {
        *("idempotencyKeys", "rateLimits", "apiRequests", "mediaSources", "uploads"),
        *("sessions", "signInLinks", "connections", "revocations", "platformDeletions"),
        "platformHealth",
    }


def test_the_apis_are_enabled(first: Run) -> None:
    [enabled] = first.sent(":batchEnable")
    names = {name.removesuffix(".googleapis.com") for name in enabled.body["serviceIds"]}
    spoken_to = {each.host.partition(".")[0] for each in first.sent("googleapis.com")}
    assert names - spoken_to == {
        *("artifactregistry", "cloudbuild", "iamcredentials", "logging", "monitoring")
    }
    assert spoken_to - names == {"serviceusage", "uploads", "us-central1-run"} - names


def test_queues_have_their_rates_and_give_up_on_tasks_after_an_hour(first: Run) -> None:
    for name, rate, at_once in [
        ("orchestrate", 100, 50),
        *((f"publish-{platform}", 50, 20) for platform in _PLATFORMS),
    ]:
        queue = first.items[f"{_PLACE}/queues/{name}"]
        limits = {"maxDispatchesPerSecond": rate, "maxConcurrentDispatches": at_once}
        assert queue["rateLimits"] == limits
        retry = queue["retryConfig"]
        assert (retry["maxAttempts"], retry["maxRetryDuration"]) == (10, "3600s")
        assert (retry["minBackoff"], retry["maxBackoff"]) == ("1s", "60s")


_OF_PAGES = {
    "CONNECT_URL": f"{_BASE}/connect",
    "DASHBOARD_URL": f"{_BASE}/dashboard",
    "PUBLIC_URL": None,
    "IDENTITY_API_KEY": WEB_API_KEY,
}
_PAGE_VARIABLES = {
    "api": ["CONNECT_URL", "DASHBOARD_URL"],
    "connect": ["CONNECT_URL", "DASHBOARD_URL"],
    "dashboard": ["CONNECT_URL", "DASHBOARD_URL", "IDENTITY_API_KEY"],
}
_SECRETS = {
    "connect": ["CONNECT_KEY", "SESSION_KEY", "TOKEN_PUBLIC_KEYSET"],
    "dashboard": ["SESSION_KEY"],
    "publisher": ["TOKEN_KEYSET"],
}


@pytest.mark.parametrize(
    ("name", "memory", "threads", "instances", "seconds"),
    [
        ("api", "1Gi", 32, 20, 360),
        ("connect", "512Mi", 16, 10, 60),
        ("dashboard", "1Gi", 16, 10, 120),
        ("orchestrator", "512Mi", 8, 10, 120),
        ("publisher", "512Mi", 8, 30, 540),
        ("sweeper", "512Mi", 1, 3, 120),
    ],
)
def test_each_function_is_deployed_as_its_row_says(
    first: Run, name: str, memory: str, threads: int, instances: int, seconds: int
) -> None:
    function = first.items[f"{_PLACE}/functions/{name}"]
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
    assert environment["PUBLISHER_URL"] == f"{_BASE}/publisher"
    assert environment["TASKS_INVOKER"] == "tasks-invoker@p-1.iam.gserviceaccount.com"
    assert environment["MEDIA_BUCKET"] == "p-1-soku-media"
    knows_the_api = name in ("api", "dashboard")
    assert environment.get("API_URL") == (f"{_BASE}/api" if knows_the_api else None)
    assert service["ingressSettings"] == "ALLOW_ALL"
    assert {key: value for key, value in environment.items() if key in _OF_PAGES} == {
        key: _OF_PAGES[key] for key in _PAGE_VARIABLES.get(name, ())
    }
    secrets = [each["key"] for each in service.get("secretEnvironmentVariables", [])]
    assert sorted(secrets) == _SECRETS.get(name, [])
    assert secrets == [] or name != "api"


def test_only_the_functions_code_is_uploaded(first: Run) -> None:
    [source, *_] = first.sent("PUT uploads")
    names = zipfile.ZipFile(io.BytesIO(source.body)).namelist()
    tops = {name.partition("/")[0] for name in names if not name.endswith("/")}
    assert tops == {"main.py", "functions", "shared", "requirements.txt", "LICENSE"}


def test_the_scheduler_calls_the_sweeper_every_minute(first: Run) -> None:
    job = first.items[f"{_PLACE}/jobs/sweep"]
    assert job["schedule"] == "* * * * *"
    assert (job["timeZone"], job["attemptDeadline"]) == ("Etc/UTC", "120s")
    assert job["httpTarget"]["httpMethod"] == "POST"
    assert job["httpTarget"]["uri"] == f"{_BASE}/sweeper"
    assert job["httpTarget"]["oidcToken"] == {
        "serviceAccountEmail": "scheduler@p-1.iam.gserviceaccount.com",
        "audience": f"{_BASE}/sweeper",
    }


def _generated(run: Run, secret: str) -> str:
    """The only value that a secret got."""
    [added] = run.sent(f"secrets/{secret}:addVersion")
    return base64.b64decode(added.body["payload"]["data"]).decode()


def test_the_keyset_encrypts_tokens_and_is_never_printed(first: Run) -> None:
    keyset = _generated(first, "token-keyset")
    sealed = Sealer(_generated(first, "token-public-keyset")).seal("a token", "ann", "x")
    assert TokenCipher(keyset).open(sealed, "ann", "x") == "a token"
    [key] = json.loads(keyset)["key"]
    assert key["keyData"]["value"] not in first.output + first.errors


def test_the_other_keys_are_random_long_enough_and_never_printed(first: Run) -> None:
    keys = [_generated(first, name) for name in ("connect-key", "session-key")]
    assert len(set(keys)) == 2
    for key in keys:
        assert re.fullmatch(r"[\w-]{43}", key), "32 bytes"
        assert key not in first.output + first.errors


def test_users_can_sign_in_by_email_link_on_the_pages(first: Run) -> None:
    config = first.items["projects/p-1/config"]
    assert config["signIn"]["email"] == {"enabled": True, "passwordRequired": False}
    host = _BASE.removeprefix("https://")
    before = ["localhost", "p-1.firebaseapp.com", "p-1.web.app"]
    assert config["authorizedDomains"] == [*before, host]
    [change] = first.sent("PATCH identitytoolkit")
    assert change.query["updateMask"] == "signIn.email,authorizedDomains"


def test_the_smoke_test_checks_both_addresses_and_every_internal_function(first: Run) -> None:
    checked = [str(each) for each in first.requests if not each.host.endswith("googleapis.com")]
    ours = "us-central1-p-1.cloudfunctions.net"
    assert checked == [
        f"GET {ours}/api/healthz",
        f"GET {ours}/api/v1/posts",
        "GET api-abc.a.run.app/v1/posts",
        f"GET {ours}/connect/start/none",
        f"GET {ours}/dashboard/sign-in",
        *(f"POST {ours}/{name}" for name in ("orchestrator", "publisher", "sweeper")),
    ]


def test_every_account_that_is_used_is_created(first: Run) -> None:
    everything = json.dumps([first.policies, first.items])
    used = set(re.findall(r"[\w-]+@p-1\.iam\.gserviceaccount\.com", everything))
    created = {name.rpartition("/")[2] for name in first.items if "/serviceAccounts/" in name}
    assert used == created
