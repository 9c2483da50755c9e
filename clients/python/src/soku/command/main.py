"""The command `soku`: publish posts and answer comments from a terminal.

Set SOKU_URL to the address of your Soku's API, and SOKU_API_KEY to a key.
"""

import argparse
import io
import sys
import webbrowser
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from soku import __version__, models
from soku.client import Soku
from soku.command import inbox, shown, templates
from soku.command.outcome import Uncertain, uncertain
from soku.command.when import moment_of
from soku.errors import SokuError
from soku.posts import Post

_FAILED, _UNCERTAIN = 1, 3
_CODES = {"unconfirmed": _UNCERTAIN, "failed": _FAILED, "partially_failed": _FAILED}


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done. 1: it did not work. 2: wrong arguments. 3: it may or may not be public."""
    chosen = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal cannot print does not hide what became of a post.
            stream.reconfigure(errors="backslashreplace")
    try:
        with Soku() as soku:
            code: int = chosen.act(soku, chosen)
            return code
    except SokuError as error:
        said = "\n".join(shown.line(each, len(each)) for each in str(error).splitlines())
        print(f"soku: {said}", file=sys.stderr)
        return _UNCERTAIN if error.idempotency_key or isinstance(error, Uncertain) else _FAILED
    except KeyboardInterrupt:
        print("\nsoku: Stopped. What was sent is not undone.", file=sys.stderr)
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="soku", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    whole.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    # Without a default of its own: `accounts connect` must not undo `accounts --json`.
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    whole.set_defaults(json=False)
    commands = whole.add_subparsers(metavar="COMMAND", required=True)

    post = commands.add_parser("post", parents=[common], help="publish or schedule a post")
    post.add_argument("text", help="the caption")
    post.add_argument(
        "--to", required=True, metavar="NAMES", help="such as x,threads or instagram:ACCOUNT_ID"
    )
    for option in ("--image", "--video"):
        post.add_argument(
            option, dest="media", action="append", default=[], metavar="FILE", help="or a URL"
        )
    when = post.add_mutually_exclusive_group()
    when.add_argument("--at", metavar="TIME", help='such as "tomorrow 9:00"')
    when.add_argument("--draft", action="store_true", help="only save the post")
    post.add_argument("--check", action="store_true", help="validate the post, publish nothing")
    post.add_argument("--no-wait", action="store_true", help="return before the post is live")
    post.add_argument("--idempotency-key", metavar="KEY", help="of a try whose answer was lost")
    post.set_defaults(act=_post)

    posts = commands.add_parser("posts", parents=[common], help="list posts, newest first")
    posts.add_argument("--status", metavar="NAME", help="such as scheduled or failed")
    posts.add_argument("--to", metavar="NAME", help="only posts on this platform")
    posts.add_argument("--limit", type=int, default=20, metavar="N", help="at most N (default: 20)")
    posts.set_defaults(act=_list_posts)

    one = commands.add_parser("open", parents=[common], help="show a post and open it in a browser")
    one.add_argument("id")
    one.add_argument("--no-browser", action="store_true", help="only show it")
    one.set_defaults(act=_open)

    retry = commands.add_parser("retry", parents=[common], help="publish the failed runs again")
    retry.add_argument("id")
    retry.set_defaults(act=_retry)

    inbox.add(commands, common)
    templates.add(commands, common)

    accounts = commands.add_parser("accounts", parents=[common], help="list or connect accounts")
    accounts.set_defaults(act=_list_accounts)
    below = accounts.add_subparsers(metavar="connect")
    connect = below.add_parser("connect", parents=[common], help="connect an account")
    connect.add_argument("platform")
    connect.add_argument("--no-browser", action="store_true", help="only print the address")
    connect.set_defaults(act=_connect)

    mcp = commands.add_parser("mcp", help="serve an assistant by MCP on stdin and stdout")
    mcp.add_argument("--write", action="store_true", help="let it publish, and reply to comments")
    mcp.set_defaults(act=_serve_mcp)
    return whole


def _post(soku: Soku, chosen: argparse.Namespace) -> int:
    targets = [shown.target(name) for name in chosen.to.split(",") if name.strip()]
    at = moment_of(chosen.at, datetime.now().astimezone()) if chosen.at is not None else None
    content: dict[str, Any] = {"text": chosen.text, "platforms": targets, "media": chosen.media}
    content |= {"scheduled_time": at, "progress": shown.Bar()}
    if chosen.check:
        return _show_validation(soku.posts.validate(**content), as_json=chosen.json)
    post = soku.posts.create(**content, draft=chosen.draft, idempotency_key=chosen.idempotency_key)
    return _show(post, as_json=chosen.json) if chosen.no_wait else _show_end(post, chosen)


def _show_end(post: Post, chosen: argparse.Namespace) -> int:
    """Wait for the post. Raises Uncertain: it is not to be created again."""
    with uncertain(f"Soku accepted the post. To see what became of it: soku open {post.id}"):
        post.wait()
    code = _show(post, as_json=chosen.json)
    return _UNCERTAIN if post.status == "publishing" else code


def _show_validation(result: models.ValidationResult, *, as_json: bool) -> int:
    if as_json:
        shown.as_json(result)
    else:
        faults = [*result["errors"], *(e for each in result["targets"] for e in each["errors"])]
        print("The post is valid." if result["valid"] else "The post is not valid:")
        for fault in faults:
            print(f"- {fault['platform'] or 'all'}: {fault['message']}")
        for each in result["targets"]:
            for warning in each["warnings"]:
                print(f"- {each['platform']} (hint): {warning['message']}")
    return 0 if result["valid"] else _FAILED


def _show(post: Post, *, as_json: bool) -> int:
    if as_json:
        shown.as_json(post.data)
    else:
        shown.post(post)
    return _CODES.get(post.status, 0)


def _list_posts(soku: Soku, chosen: argparse.Namespace) -> int:
    found = soku.posts.list(status=chosen.status, platform=chosen.to)
    listed = list(islice(found, max(0, chosen.limit)))
    if chosen.json:
        shown.as_json([post.data for post in listed])
    else:
        shown.posts(listed)
    return 0


def _open(soku: Soku, chosen: argparse.Namespace) -> int:
    post = soku.posts.get(chosen.id)
    if not (chosen.no_browser or chosen.json):
        for link in post.links.values():
            webbrowser.open(link)
    return _show(post, as_json=chosen.json)


def _retry(soku: Soku, chosen: argparse.Namespace) -> int:
    return _show_end(soku.posts.get(chosen.id).retry(), chosen)


def _list_accounts(soku: Soku, chosen: argparse.Namespace) -> int:
    listed = soku.accounts.list()
    if chosen.json:
        shown.as_json(listed)
    else:
        shown.accounts(listed)
    return 0


def _connect(soku: Soku, chosen: argparse.Namespace) -> int:
    connection = soku.accounts.connect(chosen.platform)
    print(f"Open this page to connect an account:\n{connection.url}", file=sys.stderr, flush=True)
    if not chosen.no_browser:
        webbrowser.open(connection.url)
    done = connection.wait()
    if chosen.json:
        shown.as_json(done)
    elif done["status"] == "choosing":
        names = ", ".join(each["username"] for each in done["accounts"])
        print(f"Choose on the page which accounts to connect: {names}")
    elif done["status"] == "connected":
        print(f"Connected: {', '.join(done['accountIds'])}")
    if done["status"] in ("connected", "choosing"):
        return 0
    reason = done["error"]["message"] if done["error"] else "Nothing was connected in time."
    raise SokuError(reason)


def _serve_mcp(soku: Soku, chosen: argparse.Namespace) -> int:
    try:
        from soku import mcp_server
    except ModuleNotFoundError as error:
        raise SokuError("This needs the package mcp: install soku[mcp].") from error
    mcp_server.serve(soku, can_write=chosen.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
