"""The one tree of exceptions: failures of the world, each with its code.

RunwayFlowError
├─ UsageError         the command line is not right; `TablesUnusable`: nor is the user's own table
├─ RequestRefused     inputs, files, budget
├─ ProviderError      the remote service; `Unreachable` is the part of it that may pass
├─ MediaError         ffmpeg and what it gave
├─ StoreError         disk, database, blobs
└─ InternalError      our bug
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel import codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.codes import Code
    from runway_flow.kernel.diagnostics import Diagnostic


class RunwayFlowError(Exception):
    """A failure that a user can understand: a code, a message, and what to do about it."""

    default_code: Code = codes.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        code: Code | None = None,
        hint: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        """Take the message, and a code other than the class's own where one fits better."""
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint
        self.notes = notes


class UsageError(RunwayFlowError):
    """The command line asks for something that does not exist or does not go together."""

    default_code = codes.USAGE


class TablesUnusable(UsageError):
    """The user's own table of models cannot be used; `diagnostics` say why, `sources` hold the text."""

    default_code = codes.TABLES

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...], sources: Mapping[str, str]) -> None:
        """Take what was found, and the text that the places are in."""
        notes = tuple(_told(item) for item in diagnostics)
        super().__init__(
            message, hint=f"`{codes.TABLES.id}` is explained by `runway-flow explain`", notes=notes
        )
        self.diagnostics = diagnostics
        self.sources = sources


def _told(item: Diagnostic) -> str:
    place = f"{item.span.path}:{item.span.line}:{item.span.column}: " if item.span is not None else ""
    return f"{place}{item.message}"


class RequestRefused(RunwayFlowError):
    """The run was refused before anything was submitted."""

    default_code = codes.OVER_BUDGET


class ProviderError(RunwayFlowError):
    """The remote service said no."""

    default_code = codes.GENERATION_FAILED


class Unreachable(ProviderError):
    """The remote service did not answer, or asked to be left alone for a while."""

    default_code = codes.UNAVAILABLE

    def __init__(
        self,
        message: str,
        *,
        code: Code | None = None,
        retry_after_s: float | None = None,
        hint: str | None = None,
    ) -> None:
        """Take the number of seconds that the service asked to wait, if it did."""
        super().__init__(message, code=code, hint=hint)
        self.retry_after_s = retry_after_s


class MediaError(RunwayFlowError):
    """A local media operation could not be done, or did not give what it promised."""

    default_code = codes.MEDIA_FAILED


class StoreError(RunwayFlowError):
    """The store, or a file outside it, could not be read or written."""

    default_code = codes.STORE_UNUSABLE


class InternalError(RunwayFlowError):
    """An assumption of ours did not hold."""

    default_code = codes.INTERNAL
