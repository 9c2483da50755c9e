"""How all of Meta's platforms refuse, and the usage headers of every answer."""

import json
import math
import re

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms.meta import errors as meta_errors
from local.platforms.meta.parameters import parameters
from local.platforms.reading import bearer_token
from local.platforms.simulation import Refusal, SimulatedPlatform

_VERSION = re.compile(r"/v(\d+)\.\d+(?=/|$)")


class MetaPlatform(SimulatedPlatform):
    """Base of the twins of Facebook, Instagram and Threads."""

    usage_kind: str
    """The name of this platform in the usage headers."""
    api: str
    """The beginning of the paths with a version."""
    without_version: tuple[str, ...] = ("/refresh_access_token",)
    """The beginnings of the paths of which Meta documents no version."""

    def presented_token(self) -> str | None:
        return parameters().get("access_token") or bearer_token()

    def canonical_path(self, path: str) -> str:
        """With the version that Soku uses, and without a slash at the end.

        Meta serves a path without a version with a default one, and each version for two years
        (developers.facebook.com/docs/graph-api/guides/versioning).
        """
        path = path.rstrip("/") or "/"
        if path.startswith("/video-upload/"):
            return path
        named = _VERSION.match(path)
        rest = path[named.end() :] if named else path
        if rest.startswith(self.without_version):
            return rest
        newest = _VERSION.match(self.api)
        is_served = named is None or newest is None or int(named[1]) <= int(newest[1])
        return f"{self.api}{rest}" if is_served else path

    def decorate(self, response: Response) -> None:
        for name, value in self._usage_headers(percent=1, wait_minutes=0).items():
            response.headers.setdefault(name, value)

    def http_error(self, error: HTTPException) -> Refusal:
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
