"""Finds the templates: every folder beside this file that has a `picture.typ`.

Its `__init__.py` has the model `Config`, and an `EXAMPLE` of one.
"""

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.templates.config import Design
from shared.web.field_docs import docs_of

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Template:
    slug: str
    config: type[Design]
    example: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        return FOLDER / _package(self.slug)

    @property
    def description(self) -> str:
        return inspect.getdoc(self.config) or ""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the config."""
        schema = self.config.model_json_schema()
        for name, text in docs_of(self.config).items():
            schema["properties"][name]["description"] = text
        return schema

    @property
    def version(self) -> str:
        """Changes with the files that decide how its pictures look."""
        files = (FOLDER / "base.typ", self.folder / "picture.typ")
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@cache
def slugs() -> tuple[str, ...]:
    """All templates, in alphabetical order."""
    return tuple(
        sorted(file.parent.name.replace("_", "-") for file in FOLDER.glob("*/picture.typ"))
    )


@cache
def template(slug: str) -> Template:
    """The template `slug`, one of `slugs()`."""
    module = import_module(f"shared.templates.{_package(slug)}")
    return Template(slug, module.Config, module.EXAMPLE)


def _package(slug: str) -> str:
    return slug.replace("-", "_")
