"""Configs in many scripts, with short and with long texts."""

from typing import Any

_SENTENCES = {
    "latin": "Small steps every day are what turn a good idea into something to rely on. ",
    "cyrillic": "Каждый день понемногу: так хорошая мысль становится делом на всю жизнь. ",
    "arabic": "خطوات صغيرة كل يوم تحول الفكرة الجيدة إلى شيء يعتمد عليه الناس دائما. ",
    "hebrew": "צעדים קטנים בכל יום הופכים רעיון טוב לדבר שאנשים סומכים עליו לאורך זמן. ",
    "devanagari": "हर दिन के छोटे कदम एक अच्छे विचार को ऐसी चीज़ बनाते हैं जिस पर लोग भरोसा करते हैं। ",
    "cjk": "毎日の小さな一歩が、良いアイデアを人々が頼りにするものへと変えていく。",
    "emoji": "🎉🚀✨👩‍👩‍👧‍👦🇩🇪❤️👍🏽🔥🌍💡",
}
_WORDS = {
    "latin": "Begin",
    "cyrillic": "Начни",
    "arabic": "ابدأ!",
    "hebrew": "מתחיל",
    "devanagari": "शुरू!",
    "cjk": "始めよう！",
    "emoji": "🎉🚀✨🔥💡",
}
SCRIPTS = tuple(_SENTENCES)
SHORT, LONG = 5, 300


def text(script: str, length: int) -> str:
    """`length` characters, or 5."""
    if length <= SHORT:
        return _WORDS[script]
    sentence = _SENTENCES[script]
    return (sentence * (length // len(sentence) + 1))[:length].strip()


def config(slug: str, script: str, length: int) -> dict[str, Any]:
    """With all fields if the texts are long, and with the required ones if they are short."""
    return filled(slug, lambda most: text(script, min(most, length)), whole=length > SHORT)


def filled(slug: str, fill: Any, *, whole: bool = True) -> dict[str, Any]:
    """A config whose texts are `fill(most)`, for the largest length of each field."""
    short, line, long = fill(40), fill(80), fill(300)
    required: dict[str, dict[str, Any]] = {
        "announcement": {"headline": long},
        "blog-cover": {"title": long},
        "event": {"title": long, "date": short},
        "list": {"title": long, "items": [fill(100)] * (8 if whole else 1)},
        "quote": {"text": long},
        "stat": {"value": short, "label": long},
    }
    optional: dict[str, dict[str, Any]] = {
        "announcement": {"label": short, "details": long, "button": short},
        "blog-cover": {"category": short, "author": line},
        "event": {"time": short, "place": line},
        "list": {},
        "quote": {"author": line, "role": line},
        "stat": {"source": line},
    }
    brand = {"brand": short}
    return required[slug] | (optional[slug] | brand if whole else {})
