"""The routes of the emulated API."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runway_flow.catalog.loader import load_catalog
from runway_flow.emulator import views
from runway_flow.emulator.answers import RequestDeclined, WireIssue, declined_body
from runway_flow.emulator.emulation import Emulation
from runway_flow.emulator.fault_effects import FATE, Faults
from runway_flow.emulator.faults import FaultSchedule
from runway_flow.emulator.post_log import FACTS, PostLog
from runway_flow.emulator.records import Content
from runway_flow.emulator.selection import rows_by_path
from runway_flow.emulator.uploads import UPLOAD_LIMIT_BYTES

if TYPE_CHECKING:
    from starlette.requests import Request

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.emulator.options import EmulatorOptions
    from runway_flow.emulator.records import TaskRecord
    from runway_flow.kernel.clock import Clock

BODY_LIMIT_BYTES = 64 * 1024 * 1024
"""The largest JSON body that is read; made up, large enough for a dozen data URIs."""
FORM_OVERHEAD_BYTES = 1024 * 1024

Endpoint = Callable[["Request"], Awaitable[Response]]


def build_app(options: EmulatorOptions, clock: Clock, catalog: Catalog | None = None) -> Starlette:
    """Make the application; its records are open until its lifespan ends (`app.state.emulation.close`).

    Raises `StoreError` when state or ledger cannot be used.
    """
    emulation = Emulation(options, clock, catalog or load_catalog())
    surface = _Surface(emulation)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            emulation.close()

    app = Starlette(
        routes=surface.routes(),
        middleware=[
            Middleware(PostLog, emulation=emulation),
            Middleware(
                Faults, schedule=FaultSchedule(options.faults, options.fault_seed), speed=options.speed
            ),
        ],
        exception_handlers={RequestDeclined: _declined, HTTPException: _http_error},
        lifespan=lifespan,
    )
    app.state.emulation = emulation
    return app


async def _declined(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestDeclined):  # pragma: no cover - registered for this class alone
        raise error
    return JSONResponse(error.as_json(), status_code=error.status)


async def _http_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # pragma: no cover - registered for this class alone
        raise error
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)


def _base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _json_body(request: Request) -> object:
    if int(request.headers.get("content-length", 0)) > BODY_LIMIT_BYTES:
        raise RequestDeclined(413, "The body is too large")
    try:
        found: object = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise declined_body(WireIssue("invalid_json", (), "The body is not valid JSON")) from error
    return found


class _Surface:
    """The handlers of one emulated account."""

    def __init__(self, emulation: Emulation) -> None:
        self.emulation = emulation

    def routes(self) -> list[Route]:
        """Give all routes: the account's own, and one for each path of the catalogue."""
        fixed = [
            Route("/v1/tasks/{id}", self.guarded(self.show_task), methods=["GET"]),
            Route("/v1/tasks/{id}", self.guarded(self.remove_task), methods=["DELETE"]),
            Route("/v1/workflow_invocations/{id}", self.guarded(self.show_invocation), methods=["GET"]),
            Route("/v1/uploads", self.guarded(self.announce_upload), methods=["POST"]),
            Route("/v1/organization", self.guarded(self.show_account), methods=["GET"]),
            Route("/v1/organization/usage", self.guarded(self.show_usage), methods=["POST"]),
            Route("/uploads/{id}", self.receive_upload, methods=["POST"]),
            Route("/outputs/{id}/{name}", self.send_output, methods=["GET"]),
        ]
        paths = rows_by_path(self.emulation.catalog)
        created = [
            Route(path, self.guarded(self.creator(rows)), methods=["POST"]) for path, rows in paths.items()
        ]
        return [*fixed, *created]

    def guarded(self, handler: Endpoint) -> Endpoint:
        """Ask for a key and a version before a handler runs."""

        async def guard(request: Request) -> Response:
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if self.emulation.options.key_required and (scheme.lower() != "bearer" or not key.strip()):
                raise RequestDeclined(401, "Unauthorized: send your key as `Authorization: Bearer KEY`")
            version = request.headers.get("x-runway-version")
            wanted = self.emulation.catalog.api_version
            if version is None or (wanted and version != wanted):
                raise RequestDeclined(
                    400, f"The X-Runway-Version header is required; the version is {wanted}"
                )
            return await handler(request)

        return guard

    def creator(self, rows: tuple[Capability, ...]) -> Endpoint:
        """Make the handler of one path."""

        async def create(request: Request) -> Response:
            record = self.emulation.create(rows, await _json_body(request), request.scope.get(FATE))
            request.scope[FACTS].update(task=record.id, model=record.pool, request=record.digest)
            return JSONResponse(views.view_acceptance(record, rows[0]))

        return create

    def _task(self, request: Request, *, is_invocation: bool = False) -> TaskRecord:
        record = self.emulation.state.find_task(request.path_params["id"])
        if record is None or (record.endpoint == "workflows") is not is_invocation:
            raise RequestDeclined(404, "No task of this id exists, or it was deleted")
        return record

    async def show_task(self, request: Request) -> Response:
        """GET /v1/tasks/{id}."""
        return JSONResponse(views.view_task(self.emulation, self._task(request), _base_url(request)))

    async def show_invocation(self, request: Request) -> Response:
        """GET /v1/workflow_invocations/{id}."""
        record = self._task(request, is_invocation=True)
        return JSONResponse(views.view_invocation(self.emulation, record, _base_url(request)))

    async def remove_task(self, request: Request) -> Response:
        """DELETE /v1/tasks/{id}."""
        self.emulation.remove(self._task(request))
        return Response(status_code=204)

    async def announce_upload(self, request: Request) -> Response:
        """POST /v1/uploads: the first leg."""
        upload, fields = self.emulation.uploads.announce(await _json_body(request))
        return JSONResponse(
            {
                "uploadUrl": f"{_base_url(request)}/uploads/{upload.id}",
                "fields": fields,
                "runwayUri": self.emulation.uploads.uri(upload),
            }
        )

    async def receive_upload(self, request: Request) -> Response:
        """POST of a form to the address that the first leg gave; no key."""
        if int(request.headers.get("content-length", 0)) > UPLOAD_LIMIT_BYTES + FORM_OVERHEAD_BYTES:
            raise RequestDeclined(413, "An upload may have at most 200 MB")
        id_ = request.path_params["id"]
        async with request.form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise RequestDeclined(400, "The form has no file")
            size = file.size or 0
            self.emulation.uploads.check_delivery(id_, form.get("policy"), size)
            kept = await asyncio.to_thread(self.emulation.state.contents.put_stream, file.file)
        self.emulation.state.fill_upload(id_, Content(*kept))
        return Response(status_code=204)

    async def send_output(self, request: Request) -> Response:
        """GET or HEAD of a result by its signed address."""
        query = request.query_params
        now = self.emulation.clock.now()
        token, expires = query.get("token", ""), query.get("expires", "")
        if not self.emulation.signer.is_valid(request.url.path, expires, token, now):
            raise RequestDeclined(403, "The link is not valid, or it has expired; fetch the task again")
        record = self.emulation.state.find_task(request.path_params["id"])
        index = request.path_params["name"].partition(".")[0]
        found = await self.emulation.result(record, int(index)) if record is not None else None
        if found is None:
            raise RequestDeclined(404, "The result is gone")
        data, media_type = found
        return Response(data, media_type=media_type)

    async def show_account(self, _: Request) -> Response:
        """GET /v1/organization."""
        emulation = self.emulation
        wall = emulation.clock.wall()
        used, balance = emulation.account.generations(wall), emulation.account.balance(wall)
        models = emulation.catalog.model_names()
        return JSONResponse(views.view_account(emulation.options, models, used, balance))

    async def show_usage(self, _: Request) -> Response:
        """POST /v1/organization/usage."""
        return JSONResponse(views.view_usage(self.emulation.state.tasks()))
