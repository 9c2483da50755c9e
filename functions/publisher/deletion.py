"""Deleting a published post from its platform: one attempt, and what follows from it.

Deleting what is already gone is no error, so two tasks may do this at once and no lease is needed.
"""

from functions.publisher.writer import DELIVER_AGAIN, Attempt, RunWriter, attempt_record
from shared import clock, logs
from shared.accounts.acting import (
    Access,
    Blocked,
    MustRepeat,
    act,
    calling,
    end_authorization,
)
from shared.domain import deletion, retry
from shared.domain.errors import PlatformError, PlatformUnavailable
from shared.domain.gates import cannot_act
from shared.domain.run import Run, is_pending
from shared.gcp.runs import StoredRun
from shared.platforms import registry

log = logs.logger("publisher")


def delete(stored: StoredRun, writer: RunWriter) -> str:
    """Try once. Raises PreconditionFailed when the run changed meanwhile.

    The subscription does not matter: a user who stops paying may still delete their posts.
    """
    request = _Request(stored, writer)
    try:
        return _delete(stored.run, request, writer)
    except DELIVER_AGAIN:
        raise
    except Exception:
        # A value that Firestore does not store, or a bug of ours outside of the platform's code.
        log.exception("the result of a deletion could not be saved")
        return request.give_up_result()


def _delete(run: Run, request: "_Request", writer: RunWriter) -> str:
    try:
        act(
            run,
            writer.parts,
            request.send,
            gate=lambda gates: cannot_act(run, gates),
            may_renew=retry.may_renew_token(run),
        )
    except Blocked as blocked:
        request.save(deletion.fail(run, error=blocked.error, now=clock.now()))
        return f"not deleted: {blocked.error.category} ({blocked.error.message})"
    except MustRepeat as repeat:
        request.save(deletion.repeat(run, at=repeat.at, renewed=repeat.renewed))
        return str(repeat)
    except PlatformError as failure:
        return request.after_failure(failure)
    request.save(deletion.finish(run, now=clock.now()))
    return "deleted"


class _Request:
    """The request to delete, with the record of what was sent."""

    def __init__(self, stored: StoredRun, writer: RunWriter) -> None:
        self._stored = stored
        self._writer = writer
        self._attempt: Attempt | None = None

    def send(self, access: Access) -> None:
        """Delete the post on the platform. Raises a PlatformError."""
        run, begun = self._stored.run, {"step": "delete", "startedAt": clock.now()}
        platform = registry.publishing(run.platform)
        try:
            with calling(run.platform, self._writer.parts, "deleting a post") as http:
                platform.delete(access.post(run.content), run.platform_post_id or "", http)
        except PlatformError as failure:
            name = type(failure).__name__
            self._attempt = attempt_record(http, name, error=failure.message, **begun)
            raise
        self._attempt = attempt_record(http, "deleted", **begun)

    def after_failure(self, failure: PlatformError) -> str:
        run, now = self._stored.run, clock.now()
        platform_name = registry.display_name(run.platform)
        decision = deletion.after(failure, run, now, platform_name)
        if isinstance(decision, retry.Again):
            self.save(deletion.back_off(run, at=decision.at, error=decision.error))
            return f"not deleted yet: {failure.category} ({failure.message})"
        if decision.disconnects:
            end_authorization(run, failure, self._writer.parts)
        self.save(deletion.fail(run, error=decision.error, now=now))
        return f"not deleted: {failure.category} ({decision.error.message})"

    def give_up_result(self) -> str:
        """The last resort: try again with nothing but words of our own."""
        self._attempt = None
        name = registry.display_name(self._stored.run.platform)
        failed = PlatformUnavailable(f"Soku could not save {name}'s answer to the deletion.")
        return self.after_failure(failed)

    def save(self, after: Run) -> None:
        counted = deletion.count_attempt(after) if self._attempt else after
        self._writer.save(self._stored, counted, self._attempt)
        if not is_pending(after.deletion):
            self._writer.settle(after.submission_id)
