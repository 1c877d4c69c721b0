"""Reading files that anybody may have put there: plain ones alone, and no more than is wanted."""

import os
import stat
from pathlib import Path


class NoFileError(OSError):
    """What stands there is a folder, a pipe or a device."""


def read_regular(path: Path, most: int, *, links: bool = True) -> bytes:
    """The first `most` octets of a regular file; nothing is waited for. `links`: a symbolic link is followed.

    Raises OSError, NoFileError for what is no regular file.
    """
    how = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW)
    opened = os.open(path, how)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise NoFileError("is no file")
    with os.fdopen(opened, "rb") as content:
        return content.read(most)
