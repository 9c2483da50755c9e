"""What a user's token reads and ends: the permissions, and the Pages with their tokens.

developers.facebook.com/docs/graph-api/reference/user: accounts and permissions.
`POST /_sim/tasks {"accountId": "facebook_demo", "tasks": ["ANALYZE"]}` changes what the user may do
on a Page.
"""

from datetime import timedelta
from typing import Any

from local.platforms import clock
from local.platforms.accounts import Account, Grant, Token
from local.platforms.facebook.reads import profile_of
from local.platforms.facebook.state import State, scopes_of
from local.platforms.meta import queries
from local.platforms.simulation import Endpoints

_PAGE_PREFIX = "EAAP"
_PAGE_DEFAULT = ("access_token", "category", "name", "id", "tasks")


class People(Endpoints[State]):
    def pages(self, user_id: str) -> Any:
        """`GET /{version}/{user}/accounts?fields=`: the user's Pages."""
        token = self._state.user_token(user_id)
        may_list = token.grant.may("pages_show_list")
        pages = self._accounts.of_person(token.grant.person) if may_list else []
        return queries.paged(
            list(enumerate(pages)),
            lambda entry: queries.selected(self._page(token, entry[1]), _PAGE_DEFAULT),
            lambda entry: -entry[0],
        )

    def permissions(self, user_id: str) -> Any:
        """`GET /{version}/{user}/permissions`: what the user granted and declined."""
        grant = self._state.user_token(user_id).grant
        granted = scopes_of(grant) | {"public_profile"}
        declined = self._state.declined.get((grant.person, grant.client_id), frozenset())
        entries = [(name, "granted") for name in sorted(granted)]
        entries += [(name, "declined") for name in sorted(declined - granted)]
        return {"data": [{"permission": name, "status": status} for name, status in entries]}

    def remove_app(self, user_id: str) -> Any:
        """`DELETE /{version}/{user}/permissions`: all tokens of the user for this app end."""
        self._accounts.end(self._state.user_token(user_id).grant)
        return {"success": True}

    def _page(self, user_token: Token, page: Account) -> dict[str, Any]:
        return profile_of(page) | {
            "access_token": self._page_token(user_token, page),
            "tasks": list(self._state.tasks_on(page)),
            "category": "Product/service",
        }

    def _page_token(self, user_token: Token, page: Account) -> str:
        """The Page's token, which is the same as long as it is derived from the same token.

        It never ends if the user's token is long-lived, and otherwise with that token.
        """
        key = (user_token.value, page.account_id)
        known = self._accounts.token(self._state.page_tokens.get(key))
        if known is None:
            grant = Grant(page, user_token.grant.client_id, user_token.grant.scopes)
            known = self._accounts.issue(grant, "access", _remaining(user_token), _PAGE_PREFIX)
            grant.held = [known.value]
            self._state.page_tokens[key] = known.value
        return known.value


def _remaining(user_token: Token) -> timedelta | None:
    if user_token.kind == "refresh" or user_token.lifetime is None:
        return None
    return user_token.issued_at + user_token.lifetime - clock.now()
