"""Bodies that are read bit by bit, as models: schemas alone."""

from pydantic import MISSING, ConfigDict
from pydantic.config import JsonDict

from shared.posts.request import NewPost, PostContent
from shared.web.strict import Moment, Strict


def _not_empty(schema: JsonDict) -> None:
    schema["minProperties"] = 1


class PostChanges(Strict):
    """The fields of a new post, each in place of what the post has; `content` as a whole."""

    model_config = ConfigDict(json_schema_extra=_not_empty)

    post: NewPost | MISSING = MISSING
    scheduled_time: Moment | MISSING = MISSING
    """ISO 8601 with an offset, at least 1 minute ahead."""
    draft: bool | MISSING = MISSING
    """false, with a time, schedules a draft."""
    not_after: Moment | MISSING = MISSING
    """ISO 8601 with an offset: what could not start by then fails as `expired`."""


def _anywhere(schema: JsonDict) -> None:
    schema["required"] = []


class EditedContent(PostContent):
    """What is published instead; without `platform`, where it failed."""

    model_config = ConfigDict(json_schema_extra=_anywhere)


class EditedPost(Strict):
    content: EditedContent


class Retry(Strict):
    """What failed goes out as it is, or with other content."""

    post: EditedPost | MISSING = MISSING
