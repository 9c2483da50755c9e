"""`subscription set`: gives a user a subscription, where no payment does."""

import argparse
from datetime import UTC, date, datetime, time
from typing import Any

from shared import clock
from shared.cli.result import Refused, Result, connect, known_user, shown
from shared.domain.schedule import UnreadableTime, parse_time
from shared.domain.subscription import PAID_STATUSES
from shared.gcp.firestore import read_all
from shared.gcp.users import Users, subscription_from, subscription_path


def add_to(commands: Any) -> None:
    actions = commands.add_parser("subscription", help="subscriptions").add_subparsers(
        required=True
    )
    change = actions.add_parser("set", help="set a user's subscription; the user's own limits stay")
    change.add_argument("user_id", metavar="UID")
    change.add_argument("--status", required=True, choices=(*sorted(PAID_STATUSES), "canceled"))
    change.add_argument(
        "--until",
        required=True,
        type=_moment,
        metavar="DATE",
        help="2030-12-31 (the end of that day in UTC), or a time with an offset",
    )
    change.add_argument("--plan", help="the default is the current plan, or pro")
    change.set_defaults(do=_set)


def _moment(value: str) -> datetime:
    """A date means the end of that day."""
    try:
        if len(value) == len("2030-12-31"):
            return datetime.combine(date.fromisoformat(value), time.max, UTC)
        return parse_time(value)
    except UnreadableTime as error:
        raise argparse.ArgumentTypeError(f"the time {error.reason}") from error
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is not a valid date") from error


def _set(arguments: argparse.Namespace) -> Result:
    user_id, status, until = arguments.user_id, arguments.status, arguments.until
    if status in PAID_STATUSES and until <= clock.now():
        raise Refused(f"--until {shown(until)} is in the past. Use a later time.")
    parts = connect()
    known_user(parts, user_id)
    path = subscription_path(user_id)
    present = subscription_from(read_all(parts.db, [path])[path])
    plan = arguments.plan or present.plan_id or "pro"
    Users(parts.db).put_subscription(
        user_id, status=status, plan_id=plan, current_period_end=until, limits=present.limits
    )
    text = f"The subscription of user {user_id} is {status} ({plan}) until {shown(until)}."
    data = {"userId": user_id, "status": status, "planId": plan, "currentPeriodEnd": until}
    return Result(text, data)
