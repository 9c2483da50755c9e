"""`key create`, `key list` and `key revoke`."""

import argparse
import re
from typing import Any

from shared import clock
from shared.cli.moment import HELP, moment
from shared.cli.result import Refused, Result, connect, known_user, shown
from shared.gcp.api_keys import SCOPES, ApiKey, ApiKeys, hash_of, key_from, new_key, path_of
from shared.gcp.firestore import read_all
from shared.gcp.usage import Usage, usage_from, usage_path
from shared.web.names import UNREADABLE, is_readable
from shared.wiring import Parts

_HASH = re.compile(r"[0-9a-f]{64}")


def add_to(commands: Any) -> None:
    actions = commands.add_parser("key", help="API keys").add_subparsers(required=True)
    create = actions.add_parser("create", help="create a key and print it; it is shown only once")
    create.add_argument("user_id", metavar="UID")
    create.add_argument("--name", required=True, help="what the key is for, as shown in lists")
    create.add_argument(
        "--test", action="store_true", help="its posts are simulated; needs TEST_MODE=on"
    )
    create.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        dest="scopes",
        help="what the key may do; repeat it for several scopes; the default is all",
    )
    create.add_argument(
        "--expires", type=moment, metavar="DATE", help=f"the default is never; {HELP}"
    )
    create.set_defaults(do=_create)
    every = actions.add_parser("list", help="list a user's keys, without the keys themselves")
    every.add_argument("user_id", metavar="UID")
    every.set_defaults(do=_list)
    revoke = actions.add_parser("revoke", help="revoke a key")
    revoke.add_argument("key", metavar="PREVIEW-or-HASH", help="as shown by `key list`")
    revoke.set_defaults(do=_revoke)


def _create(arguments: argparse.Namespace) -> Result:
    expires_at = arguments.expires
    if expires_at is not None and expires_at <= clock.now():
        raise Refused(f"--expires {shown(expires_at)} is in the past. Use a later time.")
    if not arguments.name or not is_readable(arguments.name):
        raise Refused(f"--name cannot be used. {UNREADABLE}")
    parts = connect()
    if arguments.test and not parts.settings.accepts_test_keys:
        raise Refused(
            "Test keys are not accepted without TEST_MODE=on. Deploy with --set TEST_MODE=on, and "
            "set the variable for this command, too."
        )
    known_user(parts, arguments.user_id)
    key = new_key("test" if arguments.test else "live")
    scopes = arguments.scopes or SCOPES
    ApiKeys(parts.db).put(
        key, user_id=arguments.user_id, name=arguments.name, scopes=scopes, expires_at=expires_at
    )
    # The key is alone on its line, so it can be piped.
    data = {"apiKey": key, "hash": hash_of(key), "scopes": scopes, "expiresAt": expires_at}
    return Result(key, data)


def _list(arguments: argparse.Namespace) -> Result:
    user_id = arguments.user_id
    parts = connect()
    known_user(parts, user_id)
    path = usage_path(user_id)
    usage = usage_from(read_all(parts.db, [path])[path])
    rows = [_row(key, usage) for key in ApiKeys(parts.db).found_by("userId", user_id)]
    text = "\n".join("  ".join(shown(value) for value in _in_line(row)) for row in rows)
    return Result(text or f"User {user_id} has no keys.", rows)


def _row(key: ApiKey, usage: Usage) -> dict[str, Any]:
    return {
        "preview": key.preview,
        "hash": key.key_hash,
        "name": key.name,
        "scopes": key.scopes,
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "lastUsedAt": usage.last_used.get(key.key_hash, key.last_used_at),
        "revokedAt": key.revoked_at,
    }


def _in_line(row: dict[str, Any]) -> list[Any]:
    expires_at, last_used_at = row["expiresAt"], row["lastUsedAt"]
    if row["revokedAt"]:
        state = f"revoked {shown(row['revokedAt'])}"
    elif expires_at and expires_at <= clock.now():
        state = f"expired {shown(expires_at)}"
    else:
        state = f"in use until {shown(expires_at)}" if expires_at else "in use"
    used = f"last used {shown(last_used_at)}" if last_used_at else "never used"
    scopes = "all scopes" if set(row["scopes"]) == set(SCOPES) else ",".join(row["scopes"])
    return [row["preview"], row["hash"], row["createdAt"], state, used, scopes, row["name"]]


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
    data = {"hash": key_hash, "userId": key.user_id}
    return Result(text, {**data, "scopes": key.scopes, "expiresAt": key.expires_at})


def _hash_of(text: str, parts: Parts) -> str:
    if _HASH.fullmatch(text):
        return text
    keys = ApiKeys(parts.db).found_by("preview", text)
    if not keys:
        raise Refused(f"No key has the preview {text}. To see a user's keys, run `key list UID`.")
    if len(keys) > 1:
        hashes = ", ".join(key.key_hash for key in keys)
        raise Refused(f"Several keys have the preview {text}. Use a hash: {hashes}.")
    return keys[0].key_hash
