"""The paths below `/_sim`, with which tests, checks and the local stack control a twin."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Protocol

from flask import Blueprint, Flask, Response, jsonify, request

from local.platforms.accounts import Account, AccountBook, TokenTaken
from local.platforms.faults import BadFault, FaultQueue, read_fault
from local.platforms.feed import feed_page
from local.platforms.posts import Post, PostBook, iso
from local.platforms.request_log import RequestLog

PREFIX = "/_sim"
_REQUIRED = {"accountId", "username", "accessToken"}
_OPTIONAL = {"externalId", "refreshToken", "clientId"}


class Controlled(Protocol):
    """What the controls use of a twin."""

    name: str
    app: Flask
    accounts: AccountBook
    posts: PostBook
    faults: FaultQueue
    requests: RequestLog
    listing_lag: timedelta
    processing_time: timedelta

    @property
    def lock(self) -> AbstractContextManager[Any]: ...

    @property
    def add_account(self) -> Callable[..., Account]: ...

    def reset(self) -> None: ...

    def route(self, method: str, path: str, view: Callable[..., Any]) -> None: ...


class BadControl(ValueError):
    """The request to a control is not valid. The text says why."""


def concerns(path: str) -> bool:
    """Whether a path belongs to the controls and not to the platform."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def install(platform: Controlled) -> None:
    """Add the controls to a platform."""
    controls = Blueprint("controls", __name__, url_prefix=PREFIX)
    controls.register_error_handler(BadFault, _bad_request)
    controls.register_error_handler(BadControl, _bad_request)
    _install_views(platform, controls)
    _install_switches(platform, controls)
    platform.app.register_blueprint(controls)


def json_object() -> dict[str, Any]:
    """The JSON object in the request. Raises BadControl."""
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise BadControl("The body must be a JSON object.")
    return body


def whole_number(name: str) -> int:
    """A count in the request. Raises BadControl."""
    value = json_object().get(name)
    if type(value) is not int or value < 0:
        raise BadControl(f"{name} must be a whole number of at least 0.")
    return value


def boolean(name: str) -> bool:
    """A boolean in the request. Raises BadControl."""
    value = json_object().get(name)
    if not isinstance(value, bool):
        raise BadControl(f"{name} must be true or false.")
    return value


def add_switch(platform: Controlled, path: str, turn: Callable[[], Any]) -> None:
    """Add a control of one twin: `POST /_sim{path}` calls `turn` under the lock."""

    def view() -> Any:
        try:
            with platform.lock:
                turn()
        except BadControl as error:
            return _bad_request(error)
        return jsonify({})

    platform.route("POST", f"{PREFIX}{path}", view)


def _install_views(platform: Controlled, controls: Blueprint) -> None:
    @controls.get("/")
    def feed() -> Response:
        with platform.lock:
            page = feed_page(platform.name, platform.posts.all()[::-1], platform.accounts)
        return Response(page, mimetype="text/html")

    @controls.get("/posts")
    def posts() -> Response:
        with platform.lock:
            visible = platform.posts.all(request.args.get("account"))
            return jsonify([_post_as_json(platform, post) for post in visible])

    @controls.get("/requests")
    def requests() -> Response:
        with platform.lock:
            return jsonify([received.as_json() for received in platform.requests.all()])


def _install_switches(platform: Controlled, controls: Blueprint) -> None:
    @controls.post("/accounts")
    def accounts() -> tuple[Response, int]:
        account = _account_fields(json_object())
        try:
            added = platform.add_account(**account)
        except TokenTaken:
            raise BadControl("Another account has one of these tokens.") from None
        shown = {"accountId": added.account_id, "externalId": added.external_id}
        return jsonify(shown | {"username": added.username}), 201

    @controls.post("/faults")
    def add_fault() -> tuple[Response, int]:
        fault = read_fault(request.get_json(silent=True, force=True))
        described = fault.as_json()
        with platform.lock:
            platform.faults.add(fault)
        return jsonify(described), 201

    @controls.delete("/faults")
    def forget_faults() -> Response:
        with platform.lock:
            platform.faults.clear()
        return jsonify({})

    @controls.post("/reset")
    def reset() -> Response:
        platform.reset()
        return jsonify({})

    @controls.post("/lag")
    def lag() -> Response:
        seconds = _seconds()
        with platform.lock:
            platform.listing_lag = seconds
        return jsonify({})

    @controls.post("/processing")
    def processing() -> Response:
        seconds = _seconds()
        with platform.lock:
            platform.processing_time = seconds
        return jsonify({})

    @controls.post("/lifetimes")
    def lifetimes() -> Response:
        enforce = boolean("enforce")
        with platform.lock:
            platform.accounts.enforce_lifetimes = enforce
        return jsonify({})


def _seconds() -> timedelta:
    seconds = json_object().get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise BadControl("seconds must be a number of at least 0.")
    return timedelta(seconds=seconds)


def _account_fields(body: dict[str, Any]) -> dict[str, Any]:
    missing = sorted(name for name in _REQUIRED if not body.get(name))
    if missing:
        raise BadControl(f"An account needs {', '.join(missing)}.")
    unknown = sorted(set(body) - _REQUIRED - _OPTIONAL - {"scopes"})
    if unknown:
        raise BadControl(f"An account has no {', '.join(unknown)}.")
    texts = {name: body.get(name) for name in _REQUIRED | _OPTIONAL}
    if not all(value is None or isinstance(value, str) for value in texts.values()):
        raise BadControl("The fields of an account are strings.")
    scopes = body.get("scopes")
    if scopes is not None and not _is_list_of_strings(scopes):
        raise BadControl("scopes must be a list of strings.")
    return {
        "account_id": body["accountId"],
        "username": body["username"],
        "access_token": body["accessToken"],
        "external_id": body.get("externalId"),
        "refresh_token": body.get("refreshToken"),
        "client_id": body.get("clientId"),
        "scopes": scopes,
    }


def _is_list_of_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _post_as_json(platform: Controlled, post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "accountId": post.account_id,
        "text": post.text,
        "media": [vars(item) for item in post.media],
        "visibleAt": iso(post.visible_at),
        "requestCount": platform.posts.request_count(post),
    }


def _bad_request(error: Exception) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400
