"""The video resource that an upload starts with."""

from typing import Any

from shared.domain.content import Content
from shared.platforms.youtube.options import options_of
from shared.platforms.youtube.text import title_of


def resource_of(content: Content) -> dict[str, Any]:
    """The body of videos.insert. Options that follow the channel's settings are left out."""
    options = options_of(content)
    snippet = {
        "title": title_of(content),
        "description": content.text,
        "tags": list(options.tags) or None,
        "categoryId": options.category_id,
        "defaultLanguage": options.default_language,
    }
    status = {
        # Without it, a video has been public since 2025 (revision history of the API).
        "privacyStatus": options.privacy_status,
        "selfDeclaredMadeForKids": options.made_for_kids,
        "containsSyntheticMedia": options.contains_synthetic_media,
        "embeddable": options.embeddable,
        "license": options.license,
    }
    return {"snippet": _without_none(snippet), "status": _without_none(status)}


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
