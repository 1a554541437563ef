"""Turns the emulator's records into SQLite rows and back."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import asdict

from runway_flow.emulator.records import Content, TaskRecord, Upload
from runway_flow.emulator.tasks import Life
from runway_flow.engine.service import TaskState
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import MediaFacts, MediaKind


def task_row(record: TaskRecord) -> tuple[object, ...]:
    """Give a task's columns, in the order of the table."""
    life = record.life
    return (
        record.id,
        record.endpoint,
        record.variant,
        record.pool,
        record.request,
        record.digest,
        record.estimate,
        record.cost,
        record.created_at,
        life.created,
        life.start,
        life.seconds,
        life.ending.value,
        record.failure_code,
        int(record.is_settled),
        int(record.is_gone),
    )


def task_of(row: tuple[Any, ...]) -> TaskRecord:
    """Read a task's columns."""
    (id_, endpoint, variant, pool, request, digest, estimate, cost, created_at, *rest) = row
    created, start, seconds, ending, failure_code, is_settled, is_gone = rest
    return TaskRecord(
        id=id_,
        endpoint=endpoint,
        variant=variant,
        pool=pool,
        request=request,
        digest=Digest(digest),
        estimate=estimate,
        cost=cost,
        created_at=created_at,
        life=Life(created, start, seconds, TaskState(ending)),
        failure_code=failure_code,
        is_settled=bool(is_settled),
        is_gone=bool(is_gone),
    )


def upload_of(row: tuple[Any, ...]) -> Upload:
    """Read an upload's columns."""
    id_, filename, expires_at, digest = row
    return Upload(id_, filename, expires_at, Digest(digest) if digest else None)


def content_row(content: Content) -> tuple[object, ...]:
    """Give a content's columns."""
    facts = json.dumps(asdict(content.facts)) if content.facts is not None else None
    return (content.digest, facts)


def content_of(row: tuple[Any, ...]) -> Content:
    """Read a content's columns."""
    digest, text = row
    if text is None:
        return Content(Digest(digest), None)
    plain = json.loads(text)
    return Content(Digest(digest), MediaFacts(**plain | {"kind": MediaKind(plain["kind"])}))
