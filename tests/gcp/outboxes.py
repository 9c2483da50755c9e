"""An outbox without a queue: events are stored, and the sweeper would find them."""

from google.cloud import firestore

from shared.webhooks.outbox import Outbox


def outbox(db: firestore.Client) -> Outbox:
    return Outbox(db, lambda user_id, webhook_id: None)
