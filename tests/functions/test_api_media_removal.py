"""GET and DELETE /v1/media, files that nothing uses any more, and the quota."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from local.storage_emulator import StorageEmulator
from shared import clock
from shared.domain.submission import Submission
from shared.media import removal
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post
from tests.functions.media_api import MEDIA, MediaApi
from tests.media import Shelf, jpeg

DAY, MINUTES = timedelta(days=1, seconds=1), timedelta(minutes=10, seconds=1)


@pytest.fixture
def media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> Iterator[MediaApi]:
    yield MediaApi(api, storage, shelf)


def stored(media: MediaApi, seed: int = 1) -> dict[str, Any]:
    return media.stored(media.shelf.put(f"removed-{seed}.jpg", jpeg(seed=seed)))


def draft(media: MediaApi, *files: dict[str, Any]) -> str:
    body = post("Hello", ["x"], content={"imageUrls": [file["url"] for file in files]})
    return media.api.accept({**body, "draft": True})


def listed(media: MediaApi, **query: Any) -> dict[str, Any]:
    answer = media.api.app.test_client().get(
        MEDIA, query_string=query, headers={"soku-api-key": media.api.key}
    )
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json
    return page


def delete(media: MediaApi, media_id: str, user: ApiClient | None = None) -> Any:
    return (user or media.api).call("DELETE", f"{MEDIA}/{media_id}")


def later(media: MediaApi, by: timedelta) -> None:
    media.api.world.advance(by)
    media.api.world.sweep()


@pytest.mark.full
def test_files_are_listed_with_the_posts_that_use_them(media: MediaApi) -> None:
    one, two, three = (stored(media, seed) for seed in (1, 2, 3))
    first, second = draft(media, one, two), draft(media, one)
    page = media.api.call("GET", MEDIA).json
    assert [file["id"] for file in page["data"]] == [three["id"], two["id"], one["id"]]
    assert [sorted(file["usedBy"]) for file in page["data"]] == [
        [],
        [first],
        sorted([first, second]),
    ]
    assert page["data"][2].items() >= one.items()
    assert page["data"][2]["sourceUrl"].endswith("removed-1.jpg")
    assert page["nextCursor"] is None
    assert media.api.another_user().call("GET", MEDIA).json == {"data": [], "nextCursor": None}


@pytest.mark.full
def test_pages_of_files_follow_each_other(media: MediaApi) -> None:
    ids = [stored(media, seed)["id"] for seed in range(1, 6)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = listed(media, limit=2, **cursor)
        seen += [file["id"] for file in page["data"]]
        cursor = {"cursor": page["nextCursor"]}
    assert seen == ids[::-1]
    assert page["nextCursor"] is None


# Firestore refuses to read ids of this form.
RESERVED = f"__{'a' * 18}__"
RESERVED_CURSOR = "cursor=WzEsICJfX2FhYWFhYWFhYWFhYWFhYWFhYV9fIl0"  # [1, RESERVED]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=31", "limit=a", "cursor=a", "a=b", "cursor=W10", RESERVED_CURSOR]
)
def test_another_query_is_refused(media: MediaApi, query: str) -> None:
    error_of(media.api.call("GET", f"{MEDIA}?{query}"), 400, "validation_error")


def test_an_unused_file_is_deleted(media: MediaApi) -> None:
    file = stored(media)
    assert delete(media, file["id"]).status_code == 204
    error_of(delete(media, file["id"]), 404, "not_found")
    assert listed(media)["data"] == []
    body = post("Hello", ["x"], content={"imageUrls": [file["url"]]})
    assert [fault[2] for fault in faults_of(media.api.send(body))] == ["unknown_media"]
    assert stored(media)["id"] != file["id"]
    later(media, MINUTES)
    assert requests.get(file["url"], timeout=10).status_code == 404
    assert len(media.objects()) == len(media.documents()) == 1


def test_a_file_that_a_post_uses_is_not_deleted(media: MediaApi) -> None:
    file = stored(media)
    post_id = draft(media, file)
    refused = error_of(delete(media, file["id"]), 409, "invalid_state")
    assert post_id in refused["message"]
    later(media, DAY)
    assert requests.get(file["url"], timeout=10).status_code == 200


@pytest.mark.parametrize("media_id", ["a", "a" * 22, "..", "a" * 200, RESERVED])
def test_a_file_that_does_not_exist_is_not_found(media: MediaApi, media_id: str) -> None:
    error_of(delete(media, media_id), 404, "not_found")


def test_another_users_file_is_not_deleted(media: MediaApi) -> None:
    file = stored(media)
    error_of(delete(media, file["id"], media.api.another_user()), 404, "not_found")
    assert len(listed(media)["data"]) == 1


@pytest.mark.full
def test_a_file_goes_a_day_after_its_last_post(media: MediaApi) -> None:
    file, other = stored(media, 1), stored(media, 2)
    posts = [draft(media, file, other), draft(media, file)]
    for number, post_id in enumerate(posts):
        later(media, timedelta(hours=1))
        assert media.api.call("DELETE", f"{POSTS}/{post_id}").status_code == 204
        later(media, timedelta(hours=23))
        assert len(media.objects()) == 2 - number
        later(media, timedelta(hours=2))
        later(media, MINUTES)
        assert len(media.objects()) == len(media.documents()) == 1 - number
    assert requests.get(file["url"], timeout=10).status_code == 404


def test_a_file_that_an_edit_removes_goes(media: MediaApi) -> None:
    old, new = stored(media, 1), stored(media, 2)
    post_id = draft(media, old)
    content = {"text": "Hello", "platform": "x", "imageUrls": [new["url"]]}
    answer = media.api.call("PATCH", f"{POSTS}/{post_id}", json={"post": {"content": content}})
    assert answer.status_code == 200, answer.text
    later(media, DAY)
    later(media, MINUTES)
    assert [file["id"] for file in listed(media)["data"]] == [new["id"]]
    assert len(media.objects()) == 1


@pytest.mark.full
def test_a_file_of_a_post_that_was_deleted_from_its_platforms_goes(media: MediaApi) -> None:
    file = stored(media)
    body = post("Hello", ["x"], content={"imageUrls": [file["url"]]})
    post_id = media.api.accept(body)
    media.api.world.live_until_quiet()
    answer = media.api.call("DELETE", f"{POSTS}/{post_id}?fromPlatforms=true")
    assert answer.status_code == 202, answer.text
    media.api.world.live_until_quiet()
    later(media, DAY)
    later(media, MINUTES)
    assert media.has_nothing()


def test_a_file_that_is_used_again_within_the_day_stays(media: MediaApi) -> None:
    file = stored(media)
    media.api.call("DELETE", f"{POSTS}/{draft(media, file)}")
    draft(media, file)
    for by in (DAY, MINUTES, DAY, MINUTES):
        later(media, by)
    assert len(media.objects()) == 1
    assert "wakeAt" not in media.documents()[0]


def test_a_post_that_was_on_its_way_keeps_the_file(media: MediaApi) -> None:
    """Its request had read the file's document before the file was deleted."""
    file = stored(media)
    post_id = draft(media, file)
    submissions = media.api.world.parts.db.collection("postSubmissions")
    fields = submissions.document(post_id).get().to_dict()
    submissions.document(post_id).delete()
    assert delete(media, file["id"]).status_code == 204
    submissions.document(post_id).set(fields)
    later(media, MINUTES)
    assert [file["usedBy"] for file in listed(media)["data"]] == [[post_id]]
    assert len(media.objects()) == 1
    assert not {"wakeAt", "markedAt"} & media.documents()[0].keys()


def test_a_storage_that_fails_does_not_stop_the_sweep(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stored(media)
    delete(media, file["id"])
    with monkeypatch.context() as patch:
        patch.setattr(removal, "name_of", None)
        later(media, MINUTES)
    assert len(media.objects()) == 1
    later(media, timedelta(minutes=1))
    assert media.has_nothing()


@pytest.mark.full
def test_a_user_has_a_quota(media: MediaApi) -> None:
    size = len(jpeg())
    settings = media.api.world.parts.settings
    limited = replace(settings.media, quota_bytes=2 * size + size // 2)
    media.api.world.with_parts(settings=replace(settings, media=limited))
    one = stored(media, 1)
    media.stored(media.shelf.put("same-size.jpg", jpeg()))
    refused = error_of(
        media.store(media.shelf.put("third.jpg", jpeg(seed=3))), 400, "upload_failed"
    )
    assert [fault["code"] for fault in refused["details"]] == ["quota_exceeded"]
    assert "GB" in refused["message"]
    assert len(media.objects()) == 2
    assert media.api.another_user().call(
        "POST", MEDIA, json={"url": f"{media.shelf.url}/third.jpg"}
    )
    delete(media, one["id"])
    later(media, MINUTES)
    media.stored(f"{media.shelf.url}/third.jpg")


def test_a_full_quota_downloads_nothing(media: MediaApi) -> None:
    stored(media)
    settings = media.api.world.parts.settings
    media.api.world.with_parts(
        settings=replace(settings, media=replace(settings.media, quota_bytes=1))
    )
    refused = error_of(media.store("http://no-such-host.example/a.jpg"), 400, "upload_failed")
    assert [fault["code"] for fault in refused["details"]] == ["quota_exceeded"]


def test_the_files_of_a_post_are_those_of_all_its_targets(media: MediaApi) -> None:
    post_id = draft(media, stored(media, 1), stored(media, 2))
    found = media.api.world.parts.deliveries.submission(post_id)
    assert found is not None
    submission: Submission = found.submission
    assert len(submission.media_ids) == 2
    assert replace(submission, deleted_at=clock.now()).media_ids == frozenset()
