"""Models of bodies that the code reads in parts, only for their schemas."""

from pydantic import MISSING, ConfigDict
from pydantic.config import JsonDict

from shared.posts.request import NewPost, PostContent
from shared.web.strict import Moment, Strict


def _not_empty(schema: JsonDict) -> None:
    schema["minProperties"] = 1


class PostChanges(Strict):
    """The fields of a new post that replace those of the post; `content` is replaced as a whole."""

    model_config = ConfigDict(json_schema_extra=_not_empty)

    post: NewPost | MISSING = MISSING
    scheduled_time: Moment | MISSING = MISSING
    """ISO 8601 with an offset, at least 1 minute in the future."""
    draft: bool | MISSING = MISSING
    """false, with a time, schedules a draft."""
    not_after: Moment | MISSING = MISSING
    """ISO 8601 with an offset. A delivery that could not start by then fails with `expired`."""


def _anywhere(schema: JsonDict) -> None:
    schema["required"] = []


class EditedContent(PostContent):
    """The new content. Without `platform`, it is published where the post failed."""

    model_config = ConfigDict(json_schema_extra=_anywhere)


class EditedPost(Strict):
    content: EditedContent


class Retry(Strict):
    """Retries the failed runs with the same content, or with new content."""

    post: EditedPost | MISSING = MISSING
