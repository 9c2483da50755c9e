"""What the tests of the emulator share: a handler, tasks, and calls of its API."""

import contextlib
import threading
from collections.abc import Callable
from queue import Empty, Queue

import google.auth.transport.requests
import grpc
import pytest
import requests
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.oauth2 import id_token

from local.tasks_emulator import CloudTasksEmulator, Delivery

PARENT = "projects/demo/locations/here"
QUEUE = f"{PARENT}/queues/publish-x"
LIMIT_SECONDS = 10.0


class Handler:
    """Replaces a deployed function: stores each delivery and returns the given statuses."""

    def __init__(self, *answers: int) -> None:
        self._answers = list(answers)
        self.received: Queue[Delivery] = Queue()

    def __call__(self, delivery: Delivery) -> int:
        self.received.put(delivery)
        return self._answers.pop(0) if self._answers else 200

    def next(self) -> Delivery:
        return self.received.get(timeout=LIMIT_SECONDS)

    def bodies(self) -> list[str]:
        bodies = []
        with contextlib.suppress(Empty):
            while True:
                bodies.append(self.received.get_nowait().body.decode())
        return bodies


def client_of(emulator: CloudTasksEmulator) -> tasks_v2.CloudTasksClient:
    channel = grpc.insecure_channel(emulator.address)
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


def task(body: str = "{}", *, url: str = "http://handler.test/", **fields) -> tasks_v2.Task:
    if "name" in fields:
        fields["name"] = f"{QUEUE}/tasks/{fields['name']}"
    request = tasks_v2.HttpRequest(url=url, body=body.encode())
    return tasks_v2.Task(http_request=request, **fields)


def create(emulator: CloudTasksEmulator, *args, **kwargs) -> tasks_v2.Task:
    return client_of(emulator).create_task(parent=QUEUE, task=task(*args, **kwargs))


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition` is true; fail after the limit."""
    pause = threading.Event()
    for _ in range(int(LIMIT_SECONDS / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    pytest.fail("the condition did not come true")


def post(emulator: CloudTasksEmulator, path: str, fields: object) -> requests.Response:
    return requests.post(emulator.control_url + path, json=fields, timeout=LIMIT_SECONDS)


def get(emulator: CloudTasksEmulator, path: str) -> requests.Response:
    return requests.get(emulator.control_url + path, timeout=LIMIT_SECONDS)


def verify(emulator: CloudTasksEmulator, authorization: str, audience: str) -> dict:
    scheme, _, token = authorization.partition(" ")
    assert scheme == "Bearer"
    transport = google.auth.transport.requests.Request()
    return id_token.verify_token(token, transport, audience, certs_url=emulator.certs_url)
