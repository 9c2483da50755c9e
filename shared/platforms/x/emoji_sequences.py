"""Emoji as X counts them: whole sequences, however many code points they have."""

from collections.abc import Iterator


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """`text` cut into (piece, is_emoji): the longest known emoji, or one character.

    `emoji.analyze` also joins sequences that no platform supports, and needs quadratic time.
    """
    from emoji.tokenizer import get_search_tree

    tree = get_search_tree()
    start = 0
    while start < len(text):
        node, end, position = tree, start, start
        while position < len(text) and text[position] in node:
            node, position = node[text[position]], position + 1
            if "data" in node:
                end = position
        yield text[start : max(end, start + 1)], end > start
        start = max(end, start + 1)
