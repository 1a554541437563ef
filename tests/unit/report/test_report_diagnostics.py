from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity, Span
from runway_flow.kernel.errors import UsageError
from runway_flow.report.diagnostics import render_diagnostics, render_error
from runway_flow.report.terminal import Terminal, width_of

WIDE = Terminal(200)
NARROW = Terminal(60)
ASCII = Terminal(100, is_ascii=True)


def at(line: int, column: int, end: int, end_line: int | None = None) -> Span:
    """Make a span in `teaser.yaml`."""
    return Span("teaser.yaml", line, column, end_line or line, end)


def finding(
    span: Span | None = None, label: str | None = None, message: str = "`a` is wrong", step: str | None = None
) -> Diagnostic:
    """Make a finding."""
    return Diagnostic(codes.VALUE_NOT_ACCEPTED, message, span, label=label, step=step)


def framed(source: str, span: Span, label: str | None = None, terminal: Terminal = WIDE) -> list[str]:
    """Give the source line and the caret line(s) of a finding's frame, without their gutter."""
    text = render_diagnostics([finding(span, label)], {"teaser.yaml": source}, terminal)
    lines = [line for line in text.split("\n") if "|" in line][1:]
    return [line.partition("|")[2][1:] for line in lines]


def test_whole_form() -> None:
    """A finding has its code, message, place, line, caret with what is beside it, notes and help."""
    source = "\n" * 30 + "      ratio: 1920:1080\n"
    item = Diagnostic(
        codes.VALUE_NOT_ACCEPTED,
        "`1920:1080` is not a ratio of gen4.5 (image_to_video)",
        at(31, 14, 23),
        label="did you mean `1280:720` (16:9)?",
        notes=("accepted: 1280:720 720:1280",),
        hint="image_to_video models that take 1920:1080: veo3.1",
    )
    assert render_diagnostics([item], {"teaser.yaml": source}, WIDE) == (
        "error[RF311]: `1920:1080` is not a ratio of gen4.5 (image_to_video)\n"
        "  --> teaser.yaml:31:14\n"
        "   |\n"
        "31 |       ratio: 1920:1080\n"
        "   |              ^^^^^^^^^ did you mean `1280:720` (16:9)?\n"
        "   = note: accepted: 1280:720 720:1280\n"
        "   = help: image_to_video models that take 1920:1080: veo3.1\n"
    )


def test_several_findings_are_apart() -> None:
    """Between two findings is an empty line."""
    text = render_diagnostics([finding(), finding()], {}, WIDE)
    assert text == "error[RF311]: `a` is wrong\n\nerror[RF311]: `a` is wrong\n"


def test_warning_says_so() -> None:
    """A warning begins with the word."""
    item = Diagnostic(codes.UNUSED, "x", severity=Severity.WARNING)
    assert render_diagnostics([item], {}, WIDE) == "warning[RF214]: x\n"


def test_source_that_is_not_there() -> None:
    """Without the text there is the place, and what would stand beside the caret is a note."""
    text = render_diagnostics([finding(at(3, 1, 2), "did you mean `b`?")], {}, WIDE)
    assert text == "error[RF311]: `a` is wrong\n --> teaser.yaml:3:1\n  = note: did you mean `b`?\n"


def test_line_that_is_not_there() -> None:
    """A place behind the end of the text has no frame."""
    assert framed("one\n", at(9, 1, 2)) == []


@pytest.mark.parametrize(
    ("source", "span", "line", "caret"),
    [
        ("\tratio: 9", at(1, 9, 10), "    ratio: 9", "           ^"),
        ("\ta: 1", at(1, 1, 2), "    a: 1", "^^^^"),
        ("a: 灯塔 b", at(1, 4, 6), "a: 灯塔 b", "   ^^^^"),
        ("a: e\u0301x", at(1, 6, 7), "a: e\u0301x", "    ^"),
        ("key: |", at(1, 7, 7), "key: |", "      ^"),
        ("key: value\r", at(1, 6, 11), "key: value", "     ^^^^^"),
        ("a: \x1b[31mred", at(1, 9, 12), "a: \ufffd[31mred", "        ^^^"),
        ("a: x\u202ey", at(1, 6, 7), "a: x\ufffdy", "     ^"),
    ],
    ids=["tab", "marked tab", "wide", "combining", "end of line", "windows", "control", "bidi"],
)
def test_caret_stands_below(source: str, span: Span, line: str, caret: str) -> None:
    """The caret stands below what is marked, whatever signs are in the line."""
    assert framed(source, span) == [line, caret]


def test_span_over_several_lines() -> None:
    """A place that goes on below is marked to the end of its first line."""
    assert framed("text: |\n  one\n", at(1, 7, 6, 2)) == ["text: |", "      ^"]
    assert framed("with: {a: 1,  \n  b: 2}", at(1, 7, 7, 2)) == ["with: {a: 1,", "      ^^^^^^"]


@pytest.mark.parametrize("terminal", [WIDE, NARROW], ids=["200", "60"])
@pytest.mark.parametrize("column", [1, 30, 250, 495])
def test_long_line_is_cut_around_the_caret(terminal: Terminal, column: int) -> None:
    """A long line is cut so that what is marked is in sight, and stands above its caret."""
    source = "".join(chr(ord("a") + at % 26) for at in range(500))
    shown, caret = framed(source, at(1, column, column + 5), terminal=terminal)
    assert width_of(shown) <= terminal.width - 4
    start = caret.index("^")
    assert shown[start : start + 5] == source[column - 1 : column + 4]
    assert "…" in shown


def test_marked_text_that_is_too_long() -> None:
    """What is marked may itself be too long: its start is shown."""
    shown, caret = framed("x" * 20 + "y" * 300, at(1, 21, 321), terminal=NARROW)
    assert shown[caret.index("^")] == "y"
    assert width_of(shown) == width_of(caret) == 56


def test_only_a_part_of_an_endless_line_is_looked_at() -> None:
    """What stands far from the mark costs nothing, and cannot be seen anyway."""
    source = "x" * 2_000_000 + "!" + "y" * 2_000_000
    span = Span("f", 1, 2_000_001, 1, 2_000_002)
    item = Diagnostic(codes.YAML_SYNTAX, "no", span)
    shown = render_diagnostics([item], {"f": source}, Terminal(width=60))
    line, caret = shown.split("\n")[3:5]
    assert len(line) == 60
    assert line[caret.index("^")] == "!"


def test_wide_signs_are_cut_by_columns() -> None:
    """The cut counts columns, not characters."""
    shown, caret = framed("灯" * 200 + "塔" + "灯" * 9, at(1, 201, 202), terminal=NARROW)
    assert width_of(shown) <= 56
    offset = caret.index("^")
    assert width_of(shown.partition("塔")[0]) == offset
    assert caret.strip() == "^^"


@given(
    st.text("ab \t灯e\u0301\x1b\u202e", max_size=120),
    st.integers(1, 121),
    st.integers(0, 60),
    st.integers(20, 120),
    st.booleans(),
)
def test_frames_fit(source: str, column: int, length: int, width: int, is_ascii: bool) -> None:  # noqa: FBT001
    """No frame is wider than the screen (or the least that a frame needs), whatever is in it."""
    column = min(column, len(source) + 1)
    lines = framed(source, at(1, column, column + length), terminal=Terminal(width, is_ascii=is_ascii))
    assert all(width_of(line) <= max(width - 4, 30) for line in lines)


def test_label_goes_below_where_it_does_not_fit() -> None:
    """A text beside the caret that would be broken at the edge stands on a line of its own."""
    label = "did you mean `1280:720` (16:9)?"
    lines = framed("      ratio: 1920:1080 # " + "x" * 9, at(1, 14, 23), label, NARROW)
    assert lines[1:] == [f"             ^^^^^^^^^ {label}"]
    lines = framed(" " * 30 + "ratio: 1920:1080", at(1, 38, 47), label, NARROW)
    assert lines[1:] == [" " * 37 + "^^^^^^^^^", " " * 25 + label]


def test_ascii_measures_what_is_shown() -> None:
    """In ASCII the caret stands below the escaped text."""
    assert framed("a: é → b", at(1, 8, 9), terminal=ASCII) == ["a: \\xe9 -> b", "           ^"]


def test_colour_paints_the_parts() -> None:
    """With colour the severity, the frame and the caret are painted; the text stays the same."""
    item = finding(at(1, 1, 2), "here")
    painted = render_diagnostics([item], {"teaser.yaml": "a"}, Terminal(100, has_colour=True))
    assert "\x1b[31;1merror[RF311]\x1b[0m" in painted
    assert "\x1b[31m^ here\x1b[0m" in painted
    warning = Diagnostic(codes.UNUSED, "x", severity=Severity.WARNING)
    assert "\x1b[33;1mwarning" in render_diagnostics([warning], {}, Terminal(100, has_colour=True))


@pytest.mark.parametrize(
    ("item", "head"),
    [
        (finding(step="clip"), "clip: `a` is wrong"),
        (finding(at(1, 1, 2), step="clip"), "`a` is wrong"),
        (finding(at(1, 1, 2), step="clip[wide]"), "clip[wide]: `a` is wrong"),
        (finding(message="clip[wide] waits", step="clip[wide]"), "clip[wide] waits"),
        (Diagnostic(codes.MODERATED, "refused", at(1, 1, 2), step="voice"), "voice: refused"),
    ],
    ids=["no place", "place", "instance", "named in the message", "during a run"],
)
def test_subject(item: Diagnostic, head: str) -> None:
    """The instance is named where neither the place nor the message tells which it is."""
    first = render_diagnostics([item], {}, WIDE).split("\n")[0]
    assert first.partition("]: ")[2] == head


def test_lines_of_others_are_indented() -> None:
    """A message of several lines cannot pass for lines of ours."""
    text = render_error(UsageError("one\nerror[RF000]: two\n", notes=("three\nfour",), hint="five"), WIDE)
    assert text == (
        "error[RF435]: one\n      error[RF000]: two\n  = note: three\n      four\n  = help: five\n"
    )


def test_secrets_are_left_out() -> None:
    """Signed addresses, keys and data URIs appear neither in messages nor in the line that is shown."""
    address = "https://host/a.png?sig=abcdef"
    item = finding(at(1, 4, 4 + len(address)), message=f"{address} is gone")
    text = render_diagnostics([item], {"teaser.yaml": f"u: {address}"}, WIDE)
    assert "abcdef" not in text
    assert "abcdef" not in render_error(UsageError(f"at {address}", hint=address, notes=(address,)), WIDE)


def test_error_without_remarks() -> None:
    """A failure may be its message alone."""
    assert render_error(UsageError("no"), ASCII) == "error[RF435]: no\n"
