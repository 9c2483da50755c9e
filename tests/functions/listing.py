"""GET /v1/posts as the tests call it: one answer, its pages, or the ids on all of them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tests.functions.api_client import POSTS, ApiClient


def listed(api: ApiClient, **query: Any) -> list[str]:
    """The ids on all pages of a list."""
    return [each["postSubmissionId"] for page in pages(api, **query) for each in page]


def pages(api: ApiClient, **query: Any) -> Iterator[list[dict[str, Any]]]:
    cursor = None
    while True:
        answer = get(api, **query, **({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        assert set(answer.json) == {"data", "nextCursor"}
        yield answer.json["data"]
        cursor = answer.json["nextCursor"]
        if cursor is None:
            return


def get(api: ApiClient, **query: Any) -> Any:
    named = {name.rstrip("_"): value for name, value in query.items()}
    return api.call("GET", f"{POSTS}?{urlencode(named)}")
