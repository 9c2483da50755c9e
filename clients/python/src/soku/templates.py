"""Pictures for posts, drawn from templates."""

from collections.abc import Mapping
from typing import Any

from soku import models
from soku.transport import Transport


class Templates:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> list[models.PictureTemplate]:
        """All templates, each with the JSON Schema of its config, an example and a preview."""
        listed = self._transport.call("GET", "/v1/templates", models.TemplateList)
        return listed["data"]

    def draw(
        self, slug: str, config: Mapping[str, Any], *, aspect_ratio: models.AspectRatio = "1:1"
    ) -> models.Media:
        """Draw a picture and store it among your files; its `url` can be used in posts."""
        body = {"templateSlug": slug, "config": dict(config), "aspectRatio": aspect_ratio}
        # The same config is the same file.
        return self._transport.call(
            "POST", "/v1/templates", models.Media, body=body, repeatable=True
        )
