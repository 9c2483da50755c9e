"""What is particular to the login of Instagram."""

from local.platforms.instagram.twin import Instagram
from tests.local.platforms.meta_login_cases import CASES
from tests.local.platforms.meta_signing_in import code_for, redeem, short_token


def test_instagram_wraps_answers_as_documented_if_asked() -> None:
    case, platform = CASES["instagram"], Instagram()
    platform.add_account("ada", "ada_writes", "ada-access", external_id="17841400000000001")
    client = platform.app.test_client()
    flat = redeem(client, case, code_for(client, case)).json
    assert flat["user_id"] == 97841400000000001
    client.post("/_sim/nested", json={"nest": True})
    [wrapped] = redeem(client, case, code_for(client, case)).json["data"]
    assert (wrapped["user_id"], wrapped["permissions"]) == (
        "97841400000000001",
        "instagram_business_basic,instagram_business_content_publish",
    )
    query = {"access_token": wrapped["access_token"], "fields": "id,user_id,account_type"}
    assert client.get("/v26.0/me", query_string=query).json == {
        "data": [
            {
                "id": "97841400000000001",
                "user_id": "17841400000000001",
                "account_type": "BUSINESS",
            }
        ]
    }


def test_instagram_has_no_list_of_permissions_and_personal_accounts() -> None:
    case, platform = CASES["instagram"], Instagram()
    client = platform.app.test_client()
    client.post("/_sim/people", json={"person": "eve", "nothing": True})
    token = {"access_token": short_token(client, case)}
    shown = client.get("/v26.0/me", query_string=token | {"fields": "username,account_type"}).json
    assert (shown["username"], shown["account_type"]) == ("eve", "PERSONAL")
    refused = client.get("/v26.0/me/permissions", query_string=token).json["error"]
    assert refused["code"] == 100
    assert "nonexisting field (permissions)" in refused["message"]
