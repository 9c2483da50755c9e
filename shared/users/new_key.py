"""What a user says about a new API key, with the rules for it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.gcp.api_keys import SCOPES
from shared.web.names import Name
from shared.web.strict import Moment, Strict

LONGEST_NAME = 100
"""Enough for a sentence about what uses the key, and short enough for a line of a list."""


def _known_scope(name: str) -> str:
    if name not in SCOPES:
        message = f"The scope must be one of {', '.join(SCOPES)}."
        raise PydanticCustomError("invalid", message)
    return name


_Scope = Annotated[
    str, AfterValidator(_known_scope), Field(json_schema_extra={"enum": list(SCOPES)})
]


class NewApiKey(Strict):
    """What a new key is for and may do."""

    name: Annotated[Name, Field(min_length=1, max_length=LONGEST_NAME)]
    """What the key is for, such as the program that uses it."""
    scopes: Annotated[list[_Scope], Field(min_length=1, max_length=len(SCOPES))] = Field(
        default_factory=lambda: list(SCOPES)
    )
    """What the key can do. All scopes if you leave it out."""
    mode: Literal["live", "test"] = "live"
    """`test`: for posts that are simulated, where TEST_MODE is on."""
    expires_at: Moment = None
    """ISO 8601 with an offset, in the future. The key does not expire if you leave it out."""
