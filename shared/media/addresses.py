"""Which URLs may be fetched, and which addresses may be connected to.

`ssrfguard` judges both and is the base. Added here is what it lets through on
purpose or by default and what we refuse: addresses that carry another one
inside, networks kept for special services, names that mean something only
inside a network, numbers in disguise, backslashes, and our own services.
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

# Reached from inside a cloud network alone, or translated into something else; ssrfguard knows
# the other special networks.
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
    "bad_url": "The URL cannot be fetched: it must begin with http:// or https://, name a public "
    "host in plain letters, without user name, password, backslashes or blanks, "
    "and use no port but 80 and 443.",
    "not_public": "The URL does not lead to the public internet; use one that anybody can open.",
    "unreachable": "The server cannot be reached; check that the URL opens in a browser.",
    "bad_certificate": "The server's certificate is not valid; use a URL that browsers trust.",
    "bad_answer": "The server's answer is not one of HTTP; use a URL that opens in a browser.",
    "encoded": "The server sends the file compressed although that was not asked for; "
    "use a URL of the file itself.",
    "too_many_redirects": "The URL redirects more than three times; use the one that it ends at.",
    "insecure_redirect": "The URL redirects from https to http; use the one that it ends at.",
    "too_slow": "The file does not arrive in time; try again, or use a faster server.",
    "incomplete": "The file ended before it was complete; try again.",
}


class FetchRefused(Exception):
    """A URL was not fetched, or not to its end.

    `code`: what was wrong, in snake_case. `message`: a sentence for the person who gave the
    URL; it holds nothing of the URL but its host.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def refusal(code: str) -> FetchRefused:
    return FetchRefused(code, _MESSAGES[code])


def judged(
    url: str, settings: MediaSettings, own_hosts: frozenset[str]
) -> tuple["Target", "Policy"]:
    """Where `url` leads by its text alone, and what its addresses must be like.

    Raises FetchRefused.
    """
    # The refusals of the library quote the whole URL, so none of them is passed on or chained.
    from ssrfguard import BlockedAddressError, BlockedURLError

    if _UNFIT.search(url):
        raise refusal("bad_url")
    origin = _origin(url)
    is_allowed = origin in map(_origin, settings.fetch_allowed_origins)
    policy = _open_policy(origin[2]) if origin and is_allowed else _public_policy()
    try:
        target = policy.check_url(url)
    except BlockedURLError as refused:
        is_address = isinstance(refused.__cause__, BlockedAddressError)
        raise refusal("not_public" if is_address else "bad_url") from None
    if policy is _public_policy():
        _check_name(target, own_hosts)
    return target, policy


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
    """A digit, letter or dot of another script that is read as one of ASCII."""
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


@cache
def _public_policy() -> "Policy":
    from ssrfguard import DEFAULT_DENIED, AddressTable, Block, Policy, Reach

    # The library looks into an address that carries another one, and permits special services
    # that are reachable worldwide; no user's file lies at any of them.
    known = tuple(replace(block, reach=Reach.DENIED) for block in DEFAULT_DENIED.blocks)
    ours = tuple(
        Block(ip_network(network), name, "", Reach.DENIED) for network, name in _SPECIAL.items()
    )
    return Policy(denied_networks=AddressTable(known + ours))


@cache
def _open_policy(port: int) -> "Policy":
    """For an origin that the configuration names: any address, that port."""
    from ssrfguard import AddressTable, Policy

    return Policy(denied_networks=AddressTable(()), allowed_ports=frozenset({port}))
