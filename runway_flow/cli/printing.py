"""Writing to stdout and stderr: results there, everything else here."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.errors import StoreError
from runway_flow.report.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def print_result(text: str) -> None:
    """Write a result to stdout, at once.

    Raises `BrokenPipeError` if nobody reads it any more, `StoreError` if it cannot be written.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable(error) from error


def unwritable(error: OSError) -> StoreError:
    """Say that stdout cannot be written: its disk is full, its device is gone."""
    message = f"the output cannot be written: {error.strerror or error}"
    return StoreError(message, code=codes.OUTPUT_UNWRITABLE)


def print_document(document: Mapping[str, object], *, indent: int | None = 2) -> None:
    """Write a document as JSON to stdout."""
    print_result(json_text(document, sys.stdout, indent=indent) + "\n")


def print_message(text: str) -> None:
    """Write a warning, a failure or a question to stderr, at once; if that fails, nobody can be told."""
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()
