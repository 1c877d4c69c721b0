"""What a snapshot becomes: each output is a function from the snapshot to files of the site."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile
from weakref import finalize

from statuspage.errors import StatuspageError
from statuspage.model import Snapshot
from statuspage.outputs import affected, api, badges, calendar, feeds, metrics, sitemap, text, widget

File = tuple[str, bytes]  # path below the site's root, content
Output = Callable[[Snapshot], Iterator[File]]

OUTPUTS: tuple[Output, ...] = (
    api.api,
    affected.affected,
    feeds.feeds,
    calendar.calendars,
    metrics.metrics,
    badges.badges,
    widget.widgets,
    text.text,
    sitemap.sitemap,
)
"""What needs the snapshot alone. The pages come beside it, `html` bound to its templates."""


class Files(Mapping[str, bytes]):
    """Files by their path below the site's root, sorted.

    Their octets wait in a nameless file of the system's temporary folder: a site may be larger than memory should be.
    """

    def __init__(self) -> None:
        self._places: dict[
            str, tuple[int, int]
        ] = {}  # by path: where its octets begin, and how many they are
        self._end = 0
        with _told():
            self._octets = TemporaryFile(buffering=0)  # noqa: SIM115 (it ends with this object)
        finalize(self, self._octets.close)

    def add(self, path: str, content: bytes) -> None:
        """Raises StatuspageError when there is one of that path, and when the disk refuses."""
        if path in self._places:
            raise StatuspageError(f"two outputs write {path}")
        with _told():
            written = os.pwrite(self._octets.fileno(), content, self._end)
            while written < len(content):
                written += os.pwrite(self._octets.fileno(), content[written:], self._end + written)
        self._places[path] = self._end, len(content)
        self._end += len(content)

    def __getitem__(self, path: str) -> bytes:
        begin, length = self._places[path]
        with _told():
            content = os.pread(self._octets.fileno(), length, begin)
        if len(content) < length:
            raise StatuspageError(f"{path} cannot be read back", mend=MEND)
        return content

    def __contains__(self, path: object) -> bool:
        return path in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._places))

    def __len__(self) -> int:
        return len(self._places)


MEND = "make room on the disk, or name another folder in TMPDIR"


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the site cannot be put aside: {error.strerror or type(error).__name__}"
        raise StatuspageError(what, mend=MEND) from error


def build(
    snapshot: Snapshot,
    outputs: Sequence[Output] = OUTPUTS,
    cleaned: Callable[[bytes], bytes] = lambda content: content,
) -> Files:
    """All files of the site, each as `cleaned` gives it. Raises StatuspageError when two outputs write one path."""
    site = Files()
    for output in outputs:
        for path, content in output(snapshot):
            site.add(path, cleaned(content))
    return site
