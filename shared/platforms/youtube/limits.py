"""What YouTube supports in a post.

Limits are from developers.google.com/youtube/v3/docs/videos as of 2026-11-22.
"""

import re
from collections.abc import Iterator, Sequence

from shared.domain.content import Content, is_blank
from shared.domain.errors import Violation
from shared.platforms import youtube
from shared.platforms.limits import Capabilities, Limits, MediaLimits
from shared.platforms.youtube.options import YouTubeOptions, options_of
from shared.platforms.youtube.text import MAX_TITLE, title_of, utf16_length

MAX_TAGS = 500
# support.google.com/youtube/answer/71673: the longest video of a channel that is not verified.
UNVERIFIED_SECONDS = 15 * 60
_ANGLE_BRACKETS = re.compile(r"[<>]")
# Not documented (unverified): public reports name invalidDescription and invalidTitle. Tabs and
# line breaks are usual in a description.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")

CAPABILITIES = Capabilities(
    max_text=5000,
    text_unit="bytes in UTF-8",
    # support.google.com/youtube/answer/71673
    video=MediaLimits(
        content_types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
        max_bytes=256 * 1024**3,
        max_seconds=12 * 3600,
    ),
    max_videos=1,
    needs_media=True,
    deletes=True,
)


def violations(content: Content) -> Iterator[Violation]:
    """Violations in the text, the title and the tags that no capability covers."""
    if _ANGLE_BRACKETS.search(content.text):
        message = "YouTube does not allow < and > in a description. Remove them."
        yield Violation("text", "invalid_characters", message)
    yield from _control_violations("text", "a description", content.text)
    yield from _title_violations(content)
    yield from _tag_violations(options_of(content).tags)


def warnings(content: Content) -> Iterator[Violation]:
    """Videos that not every channel may upload."""
    for position, video in enumerate(content.videos):
        if video.duration is not None and video.duration > UNVERIFIED_SECONDS:
            message = "YouTube allows videos over 15 minutes only after the channel is verified."
            yield Violation(f"media[{position}]", "channel_must_be_verified", message)


def _title_violations(content: Content) -> Iterator[Violation]:
    title = title_of(content)
    if title is None:
        message = (
            f"YouTube needs a title of at most {MAX_TITLE} characters. Set the option `title`, or "
            "begin the text with a line that can be the title."
        )
        yield Violation("options.title", "missing", message)
    elif utf16_length(title) > MAX_TITLE:
        message = (
            f"YouTube allows at most {MAX_TITLE} characters in a title; this one has "
            f"{utf16_length(title)}."
        )
        yield Violation("options.title", "title_too_long", message)
    if options_of(content).title is None or title is None:
        return  # A violation in the first line of the text is reported for the text.
    if _ANGLE_BRACKETS.search(title) or _LINE_BREAK.search(title):
        message = "YouTube does not allow <, > and line breaks in a title. Remove them."
        yield Violation("options.title", "invalid_characters", message)
    yield from _control_violations("options.title", "a title", title)


def _control_violations(field: str, what: str, text: str) -> Iterator[Violation]:
    if character := _CONTROL.search(text):
        code = f"U+{ord(character[0]):04X}"
        message = f"YouTube does not allow control characters in {what}. Remove {code}."
        yield Violation(field, "invalid_characters", message)


def _tag_violations(tags: Sequence[str]) -> Iterator[Violation]:
    for position, tag in enumerate(tags):
        # YouTube's own list separates tags with commas; `invalidTags` is not documented further.
        if is_blank(tag) or "," in tag or _ANGLE_BRACKETS.search(tag):
            message = "A tag must not be empty or contain a comma, < or >."
            yield Violation(f"options.tags[{position}]", "invalid_tag", message)
        yield from _control_violations(f"options.tags[{position}]", "a tag", tag)
    length = tags_length(tags)
    if length > MAX_TAGS:
        message = f"YouTube allows at most {MAX_TAGS} characters of tags; these have {length}."
        yield Violation("options.tags", "tags_too_long", message)


def tags_length(tags: Sequence[str]) -> int:
    """As the reference counts `snippet.tags[]`: with commas, and quotes around spaces."""
    quotes = 2 * sum(" " in tag for tag in tags)
    return sum(map(len, tags)) + quotes + max(len(tags) - 1, 0)


def _text_length(text: str) -> int:
    return len(text.encode())


LIMITS = Limits(
    about=youtube.ABOUT,
    capabilities=CAPABILITIES,
    text_length=_text_length,
    options=YouTubeOptions,
    check=violations,
    warn=warnings,
)
