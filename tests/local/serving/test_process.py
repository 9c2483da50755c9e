"""One process serves all simulated platforms."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from local.platforms import discover
from shared.platforms import registry
from tests.conftest import ROOT
from tests.local.serving.client import LIMIT, PATIENCE, POST_TO_X, Client

pytestmark = pytest.mark.slow


def test_twins_are_found_by_their_folders() -> None:
    twins = discover()
    assert {"x", "threads"} <= set(twins)
    assert all(twin.name == name for name, twin in twins.items())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.full
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_one_process_serves_all_platforms_until_a_signal(ending: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-m", "local.platforms", "--ports", json.dumps({"x": port})]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            urls = json.loads(process.stdout.readline())
            assert urls["x"] == f"http://127.0.0.1:{port}"
            assert set(urls) == set(discover())
            for url in urls.values():
                assert Client(url).get("/_sim/posts").json() == []
            # The process ends although a connection is held.
            client = Client(urls["x"])
            client.fault(POST_TO_X, "timeout_before")
            with pytest.raises(requests.Timeout):
                client.tweet(timeout=PATIENCE)
            process.send_signal(ending)
            assert process.wait(LIMIT) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()


@pytest.mark.full
def test_ports_for_unknown_platforms_are_refused() -> None:
    command = [sys.executable, "-m", "local.platforms", "--ports", '{"myspace": 1}']
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "myspace" in ended.stderr


VERSIONS = (
    "from local.platforms.facebook.twin import API as facebook; "
    "from local.platforms.instagram.twin import API as instagram; "
    "from local.platforms.linkedin.restli import ACTIVE_VERSIONS; "
    "from local.platforms.youtube.uploads import PATH; "
    "print(facebook, instagram, max(ACTIVE_VERSIONS), PATH)"
)


def test_the_versions_are_those_that_the_operator_chose_for_the_client() -> None:
    chosen = {
        "FACEBOOK_API_VERSION": "v27.0",
        "LINKEDIN_API_VERSION": "202611",
        "YOUTUBE_API_VERSION": "v4",
    }
    started = subprocess.run(
        [sys.executable, "-c", VERSIONS],
        cwd=ROOT,
        env=os.environ | chosen,
        capture_output=True,
        text=True,
        check=True,
    )
    instagram = f"/{registry.about('instagram').default_version}"
    assert started.stdout.split() == ["/v27.0", instagram, "202611", "/upload/youtube/v4/videos"]
