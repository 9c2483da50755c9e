"""Requests to the twin of Facebook."""

from typing import Any

from flask.testing import FlaskClient

from shared.platforms.facebook import ABOUT

TOKEN = {"access_token": "ada-page"}


API = f"/{ABOUT.api_version}"


PAGE = f"{API}/1020"


def post(facebook: FlaskClient, edge: str, **form: str) -> Any:
    return facebook.post(f"{PAGE}/{edge}", data=TOKEN | form)


def get(facebook: FlaskClient, path: str, **query: str) -> Any:
    return facebook.get(path, query_string=TOKEN | query)


def visible(facebook: FlaskClient) -> list[Any]:
    posts: list[Any] = facebook.get("/_sim/posts").json
    return posts


def codes(answer: Any) -> tuple[int, int | None, int | None]:
    error = answer.json["error"]
    return answer.status_code, error["code"], error.get("error_subcode")


def photo(facebook: FlaskClient, url: str, **form: str) -> Any:
    return post(facebook, "photos", url=url, **{"published": "false", **form})


class Upload:
    """The upload of a reel or a story."""

    def __init__(self, facebook: FlaskClient, edge: str = "video_reels") -> None:
        self._facebook, self._edge = facebook, edge
        begun = post(facebook, edge, upload_phase="start").json
        self.video_id = begun["video_id"]
        self._path = begun["upload_url"].removeprefix("http://localhost")

    def send(self, data: bytes, **headers: str) -> Any:
        named = {"Authorization": "OAuth ada-page", "offset": "0", "file_size": str(len(data))}
        return self._facebook.post(self._path, data=data, headers=named | headers)

    def finish(self, **form: str) -> Any:
        fields = {"video_id": self.video_id, "video_state": "PUBLISHED", **form}
        return post(self._facebook, self._edge, upload_phase="finish", **fields)

    def status(self) -> dict[str, Any]:
        path = f"{API}/{self.video_id}"
        value: dict[str, Any] = get(self._facebook, path, fields="status,published,post_id").json
        return value
