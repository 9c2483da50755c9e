"""The operator invites users, and creates subscriptions and keys."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import clock
from shared.gcp.api_keys import hash_of, is_well_formed
from shared.gcp.identity import VerifiedPerson
from shared.gcp.invitations import invitation_path
from shared.gcp.users import Users, subscription_path
from shared.users import signing_in
from tests.cli.conftest import Soku
from tests.functions.api_client import ApiClient, error_of
from tests.world import USER, World


def _one_line(text: str) -> bool:
    return text.startswith("soku-admin: ") and text.count("\n") == 1


def test_an_invited_user_can_publish_with_a_key_of_the_commands(soku: Soku, api: ApiClient) -> None:
    world = api.world
    assert soku("user", "invite", " Bea@Example.com ").code == 0
    bea = VerifiedPerson("bea", "bea@example.com", clock.now())
    signing_in.sign_in(bea, world.parts, user_agent="")
    until = (clock.now() + timedelta(days=30)).date().isoformat()
    paid = soku("subscription", "set", "bea", "--status", "active", "--until", until)
    assert paid.code == 0
    key = soku("key", "create", "bea", "--name", "her script").out.strip()
    assert is_well_formed(key)
    world.connect("x", "x_bea", "bea")
    body = {"post": {"content": {"text": "By command", "platform": "x"}}}
    assert api.call("POST", "/v1/posts", json=body, key=key).status_code == 201
    world.live_until_quiet()
    assert world.visible("x") == ["By command"]
    assert "bea@example.com" in soku("user", "show", "bea").out
    by_address = soku("--json", "user", "show", "Bea@example.com").data
    assert by_address == soku("--json", "user", "show", "bea").data
    assert by_address["userId"] == "bea"


def test_a_key_revoked_by_preview_or_by_hash_is_refused(soku: Soku, api: ApiClient) -> None:
    for named_by in ("preview", "hash"):
        api.key = soku("key", "create", api.user_id, "--name", "lost").out.strip()
        assert api.call("GET", "/v1/posts").status_code == 200
        listed = soku("--json", "key", "list", api.user_id).data
        [row] = [row for row in listed if row["hash"] == hash_of(api.key)]
        assert soku("key", "revoke", row[named_by]).code == 0
        assert api.call("GET", "/v1/posts").status_code == 401
    shown = soku("key", "list", api.user_id).out
    assert shown.count("revoked") == 2
    assert shown.count("in use") == 1
    assert api.key not in shown


def test_a_key_that_is_revoked_twice_keeps_the_first_time(soku: Soku, world: World) -> None:
    key = soku("key", "create", USER, "--name", "k").out.strip()
    assert soku("key", "revoke", hash_of(key)).code == 0
    first = world.parts.db.document(f"apiKeys/{hash_of(key)}").get().get("revokedAt")
    world.advance(timedelta(hours=1))
    assert soku("key", "revoke", hash_of(key)).code == 0
    assert world.parts.db.document(f"apiKeys/{hash_of(key)}").get().get("revokedAt") == first


def test_a_preview_of_two_keys_revokes_neither_and_lists_both(soku: Soku, world: World) -> None:
    key = soku("--json", "key", "create", USER, "--name", "k").data
    keys = world.parts.db.collection("apiKeys")
    twin = keys.document(key["hash"]).get().to_dict()
    keys.document("f" * 64).set(twin)
    refused = soku("key", "revoke", twin["preview"])
    assert refused.code == 1
    assert _one_line(refused.err)
    assert key["hash"] in refused.err
    assert "f" * 64 in refused.err
    assert all(each.get("revokedAt") is None for each in keys.stream())


def test_a_name_that_cannot_be_seen_makes_no_key(soku: Soku, world: World) -> None:
    for name in ("", "\u200b", "two\nlines"):
        refused = soku("key", "create", USER, "--name", name)
        assert (refused.code, refused.out) == (1, "")
        assert "Use visible characters" in refused.err
    assert list(world.parts.db.collection("apiKeys").stream()) == []


def test_a_key_created_with_test_is_a_test_key(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = soku("key", "create", USER, "--name", "trial", "--test")
    assert (refused.code, refused.out) == (1, "")
    assert _one_line(refused.err)
    assert "TEST_MODE=on" in refused.err
    monkeypatch.setenv("TEST_MODE", "on")
    key = soku("key", "create", USER, "--name", "trial", "--test").out.strip()
    assert key.startswith("sk_test_")
    assert world.parts.db.document(f"apiKeys/{hash_of(key)}").get().get("mode") == "test"


def test_a_key_is_created_and_listed_with_its_scopes_expiry_and_last_use(
    soku: Soku, api: ApiClient
) -> None:
    scopes = ("--scope", "posts:write", "--scope", "posts:read")
    created = soku(
        "--json",
        "key",
        "create",
        api.user_id,
        "--name",
        "n",
        "--expires",
        "2999-12-31",
        *scopes,
    )
    key = created.data["apiKey"]
    assert created.data["expiresAt"].startswith("2999-12-31T23:59:59")
    assert api.call("GET", "/v1/posts", key=key).status_code == 200
    error_of(api.call("POST", "/v1/media/uploads", key=key, json={}), 403, "forbidden")
    rows = soku("--json", "key", "list", api.user_id).data
    [row] = [row for row in rows if row["hash"] == hash_of(key)]
    assert row["preview"] == f"{key[:11]}…{key[-3:]}"
    assert row["scopes"] == ["posts:read", "posts:write"]
    assert row["expiresAt"] == created.data["expiresAt"]
    assert row["lastUsedAt"] > row["createdAt"]
    [first, second] = soku("key", "list", api.user_id).out.splitlines()
    assert "all scopes" in first
    assert "never used" in first
    assert "posts:read,posts:write" in second
    assert "in use until 2999-12-31" in second
    assert "last used 2" in second
    assert soku("--json", "key", "revoke", hash_of(key)).data["scopes"] == row["scopes"]
    [_, second] = soku("key", "list", api.user_id).out.splitlines()
    assert "last used 2" in second, "a revoked key keeps its last use"


def test_an_expired_key_is_listed_as_expired_and_not_in_use(soku: Soku, world: World) -> None:
    until = (clock.now() + timedelta(hours=1)).isoformat()
    assert soku("key", "create", USER, "--name", "short", "--expires", until).code == 0
    assert soku("--json", "user", "show", USER).data["keysInUse"] == 1
    world.advance(timedelta(hours=2))
    assert "  expired " in soku("key", "list", USER).out
    assert soku("--json", "user", "show", USER).data["keysInUse"] == 0
    refused = soku("key", "create", USER, "--name", "late", "--expires", until)
    assert refused.code == 1
    assert "--expires" in refused.err


def test_an_invitation_can_be_repeated_and_withdrawn(soku: Soku, world: World) -> None:
    invitation = world.parts.db.document(invitation_path("bea@example.com"))
    for _ in range(2):
        assert soku("--json", "user", "invite", "Bea@example.com").data["invited"]
        assert invitation.get().get("email") == "bea@example.com"
    for _ in range(2):
        withdrawn = soku("--json", "user", "invite", "bea@EXAMPLE.com", "--withdraw")
        assert withdrawn.data == {"email": "bea@example.com", "invited": False}
        assert not invitation.get().exists
    assert not world.parts.db.document("users/bea").get().exists


def test_a_user_is_shown_with_subscription_keys_and_accounts(soku: Soku, world: World) -> None:
    soku("key", "create", USER, "--name", "k")
    world.parts.grants.require_reconnect(world.account("x"), None, "It has ended.")
    shown = soku("--json", "user", "show", USER).data
    assert shown["email"] == f"{USER}@example.com"
    assert shown["subscription"]["status"] == "active"
    assert shown["keysInUse"] == 1
    states = {account["accountId"]: account["status"] for account in shown["accounts"]}
    assert states[f"x_{USER}"] == "reconnect_required"
    assert states[f"threads_{USER}"] == "connected"
    assert f"x:x_{USER}" in soku("user", "show", USER).out


def test_setting_a_subscription_keeps_the_users_own_limits(soku: Soku, world: World) -> None:
    world.add_user("bea", limits={"posts": 7}, plan_id="staff")
    set_ = soku("subscription", "set", "bea", "--status", "trialing", "--until", "2999-12-31")
    assert set_.code == 0
    stored = world.parts.db.document(subscription_path("bea")).get().to_dict()
    assert (stored["status"], stored["planId"], stored["limits"]) == (
        "trialing",
        "staff",
        {"posts": 7},
    )
    # A date means the end of that day.
    assert stored["currentPeriodEnd"].date() == datetime(2999, 12, 31, tzinfo=UTC).date()
    assert stored["currentPeriodEnd"].hour == 23


def test_an_active_subscription_that_has_already_ended_is_refused(soku: Soku, world: World) -> None:
    refused = soku("subscription", "set", USER, "--status", "active", "--until", "2020-01-01")
    assert refused.code == 1
    assert "--until" in refused.err
    ended = soku("subscription", "set", USER, "--status", "canceled", "--until", "2020-01-01")
    assert ended.code == 0
    assert world.parts.db.document(subscription_path(USER)).get().get("status") == "canceled"


def test_a_failed_payment_counts_from_the_first_time_that_it_is_set(
    soku: Soku, world: World
) -> None:
    argv = ("subscription", "set", USER, "--status", "past_due", "--until", "2999-12-31")
    document = world.parts.db.document(subscription_path(USER))
    assert soku(*argv).code == 0
    since = document.get().get("pastDueSince")
    world.advance(timedelta(days=1))
    assert soku(*argv).code == 0
    assert document.get().get("pastDueSince") == since
    shown = soku("--json", "user", "show", USER).data["subscription"]
    assert shown["pastDueSince"].startswith(f"{since:%Y-%m-%dT%H:%M}")
    paid = ("subscription", "set", USER, "--status", "active", "--until", "2999-12-31")
    assert soku(*paid).code == 0
    assert "pastDueSince" not in document.get().to_dict()


def test_a_plan_must_be_one_of_the_configured_ones(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLING_PLANS", '{"basic": {}, "big": {}}')
    argv = ("subscription", "set", USER, "--status", "active", "--until", "2999-12-31", "--plan")
    refused = soku(*argv, "gold")
    assert (refused.code, _one_line(refused.err)) == (1, True)
    assert "basic, big, staff" in refused.err
    for plan in ("big", "staff"):
        assert soku(*argv, plan).code == 0
        assert world.parts.db.document(subscription_path(USER)).get().get("planId") == plan


def test_a_subscription_that_is_paid_with_stripe_is_not_changed(soku: Soku, world: World) -> None:
    document = world.parts.db.document(subscription_path(USER))
    document.update({"stripeCustomerId": "cus_1", "stripeSubscriptionId": "sub_1"})
    argv = ("subscription", "set", USER, "--status", "canceled", "--until", "2020-01-01")
    refused = soku(*argv)
    assert (refused.code, _one_line(refused.err)) == (1, True)
    assert "sub_1" in refused.err
    assert document.get().get("status") == "active"
    document.update({"status": "canceled"})
    active = ("subscription", "set", USER, "--status", "active", "--until", "2999-12-31")
    assert soku(*active).code == 0
    stored = document.get().to_dict()
    assert stored["stripeCustomerId"] == "cus_1", "the user stays the same customer"
    assert "stripeSubscriptionId" not in stored


def test_with_billing_off_the_command_says_that_it_changes_nothing(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ("subscription", "set", USER, "--status", "active", "--until", "2999-12-31")
    assert "BILLING=off" in soku(*argv).out
    monkeypatch.setenv("BILLING", "manual")
    assert "BILLING=off" not in soku(*argv).out


@pytest.mark.parametrize(
    "argv",
    [
        ("user", "show", "nobody"),
        ("user", "show", "nobody@example.com"),
        ("key", "create", "nobody", "--name", "k"),
        ("key", "list", "nobody"),
        ("subscription", "set", "nobody", "--status", "active", "--until", "2999-01-01"),
        ("key", "revoke", "sk_live_none…none"),
        ("key", "revoke", "0" * 64),
        ("user", "show", "a/b"),
    ],
)
def test_an_unknown_user_or_key_is_reported_in_one_line_and_nothing_is_written(
    soku: Soku, world: World, argv: tuple[str, ...]
) -> None:
    refused = soku(*argv)
    assert refused.code == 1
    assert _one_line(refused.err)
    assert refused.out == ""
    assert list(world.parts.db.collection("apiKeys").stream()) == []
    assert not world.parts.db.document("users/nobody").get().exists


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("user",),
        ("user", "invite"),
        ("user", "invite", "nowhere"),
        ("user", "invite", "b ea@example.com"),
        ("user", "invite", "bea@example.com", "--admin"),
        ("key", "create", "bea", "--name", "k", "--scope", "everything"),
        ("key", "create", "bea", "--name", "k", "--expires", "tomorrow"),
        ("subscription", "set", "bea", "--status", "free", "--until", "2999-01-01"),
        ("subscription", "set", "bea", "--status", "active", "--until", "2999-02-30"),
        ("subscription", "set", "bea", "--status", "active", "--until", "2999-01-01T00:00:00"),
        ("stuck", "--older-than", "ten"),
        ("stuck", "--limit", "0"),
        ("publish", "everything"),
    ],
)
def test_wrong_usage_exits_with_2(soku: Soku, argv: tuple[str, ...]) -> None:
    wrong = soku(*argv)
    assert wrong.code == 2
    assert "usage" in wrong.err


def test_a_command_requires_only_the_variables_that_it_uses(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Users(world.parts.db).put("bea", email="bea@example.com")
    for name in ("ORCHESTRATOR_URL", "PUBLISHER_URL", "TASKS_INVOKER", "TOKEN_KEYSET"):
        monkeypatch.delenv(name)
    assert soku("user", "show", "bea").code == 0
    assert soku("stuck").code == 0
    refused = soku("replay", "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11")
    assert refused.code == 1
    for name in ("ORCHESTRATOR_URL", "PUBLISHER_URL", "TASKS_INVOKER"):
        assert name in refused.err
    assert "SWEEPER_URL" not in refused.err
    assert "TOKEN_KEYSET" in soku("reseal").err
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    assert "GOOGLE_CLOUD_PROJECT is not set" in soku("user", "show", "bea").err
    assert soku("keyset", "new").code == 0
