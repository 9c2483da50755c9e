"""What must hold once everything is at rest, whatever happened before."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.platforms.posts import Content
from shared.domain.unconfirmed import LOOK_UPS
from tests.crash.ledger import NAMELESS, Asked, Place, Shown
from tests.crash.random_life import Life
from tests.gcp.rules_client import EVERYTHING

ENDED = ("succeeded", "failed", "unconfirmed", "canceled")


@dataclass(frozen=True)
class Target:
    """One target of a post in the end; `run` None if it never started or is gone."""

    asked: Asked
    place: Place
    status: str
    run: dict[str, Any] | None

    @property
    def name(self) -> str:
        return f"{self.asked.name} {self.place[0]} {self.place[1]}"

    @property
    def wanted(self) -> set[tuple[str, Content]]:
        return {(self.place[0], content) for content in self.asked.wanted[self.place]}


def violations(life: Life) -> list[str]:
    """Every broken promise, in words."""
    targets: list[Target] = []
    found = list(life.defects)
    for asked in life.ledger.asked:
        found += _of_submission(life, asked, targets)
    for group in _groups(targets):
        found += _of_group(life, group)
    found += _of_ids(targets)
    found += [f"{path} still has work left" for path in life.world.open_documents()]
    return [*found, *_secrets_stored(life)]


def _of_submission(life: Life, asked: Asked, targets: list[Target]) -> Iterator[str]:
    """Its status against its runs; adds its targets to `targets`."""
    stored = life.world.parts.db.document(f"postSubmissions/{asked.post_id}").get().to_dict()
    if stored is None:
        last = asked.last or {}
        targets += [Target(asked, place, last.get(place, "?"), None) for place in asked.wanted]
        if asked.last is None:
            yield f"{asked.name} is gone, and nobody deleted it"
        return
    status = stored["status"]
    if status in ("draft", "canceled"):
        targets += [Target(asked, place, status, None) for place in asked.wanted]
        return
    path = f"postSubmissions/{asked.post_id}/runs"
    runs = {one.id: one.to_dict() for one in life.world.parts.db.collection(path).stream()}
    statuses = [run["status"] for run in runs.values()]
    if len(runs) != len(stored["targets"]) or not set(statuses) <= set(ENDED):
        yield f"{asked.name} is {status}, its runs {statuses}: not every target has ended"
    elif status != _rolled_up(statuses):
        yield f"{asked.name} is {status}, its runs {statuses}"
    if stored["remaining"] != 0:
        yield f"{asked.name}: {stored['remaining']} runs remain"
    for run_id, run in runs.items():
        targets.append(Target(asked, (run["platform"], run["accountId"]), run["status"], run))
        if stored["runSummary"][run_id]["status"] != run["status"]:
            yield f"{asked.name}: the summary of {run_id} is another than its run"


def _rolled_up(statuses: list[str]) -> str:
    if "unconfirmed" in statuses:
        return "unconfirmed"
    succeeded = statuses.count("succeeded")
    if succeeded == len(statuses):
        return "succeeded"
    return "partially_failed" if succeeded else "failed"


def _groups(targets: list[Target]) -> list[list[Target]]:
    """Targets that could not be told apart by what is visible: those with equal contents."""
    groups: list[list[Target]] = []
    for target in targets:
        alike = [g for g in groups if any(one.wanted & target.wanted for one in g)]
        merged = [target, *(one for group in alike for one in group)]
        groups = [group for group in groups if group not in alike] + [merged]
    return groups


def _of_group(life: Life, group: list[Target]) -> Iterator[str]:
    """What was ever visible of these targets against what they became."""
    wanted = set().union(*(target.wanted for target in group))
    shown = [one for one in life.ledger.shown if one.wanted in wanted]
    count = Counter(target.status for target in group)
    state = ", ".join(f"{target.name}: {target.status}" for target in group)
    # Where the user reported a post absent that appeared afterwards, only the user was wrong.
    late = [one for one in shown if any(_is_late(one, target) for target in group)]
    if len(shown) - len(late) > len(group):
        yield f"{len(shown)} times visible: {state}"
    in_doubt = count["unconfirmed"] + count["succeeded"]
    if len(shown) - len(late) > in_doubt:
        yield f"{len(shown)} times visible, and not so recorded: {state}"
    if count["succeeded"] > len(shown):
        yield f"{len(shown)} times visible, recorded as published: {state}"
    if _is_open_though_seen(life, group, len(shown) - count["succeeded"]):
        yield f"{len(shown)} times visible, and not settled: {state}"
    for target in group:
        yield from _of_target(life, target, shown)
    too_soon = group[0].asked.not_before
    if len(group) == 1 and too_soon and any(one.at < too_soon for one in shown):
        yield f"visible before {too_soon}: {state}"


def _is_open_though_seen(life: Life, group: list[Target], unclaimed: int) -> bool:
    """Whether runs are unconfirmed that the look-ups of the last days should have settled.

    Where one of them is deleted from the history, nobody looks any more.
    """
    in_doubt = [target for target in group if target.status == "unconfirmed"]
    if not in_doubt or not all(_can_be_looked_up(life, target) for target in group):
        return False
    return unclaimed >= len(in_doubt) or (unclaimed == 0 and len(group) == 1)


def _can_be_looked_up(life: Life, target: Target) -> bool:
    platform, account_id = target.place
    path = f"users/{life.api.user_id}/integrations/{platform}/accounts/{account_id}"
    account = life.world.parts.db.document(path).get().to_dict() or {}
    is_connected = account.get("status") == "connected"
    if not is_connected or target.run is None or target.place not in target.asked.settles:
        return False
    # After a day in which the platform refused every look-up, it is the user's turn.
    return not (target.run["failures"] and target.run["lookUps"] < len(LOOK_UPS))


def _is_late(shown: Shown, target: Target) -> bool:
    said = target.asked.said_absent.get(target.place)
    return said is not None and shown.wanted in target.wanted and shown.at >= said


def _of_target(life: Life, target: Target, shown: list[Shown]) -> Iterator[str]:
    run = target.run or {}
    post_id = run.get("platformPostId")
    own = [one for one in shown if one.wanted in target.wanted]
    is_named = target.place[0] not in NAMELESS or post_id in {
        one.post.id for one in life.ledger.shown
    }
    ids = {one.post.id for one in own}
    if target.status == "succeeded" and post_id and is_named and post_id not in ids:
        yield f"{target.name} holds {post_id}, visible were {[one.post.id for one in own]}"
    deletion = run.get("deletion") or {}
    if deletion.get("status") == "deleted" and _is_live(life, target, post_id):
        yield f"{target.name} is deleted, and still visible"
    if deletion.get("status") == "pending":
        yield f"{target.name}: its deletion does not end"


def _is_live(life: Life, target: Target, post_id: str | None) -> bool:
    visible = life.world.platforms[target.place[0]].posts.all(target.place[1])
    return post_id in {post.id for post in visible}


def _of_ids(targets: list[Target]) -> Iterator[str]:
    """No two runs hold one post of a platform."""
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for target in targets:
        post_id = (target.run or {}).get("platformPostId")
        if post_id:
            holders[target.place[0], post_id].append(target.name)
    for held, names in holders.items():
        if len(names) > 1:
            yield f"{held} is held by {names}"


def _secrets_stored(life: Life) -> Iterator[str]:
    """Tokens and keys that stand in a document as they are."""
    secrets = {life.api.key}
    for platform in life.world.platforms.values():
        secrets |= set(platform.accounts._tokens)
    clients = life.world.parts.settings.platform_clients.values()
    secrets |= {client.client_secret for client in clients}
    for group in {path.split("/")[-2] for path in EVERYTHING}:
        for snapshot in life.world.parts.db.collection_group(group).stream():
            text = repr(snapshot.to_dict())
            if any(secret in text for secret in secrets):
                yield f"{snapshot.reference.path} holds a secret"
