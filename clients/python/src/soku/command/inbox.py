"""The command `soku inbox`: read comments and mentions, and reply to them."""

import argparse
from itertools import islice
from typing import Any

from soku.client import Soku
from soku.command import shown
from soku.command.outcome import uncertain
from soku.errors import ConnectionLost

_CODES = {"sent": 0, "failed": 1}
_UNCERTAIN = 3
_AGAIN = "To see what became of the reply, run the same command: what is sent is not sent again."


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to those of the parser."""
    inbox = commands.add_parser("inbox", parents=[common], help="list comments, or reply to one")
    inbox.add_argument(
        "--state", default="open", metavar="NAME", help="unread, read, done, or open, the default"
    )
    inbox.add_argument("--on", metavar="NAME", help="only comments on this platform")
    inbox.add_argument("--post", metavar="ID", help="only comments on this post")
    inbox.add_argument("--limit", type=int, default=20, metavar="N", help="at most N (default: 20)")
    inbox.set_defaults(act=_list)

    below = inbox.add_subparsers(metavar="reply")
    reply = below.add_parser("reply", parents=[common], help="reply to a comment")
    reply.add_argument("id")
    reply.add_argument("text")
    reply.add_argument("--idempotency-key", metavar="KEY", help="to send the same text again")
    reply.set_defaults(act=_reply)


def _list(soku: Soku, chosen: argparse.Namespace) -> int:
    found = soku.comments.list(state=chosen.state, platform=chosen.on, post_id=chosen.post)
    listed = list(islice(found, max(0, chosen.limit)))
    if chosen.json:
        shown.as_json([comment.data for comment in listed])
    else:
        shown.comments(listed)
    return 0


def _reply(soku: Soku, chosen: argparse.Namespace) -> int:
    comment = soku.comments.get(chosen.id)
    with uncertain(_AGAIN, ConnectionLost):
        reply = comment.reply(chosen.text, idempotency_key=chosen.idempotency_key)
    with uncertain(_AGAIN):
        reply.wait()
    if chosen.json:
        shown.as_json(reply.data)
    else:
        print(shown.reply(reply.data))
    return _CODES.get(reply.status, _UNCERTAIN)
