"""Deleting a user with everything that Soku has of them, and exporting it before."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.api import people
from local.signing_key import real_seconds
from local.storage_emulator import StorageEmulator
from shared import clock
from shared.domain.errors import ApiError
from shared.gcp import oidc, owned
from shared.gcp.api_keys import hash_of
from shared.gcp.deletions import deletion_path, due_deletions, read_deletion
from shared.gcp.firestore import PreconditionFailed, read_all
from shared.gcp.identity import VerifiedPerson
from shared.users import export, keys, leaving
from shared.users.signing_in import NotInvited, sign_in
from tests.crash.faults import DEATHS, Calls, Killed, lose_acknowledgement, watch
from tests.functions import leaving as filled
from tests.functions.api_client import ApiClient, error_of, post
from tests.functions.leaving import CAPTION, Leaver, collections_in_the_code, everything
from tests.functions.media_api import MediaApi
from tests.media import Shelf, jpeg


@pytest.fixture
def leaver(
    api: ApiClient, storage: StorageEmulator, shelf: Shelf, signing_key: None
) -> Iterator[Leaver]:
    oidc._transport.cache_clear()
    people._meet.cache_clear()
    yield from filled.leaver(MediaApi(api, storage, shelf))
    oidc._transport.cache_clear()
    people._meet.cache_clear()


def _counts(leaver: Leaver) -> dict[str, Any]:
    fields: Any = leaver.world.parts.db.document(deletion_path(leaver.api.user_id)).get().to_dict()
    assert fields["status"] == "deleted"
    assert fields["deleteAt"] - fields["finishedAt"] == timedelta(days=30)
    assert fields.keys() == {"status", "startedAt", "finishedAt", "deleteAt", "counts"}
    counts: dict[str, Any] = fields["counts"]
    return counts


def test_nothing_is_left_that_names_a_deleted_user(leaver: Leaver) -> None:
    stranger = leaver.stranger()
    theirs = stranger.accept(post("of somebody else", ["x", "threads"]))
    leaver.fill()
    names, others = leaver.names(), leaver.others()
    assert any(theirs in path for path in others)
    written = {path.split("/")[-2] for path in everything(leaver.world.parts.db)}
    assert collections_in_the_code() - {"deletions"} <= written
    assert len(leaver.media.objects()) == 2
    answer = leaver.delete()
    assert answer.status_code == 202, answer.text
    assert answer.json["status"] == "deleting"
    leaver.world.live_until_quiet()
    leaver.assert_gone(names, others)
    counts = _counts(leaver)
    files = {"media": 1, "uploads": 1, "files": 1, "accountsToSignIn": 1, "users": 1}
    assert counts.items() >= {"postSubmissions": 3, "runs": 2, "publishedPosts": 2, **files}.items()
    assert leaver.signed_in.twin.accounts.deleted == [leaver.email]
    assert stranger.read(theirs).status_code == 200
    # Posts on the platforms are the user's own.
    assert CAPTION in leaver.world.visible("x")


@pytest.mark.full
def test_nobody_acts_as_a_user_who_is_being_deleted(leaver: Leaver) -> None:
    api, parts = leaver.api, leaver.world.parts
    # The instance knows the key and the user.
    assert api.call("GET", "/v1/posts").status_code == 200
    assert api.call("GET", "/v1/posts", key="", headers=leaver.token()).status_code == 200
    assert leaver.delete().status_code == 202
    error_of(api.call("GET", "/v1/posts"), 401, "unauthorized")
    for path in ("/v1/posts", "/v1/api-keys"):
        answer = api.call("GET", path, key="", headers=leaver.token())
        assert "deleting your user" in error_of(answer, 403, "forbidden")["message"]
    person = VerifiedPerson(api.user_id, leaver.email, clock.now())
    with pytest.raises(NotInvited):
        sign_in(person, parts, user_agent="")
    with pytest.raises(ApiError, match="deleting your user"):
        keys.create(parts, api.user_id, name="late", scopes=["posts:read"], expires_at=None)
    leaver.world.live_until_quiet()
    answer = api.call("GET", "/v1/posts", key="", headers=leaver.token())
    assert "is not a user" in error_of(answer, 403, "forbidden")["message"]


def test_only_a_user_who_has_just_signed_in_can_delete_themselves(leaver: Leaver) -> None:
    by_key = leaver.api.call("DELETE", "/v1/user")
    assert "No API key" in error_of(by_key, 403, "forbidden")["message"]
    before = everything(leaver.world.parts.db).keys()
    late = leaver.delete(auth_time=real_seconds() - 5 * 60)
    assert "Sign in again" in error_of(late, 403, "forbidden")["message"]
    assert read_deletion(leaver.world.parts.db, leaver.api.user_id) is None
    assert before <= everything(leaver.world.parts.db).keys()
    assert leaver.delete(auth_time=real_seconds() - 4 * 60).status_code == 202


@pytest.mark.full
def test_what_requests_under_way_write_is_removed_later(leaver: Leaver) -> None:
    leaver.fill()
    names, others = leaver.names(), leaver.others()
    assert leaver.delete().status_code == 202
    leaver.world.sweep()
    assert read_deletion(leaver.world.parts.db, leaver.api.user_id).status == "checking"  # type: ignore[union-attr]
    # As if these requests had read the user before.
    leaver.world.settle(leaver.api.user_id, "{platform}_main")
    leaver.api.key = leaver.api.new_key()
    leaver.media.stored(leaver.media.shelf.put("late.jpg", jpeg()))
    leaver.api.accept(post(f"{CAPTION} late", draft=True))
    leaver.world.live_until_quiet()
    leaver.assert_gone(names, others)
    counts = _counts(leaver)
    assert (counts["postSubmissions"], counts["files"]) == (4, 2)


@pytest.mark.full
def test_a_run_that_is_being_published_ends(leaver: Leaver) -> None:
    world, send = leaver.world, leaver.world.parts.send
    assert send is not None
    names, others = leaver.names(), leaver.others()
    sent: list[str] = []

    def meanwhile(method: str, url: str, **request: Any) -> Any:
        if method == "POST" and url.endswith("/2/tweets") and not sent:
            sent.append(url)
            assert leaver.delete().status_code == 202
            world.sweep()
        return send(method, url, **request)

    world.with_parts(send=meanwhile)
    leaver.api.accept(post(CAPTION, ["x", "threads"]))
    names += leaver.names()
    world.live_until_quiet()
    assert sent
    assert world.visible("x") == [CAPTION]
    assert world.tasks.pending() == []
    leaver.assert_gone(names, others)


def _deletes_through(leaver: Leaver, calls: Calls, strike: Any, step: int) -> int:
    """A deletion in which each worker is struck later than the one before; their number."""
    leaver.fill()
    names, others = leaver.names(), leaver.others()
    assert leaver.delete().status_code == 202
    number = 0
    while True:
        calls.strike(number, strike)
        try:
            leaver.world.live_until_quiet()
        except Killed:
            number += step
            continue
        if len(calls.made) <= number:
            break
        number += step
    leaver.assert_gone(names, others)
    _counts(leaver)
    return number // step


@pytest.mark.full
@pytest.mark.parametrize("die", DEATHS)
def test_a_death_at_any_call(leaver: Leaver, die: Callable[..., Any]) -> None:
    calls = watch(leaver.world)
    calls.only_of_handlers(leaver.world)
    assert _deletes_through(leaver, calls, die, 1) > 20


@pytest.mark.full
def test_each_document_is_counted_once_although_acknowledgements_are_lost(leaver: Leaver) -> None:
    calls = watch(leaver.world)
    calls.only_of_handlers(leaver.world)
    leaver.fill()
    names, others = leaver.names(), leaver.others()
    whole = everything(leaver.world.parts.db)
    posts = [path for path in whole if path.split("/")[-2] == "postSubmissions"]
    assert leaver.delete().status_code == 202
    # Until after the posts are removed.
    for number in range(12):
        calls.strike(number, lose_acknowledgement)
        leaver.world.sweep()
        leaver.world.advance(timedelta(minutes=3))
    calls.count()
    leaver.world.live_until_quiet()
    leaver.assert_gone(names, others)
    assert _counts(leaver)["postSubmissions"] == len(posts)


def test_of_two_workers_one_stops(leaver: Leaver) -> None:
    parts, path = leaver.world.parts, deletion_path(leaver.api.user_id)
    assert leaver.delete().status_code == 202
    snapshot = read_all(parts.db, [path])[path]
    # Without time, it stays due.
    leaving.go_on(snapshot, parts, deadline=0.0)
    assert [due.reference.path for due in due_deletions(parts.db, 10)] == [path]
    with pytest.raises(PreconditionFailed):
        leaving.go_on(snapshot, parts, deadline=float("inf"))


@pytest.mark.full
def test_an_account_to_sign_in_that_cannot_be_removed_is_tried_again(leaver: Leaver) -> None:
    world = leaver.world
    names, others = leaver.names(), leaver.others()
    assert leaver.delete().status_code == 202
    here = world.parts.settings
    world.with_parts(settings=replace(here, identity_url="http://127.0.0.1:9"))
    world.sweep()
    assert read_deletion(world.parts.db, leaver.api.user_id).status == "deleting"  # type: ignore[union-attr]
    world.with_parts(settings=here)
    world.live_until_quiet()
    leaver.assert_gone(names, others)
    assert leaver.signed_in.twin.accounts.deleted == [leaver.email]


@pytest.mark.full
def test_a_user_who_came_back_can_be_deleted_again(leaver: Leaver) -> None:
    for _ in range(2):
        leaver.world.add_user(leaver.api.user_id)
        assert leaver.delete().status_code == 202
        leaver.world.live_until_quiet()
        assert _counts(leaver)["users"] == 1


@pytest.mark.full
def test_an_export_has_everything_and_no_secret(
    leaver: Leaver, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver.fill()
    parts, user_id = leaver.world.parts, leaver.api.user_id
    lines = list(export.export(user_id, parts))
    monkeypatch.setattr(owned, "PAGE", 2)
    assert list(export.export(user_id, parts)) == lines
    text = json.dumps(lines, ensure_ascii=False)
    [preview, *_] = [name for name in leaver.names() if name.startswith("sk_live_")]
    own = (leaver.email, CAPTION, preview, "x_second", "facebook_main", "A browser")
    assert [part for part in own if part not in text] == []
    urls = [file["url"] for file in leaver.media.documents()]
    assert urls
    assert [url for url in urls if url not in text] == []
    exported = {line["path"].split("/")[-2] for line in lines}
    stored = {
        path.split("/")[-2]
        for path, fields in everything(parts.db).items()
        if user_id in path or user_id in fields
    }
    internal = {"idempotencyKeys", "publishedPosts", "rateLimits", "connections", "revocations"}
    assert stored - exported == export.NOT_EXPORTED | internal | {
        "invitations",
        "stripeCustomers",
        "stripeEvents",
    }
    secrets = [leaver.api.key, hash_of(leaver.api.key), leaver.access, leaver.refresh]
    secrets += [one.id for one in parts.db.collection(f"users/{user_id}/sessions").stream()]
    assert [secret for secret in secrets if secret in text] == []
    assert "sealed" not in text
