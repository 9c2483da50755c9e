"""The examples of the documents work as pasted, for the user `demo` of the local stack."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from local import seed
from local.platforms.simulation import SimulatedPlatform
from local.seed_secrets import SeedSecrets
from local.storage_emulator import StorageEmulator
from shared import clock
from shared.config import Settings
from shared.web.envelope import time_text
from tests.functions.api_client import ApiClient, error_of, post
from tests.functions.document_examples import MEDIA, POSTS, Written
from tests.functions.media_api import MediaApi
from tests.media import Shelf

USERS = tuple(user for user in seed.USERS if user.name in ("demo", "other"))
NO_LIMITS = {"overall": 10**6, "posts": 10**6, "media": 10**6, "templates": 10**6}


@pytest.fixture
def demo(
    api: ApiClient,
    settings: Settings,
    firestore_emulator: str,
    platform_servers: dict[str, tuple[SimulatedPlatform, str]],
    storage: StorageEmulator,
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ApiClient]:
    """The API as `demo` calls it, with the accounts of the local stack."""
    monkeypatch.setattr(seed, "USERS", USERS)
    seed.seed(
        settings=api.world.parts.settings,
        firestore_address=firestore_emulator,
        platforms={name: url for name, (_, url) in platform_servers.items()},
        secrets=SeedSecrets(keyset=settings.token_keyset, token_secret="00"),
    )
    MediaApi(api, storage, shelf)  # gives the world a bucket, and the shelf as an origin
    api.world.add_user("user_demo", limits=NO_LIMITS)
    yield ApiClient(api.app, api.world, "user_demo")


def of_this_machine(text: str, shelf: Shelf) -> Any:
    """A body as a shell passes it on, with files and times that exist."""
    text = text.replace("'\\''", "'").replace('\\"', '"')
    picture, video = shelf.image(), shelf.video()
    text = re.sub(r'"(https://[^"]*\.jpg|\$MEDIA_URL)"', json.dumps(picture.url), text)
    text = re.sub(r'"https://[^"]*\.mp4"', json.dumps(video.url), text)
    later = time_text(clock.now() + timedelta(hours=2))
    return json.loads(re.sub(r'"20\d\d-[\dT:.-]*Z"', json.dumps(later), text))


@pytest.mark.full
def test_every_example_is_accepted_and_reaches_its_accounts(demo: ApiClient, shelf: Shelf) -> None:
    expected: dict[str, Written] = {}
    for example in POSTS:
        headers = {"Idempotency_Key": example.key} if example.key else {}
        body = of_this_machine(example.body, shelf)
        expected[demo.accept(body, **headers)] = example
    assert len(expected) == len(POSTS), "no example is a repetition of another"
    demo.world.live_until_quiet()
    for post_id, example in expected.items():
        answer = demo.read(post_id).json
        reached = [run["accountId"] for run in answer["runs"]]
        assert sorted(reached) == sorted(example.accounts), example.name
        assert answer["status"] == "succeeded", (example.name, answer)


def test_the_example_of_an_upload_is_stored(demo: ApiClient, shelf: Shelf) -> None:
    answer = demo.call("POST", "/v1/media", json=of_this_machine(MEDIA, shelf))
    assert answer.status_code == 201, answer.text
    assert answer.json["url"]


def test_the_same_request_and_key_is_one_post_and_another_body_is_a_conflict(
    demo: ApiClient, shelf: Shelf
) -> None:
    (example,) = [example for example in POSTS if example.key]
    body = of_this_machine(example.body, shelf)
    headers = {"Idempotency_Key": str(example.key)}
    assert demo.accept(body, **headers) == demo.accept(body, **headers)
    refused = demo.send(post("Another", "x"), **headers)
    error_of(refused, 409, "idempotency_conflict")


@pytest.mark.full
def test_two_accounts_without_a_default_need_the_account(demo: ApiClient) -> None:
    """As the documents say, for the user who has them."""
    other = ApiClient(demo.app, demo.world, "user_other")
    refused = other.send(post("Which one?", "threads"))
    error_of(refused, 400, "missing_account")
    other.accept(post("This one", [{"platform": "threads", "accountId": "threads_other_brand"}]))
