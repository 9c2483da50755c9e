"""What the reported status of a video proves."""

from typing import Any

import pytest

from shared.platforms.facebook.videos import Video


def _video(published: Any, publishing: str = "not_started", status: str = "ready") -> Video:
    phases = {
        "processing_phase": {"status": "complete"},
        "publishing_phase": {"status": publishing},
    }
    return Video({"status": {"video_status": status, **phases}, "published": published})


def test_a_processed_video_that_is_not_published_can_still_be_published() -> None:
    assert _video(published=False).is_untouched


@pytest.mark.parametrize("published", [True, None, "false", 0])
def test_a_video_that_may_be_published_is_never_published_again(published: Any) -> None:
    assert not _video(published).is_untouched


@pytest.mark.parametrize("publishing", ["in_progress", "complete", "error"])
def test_a_video_that_facebook_is_publishing_is_not_published_again(publishing: str) -> None:
    assert not _video(False, publishing).is_untouched
