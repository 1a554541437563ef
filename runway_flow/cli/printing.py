"""Writing to stdout and stderr: results there, everything else here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runway_flow.report.sinks import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def print_result(text: str) -> None:
    """Write a result to stdout, at once. Raises `BrokenPipeError` if nobody reads it."""
    sys.stdout.write(text)
    sys.stdout.flush()


def print_document(document: Mapping[str, object], *, indent: int | None = 2) -> None:
    """Write a document as JSON to stdout."""
    print_result(json_text(document, sys.stdout, indent=indent) + "\n")


def print_message(text: str) -> None:
    """Write a warning, a failure or a question to stderr, at once."""
    sys.stderr.write(text)
    sys.stderr.flush()
