"""A file written whole or not at all, and never over what somebody else wrote meanwhile."""

import os
import tempfile
from pathlib import Path

from statuspage.errors import StatuspageError, Where


def put(root: Path, path: str, data: bytes, before: bytes | None = None) -> None:
    """Write the file `path` below `root`. `before`: what it held when it was read; None: it is new.

    Raises StatuspageError when it holds something else now, or when the disk refuses; then nothing has changed.
    """
    goal = root / path
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        opened, name = tempfile.mkstemp(dir=goal.parent, prefix=".", suffix=".new")
    except OSError as error:
        raise _refused(path, error) from error
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        if before is None:
            os.link(name, goal)  # fails when somebody made it meanwhile
            return
        if goal.read_bytes() != before:
            raise FileExistsError
        Path(name).replace(goal)
    except FileExistsError:
        what = "somebody else has written it meanwhile"
        raise StatuspageError(what, where=Where(path), mend="look at it, and say it again") from None
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _refused(path: str, error: OSError) -> StatuspageError:
    what = f"cannot be written: {error.strerror or type(error).__name__}"
    return StatuspageError(what, where=Where(path), mend="mend the disk or the rights, and say it again")
