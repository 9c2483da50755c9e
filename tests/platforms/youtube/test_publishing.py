"""YouTube against its simulated twin, and against answers that the twin does not give."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared.domain.errors import (
    Rejected,
)
from shared.platforms.base import Pending, Published, Step
from shared.platforms.youtube.checkpoint import Checkpoint
from shared.platforms.youtube.limits import LIMITS
from shared.platforms.youtube.publishing import CHECK, FINISH, START, UPLOAD
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, http_to
from tests.platforms.youtube.contract import CONTRACT
from tests.platforms.youtube.steps import (
    MIB,
    PLATFORM,
    STARTED,
    URL,
    an_error,
    changed,
    go_to,
    publish,
    received,
    step,
)


def test_the_steps_are_chosen_by_how_much_is_left(shelf: Shelf) -> None:
    def after(size: int, offset: int, **more: Any) -> Step:
        post = a_post("youtube", media=[changed(shelf.video(), size=size)])
        return PLATFORM.next_step(post.content, replace(STARTED, offset=offset, **more))

    assert (
        PLATFORM.next_step(a_post("youtube", media=[shelf.video()]).content, Checkpoint()) is START
    )
    assert after(8 * MIB, 0) is FINISH
    assert after(8 * MIB + 1, 0) is UPLOAD
    assert after(8 * MIB + 1, 256 * 1024) is FINISH
    assert after(8 * MIB, 0, video="abc") is CHECK
    assert [s.visible for s in (START, UPLOAD, FINISH, CHECK)] == [False, False, True, False]
    assert [s.polls for s in (START, UPLOAD, FINISH, CHECK)] == [False, False, False, True]


def test_nothing_is_visible_before_the_last_byte(twin: Twin, shelf: Shelf) -> None:
    post = a_post("youtube", "My clip\nand more", media=[shelf.video()])
    checkpoint = go_to(FINISH, twin.url, post)
    assert twin.visible() == []
    sent = step(twin.url, post, checkpoint)
    assert isinstance(sent, Pending)
    assert sent.sent
    assert sent.poll_after == timedelta(seconds=1)
    (visible,) = twin.platform.posts.all()
    assert visible.text == "My clip\nand more"
    assert [item.sha256 for item in visible.media] == [shelf.video().sha256]
    published = step(twin.url, post, sent.checkpoint)
    assert published == Published(visible.id, f"https://www.youtube.com/watch?v={visible.id}")
    assert PLATFORM.permalink(post, visible.id, http_to(twin.url)) == published.permalink


@pytest.mark.full
def test_a_large_file_goes_in_steps_of_64_mib_and_arrives_whole(twin: Twin, shelf: Shelf) -> None:
    asset = shelf.large_video(90 * MIB + 77)
    post = a_post("youtube", media=[asset])
    checkpoint = go_to(UPLOAD, twin.url, post)
    offsets = []
    while PLATFORM.next_step(post.content, checkpoint) is UPLOAD:
        result = step(twin.url, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
        offsets.append(checkpoint.offset)
    assert offsets == [64 * MIB, 88 * MIB]
    step(twin.url, post, checkpoint)
    (visible,) = twin.platform.posts.all()
    assert [item.sha256 for item in visible.media] == [asset.sha256]
    lengths = [int(r.headers["Content-Length"]) for r in received(twin, "PUT")]
    assert lengths == [0, *[8 * MIB] * 8, 0, *[8 * MIB] * 3, 2 * MIB + 77]


# What is told of a video.


def test_the_defaults_are_public_people_and_not_for_kids(twin: Twin, shelf: Shelf) -> None:
    publish(twin.url, a_post("youtube", "Hello", media=[shelf.video()]))
    (visible,) = twin.platform.posts.all()
    assert visible.details == {
        "snippet": {"title": "Hello", "description": "Hello", "categoryId": "22"},
        "status": {"privacyStatus": "public", "selfDeclaredMadeForKids": False},
        "notifies": True,
    }


def test_every_option_is_passed_on(twin: Twin, shelf: Shelf) -> None:
    options = next(e.options for e in CONTRACT.examples if e.name == "every option")
    publish(twin.url, a_post("youtube", "", media=[shelf.video()], **options))
    (visible,) = twin.platform.posts.all()
    assert visible.details == {
        "snippet": {
            "title": "A title of its own",
            "description": "",
            "tags": ["one", "two words"],
            "categoryId": "10",
            "defaultLanguage": "pt-BR",
        },
        "status": {
            "privacyStatus": "unlisted",
            "selfDeclaredMadeForKids": True,
            "containsSyntheticMedia": True,
            "embeddable": False,
            "license": "creativeCommon",
        },
        "notifies": False,
    }


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("One line", "One line"),
        ("\n  First \nsecond", "First"),
        ("a" * 100, "a" * 100),
        ("a" * 100 + "\r\nmore", "a" * 100),
        ("😀" * 50, "😀" * 50),
    ],
)
def test_the_first_line_is_the_title(twin: Twin, shelf: Shelf, text: str, title: str) -> None:
    post = a_post("youtube", text, media=[shelf.video()])
    assert LIMITS.violations(post.content) == []
    publish(twin.url, post)
    (visible,) = twin.platform.posts.all()
    assert (visible.details["snippet"]["title"], visible.text) == (title, text)


def test_a_text_is_counted_in_bytes() -> None:
    assert LIMITS.text_length("aé漢😀") == 1 + 2 + 3 + 4


def test_an_emoji_may_count_twice_in_a_title(shelf: Shelf) -> None:
    post = a_post("youtube", "", media=[shelf.video()], title="😀" * 51)
    (fault,) = LIMITS.violations(post.content)
    assert (fault.code, "102" in fault.message) == ("title_too_long", True)


def test_a_video_is_deleted_and_one_that_is_gone_is_no_error(twin: Twin, shelf: Shelf) -> None:
    post = a_post("youtube", media=[shelf.video()])
    published = publish(twin.url, post)
    for _ in range(2):
        PLATFORM.delete(post, published.platform_post_id, http_to(twin.url))
    assert twin.visible() == []
    with responses.RequestsMock() as recorded:
        recorded.add(
            "DELETE", f"{URL}/youtube/v3/videos", status=403, json=an_error(403, "forbidden")
        )
        with pytest.raises(Rejected, match="does not allow"):
            PLATFORM.delete(post, "abc", http_to(URL))
