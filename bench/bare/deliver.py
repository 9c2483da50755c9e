"""The floor of orchestrator and publisher: two functions with the same calls, and nothing else.

For a text post to X and Threads they make the same reads, commits, tasks and requests to the
platforms, and they check the same token and decrypt the same secrets. They decide nothing: the
body of a task says which step it is for. So they cost what the libraries underneath cost, used in
the way of their documentation.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import flask
import functions_framework
import grpc
import requests
import tink
from google.auth import jwt
from google.cloud import firestore, tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.protobuf import duration_pb2
from tink import hybrid, secret_key_access

PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]
QUEUES = f"projects/{PROJECT}/locations/{os.environ['REGION']}/queues"
INVOKER = os.environ["TASKS_INVOKER"]
PLATFORMS = json.loads(os.environ["SIMULATED_PLATFORMS"])
# Of the tokens of its tasks.
AUDIENCE = "https://bare.example"

# What follows a step, within one run.
_NEXT = {"create_container": "check_container", "check_container": "publish_container"}

Fields = dict[str, Any]


@cache
def db() -> firestore.Client:
    return firestore.Client(project=PROJECT)


@cache
def tasks() -> tasks_v2.CloudTasksClient:
    channel = grpc.insecure_channel(os.environ["CLOUD_TASKS_EMULATOR_HOST"])
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


@cache
def session() -> requests.Session:
    """Reuses connections, unlike Soku, which must know whether a request was sent."""
    created = requests.Session()
    created.trust_env = False
    return created


@cache
def certificates() -> Mapping[str, str]:
    kept: Mapping[str, str] = requests.get(os.environ["OIDC_CERTS_URL"], timeout=10).json()
    return kept


@cache
def cipher() -> Any:
    return keyset().primitive(hybrid.HybridDecrypt)


@cache
def sealer() -> Any:
    return keyset().public_keyset_handle().primitive(hybrid.HybridEncrypt)


@cache
def keyset() -> Any:
    hybrid.register()
    keys = os.environ["TOKEN_KEYSET"]
    return tink.json_proto_keyset_format.parse(keys, secret_key_access.TOKEN)


@functions_framework.http
def orchestrator(request: flask.Request) -> flask.Response:
    """POST {post, user, publisher, targets: [{platform, accountId}]}: creates runs and tasks."""
    body = _authenticated(request)
    post = f"benchPosts/{body['post']}"
    [stored] = _read(post)
    now = _now()
    claimed = {"status": "orchestrating", "updatedAt": now, "wakeAt": now, "writeId": _random()}
    version = _commit(_update(post, claimed, stored.update_time))[0].update_time
    accounts = [_account(body["user"], target) for target in body["targets"]]
    _read(f"users/{body['user']}/subscription/current", *accounts)
    runs = {f"{target['platform']}:{target['accountId']}": target for target in body["targets"]}
    summary = {run: {**target, "status": "queued", "queuedAt": now} for run, target in runs.items()}
    dispatched = {"status": "dispatched", "updatedAt": now, "remaining": len(runs)}
    changes = [_update(post, {**dispatched, "writeId": _random(), "runSummary": summary}, version)]
    for run, target in runs.items():
        fields = {
            **target,
            "userId": body["user"],
            "targetId": run,
            "content": {"text": stored.get("text"), "options": {}},
            "status": "queued",
            "queuedAt": now,
            "generation": 1,
            "seq": 1,
            "attempt": 0,
            "failures": 0,
            "wakeAt": now,
            "checkpoint": {},
        }
        changes.append(("create", f"{post}/runs/{run}", fields, None))
    _commit(*changes)
    for run, target in runs.items():
        first = "create_post" if target["platform"] == "x" else "create_container"
        _enqueue({**body, **target, "run": run, "step": first})
    return flask.jsonify({"outcome": "dispatched"})


@functions_framework.http
def publisher(request: flask.Request) -> flask.Response:
    """POST {post, user, publisher, run, platform, accountId, step}: does the step."""
    body = _authenticated(request)
    post, step = f"benchPosts/{body['post']}", body["step"]
    run = f"{post}/runs/{body['run']}"
    [stored] = _read(run)
    token = _token(body)
    checkpoint: Fields = {}
    if stored.get("checkpoint"):
        checkpoint = json.loads(cipher().decrypt(stored.get("checkpoint")["sealed"], b"checkpoint"))
    version = _claim(body, run, stored)
    if step == "create_post":
        tweet = {"text": stored.get("content")["text"]}
        headers = {"Authorization": f"Bearer {token}"}
        answer = _call("POST", "x", "/2/tweets", json=tweet, headers=headers)
        _succeed(body, run, version, answer["data"]["id"])
    elif step == "create_container":
        container = {"media_type": "TEXT", "text": stored.get("content")["text"]}
        answer = _threads("POST", "me/threads", token, data=container)
        _proceed(body, run, version, {"container": answer["id"]})
    elif step == "check_container":
        path = checkpoint["container"]
        _threads("GET", path, token, params={"fields": "status,error_message"})
        _proceed(body, run, version, {**checkpoint, "finished": True})
    else:
        published = {"creation_id": checkpoint["container"]}
        answer = _threads("POST", "me/threads_publish", token, data=published)
        version = _succeed(body, run, version, answer["id"])
        token = _token(body)
        link = _threads("GET", answer["id"], token, params={"fields": "id,permalink"})
        changes = {"permalink": link["permalink"], "writeId": _random()}
        _commit(_update(run, changes, version), _summary(body, {"permalink": link["permalink"]}))
    return flask.jsonify({"outcome": step})


def _claim(body: Fields, run: str, stored: Any) -> Any:
    """The version of the run, claimed."""
    now = _now()
    changes: list[Any] = []
    claimed = {
        "status": "processing",
        "step": body["step"],
        "leaseUntil": now + timedelta(seconds=90),
        "leaseOwner": _random(),
        "writeId": _random(),
        "wakeAt": now,
        "startedAt": now,
    }
    changes.append(_update(run, claimed, stored.update_time))
    if body["step"] != "check_container":
        changes.append(_attempt(body, run, {"startedAt": now, "outcome": "begun"}))
    if body["step"] in ("create_post", "create_container"):
        changes.append(_summary(body, {"status": "processing", "startedAt": now}))
    return _commit(*changes)[0].update_time


def _proceed(body: Fields, run: str, version: Any, checkpoint: Fields) -> None:
    now = _now()
    sealed = sealer().encrypt(json.dumps(checkpoint).encode(), b"checkpoint")
    changes = {
        "checkpoint": {"sealed": sealed},
        "leaseUntil": None,
        "leaseOwner": None,
        "writeId": _random(),
        "seq": 2,
        "nextAttemptAt": now,
        "wakeAt": now,
    }
    written = [_update(run, changes, version)]
    if body["step"] == "create_container":
        written.append(_attempt(body, run, {"finishedAt": now, "outcome": "done"}))
    _commit(*written)
    _enqueue({**body, "step": _NEXT[body["step"]]})


def _succeed(body: Fields, run: str, version: Any, post_id: str) -> Any:
    """The version of the run, which has ended; the last one ends the post, too."""
    now, post = _now(), f"benchPosts/{body['post']}"
    changes = {
        "status": "succeeded",
        "platformPostId": post_id,
        "finishedAt": now,
        "leaseUntil": None,
        "leaseOwner": None,
        "wakeAt": None,
        "writeId": _random(),
    }
    held = {"userId": body["user"], "runId": body["run"], "basis": "answer", "claimedAt": now}
    key = hashlib.sha256(f"{body['platform']}:{post_id}".encode()).hexdigest()
    ended = {"status": "succeeded", "platformPostId": post_id, "finishedAt": now}
    results = _commit(
        _update(run, changes, version),
        ("create", f"benchClaims/{key}", held, None),
        _attempt(body, run, {"finishedAt": now, "outcome": "published"}),
        _summary(body, ended, remaining=firestore.Increment(-1)),
    )
    if results[-1].transform_results[0].integer_value == 0:
        [stored] = _read(post)
        final = {"status": "succeeded", "updatedAt": now, "wakeAt": None, "writeId": _random()}
        _commit(_update(post, final, stored.update_time))
    return results[0].update_time


def _authenticated(request: flask.Request) -> Fields:
    token = request.headers["Authorization"].partition(" ")[2]
    claims = jwt.decode(token, certs=certificates(), audience=AUDIENCE)
    if claims["email"] != INVOKER:
        raise ValueError("a stranger")
    body: Fields = request.get_json()
    return body


def _token(body: Fields) -> str:
    path = _account(body["user"], body)
    read = _read(f"users/{body['user']}/subscription/current", path)
    account = next(one for one in read if one.id == body["accountId"])
    grant = account.get("grantId")
    [stored] = _read(f"{path.rpartition('/accounts/')[0]}/grants/{grant}")
    binding = json.dumps((body["user"], body["platform"], grant, "access")).encode()
    return str(cipher().decrypt(stored.get("sealedAccess"), binding).decode())


def _account(user: str, target: Fields) -> str:
    return f"users/{user}/integrations/{target['platform']}/accounts/{target['accountId']}"


def _threads(method: str, path: str, token: str, **request: Any) -> Fields:
    query = {**request.pop("params", {}), "access_token": token}
    return _call(method, "threads", f"/v1.0/{path}", params=query, **request)


def _call(method: str, platform: str, path: str, **request: Any) -> Fields:
    answer = session().request(method, f"{PLATFORMS[platform]}{path}", timeout=45, **request)
    answer.raise_for_status()
    fields: Fields = answer.json()
    return fields


def _enqueue(body: Fields) -> None:
    task = tasks_v2.Task(
        http_request=tasks_v2.HttpRequest(
            http_method=tasks_v2.HttpMethod.POST,
            url=body["publisher"],
            headers={"Content-Type": "application/json"},
            body=json.dumps(body).encode(),
            oidc_token=tasks_v2.OidcToken(service_account_email=INVOKER, audience=AUDIENCE),
        ),
        dispatch_deadline=duration_pb2.Duration(seconds=600),
    )
    tasks().create_task(parent=f"{QUEUES}/publish-{body['platform']}", task=task)


def _read(*paths: str) -> list[Any]:
    return list(db().get_all([db().document(path) for path in paths]))


def _update(path: str, fields: Fields, version: Any) -> Any:
    return ("update", path, fields, version)


def _attempt(body: Fields, run: str, fields: Fields) -> Any:
    number = 1 if body["step"] in ("create_post", "create_container") else 2
    ids = {"userId": body["user"], "runId": body["run"], "attempt": number, "step": body["step"]}
    return ("merge", f"{run}/attempts/{number}", {**ids, **fields}, None)


def _summary(body: Fields, fields: Fields, **more: Any) -> Any:
    line = {"platform": body["platform"], "accountId": body["accountId"], **fields}
    changes = {db().field_path("runSummary", body["run"]): line, "updatedAt": _now(), **more}
    return _update(f"benchPosts/{body['post']}", changes, None)


def _commit(*changes: Any) -> list[Any]:
    batch = db().batch()
    for kind, path, fields, version in changes:
        document = db().document(path)
        if kind == "create":
            batch.create(document, fields)
        elif kind == "merge":
            batch.set(document, fields, merge=True)
        else:
            option = db().write_option(last_update_time=version) if version else None
            batch.update(document, fields, option=option)
    return list(batch.commit())


def _random() -> str:
    return secrets.token_hex(8)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the floor uses nothing of ours
