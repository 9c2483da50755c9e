"""What all simulated platforms share: one Flask app with state, faults and controls.

A twin derives from `SimulatedPlatform` and declares its name, its routes and how it refuses
requests. Every request to a path of the platform goes through `answer`, which logs it, applies a
fault, and holds the platform's lock while the twin works. The controls below `/_sim` do not go
through it.
"""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from local.http_server import LocalServer
from local.platforms import connections, controls
from local.platforms.accounts import Account, AccountBook
from local.platforms.faults import Fault, FaultQueue
from local.platforms.posts import Content, Post, PostBook
from local.platforms.request_log import RequestLog
from shared import clock

# Bytes: a slow sender must not hold the lock for an upload.
_READ_BEFORE_LOCK = 80 << 20


class Refusal(Exception):
    """The platform's own answer to a request that it refuses."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {json.dumps(body)}")
        self.status = status
        self.body = body


class SimulatedPlatform(ABC):
    """Base of the twins."""

    name: str

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.accounts = AccountBook(self.name)
        self.posts = PostBook()
        self.faults = FaultQueue()
        self.requests = RequestLog()
        self.listing_lag = timedelta(0)
        self.processing_time = timedelta(0)
        self._released = threading.Event()
        self.app: Flask = _PlatformApp(self)
        controls.install(self)
        self.routes()

    # What a twin declares.

    @abstractmethod
    def routes(self) -> None:
        """Declare the platform's paths with `route`."""

    def forget(self) -> None:  # noqa: B027 - most platforms have no other state
        """Forget the state that is not accounts, posts, requests and faults."""

    def presented_token(self) -> str | None:
        """The token in the current request, from the place where this platform reads it."""
        return bearer_token()

    def publishing_content(self) -> Content | None:
        """What the current request would make visible; None if it does not publish."""
        return None

    def decorate(self, response: Response) -> None:  # noqa: B027 - not every platform does
        """Add the headers that the platform sends with every answer."""

    @abstractmethod
    def http_error(self, error: HTTPException) -> Refusal:
        """How the platform answers a path or a method that it does not have."""

    @abstractmethod
    def rate_limited(self, retry_after: float) -> Response:
        """How the platform answers too many requests; `retry_after` in seconds."""

    @abstractmethod
    def quota_exhausted(self, fault: Fault) -> Response | None:
        """How the platform answers when a quota is used up; None lets the request continue."""

    @abstractmethod
    def server_error(self) -> Response:
        """The platform's own HTTP 500."""

    # What a twin uses.

    def route(self, method: str, path: str, view: Callable[..., Any]) -> None:
        """Let `view` answer `method path`; a returned dict becomes JSON."""
        self.app.add_url_rule(
            path,
            endpoint=f"{method} {path}",
            view_func=view,
            methods=[method],
            provide_automatic_options=False,
        )

    def listed(self, account_id: str) -> list[Post]:
        """The posts of an account that lists already show, newest first."""
        shown_until = clock.now() - self.listing_lag
        posts = [p for p in self.posts.all(account_id) if p.visible_at <= shown_until]
        return posts[::-1]

    def struck_by(self) -> Fault | None:
        """The fault that applies to the current request, for faults that the twin acts out."""
        fault: Fault | None = g.get("fault")
        return fault

    # What tests and the local stack use.

    def add_account(
        self,
        account_id: str,
        username: str,
        access_token: str,
        *,
        external_id: str | None = None,
        refresh_token: str | None = None,
        client_id: str | None = None,
        scopes: Iterable[str] | None = None,
    ) -> Account:
        """Register an account, or connect it again. Raises TokenTaken."""
        account = Account(
            account_id=account_id,
            external_id=external_id or "",
            username=username,
            access_token=access_token,
            refresh_token=refresh_token,
            client_id=client_id,
            scopes=None if scopes is None else frozenset(scopes),
        )
        with self.lock:
            self.accounts.register(account)
        return account

    def reset(self) -> None:
        """Forget posts, requests and faults; accounts stay, and their tokens work again."""
        with self.lock:
            self.posts.clear()
            self.requests.clear()
            self.faults.clear()
            self.accounts.restore()
            self.listing_lag = timedelta(0)
            self.processing_time = timedelta(0)
            self.forget()

    def serve(self, port: int = 0) -> LocalServer:
        """A server of this platform that listens and is not started yet."""
        self._released.clear()
        return _PlatformServer(self, port)

    def release(self) -> None:
        """End every connection that a fault holds."""
        self._released.set()

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
                return self.rate_limited(fault.retry_after)
            case "quota":
                return self.quota_exhausted(fault)
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
                return self.server_error()
        return response


class _PlatformApp(Flask):
    """A Flask app whose requests go through its platform's `answer`."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        super().__init__(f"simulated-{platform.name}", static_folder=None)
        self._platform = platform
        self.json.sort_keys = False  # type: ignore[attr-defined]
        # Connections that a fault ends, and errors in a twin, must reach the server.
        self.config["PROPAGATE_EXCEPTIONS"] = True
        self.register_error_handler(Refusal, _refuse)
        self.register_error_handler(HTTPException, self._http_error)

    def full_dispatch_request(self) -> Response:
        if controls.concerns(request.path):
            return super().full_dispatch_request()
        return self._platform.answer(super().full_dispatch_request)

    def _http_error(self, error: HTTPException) -> Any:
        if controls.concerns(request.path):
            return jsonify(error=error.description), error.code or 500
        return _refuse(self._platform.http_error(error))


class _PlatformServer(LocalServer):
    """A server that ends held connections when it stops."""

    def __init__(self, platform: SimulatedPlatform, port: int) -> None:
        super().__init__(platform.app, port)
        self._platform = platform

    def stop(self) -> None:
        self._platform.release()
        super().stop()


def bearer_token() -> str | None:
    """The bearer token in the current request's Authorization header."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if scheme.lower() == "bearer" and value else None


def _refuse(refusal: Refusal) -> tuple[Response, int]:
    return jsonify(refusal.body), refusal.status


def _scripted(fault: Fault) -> Response:
    body = fault.parameters.get("body", "")
    is_text = isinstance(body, str)
    return Response(
        body if is_text else json.dumps(body),
        fault.parameters["status"],
        mimetype="text/html" if is_text else "application/json",
    )
