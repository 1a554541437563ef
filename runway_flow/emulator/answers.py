"""What the API says when it declines: one error, every issue at once, and where to read on."""

from __future__ import annotations

from msgspec import Struct

DOC_URL = "https://docs.dev.runwayml.com/api"


class WireIssue(Struct, frozen=True):
    """One complaint about a body, in the form that the API gives it; `path` by wire names."""

    code: str
    path: tuple[str | int, ...]
    message: str

    def as_json(self) -> dict[str, object]:
        """Give the issue as the API writes it."""
        return {"code": self.code, "path": list(self.path), "message": self.message}


class RequestDeclined(Exception):
    """The emulator answers with an HTTP status other than 2xx."""

    def __init__(self, status: int, error: str, issues: tuple[WireIssue, ...] = ()) -> None:
        """Take what the answer says."""
        super().__init__(error)
        self.status = status
        self.error = error
        self.issues = issues

    def as_json(self) -> dict[str, object]:
        """Give the body of the answer; issues and the link stand only in answers about a body."""
        if not self.issues:
            return {"error": self.error}
        return {
            "error": self.error,
            "issues": [issue.as_json() for issue in self.issues],
            "docUrl": DOC_URL,
        }


def declined_body(*issues: WireIssue) -> RequestDeclined:
    """Make the 400 that names everything wrong with a body."""
    return RequestDeclined(400, "Validation of body failed", issues)
