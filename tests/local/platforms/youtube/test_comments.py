"""The twin of YouTube answers as its documentation says: comments and what is done with them."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from local.platforms.youtube.state import SCOPE_PREFIX
from tests.local.platforms.youtube.client import get, reason, upload
from tests.media import mp4

OTHER = {"Authorization": "Bearer bob-access"}
OWN = {"Authorization": "Bearer ada-access"}


@pytest.fixture
def video(youtube: FlaskClient) -> str:
    return upload(youtube, mp4())


def _write(youtube: FlaskClient, **fields: Any) -> str:
    answer = youtube.post("/_sim/comments", json=fields)
    assert answer.status_code == 201
    comment_id: str = answer.json["id"]
    return comment_id


def _reply(youtube: FlaskClient, **snippet: Any) -> Any:
    return youtube.post("/youtube/v3/comments?part=snippet", json={"snippet": snippet}, headers=OWN)


def _moderate(youtube: FlaskClient, headers: dict[str, str] = OWN, **query: str) -> Any:
    path = "/youtube/v3/comments/setModerationStatus"
    return youtube.post(path, query_string=query, headers=headers)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (400, "missingRequiredParameter")),
        ({"videoId": "VIDEO", "id": "a"}, (400, "incompatibleParameters")),
        ({"id": "a", "moderationStatus": "heldForReview"}, (400, "incompatibleParameters")),
        ({"channelId": "UCada"}, (400, "invalidFilters")),
        ({"allThreadsRelatedToChannelId": "UCbob"}, (404, "channelNotFound")),
        ({"videoId": "nosuchvideo"}, (404, "videoNotFound")),
        ({"videoId": "VIDEO", "maxResults": "101"}, (400, "invalidParameter")),
        ({"videoId": "VIDEO", "maxResults": "0"}, (400, "invalidParameter")),
        ({"videoId": "VIDEO", "order": "newest"}, (400, "invalidParameter")),
        ({"videoId": "VIDEO", "moderationStatus": "rejected"}, (400, "invalidParameter")),
        ({"videoId": "VIDEO", "textFormat": "markdown"}, (400, "invalidParameter")),
        ({"videoId": "VIDEO", "sort": "time"}, (400, "unexpectedParameter")),
        ({"videoId": "VIDEO", "part": "statistics"}, (400, "unknownPart")),
    ],
)
def test_a_list_of_threads_needs_one_filter(
    youtube: FlaskClient, video: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    _write(youtube, postId=video)
    named = {name: video if value == "VIDEO" else value for name, value in query.items()}
    assert reason(get(youtube, "commentThreads", **({"part": "snippet"} | named))) == expected


def test_threads_come_newest_first_with_at_most_five_replies(
    youtube: FlaskClient, video: str
) -> None:
    old = _write(youtube, postId=video, text="a < b\nc", author="tom", secondsAgo=60)
    new = _write(youtube, postId=video, author="")
    replies = [_write(youtube, parentId=old) for _ in range(6)]
    below = _write(youtube, parentId=replies[0])
    answer = get(youtube, "commentThreads", part="snippet,replies", videoId=video).json
    first, second = answer["items"]
    assert (first["id"], second["id"]) == (new, old)
    assert "replies" not in first
    assert "authorDisplayName" not in first["snippet"]["topLevelComment"]["snippet"]
    assert second["snippet"]["totalReplyCount"] == 7
    assert [each["id"] for each in second["replies"]["comments"]] == replies[:5]
    top = second["snippet"]["topLevelComment"]["snippet"]
    assert top["textDisplay"] == "a &lt; b<br>c"
    assert top["authorDisplayName"] == "@tom"
    assert "textOriginal" not in top
    assert below.startswith(f"{old}.")


def test_pages_of_threads_follow_each_other(youtube: FlaskClient, video: str) -> None:
    youtube.post("/_sim/comments", json={"postId": video, "count": 25})
    first = get(youtube, "commentThreads", part="id", videoId=video).json
    assert len(first["items"]) == 20
    token = first["nextPageToken"]
    second = get(youtube, "commentThreads", part="id", videoId=video, pageToken=token).json
    assert len(second["items"]) == 5
    assert "nextPageToken" not in second
    of_channel = get(
        youtube, "commentThreads", part="id", allThreadsRelatedToChannelId="UCada", maxResults="100"
    ).json
    assert len(of_channel["items"]) == 25


def test_only_the_owner_sees_what_waits_for_a_review(youtube: FlaskClient, video: str) -> None:
    comment = _write(youtube, postId=video)
    assert _moderate(youtube, id=comment, moderationStatus="heldForReview").status_code == 204
    assert get(youtube, "commentThreads", part="id", videoId=video).json["items"] == []
    held = {"part": "snippet", "videoId": video, "moderationStatus": "heldForReview"}
    (thread,) = get(youtube, "commentThreads", **held).json["items"]
    shown = thread["snippet"]["topLevelComment"]["snippet"]
    assert shown["moderationStatus"] == "heldForReview"
    refused = youtube.get("/youtube/v3/commentThreads", query_string=held, headers=OTHER)
    assert reason(refused) == (403, "forbidden")
    assert _moderate(youtube, id=comment, moderationStatus="rejected").status_code == 204
    assert get(youtube, "commentThreads", **held).json["items"] == []


def test_comments_that_are_off(youtube: FlaskClient, video: str) -> None:
    comment = _write(youtube, postId=video)
    counted = {"part": "statistics", "id": video}
    assert get(youtube, "videos", **counted).json["items"][0]["statistics"]["commentCount"] == "1"
    youtube.post("/_sim/comments_allowed", json={"videoId": video, "on": False})
    refused = get(youtube, "commentThreads", part="id", videoId=video)
    assert reason(refused) == (403, "commentsDisabled")
    assert "commentCount" not in get(youtube, "videos", **counted).json["items"][0]["statistics"]
    assert reason(_reply(youtube, parentId=comment, textOriginal="Hi")) == (403, "commentsDisabled")


@pytest.mark.parametrize(
    ("snippet", "expected"),
    [
        ({"textOriginal": "Hi"}, (400, "parentIdMissing")),
        ({"parentId": "COMMENT"}, (400, "commentTextRequired")),
        ({"parentId": "COMMENT", "textOriginal": " "}, (400, "commentTextRequired")),
        ({"parentId": "COMMENT", "textOriginal": "a" * 10_001}, (400, "commentTextTooLong")),
        ({"parentId": "REPLY", "textOriginal": "Hi"}, (404, "parentCommentNotFound")),
        ({"parentId": "UgxNone", "textOriginal": "Hi"}, (404, "parentCommentNotFound")),
        ({"parentId": "COMMENT", "text": "Hi"}, (400, "badRequest")),
    ],
)
def test_a_reply_needs_a_thread_and_a_text(
    youtube: FlaskClient, video: str, snippet: dict[str, str], expected: tuple[int, str]
) -> None:
    comment = _write(youtube, postId=video)
    ids = {"COMMENT": comment, "REPLY": _write(youtube, parentId=comment)}
    named = {name: ids.get(value, value) for name, value in snippet.items()}
    assert reason(_reply(youtube, **named)) == expected


def test_a_reply_is_shown_below_its_comment(youtube: FlaskClient, video: str) -> None:
    comment = _write(youtube, postId=video)
    made = _reply(youtube, parentId=comment, textOriginal="Thanks").json
    (listed,) = get(youtube, "comments", part="snippet", parentId=comment).json["items"]
    assert listed == made
    assert listed["id"].startswith(f"{comment}.")
    assert listed["snippet"]["textOriginal"] == "Thanks"
    assert listed["snippet"]["authorChannelId"] == {"value": "UCada"}
    (by_id,) = get(youtube, "comments", part="snippet", id=made["id"]).json["items"]
    assert by_id == made


def test_what_only_the_owner_may_do(youtube: FlaskClient, video: str) -> None:
    comment = _write(youtube, postId=video)
    held = {"id": comment, "moderationStatus": "heldForReview"}
    assert reason(_moderate(youtube, OTHER, **held)) == (403, "forbidden")
    path = f"/youtube/v3/comments?id={comment}"
    assert reason(youtube.delete(path, headers=OTHER)) == (403, "forbidden")
    assert youtube.delete(path, headers=OWN).status_code == 204
    assert reason(youtube.delete(path, headers=OWN)) == (404, "commentNotFound")
    assert reason(get(youtube, "comments", part="snippet", parentId=comment)) == (
        404,
        "commentNotFound",
    )
    assert reason(_moderate(youtube, **held)) == (404, "commentNotFound")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"moderationStatus": "likelySpam"}, (400, "invalidModerationStatus")),
        ({"moderationStatus": "published", "banAuthor": "true"}, (400, "banWithoutReject")),
        ({"moderationStatus": "published", "id": ""}, (400, "missingRequiredParameter")),
    ],
)
def test_a_moderation_status_that_cannot_be_set(
    youtube: FlaskClient, video: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    comment = _write(youtube, postId=video)
    assert reason(_moderate(youtube, **({"id": comment} | query))) == expected


def test_comments_need_a_permission_of_their_own(youtube: FlaskClient, video: str) -> None:
    scopes = [f"{SCOPE_PREFIX}youtube.readonly", f"{SCOPE_PREFIX}youtube.upload"]
    account = {"accountId": "eve", "username": "eve", "accessToken": "eve", "scopes": scopes}
    assert youtube.post("/_sim/accounts", json=account).status_code == 201
    path = f"/youtube/v3/commentThreads?part=id&videoId={video}"
    refused = youtube.get(path, headers={"Authorization": "Bearer eve"})
    assert reason(refused) == (403, "insufficientPermissions")
