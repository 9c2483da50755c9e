"""How many calls to Firestore and Cloud Tasks an accepted text post makes, at the gRPC channel."""

import os
from collections.abc import Mapping
from typing import Any

import grpc


class _Counter(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Sees every call that leaves through the channels it is put into."""

    def __init__(self) -> None:
        self.methods: list[str] = []

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        self.methods.append(details.method.rpartition("/")[2])
        return continuation(details, request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        self.methods.append(details.method.rpartition("/")[2])
        return continuation(details, request)


def count(environment: Mapping[str, str], api_key: str) -> list[str]:
    """The methods that one POST /v1/posts calls before it is answered, on a warm instance."""
    os.environ.update(environment)
    counter = _Counter()
    plain = grpc.insecure_channel

    def counted(*args: Any, **named: Any) -> Any:
        return grpc.intercept_channel(plain(*args, **named), counter)

    grpc.insecure_channel = counted
    try:
        from functions.api.app import create_app

        client = create_app().test_client()
        for text in ("warm up", "counted"):
            counter.methods.clear()
            answer = client.post(
                "/v1/posts",
                json={"post": {"content": {"text": text, "platform": ["x", "threads"]}}},
                headers={"soku-api-key": api_key},
            )
            if answer.status_code != 201:
                raise RuntimeError(f"the post was not accepted: {answer.text}")
        return list(counter.methods)
    finally:
        grpc.insecure_channel = plain
