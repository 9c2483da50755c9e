"""The link of a published post, where the platform did not return it with the post's id."""

from shared import logs
from shared.accounts.acting import Access, Blocked, MustRepeat, act, calling
from shared.domain import run as runs
from shared.domain.errors import PlatformError
from shared.domain.run import RunStatus, is_deleted
from shared.gcp.firestore import PreconditionFailed, StoreUnavailable
from shared.gcp.runs import StoredRun
from shared.platforms import registry
from shared.wiring import Parts

log = logs.logger("publisher")


def add_permalink(stored: StoredRun, parts: Parts) -> None:
    """Ask for the link of a published post. The post is live without it, so failures are logged."""
    run, post_id = stored.run, stored.run.platform_post_id
    is_live = run.status is RunStatus.SUCCEEDED and not is_deleted(run.deletion)
    if not is_live or run.permalink or not post_id:
        return

    def permalink(access: Access) -> str | None:
        platform = registry.publishing(run.platform)
        with calling(run.platform, parts, "reading a permalink") as http:
            return platform.permalink(access.post(run.content), post_id, http)

    try:
        link = act(run, parts, permalink)
    except (PlatformError, Blocked, MustRepeat) as error:
        log.warning("run succeeded without a permalink: %s", error)
        return
    if link:
        try:
            parts.deliveries.save(stored, runs.add_permalink(run, link))
        except PreconditionFailed:
            log.info("permalink not saved: the run changed meanwhile")
        except StoreUnavailable:
            raise
        except Exception:
            # Not even a link that Firestore does not store may stop the task of a live post.
            log.exception("permalink not saved")
