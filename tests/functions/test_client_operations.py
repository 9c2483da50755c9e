"""The Python client can make every call of the API's description, with everything it takes."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from soku import Comment, Connection, Post, Soku
from tests.functions.described_server import (
    DescribedServer,
    operations,
    parameters_of,
    serving,
)

# What no method of the client calls, and why.
NOT_CALLED = {
    "renderOg": "another path of renderTemplate",
    "listKeys": "for signed-in people only",
    "createKey": "for signed-in people only",
    "deleteKey": "for signed-in people only",
    "deleteUser": "for signed-in people only",
    "beginCheckout": "for signed-in people only",
    "openPortal": "for signed-in people only",
    "receiveEvent": "for Stripe only",
    "showLinks": "needs no client: links to the description",
    "checkHealth": "needs no client: a check of the operator",
    "readDescription": "needs no client: for tools that read descriptions",
    "showDescription": "needs no client: a page",
    "showGuide": "needs no client: for language models",
}
# What the client does without: it reads pages by itself, and the server makes the ID of a request.
NOT_SENT = {"X-Request-ID", "limit", "cursor"}

AN_ID = "8b8d4ef1-5e0f-5f57-9f0c-3f1de5a8b3a1"
TIME = datetime(2030, 1, 5, 8, tzinfo=UTC)


def _create(soku: Soku) -> None:
    soku.posts.create(
        text="Hello",
        platforms=["x"],
        media=["https://example.com/cat.jpg"],
        scheduled_time=TIME,
        not_after=TIME,
        draft=True,
    )


def _validate(soku: Soku) -> None:
    soku.posts.validate(
        text="Hello", platforms=["x"], scheduled_time=TIME, not_after=TIME, draft=True
    )


def _list_posts(soku: Soku) -> None:
    chosen = {"status": "failed", "platform": "x", "account_id": "x_main", "q": "bread"}
    found = soku.posts.list(**chosen, since=TIME, until=TIME, scheduled=True, sort="oldest")
    assert all(isinstance(post, Post) for post in found)


def _list_comments(soku: Soku) -> None:
    chosen = {"platform": "x", "account_id": "x_main", "post_id": AN_ID}
    found = soku.comments.list(**chosen, state="open", q="bread")
    assert all(isinstance(comment, Comment) for comment in found)


def _over_time(soku: Soku) -> None:
    day = date(2030, 1, 5)
    chosen = {"platform": "x", "account_id": "x_main", "group_by": "account"}
    soku.metrics.over_time(since=day, until=day, **chosen)


def _upload(soku: Soku, file: Path) -> None:
    file.write_bytes(b"a picture")
    soku.media.upload(file, keep_location=True)


def _connected(soku: Soku) -> Connection:
    more = {"account_id": "x_main", "return_to": "https://app.example.com/"}
    return soku.accounts.connect("x", kind="profile", **more)


def _change_webhook(soku: Soku) -> None:
    more = {"url": "https://example.com/soku", "description": "Ours"}
    soku.webhooks.change("wh_1", events=["post.failed"], enabled=False, **more)


CALLS: dict[str, Callable[[Soku, Path], object]] = {
    "listPosts": lambda soku, _: _list_posts(soku),
    "createPost": lambda soku, _: _create(soku),
    "validatePost": lambda soku, _: _validate(soku),
    "readPost": lambda soku, _: soku.posts.get(AN_ID).wait(0),
    "deletePost": lambda soku, _: soku.posts.get(AN_ID).delete(from_platforms=True),
    "editPost": lambda soku, _: soku.posts.get(AN_ID).edit(
        {
            "post": {"content": {"text": "Hello", "platform": "x"}},
            "scheduledTime": "2030-01-05T08:00:00+01:00",
            "notAfter": None,
            "draft": False,
        }
    ),
    "cancelPost": lambda soku, _: soku.posts.get(AN_ID).cancel(),
    "unschedulePost": lambda soku, _: soku.posts.get(AN_ID).unschedule(),
    "publishPost": lambda soku, _: soku.posts.get(AN_ID).publish(),
    "retryPost": lambda soku, _: soku.posts.get(AN_ID).retry({"text": "Hello again"}),
    "reconcilePost": lambda soku, _: soku.posts.get(AN_ID).reconcile(),
    "resolveRun": lambda soku, _: soku.posts.get(AN_ID).resolve(
        "x", {"outcome": "published", "permalink": "https://x.com/1", "platformPostId": "1"}
    ),
    "readPostMetrics": lambda soku, _: soku.metrics.of_post(AN_ID),
    "refreshPostMetrics": lambda soku, _: soku.metrics.refresh(AN_ID),
    "readMetrics": lambda soku, _: _over_time(soku),
    "listComments": lambda soku, _: _list_comments(soku),
    "markSeveralRead": lambda soku, _: soku.comments.mark_read([AN_ID]),
    "markSeveralDone": lambda soku, _: soku.comments.mark_done([AN_ID]),
    "reopenSeveral": lambda soku, _: soku.comments.reopen([AN_ID]),
    "readComment": lambda soku, _: soku.comments.get(AN_ID).refresh(),
    "deleteComment": lambda soku, _: soku.comments.get(AN_ID).delete(),
    "markCommentRead": lambda soku, _: soku.comments.get(AN_ID).mark_read(),
    "markCommentDone": lambda soku, _: soku.comments.get(AN_ID).mark_done(),
    "reopenComment": lambda soku, _: soku.comments.get(AN_ID).reopen(),
    "hideComment": lambda soku, _: soku.comments.get(AN_ID).hide(),
    "unhideComment": lambda soku, _: soku.comments.get(AN_ID).unhide(),
    "refreshComment": lambda soku, _: soku.comments.get(AN_ID).refresh_from_platform(),
    "replyToComment": lambda soku, _: (
        soku.comments.get(AN_ID).reply("Thanks!", idempotency_key="k1").refresh()
    ),
    "listMedia": lambda soku, _: list(soku.media.list()),
    "storeMedia": lambda soku, _: soku.media.store(
        "https://example.com/cat.jpg", keep_location=True
    ),
    "deleteMedia": lambda soku, _: soku.media.delete("Rk0vJ3yTQmKxw1c5bZt8Ug"),
    "beginUpload": lambda soku, folder: _upload(soku, folder / "cat.jpg"),
    "completeUpload": lambda soku, folder: _upload(soku, folder / "cat.jpg"),
    "listTemplates": lambda soku, _: soku.templates.list(),
    "renderTemplate": lambda soku, _: soku.templates.draw(
        "quote", {"text": "Hello"}, aspect_ratio="4:5"
    ),
    "listAccounts": lambda soku, _: soku.accounts.list(),
    "connectAccount": lambda soku, _: _connected(soku),
    "disconnectAccount": lambda soku, _: soku.accounts.disconnect("x", "x_main"),
    "changeAccount": lambda soku, _: soku.accounts.change(
        "x", "x_main", label="Ours", default=True
    ),
    "readConnection": lambda soku, _: _connected(soku).wait(0),
    "chooseAccounts": lambda soku, _: _connected(soku).choose(["x_main"]),
    "listWebhooks": lambda soku, _: soku.webhooks.list(),
    "createWebhook": lambda soku, _: soku.webhooks.create(
        "https://example.com/soku", events=["post.failed"], description="Ours"
    ),
    "readWebhook": lambda soku, _: soku.webhooks.get("wh_1"),
    "deleteWebhook": lambda soku, _: soku.webhooks.delete("wh_1"),
    "changeWebhook": lambda soku, _: _change_webhook(soku),
    "rotateWebhookSecret": lambda soku, _: soku.webhooks.new_secret("wh_1"),
    "sendTestEvent": lambda soku, _: soku.webhooks.send_test("wh_1"),
    "listDeliveries": lambda soku, _: list(soku.webhooks.deliveries("wh_1")),
    "redeliver": lambda soku, _: soku.webhooks.redeliver("wh_1", "evt_1"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[DescribedServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def soku(server: DescribedServer) -> Iterator[Soku]:
    with Soku("sk_live_example", url=server.url) as soku:
        yield soku


def test_every_operation_is_called_or_has_a_reason() -> None:
    assert set(CALLS) | set(NOT_CALLED) == set(operations())
    assert set(CALLS) & set(NOT_CALLED) == set()


@pytest.mark.full
@pytest.mark.parametrize("operation", CALLS)
def test_an_operation_is_called_as_described_with_all_it_takes(
    server: DescribedServer, soku: Soku, tmp_path: Path, operation: str
) -> None:
    server.sent.clear()
    CALLS[operation](soku, tmp_path)
    assert parameters_of(operation) - NOT_SENT == server.sent[operation]
