"""How Threads reads a text (developers.facebook.com/docs/threads/posts)."""

import re

from linkify_it import LinkifyIt
from linkify_it.tlds import TLDS

# The first `#word` becomes the topic; a `#` inside a word or a URL does not count.
_TOPIC = re.compile(r"(?<![\w/&#])#(?P<topic>\w[^\s#.&,;:!?]{0,49})")
_HEAD = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_PUNCTUATION = ".,;:!?*\u2026\u201d\u2019\uff09\u3002"
_linkify = LinkifyIt(options={"fuzzy_email": False})
_linkify.tlds(TLDS)


def text_units(text: str) -> int:
    """The length as Threads counts it: in UTF-8 bytes, of which the limit is 500."""
    return len(text.encode())


def links(text: str) -> list[str]:
    """URLs in the text, including bare domains, each with a scheme and its host in small letters.

    Punctuation at the end belongs to the sentence.
    """
    urls = [
        match.url.rstrip(_PUNCTUATION)
        for match in _linkify.match(text) or []
        if text[match.index - 1 : match.index] != "#"
    ]
    return [_HEAD.sub(lambda head: head[0].lower(), url) for url in urls if _HEAD.match(url)]


def shown_text(text: str, topic_tag: str | None) -> tuple[str, str | None]:
    """The text as Threads shows it, and the topic.

    Without a `topic_tag` the first `#word` is the topic and loses its `#`.
    """
    match = None if topic_tag else _TOPIC.search(text)
    if match is None:
        return text, topic_tag
    return text[: match.start()] + text[match.start() + 1 :], match["topic"]
