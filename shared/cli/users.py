"""`user invite`, `user show`, `subscription set`, and the actions of `shared.cli.leaving`."""

import argparse
from typing import Any

from shared import clock
from shared.cli import leaving
from shared.cli.moment import HELP, moment
from shared.cli.result import Refused, Result, connect, known_user, lines, shown
from shared.domain.email import NotAnEmail, normalized
from shared.domain.subscription import OFF, PAID_STATUSES, PAST_DUE, STAFF_PLAN, Subscription
from shared.gcp import invitations
from shared.gcp.accounts import integration_from, integration_path
from shared.gcp.api_keys import ApiKeys
from shared.gcp.firestore import PreconditionFailed, commit, read_all
from shared.gcp.messages import Batch
from shared.gcp.users import (
    change_subscription,
    ids_of_email,
    subscription_from,
    subscription_path,
)
from shared.platforms import registry
from shared.wiring import Parts

# Of a subscription with Stripe that is no longer paid.
_ENDED = ("canceled", "incomplete_expired")
_STATUSES = (*sorted(PAID_STATUSES), PAST_DUE, "canceled")


def add_to(commands: Any) -> None:
    actions = commands.add_parser("user", help="users").add_subparsers(required=True)
    invite = actions.add_parser("invite", help="let a person become a user by signing in")
    invite.add_argument("email", metavar="EMAIL", type=_email)
    invite.add_argument("--withdraw", action="store_true", help="withdraw the invitation")
    invite.set_defaults(do=_invite)
    show = actions.add_parser("show", help="show a user with its subscription and accounts")
    show.add_argument("user", metavar="UID-or-EMAIL")
    show.set_defaults(do=_show)
    leaving.add_to(actions)
    _add_subscription_to(commands)


def _add_subscription_to(commands: Any) -> None:
    actions = commands.add_parser("subscription", help="subscriptions").add_subparsers(
        required=True
    )
    change = actions.add_parser("set", help="set a user's subscription; the user's own limits stay")
    change.add_argument("user_id", metavar="UID")
    change.add_argument("--status", required=True, choices=_STATUSES)
    change.add_argument(
        "--until",
        required=True,
        type=moment,
        metavar="DATE",
        help=HELP,
    )
    change.add_argument(
        "--plan", help="one of BILLING_PLANS, if it is set; the default is the current plan, or pro"
    )
    change.set_defaults(do=_subscribe)


def _email(value: str) -> str:
    try:
        return normalized(value)
    except NotAnEmail as error:
        raise argparse.ArgumentTypeError(f"{value!r} is not an email address") from error


def _invite(arguments: argparse.Namespace) -> Result:
    email, parts = arguments.email, connect()
    if arguments.withdraw:
        invitations.withdraw(parts.db, email)
        text = f"{email} is not invited. A person who is already a user stays one."
        return Result(text, {"email": email, "invited": False})
    invitations.invite(parts.db, email)
    text = f"Invited {email}. Soku sends no invitation: ask the person to sign in on the dashboard."
    return Result(text, {"email": email, "invited": True})


def _show(arguments: argparse.Namespace) -> Result:
    parts = connect()
    user_id = _user_id(arguments.user, parts)
    user = known_user(parts, user_id)
    subscription, accounts = _holdings(parts, user_id)
    keys = ApiKeys(parts.db).found_by("userId", user_id)
    in_use = sum(not (key.revoked or key.is_expired(clock.now())) for key in keys)
    text = lines(
        {
            "UID": user_id,
            **{name: user.get(name) for name in ("email", "timezone", "createdAt")},
            "subscription": f"{subscription['status']} ({subscription['planId']})",
            "currentPeriodEnd": subscription["currentPeriodEnd"],
            "pastDueSince": subscription["pastDueSince"],
            "keys in use": in_use,
            **{f"{a['platform']}:{a['accountId']}": a["status"] for a in accounts},
        }
    )
    data = {"userId": user_id, **user, "subscription": subscription}
    return Result(text, {**data, "keysInUse": in_use, "accounts": accounts})


def _user_id(named: str, parts: Parts) -> str:
    """The ID of a user who is named by it or by an address. Raises Refused, StoreUnavailable."""
    if "@" not in named:
        return named
    found = ids_of_email(parts.db, named.strip().lower())
    if not found:
        raise Refused(f"No user has the address {named}. A person becomes a user by signing in.")
    if len(found) > 1:
        raise Refused(f"Several users have the address {named}: {', '.join(found)}. Name one.")
    return found[0]


def _holdings(parts: Parts, user_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The subscription and the connected accounts, in one read."""
    own = subscription_path(user_id)
    paths = [integration_path(user_id, platform) for platform in registry.names()]
    snapshots = read_all(parts.db, [own, *paths])
    subscription = subscription_from(snapshots[own])
    accounts = [
        {"platform": stored.platform, "accountId": account_id, "status": summary.status.value}
        for path in paths
        if (stored := integration_from(snapshots[path]))
        for account_id, summary in stored.accounts.items()
    ]
    return {
        "status": subscription.status,
        "planId": subscription.plan_id,
        "currentPeriodEnd": subscription.current_period_end,
        "pastDueSince": subscription.past_due_since,
        "stripeCustomerId": subscription.customer_id,
        "stripeSubscriptionId": subscription.subscription_id,
        "limits": dict(subscription.limits),
    }, accounts


def _subscribe(arguments: argparse.Namespace) -> Result:
    user_id, status, until = arguments.user_id, arguments.status, arguments.until
    if status in PAID_STATUSES and until <= clock.now():
        raise Refused(f"--until {shown(until)} is in the past. Use a later time.")
    parts = connect()
    known_user(parts, user_id)
    path = subscription_path(user_id)
    snapshot = read_all(parts.db, [path])[path]
    present = subscription_from(snapshot)
    _check_unpaid(user_id, present)
    plan = _plan(arguments.plan, present, parts)
    since = present.past_due_since if present.status == PAST_DUE else None
    batch = Batch(parts.db)
    fields = {
        "status": status,
        "planId": plan,
        "currentPeriodEnd": until,
        "trialEnd": until if status == "trialing" else None,
        "cancelAtPeriodEnd": False,
        "pastDueSince": (since or clock.now()) if status == PAST_DUE else None,
        # What an earlier subscription of Stripe had.
        "stripeSubscriptionId": None,
    }
    change_subscription(batch, parts.db, snapshot, fields)
    try:
        commit(batch, landed=lambda: False)
    except PreconditionFailed as error:
        message = f"The subscription of user {user_id} changed meanwhile. Run the command again."
        raise Refused(message) from error
    text = f"The subscription of user {user_id} is {status} ({plan}) until {shown(until)}."
    if parts.settings.billing.mode == OFF:
        text += " With BILLING=off, users have access even without it."
    data = {"userId": user_id, "status": status, "planId": plan, "currentPeriodEnd": until}
    return Result(text, data)


def _check_unpaid(user_id: str, present: Subscription) -> None:
    """The next event of Stripe would overwrite the change. Raises Refused."""
    if present.subscription_id is not None and present.status not in _ENDED:
        raise Refused(
            f"User {user_id} pays subscription {present.subscription_id} with Stripe. Change it in "
            "Stripe's dashboard."
        )


def _plan(wanted: str | None, present: Subscription, parts: Parts) -> str:
    """Raises Refused."""
    plans = parts.settings.billing.plans
    if wanted and plans and wanted not in (*plans, STAFF_PLAN):
        raise Refused(f"Plan {wanted} does not exist. Use one of: {', '.join(plans)}, staff.")
    return wanted or present.plan_id or "pro"
