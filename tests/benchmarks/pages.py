"""How large is the front page?

    python tests/benchmarks/pages.py

Each component has 90 days, three of them not fully up with their sentences, and a sparkline; there are five incidents.
One request: styles stand in the page, pictures are drawn in it (tests/test_page.py holds that in a browser). gzip -9;
web servers take 6.
"""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import snapshots as given
from measure import Row

from statuspage.outputs.html import html

MOST = {50: 10.0, 200: 30.0}  # components, and kB


def rows(quick: bool) -> Iterator[Row]:
    for count, limit in MOST.items():
        front = dict(html(given.many(count, 5)))["index.html"]
        yield Row(
            what=f"front page, {count} components x 90 days, 5 incidents, gzip",
            seen=len(gzip.compress(front, 9, mtime=0)) / 1000,
            unit="kB",
            limit=limit,
            against=f"{len(front) / 1000:.1f} kB raw",
        )


if __name__ == "__main__":
    for row in rows(quick=True):
        print(row.line(), flush=True)  # noqa: T201 (a script's own output)
