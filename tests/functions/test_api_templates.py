"""/v1/templates: what is drawn, stored and refused."""

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from PIL import Image

from local.storage_emulator import StorageEmulator
from shared.media import removal
from shared.templates import catalog, drawing
from shared.templates.render import NotDrawn
from tests.functions.api_client import ApiClient, error_of, faults_of, post
from tests.functions.media_api import MediaApi
from tests.media import Shelf, jpeg, mp4

TEMPLATES, ALIAS = "/v1/templates", "/v1/media/render-og"
QUOTE = {"text": "Simplicity is prerequisite for reliability."}


@pytest.fixture
def media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> Iterator[MediaApi]:
    yield MediaApi(api, storage, shelf)


def order(slug: str = "quote", config: Any = None, **more: Any) -> dict[str, Any]:
    return {"templateSlug": slug, "config": QUOTE if config is None else config, **more}


def drawn(media: MediaApi, body: dict[str, Any], path: str = TEMPLATES) -> dict[str, Any]:
    answer = media.api.call("POST", path, json=body)
    assert answer.status_code == 201, answer.text
    file: dict[str, Any] = answer.json
    return file


def refused(media: MediaApi, body: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return faults_of(media.api.call("POST", TEMPLATES, json=body))


def shown(file: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(requests.get(file["url"], timeout=10).content))


@pytest.mark.parametrize(("ratio", "height"), [("1:1", 1080), ("4:5", 1350), ("9:16", 1920)])
def test_a_picture_is_a_file_of_the_user(media: MediaApi, ratio: str, height: int) -> None:
    file = drawn(media, order(aspectRatio=ratio))
    assert (file["contentType"], file["width"], file["height"]) == ("image/jpeg", 1080, height)
    picture = shown(file)
    assert (picture.format, picture.size) == ("JPEG", (1080, height))
    [listed] = media.api.call("GET", "/v1/media").json["data"]
    assert (listed["id"], listed["usedBy"]) == (file["id"], [])
    assert "sourceUrl" not in listed


def test_the_same_config_is_the_same_file_for_as_long_as_it_exists(media: MediaApi) -> None:
    file = drawn(media, order())
    assert drawn(media, order(aspectRatio="1:1"), ALIAS) == file
    media.api.world.advance(timedelta(days=60))
    assert drawn(media, order(config=QUOTE | {"accent": "#1D4ED8"})) == file
    assert len(media.objects()) == len(media.documents()) == 1


@pytest.mark.parametrize(
    "other",
    [
        order(aspectRatio="4:5"),
        order(config=QUOTE | {"theme": "dark"}),
        order("announcement", {"headline": QUOTE["text"]}),
    ],
)
def test_another_order_is_another_file(media: MediaApi, other: dict[str, Any]) -> None:
    assert drawn(media, other)["id"] != drawn(media, order())["id"]


def test_another_user_has_another_file(media: MediaApi) -> None:
    file = drawn(media, order())
    theirs = media.api.another_user().call("POST", TEMPLATES, json=order()).json
    assert theirs["url"] != file["url"]


def test_a_deleted_picture_is_drawn_again(media: MediaApi) -> None:
    file = drawn(media, order())
    assert media.api.call("DELETE", f"/v1/media/{file['id']}").status_code == 204
    again = drawn(media, order())
    assert again["id"] != file["id"]
    media.api.world.advance(removal.MARKED_FOR)
    removal.sweep(media.api.world.parts.db, lambda: media.api.world.parts.media_bucket)
    assert drawn(media, order()) == again
    assert shown(again).size == (1080, 1080)


def test_a_drawn_picture_is_published_on_instagram(media: MediaApi) -> None:
    file = drawn(media, order("stat", catalog.template("stat").example, aspectRatio="4:5"))
    body = post("87 %", "instagram", content={"imageUrls": [file["url"]]})
    post_id = media.api.accept(body)
    world = media.api.world
    world.live_until_quiet()
    ended = media.api.read(post_id).json
    assert ended["status"] == "succeeded", ended
    [visible] = world.platforms["instagram"].posts.all()
    assert visible.text == "87 %"
    assert [item.sha256 for item in visible.media] == list(media.objects().values())


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("templateSlug", "missing"), ("config", "missing")]),
        (order("poster"), [("templateSlug", "invalid")]),
        (order("../quote"), [("templateSlug", "invalid")]),
        (order("blog_cover", {"title": "a"}), [("templateSlug", "invalid")]),
        (order(config="a"), [("config", "invalid")]),
        (order(config={}), [("config.text", "missing")]),
        (order(config=QUOTE | {"quote": "a"}), [("config.quote", "unknown_field")]),
        (order(config=QUOTE | {"accent": "red"}), [("config.accent", "invalid_color")]),
        (order(config={"text": "x" * 301}), [("config.text", "invalid")]),
        (
            order("list", {"title": "a", "items": ["a", ""]}),
            [("config.items[1]", "empty")],
        ),
        (
            order(config={}, aspectRatio="16:9", size=5),
            [("aspectRatio", "invalid"), ("size", "unknown_field"), ("config.text", "missing")],
        ),
        (order(config=QUOTE | {"picture": "x"}), [("config.picture", "unknown_media")]),
        (
            order(config=QUOTE | {"picture": "https://example.com/a.jpg"}),
            [("config.picture", "unknown_media")],
        ),
        (
            order(config=QUOTE | {"picture": "../../etc/passwd"}),
            [("config.picture", "unknown_media")],
        ),
        (
            order(config=QUOTE | {"picture": "Rk0vJ3yTQmKxw1c5bZt8Ug"}),
            [("config.picture", "unknown_media")],
        ),
    ],
)
def test_a_wrong_order_is_refused_with_all_its_faults(
    media: MediaApi, body: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert [(field, code) for field, _, code in refused(media, body)] == faults
    assert media.has_nothing()


@pytest.mark.full
def test_a_picture_of_the_user_is_named_by_its_id_or_url(media: MediaApi) -> None:
    photo = media.stored(media.shelf.put("photo.jpg", jpeg()))
    event = catalog.template("event").example
    by_id, by_url = (
        drawn(media, order("event", event | {"picture": photo[name]})) for name in ("id", "url")
    )
    assert by_id == by_url
    without = drawn(media, order("event", event))
    assert shown(without).getpixel((30, 30)) != shown(by_id).getpixel((30, 30))


def test_a_picture_of_another_user_is_not_found(media: MediaApi) -> None:
    photo = media.stored(media.shelf.put("theirs.jpg", jpeg()))
    body = order(config=QUOTE | {"picture": photo["url"]})
    answer = media.api.another_user().call("POST", TEMPLATES, json=body)
    assert faults_of(answer) == [("config.picture", None, "unknown_media")]


def test_a_video_is_no_picture(media: MediaApi) -> None:
    film = media.stored(media.shelf.put("film.mp4", mp4()))
    body = order(config=QUOTE | {"picture": film["id"]})
    assert refused(media, body) == [("config.picture", None, "not_an_image")]


def test_a_picture_that_cannot_be_drawn_is_refused(
    media: MediaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(*_: Any) -> bytes:
        raise NotDrawn("The picture takes too much time or memory. Use shorter texts.")

    monkeypatch.setattr(drawing.RENDERER, "draw", draw)
    assert refused(media, order()) == [("config", None, "not_drawn")]
    assert media.has_nothing()


@pytest.mark.full
def test_a_picture_counts_for_the_quota(media: MediaApi) -> None:
    settings = media.api.world.parts.settings
    small = replace(settings.media, quota_bytes=10_000)
    media.api.world.with_parts(settings=replace(settings, media=small))
    answer = media.api.call("POST", TEMPLATES, json=order())
    [fault] = error_of(answer, 400, "upload_failed")["details"]
    assert (fault["field"], fault["code"]) == ("config", "quota_exceeded")
    assert media.has_nothing()


def test_drawing_has_its_own_rate_limit(media: MediaApi) -> None:
    api = media.api
    api.world.add_user(api.user_id, limits={"templates": 1})
    drawn(media, order())
    for path in (TEMPLATES, ALIAS):
        error_of(api.call("POST", path, json=order()), 429, "rate_limit_exceeded")
    assert api.call("GET", TEMPLATES).status_code == 200


def test_the_list_says_how_to_use_each_template(api: ApiClient) -> None:
    templates = api.call("GET", TEMPLATES).json["data"]
    assert [one["templateSlug"] for one in templates] == list(catalog.slugs())
    assert len(templates) == 6
    for one in templates:
        kind, _, content = one["preview"].partition(";base64,")
        assert kind == "data:image/webp"
        assert Image.open(io.BytesIO(base64.b64decode(content))).size == (320, 320)
        assert set(one["config"]["required"]) <= set(one["example"])
        assert one["config"]["properties"].keys() >= {"accent", "theme", "brand"}


def test_keys_need_the_scopes_of_files(api: ApiClient) -> None:
    reading, writing = (api.new_key(scopes=[scope]) for scope in ("posts:read", "media:write"))
    assert api.call("GET", TEMPLATES, key=reading).status_code == 200
    for path in (TEMPLATES, ALIAS):
        error_of(api.call("POST", path, json=order(), key=reading), 403, "forbidden")
    error_of(api.call("GET", TEMPLATES, key=writing), 403, "forbidden")
