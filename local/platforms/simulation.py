"""What all simulated platforms share: one Flask app with state, faults and controls.

A twin derives from `SimulatedPlatform` and declares its name, its routes and how it refuses
requests. Every request to a path of the platform goes through `answer`, which logs it, applies a
fault, and holds the platform's lock while the twin works. The controls below `/_sim` do not go
through it.
"""

import json
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from local.http_server import LocalServer
from local.platforms import clock, connections, controls
from local.platforms.comment_controls import CommentControls
from local.platforms.controls import ControlledPlatform
from local.platforms.faults import Fault
from local.platforms.posts import Content, Post
from local.platforms.reading import bearer_token

# Bytes: a slow sender must not hold the lock for an upload.
_READ_BEFORE_LOCK = 80 << 20


class Refusal(Exception):
    """The platform's own answer to a request that it refuses."""

    def __init__(
        self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {json.dumps(body)}")
        self.status = status
        self.body = body
        self.headers = headers or {}

    def response(self) -> Response:
        """The answer as a response."""
        body = json.dumps(self.body)
        return Response(body, self.status, self.headers, mimetype="application/json")


class State:
    """The state of a twin besides what every platform has; `clear` sets the initial one."""

    def __init__(self, platform: "SimulatedPlatform") -> None:
        self.platform = platform
        self.clear()

    def clear(self) -> None:
        """Return to the initial state."""


S = TypeVar("S", bound=State)


class Endpoints(Generic[S]):
    """A group of a twin's views."""

    def __init__(self, state: S) -> None:
        self._state = state
        self._platform = state.platform
        self._accounts = state.platform.accounts


class SimulatedPlatform(ControlledPlatform):
    """Base of the twins."""

    state_type: ClassVar[type[State]] = State

    def __init__(self) -> None:
        super().__init__(_PlatformApp(self))
        self._released = threading.Event()
        self.state = self.state_type(self)
        CommentControls(self)
        self.routes()

    # What a twin declares.

    @abstractmethod
    def routes(self) -> None:
        """Declare the platform's paths with `route`."""

    def presented_token(self) -> str | None:
        """The token in the current request, from the place where this platform reads it."""
        return bearer_token() or request.form.get("refresh_token") or request.form.get("token")

    def publishing_content(self) -> Content | None:
        """What the current request would make visible; None if it does not publish."""
        return None

    def canonical_path(self, path: str) -> str:
        """The path of a route for another path that the platform treats alike."""
        return path

    def decorate(self, response: Response) -> None:
        """Add the headers that the platform sends with every answer."""

    @abstractmethod
    def http_error(self, error: HTTPException) -> Refusal:
        """How the platform answers a path or a method that it does not have."""

    @abstractmethod
    def rate_limited(self, retry_after: float) -> Refusal:
        """How the platform answers too many requests; `retry_after` in seconds."""

    @abstractmethod
    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        """How the platform answers when a quota is used up; None lets the request continue."""

    @abstractmethod
    def server_error(self) -> Refusal:
        """The platform's own HTTP 500."""

    # What a twin uses.

    def forget(self) -> None:
        self.state.clear()

    def listed(self, account_id: str) -> list[Post]:
        """The posts of an account that lists already show, newest first."""
        shown_until = clock.now() - self.listing_lag
        posts = [p for p in self.posts.all(account_id) if p.visible_at <= shown_until]
        return posts[::-1]

    def struck(self, mode: str) -> bool:
        """Whether a fault of this mode applies to the current request."""
        fault: Fault | None = g.get("fault")
        return fault is not None and fault.mode == mode

    def serve(self, port: int = 0) -> LocalServer:
        """A server of this platform that listens and is not started yet."""
        self._released.clear()
        # A connection that a fault holds ends when the server stops.
        return LocalServer(self.app, port, before_stop=self._released.set)

    # The path of a request.

    def answer(self, dispatch: Callable[[], Response]) -> Response:
        """The answer to the current request, with the fault that applies to it."""
        if (request.content_length or 0) <= _READ_BEFORE_LOCK:
            request.get_data()
        with self.lock:
            received = self.requests.receive(request)
            content = self.publishing_content()
            if content is not None:
                self.posts.count_request(content)
            fault = self.faults.take(request.method, request.path)
        g.fault = fault
        received.fault = fault.mode if fault else None
        response = self._before(fault) if fault else None
        if response is None:
            with self.lock:
                response = dispatch()
        if fault:
            response = self._after(fault, response)
        self.decorate(response)
        response.headers.setdefault("Date", http_date(clock.now()))
        received.status = response.status_code
        return response

    def _before(self, fault: Fault) -> Response | None:
        """What a fault does before the platform acts; an answer if the platform must not act."""
        match fault.mode:
            case "timeout_before":
                connections.hold(request.environ, self._released)
            case "reset_before":
                connections.reset(request.environ)
            case "slow":
                self._released.wait(fault.parameters["seconds"])
            case "expired_token" | "revoked_token":
                self._end_token(fault.mode)
            case "status":
                return _scripted(fault)
            case "rate_limit":
                return self.rate_limited(fault.retry_after).response()
            case "quota":
                refusal = self.quota_exhausted(fault)
                return refusal.response() if refusal else None
        return None

    def _end_token(self, mode: str) -> None:
        with self.lock:
            end = self.accounts.expire if mode == "expired_token" else self.accounts.revoke
            end(self.presented_token())

    def _after(self, fault: Fault, response: Response) -> Response:
        """What a fault does to the answer after the platform has acted."""
        match fault.mode:
            case "accept_then_timeout":
                connections.hold(request.environ, self._released)
            case "accept_then_reset":
                connections.reset(request.environ)
            case "accept_then_500":
                return self.server_error().response()
        return response


class _PlatformApp(Flask):
    """A Flask app whose requests go through its platform's `answer`."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        super().__init__(f"simulated-{platform.name}", static_folder=None)
        self.platform = platform
        self.json.sort_keys = False  # type: ignore[attr-defined]
        # Connections that a fault ends, and errors in a twin, must reach the server.
        self.config["PROPAGATE_EXCEPTIONS"] = True
        self.register_error_handler(Refusal, Refusal.response)
        self.register_error_handler(HTTPException, self._http_error)

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        path = environ["PATH_INFO"]
        if not controls.concerns(path):
            environ["PATH_INFO"] = self.platform.canonical_path(path)
        return super().wsgi_app(environ, start_response)

    def full_dispatch_request(self) -> Response:
        if controls.concerns(request.path):
            return super().full_dispatch_request()
        return self.platform.answer(super().full_dispatch_request)

    def _http_error(self, error: HTTPException) -> Any:
        if controls.concerns(request.path):
            return jsonify(error=error.description), error.code or 500
        return self.platform.http_error(error).response()


def _scripted(fault: Fault) -> Response:
    body = fault.parameters.get("body", "")
    is_text = isinstance(body, str)
    return Response(
        body if is_text else json.dumps(body),
        fault.parameters["status"],
        mimetype="text/html" if is_text else "application/json",
    )
