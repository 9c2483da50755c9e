"""What stands below a field in the source is its description.

pydantic can do that, too, but reads the source of every model as it is made: 35 ms of each cold
start, where only who asks for the description needs it.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from shared.platforms.base import Options
from shared.web.strict import Strict


def docs_of(model: type[BaseModel]) -> dict[str, str]:
    """The docstrings below a model's fields and those that it inherits, by the fields' aliases."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            found |= dict(_docstrings(kind))
    fields = model.model_fields
    return {fields[name].alias or name: text for name, text in found.items() if name in fields}


def _docstrings(kind: type) -> Iterator[tuple[str, str]]:
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    for field, below in pairwise(getattr(definition, "body", ())):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())


def add_docs(schemas: dict[str, Any]) -> None:
    """Describe the fields of all models that callers send, wherever their schemas stand."""
    known = {model.__name__: docs_of(model) for root in (Strict, Options) for model in _all(root)}
    for name, schema in schemas.items():
        _describe({**schema, "title": name}, known)


def _all(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for below in model.__subclasses__():
        yield from _all(below)


def _describe(node: Any, known: dict[str, dict[str, str]]) -> None:
    if isinstance(node, list):
        for each in node:
            _describe(each, known)
    elif isinstance(node, dict):
        docs = known.get(str(node.get("title")), {})
        # A model with a schema for each platform has its fields in all of them.
        for each in [node, *node.get("oneOf", [])]:
            for name, field in each.get("properties", {}).items():
                if name in docs:
                    field.setdefault("description", docs[name])
        for value in node.values():
            _describe(value, known)
