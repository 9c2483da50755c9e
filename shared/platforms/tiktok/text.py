"""How TikTok counts a text."""


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
