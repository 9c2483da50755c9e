"""Requests to a platform: one request, one answer, and what is known when there is none.

This module also enforces the time limits of the claim: no request leaves within the last seconds
of the lease, and the visible one only shortly after its intent. So nobody can still be publishing
when somebody else looks whether the post is live.
"""

import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared import clock
from shared.domain.errors import (
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReadRefused,
    ReconnectRequired,
    TokenExpired,
    cleaned,
)
from shared.domain.media import MediaAsset
from shared.media.reading import FilePart, MediaUnreadable
from shared.platforms.wire import AnswerLost, NotSent, Response, Send, decoded, time_of

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 45.0
# For a request with a part of a file, which may take this long on a slow connection.
UPLOAD_SECONDS = 240.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
# From the commit of the intent to the first byte of the visible request.
INTENT_IS_FRESH_FOR = timedelta(seconds=20)
# Google's "Resume Incomplete", older than the meaning "Permanent Redirect": the answer to a request
# that says `resumable`.
INCOMPLETE = 308
# An attempt stores the exchanges of its step: an upload has one for each part.
MAX_EXCHANGES = 20
_CHUNK = 64 * 1024
_SECRET_FIELDS = (
    "access_token",
    "refresh_token",
    "token",
    "fb_exchange_token",
    "client_secret",
    "key",
    "iv",
)
# The query of an upload URL is a secret: everyone who knows it can upload.
_QUERY_OF_URL = re.compile(r"""(https?:\\?/\\?/[^\s"'<>?]+)\?[^\s"'<>]*""")


class OutOfReach(Exception):
    """A bug of ours: a request for a test post was about to reach a real platform."""


class ClaimRanOut(Exception):
    """The claim is nearly over. Stop: the next delivery continues from the stored checkpoint."""


@dataclass(frozen=True)
class Reply:
    """What a platform returned, with any status that the caller must judge."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The decoded body; None when it is not JSON, as in a proxy's error page."""
        return decoded(self.text)

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is not one."""
        body = self.json()
        return body if isinstance(body, dict) else {}


@dataclass(frozen=True)
class Answer(Reply):
    """The answer to a mutation: a refusal of the post may be in it."""


@dataclass(frozen=True)
class Reading(Reply):
    """The answer to a read. A refusal is about the reading, never about the post."""

    def refusal(self, name: str, error_of: Callable[[Answer], PlatformError]) -> PlatformError:
        """Why the platform `name` refused the read; never a Rejected."""
        error = error_of(Answer(self.status, self.headers, self.text))
        if isinstance(error, _OF_READS):
            return error
        said = None if error.concerns_operator else error.platform_message
        return ReadRefused(
            f"{name} does not let Soku read this: {said or error.message}",
            category=error.category,
            platform_code=error.platform_code,
            platform_message=error.platform_message,
            concerns_operator=error.concerns_operator,
        )

    @property
    def platform_now(self) -> datetime | None:
        """The platform's own time, as it answered."""
        return time_of(self.headers.get("Date"))


# What a refusal means alike for a read and for a mutation.
_OF_READS = (TokenExpired, ReconnectRequired, RateLimited, PlatformUnavailable)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as an attempt records them.

    Contains no header, no query, no bytes of a file and no secret.
    """

    method: str
    url: str
    sent: Any
    status: int | None
    answered: str | None


@dataclass(frozen=True)
class ClaimLimits:
    """When the current claim no longer allows requests."""

    lease_until: datetime | None = None
    intent_at: datetime | None = None

    def check(self) -> None:
        """Raises ClaimRanOut. The limit of the intent applies only to the visible request."""
        if self.lease_until and clock.now() > self.lease_until - timedelta(seconds=10):
            raise ClaimRanOut("the lease is about to run out")


# For requests without a claim.
NO_LIMITS = ClaimLimits()


@dataclass
class Http:
    """Requests of one step to one platform. `exchanges` collects the mutations.

    A path is relative to the platform, or a complete upload URL from the platform.
    """

    base_url: str
    send: Send
    limits: ClaimLimits = field(default_factory=ClaimLimits)
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Origins of paths that are not at `base_url`, by the beginning of the path."""
    reachable: Collection[str] | None = None
    """The only base URLs that requests may have; None: every one. For a test post, these are the
    simulated platforms."""
    exchanges: list[Exchange] = field(default_factory=list)
    platform_now: datetime | None = None
    """The platform's time at the last read that had one."""

    def read(self, path: str, method: str = "GET", **request: Any) -> Reading:
        """A read; some platforms read by POST. Raises PlatformUnavailable as `prepare` does."""
        answer = self._safe(method, path, request)
        reading = Reading(answer.status, answer.headers, answer.text)
        self.platform_now = reading.platform_now or self.platform_now
        return reading

    def prepare(self, method: str, path: str, **request: Any) -> Answer:
        """A mutation that nobody sees and that can be repeated.

        Raises PlatformUnavailable when there is no answer, or one that is neither a success nor a
        refusal: a 5xx, a redirect.
        """
        return self._safe(method, path, request, record=True)

    def upload(self, method: str, path: str, **request: Any) -> Answer:
        """As `prepare`, with a part of a file as the body: it may take longer."""
        return self._safe(method, path, request, record=True, within=UPLOAD_SECONDS)

    def part(self, asset: MediaAsset, start: int = 0, length: int | None = None) -> FilePart:
        """Bytes of a file from `start` on, all or `length` of them, as a stream.

        Use it in a `with`, as the `data` of an upload.
        """
        return FilePart(asset, start, asset.size - start if length is None else length, self.send)

    def bytes_of(self, asset: MediaAsset, start: int = 0, length: int | None = None) -> bytes:
        """As `part`, but read at once: for the visible request and for small files.

        Raises PlatformUnavailable.
        """
        try:
            with self.part(asset, start, length) as part:
                return part.read()
        except MediaUnreadable as error:
            raise _unreadable(error) from error

    def exchange_tokens(self, path: str, method: str = "POST", **request: Any) -> Answer:
        """Secrets for secrets: it is not recorded. Raises PlatformUnavailable."""
        return self._safe(method, path, request)

    def publish(self, method: str, path: str, *, resumable: bool = False, **request: Any) -> Answer:
        """The one request that makes the post visible.

        Raises PlatformUnavailable when it was certainly not sent, and OutcomeUnknown when it may
        have been accepted: no answer, half an answer, a server error.
        """
        intent_at = self.limits.intent_at
        if intent_at is None:
            raise ValueError("the visible request needs an intent")
        if clock.now() > intent_at + INTENT_IS_FRESH_FOR:
            raise PlatformUnavailable("Preparing the request took too long; nothing was sent.")
        try:
            answer = self._exchange(method, path, request, record=True)
        except NotSent as error:
            raise _unreachable(error) from error
        except AnswerLost as error:
            raise _unknown(f"received no answer ({error})") from error
        if not _is_decided(answer, resumable) or answer.status == 408:
            raise _unknown(f"received HTTP {answer.status}", answer)
        return answer

    def _safe(
        self,
        method: str,
        path: str,
        request: dict[str, Any],
        *,
        record: bool = False,
        within: float | None = None,
    ) -> Answer:
        resumable = bool(request.pop("resumable", False))
        try:
            answer = self._exchange(method, path, request, record=record, within=within)
        except (NotSent, AnswerLost) as error:
            raise _unreachable(error) from error
        except MediaUnreadable as error:
            raise _unreadable(error) from error
        if not _is_decided(answer, resumable):
            raise PlatformUnavailable(
                f"The platform returned HTTP {answer.status}.",
                platform_code=str(answer.status),
                platform_message=answer.text[:500],
            )
        return answer

    def _exchange(
        self,
        method: str,
        path: str,
        request: dict[str, Any],
        *,
        record: bool,
        within: float | None = None,
    ) -> Answer:
        self.limits.check()
        url = self._url(path)
        if self.reachable is not None and not any(
            url.startswith(f"{base.rstrip('/')}/") for base in self.reachable
        ):
            raise OutOfReach(url.partition("?")[0])
        answer = None
        try:
            answer = self._perform(method, url, request, within or ANSWER_SECONDS)
            return answer
        finally:
            if record:
                self._record(method, url, request, answer)

    def _record(
        self, method: str, url: str, request: dict[str, Any], answer: Answer | None
    ) -> None:
        status, text = (answer.status, answer.text[:2000]) if answer else (None, None)
        shown = cleaned(_QUERY_OF_URL.sub(r"\1?***", text)) if text else text
        # Without query and headers, which contain tokens.
        address = url.partition("?")[0]
        if len(self.exchanges) >= MAX_EXCHANGES:
            # The first ones and the latest tell what happened.
            del self.exchanges[MAX_EXCHANGES // 2]
        self.exchanges.append(Exchange(method, address, _sent(request), status, shown))

    def _url(self, path: str) -> str:
        return url_of(path, self.base_url, self.hosts)

    def _perform(self, method: str, url: str, request: dict[str, Any], within: float) -> Answer:
        deadline = time.monotonic() + within
        with self.send(
            method,
            url,
            within=within,
            timeout=(CONNECT_SECONDS, within - CONNECT_SECONDS),
            **request,
        ) as response:
            text = _body(response, deadline)
            if response.status >= 400:
                text = _without_secrets(text, request)
            return Answer(response.status, response.headers, text)


def url_of(path: str, base_url: str, hosts: Mapping[str, str]) -> str:
    """The address of a path of a platform with several hosts; a complete URL stays as it is."""
    if path.startswith(("https://", "http://")):
        return path
    beginnings = [beginning for beginning in hosts if path.startswith(beginning)]
    return f"{hosts[max(beginnings, key=len)] if beginnings else base_url}{path}"


def _is_decided(answer: Answer, resumable: bool) -> bool:
    """Whether it is a success or a refusal; a redirect and a server's failure are neither."""
    is_refusal = 400 <= answer.status < 500
    return answer.ok or is_refusal or (resumable and answer.status == INCOMPLETE)


def _sent(request: Mapping[str, Any]) -> Any:
    """The body of a request as it is recorded: fields without secrets, files by size."""
    sent = request.get("json") or request.get("data")
    if isinstance(sent, Mapping):
        return {name: "***" if name in _SECRET_FIELDS else sent[name] for name in sent}
    if isinstance(sent, bytes | FilePart):
        return f"{len(sent)} bytes"
    return sent


def _body(response: Response, deadline: float) -> str:
    """The whole body, within the limits on time and size. Raises AnswerLost."""
    body = bytearray()
    while chunk := response.read_available(_CHUNK):
        body += chunk
        if time.monotonic() > deadline or len(body) > MAX_ANSWER_BYTES:
            raise AnswerLost("the answer took too long or was too large")
    return body.decode("utf-8", errors="replace")


def _without_secrets(text: str, request: Mapping[str, Any]) -> str:
    """A refusal is stored and shown, and some platforms repeat the token that they refuse."""
    authorization = (request.get("headers") or {}).get("Authorization", "")
    secrets = [authorization.rpartition(" ")[2]]
    for sent in (request.get("params"), request.get("data"), request.get("json")):
        if isinstance(sent, Mapping):
            secrets += [sent[name] for name in _SECRET_FIELDS if name in sent]
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return _QUERY_OF_URL.sub(r"\1?***", text)


def _unreachable(error: Exception) -> PlatformError:
    return PlatformUnavailable(f"Soku could not reach the platform ({error}).")


def _unreadable(error: Exception) -> PlatformError:
    return PlatformUnavailable(f"Soku could not read the stored media ({error}).")


def _unknown(what: str, answer: Answer | None = None) -> PlatformError:
    return OutcomeUnknown(
        f"Soku sent this and {what}. It may or may not be live; Soku is looking it up.",
        platform_code=str(answer.status) if answer else None,
        platform_message=answer.text[:500] if answer else None,
    )
