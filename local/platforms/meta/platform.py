"""How all of Meta's platforms refuse, and the usage headers of every answer."""

import json
import math
import re
from abc import abstractmethod
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms.controls import BadControl, fields
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.callbacks import Callback, send
from local.platforms.meta.parameters import parameters
from local.platforms.meta.state import State
from local.platforms.reading import bearer_token
from local.platforms.simulation import Refusal, SimulatedPlatform

_VERSION = re.compile(r"/v(\d+)\.\d+(?=/|$)")


class MetaPlatform(SimulatedPlatform):
    """Base of the twins of Facebook, Instagram and Threads."""

    usage_kind: str
    """The name of this platform in the usage headers."""
    api: str
    """The beginning of the paths with a version."""
    without_version: tuple[str, ...] = ("/oauth/", "/access_token")
    """The beginnings of the paths that Meta refuses with a version."""
    state: State

    def __init__(self) -> None:
        super().__init__()
        self.control("POST", "/callbacks", self._call_back, locks=False)

    @abstractmethod
    def scoped_id(self, person: str) -> str | None:
        """The id that a person has for apps; the person is named as on the login page."""

    def presented_token(self) -> str | None:
        return parameters().get("access_token") or bearer_token()

    def canonical_path(self, path: str) -> str:
        """With the version that Soku uses, and without a slash at the end.

        Meta serves a path without a version with a default one, and each version for two years
        (developers.facebook.com/docs/graph-api/guides/versioning).
        """
        path = path.rstrip("/") or "/"
        named = _VERSION.match(path)
        if path.startswith("/video-upload/") or self._has_no_version(path):
            return path
        rest = path[named.end() :] if named else path
        if rest == "/refresh_access_token":  # documented without, and sent with a version
            return rest
        newest = _VERSION.match(self.api)
        is_served = named is None or newest is None or int(named[1]) <= int(newest[1])
        return f"{self.api}{rest}" if is_served else path

    def decorate(self, response: Response) -> None:
        for name, value in self._usage_headers(percent=1, wait_minutes=0).items():
            response.headers.setdefault(name, value)

    def http_error(self, error: HTTPException) -> Refusal:
        if self._has_no_version(request.path):
            return self.state.unsupported(request.method)
        if error.code == 405:
            return meta_errors.no_such_object(request.method, request.path.rpartition("/")[2])
        if error.code == 404:
            message = f"Unknown path components: {request.path}"
            return meta_errors.meta_error(message, 2500)
        return meta_errors.meta_error(error.name, 1, status=error.code or 500)

    def server_error(self) -> Refusal:
        message = "An unexpected error has occurred. Please retry your request later."
        return meta_errors.meta_error(message, 2, status=500, transient=True)

    def throttled(self, refusal: Refusal, retry_after: float) -> Refusal:
        """`refusal` with headers that name the minutes to wait."""
        minutes = math.ceil(retry_after / 60)
        refusal.headers = self._usage_headers(percent=100, wait_minutes=minutes)
        return refusal

    def _call_back(self) -> dict[str, Any]:
        body = fields()
        names = ("kind", "person", "url", "secret")
        if body.keys() != set(names) or not all(isinstance(v, str) for v in body.values()):
            raise BadControl(f"A callback has {', '.join(names)}, which are strings.")
        with self.lock:
            user_id = self.scoped_id(body["person"])
        if user_id is None:
            raise BadControl(f"There is no person {body['person']}.")
        return send(Callback(body["kind"], user_id, body["secret"]), body["url"])

    def _has_no_version(self, path: str) -> bool:
        """Whether a path must not have a version, whether it has one or not."""
        named = _VERSION.match(path)
        return path[named.end() if named else 0 :].startswith(self.without_version)

    def _usage_headers(self, percent: int, wait_minutes: int) -> dict[str, str]:
        """X-App-Usage and X-Business-Use-Case-Usage: percentages, and a wait in minutes."""
        token = self.accounts.token(self.presented_token())
        external_id = token.account.external_id if token else "0"
        usage = {"call_count": percent, "total_cputime": percent, "total_time": percent}
        wait = {"estimated_time_to_regain_access": wait_minutes}
        business = {"type": self.usage_kind, **usage, **wait}
        return {
            "X-App-Usage": json.dumps(usage),
            "X-Business-Use-Case-Usage": json.dumps({external_id: [business]}),
        }
