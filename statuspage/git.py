"""Running git: with a time limit, without questions, with the credentials that a workflow was given."""

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from statuspage.errors import StatuspageError

REMOTE = "origin"
SECONDS = 120.0  # for one command
BOT = "github-actions[bot]"
BOT_MAIL = "41898282+github-actions[bot]@users.noreply.github.com"

Ended = subprocess.CompletedProcess[bytes]
Started = subprocess.Popen[bytes]

_RIGHTS = re.compile(  # what git and its hosts say when no later try can do better
    r"authentication failed|could not read (username|password)|permission.* denied|access (denied|rights)|"
    r"returned error: 40[13]|not granted|not allowed|protected branch|rule violations|GH0(06|13)|repository not found|"
    r"does not appear to be a git repository|not a git repository|shallow update not allowed",
    re.IGNORECASE,
)
_TELLING = ("remote: error", "!", "fatal:", "error:")


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What git is to find beside `environ` in a workflow: its token, the bot's name, no questions. Elsewhere nothing.

    The token goes into a header for the server alone (git-config, http.<url>.extraHeader): an address that held
    it would stand in git's own messages. The empty value drops a header that a checkout may have left.
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return {}
    words = {"GIT_TERMINAL_PROMPT": "0"}
    for role in ("AUTHOR", "COMMITTER"):
        words |= {f"GIT_{role}_NAME": BOT, f"GIT_{role}_EMAIL": BOT_MAIL}
    token, server = environ.get("GITHUB_TOKEN"), environ.get("GITHUB_SERVER_URL")
    if token and server:
        header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        words |= _settings(environ, f"http.{server}/.extraheader", ("", f"AUTHORIZATION: basic {header}"))
    return words


def run(
    root: Path, *words: str, given: bytes = b"", index: Path | None = None, within: float = SECONDS
) -> Ended:
    """One command of git in the folder `root`, fed with `given`. Raises StatuspageError without git or without end.

    `index`: the file that stands in for the repository's own index.
    """
    command = _command(words, index)
    try:
        return subprocess.run(
            command, cwd=root, input=given, capture_output=True, timeout=within, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise StatuspageError(f"git {words[0]} took longer than {within:.0f} s") from error


def version() -> tuple[int, ...] | None:
    """Git's own version, such as (2, 39, 5); None when there is no git."""
    try:
        found = re.search(rb"[0-9]+(\.[0-9]+)+", run(Path(), "--version").stdout)
    except StatuspageError:
        return None
    return tuple(map(int, found[0].split(b"."))) if found else None


def address(root: Path) -> str:
    """Where the remote called origin is; "" when there is none, or no git."""
    try:
        ended = run(root, "config", "--get", f"remote.{REMOTE}.url")
    except StatuspageError:
        return ""
    return ended.stdout.decode("utf-8", "replace").strip()


def start(root: Path, *words: str) -> Started:
    """A command of git that is asked and answers until it is ended."""
    return subprocess.Popen(
        _command(words), cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def told(root: Path, *words: str, given: bytes = b"", index: Path | None = None, mend: str = "") -> str:
    """What git answers, without its last line break. Raises StatuspageError with git's own words when it does not."""
    ended = run(root, *words, given=given, index=index)
    if ended.returncode:
        raise failed(words[0], ended, mend)
    return ended.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def failed(what: str, ended: Ended, mend: str) -> StatuspageError:
    """The error that a command of git ended with, in git's own last words."""
    return StatuspageError(f"git {what} failed: {said(ended) or 'without a word'}", mend=mend)


def said(ended: Ended) -> str:
    """The line of git's messages that tells most: the server's own, what became of the branch, an error, the last."""
    lines = [line.strip() for line in _messages(ended).splitlines() if line.strip()]
    best = [line for start in _TELLING for line in lines if line.startswith(start)]
    return re.sub(r"://[^/@\s]+@", "://***@", " ".join([*best, *lines[-1:]][0].split()) if lines else "")


def needs_rights(ended: Ended) -> bool:
    """Whether it failed for want of rights or of the repository itself, so that a later try fails the same way."""
    return bool(_RIGHTS.search(_messages(ended)))


def _command(words: tuple[str, ...], index: Path | None = None) -> list[str]:
    git = shutil.which("git")
    if git is None:
        raise StatuspageError("git is not installed", mend="install git, 2.30 or newer")
    settings = [
        "LC_ALL=C",
        *([f"GIT_INDEX_FILE={index}"] if index else []),
    ]  # messages are read, so in English
    return [shutil.which("env") or "env", *settings, git, *words]


def _messages(ended: Ended) -> str:
    return (ended.stderr + b"\n" + ended.stdout).decode("utf-8", "replace")


def _settings(environ: Mapping[str, str], key: str, values: tuple[str, ...]) -> dict[str, str]:
    """Settings for git by its environment (GIT_CONFIG_COUNT), after those that are there already."""
    known = environ.get("GIT_CONFIG_COUNT", "0")
    first = int(known) if known.isdecimal() else 0

    def numbered() -> Iterator[tuple[str, str]]:
        for n, value in enumerate(values, first):
            yield f"GIT_CONFIG_KEY_{n}", key
            yield f"GIT_CONFIG_VALUE_{n}", value
        yield "GIT_CONFIG_COUNT", str(first + len(values))

    return dict(numbered())
