"""Structured logs: one JSON object per line, as Cloud Logging reads them.

Every line includes the fields of `bound`: the request id, the submission id, the trace. Callers
name each field that they log; whole objects are never logged, so that no header, token or body
gets into the logs. The field names with a meaning in Cloud Logging:
cloud.google.com/logging/docs/structured-logging (2026-11).
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from shared import clock, config

_bound: ContextVar[dict[str, Any]] = ContextVar("bound", default={})  # noqa: B039 - never mutated


# A token in a form or a header, as libraries and tracebacks quote them.
_TOKENS = re.compile(
    r"((?:access_token|refresh_token|client_secret|fb_exchange_token|upload_token)=|"
    r"\b(?:Bearer|OAuth|Basic)\s+)[^\s&\"'<>,;\\]+",
    re.IGNORECASE,
)
# The query of an address: it can be a signature, a token, or the id of an upload that anyone who
# has it can continue.
_QUERIES = re.compile(r"\?[\w.~%-]+=[^\s\"'<>\\]*")


def without_tokens(text: str) -> str:
    """`text` with *** in place of the queries of addresses, and of tokens elsewhere."""
    return _TOKENS.sub(r"\1***", _QUERIES.sub("?***", text))


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "severity": record.levelname,
            "message": record.getMessage(),
            "time": clock.now().isoformat(),
            "logger": record.name,
            **_bound.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["stack_trace"] = self.formatException(record.exc_info)
        # All of it: fields can quote addresses, too.
        cleaned = {
            name: without_tokens(value) if isinstance(value, str) else value
            for name, value in line.items()
        }
        return json.dumps(cleaned, default=str)


def logger(name: str) -> logging.Logger:
    """The logger of one part. A line can have fields: `log.info("…", extra=fields(run=…))`."""
    return logging.getLogger(f"soku.{name}")


def fields(**named: Any) -> dict[str, Any]:
    return {"fields": named}


@contextmanager
def bound(**named: Any) -> Iterator[None]:
    """Add `named` to every line logged within."""
    token = _bound.set({**_bound.get(), **{k: v for k, v in named.items() if v is not None}})
    try:
        yield
    finally:
        _bound.reset(token)


def trace_fields(header: str | None) -> dict[str, str]:
    """The field that links lines to the trace in X-Cloud-Trace-Context: TRACE/SPAN;o=1.

    Empty when there is no such header, or one that Google did not write.
    """
    trace_id = re.fullmatch(r"([0-9a-f]{32})(?:/.*)?", header or "")
    if trace_id is None:
        return {}
    trace = f"projects/{config.settings().project}/traces/{trace_id[1]}"
    return {"logging.googleapis.com/trace": trace}


def set_up() -> None:
    """Write our log lines to standard output. A second call does nothing."""
    root = logging.getLogger("soku")
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    root.addHandler(handler)
    root.setLevel(config.log_level())
    root.propagate = False
