"""What all templates can be configured with."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.web.strict import Strict

AspectRatio = Literal["1:1", "4:5", "9:16"]
SIZES: dict[str, tuple[int, int]] = {
    "1:1": (1080, 1080),
    "4:5": (1080, 1350),
    "9:16": (1080, 1920),
}
"""In pixels."""
# More marks on one letter than any language has would reach into the lines above.
_MOST_MARKS = 4
_COLOR = re.compile("#[0-9A-Fa-f]{6}")


def _readable(text: str) -> str:
    """The text in one form. Raises PydanticCustomError for what cannot be typeset."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " ")).strip()
    if not text:
        raise PydanticCustomError("empty", "The text must not be empty. Leave the field out.")
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MOST_MARKS or (category == "Cc" and character != "\n"):
            message = f"The text contains a control character or more than {_MOST_MARKS} marks on "
            raise PydanticCustomError("invalid_characters", f"{message}one letter. Remove them.")
    return text


def _in_one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _color(value: str) -> str:
    if not _COLOR.fullmatch(value):
        message = "The color must be a number sign and six hexadecimal digits, such as #1d4ed8."
        raise PydanticCustomError("invalid_color", message)
    return value.lower()


Text = Annotated[str, AfterValidator(_readable)]
"""A text, which is shown as it is: it has no markup."""
_OneLine = Annotated[Text, AfterValidator(_in_one_line)]
Short = Annotated[_OneLine, Field(max_length=40)]
Line = Annotated[_OneLine, Field(max_length=80)]
Long = Annotated[Text, Field(max_length=300)]
Color = Annotated[
    str, AfterValidator(_color), Field(json_schema_extra={"pattern": f"^{_COLOR.pattern}$"})
]


class Design(Strict):
    """The fields that every template has."""

    accent: Color = "#1d4ed8"
    """The main color, such as `#1d4ed8`. Texts on it are black or white, whichever is readable."""
    theme: Literal["light", "dark"] = "light"
    """Whether the background is light or dark, where the template does not fill it."""
    brand: Short | None = None
    """Your name or address, at the bottom."""


class Illustrated(Design):
    """A template that can show a picture of the user."""

    picture: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    """The `id` or the `url` of one of your images in `/v1/media`. It is cropped to fill its place,
    and the first frame of an animated image is used."""
