from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from tests.oracles.generator import open_address
from tests.oracles.shortening import short_requests

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability


@pytest.mark.parametrize("row", load_catalog().rows, ids=lambda row: f"{row.endpoint}/{row.variant}")
def test_short_forms_mean_the_same(row: Capability) -> None:
    """A request in short forms is judged to be the very request that it stands for."""
    for short, meant in short_requests(row, 60, 1):
        verdict = judge(row, short, open_address)
        assert verdict.findings == (), short
        expected = judge(row, meant, open_address)
        assert verdict.params == expected.params, short
        assert verdict.request == expected.request
