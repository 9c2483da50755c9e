"""Publishing on Pigeon: notes of text."""

from datetime import datetime

from shared.domain.content import Content
from shared.domain.reconciliation import Sighting
from shared.platforms import base, pigeon
from shared.platforms.base import Published, Step, Turn
from shared.platforms.pigeon import errors, timeline
from shared.platforms.pigeon.checkpoint import Checkpoint

FLY = Step("fly", visible=True)


class Publishing(base.Publishing[Checkpoint]):
    about = pigeon.ABOUT
    checkpoint = Checkpoint
    ids = timeline.IDS
    error_of = staticmethod(errors.error_of)

    def next_step(self, content: Content, checkpoint: Checkpoint) -> Step:
        return FLY

    def fly(self, turn: Turn[Checkpoint]) -> Published:
        body = {"note": turn.content.text}
        answer = turn.http.publish("POST", "/notes", json=body, headers=turn.post.bearer)
        return Published(self.published(answer)["id"])

    def sight(self, turn: Turn[Checkpoint], since: datetime) -> Sighting:
        answer = self.shown(turn.http.read("/notes", headers=turn.post.bearer))
        same = timeline.same(answer["notes"], turn.content)
        return Sighting(tuple(same), list_was_read=True)
