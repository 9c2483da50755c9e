"""Uploading media to Snapchat: encrypted as a whole, in parts, and continued after failures."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from shared import clock
from shared.domain.errors import MediaRejected, PlatformUnavailable, Rejected
from shared.platforms.base import UPLOAD_LEASE, UPLOAD_STEP_BYTES, Pending, Post
from shared.platforms.snapchat.checkpoint import Checkpoint, Media
from shared.platforms.snapchat.encryption import encrypted, new_secrets, next_iv, part_count
from shared.platforms.snapchat.errors import MediaExpired
from shared.platforms.snapchat.publishing import CHECK, PUBLISH
from shared.platforms.snapchat.uploads import CREATE, FINALIZE, UPLOAD
from tests import extent
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN, a_post, a_turn, http_to
from tests.platforms.snapchat.contract import with_message
from tests.platforms.snapchat.delivery import PUBLISHING, fault, ready, step

pytestmark = pytest.mark.slow

URL = "https://businessapi.snapchat.com"
PROFILE = "/v1/public_profiles/7700"
UPLOADS = "/us/v1/public_profiles/"
MIB = 1024 * 1024


@pytest.fixture
def snapchat(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("snapchat")


def _uploads(twin: Twin) -> int:
    return sum(received.path.startswith(UPLOADS) for received in twin.platform.requests.all())


def _created(url: str, post: Post) -> Any:
    result = step(url, post)
    assert isinstance(result, Pending)
    return result.checkpoint


def test_media_are_created_uploaded_and_finalized_before_the_one_visible_step(
    shelf: Shelf,
) -> None:
    content = a_post("snapchat", media=[shelf.video()]).content
    media = Media("1")
    finalized = Media("1", parts=1, finalized=True)
    steps = [
        PUBLISHING.next_step(content, checkpoint)
        for checkpoint in (
            Checkpoint(),
            Checkpoint(media),
            Checkpoint(replace(media, parts=1)),
            Checkpoint(finalized),
            Checkpoint(finalized, posted_at=clock.now()),
        )
    ]
    assert UPLOAD.lease == UPLOAD_LEASE
    assert steps == [CREATE, UPLOAD, FINALIZE, PUBLISH, CHECK]
    assert [step.visible for step in steps] == [False, False, False, True, False]
    assert [step.polls for step in steps] == [False, False, False, False, True]


@pytest.mark.parametrize("size", [1, 15, 16, 17, 64, 100, 128])
def test_the_file_is_encrypted_as_a_whole_and_cut_into_parts(size: int) -> None:
    data, secrets = bytes(range(size)), new_secrets()
    key, iv = (base64.b64decode(secrets[name]) for name in ("key", "iv"))
    assert (len(key), len(iv)) == (32, 16)
    parts, chain = [], secrets["iv"]
    for start in range(0, size, 64):
        end = min(start + 64, size)
        pieces = [data[start : start + 10], data[start + 10 : end]]
        parts.append(encrypted(pieces, key=secrets["key"], iv=chain, is_last=end == size))
        chain = next_iv(parts[-1])
    assert [len(part) % 16 for part in parts] == [0] * len(parts)
    padder = padding.PKCS7(128).padder()
    whole = padder.update(data) + padder.finalize()
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    assert b"".join(parts) == cipher.update(whole) + cipher.finalize()


@pytest.mark.parametrize(
    ("size", "count"),
    [(1, 1), (16 * MIB, 1), (16 * MIB + 1, 2), (560 * MIB, 35), (10**9, 32), (20_000_000, 2)],
)
def test_there_are_at_most_35_parts(size: int, count: int) -> None:
    assert part_count(size) == count


def test_all_media_have_their_own_key_and_no_record_shows_it(snapchat: Twin, shelf: Shelf) -> None:
    post, http = a_post("snapchat", media=[shelf.video()]), http_to(snapchat.url)
    made = [PUBLISHING.take(CREATE, a_turn(post, http)) for _ in range(2)]
    checkpoints: Any = [result.checkpoint for result in made if isinstance(result, Pending)]
    first, second = (checkpoint.media for checkpoint in checkpoints)
    assert len({first.key, second.key, first.iv, second.iv}) == 4
    assert first.key not in repr(checkpoints)
    for exchange in http.exchanges:
        assert first.key not in str(exchange)
        assert (exchange.sent["key"], exchange.sent["iv"]) == ("***", "***")
        assert TOKEN not in str(exchange)


@pytest.mark.full
@pytest.mark.parametrize("size", extent.some([32 * MIB, 40 * MIB + 3], [40 * MIB + 3]))
@pytest.mark.parametrize("mode", ["reset_before", "accept_then_500"])
def test_an_interrupted_upload_continues_and_arrives_whole(
    snapchat: Twin, shelf: Shelf, size: int, mode: str
) -> None:
    video = shelf.large_video(size)
    post = a_post("snapchat", media=[video])
    checkpoint = _created(snapchat.url, post)
    fault(snapchat, f"POST {UPLOADS}", mode, after=1)
    with pytest.raises(PlatformUnavailable):
        step(snapchat.url, post, checkpoint)
    snapchat_ready = ready(snapchat.url, post, checkpoint)
    assert snapchat_ready.media is not None
    assert snapchat_ready.media.id == checkpoint.media.id
    assert snapchat_ready.media.parts == part_count(size)
    step(snapchat.url, post, snapchat_ready)
    (visible,) = snapchat.platform.posts.all()
    assert [(item.sha256, item.size) for item in visible.media] == [(video.sha256, size)]


@pytest.mark.full
def test_a_large_upload_has_several_steps_each_with_a_checkpoint(
    snapchat: Twin, shelf: Shelf
) -> None:
    video = shelf.large_video(UPLOAD_STEP_BYTES + 10 * MIB)
    post = a_post("snapchat", media=[video])
    first = step(snapchat.url, post, _created(snapchat.url, post))
    assert isinstance(first, Pending)
    reached: Any = first.checkpoint
    assert reached.media.parts == 4
    assert PUBLISHING.next_step(post.content, reached) is UPLOAD
    fault(snapchat, f"POST {UPLOADS}", "reset_before")
    with pytest.raises(PlatformUnavailable):
        step(snapchat.url, post, reached)
    before = _uploads(snapchat)
    checkpoint = ready(snapchat.url, post, reached)
    assert _uploads(snapchat) - before == 2, "one more part, and the end"
    step(snapchat.url, post, checkpoint)
    (visible,) = snapchat.platform.posts.all()
    assert visible.media[0].sha256 == video.sha256


def test_finalizing_again_after_a_lost_answer_succeeds(snapchat: Twin, shelf: Shelf) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    fault(snapchat, f"POST {UPLOADS}", "accept_then_reset", after=1)
    uploaded = step(snapchat.url, post, _created(snapchat.url, post))
    assert isinstance(uploaded, Pending)
    with pytest.raises(PlatformUnavailable):
        step(snapchat.url, post, uploaded.checkpoint)
    result = step(snapchat.url, post, uploaded.checkpoint)
    assert isinstance(result, Pending)
    assert PUBLISHING.next_step(post.content, result.checkpoint) is PUBLISH
    step(snapchat.url, post, result.checkpoint)
    assert len(snapchat.visible()) == 1


def test_media_that_are_already_processed_count_as_finalized(shelf: Shelf) -> None:
    post = a_post("snapchat", media=[shelf.image()])
    begun = Checkpoint(Media("m1", parts=1, finalize_path="/us/f"))
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}/us/f", status=400, json=with_message("MEDIA_PROCESSING"))
        result = PUBLISHING.take(FINALIZE, a_turn(post, http_to(URL), begun))
    assert isinstance(result, Pending)
    assert PUBLISHING.next_step(post.content, result.checkpoint) is PUBLISH


def test_media_that_snapchat_cannot_use_are_refused_at_the_end_of_the_upload(
    snapchat: Twin, shelf: Shelf
) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    media = _created(snapchat.url, post).media
    wrong_key = Checkpoint(replace(media, key=new_secrets()["key"]))
    with pytest.raises(MediaRejected, match="decrypted"):
        ready(snapchat.url, post, wrong_key)


def test_media_that_fail_in_processing_are_refused(snapchat: Twin, shelf: Shelf) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    fault(snapchat, f"POST {PROFILE}/media", "processing_failed")
    with pytest.raises(MediaRejected, match="could not be processed"):
        step(snapchat.url, post, ready(snapchat.url, post))
    assert snapchat.visible() == []


@pytest.mark.parametrize("errors_with_200", [False, True])
def test_while_media_are_processed_publishing_is_retried(
    snapchat: Twin, shelf: Shelf, errors_with_200: bool
) -> None:
    snapchat.platform.state.errors_with_200 = errors_with_200  # type: ignore[attr-defined]
    post = a_post("snapchat", media=[shelf.video()])
    fault(snapchat, f"POST {PROFILE}/media", "processing_stuck")
    checkpoint: Any = ready(snapchat.url, post)
    media, waits = checkpoint.media, []
    for _ in range(22):
        result = step(snapchat.url, post, checkpoint)
        assert isinstance(result, Pending)
        assert not result.sent
        checkpoint = result.checkpoint
        assert checkpoint.media == media
        waits.append(result.poll_after.total_seconds())
    assert waits[:5] == [5, 9, 16, 30, 30]
    assert timedelta(minutes=9) < timedelta(seconds=sum(waits)) < timedelta(minutes=11)
    with pytest.raises(PlatformUnavailable, match="did not finish"):
        step(snapchat.url, post, checkpoint)


def test_expired_media_are_uploaded_again_a_few_times(snapchat: Twin, shelf: Shelf) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    checkpoint: Any = Checkpoint()
    for made in (1, 2):
        checkpoint = ready(snapchat.url, post, checkpoint)
        _let_expire(snapchat)
        result = step(snapchat.url, post, checkpoint)
        assert isinstance(result, Pending)
        assert result.checkpoint == Checkpoint(made=made)
        checkpoint = result.checkpoint
    assert PUBLISHING.next_step(post.content, checkpoint) is CREATE
    checkpoint = ready(snapchat.url, post, checkpoint)
    _let_expire(snapchat)
    with pytest.raises(MediaExpired):
        step(snapchat.url, post, checkpoint)
    assert snapchat.visible() == []


def test_media_that_expire_in_the_middle_of_the_upload_are_started_again(
    snapchat: Twin, shelf: Shelf
) -> None:
    post = a_post("snapchat", media=[shelf.video()])
    checkpoint = _created(snapchat.url, post)
    _let_expire(snapchat)
    result = step(snapchat.url, post, checkpoint)
    assert isinstance(result, Pending)
    assert result.checkpoint == Checkpoint(made=1)


def _let_expire(twin: Twin) -> None:
    for media in twin.platform.state.media.values():  # type: ignore[attr-defined]
        media.created_at -= timedelta(days=1)


@pytest.mark.parametrize("nested", [False, True])
def test_the_upload_paths_are_read_flat_or_nested(shelf: Shelf, nested: bool) -> None:
    made = {"media_id": "m1", "add_path": "/us/a", "finalize_path": "https://eu.test/f"}
    body = {"request_status": "SUCCESS", **({"media": made} if nested else made)}
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}{PROFILE}/media", json=body)
        media = _created(URL, a_post("snapchat", media=[shelf.image()])).media
    assert media.id == "m1"
    assert (media.add_path, media.finalize_path) == ("/us/a", "https://eu.test/f")


@pytest.mark.parametrize("made", [{}, {"media_id": "m1"}, {"add_path": "/a"}])
def test_creating_media_without_upload_paths_is_retried(shelf: Shelf, made: dict[str, str]) -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", f"{URL}{PROFILE}/media", json={"request_status": "SUCCESS", **made})
        with pytest.raises(PlatformUnavailable, match="without returning the upload paths"):
            _created(URL, a_post("snapchat", media=[shelf.image()]))


def test_a_refused_part_ends_the_run(shelf: Shelf) -> None:
    post = a_post("snapchat", media=[shelf.image()])
    secrets = new_secrets()
    begun = Checkpoint(Media("m1", secrets["key"], secrets["iv"], "/us/a", "/us/a"))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as recorded:
        recorded.add_passthru(shelf.url)
        recorded.add("POST", f"{URL}/us/a", json=with_message("Media size is too large"))
        with pytest.raises(MediaRejected, match="too large"):
            PUBLISHING.take(UPLOAD, a_turn(post, http_to(URL), begun))
        recorded.replace(
            "POST", f"{URL}/us/a", status=400, json=with_message("description too long")
        )
        with pytest.raises(Rejected):
            PUBLISHING.take(FINALIZE, a_turn(post, http_to(URL), begun))
