"""What is particular to the login of Threads."""

from local.platforms.threads.twin import Threads
from tests.local.platforms.meta_login_cases import APP, CASES


def test_threads_names_an_app_of_another_kind_and_a_missing_one() -> None:
    platform = Threads()
    client = platform.app.test_client()
    client.post("/_sim/clients", json=APP)
    query = CASES["threads"].query
    other = client.get("/oauth/authorize", query_string=query | {"client_id": "facebook-app"})
    assert other.json["error_code"] == 1349026
    missing = client.get("/oauth/authorize", query_string=query | {"client_id": ""})
    assert missing.json == {
        "error_message": "No app ID was provided in the request.",
        "error_code": 4476002,
    }
