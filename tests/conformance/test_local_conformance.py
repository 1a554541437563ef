"""Local media keep the rules of local providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.local_provider_suite import Bench, LocalProviderSuite
from tests.fakes.clips import clip
from tests.fakes.local_media import LocalMedia, make_action

if TYPE_CHECKING:
    from pathlib import Path


class TestFfmpeg(LocalProviderSuite):
    """An operation that runs ffmpeg."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        """Make a provider that joins clips."""
        media = LocalMedia(tmp_path)
        clips = (media.artifact(clip("red")), media.artifact(clip("tall")))
        return Bench(
            media.provider,
            media.blobs,
            make_action("media/concat", clips=clips, transition="fade", overlap=0.25),
            make_action("media/concat", clips=clips, transition="fade", overlap=5.0),
            media.left_over,
        )


class TestPyAV(LocalProviderSuite):
    """An operation that decodes in a thread."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        """Make a provider that takes frames."""
        media = LocalMedia(tmp_path)
        return Bench(
            media.provider,
            media.blobs,
            make_action("media/frame", video=media.artifact(clip("ramp"))),
            make_action("media/frame", video=media.artifact(clip("voice"))),
            media.left_over,
        )
