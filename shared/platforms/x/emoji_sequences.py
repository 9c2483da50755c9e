"""Emoji as the platforms count them: whole sequences, however many code points they take."""

from collections.abc import Iterator


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """`text` cut into (piece, is_emoji): an emoji with all its joiners, or one character."""
    import emoji

    for token in emoji.analyze(text, non_emoji=True, join_emoji=True):
        yield token.chars, not isinstance(token.value, str)
