"""A request for a picture: a template, its config and an aspect ratio."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import ErrorDetails, PydanticCustomError

from shared.config import MediaSettings
from shared.domain.errors import InvalidRequest, Violation
from shared.gcp.media import media_path, source_path
from shared.media.names import MEDIA_ID, media_id_of
from shared.templates import catalog
from shared.templates.catalog import Template
from shared.templates.config import AspectRatio, Design
from shared.web import strict
from shared.web.strict import Strict


def _known_slug(slug: str) -> str:
    if slug not in catalog.slugs():
        message = f"The template must be one of {', '.join(catalog.slugs())}."
        raise PydanticCustomError("invalid", message)
    return slug


class NewPicture(Strict):
    """A picture to draw from a template."""

    template_slug: Annotated[
        str, AfterValidator(_known_slug), Field(json_schema_extra={"enum": list(catalog.slugs())})
    ]
    """Which template."""
    config: dict[str, Any]
    """The texts and colors. `GET /v1/templates` has the JSON Schema for each template."""
    aspect_ratio: AspectRatio = "1:1"
    """1080 × 1080, 1080 × 1350 or 1080 × 1920 pixels."""


@dataclass(frozen=True)
class Order:
    template: Template
    config: Design
    ratio: AspectRatio
    picture_id: str | None
    """The stored file that the config names."""

    @property
    def source_id(self) -> str:
        """The same for the same picture. No URL, which other files come from, has a space."""
        config = self.config.model_dump() | {"picture": self.picture_id}
        parts = [self.template.slug, self.template.version, self.ratio, config]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return hashlib.sha256(f"template {digest}".encode()).hexdigest()

    def paths(self, user_id: str) -> list[str]:
        """The documents that drawing the picture needs."""
        pictures = [media_path(user_id, self.picture_id)] if self.picture_id else []
        return [source_path(user_id, self.source_id), *pictures]


def read(sent: Mapping[str, Any], settings: MediaSettings) -> Order:
    """Raises InvalidRequest, with the violations of the config among all others."""
    try:
        wanted = strict.read(NewPicture, sent)
    except InvalidRequest as refused:
        raise InvalidRequest([*refused.violations, *_violations(sent)]) from refused
    template = catalog.template(wanted.template_slug)
    config = strict.read(template.config, wanted.config, _in_config)
    return Order(template, config, wanted.aspect_ratio, _picture_id(config, settings))


def _violations(sent: Mapping[str, Any]) -> Iterable[Violation]:
    """Those of the config, if it can be said which template it is for."""
    slug, config = sent.get("templateSlug"), sent.get("config")
    if slug not in catalog.slugs() or not isinstance(config, dict):
        return ()
    try:
        strict.read(catalog.template(slug).config, config, _in_config)
    except InvalidRequest as refused:
        return refused.violations
    return ()


def _in_config(detail: ErrorDetails) -> Violation:
    return strict.violation_of({**detail, "loc": ("config", *detail["loc"])})


def _picture_id(config: Design, settings: MediaSettings) -> str | None:
    sent = getattr(config, "picture", None)
    if sent is None:
        return None
    if re.fullmatch(MEDIA_ID, sent):
        return str(sent)
    media_id = media_id_of(sent, settings.base_url)
    if media_id is None:
        raise InvalidRequest([unknown_picture()])
    return media_id


def unknown_picture() -> Violation:
    message = (
        "File not found. Upload it with POST /v1/media and use the id or the URL in the answer."
    )
    return Violation("config.picture", "unknown_media", message)
