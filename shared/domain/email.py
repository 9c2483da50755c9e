"""Email addresses: in one form, so that an invitation is found however the address is written."""

import re

LONGEST_EMAIL = 254
"""RFC 3696, erratum 1690: no longer address can be delivered to."""
# Only meant to notice a typing error: whether the address exists is shown by the mail.
_FORM = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class NotAnEmail(ValueError):
    """The text is not an email address."""


def normalized(text: str) -> str:
    """The address in lower case, without spaces around it. Raises NotAnEmail."""
    address = text.strip().lower()
    if len(address) > LONGEST_EMAIL or not address.isprintable() or not _FORM.fullmatch(address):
        raise NotAnEmail
    return address


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]
