"""Media in POST /v1/posts are downloaded and stored before the post is accepted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.storage_emulator import StorageEmulator
from shared import clock
from shared.media import intake
from shared.web.envelope import time_text
from tests import extent
from tests.functions.api_client import POSTS, ApiClient, error_of, faults_of, post
from tests.functions.media_api import MEDIA, MediaApi
from tests.media import Shelf, jpeg, mp4, png


@pytest.fixture
def media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> Iterator[MediaApi]:
    yield MediaApi(api, storage, shelf)


@pytest.fixture
def own_media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> Iterator[MediaApi]:
    """In its own world, in which nothing else is published."""
    yield MediaApi(api, storage, shelf)


def shown(media: MediaApi, platform: str) -> list[tuple[str, list[str]]]:
    posts = media.api.world.platforms[platform].posts.all()
    return [(p.text, [item.sha256 for item in p.media]) for p in posts]


def with_media(**content: Any) -> dict[str, Any]:
    return post("With media", ["x", "threads"], content=content)


def stored_media(media: MediaApi) -> list[dict[str, Any]]:
    """The media of this user's only submission."""
    (submission,) = media.api.submissions()
    found: list[dict[str, Any]] = submission["media"]
    return found


@pytest.mark.full
def test_external_files_are_stored_and_published_in_their_order(own_media: MediaApi) -> None:
    urls = [own_media.shelf.put(f"{seed}.jpg", jpeg(seed=seed)) for seed in (3, 1, 2)]
    own_media.api.accept(with_media(imageUrls=urls))
    own_media.api.world.live_until_quiet()
    hashes = [asset["sha256"] for asset in stored_media(own_media)]
    assert shown(own_media, "x") == shown(own_media, "threads") == [("With media", hashes)]
    assert len(own_media.objects()) == 3
    assert sorted(own_media.objects().values()) == sorted(hashes)


def test_a_video_is_recognized_by_its_bytes_in_every_field(media: MediaApi) -> None:
    url = media.shelf.put("film", mp4())
    for number, place in enumerate(({"videoUrl": url}, {"mediaUrls": [url]})):
        media.api.accept(with_media(**place), Idempotency_Key=f"film-{number}")
    found = [submission["media"][0]["contentType"] for submission in media.api.submissions()]
    assert found == ["video/mp4"] * 2


def test_a_url_that_is_named_twice_is_fetched_once(media: MediaApi) -> None:
    url = media.shelf.put("twice.jpg", jpeg())
    media.api.accept(with_media(imageUrls=[url, url]))
    first, second = stored_media(media)
    assert first == second
    assert len(media.objects()) == 1


def test_what_was_uploaded_before_is_not_fetched_again(media: MediaApi) -> None:
    stored = media.stored(media.shelf.put("before.jpg", jpeg()))
    settings = media.api.world.parts.settings
    nowhere = replace(settings.media, fetch_allowed_origins=())
    media.api.world.with_parts(settings=replace(settings, media=nowhere))
    media.api.accept(with_media(imageUrls=[stored["url"]]))
    assert stored_media(media)[0]["url"] == stored["url"]


def test_a_temporary_url_may_be_gone_when_a_scheduled_post_goes_out(own_media: MediaApi) -> None:
    url = own_media.shelf.put("temporary.jpg", jpeg())
    at = clock.now() + timedelta(days=400)
    own_media.api.accept(with_media(imageUrls=[url]) | {"scheduledTime": time_text(at)})
    own_media.shelf.remove("temporary.jpg")
    own_media.api.world.advance(timedelta(days=400, seconds=5))
    own_media.api.world.live_until_quiet()
    (submission,) = own_media.api.submissions()
    assert submission["status"] == "succeeded", own_media.api.world.log
    assert [text for text, hashes in shown(own_media, "x") if hashes] == ["With media"]


def test_all_urls_that_fail_are_said_at_once_and_nothing_is_accepted(media: MediaApi) -> None:
    good = media.shelf.put("good.jpg", jpeg())
    bad = f"{media.shelf.url}/none.jpg?token=canary"
    page = media.shelf.put("page.jpg", b"<html></html>")
    answer = media.api.send(with_media(imageUrls=[good, bad, page]))
    details = error_of(answer, 400, "upload_failed")["details"]
    assert [(fault["field"], fault["code"]) for fault in details] == [
        ("post.content.imageUrls[1]", "http_status"),
        ("post.content.imageUrls[2]", "not_media"),
    ]
    assert details[0]["url"] == f"{media.shelf.url}/none.jpg"
    assert "canary" not in answer.text
    assert media.api.stored_nothing()


def test_after_a_failed_upload_the_key_serves_the_corrected_post(media: MediaApi) -> None:
    error_of(
        media.api.send(
            with_media(imageUrls=[f"{media.shelf.url}/none.jpg"]), Idempotency_Key="again"
        ),
        400,
        "upload_failed",
    )
    good = media.shelf.put("good.jpg", jpeg())
    media.api.accept(with_media(imageUrls=[good]), Idempotency_Key="again")


def test_a_replay_is_answered_without_looking_at_its_media(media: MediaApi) -> None:
    url = media.shelf.put("once.jpg", jpeg())
    first = media.api.accept(with_media(imageUrls=[url]), Idempotency_Key="replayed")
    media.shelf.remove("once.jpg")
    media.api.world.advance(timedelta(hours=23))
    again = media.api.send(with_media(imageUrls=[url]), Idempotency_Key="replayed")
    assert again.json == {"postSubmissionId": first}
    assert again.headers["Idempotent-Replayed"] == "true"


def test_another_users_file_is_refused(media: MediaApi) -> None:
    stored = media.stored(media.shelf.put("mine.jpg", jpeg()))
    other = media.api.another_user()
    answer = other.send(with_media(imageUrls=[stored["url"]]))
    assert faults_of(answer) == [("post.content.imageUrls[0]", None, "unknown_media")]
    assert other.stored_nothing()


def test_nothing_is_fetched_for_a_request_that_is_wrong_otherwise(media: MediaApi) -> None:
    url = media.shelf.put("unused.jpg", jpeg())
    body = with_media(imageUrls=[url]) | {"scheduledTime": "2001-01-01T00:00:00Z"}
    assert ("scheduledTime", None, "too_soon") in faults_of(media.api.send(body))
    assert media.objects() == {}


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"videoUrl": "image"}, "videoUrl"),
        ({"imageUrls": ["video"]}, "imageUrls[0]"),
        ({"mediaType": "video", "mediaUrls": ["image"]}, "mediaUrls[0]"),
        ({"mediaType": "image", "mediaUrls": ["image", "video"]}, "mediaUrls[1]"),
    ],
)
def test_a_file_that_is_not_what_it_is_called_is_a_contradiction(
    media: MediaApi, content: dict[str, Any], field: str
) -> None:
    urls = {
        "image": media.shelf.put("i.jpg", jpeg()),
        "video": media.shelf.put("v.mp4", mp4()),
    }

    def named(value: Any) -> Any:
        return [urls[name] for name in value] if isinstance(value, list) else urls.get(value, value)

    answer = media.api.send(
        with_media(**{n: v if n == "mediaType" else named(v) for n, v in content.items()})
    )
    assert (f"post.content.{field}", None, "contradiction") in faults_of(answer)


def test_limits_are_held_against_the_bytes_of_all_files_at_once(media: MediaApi) -> None:
    wide = media.shelf.put("wide.jpg", jpeg(3000, 100))
    drawn = media.shelf.put("drawn.png", png())
    body = post("Hello", ["threads", "instagram"], content={"imageUrls": [wide, drawn]})
    found = faults_of(media.api.send(body))
    assert ("post.content.imageUrls[0]", "threads", "aspect_ratio_too_large") in found
    assert ("post.content.imageUrls[0]", "instagram", "aspect_ratio_too_large") in found
    assert ("post.content.imageUrls[1]", "instagram", "media_type_not_supported") in found
    assert media.api.stored_nothing()


def test_a_text_that_is_too_long_needs_no_file_to_be_refused(media: MediaApi) -> None:
    url = media.shelf.put("unused.jpg", jpeg())
    body = post("x" * 600, ["x", "threads"], content={"imageUrls": [url]})
    assert faults_of(media.api.send(body)) == [
        ("post.content.text", "x", "text_too_long"),
        ("post.content.text", "threads", "text_too_long"),
    ]
    assert media.objects() == {}


def test_a_post_that_takes_too_long_to_fetch_is_told_the_way_out(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "POST_SECONDS", 0.0)
    url = media.shelf.put("slow.jpg", jpeg())
    answer = media.api.send(with_media(imageUrls=[url]))
    (fault,) = error_of(answer, 400, "upload_failed")["details"]
    assert fault["code"] == "too_slow"
    assert "/v1/media" in fault["message"]
    assert media.has_nothing()


def test_a_draft_keeps_its_media_too(media: MediaApi) -> None:
    url = media.shelf.put("draft.jpg", jpeg())
    media.api.accept(with_media(imageUrls=[url]) | {"draft": True})
    assert len(stored_media(media)) == len(media.objects()) == 1


def scheduled(media: MediaApi, urls: list[str], **more: Any) -> str:
    """A post with these images in ten days, two days ago."""
    due = time_text(clock.now() + timedelta(days=12))
    post_id = media.api.accept(with_media(imageUrls=urls) | {"scheduledTime": due} | more)
    media.api.world.advance(timedelta(days=2))
    return post_id


def edited(media: MediaApi, post_id: str, **content: Any) -> list[str]:
    """The hashes of the files that the post has after an edit of its content."""
    now = media.api.read(post_id).json["content"]
    new = {"text": now["text"], "imageUrls": now["imageUrls"], "platform": ["x", "threads"]}
    answer = media.api.call(
        "PATCH", f"{POSTS}/{post_id}", json={"post": {"content": new | content}}
    )
    assert answer.status_code == 200, answer.text
    return [asset["sha256"] for asset in stored_media(media)]


@pytest.mark.parametrize("query", extent.some(["", "?sig=1"], ["?sig=1"]))
@pytest.mark.parametrize("what_happened", ["gone", "replaced"])
def test_an_edit_keeps_the_files_although_their_urls_changed(
    media: MediaApi, query: str, what_happened: str
) -> None:
    names = ["one.jpg", "two.jpg"]
    urls = [media.shelf.put(name, jpeg(seed=n)) + query for n, name in enumerate(names, 1)]
    post_id = scheduled(media, urls)
    before = [asset["sha256"] for asset in stored_media(media)]
    for name in names:
        if what_happened == "gone":
            media.shelf.remove(name)
        else:
            media.shelf.put(name, jpeg(seed=9))
    assert edited(media, post_id, text="typo") == before
    assert edited(media, post_id, imageUrls=urls[::-1]) == before[::-1]
    assert edited(media, post_id, imageUrls=[urls[1]]) == before[1:]
    assert len(media.objects()) == 2


def test_an_edit_keeps_a_file_that_it_names_by_its_stored_url(media: MediaApi) -> None:
    url = media.shelf.put("one.jpg", jpeg())
    post_id = scheduled(media, [url])
    (asset,) = stored_media(media)
    assert edited(media, post_id, imageUrls=[asset["url"]]) == [asset["sha256"]]
    assert edited(media, post_id, text="typo") == [asset["sha256"]]


def test_an_edit_downloads_only_the_files_that_are_new(media: MediaApi) -> None:
    post_id = scheduled(media, [media.shelf.put("one.jpg", jpeg(seed=1))])
    media.shelf.put("one.jpg", jpeg(seed=9))
    (before,) = (asset["sha256"] for asset in stored_media(media))
    new = media.shelf.put("two.jpg", jpeg(seed=2))
    hashes = edited(media, post_id, imageUrls=[f"{media.shelf.url}/one.jpg", new])
    assert hashes[0] == before
    assert sorted(hashes) == sorted(media.objects().values())


def test_another_post_with_the_same_url_gets_the_file_of_today(media: MediaApi) -> None:
    url = media.shelf.put("one.jpg", jpeg(seed=1))
    scheduled(media, [url])
    media.shelf.put("one.jpg", jpeg(seed=9))
    media.api.accept(post("Another", ["x"], content={"imageUrls": [url]}))
    assert len(set(media.objects().values())) == 2


SIGNATURE = "X-Goog-Signature=canary"


@pytest.mark.parametrize("place", ["mediaUrls", "imageUrls"])
def test_the_query_of_a_signed_url_is_neither_stored_nor_shown(media: MediaApi, place: str) -> None:
    url = media.shelf.put("one.jpg", jpeg())
    body = {**with_media(**{place: [f"{url}?{SIGNATURE}"]}), "draft": True}
    post_id = media.api.accept(body)
    shown = media.api.read(post_id)
    assert shown.json["content"][place] == [url]
    [stored] = media.api.submissions()
    changed = media.api.call("PATCH", f"{POSTS}/{post_id}", json={**body, "draft": True})
    listed = media.api.call("GET", POSTS)
    for seen in (shown.text, changed.text, listed.text, str(stored), str(media.api.submissions())):
        assert url in seen
        assert "canary" not in seen
    assert media.api.accept(body) == post_id, "the derived key is that of the body"


def test_urls_that_differ_in_their_query_alone_stay_different_files(media: MediaApi) -> None:
    url = media.shelf.put("one.jpg", jpeg(seed=1))
    post_id = media.api.accept(with_media(imageUrls=[f"{url}?v=1"]) | {"draft": True})
    media.shelf.put("one.jpg", jpeg(seed=2))
    content = with_media(imageUrls=[f"{url}?v=2", f"{url}?v=1"])
    assert media.api.call("PATCH", f"{POSTS}/{post_id}", json=content).status_code == 200
    first, second = (asset["sha256"] for asset in stored_media(media))
    assert first != second
    assert len(media.objects()) == 2


@pytest.mark.parametrize("queries", [("", "?sig=canary"), ("?id=1", "?id=2")])
def test_an_edit_with_what_was_shown_keeps_files_whose_urls_differ_in_the_query_alone(
    media: MediaApi, queries: tuple[str, str]
) -> None:
    urls = []
    for seed, query in enumerate(queries, start=1):
        url = media.shelf.put("one.jpg", jpeg(seed=seed))
        stored = media.api.call("POST", MEDIA, json={"url": url + query})
        assert stored.status_code == 201, stored.text
        urls.append(url + query)
    post_id = media.api.accept(with_media(imageUrls=urls) | {"draft": True})
    before = [asset["sha256"] for asset in stored_media(media)]
    assert before[0] != before[1]
    shown = media.api.read(post_id).json["content"]
    assert "canary" not in str(shown)
    media.shelf.put("one.jpg", jpeg(seed=9))
    edited = media.api.call(
        "PATCH", f"{POSTS}/{post_id}", json={"post": {"content": {**shown, "text": "New"}}}
    )
    assert edited.status_code == 200, edited.text
    assert [asset["sha256"] for asset in stored_media(media)] == before
    assert len(media.objects()) == 2
