"""Joins the parts of the provider around one open session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.providers.runway.addresses import Resolve, reach_of, resolve_host
from runway_flow.providers.runway.client import Session, open_session
from runway_flow.providers.runway.downloads import Downloads, Probe
from runway_flow.providers.runway.polling import Questions
from runway_flow.providers.runway.requests import Requests
from runway_flow.providers.runway.transfers import Carrier
from runway_flow.providers.runway.uploads import Uploads

if TYPE_CHECKING:
    from runway_flow.engine.ports import BlobStore, StateStore
    from runway_flow.kernel.clock import Clock
    from runway_flow.providers.runway.access import Access
    from runway_flow.providers.runway.timing import Timing


class Parts(Struct, frozen=True):
    """What a provider works with while its connections are open."""

    session: Session
    questions: Questions
    requests: Requests
    downloads: Downloads


def build_parts(
    *,
    access: Access,
    blobs: BlobStore,
    state: StateStore,
    clock: Clock,
    probe: Probe,
    realm: str,
    timing: Timing,
    resolve: Resolve | None,
) -> Parts:
    """Open the clients and build what uses them."""
    session = open_session(access, timing)
    carrier = Carrier(session, resolve or resolve_host, timing, clock)
    reach = reach_of(access)
    questions = Questions(session.asks, deadline_s=timing.ask_s, clock=clock, secrets=(access.key,))
    uploads = Uploads(questions, carrier, reach, blobs, state, realm)
    return Parts(
        session=session,
        questions=questions,
        requests=Requests(blobs, uploads, carrier),
        downloads=Downloads(carrier, reach, blobs, probe),
    )
