"""The reference: a function that makes the three calls of an accepted post, and nothing else.

One batched read of 5 documents that exist, one commit of 4 writes that say what an accepted
post must say, one task. It checks nothing, so it is what the platform underneath costs.
"""

import os
import secrets
from datetime import UTC, datetime
from functools import cache

import flask
import functions_framework
import grpc
from google.cloud import firestore, tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]
QUEUE = f"projects/{PROJECT}/locations/{os.environ['REGION']}/queues/orchestrate"


@cache
def db() -> firestore.Client:
    return firestore.Client(project=PROJECT)


@cache
def tasks() -> tasks_v2.CloudTasksClient:
    channel = grpc.insecure_channel(os.environ["CLOUD_TASKS_EMULATOR_HOST"])
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


@functions_framework.http
def bare(request: flask.Request) -> flask.Response:
    body = request.get_json()
    list(db().get_all([db().document(f"bench/{name}") for name in "abcde"]))
    unique = secrets.token_hex(8)
    now = datetime.now(UTC)  # noqa: TID251 - the reference uses nothing of ours
    batch = db().batch()
    batch.create(
        db().document(f"benchPosts/{unique}"),
        {
            "userId": "load",
            "mode": "live",
            "request": body,
            "text": body["post"]["content"]["text"],
            "targets": [
                {"platform": platform, "accountId": "main"}
                for platform in body["post"]["content"]["platform"]
            ],
            "status": "queued",
            "generation": 1,
            "createdAt": now,
            "updatedAt": now,
            "wakeAt": now,
        },
    )
    batch.create(db().document(f"benchKeys/{unique}"), {"post": unique, "expiresAt": now})
    batch.set(db().document("benchLimits/now"), {"n": firestore.Increment(1)}, merge=True)
    batch.set(
        db().document(f"benchLog/{unique}"),
        {"method": "POST", "path": "/", "status": 201, "post": unique, "createdAt": now},
    )
    batch.commit()
    task = tasks_v2.Task(
        http_request=tasks_v2.HttpRequest(url=os.environ["ORCHESTRATOR_URL"], body=unique.encode())
    )
    tasks().create_task(parent=QUEUE, task=task)
    return flask.jsonify({"id": unique})
