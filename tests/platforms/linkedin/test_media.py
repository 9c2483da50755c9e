"""Uploading images and videos to LinkedIn, as a member and as a page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from local.platforms.faults import read_fault
from local.platforms.posts import Post as VisiblePost
from shared.domain.accounts import Account
from shared.domain.errors import MediaRejected, PlatformUnavailable, Rejected
from shared.domain.media import MediaAsset
from shared.platforms import base
from shared.platforms.base import UPLOAD_LEASE, Pending, Post, Published
from shared.platforms.linkedin import uploads
from shared.platforms.linkedin.checkpoint import Checkpoint, VideoPart, VideoUpload
from shared.platforms.linkedin.errors import NOT_PROCESSED
from shared.platforms.linkedin.publishing import CREATE, CREATE_AGAIN_AFTER, Publishing
from shared.platforms.linkedin.uploads import (
    CHECK_MEDIA,
    FINALIZE_VIDEO,
    INITIALIZE_VIDEO,
    UPLOAD_IMAGE,
    UPLOAD_VIDEO,
)
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to

pytestmark = pytest.mark.slow

URL = "https://api.linkedin.com"
PUBLISHING = Publishing()
MIB = 1024 * 1024


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    twin = twin_of("linkedin")
    twin.platform.add_account(
        "linkedin_page", "page", "page-token", external_id="urn:li:organization:5005"
    )
    return twin


def _member_post(media: Sequence[MediaAsset], **options: Any) -> Post:
    return a_post("linkedin", media=media, **options)


def _page_post(media: Sequence[MediaAsset], **options: Any) -> Post:
    page = Account("ann", "linkedin", "linkedin_page", "urn:li:organization:5005", "page")
    return replace(_member_post(media, **options), account=page, access_token="page-token")


def _step(url: str, post: Post, checkpoint: Checkpoint) -> Published | Pending:
    step = PUBLISHING.next_step(post.content, checkpoint)
    return PUBLISHING.take(step, a_turn(post, http_to(url), checkpoint))


def _until(twin: Twin, post: Post, step: base.Step, checkpoint: Checkpoint | None = None) -> Any:
    """The checkpoint at which `step` comes next."""
    now = checkpoint or Checkpoint()
    while PUBLISHING.next_step(post.content, now) is not step:
        result = _step(twin.url, post, now)
        assert isinstance(result, Pending)
        now = result.checkpoint
    return now


def _publish(twin: Twin, post: Post, checkpoint: Checkpoint | None = None) -> VisiblePost:
    ready = _until(twin, post, CREATE, checkpoint)
    assert twin.platform.posts.all() == []
    published = _step(twin.url, post, ready)
    assert isinstance(published, Published)
    (visible,) = twin.platform.posts.all()
    assert visible.id == published.platform_post_id
    return visible


def _strike(twin: Twin, match: str, mode: str, **more: Any) -> None:
    twin.platform.faults.add(read_fault({"match": match, "mode": mode, **more}))


def _hashes(visible: VisiblePost) -> list[str]:
    return [item.sha256 for item in visible.media]


POSTS = {"a member": _member_post, "a page": _page_post}
MakePost = Callable[..., Post]


@pytest.mark.parametrize("make", POSTS.values(), ids=POSTS)
def test_one_image_is_shown_to_the_byte_with_its_alt_text(
    twin: Twin, shelf: Shelf, make: MakePost
) -> None:
    image = shelf.image()
    visible = _publish(twin, make([image], altTexts=["A (fine) picture"]))
    assert _hashes(visible) == [image.sha256]
    (content,) = visible.details["content"].values()
    assert content["altText"] == "A (fine) picture"
    assert "media" in visible.details["content"]


@pytest.mark.parametrize("make", POSTS.values(), ids=POSTS)
def test_several_images_are_shown_in_their_order(twin: Twin, shelf: Shelf, make: MakePost) -> None:
    images = [shelf.image(2), shelf.png(1), shelf.image(3)]
    visible = _publish(twin, make(images, altTexts=["one", None, "three"]))
    assert _hashes(visible) == [image.sha256 for image in images]
    shown = visible.details["content"]["multiImage"]["images"]
    assert [image.get("altText") for image in shown] == ["one", None, "three"]


def test_twenty_images_fit_in_one_post(twin: Twin, shelf: Shelf) -> None:
    images = [shelf.image(seed % 3) for seed in range(20)]
    assert len(_publish(twin, _member_post(images)).media) == 20


@pytest.mark.parametrize("make", POSTS.values(), ids=POSTS)
def test_a_video_is_shown_to_the_byte_with_its_title(
    twin: Twin, shelf: Shelf, make: MakePost
) -> None:
    video = shelf.video()
    visible = _publish(twin, make([video], title="A film"))
    assert _hashes(visible) == [video.sha256]
    assert visible.details["content"]["media"]["title"] == "A film"


def test_the_steps_of_a_video_follow_one_another(twin: Twin, shelf: Shelf) -> None:
    post = _page_post([shelf.video()])
    checkpoint = Checkpoint()
    for step in (INITIALIZE_VIDEO, UPLOAD_VIDEO, FINALIZE_VIDEO, CHECK_MEDIA, CREATE):
        assert PUBLISHING.next_step(post.content, checkpoint) is step
        assert step.visible == (step is CREATE)
        assert step.polls == (step is CHECK_MEDIA)
        result = _step(twin.url, post, checkpoint)
        if isinstance(result, Pending):
            checkpoint = result.checkpoint
    assert UPLOAD_IMAGE.lease == UPLOAD_VIDEO.lease == UPLOAD_LEASE


def _parts_sent(twin: Twin) -> int:
    return sum("/part/" in received.path for received in twin.platform.requests.all())


@pytest.mark.full
def test_a_long_video_is_uploaded_in_several_steps_of_several_parts(
    twin: Twin, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_STEP_BYTES", 8 * MIB)
    video = shelf.large_video(21 * MIB)
    post = _page_post([video])
    checkpoint = _until(twin, post, UPLOAD_VIDEO)
    sent = []
    while PUBLISHING.next_step(post.content, checkpoint) is UPLOAD_VIDEO:
        result = _step(twin.url, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
        sent.append(_parts_sent(twin))
    assert sent == [2, 4, 6]
    assert _hashes(_publish(twin, post, checkpoint)) == [video.sha256]


@pytest.mark.full
@pytest.mark.parametrize("mode", ["reset_before", "accept_then_reset", "accept_then_500"])
def test_an_upload_continues_where_it_stopped(
    twin: Twin, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_STEP_BYTES", 4 * MIB)
    video = shelf.large_video(13 * MIB)
    post = _page_post([video])
    checkpoint = _until(twin, post, UPLOAD_VIDEO)
    _strike(twin, "PUT /dms-uploads/", mode, after=2)
    with pytest.raises(PlatformUnavailable):
        while True:
            result = _step(twin.url, post, checkpoint)
            assert isinstance(result, Pending)
            checkpoint = result.checkpoint
    assert len(checkpoint.video.etags) == 2
    assert _hashes(_publish(twin, post, checkpoint)) == [video.sha256]
    assert _parts_sent(twin) == 5, "the four parts, and the third one again"


@pytest.mark.parametrize("match", ["POST /rest/images", "PUT /dms-uploads/", "GET /rest/images/"])
def test_an_image_is_uploaded_again_after_a_failure(twin: Twin, shelf: Shelf, match: str) -> None:
    image = shelf.image()
    post = _page_post([image, shelf.image(2)])
    first = _step(twin.url, post, Checkpoint())
    assert isinstance(first, Pending)
    _strike(twin, match, "accept_then_reset")
    with pytest.raises(PlatformUnavailable):
        _until(twin, post, CREATE, first.checkpoint)
    assert _hashes(_publish(twin, post, first.checkpoint))[0] == image.sha256


def test_an_upload_with_expired_urls_starts_again_once(twin: Twin, shelf: Shelf) -> None:
    post = _page_post([shelf.video()])
    expired = {"status": 400, "body": {"status": 400, "code": "EXPIRED_UPLOAD_URL"}}
    _strike(twin, "PUT /dms-uploads/", "status", **expired, times=2)
    checkpoint = _until(twin, post, UPLOAD_VIDEO)
    renewed = _step(twin.url, post, checkpoint)
    assert isinstance(renewed, Pending)
    assert PUBLISHING.next_step(post.content, renewed.checkpoint) is INITIALIZE_VIDEO
    again = _until(twin, post, UPLOAD_VIDEO, renewed.checkpoint)
    with pytest.raises(PlatformUnavailable):
        _step(twin.url, post, again)
    _publish(twin, post, again)


def test_finalizing_can_be_repeated(twin: Twin, shelf: Shelf) -> None:
    post = _page_post([shelf.video()])
    checkpoint = _until(twin, post, FINALIZE_VIDEO)
    _strike(twin, "POST /rest/videos", "accept_then_reset")
    with pytest.raises(PlatformUnavailable):
        _step(twin.url, post, checkpoint)
    _publish(twin, post, checkpoint)


@pytest.mark.parametrize("video", [False, True])
def test_a_page_waits_until_its_media_are_processed(twin: Twin, shelf: Shelf, video: bool) -> None:
    twin.platform.processing_time = timedelta(minutes=3)
    post = _page_post([shelf.video() if video else shelf.image()])
    checkpoint = _until(twin, post, CHECK_MEDIA)
    waits = []
    for _ in range(14):
        result = _step(twin.url, post, checkpoint)
        assert isinstance(result, Pending)
        waits.append(result.poll_after.total_seconds())
        checkpoint = result.checkpoint
    assert waits == [5, 5, 10, 10, 20, 20, 30, 30, 60, 60, 60, 60, 60, 60]
    with pytest.raises(PlatformUnavailable, match="did not finish"):
        _step(twin.url, post, checkpoint)
    for upload in twin.platform.state.uploads.values():
        upload.available_at -= timedelta(minutes=3)
    _publish(twin, post, checkpoint)


def test_images_that_are_ready_are_not_checked_again(twin: Twin, shelf: Shelf) -> None:
    post = _page_post([shelf.image(seed) for seed in (1, 2)])
    checkpoint = _until(twin, post, CHECK_MEDIA)
    last = twin.platform.state.uploads[checkpoint.media[1]]
    last.available_at += timedelta(minutes=1)
    result = _step(twin.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert result.checkpoint.available == 1
    before = len(twin.platform.requests.all())
    _step(twin.url, post, result.checkpoint)
    assert len(twin.platform.requests.all()) == before + 1


@pytest.mark.parametrize(
    ("match", "after", "video"),
    [("PUT /dms-uploads/", 0, False), ("POST /rest/videos", 1, True)],
)
def test_media_that_linkedin_cannot_process_are_refused(
    twin: Twin, shelf: Shelf, match: str, after: int, video: bool
) -> None:
    media = [shelf.video() if video else shelf.image()]
    _strike(twin, match, "processing_failed", after=after)
    with pytest.raises(MediaRejected, match="could not process"):
        _publish(twin, _page_post(media))
    _strike(twin, match, "processing_failed", after=after)
    ready = _until(twin, _member_post(media), CREATE)
    waits = timedelta(0)
    for _ in CREATE_AGAIN_AFTER:
        refused = _step(twin.url, _member_post(media), ready)
        assert isinstance(refused, Pending)
        assert not refused.sent
        ready, waits = refused.checkpoint, waits + refused.poll_after
    assert timedelta(minutes=5) < waits < timedelta(minutes=10)
    with pytest.raises(MediaRejected, match="could not process"):
        _step(twin.url, _member_post(media), ready)
    assert twin.visible() == []


@pytest.mark.parametrize("code", sorted(NOT_PROCESSED))
def test_a_post_that_comes_before_its_media_are_processed_is_sent_again(code: str) -> None:
    image = MediaAsset("m", "https://media.test/m.jpg", "image/jpeg", 1000, "0" * 64, 1080, 1350)
    ready = Checkpoint(media=("urn:li:image:1",), ready=True)
    with responses.RequestsMock() as recorded:
        refusal = {"status": 400, "code": code, "message": "Not yet"}
        recorded.add("POST", f"{URL}/rest/posts", status=400, json=refusal)
        created = {"x-restli-id": "urn:li:share:7"}
        recorded.add("POST", f"{URL}/rest/posts", status=201, headers=created)
        refused = _step(URL, _member_post([image]), ready)
        assert isinstance(refused, Pending)
        published = _step(URL, _member_post([image]), refused.checkpoint)
    assert isinstance(published, Published)
    assert published.platform_post_id == "urn:li:share:7"


@pytest.mark.parametrize(
    ("size", "seconds"), [(2_000_000, 16), (100_000_000, 65), (500_000_000, 265)]
)
def test_a_members_wait_depends_on_the_size_of_the_video(
    twin: Twin, shelf: Shelf, size: int, seconds: int
) -> None:
    video = replace(shelf.video(), size=size)
    result = _checked(twin, _member_post([video]), Checkpoint(media=("urn:li:video:1",)))
    assert result.poll_after == timedelta(seconds=seconds)
    assert result.checkpoint == Checkpoint(media=("urn:li:video:1",), ready=True)


def test_a_members_images_are_checked_once_and_get_a_short_grace(twin: Twin, shelf: Shelf) -> None:
    urns = tuple(f"urn:li:image:{number}" for number in range(3))
    post = _member_post([shelf.image(seed) for seed in range(3)])
    result = _checked(twin, post, Checkpoint(media=urns))
    assert result.poll_after == timedelta(seconds=3)
    assert len(twin.platform.requests.all()) == 1


def _checked(twin: Twin, post: Post, checkpoint: Checkpoint) -> Pending:
    result = PUBLISHING.take(CHECK_MEDIA, a_turn(post, http_to(twin.url), checkpoint))
    assert isinstance(result, Pending)
    return result


def test_an_urn_is_percent_encoded_once(twin: Twin, shelf: Shelf) -> None:
    _publish(twin, _page_post([shelf.image()]))
    (read,) = [r for r in twin.platform.requests.all() if r.method == "GET"]
    assert read.path.startswith("/rest/images/urn:li:image:")


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("images", {"json": {}}),
        ("videos", {"json": {"value": None}}),
        ("images", {"body": "<html>"}),
    ],
)
def test_an_upload_without_a_url_is_retried(
    shelf: Shelf, kind: str, answer: dict[str, Any]
) -> None:
    post = _member_post([shelf.video() if kind == "videos" else shelf.image()])
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/rest/{kind}", **answer)
        with pytest.raises(PlatformUnavailable, match="without returning its URL"):
            _step(URL, post, Checkpoint())


def test_a_part_without_an_etag_is_sent_again(shelf: Shelf) -> None:
    video = shelf.video()
    place = f"{URL}/dms-uploads/1"
    part = VideoPart(place, 0, video.size - 1)
    upload = VideoUpload("urn:li:video:1", "", (part,))
    with responses.RequestsMock() as recorded:
        recorded.add_passthru(shelf.url)
        recorded.add("PUT", place, status=200)
        with pytest.raises(PlatformUnavailable, match="ETag"):
            _step(URL, _member_post([video]), Checkpoint(video=upload))


def test_media_of_another_author_are_refused(twin: Twin, shelf: Shelf) -> None:
    ready = _until(twin, _page_post([shelf.image()]), CREATE)
    with pytest.raises(Rejected, match="does not belong"):
        _step(twin.url, _member_post([shelf.image()]), ready)


def test_the_secrets_of_upload_urls_are_not_recorded(twin: Twin, shelf: Shelf) -> None:
    post = _member_post([shelf.image()])
    http = http_to(twin.url)
    PUBLISHING.take(UPLOAD_IMAGE, a_turn(post, http))
    secrets = [upload.secret for upload in twin.platform.state.uploads.values()]
    assert len(http.exchanges) == 2
    assert not any(secret in str(http.exchanges) for secret in secrets)
