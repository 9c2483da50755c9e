"""No secret is in anything that is written: documents, tasks, answers, log lines.

The secrets are those that a life of posts comes upon: every token that a platform knows or is sent,
our own there, the keys to upload, the queue's identity, the callers' keys. What is written is
searched for each of them after posts that succeed, fail, are refused, looked up and taken down.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import flask
import pytest
import requests

import functions.collector
import functions.orchestrator
import functions.publisher
import functions.webhooks
from functions.api.app import create_app
from functions.connect.app import create_app as create_connect
from local.platforms.faults import read_fault
from local.storage_emulator import StorageEmulator
from local.tasks_emulator.delivery import Delivery
from shared import logs
from shared.gcp import oidc
from shared.gcp.api_keys import new_key
from shared.platforms import registry
from shared.platforms.sending import send
from shared.platforms.wire import Response
from tests import extent
from tests.functions.api_client import POSTS, ApiClient, post
from tests.functions.connect_client import ConnectBrowser, query_of, state_of
from tests.functions.connecting import a_person, begin, connection
from tests.functions.media_api import MediaApi
from tests.gcp.rules_client import EVERYTHING, collections_of
from tests.media import Shelf, jpeg
from tests.platforms.contract import Example, contract_of, one_video
from tests.world import World

UPLOADS = "/v1/media/uploads"
# What a platform is told or tells that opens something, by the names it travels under.
SECRET_NAMES = {"access_token", "refresh_token", "client_secret", "fb_exchange_token", "key", "iv"}
# What the request that makes a post visible suffers, in the order of the posts.
FAULTS: list[dict[str, Any]] = [
    {"mode": "expired_token"},
    {"mode": "accept_then_500"},
    {"mode": "accept_then_reset"},
    {"mode": "rate_limit", "retryAfter": 5},
]


@dataclass
class Written:
    """What a life leaves, as text, by where it is; and the secrets that it came upon."""

    secrets: set[str] = field(default_factory=set)
    tasks: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def hear(self, method: str, url: str, **request: Any) -> Response:
        """Sends a platform its request, and keeps every secret of it and of the answer."""
        self.secrets.add(request.get("headers", {}).get("Authorization", "").rpartition(" ")[2])
        for sent in (request.get("params"), request.get("data"), request.get("json")):
            self._keep_from(sent)
        if method in ("PUT", "POST"):
            # The address of an upload is opened by its query.
            self.secrets.add(urlsplit(url).query)
        return send(method, url, **request)

    def keep_answer(self, answer: flask.Response) -> flask.Response:
        self.answers.append(f"{answer.headers}\n{answer.get_data(as_text=True)}")
        return answer

    def assert_clean(self, world: World) -> None:
        documents = dict(_documents(world.parts.db.collections()))
        assert self.tasks
        assert self.answers
        assert self.lines
        known = {collections_of(path) for path in EVERYTHING}
        assert {collections_of(path) for path in documents} <= known, "not in the tests of rules"
        texts = documents | {
            "tasks": "\n".join(self.tasks),
            "answers": "\n".join(self.answers),
            "log": "\n".join(self.lines),
        }
        secrets = {secret for secret in self.secrets if secret}
        assert len(secrets) > 5
        found = {(where, s) for where, text in texts.items() for s in secrets if s in text}
        assert found == set()

    def _keep_from(self, sent: Any) -> None:
        if isinstance(sent, Mapping):
            self.secrets |= {str(sent[name]) for name in SECRET_NAMES & sent.keys()}


def _documents(collections: Any) -> Iterator[tuple[str, str]]:
    """Path and fields of every document below `collections`, those without fields included."""
    for collection in collections:
        for reference in collection.list_documents():
            yield reference.path, repr(reference.get().to_dict())
            yield from _documents(reference.collections())


class _Lines(logging.Handler):
    """Keeps lines as they are written."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logs._JsonLines())
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@contextmanager
def _logged(lines: list[str]) -> Iterator[None]:
    """All that our own loggers say, and what others would say on a function's standard error."""
    ours, root = logging.getLogger("soku"), logging.getLogger()
    handler, warnings = _Lines(lines), _Lines(lines)
    warnings.setLevel(logging.WARNING)
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    root.addHandler(warnings)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        ours.setLevel(level)
        root.removeHandler(warnings)


@pytest.fixture
def written(api: ApiClient) -> Iterator[Written]:
    """The world of `api`, with everything overheard; tasks reach the functions' own doors."""
    world, kept = api.world, Written()

    keep = kept.keep_answer

    def handle(delivery: Delivery) -> int:
        kept.secrets.add(delivery.headers["Authorization"].rpartition(" ")[2])
        kept.tasks.append(f"{delivery.url} {delivery.body.decode()}")
        return keep(_call(world, delivery.url, delivery.headers, delivery.body)).status_code

    api.app = create_app()
    api.app.after_request(keep)
    world.handle = handle  # type: ignore[method-assign]
    oidc._transport.cache_clear()
    settings = replace(world.parts.settings, oidc_certs_url=world.tasks.certs_url)
    world.with_parts(settings=settings, send=kept.hear)
    kept.secrets |= {api.key, settings.token_keyset, *_secrets_of_keyset(settings.token_keyset)}
    kept.secrets |= {client.client_secret for client in settings.platform_clients.values()}
    with _logged(kept.lines):
        yield kept
    oidc._transport.cache_clear()


def _secrets_of_keyset(keyset: str) -> list[str]:
    return [key["keyData"]["value"] for key in json.loads(keyset)["key"]]


def _call(world: World, url: str, headers: Mapping[str, str], body: bytes) -> flask.Response:
    """One of the functions that the queue calls, from its door on."""
    settings = world.parts.settings
    called = {
        settings.orchestrator_url: functions.orchestrator,
        settings.publisher_url: functions.publisher,
        settings.collector_url: functions.collector,
        settings.webhooks_url: functions.webhooks,
    }[url]
    sent = {"headers": {**headers, "Content-Type": "application/json"}, "data": body}
    with flask.Flask("door").test_request_context("/", method="POST", **sent):
        return called.handle(flask.request)


def _example(platform: str) -> Example:
    """One with a text that a test may change, and with a video where there is one: that is sent
    by the most requests."""
    return max(
        contract_of(platform).examples,
        key=lambda example: (bool(example.text), example.media is one_video),
    )


def _publish(
    api: ApiClient, written: Written, shelf: Shelf, platform: str, fault: dict[str, Any]
) -> str:
    """A post whose visible request suffers `fault`, until all is quiet; answers its id."""
    world, example = api.world, _example(platform)
    suffered = {"match": example.visible, "after": example.visible_after, **fault}
    world.platforms[platform].faults.add(read_fault(suffered))
    urls = [world.own(asset, api.user_id).url for asset in example.media(shelf)]
    target = {"platform": platform, "options": dict(example.options)}
    # A text of its own, or it would be refused as a repetition.
    text, content = f"{fault['mode']}: {example.text}", {"mediaUrls": urls} if urls else {}
    post_id = api.accept(post(text, [target], content=content))
    world.live_until_quiet()
    written.secrets |= set(world.platforms[platform].accounts._tokens)
    return post_id


def _repeating(api: ApiClient, platform: str) -> dict[str, Any]:
    """A refusal that repeats the token, as some platforms' do, wherever they have room for it."""
    held = api.world.platforms[platform].accounts.get(f"{platform}_main")
    assert held is not None
    said = f"Malformed access token {held.access_token}"
    error = {"message": said, "error_user_msg": said, "code": 100, "log_id": said}
    body = {"detail": said, "message": said, "error": error, "display_message": said}
    # The first one, since not every later one carries the token.
    first = {"match": "POST /", "after": 0}
    return {**first, "mode": "status", "status": 400, "body": body}


@pytest.mark.parametrize("platform", extent.some(registry.names(), ("facebook", "x")))
def test_no_secret_of_a_life_on_a_platform_is_written_anywhere(
    api: ApiClient, written: Written, shelf: Shelf, platform: str
) -> None:
    world = api.world
    # The token that is repeated must be the one in use: only that one can be known for a token.
    faults = [_repeating(api, platform), *FAULTS]
    posts = [_publish(api, written, shelf, platform, fault) for fault in faults]
    assert world.run(posts[1], platform)["status"] == "succeeded", world.log
    if registry.limits(platform).capabilities.deletes:
        taken_down = api.call("DELETE", f"{POSTS}/{posts[1]}?fromPlatforms=true")
        assert taken_down.status_code == 202, taken_down.text
        world.live_until_quiet()
    posts.append(_publish(api, written, shelf, platform, {"mode": "revoked_token"}))
    for read in posts:
        api.read(read)
    api.call("GET", POSTS)
    written.assert_clean(world)


def test_no_secret_of_a_caller_is_written_anywhere(
    api: ApiClient,
    written: Written,
    storage: StorageEmulator,
    shelf: Shelf,
    signing_key: None,
) -> None:
    media = MediaApi(api, storage, shelf)
    stranger, world = new_key(), api.world
    written.secrets |= {stranger, stranger.removeprefix("sk_live_")}
    data = jpeg()
    begun = api.call("POST", UPLOADS, json={"contentType": "image/jpeg", "size": len(data)}).json
    # Only the client that asked for the upload address receives it.
    written.answers.clear()
    written.secrets |= {begun["url"], urlsplit(begun["url"]).query}
    requests.put(begun["url"], data=data, headers=begun["headers"], timeout=10)
    assert api.call("POST", f"{UPLOADS}/{begun['uploadId']}/complete").status_code == 201
    signed = f"{shelf.put('a.jpg', data)}?X-Goog-Signature={new_key()}"
    written.secrets.add(urlsplit(signed).query)
    media.stored(signed)
    media.store(signed.replace("a.jpg", "missing.jpg"))
    api.send(post("a", "x"))
    for headers in (
        {"Authorization": f"Bearer {stranger}"},
        {"Authorization": f"Basic {stranger}"},
        {"Cookie": f"session={stranger}"},
    ):
        api.call("GET", POSTS, key="", headers=headers)
        api.call("GET", POSTS, headers=headers)
    api.call("GET", f"{POSTS}/nothing?soku-api-key={stranger}", key=stranger)
    for token in (stranger, f"{stranger}.{stranger}.{stranger}", api.key):
        refused = _call(
            world,
            world.parts.settings.publisher_url,
            {"Authorization": f"Bearer {token}"},
            b"{}",
        )
        assert refused.status_code == 401
        written.answers.append(refused.get_data(as_text=True))
    world.live_until_quiet()
    written.assert_clean(world)


@pytest.mark.parametrize("platform", extent.some(registry.names(), ("facebook", "x")))
def test_no_secret_of_connecting_an_account_is_written_anywhere(
    api: ApiClient, written: Written, platform: str
) -> None:
    """Allowed, refused in the token endpoint, denied, and disconnected again."""
    world, app = api.world, create_connect()
    user = api.another_user_without_accounts()
    app.after_request(written.keep_answer)
    a_person(user, platform, "ana")
    settings = world.parts.settings
    written.secrets |= {
        settings.connect_key,
        settings.webhook_key,
        *settings.session_keys,
        user.key,
    }
    begun, browser = begin(user, platform), ConnectBrowser(app, world)
    address = browser.start(begun["url"])
    back = browser.authorize(address, person="ana")
    end = browser.come_back(back)
    browser.get(end.headers["Location"])
    account_id = connection(user, begun)["accountIds"][0]
    failing = begin(user, platform)
    refused = browser.authorize(browser.start(failing["url"]), person="ana")
    repeated = {"error": "invalid_grant", "error_description": f"bad {query_of(refused)['code']}"}
    fault = {"match": "", "mode": "status", "status": 400, "body": repeated}
    for match in ("POST /", "GET /"):
        world.platforms[platform].faults.add(read_fault({**fault, "match": match}))
    browser.come_back(refused)
    world.platforms[platform].faults.clear()
    assert connection(user, failing)["status"] == "failed"
    user.call("DELETE", f"/v1/accounts/{platform}/{account_id}")
    world.sweep()
    world.live_until_quiet()
    written.secrets |= set(world.platforms[platform].accounts._tokens)
    written.secrets |= {query_of(one)["code"] for one in (back, refused)}
    written.tasks = written.tasks or ["none"]
    # What only the user's browser may have: it is in the answers to it, and nowhere else.
    answers, written.answers = written.answers, ["none"]
    hidden = {state_of(address), state_of(refused), browser.cookie}
    written.secrets |= hidden
    written.assert_clean(world)
    written.secrets -= hidden
    written.answers = answers
    written.assert_clean(world)
