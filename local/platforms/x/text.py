"""How X reads a text: its links, its weighted length, and the text that it shows.

docs.x.com/fundamentals/counting-characters: the configuration v3 of twitter-text, whose rules for
finding links are repeated here.
"""

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import emoji
from linkify_it.tlds import TLDS

if TYPE_CHECKING:
    from local.platforms.x.upload import Upload

LINK_WEIGHT = 23
EMOJI_WEIGHT = 2
# Decimal code points that weigh 1; every other one weighs 2.
LIGHT_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
INVALID_CHARACTERS = "\ufffe\ufeff\uffff"
# A text within the limit is hardly ever longer (12 links of 400 characters).
_LONGEST_COUNTED = 5_000

_DIRECTIONS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_LATIN = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0100-\u024f\u0253-\u0257\u0259\u025b\u0263\u0268"
_CYRILLIC = "\u0400-\u04ff"
_IN_LABEL = rf"[^\s!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~${INVALID_CHARACTERS}{_DIRECTIONS}]"
_IN_THEIR_SCRIPT = [
    name[4:].lower().encode().decode("punycode") for name in TLDS if name.startswith("XN--")
]
_TLD = (
    "(?:"
    + "|".join(sorted(map(re.escape, {*TLDS, *_IN_THEIR_SCRIPT}), key=len, reverse=True))
    + r"|xn--[-0-9a-z]+)(?=[^0-9a-zA-Z@+\-]|$)"
)
# A label of more than 63 characters makes no link.
_SUBDOMAIN = rf"{_IN_LABEL}(?:(?:[_-]|{_IN_LABEL}){{0,61}}{_IN_LABEL})?\."
_DOMAIN_NAME = rf"{_IN_LABEL}(?:(?:-|{_IN_LABEL}){{0,61}}{_IN_LABEL})?\."
# Bounded, because a text like "a.a.a.a" would otherwise take minutes.
_DOMAIN = rf"(?:{_SUBDOMAIN}){{0,30}}(?:{_DOMAIN_NAME}){_TLD}"
_IN_PATH = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_IN_PARENTHESES = rf"\((?:{_IN_PATH}+|{_IN_PATH}*\({_IN_PATH}+\){_IN_PATH}*)\)"
_PATH_END = rf"(?:[+\-a-z{_CYRILLIC}0-9=_#/{_LATIN}]|{_IN_PARENTHESES})"
_PATH = rf"(?:{_IN_PATH}*(?:{_IN_PARENTHESES}{_IN_PATH}*)*{_PATH_END}|@{_IN_PATH}+/)"
_QUERY = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"
_LINK = re.compile(
    rf"(?:(?<=[^A-Za-z0-9@＠$#＃{INVALID_CHARACTERS}])|^)"
    rf"(?P<scheme>https?://)?(?P<domain>{_DOMAIN})(?P<rest>(?::[0-9]+)?(?:/{_PATH}?)?(?:{_QUERY})?)",
    re.IGNORECASE,
)
_PLAIN_DOMAIN = re.compile(rf"(?:[\-a-z0-9{_LATIN}]+\.)+{_TLD}", re.IGNORECASE)
_CASHTAG = re.compile(r"(?:^|(?<=\s))\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=$|[\s!-/:-@\[-`{-~])")


def find_links(text: str) -> list[tuple[int, int]]:
    """Start and end of every link, in code points of `text`; bare domains count."""
    spans: list[tuple[int, int]] = []
    for match in _LINK.finditer(text):
        if match["scheme"]:
            spans.append(match.span())
        elif not re.search(r"[-_./]$", text[: match.start()]):
            spans.extend(_plain_links(match))
    return spans


def _plain_links(match: re.Match[str]) -> list[tuple[int, int]]:
    """Links without a scheme have only ASCII and Latin letters."""
    offset = match.start("domain")
    spans = [
        (offset + found.start(), offset + found.end())
        for found in _PLAIN_DOMAIN.finditer(match["domain"])
    ]
    if spans and match["rest"]:
        spans[-1] = (spans[-1][0], match.end())
    return spans


def weighted_length(text: str) -> int:
    """The length that X counts; at most 280 may be posted."""
    if len(text) > _LONGEST_COUNTED:
        return len(text)
    normal = unicodedata.normalize("NFC", text.rstrip("\r\n").replace("\r\n", "\n"))
    total = position = 0
    for start, end in find_links(normal):
        total += _plain_weight(normal[position:start]) + LINK_WEIGHT
        position = end
    return total + _plain_weight(normal[position:])


def _plain_weight(text: str) -> int:
    total = 0
    for token in emoji.analyze(text, non_emoji=True, join_emoji=True):
        if isinstance(token.value, str) or token.chars in "©®":
            total += sum(map(_character_weight, token.chars))
        else:
            total += EMOJI_WEIGHT
    return total


def _character_weight(character: str) -> int:
    return 1 if any(low <= ord(character) <= high for low, high in LIGHT_RANGES) else 2


def is_postable(text: str) -> bool:
    """Whether the text has none of the characters that X refuses."""
    return not any(character in text for character in INVALID_CHARACTERS)


def cashtags(text: str) -> int:
    """How many `$ABC` a text has; a post may have one."""
    return len(_CASHTAG.findall(text))


def rewritten(text: str, post_id: str) -> tuple[str, list[dict[str, Any]]]:
    """The text as X shows it and its `entities.urls`.

    Links become `https://t.co/` and ten characters; `&`, `<` and `>` are
    escaped as in HTML. `start` and `end` count code points of the
    text as shown.
    """
    shown = ""
    position = 0
    urls: list[dict[str, Any]] = []
    for start, end in find_links(text):
        shown += _escaped(text[position:start])
        link = text[start:end]
        short = _short_link(link, post_id)
        urls.append(_url_entity(link, short, len(shown)))
        shown += short
        position = end
    return shown + _escaped(text[position:]), urls


def with_media_link(
    shown: str, urls: list[dict[str, Any]], address: str, attached: Iterable["Upload"]
) -> tuple[str, list[dict[str, Any]]]:
    """The shown text with the link to its media at the end, and the entities with one for each.

    `address` is that of the post.
    """
    short = _short_link("media", address)
    shown += " " * bool(shown)
    for upload in attached:
        kind = "photo" if upload.shown_as == "photo" else "video"
        entity = _url_entity(f"{address}/{kind}/1", short, len(shown))
        urls = [*urls, entity | {"media_key": upload.key}]
    return shown + short, urls


def _url_entity(link: str, short: str, start: int) -> dict[str, Any]:
    has_scheme = re.match(r"https?://", link, re.IGNORECASE)
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": link if has_scheme else f"http://{link}",
        "display_url": re.sub(r"^https?://", "", link, flags=re.IGNORECASE),
    }


def _short_link(link: str, post_id: str) -> str:
    digest = hashlib.sha256(f"{post_id} {link}".encode()).hexdigest()
    return f"https://t.co/{digest[:10]}"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
