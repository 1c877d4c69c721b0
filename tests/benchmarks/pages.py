"""How large is the front page, and how long does it take to make? Prints octets raw and compressed.

    python tests/benchmarks/pages.py [COMPONENTS ...]     50 and 200, if not given

Each component has 90 days, three of them not fully up with their sentences, and a sparkline; there are five incidents.
Promised: 70 kB raw and 10 kB gzip with 50 components, 30 kB gzip with 200 (gzip -9; web servers take 6).
"""

import gzip
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import snapshots as given

from statuspage.outputs.html import html

PROMISED = {50: (70_000, 10_000), 200: (None, 30_000)}


def main(counts: list[int]) -> int:
    kept = True
    for count in counts:
        snapshot = given.many(count, 5)
        began = time.process_time()
        pages = dict(html(snapshot))
        took = time.process_time() - began
        front = pages["index.html"]
        sizes = len(front), len(gzip.compress(front, 9, mtime=0))
        script = sum(len(body) for path, body in pages.items() if path.endswith(".js"))
        sys.stdout.write(
            f"{count} components: front page {sizes[0]} raw, {sizes[1]} gzip; scripts {script} raw; "
            f"{len(pages)} files in {took:.2f} s CPU\n"
        )
        for size, most in zip(sizes, PROMISED.get(count, (None, None)), strict=True):
            kept = kept and (most is None or size <= most)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]] or [50, 200]))
