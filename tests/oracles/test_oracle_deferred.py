from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.values import Deferred
from tests.oracles.generator import open_address, valid_requests
from tests.oracles.sites import found, replaced, sites_of

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability


@pytest.mark.parametrize("row", load_catalog().rows, ids=lambda row: f"{row.endpoint}/{row.variant}")
def test_what_is_not_known_yet_is_not_refused(row: Capability) -> None:
    """A good request stays good when any of its values, at any depth, is one that only a run can tell."""
    for request in valid_requests(row, 16, 1):
        for site in sites_of(row.params, request):
            later = [Deferred()]
            if site.shape.type is ParamType.MEDIA:
                later.append(Deferred(kind=open_address(found(request, site.path)).kind))
            for value in later:
                told = judge(row, replaced(request, site.path, value), open_address).findings
                assert told == (), (site.label, value)
