"""The paths below `/_sim`, with which tests, checks and the local stack control a twin."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any, ClassVar

from flask import Flask, Response, request, send_file
from werkzeug.routing import Map

from local.platforms import clock, numbers
from local.platforms.accounts import Account, AccountBook, Person, TokenTaken
from local.platforms.clients import Client, ClientBook
from local.platforms.comments import CommentBook
from local.platforms.faults import BadFault, FaultQueue, read_fault
from local.platforms.feed import feed_page
from local.platforms.media import inspect
from local.platforms.posts import Post, PostBook, iso
from local.platforms.reading import json_object
from local.platforms.request_log import RequestLog

PREFIX = "/_sim"
# Field of `POST /_sim/accounts` -> parameter of `add_account`.
_ACCOUNT = {
    "accountId": "account_id",
    "username": "username",
    "accessToken": "access_token",
    "externalId": "external_id",
    "refreshToken": "refresh_token",
    "clientId": "client_id",
    "scopes": "scopes",
    "person": "person",
}
_REQUIRED = ("accessToken", "accountId", "username")


@cache
def _url_map(twin: type["ControlledPlatform"]) -> Map:
    """The paths of all twins of a class. Compiling them takes most of the time of making a twin."""
    return Map()


class BadControl(ValueError):
    """The request to a control is not valid. The text says why."""


class ControlledPlatform(ABC):
    """What the controls show and change."""

    name: ClassVar[str]
    account_book: ClassVar[type[AccountBook]] = AccountBook
    post_book: ClassVar[type[PostBook]] = PostBook
    comment_book: ClassVar[type[CommentBook]] = CommentBook

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.app.url_map = _url_map(type(self))
        self._compiled = {rule.endpoint for rule in self.app.url_map.iter_rules()}
        self.lock = threading.RLock()
        self.accounts = self.account_book(self.name)
        self.clients = ClientBook()
        self.posts = self.post_book()
        self.numbers = numbers.NumberBook()
        self.comments = self.comment_book()
        self.faults = FaultQueue()
        self.requests = RequestLog()
        self.listing_lag = timedelta(0)
        self.processing_time = timedelta(0)
        self.clock_skew = timedelta(0)
        """How far the platform's clock is ahead of ours."""
        self.control("GET", "/", self._feed)
        self.control("GET", "/media/<sha256>", self._file)
        self.control("GET", "/posts", self._visible_posts)
        self.control("GET", "/posts/<post_id>/metrics", self._numbers_of)
        self.control("POST", "/posts/<post_id>/metrics", self._set_numbers)
        self.control("GET", "/requests", lambda: [r.as_json() for r in self.requests.all()])
        self.control("POST", "/accounts", self._add_account)
        self.control("POST", "/clients", lambda: self.clients.register(_client()))
        self.control("POST", "/people", lambda: self.accounts.put_person(_person()))
        self.control("POST", "/faults", self._add_fault)
        self.control("DELETE", "/faults", self.faults.clear)
        self.control("POST", "/reset", self.reset)
        self.setting("/lag", self, "listing_lag", seconds)
        self.setting("/processing", self, "processing_time", seconds)
        self.setting("/skew", self, "clock_skew", skew)
        self.setting("/lifetimes", self.accounts, "enforce_lifetimes", lambda: boolean("enforce"))

    @abstractmethod
    def forget(self) -> None:
        """Forget the state that is not accounts, posts, requests and faults."""

    def new_comment_id(self, post_id: str | None, parent_id: str | None) -> str:
        """The id of a new comment on a post, or of a mention, or of a reply to `parent_id`."""
        return str(self.comments.new_number())

    def route(self, method: str, path: str, view: Callable[..., Any]) -> None:
        """Let `view` answer `method path`; a returned dict becomes JSON."""
        endpoint = f"{method} {path}"
        if endpoint in self._compiled:
            self.app.view_functions[endpoint] = view
            return
        self.app.add_url_rule(
            path,
            endpoint=endpoint,
            view_func=view,
            methods=[method],
            provide_automatic_options=False,
        )

    def control(
        self, method: str, path: str, view: Callable[..., Any], *, locks: bool = True
    ) -> None:
        """Let `view` answer `method /_sim{path}`; None becomes an empty object.

        It holds the lock, unless `locks` is false: for what waits for another server.
        """

        def answer(**named: str) -> Any:
            try:
                with self.lock if locks else nullcontext():
                    answered = view(**named)
            except (BadControl, BadFault) as error:
                return {"error": str(error)}, 400
            return {} if answered is None else answered

        self.route(method, f"{PREFIX}{path}", answer)

    def setting(
        self, path: str, holder: object, attribute: str, value: Callable[[], object]
    ) -> None:
        """Let `POST /_sim{path}` set an attribute of `holder` to the value in the request."""
        self.control("POST", path, lambda: setattr(holder, attribute, value()))

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
        person: str | None = None,
    ) -> Account:
        """Register an account, or connect it again. Raises TokenTaken."""
        account = Account(
            account_id=account_id,
            external_id=external_id or self.accounts.external_id_for(account_id),
            username=username,
            access_token=access_token,
            refresh_token=refresh_token,
            client_id=client_id,
            scopes=None if scopes is None else frozenset(scopes),
            person=person or account_id,
        )
        with self.lock:
            self.accounts.register(account)
        return account

    def reset(self) -> None:
        """Forget posts, requests and faults; accounts stay, and their tokens work again."""
        with self.lock:
            self.posts.clear()
            self.numbers.clear()
            self.comments.clear()
            self.requests.clear()
            self.faults.clear()
            self.accounts.restore()
            self.listing_lag = timedelta(0)
            self.processing_time = timedelta(0)
            self.clock_skew = timedelta(0)
            self.forget()

    def _feed(self) -> Response:
        page = feed_page(self.name, self.posts.all()[::-1], self.accounts, self.comments)
        return Response(page, mimetype="text/html")

    def _file(self, sha256: str) -> Response:
        data = self.posts.file(sha256)
        if data is None:
            return Response("There is no such file.", status=404, mimetype="text/plain")
        # Players ask for parts of a video.
        return send_file(BytesIO(data), inspect(data).content_type, conditional=True)

    def _visible_posts(self) -> list[dict[str, Any]]:
        return [self._as_json(post) for post in self.posts.all(request.args.get("account"))]

    def numbers_of(self, post: Post) -> dict[str, int | None]:
        """How often a post was seen, liked and so on, by `numbers.NAMES`; None: withheld."""
        return self.numbers.of(post, clock.now(), len(self.comments.of_post(post.id)))

    def _numbers_of(self, post_id: str) -> dict[str, int | None]:
        return self.numbers_of(self._post(post_id))

    def _set_numbers(self, post_id: str) -> None:
        self.numbers.set(self._post(post_id).id, _numbers())

    def _post(self, post_id: str) -> Post:
        post = self.posts.get(post_id)
        if post is None:
            raise BadControl(f"There is no post {post_id}.")
        return post

    def _as_json(self, post: Post) -> dict[str, Any]:
        return {
            "id": post.id,
            "accountId": post.account_id,
            "text": post.text,
            "media": [item.as_json() for item in post.media],
            "visibleAt": iso(post.visible_at),
            "requestCount": self.posts.request_count(post),
        }

    def _add_account(self) -> tuple[dict[str, str], int]:
        try:
            account = self.add_account(**_account_fields())
        except TokenTaken:
            raise BadControl("Another account has one of these tokens.") from None
        return {
            "accountId": account.account_id,
            "externalId": account.external_id,
            "username": account.username,
        }, 201

    def _add_fault(self) -> tuple[dict[str, Any], int]:
        fault = read_fault(request.get_json(silent=True, force=True))
        self.faults.add(fault)
        return fault.as_json(), 201


def concerns(path: str) -> bool:
    """Whether a path belongs to the controls and not to the platform."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def fields() -> dict[str, Any]:
    """The JSON object in the request. Raises BadControl."""
    body = json_object(force=True)
    if body is None:
        raise BadControl("The body must be a JSON object.")
    return body


def times() -> int:
    """The count `times` in the request. Raises BadControl."""
    value = fields().get("times")
    if type(value) is not int or value < 0:
        raise BadControl("times must be a whole number of at least 0.")
    return value


def boolean(name: str) -> bool:
    """A boolean in the request. Raises BadControl."""
    value = fields().get(name)
    if not isinstance(value, bool):
        raise BadControl(f"{name} must be true or false.")
    return value


def seconds() -> timedelta:
    """The duration `seconds` in the request. Raises BadControl."""
    duration = skew()
    if duration < timedelta(0):
        raise BadControl("seconds must be a number of at least 0.")
    return duration


def skew() -> timedelta:
    """The number of `seconds` in the request, which can be negative. Raises BadControl."""
    value = fields().get("seconds")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadControl("seconds must be a number.")
    return timedelta(seconds=value)


def _account_fields() -> dict[str, Any]:
    """The parameters of `add_account`. Raises BadControl."""
    body = fields()
    if missing := [name for name in _REQUIRED if not body.get(name)]:
        raise BadControl(f"An account needs {', '.join(missing)}.")
    if unknown := sorted(body.keys() - _ACCOUNT.keys()):
        raise BadControl(f"An account has no {', '.join(unknown)}.")
    texts = [value for name, value in body.items() if name != "scopes"]
    if not all(value is None or isinstance(value, str) for value in texts):
        raise BadControl("The fields of an account are strings.")
    _texts(body, "scopes")
    return {_ACCOUNT[name]: value for name, value in body.items()}


def _client() -> Client:
    """The app in the request. Raises BadControl."""
    body = fields()
    required, optional = ("clientId", "clientSecret", "redirectUris"), ("scopes", "refreshTokens")
    if body.keys() - {*required, *optional} or not all(map(body.get, required)):
        names = f"{', '.join(required)}, and maybe {' and '.join(optional)}"
        raise BadControl(f"An app has {names}.")
    if not isinstance(body["clientId"], str) or not isinstance(body["clientSecret"], str):
        raise BadControl("clientId and clientSecret are strings.")
    refreshes = body.get("refreshTokens", False)
    if not isinstance(refreshes, bool):
        raise BadControl("refreshTokens must be true or false.")
    scopes = _texts(body, "scopes")
    return Client(
        client_id=body["clientId"],
        secret=body["clientSecret"],
        redirect_uris=tuple(_texts(body, "redirectUris") or ()),
        scopes=None if scopes is None else frozenset(scopes),
        gets_refresh_tokens=refreshes,
    )


def _person() -> Person:
    """The person in the request. Raises BadControl."""
    body = fields()
    name, nothing = body.get("person"), body.get("nothing", False)
    if body.keys() - {"person", "unticks", "nothing"} or not name or not isinstance(name, str):
        raise BadControl("A person has person (a name), and maybe unticks and nothing.")
    if not isinstance(nothing, bool):
        raise BadControl("nothing must be true or false.")
    return Person(name, frozenset(_texts(body, "unticks") or ()), has_nothing=nothing)


def _numbers() -> dict[str, int | None]:
    """The numbers of a post in the request. Raises BadControl."""
    body = fields()
    if unknown := sorted(body.keys() - set(numbers.NAMES)):
        raise BadControl(f"A post has no {', '.join(unknown)}.")
    if not all(value is None or (type(value) is int and value >= 0) for value in body.values()):
        raise BadControl("The numbers of a post are whole numbers of at least 0, or null.")
    return body


def _texts(body: dict[str, Any], name: str) -> list[str] | None:
    """The list of strings in a field, or None. Raises BadControl."""
    value = body.get(name)
    is_list = isinstance(value, list) and all(isinstance(text, str) for text in value)
    if value is not None and not is_list:
        raise BadControl(f"{name} must be a list of strings.")
    return value
