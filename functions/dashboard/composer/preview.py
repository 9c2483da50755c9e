"""How a post will read on each of its accounts: our drawing, from the rules in `preview_rules`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.dashboard.composer.draft import Draft, able_for
from functions.dashboard.composer.preview_rules import (
    FOLDS,
    GRID_OF_X,
    INSTAGRAM_NARROWEST,
    INSTAGRAM_WIDEST,
    SAFE_ZONES,
    SHORT_SECONDS,
)
from functions.dashboard.own_accounts import account_key, name_of
from shared.domain.content import Content
from shared.domain.media import MediaAsset, MediaKind
from shared.platforms import registry
from shared.platforms.limits import Limits

_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_NEARLY_FULL = 0.9


@dataclass(frozen=True)
class Count:
    """The length of a text as a platform counts it."""

    account: str
    used: int
    most: int
    unit: str

    @property
    def tone(self) -> str:
        if self.used > self.most:
            return "danger"
        return "warning" if self.used >= _NEARLY_FULL * self.most else "neutral"

    @property
    def left(self) -> int:
        return self.most - self.used


@dataclass(frozen=True)
class Crop:
    """The part of a picture that is shown, in its pixels."""

    x: int
    y: int
    width: int
    height: int
    reason: str


@dataclass(frozen=True)
class Shot:
    """A file as the platform shows it."""

    url: str
    is_video: bool
    width: int
    height: int
    crop: Crop | None = None


@dataclass(frozen=True)
class Card:
    account: str
    platform: str
    name: str
    username: str
    others: tuple[str, ...]
    """Further accounts on which it reads the same."""
    avatar: str
    product: str
    """What the post becomes there: "Reel", "Short"; "" for a post."""
    title: str
    seen: str
    folded: str
    """The rest of the text, behind "more"."""
    refused: str
    """What is over the limit."""
    shots: tuple[Shot, ...]
    shape: str
    """tall, wide, grid, slides or plain."""
    safe: tuple[int, int] | None
    notes: tuple[str, ...]
    count: Count


def cards_of(
    draft: Draft, accounts: Sequence[Mapping[str, Any]], assets: Mapping[str, MediaAsset]
) -> list[Card]:
    """A card for each part of the draft. `accounts`: all of the user, as the API shows them."""
    known = {account_key(each): each for each in accounts}
    files = [assets[medium.url] for medium in draft.media if medium.url in assets]
    by_part: dict[str, list[str]] = {}
    for key in draft.accounts:
        if key in known:
            by_part.setdefault(draft.part_key(key), []).append(key)
    return [
        _card(draft, first, known[first], files, tuple(known[key]["username"] for key in others))
        for first, *others in by_part.values()
    ]


def count_of(draft: Draft, account: str, files: Sequence[MediaAsset]) -> Count:
    limits = registry.limits(account.partition(":")[0])
    text = draft.text_of(account)
    able = able_for(account, _content(draft, account, files))
    return Count(account, limits.text_length(text), able.max_text, able.text_unit)


def _content(draft: Draft, account: str, files: Sequence[MediaAsset]) -> Content:
    return Content(draft.text_of(account), draft.part_of(account).options, tuple(files))


def _card(
    draft: Draft,
    account: str,
    shown: Mapping[str, Any],
    files: Sequence[MediaAsset],
    others: tuple[str, ...],
) -> Card:
    platform, text = shown["platform"], draft.text_of(account)
    count = count_of(draft, account, files)
    accepted = _accepted(registry.limits(platform), text, count)
    seen, folded = _folded(platform, text[:accepted])
    product, shape = _product(platform, draft.part_of(account).options, files)
    title = _title(platform, draft.part_of(account).options, text)
    shots = _shots(platform, product, files)
    return Card(
        account=account,
        platform=platform,
        name=name_of(shown),
        username=shown["username"],
        others=others,
        avatar=web_address(shown["avatarUrl"]),
        product=product,
        title=title,
        seen=seen,
        folded=folded,
        refused=text[accepted:],
        shots=shots,
        shape=shape,
        safe=SAFE_ZONES.get(platform) if shape == "tall" else None,
        notes=tuple(_notes(platform, text, shots, files)),
        count=count,
    )


def _accepted(limits: Limits, text: str, count: Count) -> int:
    """How many characters of the text fit."""
    if count.used <= count.most:
        return len(text)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if limits.text_length(text[:middle]) <= count.most:
            low = middle
        else:
            high = middle - 1
    return low


def _folded(platform: str, text: str) -> tuple[str, str]:
    folds = FOLDS.get(platform)
    most = folds[0].characters if folds else len(text)
    if len(text) <= most:
        return text, ""
    # At a space, if there is one nearby: words are not broken.
    space = text.rfind(" ", most - 20, most)
    cut = space if space > 0 else most
    return text[:cut], text[cut:]


def _product(
    platform: str, options: Mapping[str, Any], files: Sequence[MediaAsset]
) -> tuple[str, str]:
    """What the post becomes there, and its shape."""
    chosen, video = options.get("postType"), next(iter(_videos(files)), None)
    match platform:
        case "youtube":
            is_short = video is not None and _is_short(video)
            return ("Short", "tall") if is_short else ("Video", "wide")
        case "tiktok" | "snapchat":
            return str(chosen or "").replace("_", " ").capitalize(), "tall"
        case "instagram" if chosen in ("reel", "story") or (video and len(files) == 1):
            return ("Story" if chosen == "story" else "Reel"), "tall"
        case "facebook" if chosen in ("reel", "story"):
            return str(chosen).capitalize(), "tall"
        case "instagram" | "threads" if len(files) > 1:
            return "Carousel", "slides"
        case "x" | "facebook" | "linkedin" if len(files) > 1:
            return "", "grid"
    return "", "plain"


def _is_short(video: MediaAsset) -> bool:
    ratio = video.aspect_ratio
    return (video.duration or 0) <= SHORT_SECONDS and ratio is not None and ratio <= 1


def _title(platform: str, options: Mapping[str, Any], text: str) -> str:
    title = options.get("title")
    if isinstance(title, str) and title:
        return title
    return (text.strip().splitlines() or [""])[0] if platform == "youtube" else ""


def _shots(platform: str, product: str, files: Sequence[MediaAsset]) -> tuple[Shot, ...]:
    most = GRID_OF_X if platform == "x" else len(files)
    return tuple(_shot(platform, product, asset, files[0]) for asset in files[:most])


def _shot(platform: str, product: str, asset: MediaAsset, first: MediaAsset) -> Shot:
    width, height = asset.width or 1, asset.height or 1
    is_video = asset.kind is MediaKind.VIDEO
    crop = None
    if platform == "instagram" and product in ("", "Carousel") and first.aspect_ratio:
        shape = min(max(first.aspect_ratio, INSTAGRAM_NARROWEST), INSTAGRAM_WIDEST)
        reason = "Instagram shows every picture in the shape of the first one."
        crop = _crop(width, height, shape, reason)
    return Shot(asset.url, is_video, width, height, None if is_video else crop)


def _crop(width: int, height: int, shape: float, reason: str) -> Crop | None:
    """The middle of a picture in this shape; None if it has it."""
    ratio = width / height
    if abs(ratio / shape - 1) <= 0.01:
        return None
    if ratio > shape:
        inner = round(height * shape)
        return Crop((width - inner) // 2, 0, inner, height, reason)
    inner = round(width / shape)
    return Crop(0, (height - inner) // 2, width, inner, reason)


def _notes(
    platform: str, text: str, shots: Sequence[Shot], files: Sequence[MediaAsset]
) -> list[str]:
    has_link, notes = bool(_LINK.search(text)), []
    if has_link:
        link = {
            "instagram": "Links in a caption cannot be clicked on Instagram.",
            "x": "Every link counts 23 characters.",
            "linkedin": "No link card: LinkedIn's API does not read the page behind a link.",
            "facebook": "Facebook reads the page itself, and shows its title and picture.",
        }.get(platform)
        notes += [link] if link and not (files and platform in ("facebook", "linkedin")) else []
    notes += list(dict.fromkeys(shot.crop.reason for shot in shots if shot.crop))
    if platform == "tiktok":
        notes.append("TikTok has no default for who can see a post: choose it in the options.")
    if platform == "youtube":
        notes.append(f"A video of at most {SHORT_SECONDS} s that is not wide becomes a Short.")
    if folds := FOLDS.get(platform):
        first, *others = folds
        after = [f"{first.characters} characters {first.where}".strip()]
        after += [f"{fold.characters} {fold.where}" for fold in others]
        notes.append(f"Cut after about {' or '.join(after)}, until people choose “more”.")
    return notes


def _videos(files: Sequence[MediaAsset]) -> list[MediaAsset]:
    return [asset for asset in files if asset.kind is MediaKind.VIDEO]


def web_address(url: str | None) -> str:
    """An address of a picture that may be loaded; the avatar comes from the platform."""
    return url if url and url.startswith(("https://", "http://")) else ""
