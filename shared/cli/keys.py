"""`key create`, `key list` and `key revoke`."""

import argparse
import re
from typing import Any

from shared.cli.result import Refused, Result, connect, known_user, shown
from shared.gcp.api_keys import ApiKeys, hash_of, key_from, new_key, path_of
from shared.gcp.firestore import read_all
from shared.wiring import Parts

_HASH = re.compile(r"[0-9a-f]{64}")


def add_to(commands: Any) -> None:
    actions = commands.add_parser("key", help="API keys").add_subparsers(required=True)
    create = actions.add_parser("create", help="create a key and print it; it is shown only once")
    create.add_argument("user_id", metavar="UID")
    create.add_argument("--name", required=True, help="what the key is for, as shown in lists")
    create.add_argument("--test", action="store_true", help="only for simulated platforms")
    create.set_defaults(do=_create)
    every = actions.add_parser("list", help="list a user's keys, without the keys themselves")
    every.add_argument("user_id", metavar="UID")
    every.set_defaults(do=_list)
    revoke = actions.add_parser("revoke", help="revoke a key")
    revoke.add_argument("key", metavar="PREVIEW-or-HASH", help="as shown by `key list`")
    revoke.set_defaults(do=_revoke)


def _create(arguments: argparse.Namespace) -> Result:
    parts = connect()
    known_user(parts, arguments.user_id)
    key = new_key("test" if arguments.test else "live")
    ApiKeys(parts.db).put(key, user_id=arguments.user_id, name=arguments.name)
    # The key is alone on its line, so it can be piped.
    return Result(key, {"apiKey": key, "hash": hash_of(key)})


def _list(arguments: argparse.Namespace) -> Result:
    parts = connect()
    known_user(parts, arguments.user_id)
    keys = ApiKeys(parts.db).found_by("userId", arguments.user_id)
    rows = [
        {"preview": key["preview"], "hash": key_hash, "name": key["name"]}
        | {"createdAt": key["createdAt"], "revokedAt": key.get("revokedAt")}
        for key_hash, key in keys.items()
    ]
    text = "\n".join("  ".join(shown(value) for value in _in_line(row)) for row in rows)
    return Result(text or f"User {arguments.user_id} has no keys.", rows)


def _in_line(row: dict[str, Any]) -> list[Any]:
    state = f"revoked {shown(row['revokedAt'])}" if row["revokedAt"] else "in use"
    return [row["preview"], row["hash"], row["createdAt"], state, row["name"]]


def _revoke(arguments: argparse.Namespace) -> Result:
    parts = connect()
    key_hash = _hash_of(arguments.key, parts)
    path = path_of(key_hash)
    key = key_from(read_all(parts.db, [path])[path])
    if key is None:
        raise Refused(f"Key {arguments.key} not found. To see a user's keys, run `key list UID`.")
    if not key.revoked:
        ApiKeys(parts.db).revoke(key_hash)
    text = f"Revoked the key {arguments.key} of user {key.user_id}."
    return Result(text, {"hash": key_hash, "userId": key.user_id})


def _hash_of(text: str, parts: Parts) -> str:
    if _HASH.fullmatch(text):
        return text
    keys = ApiKeys(parts.db).found_by("preview", text)
    if not keys:
        raise Refused(f"No key has the preview {text}. To see a user's keys, run `key list UID`.")
    if len(keys) > 1:
        raise Refused(f"Several keys have the preview {text}. Use a hash: {', '.join(keys)}.")
    return next(iter(keys))
