"""The twin of LinkedIn answers as its documentation says: the numbers of posts."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.local.platforms.conftest import MovableOffset
from tests.local.platforms.linkedin import client
from tests.local.platforms.linkedin.client import ADA, PAGE

STATISTICS = "/rest/organizationalEntityShareStatistics"
OF_PAGE = f"q=organizationalEntity&organizationalEntity={quote(PAGE, safe='')}"
SHARE, VIDEO = "urn%3Ali%3Ashare%3A1", "urn%3Ali%3AugcPost%3A1"
TOO_MANY = f"shares=List({','.join([SHARE] * 21)})"


def _get(linkedin: FlaskClient, address: str, author: str = PAGE) -> Any:
    return linkedin.get(address, headers=client.headers(author))


def _posted(linkedin: FlaskClient, text: str = "Hello", **counted: int | None) -> str:
    """The encoded URN of a post of the page, with these numbers."""
    urn = client.post(linkedin, PAGE, text).headers["x-restli-id"]
    linkedin.post(f"/_sim/posts/{urn}/metrics", json=counted)
    return quote(urn, safe="")


def _statistics(linkedin: FlaskClient, *urns: str) -> list[dict[str, Any]]:
    address = f"{STATISTICS}?{OF_PAGE}&shares=List({','.join(urns)})"
    elements: list[dict[str, Any]] = _get(linkedin, address).json["elements"]
    return elements


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        (f"{STATISTICS}?{OF_PAGE}&shares[0]={SHARE}", 403, "ACCESS_DENIED"),
        (f"{STATISTICS}?{OF_PAGE}&shares={SHARE}", 400, "INVALID_URN_TYPE"),
        (f"{STATISTICS}?{OF_PAGE}&shares=List({VIDEO})", 400, "INVALID_URN_TYPE"),
        (f"{STATISTICS}?{OF_PAGE}&shares=List(urn:li:share:1)", 400, "INVALID_URN_TYPE"),
        (f"{STATISTICS}?{OF_PAGE}&shares=List%28{SHARE}%29", 400, "INVALID_URN_TYPE"),
        (f"{STATISTICS}?{OF_PAGE}&{TOO_MANY}", 400, "INVALID_VALUE_FOR_FIELD"),
        (
            f"{STATISTICS}?{OF_PAGE}&shares=List({SHARE})&ugcPosts=List({VIDEO})",
            400,
            "INVALID_VALUE_FOR_FIELD",
        ),
        (f"{STATISTICS}?q=organizationalEntity&shares=List({SHARE})", 400, "ILLEGAL_ARGUMENT"),
        (f"/rest/videoAnalytics?q=entity&entity={VIDEO}", 400, "ILLEGAL_ARGUMENT"),
        (
            f"/rest/videoAnalytics?q=entity&entity={VIDEO}&type=LIKES&aggregation=ALL",
            400,
            "INVALID_VALUE_FOR_FIELD",
        ),
        (
            f"/rest/videoAnalytics?q=entity&entity={VIDEO}&type=VIEWER&aggregation=ALL",
            404,
            "RESOURCE_NOT_FOUND",
        ),
        (
            f"/rest/networkSizes/{quote(PAGE, safe='')}?edgeType=CompanyFollowedByMember",
            400,
            "INVALID_VALUE_FOR_FIELD",
        ),
    ],
)
def test_a_malformed_question_is_refused(
    linkedin: FlaskClient, address: str, status: int, code: str
) -> None:
    answer = _get(linkedin, address)
    assert (answer.status_code, client.code(answer)) == (status, code)


@pytest.mark.parametrize(
    "address",
    [
        f"{STATISTICS}?{OF_PAGE}&shares=List({SHARE})",
        f"/rest/videoAnalytics?q=entity&entity={VIDEO}&type=VIDEO_VIEW&aggregation=ALL",
        f"/rest/networkSizes/{quote(PAGE, safe='')}?edgeType=COMPANY_FOLLOWED_BY_MEMBER",
    ],
)
def test_a_members_token_reads_no_numbers(linkedin: FlaskClient, address: str) -> None:
    answer = _get(linkedin, address, ADA)
    assert (answer.status_code, client.code(answer)) == (403, "ACCESS_DENIED")
    assert _get(linkedin, address).status_code in (200, 404)


def test_only_own_posts_with_activity_have_statistics_for_a_year(
    linkedin: FlaskClient, offset: MovableOffset
) -> None:
    seen = _posted(linkedin, views=5, reach=None)
    idle = _posted(
        linkedin, "Idle", **dict.fromkeys(("views", "reach", "likes", "comments", "shares"), 0)
    )
    foreign = quote(client.post(linkedin).headers["x-restli-id"], safe="")
    [element] = _statistics(linkedin, seen, idle, foreign, SHARE)
    assert quote(element["share"], safe="") == seen
    assert element["totalShareStatistics"]["impressionCount"] == 5
    assert "uniqueImpressionsCount" not in element["totalShareStatistics"]
    offset.moved = timedelta(days=366).total_seconds()
    assert _statistics(linkedin, seen) == []


def test_other_roles_see_zeros(linkedin: FlaskClient) -> None:
    seen = _posted(linkedin, views=5)
    linkedin.post("/_sim/roles", json={"accountId": "page", "roles": ["CONTENT_ADMINISTRATOR"]})
    [element] = _statistics(linkedin, seen)
    assert set(element["totalShareStatistics"].values()) == {0}


def test_an_answer_has_ten_elements_at_most(linkedin: FlaskClient) -> None:
    urns = [_posted(linkedin, f"Number {number}", views=number + 1) for number in range(11)]
    assert len(_statistics(linkedin, *urns)) == 10
