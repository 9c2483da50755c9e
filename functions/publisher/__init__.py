"""The publisher, called by the queues `publish-…` with one of

{submissionId, runId, generation, seq}     one step of a run
{submissionId, checkedRunId}               a scheduled post is due soon: try the run's account
{userId, platform, grantId, version}       renew a grant's tokens
{userId, platform, askedAccountId}         ask the platform what it allows an account
{userId, replyId}                          send a reply to a comment, or look it up
{revocationId}                             end an authorization on the platform
"""

from typing import Any

import flask

from shared import wiring
from shared.web import internal
from shared.wiring import Parts


def handle(request: flask.Request) -> flask.Response:
    """Do what one task asks for."""
    parts = wiring.parts()
    settings = parts.settings
    return internal.answer(
        request,
        audience=settings.publisher_url,
        email=settings.tasks_invoker,
        work=lambda body: do_task(body, parts),
    )


def do_task(body: dict[str, Any], parts: Parts) -> str:
    """Do what the body of a task asks for; returns what was done. Raises MalformedTask."""
    from functions.publisher import grants
    from functions.publisher.delivery import RunTask, deliver

    if "revocationId" in body:
        return grants.revoke(internal.id_in(body, "revocationId"), parts)
    if "replyId" in body:
        from functions.publisher.replies import deliver_reply

        user_id, reply_id = internal.id_in(body, "userId"), internal.id_in(body, "replyId")
        return deliver_reply(user_id, reply_id, parts)
    if "grantId" in body:
        return grants.renew_grant(
            internal.id_in(body, "userId"),
            internal.id_in(body, "platform"),
            internal.id_in(body, "grantId"),
            internal.number_in(body, "version"),
            parts,
        )
    if "askedAccountId" in body:
        return grants.ask_allowed(
            internal.id_in(body, "userId"),
            internal.id_in(body, "platform"),
            internal.id_in(body, "askedAccountId"),
            parts,
        )
    submission_id = internal.id_in(body, "submissionId")
    if "checkedRunId" in body:
        return grants.check_account(submission_id, internal.id_in(body, "checkedRunId"), parts)
    task = RunTask(
        submission_id=submission_id,
        run_id=internal.id_in(body, "runId"),
        generation=internal.number_in(body, "generation"),
        seq=internal.number_in(body, "seq"),
    )
    return deliver(task, parts)
