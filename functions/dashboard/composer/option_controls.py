"""The options of a platform as a form, made from the platform's typed options."""

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from shared.platforms import registry
from shared.web.field_docs import docs_of

# Alt texts stand at the files; only test posts, which pages do not create, are simulated.
_ELSEWHERE = frozenset({"altTexts", "simulate"})
_YES, _NO = "yes", "no"
# Names of the API that say little to people.
_WORDS = {
    "aiGenerated": "Made with AI",
    "audioName": "Name of the audio",
    "autoAddMusic": "Add music",
    "brandContent": "Paid partnership",
    "brandOrganic": "Promotes my own business",
    "categoryId": "Category number",
    "containsSyntheticMedia": "Altered or generated",
    "coverTimestampMs": "Cover: milliseconds into the video",
    "disableComment": "Turn comments off",
    "disableDuet": "Turn duets off",
    "disableReshare": "Turn resharing off",
    "disableStitch": "Turn stitches off",
    "linkAttachment": "Link to preview",
    "locale": "Language and country",
    "locationId": "Location (id of its Page)",
    "photoCoverIndex": "Cover photo, counted from 0",
    "postType": "Kind of post",
    "privacyLevel": "Who can see it",
    "privacyStatus": "Who can see it",
    "replyControl": "Who may reply",
    "replySettings": "Who may reply",
    "shareToFeed": "Show the reel in the feed",
    "thumbOffset": "Cover: milliseconds into the video",
    "topicTag": "Topic",
    "ttl": "How long it is shown",
    "visibility": "Who can see it",
    "PUBLIC_TO_EVERYONE": "Everyone",
    "FOLLOWER_OF_CREATOR": "Followers",
    "MUTUAL_FOLLOW_FRIENDS": "Friends",
    "SELF_ONLY": "Only me",
    "CONNECTIONS": "My connections",
    "LOGGED_IN": "Signed-in members",
    "creativeCommon": "Creative Commons",
    "following": "People I follow",
    "accounts_you_follow": "People I follow",
    "mentionedUsers": "People who are mentioned",
    "mentioned_only": "People who are mentioned",
    "parent_post_author_only": "The author of the post above",
    "followers_only": "Followers",
    "verified": "Verified accounts",
    "youtube": "YouTube's standard license",
}


@dataclass(frozen=True)
class Control:
    """One option in the form."""

    name: str
    """As in the API."""
    label: str
    help: str
    kind: str
    """choice, switch, number, text or list."""
    choices: tuple[tuple[str, str], ...] = ()
    """Values with their words; "" stands for no choice."""
    default: Any = None

    def shown(self, value: Any) -> str:
        """A value of the option as its control has it."""
        if value is None:
            value = self.default
        if isinstance(value, bool):
            return _YES if value else _NO
        if isinstance(value, (list, tuple)):
            return ", ".join(map(str, value))
        return "" if value is None else str(value)

    def read(self, sent: str | None) -> Any:
        """The value that was sent; None for one that is left to the platform.

        What cannot be read stays text, so that the check of the options refuses it.
        """
        text = (sent or "").strip()
        match self.kind:
            case "switch":
                value: Any = text == _YES
                return None if value == self.default else value
            case "list":
                return [each.strip() for each in text.split(",") if each.strip()] or None
            case "number":
                return int(text) if re.fullmatch(r"-?\d{1,15}", text, re.ASCII) else text or None
            case "choice" if text in (_YES, _NO) and (_YES, "Yes") in self.choices:
                return text == _YES
        return None if text == self.default else text or None


@cache
def controls_of(platform: str) -> tuple[Control, ...]:
    """The controls of a platform's options, in the order of the model."""
    model = registry.limits(platform).options
    docs = docs_of(model)
    return tuple(
        _control(alias, field, docs.get(alias, ""))
        for name, field in model.model_fields.items()
        if (alias := field.alias or name) not in _ELSEWHERE
    )


def options_from(platform: str, sent: Mapping[str, str]) -> dict[str, Any]:
    """The options that a form sent, by their names; those without a choice are left out."""
    values = {each.name: each.read(sent.get(each.name)) for each in controls_of(platform)}
    return {name: value for name, value in values.items() if value is not None}


def _control(name: str, field: FieldInfo, doc: str) -> Control:
    kind, choices = _kind_of(field.annotation)
    default = field.default if field.default not in ((), None) else None
    if kind == "choice" and default is None:
        choices = (("", "Not set"), *choices)
    return Control(name, words_of(name), _for_people(doc), kind, choices, default)


def _kind_of(annotation: Any) -> tuple[str, tuple[tuple[str, str], ...]]:
    types_of = [each for each in _members(annotation) if each is not type(None)]
    is_optional = len(types_of) < len(list(_members(annotation)))
    [kind] = types_of
    if get_origin(kind) is Literal:
        return "choice", tuple((value, words_of(value)) for value in get_args(kind))
    if kind is bool and is_optional:
        return "choice", ((_YES, "Yes"), (_NO, "No"))
    if kind is bool:
        return "switch", ()
    if kind is int:
        return "number", ()
    return ("list" if get_origin(kind) is Sequence or _is_sequence(kind) else "text"), ()


def _is_sequence(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Sequence)


def _members(annotation: Any) -> Iterator[Any]:
    """The types of a union, without what only annotates them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _members(each)
    else:
        yield annotation


def words_of(name: str) -> str:
    """A name of the API in words."""
    if name in _WORDS:
        return _WORDS[name]
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()
    spaced = re.sub(r"\b(ms|id|ai|url|ttl)\b", lambda found: found[0].upper(), spaced)
    return spaced[:1].upper() + spaced[1:]


def _for_people(doc: str) -> str:
    """A description of the API as a hint beside a control."""
    return doc.replace("when omitted", "if you choose nothing").replace("`", "")
