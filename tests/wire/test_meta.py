"""facebook-business publishes to the twins of Facebook and Instagram."""

from collections.abc import Callable
from pathlib import Path

import pytest
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.api import FacebookAdsApi, FacebookRequest
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from shared.platforms.facebook import ABOUT
from tests.media import Shelf, jpeg
from tests.platforms.conftest import Twin
from tests.platforms.examples import TOKEN
from tests.wire.conftest import redirect


def _api(twin: Twin) -> FacebookAdsApi:
    session = FacebookSession(access_token=TOKEN)
    redirect(session.requests, twin.url)
    return FacebookAdsApi(session, api_version=ABOUT.api_version)


@pytest.fixture
def facebook(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("facebook")


@pytest.fixture
def page(facebook: Twin) -> Page:
    return Page("7700", api=_api(facebook))


@pytest.fixture
def instagram(twin_of: Callable[[str], Twin]) -> Twin:
    return twin_of("instagram")


@pytest.fixture
def user(instagram: Twin) -> IGUser:
    return IGUser("7700", api=_api(instagram))


def test_a_text_is_published_on_a_page_and_read(page: Page, facebook: Twin) -> None:
    post = page.create_feed(params={"message": "Hello"})
    assert facebook.visible() == ["Hello"]
    [listed] = page.get_published_posts(fields=["id", "message", "created_time"])
    assert (listed["id"], listed["message"]) == (post["id"], "Hello")
    PagePost(post["id"], api=page.get_api()).api_delete()
    assert facebook.visible() == []


def test_photos_are_published_on_a_page(page: Page, facebook: Twin, shelf: Shelf) -> None:
    photos = [
        page.create_photo(params={"url": shelf.image(seed).url, "published": False})
        for seed in (1, 2)
    ]
    attached = [{"media_fbid": photo["id"]} for photo in photos]
    page.create_feed(params={"message": "Two", "attached_media": attached})
    [post] = facebook.platform.posts.all()
    assert (post.text, len(post.media)) == ("Two", 2)


def test_a_photo_is_published_from_a_file(page: Page, facebook: Twin, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(jpeg())
    request = FacebookRequest("7700", "POST", "/photos", api=page.get_api(), allow_file_upload=True)
    request.add_params({"message": "Look"}).add_file(str(file)).execute()
    [post] = facebook.platform.posts.all()
    assert (post.text, len(post.media)) == ("Look", 1)


def test_a_video_is_published_on_a_page(page: Page, facebook: Twin, shelf: Shelf) -> None:
    video = page.create_video(params={"file_url": shelf.video().url, "description": "Film"})
    assert facebook.visible() == ["Film"]
    assert video.api_get(fields=["id", "status"])["status"]["video_status"] == "ready"


def test_a_page_that_is_not_the_tokens_is_an_error(page: Page, facebook: Twin) -> None:
    with pytest.raises(FacebookRequestError) as refusal:
        Page("7701", api=page.get_api()).create_feed(params={"message": "Hello"})
    assert (refusal.value.api_error_code(), refusal.value.api_error_subcode()) == (100, 33)
    assert facebook.visible() == []


@pytest.mark.full
@pytest.mark.parametrize("kind", ["IMAGE", "REELS", "STORIES"])
def test_one_medium_is_published_on_instagram(
    user: IGUser, instagram: Twin, shelf: Shelf, kind: str
) -> None:
    params = {"image_url": shelf.image().url, "caption": "Hello"}
    if kind != "IMAGE":
        params = {"video_url": shelf.video().url, "media_type": kind}
    container = user.create_media(params=params)
    post = user.create_media_publish(params={"creation_id": container["id"]})
    [visible] = instagram.platform.posts.all()
    assert (visible.id, len(visible.media)) == (post["id"], 1)
    fields = ["id", "like_count", "media_url", "media_type", "owner", "permalink", "username"]
    shown = post.api_get(fields=fields)
    assert (shown["like_count"], shown["owner"]["id"]) == (0, "7700")


def test_a_carousel_is_published_on_instagram(user: IGUser, instagram: Twin, shelf: Shelf) -> None:
    items = [
        user.create_media(params={"image_url": shelf.image(seed).url, "is_carousel_item": True})
        for seed in (1, 2, 3)
    ]
    children = [item["id"] for item in items]
    carousel = {"media_type": "CAROUSEL", "caption": "Three", "children": children}
    container = user.create_media(params=carousel)
    user.create_media_publish(params={"creation_id": container["id"]})
    [post] = instagram.platform.posts.all()
    assert (post.text, len(post.media)) == ("Three", 3)
    with pytest.raises(FacebookRequestError) as refusal:
        user.create_media_publish(params={"creation_id": container["id"]})
    assert refusal.value.api_error_code() == 24
    assert len(instagram.platform.posts.all()) == 1
