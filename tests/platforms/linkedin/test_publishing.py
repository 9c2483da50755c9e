"""Publishing on LinkedIn, against its simulated twin and recorded answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from shared import clock
from shared.domain.accounts import Account
from shared.domain.errors import DuplicateRejected, ErrorCategory, OutcomeUnknown, Rejected
from shared.domain.media import MediaAsset
from shared.domain.reconciliation import CLOCK_SLACK, Handle, Sighting
from shared.platforms.base import Pending, Post, Published
from shared.platforms.linkedin.checkpoint import Checkpoint
from shared.platforms.linkedin.limits import LIMITS
from shared.platforms.linkedin.publishing import CREATE, Publishing
from tests.media import Shelf
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_post, a_turn, http_to
from tests.platforms.linkedin.contract import gateway, input_error, throttled

URL = "https://api.linkedin.com"
POSTS = f"{URL}/rest/posts"
MINUTE = timedelta(minutes=1)
PUBLISHING = Publishing()
PAGE_TOKEN = "page-token"


@pytest.fixture
def twin(twin_of: Callable[[str], Twin]) -> Twin:
    """With a page besides the member that `a_post` posts as."""
    twin = twin_of("linkedin")
    twin.platform.add_account(
        "linkedin_page", "page", PAGE_TOKEN, external_id="urn:li:organization:5005"
    )
    return twin


def _page_post(text: str = "Hello", media: Sequence[MediaAsset] = (), **options: Any) -> Post:
    urn = "urn:li:organization:5005"
    page = Account("ann", "linkedin", "linkedin_page", urn, "page")
    return replace(a_post("linkedin", text, PAGE_TOKEN, media, **options), account=page)


def _publish(url: str, post: Post, checkpoint: Any = None) -> Published:
    result = PUBLISHING.take(CREATE, a_turn(post, http_to(url), checkpoint))
    assert isinstance(result, Published)
    return result


def _look(url: str, post: Post, checkpoint: Checkpoint | None = None) -> Sighting:
    return PUBLISHING.look_up(a_turn(post, http_to(url), checkpoint), clock.now() - MINUTE)


def test_a_text_is_published_by_the_one_visible_step() -> None:
    step = PUBLISHING.next_step(a_post("linkedin").content, Checkpoint())
    assert (step, step.visible) == (CREATE, True)


def test_the_id_and_the_link_of_a_post_come_from_its_urn(twin: Twin) -> None:
    published = _publish(twin.url, a_post("linkedin", "Hello, LinkedIn"))
    (post,) = twin.platform.posts.all()
    link = f"https://www.linkedin.com/feed/update/{post.id}/"
    assert published == Published(post.id, link)
    assert PUBLISHING.permalink(a_post("linkedin"), post.id, http_to(twin.url)) == link
    assert post.text == "Hello, LinkedIn"


TEXTS = [
    "plain",
    "a (b) [c] {d} <e> | f @g #h \\i *j _k_ ~l~",
    "#first, #second_half and #日本語",
    "C# and # alone, a#b, ##double",
    "https://example.com/a_(b)?c=1&d=#e_f",
    "@[Somebody](urn:li:person:1)",
    "{hashtag|\\#|word}",
    "back\\slash \\( \\\\",
    "  spaces \n\n lines\t👨‍👩‍👧‍👦",
    "trailing \\",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_is_shown_as_it_was_written(twin: Twin, text: str) -> None:
    _publish(twin.url, _page_post(text))
    assert [post.text for post in twin.platform.posts.all()] == [text]


@pytest.mark.parametrize("text", TEXTS)
def test_a_page_finds_its_post_again(twin: Twin, text: str) -> None:
    published = _publish(twin.url, _page_post(text))
    sighting = _look(twin.url, _page_post(text))
    assert sighting.list_was_read
    assert [listed.platform_post_id for listed in sighting.same] == [published.platform_post_id]
    assert sighting.same[0].permalink == published.permalink


def test_hashtags_stay_hashtags_and_nothing_else_does(twin: Twin) -> None:
    _publish(twin.url, a_post("linkedin", "#one C# a#b #two_parts"))
    (post,) = twin.platform.posts.all()
    assert post.details["commentary"] == "#one C\\# a\\#b #two\\_parts"


def test_options_are_passed_on_and_have_defaults(twin: Twin) -> None:
    _publish(twin.url, a_post("linkedin", "one"))
    _publish(twin.url, a_post("linkedin", "two", visibility="CONNECTIONS", disableReshare=True))
    shown = [
        (post.details["visibility"], post.details["isReshareDisabledByAuthor"])
        for post in twin.platform.posts.all()
    ]
    assert shown == [("PUBLIC", False), ("CONNECTIONS", True)]


def test_a_page_cannot_post_to_connections(twin: Twin) -> None:
    with pytest.raises(Rejected, match="PUBLIC or LOGGED_IN") as refusal:
        _publish(twin.url, _page_post(visibility="CONNECTIONS"))
    assert refusal.value.category is ErrorCategory.VALIDATION
    assert twin.platform.requests.all() == []


def test_the_length_is_that_of_the_shown_text_in_utf_16() -> None:
    assert LIMITS.text_length("a(b)") == 4
    assert LIMITS.text_length("😀") == 2


def test_escapes_do_not_count_in_the_length_of_a_text(twin: Twin) -> None:
    _publish(twin.url, a_post("linkedin", "(" * 3000))
    assert twin.visible() == ["(" * 3000]
    with pytest.raises(Rejected, match="3000"):
        _publish(twin.url, a_post("linkedin", "(" * 3001))


def test_the_same_text_again_is_a_duplicate(twin: Twin) -> None:
    _publish(twin.url, a_post("linkedin"))
    with pytest.raises(DuplicateRejected):
        _publish(twin.url, a_post("linkedin"))
    assert twin.visible() == ["Hello"]


def _recorded(
    post: Post | None = None, checkpoint: Any = None, **answer: Any
) -> Published | Pending:
    with responses.RequestsMock() as recorded:
        recorded.add("POST", POSTS, **answer)
        turn = a_turn(post or a_post("linkedin"), http_to(URL), checkpoint)
        return PUBLISHING.take(CREATE, turn)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 201, "body": ""},
        {"status": 200, "json": {"id": "urn:li:share:1"}},
        {"status": 400, "body": "<html>"},
        {"status": 500, "json": {"status": 500}},
    ],
)
def test_an_answer_without_the_id_is_looked_up(answer: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        _recorded(**answer)


# After a lost answer: a member's post.


def _repeatable(post: Post | None = None, age: timedelta = MINUTE) -> Sighting:
    since = clock.now() - age - CLOCK_SLACK
    turn = a_turn(post or a_post("linkedin"), http_to("http://nowhere.test"))
    return PUBLISHING.look_up(turn, since)


def test_a_members_text_can_be_sent_again_for_eight_minutes_without_a_read() -> None:
    sighting = _repeatable(age=8 * MINUTE - timedelta(seconds=5))
    assert sighting.handle is Handle.REPEATABLE
    assert sighting.checkpoint is not None
    assert _repeatable(age=8 * MINUTE + timedelta(seconds=1)) == Sighting()


def test_a_members_media_are_never_sent_again(shelf: Shelf) -> None:
    assert _repeatable(a_post("linkedin", media=[shelf.image()])) == Sighting()


def test_a_second_try_finds_the_first_post(twin: Twin) -> None:
    first = _publish(twin.url, a_post("linkedin", "Once (only)"))
    again = _look(twin.url, a_post("linkedin", "Once (only)")).checkpoint
    assert _publish(twin.url, a_post("linkedin", "Once (only)"), again) == first
    assert twin.visible() == ["Once (only)"]


def test_a_second_try_publishes_a_post_that_never_arrived(twin: Twin) -> None:
    published = _publish(twin.url, a_post("linkedin"), _repeatable().checkpoint)
    assert [post.id for post in twin.platform.posts.all()] == [published.platform_post_id]


def test_after_eight_minutes_nothing_is_sent(twin: Twin) -> None:
    checkpoint = Checkpoint(first_try=clock.now() - 8 * MINUTE)
    with pytest.raises(OutcomeUnknown, match="too late"):
        _publish(twin.url, a_post("linkedin"), checkpoint)
    assert twin.platform.requests.all() == []


def test_a_post_that_is_older_than_the_first_try_is_another_one() -> None:
    urn = "urn:li:share:7141000000000000000"  # of December 2023
    body = input_error("DUPLICATE_POST", message=f"Content is a duplicate of {urn}")
    with pytest.raises(OutcomeUnknown, match="may or may not") as failure:
        _recorded(checkpoint=_repeatable().checkpoint, status=422, json=body)
    assert failure.value.platform_code == "DUPLICATE_POST"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 422, "json": input_error("DUPLICATE_POST")},
        {"status": 401, "json": gateway(401, "REVOKED_ACCESS_TOKEN")},
        {"status": 401, "json": gateway(401, "EXPIRED_ACCESS_TOKEN")},
        {"status": 403, "json": gateway(403, "ACCESS_DENIED")},
        {"status": 429, "json": throttled("MEMBER DAY")},
        {"status": 422, "json": input_error("INVALID_VALUE_FOR_FIELD")},
        {"status": 201, "body": ""},
    ],
)
def test_a_refused_second_try_says_nothing_about_the_first(answer: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        _recorded(checkpoint=_repeatable().checkpoint, **answer)


# After a lost answer: a page's post.


def test_a_post_of_the_page_with_another_text_is_another_one(twin: Twin) -> None:
    _publish(twin.url, _page_post("Hello"))
    checkpoint = Checkpoint(polls=1)
    sighting = _look(twin.url, _page_post("Hello!"), checkpoint)
    assert sighting == Sighting(list_was_read=True, checkpoint=checkpoint)


def test_the_list_is_read_back_to_the_start_of_the_window(twin: Twin) -> None:
    published = _publish(twin.url, _page_post("the oldest"))
    for number in range(24):
        _publish(twin.url, _page_post(f"number {number}"))
    sighting = _look(twin.url, _page_post("the oldest"))
    assert [listed.platform_post_id for listed in sighting.same] == [published.platform_post_id]
    for post in twin.platform.posts.all():
        post.details["created_at"] -= timedelta(minutes=5)
    before = len(twin.platform.requests.all())
    _look(twin.url, _page_post("the oldest"))
    assert len(twin.platform.requests.all()) == before + 1


def _listed(**listed: Any) -> Sighting:
    now = int(clock.now().timestamp() * 1000)
    element = {
        "id": "urn:li:share:9",
        "commentary": "Hello",
        "createdAt": now,
        "lastModifiedAt": now,
        **listed,
    }
    with responses.RequestsMock() as recorded:
        recorded.add("GET", POSTS, json={"elements": [element]})
        recorded.add("GET", POSTS, json={"elements": []})
        return _look(URL, _page_post())


def test_a_post_that_linkedin_is_publishing_is_neither_live_nor_absent() -> None:
    assert _listed(lifecycleState="PUBLISH_REQUESTED") == Sighting(checkpoint=Checkpoint())
    assert _listed(lifecycleState="PUBLISH_FAILED") == Sighting(
        list_was_read=True, checkpoint=Checkpoint()
    )
    assert len(_listed(lifecycleState="PUBLISHED").same) == 1


def test_a_hashtag_that_linkedin_wrote_as_a_template_is_recognized() -> None:
    with responses.RequestsMock() as recorded:
        now = int(clock.now().timestamp() * 1000)
        element = {"id": "urn:li:share:9", "createdAt": now, "lastModifiedAt": now}
        element["commentary"] = "Hello {hashtag|\\#|big\\_world}"
        recorded.add("GET", POSTS, json={"elements": [element]})
        recorded.add("GET", POSTS, json={"elements": []})
        assert len(_look(URL, _page_post("Hello #big_world")).same) == 1


def test_a_post_with_other_media_is_another_one() -> None:
    assert len(_listed(content={"article": {"source": "https://a.com"}}).same) == 1
    assert _listed(content={"media": {"id": "urn:li:image:1"}}).same == ()


def test_a_page_whose_app_cannot_read_is_treated_as_a_member() -> None:
    with responses.RequestsMock() as recorded:
        recorded.add("GET", POSTS, status=403, json=gateway(403, "ACCESS_DENIED"))
        assert _look(URL, _page_post()).handle is Handle.REPEATABLE


# Deleting.


def test_a_post_can_be_deleted_twice(twin: Twin) -> None:
    post = a_post("linkedin")
    published = _publish(twin.url, post)
    for _ in range(2):
        PUBLISHING.delete(post, published.platform_post_id, http_to(twin.url))
        assert twin.visible() == []
    PUBLISHING.delete(post, "urn:li:share:404", http_to(twin.url))


def test_a_post_of_another_author_cannot_be_deleted(twin: Twin) -> None:
    published = _publish(twin.url, _page_post())
    with pytest.raises(Rejected) as refusal:
        PUBLISHING.delete(a_post("linkedin"), published.platform_post_id, http_to(twin.url))
    assert refusal.value.category is ErrorCategory.PERMISSION
