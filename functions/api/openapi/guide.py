"""GET /llms.txt: what a language model needs to know to call the API, in Markdown.

The format is that of https://llmstxt.org.
"""

from typing import Any

_HEAD = """# Soku

> One post by HTTP, delivered to many platforms, once.

- Send the API key in the header `soku-api-key`, and bodies as JSON.
- To publish: `POST {url}/v1/posts` with `{{"post": {{"content": {{"text": "Hello", "platform": \
["x", "threads"]}}}}}}`. To check the same body without publishing: `POST {url}/v1/posts/validate`.
- Then read the post: `GET {url}/v1/posts/{{post_id}}?wait=60`.
- A post is live on a platform only if its run is `succeeded`. A run that is `unconfirmed` may or \
may not be live: Soku looks it up, so do not publish it again.
- Send an `Idempotency-Key` with each new post, and the same one when you repeat the request.
- Every error has a `message` that says what to do. After 429, wait `Retry-After` seconds.

## Description

- [OpenAPI 3.1]({url}/openapi.json): every call, with examples of all requests, answers and errors
- [The same as a page]({url}/docs): for people

## Calls
"""


def guide(document: dict[str, Any], url: str) -> str:
    calls = [
        f"- `{method.upper()} {path}`: {operation['summary']}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return "\n".join([_HEAD.format(url=url), *calls, ""])
