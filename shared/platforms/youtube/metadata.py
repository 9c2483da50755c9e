"""What YouTube is told of a video: its options, its limits, and the resource that carries them.

Limits are those of developers.google.com/youtube/v3/docs/videos as of 2026-11-22.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.platforms.base import Options

MAX_TITLE = 100
MAX_TAGS = 500
_ANGLE_BRACKETS = re.compile(r"[<>]")
_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")


class YouTubeOptions(Options):
    title: str | None = None
    """At most 100 characters; the text's first line when omitted."""
    privacy_status: Literal["public", "unlisted", "private"] = "public"
    category_id: Annotated[str, Field(pattern=r"^[0-9]{1,3}$")] = "22"
    """A number of YouTube's list of categories; 22 is People & Blogs."""
    tags: Sequence[str] = ()
    """At most 500 characters in all, a comma between two of them counted."""
    made_for_kids: bool = False
    notify_subscribers: bool = True
    embeddable: bool | None = None
    """May be shown on other sites; as the channel has set when omitted."""
    license: Literal["youtube", "creativeCommon"] | None = None
    """As the channel has set when omitted."""
    contains_synthetic_media: bool | None = None
    """Looks real, but was altered or generated."""
    default_language: Annotated[
        str | None, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    ] = None
    """Of title and text, as BCP 47 names it: en, pt-BR."""


def chosen(content: Content) -> YouTubeOptions:
    return YouTubeOptions.model_validate(dict(content.options))


def title_of(content: Content) -> str | None:
    """The title that was given, else the text's first line; None if that is no title."""
    given = chosen(content).title
    if given is not None:
        return given if given.strip() else None
    lines = content.text.strip().splitlines()
    first = lines[0].strip() if lines else ""
    return first if first and title_length(first) <= MAX_TITLE else None


def title_length(title: str) -> int:
    """YouTube does not say what it counts as a character: the larger of the likely countings."""
    return len(title.encode("utf-16-le")) // 2


def faults_of(content: Content) -> Iterator[Violation]:
    """Faults of the text, the title and the tags that no limit of the platform names."""
    if _ANGLE_BRACKETS.search(content.text):
        message = "YouTube takes no < and no > in a description; remove them."
        yield Violation("text", "invalid_characters", message)
    yield from _title_faults(content)
    yield from _tag_faults(chosen(content).tags)


def _title_faults(content: Content) -> Iterator[Violation]:
    title = title_of(content)
    if title is None:
        message = (
            f"YouTube needs a title of at most {MAX_TITLE} characters: give one as the option "
            "`title`, or begin the text with a line that can be it."
        )
        yield Violation("options.title", "missing", message)
    elif title_length(title) > MAX_TITLE:
        message = f"YouTube takes at most {MAX_TITLE} characters; this has {title_length(title)}."
        yield Violation("options.title", "title_too_long", message)
    if chosen(content).title is None or title is None:
        return  # whatever is wrong with it is wrong with the text
    if _ANGLE_BRACKETS.search(title) or _LINE_BREAK.search(title):
        message = "YouTube takes no <, no > and no line break in a title; remove them."
        yield Violation("options.title", "invalid_characters", message)


def _tag_faults(tags: Sequence[str]) -> Iterator[Violation]:
    for position, tag in enumerate(tags):
        # A comma parts two tags in YouTube's own list; `invalidTags` is not documented further.
        if not tag.strip() or "," in tag or _ANGLE_BRACKETS.search(tag):
            message = "A tag is a word or some, without a comma, < or >."
            yield Violation(f"options.tags[{position}]", "invalid_tag", message)
    length = tags_length(tags)
    if length > MAX_TAGS:
        message = f"YouTube takes at most {MAX_TAGS} characters of tags; these have {length}."
        yield Violation("options.tags", "tags_too_long", message)


def tags_length(tags: Sequence[str]) -> int:
    """As the reference counts `snippet.tags[]`: with commas, and quotes around a space."""
    quotes = 2 * sum(" " in tag for tag in tags)
    return sum(map(len, tags)) + quotes + max(len(tags) - 1, 0)


def resource_of(content: Content) -> dict[str, Any]:
    """The body of videos.insert. What was left to the channel's own settings is left out."""
    options = chosen(content)
    snippet = {
        "title": title_of(content),
        "description": content.text,
        "tags": list(options.tags) or None,
        "categoryId": options.category_id,
        "defaultLanguage": options.default_language,
    }
    status = {
        # Without it, a video has been public since 2025 (revision history of the API).
        "privacyStatus": options.privacy_status,
        "selfDeclaredMadeForKids": options.made_for_kids,
        "containsSyntheticMedia": options.contains_synthetic_media,
        "embeddable": options.embeddable,
        "license": options.license,
    }
    return {"snippet": _without_none(snippet), "status": _without_none(status)}


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
