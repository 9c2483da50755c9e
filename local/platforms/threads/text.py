"""How Threads reads a text (developers.facebook.com/docs/threads/posts)."""

import re

import emoji
from linkify_it import LinkifyIt
from linkify_it.tlds import TLDS

# The first `#word` becomes the topic; a `#` inside a word or a URL does not count.
_TOPIC = re.compile(r"(?<![\w/&#])#(?P<topic>\w[^\s#.&,;:!?]{0,49})")
_linkify = LinkifyIt(options={"fuzzy_email": False})
_linkify.tlds(TLDS)


def text_units(text: str) -> int:
    """The length as Threads counts it: code points, but emoji by their UTF-8 bytes.

    Joiners, variation selectors and skin tones are part of their emoji. The limit is 500.
    """
    total = 0
    for token in emoji.analyze(text, non_emoji=True, join_emoji=True):
        is_plain = isinstance(token.value, str)
        total += len(token.chars) if is_plain else len(token.chars.encode())
    return total


def links(text: str) -> list[str]:
    """URLs in the text, including bare domains, each with a scheme."""
    matches = _linkify.match(text) or []
    return [match.url for match in matches if match.url.startswith(("http://", "https://"))]


def shown_text(text: str, topic_tag: str | None) -> tuple[str, str | None]:
    """The text as Threads shows it, and the topic.

    Without a `topic_tag` the first `#word` is the topic and loses its `#`.
    """
    match = None if topic_tag else _TOPIC.search(text)
    if match is None:
        return text, topic_tag
    return text[: match.start()] + text[match.start() + 1 :], match["topic"]
