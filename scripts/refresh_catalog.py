"""Writes the capability table: what the SDK or a description of the API says, joined with our overlay.

Prints what appeared, changed and vanished since the table that is there, and what the overlay must still
say: while there is such a thing, nothing is written. Then everything is generated that follows from the
table: schemas and pages. `--check` writes nothing and exits 1 if the table is out of step.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runway_flow.catalog.descriptions import endpoint_text, parameter_text, parts_of
from runway_flow.catalog.loader import read_catalog
from scripts.compare_catalog import Differences, differences
from scripts.join_catalog import join
from scripts.openapi_types import load_description, read_openapi
from scripts.readings import Reading, Row, in_order_of, row_key
from scripts.sdk_types import read_sdk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scripts.join_catalog import Table

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "runway_flow" / "catalog" / "data"
OVERLAY = DATA / "overlay.json"
TABLE = DATA / "capabilities.json"
KEPT = ROOT / "scripts" / "described.json"
"""What a description said, while the table is made of one; so `--check` needs no description."""


def main(given: list[str] | None = None) -> int:
    """Write the table and what follows from it, or with `--check` tell whether it is in step."""
    arguments = _arguments(given)
    overlay = json.loads(OVERLAY.read_text(encoding="utf-8"))
    old = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else {"rows": []}
    try:
        reading = _read(arguments, overlay)
    except (ImportError, OSError, RecursionError, TypeError, ValueError) as error:
        print(f"cannot be read: {error}", file=sys.stderr)
        return 2
    kept = _dump_reading(reading)
    new, unsaid = join(reading, overlay)
    own = [row for row in new["rows"] if row.get("local")]  # whose order is the overlay's
    new["rows"] = [*in_order_of([row for row in new["rows"] if row not in own], old["rows"]), *own]
    found = differences(old, new)
    unsaid += _dropped(found.gone, overlay)
    print("\n".join([*report(found, unsaid, new), *_wordless(new)]))
    is_stale = not TABLE.is_file() or TABLE.read_text(encoding="utf-8") != render(new)
    if arguments.check or unsaid:
        return int(is_stale or bool(unsaid))
    TABLE.write_text(render(new), encoding="utf-8", newline="\n")
    if "description" in reading.told:
        KEPT.write_text(kept, encoding="utf-8", newline="\n")
    else:
        KEPT.unlink(missing_ok=True)
    return 0 if arguments.table_only else _generate()


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--sdk", type=Path, metavar="PATH", help="a folder or a wheel with another `runwayml`"
    )
    source.add_argument("--openapi", type=Path, metavar="FILE", help="an OpenAPI 3 description, JSON or YAML")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if out of step")
    parser.add_argument("--table-only", action="store_true", help="write the table alone")
    return parser.parse_args(given)


def _read(arguments: argparse.Namespace, overlay: Mapping[str, Any]) -> Reading:
    """Read the source that is named; else the description that the table is made of, or the installed SDK."""
    if arguments.openapi is not None:
        return read_openapi(load_description(arguments.openapi), overlay)
    if arguments.sdk is not None:
        _use(arguments.sdk)
    elif KEPT.is_file():
        return Reading(**json.loads(KEPT.read_text(encoding="utf-8")))
    return read_sdk(overlay)


def _use(path: Path) -> None:
    """Let Python find the SDK in a folder, or in a wheel, before the installed one."""
    if path.is_dir() and not (path / "runwayml").is_dir():
        message = f"there is no `runwayml` in {path}"
        raise ImportError(message)
    sys.path.insert(0, str(path.resolve(strict=True)))


def _dump_reading(reading: Reading) -> str:
    lines = ",\n".join(map(_render_row, reading.rows))
    return f'{{"told":{_dump(reading.told)},"unknown":{_dump(reading.unknown)},"rows":[\n{lines}\n]}}\n'


def _generate() -> int:
    """Write schemas and pages; another process reads the table that was just written."""
    command = [sys.executable, str(ROOT / "scripts" / "generate.py"), "--table-is-new"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - our own script


def report(found: Differences, unsaid: list[str], table: Table) -> Iterator[str]:
    """Say what is different, which rows to retire, and what the overlay must still say."""
    told = f"the table of {table['date']}, made of {_source(table)}"
    if not found and not unsaid:
        yield f"nothing appeared, changed or vanished: {told}"
        return
    yield told
    for title in ("appeared", "changed", "vanished"):
        lines = getattr(found, title)
        if lines:
            yield from ("", f"{title}:", *(f"  {line}" for line in sorted(lines)))
    if found.gone:
        yield from (
            "",
            "candidates for `retired` in overlay.json, with the day and the model that takes their place:",
        )
        yield from (f"  {line}" for line in _candidates(found.gone))
    if unsaid:
        yield from ("", "nothing is written until overlay.json says, or no longer says:")
        yield from (f"  {line}" for line in unsaid)


def _wordless(table: Table) -> Iterator[str]:
    """Name what has no words yet in descriptions.json; it is shown without any until then."""
    rows = read_catalog(table).rows
    found = [row.endpoint for row in rows if not endpoint_text(row)]
    found += [
        f"{row.uses} `{path}`"
        for row in rows
        for param in row.params
        for path, _, _ in parts_of(param)
        if not parameter_text(row, path)
    ]
    if found:
        yield from (
            "",
            "without words in descriptions.json:",
            *(f"  {each}" for each in dict.fromkeys(found)),
        )


def _dropped(gone: list[Row], overlay: Mapping[str, Any]) -> list[str]:
    """Name rows that would be gone although nobody has retired their models."""
    rows = [row for row in gone if (row["model"] or row["endpoint"]) not in overlay["retired"]]
    return [f"`retired`: what became of {row_key(row)}" for row in rows if not row.get("local")]


def _source(table: Table) -> str:
    if "description" in table:
        return str(table["description"])
    installed = version("runwayml")
    told = f"runwayml {table['sdk']}"
    return told if table["sdk"] == installed else f"{told}; {installed} is installed: raise the pin"


def _candidates(gone: list[Row]) -> Iterator[str]:
    """Give entries to paste: the rows as they were last known, each model once."""
    by_model: dict[str, list[Row]] = {}
    for row in gone:
        by_model.setdefault(row["model"] or row["endpoint"], []).append(row)
    for model, rows in by_model.items():
        yield f"{_dump(model)}: {_dump({'gone': '?', 'replacement': '?', 'rows': rows})}"


def render(table: Table) -> str:
    """Write the table with one parameter a line, so that a change is a readable difference."""
    head = {key: value for key, value in table.items() if key != "rows"}
    lines = [f"{_dump(key)}:{_dump(value)}," for key, value in head.items()]
    return "{\n" + "\n".join(lines) + '\n"rows":[\n' + ",\n".join(map(_render_row, table["rows"])) + "\n]}\n"


def _render_row(row: Row) -> str:
    head = _dump({key: value for key, value in row.items() if key != "params"})[:-1]
    params = ",\n  ".join(map(_dump, row["params"]))
    return f'{head},"params":[\n  {params}]}}'


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
