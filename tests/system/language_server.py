"""The language server that editors use for YAML, spoken to as an editor does: JSON-RPC on its stdin."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

HERE = Path(__file__).parent
SERVER = HERE / "node_modules/yaml-language-server/bin/yaml-language-server"
COMMAND = ("node", str(SERVER), "--stdio")
PATIENCE_S = 60.0
_ABILITIES = {
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
    }
}
# The store of schemas would be asked over the network.
_SETTINGS = {"yaml": {"schemaStore": {"enable": False}, "validate": True, "completion": True, "hover": True}}


class Finding(Struct, frozen=True):
    """What the server says of a place: the text that is marked, and why."""

    text: str
    message: str


class Item(Struct, frozen=True):
    """One completion: its label, what it inserts, what is said of it."""

    label: str
    inserts: str
    about: str


class LanguageServer:
    """A running server; leave it by `with`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._answers: dict[int, Any] = {}
        self._findings: dict[str, list[Any]] = {}
        self._heard: Queue[dict[str, Any]] = Queue()
        assert SERVER.is_file(), "the language server is not installed: run `make test-system`"
        self._process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        """Greet the server."""
        threading.Thread(target=self._listen, daemon=True).start()
        self._ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": _ABILITIES})
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": _SETTINGS})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server."""
        self._process.kill()
        self._process.communicate()

    def findings(self, text: str) -> list[Finding]:
        """Give what the server has to say of a document, in its order."""
        address = self._open(text)
        self._hear(lambda: address in self._findings)
        return [_finding(text, found) for found in self._findings[address]]

    def completions(self, text: str) -> dict[str, Item]:
        """Give what is offered where `|` stands in a document, by label."""
        answer = self._at("textDocument/completion", text)
        items = [_item(found) for found in answer["items"]]
        return {item.label: item for item in items}

    def hover(self, text: str) -> str:
        """Give what is shown where `|` stands in a document."""
        answer = self._at("textDocument/hover", text)
        return str(answer["contents"]["value"])

    def _at(self, method: str, text: str) -> Any:  # noqa: ANN401 - JSON
        before, _, after = text.partition("|")
        place = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        address = self._open(before + after)
        return self._ask(method, {"textDocument": {"uri": address}, "position": place})

    def _open(self, text: str) -> str:
        self._number += 1
        address = (self._folder / f"flow{self._number}.yaml").as_uri()
        document = {"uri": address, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return address

    def _ask(self, method: str, params: object) -> Any:  # noqa: ANN401 - JSON
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        self._hear(lambda: number in self._answers)
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return answer["result"]

    def _tell(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _hear(self, until: Any) -> None:  # noqa: ANN401 - a function without parameters
        while not until():
            message = self._heard.get(timeout=PATIENCE_S)
            if "method" not in message:
                self._answers[message["id"]] = message
            elif message["method"] == "textDocument/publishDiagnostics":
                self._findings[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif "id" in message:
                self._send({"id": message["id"], "result": None})

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                while stream.readline().strip():
                    pass
                self._heard.put(json.loads(stream.read(int(value))))


def _finding(text: str, found: dict[str, Any]) -> Finding:
    start, end = found["range"]["start"], found["range"]["end"]
    line = text.splitlines()[start["line"]]
    stop = end["character"] if end["line"] == start["line"] else len(line)
    return Finding(line[start["character"] : stop], found["message"])


def _item(found: dict[str, Any]) -> Item:
    edit, about = found.get("textEdit", {}), found.get("documentation") or ""
    words = about["value"] if isinstance(about, dict) else about
    return Item(found["label"], edit.get("newText", found.get("insertText", "")), words)
