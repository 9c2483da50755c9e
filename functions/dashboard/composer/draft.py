"""What somebody writes in the composer: read from its form, or from a post, and made into a body.

Accounts of one platform share a text of their own and options. Where a post has different ones for
each, each of these accounts has its own part of the form.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from functions.dashboard.composer.option_controls import controls_of, options_from
from functions.dashboard.times import fold_of, wall_text, wall_time, zone_of
from shared.domain.content import Content
from shared.domain.media import MediaAsset
from shared.domain.submission import Submission, SubmissionStatus, Target
from shared.platforms import registry
from shared.platforms.limits import Capabilities
from shared.posts.request import MAX_MEDIA, MAX_TARGETS

NOW, AT, DRAFT = "now", "at", "draft"
# One for each platform or account that can be chosen.
_MOST_PARTS = MAX_TARGETS + 1


@dataclass(frozen=True)
class Medium:
    """A file of the post."""

    url: str
    alt: str = ""


@dataclass(frozen=True)
class Part:
    """What a post has for one platform, or for one of its accounts, alone."""

    own_text: str | None = None
    """None: the text of the post."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """By their public names."""


@dataclass(frozen=True)
class Draft:
    text: str = ""
    media: tuple[Medium, ...] = ()
    accounts: tuple[str, ...] = ()
    """The chosen ones, as `platform:id`."""
    parts: Mapping[str, Part] = field(default_factory=dict)
    """By `platform`, or by `platform:id` for the platforms in `split`."""
    split: frozenset[str] = frozenset()
    """Platforms whose accounts have a part each."""
    when: str = NOW
    at: str = ""
    """The time on the clock of `zone`."""
    fold: str = ""
    """Which of the two moments of a time that occurs twice: 0 or 1; "" when not chosen."""
    zone: str = "UTC"
    keeps_until: bool = False
    """The post keeps its `notAfter`."""
    key: str = ""
    """The idempotency key."""
    updated_at: str = ""
    """Of the post as it was when the page was made."""

    def part_key(self, account: str) -> str:
        platform = account.partition(":")[0]
        return account if platform in self.split else platform

    def part_of(self, account: str) -> Part:
        return self.parts.get(self.part_key(account), Part())

    def text_of(self, account: str) -> str:
        own = self.part_of(account).own_text
        return self.text if own is None else own

    @property
    def wall_zone(self) -> ZoneInfo:
        return zone_of(self.zone)

    @property
    def is_empty(self) -> bool:
        own = any(part.own_text for part in self.parts.values())
        return not (self.text.strip() or self.media or own)


def from_form(form: MultiDict[str, str]) -> Draft:
    """What a form sent. Values that make no sense stay, so that the checks can say so.

    Of more accounts, parts and files than a post can have, only one too many is kept: anybody can
    send thousands.
    """
    sent = dict.fromkeys(each for each in form.getlist("account") if _is_account(each))
    accounts = tuple(islice(sent, MAX_TARGETS + 1))
    split = frozenset(form.getlist("split")) & set(registry.names())
    empty = Draft(accounts=accounts, split=split)
    shown = set(form.getlist("part")[:_MOST_PARTS])
    own = set(form.getlist("own")[:_MOST_PARTS])
    keys = {empty.part_key(account) for account in accounts} | own | shown
    options = _options_by_part(form)
    return replace(
        empty,
        text=_text(form.get("text")),
        media=_media(form.getlist("media"), form.getlist("alt")),
        parts={
            key: Part(
                _text(form.get(f"text:{key}")) if key in own else None,
                # A part whose options were not sent has none: its checkboxes were not unchecked.
                options_from(platform, options.get(key, {})) if key in shown else {},
            )
            for key in sorted(keys)
            if (platform := _platform(key))
        },
        # Nothing is published at once because the choice is missing.
        when=form.get("when", AT) if form.get("when") in (NOW, AT, DRAFT) else AT,
        at=form.get("at", "")[:19],
        fold=form.get("fold", "") if form.get("fold") in ("0", "1") else "",
        zone=zone_of(form.get("zone")).key,
        keeps_until="until" in form,
        key=form.get("key", "")[:64],
        updated_at=form.get("updated", "")[:40],
    )


def from_post(submission: Submission, zone: ZoneInfo, targets: Sequence[Target]) -> Draft:
    """A post as the composer shows it, with these of its targets."""
    split = _platforms_with_differences(targets)
    media = targets[0].content.media if targets else submission.media
    draft = Draft(
        text=submission.text or "",
        accounts=tuple(target.target_id for target in targets),
        media=tuple(map(Medium, (asset.url for asset in media), _alts(targets, len(media)))),
        split=frozenset(split),
        zone=zone.key,
        when=AT if submission.is_scheduled else DRAFT,
        keeps_until=submission.not_after is not None,
        updated_at=submission.updated_at.isoformat(),
    )
    due = submission.scheduled_time
    if due is not None:
        is_twice = bool(wall_time(wall_text(due, zone), zone).choices)
        fold = str(fold_of(due, zone)) if is_twice else ""
        draft = replace(draft, at=wall_text(due, zone), fold=fold)
    parts = {draft.part_key(target.target_id): _part_of(target) for target in targets}
    return replace(draft, parts=parts)


def body_of(
    draft: Draft, assets: Mapping[str, MediaAsset], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The body of the post, as the API reads it.

    `assets`: the files that are known, by their URLs. `before`: options of the post, by account,
    that the form does not show and that stay.
    """
    targets = []
    for account in draft.accounts:
        platform, _, account_id = account.partition(":")
        part = draft.part_of(account)
        options = {**(before or {}).get(account, {}), **part.options}
        alts = alt_texts(draft, account, assets, options)
        if any(alts):
            options["altTexts"] = alts
        target = {"platform": platform, "accountId": account_id}
        own = {} if part.own_text is None else {"text": part.own_text}
        targets.append({**target, **own, **({"options": options} if options else {})})
    content: dict[str, Any] = {"text": draft.text, "platform": targets}
    if draft.media:
        content["mediaUrls"] = [medium.url for medium in draft.media]
    return {"post": {"content": content}}


def alt_texts(
    draft: Draft, account: str, assets: Mapping[str, MediaAsset], options: Mapping[str, Any]
) -> list[str | None]:
    """The alt texts that a platform takes, in the order of the files; None for the others."""
    limits = registry.limits(account.partition(":")[0])
    if "alt_texts" not in limits.options.model_fields:
        return [None] * len(draft.media)
    known = [assets.get(medium.url) for medium in draft.media]
    content = Content(draft.text_of(account), options, tuple(filter(None, known)))
    able = able_for(account, content)
    return [
        medium.alt
        if medium.alt
        and able.max_alt_text is not None
        and (asset is None or asset.kind in able.alt_text_for)
        else None
        for medium, asset in zip(draft.media, known, strict=True)
    ]


def able_for(account: str, content: Content) -> Capabilities:
    """What the platform of an account supports for this content.

    The options are as somebody sent them: those that are not valid count as not chosen.
    """
    limits = registry.limits(account.partition(":")[0])
    try:
        limits.options.model_validate(content.options)
    except ValidationError:
        content = replace(content, options={})
    return limits.of(content)


def hidden_options(submission: Submission) -> dict[str, dict[str, Any]]:
    """The options of a post that the form does not show, by account."""
    hidden = {}
    for target in submission.targets:
        shown = {control.name for control in controls_of(target.platform)} | {"altTexts"}
        hidden[target.target_id] = {
            name: value for name, value in target.content.options.items() if name not in shown
        }
    return hidden


def time_fields(draft: Draft, submission: Submission | None) -> dict[str, Any]:
    """`scheduledTime`, `draft` and `notAfter` of the body. The time must be readable."""
    fields: dict[str, Any] = {}
    if draft.when == AT:
        fields["scheduledTime"] = _moment(draft, submission).isoformat()
    if draft.when == DRAFT:
        fields["draft"] = True
        if submission is not None and submission.status is SubmissionStatus.DRAFT:
            # A draft can have a time for which it is planned.
            due = submission.scheduled_time
            fields["scheduledTime"] = due.isoformat() if due else None
    if submission is not None:
        fields.setdefault("scheduledTime", None)
        fields.setdefault("draft", False)
        if not draft.keeps_until:
            fields["notAfter"] = None
    return fields


def _moment(draft: Draft, submission: Submission | None) -> datetime:
    """The time of the form. It has no seconds: a time that was not changed keeps its own."""
    chosen = wall_time(draft.at, draft.wall_zone, int(draft.fold or 0)).at
    due = submission.scheduled_time if submission else None
    is_unchanged = due is not None and due.replace(second=0, microsecond=0) == chosen
    return due if due is not None and is_unchanged else chosen


def _text(sent: str | None) -> str:
    """A text as it was typed: forms send line breaks as CR LF. Nobody can type U+0000."""
    return (sent or "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _media(urls: Iterable[str], alts: Sequence[str]) -> tuple[Medium, ...]:
    rows = [
        Medium(_text(url).strip(), _text(alts[row] if row < len(alts) else "").strip())
        for row, url in enumerate(urls)
    ]
    return tuple(row for row in rows if row.url)[: MAX_MEDIA + 1]


def _options_by_part(form: MultiDict[str, str]) -> dict[str, dict[str, str]]:
    """The values of the fields `opt:<part>:<option>`."""
    found: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        mark, _, rest = name.partition(":")
        key, _, option = rest.rpartition(":")
        if mark == "opt":
            found.setdefault(key, {})[option] = _text(value)
    return found


def _is_account(text: str) -> bool:
    platform, mark, account_id = text.partition(":")
    return bool(mark and account_id) and platform in registry.names() and len(text) <= 100


def _platform(key: str) -> str | None:
    name = key.partition(":")[0]
    return name if name in registry.names() else None


def _alts(targets: Sequence[Target], count: int) -> list[str]:
    """For each file, the first alt text that a target has for it."""
    listed = [target.content.options.get("altTexts") or () for target in targets]
    return [
        next((texts[place] for texts in listed if place < len(texts) and texts[place]), "")
        for place in range(count)
    ]


def _part_of(target: Target) -> Part:
    shown = {control.name for control in controls_of(target.platform)}
    options = {name: value for name, value in target.content.options.items() if name in shown}
    return Part(target.content.text if target.has_own_text else None, options)


def _platforms_with_differences(targets: Iterable[Target]) -> set[str]:
    first: dict[str, Part] = {}
    return {
        target.platform
        for target in targets
        if first.setdefault(target.platform, _part_of(target)) != _part_of(target)
    }
