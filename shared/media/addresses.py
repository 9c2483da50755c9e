"""Which URLs may be fetched, and which addresses may be connected to.

`ssrfguard` checks both. This module also refuses what it allows on purpose or by default: addresses
that embed another one, networks of special services, names that only exist inside a network,
disguised numbers, backslashes, and our own services.
"""

import re
import unicodedata
from dataclasses import replace
from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.config import MediaSettings

if TYPE_CHECKING:
    from ssrfguard import Policy, Target

# Only reachable inside a cloud network, or translated into another address. ssrfguard has the
# other special networks.
_SPECIAL = {
    "168.63.129.16/32": "Azure's host",  # learn.microsoft.com, "What is IP address 168.63.129.16"
    # cloud.google.com/vpc/docs/configure-private-google-access, "Domain options", 2026-11.
    "199.36.153.4/30": "restricted.googleapis.com",
    "199.36.153.8/30": "private.googleapis.com",
    "2600:2d00:2:1000::/56": "restricted.googleapis.com",
    "2600:2d00:2:2000::/56": "private.googleapis.com",
    "::ffff:0:0:0/96": "IPv4-translated addresses",
    # Global unicast addresses are 2000::/3, RFC 4291 and IANA's "IPv6 address space".
    "::/3": "not global unicast",
    "4000::/2": "not global unicast",
    "8000::/1": "not global unicast",
}
_INTERNAL_NAMES = frozenset(
    ("internal", "local", "localhost", "localdomain", "lan", "home", "corp", "intranet", "arpa")
)
_UNFIT = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]")
# Resolvers read such a name as an address: WHATWG URL standard, "ends in a number".
_ENDS_IN_A_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")
_DEFAULT_PORTS = {"http": 80, "https": 443}


_MESSAGES = {
    "bad_url": "The URL cannot be downloaded. It must start with http:// or https://, have a "
    "public host name in plain letters, have no user name, password, backslashes or spaces, "
    "and use port 80 or 443.",
    "not_public": "The URL is not on the public internet. Use one that anyone can open.",
    "unreachable": "The server cannot be reached. Check that the URL opens in a browser.",
    "bad_certificate": "The server's certificate is not valid. Use a URL that browsers trust.",
    "bad_answer": "The server did not send a valid HTTP response. Check that the URL opens in a "
    "browser.",
    "encoded": "The server sends the file compressed, although Soku did not request that. "
    "Use a URL of the file itself.",
    "too_many_redirects": "The URL redirects more than three times. Use the final URL.",
    "insecure": "The URL must start with https:// and use port 443.",
    "insecure_redirect": "The URL redirects from https to http. Use the final URL.",
    "too_slow": "The download took too long. Try again, or use a faster server.",
    "incomplete": "The download ended before the file was complete. Try again.",
}


_UNDERSCORE = (
    "The host name contains an underscore, which host names cannot have. Use another URL of the "
    "file, for example https://s3.amazonaws.com/my_bucket/a.jpg for a bucket my_bucket."
)


class FetchRefused(Exception):
    """A URL was not downloaded, or not completely.

    `code`: the reason, in snake_case. `message`: a sentence for the user, which contains nothing
    of the URL but its host.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def refusal(code: str) -> FetchRefused:
    return FetchRefused(code, _MESSAGES[code])


def judged_for_sending(
    url: str, settings: MediaSettings, own_hosts: frozenset[str]
) -> tuple["Target", "Policy"]:
    """The same for a URL that gets data of a user: https and port 443 only.

    Raises FetchRefused.
    """
    target, policy = judged(url, settings, own_hosts)
    if policy is _public_policy() and (target.scheme, target.port) != ("https", 443):
        raise refusal("insecure")
    return target, policy


def judged(
    url: str, settings: MediaSettings, own_hosts: frozenset[str]
) -> tuple["Target", "Policy"]:
    """The target of `url`, from its text alone, and the policy for its addresses.

    Raises FetchRefused.
    """
    try:
        return _judged(url, settings, own_hosts)
    except FetchRefused as refused:
        if settings.fetch_allowed_origins:
            # Only a local system has such origins.
            refused.message += " Locally, FETCH_ALLOWED_ORIGINS can allow another origin."
        raise


def _judged(
    url: str, settings: MediaSettings, own_hosts: frozenset[str]
) -> tuple["Target", "Policy"]:
    # The library's errors quote the whole URL, so none of them is passed on or chained.
    from ssrfguard import BlockedAddressError, BlockedURLError

    if _UNFIT.search(url):
        raise refusal("bad_url")
    origin = _origin(url)
    is_allowed = origin in map(_origin, settings.fetch_allowed_origins)
    policy = _open_policy(origin[2]) if origin and is_allowed else _public_policy()
    try:
        target = policy.check_url(url)
    except BlockedURLError as refused:
        if isinstance(refused.__cause__, BlockedAddressError):
            raise refusal("not_public") from None
        raise _bad_url(url) from None
    if policy is _public_policy():
        _check_name(target, own_hosts)
    return target, policy


def _bad_url(url: str) -> FetchRefused:
    """The refusal of a URL for its form."""
    if "_" in (_host(url) or ""):
        return FetchRefused("bad_url", _UNDERSCORE)
    return refusal("bad_url")


def _check_name(target: "Target", own_hosts: frozenset[str]) -> None:
    name = target.host.rstrip(".")
    if any(map(_is_disguise, target.host_as_written)):
        raise refusal("bad_url")
    if name in {host.lower().rstrip(".") for host in own_hosts}:
        raise refusal("not_public")
    if target.is_literal_address:
        return
    if _ENDS_IN_A_NUMBER.search(name):
        raise refusal("bad_url")
    if "." not in name or name.rpartition(".")[2] in _INTERNAL_NAMES:
        raise refusal("not_public")


def _is_disguise(character: str) -> bool:
    """A digit, letter or dot of another script that is normalized to ASCII."""
    if character.isascii():
        return False
    return character in "。｡" or unicodedata.normalize("NFKC", character).isascii()


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None when any of them is missing."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


@cache
def _public_policy() -> "Policy":
    from ssrfguard import DEFAULT_DENIED, AddressTable, Block, Policy, Reach

    # The library allows addresses that embed another one, and special services that are
    # reachable worldwide. No user's file is at any of them.
    denied = tuple(replace(block, reach=Reach.DENIED) for block in DEFAULT_DENIED.blocks)
    ours = tuple(
        Block(ip_network(network), name, "", Reach.DENIED) for network, name in _SPECIAL.items()
    )
    return Policy(denied_networks=AddressTable(denied + ours))


@cache
def _open_policy(port: int) -> "Policy":
    """For an origin in the configuration: any address, but only its port."""
    from ssrfguard import AddressTable, Policy

    return Policy(denied_networks=AddressTable(()), allowed_ports=frozenset({port}))
