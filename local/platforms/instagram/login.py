"""Instagram Login, and its tokens: developers.facebook.com/docs/instagram-platform.

`POST /_sim/nested {"nest": true}` wraps the answers with a short-lived token and with the profile
in a list, as the documentation shows them; in practice they often are not wrapped.
"""

from typing import Any, ClassVar

from local.platforms.accounts import Grant
from local.platforms.instagram.state import State, scoped_id
from local.platforms.meta.login import MetaLogin
from local.platforms.meta.tokens import TokenEndpoints

SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
)


class Login(MetaLogin[State]):
    """`/oauth/authorize`, on www.instagram.com in reality."""

    scopes = SCOPES
    always_granted = ("instagram_business_basic",)
    stops: ClassVar = {
        "client": (400, "Invalid Request: Request parameters are invalid: Invalid platform app"),
        "redirect": (400, "Invalid Request: Request parameters are invalid: Invalid redirect_uri"),
        "missing": (400, "Invalid Request: Request parameters are invalid: {} is required"),
        "type": (400, "Invalid Request: Request parameters are invalid: Invalid response_type"),
        "scope": (400, "Invalid Request: Request parameters are invalid: Invalid scope"),
    }


class Tokens(TokenEndpoints[State]):
    exchange_grant = "ig_exchange_token"
    refresh_grant = "ig_refresh_token"
    prefix = "IGAAR"

    def short_lived(self, grant: Grant, value: str) -> dict[str, Any]:
        user_id, permissions = scoped_id(grant.account), _permissions(grant)
        if not self._state.nests:
            return {"access_token": value, "user_id": int(user_id), "permissions": permissions}
        nested = {"access_token": value, "user_id": user_id, "permissions": ",".join(permissions)}
        return {"data": [nested]}

    def long_lived(self, grant: Grant) -> dict[str, Any]:
        return {**super().long_lived(grant), "permissions": ",".join(_permissions(grant))}


def _permissions(grant: Grant) -> list[str]:
    return [name for name in SCOPES if grant.may(name)]
