"""The values of a flow's inputs: what a run was given, else the default, else a file, else null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, has_errors, sorted_diagnostics
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.kernel.values import Deferred
from runway_flow.spec.document import Mapping as MappingNode
from runway_flow.spec.document import Node, Scalar
from runway_flow.spec.flow import InputKind
from runway_flow.spec.input_values import Place, check_choices, read_value
from runway_flow.spec.media_path import folder_of, join_path
from runway_flow.spec.reader import read_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.diagnostics import Span
    from runway_flow.spec.flow import Flow, Input
    from runway_flow.spec.given_inputs import GivenInput, ReadText

_TEXTS = (InputKind.STRING, InputKind.TEXT)


def resolve_inputs(
    flow: Flow, given: Mapping[str, GivenInput], read_text: ReadText, *, is_complete: bool = True
) -> tuple[Mapping[str, object], tuple[Diagnostic, ...]]:
    """Give a value for every input that the flow declares, and every finding about them.

    Values are texts, numbers, booleans, null, `MediaPath`, tuples and dicts; they are never evaluated.
    Where there is a finding the value is `Deferred`, and where `is_complete` is false (a check without a
    run) that of a required input without a value is.
    Defaults are judged even where another value is given.
    """
    resolution = _Resolution(flow, read_text, is_complete=is_complete)
    values = {name: resolution.value(declared, given.get(name)) for name, declared in flow.inputs.items()}
    for name, item in given.items():
        if name not in flow.inputs:
            resolution.findings.append(_unknown(name, item, flow))
    return values, sorted_diagnostics(resolution.findings)


def _unknown(name: str, item: GivenInput, flow: Flow) -> Diagnostic:
    said = "" if item.origin is None else f"{item.origin}: "
    accepted = " ".join(flow.inputs)
    return Diagnostic(
        codes.INPUT_UNKNOWN,
        f"{said}the flow has no input `{name}`",
        item.span,
        hint=did_you_mean(name, flow.inputs),
        notes=(f"inputs of the flow: {accepted}" if accepted else "the flow has no inputs",),
    )


class _Resolution:
    """Goes through the inputs of one flow."""

    def __init__(self, flow: Flow, read_text: ReadText, *, is_complete: bool) -> None:
        self.findings: list[Diagnostic] = []
        self._folder = folder_of(flow.path)
        self._read_text = read_text
        self._is_complete = is_complete

    def value(self, declared: Input, given: GivenInput | None) -> object:
        """Give the value of one input, `Deferred` where it is not to be known."""
        unknown = Deferred(kind=_medium_kind(declared))
        if not declared.is_known:
            return unknown
        own = Place(self._folder)
        wrong_choices = check_choices(declared, own)
        self.findings += wrong_choices
        if wrong_choices:
            declared = replace(declared, choices=None)
        before = len(self.findings)
        value = None if declared.default is None else self._read(declared, declared.default, own)
        if given is not None:
            before = len(self.findings)
            value = self._given(declared, given)
        elif declared.default is None and declared.file is not None:
            value = self._from_file(declared, declared.file)
        if has_errors(self.findings[before:]):
            return unknown
        if value is not None or not declared.required:
            return value
        if self._is_complete:
            self._report_missing(declared)
        return unknown

    def _report_missing(self, declared: Input) -> None:
        message = f"the input `{declared.name}` is required, and has no value"
        hint = f"give one: `-i {declared.name}=…`, or a file of values: `--inputs FILE.yaml`"
        self.findings.append(Diagnostic(codes.INPUT_MISSING, message, declared.span, hint=hint))

    def _read(self, declared: Input, node: Node, place: Place) -> object:
        value, findings = read_value(declared, node, place)
        self.findings += findings
        return None if findings else value

    def _given(self, declared: Input, given: GivenInput) -> object:
        place = Place(given.folder, given.origin)
        if not isinstance(given.value, str):
            return self._read(declared, given.value, place)
        is_text = declared.type.kind in _TEXTS
        if is_text or declared.type.kind.is_media:
            node = _typed_medium(given.value) if not is_text else None
            return self._read(
                declared, node or _text_node(declared, given.value, is_file=given.is_file), place
            )
        return self._typed(declared, given.value, place)

    def _typed(self, declared: Input, text: str, place: Place) -> object:
        document, findings = read_document(text, place.origin or "")
        for finding in findings:
            message = f"{place.origin}: {finding.message}"
            self.findings.append(replace(finding, code=codes.INPUT_TYPE, message=message, span=None))
        if document is None or has_errors(findings):
            return None
        return self._read(declared, document.root, place)

    def _from_file(self, declared: Input, file: str) -> object:
        path = join_path(self._folder, file)
        text = self._read_text(path)
        if isinstance(text, FileProblem):
            message = f"the file of the input `{declared.name}` cannot be used: {text.message}"
            span = declared.file_span
            self.findings.append(Diagnostic(codes.INPUT_FILE, message, span, hint=text.hint))
            return None
        if declared.type.kind in _TEXTS:
            node = _text_node(declared, text, is_file=True, span=declared.file_span)
            return self._read(declared, node, Place(self._folder))
        document, findings = read_document(text, path)
        self.findings += findings
        if document is None or has_errors(findings):
            return None
        return self._read(declared, document.root, Place(self._folder))


def _medium_kind(declared: Input) -> MediaKind | None:
    return MediaKind(declared.type.kind.value) if declared.type.kind.is_media else None


def _text_node(declared: Input, text: str, span: Span | None = None, *, is_file: bool) -> Scalar:
    """Make a node of a text; a `string` or a path that comes from a file loses its last line break."""
    if is_file and declared.type.kind is not InputKind.TEXT:
        text = text.removesuffix("\n")
    return Scalar(text, span or declared.span, is_plain=False)


def _typed_medium(text: str) -> Node | None:
    """Read `{url: …, sha256: …}` or null of the command line; None for a path or an address as it is."""
    if not text.lstrip().startswith("{") and text not in ("null", "~", ""):
        return None
    document, findings = read_document(text, "")
    if document is None or has_errors(findings):
        return None
    is_given = isinstance(document.root, MappingNode) or text in ("null", "~", "")
    return document.root if is_given else None
