"""Finding a note in the account's list."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.domain.content import Content, comparable
from shared.domain.reconciliation import SeenPost
from shared.platforms.post_ids import PostIds

IDS = PostIds(r"[\w-]+")


def same(notes: list[Mapping[str, Any]], content: Content) -> Iterator[SeenPost]:
    """The listed notes with the text of `content`."""
    for note in notes:
        if comparable(note["note"]) == comparable(content.text):
            yield SeenPost(note["id"], datetime.fromisoformat(note["at"]))
