"""A complete deployment with the real gcloud: its requests to Google Cloud, and their order."""

import pytest

from tests.deploy.conftest import Operator, Run
from tests.deploy.project import APPS, BASE, PLATFORMS

pytestmark = [pytest.mark.timeout(500), pytest.mark.full]


def test_a_first_run_succeeds_and_prints_the_next_steps(first: Run) -> None:
    assert first.status == 0, first.errors
    assert f"Base URL: {BASE}/api" in first.output
    assert "python3 -m shared.cli user invite me@example.com" in first.output
    assert "python3 -m shared.cli key create" in first.output
    assert f"signs in at {BASE}/dashboard/sign-in" in first.output
    assert f"redirect URI: {BASE}/dashboard/sign-in/google/callback" in first.output
    for app in APPS:
        assert f"gcloud secrets versions add {app}-client-id" in first.output
    assert "linkedin-pages" in APPS


def test_the_addresses_for_the_developer_apps_are_printed(first: Run) -> None:
    printed = first.output.partition("register these addresses")[2].split()
    addresses = [each for each in printed if each.startswith("https://")]
    expected = []
    for platform in PLATFORMS:
        expected.append(f"{BASE}/connect/callback/{platform}")
        if platform in {"facebook", "instagram", "threads"}:
            meta = f"{BASE}/connect/meta/{platform}"
            expected += [f"{meta}/deauthorize", f"{meta}/delete"]
    assert addresses == expected


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


def test_the_apis_are_enabled(first: Run) -> None:
    [enabled] = first.sent(":batchEnable")
    names = {name.removesuffix(".googleapis.com") for name in enabled.body["serviceIds"]}
    spoken_to = {each.host.partition(".")[0] for each in first.sent("googleapis.com")}
    assert names - spoken_to == {
        *("artifactregistry", "cloudbuild", "iamcredentials", "logging", "monitoring")
    }
    assert spoken_to - names == {"serviceusage", "uploads", "us-central1-run"} - names


def test_the_smoke_test_checks_both_addresses_and_every_internal_function(first: Run) -> None:
    checked = [str(each) for each in first.requests if not each.host.endswith("googleapis.com")]
    ours = "us-central1-p-1.cloudfunctions.net"
    assert checked == [
        f"GET {ours}/api/healthz",
        f"GET {ours}/api/v1/posts",
        "GET api-abc.a.run.app/v1/posts",
        f"GET {ours}/connect/start/none",
        f"GET {ours}/dashboard/sign-in",
        *(f"POST {ours}/{name}" for name in ("collector", "orchestrator", "publisher", "sweeper")),
        f"POST {ours}/webhooks",
    ]
