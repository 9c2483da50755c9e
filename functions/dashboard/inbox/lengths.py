"""How long a reply is, as its platform counts it."""

from dataclasses import dataclass

from shared.platforms import registry

# From here on, the count is a warning.
_NEAR = 0.9


@dataclass(frozen=True)
class Count:
    words: str
    tone: str
    """"", warning or danger."""


def count_of(platform: str, text: str) -> Count:
    job = registry.comments(platform)
    if job is None:
        return Count("", "")
    used, most = job.length(text), job.max_length
    tone = "danger" if used > most else "warning" if used > most * _NEAR else ""
    return Count(f"{used:,} / {most:,}", tone)
