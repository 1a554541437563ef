"""`cache`: the store is listed, checked, cleaned up and carried to another machine."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from runway_flow.cli.byte_meter import ByteMeter
from runway_flow.cli.main import main
from runway_flow.cli.options import resolve_common
from runway_flow.engine.inventory import Use
from runway_flow.store.layout import StoreLayout
from runway_flow.store.opening import open_store
from runway_flow.store.presence import presence
from tests.fakes.clock import FakeClock
from tests.fakes.records import intend, make_intent, make_kept
from tests.fakes.schemas import faults

Capture = pytest.CaptureFixture[str]

FLOW = """\
version: 1
name: two
steps:
  still:
    uses: gen4_image
    with: {ratio: "1280:720", prompt_text: A lamp on a rock, seed: 7}
  clip:
    uses: gen4.5
    with: {ratio: "1280:720", duration: 2, prompt_image: "${{ steps.still.output }}", prompt_text: Push in}
  last:
    uses: media/frame
    with: {video: "${{ steps.clip.output }}", at: last}
"""


@pytest.fixture(autouse=True)
def flow(own_folder: Path) -> Path:
    """Work in a folder with one flow of two paid steps and a local one."""
    path = own_folder / "two.yaml"
    path.write_text(FLOW, encoding="utf-8")
    return path


@pytest.fixture
def layout(own_folder: Path) -> StoreLayout:
    """Give the store of the folder."""
    return StoreLayout(own_folder.parent / "store")


@pytest.fixture
def stored(capsys: Capture) -> None:
    """Run the flow once."""
    assert main(["run", "two.yaml", "--emulate", "-q"]) == 0
    capsys.readouterr()


def ask(capsys: Capture, kind: str, *words: str, code: int = 0) -> dict[str, Any]:
    """Call `cache` for its document, which is held against the schema."""
    assert main(["cache", *words, "--emulate", "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert faults(found, kind) == []
    return found


def damage(layout: StoreLayout, digest: str) -> None:
    """Change a byte of a blob."""
    path = layout.blobs / digest[:2] / digest
    path.chmod(0o600)
    path.write_bytes(b"!" + path.read_bytes()[1:])


def test_nothing_kept(capsys: Capture, layout: StoreLayout) -> None:
    """Without a store every command that only looks says so, and makes none."""
    assert main(["cache", "ls"]) == 0
    assert capsys.readouterr().out == "nothing is kept yet\n"
    assert ask(capsys, "cache_list", "ls") == {"version": 1, "results": []}
    assert main(["cache", "verify"]) == 0
    assert capsys.readouterr().out == "✓ 0 blobs (0 B), 0 records: all as they should be\n"
    assert main(["cache", "gc"]) == 0
    assert capsys.readouterr().out == "removed 0 blobs (0 B); 0 B are left\n"
    assert main(["cache", "export", "all.tar"]) == 2
    assert "there is no result to export" in capsys.readouterr().err
    assert not layout.root.exists()


@pytest.mark.usefixtures("stored")
def test_list(capsys: Capture) -> None:
    """Each result has a line with its key, use, maker, kind, size and credits."""
    assert main(["cache", "ls", "--emulate"]) == 0
    head, *lines, empty, sums = capsys.readouterr().out.splitlines()
    assert head.split() == ["key", "used", "by", "made", "by", "gives", "size", "age", "credits"]
    assert sorted(line.split()[1:4] for line in lines) == [
        ["two", "·", "clip"], ["two", "·", "last"], ["two", "·", "still"],
    ]  # fmt: skip
    assert empty == ""
    assert sums.startswith("3 results · ")
    assert sums.endswith(" credits")
    listed = ask(capsys, "cache_list", "ls")["results"]
    assert {one["model"]: one["realm"] for one in listed} == {
        "gen4_image": "local", "gen4.5": "local", None: None,
    }  # fmt: skip
    assert all(one["whole"] for one in listed)


@pytest.mark.usefixtures("stored")
def test_realms_are_not_mixed(capsys: Capture) -> None:
    """What cost nothing is not listed among what was paid for, and the reader is told."""
    assert main(["cache", "ls"]) == 0
    out, err = capsys.readouterr()
    assert "clip" not in out
    assert "last" in out
    assert err == "2 more results not listed: `--emulate` lists the emulated ones\n"
    assert main(["cache", "ls", "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["cache", "export", "paid.tar", "two", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 1


def test_results_of_another_service(capsys: Capture, layout: StoreLayout) -> None:
    """Paid results are not listed among emulated ones."""
    with open_store(layout.root, create=True) as store:
        store.state.add_results([make_kept()])
    assert main(["cache", "ls", "--emulate"]) == 0
    assert capsys.readouterr() == (
        "nothing is kept yet\n",
        "1 more result not listed: made with another service\n",
    )


@pytest.mark.usefixtures("stored")
def test_show(capsys: Capture) -> None:
    """The start of a key is enough; the document is what the key stands for."""
    key = next(one["key"] for one in ask(capsys, "cache_list", "ls")["results"] if one["model"] == "gen4.5")
    shown = ask(capsys, "cache_details", "show", key[:12])["result"]
    assert shown["key"] == key
    assert shown["document"]["request"]["promptText"] == "Push in"
    assert shown["earlier_results"] == 0
    assert main(["cache", "show", key.upper()]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"key      {key}\n")
    assert "used by  two · clip\n" in out
    assert '"promptText": "Push in"' in out


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("key", ["zz", ""])
def test_show_of_no_key(capsys: Capture, key: str) -> None:
    """A key that nothing has is a wrong command line."""
    assert main(["cache", "show", key]) == 2
    assert f"no result has the key `{key}`" in capsys.readouterr().err


def test_show_of_several_keys(capsys: Capture, layout: StoreLayout) -> None:
    """A start that several keys have is not enough; some of them are named."""
    with open_store(layout.root, create=True) as store:
        store.state.add_results([make_kept(str(number)) for number in range(17)])
    key = next(start for start in "0123456789abcdef" if _count(capsys, start) > 1)
    assert main(["cache", "show", key]) == 2
    assert f"several keys begin with `{key}`" in capsys.readouterr().err


def _count(capsys: Capture, start: str) -> int:
    assert main(["cache", "ls", "--json"]) == 0
    return sum(one["key"].startswith(start) for one in json.loads(capsys.readouterr().out)["results"])


@pytest.mark.usefixtures("stored")
def test_verify(capsys: Capture, layout: StoreLayout) -> None:
    """Damage is put aside and ends with 1; the next time its absence is a normal state."""
    assert ask(capsys, "cache_verification", "verify")["sound"]
    result = ask(capsys, "cache_list", "ls")["results"][0]
    digest = result["outputs"][0]["sha256"]
    damage(layout, digest)
    found = ask(capsys, "cache_verification", "verify", code=1)
    assert [one["name"] for one in found["damaged"]] == [digest]
    assert found["damaged"][0]["aside"].startswith(str(layout.quarantine))
    again = ask(capsys, "cache_verification", "verify")
    assert again["sound"]
    assert [(one["sha256"], one["keys"]) for one in again["missing"]] == [(digest, [result["key"]])]
    assert main(["cache", "verify"]) == 0
    assert "1 blob of known results not here; fetched when needed:\n" in capsys.readouterr().out


@pytest.mark.usefixtures("stored")
def test_clean_up(capsys: Capture) -> None:
    """On request what was not used for long goes; its record stays, and a dry run only says so."""
    wanted = ["gc", "--older-than", "0s"]
    dry = ask(capsys, "cache_pruning", *wanted, "--dry-run")
    assert (dry["dry_run"], dry["removed"]["blobs"]) == (True, 3)
    assert all(one["whole"] for one in ask(capsys, "cache_list", "ls")["results"])
    done = ask(capsys, "cache_pruning", *wanted)
    assert (done["dry_run"], done["removed"]) == (False, dry["removed"])
    assert not any(one["whole"] for one in ask(capsys, "cache_list", "ls")["results"])
    assert main(["cache", "gc", "--max-size", "1GB"]) == 0
    assert capsys.readouterr().out == "removed 0 blobs (0 B); 0 B are left\n"


def test_clean_up_waits_for_others(capsys: Capture, layout: StoreLayout) -> None:
    """Nothing is removed while a process uses the store: it is named, with what it works on."""
    with open_store(layout.root, create=True) as store, presence(layout, 0.0) as owner:
        intend(store.state, make_intent())
        store.state.acquire_lease(make_intent().key, owner, 0.0, lambda _: True)
        assert main(["cache", "gc"]) == 8
        err = capsys.readouterr().err
        assert f"error[RF711]: the store is in use by process {os.getpid()}\n" in err
        assert f"process {os.getpid()} works on clip[wide] of teaser" in err
        assert main(["cache", "gc", "--dry-run"]) == 0
    assert main(["cache", "gc"]) == 0


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--max-size", "much"), ("--max-size", "5 XB"), ("--max-size", "-1"), ("--older-than", "30"),
     ("--older-than", "old"), ("--older-than", "")],
)  # fmt: skip
def test_sizes_and_ages(capsys: Capture, flag: str, value: str) -> None:
    """A size and an age that cannot be read are wrong command lines; an age needs its unit."""
    assert main(["cache", "gc", f"{flag}={value}"]) == 2
    assert f"{flag} takes a" in capsys.readouterr().err


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("selection", ["two.yaml", "two", "RUN", None])
def test_another_machine(capsys: Capture, own_folder: Path, selection: str | None) -> None:
    """With an exported flow another machine finds everything stored, pays nothing, makes the same film."""
    if selection == "RUN":
        assert main(["runs", "ls", "--json"]) == 0
        selection = json.loads(capsys.readouterr().out)["runs"][0]["id"]
    words = [] if selection is None else [selection]
    sent = ask(capsys, "cache_transfer", "export", "two.tar", *words)
    assert (sent["records"], sent["blobs"], sent["missing_blobs"]) == (3, 3, 0)
    elsewhere = ["--store", str(own_folder / "elsewhere")]
    taken = ask(capsys, "cache_transfer", "import", "two.tar", *elsewhere)
    assert (taken["records"], taken["blobs"], taken["bytes"]) == (3, 3, sent["bytes"])
    assert main(["plan", "two.yaml", "--emulate", "--json", *elsewhere]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert {step["state"] for step in plan["steps"]} == {"stored"}
    assert (plan["has_work"], plan["credits"]["high"]) == (False, 0)
    before = {path.name: path.read_bytes() for path in (own_folder / "out" / "two").glob("*.*")}
    assert main(["run", "two.yaml", "--emulate", "--json", "--out", "again", *elsewhere]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["credits_spent"], summary["ran"]) == (0, 0)
    after = {path.name: path.read_bytes() for path in (own_folder / "again" / "two").glob("*.*")}
    assert {name: data for name, data in after.items() if name[0] != "."} == {
        name: data for name, data in before.items() if name[0] != "."
    }
    assert ask(capsys, "cache_transfer", "import", "two.tar", *elsewhere)["known_records"] == 3


def test_what_other_flows_have_stays(capsys: Capture, layout: StoreLayout) -> None:
    """Of a flow go its own results, and no word of other flows that have them, too."""
    shared = make_kept("shared")
    other = Use("secret", "clip")
    with open_store(layout.root, create=True) as store:
        store.state.add_results(
            [replace(shared, uses=(*shared.uses, other)), replace(make_kept("x"), uses=(other,))]
        )
    assert main(["cache", "export", "teaser.tar", "teaser", "--json"]) == 0
    sent = json.loads(capsys.readouterr().out)
    assert (sent["records"], sent["missing_blobs"]) == (1, 1)
    assert b"secret" not in Path("teaser.tar").read_bytes()


@pytest.mark.usefixtures("stored")
def test_transfer_in_words(capsys: Capture) -> None:
    """What was carried is said in a line; a file that is there is not overwritten."""
    assert main(["cache", "export", "two.tar", "--emulate"]) == 0
    assert capsys.readouterr().out.startswith("✓ two.tar: 3 results, 3 blobs (")
    assert main(["cache", "export", "two.tar", "--emulate"]) == 4
    assert "error[RF704]: " in capsys.readouterr().err
    assert main(["cache", "import", "two.tar"]) == 0
    assert capsys.readouterr().out == "✓ 0 results and 0 blobs (0 B) taken; 3 results known already\n"


@pytest.mark.usefixtures("stored")
def test_selection_that_nothing_has(capsys: Capture, own_folder: Path) -> None:
    """A name that no flow and no run has is a wrong command line; so is a file that is no flow."""
    assert main(["cache", "export", "x.tar", "tow", "--emulate"]) == 2
    err = capsys.readouterr().err
    assert "no flow with kept results and no run is called `tow`" in err
    assert "did you mean `two`?" in err
    assert main(["cache", "export", "x.tar", "zzzzzz", "--emulate"]) == 2
    assert "flows: two" in capsys.readouterr().err
    (own_folder / "none.yaml").write_text("version: 9\n", encoding="utf-8")
    assert main(["cache", "export", "x.tar", "none.yaml", "--emulate"]) == 2
    assert "`runway-flow validate none.yaml` says what is wrong with it" in capsys.readouterr().err


def test_import_of_what_is_no_archive(capsys: Capture, flow: Path) -> None:
    """A file that is no archive, and one that is not there, have a code and leave nothing behind."""
    assert main(["cache", "import", str(flow)]) == 4
    assert "error[RF706]: the archive cannot be used: it is no tar" in capsys.readouterr().err
    assert main(["cache", "import", "missing.tar"]) == 4
    assert "error[RF706]: cannot read missing.tar: No such file" in capsys.readouterr().err
    assert ask(capsys, "cache_list", "ls")["results"] == []


class TestByteMeter:
    """How far reading is."""

    def test_lines_where_there_is_no_terminal(self, capsys: Capture) -> None:
        """A line every half minute."""
        clock = FakeClock()
        meter = ByteMeter("reading", resolve_common({}), clock)
        meter.show(1000, 5000)
        clock.time += 31
        meter.show(2000, 5000)
        clock.time += 31
        meter.add(3000)
        meter.end()
        assert capsys.readouterr().err == "reading: 2 kB of 5 kB\nreading: 3 kB\n"

    def test_one_line_on_a_terminal(self, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is written over, and gone in the end."""
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        clock = FakeClock()
        meter = ByteMeter("reading", resolve_common({}), clock)
        clock.time += 1
        meter.show(2000, 5000)
        meter.end()
        assert capsys.readouterr().err == "\r\x1b[Kreading: 2 kB of 5 kB\r\x1b[K"

    def test_nothing_if_quiet(self, capsys: Capture) -> None:
        """Who asked for quiet gets it."""
        clock = FakeClock()
        meter = ByteMeter("reading", resolve_common({"quiet": True}), clock)
        clock.time += 100
        meter.show(2000, 5000)
        meter.end()
        assert capsys.readouterr().err == ""
