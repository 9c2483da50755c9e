"""A run's checkpoint, encrypted in the run's document.

Some checkpoints hold the key or the address of an upload, which give access to anyone who has
them, and the owner's browser may read the run.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.errors import PlatformUnavailable
from shared.domain.run import Run
from shared.gcp.cipher import CannotOpen, TokenCipher
from shared.platforms import registry
from shared.platforms.base import Checkpoint


def sealed(checkpoint: Checkpoint, run: Run, cipher: TokenCipher) -> Mapping[str, Any]:
    """The field `checkpoint` of the run's document."""
    fields = checkpoint.stored()
    return {"sealed": cipher.seal_fields(fields, *_binding(run))} if fields else {}


def opened(run: Run, cipher: TokenCipher) -> Checkpoint:
    """The checkpoint that `sealed` was given. Raises PlatformUnavailable."""
    kind: type[Checkpoint] = registry.publishing(run.platform).checkpoint
    if not run.checkpoint:
        return kind()
    try:
        return kind.read(cipher.open_fields(run.checkpoint["sealed"], *_binding(run)))
    except CannotOpen as error:
        raise PlatformUnavailable(
            "Soku cannot decrypt the progress of this post. The operator must check TOKEN_KEYSET.",
            concerns_operator=True,
        ) from error


def _binding(run: Run) -> tuple[str, ...]:
    return (run.user_id, run.submission_id, run.run_id, "checkpoint")
