"""The names that users give: to their keys, their webhooks and their accounts."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from shared.domain.content import is_blank

UNREADABLE = "Use visible characters, without line breaks or tabs."
# A name is shown in one line, in the order in which it is written.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Letters, digits, punctuation and symbols. Others only change these, or have no form.
_VISIBLE = frozenset("LNPS")


def is_readable(name: str) -> bool:
    """Whether a name can be shown in a list. An empty one is no name."""
    is_visible = any(unicodedata.category(one)[0] in _VISIBLE for one in name)
    return not name or (is_visible and not is_blank(name) and not _CONTROL.search(name))


def _readable(name: str) -> str:
    if not is_readable(name):
        raise PydanticCustomError("invalid", UNREADABLE)
    return name


Name = Annotated[str, AfterValidator(_readable)]
"""A name in one line, which may be empty."""
