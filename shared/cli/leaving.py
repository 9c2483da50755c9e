"""`user export` and `user delete`."""

import argparse
import json
from typing import Any

from shared.cli.result import Refused, Result, connect, known_user, lines
from shared.gcp.deletions import UserDeletion
from shared.users import export, leaving
from shared.users.leaving import UnknownUser


def add_to(actions: Any) -> None:
    every = actions.add_parser("export", help="print all data of a user, as JSON lines")
    every.add_argument("user_id", metavar="UID")
    every.set_defaults(do=_export)
    delete = actions.add_parser(
        "delete", help="delete a user and all their data, or show the progress"
    )
    delete.add_argument("user_id", metavar="UID")
    delete.set_defaults(do=_delete)


def _export(arguments: argparse.Namespace) -> Result:
    parts = connect()
    known_user(parts, arguments.user_id)
    documents = export.export(arguments.user_id, parts)
    return Result("", None, stream=(json.dumps(one, ensure_ascii=False) for one in documents))


def _delete(arguments: argparse.Namespace) -> Result:
    user_id = arguments.user_id
    parts = connect()
    if not user_id or "/" in user_id:
        raise Refused(f"{user_id!r} is not a valid user ID.")
    try:
        deletion = leaving.begin(user_id, parts)
    except UnknownUser as error:
        raise Refused(f"User {user_id} not found, and no user with this ID was deleted.") from error
    fields = _fields_of(deletion)
    text = lines({name: value for name, value in fields.items() if name != "counts"})
    if deletion.counts:
        text += f"\n{lines(deletion.counts)}"
    return Result(text, {"userId": user_id, **fields})


def _fields_of(deletion: UserDeletion) -> dict[str, Any]:
    return {
        "status": deletion.status.value,
        "startedAt": deletion.started_at,
        "finishedAt": deletion.finished_at,
        "counts": dict(deletion.counts),
    }
