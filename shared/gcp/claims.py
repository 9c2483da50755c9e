"""`publishedPosts/{id}`: the one run that holds a post of a platform.

A claim is created in the commit that settles the run, so that no look-up ever takes the post for
another run's. It stays when the post is deleted from the history. The key is the platform's own id
of the account, because two users may connect the same one.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from google.cloud import firestore

from shared.domain.run import Run, RunStatus
from shared.gcp.firestore import PreconditionFailed, document, read_all


class Basis(StrEnum):
    """How it is known that a post is a run's."""

    ANSWER = "answer"
    """The platform's answer to the run's own request."""
    LOOK_UP = "lookUp"
    """A look-up that found a post with the same content."""
    USER = "user"
    """What the user reported."""


@dataclass(frozen=True)
class Claim:
    """A post of a platform and the run that holds it, with the version of the document."""

    path: str
    user_id: str
    submission_id: str
    run_id: str
    basis: Basis
    update_time: Any

    def is_of(self, run: Run) -> bool:
        return (self.submission_id, self.run_id) == (run.submission_id, run.run_id)


class PostHeld(PreconditionFailed):
    """Another run holds the post; nothing of the batch was stored."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(f"run {claim.run_id} of {claim.submission_id} holds the post")
        self.claim = claim


def claim_path(run: Run, post: str) -> str:
    """The document of `post`: a post's id, or its link where no id is known."""
    # A run that ended before its first step has no external id.
    return claim_path_of(run.platform, run.external_id or run.account_id, post)


def claim_path_of(platform: str, account: str, post: str) -> str:
    """The same, for the platform's id of an account."""
    is_link = post.startswith(("https://", "http://"))
    # Facebook names a post with and without the Page's number before it.
    name = _normalized(post) if is_link else post.removeprefix(f"{account}_")
    key = json.dumps([platform, account, name])
    return f"publishedPosts/{hashlib.sha256(key.encode()).hexdigest()}"


def _normalized(link: str) -> str:
    """The same for all ways to write one link."""
    parts = urlsplit(link)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    return f"https://{host}{parts.path.rstrip('/')}"


def post_of(run: Run) -> str | None:
    """What a run holds; None when it has no post, or one that cannot be named."""
    if run.status is not RunStatus.SUCCEEDED:
        return None
    return run.platform_post_id or run.permalink


def claim_fields(run: Run, basis: Basis, now: datetime) -> dict[str, Any]:
    return {
        "userId": run.user_id,
        "submissionId": run.submission_id,
        "runId": run.run_id,
        "writeId": run.write_id,
        "basis": basis.value,
        "createdAt": now,
    }


def claim_from(snapshot: Any) -> Claim | None:
    fields = document(snapshot)
    if fields is None:
        return None
    return Claim(
        path=snapshot.reference.path,
        user_id=fields["userId"],
        submission_id=fields["submissionId"],
        run_id=fields["runId"],
        basis=Basis(fields["basis"]),
        update_time=snapshot.update_time,
    )


def held_by_others(db: firestore.Client, run: Run, posts: Collection[str]) -> set[str]:
    """Those of `posts` that other runs hold, in one read. Raises StoreUnavailable."""
    if not posts:
        return set()
    paths = {claim_path(run, post): post for post in posts}
    claims = {path: claim_from(found) for path, found in read_all(db, paths).items()}
    return {paths[path] for path, claim in claims.items() if claim and not claim.is_of(run)}
