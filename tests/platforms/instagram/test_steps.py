"""Instagram's steps, one by one, against its simulated twin."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import ReconnectRequired
from shared.domain.reconciliation import Handle, Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.instagram.checkpoint import Checkpoint
from shared.platforms.instagram.connecting import Connecting
from shared.platforms.instagram.publishing import Publishing
from shared.platforms.meta.containers import CHECK, CHECK_ITEM, CREATE, CREATE_ITEM, PUBLISH
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import three_images
from tests.platforms.examples import TOKEN, a_post, a_turn, http_to
from tests.world import World

PLATFORM = Publishing()
MINUTE = timedelta(minutes=1)
STORY = {"postType": "story"}


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("instagram")


def _step(twin: Twin, post: Post, checkpoint: Checkpoint) -> Published | Pending:
    step = PLATFORM.next_step(post.content, checkpoint)
    return PLATFORM.take(step, a_turn(post, http_to(twin.url), checkpoint))


def _look(twin: Twin, post: Post, checkpoint: Checkpoint, since: datetime) -> Sighting:
    return PLATFORM.look_up(a_turn(post, http_to(twin.url), checkpoint), since)


def _until(twin: Twin, post: Post, is_reached: Callable[[Checkpoint], bool]) -> Checkpoint:
    """The first checkpoint for which `is_reached`."""
    checkpoint = Checkpoint()
    while not is_reached(checkpoint):
        result = _step(twin, post, checkpoint)
        assert isinstance(result, Pending)
        checkpoint = result.checkpoint
    return checkpoint


def _ready(twin: Twin, post: Post) -> Checkpoint:
    """The checkpoint of a container that is ready to be published."""
    return _until(twin, post, lambda checkpoint: checkpoint.finished)


def _posts(twin: Twin) -> list[Any]:
    return twin.platform.posts.all()


def test_a_single_medium_needs_one_container(twin: Twin, shelf: Shelf) -> None:
    content = a_post("instagram", media=[shelf.image()]).content
    assert PLATFORM.next_step(content, Checkpoint()) is CREATE
    assert PLATFORM.next_step(content, Checkpoint(container="1")) is CHECK
    assert PLATFORM.next_step(content, Checkpoint(container="1", finished=True)) is PUBLISH
    visible = [s.visible for s in (CREATE_ITEM, CHECK_ITEM, CREATE, CHECK, PUBLISH)]
    assert visible == [False, False, False, False, True]
    polls = [s.polls for s in (CREATE_ITEM, CHECK_ITEM, CREATE, CHECK, PUBLISH)]
    assert polls == [False, True, False, True, False]


def test_a_carousel_is_created_from_its_finished_items(twin: Twin, shelf: Shelf) -> None:
    content = a_post("instagram", media=[shelf.image(), shelf.video()]).content
    assert PLATFORM.next_step(content, Checkpoint()) is CREATE_ITEM
    assert PLATFORM.next_step(content, Checkpoint(items=("1",))) is CREATE_ITEM
    assert PLATFORM.next_step(content, Checkpoint(items=(None, "2"))) is CREATE_ITEM
    items = Checkpoint(items=("1", "2"))
    assert PLATFORM.next_step(content, items) is CHECK_ITEM
    assert PLATFORM.next_step(content, replace(items, ready=1)) is CHECK_ITEM
    assert PLATFORM.next_step(content, replace(items, ready=2)) is CREATE
    assert PLATFORM.next_step(content, replace(items, ready=2, container="3")) is CHECK


def test_nothing_is_visible_before_the_last_step(twin: Twin, shelf: Shelf) -> None:
    post = a_post("instagram", media=three_images(shelf))
    checkpoint = _ready(twin, post)
    assert _posts(twin) == []
    published = _step(twin, post, checkpoint)
    (visible,) = _posts(twin)
    assert published == Published(visible.id)
    link = PLATFORM.permalink(post, visible.id, http_to(twin.url))
    assert link == visible.details["permalink"]


def test_a_single_video_is_a_reel_even_as_a_post(twin: Twin, shelf: Shelf) -> None:
    post = a_post("instagram", media=[shelf.video()], postType="post")
    _step(twin, post, _ready(twin, post))
    (visible,) = _posts(twin)
    assert visible.details["draft"].kind == "REELS"


def test_all_options_reach_instagram(twin: Twin, shelf: Shelf) -> None:
    reel = a_post(
        "instagram",
        "Look",
        media=[shelf.video()],
        shareToFeed=False,
        thumbOffset=1500,
        audioName="Sea",
        trialReel="performance",
        collaborators=["bob", "cy"],
        locationId="7640348500",
    )
    _step(twin, reel, _ready(twin, reel))
    (visible,) = _posts(twin)
    assert visible.details["draft"].options == {
        "share_to_feed": False,
        "thumb_offset": 1500,
        "audio_name": "Sea",
        "trial_params": "SS_PERFORMANCE",
        "collaborators": ["bob", "cy"],
        "location_id": "7640348500",
    }


def test_each_image_of_a_carousel_keeps_its_own_alt_text(twin: Twin, shelf: Shelf) -> None:
    media = [shelf.image(), shelf.video(), shelf.image(2)]
    post = a_post("instagram", media=media, altTexts=["one", None, "three"], collaborators=["bob"])
    _step(twin, post, _ready(twin, post))
    (visible,) = _posts(twin)
    assert [item.options for item in visible.details["items"]] == [
        {"alt_text": "one"},
        {},
        {"alt_text": "three"},
    ]
    assert visible.details["draft"].options == {"collaborators": ["bob"]}
    single = a_post("instagram", media=[shelf.image()], altTexts=["one"])
    _step(twin, single, _ready(twin, single))
    assert _posts(twin)[-1].details["draft"].options == {"alt_text": "one"}


def test_items_that_have_expired_are_created_again(twin: Twin, shelf: Shelf, world: World) -> None:
    post = a_post("instagram", media=three_images(shelf))
    checkpoint = _until(twin, post, lambda checkpoint: checkpoint.ready == 3)
    world.advance(timedelta(hours=25))
    refused = _step(twin, post, checkpoint)
    assert isinstance(refused, Pending)
    assert PLATFORM.next_step(post.content, refused.checkpoint) is CHECK_ITEM
    again = _step(twin, post, refused.checkpoint)
    assert isinstance(again, Pending)
    assert again.checkpoint == Checkpoint(failures=2)


def test_a_post_is_recognized_by_media_type_and_caption(twin: Twin, shelf: Shelf) -> None:
    post = a_post("instagram", "Two  words\n", media=[shelf.image()])
    reel = a_post("instagram", "Two words", media=[shelf.video()])
    _step(twin, reel, _ready(twin, reel))
    other = a_post("instagram", "Two other words", media=[shelf.image()])
    _step(twin, other, _ready(twin, other))
    checkpoint = _ready(twin, post)
    since = clock.now() - MINUTE
    before = _look(twin, post, checkpoint, since)
    assert (before.same, before.handle) == ((), Handle.NOT_PUBLISHED)
    assert before.checkpoint is not None
    assert before.checkpoint.container == checkpoint.container
    assert PLATFORM.next_step(post.content, before.checkpoint) is CHECK
    published = _step(twin, post, checkpoint)
    assert isinstance(published, Published)
    after = _look(twin, post, checkpoint, since)
    assert after.handle is Handle.PUBLISHED
    assert [listed.platform_post_id for listed in after.same] == [published.platform_post_id]
    assert after.same[0].permalink


def test_another_post_without_a_caption_is_not_mistaken_for_this_one(
    twin: Twin, shelf: Shelf
) -> None:
    another = a_post("instagram", "", media=[shelf.image(2)])
    _step(twin, another, _ready(twin, another))
    ours = a_post("instagram", "Hello", media=[shelf.image()])
    checkpoint = _ready(twin, ours)
    published = _step(twin, ours, checkpoint)
    assert isinstance(published, Published)
    sighting = _look(twin, ours, checkpoint, clock.now() - MINUTE)
    assert [listed.platform_post_id for listed in sighting.same] == [published.platform_post_id]


def test_another_story_is_not_mistaken_for_one_that_is_not_live(twin: Twin, shelf: Shelf) -> None:
    another = a_post("instagram", "", media=[shelf.image(2)], **STORY)
    _step(twin, another, _ready(twin, another))
    ours = a_post("instagram", "", media=[shelf.image()], **STORY)
    sighting = _look(twin, ours, _ready(twin, ours), clock.now() - MINUTE)
    assert (sighting.same, sighting.handle) == ((), Handle.NOT_PUBLISHED)


def test_the_list_is_read_through_its_pages_and_no_further_than_needed(
    twin: Twin, shelf: Shelf
) -> None:
    oldest = a_post("instagram", "the oldest", media=[shelf.image()])
    checkpoint = _ready(twin, oldest)
    _step(twin, oldest, checkpoint)
    (template,) = _posts(twin)
    for number in range(1, 60):
        newer = replace(template, id=str(int(template.id) + number), shown=f"{number}")
        twin.platform.posts.add(newer)
    sighting = _look(twin, oldest, checkpoint, clock.now() - MINUTE)
    assert [listed.platform_post_id for listed in sighting.same] == [template.id]
    later = _look(twin, oldest, checkpoint, clock.now() + MINUTE)
    assert later.same == ()


def test_a_refresh_gives_a_token_for_sixty_days(twin: Twin) -> None:
    renewed = Connecting().refresh(Tokens(TOKEN), http_to(twin.url))
    assert renewed.access_token != TOKEN
    assert renewed.refresh_token is None
    assert renewed.expires_at is not None
    assert timedelta(days=59) < renewed.expires_at - clock.now() < timedelta(days=61)
    with pytest.raises(ReconnectRequired):
        Connecting().refresh(Tokens("unknown"), http_to(twin.url))
