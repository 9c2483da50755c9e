"""Keysets are rotated and tokens resealed while publishers go on as ever."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.accounts import Account, Credential, Tokens
from shared.gcp import resealing
from shared.gcp.accounts import RefreshLease, credential_path
from shared.gcp.cipher import TokenCipher, new_keyset
from shared.gcp.resealing import Resealed, Resealing
from tests.cli.conftest import Soku
from tests.functions.publishing import account, fault
from tests.world import USER, World

ANN = Account(USER, "x", f"x_{USER}", "", "")
PATH = credential_path(USER, "x", f"x_{USER}")


def _use(world: World, keyset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the functions and the operator this keyset."""
    world.with_parts(settings=replace(world.parts.settings, token_keyset=keyset))
    monkeypatch.setenv("TOKEN_KEYSET", keyset)


def _rotated(soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """The world's keyset with a new primary key, in use."""
    keyset = soku("rotate-keyset", stdin=world.parts.settings.token_keyset).out.strip()
    _use(world, keyset, monkeypatch)
    return keyset


def _only_primary(keyset: str) -> str:
    """The keyset as it is once its older keys are destroyed."""
    found = json.loads(keyset)
    primary = [key for key in found["key"] if key["keyId"] == found["primaryKeyId"]]
    return json.dumps({**found, "key": primary})


def _tokens(world: World) -> Tokens:
    snapshot = world.parts.db.document(PATH).get()
    credential = world.parts.accounts.credential_from(snapshot, ANN)
    assert credential is not None
    return credential.tokens


def test_after_a_reseal_the_new_key_alone_publishes_to_every_platform(
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


def test_before_the_reseal_the_older_key_still_opens(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rotated(soku, world, monkeypatch)
    world.submit("Under the old key", "x")
    world.live_until_quiet()
    assert world.visible("x") == ["Under the old key"]


def test_without_the_reseal_the_new_key_alone_would_open_nothing(
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
    before = world.parts.db.document(PATH).get().update_time
    again = soku("--json", "reseal")
    assert again.code == 0
    assert (again.data["rewritten"], again.data["current"]) == (0, len(world.platforms))
    assert world.parts.db.document(PATH).get().update_time == before


def test_a_credential_of_no_key_is_named_and_left_and_the_others_are_rewritten(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rotated(soku, world, monkeypatch)
    world.parts.db.document(PATH).update({"sealed": b"not sealed by us"})
    resealed = soku("reseal")
    assert resealed.code == 1
    assert PATH in resealed.out
    again = soku("--json", "reseal").data
    assert (again["locked"], again["current"]) == (1, len(world.platforms) - 1)
    assert world.parts.db.document(PATH).get().get("sealed") == b"not sealed by us"


def test_every_page_is_gone_through(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "PAGE", 2)
    for number in range(5):
        world.connect("x", f"x_more_{number}")
    _rotated(soku, world, monkeypatch)
    assert soku("--json", "reseal").data["rewritten"] == len(world.platforms) + 5


def _lease(world: World) -> RefreshLease:
    lease = world.parts.accounts.lease_refresh(ANN, refused=1)
    assert isinstance(lease, RefreshLease)
    return lease


def _refresh_whole(world: World) -> None:
    world.parts.accounts.complete_refresh(_lease(world), Tokens("a2", "r2"))


def _refresh_begins(world: World) -> None:
    _lease(world)


@pytest.mark.parametrize(
    ("meanwhile", "access_token"),
    [(_refresh_whole, "a2"), (_refresh_begins, None)],
    ids=["a whole refresh", "the beginning of one"],
)
def test_what_a_refresh_stores_between_reading_and_rewriting_is_never_put_back(
    soku: Soku,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[World], None],
    access_token: str | None,
) -> None:
    """The publisher still has the keyset of before, as an instance that was not replaced yet."""
    before = _tokens(world)
    cipher = TokenCipher(soku("rotate-keyset", stdin=world.parts.settings.token_keyset).out)
    snapshot = world.parts.db.document(PATH).get()
    meanwhile(world)
    leased_to = world.parts.db.document(PATH).get().get("refreshOwner")
    assert Resealing(world.parts.db, cipher).reseal(snapshot) is Resealed.REWRITTEN
    after = world.parts.db.document(PATH).get()
    opened = cipher.open(after.get("sealed"), user_id=USER, platform="x", account_id=f"x_{USER}")
    assert opened.access_token == (access_token or before.access_token)
    assert cipher.is_sealed_with_primary(after.get("sealed"))
    assert after.get("refreshOwner") == leased_to


def test_a_refresh_that_was_begun_before_a_reseal_ends_as_it_would_have(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rotated(soku, world, monkeypatch)
    lease = _lease(world)
    assert soku("reseal").code == 0
    renewed = world.parts.accounts.complete_refresh(lease, Tokens("a2", "r2"))
    assert renewed == Credential(Tokens("a2", "r2"), 2)
    assert _tokens(world) == Tokens("a2", "r2")


def test_a_publisher_refreshes_and_publishes_while_everything_is_resealed(
    soku: Soku, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reseal in the middle of a refresh: right when the platform has given the new tokens."""
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
    # The refreshed pair is what lies there: the next post goes out with it.
    world.submit("And after", "x")
    world.live_until_quiet()
    assert world.visible("x") == ["While resealing", "And after"]


def test_an_account_that_is_disconnected_meanwhile_stays_so(world: World) -> None:
    snapshot = world.parts.db.document(PATH).get()
    world.parts.db.document(PATH).delete()
    fresh = TokenCipher(new_keyset())
    assert Resealing(world.parts.db, fresh).reseal(snapshot) is Resealed.LOCKED
    cipher = TokenCipher(world.parts.settings.token_keyset)
    gone = world.parts.db.document(PATH).get()
    assert Resealing(world.parts.db, cipher).reseal(gone) is Resealed.GONE
    assert not world.parts.db.document(PATH).get().exists


@pytest.mark.parametrize("stdin", ["", "{}", "nonsense", '{"primaryKeyId": 1, "key": []}'])
def test_what_is_no_keyset_is_not_rotated_and_not_repeated(soku: Soku, stdin: str) -> None:
    refused = soku("rotate-keyset", stdin=stdin)
    assert refused.code == 1
    assert refused.out == ""
    assert "gcloud secrets versions access" in refused.err
    assert "nonsense" not in refused.err


def test_a_keyset_that_cannot_be_read_is_said_in_one_line(
    soku: Soku, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_KEYSET", "nonsense")
    refused = soku("reseal")
    assert refused.code == 1
    assert refused.err.count("\n") == 1
    assert "TOKEN_KEYSET" in refused.err
    assert "nonsense" not in refused.err
