"""How every call of LinkedIn's versioned REST API is written."""

from urllib.parse import quote

from shared.domain.accounts import Account
from shared.platforms.base import Post
from shared.platforms.linkedin import ABOUT
from shared.platforms.metrics import Reader

ORGANIZATION = "urn:li:organization:"
"""How the URN of an organization begins."""


def headers(caller: Post | Reader, **more: str) -> dict[str, str]:
    """The headers of a call for the account of `caller`."""
    return {
        **caller.bearer,
        "Linkedin-Version": ABOUT.api_version,
        "X-Restli-Protocol-Version": "2.0.0",
        **more,
    }


def encoded(urn: str) -> str:
    """A URN for a path or a query; HTTP libraries must not encode it again."""
    return quote(urn, safe="")


def is_page(account: Account) -> bool:
    """Whether it is a Page, and not a member."""
    return account.external_id.startswith(ORGANIZATION)
