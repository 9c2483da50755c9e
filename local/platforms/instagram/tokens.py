"""Refreshing the tokens of Instagram Login."""

from typing import Any

from local.platforms.accounts import Grant
from local.platforms.instagram.state import State
from local.platforms.meta.tokens import TokenEndpoints


class Tokens(TokenEndpoints[State]):
    grant_type = "ig_refresh_token"
    prefix = "IGAAR"

    def long_lived(self, grant: Grant) -> dict[str, Any]:
        permissions = "instagram_business_basic,instagram_business_content_publish"
        return {**super().long_lived(grant), "permissions": permissions}
