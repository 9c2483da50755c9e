"""What people do to their posts at random moments, through the API."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.platforms.posts import Post
from shared import clock
from tests.crash.ledger import Asked, Place
from tests.crash.random_posts import RandomPost, random_post, reworded, settles, with_text

if TYPE_CHECKING:
    from tests.crash.random_life import Life

# What makes sense in a status; sometimes something else is asked for all the same.
SENSIBLE = {
    "draft": ("publish", "publish", "edit", "cancel"),
    "queued": ("cancel", "publish", "unschedule", "edit"),
    "dispatched": ("reconcile", "resolve"),
    "unconfirmed": ("reconcile", "resolve", "resolve", "delete"),
    "failed": ("retry", "retry", "retry_edited", "delete"),
    "partially_failed": ("retry", "retry", "retry_edited", "take_down"),
    "succeeded": ("take_down", "delete"),
}
ANYTHING = (
    "cancel",
    "publish",
    "unschedule",
    "edit",
    "retry",
    "retry_edited",
    "reconcile",
    "resolve",
    "delete",
    "take_down",
)
LINKS = {
    "x": "https://x.com/i/status/{}",
    "youtube": "https://www.youtube.com/watch?v={}",
}
TRIES = 5
MISTAKEN = 0.1


class People:
    """One user, who reads the platforms and tells the truth about them."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._sent: list[RandomPost] = []
        self._named: set[str] = set()
        """Posts of platforms that the user has said are some run's."""

    def publish_post(self, name: str) -> None:
        """A new post, or the same as an earlier one once more on purpose."""
        life = self._life
        if self._sent and life.random.random() < 0.2:
            post = deepcopy(life.random.choice(self._sent[-3:]))
            for when in ("scheduledTime", "notAfter"):
                post.body.pop(when, None)
            post = replace(post, scheduled_time=None)
        else:
            post = random_post(life.random, name, life.kinds, life.api)
            life.in_use += post.kinds.values()
            self._sent.append(post)
        life.note(f"    {name}: {post.body}")
        if life.random.random() < 0.5:
            life.break_one_of(list(post.kinds.values()), at_visible=0.6)
        answer = None
        for _ in range(TRIES):
            # A client without a response repeats the request with the same key. It fails only once.
            chance = 0.2 if answer is None else 0.0
            answer = life.guarded(lambda: self._send(post.body, name), chance) or False
            if answer and self._is_settled(answer):
                break
        else:
            life.defects.append(f"{name} was not accepted: {answer and answer.text}")
            return
        if answer.status_code != 201:
            return
        asked = Asked(name, answer.json["postSubmissionId"], post.body, post.wanted)
        asked.not_before = post.scheduled_time
        asked.settles = {place for place, kind in post.kinds.items() if settles(kind)}
        life.ledger.asked.append(asked)

    def _send(self, body: dict[str, Any], key: str) -> Any:
        answer = self._life.api.send(body, Idempotency_Key=key)
        if answer.status_code != 201:
            self._life.note(f"    {answer.status_code} {answer.text}")
        return answer

    def _is_settled(self, answer: Any) -> bool:
        """Whether nothing is left to be sent again; an account that has ended is reconnected."""
        if answer.status_code == 201:
            return True
        details = answer.json["error"].get("details")
        if isinstance(details, dict) and details.get("reason") == "reconnect_required":
            self._life.api.connect(details["platform"], details["accountId"])
            return False
        # The api was frozen until the post was no longer wanted.
        return isinstance(details, list) and {one["code"] for one in details} == {"too_soon"}

    def act(self, name: str) -> None:
        """Something that a user can ask for, on one of the posts."""
        life = self._life
        if not life.ledger.asked:
            return
        asked = life.random.choice(life.ledger.asked)
        stored = self._stored(asked)
        if stored is None:
            return
        sensible = SENSIBLE.get(stored["status"], ANYTHING)
        what = life.random.choice(sensible if life.random.random() < 0.85 else ANYTHING)
        if what in ("delete", "take_down") and life.random.random() < 0.6:
            return
        life.note(f"    {asked.name} ({stored['status']}): {what}")
        getattr(self, f"_{what}")(asked, name)

    def _stored(self, asked: Asked) -> dict[str, Any] | None:
        path = f"postSubmissions/{asked.post_id}"
        found: dict[str, Any] | None = self._life.world.parts.db.document(path).get().to_dict()
        return found

    def runs(self, asked: Asked) -> list[dict[str, Any]]:
        """The post's run documents with their ids."""
        path = f"postSubmissions/{asked.post_id}/runs"
        found = self._life.world.parts.db.collection(path).stream()
        return [snapshot.to_dict() | {"runId": snapshot.id} for snapshot in found]

    def _call(self, asked: Asked, method: str, path: str, body: Any = None) -> int:
        """The status of the answer; 0 if the api was killed meanwhile."""
        life = self._life
        url = f"/v1/posts/{asked.post_id}{path}"
        answer = life.guarded(lambda: life.api.call(method, url, json=body), 0.15)
        if answer is None:
            return 0
        life.note(
            f"    {answer.status_code} {answer.text[:160] if answer.status_code > 299 else ''}"
        )
        if answer.status_code == 500:
            life.raised(f"{method} {path}", RuntimeError(answer.text))
        status: int = answer.status_code
        return status

    def _cancel(self, asked: Asked, name: str) -> None:
        self._call(asked, "POST", "/cancel")

    def _publish(self, asked: Asked, name: str) -> None:
        asked.not_before = None
        self._call(asked, "POST", "/publish")

    def _unschedule(self, asked: Asked, name: str) -> None:
        asked.not_before = None
        self._call(asked, "POST", "/unschedule")

    def _edit(self, asked: Asked, name: str) -> None:
        changed = self._reword(asked, name)
        self._call(asked, "PATCH", "", {"post": changed["post"]})

    def _retry(self, asked: Asked, name: str) -> None:
        asked.not_before = None
        self._call(asked, "POST", "/retry", {})

    def _retry_edited(self, asked: Asked, name: str) -> None:
        asked.not_before = None
        content = dict(self._reword(asked, name)["post"]["content"])
        del content["platform"]
        self._call(asked, "POST", "/retry", {"post": {"content": content}})

    def _reword(self, asked: Asked, name: str) -> dict[str, Any]:
        """A new text: noted as wanted before it is known whether the edit is accepted."""
        old = asked.body["post"]["content"]["text"]
        asked.wanted = reworded(asked.wanted, old, f"{name} edited")
        return with_text(asked.body, f"{name} edited")

    def _reconcile(self, asked: Asked, name: str) -> None:
        self._call(asked, "POST", "/reconcile")

    def _resolve(self, asked: Asked, name: str) -> None:
        """The user looks at the platform, and says of an unconfirmed run what is there."""
        unconfirmed = [run for run in self.runs(asked) if run["status"] == "unconfirmed"]
        if not unconfirmed:
            return
        run = self._life.random.choice(unconfirmed)
        place = (run["platform"], run["accountId"])
        live = self._live(asked, place)
        path = f"/runs/{run['runId']}/resolve"
        if live is None:
            return
        if not live:
            asked.said_absent[place] = clock.now()
            self._call(asked, "POST", path, {"outcome": "not_published"})
            return
        post = self._life.random.choice(live)
        self._named.add(post.id)
        link = LINKS.get(run["platform"])
        word = {"platformPostId": post.id}
        if link and self._life.random.random() < 0.5:
            word = {"permalink": link.format(post.id)}
        self._life.note(f"    {run['runId']} is live: {word}")
        self._call(asked, "POST", path, {"outcome": "published", **word})

    def _live(self, asked: Asked, place: Place) -> list[Post] | None:
        """What is visible of this target and no other run's; None if the user cannot tell."""
        platform, account_id = place
        visible = self._life.world.platforms[platform].posts.all(account_id)
        alike = [post for post in visible if post.content in asked.wanted[place]]
        runs = [
            run
            for other in self._life.ledger.asked
            if other.wanted.get(place, set()) & asked.wanted[place]
            for run in self.runs(other)
            if (run["platform"], run["accountId"]) == place
        ]
        held = {run["platformPostId"] for run in runs if "platformPostId" in run}
        self._named |= held
        if self._life.random.random() < MISTAKEN and (wrong := [p for p in alike if p.id in held]):
            self._life.note("    by mistake one that another run holds:")
            return wrong
        free = [post for post in alike if post.id not in self._named]
        # A run may have succeeded without the post's id, and one that is open may yet succeed.
        nameless = sum(run["status"] == "succeeded" for run in runs) - len(alike) + len(free)
        still_open = sum(run["status"] in ("queued", "processing", "unconfirmed") for run in runs)
        return None if 0 < len(free) < max(nameless, 0) + still_open else free

    def _delete(self, asked: Asked, name: str) -> None:
        self._delete_it(asked, "")

    def _take_down(self, asked: Asked, name: str) -> None:
        asked.taken_down = True
        self._delete_it(asked, "?fromPlatforms=true")

    def _delete_it(self, asked: Asked, query: str) -> None:
        stored = self._stored(asked) or {}
        last = {
            (target["platform"], target["accountId"]): stored["status"]
            for target in stored.get("targets", ())
        }
        self._named |= {run.get("platformPostId") or "" for run in self.runs(asked)}
        last |= {(run["platform"], run["accountId"]): run["status"] for run in self.runs(asked)}
        self._call(asked, "DELETE", query)
        if self._stored(asked) is None:
            asked.last = last
