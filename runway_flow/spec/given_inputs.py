"""Input values as they are given to a run: `-i name=value`, `-i name=@FILE`, `--inputs FILE`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span, has_errors
from runway_flow.kernel.files import FileProblem
from runway_flow.spec.document import Mapping as MappingNode
from runway_flow.spec.document import Node, Scalar
from runway_flow.spec.media_path import folder_of, join_path
from runway_flow.spec.reader import read_document

ReadText = Callable[[str], str | FileProblem]
"""Reads a text file by a path that is joined already: its text (see `reader.decode`), or why not."""


class GivenInput(Struct, frozen=True):
    """One value that a run is given for an input.

    `value` is a node of a file, or text: as it was typed (`-i`), or a whole file's (`is_file`). `folder` is
    what relative paths of media start from. `origin` is how it was given, where there is no `span` to show.
    """

    value: str | Node
    folder: str = ""
    origin: str | None = None
    span: Span | None = None
    is_file: bool = False


def read_option(option: str, read_text: ReadText, folder: str = "") -> tuple[str, GivenInput] | Diagnostic:
    """Read what follows `-i`: `name=value`, or `name=@FILE`. Relative paths start from `folder`."""
    name, equals, text = option.partition("=")
    name = name.strip()
    if not equals or not name:
        hint = "write `-i name=value`, or `-i name=@FILE` for the text of a file"
        return Diagnostic(codes.USAGE, f"`-i {option}` gives no value to an input", hint=hint)
    origin = f"-i {name}=…"
    if not text.startswith("@"):
        return name, GivenInput(text, folder, origin)
    written = text.removeprefix("@")
    content = read_text(join_path(folder, written))
    if isinstance(content, FileProblem):
        return Diagnostic(
            codes.INPUT_FILE,
            f"{origin}: {content.message}",
            hint=content.hint or "`@` reads a text file; a medium is given by its path alone",
        )
    return name, GivenInput(content, folder, origin, is_file=True)


def read_inputs_file(path: str, text: str) -> tuple[Mapping[str, GivenInput], tuple[Diagnostic, ...]]:
    """Read a file of input values (`--inputs FILE`): a mapping of names to values, in YAML or JSON."""
    document, findings = read_document(text, path)
    if document is None or (isinstance(document.root, Scalar) and document.root.value is None):
        return {}, findings
    root = document.root
    if not isinstance(root, MappingNode):
        span = Span(path, root.span.line, root.span.column, root.span.line, root.span.column)
        message = "a file of input values is a mapping of names to values"
        wrong = Diagnostic(
            codes.INPUT_FILE, message, span, hint="write `name: value`, one line for each input"
        )
        return {}, (*findings, wrong)
    if has_errors(findings):
        return {}, findings
    folder = folder_of(path)
    given = {entry.key: GivenInput(entry.value, folder, None, entry.key_span) for entry in root.entries}
    return given, findings
