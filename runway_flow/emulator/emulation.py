"""The emulated account: accepts requests, tells what became of tasks, removes them, gives their results."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.emulator.account import Account
from runway_flow.emulator.answers import RequestDeclined, WireIssue, declined_body
from runway_flow.emulator.combinations import find_combination_issues
from runway_flow.emulator.costs import cost_of
from runway_flow.emulator.endings import ending_of, usual_seconds
from runway_flow.emulator.fates import FOREVER, estimate_factor, fated_ending, is_throttled
from runway_flow.emulator.ledger import Ledger, whole
from runway_flow.emulator.links import LinkSigner
from runway_flow.emulator.media.studio import Studio
from runway_flow.emulator.readings import Input
from runway_flow.emulator.records import TaskRecord
from runway_flow.emulator.remote_clock import RemoteClock
from runway_flow.emulator.requests import read_body
from runway_flow.emulator.sdk_names import sdk_params
from runway_flow.emulator.selection import select_row, unknown_row_of
from runway_flow.emulator.sketch import sketches_of
from runway_flow.emulator.state import State
from runway_flow.emulator.tasks import Life, Moment, moment_of, requeue
from runway_flow.emulator.uploads import Uploads
from runway_flow.engine.service import TaskState
from runway_flow.kernel.digests import Digest, digest_json
from runway_flow.kernel.media import extension_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.emulator.faults import Fault
    from runway_flow.emulator.options import EmulatorOptions
    from runway_flow.emulator.sketch import Sketch
    from runway_flow.kernel.clock import Clock


class Emulation:
    """One emulated account with its records, its clock and its studio."""

    def __init__(self, options: EmulatorOptions, clock: Clock, catalog: Catalog) -> None:
        """Open the records. Raises `StoreError` when state or ledger cannot be used."""
        self.options = options
        self.catalog = catalog
        self.ledger = Ledger(options.ledger_path)
        try:
            self.state = State(options.state_path, clock.now())
        except BaseException:
            self.ledger.close()
            raise
        self.clock = RemoteClock.starting(clock, options.speed, self.state.anchor())
        self.state.set_anchor(self.clock.anchor)
        self.signer = LinkSigner(self.state.secret)
        self.uploads = Uploads(self.state, self.clock, self.signer, options)
        self.account = Account(options, self.state.tasks())
        self.studio = Studio(self.state.contents.read)

    def create(self, rows: tuple[Capability, ...], body: object, fate: Fault | None = None) -> TaskRecord:
        """Accept a request as a task, whose end a fault may decide. Raises `RequestDeclined`."""
        if not isinstance(body, Mapping):
            raise declined_body(WireIssue("invalid_type", (), "Expected object"))
        row = select_row(rows, body, self.catalog)
        reading = read_body(row, body, self.uploads)
        kept = reading.value if isinstance(reading.value, Mapping) else {}
        params = sdk_params(row, kept, reading.inputs)
        issues = reading.issues or find_combination_issues(row, params)
        if issues:
            raise declined_body(*issues)
        try:
            digest = digest_json([row.path, kept])
        except ValueError as error:
            raise declined_body(WireIssue("custom", (), str(error))) from error
        cost = cost_of(row, params, self.options.price_factors)
        pool = row.model or row.endpoint.rpartition("/")[2]
        self._check_limits(pool, cost.estimate)
        ending = fated_ending(fate) or ending_of(reading.texts)
        created = self.clock.now()
        start = self.account.next_start(pool, created)
        seconds = self.options.task_seconds or usual_seconds(row.output.kind, digest)
        record = TaskRecord(
            id=str(uuid.uuid4()),
            endpoint=row.endpoint,
            variant=row.variant,
            pool=pool,
            request=json.dumps(kept),
            digest=digest,
            estimate=cost.estimate * estimate_factor(fate),
            cost=cost.charge if ending.is_charged else 0,
            created_at=self.clock.wall(),
            life=Life(created, FOREVER if is_throttled(fate) else start, seconds, ending.state),
            failure_code=ending.failure_code,
        )
        self.state.add_task(record)
        self.account.add(record)
        self.ledger.write(
            "billed", record.created_at, task=record.id, model=pool, credits=whole(cost.estimate)
        )
        return record

    def _check_limits(self, pool: str, estimate: float) -> None:
        wall = self.clock.wall()
        daily = self.options.daily
        if daily is not None and self.account.generations(wall).get(pool, 0) >= daily:
            raise RequestDeclined(429, f"You have reached the daily limit of {daily} generations for {pool}")
        if estimate > self.account.balance(wall):
            raise RequestDeclined(400, "You do not have enough credits to run this task.")

    def moment(self, record: TaskRecord) -> Moment:
        """Tell where a task is now; the first sight of its end settles what it cost."""
        moment = moment_of(record.life, self.clock.now())
        if moment.state.is_end and not record.is_settled:
            self.state.settle(record)
            self._refund(record, record.cost)
        return moment

    def remove(self, record: TaskRecord) -> None:
        """Cancel or delete a task; it cannot be fetched again.

        What did not RUN yet is refunded, what did is not (SDK 5.24.0, docstring of `tasks.delete`).
        """
        now = self.clock.now()
        moment = moment_of(record.life, now)
        is_free = moment.state in (TaskState.THROTTLED, TaskState.PENDING)
        cost = record.cost if moment.state.is_end else 0 if is_free else round(record.estimate)
        peers = [
            peer
            for peer in self.state.tasks()
            if peer.pool == record.pool and peer.id != record.id and not peer.is_gone
            if peer.life.start < FOREVER
        ]
        lives = requeue([peer.life for peer in peers], self.options.concurrency, now)
        moved = {
            peer.id: life for peer, life in zip(peers, lives, strict=True) if life.start != peer.life.start
        }
        self.state.remove(replace(record, cost=cost), moved)
        self.account.replace_ends(record.pool, [life.end for life in lives])
        self._refund(record, cost)

    def _refund(self, record: TaskRecord, cost: float) -> None:
        self.account.settle(record.id, cost)
        if cost < record.estimate and not record.is_settled:
            back = record.estimate - cost
            self.ledger.write(
                "refunded", self.clock.wall(), task=record.id, model=record.pool, credits=whole(back)
            )

    def links(self, record: TaskRecord) -> tuple[str, ...]:
        """Give fresh signed paths of a task's results; each call renews them."""
        expires = int(self.clock.now() + self.options.link_seconds)
        return tuple(
            self.signer.sign(
                f"/outputs/{record.id}/{sketch.index}.{extension_of(sketch.media_type)}", expires
            )
            for sketch in self._sketches(record)
        )

    async def result(self, record: TaskRecord, index: int) -> tuple[bytes, str] | None:
        """Give a result's bytes and media type; None if the task has no such result."""
        if moment_of(record.life, self.clock.now()).state is not TaskState.SUCCEEDED:
            return None
        sketches = self._sketches(record)
        if index >= len(sketches):
            return None
        return await self.studio.result(sketches[index]), sketches[index].media_type

    def _sketches(self, record: TaskRecord) -> tuple[Sketch, ...]:
        body = json.loads(record.request)
        row = self.catalog.find(record.endpoint, record.variant) or unknown_row_of(
            self.catalog, record.endpoint, record.variant, body
        )
        return sketches_of(row, body, record.digest, tuple(self._inputs(body)))

    def _inputs(self, value: object) -> Iterator[Input]:
        """Find the media of a stored request again, in its order."""
        if isinstance(value, dict):
            for item in value.values():
                yield from self._inputs(item)
        elif isinstance(value, list):
            for item in value:
                yield from self._inputs(item)
        elif isinstance(value, str) and value.startswith("sha256:"):
            content = self.state.find_content(Digest(value.removeprefix("sha256:")))
            if content is not None:
                yield Input((), value, content.digest, content.facts)

    def close(self) -> None:
        """Stop rendering, close the files."""
        self.studio.close()
        self.state.close()
        self.ledger.close()
