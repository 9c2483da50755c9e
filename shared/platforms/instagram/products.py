"""What Instagram takes in each kind of post, and the fields that containers are made of.

Facts are from Meta's documentation (developers.facebook.com/docs/instagram-platform/
instagram-graph-api/reference/ig-user/media and …/content-publishing) as of 2026-11-22.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.domain.content import Content
from shared.domain.errors import Violation
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms.base import AltTextOptions, Capabilities, MediaLimits, Post

# "It should be less than 8 MiB" says error 36000/2207004: so are the other sizes read.
_MIB = 1024 * 1024
MAX_HASHTAGS = 30
MAX_MENTIONS = 20
MAX_COLLABORATORS = 3
# 25 Mbps for the pictures, 128 kbps for the sound.
MAX_BITS_PER_SECOND = 25_128_000
# docs/instagram-platform/content-publishing: 2 to 10 in a carousel made by the API.
MAX_ITEMS = 10


class InstagramOptions(AltTextOptions):
    post_type: Literal["post", "reel", "story"] | None = None
    """A post when omitted. A single video becomes a reel either way: Instagram has no other."""
    share_to_feed: bool | None = None
    """Reels: show it in the feed as well as among the reels."""
    thumb_offset: Annotated[int, Field(ge=0)] | None = None
    """Reels: the moment whose picture is the cover, in milliseconds from the start."""
    audio_name: Annotated[str, Field(min_length=1)] | None = None
    """Reels: a name for their own sound."""
    trial_reel: Literal["manual", "performance"] | None = None
    """Reels: shown to people who do not follow the account first; whether it is then shown to
    all is decided by hand or by how it performs."""
    collaborators: Sequence[str] = ()
    """Names, without @, of up to 3 accounts that are asked to be authors too. Not for stories."""
    location_id: Annotated[str, Field(pattern=r"^[0-9]+$")] | None = None
    """Id of a Facebook Page that has a location. Not for stories."""


class Kind(StrEnum):
    POST = "post"
    CAROUSEL = "carousel"
    REEL = "reel"
    STORY = "story"


def kind_of(content: Content) -> Kind:
    """What `content` becomes."""
    chosen = content.options.get("postType")
    if chosen in (Kind.REEL, Kind.STORY):
        return Kind(chosen)
    if len(content.media) > 1:
        return Kind.CAROUSEL
    return Kind.REEL if content.videos else Kind.POST


_STORY_IMAGE = MediaLimits(content_types=frozenset({"image/jpeg"}), max_bytes=8 * _MIB)
# Any width is taken and scaled to 320 to 1440 pixels.
_IMAGE = replace(_STORY_IMAGE, min_aspect=0.8, max_aspect=1.91)
_REEL = MediaLimits(
    content_types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=300 * _MIB,
    max_width=1920,
    min_aspect=0.01,
    max_aspect=10,
    min_seconds=3,
    max_seconds=15 * 60,
    min_frame_rate=23,
    max_frame_rate=60,
    codecs=frozenset({"h264", "hevc"}),
)
_STORY_VIDEO = replace(_REEL, max_bytes=100 * _MIB, max_seconds=60)

POST_LIMITS = Capabilities(
    max_text=2200,
    text_unit="characters",
    image=_IMAGE,
    # Of videos in carousels nothing is documented: Instagram itself judges what a reel could be.
    video=_REEL,
    max_images=MAX_ITEMS,
    max_videos=MAX_ITEMS,
    mixes=True,
    needs_media=True,
    max_alt_text=1000,
)
LIMITS: Mapping[Kind, Capabilities] = {
    Kind.POST: POST_LIMITS,
    Kind.CAROUSEL: POST_LIMITS,
    Kind.REEL: Capabilities(
        max_text=2200, text_unit="characters", video=_REEL, max_videos=1, needs_media=True
    ),
    Kind.STORY: Capabilities(
        max_text=0,
        text_unit="characters",
        image=_STORY_IMAGE,
        video=_STORY_VIDEO,
        max_images=1,
        max_videos=1,
        needs_media=True,
    ),
}


_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_HASHTAG = re.compile(r"#\w")
# Not what follows the name in an e-mail address.
_MENTION = re.compile(r"(?<![\w.])@\w")
_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")
_FOR_REELS = ("shareToFeed", "thumbOffset", "audioName", "trialReel")
_WITHOUT: Mapping[Kind, Sequence[str]] = {
    Kind.POST: _FOR_REELS,
    Kind.CAROUSEL: _FOR_REELS,
    Kind.REEL: (),
    Kind.STORY: (*_FOR_REELS, "collaborators", "locationId"),
}


def violations_of(content: Content) -> Iterator[Violation]:
    """Faults that no capability names."""
    prose = _URL.sub("", content.text)
    for code, what, found, most in (
        ("too_many_hashtags", "hashtags", len(_HASHTAG.findall(prose)), MAX_HASHTAGS),
        ("too_many_mentions", "mentions", len(_MENTION.findall(prose)), MAX_MENTIONS),
    ):
        if found > most:
            message = f"Instagram takes at most {most} {what}; this text has {found}."
            yield Violation("text", code, message)
    yield from _misplaced_options(content)
    yield from _collaborator_faults(content)
    yield from _cover_faults(content)
    yield from _video_faults(content)


def _misplaced_options(content: Content) -> Iterator[Violation]:
    kind = kind_of(content)
    for name in _WITHOUT[kind]:
        if content.options.get(name) not in (None, (), []):
            message = f"Instagram has no {name} in a {kind}; leave it out."
            yield Violation(f"options.{name}", "option_not_supported", message)


def _collaborator_faults(content: Content) -> Iterator[Violation]:
    names: Sequence[str] = content.options.get("collaborators") or ()
    if len(names) > MAX_COLLABORATORS:
        message = f"Instagram takes at most {MAX_COLLABORATORS} collaborators, not {len(names)}."
        yield Violation("options.collaborators", "too_many_collaborators", message)
    for position, name in enumerate(names):
        if not _USERNAME.fullmatch(name):
            message = "Give the user name as Instagram shows it, without @."
            yield Violation(f"options.collaborators[{position}]", "invalid_username", message)


def _cover_faults(content: Content) -> Iterator[Violation]:
    offset: int | None = content.options.get("thumbOffset")
    lengths = [video.duration for video in content.videos if video.duration is not None]
    if offset is not None and lengths and offset >= lengths[0] * 1000:
        message = f"The cover must lie within the video, before {lengths[0] * 1000:.0f} ms."
        yield Violation("options.thumbOffset", "thumb_offset_too_large", message)


def _video_faults(content: Content) -> Iterator[Violation]:
    for position, video in enumerate(content.media):
        if video.kind is not MediaKind.VIDEO:
            continue
        place = f"media[{position}]"
        if video.audio_codec not in (None, "aac"):
            message = f"Instagram takes sound coded as AAC, not {video.audio_codec}."
            yield Violation(place, "audio_codec_not_supported", message)
        if video.duration and video.size * 8 > video.duration * MAX_BITS_PER_SECOND:
            message = "Instagram takes at most 25 Mbit in a second of video; compress it more."
            yield Violation(place, "bit_rate_too_large", message)


def container_fields(post: Post) -> dict[str, str]:
    """The fields of the container of a post of one medium."""
    content = post.content
    medium = content.media[0]
    match kind_of(content):
        case Kind.STORY:
            return {"media_type": "STORIES", **_source(medium)}
        case Kind.REEL:
            fields = {"media_type": "REELS", **_source(medium)}
            return {**fields, **_caption(content), **_reel_options(content)}
    return {**_source(medium), **_caption(content), **_alt_text(post, 0)}


def item_fields(post: Post, position: int) -> dict[str, str]:
    """The fields of the container of one item of a carousel."""
    medium = post.content.media[position]
    fields = {"is_carousel_item": "true", **_source(medium), **_alt_text(post, position)}
    if medium.kind is MediaKind.VIDEO:
        fields["media_type"] = "VIDEO"
    return fields


def carousel_fields(post: Post, items: Sequence[str]) -> dict[str, str]:
    """The fields of the container that holds `items`."""
    return {"media_type": "CAROUSEL", "children": ",".join(items), **_caption(post.content)}


def _source(medium: MediaAsset) -> dict[str, str]:
    return {f"{medium.kind}_url": medium.url}


def _caption(content: Content) -> dict[str, str]:
    """The caption, with what else every post but a story may have."""
    options, fields = content.options, {}
    if content.text:
        fields["caption"] = content.text
    if options.get("collaborators"):
        fields["collaborators"] = json.dumps(list(options["collaborators"]))
    if options.get("locationId"):
        fields["location_id"] = options["locationId"]
    return fields


def _alt_text(post: Post, position: int) -> dict[str, str]:
    text = post.alt_text(position)
    return {"alt_text": text} if text else {}


_GRADUATION = {"manual": "MANUAL", "performance": "SS_PERFORMANCE"}


def _reel_options(content: Content) -> dict[str, str]:
    options, fields = content.options, {}
    if options.get("shareToFeed") is not None:
        fields["share_to_feed"] = json.dumps(options["shareToFeed"])
    if options.get("thumbOffset") is not None:
        fields["thumb_offset"] = str(options["thumbOffset"])
    if options.get("audioName"):
        fields["audio_name"] = options["audioName"]
    if options.get("trialReel"):
        strategy = _GRADUATION[options["trialReel"]]
        fields["trial_params"] = json.dumps({"graduation_strategy": strategy})
    return fields


def alike(
    listed: Iterable[Mapping[str, Any]], content: Content, is_live: bool
) -> Sequence[Mapping[str, Any]]:
    """The listed posts that are of our kind and say the same.

    One without a caption is only taken for ours when the container says that ours is live:
    stories have none, and to an Instagram login it may not be shown.
    """
    ours = _comparable(content.text)
    of_kind = [seen for seen in listed if seen.get("media_type") == _listed_as(content)]
    same = [seen for seen in of_kind if ours and _comparable(seen.get("caption") or "") == ours]
    return same or [seen for seen in of_kind if is_live and not seen.get("caption")]


def _listed_as(content: Content) -> str:
    """`media_type` of the post that comes of `content`: a reel is a VIDEO like any other."""
    if kind_of(content) is Kind.CAROUSEL:
        return "CAROUSEL_ALBUM"
    return "VIDEO" if content.videos else "IMAGE"


def _comparable(text: str) -> str:
    return " ".join(text.split())
