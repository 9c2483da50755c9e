"""A page of a webhook's deliveries: the parameters of GET /v1/webhooks/{webhook_id}/deliveries."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.domain.errors import InvalidRequest, Violation
from shared.gcp.firestore import read_all
from shared.gcp.webhooks import (
    Webhook,
    WebhookDelivery,
    delivery_from,
    delivery_path,
    select_deliveries,
)
from shared.posts.history import whole_number
from shared.web.strict import Strict

MOST_PER_PAGE = 50
"""Each with its payload and the response."""


class DeliveryQuery(Strict):
    """The parameters of a page."""

    limit: Annotated[int, Field(ge=1, le=MOST_PER_PAGE), BeforeValidator(whole_number)] = 20
    """The maximum number of deliveries."""
    cursor: Annotated[str, Field(pattern="^evt_[0-9a-f]{24}$")] | None = None
    """The `nextCursor` of the previous page."""


@dataclass(frozen=True)
class DeliveryPage:
    deliveries: list[WebhookDelivery]
    cursor: str | None
    """None: it is the last page."""


def read(db: Any, webhook: Webhook, query: DeliveryQuery) -> DeliveryPage:
    """Raises InvalidRequest, StoreUnavailable."""
    last = _last_of_page_before(db, webhook, query.cursor) if query.cursor else None
    found = select_deliveries(db, webhook, query.limit + 1, after=last)
    page = found[: query.limit]
    return DeliveryPage(page, page[-1].delivery_id if len(found) > len(page) else None)


def _last_of_page_before(db: Any, webhook: Webhook, delivery_id: str) -> WebhookDelivery:
    path = delivery_path(webhook.user_id, webhook.webhook_id, delivery_id)
    last = delivery_from(read_all(db, [path])[path], webhook.user_id)
    if last is None:
        message = "The cursor is not known any more. Start again without a cursor."
        raise InvalidRequest([Violation("cursor", "invalid", message)])
    return last
