"""Requests to the twin of LinkedIn."""

from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient

from shared.platforms.linkedin import ABOUT
from tests.media import jpeg

ADA = "urn:li:person:ada"


PAGE = "urn:li:organization:77"


VERSIONED = {"Linkedin-Version": ABOUT.api_version, "X-Restli-Protocol-Version": "2.0.0"}


BEARERS = {ADA: "Bearer ada-access", PAGE: "Bearer page-access"}


def headers(author: str = ADA, **more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {**VERSIONED, "Authorization": BEARERS[author], **named}


def body(author: str = ADA, text: str = "Hello", **fields: Any) -> dict[str, Any]:
    return {
        "author": author,
        "commentary": text,
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
        **fields,
    }


def post(linkedin: FlaskClient, author: str = ADA, text: str = "Hello", **fields: Any) -> Any:
    return linkedin.post("/rest/posts", json=body(author, text, **fields), headers=headers(author))


def visible(linkedin: FlaskClient) -> list[str]:
    return [post["text"] for post in linkedin.get("/_sim/posts").json]


def code(answer: Any) -> str:
    body = answer.json
    details = body.get("errorDetails")
    return details["inputErrors"][0]["code"] if details else body["code"]


def path(kind: str, urn: str) -> str:
    return f"/rest/{kind}/{quote(urn, safe='')}"


def begin(linkedin: FlaskClient, kind: str, author: str, **fields: Any) -> Any:
    return linkedin.post(
        f"/rest/{kind}?action=initializeUpload",
        json={"initializeUploadRequest": {"owner": author, **fields}},
        headers=headers(author),
    )


def begin_image(linkedin: FlaskClient, author: str = ADA) -> dict[str, Any]:
    value: dict[str, Any] = begin(linkedin, "images", author).json["value"]
    return value


def upload_image(linkedin: FlaskClient, author: str = ADA, data: bytes | None = None) -> str:
    begun = begin_image(linkedin, author)
    bearer = {"Authorization": BEARERS[author]}
    put = linkedin.put(begun["uploadUrl"], data=data or jpeg(), headers=bearer)
    assert (put.status_code, put.data) == (201, b"")
    return str(begun["image"])
