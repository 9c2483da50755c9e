"""What platforms allow the chosen accounts at present: TikTok lets creators differ.

The dashboard has no tokens. It asks the publisher by a task, shows what is stored on the account,
and the script checks again until the answer is there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.dashboard import words
from functions.dashboard.composer.desk import Desk
from functions.dashboard.composer.draft import Draft
from functions.dashboard.composer.faults import Fault, part_id
from functions.dashboard.composer.option_controls import controls_of, words_of
from functions.dashboard.limits import limiter
from functions.dashboard.own_accounts import account_key, name_of
from shared import clock, logs
from shared.domain.accounts import Allowed
from shared.domain.media import MediaAsset
from shared.gcp.tasks import DispatchFailed
from shared.platforms import registry

log = logs.logger("dashboard")

FRESH_FOR = timedelta(minutes=2)
QUESTIONS_PER_MINUTE = 10
"""Of a user: each is a task and a request to the platform."""
MOST_CHECKS = 6
"""How often the script checks again, every 2 seconds, until the answer is there."""


@dataclass(frozen=True)
class PartAllowed:
    """What a part of the form can have."""

    part: str
    note: str
    waits: bool
    """The platform has been asked and has not answered yet."""
    disabled: Mapping[str, list[str]]
    """Values that cannot be chosen, by the id of their control."""

    def values_of(self, control: str) -> list[str]:
        return self.disabled.get(f"opt-{self.part}-{control}", [])


def ask(desk: Desk, draft: Draft) -> None:
    """Have the platforms asked about the chosen accounts whose answers are old."""
    for key in _accounts(desk, draft):
        if _is_fresh(desk.allowed.get(key)):
            continue
        if limiter("questions", QUESTIONS_PER_MINUTE).count(desk.who.user_id):
            return
        platform, _, account_id = key.partition(":")
        try:
            desk.parts.queues.dispatch_question(desk.who.user_id, platform, account_id)
        except DispatchFailed as error:
            log.error("question about an account not sent: %s", error)


def parts_of(desk: Desk, draft: Draft, checks: int) -> list[PartAllowed]:
    """For each part of an account that is limited. `checks`: how often it was looked at before."""
    by_part: dict[str, list[str]] = {}
    for key in _accounts(desk, draft):
        by_part.setdefault(draft.part_key(key), []).append(key)
    return [_part(part_id(part), keys, desk, checks) for part, keys in by_part.items()]


def warnings_of(desk: Desk, draft: Draft, assets: Mapping[str, MediaAsset]) -> list[Fault]:
    """What the platform would refuse at present; until the post goes out, that can change."""
    found = (
        fault
        for key in _accounts(desk, draft)
        if (allowed := desk.allowed.get(key))
        for fault in _warnings(key, allowed, desk, draft, assets)
    )
    return list(found)


def _accounts(desk: Desk, draft: Draft) -> list[str]:
    """The chosen accounts whose platform limits them one by one, and can be asked."""
    return [
        account_key(each)
        for each in desk.accounts
        if account_key(each) in draft.accounts
        and each["status"] != "reconnect_required"
        and registry.connecting(each["platform"], each["kind"] or None).allows_by_account
    ]


def _is_fresh(allowed: Allowed | None) -> bool:
    at = allowed.read_at if allowed else None
    return at is not None and clock.now() - at < FRESH_FOR


def _part(part: str, keys: Sequence[str], desk: Desk, checks: int) -> PartAllowed:
    known = {key: allowed for key in keys if (allowed := desk.allowed.get(key))}
    is_late = checks >= MOST_CHECKS
    waits = not all(_is_fresh(desk.allowed.get(key)) for key in keys)
    notes = [_note(key, known.get(key), desk, is_late=is_late) for key in keys]
    disabled: dict[str, list[str]] = {}
    for allowed in known.values():
        for name, values in allowed.choices.items():
            every = _values(keys[0].partition(":")[0], name)
            disabled.setdefault(f"opt-{part}-{name}", []).extend(
                value for value in every if value not in values
            )
        for name in allowed.locked:
            disabled.setdefault(f"opt-{part}-{name}", []).append("no")
    return PartAllowed(part, " ".join(notes), waits and not is_late, disabled)


def _values(platform: str, option: str) -> list[str]:
    """All values of an option, without the one for no choice."""
    controls = {control.name: control for control in controls_of(platform)}
    return [value for value, _ in controls[option].choices if value] if option in controls else []


def _note(key: str, allowed: Allowed | None, desk: Desk, *, is_late: bool) -> str:
    name, platform = _name(key, desk), registry.display_name(key.partition(":")[0])
    if allowed is None and not is_late:
        return f"Soku is asking {platform} what {name} can post."
    if allowed is None:
        return (
            f"{platform} has not said what {name} can post. You can send the post: Soku asks again "
            "before it publishes."
        )
    if allowed.problem:
        return f"{platform} did not say what {name} can post: {allowed.problem}"
    said = [
        f"{platform} allows {name} videos of at most {length(allowed.longest_video)}."
        if allowed.longest_video
        else f"{platform} has said what {name} can post."
    ]
    if allowed.locked:
        off = [words_of(each).removeprefix("Turn ").removesuffix(" off") for each in allowed.locked]
        said.append(f"Its settings in the {platform} app keep {words.listed(off)} off.")
    return " ".join(said)


def _warnings(
    key: str, allowed: Allowed, desk: Desk, draft: Draft, assets: Mapping[str, MediaAsset]
) -> Iterator[Fault]:
    platform, name = registry.display_name(key.partition(":")[0]), _name(key, desk)
    part, options = part_id(draft.part_key(key)), draft.part_of(key).options
    if allowed.problem:
        message = f"{platform} did not say what {name} can post: {allowed.problem}"
        yield Fault(f"account-{part_id(key)}", message)
    for option, values in allowed.choices.items():
        chosen = options.get(option)
        if chosen is not None and chosen not in values:
            message = f"{platform} does not allow {name} “{words_of(str(chosen))}” at present."
            yield Fault(f"opt-{part}-{option}", message)
    for option in allowed.locked:
        if options.get(option) is False:
            message = f"{platform} does not let {name} change “{words_of(option)}” at present."
            yield Fault(f"opt-{part}-{option}", message)
    for place, medium in enumerate(draft.media):
        seconds = asset.duration if (asset := assets.get(medium.url)) else None
        if allowed.longest_video and seconds and seconds > allowed.longest_video:
            longest = length(allowed.longest_video)
            message = f"{platform} allows {name} videos of at most {longest} at present."
            yield Fault(f"media-{place}", message)


def length(seconds: int) -> str:
    """A duration in words: "10 minutes", "90 seconds"."""
    minutes, rest = divmod(seconds, 60)
    if rest or not minutes:
        return f"{seconds} seconds"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _name(key: str, desk: Desk) -> str:
    found: Any = next(each for each in desk.accounts if account_key(each) == key)
    return name_of(found) or str(found["accountId"])
