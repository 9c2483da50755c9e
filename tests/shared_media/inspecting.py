"""Inspects a file in this process."""

import io
from typing import Any

from shared.media import inspector
from shared.media.content_types import content_type_of
from shared.media.facts import Facts, facts_from


def answer(data: bytes, content_type: str | None = None) -> Any:
    """What the inspecting process prints, here without the process."""
    return inspector.answer(io.BytesIO(data), content_type or content_type_of(data))


def facts_of(data: bytes) -> Facts:
    facts = facts_from(answer(data).get("facts"))
    assert facts is not None, answer(data)
    return facts


def refusal(data: bytes) -> str:
    message = answer(data)["refused"]
    assert isinstance(message, str)
    return message
