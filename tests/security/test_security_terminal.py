"""Text from elsewhere that wants to steer the terminal that shows it."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from runway_flow.cli.failures import exit_after_bug
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.kernel.errors import MediaError
from runway_flow.report.annotations import github_lines
from runway_flow.report.diagnostics import render_diagnostics, render_error
from runway_flow.report.json_text import json_text
from runway_flow.report.terminal import Terminal
from tests.fakes.runway_api import CANARY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.security.conftest import Said

STEERS = "\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\r\u202egpj.exe\u2066\u200b\u2028\U000e0041\udc80"
LEFT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\u2028\u2029\U000e0041\ud800-\udfff]"
)
QUOTED = json.dumps("".join(sign for sign in STEERS if not "\ud800" <= sign <= "\udfff"))
QUOTED = QUOTED.replace("\\udb40\\udc41", "\\U000e0041")
FLOW = f"""\
version: 1
description: {QUOTED}
x-more: {{ {QUOTED}: 1 }}
inputs: {{x: {{type: string, default: {QUOTED}, description: {QUOTED}}}}}
steps:
  still:
    uses: gen4_image
    description: {QUOTED}
    foreach: {{name: [{QUOTED}, b]}}
    with: {{ratio: "1280:720", prompt_text: "${{{{ inputs.x }}}}"}}
outputs: {{pictures: "${{{{ steps.still.outputs }}}}"}}
"""


@pytest.mark.parametrize(
    "words",
    [
        *(("plan",), ("plan", "--expanded"), ("plan", "--json"), ("validate",), ("validate", "--json")),
        *(("validate", "--format", "github"), ("validate", "--format", "sarif")),
        *(("run", "--emulate", "--speed", "10000", "--progress", "plain"), ("run", "--emulate", "--json")),
        *(("run", "--emulate", "-q"), ("run", "--emulate", "--progress", "json")),
    ],
    ids=" ".join,
)
def test_a_flow_steers_nothing(evil: Path, run: Callable[..., Said], words: tuple[str, ...]) -> None:
    """Keys, prompts and descriptions are shown as text, in every form of every command."""
    path = evil / "flow.yaml"
    path.write_text(FLOW, encoding="utf-8")
    said = run(words[0], str(path), *words[1:])
    assert said.code in (0, 1, 3), said.err
    assert not LEFT.findall(said.all)
    names = [str(item.relative_to(evil.parents[1])) for item in evil.parents[1].rglob("out/**/*")]
    assert not LEFT.findall("".join(names))


@pytest.mark.parametrize(
    "wrong",
    [
        f"steps: {{ {QUOTED}: 1 }}",
        f"{QUOTED}: 1",
        f"steps: {{a: {{uses: {QUOTED}}}}}",
        f"steps: {{a: {{uses: gen4_image, with: {{ratio: {QUOTED}, prompt_text: x}}}}}}",
        f"steps: {{a: {{uses: gen4_image, with: {{ {QUOTED}: 1 }}}}}}",
        f"inputs: {{x: {{type: image, default: {QUOTED}}}}}",
        f"inputs: {{x: {{type: text, file: {QUOTED}}}}}",
        f"inputs: {{x: {{type: string, pattern: {QUOTED}, default: b}}}}",
    ],
)
@pytest.mark.parametrize("form", ["text", "github", "sarif"])
def test_mistakes_steer_nothing(evil: Path, run: Callable[..., Said], wrong: str, form: str) -> None:
    """What a message repeats of a flow is cleaned."""
    path = evil / "flow.yaml"
    path.write_text(f"version: 1\n{wrong}\n", encoding="utf-8")
    assert not LEFT.findall(run("validate", str(path), "--format", form).all)


def test_messages_of_programs_and_services() -> None:
    """What ffmpeg complains and what the API says is cleaned where they are shown, with their notes."""
    error = MediaError(f"ffmpeg failed: {STEERS}", hint=STEERS, notes=(STEERS, f"a\n{STEERS}"))
    finding = Diagnostic(codes.FILE_NOT_MEDIA, STEERS, Span(STEERS, 1, 1, 1, 2), hint=STEERS, label=STEERS)
    for terminal in (Terminal(80), Terminal(80, is_ascii=True)):
        assert not LEFT.findall(render_error(error, terminal))
        assert not LEFT.findall(render_diagnostics([finding], {STEERS: STEERS}, terminal))
    assert not LEFT.findall(github_lines({"f": [Diagnostic(codes.FILE_NOT_MEDIA, STEERS)]}))


def test_json_is_escaped_and_the_same() -> None:
    """JSON on a terminal steers it no more than text does, and still means the same."""
    data = {STEERS: [STEERS, "Größe 灯 👩\u200d💻"]}
    for encoding in ("utf-8", "ascii"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        text = json_text(data, stream, indent=2)
        assert not LEFT.findall(text)
        assert json.loads(text) == data


def test_markup_is_only_text(evil: Path, run: Callable[..., Said]) -> None:
    """Neither a page's nor rich's markup in a prompt means anything."""
    (evil / "flow.yaml").write_text(
        'version: 1\nsteps: {s: {uses: gen4_image, with: {ratio: "1280:720", '
        'prompt_text: "<script>alert(1)</script> [bold red]x[/] [link=file:///etc/passwd]y[/link]"}}}\n',
        encoding="utf-8",
    )
    said = run("plan", str(evil / "flow.yaml"), "--expanded", "--color", "always")
    assert "[bold red]x[/] [link=file:///etc/passwd]y[/link]" in said.out
    assert "\x1b]8" not in said.all


def test_a_crash_shows_no_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The trace of a bug holds neither the key, whatever its form, nor what steers a terminal."""
    for key in (CANARY, "an-odd-key-of-another-host"):
        monkeypatch.setenv("RUNWAYML_API_SECRET", key)
        exit_after_bug(RuntimeError(f"Authorization: Bearer {key} {key} {STEERS}"), ())
        said = capsys.readouterr()
        assert key not in said.err
        assert "RuntimeError" in said.err
        assert not LEFT.findall(said.err)
