"""Pigeon: the first of the three files that a new platform takes. It carries short notes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import PlatformError, ReconnectRequired, Rejected, TokenExpired
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms.base import Capabilities, Pending, Platform, Post, Published, Step
from shared.platforms.http import Answer, Http

FLY = Step("fly", visible=True)


class Pigeon(Platform):
    name = "pigeon"
    base_url = "https://api.pigeon.test"
    capabilities: ClassVar[Capabilities] = Capabilities(max_text=20, text_unit="characters")

    def text_length(self, text: str) -> int:
        return len(text)

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        return FLY

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        answer = http.publish(
            "POST", "/notes", json={"note": post.content.text}, headers=_bearer(post)
        )
        return Published(self.accepted(answer)["id"])

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        notes = self.accepted(http.read("/notes", headers=_bearer(post)))["notes"]
        same = [
            SeenPost(note["id"], datetime.fromisoformat(note["at"]))
            for note in notes
            if note["note"] == post.content.text
        ]
        return Sighting(tuple(same), list_was_read=True)

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        raise ReconnectRequired("Pigeons get no new tokens. Reconnect the account.")

    def error_of(self, answer: Answer) -> PlatformError:
        if answer.status == 401:
            return TokenExpired("The token is dead.")
        return Rejected(f"The pigeon refused the note: {answer.text}")


def _bearer(post: Post) -> dict[str, str]:
    return {"Authorization": f"Bearer {post.access_token}"}
