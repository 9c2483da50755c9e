"""How Threads counts a text and its links."""

import re

# Nothing that can be published is longer, whatever is in it.
_LONGEST_SEARCHED = 2_000
_CJK = "\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
# With a scheme, any domain counts, also one that does not exist.
_WITH_SCHEME = re.compile(rf"https?://(?:(?!https?://)[^\s<>\"'“”‘’«»{_CJK}])+", re.IGNORECASE)
_BEGINNING = re.compile(r"(?:https?://)?[^/?#]*", re.IGNORECASE)
_BEHIND = ".,;:!?*…"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def utf8_length(text: str) -> int:
    return len(text.encode())


def links_of(text: str) -> frozenset[str]:
    """The different links in a text; none for a text that is far too long.

    What Threads takes for a link, and which links it takes for the same, is not documented. So a
    link without a scheme counts, and only what an address means the same by is ignored: the case
    of its host, and the punctuation around it.
    """
    if len(text) > _LONGEST_SEARCHED:
        return frozenset()
    from shared.platforms.links import links

    written = [_trimmed(link) for link in _WITH_SCHEME.findall(text)]
    rest = _WITH_SCHEME.sub(" ", text)
    written += [rest[link.start : link.end] for link in links(rest)]
    return frozenset(
        _BEGINNING.sub(lambda head: head[0].lower(), link, count=1) for link in written
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
