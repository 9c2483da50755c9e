"""The environment: read once, checked as a whole, and never shown."""

import pytest

from shared.config import ClientCredentials, ConfigurationError, read

COMPLETE = {
    "GOOGLE_CLOUD_PROJECT": "p",
    "ORCHESTRATOR_URL": "https://o",
    "PUBLISHER_URL": "https://p",
    "SWEEPER_URL": "https://s",
    "TASKS_INVOKER": "t@p",
    "SCHEDULER_INVOKER": "s@p",
}


def test_all_that_is_missing_or_malformed_is_said_at_once() -> None:
    broken = {"RATE_LIMIT_POSTS": "many", "IDEMPOTENCY_HOURS": "-1", "SIMULATED_PLATFORMS": "[]"}
    with pytest.raises(ConfigurationError) as refusal:
        read(broken)
    message = str(refusal.value)
    for name in COMPLETE:
        assert f"{name} is not set" in message
    for name in broken:
        assert name in message


@pytest.mark.parametrize("name", COMPLETE)
def test_each_of_them_is_needed_and_empty_is_as_good_as_missing(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f": {name} is not set."):
        read({**COMPLETE, name: ""})


@pytest.mark.parametrize("value", ["", "ten", "1.5", "-1", "٣", "1e3"])
def test_a_number_must_be_a_whole_one(value: str) -> None:
    with pytest.raises(ConfigurationError, match="RATE_LIMIT_MEDIA is not a whole number"):
        read({**COMPLETE, "RATE_LIMIT_MEDIA": value})


@pytest.mark.parametrize("value", ["{", "[]", '"x"', '{"x": 1}', "null"])
def test_the_simulated_platforms_are_a_map_of_addresses(value: str) -> None:
    with pytest.raises(ConfigurationError, match="SIMULATED_PLATFORMS"):
        read({**COMPLETE, "SIMULATED_PLATFORMS": value})


def test_what_is_left_out_has_its_default() -> None:
    settings = read(COMPLETE)
    assert settings.region == "us-central1"
    assert settings.idempotency_hours == 24
    assert (settings.rate_limits.subscribed, settings.rate_limits.posts) == (100, 30)
    assert settings.simulated_platforms == {}
    assert settings.queue_emulator is settings.oidc_certs_url is None


def test_what_is_set_is_taken_and_no_secret_is_shown() -> None:
    settings = read(
        {
            **COMPLETE,
            "RATE_LIMIT_POSTS": "7",
            "SIMULATED_PLATFORMS": '{"x": "http://127.0.0.1:1"}',
            "TOKEN_KEYSET": "canary-keyset",
            "X_CLIENT_ID": "id",
            "X_CLIENT_SECRET": "canary-secret",
            "THREADS_CLIENT_ID": "",
        }
    )
    assert settings.rate_limits.posts == 7
    assert settings.simulated_platforms == {"x": "http://127.0.0.1:1"}
    assert settings.platform_clients == {"x": ClientCredentials("id", "canary-secret")}
    assert "canary" not in repr(settings)
