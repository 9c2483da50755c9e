"""Random posts: of every kind that the platforms' own examples have, to one or many targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from local.platforms.posts import Content
from shared import clock
from shared.domain.media import MediaAsset
from tests.crash.ledger import Place
from tests.functions.api_client import ApiClient
from tests.media import Shelf
from tests.platforms.contract import Example, contract_of

# Nobody may read these posts back: only a timely repetition settles them.
UNREADABLE = ("linkedin",)
LARGEST = 8 << 20  # bytes; larger files take seconds each
ENDINGS = (
    "",
    " #whatever happens & wherever",
    " https://example.com/a?b=1&copy=2",
    " \N{SMILING FACE WITH SUNGLASSES} (really) *bold* & [more]",
    "\n\nThe end_of it\\",
)


@dataclass(frozen=True)
class Kind:
    """A kind of post on one platform."""

    platform: str
    example: Example
    media: tuple[MediaAsset, ...]

    @property
    def hashes(self) -> tuple[str, ...]:
        return tuple(asset.sha256 for asset in self.media)


@dataclass(frozen=True)
class RandomPost:
    """A body of POST /v1/posts, and what it should make visible."""

    body: dict[str, Any]
    wanted: dict[Place, set[Content]]
    scheduled_time: datetime | None
    kinds: dict[Place, Kind]


def kinds(platforms: Sequence[str], shelf: Shelf) -> list[Kind]:
    """Every kind of post that the platforms' contracts name."""
    found = [
        Kind(platform, example, tuple(example.media(shelf)))
        for platform in platforms
        for example in contract_of(platform).examples
    ]
    return [kind for kind in found if sum(asset.size for asset in kind.media) <= LARGEST]


def random_post(random: Random, name: str, known: Sequence[Kind], api: ApiClient) -> RandomPost:
    """A post named `name`, whose text nobody else has."""
    first = random.choice(known)
    fitting = [kind for kind in known if kind.hashes == first.hashes]
    random.shuffle(fitting)
    chosen = {kind.platform: kind for kind in [*fitting, first]}
    others = [platform for platform in chosen if platform != first.platform]
    count = random.choice((0, 0, 0, 1, 1, 2, 3, 7))
    taken = [first, *(chosen[platform] for platform in others[:count])]
    text = name + random.choice(ENDINGS)
    targets = [_target(kind, name, text, api) for kind in taken]
    if random.random() < 0.1:
        account = api.connect(first.platform, f"{first.platform}_{name}_second")
        targets.append(_target(first, name, text, api) | {"accountId": account.account_id})
        taken.append(first)
    content: dict[str, Any] = {"text": text, "platform": targets}
    if first.media:
        content["mediaUrls"] = [api.world.own(asset, api.user_id).url for asset in first.media]
    body: dict[str, Any] = {"post": {"content": content}}
    scheduled_time = _times(random, body)
    wanted = {
        (target["platform"], target["accountId"]): {
            Content(target["accountId"], target.get("text", text), first.hashes)
        }
        for target in targets
    }
    return RandomPost(body, wanted, scheduled_time, dict(zip(wanted, taken, strict=True)))


def settles(kind: Kind) -> bool:
    """Whether the platform lets us see what became of a lost request."""
    is_seen = kind.example.finds_lost and kind.example.proves_absent
    return is_seen and kind.platform not in UNREADABLE


def with_text(body: dict[str, Any], text: str) -> dict[str, Any]:
    """`body` with another text for all targets that share it."""
    content = {**body["post"]["content"], "text": text}
    return {**body, "post": {**body["post"], "content": content}}


def reworded(wanted: dict[Place, set[Content]], old: str, new: str) -> dict[Place, set[Content]]:
    """What is wanted after the shared text was edited, beside what was wanted before."""
    return {
        place: contents | {c._replace(text=new) for c in contents if c.text == old}
        for place, contents in wanted.items()
    }


def _target(kind: Kind, name: str, text: str, api: ApiClient) -> dict[str, Any]:
    """A target of `kind`; a post without text gets an account of its own, to be told apart by."""
    account_id, own = f"{kind.platform}_main", {}
    if not kind.example.text:
        own, account_id = {"text": ""}, f"{kind.platform}_{name}"
        api.connect(kind.platform, account_id)
    options = {
        option: text if value == kind.example.text else value
        for option, value in kind.example.options.items()
    }
    return {"platform": kind.platform, "accountId": account_id, "options": options, **own}


def _times(random: Random, body: dict[str, Any]) -> datetime | None:
    scheduled_time = None
    if random.random() < 0.35:
        minutes = random.choice((2, 5, 20, 90, 400, 3000))
        scheduled_time = clock.now().replace(microsecond=0) + timedelta(minutes=minutes)
        body["scheduledTime"] = scheduled_time.isoformat()
    if random.random() < 0.2:
        wait = timedelta(minutes=random.choice((2, 30, 600)))
        body["notAfter"] = ((scheduled_time or clock.now()) + wait).isoformat()
    return scheduled_time
