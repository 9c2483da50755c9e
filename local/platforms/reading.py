"""How the twins read a request: its token, its JSON, its numbers."""

from typing import Any, Protocol, TypeVar

from flask import request

from local.platforms.accounts import Account

FORM = "application/x-www-form-urlencoded"


class Owned(Protocol):
    @property
    def account_id(self) -> str: ...


T = TypeVar("T", bound=Owned)


def bearer_token() -> str | None:
    """The bearer token in the current request's Authorization header."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if scheme.lower() == "bearer" and value else None


def json_object(*, force: bool = False) -> dict[str, Any] | None:
    """The JSON object in the request; None if the body is something else."""
    body = request.get_json(silent=True, force=force)
    return body if isinstance(body, dict) else None


def whole_number(value: str | None, least: int = 0, most: int | None = None) -> int | None:
    """The number that the decimal digits of `value` stand for; None if it is out of range."""
    if not value or not value.isascii() or not value.isdigit():
        return None
    number = int(value)
    return number if least <= number and (most is None or number <= most) else None


def own(item: T | None, account: Account) -> T | None:
    """`item`, if it belongs to the account."""
    return item if item is not None and item.account_id == account.account_id else None
