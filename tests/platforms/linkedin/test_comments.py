"""Comments on a LinkedIn Page, beyond what every platform's are tested for."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import clock
from shared.domain.accounts import Account
from shared.domain.errors import (
    ErrorCategory,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    Rejected,
)
from shared.domain.inbox import Kind
from shared.platforms.comments import CommentPage, Source, Target, Watch
from shared.platforms.http import ClaimLimits, Http
from shared.platforms.linkedin.comment_urns import comment_urn, link_to, object_of
from shared.platforms.linkedin.comments import Comments
from shared.platforms.linkedin.notifications import KEPT_FOR, latest
from shared.platforms.metrics import Reader
from tests.media import Shelf
from tests.platforms.commenting import Commenting
from tests.platforms.conftest import Twin
from tests.platforms.driving import Answered

ROLES = "GET /rest/organizationAcls"
NOTIFICATIONS = "GET /rest/organizationalEntityNotifications"
COMMENT = "urn:li:comment:(urn:li:activity:7094637247890620418,7094977717598625792)"
SHORT = "urn:li:comment:(activity:7094637247890620418,7094977717598625792)"
AT = 1691574506310
# As another client received it.
NOTIFICATION: Mapping[str, Any] = {
    "subscriber": "urn:li:person:zLq",
    "lastModifiedAt": AT,
    "sourcePost": "urn:li:activity:7094637247890620418",
    "decoratedSourcePost": {"entity": "urn:li:share:7094637247487995904", "text": "A post"},
    "generatedActivity": SHORT,
    "decoratedGeneratedActivity": {
        "comment": {
            "owner": "urn:li:person:zLq",
            "text": "Commenting",
            "entity": COMMENT,
            "object": "urn:li:activity:7094637247890620418",
        }
    },
    "action": "COMMENT",
    "notificationId": 5603453321,
    "organizationalEntity": "urn:li:organization:96072893",
}


@pytest.fixture
def inbox(twin_of: Callable[[str], Twin], shelf: Shelf) -> Commenting:
    return Commenting(twin_of("linkedin"), shelf)


def _control(inbox: Commenting, path: str, **body: Any) -> None:
    answer = inbox.platform.app.test_client().post(f"/_sim{path}", json=body)
    assert answer.status_code == 200, answer.text


def _watch(inbox: Commenting, later: timedelta) -> Watch:
    return replace(inbox.watch(), now=clock.now() + later)


def test_the_role_is_checked_once_a_day(inbox: Commenting) -> None:
    assert inbox.job.survey_cost(inbox.watch()) == 1
    with inbox.counted() as calls:
        inbox.read()
    assert calls == [ROLES, NOTIFICATIONS]
    assert inbox.job.survey_cost(inbox.watch()) == 0
    with inbox.counted() as calls:
        inbox.read()
    assert calls == [NOTIFICATIONS]
    assert inbox.job.survey_cost(_watch(inbox, timedelta(days=1))) == 1


def test_an_empty_list_of_somebody_without_the_role_is_not_believed(inbox: Commenting) -> None:
    inbox.write(inbox.publish())
    roles = ["CONTENT_ADMINISTRATOR"]
    _control(inbox, "/roles", accountId="commented", roles=roles)
    with pytest.raises(ReadRefused, match="super admin") as refused:
        inbox.read()
    assert refused.value.category is ErrorCategory.PERMISSION


def test_what_was_missed_without_the_role_is_read_on_the_next_day(inbox: Commenting) -> None:
    inbox.read()
    checked = inbox.position["checked"]
    inbox.read()
    (source,) = inbox.survey().sources
    assert int(source.since) > int(checked) - 11 * 60 * 1000
    tomorrow = _watch(inbox, timedelta(days=1))
    (source,) = inbox.job.survey(tomorrow, inbox.reader, inbox.http()).sources
    assert source.since == str(checked)


def test_the_first_pass_reads_what_linkedin_still_has(inbox: Commenting) -> None:
    post = inbox.publish()
    recent = inbox.write(post, secondsAgo=59 * 86400)
    inbox.write(post, secondsAgo=61 * 86400)
    inbox.read()
    assert set(inbox.inbox) == {recent}
    (source,) = inbox.job.survey(Watch([], {}, clock.now()), inbox.reader, inbox.http()).sources
    since = datetime.fromtimestamp(int(source.since) / 1000, UTC)
    assert abs(clock.now() - KEPT_FOR - since) < timedelta(seconds=5)


def test_texts_that_are_not_in_the_notifications_are_a_call_each(inbox: Commenting) -> None:
    _control(inbox, "/bare_notifications", on=True)
    post = inbox.publish()
    comment = inbox.write(post, "First")
    reply, mention = inbox.answer(comment, "Second"), inbox.mention("Third (really)")
    with inbox.counted() as calls:
        inbox.read()
    read = [call.split("/")[2] for call in calls if call not in (ROLES, NOTIFICATIONS)]
    assert sorted(read) == ["posts", "socialActions", "socialActions"]
    texts = {seen.comment_id: seen.text for seen in inbox.inbox.values()}
    assert texts == {comment: "First", reply: "Second", mention: "Third (really)"}
    assert inbox.inbox[reply].parent_id == comment
    assert inbox.inbox[reply].post_id == post.platform_post_id


def test_a_comment_that_is_gone_before_its_text_was_read(inbox: Commenting) -> None:
    _control(inbox, "/bare_notifications", on=True)
    comment = inbox.write(inbox.publish())
    (source,) = inbox.survey().sources
    first = inbox.job.page(source, None, inbox.reader, inbox.http())
    inbox.remove(comment)
    second = inbox.job.page(source, first.next, inbox.reader, inbox.http())
    assert second == CommentPage([], gone=[comment])


def test_a_mention_whose_post_cannot_be_read_is_shown_without_text(inbox: Commenting) -> None:
    _control(inbox, "/bare_notifications", on=True)
    mention = inbox.mention()
    denied = {"status": 403, "code": "ACCESS_DENIED", "message": "Accessing is forbidden"}
    inbox.fails(match="GET /rest/posts/", status=403, body=denied)
    inbox.read()
    (seen,) = inbox.inbox.values()
    assert (seen.comment_id, seen.text, seen.kind) == (mention, "", Kind.MENTION)
    assert seen.permalink == f"https://www.linkedin.com/feed/update/{mention}/"


def test_a_mention_is_answered_by_a_comment_on_its_post(inbox: Commenting) -> None:
    mention = inbox.mention()
    inbox.read()
    replied = inbox.reply(mention, "Thanks")
    assert inbox.own() == ["Thanks"]
    assert [same.platform_post_id for same in inbox.find(mention, "Thanks").same] == [
        replied.comment_id
    ]
    assert not inbox.inbox[mention].can_delete


def test_a_reply_to_a_reply_answers_the_comment_above_it(inbox: Commenting) -> None:
    comment = inbox.write(inbox.publish())
    answer = inbox.answer(comment)
    inbox.read()
    replied = inbox.reply(answer, "Thanks")
    assert replied.comment_id is not None
    assert inbox.comment(replied.comment_id).parent_id == comment
    inbox.read()
    own = inbox.inbox[replied.comment_id]
    assert (own.is_own, own.parent_id, own.permalink) == (True, comment, replied.permalink)


def test_too_many_replies_wait_for_a_minute(inbox: Commenting) -> None:
    comment = inbox.write(inbox.publish())
    inbox.read()
    for number in range(10):
        inbox.reply(comment, f"Thanks {number}")
    with pytest.raises(RateLimited) as limited:
        inbox.reply(comment, "Thanks again")
    assert limited.value.retry_after == timedelta(seconds=90)


def test_without_a_role_that_may_comment_a_reply_is_refused(inbox: Commenting) -> None:
    comment = inbox.write(inbox.publish())
    inbox.read()
    _control(inbox, "/roles", accountId="commented", roles=["CONTENT_ADMINISTRATOR"])
    with pytest.raises(Rejected, match="role on the Page that can comment") as refused:
        inbox.reply(comment, "Thanks")
    assert refused.value.category is ErrorCategory.PERMISSION


def test_a_proxys_404_is_not_a_deleted_comment(inbox: Commenting) -> None:
    inbox.fails(status=404, body="<html>")
    with pytest.raises(PlatformUnavailable):
        inbox.job.read_one(Target(COMMENT, None), inbox.reader, inbox.http())


def test_a_members_comments_are_not_shown() -> None:
    member = Account("ann", "linkedin", "linkedin_ann", "urn:li:person:7700", "ann")
    assert Comments().refusal(member) == "LinkedIn shows no comments on a member's posts."


def test_a_notification_as_clients_have_received_it() -> None:
    (seen,) = latest([NOTIFICATION])
    assert (seen.urn, seen.text, seen.author) == (COMMENT, "Commenting", "urn:li:person:zLq")
    assert seen.post_id == "urn:li:share:7094637247487995904"
    assert seen.parent_id is None
    assert seen.created_at == datetime.fromtimestamp(AT / 1000, UTC)


def test_other_forms_of_a_notification() -> None:
    bare = {
        name: NOTIFICATION[name]
        for name in ("action", "lastModifiedAt", "sourcePost", "generatedActivity")
    }
    (seen,) = latest([bare])
    assert (seen.urn, seen.text, seen.post_id) == (COMMENT, "", NOTIFICATION["sourcePost"])
    made = {"actor": "urn:li:person:a", "message": {"text": "Hi"}, "parentComment": COMMENT}
    other = {"generatedActivity": COMMENT.replace("792)", "793)")}
    (seen,) = latest([{**bare, **other, "decoratedGeneratedActivity": {"comment": made}}])
    assert (seen.author, seen.text, seen.parent_id) == ("urn:li:person:a", "Hi", COMMENT)


def test_only_the_last_that_happened_to_a_comment_counts() -> None:
    edited = {**NOTIFICATION, "action": "COMMENT_EDIT", "lastModifiedAt": AT + 60_000}
    # The number of a comment tells when it was written, too.
    for notifications in ([edited, NOTIFICATION], [edited]):
        (seen,) = latest(notifications)
        assert seen.action == "COMMENT_EDIT"
        written = datetime.fromtimestamp(AT / 1000, UTC)
        assert abs(seen.created_at - written) < timedelta(seconds=1)
    deleted = {**NOTIFICATION, "action": "COMMENT_DELETE", "lastModifiedAt": AT + 90_000}
    assert [each.action for each in latest([deleted, edited, NOTIFICATION])] == ["COMMENT_DELETE"]


@pytest.mark.parametrize(
    "value", [None, [], {}, "x", 7, -1, True, "urn:li:comment:(a,b)", "9" * 99]
)
@pytest.mark.parametrize("field", sorted(NOTIFICATION))
def test_junk_in_a_notification_breaks_nothing(field: str, value: Any) -> None:
    for each in latest([{**NOTIFICATION, field: value}, NOTIFICATION]):
        assert each.urn == COMMENT


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x-restli-id": COMMENT}, {}),
        ({"x-restli-id": "7094977717598625792"}, {}),
        ({}, {"commentUrn": COMMENT}),
        ({}, {"$URN": SHORT}),
        ({}, {"id": "7094977717598625792", "object": "urn:li:activity:7094637247890620418"}),
    ],
)
def test_the_id_of_a_reply_in_any_form(headers: dict[str, str], body: dict[str, Any]) -> None:
    assert _reply(201, headers, body) == COMMENT


def test_a_reply_without_a_usable_id_is_public() -> None:
    assert _reply(201, {"x-restli-id": "x"}, {"id": []}) is None


def _reply(status: int, headers: dict[str, str], body: dict[str, Any]) -> str | None:
    answered = Answered(status, headers, json.dumps(body).encode())
    limits = ClaimLimits(intent_at=clock.now())
    http = Http("https://api.linkedin.test", lambda *_, **__: answered, limits)
    page = Account("ann", "linkedin", "linkedin_page", "urn:li:organization:5", "page")
    above = COMMENT.replace("792)", "700)")
    return Comments().reply(Target(above, None), "Thanks", Reader(page, "token"), http).comment_id


def test_the_urns_of_comments() -> None:
    assert comment_urn(SHORT) == comment_urn(COMMENT) == COMMENT
    for junk in (f"{COMMENT})", "urn:li:comment:(urn:li:activity:1,x)", "urn:li:share:1", None, 5):
        assert comment_urn(junk) is None
    assert object_of(COMMENT) == "urn:li:activity:7094637247890620418"
    assert object_of("urn:li:share:1") == "urn:li:share:1"
    assert link_to(COMMENT) == (
        "https://www.linkedin.com/feed/update/urn:li:activity:7094637247890620418/?commentUrn="
        "urn%3Ali%3Acomment%3A%28activity%3A7094637247890620418%2C7094977717598625792%29"
    )


def test_a_list_that_is_refused_is_no_empty_inbox(inbox: Commenting) -> None:
    inbox.without("rw_organization_admin")
    with pytest.raises(ReadRefused) as refused:
        inbox.job.page(Source("notifications", since="0"), None, inbox.reader, inbox.http())
    assert refused.value.category is ErrorCategory.PERMISSION


def test_a_comment_that_cannot_be_read_does_not_keep_the_others_waiting(
    inbox: Commenting, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = json.dumps([None, [[COMMENT, None], [SHORT, None]]])

    def refuse(*_: object) -> None:
        raise ReadRefused("LinkedIn returned no usable comment.")

    monkeypatch.setattr(inbox.job, "read_one", refuse)
    page = inbox.job.page(Source("notifications"), cursor, inbox.reader, inbox.http())
    assert list(page.seen) == []
    assert page.next == json.dumps([None, [[SHORT, None]]])
