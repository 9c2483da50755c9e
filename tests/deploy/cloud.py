"""A Google Cloud project on loopback: it stores what it receives and answers like the APIs.

All APIs have the same form, so the same rules serve them all: a POST to a collection creates an
item, GET reads an item or lists a collection, PATCH changes, DELETE removes, and a policy belongs
to its resource. The tables at the top contain the differences.
"""

import itertools
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]

# Where the name of a new item comes from, if not from `name` in its body.
_ID_IN_QUERY = ("databaseId", "secretId", "functionId")
_ID_IN_BODY = ("accountId", "roleId")
# The field of a list, where it is not the collection's name.
_LISTS = {"serviceAccounts": "accounts", "b": "items", "managedFolders": "items"}
# These APIs answer changes with an operation, which is found here.
_LONG_RUNNING = {
    "firestore.googleapis.com": "projects/{project}/databases/(default)",
    "cloudfunctions.googleapis.com": "projects/{project}/locations/us-central1",
}
_COLLECTIONS = {
    *("serviceAccounts", "roles", "databases", "indexes", "fields", "b", "managedFolders"),
    *("secrets", "versions", "queues", "functions", "jobs", "services", "rulesets", "releases"),
    *("notificationChannels", "alertPolicies"),
}


@dataclass(frozen=True)
class Request:
    method: str
    host: str
    path: str
    query: Mapping[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.path}"

    @property
    def is_change(self) -> bool:
        asks = (":getIamPolicy", ":generateUploadUrl")
        return self.host.endswith(".googleapis.com") and not (
            self.method == "GET" or self.path.endswith(asks)
        )


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


@dataclass
class Cloud:
    """`requests` has all requests; `refuse` maps a pattern of requests to an error."""

    project: str
    requests: list[Request] = field(default_factory=list)
    refuse: dict[str, Answer] = field(default_factory=dict)
    items: dict[str, Json] = field(default_factory=dict)
    """Resource name -> its fields."""
    policies: dict[str, list[Json]] = field(default_factory=dict)
    """Resource name -> bindings."""

    def __post_init__(self) -> None:
        self.items[f"projects/{self.project}"] = {"projectNumber": "1234567890"}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def answer(self, method: str, host: str, target: str, body: Any) -> Answer:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        request = Request(method, host, unquote(parts.path), query, body)
        with self._lock:
            self.requests.append(request)
            for pattern, refusal in self.refuse.items():
                if re.search(pattern, str(request)):
                    return refusal
            return self._public(request) or self._of_api(request)

    def _public(self, request: Request) -> Answer | None:
        """The functions, as called by a stranger."""
        if request.host.endswith(".run.app"):
            return _OUR_401
        if request.host.endswith(".cloudfunctions.net"):
            if request.path == "/api/healthz":
                return Answer(200, {})
            if request.path in _PAGES:
                return Answer(_PAGES[request.path], "<title>A page · Soku</title>")
            return _OUR_401 if request.path.startswith("/api/") else Answer(403, {})
        return None

    def _of_api(self, request: Request) -> Answer:
        name = _name_of(request.path).replace("projects/-/", f"projects/{self.project}/")
        if request.host.startswith("identitytoolkit"):
            return self._identity(request, name)
        if name.endswith("/iam") or ":" in name.rpartition("/")[2]:
            return self._method(request, name)
        if "/operations/" in name:
            typed = {"@type": "type.googleapis.com/google.protobuf.Empty"}
            done = {"name": name, "done": True, "metadata": typed, "response": typed}
            return Answer(200, done)
        if request.host == "uploads.googleapis.com":
            return Answer(200, {})
        if request.host.endswith("run.googleapis.com"):
            url = f"https://{name.rpartition('/')[2]}-abc.a.run.app"
            return Answer(200, {"status": {"url": url}, "metadata": {"name": "api"}})
        match request.method:
            case "GET":
                return self._read(name)
            case "POST":
                return self._create(request, name)
            case "PATCH" | "PUT":
                return self._change(request, name)
            case "DELETE":
                return self._delete(request, name)
        raise AssertionError(f"no API accepts {request}")

    def _method(self, request: Request, name: str) -> Answer:
        resource, _, verb = name.rpartition(":")
        if name.endswith("/iam"):
            resource = name.removesuffix("/iam")
            verb = "setIamPolicy" if request.method == "PUT" else "getIamPolicy"
        match verb:
            case "getIamPolicy":
                return Answer(200, {"bindings": self.policies.get(resource, []), "etag": "BwXh"})
            case "setIamPolicy":
                policy = request.body.get("policy", request.body)
                self.policies[resource] = policy["bindings"]
                return Answer(200, policy)
            case "batchEnable" | "enable":
                return Answer(200, {"name": "operations/enabled", "done": True})
            case "access":
                versions = resource.rpartition("/")[0]
                of_secret = [key for key in self.items if key.startswith(f"{versions}/")]
                newest = max(of_secret, key=lambda key: int(key.rpartition("/")[2]))
                return Answer(200, {"name": newest, "payload": self.items[newest]["payload"]})
            case "addVersion":
                return self._created(request, f"{resource}/versions/{next(self._numbers)}")
            case "generateUploadUrl":
                source = {"bucket": "sources", "object": "source.zip"}
                url = "https://uploads.googleapis.com/source.zip"
                return Answer(200, {"uploadUrl": url, "storageSource": source})
        raise AssertionError(f"no API accepts {request}")

    def _identity(self, request: Request, name: str) -> Answer:
        """A project has no configuration before `initializeAuth`, which works once."""
        config = f"projects/{self.project}/config"
        if name == f"projects/{self.project}/identityPlatform:initializeAuth":
            assert (request.method, request.path[:4]) == ("POST", "/v2/")
            assert config not in self.items, "Identity Platform has already been enabled"
            domains = ["localhost", f"{self.project}.firebaseapp.com", f"{self.project}.web.app"]
            key = {"apiKey": WEB_API_KEY}
            self.items[config] = {"name": config, "client": key, "authorizedDomains": domains}
            return Answer(200, {})
        assert (name, request.path[:10]) == (config, "/admin/v2/"), request
        if config not in self.items:
            error = {"code": 404, "status": "NOT_FOUND", "message": "CONFIGURATION_NOT_FOUND"}
            return Answer(404, {"error": error})
        if request.method == "PATCH":
            changes = _masked(self.items[config], request.body, request.query["updateMask"])
            self.items[config] |= changes
        return Answer(200, self.items[config])

    def _read(self, name: str) -> Answer:
        collection = name.rpartition("/")[2]
        if collection == "runtimes":
            return Answer(200, {"runtimes": [{"name": "python313", "environment": "GEN_2"}]})
        if collection in _COLLECTIONS:
            inside = re.compile(re.escape(name).replace(r"/\-/", "/[^/]+/") + "/[^/]+/?")
            items = [item for key, item in sorted(self.items.items()) if inside.fullmatch(key)]
            return Answer(200, {_LISTS.get(collection, collection): items})
        if name in self.items:
            return Answer(200, self.items[name])
        return Answer(404, {"error": {"code": 404, "status": "NOT_FOUND", "message": name}})

    def _create(self, request: Request, collection: str) -> Answer:
        body = request.body
        ids = [request.query.get(key) for key in _ID_IN_QUERY]
        ids += [body.get(key) for key in _ID_IN_BODY]
        item = next(filter(None, ids), None) or body.get("name") or str(next(self._numbers))
        if collection.endswith("/serviceAccounts"):
            assert 6 <= len(item) <= 30, f"{item} is not a valid account name"
            item = f"{item}@{self.project}.iam.gserviceaccount.com"
        name = item if item.startswith("projects/") else f"{collection}/{item}"
        if name in self.items:
            error = {"code": 409, "status": "ALREADY_EXISTS", "message": f"{name} already exists"}
            return Answer(409, {"error": error})
        return self._created(request, name)

    def _created(self, request: Request, name: str) -> Answer:
        self.items[name] = _described(name, request.body)
        return self._done(request, self.items[name])

    def _change(self, request: Request, name: str) -> Answer:
        known = self.items.get(name, _described(name, {}))
        body = request.body.get("release", request.body)
        if "/functions/" in name:
            body = _masked(known, body, request.query["updateMask"])
        self.items[name] = known | _described(name, body)
        return self._done(request, self.items[name])

    def _delete(self, request: Request, name: str) -> Answer:
        assert self.items.pop(name, None) is not None, f"{name} does not exist"
        return self._done(request, {})

    def _done(self, request: Request, item: Json) -> Answer:
        if request.host not in _LONG_RUNNING:
            return Answer(200, item)
        place = _LONG_RUNNING[request.host].format(project=self.project)
        operation = f"{place}/operations/{next(self._numbers)}"
        metadata = {"@type": "type.googleapis.com/google.protobuf.Empty"}
        return Answer(200, {"name": operation, "metadata": metadata})


def _masked(known: Json, sent: Json, mask: str) -> Json:
    """The fields that a change has: those of the mask, also within a field, and no others."""
    body: Json = {}
    for path in mask.split(","):
        outer, _, inner = re.sub("_(.)", lambda found: found[1].upper(), path).partition(".")
        if not inner:
            body |= {outer: sent[outer]} if outer in sent else {}
            continue
        fields = body.setdefault(outer, dict(known.get(outer, {})))
        if inner in sent.get(outer, {}):
            fields[inner] = sent[outer][inner]
        else:
            fields.pop(inner, None)
    return body


WEB_API_KEY = "AIza-of-the-project"
_PAGES = {"/connect/start/none": 404, "/dashboard/sign-in": 200}
_OUR_401 = Answer(401, {"error": {"code": "unauthorized"}})


def _name_of(path: str) -> str:
    """The resource name: the path without the API's version."""
    return re.sub(r"^/(storage/v1|(?:admin/)?v\d\w*|apis/[\w.]+/v1)/", "", path)


def _described(name: str, body: Json) -> Json:
    """A resource as its API returns it: with its name and the fields that Google adds."""
    shown = {key: value for key, value in body.items() if key not in {"name", "roleId", "role"}}
    shown |= body.get("role", {})
    if "/serviceAccounts/" in name:
        shown["email"] = name.rpartition("/")[2]
    if "/databases/" in name and "/collectionGroups/" not in name:
        shown.setdefault("type", "FIRESTORE_NATIVE")
    if "/functions/" in name and "serviceConfig" in shown:
        service = name.replace("/functions/", "/services/")
        shown |= {"environment": "GEN_2", "state": "ACTIVE"}
        shown["serviceConfig"] = shown["serviceConfig"] | {"service": service}
    if "/versions/" in name:
        shown = {"state": "ENABLED", "clientSpecifiedPayloadChecksum": True, **body}
    is_stored = re.fullmatch(r"b/[^/]+(/managedFolders/.+)?", name)
    shown["name"] = re.split(r"^b/|/managedFolders/", name)[-1] if is_stored else name
    return shown
