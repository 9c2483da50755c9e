"""The database, bucket, queues and other resources after a deployment."""

import json
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.deploy.conftest import Run
from tests.deploy.project import BASE, PLACE, PLATFORMS

pytestmark = [pytest.mark.timeout(500), pytest.mark.full]


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
        *("platformHealth", "deliveries"),
    }


def test_queues_have_their_rates_and_give_up_on_tasks_after_an_hour(first: Run) -> None:
    for name, rate, at_once in [
        ("orchestrate", 100, 50),
        ("webhooks", 100, 100),
        *((f"publish-{platform}", 50, 20) for platform in PLATFORMS),
        *((f"collect-{platform}", 10, 5) for platform in PLATFORMS),
    ]:
        queue = first.items[f"{PLACE}/queues/{name}"]
        limits = {"maxDispatchesPerSecond": rate, "maxConcurrentDispatches": at_once}
        assert queue["rateLimits"] == limits
        retry = queue["retryConfig"]
        assert (retry["maxAttempts"], retry["maxRetryDuration"]) == (10, "3600s")
        assert (retry["minBackoff"], retry["maxBackoff"]) == ("1s", "60s")


def test_the_scheduler_calls_the_sweeper_every_minute(first: Run) -> None:
    job = first.items[f"{PLACE}/jobs/sweep"]
    assert job["schedule"] == "* * * * *"
    assert (job["timeZone"], job["attemptDeadline"]) == ("Etc/UTC", "120s")
    assert job["httpTarget"]["httpMethod"] == "POST"
    assert job["httpTarget"]["uri"] == f"{BASE}/sweeper"
    assert job["httpTarget"]["oidcToken"] == {
        "serviceAccountEmail": "scheduler@p-1.iam.gserviceaccount.com",
        "audience": f"{BASE}/sweeper",
    }


def test_users_can_sign_in_by_email_link_on_the_pages(first: Run) -> None:
    config = first.items["projects/p-1/config"]
    assert config["signIn"]["email"] == {"enabled": True, "passwordRequired": False}
    host = BASE.removeprefix("https://")
    before = ["localhost", "p-1.firebaseapp.com", "p-1.web.app"]
    assert config["authorizedDomains"] == [*before, host]
    [change] = first.sent("PATCH identitytoolkit")
    assert change.query["updateMask"] == "signIn.email,authorizedDomains"
