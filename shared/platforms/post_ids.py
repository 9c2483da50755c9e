"""What the ids of posts look like on a platform."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.platforms.wire import words

# Longer than the ids of every platform, and short enough for a key of a document.
_LONGEST_ID = 200


@dataclass(frozen=True)
class PostIds:
    """What the ids of a platform's posts look like, and which links contain one."""

    pattern: str
    links: Sequence[str] = ()
    """Patterns of links; the groups that match, joined with `_`, are the id."""

    def of(self, value: object) -> str | None:
        """`value` as an id; None if it is none."""
        text = words(value)
        is_id = len(text) <= _LONGEST_ID and re.fullmatch(self.pattern, text, re.ASCII)
        return text if is_id else None

    def in_link(self, link: str) -> str | None:
        """The id that `link` contains; None if it has none that can be used."""
        for pattern in self.links:
            match = re.match(
                rf"https?://(?:www\.|m\.|mobile\.)?{pattern}(?=[/?#]|\Z)", link, re.ASCII
            )
            if match:
                return self.of("_".join(group for group in match.groups() if group))
        return None
