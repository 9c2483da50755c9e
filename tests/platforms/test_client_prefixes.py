"""Client apps in the environment whose prefix no platform has: reported, and not fatal."""

import json
import subprocess
import sys

import pytest

from shared import config
from shared.platforms import registry
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

COMPLETE = {
    "GOOGLE_CLOUD_PROJECT": "p-1",
    "ORCHESTRATOR_URL": "https://o.test",
    "PUBLISHER_URL": "https://p.test",
    "SWEEPER_URL": "https://s.test",
    "COLLECTOR_URL": "https://l.test",
    "WEBHOOKS_URL": "https://w.test",
    "TASKS_INVOKER": "t@p.iam",
    "SCHEDULER_INVOKER": "s@p.iam",
}
# A platform's folder that is imported, and nothing of the platform beside it.
LOADED = "print(*sorted(m for m in sys.modules if m.startswith('shared.platforms.x')))"


def _start(*prefixes: str) -> list[str]:
    """The lines that a starting instance writes, and its modules of X, when all of it succeeds."""
    clients = {
        f"{prefix}_{part}": "canary"
        for prefix in prefixes
        for part in ("CLIENT_ID", "CLIENT_SECRET")
    }
    return _lines(clients)


def _lines(clients: dict[str, str]) -> list[str]:
    started = subprocess.run(
        [sys.executable, "-c", f"import sys, main; {LOADED}"],
        cwd=ROOT,
        env={**COMPLETE, **clients},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "canary" not in started.stdout + started.stderr
    return started.stdout.splitlines()


@pytest.mark.full
def test_known_prefixes_are_not_reported_and_import_no_platform() -> None:
    assert _start("X", "SNAPCHAT") == [""]


def test_each_unknown_prefix_is_reported_to_the_operator() -> None:
    *lines, loaded = _start("X", "TWITER", "LINKDIN")
    reports = [json.loads(line) for line in lines]
    assert [report["variable"] for report in reports] == ["LINKDIN_CLIENT_ID", "TWITER_CLIENT_ID"]
    for report in reports:
        assert (report["severity"], report["operatorAction"]) == ("ERROR", True)
        assert report["message"] == "unknown platform client"
        assert report["knownPrefixes"] == registry.client_prefixes()
    assert {"X", "LINKEDIN"} <= set(registry.client_prefixes())
    assert loaded == "shared.platforms.x", "the folder's facts, and none of its jobs"


@pytest.mark.full
@pytest.mark.parametrize(
    ("prefix", "meant"),
    [("LINKDIN", "LINKEDIN"), ("TIKTOC", "TIKTOK"), ("YOU_TUBE", "YOUTUBE"), ("AZURE", None)],
)
def test_a_prefix_that_resembles_a_known_one_is_named_with_it(prefix: str, meant: str) -> None:
    *lines, _ = _start("X", prefix)
    (report,) = [json.loads(line) for line in lines]
    assert report.get("similarPrefix") == meant


@pytest.mark.full
def test_half_an_app_is_reported_only_if_it_resembles_a_platforms() -> None:
    assert _lines({"AZURE_CLIENT_ID": "canary", "MY_CLIENT_SECRET": "canary"}) == [
        "shared.platforms.x"
    ]
    line, *_ = _lines({"SNAPCHATT_CLIENT_ID": "canary"})
    report = json.loads(line)
    assert (report["variable"], report["similarPrefix"]) == ("SNAPCHATT_CLIENT_ID", "SNAPCHAT")


VERSIONS = (
    "from shared.platforms import registry; "
    "print(*(registry.about(name).api_version for name in ('facebook', 'linkedin'))); "
    "from shared.platforms.meta.graph import path_of; "
    "print(path_of(registry.about('facebook'), '1'))"
)


def test_an_operator_can_choose_another_version_of_a_platforms_api() -> None:
    started = subprocess.run(
        [sys.executable, "-c", VERSIONS],
        cwd=ROOT,
        env={**COMPLETE, "FACEBOOK_API_VERSION": "v27.0"},
        capture_output=True,
        text=True,
        check=True,
    )
    default = registry.about("linkedin").default_version
    assert started.stdout.splitlines() == [f"v27.0 {default}", "/v27.0/1"]


@pytest.mark.parametrize("version", ["v27/../x", "v 27", "?", "v" * 21])
def test_a_malformed_version_is_an_error_of_the_configuration(version: str) -> None:
    with pytest.raises(config.ConfigurationError, match="FACEBOOK_API_VERSION"):
        config.api_version("facebook", {"FACEBOOK_API_VERSION": version})


LIMITS = (
    "from shared.platforms import registry; "
    "videos = [registry.limits(name).capabilities.video for name in ('x', 'snapchat')]; "
    "print(*((video.max_seconds, video.max_bytes) for video in videos))"
)


@pytest.mark.full
@pytest.mark.parametrize(
    ("environ", "limits"),
    [
        ({}, "(140, 536870912) (60, 1000000000)"),
        (
            {
                "X_MAX_VIDEO_SECONDS": "1200",
                "X_MAX_VIDEO_BYTES": "2000000000",
                "SNAPCHAT_MAX_VIDEO_SECONDS": "300",
            },
            "(1200, 2000000000) (300, 1000000000)",
        ),
        # More than an upload can send.
        ({"X_MAX_VIDEO_BYTES": "8589934592"}, "(140, 4194304000) (60, 1000000000)"),
    ],
)
def test_an_operator_can_raise_a_limit_of_videos(environ: dict[str, str], limits: str) -> None:
    started = subprocess.run(
        [sys.executable, "-c", LIMITS],
        cwd=ROOT,
        env={**COMPLETE, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert started.stdout.strip() == limits


@pytest.mark.parametrize("value", ["0", "-1", "20min", "1.5", "9" * 16])
def test_a_malformed_limit_is_an_error_of_the_configuration(value: str) -> None:
    environ = {"X_MAX_VIDEO_SECONDS": value}
    with pytest.raises(config.ConfigurationError, match="X_MAX_VIDEO_SECONDS"):
        config.video_limit("x", "MAX_VIDEO_SECONDS", 140, environ)
    with pytest.raises(config.ConfigurationError, match="X_MAX_VIDEO_SECONDS"):
        config.read({**COMPLETE, **environ})
