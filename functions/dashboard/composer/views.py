"""Writing a post, editing one, and retrying one with another content."""

import secrets
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

import flask

from functions.dashboard.composer import allowed, similar
from functions.dashboard.composer.desk import Desk, desk_for, draft_of, require_changeable
from functions.dashboard.composer.draft import (
    AT,
    DRAFT,
    NOW,
    Draft,
    body_of,
    from_form,
    time_fields,
)
from functions.dashboard.composer.faults import Fault, of_error, of_result, time_fault
from functions.dashboard.composer.handing_back import handed_back
from functions.dashboard.composer.page import Outcome, answer, show
from functions.dashboard.composer.publish_time import When, preset, when_of
from functions.dashboard.limits import limiter
from functions.dashboard.own_accounts import account_key
from functions.dashboard.own_posts import is_post_id
from functions.dashboard.times import zone_of
from functions.dashboard.visitor import NotSignedIn, with_notice
from shared import clock, wiring
from shared.domain import idempotency
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest
from shared.domain.idempotency import IdempotencyKey
from shared.posts import change, edit, retry, submit, validate
from shared.posts.request import PostRequest, parse
from shared.posts.resolution import Resolution
from shared.web import sessions
from shared.web.envelope import CODES, json_answer
from shared.web.pages import redirect_to
from shared.web.sessions import StalePost
from shared.wiring import Parts

CHECKS_PER_MINUTE = 120
"""Of a user who writes: one for each pause."""

_NOTICES = {NOW: "publishing", AT: "scheduled", DRAFT: "drafted"}


def show_new() -> flask.Response:
    """An empty composer, one with a time (`at`), or with the content of another post (`from`)."""
    parts, query = wiring.parts(), flask.request.args
    source = query.get("from")
    desk = desk_for(parts, Draft(), source)
    zone = zone_of(desk.who.timezone).key
    if source is None:
        chosen = [account_key(a) for a in desk.accounts if a["default"]]
        draft = Draft(accounts=tuple(chosen))
    else:
        draft = replace(draft_of(desk), updated_at="", keeps_until=False)
    when, at = preset(query.get("at", ""), clock.now(), zone)
    draft = replace(draft, when=when, at=at, fold="", zone=zone, key=_new_key())
    assets = desk.assets_of(draft) if source is None else desk.own_files
    return show(replace(desk, stored=None), draft, Outcome(assets=assets))


def create() -> flask.Response:
    return _received(None)


def show_edit(post_id: str) -> flask.Response:
    parts = wiring.parts()
    desk = desk_for(parts, Draft(), post_id, is_retry=_is_retry())
    require_changeable(desk)
    draft = replace(draft_of(desk), key=_new_key())
    if desk.is_retry:
        draft = replace(draft, when=NOW, at="", fold="")
    return show(desk, draft, Outcome(assets=desk.own_files))


def save(post_id: str) -> flask.Response:
    return _received(post_id)


def check() -> flask.Response:
    """What is wrong with the form as it is, and how it will read."""
    parts, form = wiring.parts(), flask.request.form
    sessions.require_own_post(flask.request, parts.settings)
    draft = from_form(form)
    desk = desk_for(parts, draft, form.get("post") or None, is_retry=form.get("retry") == "1")
    if wait := limiter("checks", CHECKS_PER_MINUTE).count(desk.who.user_id):
        return json_answer({"wait": wait}, HTTPStatus.TOO_MANY_REQUESTS)
    allowed.ask(desk, draft)
    outcome = checked(desk, draft)
    if form.get("quiet"):
        # Before the first try to send, what is still missing is no fault.
        arisen = [fault for fault in outcome.faults if not fault.is_missing]
        outcome = replace(outcome, faults=arisen)
    return answer(desk, draft, outcome)


def checked(desk: Desk, draft: Draft) -> Outcome:
    """The checks of a post, as the API makes them, and a look at the posts nearby."""
    when = when_of(draft, clock.now())
    outcome = _judged(desk, draft, when)
    warnings = [
        *allowed.warnings_of(desk, draft, outcome.assets),
        *similar.warnings_of(desk, draft, when.at),
    ]
    return replace(outcome, warnings=[*outcome.warnings, *warnings])


def _judged(desk: Desk, draft: Draft, when: When) -> Outcome:
    assets = desk.assets_of(draft)
    time_faults = [when.fault] if when.fault else []
    try:
        request = parse(_body(desk, draft, assets, with_time=when.fault is None))
    except InvalidRequest as error:
        return Outcome([*time_faults, *of_error(error, draft)], assets=assets)
    submission = desk.submission
    keeps_time = bool(submission and edit.keeps_time(submission, request))
    resolved = Resolution(
        request,
        desk.who.user_id,
        desk.mode,
        desk.who.documents,
        desk.parts,
        # Without a subscription, nobody has files of other websites stored.
        lambda: desk.check_plan(request.platforms),
        keeps_time,
        own_files=desk.own_files,
    )
    try:
        findings = resolved.findings()
    except ApiError as error:
        return Outcome([*time_faults, *of_error(error, draft)], assets=assets)
    # With what was downloaded just now.
    assets |= dict(zip(request.media.values(), findings.media, strict=False))
    faults, warnings = of_result(validate.as_json(findings, request), draft)
    return Outcome([*time_faults, *faults], warnings, assets)


def _received(post_id: str | None) -> flask.Response:
    parts = wiring.parts()
    try:
        sessions.require_own_post(flask.request, parts.settings)
        return _handle(parts, post_id)
    except (StalePost, NotSignedIn):
        # The script keeps what was typed itself.
        if _is_script() or not (post_id is None or is_post_id(post_id)):
            raise
        return handed_back(parts, post_id, is_retry=_is_retry())


def _handle(parts: Parts, post_id: str | None) -> flask.Response:
    """What the pressed button of the form asks for."""
    form = flask.request.form
    draft = from_form(form)
    left_out = form.get("leave", "").split()
    if left_out:
        draft = replace(draft, accounts=tuple(a for a in draft.accounts if a not in left_out))
    do = "check" if left_out else form.get("do")
    request = _readable(draft)
    key_of = partial(_key_of, draft)
    desk = desk_for(
        parts,
        draft,
        post_id,
        is_retry=_is_retry(),
        more=lambda user: submit.paths(user, request, key_of(user), parts.settings),
    )
    require_changeable(desk)
    if do == "rows":
        return show(desk, draft, Outcome(assets=desk.assets_of(draft)), rows=10)
    if do != "send":
        if wait := limiter("checks", CHECKS_PER_MINUTE).count(desk.who.user_id):
            return _refused(desk, draft, _too_many(f"Check this post again in {wait} seconds."))
        allowed.ask(desk, draft)
        return show(desk, draft, checked(desk, draft))
    if wait := limiter("posts", desk.posts_per_minute).count(desk.who.user_id):
        return _refused(desk, draft, _too_many(f"Send this one again in {wait} seconds."))
    return _send(desk, draft)


def _too_many(then: str) -> ApiError:
    message = f"You have sent many posts within a minute. {then}"
    return ApiError(ErrorCode.RATE_LIMIT_EXCEEDED, message)


def _send(desk: Desk, draft: Draft) -> flask.Response:
    submission = desk.submission
    if submission and draft.updated_at != submission.updated_at.isoformat():
        current = replace(draft, updated_at=submission.updated_at.isoformat())
        outcome = Outcome(assets=desk.assets_of(draft), conflict=True)
        return _rejected(desk, current, outcome, HTTPStatus.CONFLICT)
    when = when_of(draft, clock.now())
    if when.moved:
        draft = replace(draft, at=when.moved)
        fault = time_fault(f"{when.note} Check it, then send the post again.")
        return _rejected(desk, draft, Outcome([fault], assets=desk.assets_of(draft)))
    if when.fault:
        return _rejected(desk, draft, Outcome([when.fault], assets=desk.assets_of(draft)))
    try:
        post_id = _accept(desk, draft)
    except ApiError as error:
        if error.code is not ErrorCode.DISPATCH_FAILED:
            return _refused(desk, draft, error)
        # It is stored; the sweeper starts it within minutes.
        post_id = error.details["postSubmissionId"]
    address = with_notice(f"/posts/{post_id}", _NOTICES[draft.when])
    return json_answer({"location": address}) if _is_script() else redirect_to(address)


def _accept(desk: Desk, draft: Draft) -> str:
    """Create, edit or retry the post; returns its id. Raises ApiError."""
    parts, stored = desk.parts, desk.stored
    if stored is None:
        return _submit(desk, draft)
    body = _body(desk, draft, desk.assets_of(draft))
    if desk.is_retry:
        desk.check_plan(())
        content = {"post": body["post"]}
        retry.retry(stored, content, parts, lambda: None, desk.check_plan)
    else:
        # To publish it now, it becomes a draft first, so that nothing is published before the
        # new content is in place.
        fields = {**body, **({"draft": True} if draft.when == NOW else {})}
        saved = edit.edit(stored, fields, parts, lambda: None, desk.check_plan)
        if draft.when == NOW:
            change.publish_now(saved, parts)
    return stored.submission.submission_id


def _submit(desk: Desk, draft: Draft) -> str:
    body = _body(desk, draft, desk.assets_of(draft))
    request = parse(body)
    desk.check_plan(request.platforms)
    accepted = submit.submit(
        request,
        body=body,
        key=_key_of(draft, desk.who.user_id),
        sender=submit.Sender(desk.who.user_id, None, "live", flask.g.request_id, desk.plan),
        snapshots=desk.who.documents,
        parts=desk.parts,
        add_account=lambda batch, submission_id: None,
    )
    return accepted.submission_id


def _body(desk: Desk, draft: Draft, assets: Any, *, with_time: bool = True) -> dict[str, Any]:
    body = body_of(draft, assets, desk.hidden_options)
    if not with_time or desk.is_retry:
        return body
    return {**body, **time_fields(draft, desk.submission)}


def _readable(draft: Draft) -> PostRequest | None:
    """The content of the draft; None if it cannot be read."""
    try:
        return parse(body_of(draft, {}))
    except InvalidRequest:
        return None


def _key_of(draft: Draft, user_id: str) -> IdempotencyKey:
    """The form's own key, for what the form says; the page was made for one post."""
    # A set has another order in each process.
    same = replace(draft, key="", updated_at="", split=frozenset())
    said = repr((same, sorted(draft.split)))
    sent = draft.key if idempotency.is_valid_key(draft.key) else None
    return idempotency.key_for(user_id=user_id, mode="live", sent=sent, body=said)


def _refused(desk: Desk, draft: Draft, error: ApiError) -> flask.Response:
    status, _ = CODES[error.code]
    if error.code is ErrorCode.IDEMPOTENCY_CONFLICT:
        # Sent again, it is another post.
        message = "You have sent this post already, and changed it since then."
        sent = error.details["postSubmissionId"]
        outcome = Outcome([Fault("send", message)], assets=desk.assets_of(draft), sent_before=sent)
        return _rejected(desk, replace(draft, key=_new_key()), outcome, status)
    outcome = Outcome(of_error(error, draft), assets=desk.assets_of(draft))
    # A form that was read, and whose content does not fit.
    is_content = status == HTTPStatus.BAD_REQUEST
    return _rejected(
        desk, draft, outcome, HTTPStatus.UNPROCESSABLE_ENTITY if is_content else status
    )


def _rejected(
    desk: Desk, draft: Draft, outcome: Outcome, status: int = HTTPStatus.UNPROCESSABLE_ENTITY
) -> flask.Response:
    """The form again with everything that was in it."""
    page: flask.Response = (answer if _is_script() else show)(desk, draft, outcome, status)
    return page


def _is_script() -> bool:
    return flask.request.headers.get("Accept") == "application/json"


def _is_retry() -> bool:
    return flask.request.args.get("retry") == "1"


def _new_key() -> str:
    return secrets.token_urlsafe(16)
