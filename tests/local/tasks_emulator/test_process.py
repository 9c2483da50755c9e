"""The life of the emulator and of its process."""

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import grpc
import pytest
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from local.tasks_emulator import CloudTasksEmulator
from tests.local.tasks_emulator.driving import (
    LIMIT_SECONDS,
    PARENT,
    Handler,
)

pytestmark = pytest.mark.slow


def test_stop_ends_every_thread(clock_file):
    before = set(threading.enumerate())
    emulator = CloudTasksEmulator(
        clock_file=clock_file, deliver=Handler(), jobs=[("http://127.0.0.1:9/", "a", 86400)]
    )
    emulator.start()
    assert len(set(threading.enumerate()) - before) > 64
    emulator.stop()
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert left == []


@pytest.mark.full
def test_the_process_serves_its_queues_and_ends_cleanly_on_sigterm():
    with run_process() as process:
        line = process.stdout.readline()
        address = line.split()[3].rstrip(",")
        channel = grpc.insecure_channel(address)
        client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        listed = client.list_queues(parent=PARENT)
        assert [queue.name for queue in listed] == [f"{PARENT}/queues/a", f"{PARENT}/queues/b"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_SECONDS) == 0
        assert process.stderr.read() == ""


@pytest.mark.full
def test_a_port_in_use_is_reported_in_one_sentence(manual):
    port = manual[0].address.rpartition(":")[2]
    with run_process("--grpc-port", port) as process:
        assert process.wait(LIMIT_SECONDS) == 1
        assert f"Port {port} of 127.0.0.1 is in use" in process.stderr.read()


@contextlib.contextmanager
def run_process(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local.tasks_emulator", "--project", "demo"]
    command += ["--location", "here", "--queues", "a,b", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
