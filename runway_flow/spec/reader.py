"""Bytes to text, and the text of a flow to a document: every key and value with its place.

YAML is read as a stream of events. The event parsers of libyaml and of PyYAML keep their own stack,
so that depth and size are bounded here, before anything recurses (libyaml's *composer* is what dies of
40 kB of `[`: it is never used).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span, sorted_diagnostics
from runway_flow.spec.document import Document
from runway_flow.spec.limits import MAX_TEXT_BYTES
from runway_flow.spec.node_builder import NodeBuilder, Refused
from runway_flow.spec.yaml_counting import find_excess, may_exceed
from runway_flow.spec.yaml_errors import explain_failure
from runway_flow.spec.yaml_failures import Failure, Quoted, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.kernel.codes import Code

Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where PyYAML was built with it: about thirty times as fast as the pure one."""

# YAML 1.2.2, 5.1 «Character Set».
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# To PyYAML, which reads YAML 1.1, these are line breaks; to YAML 1.2 and to every editor they are not.
_OLD_BREAKS = re.compile("[\x85\u2028\u2029]")
# PyYAML's own parser ends a word at `?` inside `{}`: it could not read `{seconds?: integer}`.
_OLD_BREAKS_AND_QUESTION_MARKS = re.compile(r"[\x85\u2028\u2029]|(?<=\w)\?")
_PRIVATE_USE = range(0xE000, 0xF8FF)
_JSON_PAIR = re.compile(r"\\\\|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")

_MAX_LEFT_OUT = 50
_MAX_MENDED = 200_000
"""How many values a text is read on without, and how long it may be: each time it is read from the start."""


def decode(data: bytes, path: str, code: Code = codes.FLOW_UNREADABLE) -> str | Diagnostic:
    """Give the text of a file: UTF-8, without a byte order mark, with LF for CRLF and CR.

    What is not UTF-8, or larger than `MAX_TEXT_BYTES`, is a finding (of `code`, or RF103).
    """
    if len(data) > MAX_TEXT_BYTES:
        return _too_large(path, len(data))
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return _with_line_feeds(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return Diagnostic(
                code, "the file is UTF-16", Span(path, 1, 1, 1, 1), hint="save the file as UTF-8"
            )
        before = _with_line_feeds(data[: error.start].decode("utf-8"))
        span = _place(path, before, len(before))
        byte = data[error.start]
        return Diagnostic(
            code,
            f"the file is not UTF-8: the byte 0x{byte:02x} cannot stand here",
            Span(path, span.line, span.column, span.line, span.column),
            hint="save the file as UTF-8",
        )


def read_document(text: str, path: str) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """Read the text of a flow, or of a file of input values.

    The findings are in source order. The document is None only where the text is no tree at all: a limit
    exceeded, or a syntax error that spoils more than one value. Otherwise it is as complete as the findings
    allow (of a duplicate key the first place stands), so that later checks can go on.
    """
    text = _with_line_feeds(text.removeprefix("\ufeff"))
    refused = _refuse(text, path)
    if refused is not None:
        return None, (refused,)
    text = _join_surrogates(text) if path.endswith(".json") else text
    source, restore = _hide(text, _OLD_BREAKS if _is_fast() else _OLD_BREAKS_AND_QUESTION_MARKS)
    excess = _find_excess(source, path)
    if excess is not None:
        return None, (excess,)
    return _Reading(path, text, source, str.maketrans(restore) if restore else None).read()


@dataclass(slots=True)
class _Reading:
    """Builds a document; where the parser fails over one value, it goes on without that value."""

    path: str
    text: str
    source: str
    restore: dict[int, str] | None
    findings: list[Diagnostic] = field(default_factory=list)
    left_out: list[Span] = field(default_factory=list)

    def read(self) -> tuple[Document | None, tuple[Diagnostic, ...]]:
        original = self.text
        left = _MAX_LEFT_OUT if len(original) <= _MAX_MENDED else 0
        while True:
            places = frozenset((span.line, span.column) for span in self.left_out)
            builder = NodeBuilder(self.path, self.text, self.restore, places)
            try:
                builder.take_all(_events(self.source))
            except Refused as stop:
                return self._give_up(*builder.findings, stop.diagnostic)
            except yaml.MarkedYAMLError as error:
                left -= 1
                if not self._leave_out(_failure(error, builder.quoted), builder, is_last=left < 0):
                    return self._give_up()
            except ValueError:
                # The pure parser leaves `"\UFFFFFFFF"` to `chr`; libyaml says where it stands.
                return self._give_up(*builder.findings, _bad_escape(self.path))
            else:
                document = Document(self.path, original, builder.root())
                return document, sorted_diagnostics((*self.findings, *builder.findings))

    def _give_up(self, *findings: Diagnostic) -> tuple[None, tuple[Diagnostic, ...]]:
        return None, sorted_diagnostics((*self.findings, *findings))

    def _leave_out(self, failure: Failure, builder: NodeBuilder, *, is_last: bool) -> bool:
        """Explain a failure, and take the value that it is about out of the text; tells whether it could."""
        explained = explain_failure(self.path, self.text, failure)
        span = explained.finding.span
        if self.left_out and span is not None and span < self.left_out[-1]:
            return False  # what was left out did not help: this is no mistake of the author's
        self.findings.append(explained.finding)
        if explained.rest is None or is_last:
            # What was found on the line that does not parse is a symptom of it (`*star walks`: an alias?).
            others = (item for item in builder.findings if item.span and item.span.line != failure.line + 1)
            self.findings += others
            return False
        self.left_out.append(explained.rest)
        self.text = without(self.text, explained.rest)
        self.source = without(self.source, explained.rest)
        return True


def _events(source: str) -> Iterator[Any]:
    """Go through the events of a text; quicker than `yaml.parse`, which asks for each of them twice."""
    return iter(Loader(source).get_event, None)


def _find_excess(source: str, path: str) -> Diagnostic | None:
    if not may_exceed(source):
        return None
    try:
        return find_excess(path, _events(source))
    except (yaml.MarkedYAMLError, ValueError):
        return None  # up to there nothing is too much; reading says what is wrong


def _bad_escape(path: str) -> Diagnostic:
    message = "an escape in double quotes names no character"
    return Diagnostic(codes.YAML_SYNTAX, message, Span(path, 1, 1, 1, 1), hint="`\\U` takes up to 0010FFFF")


def _failure(error: yaml.MarkedYAMLError, quoted: Any) -> Failure:  # noqa: ANN401 - an event of PyYAML's
    mark = error.problem_mark or error.context_mark
    context = error.context_mark or mark
    return Failure(
        problem=error.problem or "",
        context=error.context or "",
        line=mark.line if mark else 0,
        column=mark.column if mark else 0,
        context_line=context.line if context else 0,
        context_column=context.column if context else 0,
        quoted=Quoted(
            quoted.start_mark.line, quoted.start_mark.column, quoted.end_mark.line, quoted.end_mark.column
        )
        if quoted is not None
        else None,
    )


def _with_line_feeds(text: str) -> str:
    """YAML 1.2 and every editor count CR and CRLF as one break; the rest of the program knows LF only."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _refuse(text: str, path: str) -> Diagnostic | None:
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_TEXT_BYTES:
        return _too_large(path, size)
    found = _UNPRINTABLE.search(text)
    if found is None:
        return None
    return Diagnostic(
        codes.YAML_SYNTAX,
        f"the character U+{ord(found[0]):04X} cannot stand in a YAML file",
        _place(path, text, found.start()),
        hint='delete it, or write it as an escape in double quotes (`"\\u001b"`)',
    )


def _too_large(path: str, size: int) -> Diagnostic:
    return Diagnostic(
        codes.LIMIT_EXCEEDED,
        f"the file has {size} bytes; at most {MAX_TEXT_BYTES} (4 MiB) are read",
        Span(path, 1, 1, 1, 1),
        hint="keep long texts and data in files of their own (`file:` of an input)",
    )


def _place(path: str, text: str, index: int) -> Span:
    line = text.count("\n", 0, index) + 1
    column = index - text.rfind("\n", 0, index)
    return Span(path, line, column, line, column + 1)


def _is_fast() -> bool:
    return Loader is not yaml.SafeLoader


def _hide(text: str, pattern: re.Pattern[str]) -> tuple[str, dict[str, str]]:
    """Let characters of the private use area stand in for characters that PyYAML misreads, one for one."""
    present = sorted(set(pattern.findall(text)))
    used = set(text) if present else set()
    free = (chr(number) for number in _PRIVATE_USE if chr(number) not in used)
    stand_ins = dict(zip(present, free, strict=False))
    if stand_ins:
        text = pattern.sub(lambda found: stand_ins[found[0]], text)
    return text, {stand_in: mark for mark, stand_in in stand_ins.items()}


def _join_surrogates(text: str) -> str:
    """JSON writes characters beyond U+FFFF as two escapes; YAML has no such pairs."""

    def join(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        high, low = int(found[1], 16) - 0xD800, int(found[2], 16) - 0xDC00
        return f"\\U{0x10000 + (high << 10) + low:08x}"

    return _JSON_PAIR.sub(join, text)
