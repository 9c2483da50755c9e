"""Pictures from templates in the Python client and the command `soku templates`."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image

from local.storage_emulator import StorageEmulator
from soku import ApiError, Soku, SokuError
from tests.functions.api_client import ApiClient
from tests.functions.media_api import MediaApi
from tests.functions.python_client import Command, command, soku
from tests.media import Shelf

__all__ = ["command", "soku"]


@pytest.fixture(autouse=True)
def media(api: ApiClient, storage: StorageEmulator, shelf: Shelf) -> Iterator[MediaApi]:
    yield MediaApi(api, storage, shelf)


def test_a_picture_is_drawn_saved_and_published(
    api: ApiClient, soku: Soku, media: MediaApi, tmp_path: Path
) -> None:
    [quote] = [each for each in soku.templates.list() if each["templateSlug"] == "quote"]
    picture = soku.templates.draw("quote", quote["example"], aspect_ratio="4:5")
    assert (picture["contentType"], picture.get("height")) == ("image/jpeg", 1350)
    soku.media.save(picture["url"], tmp_path / "quote.jpg")
    assert Image.open(tmp_path / "quote.jpg").size == (1080, 1350)
    assert [path.name for path in tmp_path.iterdir()] == ["quote.jpg"]
    post = soku.posts.create(text="A quote", platforms=["x"], media=[picture["url"]])
    assert post.wait(0).status == "published"
    [live] = api.world.platforms["x"].posts.all()
    assert [item.sha256 for item in live.media] == list(media.objects().values())


def test_what_cannot_be_drawn_or_saved_is_said(soku: Soku, tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="announcement"):
        soku.templates.draw("poster", {"text": "Hello"})
    picture = soku.templates.draw("quote", {"text": "Hello"})
    with pytest.raises(SokuError, match="cannot be written: No such file"):
        soku.media.save(picture["url"], tmp_path / "none" / "quote.jpg")
    with pytest.raises(SokuError, match="status 404"):
        soku.media.save(f"{picture['url']}.none", tmp_path / "quote.jpg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.full
def test_the_command_lists_templates_and_draws_one_for_a_post(
    api: ApiClient, command: Command, tmp_path: Path
) -> None:
    code, said, _ = command("templates")
    assert code == 0
    assert "\n  title (required), items (required), " in said
    code, said, _ = command(
        *("templates", "draw", "list", "title=Bread", "items=Rye = dark", "items=Wheat"),
        *("--file", str(tmp_path / "list.jpg"), "--ratio", "9:16"),
    )
    assert code == 0
    drawn = requests.get(said.strip(), timeout=10).content
    assert (tmp_path / "list.jpg").read_bytes() == drawn
    assert Image.open(io.BytesIO(drawn)).size == (1080, 1920)
    code, shown, _ = command("post", "Bread", "--to", "x", "--image", said.strip(), "--no-wait")
    assert (code, "x" in shown) == (0, True)
    again = json.loads(command("templates", "--json", "draw", "quote", "text=Hello")[1])
    assert again["contentType"] == "image/jpeg"


def test_the_command_draws_a_list_of_one(command: Command) -> None:
    code, said, complaint = command("templates", "draw", "list", "title=Bread", "items=Rye")
    assert (code, complaint) == (0, "")
    assert said.startswith("http")


def test_the_command_says_what_is_wrong_with_a_picture(command: Command) -> None:
    code, _, complaint = command("templates", "draw", "quote", "Hello")
    assert (code, 'Write "Hello" as FIELD=TEXT' in complaint) == (1, True)
    code, _, complaint = command("templates", "draw", "quote", "txt=Hello")
    assert (code, "config.txt" in complaint) == (1, True)
