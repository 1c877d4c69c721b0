"""What GitHub's API answered, as far as it has the documented shape. It is a stranger's: nothing is raised.

Source: GitHub REST API, version 2022-11-28.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from statuspage.doctor.values import Seen, Unseen, moment, words
from statuspage.errors import StatuspageError
from statuspage.importers.files import json_of
from statuspage.net import Answer, NetError
from statuspage.probes.base import shown

SHAPELESS = Unseen("GitHub's answer has not the documented shape")


class Run:
    """What we read of a run."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        """Raises ValueError when it has not the documented shape."""
        at = datetime.fromisoformat(str(row.get("created_at")))
        if at.tzinfo is None:
            raise ValueError("a time without zone")
        self.at = at.astimezone(UTC)
        self.conclusion = shown(str(row.get("conclusion")), 40)
        self.scheduled = row.get("event") == "schedule"
        self.url = shown(str(row.get("html_url")), 200)


def ended(seen: Seen) -> Sequence[Run] | Unseen:
    """Those that ended, newest first."""
    said = mapping(seen, "runs")
    if isinstance(said, Unseen):
        return said
    rows = said.get("workflow_runs")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return SHAPELESS
    try:
        return sorted((Run(row) for row in rows), key=lambda run: run.at, reverse=True)
    except (ValueError, OverflowError):
        return SHAPELESS


def visibility(seen: Seen) -> str | Unseen:
    """`public`, `private` or `internal`."""
    said = mapping(seen, "repository")
    if isinstance(said, Unseen):
        return said
    told = said.get("visibility")
    return str(told) if told in ("public", "private", "internal") else SHAPELESS


def status(seen: Seen, name: str) -> int:
    answer = seen.github.get(name)
    return answer.status if isinstance(answer, Answer) else 0


def mapping(seen: Seen, name: str) -> Mapping[str, Any] | Unseen:
    said = document(seen, name)
    if isinstance(said, Unseen):
        return said
    return said if isinstance(said, dict) else SHAPELESS


def document(seen: Seen, name: str) -> object:
    """The JSON of an answer with status 200, else Unseen."""
    if isinstance(seen.repository, Unseen):
        return seen.repository
    answer = seen.github[name]
    if isinstance(answer, Unseen):
        return answer
    if isinstance(answer, NetError):
        return Unseen(f"GitHub did not answer: {answer}")
    if answer.status != 200:
        return Unseen(_refusal(answer))
    try:
        return json_of(answer.body.decode("utf-8", "replace"), name)
    except StatuspageError:
        return SHAPELESS


def _refusal(answer: Answer) -> str:
    """Why there was no document, and what would help.

    Source: GitHub REST API, Rate limits: 403 or 429, with retry-after, or with x-ratelimit-remaining: 0 and -reset.
    """
    limited = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    if answer.status == 429 or (answer.status == 403 and limited):
        return f"GitHub limits requests ({answer.status}){_again(answer.headers)}; a GITHUB_TOKEN may ask more often"
    return {
        401: "GitHub refused the token (401): renew GITHUB_TOKEN",
        403: "GITHUB_TOKEN has not the right to read that (403)",
        404: "GitHub knows nothing there (404), or shows it only to a GITHUB_TOKEN with more rights",
    }.get(answer.status, f"GitHub answered {answer.status}")


def _again(headers: Mapping[str, str]) -> str:
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdecimal() and len(after) < 6:
        return f", for {words(timedelta(seconds=int(after)))}"
    if reset.isdecimal() and len(reset) < 11:
        return f", until {moment(datetime.fromtimestamp(int(reset), UTC))}"
    return ""
