"""Models of the answers about templates, like those of `answers`."""

from typing import Annotated, Any

from pydantic import Field

from functions.api.openapi.answers import Answer
from shared.templates import catalog
from shared.templates.config import SIZES

_Slug = Annotated[str, Field(json_schema_extra={"enum": list(catalog.slugs())})]


class PictureTemplate(Answer):
    """A template for pictures."""

    template_slug: _Slug
    description: str
    aspect_ratios: list[Annotated[str, Field(json_schema_extra={"enum": list(SIZES)})]]
    config: dict[str, Any]
    """The JSON Schema of the config."""
    example: dict[str, Any]
    """A config to start from."""
    preview: str
    """The example at 1:1, as a small picture in a data URL."""


class TemplateList(Answer):
    """All templates."""

    data: list[PictureTemplate]
