"""What Instagram and Threads read alike: containers, posts, the profile and the quota."""

from abc import abstractmethod
from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Generic

from local.platforms.accounts import Account
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.containers import Container, ContainerState, D
from local.platforms.posts import Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints

QUOTA_SECONDS = 86400


class ContainerReads(Endpoints[ContainerState[D]], Generic[D]):
    post_fields: ClassVar[Collection[str]]
    """The names of the fields of a post."""

    @abstractmethod
    def container_as_json(self, container: Container[D]) -> dict[str, Any]:
        """Every field of a container."""

    @abstractmethod
    def post_as_json(self, post: Post) -> dict[str, Any]:
        """Every field of a post."""

    @abstractmethod
    def profile_of(self, account: Account) -> dict[str, Any]:
        """Every field of a profile."""

    @abstractmethod
    def can_read(self, account: Account, post: Post) -> bool:
        """Whether the account can read the post by its id."""

    def node(self, node_id: str) -> Any:
        """`GET /{version}/{container or post}?fields=`."""
        account = self._state.authorized()
        container = own(self._state.containers.get(node_id), account)
        if container is not None:
            return queries.selected(self.container_as_json(container))
        post = self._platform.posts.get(node_id)
        if post is not None and self.can_read(account, post):
            return queries.selected(self.post_as_json(post))
        raise meta_errors.no_such_object("GET", node_id)

    def profile(self) -> Any:
        """`GET /{version}/me?fields=`."""
        return queries.selected(self.profile_of(self._state.authorized()))

    def listing(self, posts: Iterable[Post]) -> dict[str, Any]:
        """A page of posts; unknown fields are refused for an empty list, too. Raises Refusal."""
        queries.check_known(queries.queried_fields(), self.post_fields)
        return queries.listing(posts, self.post_as_json)


def quota(used: dict[str, int], totals: dict[str, int]) -> dict[str, Any]:
    """The answer about quotas: their use and their totals, by the prefix of their fields."""
    everything: dict[str, Any] = {}
    for prefix, total in totals.items():
        everything[f"{prefix}quota_usage"] = used[prefix]
        everything[f"{prefix}config"] = {"quota_total": total, "quota_duration": QUOTA_SECONDS}
    return {"data": [queries.selected(everything, default=("quota_usage",))]}
