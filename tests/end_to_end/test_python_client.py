"""The Python client of `clients/python`, on the running stack."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from soku import ApiError, ConnectionLost, Soku, SokuError
from soku.command.main import main
from tests.conftest import ROOT
from tests.cutting import Cutting
from tests.end_to_end.conftest import Client
from tests.media import jpeg, large_mp4

SOURCES = ROOT / "clients/python/src"
MEGABYTE = 1024 * 1024


@pytest.fixture
def soku(user: Client) -> Iterator[Soku]:
    with Soku(user.headers["soku-api-key"], url=user.info["api"]) as soku:
        yield soku


@pytest.fixture
def command(
    user: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command; returns its exit code, and what it printed on each stream."""
    monkeypatch.setenv("SOKU_URL", user.info["api"])
    monkeypatch.setenv("SOKU_API_KEY", user.headers["soku-api-key"])

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return code, *capsys.readouterr()

    return run


def _text() -> str:
    return f"From the client {uuid4()}"


@pytest.mark.full
def test_a_post_with_a_file_is_created_and_waited_for(
    soku: Soku, user: Client, tmp_path: Path
) -> None:
    text, image = _text(), tmp_path / "bread.jpg"
    image.write_bytes(jpeg())
    checked = soku.posts.validate(text=text, platforms=["x"], media=[image])
    assert checked["valid"]
    targets = ["x", {"platform": "threads", "text": f"{text} on Threads"}]
    post = soku.posts.create(text=text, platforms=targets, media=[image])  # type: ignore[arg-type]
    assert post.wait().status == "published"
    assert [run["status"] for run in post.data["runs"]] == ["succeeded", "succeeded"]
    # Threads tells the address of a post a little later.
    assert post.links["x"].startswith("http")
    (live,) = user.visible("x", text)
    assert len(live["media"]) == 1
    assert [each.id for each in soku.posts.list(q=text)] == [post.id]
    assert post.data["targets"][1]["text"] == f"{text} on Threads"


@pytest.mark.full
def test_the_five_steps_of_publishing(soku: Soku, user: Client, tmp_path: Path) -> None:
    text, image = _text(), tmp_path / "bread.jpg"
    image.write_bytes(jpeg())
    posts = [
        soku.posts.create(text=f"{text} 1", platforms=["x"]),
        soku.posts.create(text=f"{text} 2", platforms=["x", "threads"]),
        soku.posts.create(
            text=f"{text} 3", platforms=["x"], media=[soku.media.upload(image)["url"]]
        ),
    ]
    assert {post.wait().status for post in posts} == {"published"}
    at = user.now() + timedelta(hours=1)
    assert soku.posts.create(text=text, platforms=["x"], scheduled_time=at).status == "scheduled"
    key = str(uuid4())
    twice = [
        soku.posts.create(text=f"{text} 5", platforms=["x"], idempotency_key=key) for _ in range(2)
    ]
    assert twice[0].id == twice[1].id
    twice[0].wait()
    assert [len(user.visible("x", f"{text} {step}")) for step in (1, 2, 3, 5)] == [1, 1, 1, 1]
    assert len(user.visible("x", f"{text} 3")[0]["media"]) == 1


@pytest.mark.full
def test_the_five_steps_of_publishing_with_the_command(
    command: Callable[..., tuple[int, str, str]], user: Client, tmp_path: Path
) -> None:
    text, image = _text(), tmp_path / "bread.jpg"
    image.write_bytes(jpeg())
    assert command("post", f"{text} 1", "--to", "x")[0] == 0
    assert command("post", f"{text} 2", "--to", "x,threads")[0] == 0
    assert command("post", f"{text} 3", "--to", "x", "--image", str(image))[0] == 0
    assert "scheduled for" in command("post", text, "--to", "x", "--at", user.tomorrow())[1]
    once = ("post", f"{text} 5", "--to", "x", "--idempotency-key", str(uuid4()))
    first, again = command(*once)[1], command(*once)[1]
    assert first.split()[0] == again.split()[0]
    assert [len(user.visible("x", f"{text} {step}")) for step in (1, 2, 3, 5)] == [1, 1, 1, 1]


def test_a_scheduled_post_is_canceled_and_a_draft_deleted(soku: Soku, user: Client) -> None:
    at = user.now() + timedelta(days=1)
    post = soku.posts.create(text=_text(), platforms=["x"], scheduled_time=at)
    assert (post.status, post.is_finished) == ("scheduled", False)
    assert post.cancel().status == "canceled"
    draft = soku.posts.create(text=_text(), platforms=["x"], draft=True)
    draft.delete()
    with pytest.raises(ApiError) as refused:
        draft.refresh()
    assert (refused.value.status, refused.value.code) == (404, "not_found")


def test_an_error_says_every_violation_of_the_api(soku: Soku) -> None:
    with pytest.raises(ApiError) as refused:
        soku.posts.create(text="a" * 600, platforms=["x", "threads"])
    assert refused.value.code == "validation_error"
    lines = str(refused.value).splitlines()
    assert len([line for line in lines if line.startswith("- post.content")]) == 2
    assert refused.value.request_id


def test_what_is_missing_or_impossible_is_said(
    soku: Soku, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("SOKU_URL", "SOKU_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(SokuError, match="SOKU_API_KEY"):
        Soku()
    with pytest.raises(SokuError, match="SOKU_URL"):
        Soku("sk_live_a")
    with pytest.raises(SokuError, match="has no known type"):
        soku.media.upload(tmp_path / "notes.txt")
    with pytest.raises(SokuError, match="cannot be read: No such file"):
        soku.media.upload(tmp_path / "none.jpg")
    with pytest.raises(SokuError, match="is not an ID"):
        soku.posts.get("../media")


@pytest.mark.full
def test_a_post_whose_answer_is_lost_is_published_once(user: Client) -> None:
    text = _text()
    with (
        Cutting(user.info["api"], times=2) as way,
        Soku(user.headers["soku-api-key"], url=way.url) as soku,
    ):
        assert soku.posts.create(text=text, platforms=["x"]).wait().status == "published"
        assert way.left == 0
    assert len(user.visible("x", text)) == 1


@pytest.mark.full
def test_after_the_last_try_the_key_of_the_request_repeats_it_safely(user: Client) -> None:
    text = _text()
    with (
        Cutting(user.info["api"], times=4) as way,
        Soku(user.headers["soku-api-key"], url=way.url) as soku,
    ):
        with pytest.raises(ConnectionLost) as lost:
            soku.posts.create(text=text, platforms=["x"])
        key = lost.value.idempotency_key
        assert key and key in str(lost.value)
        post = soku.posts.create(text=text, platforms=["x"], idempotency_key=key)
        assert post.wait().status == "published"
    assert len(user.visible("x", text)) == 1


_UPLOAD = """
import resource, sys
from soku import Soku
soku = Soku()
soku.accounts.list()
steps = []
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stored = soku.media.upload(sys.argv[1], progress=lambda sent, size: steps.append(sent))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert steps == sorted(steps) and len(steps) > 100, len(steps)
print(stored["size"], after - before)
"""


@pytest.mark.full
def test_a_large_file_is_uploaded_without_being_in_memory(user: Client, tmp_path: Path) -> None:
    video = tmp_path / "long.mp4"
    video.write_bytes(large_mp4(200 * MEGABYTE))
    key = {"SOKU_URL": user.info["api"], "SOKU_API_KEY": user.headers["soku-api-key"]}
    done = subprocess.run(
        [sys.executable, "-c", _UPLOAD, str(video)],
        env={**os.environ, **key, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    size, kilobytes = map(int, done.stdout.split())
    assert size == video.stat().st_size >= 200 * MEGABYTE
    assert kilobytes * 1024 < 16 * MEGABYTE


@pytest.mark.full
def test_the_command_posts_lists_shows_and_retries(
    command: Callable[..., tuple[int, str, str]], user: Client, tmp_path: Path
) -> None:
    text, image = _text(), tmp_path / "a.jpg"
    image.write_bytes(jpeg())
    code, said, _ = command("post", text, "--to", "x,threads", "--image", str(image))
    assert code == 0, said
    post_id = said.split()[0]
    assert said.splitlines()[0] == f"{post_id}  published"
    assert "x: live at http" in said
    assert len(user.visible("x", text)) == 1
    assert any(
        line.startswith(f"{post_id}  published") for line in command("posts")[1].splitlines()
    )
    code, said, _ = command("open", post_id, "--no-browser", "--json")
    assert (code, '"displayStatus": "published"' in said) == (0, True)
    code, said, _ = command("post", text, "--to", "x", "--at", user.tomorrow())
    assert (code, "scheduled for 20" in said) == (0, True)
    code, _, complaint = command("retry", post_id)
    assert (code, complaint.startswith("soku: ")) == (1, True)


def test_the_command_validates_and_says_what_is_wrong(
    command: Callable[..., tuple[int, str, str]], user: Client
) -> None:
    text = _text()
    code, said, _ = command("post", text, "--to", "x", "--check")
    assert (code, said) == (0, "The post is valid.\n")
    code, said, _ = command("post", "a" * 300, "--to", "x", "--check")
    assert (code, "- x: " in said) == (1, True)
    code, _, complaint = command("post", text, "--to", "myspace")
    assert (code, "Platform 'myspace' does not exist" in complaint) == (1, True)
    code, _, complaint = command("post", text, "--to", "x", "--at", "whenever")
    assert (code, "Write it like" in complaint) == (1, True)
    assert user.visible("x", text) == []


def test_the_command_lists_accounts_and_starts_connecting_one(
    command: Callable[..., tuple[int, str, str]], soku: Soku
) -> None:
    code, said, _ = command("accounts")
    assert (code, len(said.splitlines())) == (0, len(soku.accounts.list()))
    connection = soku.accounts.connect("x")
    assert "/start/" in connection.url
    assert connection.wait(0)["status"] == "pending"


def test_a_post_that_may_be_live_is_never_called_live(
    command: Callable[..., tuple[int, str, str]], user: Client
) -> None:
    user.fault("x", "POST /2/tweets", "accept_then_reset")
    code, said, _ = command("post", _text(), "--to", "x")
    assert code == 3, said
    assert "x: unconfirmed. It may or may not be live" in said
    assert "x: live" not in said
