"""The links in a text, with a scheme or without one, by the rules that X publishes.

The rules are those of twitter-text (github.com/twitter/twitter-text, 3.1): which characters belong
to a domain, a path and a query, and that a domain ends in a known top-level domain. Each character
is read a bounded number of times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

# Without the scheme. Longer addresses are not links (twitter-text, MAX_URL_LENGTH).
MAX_LINK = 4096 - len("https://")
_MAX_LABEL = 63
_MAX_SHORT_LINK = 40  # after https://t.co/

_INVALID = "\ufffe\ufeff\uffff"
_DIRECTIONS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f"
    "\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_SCHEME = r"[Hh][Tt][Tt][Pp][Ss]?://"
# The characters of a domain, with the dots between its labels, up to the next scheme.
_HOST = rf"(?:(?!{_SCHEME})[^!'#%&()*+,\\/:;<=>?@\[\]^{{|}}~${_SPACES}{_INVALID}{_DIRECTIONS}])"
_CANDIDATE = re.compile(rf"(?P<scheme>{_SCHEME})?(?P<host>{_HOST}++)")
_PATH = rf"[a-zA-Z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_PATH_END = rf"[+\-a-zA-Z\u0400-\u04ff0-9=_#/{_LATIN}]"
_IN_BRACKETS = rf"\((?:{_PATH}++|{_PATH}*+\({_PATH}++\){_PATH}*+)\)"
_REST = re.compile(
    r"(?::[0-9]+)?"
    # A path ends in a letter, a digit or a pair of brackets, not in punctuation.
    rf"(?P<path>/(?:(?:{_PATH}|{_IN_BRACKETS})*(?:{_PATH_END}|{_IN_BRACKETS}))?+)?+"
    r"(?:\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/])?+"
)
# The only characters of a domain without a scheme. Others before them are not part of it.
_PLAIN_LABELS = re.compile(rf"(?:[\-a-zA-Z0-9{_LATIN}]++\.)++")
_SHORT_LINK = re.compile(rf"{_SCHEME}[Tt]\.[Cc][Oo]/([a-zA-Z0-9]+)")
_PUNYCODE = re.compile(r"xn--[\-0-9a-z]+", re.IGNORECASE | re.ASCII)
_NOT_BEFORE_A_LINK = re.compile(r"[A-Za-z0-9@＠$#＃]")
_WORD = re.compile(r"[A-Za-z0-9@＠$#＃]*")
_NOT_BEHIND_A_DOMAIN = re.compile(r"[0-9a-zA-Z@+\-]")


@dataclass(frozen=True)
class Link:
    """The part of a text from `start` to `end`."""

    start: int
    end: int
    certain: bool
    """False if it is not a link by another reading of the rules."""


def links(text: str) -> Iterator[Link]:
    """All links, in their order."""
    position = 0
    while candidate := _CANDIDATE.search(text, position):
        position = candidate.end()
        if "." in candidate["host"]:
            in_candidate, position = _read(text, candidate)
            yield from in_candidate


def _read(text: str, candidate: re.Match[str]) -> tuple[list[Link], int]:
    """The links in a candidate, and where to look for the next one."""
    start, stop = candidate.span("host")
    before = text[candidate.start() - 1] if candidate.start() else " "
    if _NOT_BEFORE_A_LINK.match(before):
        # An e-mail address, a mention, a cashtag, a hashtag. A domain may follow a letter of
        # another script.
        start = _WORD.match(text, start, stop).end() + 1  # type: ignore[union-attr]
        if candidate["scheme"] or start >= stop or text[start - 1] in ".-_":
            return [], stop
    end = _domain_end(text, start, stop)
    if end is None:
        spans = [] if text[start:stop].isascii() else _plain_domains(text, start, stop)
        return [Link(*span, certain=False) for span in spans], stop
    rest = _REST.match(text, end)
    assert rest is not None  # it may be empty
    certain = _is_valid(text[start:end]) and rest.end() - start <= MAX_LINK
    if candidate["scheme"]:
        short = _SHORT_LINK.match(text, candidate.start())
        if short and len(short[1]) > _MAX_SHORT_LINK:
            return [], rest.end()
        return [Link(candidate.start(), short.end() if short else rest.end(), certain)], rest.end()
    result = [Link(*span, certain=False) for span in _plain_domains(text, start, end)]
    if result and rest["path"]:
        result[-1] = Link(result[-1].start, rest.end(), certain and before != "/")
    return result, rest.end()


def _domain_end(text: str, start: int, end: int) -> int | None:
    """Where the longest domain from `start` ends; None if there is none."""
    longest, position, previous = None, start, ""
    for label in text[start:end].split("."):
        if previous and "_" not in previous:
            longest = _top_level_end(text, position, end) or longest
        if not label or label[0] in "-_" or label[-1] in "-_":
            break
        previous, position = label, position + len(label) + 1
    return longest


def _plain_domains(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Start and end of the domains of ASCII and Latin letters in a host."""
    result = []
    while labels := _PLAIN_LABELS.search(text, start, end):
        start = labels.end()
        for dot in range(labels.end(), labels.start() + 1, -1):
            top_level = text[dot - 1] == "." and _top_level_end(text, dot, end)
            if top_level:
                result.append((labels.start(), top_level))
                start = top_level
                break
    return result


def _top_level_end(text: str, start: int, end: int) -> int | None:
    """Where the top-level domain at `start` ends; None if there is none."""
    if punycode := _PUNYCODE.match(text, start, end):
        return punycode.end()
    names, longest = _top_level_names()
    label = text[start : min(start + longest, end)].partition(".")[0].lower()
    for stop in range(start + len(label), start, -1):
        if label[: stop - start] in names and not _NOT_BEHIND_A_DOMAIN.match(text, stop):
            return stop
    return None


def _is_valid(domain: str) -> bool:
    if domain.lower().startswith("xn--") and not domain.isascii():
        return False
    return all(
        len(label) <= _MAX_LABEL
        and (label.isascii() or 4 + len(label.encode("punycode")) <= _MAX_LABEL)
        for label in domain.split(".")
    )


@cache
def _top_level_names() -> tuple[frozenset[str], int]:
    """All top-level domains, the international ones in their own script, and the longest length."""
    from linkify_it.tlds import TLDS

    names = {name.lower() for name in TLDS}
    names |= {name[4:].encode().decode("punycode") for name in names if name.startswith("xn--")}
    return frozenset(names), max(map(len, names))
