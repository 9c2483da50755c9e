"""From an invitation to a post on every platform, with only the pages, the API and an email."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from local.child_process import ROOT
from local.identity.api import API_KEY
from tests.end_to_end.browser import Browser, Page
from tests.end_to_end.conftest import Client

EMAIL = "newcomer@example.com"
MISSING = {"missingPlatforms": ["x"]}


@pytest.mark.full
def test_a_newcomer_gets_from_an_invitation_to_a_post_everywhere(client: Client) -> None:
    _operate(client, "user", "invite", EMAIL)
    browser = Browser()
    _sign_in(browser, client)
    accounts = browser.get(f"{client.info['dashboard']}/settings/integrations")
    assert "No account is connected yet" in accounts.text
    ids = {platform: _connect(browser, client, platform) for platform in client.info["platforms"]}
    uid, token = _id_token(client)
    person = {"Authorization": f"Bearer {token}"}
    listed = _api(client, "GET", "/v1/accounts", person)["data"]
    assert {one["platform"]: one["accountId"] for one in listed} == ids
    assert {one["status"] for one in listed} == {"connected"}

    # The local stack has subscriptions, which its operator sets.
    _operate(client, "subscription", "set", uid, "--status", "active", "--until", "2099-01-01")
    made = _api(client, "POST", "/v1/api-keys", person, {"name": "First"}, status=201)
    key = {"soku-api-key": made["key"]}
    _publish_everywhere(client, key, ids)

    _api(client, "DELETE", f"/v1/accounts/x/{ids['x']}", key)
    text = {"post": {"content": {"text": "Hello again", "platform": "x"}}}
    refused = _api(client, "POST", "/v1/posts", key, text, status=400)["error"]
    assert (refused["code"], refused["details"]) == ("missing_integrations", MISSING)
    assert _connect(browser, client, "x") == ids["x"]
    accepted = _api(client, "POST", "/v1/posts", key, text, status=201)
    assert _ended(client, key, accepted["postSubmissionId"])["status"] == "succeeded"

    _api(client, "DELETE", f"/v1/api-keys/{made['id']}", person, status=204)
    for _ in range(3):
        assert _api(client, "GET", "/v1/posts", key, status=401)["error"]["code"] == "unauthorized"


def _operate(client: Client, *command: str) -> Any:
    """Run an operator's command; returns its JSON."""
    environment = {
        **os.environ,
        "GOOGLE_CLOUD_PROJECT": client.info["project"],
        "FIRESTORE_EMULATOR_HOST": client.info["firestore"],
    }
    whole = [sys.executable, "-m", "shared.cli", "--json", *command]
    done = subprocess.run(whole, cwd=ROOT, env=environment, check=True, capture_output=True)
    return json.loads(done.stdout)


def _sign_in(browser: Browser, client: Client) -> Page:
    """By the link in an email; returns the start page."""
    page = browser.get(f"{client.info['dashboard']}/")
    (form,) = [form for form in page.forms if form.action.endswith("/sign-in/email")]
    browser.submit(page, form, email=EMAIL)
    mails = requests.get(f"{client.info['identity']}/_sim/mails", timeout=30).json()
    link = next(mail["link"] for mail in reversed(mails) if mail["email"] == EMAIL)
    opened = browser.get(link)
    return browser.submit(opened, opened.forms[0])


def _connect(browser: Browser, client: Client, platform: str) -> str:
    """Connect the newcomer's account on a platform, from the page of accounts; returns its id."""
    name = f"newcomer_{platform}"
    registered = requests.post(
        f"{client.info['platforms'][platform]}/_sim/accounts",
        json={"accountId": name, "username": name, "accessToken": f"{name}-seed"},
        timeout=30,
    )
    assert registered.status_code == 201, registered.text
    home = browser.get(f"{client.info['dashboard']}/settings/integrations")
    wanted = ("platform", platform)
    form = next(f for f in home.forms if wanted in f.fields and dict(f.fields).get("kind"))
    login = browser.submit(home, form)
    assert login.url.startswith(client.info["platforms"][platform]), login.url
    end = browser.submit(login, login.forms[0], person=name)
    found = re.search(
        rf'/settings/integrations/{platform}/([^"]+)" dir="auto">[^<]*</a> is ready', end.text
    )
    assert found, end.text
    return found[1]


def _id_token(client: Client) -> tuple[str, str]:
    """User ID and ID token, as an app of the project gets them: with another link."""
    url = f"{client.info['identity']}/v1/accounts"
    sent = {
        "requestType": "EMAIL_SIGNIN",
        "email": EMAIL,
        "continueUrl": "https://app.test/",
        "canHandleCodeInApp": True,
    }
    requests.post(f"{url}:sendOobCode?key={API_KEY}", json=sent, timeout=30).raise_for_status()
    mails = requests.get(f"{client.info['identity']}/_sim/mails", timeout=30).json()
    code = re.search(r"oobCode=([^&]+)", mails[-1]["link"])
    assert code
    body = {"email": EMAIL, "oobCode": code[1]}
    answer = requests.post(f"{url}:signInWithEmailLink?key={API_KEY}", json=body, timeout=30)
    return answer.json()["localId"], answer.json()["idToken"]


def _publish_everywhere(client: Client, key: dict[str, str], ids: Mapping[str, str]) -> None:
    targets: list[Any] = [{"platform": platform} for platform in ids if platform != "youtube"]
    targets.append({"platform": "youtube", "options": {"title": "Hello"}})
    content = {
        "text": "Hello everywhere",
        "videoUrl": f"{client.info['media']}/clip.mp4",
        "platform": targets,
    }
    accepted = _api(client, "POST", "/v1/posts", key, {"post": {"content": content}}, status=201)
    ended = _ended(client, key, accepted["postSubmissionId"])
    states = {run["platform"]: run["status"] for run in ended["runs"]}
    assert states == dict.fromkeys(ids, "succeeded"), ended
    for platform in ids:
        posts = requests.get(
            f"{client.info['platforms'][platform]}/_sim/posts",
            params={"account": f"newcomer_{platform}"},
            timeout=30,
        ).json()
        assert len(posts) == 1, platform


def _ended(client: Client, key: dict[str, str], post: str) -> dict[str, Any]:
    return client.ended(lambda: _api(client, "GET", f"/v1/posts/{post}", key))


def _api(
    client: Client,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: Any = None,
    *,
    status: int = 200,
) -> dict[str, Any]:
    answer = requests.request(
        method, f"{client.info['api']}{path}", json=body, headers=headers, timeout=90
    )
    assert answer.status_code == status, answer.text
    result: dict[str, Any] = answer.json() if answer.content else {}
    return result
