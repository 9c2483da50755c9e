"""The authorize pages of Meta's platforms. There is no PKCE.

developers.facebook.com/docs: facebook-login/guides/advanced/manual-flow, instagram-platform
(business login) and threads/get-started. What is wrong with a login stays on Meta's page.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from flask import Response

from local.platforms.login import LoginPage
from local.platforms.meta.state import S


class MetaLogin(LoginPage[S]):
    code_lifetime = timedelta(hours=1)
    has_checkboxes = True
    code_suffix: ClassVar[str] = "#_"
    """What ends the address after a code. It does not belong to the code."""
    returns: ClassVar = {"denied": ("access_denied", "The user denied your request")}

    def requested(self, query: Mapping[str, str]) -> list[str]:
        """With commas or spaces between them."""
        return [name for name in re.split(r"[,\s]+", query.get("scope", "")) if name]

    def check_more(self, query: Mapping[str, str]) -> str | None:
        return None if set(self.always_granted) <= set(self.requested(query)) else "scope"

    def back(self, query: Mapping[str, str], parameters: Mapping[str, str]) -> Response:
        if "error" in parameters:
            return super().back(query, {**parameters, "error_reason": "user_denied"})
        answer = super().back(query, parameters)
        answer.headers["Location"] += self.code_suffix
        return answer
