"""Rules of input values: where they come from, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.files import FileProblem
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.values import Deferred
from runway_flow.spec.builder import build_flow
from runway_flow.spec.given_inputs import GivenInput, read_inputs_file, read_option
from runway_flow.spec.inputs import resolve_inputs
from runway_flow.spec.media_path import MediaPath, folder_of, is_address, join_path
from runway_flow.spec.reader import read_document

if TYPE_CHECKING:
    from runway_flow.spec.flow import Flow

FILES = {
    join_path("flows", "brief.md"): "One.\nTwo.\n",
    join_path("flows", "name.txt"): "Lamp\n",
    join_path("flows", "shots.json"): '[{"id": "a", "picture": "a.png"}]',
    join_path("flows", "hero.yaml"): "hero.png\n",
    join_path("flows", "bad.yaml"): "a: @b\n",
    join_path("flows", "warned.yaml"): "[50% grey # warm\n]\n",
    "note.txt": "Line\n",
}


def read_text(path: str) -> str | FileProblem:
    """Read a file of the table above."""
    return FILES.get(path, FileProblem(codes.FILE_UNREADABLE, f"no file {path}"))


def flow_of(inputs: str) -> Flow:
    """Build a flow with the given declarations."""
    document, _ = read_document(f"version: 1\ninputs:\n{inputs}\nsteps: {{a: {{uses: x}}}}\n", "flows/f.yaml")
    assert document is not None
    flow, findings = build_flow(document)
    assert flow is not None
    assert findings == ()
    return flow


def values_of(inputs: str, *options: str, file: str | None = None) -> dict[str, object]:
    """Resolve inputs without a finding."""
    given: dict[str, GivenInput] = {}
    if file is not None:
        more, findings = read_inputs_file("given/values.yaml", file)
        assert findings == ()
        given.update(more)
    for text in options:
        option = read_option(text, read_text, "here")
        assert not isinstance(option, Diagnostic)
        given[option[0]] = option[1]
    values, findings = resolve_inputs(flow_of(inputs), given, read_text)
    assert findings == ()
    return dict(values)


def test_without_value_and_default_an_input_is_null() -> None:
    """An input that nobody gives is null; so is one whose default is null."""
    assert values_of("  a: {type: image}\n  b: {type: list, default: }") == {"a": None, "b": None}


def test_the_given_value_wins_over_the_default() -> None:
    """What a run is given replaces the default, null included."""
    declared = "  a: {type: integer, default: 5}"
    assert values_of(declared, "a=7") == {"a": 7}
    assert values_of(declared, "a=null") == {"a": None}


@pytest.mark.parametrize("kind", ["string", "text"])
@pytest.mark.parametrize("text", ["5", "true", "null", "a: b", "@", "[x", " x ", ""])
def test_texts_of_the_command_line_are_not_yaml(kind: str, text: str) -> None:
    """`-i` of a text type takes the text as it is typed."""
    flow = flow_of(f"  a: {{type: {kind}}}")
    values, findings = resolve_inputs(flow, {"a": GivenInput(text, "", "-i a=…")}, read_text)
    assert (dict(values), findings) == ({"a": text}, ())


def test_other_types_of_the_command_line_are_yaml() -> None:
    """`-i` of another type is read as YAML."""
    declared = "  a: {type: list, of: string}\n  b: {type: boolean}\n  c: {type: object}\n  d: {type: number}"
    given = ("a=[es, fr]", "b=true", "c={x: [1, 2]}", "d=1e3")
    assert values_of(declared, *given) == {"a": ("es", "fr"), "b": True, "c": {"x": (1, 2)}, "d": 1000.0}


def test_lists_are_tuples_and_missing_members_are_null() -> None:
    """Values are frozen as far as they can be; an optional member that is missing is null."""
    values = values_of(
        "  a: {type: list, of: {id: string, n?: integer, m?: integer}, default: [{id: x, m: }]}"
    )
    assert values == {"a": ({"id": "x", "n": None, "m": None},)}


def test_media_paths_start_from_the_file_that_names_them() -> None:
    """A default starts from the flow's folder, a file of values from its own, `-i` from the current one."""
    declared = "  a: {type: image, default: x.png}\n  b: {type: image}\n  c: {type: image}"
    values = values_of(declared, "c=z.png", file="b: ../y.png\n")
    paths = {name: value.path for name, value in values.items() if isinstance(value, MediaPath)}
    assert paths == {"a": join_path("flows", "x.png"), "b": "y.png", "c": join_path("here", "z.png")}
    assert isinstance(values["b"], MediaPath)
    assert values["b"].written == "../y.png"
    assert values["b"].span is not None
    assert isinstance(values["c"], MediaPath)
    assert values["c"].span is None


def test_media_inside_lists_and_objects_are_paths_too() -> None:
    """A medium is a `MediaPath` wherever its type stands."""
    values = values_of(
        "  a: {type: list, of: {p: image, q?: {type: list, of: audio}}, default: [{p: x.png, q: [y.mp3]}]}"
    )
    assert isinstance(values["a"], tuple)
    item = values["a"][0]
    assert item["p"].path == join_path("flows", "x.png")
    assert item["q"][0].path == join_path("flows", "y.mp3")


def test_addresses_and_pinned_media_stay_as_they_are() -> None:
    """`https://…`, `runway://…`, `data:…` and `{url, sha256}` are no paths."""
    declared = "  a: {type: image}\n  b: {type: video}\n  c: {type: audio}\n  d: {type: image}"
    given = (
        "a=https://x.org/a.png",
        "b=runway://abc",
        "c=data:audio/wav;base64,AA==",
        "d={url: 'https://x', sha256: ab}",
    )
    assert values_of(declared, *given) == {
        "a": "https://x.org/a.png",
        "b": "runway://abc",
        "c": "data:audio/wav;base64,AA==",
        "d": {"url": "https://x", "sha256": "ab"},
    }


def test_a_path_of_the_command_line_is_not_yaml() -> None:
    """A path may hold what YAML would read as something else."""
    for written in ("#1 a: b.png", "{odd.png", "C:\\pictures\\a.png"):
        value = values_of("  a: {type: image}", f"a={written}")["a"]
        assert isinstance(value, MediaPath)
        assert value.written == written


def test_text_files_are_values() -> None:
    """`file:` of a text is the file's text; of a string its last line break is dropped."""
    values = values_of("  a: {type: text, file: brief.md}\n  b: {type: string, file: name.txt}")
    assert values == {"a": "One.\nTwo.\n", "b": "Lamp"}


def test_other_files_are_yaml_or_json() -> None:
    """`file:` of another type is data; its paths are relative to the flow file."""
    values = values_of(
        "  a: {type: list, of: {id: string, picture: image}, file: shots.json}\n"
        "  b: {type: image, file: hero.yaml}"
    )
    assert isinstance(values["a"], tuple)
    assert values["a"][0]["picture"].path == join_path("flows", "a.png")
    assert isinstance(values["b"], MediaPath)
    assert values["b"].path == join_path("flows", "hero.png")


def test_a_file_is_read_only_where_its_value_is_needed() -> None:
    """A given value spares the file of the declaration."""
    assert values_of("  a: {type: text, file: missing.md}", "a=x") == {"a": "x"}


def test_an_at_sign_reads_a_text_file() -> None:
    """`-i name=@FILE` gives a text the file's content, relative to the current folder."""
    flow = flow_of("  a: {type: text}\n  b: {type: string}")
    option = read_option("a=@note.txt", read_text)
    assert not isinstance(option, Diagnostic)
    values, _ = resolve_inputs(flow, {"a": option[1], "b": option[1]}, read_text)
    assert dict(values) == {"a": "Line\n", "b": "Line"}


def test_required_inputs_are_open_questions_to_a_check() -> None:
    """Without a run a required input is deferred, a medium with its kind."""
    flow = flow_of(
        "  a: {type: string, required: true}\n  b: {type: image, required: true}\n  c: {type: string}"
    )
    values, findings = resolve_inputs(flow, {}, read_text, is_complete=False)
    assert findings == ()
    assert dict(values) == {"a": Deferred(), "b": Deferred(kind=MediaKind.IMAGE), "c": None}


def test_a_wrong_value_is_not_also_missing() -> None:
    """A required input with a wrong value gets one finding."""
    flow = flow_of("  a: {type: integer, required: true}")
    _, findings = resolve_inputs(flow, {"a": GivenInput("x", "", "-i a=…")}, read_text)
    assert [item.code.id for item in findings] == ["RF403"]


def test_a_wrong_default_is_found_even_where_it_is_not_used() -> None:
    """Defaults are judged with every value."""
    _, findings = resolve_inputs(
        flow_of("  a: {type: integer, default: x}"), {"a": GivenInput("5")}, read_text
    )
    assert [item.code.id for item in findings] == ["RF403"]


def test_a_file_that_is_no_yaml_has_its_own_findings() -> None:
    """The findings of a data file point into it; a warning does not keep its value from being used."""
    _, findings = resolve_inputs(flow_of("  a: {type: object, file: bad.yaml}"), {}, read_text)
    assert [(item.code.id, item.span.path if item.span else "") for item in findings] == [
        ("RF101", join_path("flows", "bad.yaml"))
    ]
    values, findings = resolve_inputs(flow_of("  a: {type: list, file: warned.yaml}"), {}, read_text)
    assert values["a"] == ("50% grey",)
    assert [item.code.id for item in findings] == ["RF116"]


def test_yaml_of_the_command_line_has_no_place() -> None:
    """A finding about `-i` names the option instead of a place."""
    _, findings = resolve_inputs(
        flow_of("  a: {type: list}"), {"a": GivenInput("[x", "", "-i a=…")}, read_text
    )
    assert [(item.code.id, item.span) for item in findings] == [("RF403", None)]
    assert findings[0].message.startswith("-i a=…: ")


def test_a_warning_about_the_command_line_keeps_its_value() -> None:
    """What only warns leaves the value standing."""
    given = {"a": GivenInput("[50% grey # warm\n]", "", "-i a=…")}
    values, findings = resolve_inputs(flow_of("  a: {type: list}"), given, read_text)
    assert values["a"] == ("50% grey",)
    assert [item.is_error for item in findings] == [False]


def test_an_empty_file_of_values_gives_none() -> None:
    """`--inputs` of an empty file gives nothing, and is no mistake."""
    assert read_inputs_file("v.yaml", "# nothing\n") == ({}, ())


def test_one_and_true_are_not_the_same_choice() -> None:
    """Choices are compared as values of their types."""
    flow = flow_of("  a: {type: list, choices: [1]}\n  b: {type: number, choices: [1]}")
    given = {"a": GivenInput("[true, 1]", "", "-i a=…"), "b": GivenInput("1.0")}
    _, findings = resolve_inputs(flow, given, read_text)
    assert [item.code.id for item in findings] == ["RF404"]


def test_paths_are_joined_as_text() -> None:
    """Joining looks nothing up; a path with a drive and an absolute one stay what they are."""
    assert join_path("a/b", "../c.png") == str(Path("a") / "c.png")
    assert join_path("", "c.png") == "c.png"
    assert join_path("a", "C:\\x\\y.png") == "C:\\x\\y.png"
    assert folder_of("a/b.yaml") == "a"
    assert folder_of("b.yaml") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x", True),
        ("RUNWAY://x", True),
        ("data:x", True),
        ("C:\\x", False),
        ("a/b.png", False),
        ("x:y", False),
    ],
)
def test_addresses_are_told_from_paths(text: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """A scheme with `://`, and `data:`, make an address."""
    assert is_address(text) is expected
