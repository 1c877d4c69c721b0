"""Lines of JSON that carry their own checksum: what an append-only file is made of."""

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b

from statuspage.errors import Problem, StatuspageError, Where

SUM = "sum"
"""The last key of each line: 16 hex digits over the line without it."""

MEND = "run `statuspage verify`; take the line from a backup or the file's git history; nothing was changed"


def checksummed(obj: Mapping[str, object]) -> str:
    """One line of compact JSON without line break, its checksum last; the keys keep their order.

    Raises ValueError for what JSON cannot hold (nan, infinity, half a character) and for a key `sum`.
    """
    if SUM in obj:
        raise ValueError(f"'{SUM}' is the checksum's own key")
    line = json.dumps(obj, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    sep = "," if obj else ""
    return f'{line[:-1]}{sep}"{SUM}":"{_digest(line.encode())}"}}'


def unchecksum(line: bytes | str, where: Where) -> dict[str, object]:
    """The object of one line, its checksum verified and left out. Raises StatuspageError with file:line."""
    octets = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    octets = octets.rstrip(b"\r\n")
    body, digest = octets[:-_TAIL], octets[-_TAIL:]
    if not (digest.startswith(_HEAD) and digest.endswith(b'"}') and octets.startswith(b"{")):
        raise StatuspageError("the line has no checksum", where=where, mend=MEND)
    body = body.removesuffix(b",") + b"}"
    if digest[len(_HEAD) : -2] != _digest(body).encode():
        raise StatuspageError("the line does not match its checksum", where=where, mend=MEND)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise StatuspageError("the line is not JSON", where=where, mend=MEND) from error
    if not isinstance(value, dict):
        raise StatuspageError("the line is no JSON object", where=where, mend=MEND)
    return value


def read_lines(data: bytes, path: str) -> tuple[list[dict[str, object]], list[Problem]]:
    """The objects of a file's lines, blank ones left out; a torn end is dropped with a warning.

    Torn is a last line that is broken and has no line break: a run was stopped while it wrote. Any other broken
    line raises StatuspageError with file:line.
    """
    found, problems = numbered_lines(data, path)
    return [obj for _, obj in found], problems


def numbered_lines(data: bytes, path: str) -> tuple[Iterator[tuple[Where, dict[str, object]]], list[Problem]]:
    """What `read_lines` gives, each object with the place of its line, one at a time.

    A broken line raises when its turn comes.
    """
    lines = data.split(b"\n")
    newest = max((number for number, line in enumerate(lines, 1) if line.strip()), default=0)
    last = Where(path, newest)
    torn = bool(newest and lines[-1]) and not _holds(lines[newest - 1], last)
    known = enumerate(lines[: newest - torn], 1)
    places = ((Where(path, number), line) for number, line in known if line.strip())
    return ((where, unchecksum(line, where)) for where, line in places), [_torn(last)] if torn else []


def _holds(line: bytes, where: Where) -> bool:
    try:
        unchecksum(line, where)
    except StatuspageError:
        return False
    return True


_HEAD = f'"{SUM}":"'.encode()
_TAIL = len(_HEAD) + 16 + len(b'"}')


def _digest(line: bytes) -> str:
    return blake2b(line, digest_size=8).hexdigest()


def _torn(where: Where) -> Problem:
    return Problem(
        "the last line is torn and was left out: a run was stopped while it wrote",
        where,
        "nothing needs doing: the next run cuts it off",
        warning=True,
    )
