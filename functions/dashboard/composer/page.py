"""The composer as a page, and as the parts of it that a script puts in place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard.composer import allowed, preview
from functions.dashboard.composer.desk import Desk, draft_of
from functions.dashboard.composer.draft import Draft, alt_texts
from functions.dashboard.composer.faults import Fault, part_id
from functions.dashboard.composer.option_controls import controls_of
from functions.dashboard.composer.publish_time import acts_of, usual, when_of
from functions.dashboard.frame import fragment, framed
from functions.dashboard.own_accounts import account_key, name_of
from functions.dashboard.times import shown
from functions.dashboard.visitor import url_of
from shared import clock
from shared.domain.media import MediaAsset
from shared.platforms import registry
from shared.posts.request import MAX_MEDIA
from shared.web.envelope import json_answer

_EMPTY_ROWS = 3
_HEALTH = {
    "connected": ("Connected", "circle-check", "success"),
    "expiring": ("Expires soon", "triangle-alert", "warning"),
    "reconnect_required": ("Reconnect", "triangle-alert", "danger"),
}


@dataclass(frozen=True)
class Outcome:
    """What the checks of a draft have found."""

    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()
    assets: Mapping[str, MediaAsset] = field(default_factory=dict)
    """The stored files, by their URLs."""
    conflict: bool = False
    """The post was changed elsewhere since the page was made."""
    sent_before: str = ""
    """The post that this form has made already, with another content."""


def show(
    desk: Desk, draft: Draft, outcome: Outcome, status: int = HTTPStatus.OK, rows: int = _EMPTY_ROWS
) -> flask.Response:
    """The whole page."""
    title = (
        "New post" if desk.stored is None else ("Edit and retry" if desk.is_retry else "Edit post")
    )
    return framed(
        "dashboard/composer.html",
        desk.who,
        desk.parts,
        section="",
        title=title,
        status=status,
        rows=range(len(draft.media), min(len(draft.media) + rows, MAX_MEDIA)),
        chips=_chips(desk, draft),
        own_parts=_parts(desk, draft),
        action=_action(desk),
        limits=json.dumps(_limits(desk)),
        post_id=desk.submission.submission_id if desk.submission else "",
        is_retry=desk.is_retry,
        is_new=desk.stored is None,
        until=_until(desk),
        usual=usual(clock.now(), draft.zone),
        keep=f"soku:{desk.who.user_id}:{_post_key(desk)}",
        live_names=_live_names(desk),
        **_context(desk, draft, outcome),
    )


def answer(
    desk: Desk, draft: Draft, outcome: Outcome, status: int = HTTPStatus.OK
) -> flask.Response:
    """The parts of the page that the checks change, as JSON for the script."""
    context = _context(desk, draft, outcome)
    when = context["when"]

    def part(name: str) -> str:
        template = f"dashboard/composer_{name}.html"
        return fragment(template, desk.who, desk.parts, **context).get_data(as_text=True)

    return json_answer(
        {
            "summary": part("summary"),
            "preview": part("preview"),
            "faults": [{"at": each.at, "message": each.message} for each in outcome.faults],
            "warnings": [{"at": each.at, "message": each.message} for each in outcome.warnings],
            "counts": context["count_words"],
            "acts": context["acts"],
            "files": {
                url: {"kind": asset.kind.value, "url": asset.url}
                for url, asset in outcome.assets.items()
            },
            "when": {
                "zone": when.zone,
                "distance": when.distance,
                "at": draft.at,
                "moved": when.moved,
                "note": when.note,
                "choices": when.choices,
            },
            "allowed": [vars(each) for each in context["allowed"].values()],
            "conflict": part("conflict") if outcome.conflict else "",
            "updated": draft.updated_at,
            "key": draft.key,
        },
        status,
    )


def _context(desk: Desk, draft: Draft, outcome: Outcome) -> dict[str, Any]:
    """What the page and its parts show."""
    when = when_of(draft, clock.now())
    cards = preview.cards_of(draft, desk.accounts, outcome.assets)
    return {
        "draft": draft,
        "assets": outcome.assets,
        "warnings": _once([*outcome.warnings, *_unused_alt_texts(draft, outcome.assets)]),
        "reasons": _once(outcome.faults),
        "fault_at": _by_field(outcome.faults),
        "cards": cards,
        "count_words": _count_words(draft, cards),
        "when": when,
        "acts": acts_of(draft, when, is_retry=desk.is_retry),
        "theirs": _theirs(desk) if outcome.conflict else None,
        "sent_before": outcome.sent_before,
        "edit_url": _action(desk),
        "allowed": {each.part: each for each in allowed.parts_of(desk, draft, _checks_before())},
    }


def _checks_before() -> int:
    """How often the script has looked for the answer of a platform."""
    sent = flask.request.form.get("checks", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 3 else 0


def _once(faults: Sequence[Fault]) -> list[Fault]:
    """Each message once: several files can have the same fault."""
    return list({fault.message: fault for fault in reversed(faults)}.values())[::-1]


def _by_field(faults: Sequence[Fault]) -> dict[str, str]:
    messages: dict[str, list[str]] = {}
    for fault in faults:
        messages.setdefault(fault.at, []).append(fault.message)
    return {at: " ".join(dict.fromkeys(said)) for at, said in messages.items()}


def _chips(desk: Desk, draft: Draft) -> list[dict[str, Any]]:
    chips = [_chip(account, draft) for account in desk.accounts]
    known = {chip["key"] for chip in chips}
    return chips + [_gone(key) for key in draft.accounts if key not in known]


def _chip(account: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    key = account_key(account)
    words, icon, tone = _HEALTH[account["status"]]
    if account["status"] == "connected":
        words = ""
    return {
        "key": key,
        "id": part_id(key),
        "part": part_id(draft.part_key(key)),
        "platform": account["platform"],
        "name": name_of(account),
        "username": account["username"],
        "avatar": preview.web_address(account["avatarUrl"]),
        "words": words,
        "icon": icon,
        "tone": tone,
        "reason": account["reason"] or "",
        "chosen": key in draft.accounts,
    }


def _gone(key: str) -> dict[str, Any]:
    """An account of the post that is not connected any more."""
    platform, _, account_id = key.partition(":")
    return {
        "key": key,
        "id": part_id(key),
        "part": part_id(platform),
        "platform": platform,
        "name": account_id,
        "username": account_id,
        "avatar": "",
        "words": "Not connected",
        "icon": "circle-x",
        "tone": "danger",
        "reason": "This account is not connected any more. Leave it out.",
        "chosen": True,
    }


def _parts(desk: Desk, draft: Draft) -> list[dict[str, Any]]:
    """One for each platform of the accounts, or for each account where they differ."""
    keys = [account_key(each) for each in desk.accounts]
    by_part: dict[str, list[str]] = {}
    for key in dict.fromkeys([*keys, *draft.accounts]):
        by_part.setdefault(draft.part_key(key), []).append(key)
    names = {account_key(each): name_of(each) for each in desk.accounts}
    return [_shown_part(draft, key, accounts, names) for key, accounts in by_part.items()]


def _shown_part(
    draft: Draft, key: str, accounts: list[str], names: Mapping[str, str]
) -> dict[str, Any]:
    """`names`: of the accounts, by `platform:id`."""
    platform, _, account_id = key.partition(":")
    part = draft.part_of(accounts[0])
    name = registry.display_name(platform)
    controls = controls_of(platform)
    return {
        "key": key,
        "id": part_id(key),
        "platform": platform,
        "name": f"{name}: {names.get(key) or account_id}" if account_id else name,
        "is_limited": registry.connecting(platform).allows_by_account,
        "chosen": any(account in draft.accounts for account in accounts),
        "own": part.own_text is not None,
        "text": part.own_text or "",
        "set": sum(control.name in part.options for control in controls),
        "controls": [
            {"control": control, "value": control.shown(part.options.get(control.name))}
            for control in controls
        ],
    }


def _limits(desk: Desk) -> dict[str, Any]:
    """What each platform takes at most, so that a file is judged before it is sent."""
    return {
        name: {
            "name": registry.display_name(name),
            "image": _of_kind(registry.limits(name).capabilities.image),
            "video": _of_kind(registry.limits(name).capabilities.video),
        }
        for name in sorted({account["platform"] for account in desk.accounts})
    }


def _of_kind(limits: Any) -> dict[str, Any] | None:
    if limits is None:
        return None
    return {
        "types": sorted(limits.content_types),
        "bytes": limits.max_bytes,
        "seconds": limits.max_seconds,
    }


def _count_words(draft: Draft, cards: Sequence[preview.Card]) -> dict[str, list[dict[str, str]]]:
    """The counts of each text field by its id, the nearest limit first."""
    by_field: dict[str, list[preview.Count]] = {}
    for card in cards:
        is_own = draft.part_of(card.account).own_text is not None
        place = f"text-{part_id(draft.part_key(card.account))}" if is_own else "text"
        by_field.setdefault(place, []).append(card.count)
    return {
        place: [_count(each) for each in sorted(counts, key=_room)]
        for place, counts in by_field.items()
    }


def _room(count: preview.Count) -> float:
    """The share of the limit that is left; a platform without texts has no room."""
    return count.left / count.most if count.most else -float(count.used)


def _count(count: preview.Count) -> dict[str, str]:
    platform = count.account.partition(":")[0]
    return {
        "platform": platform,
        "name": registry.display_name(platform),
        "words": f"{count.used:,} / {count.most:,}",
        "tone": count.tone,
        "unit": count.unit,
    }


def _unused_alt_texts(draft: Draft, assets: Mapping[str, MediaAsset]) -> list[Fault]:
    if not any(medium.alt for medium in draft.media):
        return []
    without = [
        account.partition(":")[0]
        for account in draft.accounts
        if not any(alt_texts(draft, account, assets, draft.part_of(account).options))
    ]
    names = list(dict.fromkeys(map(registry.display_name, without)))
    if not names:
        return []
    message = f"Alt texts are not sent to {', '.join(names)}: there are none for these files there."
    return [Fault("files", message)]


def _theirs(desk: Desk) -> dict[str, Any]:
    """The post as it is now, beside what is in the form."""
    current = draft_of(desk)
    submission = desk.submission
    assert submission is not None
    zone, now = current.wall_zone, clock.now()
    due = submission.scheduled_time
    return {
        "text": current.text,
        "accounts": [registry.display_name(key.partition(":")[0]) for key in current.accounts],
        "media": len(current.media),
        "due": shown(due, now, zone) if due else None,
        "at": shown(submission.updated_at, now, zone),
    }


def _until(desk: Desk) -> Any:
    submission = desk.submission
    if submission is None or submission.not_after is None or desk.is_retry:
        return None
    return submission.not_after


def _live_names(desk: Desk) -> list[str]:
    """In a retry: the platforms that are live and stay as they are."""
    if not desk.is_retry or desk.submission is None:
        return []
    runs = (desk.submission.runs or {}).values()
    live = (run.platform for run in runs if run.status == "succeeded")
    return [registry.display_name(platform) for platform in dict.fromkeys(live)]


def _post_key(desk: Desk) -> str:
    if desk.submission is None:
        return "new"
    return f"{desk.submission.submission_id}{'-retry' if desk.is_retry else ''}"


def action_of(post_id: str | None, *, is_retry: bool) -> str:
    """Where the form of the composer goes."""
    if post_id is None:
        return url_of("/posts/new")
    path = f"/posts/{post_id}/edit"
    return url_of(path, retry="1") if is_retry else url_of(path)


def _action(desk: Desk) -> str:
    post_id = desk.submission.submission_id if desk.submission else None
    return action_of(post_id, is_retry=desk.is_retry)
