"""What a snapshot becomes: each output is a function from the snapshot to files of the site."""

from collections.abc import Callable, Iterator, Sequence

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


def build(snapshot: Snapshot, outputs: Sequence[Output] = OUTPUTS) -> dict[str, bytes]:
    """All files of the site by path, sorted. Raises StatuspageError when two outputs write one path."""
    site: dict[str, bytes] = {}
    for output in outputs:
        for path, content in output(snapshot):
            if path in site:
                raise StatuspageError(f"two outputs write {path}")
            site[path] = content
    return dict(sorted(site.items()))
