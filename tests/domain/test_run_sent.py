"""A post that the platform has accepted and publishes by itself: it may go live at any moment."""

from datetime import timedelta

import pytest

from shared.domain import retry, unconfirmed
from shared.domain import run as runs
from shared.domain.accounts import Account, AccountStatus
from shared.domain.decision import Do, decide
from shared.domain.errors import (
    ContentRejected,
    MediaRejected,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    TokenExpired,
)
from shared.domain.gates import Gates, refusal
from shared.domain.run import Run, RunStatus
from shared.domain.subscription import Billing, Subscription
from tests.domain.examples import ERROR, NOW, a_run

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def claim(run: Run, *, visible: bool) -> Run:
    return runs.claim(
        run,
        step="finish" if visible else "check",
        visible=visible,
        mutates=visible,
        lease=90 * SECOND,
        owner="me",
        external_id="2244",
        now=NOW,
    )


def sent(**changes: object) -> Run:
    claimed = claim(a_run(**changes), visible=True)
    return runs.proceed(claimed, checkpoint={"video": "1"}, at=NOW + SECOND, sent=True)


def test_the_start_of_the_visible_call_is_stored() -> None:
    run = sent()
    assert (run.sent_at, run.intent_at, run.visible_attempts) == (NOW, None, 1)
    assert run.may_be_live


def test_polls_back_offs_and_new_tokens_keep_it() -> None:
    run = sent()
    for after in (
        runs.proceed(claim(run, visible=False), checkpoint={}, at=NOW, sent=True),
        runs.back_off(claim(run, visible=False), at=NOW, error=ERROR),
        runs.repeat_step(claim(run, visible=False), at=NOW, renewed=True),
        runs.repeat_step(run, at=NOW, renewed=False),
    ):
        assert (after.sent_at, after.visible_attempts) == (NOW, 1)


def test_a_platform_that_gave_up_has_published_nothing() -> None:
    run = runs.proceed(claim(sent(), visible=False), checkpoint={}, at=NOW)
    assert (run.sent_at, run.visible_attempts) == (None, 0)
    assert not run.may_be_live


def test_a_poll_whose_holder_died_is_repeated() -> None:
    run = claim(sent(), visible=False)
    later = NOW + timedelta(minutes=2)
    assert decide(run, generation=1, seq=run.seq, now=later) is Do.TAKE_STEP


@pytest.mark.parametrize(
    "failure",
    [
        PlatformUnavailable("Away."),
        RateLimited("Slow down.", retry_after=30 * HOUR),
        ReconnectRequired("Gone."),
        TokenExpired("Old."),
    ],
)
def test_a_run_stays_unconfirmed_when_the_platform_cannot_be_asked(failure: PlatformError) -> None:
    run = sent(failures=50, token_refreshes=5)
    run = runs.replace(run, failures=50, token_refreshes=5)
    decision = retry.after(failure, run, NOW)
    assert isinstance(decision, retry.LookUp)
    is_token = isinstance(failure, (ReconnectRequired, TokenExpired))
    assert decision.disconnects is is_token


@pytest.mark.parametrize("failure", [MediaRejected("Broken."), ContentRejected("No.")])
def test_a_post_that_the_platform_refuses_in_the_end_has_failed(failure: PlatformError) -> None:
    assert isinstance(retry.after(failure, sent(), NOW), retry.GiveUp)


def test_an_unconfirmed_run_looks_back_to_when_it_was_sent() -> None:
    run = unconfirmed.doubt(claim(sent(), visible=False), error=ERROR, now=NOW + HOUR)
    assert (run.status, run.intent_at, run.sent_at) == (RunStatus.UNCONFIRMED, NOW, None)


def test_a_lapsed_subscription_does_not_stop_a_sent_post() -> None:
    account = Account("ann", "x", "x_ann", "1", "ann")
    lapsed = Gates(Subscription("canceled", None, None), account, "X", Billing("manual"))
    assert refusal(a_run(), lapsed, NOW) is not None
    assert refusal(sent(), lapsed, NOW) is None


def test_an_ended_authorization_stops_even_polls() -> None:
    ended = Account("ann", "x", "x_ann", "1", "ann", status=AccountStatus.RECONNECT_REQUIRED)
    gates = Gates(Subscription("active", "pro", NOW + HOUR), ended, "X", Billing("manual"))
    assert refusal(sent(), gates, NOW) is not None


def test_a_harmless_repetition_still_counts_the_first_try() -> None:
    lost = unconfirmed.doubt(claim(a_run(), visible=True), error=ERROR, now=NOW)
    again = unconfirmed.publish_again(lost, checkpoint={}, may_be_live=True, now=NOW + HOUR)
    assert (again.sent_at, again.status) == (NOW, RunStatus.QUEUED)
    proven = unconfirmed.publish_again(lost, checkpoint={}, now=NOW + HOUR)
    assert proven.sent_at is None
