"""The options of a post on YouTube."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from shared.domain.content import Content
from shared.platforms.limits import Options


class YouTubeOptions(Options):
    title: str | None = None
    """At most 100 characters; the first line of the text when omitted."""
    privacy_status: Literal["public", "unlisted", "private"] = "public"
    category_id: Annotated[str, Field(pattern=r"^[0-9]{1,3}$")] = "22"
    """The number of a YouTube category; 22 is People & Blogs."""
    tags: Sequence[str] = ()
    """At most 500 characters in total, including a comma between each two tags."""
    made_for_kids: bool = False
    notify_subscribers: bool = True
    embeddable: bool | None = None
    """Other sites may embed the video; the channel's setting when omitted."""
    license: Literal["youtube", "creativeCommon"] | None = None
    """The channel's setting when omitted."""
    contains_synthetic_media: bool | None = None
    """The video looks real but is altered or generated."""
    default_language: Annotated[
        str | None, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    ] = None
    """The language of title and text as a BCP 47 tag, such as en or pt-BR."""


def options_of(content: Content) -> YouTubeOptions:
    return YouTubeOptions.model_validate(dict(content.options))
