"""The doctor on the network: GitHub's API and a published page, played by real servers with all their faults."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from doctor_world import (
    HANG,
    MINUTE,
    NOW,
    REPOSITORY,
    TOKEN,
    Host,
    begun,
    doctor,
    edit,
    github,
    page,
    told,
)
from servers import answer

from statuspage.cli import main
from statuspage.doctor import examine, look
from statuspage.doctor.looking import API, _of_github, _repository
from statuspage.doctor.page import is_here, published
from statuspage.doctor.values import Unseen
from statuspage.net import NetError

ASKED = ("repository", "status workflow", "last runs", "default rights", "rules", "branch", "Pages")


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as host:
        yield host


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return begun(tmp_path / "page", url="https://kestrel.github.io/status")


def run(conclusion: str, minutes: int, event: str = "schedule") -> dict[str, object]:
    at = (NOW - minutes * MINUTE).isoformat().replace("+00:00", "Z")
    url = f"https://github.com/{REPOSITORY}/actions/runs/{minutes}"
    return {
        "conclusion": conclusion,
        "created_at": at,
        "event": event,
        "html_url": url,
        "status": "completed",
    }


def runs(*rows: dict[str, object]) -> dict[str, object]:
    return {"total_count": len(rows), "workflow_runs": list(rows)}


# --- well, and each thing that is wrong --------------------------------------------------------


def test_a_repository_in_order_is_well(root: Path, host: Host) -> None:
    environ = github(host, runs=runs(*(run("success", 5 * n) for n in range(20))))
    found = doctor(root, environ)

    assert {found[name].result for name in ASKED} == {"well"}, [found[name] for name in ASKED]
    assert found["repository"].said == "kestrel/status is public"
    assert "scheduled runs are 5 min apart (at most 5 min), expected 5 min" in found["last runs"].said


@pytest.mark.parametrize(
    ("answers", "name", "result", "words"),
    [
        (
            {"repository": {"visibility": "public", "archived": True}},
            "repository",
            "wrong",
            "archived: no workflow runs",
        ),
        (
            {"workflow": {"state": "disabled_inactivity"}},
            "status workflow",
            "wrong",
            "60 days without a commit",
        ),
        (
            {"workflow": {"state": "disabled_manually"}},
            "status workflow",
            "wrong",
            "somebody has disabled it",
        ),
        ({"runs": runs()}, "last runs", "advice", "no run has ended yet"),
        ({"runs": runs(run("failure", 1), run("success", 6))}, "last runs", "advice", "the last run failed"),
        (
            {
                "runs": runs(
                    *(run(word, n) for n, word in enumerate(("failure", "cancelled", "timed_out", "failure")))
                )
            },
            "last runs",
            "wrong",
            "the last 3 runs failed",
        ),
        (
            {"runs": runs(*(run("success", 47 * n) for n in range(5)))},
            "last runs",
            "advice",
            "scheduled runs are 47 min apart (at most 47 min), expected 5 min",
        ),
        (
            {
                "permissions": {
                    "default_workflow_permissions": "write",
                    "can_approve_pull_request_reviews": False,
                }
            },
            "default rights",
            "advice",
            "may write to everything",
        ),
        (
            {
                "permissions": {
                    "default_workflow_permissions": "read",
                    "can_approve_pull_request_reviews": True,
                }
            },
            "default rights",
            "advice",
            "may approve pull requests",
        ),
        ({"rules": [{"type": "pull_request"}]}, "rules", "wrong", "wants a pull request"),
        (
            {"rules": [{"type": "update"}, {"type": "deletion"}]},
            "rules",
            "wrong",
            "restricts who may push",
        ),
        (
            {"rules": [{"type": "update"}], "runs": runs(run("success", 1))},
            "rules",
            "advice",
            "restricts who may push",
        ),
        ({"branch": {"protected": True}}, "branch", "wrong", "status-data is protected"),
        (
            {"branch": {"protected": True}, "runs": runs(run("success", 1))},
            "branch",
            "advice",
            "is protected",
        ),
        ({"rules": [{"type": "non_fast_forward"}]}, "rules", "advice", "never compacted"),
        (
            {
                "pages": {
                    "build_type": "legacy",
                    "html_url": "https://kestrel.github.io/status/",
                    "cname": None,
                }
            },
            "Pages",
            "wrong",
            "publishes a branch",
        ),
        (
            {"pages": {"build_type": "workflow", "html_url": "https://status.kestrel.example/"}},
            "Pages",
            "advice",
            "GitHub Pages is at https://status.kestrel.example/, page.url is https://kestrel.github.io/status",
        ),
        (
            {"pages": {"build_type": "workflow", "html_url": "http://[", "https_enforced": False}},
            "Pages",
            "advice",
            "without HTTPS too",
        ),
    ],
)
def test_what_github_says_is_wrong(
    root: Path, host: Host, answers: dict[str, object], name: str, result: str, words: str
) -> None:
    one = doctor(root, github(host, **answers))[name]

    assert one.result == result, one
    assert any(words in line for line in told(one)), told(one)
    assert all(finding.mend for finding in one.findings)


def test_what_is_not_there_is_wrong_when_the_repository_can_be_seen(root: Path, host: Host) -> None:
    environ = github(host)
    for path in ("/pages", "/actions/workflows/status.yml", "/branches/status-data"):
        del host.answers[f"/repos/{REPOSITORY}{path}"]
    found = doctor(root, environ)

    assert "components.yaml:5 GitHub Pages is off, and page.url is there" in told(found["Pages"])[0]
    assert "GitHub knows no workflow status.yml" in told(found["status workflow"])[0]
    assert found["branch"].said == "there is no branch status-data yet"
    host.say(f"/repos/{REPOSITORY}", {"visibility": "private"})
    hidden = doctor(root, environ)
    assert {hidden[name].result for name in ("Pages", "status workflow", "branch")} == {"not examined"}
    host.say(f"/repos/{REPOSITORY}", {"visibility": "public"})
    edit(root, "components.yaml", "https://kestrel.github.io/status", "https://status.kestrel.example")
    assert doctor(root, environ)["Pages"].said == "GitHub Pages is off, and page.url is elsewhere"


def test_a_component_that_is_not_public_needs_a_private_repository(root: Path, host: Host) -> None:
    edit(root, "components.yaml", "    id: chat", "    public: false\n    id: chat")
    one = doctor(root, github(host))["not public"]

    assert told(one)[0].startswith("components.yaml:")
    assert "everybody can read" in told(one)[0]
    assert doctor(root, github(host, repository={"visibility": "private"}))["not public"].result == "well"
    assert doctor(root)["not public"].result == "not examined"


# --- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer(b"{}", 401), "GitHub refused the token (401)"),
        (answer(b"{}", 403), "has not the right to read that (403)"),
        (
            answer(b"{}", 403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795356600"}),
            "(403), until 2026-11-22 14:10 UTC",
        ),
        (
            answer(b"{}", 403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 400}),
            "(403); a GITHUB_TOKEN",
        ),
        (answer(b"{}", 429, {"retry-after": "90"}), "GitHub limits requests (429), for 1 min"),
        (answer(b"{}", 429), "GitHub limits requests (429)"),
        (answer(b"{}", 404), "GitHub knows nothing there (404)"),
        (answer(b"{}", 500), "GitHub answered 500"),
        (answer(b"no json"), "not the documented shape"),
        (answer(b"[" * 200_000), "not the documented shape"),
        (answer(b"null"), "not the documented shape"),
        (
            answer(b'{"visibility": [1], "state": {}, "build_type": [], "workflow_runs": [1]}'),
            "documented shape",
        ),
        (
            answer(b'{"visibility": 1, "workflow_runs": [{"created_at": "2026-11-22T10:00:00"}]}'),
            "documented shape",
        ),
        (answer(b'{"workflow_runs": [{}], "default_workflow_permissions": {}}'), "documented shape"),
        (answer(b"[1, 2]"), "documented shape"),
        (b"\x00\xff no HTTP\r\n\r\n", "GitHub did not answer"),
        (b"", "GitHub did not answer"),
    ],
)
def test_a_refusal_or_garbage_is_not_examined(root: Path, host: Host, said: bytes, words: str) -> None:
    environ = github(host)
    for path in host.answers:
        host.answers[path] = said
    found = doctor(root, environ)

    for name in ASKED:
        assert found[name].result == "not examined", found[name]
        assert words in found[name].said, found[name]


def test_an_api_that_never_answers_ends_at_one_deadline(root: Path, host: Host) -> None:
    environ = github(host)
    for path in host.answers:
        host.answers[path] = HANG
    began = time.monotonic()
    found = doctor(root, environ, seconds=0.4)

    assert time.monotonic() - began < 5
    assert {found[name].result for name in ASKED} == {"not examined"}
    assert found["rights"].result == "well"


def test_an_api_that_cannot_be_connected_to_ends_at_the_same_deadline(root: Path, deaf_port: int) -> None:
    began = time.monotonic()
    api = f"http://127.0.0.1:{deaf_port}"
    found = doctor(root, {"GITHUB_REPOSITORY": "a/b", "GITHUB_API_URL": api}, seconds=0.4)

    assert time.monotonic() - began < 5
    assert {found[name].result for name in ASKED} == {"not examined"}


def test_without_a_network_the_page_is_not_called_down(root: Path, closed_port: int) -> None:
    api = f"http://127.0.0.1:{closed_port}"
    edit(root, "components.yaml", "https://kestrel.github.io/status", "https://kestrel.invalid")
    found = doctor(root, {"GITHUB_REPOSITORY": "a/b", "GITHUB_API_URL": api})

    assert found["published page"].result == "not examined"
    assert {found[name].result for name in ASKED} == {"not examined"}


# --- the token ---------------------------------------------------------------------------------


def test_the_token_goes_to_the_api_alone_and_is_never_printed(
    root: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Host() as other:
        edit(root, "components.yaml", "https://kestrel.github.io/status", other.url)
        echoed = {"build_type": "workflow", "html_url": f"https://{TOKEN}.example/", "cname": None}
        environ = github(host, pages=echoed)
        moved = {"location": f"{other.url}/repos/{REPOSITORY}"}
        host.answers[f"/repos/{REPOSITORY}"] = answer(b"", 301, moved)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(root)
        said = [
            CliRunner().invoke(main, ["doctor", "--format", form], catch_exceptions=False).output
            for form in ("text", "json", "github")
        ]

    assert any(f"authorization: Bearer {TOKEN}" in head for head in host.heads)
    assert other.heads
    assert not any(TOKEN in head for head in other.heads)
    assert not any(TOKEN in text for text in said)
    assert "***" in said[0]


def test_without_a_token_only_what_is_public_is_asked(root: Path, host: Host) -> None:
    environ = github(host)
    del environ["GITHUB_TOKEN"]
    found = doctor(root, environ)

    assert "set GITHUB_TOKEN" in found["default rights"].said
    assert not any("authorization" in head or "/actions/permissions" in head for head in host.heads)
    assert found["repository"].result == "well"


def test_a_token_is_not_sent_in_the_clear() -> None:
    sent = {
        url: "authorization" in _of_github("a/b", {"GITHUB_API_URL": url}, TOKEN)["repository"].headers
        for url in ("", "https://ghe.example/api/v3", "http://ghe.example/api/v3", "http://127.0.0.1:1")
    }
    assert list(sent.values()) == [True, True, False, True]


@pytest.mark.parametrize(
    "api",
    [
        "nonsense",
        "file:///etc/passwd",
        "http://[",
        "https://",
        "http://127.0.0.1:99999",
        "http://a b/",
        "http://\u2603.invalid",
    ],
)
@pytest.mark.parametrize("token", ["", "ключ-и-замок", "a\nb: c", "x" * 100_000])
def test_an_odd_address_or_token_is_no_crash(root: Path, api: str, token: str) -> None:
    environ = {"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": api, "GITHUB_TOKEN": token}
    assert doctor(root, environ)["repository"].result == "not examined"


@pytest.mark.parametrize("token", ["ключ-и-замок", "a\nb: c", "x" * 1_000_000])
def test_a_token_that_is_no_header_is_no_crash(root: Path, host: Host, token: str) -> None:
    found = doctor(root, {**github(host), "GITHUB_TOKEN": token})
    assert found["repository"].result in ("not examined", "well")


# --- which repository --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://github.com/kestrel/status", "kestrel/status"),
        ("https://github.com/kestrel/status.git", "kestrel/status"),
        ("https://x-access-token:secret@github.com/kestrel/status.git/", "kestrel/status"),
        ("git@github.com:kestrel/status.git", "kestrel/status"),
        ("ssh://git@github.com/kestrel/sta.tus", "kestrel/sta.tus"),
        ("https://github.com.evil.example/kestrel/status", None),
        ("https://gitlab.com/kestrel/status", None),
        ("https://evil.example/github.com/kestrel/status", None),
        ("https://github.com/kestrel/..", None),
        ("https://github.com/kestrel", None),
        ("https://github.com/kestrel/a/../../b", None),
        ("/srv/status.git", None),
    ],
)
def test_the_repository_is_read_from_origin(tmp_path: Path, origin: str, name: str | None) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", origin], check=True)
    found = _repository(tmp_path, {})

    assert found == name if name else isinstance(found, Unseen)
    assert _repository(tmp_path, {"GITHUB_REPOSITORY": "other/one"}) == "other/one"
    assert isinstance(_repository(tmp_path, {"GITHUB_REPOSITORY": "other/one?x"}), Unseen)
    assert API == "https://api.github.com"


# --- the published page ------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, host: Host) -> Path:
    """A page that says it is published at the host."""
    page(host)
    return begun(tmp_path / "page", url=host.url)


def test_a_fresh_page_of_ours_is_well_and_its_address_advice(here: Path) -> None:
    found = doctor(here)

    assert found["published page"].result == "well"
    assert found["address"].result == "advice"
    assert "this machine alone" in told(found["address"])[0]


@pytest.mark.parametrize(
    ("changes", "result", "words"),
    [
        (
            {"page": {"url": "https://other.example"}},
            "wrong",
            "says that its address is https://other.example",
        ),
        (
            {"generated_at": (NOW - timedelta(hours=3)).isoformat()},
            "wrong",
            "was made 3 h ago, at most 25 min",
        ),
        ({"measured_at": (NOW - timedelta(hours=3)).isoformat()}, "wrong", "was measured 3 h ago"),
        ({"generated_at": (NOW + timedelta(hours=3)).isoformat()}, "wrong", "later than now"),
        ({"generated_at": "yesterday"}, "wrong", "does not say when it was made"),
        ({"generated_at": "2026-11-22T14:00:00"}, "wrong", "does not say when it was made"),
        ({"measured_at": None}, "advice", "shows nothing that was measured"),
        ({"page": {"url": {"a": "\x1b[31m" * 200}}}, "wrong", "its address is {'a': '\\x1b[31m"),
        ({"page": []}, "wrong", "is no file of ours"),
    ],
)
def test_a_page_that_is_not_as_promised(
    here: Path, host: Host, changes: dict[str, object], result: str, words: str
) -> None:
    page(host, **changes)
    one = doctor(here)["published page"]

    assert one.result == result, one
    assert words in told(one)[0], told(one)
    assert told(one)[0].startswith("components.yaml:5 ")


@pytest.mark.parametrize("said", [answer(b"<html>", 200), answer(b"", 404), answer(b"[]"), answer(b"{}")])
def test_another_page_at_the_address_is_wrong(here: Path, host: Host, said: bytes) -> None:
    host.answers["/api/status.json"] = said
    assert doctor(here)["published page"].result == "wrong"


def test_a_redirect_is_told(here: Path, host: Host) -> None:
    host.answers["/moved.json"] = host.answers["/api/status.json"]
    host.answers["/api/status.json"] = answer(b"", 302, {"location": "/moved.json"})
    one = doctor(here)["published page"]

    assert one.result == "advice"
    assert "redirects (1 times)" in told(one)[0]


def test_a_page_that_does_not_answer_is_wrong_unless_it_is_this_machine_s(root: Path) -> None:
    seen = look(root, {}, NOW, within=timedelta(seconds=1))
    silent = replace(seen, page=NetError("tcp.refused", detail="connecting, after 0.0 s"))
    found = {one.name: one for one in examine(silent)}

    assert "the page does not answer: The connection was refused" in told(found["published page"])[0]
    assert isinstance(published(replace(seen, page=NetError("dns.resolver"))), Unseen)
    assert published(replace(seen, page=Unseen("too late"))) == Unseen("too late")


def test_a_page_without_https_is_advice_and_with_it_well(root: Path) -> None:
    assert doctor(root)["address"].result == "well"
    edit(root, "components.yaml", "https://kestrel.github.io/status", "http://kestrel.invalid")
    assert "page.url has no HTTPS" in told(doctor(root)["address"])[0]


def test_which_addresses_are_this_machine() -> None:
    assert [is_here(f"http://{name}/") for name in ("localhost", "a.localhost", "127.1.2.3", "[::1]:80")] == [
        True
    ] * 4
    assert not is_here("https://localhost.example")
