"""The names that users give: to their keys, their webhooks and their accounts."""

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from shared.domain.content import is_blank

UNREADABLE = "The value must have visible characters, and no line breaks or tabs."
# A name is shown in one line.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def is_readable(name: str) -> bool:
    """Whether a name can be shown in a list. An empty one is no name."""
    return not name or not (is_blank(name) or _CONTROL.search(name))


def _readable(name: str) -> str:
    if not is_readable(name):
        raise PydanticCustomError("invalid", UNREADABLE)
    return name


Name = Annotated[str, AfterValidator(_readable)]
"""A name in one line, which may be empty."""
