"""The simulated Firebase Authentication is as strict as the real one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from local.identity.api import API_KEY
from local.identity.twin import IdentityTwin, Person
from shared.config import Settings
from shared.gcp import oidc
from shared.gcp.identity import person_of


@pytest.fixture
def url() -> Iterator[str]:
    twin = IdentityTwin("demo-tests", {"demo": Person("user_demo", "demo@example.com")})
    server = twin.serve()
    server.start()
    oidc._transport.cache_clear()
    yield server.url
    server.stop()
    oidc._transport.cache_clear()


def test_a_token_of_the_twin_is_one_of_firebase(url: str, settings: Settings) -> None:
    answer = requests.get(f"{url}/_sim/token?user=demo", timeout=30)
    assert answer.headers["Cache-Control"] == "no-store"
    signed_in = answer.json()
    assert signed_in.keys() == {"idToken", "uid", "email", "expiresIn"}
    assert (signed_in["uid"], signed_in["email"]) == ("user_demo", "demo@example.com")
    here = replace(settings, project="demo-tests", id_token_certs_url=f"{url}/certs")
    assert person_of(signed_in["idToken"], here).user_id == "user_demo"


def test_the_certificates_say_how_long_they_can_be_cached(url: str) -> None:
    answer = requests.get(f"{url}/certs", timeout=30)
    assert "max-age=" in answer.headers["Cache-Control"]
    [(key_id, certificate)] = answer.json().items()
    assert key_id
    assert certificate.startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?user=nobody", 404),
        ("?user=", 404),
        ("", 400),
        ("?user=demo&user=other", 400),
        ("?user=demo&admin=true", 400),
    ],
)
def test_nobody_else_is_signed_in(url: str, query: str, status: int) -> None:
    answer = requests.get(f"{url}/_sim/token{query}", timeout=30)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}


def test_other_calls_are_refused(url: str) -> None:
    posted = requests.post(f"{url}/_sim/token?user=demo", timeout=30)
    assert (posted.status_code, posted.json().keys()) == (405, {"error"})
    assert "GET" in posted.headers["Allow"]
    assert requests.get(f"{url}/", timeout=30).status_code == 404


KEY = {"key": API_KEY}
LINK = {
    "requestType": "EMAIL_SIGNIN",
    "email": "bea@example.com",
    "continueUrl": "https://soku.test/link",
    "canHandleCodeInApp": True,
}


def _call(url: str, method: str, body: Any, query: Any = KEY, **more: Any) -> tuple[int, Any]:
    answer = requests.post(
        f"{url}/v1/accounts:{method}", params=query, json=body, timeout=30, **more
    )
    return answer.status_code, answer.json()


def _message(answer: tuple[int, Any]) -> str:
    """The message of an error in Identity Toolkit's form."""
    status, body = answer
    assert body["error"]["code"] == status
    assert body["error"]["errors"][0]["message"] == body["error"]["message"]
    return str(body["error"]["message"])


def test_a_link_signs_in_once_and_tells_whether_the_account_is_new(url: str) -> None:
    for is_new in (True, False):
        assert _call(url, "sendOobCode", LINK)[0] == 200
        mail = requests.get(f"{url}/_sim/mails", timeout=30).json()[-1]
        assert mail["email"] == LINK["email"]
        assert mail["link"].replace("&", "&amp;") in requests.get(f"{url}/_sim/", timeout=30).text
        page = requests.get(mail["link"], allow_redirects=False, timeout=30).headers["Location"]
        assert page.startswith("https://soku.test/link?mode=signIn&oobCode=")
        code = parse_qs(urlsplit(page).query)["oobCode"][0]
        sent = {"email": LINK["email"], "oobCode": code}
        status, body = _call(url, "signInWithEmailLink", sent)
        assert status == 200
        assert body.get("isNewUser", False) is is_new
        assert _message(_call(url, "signInWithEmailLink", sent)) == "INVALID_OOB_CODE"
    deleted = _call(url, "delete", {"idToken": body["idToken"]})
    assert deleted[0] == 200
    assert _message(_call(url, "delete", {"idToken": body["idToken"]})) == "USER_NOT_FOUND"


WRONG = [
    ("sendOobCode", {"requestType": "PASSWORD_RESET"}, "INVALID_REQ_TYPE"),
    ("sendOobCode", {"email": ""}, "MISSING_EMAIL"),
    ("sendOobCode", {"email": "bea"}, "INVALID_EMAIL"),
    ("sendOobCode", {"continueUrl": ""}, "MISSING_CONTINUE_URI"),
    ("sendOobCode", {"continueUrl": "soku.test"}, "INVALID_CONTINUE_URI"),
    ("sendOobCode", {"canHandleCodeInApp": False}, "OPERATION_NOT_ALLOWED"),
    ("sendOobCode", {"canHandleCodeInApp": "true"}, "Invalid value"),
    ("sendOobCode", {"emial": "x"}, 'Unknown name "emial"'),
    ("signInWithEmailLink", {"email": "b@c.de", "oobCode": ""}, "MISSING_OOB_CODE"),
    ("signInWithEmailLink", {"email": "b@c.de", "oobCode": "x"}, "INVALID_OOB_CODE"),
    ("createAuthUri", {"providerId": "github.com"}, "INVALID_PROVIDER_ID"),
    ("createAuthUri", {"providerId": "google.com", "continueUri": "x"}, "INVALID_CONTINUE_URI"),
    ("signInWithIdp", {"requestUri": "https://x.test/"}, "MISSING_SESSION_ID"),
    ("signInWithIdp", {"sessionId": "x"}, "INVALID_SESSION_ID"),
    ("delete", {"idToken": "x"}, "INVALID_ID_TOKEN"),
]


def test_a_wrong_request_is_refused_as_by_the_api(url: str) -> None:
    for method, change, message in WRONG:
        body = {**LINK, **change} if method == "sendOobCode" else change
        assert message in _message(_call(url, method, body)), (method, change)
    assert requests.get(f"{url}/_sim/mails", timeout=30).json() == []


def test_a_request_needs_the_key_the_method_and_json(url: str) -> None:
    assert _call(url, "sendOobCode", LINK, {})[0] == 403
    assert "API key not valid" in _message(_call(url, "sendOobCode", LINK, {"key": "other"}))
    assert "Unknown name" in _message(_call(url, "sendOobCode", LINK, {**KEY, "prettyprint": "1"}))
    assert _call(url, "signUp", LINK)[0] == 404
    assert requests.get(f"{url}/v1/accounts:sendOobCode", params=KEY, timeout=30).status_code == 405
    form = requests.post(f"{url}/v1/accounts:delete", params=KEY, data={"idToken": "x"}, timeout=30)
    assert form.status_code == 400


def test_google_page_belongs_to_a_sign_in_that_has_begun(url: str) -> None:
    assert requests.get(f"{url}/o/oauth2/auth?state=x", timeout=30).status_code == 400
    body = {"providerId": "google.com", "continueUri": "https://soku.test/callback"}
    begun = _call(url, "createAuthUri", body)[1]
    page = requests.get(begun["authUri"], timeout=30)
    assert "demo@example.com" in page.text
    nobody = begun["authUri"].replace("/auth?", "/choose?") + "&email=eve@example.com"
    assert requests.get(nobody, timeout=30).status_code == 400
    unchosen = {"requestUri": "https://soku.test/callback?state=x", "sessionId": begun["sessionId"]}
    assert "INVALID_IDP_RESPONSE" in _message(_call(url, "signInWithIdp", unchosen))
