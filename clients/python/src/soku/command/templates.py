"""The command `soku templates`: draw a picture, for `soku post --image` or as a file."""

import argparse
from collections.abc import Sequence
from typing import Any

from soku.client import Soku
from soku.command import shown
from soku.errors import SokuError


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to those of the parser."""
    templates = commands.add_parser(
        "templates", parents=[common], help="list templates, or draw a picture"
    )
    templates.set_defaults(act=_list)

    below = templates.add_subparsers(metavar="draw")
    draw = below.add_parser(
        "draw", parents=[common], help="draw a picture; prints its address, for soku post --image"
    )
    draw.add_argument("template", help="such as quote")
    draw.add_argument(
        "fields",
        nargs="+",
        metavar="FIELD=TEXT",
        help='such as text="Hello"; write a list as items=Rye items=Wheat',
    )
    draw.add_argument("--ratio", default="1:1", choices=("1:1", "4:5", "9:16"), help="1:1")
    draw.add_argument("--file", metavar="FILE", help="also save the picture here, as JPEG")
    draw.set_defaults(act=_draw)


def _list(soku: Soku, chosen: argparse.Namespace) -> int:
    listed = soku.templates.list()
    if chosen.json:
        shown.as_json(listed)
    else:
        shown.templates(listed)
    return 0


def _draw(soku: Soku, chosen: argparse.Namespace) -> int:
    texts = _texts(chosen.fields)
    lists = _lists(soku, chosen.template)
    config = {
        name: found if name in lists or len(found) > 1 else found[0]
        for name, found in texts.items()
    }
    picture = soku.templates.draw(chosen.template, config, aspect_ratio=chosen.ratio)
    if chosen.file:
        soku.media.save(picture["url"], chosen.file)
    if chosen.json:
        shown.as_json(picture)
    else:
        print(picture["url"])
    return 0


def _lists(soku: Soku, template: str) -> set[str]:
    """The fields of a template that are lists; the API checks whether there is such a template."""
    return {
        name
        for each in soku.templates.list()
        if each["templateSlug"] == template
        for name, schema in each["config"]["properties"].items()
        if schema.get("type") == "array"
    }


def _texts(fields: Sequence[str]) -> dict[str, list[str]]:
    """What each `name=text` says, by name; the API checks the names."""
    texts: dict[str, list[str]] = {}
    for field in fields:
        name, sign, text = field.partition("=")
        if not sign:
            raise SokuError(f'Write "{field[:60]}" as FIELD=TEXT, such as text="Hello".')
        texts.setdefault(name, []).append(text)
    return texts
