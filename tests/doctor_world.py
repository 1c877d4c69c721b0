"""A repository, an API as GitHub documents it, and a published page, for the doctor's tests."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from servers import Listener, answer

from statuspage.archive import record
from statuspage.config import load
from statuspage.doctor import Examination, examine, look
from statuspage.doctor.github import ASKED
from statuspage.model import Round
from statuspage.scaffold import scaffold
from statuspage.stores.folder import Folder

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOKEN = "ghs_kestrelkestrelkestrel"
REPOSITORY = "kestrel/status"
FACTS: Mapping[str, Any] = {  # shapes of the REST API, version 2022-11-28
    "": {
        "full_name": REPOSITORY,
        "visibility": "public",
        "private": False,
        "archived": False,
        "disabled": False,
    },
    "/pages": {
        "build_type": "workflow",
        "html_url": "https://kestrel.github.io/status/",
        "cname": None,
        "https_enforced": True,
    },
    "/actions/workflows/status.yml": {"id": 1, "path": ".github/workflows/status.yml", "state": "active"},
    "/actions/workflows/status.yml/runs": {"total_count": 0, "workflow_runs": []},
    "/actions/permissions/workflow": {
        "default_workflow_permissions": "read",
        "can_approve_pull_request_reviews": False,
    },
    "/rules/branches/status-data": [],
    "/branches/status-data": {"name": "status-data", "protected": False},
}
HANG = b"hang"
STATUS_YML = ".github/workflows/status.yml"


@dataclass
class Host:
    """Answers by path; what is not known gets 404. `HANG` never answers."""

    answers: dict[str, bytes] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)  # of the requests, oldest first

    def __enter__(self) -> Self:
        self._listener = Listener(self._answer).__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self._listener.url

    def say(self, path: str, document: object, status: int = 200, **headers: str) -> None:
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = answer(json.dumps(document).encode(), status, lines)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.heads.append(head)
        said = self.answers.get(head.split(" ")[1].split("?")[0], answer(b'{"message": "Not Found"}', 404))
        if said == HANG:
            await reader.read()
        writer.write(said)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def github(host: Host, **changes: object) -> dict[str, str]:
    """Let the host play GitHub's API; the environment that leads there. `changes`: by the name of what is asked."""
    changed = {asked.partition("?")[0]: changes[name] for name, asked in ASKED.items() if name in changes}
    for path, document in FACTS.items():
        host.say(f"/repos/{REPOSITORY}{path}", changed.get(path, document))
    return {"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": host.url, "GITHUB_TOKEN": TOKEN}


def page(host: Host, **changes: object) -> None:
    """Let the host publish a page of ours that was made a minute ago."""
    at = (NOW - MINUTE).isoformat()
    host.say(
        "/api/status.json", {"page": {"url": host.url}, "generated_at": at, "measured_at": at, **changes}
    )


WORKFLOW = """name: status

on:
  schedule:
    - cron: "3/5 * * * *" # off the hour
  push:
    branches: [main]
  workflow_dispatch:

permissions: {}

concurrency:
  group: status
  cancel-in-progress: false

jobs:
  status:
    name: Probe and build
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: write
    steps:
      - name: Check out
        uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
      - name: Install
        run: pip install --quiet "chatbot-statuspage==0.1.0"
      - name: Probe and build
        env: # name secrets here
          STATUSPAGE_RUN: ${{ github.run_id }}.${{ github.run_attempt }}
        run: |
          code=0
          statuspage run || code=$?
      - name: Keep
        env:
          GITHUB_TOKEN: ${{ github.token }}
        run: |
          git init -q .status-data
"""
"""What stands in for the shipped status.yml, so that these tests do not change with it."""


def begun(root: Path, *, url: str = "https://status.kestrel.example") -> Path:
    """A repository as `statuspage init` begins it, its status.yml the one above."""
    target = "https://kestrel.example/health"
    scaffold(root, name="Kestrel", url=url, component="Chat", target=target, id="chat", year=2026)
    (root / STATUS_YML).write_text(WORKFLOW, "utf-8")
    return root


def edit(root: Path, path: str, before: str, after: str) -> None:
    file = root / path
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), "utf-8")


def rounds(root: Path, *times: datetime, vantage: str = "") -> None:
    config = load((root / "components.yaml").read_text("utf-8"), "components.yaml", {})
    for n, at in enumerate(times):
        record(Folder(root / ".status-data"), config, Round(id=f"{n}{vantage}{at}", at=at, vantage=vantage))


def doctor(
    root: Path, environ: Mapping[str, str] | None = None, *, now: datetime = NOW, seconds: float = 2
) -> dict[str, Examination]:
    """Every examination by its name."""
    seen = look(root, environ or {}, now, within=timedelta(seconds=seconds))
    seen = replace(
        seen, shipped={**seen.shipped, "status.yml": WORKFLOW}, machine=replace(seen.machine, version="0.1.0")
    )
    return {one.name: one for one in examine(seen)}


def told(one: Examination) -> list[str]:
    """Its findings, each on one line."""
    return [f"{f.where or ''} {f.what} | {f.mend}".strip() for f in one.findings]
