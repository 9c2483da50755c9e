"""How posts grew on past days, as the collector stores it."""

from collections.abc import Mapping
from datetime import timedelta

from google.cloud import firestore

from shared import clock
from shared.gcp.readings import day_of, days_path


def write_days(
    db: firestore.Client,
    user_id: str,
    platform: str,
    account_id: str,
    numbers: Mapping[int, Mapping[str, int]],
    followers: int | None = None,
) -> None:
    """Write by how much the numbers of an account grew, by how many days ago."""
    batch = db.batch()
    for ago, grown in numbers.items():
        day = day_of(clock.now() - timedelta(days=ago))
        known = {"day": day, "platform": platform, "accountId": account_id, "numbers": grown}
        name = f"{day}:{platform}:{account_id}".replace("/", "-")
        more = {} if followers is None else {"followers": followers}
        batch.set(db.document(f"{days_path(user_id)}/{name}"), {**known, **more})
    batch.commit()
