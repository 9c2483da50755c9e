"""The Python client and its command: answers that cannot be read, and what cannot be sent."""

import io
import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client as McpClient
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from soku import ApiError, ConnectionLost, Post, Soku, SokuError, models
from soku.command import shown
from soku.command.main import main
from tests.functions.api_client import ApiClient
from tests.functions.assistant import ask, said_by
from tests.functions.inbox_items import Owner, item_of, write_items
from tests.functions.talking import Talk, talk

__all__ = ["talk"]

Answer = Callable[[Request], Response | None]
"""Answers in place of the API; None: the API answers."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soku.transport._FIRST_PAUSE", 0.001)


class Front:
    """A server in front of the API."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self.answer: Answer = lambda _: None
        self.delivers = True
        self.requests: list[str] = []

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        self.requests.append(f"{request.method} {request.path}")
        own = self.answer(request)
        if own is not None:
            request.get_data()
            return own(environ, start)
        body = b"".join(self._api.app(environ, start))
        if request.method != "GET" and self.delivers:
            self._api.world.deliver_due()
        return [body]


@pytest.fixture
def front(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    front = Front(api)
    server = LocalServer(front)
    server.start()
    monkeypatch.setenv("SOKU_URL", server.url)
    monkeypatch.setenv("SOKU_API_KEY", api.key)
    yield front
    server.stop()


UNREADABLE = {
    "html": lambda: Response("<h1>Welcome", mimetype="text/html"),
    "list": lambda: Response("[]"),
    "deep": lambda: Response("[" * 200_000),
    "compressed": lambda: Response(b"x", headers={"Content-Encoding": "gzip"}),
    "empty": lambda: Response(""),
    "bytes": lambda: Response(b"\xff\xfe"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_that_cannot_be_read_keeps_the_key(front: Front, name: str) -> None:
    front.answer = lambda _: UNREADABLE[name]()
    with Soku() as soku:
        with pytest.raises(ConnectionLost):
            soku.accounts.list()
        with pytest.raises(ConnectionLost) as lost:
            soku.posts.create(text="Hello", platforms=["x"])
    assert lost.value.idempotency_key
    assert lost.value.idempotency_key in str(lost.value)


@pytest.mark.parametrize("body", [{}, {"status": "ok", "service": "proxy\x1b[2J"}])
def test_an_object_that_was_not_asked_for_is_quoted(front: Front, body: dict[str, str]) -> None:
    front.answer = lambda _: Response(json.dumps(body))
    quoted = re.escape(repr(json.dumps(body)))
    with Soku() as soku:
        for call in (
            soku.accounts.list,
            lambda: soku.accounts.connect("x"),
            lambda: soku.posts.get("p1"),
            lambda: list(soku.posts.list()),
            lambda: soku.comments.get("c1"),
            lambda: soku.metrics.of_post("p1"),
            lambda: soku.templates.draw("quote", {"text": "Hello"}),
        ):
            with pytest.raises(ConnectionLost, match=quoted):
                call()
        with pytest.raises(ConnectionLost, match=f"has no postSubmissionId.*{quoted}") as lost:
            soku.posts.create(text="Hello", platforms=["x"], idempotency_key="k1")
    assert lost.value.idempotency_key == "k1"
    assert main(["posts"]) == 1


@pytest.mark.parametrize("body", ['{"error": {}}', '{"error": "no"}', "<h1>Bad Gateway"])
def test_a_refusal_that_is_not_from_soku_is_quoted(front: Front, body: str) -> None:
    front.answer = lambda _: Response(f"{body}{' ' * 1000}", 403)
    with Soku() as soku, pytest.raises(ApiError, match=f"status 403.*'{body}") as refused:
        soku.accounts.list()
    assert len(str(refused.value)) < 400


def test_a_deletion_whose_answer_cannot_be_read_is_not_called_done(front: Front) -> None:
    front.answer = lambda _: Response("<h1>Welcome")
    with Soku() as soku, pytest.raises(ConnectionLost, match="<h1>Welcome"):
        soku.webhooks.delete("wh_1")


def test_a_fault_of_the_server_keeps_the_key_and_a_refusal_needs_none(front: Front) -> None:
    with Soku() as soku:
        for status, is_kept in ((500, True), (503, True), (400, False)):
            front.answer = lambda _, status=status: Response("[" * 200_000, status)  # type: ignore[misc]
            with pytest.raises(ApiError) as refused:
                soku.posts.create(text="Hello", platforms=["x"], idempotency_key="k1")
            assert refused.value.idempotency_key == ("k1" if is_kept else None)
            assert ("key k1" in str(refused.value)) == is_kept


def _unread(request: Request) -> Response | None:
    return Response("", 503) if request.method == "GET" else None


def test_a_post_that_was_accepted_and_cannot_be_read_is_published_once(
    api: ApiClient, front: Front
) -> None:
    front.answer = _unread
    with Soku() as soku:
        with pytest.raises(ConnectionLost, match="Soku accepted the post") as lost:
            soku.posts.create(text="Only once", platforms=["x"])
        front.answer = lambda _: None
        key = lost.value.idempotency_key
        post = soku.posts.create(text="Only once", platforms=["x"], idempotency_key=key)
        assert post.wait(0).status == "published"
        assert post.id in str(lost.value)
    assert api.world.visible("x") == ["Only once"]


def test_the_command_does_not_say_that_an_accepted_post_failed(
    api: ApiClient, front: Front, capsys: pytest.CaptureFixture[str]
) -> None:
    front.answer = _unread
    assert main(["post", "Only once", "--to", "x"]) == 3
    key = capsys.readouterr().err.rsplit(" ", 1)[1].strip()
    front.answer = lambda request: Response("", 503) if "wait" in request.args else None
    assert main(["post", "Only once", "--to", "x", "--idempotency-key", key]) == 3
    [post] = api.call("GET", "/v1/posts").json["data"]
    assert f"soku open {post['postSubmissionId']}" in capsys.readouterr().err
    assert api.world.visible("x") == ["Only once"]


def test_the_command_does_not_say_that_an_accepted_reply_failed(
    api: ApiClient, front: Front, talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    item = item_of(Owner(api.user_id, "threads", "threads_main"), 1, post_id="p1")
    [comment] = write_items(api.world.parts.db, [item])
    front.answer = lambda request: (
        Response("<h1>Welcome") if request.path.endswith("/replies") else None
    )
    assert main(["inbox", "reply", comment, "10 euros"]) == 3
    front.requests.clear()
    front.answer = lambda request: (
        Response("", 503) if request.method == "GET" and len(front.requests) > 2 else None
    )
    assert main(["inbox", "reply", comment, "10 euros"]) == 3
    assert "is not sent again" in capsys.readouterr().err
    front.answer = lambda _: None
    assert main(["inbox", "reply", comment, "10 euros"]) == 0
    assert talk.texts() == ["10 euros"]


def test_the_command_does_not_say_that_a_post_is_live_while_it_is_published(
    api: ApiClient,
    front: Front,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The wait is over before the post is.
    front.delivers = False
    monkeypatch.setattr(Post, "wait", Post.refresh)
    assert main(["post", "Hello", "--to", "x", "--no-wait"]) == 0
    assert main(["post", "Hello, slowly", "--to", "x"]) == 3
    assert "publishing" in capsys.readouterr().out
    api.world.deliver_due()


def test_a_post_that_never_left_is_called_failed(
    front: Front, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("SOKU_URL", f"http://127.0.0.1:{port}")
    assert main(["post", "Hello", "--to", "x"]) == 1
    assert "may have arrived" not in capsys.readouterr().err
    assert front.requests == []


@pytest.mark.parametrize(
    "url",
    [
        *("http://[::1", "http://localhost:abc", "localhost:8080", "soku.example.com/api"),
        *("https://", "ftp://example.com", "//example.com"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SokuError, match=r"is not the address of an API\. Write it with https://"):
        Soku("k", url=url)


def test_what_cannot_be_sent_is_refused_before_anything_is_sent(front: Front) -> None:
    with Soku() as soku:
        for call in (
            lambda: soku.posts.create(text="\udcff", platforms=["x"]),
            lambda: soku.posts.create(text="a", platforms=["x"], idempotency_key="é"),
            lambda: soku.posts.create(text="a", platforms=["x"], idempotency_key="a\nb"),
            lambda: soku.posts.get("\udcff"),
            lambda: list(soku.posts.list(q="\udcff")),
            lambda: soku.templates.draw("quote", {"size": float("nan")}),
        ):
            with pytest.raises(SokuError) as refused:
                call()
            assert not isinstance(refused.value, ConnectionLost)
    assert front.requests == []


HOSTILE = "Ann\x1b[2J\u202e\u200b\ud800\nx: live at https://x.com/1"
PLAIN = "Ann [2J x: live at https://x.com/1"


def test_names_and_messages_stay_in_their_line(
    front: Front, capsys: pytest.CaptureFixture[str]
) -> None:
    account = {
        "platform": "x",
        "accountId": "x_main",
        "label": None,
        "username": HOSTILE,
        "status": "reconnect_required",
        "default": False,
        "reason": HOSTILE,
    }
    front.answer = lambda _: Response(json.dumps({"data": [account]}))
    assert main(["accounts"]) == 0
    [said] = capsys.readouterr().out.splitlines()
    assert said.endswith(f"{PLAIN}: reconnect_required. {PLAIN}")
    assert main(["accounts", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [account]
    with Soku() as soku:
        ask(soku, _look_at_accounts, can_write=False)

    run = {"runId": "threads", "status": "failed", "error": {"message": HOSTILE}}
    post: dict[str, Any] = dict.fromkeys(models.Post.__required_keys__)
    post |= {"postSubmissionId": "p1", "displayStatus": "failed", "runs": [run]}
    front.answer = lambda _: Response(json.dumps(post))
    assert main(["open", "p1", "--no-browser"]) == 1
    assert capsys.readouterr().out == f"p1  failed\n  threads: failed. {PLAIN}\n"
    front.answer = lambda _: Response(json.dumps({"error": {"message": HOSTILE}}), 400)
    assert main(["accounts"]) == 1
    assert capsys.readouterr().err == "soku: Ann [2J\nx: live at https://x.com/1\n"


def test_an_assistant_that_repeats_a_lost_call_schedules_once(api: ApiClient, front: Front) -> None:
    async def act(client: McpClient) -> None:
        front.answer = _unread
        call = {"text": "Later", "to": ["x"]}
        lost = await said_by(client, "schedule_post", **call, at="in 2 hours")
        front.answer = lambda _: None
        [at] = re.findall("at='(.+)'", lost)
        assert "scheduled for" in await said_by(client, "schedule_post", **call, at=at)

    with Soku() as soku:
        ask(soku, act, can_write=True)
        [post] = soku.posts.list(status="scheduled")
        post.cancel()


async def _look_at_accounts(client: McpClient) -> None:
    said = await said_by(client, "list_accounts")
    assert said == f"x:x_main ({PLAIN}): reconnect_required. {PLAIN}"


def test_an_author_whose_name_has_no_width_is_somebody() -> None:
    for name, username, shown_name in (
        ("\u200b\u2066", "bea", "bea"),
        ("\u200b", "\ufeff", "somebody"),
        ("\u05d3\u05e0\u05d4", "dana", "\u05d3\u05e0\u05d4"),
        ("\U0001f469\u200d\U0001f373", "cook", "\U0001f469\u200d\U0001f373"),
    ):
        comment: Any = {"author": {"name": name, "username": username}}
        assert shown.author(comment) == shown_name


def test_what_a_terminal_cannot_print_hides_nothing(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    assert main(["post", "Crème brûlée", "--to", "x", "--draft"]) == 0
    assert main(["posts"]) == 0
    assert main(["posts", "--json"]) == 0
    out.flush()
    text, _, listed = out.buffer.getvalue().decode("ascii").partition("[")  # type: ignore[attr-defined]
    assert "Cr\\xe8me" in text
    assert json.loads(f"[{listed}")[0]["content"]["text"] == "Crème brûlée"


def test_a_download_touches_no_other_file(front: Front, tmp_path: Path) -> None:
    own = tmp_path / "quote.jpg.part"
    own.write_text("mine")
    front.answer = lambda _: Response(b"a picture")
    with Soku() as soku:
        soku.media.save(f"{soku._transport.url}/quote.jpg", tmp_path / "quote.jpg")
    assert (tmp_path / "quote.jpg").read_bytes() == b"a picture"
    assert own.read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_list_whose_cursor_does_not_move_ends(front: Front) -> None:
    front.answer = lambda _: Response(json.dumps({"data": [], "nextCursor": "same"}))
    with Soku() as soku, pytest.raises(SokuError, match="does not end"):
        list(soku.posts.list())
    assert len(front.requests) == 2
