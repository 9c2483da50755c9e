"""The inbox over HTTP: listing, marking, answering, and changing comments on their platforms."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from shared.domain.inbox import Author, State
from shared.gcp.inbox import item_path
from shared.inbox import change
from shared.inbox.change import MOST_AT_ONCE
from tests.functions.api_client import ApiClient
from tests.functions.inbox_items import Owner, item_of, write_items
from tests.functions.talking import Talk, talk

__all__ = ["talk"]

COMMENTS = "/v1/comments"


def _write(api: ApiClient, count: int = 1, platform: str = "threads", **more: Any) -> list[str]:
    """Comments of this user, the newest first; returns their ids."""
    owner = Owner(api.user_id, platform, f"{platform}_main")
    items = [item_of(owner, number, **more) for number in range(1, count + 1)]
    return write_items(api.world.parts.db, items)


def _list(api: ApiClient, **query: Any) -> list[str]:
    answer = api.call("GET", f"{COMMENTS}?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    return [each["text"] for each in answer.json["data"]]


def _post(api: ApiClient, path: str, body: Any = None, **more: Any) -> Any:
    return api.call("POST", f"{COMMENTS}/{path}", json=body, **more)


def test_comments_are_listed_newest_first_and_page_by_page(api: ApiClient) -> None:
    _write(api, 5)
    first = api.call("GET", f"{COMMENTS}?limit=2").json
    assert [each["text"] for each in first["data"]] == ["Comment 1", "Comment 2"]
    second = api.call("GET", f"{COMMENTS}?limit=2&cursor={first['nextCursor']}").json
    last = api.call("GET", f"{COMMENTS}?limit=2&cursor={second['nextCursor']}").json
    assert [each["text"] for each in last["data"]] == ["Comment 5"]
    assert last["nextCursor"] is None
    assert api.call("GET", f"{COMMENTS}?cursor=x").status_code == 400
    assert api.another_user().call("GET", COMMENTS).json == {"data": [], "nextCursor": None}


def test_comments_are_filtered_and_searched(api: ApiClient) -> None:
    post = str(uuid4())
    owner = Owner(api.user_id, "threads", "threads_main")
    write_items(
        api.world.parts.db,
        [
            item_of(owner, 1, text="Wie heißt das Café?", submission_id=post),
            item_of(owner, 2, text="Old", state=State.READ),
            item_of(owner, 3, text="Over", state=State.DONE, author=Author(name="Zoë")),
            item_of(owner, 4, text="Mine", is_own=True, submission_id=post),
            item_of(Owner(api.user_id, "x", "x_main"), 5, text="On X"),
        ],
    )
    assert _list(api, state="unread") == ["Wie heißt das Café?", "On X"]
    assert _list(api, state="open") == ["Wie heißt das Café?", "Old", "On X"]
    assert _list(api, state="read") == ["Old"]
    assert _list(api, state="done") == ["Over"]
    assert _list(api, platform="x") == _list(api, accountId="x_main") == ["On X"]
    assert _list(api, postId=post) == ["Wie heißt das Café?", "Mine"]
    assert _list(api, postId=post, state="open") == ["Wie heißt das Café?"]
    assert _list(api, q="cafe HEISST") == ["Wie heißt das Café?"]
    assert _list(api, q="zoe") == ["Over"]
    assert _list(api, q="nothing") == []
    for wrong in ("state=new", "postId=1", "limit=0", "unknown=1", "platform=myspace"):
        assert api.call("GET", f"{COMMENTS}?{wrong}").status_code == 400, wrong


def test_a_comment_is_read_done_and_open_again(api: ApiClient) -> None:
    [comment] = _write(api)
    done = _post(api, f"{comment}/done").json
    assert (done["state"], done["readAt"], done["doneAt"]) == (
        "done",
        done["doneAt"],
        done["doneAt"],
    )
    # Reading does not bring it back.
    assert _post(api, f"{comment}/read").json["state"] == "done"
    again = _post(api, f"{comment}/reopen").json
    assert (again["state"], again["readAt"], again["doneAt"]) == ("unread", None, None)
    assert api.call("GET", f"{COMMENTS}/{comment}").json["state"] == "unread"


def test_200_comments_are_done_in_one_call(api: ApiClient) -> None:
    ids = _write(api, MOST_AT_ONCE)
    changed = _post(api, "done", {"commentIds": [*ids[:-1], str(uuid4())]})
    assert len(changed.json["data"]) == MOST_AT_ONCE - 1
    assert len(_list(api, state="open")) == 1
    assert _post(api, "done", {"commentIds": [*ids, ids[0]]}).status_code == 400
    assert _post(api, "done", {"commentIds": []}).status_code == 400
    assert _post(api, "done", {"commentIds": ["x"]}).status_code == 400


def test_the_comments_of_others_do_not_exist(api: ApiClient) -> None:
    [comment] = _write(api)
    stranger = api.another_user()
    assert stranger.call("GET", f"{COMMENTS}/{comment}").status_code == 404
    assert _post(stranger, f"{comment}/replies", {"text": "Hi"}).status_code == 404
    assert _post(stranger, "done", {"commentIds": [comment]}).json == {"data": []}
    assert stranger.call("DELETE", f"{COMMENTS}/{comment}").status_code == 404
    assert _list(api, state="unread") == ["Comment 1"]


def test_a_reply_is_accepted_once_for_each_key(api: ApiClient, talk: Talk) -> None:
    [comment] = _write(api, post_id="p1")
    key = {"Idempotency-Key": "k1"}
    reply = _post(api, f"{comment}/replies", {"text": "Thanks!"}, headers=key)
    assert (reply.status_code, reply.json["status"]) == (201, "queued")
    api.world.deliver_due()
    again = _post(api, f"{comment}/replies", {"text": "Thanks!"}, headers=key)
    assert (again.json["id"], again.json["status"]) == (reply.json["id"], "sent")
    assert again.headers["Idempotent-Replayed"] == "true"
    other = _post(api, f"{comment}/replies", {"text": "Other"}, headers=key)
    assert other.json["error"]["code"] == "idempotency_conflict"
    shown = api.call("GET", f"{COMMENTS}/{comment}").json
    assert [each["text"] for each in shown["replies"]] == ["Thanks!"]
    assert talk.texts() == ["Thanks!"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "x" * 51}, 400),
        ({"text": "  "}, 400),
        ({"text": 1}, 400),
        ({}, 400),
        ({"text": "x", "more": 1}, 400),
    ],
)
def test_a_reply_that_cannot_be_sent_is_refused(
    api: ApiClient, talk: Talk, body: Any, status: int
) -> None:
    [comment] = _write(api)
    assert _post(api, f"{comment}/replies", body).status_code == status
    api.world.deliver_due()
    assert talk.calls == []


@pytest.mark.parametrize("more", [{"can_reply": False}, {"platform": "tiktok"}])
def test_what_cannot_be_answered_says_so(api: ApiClient, more: Any) -> None:
    [comment] = _write(api, **more)
    refused = _post(api, f"{comment}/replies", {"text": "Hi"})
    assert refused.json["error"]["code"] == "invalid_state"
    assert "does not let Soku answer" in refused.json["error"]["message"]


def test_a_comment_is_changed_on_its_platform(api: ApiClient, talk: Talk) -> None:
    seen = talk.write("p1", "Spam")
    owner = Owner(api.user_id, "threads", "threads_main")
    [comment] = write_items(api.world.parts.db, [item_of(owner, 1, post_id="p1")])
    asked = _post(api, f"{comment}/hide")
    assert (asked.status_code, asked.json["pendingAction"]) == (202, "hide")
    api.world.deliver_due()
    shown = api.call("GET", f"{COMMENTS}/{comment}").json
    assert (shown["hidden"], shown["pendingAction"], shown["problem"]) == (True, None, None)
    assert talk.seen[seen.comment_id].is_hidden
    api.call("DELETE", f"{COMMENTS}/{comment}")
    api.world.deliver_due()
    gone = api.call("GET", f"{COMMENTS}/{comment}").json
    assert gone["deletedAt"] and not gone["canDelete"]
    assert talk.texts() == []
    assert _post(api, f"{comment}/hide").json["error"]["code"] == "invalid_state"


def test_what_the_platform_does_not_allow_is_refused_at_once(api: ApiClient) -> None:
    [comment] = _write(api, can_hide=False, can_delete=False)
    for answer in (_post(api, f"{comment}/hide"), api.call("DELETE", f"{COMMENTS}/{comment}")):
        assert answer.json["error"]["code"] == "invalid_state"


def test_a_key_needs_the_scopes_of_the_inbox_and_must_be_live(api: ApiClient) -> None:
    [comment] = _write(api)
    reader = api.new_key(scopes=("inbox:read",))
    assert api.call("GET", COMMENTS, key=reader).status_code == 200
    refused = _post(api, f"{comment}/done", key=reader)
    assert refused.json["error"]["details"] == {"scope": "inbox:write"}
    assert api.call("GET", COMMENTS, key=api.new_key(scopes=("posts:read",))).status_code == 403


def test_what_is_removed_meanwhile_is_skipped_or_not_found(
    api: ApiClient, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = _write(api, 3)
    db, move_item, ask_of_item = api.world.parts.db, change.move_item, change.ask_of_item

    def after_removal(batch: Any, *args: Any) -> None:
        db.document(item_path(api.user_id, ids[0])).delete()
        move_item(batch, *args)

    monkeypatch.setattr(change, "move_item", after_removal)
    changed = _post(api, "done", {"commentIds": ids}).json["data"]
    assert [each["id"] for each in changed] == ids[1:]

    def hide_after_removal(batch: Any, *args: Any) -> None:
        db.document(item_path(api.user_id, ids[1])).delete()
        ask_of_item(batch, *args)

    monkeypatch.setattr(change, "ask_of_item", hide_after_removal)
    assert _post(api, f"{ids[1]}/hide").status_code == 404
