"""The role on a Page that reading needs.

As other clients report, LinkedIn answers a member who is not an administrator of the Page with
zeros and empty lists instead of a refusal.
"""

from shared.domain.errors import ErrorCategory, ReadRefused
from shared.platforms.http import Http
from shared.platforms.linkedin import errors
from shared.platforms.linkedin.restli import headers
from shared.platforms.metrics import Reader
from shared.platforms.wire import words

_MOST_ROLES = 100


def check_administrator(what: str, reader: Reader, http: Http) -> None:
    """Find out with one call whether the member is an administrator of the Page.

    Raises ReadRefused if not: `what` is shown only to those. Raises what a read raises.
    """
    path = (
        "/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED"
        f"&start=0&count={_MOST_ROLES}"
    )
    roles = errors.elements(http.read(path, headers=headers(reader)))
    names = ("organization", "organizationTarget")
    pages = {words(role.get(name)) for role in roles for name in names}
    if len(roles) < _MOST_ROLES and reader.account.external_id not in pages:
        raise ReadRefused(
            f"LinkedIn shows {what} only to the Page's super admins. Become a super admin of the "
            "Page.",
            category=ErrorCategory.PERMISSION,
        )
