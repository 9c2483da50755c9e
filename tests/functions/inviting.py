"""People who sign in, and their invitations."""

from shared.gcp import invitations
from tests.functions.dashboard_client import Dashboard

ANN, BEA = "ann@example.com", "bea@example.com"
NO_INVITATION = "You are not a user of this Soku"


def invite(dashboard: Dashboard, email: str) -> None:
    invitations.invite(dashboard.world.parts.db, email)
