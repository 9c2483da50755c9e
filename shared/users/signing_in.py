"""Signing in: who may, and what it creates.

Anybody can make an account of the project with its public web key. So nobody is a user before
signing in here, and only those whom the operator has invited or lets in.
"""

from typing import Any

from shared import clock, logs
from shared.config import SignUp
from shared.domain.email import NotAnEmail, domain_of, normalized
from shared.gcp.firestore import commit, document, read_all, retry_conflicts
from shared.gcp.identity import VerifiedPerson
from shared.gcp.invitations import count_link, invitation_path, links_from, links_path
from shared.gcp.messages import Batch
from shared.gcp.sessions import session_path, write_session
from shared.gcp.users import is_email_of_user, is_user, user_path
from shared.wiring import Parts

log = logs.logger("sign-in")

MOST_LINKS = 5
"""How many links an address gets in an hour: enough for lost mails, too few to fill a mailbox."""


class NotInvited(Exception):
    """The person is not a user, or is being deleted, and cannot become one."""


def may_get_link(email: str, parts: Parts) -> bool:
    """Whether to send a link to this address, which is in lower case; counts it if so.

    Raises StoreUnavailable.
    """
    paths = [invitation_path(email), links_path(email)]

    def count(snapshots: dict[str, Any]) -> bool:
        invitation, links = (snapshots[path] for path in paths)
        is_invited = document(invitation) is not None
        may_become_user = _may_become_user(email, is_invited, parts.settings.sign_up)
        if not may_become_user and not is_email_of_user(parts.db, email):
            return False
        if len(links_from(links)) >= MOST_LINKS:
            log.warning("sign-in link not sent, too many for this address")
            return False
        count_link(parts.db, links)
        return True

    return retry_conflicts("sign-in links", lambda: read_all(parts.db, paths), count)


def sign_in(
    person: VerifiedPerson,
    parts: Parts,
    *,
    user_agent: str,
    replaced: tuple[str, str] | None = None,
) -> str:
    """A new session for a person, who becomes a user with the first one. Returns its id.

    `replaced`: the user and the session with which the browser was signed in, which ends.
    Raises NotInvited, PreconditionFailed, StoreUnavailable.
    """
    try:
        email = normalized(person.email)
    except NotAnEmail as error:
        raise NotInvited from error
    user, invitation = user_path(person.user_id), invitation_path(email)
    db = parts.db

    def begin(snapshots: dict[str, Any]) -> str:
        batch = Batch(db)
        stored = document(snapshots[user])
        if stored is None:
            is_invited = document(snapshots[invitation]) is not None
            if not _may_become_user(email, is_invited, parts.settings.sign_up):
                raise NotInvited
            fields = {"email": email, "timezone": "UTC", "createdAt": clock.now()}
            batch.create(db.document(user), fields)
        elif not is_user(snapshots[user]):
            raise NotInvited
        elif stored["email"] != email:
            batch.update(db.document(user), {"email": email})
        if snapshots[invitation].exists:
            batch.delete(db.document(invitation))
        if replaced is not None:
            batch.delete(db.document(session_path(*replaced)))
        session_id = write_session(batch, db, person.user_id, user_agent)
        path = session_path(person.user_id, session_id)
        commit(batch, landed=lambda: document(read_all(db, [path])[path]) is not None)
        log.info("user signed in", extra=logs.fields(userId=person.user_id, isNew=stored is None))
        return session_id

    return retry_conflicts("a first sign-in", lambda: read_all(db, [user, invitation]), begin)


def _may_become_user(email: str, is_invited: bool, sign_up: SignUp) -> bool:
    return is_invited or sign_up.is_open or domain_of(email) in sign_up.domains
