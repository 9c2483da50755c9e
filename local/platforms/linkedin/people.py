"""Who logged in to LinkedIn, and the organizations of a member.

…/shared/integrations/people/profile-api and …/organizations/organization-access-control-by-role.
"""

from typing import Any

from flask import request

from local.platforms.accounts import Account
from local.platforms.linkedin import errors
from local.platforms.linkedin.restli import whole_number
from local.platforms.linkedin.state import State, is_member
from local.platforms.simulation import Endpoints

PAGE_DEFAULT, PAGE_MOST = 10, 100
_ADMIN_SCOPES = ("rw_organization_admin", "r_organization_admin")


class People(Endpoints[State]):
    def user_info(self) -> Any:
        """`GET /v2/userinfo`: OpenID Connect's claims, without a version."""
        grant = self._state.granted()
        if not grant.may("openid", "profile"):
            raise errors.access_denied("userinfo.GET", "NO_VERSION")
        account = grant.account
        return {
            "sub": _id(account),
            "name": account.username,
            "given_name": account.username,
            "family_name": account.username,
            "picture": f"https://media.licdn.example/{_id(account)}.jpeg",
            "locale": {"country": "US", "language": "en"},
        }

    def me(self) -> Any:
        """`GET /rest/me`, and `GET /v2/me` without a version: the member."""
        is_versioned = request.path.startswith("/rest/")
        grant = self._state.versioned() if is_versioned else self._state.granted()
        if not grant.may("r_basicprofile"):
            raise errors.access_denied("me.GET", *([] if is_versioned else ["NO_VERSION"]))
        account = grant.account
        return {
            "id": _id(account),
            "localizedFirstName": account.username,
            "localizedLastName": account.username,
            "vanityName": account.username,
        }

    def acls(self) -> Any:
        """`GET /rest/organizationAcls?q=roleAssignee`: one element for each role."""
        grant = self._state.versioned()
        if not any(map(grant.may, _ADMIN_SCOPES)):
            raise errors.access_denied("organizationAcls.FINDER-roleAssignee")
        query = request.args
        if query.get("q") != "roleAssignee":
            raise errors.invalid("No such finder", 400)
        start, count = whole_number("start", 0), whole_number("count", PAGE_DEFAULT)
        if count > PAGE_MOST:
            raise errors.invalid(f"count is at most {PAGE_MOST}", 400)
        elements = [
            {
                "role": role,
                "state": "APPROVED",
                "roleAssignee": f"urn:li:person:{_id(grant.account)}",
                "organization": account.external_id,
            }
            for account in self._state.accounts_of(grant)
            if not is_member(account)
            for role in self._state.roles_on(account)
        ]
        shown = [
            element
            for element in elements
            if query.get("role", element["role"]) == element["role"]
            and query.get("state", element["state"]) == element["state"]
        ]
        paging = {"start": start, "count": count, "links": [], "total": len(shown)}
        return {"paging": paging, "elements": shown[start : start + count]}

    def organization(self, number: str) -> Any:
        """`GET /rest/organizations/{id}`: for those who have a role on it."""
        grant = self._state.versioned()
        if not any(map(grant.may, _ADMIN_SCOPES)):
            raise errors.access_denied("organizations.GET")
        account = self._accounts.with_external_id(f"urn:li:organization:{number}")
        if account is None:
            raise errors.gateway(404, "RESOURCE_NOT_FOUND", f"No organization {number}")
        if not self._state.reaches(grant, account.account_id) or not self._state.roles_on(account):
            raise errors.access_denied("organizations.GET")
        return {
            "id": int(number) if number.isdigit() else number,
            "localizedName": account.username,
            "vanityName": account.username,
            "logoV2": {"original": f"urn:li:digitalmediaAsset:logo{number}"},
        }


def _id(account: Account) -> str:
    return account.external_id.rpartition(":")[2]
