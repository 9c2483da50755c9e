"""The logins of all platforms as test parameters, and answers that say nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.errors import PlatformUnavailable
from shared.platforms.http import MAX_ANSWER_BYTES
from tests.platforms.all_contracts import LOGINS
from tests.platforms.login_example import LoginExample


def visits(logins: list[LoginExample]) -> pytest.MarkDecorator:
    """Run a test only for some logins."""
    assert logins
    return pytest.mark.parametrize("visit", logins, ids=lambda login: login.name, indirect=True)


def some(attribute: str) -> list[LoginExample]:
    """The logins with this attribute."""
    return [login for login in LOGINS if getattr(login, attribute)]


every_login = visits(LOGINS)
SEVERAL = [login for login in LOGINS if len(login.external_ids) > 1]
ROTATING = [login for login in LOGINS if login.refreshes == "rotates"]
REFRESHING = some("refresh_request")
WITH_REFRESH_TOKEN = [login for login in REFRESHING if login.refreshes != "exchanges"]
UNUSABLE: list[tuple[int, Any]] = [
    (500, {"error": "server_error"}),
    (302, ""),
    (404, "<html>Sorry</html>"),
    (200, "<html>Sorry</html>"),
    (200, ""),
    (200, []),
    (200, '"text"'),
    (200, "5"),
    (200, "null"),
    (200, {}),
    (200, "x" * (MAX_ANSWER_BYTES + 1)),
]
"""Statuses and bodies that are no answer of the platform."""


def unavailable(call: Callable[[], object], answer: object = None) -> None:
    """It is nobody's fault, and can be tried again; `answer`: what the platform returned."""
    with pytest.raises(PlatformUnavailable) as failure:
        call()
    assert not failure.value.concerns_operator, str(answer)[:200]
