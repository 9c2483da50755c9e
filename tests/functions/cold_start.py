"""Starts a process that accepts its first posts, and lists the modules that it has imported.

This module answers for Firestore and Cloud Tasks, so it needs no emulator.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1.types import (
    BatchGetDocumentsRequest,
    BatchGetDocumentsResponse,
    CommitRequest,
    CommitResponse,
    Document,
    WriteResult,
)
from google.cloud.tasks_v2 import CreateTaskRequest, Task
from google.protobuf.timestamp_pb2 import Timestamp

from local.function_process import FunctionProcess
from shared.gcp.api_keys import hash_of, new_key
from shared.gcp.media import source_path
from shared.media.library import source_id
from shared.platforms import registry

ROOT = Path(__file__).parents[2]
USER = "cold"
IMAGE = "https://example.com/stored.jpg"
"""The URL of an image that is already stored."""
_AT = Timestamp(seconds=1)
_ENVIRONMENT = {
    "GOOGLE_CLOUD_PROJECT": "demo-cold",
    "REGION": "us-central1",
    "MEDIA_BUCKET": "demo-cold-media",
    "ORCHESTRATOR_URL": "http://127.0.0.1:1/orchestrator",
    "PUBLISHER_URL": "http://127.0.0.1:1/publisher",
    "SWEEPER_URL": "http://127.0.0.1:1/sweeper",
    "COLLECTOR_URL": "http://127.0.0.1:1/collector",
    "WEBHOOKS_URL": "http://127.0.0.1:1/webhooks",
    "TASKS_INVOKER": "tasks@demo-cold.iam.gserviceaccount.com",
    "SCHEDULER_INVOKER": "scheduler@demo-cold.iam.gserviceaccount.com",
}
# Sends the first requests all at once, then prints the modules.
_PROCESS = """
import io, json, sys
from threading import Barrier, Thread
from functions_framework import create_app
target, source, path = sys.argv[1:]
app, requests = create_app(target, source), json.load(sys.stdin)
statuses, together = [], Barrier(len(requests))
def send(key, body):
    sent = json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(sent)),
        "HTTP_SOKU_API_KEY": key, "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(sent),
        "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr, "wsgi.multithread": True,
    }
    together.wait()
    answer = b"".join(app(environ, lambda status, headers: statuses.append(status)))
    print(answer.decode(), file=sys.stderr)
threads = [Thread(target=send, args=request) for request in requests]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps({"statuses": statuses, "modules": sorted(sys.modules)}), file=sys.__stdout__)
"""


@dataclass(frozen=True)
class ColdStart:
    statuses: list[str]
    modules: frozenset[str]
    answers: str

    @property
    def own_modules(self) -> frozenset[str]:
        """Those of this project."""
        roots = ("main", "shared", "functions")
        return frozenset(name for name in self.modules if name.partition(".")[0] in roots)


def start(*bodies: Mapping[str, Any]) -> ColdStart:
    """Start an api that accepts `bodies`, all at once."""
    return _start(bodies, "api", "main.py", "/v1/posts")


def start_reference(body: Mapping[str, Any]) -> ColdStart:
    """Start the function of the benchmark that makes the same calls and nothing else."""
    return _start([body], "bare", "bench/bare/main.py", "/")


@contextmanager
def serving(threads: int) -> Iterator[tuple[tuple[str, int], str]]:
    """The (host, port) of an api in a server as in a deployment, and the key of a user."""
    key = new_key()
    with _services(_documents(key)) as address, socket.create_server(("127.0.0.1", 0)) as listening:
        services = {"FIRESTORE_EMULATOR_HOST": address, "CLOUD_TASKS_EMULATOR_HOST": address}
        process = FunctionProcess(
            "api",
            listening,
            source=ROOT / "main.py",
            environment={**_ENVIRONMENT, **services, "PATH": os.environ["PATH"]},
            threads=threads,
        )
        process.start()
        try:
            process.wait_until_ready("/healthz")
            yield listening.getsockname(), key
        finally:
            process.stop()


def _start(bodies: Sequence[Mapping[str, Any]], *function: str) -> ColdStart:
    key = new_key()
    with _services(_documents(key)) as address:
        ended = subprocess.run(
            [sys.executable, "-c", _PROCESS, *function],
            input=json.dumps([(key, body) for body in bodies]),
            env={
                **_ENVIRONMENT,
                "FIRESTORE_EMULATOR_HOST": address,
                "CLOUD_TASKS_EMULATOR_HOST": address,
                "PATH": "",
            },
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    result = json.loads(ended.stdout.splitlines()[-1])
    return ColdStart(result["statuses"], frozenset(result["modules"]), ended.stderr)


def _documents(key: str) -> dict[str, dict[str, Any]]:
    """The documents of a user with an account on each platform and one stored image, by path."""
    accounts = {"main": {"username": "main", "status": "connected"}}
    return {
        f"apiKeys/{hash_of(key)}": {"userId": USER, "mode": "live", "revokedAt": None},
        f"users/{USER}/subscription/current": {
            "status": "active",
            "planId": "pro",
            "currentPeriodEnd": datetime(9999, 1, 1, tzinfo=UTC),
        },
        source_path(USER, source_id(IMAGE)): {
            "mediaId": "a" * 22,
            "url": "https://storage.googleapis.com/demo-cold-media/media/a.jpg",
            "contentType": "image/jpeg",
            "size": 100_000,
            "sha256": "00",
            "width": 1080,
            "height": 1080,
            "expiresAt": datetime(9999, 1, 1, tzinfo=UTC),
        },
        **{
            f"users/{USER}/integrations/{name}": {"accounts": accounts} for name in registry.names()
        },
    }


@contextmanager
def _services(documents: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """host:port of a Firestore with `documents` and a Cloud Tasks, which accept every write."""

    def read(request: bytes, _: Any) -> Iterator[bytes]:
        for name in BatchGetDocumentsRequest.deserialize(request).documents:
            fields = documents.get(name.partition("/documents/")[2])
            yield BatchGetDocumentsResponse.serialize(_answer(name, fields))

    def commit(request: bytes, _: Any) -> bytes:
        count = len(CommitRequest.deserialize(request).writes)
        results = [WriteResult(update_time=_AT)] * count
        return CommitResponse.serialize(CommitResponse(write_results=results, commit_time=_AT))

    def create(request: bytes, _: Any) -> bytes:
        return Task.serialize(CreateTaskRequest.deserialize(request).task)

    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "google.firestore.v1.Firestore",
                {
                    "BatchGetDocuments": grpc.unary_stream_rpc_method_handler(read),
                    "Commit": grpc.unary_unary_rpc_method_handler(commit),
                },
            ),
            grpc.method_handlers_generic_handler(
                "google.cloud.tasks.v2.CloudTasks",
                {"CreateTask": grpc.unary_unary_rpc_method_handler(create)},
            ),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def _answer(name: str, fields: Mapping[str, Any] | None) -> BatchGetDocumentsResponse:
    if fields is None:
        return BatchGetDocumentsResponse(missing=name, read_time=_AT)
    encoded = _helpers.encode_dict(dict(fields))
    found = Document(name=name, fields=encoded, create_time=_AT, update_time=_AT)
    return BatchGetDocumentsResponse(found=found, read_time=_AT)
