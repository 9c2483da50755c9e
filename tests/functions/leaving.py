"""A user with something in every collection, and what is left of them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import requests
from google.cloud import firestore

from functions.collector.collection import CollectTask
from functions.connect.app import create_app
from local.identity.twin import IdentityTwin, Person
from shared import clock
from shared.accounts import leaving_platform
from shared.accounts.disconnecting import disconnect
from shared.domain import connections
from shared.domain.accounts import Tokens
from shared.domain.connections import OfferedAccount, OfferedGrant
from shared.gcp import budgets, invitations, payments, sealed_tokens
from shared.gcp.accounts import account_path, own_token_path
from shared.gcp.api_keys import ApiKeys
from shared.gcp.collecting import METRICS
from shared.gcp.connections import connection_from, connection_path, save_connection
from shared.gcp.messages import Batch
from shared.gcp.readings import note_followers
from shared.gcp.sessions import write_session
from shared.gcp.users import subscription_path
from shared.webhooks import changes
from tests.conftest import ROOT
from tests.functions.api_client import ApiClient, post
from tests.functions.connect_client import ConnectBrowser
from tests.functions.connecting import a_person, begin, connect
from tests.functions.media_api import MediaApi
from tests.media import jpeg
from tests.signed_in import SignedIn
from tests.webhooks.receiver import ALL
from tests.world import World

CAPTION = "Blossoms at noon, a caption of one user alone"
# The path of a document in the code, and a collection in it.
_PATH = re.compile(r'f"([^"\n]*/\{[^"\n]*)"')
_COLLECTION = re.compile(r"(?:^|/)(\w+)/\{")


# What every deletion, sweep and published post adds to; none names a user.
_CHANGING = ("deletions/", "sweeps/", "platformHealth/", "collectBudgets/")


@dataclass
class Leaver:
    """A user who is going to be deleted, and everything that could name them."""

    media: MediaApi
    signed_in: SignedIn
    access: str = "the-access-token-of-one-user"
    refresh: str = "the-refresh-token-of-one-user"

    @property
    def api(self) -> ApiClient:
        return self.media.api

    @property
    def world(self) -> World:
        return self.api.world

    @property
    def email(self) -> str:
        return f"{self.api.user_id}@example.com"

    def token(self, **changes: Any) -> dict[str, str]:
        return self.signed_in.headers(self.api.user_id, **changes)

    def delete(self, **changes: Any) -> Any:
        """DELETE /v1/user, in person."""
        headers = self.token(**changes)
        return self.api.call("DELETE", "/v1/user", key="", headers=headers)

    def names(self) -> list[str]:
        """What must be in no document and no log of a deletion."""
        key = ApiKeys(self.world.parts.db).not_revoked(self.api.user_id)
        return [self.api.user_id, self.email, CAPTION, *(one.preview for one in key)]

    def stranger(self) -> ApiClient:
        """Another user, who has other accounts."""
        self.world.settle("stranger", "{platform}_stranger")
        return ApiClient(self.api.app, self.world, "stranger")

    def fill(self) -> None:
        """Put something into every collection, through the code that does so."""
        api, media, world = self.api, self.media, self.world
        db, user_id = world.parts.db, api.user_id
        file = media.stored(media.shelf.put("leaving.jpg", jpeg()))
        self._upload()
        body = post(CAPTION, ["x", "threads"], content={"mediaUrls": [file["url"]]})
        api.accept(body, Idempotency_Key="a-key")
        world.live_until_quiet()
        api.accept(post(f"{CAPTION} tomorrow", scheduledTime=_in_days(1)))
        api.accept(post(f"{CAPTION} some day", draft=True))
        batch = Batch(db)
        write_session(batch, db, user_id, "A browser")
        batch.commit()
        invitations.invite(db, self.email)
        links = db.document(invitations.links_path(self.email))
        invitations.count_link(db, links.get())
        api.revoke(api.new_key())
        disconnect(user_id, "youtube", "youtube_main", world.parts)
        leaving_platform.delete_accounts("facebook", "a person of nobody", world.parts)
        a_person(api, "x", "second")
        connect(api, ConnectBrowser(create_app(), world), "second")
        self._own_token()
        self._offer()
        self._pay()
        self._measure()
        self._tell()

    def _tell(self) -> None:
        """A webhook with something to deliver, which is off before anything is sent."""
        parts = self.world.parts
        webhook = changes.create(self.api.user_id, "https://example.com/", ALL, "", parts)
        changes.send_test(webhook, parts)
        changes.change(webhook, parts, is_on=False)

    def _measure(self) -> None:
        db, now = self.world.parts.db, clock.now()
        account = CollectTask(self.api.user_id, "x", "x_main", METRICS)
        note_followers(db, account, 12, now)
        budgets.spend(db, "x", 1, now)

    def _upload(self) -> None:
        asked = {"contentType": "image/jpeg", "size": len(jpeg())}
        begun = self.api.call("POST", "/v1/media/uploads", json=asked).json
        put = requests.put(begun["url"], data=jpeg(), headers=begun["headers"], timeout=10)
        assert put.ok, put.text

    def _pay(self) -> None:
        db, user_id = self.world.parts.db, self.api.user_id
        payments.keep_customer(db, user_id, "cus_1", db.document(subscription_path(user_id)).get())
        payer = payments.payer_of(db, "cus_1")
        assert payer is not None
        payments.apply_event(db, "evt_1", "invoice.paid", payer, {})

    def _own_token(self) -> None:
        owner = (self.api.user_id, "facebook", "facebook_main")
        db = self.world.parts.db
        sealed = sealed_tokens.sealed_own_token(self.access, self.world.parts.sealer, *owner)
        db.document(own_token_path(*owner)).set({"sealed": sealed, "version": 1})
        db.document(account_path(*owner)).update({"hasOwnToken": True})

    def _offer(self) -> None:
        """A connection from which nobody has chosen an account yet."""
        begun, now, parts = begin(self.api, "threads"), clock.now(), self.world.parts
        snapshot = parts.db.document(connection_path(begun["connectionId"])).get()
        stored = connection_from(snapshot)
        assert stored is not None
        tokens = Tokens(self.access, self.refresh)
        owner = (self.api.user_id, "threads", "offered")
        grant = OfferedGrant(
            "offered", "77", (), (), sealed_tokens.sealed(tokens, parts.sealer, *owner)
        )
        accounts = (OfferedAccount("threads_new", "77", "new", "New", own_token=b"sealed"),)
        started = connections.exchange(connections.start(stored.connection, "nonce", now), now)
        save_connection(parts.db, stored, connections.offer(started, grant, accounts, now))

    def assert_gone(self, names: list[str], others: dict[str, str]) -> None:
        """Nothing names the user, and everything else is as it was."""
        left = everything(self.world.parts.db)
        naming = [path for path, text in left.items() if any(n in path + text for n in names)]
        assert naming == []
        kept = {path: text for path, text in left.items() if not path.startswith(_CHANGING)}
        assert kept == others
        assert self.media.objects() == {}
        assert self.world.open_documents() == []

    def others(self) -> dict[str, str]:
        """All documents that have nothing to do with the user; nothing changes them any more."""
        for work in self.world.parts.db.collection_group("collecting").stream():
            if self.api.user_id not in work.reference.path:
                work.reference.delete()
        own = invitations.links_path(self.email)
        return {
            path: text
            for path, text in everything(self.world.parts.db).items()
            if self.api.user_id not in path + text
            and path != own
            and not path.startswith(_CHANGING)
        }


def everything(db: firestore.Client) -> dict[str, str]:
    """Every document as text, by its path."""
    return {
        snapshot.reference.path: json.dumps(snapshot.to_dict(), default=str, sort_keys=True)
        for snapshot in _below(db)
    }


def _below(parent: Any) -> Iterator[Any]:
    for collection in parent.collections():
        for reference in collection.list_documents():
            snapshot = reference.get()
            if snapshot.exists:
                yield snapshot
            yield from _below(reference)


def collections_in_the_code() -> set[str]:
    """The names of all collections in paths of documents, in the code."""
    names = {"subscription", "private", "platformDeletions"}
    for file in (ROOT / "shared/gcp").glob("*.py"):
        for path in _PATH.findall(file.read_text()):
            names.update(_COLLECTION.findall(path))
    # In the names of queues and of Firebase projects.
    return names - {"projects", "locations", "queues"}


def leaver(media: MediaApi) -> Iterator[Leaver]:
    """With an account in the project's Firebase Authentication."""
    api = media.api
    settings = api.world.parts.settings
    signed_in = SignedIn(settings.project)
    person = Person(api.user_id, f"{api.user_id}@example.com")
    signed_in.twin = IdentityTwin(settings.project, {"leaver": person}, signed_in.twin.key)
    server = signed_in.twin.serve()
    server.start()
    certs = f"{server.url}/certs"
    here = replace(settings, id_token_certs_url=certs, identity_url=server.url)
    api.world.with_parts(settings=here)
    yield Leaver(media, signed_in)
    server.stop()


def _in_days(days: int) -> str:
    return (clock.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
