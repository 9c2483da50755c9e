"""How a platform is spoken to: one request, one answer, and what is known when there is none.

The time limits of the claim are kept here: no request leaves within the last
seconds of the lease, and the visible one only shortly after its intent, so that
nobody can be publishing any more when somebody else looks whether it is there.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
import urllib3.exceptions

from shared import clock
from shared.domain.errors import OutcomeUnknown, PlatformError, PlatformUnavailable
from shared.domain.media import MediaAsset
from shared.media.reading import FilePart, MediaUnreadable

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 45.0
# For a request that carries a part of a file: it may take a slow line this long.
UPLOAD_SECONDS = 240.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
# From the commit of the intent to the first byte of the visible request.
INTENT_IS_FRESH_FOR = timedelta(seconds=20)
_CHUNK = 64 * 1024
_SECRET_FIELDS = ("access_token", "refresh_token", "client_secret", "key", "iv")
# An address to upload to is opened by its query: whoever has it can upload.
_QUERY_OF_URL = re.compile(r"""(https?:\\?/\\?/[^\s"'<>?]+)\?[^\s"'<>]*""")

# The connection never stood, so the platform cannot have heard anything.
_NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ConnectTimeoutError,
)


class ClaimRanOut(Exception):
    """The claim is nearly over: stop here, whoever comes next goes on from what is stored."""


class NotSent(Exception):
    """The request never left."""


class AnswerLost(Exception):
    """The request may have arrived; no whole answer came back."""


@dataclass(frozen=True)
class Answer:
    """What a platform answered, whatever the status."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The decoded body; None when it is not JSON, as on a proxy's error page."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        body = self.json()
        return body if isinstance(body, dict) else {}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as an attempt records it.

    Holds no header, no query, no bytes of a file and no secret.
    """

    method: str
    url: str
    sent: Any
    status: int | None
    answered: str | None


@dataclass(frozen=True)
class ClaimLimits:
    """When the present claim no longer allows a request to be sent."""

    lease_until: datetime | None = None
    intent_at: datetime | None = None

    def check(self) -> None:
        """Raises ClaimRanOut. The intent's own limit is that of the visible request alone."""
        if self.lease_until and clock.now() > self.lease_until - timedelta(seconds=10):
            raise ClaimRanOut("the lease is about to run out")


Send = Callable[..., requests.Response]


@dataclass
class Http:
    """Requests of one step to one platform. `exchanges` fills with the mutations made.

    A path is one of the platform's, or a whole URL that the platform gave us to upload to.
    """

    base_url: str
    send: Send
    limits: ClaimLimits = field(default_factory=ClaimLimits)
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Origins of paths that do not lie at `base_url`, by the beginning of the path."""
    exchanges: list[Exchange] = field(default_factory=list)

    def read(self, path: str, **request: Any) -> Answer:
        """GET. Raises PlatformUnavailable when there is no answer or a 5xx."""
        return self._safe("GET", path, request)

    def prepare(self, method: str, path: str, **request: Any) -> Answer:
        """A mutation that nobody sees, and that may be repeated. Raises PlatformUnavailable."""
        return self._safe(method, path, request, record=True)

    def upload(self, method: str, path: str, **request: Any) -> Answer:
        """As `prepare`, with a part of a file as body: it may take longer."""
        return self._safe(method, path, request, record=True, within=UPLOAD_SECONDS)

    def part(self, asset: MediaAsset, start: int = 0, length: int | None = None) -> FilePart:
        """Bytes of a medium from `start` on, all or `length` of them, as a file that streams.

        To be used in a `with`, as the `data` of an upload. Raises PlatformUnavailable when they
        cannot be had.
        """
        return FilePart(asset, start, asset.size - start if length is None else length, self.send)

    def bytes_of(self, asset: MediaAsset, start: int = 0, length: int | None = None) -> bytes:
        """As `part`, all at once: for the visible request, and for what is small."""
        try:
            with self.part(asset, start, length) as part:
                return part.read()
        except MediaUnreadable as error:
            raise _unreadable(error) from error

    def exchange_tokens(self, path: str, **request: Any) -> Answer:
        """POST that spends and brings secrets: it leaves no record. Raises PlatformUnavailable."""
        return self._safe("POST", path, request)

    def publish(self, method: str, path: str, **request: Any) -> Answer:
        """The one request that makes the post visible.

        Raises PlatformUnavailable when it was surely not sent, OutcomeUnknown when it may have
        been taken: no answer, half an answer, a server's error.
        """
        intent_at = self.limits.intent_at
        if intent_at is None:
            raise ValueError("the visible request is only sent under an intent")
        if clock.now() > intent_at + INTENT_IS_FRESH_FOR:
            raise PlatformUnavailable("The platform was slow to reach; nothing was sent.")
        try:
            answer = self._exchange(method, path, request, record=True)
        except NotSent as error:
            raise _unreachable(error) from error
        except AnswerLost as error:
            raise _unknown(f"no answer came back ({error})") from error
        if answer.status >= 500 or answer.status == 408:
            raise _unknown(f"it answered HTTP {answer.status}", answer)
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
        try:
            answer = self._exchange(method, path, request, record=record, within=within)
        except (NotSent, AnswerLost) as error:
            raise _unreachable(error) from error
        except MediaUnreadable as error:
            raise _unreadable(error) from error
        if answer.status >= 500:
            raise PlatformUnavailable(
                f"The platform answered HTTP {answer.status}.",
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
        answer = None
        try:
            answer = self._perform(method, url, request, within or ANSWER_SECONDS)
            return answer
        finally:
            if record:
                status, text = (answer.status, answer.text[:2000]) if answer else (None, None)
                shown = _QUERY_OF_URL.sub(r"\1?***", text) if text else text
                # Query and headers are left out: that is where tokens travel.
                address = url.partition("?")[0]
                self.exchanges.append(Exchange(method, address, _sent(request), status, shown))

    def _url(self, path: str) -> str:
        if path.startswith(("https://", "http://")):
            return path
        beginnings = [beginning for beginning in self.hosts if path.startswith(beginning)]
        return f"{self.hosts[max(beginnings, key=len)] if beginnings else self.base_url}{path}"

    def _perform(self, method: str, url: str, request: dict[str, Any], within: float) -> Answer:
        deadline = time.monotonic() + within
        try:
            with self.send(
                method,
                url,
                timeout=(CONNECT_SECONDS, within - CONNECT_SECONDS),
                allow_redirects=False,
                stream=True,
                **request,
            ) as response:
                text = _body(response, deadline)
                if response.status_code >= 400:
                    text = _without_secrets(text, request)
                return Answer(response.status_code, response.headers, text)
        except requests.exceptions.RequestException as error:
            if _was_never_sent(error):
                raise NotSent(type(error).__name__) from error
            raise AnswerLost(type(error).__name__) from error


def _sent(request: Mapping[str, Any]) -> Any:
    """What a request carried, as it may be kept: fields without their secrets, files by size."""
    sent = request.get("json") or request.get("data")
    if isinstance(sent, Mapping):
        return {name: "***" if name in _SECRET_FIELDS else sent[name] for name in sent}
    if isinstance(sent, bytes | FilePart):
        return f"{len(sent)} bytes"
    return sent


def _body(response: requests.Response, deadline: float) -> str:
    """The whole body, within the limits on time and size. Raises AnswerLost."""
    body = bytearray()
    for chunk in _chunks(response):
        body += chunk
        if time.monotonic() > deadline or len(body) > MAX_ANSWER_BYTES:
            raise AnswerLost("the answer took too long or was too large")
    return body.decode("utf-8", errors="replace")


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """The body as it arrives. Waiting for whole chunks would let a slow drip outlast the limit."""
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            yield chunk
    except urllib3.exceptions.HTTPError as error:
        raise AnswerLost(type(error).__name__) from error


def _without_secrets(text: str, request: Mapping[str, Any]) -> str:
    """A refusal is kept and shown, and some platforms repeat the token that they refuse."""
    authorization = (request.get("headers") or {}).get("Authorization", "")
    secrets = [authorization.rpartition(" ")[2]]
    for sent in (request.get("params"), request.get("data"), request.get("json")):
        if isinstance(sent, Mapping):
            secrets += [sent[name] for name in _SECRET_FIELDS if name in sent]
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return _QUERY_OF_URL.sub(r"\1?***", text)


def _was_never_sent(error: requests.exceptions.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, urllib3.exceptions.SSLError):
        # Only a refused certificate is known to come before the request.
        return "CERTIFICATE_VERIFY_FAILED" in str(reason)
    return isinstance(reason, _NEVER_SENT)


def _unreachable(error: Exception) -> PlatformError:
    return PlatformUnavailable(f"The platform could not be reached ({error}).")


def _unreadable(error: Exception) -> PlatformError:
    return PlatformUnavailable(f"Soku could not read the stored media ({error}).")


def _unknown(what: str, answer: Answer | None = None) -> PlatformError:
    return OutcomeUnknown(
        f"The post was sent, but {what}: it may or may not be live. It is being looked up.",
        platform_code=str(answer.status) if answer else None,
        platform_message=answer.text[:500] if answer else None,
    )


def send(method: str, url: str, **request: Any) -> requests.Response:
    """One request over a connection of its own, following no proxy of the environment.

    A kept connection may be half dead, and its reset would look like a lost answer.
    """
    session = requests.Session()
    session.trust_env = False
    session.headers["Connection"] = "close"
    return session.request(method, url, **request)
