"""The state of the twin of X."""

from local.platforms import clock, controls, simulation
from local.platforms.accounts import Account
from local.platforms.reading import bearer_token
from local.platforms.x import errors as x_errors
from local.platforms.x.fields import POST_FIELD_NAMES
from local.platforms.x.upload import Upload

_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657  # X ids count milliseconds from here, times 2^22


class State(simulation.State):
    def clear(self) -> None:
        self._latest_id = 0
        self.uploads: dict[str, Upload] = {}
        self.refuses_duplicates = True
        self.unknown_media = 0
        """How many of the next posts with media are refused because X does not know the media."""

        self.refused_parameter = ""
        """The name of the parameter for the fields of posts that X does not know."""

    def refuse_parameter(self) -> None:
        """`{refuse}`: `tweet.fields`, `post.fields`, or null for neither."""
        refused = controls.fields().get("refuse")
        if refused not in (None, *POST_FIELD_NAMES):
            raise controls.BadControl(f"refuse must be one of {', '.join(POST_FIELD_NAMES)}.")
        self.refused_parameter = refused or ""

    def authorized(self, *scopes: str) -> Account:
        """The account whose token the request has. Raises Refusal."""
        grant = self.platform.accounts.grant(bearer_token(), "access")
        if grant is None:
            raise x_errors.problem(401, "Unauthorized")
        if not grant.may(*scopes):
            raise x_errors.forbidden("Forbidden")
        return grant.account

    def next_id(self) -> str:
        """A snowflake, larger than all before it."""
        snowflake = (int(clock.now().timestamp() * 1000) - _SNOWFLAKE_EPOCH_MS) << 22
        self._latest_id = max(snowflake, self._latest_id + 1)
        return str(self._latest_id)
