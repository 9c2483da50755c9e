"""Requests to the twin of YouTube."""

from typing import Any

from flask.testing import FlaskClient

PATH = "/upload/youtube/v3/videos"


BEARER = {"Authorization": "Bearer ada-access"}


GRAIN = 262_144


DAY = 86400


def start(youtube: FlaskClient, size: int, **changed: Any) -> Any:
    """Begin an upload; `changed`: query, headers, snippet, status, or the whole body."""
    snippet = {"title": "Film", "description": "About it"} | changed.get("snippet", {})
    status = {"privacyStatus": "public"} | changed.get("status", {})
    headers = {"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": "video/mp4"}
    query = {"uploadType": "resumable", "part": "snippet,status"}
    return youtube.post(
        PATH,
        json=changed.get("body", {"snippet": snippet, "status": status}),
        query_string=merged_with(query, changed.get("query")),
        headers=merged_with(BEARER | headers, changed.get("headers")),
    )


def merged_with(values: dict[str, str], changes: dict[str, str | None] | None) -> dict[str, str]:
    """`values` with `changes`, of which None takes one away."""
    merged = values | (changes or {})
    return {name: value for name, value in merged.items() if value is not None}


def session(youtube: FlaskClient, size: int, **changed: Any) -> str:
    answer = start(youtube, size, **changed)
    assert (answer.status_code, answer.data) == (200, b"")
    location: str = answer.headers["Location"]
    assert location.startswith("http://localhost/upload/youtube/v3/videos?")
    return location


def put(youtube: FlaskClient, url: str, data: bytes, content_range: str | None, **more: str) -> Any:
    headers = {**BEARER, "Content-Type": "video/mp4", **more}
    if content_range is not None:
        headers["Content-Range"] = content_range
    return youtube.put(url, data=data, headers=headers)


def ask(youtube: FlaskClient, url: str, size: int) -> Any:
    return put(youtube, url, b"", f"bytes */{size}")


def upload(youtube: FlaskClient, film: bytes, **changed: Any) -> str:
    """Upload in one request; the id of the video."""
    answer = put(youtube, session(youtube, len(film), **changed), film, None)
    assert answer.status_code == 200
    video: str = answer.json["id"]
    return video


def reason(answer: Any) -> tuple[int, str]:
    error = answer.json["error"]
    assert error["code"] == answer.status_code
    message = error["errors"][0]["message"]
    is_about_scopes = error.get("status") == "PERMISSION_DENIED"
    assert message == ("Insufficient Permission" if is_about_scopes else error["message"])
    return answer.status_code, error["errors"][0]["reason"]


def get(youtube: FlaskClient, path: str, **query: str) -> Any:
    return youtube.get(f"/youtube/v3/{path}", query_string=query, headers=BEARER)


def status_of(youtube: FlaskClient, video: str) -> dict[str, Any]:
    (item,) = get(youtube, "videos", part="status,processingDetails", id=video).json["items"]
    found: dict[str, Any] = item["status"]
    return found


def visible(youtube: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = youtube.get("/_sim/posts").json
    return found


def fault(youtube: FlaskClient, match: str, mode: str, **more: Any) -> None:
    assert (
        youtube.post("/_sim/faults", json={"match": match, "mode": mode, **more}).status_code == 201
    )
