"""The inbox: comments on your posts, and mentions of your accounts."""

import time
from collections.abc import Iterator, Sequence

from soku import models
from soku.paths import part
from soku.transport import Transport

_UNFINISHED = ("queued", "sending")
# Replies are usually sent within a second.
_PAUSE = 1.0
_LONGEST_WAIT = 60.0


class Reply:
    """A reply as it was when it was last read; `data` has all of it."""

    def __init__(self, transport: Transport, data: models.Reply) -> None:
        self._transport = transport
        self.data = data

    @property
    def id(self) -> str:
        return self.data["id"]

    def __repr__(self) -> str:
        return f"<Reply {self.id} {self.status}>"

    @property
    def status(self) -> models.ReplyStatus:
        """Only a reply that is `sent` is public. `unconfirmed`: it may or may not be public."""
        return self.data["status"]

    def wait(self, seconds: float = _LONGEST_WAIT) -> "Reply":
        """Read the reply until its outcome is known or unconfirmed, or for so many seconds."""
        end = time.monotonic() + seconds
        while True:
            self.refresh()
            left = end - time.monotonic()
            if self.status not in _UNFINISHED or left <= 0:
                return self
            time.sleep(min(_PAUSE, left))

    def refresh(self) -> "Reply":
        path = f"/v1/comments/{part(self.data['commentId'])}"
        comment = self._transport.call("GET", path, models.Comment)
        for each in comment.get("replies", []):
            if each["id"] == self.id:
                self.data = each
        return self


class Comment:
    """A comment or a mention as it was when it was last read; `data` has all of it."""

    def __init__(self, transport: Transport, data: models.Comment) -> None:
        self._transport = transport
        self.data = data

    @property
    def id(self) -> str:
        return self.data["id"]

    def __repr__(self) -> str:
        return f"<Comment {self.id} {self.data['state']}, on {self.data['platform']}>"

    @property
    def text(self) -> str | None:
        """None: the platform does not let Soku keep it. Call `refresh_from_platform`."""
        return self.data["text"]

    def reply(self, text: str, *, idempotency_key: str | None = None) -> Reply:
        """Send a reply. `wait` of the result says whether it is public.

        The request is repeated if the connection is cut, and the reply is sent once. Without a
        key, the same text to the same comment is the same reply for 23 hours, unless it failed.
        So after ConnectionLost, call it again with the same arguments.
        """
        path = f"/v1/comments/{part(self.id)}/replies"
        sent = self._transport.call(
            "POST",
            path,
            models.Reply,
            body={"text": text},
            idempotency_key=idempotency_key,
            repeatable=True,
        )
        return Reply(self._transport, sent)

    def mark_read(self) -> "Comment":
        return self._act("read")

    def mark_done(self) -> "Comment":
        return self._act("done")

    def reopen(self) -> "Comment":
        """Mark the comment as unread, also if it was done."""
        return self._act("reopen")

    def hide(self) -> "Comment":
        """Hide the comment on its platform. Until that is done, `pendingAction` shows it."""
        return self._act("hide")

    def unhide(self) -> "Comment":
        """Show a hidden comment again."""
        return self._act("unhide")

    def delete(self) -> "Comment":
        """Delete the comment on its platform. Until that is done, `pendingAction` shows it."""
        path = f"/v1/comments/{part(self.id)}"
        self.data = self._transport.call("DELETE", path, models.Comment)
        return self

    def refresh(self) -> "Comment":
        """Read the comment and the replies to it again from Soku."""
        path = f"/v1/comments/{part(self.id)}"
        self.data = self._transport.call("GET", path, models.Comment)
        return self

    def refresh_from_platform(self) -> "Comment":
        """Let Soku read the comment again from its platform, at most once a minute."""
        return self._act("refresh")

    def _act(self, action: str) -> "Comment":
        # Each of these says the same when it arrives twice.
        path = f"/v1/comments/{part(self.id)}/{action}"
        self.data = self._transport.call("POST", path, models.Comment, repeatable=True)
        return self


class Comments:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        state: str | None = None,
        platform: str | None = None,
        account_id: str | None = None,
        post_id: str | None = None,
        q: str | None = None,
    ) -> Iterator[Comment]:
        """Comments and mentions, the newest first, page by page.

        `state`: unread, read, open (unread or read) or done. `q`: words in the text or the name of
        the author.
        """
        query = {
            "state": state,
            "platform": platform,
            "accountId": account_id,
            "postId": post_id,
            "q": q,
        }
        for data in self._transport.pages("/v1/comments", models.CommentPage, query):
            yield Comment(self._transport, data)

    def get(self, comment_id: str) -> Comment:
        """A comment with the replies to it that were sent with Soku."""
        data = self._transport.call("GET", f"/v1/comments/{part(comment_id)}", models.Comment)
        return Comment(self._transport, data)

    def mark_read(self, comment_ids: Sequence[str]) -> Sequence[Comment]:
        """Mark up to 200 comments as read. Those that do not exist are left out."""
        return self._several("read", comment_ids)

    def mark_done(self, comment_ids: Sequence[str]) -> Sequence[Comment]:
        """Mark up to 200 comments as done. Those that do not exist are left out."""
        return self._several("done", comment_ids)

    def reopen(self, comment_ids: Sequence[str]) -> Sequence[Comment]:
        """Mark up to 200 comments as unread. Those that do not exist are left out."""
        return self._several("reopen", comment_ids)

    def _several(self, action: str, comment_ids: Sequence[str]) -> Sequence[Comment]:
        body = {"commentIds": [*comment_ids]}
        changed = self._transport.call(
            "POST", f"/v1/comments/{action}", models.CommentList, body=body, repeatable=True
        )
        return [Comment(self._transport, data) for data in changed["data"]]
