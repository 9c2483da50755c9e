"""Signed-in users as callers, and every token that is not theirs."""

import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from functions.api import caller
from functions.api.routes import OPEN, ROUTES, SIGNED
from local.signing_key import SigningKey, real_seconds
from shared.gcp.users import Users, user_path
from tests.functions.api_client import POSTS, ApiClient, error_of, post
from tests.functions.route_examples import path_of
from tests.functions.signing_in import signed_in
from tests.signed_in import KEY_OF_SOMEBODY_ELSE, SignedIn, with_signature

__all__ = ["signed_in"]

HOUR = 3600
NOT_OPEN = [(method, rule) for method, rule, _, scope in ROUTES if scope not in (OPEN, SIGNED)]


def _call(api: ApiClient, token: str, method: str = "GET", path: str = POSTS, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return api.call(method, path, key="", headers=headers, **more)


def test_a_signed_in_user_can_publish_and_read(api: ApiClient, signed_in: SignedIn) -> None:
    token = signed_in.token(api.user_id)
    created = _call(api, token, "POST", json=post("In person"))
    assert created.status_code == 201, created.text
    post_id = created.json["postSubmissionId"]
    assert _call(api, token, path=f"{POSTS}/{post_id}").status_code == 200
    [submission] = api.submissions()
    assert (submission["userId"], submission["mode"]) == (api.user_id, "live")
    assert "keyHash" not in submission
    line = api.logged(created.headers["X-Request-ID"])
    assert line is not None
    assert line["status"] == 201
    assert "keyHash" not in line
    assert int(created.headers["X-RateLimit-Remaining"]) >= 0


def test_a_signed_in_user_and_their_key_see_the_same_posts(
    api: ApiClient, signed_in: SignedIn
) -> None:
    by_key = api.accept(post("the same"))
    token = signed_in.token(api.user_id)
    assert _call(api, token, "POST", json=post("the same")).json == {"postSubmissionId": by_key}
    stranger = api.another_user()
    path = f"{POSTS}/{by_key}"
    error_of(_call(api, signed_in.token(stranger.user_id), path=path), 404, "not_found")


@pytest.mark.full
def test_no_scope_stops_a_signed_in_user(api: ApiClient, signed_in: SignedIn) -> None:
    token = signed_in.token(api.user_id)
    # After the deletion of the user, every other call is refused.
    for method, rule in sorted(NOT_OPEN, key=("DELETE", "/v1/user").__eq__):
        answer = _call(api, token, method, path_of(rule), json={})
        assert answer.status_code not in (401, 403), (method, rule, answer.text)


def test_a_signed_in_user_without_a_subscription_cannot_publish(
    api: ApiClient, signed_in: SignedIn
) -> None:
    user = api.another_user(status="canceled")
    token = signed_in.token(user.user_id)
    error = error_of(_call(api, token, "POST", json=post()), 403, "forbidden")
    assert "subscription" in error["message"]
    assert _call(api, token).status_code == 200


def _now() -> int:
    return real_seconds()


def _signed_at(signed_in: SignedIn, user: str, at: int) -> str:
    return signed_in.token(user, iat=at, auth_time=at, exp=at + HOUR)


def _hmac_signed(signed_in: SignedIn, user: str) -> str:
    token = signed_in.unsigned(user, alg="HS256")
    [certificate] = signed_in.twin.key.certs.values()
    message = token.rpartition(".")[0].encode()
    return with_signature(token, hmac.digest(certificate.encode(), message, "sha256"))


def _forged(signed_in: SignedIn, user: str) -> str:
    forger = SigningKey("forger.test")
    forger.key_id = signed_in.twin.key.key_id
    return forger.sign(signed_in.claims(user))


def _with_claims_of(signed_in: SignedIn, user: str) -> str:
    header, _, signature = signed_in.token("mallory").split(".")
    return ".".join((header, signed_in.token(user).split(".")[1], signature))


# Each with the claims of a valid token of a user who exists, except for what the name says.
REFUSED: dict[str, Callable[[SignedIn, str], str]] = {
    "another project's token": lambda s, user: SignedIn("another-project").token(user),
    "another project's audience": lambda s, user: s.token(user, aud="another-project"),
    "another project's issuer": lambda s, user: s.token(
        user, iss="https://securetoken.google.com/another-project"
    ),
    "several audiences": lambda s, user: s.token(user, aud=[s.claims(user)["aud"]]),
    "an OIDC token of Google": lambda s, user: s.token(user, iss="https://accounts.google.com"),
    "expired": lambda s, user: _signed_at(s, user, _now() - 2 * HOUR),
    "expired a minute ago": lambda s, user: _signed_at(s, user, _now() - HOUR - 60),
    "without expiry": lambda s, user: s.token(user, exp=None),
    "not yet valid": lambda s, user: _signed_at(s, user, _now() + 60),
    "signed in later than issued": lambda s, user: s.token(user, auth_time=_now() + HOUR),
    "without a time of sign-in": lambda s, user: s.token(user, auth_time=None),
    "unsigned": lambda s, user: with_signature(s.token(user), b""),
    "alg none": lambda s, user: s.unsigned(user),
    "alg None": lambda s, user: s.unsigned(user, alg="None"),
    "no alg": lambda s, user: s.unsigned(user, alg=None),
    "alg none with a signature": lambda s, user: with_signature(s.unsigned(user), b"a" * 256),
    "signed with the certificate as a shared key": _hmac_signed,
    "alg ES256": lambda s, user: with_signature(s.unsigned(user, alg="ES256"), b"a" * 64),
    "signed by another key": lambda s, user: KEY_OF_SOMEBODY_ELSE.sign(s.claims(user)),
    "signed by another key under this key's ID": _forged,
    "a broken signature": lambda s, user: with_signature(s.token(user), b"a" * 256),
    "other claims below a signature": _with_claims_of,
    "no user ID": lambda s, user: s.token(user, sub=None),
    "an empty user ID": lambda s, user: s.token(user, sub=""),
    "a user ID that is a path": lambda s, user: s.token(user, sub=f"{user}/subscription/current"),
    "a user ID that is a number": lambda s, user: s.token(user, sub=7),
    "nonsense": lambda s, user: "eyJ.a.b",
    "a header nested too deeply": lambda s, user: s.nested(user),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_any_other_token_is_401_and_not_logged(
    api: ApiClient, signed_in: SignedIn, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = REFUSED[kind](signed_in, api.user_id)
    with caplog.at_level("DEBUG"):
        error = error_of(_call(api, token, "POST", json=post()), 401, "unauthorized")
    assert "ID token" in error["message"]
    assert api.stored_nothing()
    assert "ID token refused" in caplog.text
    written = caplog.text + str([vars(record) for record in caplog.records])
    assert not [part for part in token.split(".") if len(part) > 3 and part in written]


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_a_token_with_an_unverified_email_is_401(
    api: ApiClient, signed_in: SignedIn, verified: Any
) -> None:
    token = signed_in.token(api.user_id, email_verified=verified)
    assert "not verified" in error_of(_call(api, token), 401, "unauthorized")["message"]


def test_a_token_without_an_email_is_401(api: ApiClient, signed_in: SignedIn) -> None:
    """Of an anonymous sign-in, or one with a phone number."""
    error_of(_call(api, signed_in.token(api.user_id, email=None)), 401, "unauthorized")


def test_a_valid_token_of_somebody_who_is_not_a_user_is_403_on_every_route(
    api: ApiClient, signed_in: SignedIn
) -> None:
    token = signed_in.token("nobody")
    for number, (method, rule) in enumerate(NOT_OPEN):
        # From several addresses: there are more routes than a stranger may try in a minute.
        environ = {"REMOTE_ADDR": f"203.0.113.{number % 4}"}
        answer = _call(api, token, method, path_of(rule), json={}, environ=environ)
        error = error_of(answer, 403, "forbidden")
        assert "not a user" in error["message"]
        assert "details" not in error
        assert not [name for name in answer.headers if name[0].startswith("X-RateLimit")]


def test_people_who_are_no_users_are_limited_like_callers_without_a_key(
    api: ApiClient, signed_in: SignedIn
) -> None:
    for user, status in (("nobody", 403), ("", 401)):
        token = signed_in.token(user)
        environ = {"REMOTE_ADDR": f"203.0.113.{status % 100}"}
        statuses = [_call(api, token, environ=environ).status_code for _ in range(40)]
        assert statuses.count(status) == 25
        assert statuses.count(429) == 15


def test_a_user_that_the_instance_knows_costs_one_read(
    api: ApiClient, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[list[str]] = []
    plain = caller.read_all

    def counted(db: Any, paths: list[str]) -> dict[str, Any]:
        reads.append(paths)
        return plain(db, paths)

    monkeypatch.setattr(caller, "read_all", counted)
    other = api.another_user()
    for user_id in (api.user_id, other.user_id, api.user_id):
        assert _call(api, signed_in.token(user_id)).status_code == 200
        error_of(_call(api, signed_in.token("nobody")), 403, "forbidden")
    counts = [sum(user_path(user) in paths for paths in reads) for user in (api.user_id, "nobody")]
    # A first read of its own, and one with each request. A stranger does not clear what the
    # instance knows.
    assert counts == [3, 3]
    assert len(reads) == 3 + 2 + 3


def test_a_user_who_is_removed_is_refused_even_if_the_instance_knows_them(
    api: ApiClient, signed_in: SignedIn
) -> None:
    token = signed_in.token(api.user_id)
    assert _call(api, token).status_code == 200
    api.world.parts.db.document(user_path(api.user_id)).delete()
    for _ in range(2):
        error_of(_call(api, token, "POST", json=post()), 403, "forbidden")
    assert api.stored_nothing()
    Users(api.world.parts.db).put(api.user_id, email="back@example.com")
    assert _call(api, token).status_code == 200


def test_the_clock_of_another_machine_may_differ_by_seconds(
    api: ApiClient, signed_in: SignedIn
) -> None:
    for at in (_now() + 5, _now() - HOUR + 5):
        assert _call(api, _signed_at(signed_in, api.user_id, at)).status_code == 200


def test_a_token_is_accepted_only_in_the_authorization_header(
    api: ApiClient, signed_in: SignedIn
) -> None:
    token = signed_in.token(api.user_id)
    error_of(api.call("GET", POSTS, key=token), 401, "unauthorized")
    error_of(
        api.call("GET", POSTS, key=token, headers={"Authorization": f"Bearer {token}"}),
        401,
        "unauthorized",
    )
    error_of(api.call("GET", POSTS, headers=signed_in.headers(api.user_id)), 401, "unauthorized")


def test_a_token_is_not_checked_while_the_certificates_are_unavailable(
    api: ApiClient, signed_in: SignedIn
) -> None:
    settings = replace(api.world.parts.settings, id_token_certs_url="http://127.0.0.1:9/certs")
    api.world.with_parts(settings=settings)
    answer = _call(api, signed_in.token(api.user_id))
    assert "certificates" in error_of(answer, 500, "internal_error")["message"]
    assert api.call("GET", POSTS).status_code == 200, "a key needs no certificates"


def test_the_certificates_are_fetched_as_often_as_their_headers_say(
    api: ApiClient, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []
    plain = signed_in.twin._certs
    monkeypatch.setattr(
        signed_in.twin, "_certs", lambda request: fetched.append(1) or plain(request)
    )
    for _ in range(3):
        assert _call(api, signed_in.token(api.user_id)).status_code == 200
    assert len(fetched) == 1
