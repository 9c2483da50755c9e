"""How Threads counts a text and its links."""

import re

from shared.domain.content import may_link

# Four times the limit: such a text is refused anyway.
_LONGEST_SEARCHED = 2_000
_CJK = "\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
# With a scheme, every domain counts, even one that cannot exist.
_WITH_SCHEME = re.compile(rf"https?://(?:(?!https?://)[^\s<>\"'“”‘’«»{_CJK}])+", re.IGNORECASE)
_BEGINNING = re.compile(r"(?:https?://)?[^/?#]*", re.IGNORECASE)
_BEHIND = ".,;:!?*…"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def utf8_length(text: str) -> int:
    return len(text.encode())


def links_of(text: str) -> frozenset[str]:
    """The different links in a text; none for a text that is far too long.

    How Threads recognizes links, and which it considers equal, is not documented. So links without
    a scheme count, and two links are equal only if they differ in the case of the host or in the
    punctuation around them.
    """
    if len(text) > _LONGEST_SEARCHED or not may_link(text):
        return frozenset()
    from shared.platforms.links import links

    addresses = [_trimmed(link) for link in _WITH_SCHEME.findall(text)]
    rest = _WITH_SCHEME.sub(" ", text)
    addresses += [rest[link.start : link.end] for link in links(rest)]
    return frozenset(
        _BEGINNING.sub(lambda head: head[0].lower(), link, count=1) for link in addresses
    )


def _trimmed(link: str) -> str:
    """Without the punctuation of the sentence: a bracket belongs to the link if it opens there."""
    while True:
        shorter = link.rstrip(_BEHIND)
        opening = _BRACKETS.get(shorter[-1:])
        if opening and shorter.count(shorter[-1]) > shorter.count(opening):
            shorter = shorter[:-1]
        if shorter == link:
            return link
        link = shorter
