"""Flows and folders that want to hang, crash, cheat or take over whoever looks at them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.codes import ExitCode
from runway_flow.spec.reader import read_document
from tests.fakes.runway_api import CANARY
from tests.security.conftest import STEP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.security.conftest import Said

TEXT = 'steps: {s: {uses: gen4_image, with: {ratio: "1280:720", prompt_text: %s}}}\n'
LOOP = 'steps: {s: {uses: gen4_image, foreach: %s, with: {ratio: "1280:720", prompt_text: x}}}\n'
LAUGHS = "x-a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"x-{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMBS = {
    "brackets": "[" * 40_000,
    "closed brackets": "[]" * 200_000,
    "braces": "{" * 40_000,
    "dashes": "- " * 40_000,
    "questions": "? " * 40_000,
    "nested flow": "{a: " * 20_000 + "1" + "}" * 20_000,
    "laughs": LAUGHS,
    "merges": "x-a: &a {k: v}\nx-b: {<<: [*a, *a, *a]}\n",
    "itself": "x-a: &a [*a]\n",
    "tag": "x-a: !!python/object/apply:os.system ['touch pwned']\n",
    "name tag": "x-a: !!python/name:os.system ''\n",
    "long number": f"x-a: {'9' * 300_000}\n",
    "base 60": f"x-a: {':'.join(['59'] * 100_000)}\n",
    "hexadecimal": f"x-a: 0x{'f' * 10_000}\n",
    "exponent": "x-a: 1e999999999\n",
    "duplicate": "steps: {}\nsteps: {}\n",
    "escapes in a key": '"x-\\e[2J\\u202e": 1\n"\\u0073teps": {}\n',
    "control character": "x-a: \x1b[2J\n",
    "null byte": "x-a: \0\n",
    "long line": f"x-a: {'a' * 3_000_000}\n",
    "too long": f"x-a: {'a' * 5_000_000}\n",
    "many mistakes": "x: *y\n" * 20_000,
    "many quotes": '"' * 100_001,
    "many anchors": "".join(f"x-{number}: &a{number} 1\n" for number in range(50_000)),
    "directives": "%TAG ! tag:evil,2000:\n" * 5_000,
    "documents": "---\n" * 50_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_yaml_bombs(name: str) -> None:
    """No text makes the reader crash, recurse, run or be slow, whatever it says about it."""
    start = time.process_time()
    read_document("version: 1\n" + BOMBS[name], "evil.yaml")
    assert time.process_time() - start < 2  # half a second where nothing measures coverage


EXPRESSIONS = {
    "big number": "${{ " + " * ".join(["99999999999999999"] * 40) + " }}",
    "range": "${{ range(-10000000000, 10000000000) | list | length }}",
    "text": "${{ 'aaaaaaaaaa'" + " | replace('a', 'aaaaaaaaaa')" * 20 + " }}",
    "join": "${{ range(10000) | join('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') }}",
    "repeated text": "${{ 'a' * 1000000000 }}",
    "format": "${{ '%1000000000d' % 1 }}",
    "power": "${{ 9 ** 9 ** 9 }}",
    "json": "${{ '" + "[" * 5_000 + "' | fromjson }}",
    "parentheses": "${{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "nots": "${{ " + "not " * 3_000 + "true }}",
    "sum of sums": "${{ range(10000) | map('abs') | sort | unique | reverse | list | sum }}",
    "class": "${{ ''.__class__.__mro__ }}",
    "class by filter": "${{ '' | attr('__class__') }}",
    "globals": "${{ cycler.__init__.__globals__.os.environ }}",
    "environment": "${{ env.RUNWAYML_API_SECRET }}",
    "include": "${{ include('/etc/passwd') }}",
    "statement": "{% for a in range(10) %}${{ a }}{% endfor %}",
    "map by attribute": "${{ [inputs] | map(attribute='__class__') | list }}",
    "format string": "${{ '{0.__class__}'.format(1) }}",
    "lipsum": "${{ lipsum(n=1000) }}",
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions(evil: Path, run: Callable[..., Said], name: str) -> None:
    """An expression reaches nothing but its scope, and is refused when it grows."""
    path = evil / "flow.yaml"
    path.write_text(f"version: 1\n{TEXT % repr(EXPRESSIONS[name])}", encoding="utf-8")
    start = time.process_time()
    said = run("plan", str(path))
    assert time.process_time() - start < 4
    assert said.code in (ExitCode.DONE, ExitCode.INVALID)
    assert CANARY not in said.all
    assert "Traceback" not in said.err
    assert "built-in" not in said.all


@pytest.mark.parametrize(
    "lists",
    [
        "{a: '${{ range(10000) }}', b: '${{ range(10000) }}', c: '${{ range(10000) }}'}",
        "'${{ range(100000000) }}'",
    ],
)
def test_combinations(evil: Path, run: Callable[..., Said], lists: str) -> None:
    """Lists times lists are counted before they are made."""
    path = evil / "flow.yaml"
    path.write_text(f"version: 1\n{LOOP % lists}", encoding="utf-8")
    assert run("plan", str(path)).code == ExitCode.INVALID


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "(a|aa)+b", "(.*a){20}", "a*a*a*a*a*a*b", "(((a{1,99}){1,99}){9})"]
)
def test_patterns(evil: Path, run: Callable[..., Said], pattern: str) -> None:
    """A pattern that Python's own engine would try for years is answered at once."""
    path = evil / "flow.yaml"
    value = "a" * 5_000 + "!"
    path.write_text(
        f"version: 1\ninputs: {{x: {{type: string, pattern: '{pattern}', default: {value}}}}}\n{STEP}"
    )
    start = time.process_time()
    assert run("validate", str(path)).code == 1
    assert time.process_time() - start < 3


ADDRESSES = [
    *(
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "https://127.0.0.1/x.png",
        "https://localhost/x.png",
    ),
    *("https://user:password@example.com/x.png", "ftp://example.com/x.png", "gopher://example.com/"),
    *(
        "data:text/html,<script>alert(1)</script>",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "data:image/png;base64,AAAA",
    ),
    *(
        "javascript:alert(1)",
        "concat:a.png|b.png",
        "subfile,,start,0,end,0,,:photo.png",
        "pipe:0",
        "\\\\host\\share\\x.png",
    ),
    *(
        "https://127.1./x.png",
        "https://a.0177.1/x.png",
        "runway://",
        "data:,",
        "https://",
        "https://[::1]/x.png",
        "https://0x7f.1/x.png",
        "https://[::ffff:127.0.0.1]/x.png",
    ),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_of_media(evil: Path, run: Callable[..., Said], address: str) -> None:
    """What is no file of the flow's and no proper address is refused in the plan."""
    path = evil / "flow.yaml"
    film = (
        f"steps: {{c: {{uses: gen4.5, with: {{ratio: '1280:720', duration: 5, prompt_image: {address!r}}}}}}}"
    )
    path.write_text(f"version: 1\n{film}\n", encoding="utf-8")
    said = run("plan", str(path))
    assert said.code == ExitCode.INVALID
    assert "error[RF4" in said.err
    assert "password" not in said.err.partition("-->")[0]


@pytest.mark.parametrize("name", ["../../x", "con/../x", "/x", "a b", "CON", "..", "x\\y", "-rf", "é", ""])
def test_names_of_flows(evil: Path, run: Callable[..., Said], name: str) -> None:
    """The name of a flow, which names its output folder, is a slug."""
    path = evil / "flow.yaml"
    path.write_text(f"version: 1\nname: {name!r}\n{TEXT % 'x'}", encoding="utf-8")
    assert run("plan", str(path)).code == ExitCode.INVALID


HOSTILE_CONFIGURATIONS = {
    "a program": "ffmpeg = './ffmpeg'",
    "a program elsewhere": "ffmpeg = '/tmp/ffmpeg'",
    "all files": "allow_paths = ['/']",
    "the folder above": "allow_paths = ['..']",
    "a deep list": "jobs = " + "[" * 100_000,
    "deep tables": "jobs = " + "{a=" * 50_000,
    "a long number": "jobs = " + "9" * 6_000,
    "a key": "api_key = 'key_x'",
    "another host": "base_url = 'https://evil.example'",
    "another host allowed": "allow_hosts = ['evil.example']",
    "no confirmation": "yes = true",
    "programs": "allow_exec = true",
}


@pytest.mark.parametrize("name", HOSTILE_CONFIGURATIONS)
def test_a_configuration_that_came_with_the_folder(
    evil: Path, run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It can start no program, open no folder and send the key nowhere."""
    monkeypatch.chdir(evil)
    (evil / "runway-flow.toml").write_text(HOSTILE_CONFIGURATIONS[name], encoding="utf-8")
    (evil / "flow.yaml").write_text(f"version: 1\n{TEXT % 'x'}", encoding="utf-8")
    said = run("run", "flow.yaml", "--emulate")
    assert said.code == ExitCode.MACHINE
    assert "error[RF" in said.err


def test_a_hostile_environment_file_is_not_read(
    evil: Path, run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `.env` beside a flow leads the key nowhere: only a file that is named is read."""
    monkeypatch.chdir(evil)
    (evil / ".env").write_text("RUNWAYML_BASE_URL=https://evil.example\n", encoding="utf-8")
    (evil / "flow.yaml").write_text(f"version: 1\n{TEXT % 'x'}", encoding="utf-8")
    assert "evil.example" not in run("plan", "flow.yaml").all
    assert "RUNWAYML_BASE_URL" not in os.environ


def test_another_host_needs_a_flag(
    evil: Path, run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A base URL of the environment is named, and gets no key without `--allow-host`."""
    monkeypatch.setenv("RUNWAYML_BASE_URL", "https://evil.example")
    (evil / "flow.yaml").write_text(f"version: 1\n{TEXT % 'x'}", encoding="utf-8")
    said = run("run", str(evil / "flow.yaml"), "-y", "--progress", "plain")
    assert said.code == ExitCode.MACHINE
    assert "evil.example" in said.err
    assert "--allow-host evil.example" in said.err
    assert CANARY not in said.all


def test_patterns_of_a_table(evil: Path, run: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do patterns in a table of models that came with the folder."""
    monkeypatch.chdir(evil)
    (evil / "runway-flow.toml").write_text("tables = 'models.yaml'\n", encoding="utf-8")
    params = "{prompt_text: {type: string, pattern: '(a+)+b'}}"
    table = f"version: 1\nrows: {{text_to_image/evil: {{output: {{kind: image}}, params: {params}}}}}\n"
    (evil / "models.yaml").write_text(table, encoding="utf-8")
    flow = f"version: 1\nsteps: {{s: {{uses: evil, with: {{prompt_text: {'a' * 60}}}}}}}\n"
    (evil / "flow.yaml").write_text(flow, encoding="utf-8")
    start = time.process_time()
    said = run("validate", "flow.yaml")
    assert time.process_time() - start < 3
    assert "(a+)+b" in said.err
