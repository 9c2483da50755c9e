"""The twin of Snapchat answers as its documentation says: statistics."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared import clock
from tests.local.platforms.snapchat.client import ADA, PATH, code, spotlight, uploaded

DAY = "granularity=DAY"


def _midnight(days: int) -> str:
    return f"{clock.now() + timedelta(days=days):%Y-%m-%d}T00:00:00"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("assetType=SNAP", "assetType"),
        ("asset_type=STORY", "asset_type"),
        ("granularity=HOUR", "granularity"),
        ("fields=VIEWS", "fields"),
        ("assetType=SPOTLIGHT&fields=VIEWS,REPLIES", "fields"),
        (DAY, "startTime"),
        (f"{DAY}&startTime={_midnight(-2)}", "endTime"),
        (f"{DAY}&startTime={_midnight(-2)[:10]}&endTime={_midnight(0)}", "startTime"),
        (f"{DAY}&startTime={_midnight(-2)}&endTime={_midnight(-1)[:-5]}30:00", "endTime"),
        (f"{DAY}&startTime={_midnight(-91)}&endTime={_midnight(0)}", "startTime"),
        (f"{DAY}&startTime={_midnight(-1)}&endTime={_midnight(-2)}", "endTime"),
    ],
)
def test_a_wrong_parameter_fails_the_whole_call(
    snapchat: FlaskClient, query: str, name: str
) -> None:
    answer = snapchat.get(f"{PATH}/stats?{query}", headers=ADA)
    assert (answer.status_code, code(answer)) == (400, "VALIDATION_ERROR")
    assert answer.json["debug_message"].startswith(f"{name}: ")


def test_a_period_can_be_asked_for(snapchat: FlaskClient) -> None:
    query = f"granularity=TOTAL&startTime={_midnight(-89)}.000Z&endTime={_midnight(0)}"
    assert snapchat.get(f"{PATH}/stats?{query}", headers=ADA).status_code == 200


def test_numbers_are_texts_beside_their_field(snapchat: FlaskClient) -> None:
    spotlight_id = spotlight(snapchat, uploaded(snapchat)).json["spotlight_id"]
    snapchat.post(f"/_sim/posts/{spotlight_id}/metrics", json={"views": 7, "shares": None})
    query = "assetType=SPOTLIGHT&fields=VIEWS,SHARES"
    for path in (f"{PATH}/stats", f"{PATH}/spotlights/{spotlight_id}/stats"):
        [asset] = snapchat.get(f"{path}?{query}", headers=ADA).json["assets"]
        assert asset["asset_id"] == spotlight_id
        views = {"dimension_breakdown": "DEFAULT", "value": "7"}
        [point] = asset["timeseries"]
        assert point["fields"] == [{"field": {"field_name": "VIEWS"}, "stats": [views]}]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("stories", "SPOTLIGHT"), ("spotlights", "STORY"), ("spotlights", "PROFILE")],
)
def test_another_kind_of_post_is_not_found(snapchat: FlaskClient, path: str, kind: str) -> None:
    spotlight_id = spotlight(snapchat, uploaded(snapchat)).json["spotlight_id"]
    answer = _stats(snapchat, f"{path}/{spotlight_id}", kind)
    assert answer.status_code == 404
    assert _stats(snapchat, "spotlights/none", "SPOTLIGHT").status_code == 404


def test_only_somebody_with_a_role_reads_them(snapchat: FlaskClient) -> None:
    bob = {"Authorization": "Bearer bob-access"}
    answer = snapchat.get(f"{PATH}/stats", headers=bob)
    assert (answer.status_code, code(answer)) == (403, "AUTHORIZATION_PERMISSION_DENIED")


def _stats(snapchat: FlaskClient, path: str, kind: str) -> Any:
    return snapchat.get(f"{PATH}/{path}/stats?assetType={kind}", headers=ADA)
