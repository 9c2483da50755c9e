"""The seed of a local stack: in Firestore and on the simulated platforms."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from google.cloud import firestore

from local import seed, seed_secrets
from local.http_server import LocalServer
from local.loopback import call
from local.platforms.simulation import SimulatedPlatform
from local.seed_secrets import SeedSecrets
from shared.config import Settings
from shared.domain.subscription import Subscription
from shared.gcp.accounts import account_from, account_path, integration_from, reservation_path
from shared.gcp.api_keys import hash_of, path_of
from shared.gcp.cipher import TokenCipher
from shared.gcp.firestore import read_all
from shared.gcp.grants import Grants, credential_paths
from shared.gcp.grants import path_of as path_of_grant
from shared.gcp.users import subscription_from, subscription_path
from tests.gcp.outboxes import outbox

Seeded = tuple[dict[str, dict[str, str]], SeedSecrets]


@pytest.fixture
def seeded(
    db: firestore.Client,
    firestore_emulator: str,
    settings: Settings,
    platform_servers: dict[str, tuple[SimulatedPlatform, str]],
    tmp_path: Path,
) -> Iterator[Seeded]:
    """The users and secrets of a database that is seeded for X and a stub of Instagram."""
    registered = iter(range(1, 1000))

    def instagram(environ: dict[str, object], start: Callable[..., object]) -> list[bytes]:
        start("201 Created", [("Content-Type", "application/json")])
        return [json.dumps({"externalId": str(next(registered))}).encode()]

    server = LocalServer(instagram)
    server.start()
    secrets = seed_secrets.load(tmp_path / "seed.json")
    users = seed.seed(
        settings=replace(
            settings,
            project=db.project,
            token_keyset=secrets.keyset,
            token_public_keyset=secrets.public_keyset,
        ),
        firestore_address=firestore_emulator,
        platforms={
            "x": platform_servers["x"][1],
            "instagram": server.url,
            "threads": platform_servers["threads"][1],
        },
        secrets=secrets,
    )
    seed_secrets.save(tmp_path / "seed.json", secrets)
    yield users, secrets
    server.stop()


@pytest.mark.full
def test_each_seeded_user_has_what_its_name_says(db: firestore.Client, seeded: Seeded) -> None:
    users, _ = seeded
    assert set(users) == {"demo", "other", "expired", "empty", "revoked", "load"}

    def accounts(user: str, platform: str) -> tuple[list[str], str | None]:
        path = f"users/{users[user]['uid']}/integrations/{platform}"
        stored = integration_from(db.document(path).get())
        return (sorted(stored.accounts), stored.default_account_id) if stored else ([], None)

    assert accounts("demo", "x") == (["x_primary"], "x_primary")
    assert accounts("demo", "instagram") == (
        ["ig_brand", "ig_creator_main", "ig_main"],
        "ig_main",
    )
    assert accounts("other", "x") == (["x_other"], "x_other")
    assert accounts("empty", "x") == ([], None)
    assert accounts("other", "threads") == (["threads_other", "threads_other_brand"], None)
    load, default = accounts("load", "x")
    assert (len(load), load[0], load[-1], default) == (20, "x_load_01", "x_load_20", "x_load_01")

    def subscription(user: str) -> Subscription:
        return subscription_from(db.document(subscription_path(users[user]["uid"])).get())

    assert subscription("demo").status == "active"
    assert subscription("demo").current_period_end.year == 9000
    assert subscription("expired").status == "canceled"
    assert subscription("load").limits == {
        "overall": 1_000_000,
        "posts": 1_000_000,
        "media": 1_000_000,
        "templates": 1_000_000,
    }

    def key(user: str) -> Any:
        return db.document(path_of(hash_of(users[user]["apiKey"]))).get().to_dict()

    assert key("demo")["revokedAt"] is None
    assert key("revoked")["revokedAt"] is not None


@pytest.mark.full
def test_a_seeded_account_that_is_connected_again_keeps_its_id(
    db: firestore.Client, seeded: Seeded
) -> None:
    account = account_from(db.document(account_path("user_demo", "x", "x_primary")).get(), "demo")
    assert account
    reserved = reservation_path("user_demo", "x", account.external_id)
    assert db.document(reserved).get().to_dict() == {"accountId": "x_primary"}


@pytest.mark.full
def test_a_seeded_account_is_connected_with_tokens_that_its_platform_knows(
    db: firestore.Client,
    seeded: Seeded,
    platform_servers: dict[str, tuple[SimulatedPlatform, str]],
) -> None:
    users, secrets = seeded
    grants = Grants(db, outbox(db), lambda: TokenCipher(secrets.keyset))
    uid = users["demo"]["uid"]
    account = account_from(db.document(account_path(uid, "x", "x_primary")).get(), uid)
    assert account is not None
    credential = grants.credential_from(read_all(db, credential_paths(account)), account)
    assert credential is not None
    assert credential.tokens.refresh_token
    assert credential.tokens.expires_at is None
    me = call(
        "GET",
        f"{platform_servers['x'][1]}/2/users/me",
        headers={"Authorization": f"Bearer {credential.tokens.access_token}"},
    )
    assert me["data"]["id"] == account.external_id
    assert (account.kind, account.status, account.ends_at) == ("profile", "connected", None)
    assert account.connected_at is not None
    grant = db.document(path_of_grant(account)).get().to_dict()
    assert grant["accountIds"] == ["x_primary"]
    assert {"tweet.read", "tweet.write"} <= set(grant["scopes"])
    left = [each.to_dict() for each in db.collection("connections").stream()]
    assert {(each["status"], each.get("grant")) for each in left} == {("connected", None)}


@pytest.mark.full
def test_an_id_token_can_read_only_the_documents_of_its_user(
    db: firestore.Client, firestore_emulator: str, seeded: Seeded
) -> None:
    users, _ = seeded
    token = users["demo"]["idToken"]
    root = f"http://{firestore_emulator}/v1/projects/{db.project}/databases/(default)/documents"

    def read_subscription_of(user: str) -> int:
        url = f"{root}/{subscription_path(users[user]['uid'])}"
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(url, headers=headers, timeout=10).status_code

    assert read_subscription_of("demo") == 200
    assert read_subscription_of("other") == 403
    header, _, signature = token.split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "none", "typ": "JWT"}
    assert signature == ""


@pytest.mark.full
def test_the_secrets_are_created_once_and_kept_private(tmp_path: Path, seeded: Seeded) -> None:
    users, secrets = seeded
    file = tmp_path / "seed.json"
    assert file.stat().st_mode & 0o777 == 0o600
    again = seed_secrets.load(file)
    assert again == secrets
    assert again.api_key("demo") == users["demo"]["apiKey"]
    assert again.token("x_primary", "access") == secrets.token("x_primary", "access")
    assert again.token("x_primary", "access") != again.token("x_primary", "refresh")
