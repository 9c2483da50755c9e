"""Examples of requests and answers about templates."""

from typing import Any

from shared.templates import catalog

_QUOTE = catalog.template("quote")
PICTURES: dict[str, tuple[str, Any]] = {
    slug: (
        catalog.template(slug).description.rstrip("."),
        {
            "templateSlug": slug,
            "config": dict(catalog.template(slug).example),
            "aspectRatio": "4:5",
        },
    )
    for slug in catalog.slugs()
}
TEMPLATES: dict[str, Any] = {
    "data": [
        {
            "templateSlug": "quote",
            "description": _QUOTE.description,
            "aspectRatios": ["1:1", "4:5", "9:16"],
            "config": {
                "type": "object",
                "properties": {"text": {"type": "string", "maxLength": 300}},
                "required": ["text"],
            },
            "example": dict(_QUOTE.example),
            "preview": "data:image/webp;base64,UklGRg==",
        }
    ]
}
