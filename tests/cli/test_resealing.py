"""Keysets are rotated and tokens resealed while publishers keep working."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.accounts import Credential, Tokens
from shared.gcp import resealing
from shared.gcp.cipher import TokenCipher, new_keyset
from shared.gcp.grants import RefreshLease
from shared.gcp.resealing import Resealed, Resealing
from tests.cli.conftest import Soku
from tests.functions.publishing import account, fault
from tests.world import World


def _use(world: World, keyset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the functions and the operator this keyset."""
    world.with_parts(settings=replace(world.parts.settings, token_keyset=keyset))
    monkeypatch.setenv("TOKEN_KEYSET", keyset)


def _rotated(soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """Rotate the world's keyset and use the new one."""
    keyset = soku("rotate-keyset", stdin=world.parts.settings.token_keyset).out.strip()
    _use(world, keyset, monkeypatch)
    return keyset


def _only_primary(keyset: str) -> str:
    """The keyset without its older keys."""
    fields = json.loads(keyset)
    primary = [key for key in fields["key"] if key["keyId"] == fields["primaryKeyId"]]
    return json.dumps({**fields, "key": primary})


def test_after_a_reseal_the_new_key_alone_is_enough_to_publish(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyset = _rotated(soku, world, monkeypatch)
    resealed = soku("--json", "reseal")
    assert resealed.code == 0
    assert resealed.data["rewritten"] == len(world.platforms)
    _use(world, _only_primary(keyset), monkeypatch)
    world.submit("Under a new key", ("x", "threads"))
    world.live_until_quiet()
    assert world.visible("x") == world.visible("threads") == ["Under a new key"]


def test_before_the_reseal_the_older_key_still_decrypts(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rotated(soku, world, monkeypatch)
    world.submit("Under the old key", "x")
    world.live_until_quiet()
    assert world.visible("x") == ["Under the old key"]


def test_without_a_reseal_the_new_key_alone_decrypts_nothing(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(world, _only_primary(_rotated(soku, world, monkeypatch)), monkeypatch)
    refused = soku("--json", "reseal")
    assert refused.code == 1
    assert refused.data["locked"] == len(refused.data["paths"]) == len(world.platforms)


def test_a_second_reseal_writes_nothing(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rotated(soku, world, monkeypatch)
    soku("reseal")
    before = world.grant("x").get().update_time
    again = soku("--json", "reseal")
    assert again.code == 0
    assert (again.data["rewritten"], again.data["current"]) == (0, len(world.platforms))
    assert world.grant("x").get().update_time == before


def test_a_credential_that_no_key_decrypts_is_listed_and_left_and_the_others_are_rewritten(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rotated(soku, world, monkeypatch)
    world.grant("x").update({"sealedAccess": b"not sealed by us"})
    resealed = soku("reseal")
    assert resealed.code == 1
    assert world.grant("x").path in resealed.out
    again = soku("--json", "reseal").data
    assert (again["locked"], again["current"]) == (1, len(world.platforms) - 1)
    assert world.grant("x").get().get("sealedAccess") == b"not sealed by us"


def test_every_page_of_credentials_is_resealed(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "PAGE", 2)
    for number in range(5):
        world.connect("x", f"x_more_{number}")
    _rotated(soku, world, monkeypatch)
    assert soku("--json", "reseal").data["rewritten"] == len(world.platforms) + 5


def _lease(world: World) -> RefreshLease:
    lease = world.parts.grants.lease_refresh(world.account("x"), refused=1)
    assert isinstance(lease, RefreshLease)
    return lease


def _refresh(world: World) -> None:
    world.parts.grants.complete_refresh(_lease(world), Tokens("a2", "r2"))


def _start_refresh(world: World) -> None:
    _lease(world)


@pytest.mark.parametrize(
    ("meanwhile", "access_token"),
    [(_refresh, "a2"), (_start_refresh, None)],
    ids=["a complete refresh", "the start of a refresh"],
)
def test_a_reseal_never_overwrites_tokens_that_a_refresh_stored_meanwhile(
    soku: Soku,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[World], None],
    access_token: str | None,
) -> None:
    """The publisher still has the old keyset, like an instance that was not replaced yet."""
    before = world.tokens("x")
    cipher = TokenCipher(soku("rotate-keyset", stdin=world.parts.settings.token_keyset).out)
    snapshot = world.grant("x").get()
    meanwhile(world)
    leased_to = world.grant("x").get().get("refreshOwner")
    assert Resealing(world.parts.db, cipher).reseal(snapshot) is Resealed.REWRITTEN
    after = world.grant("x").get()
    account = world.account("x")
    owner = (account.user_id, account.platform, account.grant_id)
    opened = cipher.open(after.get("sealedAccess"), *owner, "access")
    assert opened == (access_token or before.access_token)
    assert cipher.is_sealed_with_primary(after.get("sealedAccess"))
    assert after.get("refreshOwner") == leased_to


def test_a_refresh_that_started_before_a_reseal_completes(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rotated(soku, world, monkeypatch)
    lease = _lease(world)
    assert soku("reseal").code == 0
    renewed = world.parts.grants.complete_refresh(lease, Tokens("a2", "r2"))
    assert renewed == Credential(Tokens("a2", "r2"), 2)
    assert world.tokens("x") == Tokens("a2", "r2")


def test_a_publisher_refreshes_and_publishes_while_everything_is_resealed(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reseal runs in the middle of a refresh: right after the platform returned new tokens."""
    _rotated(soku, world, monkeypatch)
    fault(world, "x", "POST /2/tweets", "expired_token")
    send = world.parts.send
    during: list[Any] = []

    def reseal_after_refresh(method: str, url: str, **request: Any) -> Any:
        answer = send(method, url, **request)
        if url.endswith("/oauth2/token"):
            during.append(soku("--json", "reseal").data)
        return answer

    world.with_parts(send=reseal_after_refresh)
    world.submit("While resealing", "x")
    world.live_until_quiet()
    assert during[0]["rewritten"] == len(world.platforms)
    assert world.visible("x") == ["While resealing"]
    assert account(world, "x") == ("connected", "connected")
    # The refreshed pair is stored: the next post uses it.
    world.submit("And after", "x")
    world.live_until_quiet()
    assert world.visible("x") == ["While resealing", "And after"]


def test_an_account_that_is_disconnected_meanwhile_stays_disconnected(world: World) -> None:
    reference = world.grant("x")
    snapshot = reference.get()
    reference.delete()
    fresh = TokenCipher(new_keyset())
    assert Resealing(world.parts.db, fresh).reseal(snapshot) is Resealed.LOCKED
    cipher = TokenCipher(world.parts.settings.token_keyset)
    assert Resealing(world.parts.db, cipher).reseal(reference.get()) is Resealed.GONE
    assert not reference.get().exists


@pytest.mark.parametrize("stdin", ["", "{}", "nonsense", '{"primaryKeyId": 1, "key": []}'])
def test_an_invalid_keyset_is_refused_and_not_printed(soku: Soku, stdin: str) -> None:
    for command in (("rotate-keyset",), ("keyset", "public")):
        refused = soku(*command, stdin=stdin)
        assert refused.code == 1
        assert refused.out == ""
        assert "gcloud secrets versions access" in refused.err
        assert "nonsense" not in refused.err


def test_an_unreadable_keyset_is_reported_in_one_line(
    soku: Soku, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_KEYSET", "nonsense")
    refused = soku("reseal")
    assert refused.code == 1
    assert refused.err.count("\n") == 1
    assert "TOKEN_KEYSET" in refused.err
    assert "nonsense" not in refused.err
