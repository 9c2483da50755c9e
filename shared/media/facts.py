"""What an inspection tells about a file, and how it comes out of the inspecting process."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Facts:
    """As in MediaAsset: sizes in pixels as displayed, duration in seconds, rotation clockwise."""

    width: int
    height: int
    duration: float | None = None
    frame_rate: float | None = None
    codec: str | None = None
    audio_codec: str | None = None
    rotation: int = 0
    animated: bool = False
    frames: int | None = None
    pixel_format: str | None = None
    fragmented: bool = False
    format_name: str | None = None


# Larger than in any real file, and small enough for every database and every client.
_MOST = 10**9
_NAME = re.compile(r"[a-z0-9][a-z0-9 ._/+-]{0,39}")


def facts_from(values: Any) -> Facts | None:
    """The facts in a decoded JSON object; None if it is not exactly what an inspection answers.

    The process that inspects a hostile file may answer anything.
    """
    names = {field.name for field in fields(Facts)}
    if not isinstance(values, Mapping) or values.keys() != names:
        return None
    facts = Facts(**values)
    whole = (facts.width, facts.height, facts.rotation, *_present(facts.frames))
    measures = _present(facts.duration, facts.frame_rate)
    texts = _present(facts.codec, facts.audio_codec, facts.pixel_format, facts.format_name)
    is_right = (
        all(type(value) is int and 0 <= value <= _MOST for value in whole)
        and facts.width > 0 < facts.height
        and all(_is_measure(value) for value in measures)
        and all(_is_name(value) for value in texts)
        and all(type(value) is bool for value in (facts.animated, facts.fragmented))
    )
    return facts if is_right else None


def _present(*values: Any) -> list[Any]:
    return [value for value in values if value is not None]


def _is_measure(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= _MOST


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None
