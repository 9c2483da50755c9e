"""The text that names a post in lists and questions."""

from shared.domain.submission import Submission

_LONGEST = 300


def caption_of(submission: Submission) -> str:
    """The text of the post, or where it has none, that of its first target with one; shortened."""
    own = (target.content.text for target in submission.targets if target.content.text)
    text = submission.text or next(own, "")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
