"""Who may do what after a deployment, and what nobody may see."""

import base64
import json
import re

import pytest

from shared.gcp.cipher import Sealer, TokenCipher
from tests.deploy.conftest import Run
from tests.deploy.project import (
    APPS,
    FUNCTIONS,
    PLACE,
    PLATFORMS,
    PUBLIC,
    SERVICE_ACCOUNT,
    accounts_of,
    bindings,
)

pytestmark = [pytest.mark.timeout(500), pytest.mark.full]


def test_every_account_has_the_fewest_roles_on_the_project(first: Run) -> None:
    assert bindings(first, "projects/p-1") == {
        "roles/datastore.user": accounts_of(*FUNCTIONS),
        "projects/p-1/roles/sokuUserRemover": accounts_of("sweeper"),
        "roles/logging.logWriter": accounts_of("build"),
        "roles/artifactregistry.writer": accounts_of("build"),
        "roles/storage.objectViewer": accounts_of("build"),
    }
    role = first.items["projects/p-1/roles/sokuUserRemover"]
    assert role["includedPermissions"] == ["firebaseauth.users.delete"]


def test_functions_that_enqueue_may_act_as_the_tasks_invoker(first: Run) -> None:
    accounts = "projects/p-1/serviceAccounts/{}@p-1.iam.gserviceaccount.com".format
    assert bindings(first, accounts("tasks-invoker")) == {
        "roles/iam.serviceAccountUser": accounts_of(*FUNCTIONS)
    }


def test_functions_that_sign_upload_urls_sign_as_themselves_alone(first: Run) -> None:
    role = "roles/iam.serviceAccountTokenCreator"
    for name in FUNCTIONS:
        account = f"projects/p-1/serviceAccounts/soku-{name}@p-1.iam.gserviceaccount.com"
        expected = {role: accounts_of(name)} if name in {"api", "dashboard"} else {}
        assert (bindings(first, account) if account in first.policies else {}) == expected


def test_each_queue_accepts_tasks_only_from_functions_that_need_it(first: Run) -> None:
    role = "roles/cloudtasks.enqueuer"
    enqueuers = accounts_of("api", "dashboard", "orchestrator", "sweeper")
    assert bindings(first, f"{PLACE}/queues/orchestrate") == {role: enqueuers}
    for platform in PLATFORMS:
        expected = {role: sorted([*enqueuers, *accounts_of("publisher")])}
        assert bindings(first, f"{PLACE}/queues/publish-{platform}") == expected
        collecting = {role: accounts_of("api", "dashboard", "sweeper")}
        assert bindings(first, f"{PLACE}/queues/collect-{platform}") == collecting
    assert bindings(first, f"{PLACE}/queues/webhooks") == {role: accounts_of(*FUNCTIONS)}


def test_each_secret_can_be_read_only_by_functions_that_need_it(first: Run) -> None:
    """Only the publisher and the collector decrypt tokens, only the api hears from Stripe."""
    clients = [f"{app}-client-{part}" for app in APPS for part in ("id", "secret")]
    readers = {
        "token-keyset": accounts_of("collector", "publisher"),
        "token-public-keyset": accounts_of("connect"),
        "connect-key": accounts_of("connect"),
        "session-key": accounts_of("connect", "dashboard"),
        "webhook-key": accounts_of("api", "dashboard", "webhooks"),
        "stripe-secret-key": accounts_of("api", "dashboard", "sweeper"),
        "stripe-webhook-secret": accounts_of("api"),
        **dict.fromkeys(clients, accounts_of("collector", "connect", "publisher")),
    }
    secrets = {name for name in first.items if "/secrets/" in name and "/versions/" not in name}
    assert secrets == {f"projects/p-1/secrets/{name}" for name in readers}
    role = "roles/secretmanager.secretAccessor"
    for secret, accounts in readers.items():
        assert bindings(first, f"projects/p-1/secrets/{secret}") == {role: accounts}


def test_only_the_queues_and_the_scheduler_can_call_internal_functions(first: Run) -> None:
    for name, caller in [
        ("orchestrator", "tasks-invoker"),
        ("publisher", "tasks-invoker"),
        ("collector", "tasks-invoker"),
        ("webhooks", "tasks-invoker"),
        ("sweeper", "scheduler"),
    ]:
        service = bindings(first, f"{PLACE}/services/{name}")
        assert service == {"roles/run.invoker": [SERVICE_ACCOUNT(caller)]}
    for name in PUBLIC:
        service = bindings(first, f"{PLACE}/services/{name}")
        assert service == {"roles/run.invoker": ["allUsers"]}


def test_anyone_can_read_media_and_nothing_else(first: Run) -> None:
    reader = "projects/p-1/roles/sokuMediaReader"
    assert first.items[reader]["includedPermissions"] == ["storage.objects.get"]
    folder = "b/p-1-soku-media/managedFolders/media/"
    assert bindings(first, folder) == {reader: ["allUsers"]}
    writers = {"roles/storage.objectUser": accounts_of("api", "dashboard", "sweeper")}
    assert bindings(first, "b/p-1-soku-media") == writers
    public = [name for name, bound in first.policies.items() if "allUsers" in json.dumps(bound)]
    assert sorted(public) == sorted([folder, *(f"{PLACE}/services/{name}" for name in PUBLIC)])


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
    keys = [_generated(first, name) for name in ("connect-key", "session-key", "webhook-key")]
    assert len(set(keys)) == 3
    for key in keys:
        assert re.fullmatch(r"[\w-]{43}", key), "32 bytes"
        assert key not in first.output + first.errors


def test_every_account_that_is_used_is_created(first: Run) -> None:
    everything = json.dumps([first.policies, first.items])
    used = set(re.findall(r"[\w-]+@p-1\.iam\.gserviceaccount\.com", everything))
    created = {name.rpartition("/")[2] for name in first.items if "/serviceAccounts/" in name}
    assert used == created
