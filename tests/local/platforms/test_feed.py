"""The page that shows a platform's posts."""

from flask.testing import FlaskClient

from local.platforms import clock, discover
from local.platforms.posts import LARGEST_SHOWN, MediaItem, Post, PostBook
from tests.media import mp4


def test_a_post_has_its_author_title_text_kind_and_link() -> None:
    details = {
        "snippet": {"title": "How we <b>bake</b>"},
        "status": {"privacyStatus": "unlisted"},
        "content": {"article": {"source": "https://example.com/?a=1&b=2", "title": "Bread"}},
    }
    page = feed_of(a_post(**details)).get("/_sim/").text
    assert "@ana.bakes" in page
    assert "How we &lt;b&gt;bake&lt;/b&gt;" in page
    assert "Unlisted" in page
    assert '<a class="link" href="https://example.com/?a=1&amp;b=2"' in page


def test_a_link_that_a_browser_would_run_is_not_shown() -> None:
    article = {"source": "javascript:alert(1)", "title": "Bread"}
    page = feed_of(a_post(content={"article": article})).get("/_sim/").text
    assert "Fresh bread" in page
    assert "javascript" not in page


def test_a_video_is_played_in_parts() -> None:
    data = mp4(seconds=1)
    item = MediaItem.of("video", data)
    client = feed_of(a_post([item]))
    assert f'<video src="media/{item.sha256}"' in client.get("/_sim/").text
    part = client.get(f"/_sim/media/{item.sha256}", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data, part.mimetype) == (206, data[10:20], "video/mp4")


def test_a_large_file_has_its_size_instead() -> None:
    item = MediaItem.of("image", bytes(LARGEST_SHOWN["image"] + 1))
    page = feed_of(a_post([item])).get("/_sim/").text
    assert "Image, 2.0 MB" in page
    assert "<img" not in page


def test_posts_share_a_file_until_they_are_forgotten() -> None:
    book = PostBook()
    for number in range(2):
        book.add(a_post([MediaItem.of("image", b"a picture")], post_id=str(number)))
    one, other = book.all()
    assert one.media[0].shown is other.media[0].shown is not None
    assert book.file(one.media[0].sha256) == b"a picture"
    book.clear()
    assert book.file(one.media[0].sha256) is None


def a_post(media: list[MediaItem] | None = None, post_id: str = "1", **details: object) -> Post:
    return Post(post_id, "ana", "Fresh bread", "Fresh bread", clock.now(), media or [], details)


def feed_of(post: Post) -> FlaskClient:
    """A client of a platform on which this is the only post."""
    twin = discover()["x"]()
    twin.add_account("ana", "ana.bakes", "ana-token")
    twin.posts.add(post)
    return twin.app.test_client()
