"""Every kind of post on Snapchat against its simulated twin."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.domain.content import Content
from shared.domain.errors import Rejected
from shared.platforms.snapchat.limits import LIMITS
from shared.posts.media_checks import media_faults
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.contract import Example
from tests.platforms.examples import a_post, http_to
from tests.platforms.snapchat.contract import CONTRACT, SAVED
from tests.platforms.snapchat.delivery import PUBLISHING, published, ready


@pytest.fixture
def snapchat(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("snapchat")


@pytest.mark.full
@pytest.mark.parametrize("example", CONTRACT.examples, ids=lambda example: example.name)
def test_a_post_of_each_kind_is_visible_with_its_text_and_media(
    snapchat: Twin, shelf: Shelf, example: Example
) -> None:
    media = example.media(shelf)
    post = a_post("snapchat", example.text, media=media, **example.options)
    assert LIMITS.violations(post.content) == []
    assert list(media_faults("snapchat", LIMITS.of(post.content), post.content)) == []
    checkpoint = ready(snapchat.url, post)
    assert snapchat.visible() == []
    made = published(snapchat.url, post)
    assert checkpoint.media is not None
    assert checkpoint.media.id != made.platform_post_id
    (visible,) = snapchat.platform.posts.all()
    assert visible.text == example.text
    assert [item.sha256 for item in visible.media] == [asset.sha256 for asset in media]
    assert made.platform_post_id == visible.id
    assert snapchat.platform.posts.request_count(visible) == 1
    link = made.permalink or PUBLISHING.permalink(post, visible.id, http_to(snapchat.url))
    assert link is not None
    assert link.startswith("https://www.snapchat.com/")


def test_by_default_a_video_is_a_spotlight_and_an_image_a_story(
    snapchat: Twin, shelf: Shelf
) -> None:
    published(snapchat.url, a_post("snapchat", media=[shelf.video()]))
    published(snapchat.url, a_post("snapchat", "", media=[shelf.image()]))
    products = [post.details["product"] for post in snapchat.platform.posts.all()]
    assert products == ["spotlights", "stories"]


def test_options_are_passed_on_and_have_defaults(snapchat: Twin, shelf: Shelf) -> None:
    video, image = shelf.video(), shelf.image()
    chosen = {"locale": "pt_BR", "saveToProfile": False}
    published(snapchat.url, a_post("snapchat", media=[video], **chosen))
    published(snapchat.url, a_post("snapchat", media=[video]))
    published(snapchat.url, a_post("snapchat", "", media=[image], ttl="THREE_DAYS"))
    published(snapchat.url, a_post("snapchat", "", media=[image]))
    first, second, third, fourth = (post.details for post in snapchat.platform.posts.all())
    assert (first["locale"], first["on_profile"]) == ("pt_BR", False)
    assert (second["locale"], second["on_profile"]) == ("en_US", True)
    assert third["lifetime"] == timedelta(days=3)
    assert fourth["lifetime"] == timedelta(days=1)


def test_a_title_can_replace_the_text_of_a_saved_story(snapchat: Twin, shelf: Shelf) -> None:
    post = a_post("snapchat", "", media=[shelf.image()], **SAVED, title="Summer")
    assert LIMITS.violations(post.content) == []
    published(snapchat.url, post)
    assert snapchat.visible() == ["Summer"]


def test_without_media_no_kind_of_post_is_assumed() -> None:
    content = Content("a" * 50, {"ttl": "ONE_DAY"})
    assert LIMITS.violations(content) == []
    assert LIMITS.of(content) == LIMITS.capabilities


def test_the_api_cannot_delete_posts(snapchat: Twin) -> None:
    assert not LIMITS.capabilities.deletes
    with pytest.raises(Rejected, match="Delete the post in the Snapchat app"):
        PUBLISHING.delete(a_post("snapchat"), "W7_1", http_to(snapchat.url))
