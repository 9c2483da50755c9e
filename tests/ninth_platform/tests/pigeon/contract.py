"""Pigeon's contract, in the third of the three folders."""

from shared.domain.errors import ErrorCategory, RateLimited, Rejected, TokenExpired
from tests.platforms.contract import Contract, Example, Refusal, TooMuch
from tests.platforms.pigeon.logins import LOGINS

CONTRACT = Contract(
    examples=[Example("note", "POST /notes", text="Coo")],
    too_much=[TooMuch("text", "text_too_long", "text", text="c" * 41)],
    refusals=[
        Refusal("dead token", 401, {}, TokenExpired, ErrorCategory.AUTH_EXPIRED),
        Refusal("limit", 429, {}, RateLimited, ErrorCategory.RATE_LIMITED),
        Refusal("any other", 400, {}, Rejected, ErrorCategory.UNKNOWN),
    ],
    refresh="POST /token",
    logins=LOGINS,
)
