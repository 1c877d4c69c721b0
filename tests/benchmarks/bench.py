"""All benchmarks, one table: docs/performance.md, between its two marks.

make bench              some 20 minutes
make bench QUICK=1      fewer of all; the table is printed and not written
"""

import os
import platform
import sys
from pathlib import Path

import builds
import growth
import latency
import pages
import rounds
from measure import Rows

TABLE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->\n"
HEAD = "| what | target | seen | | beside it |\n| --- | --- | --- | --- | --- |"
ALL: tuple[Rows, ...] = (builds.rows, rounds.rows, latency.rows, pages.rows, growth.rows)


def main(*, quick: bool) -> None:
    lines = [f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}.", "", HEAD]
    print("\n".join(lines), flush=True)  # noqa: T201 (a script's own output)
    for benchmark in ALL:
        for row in benchmark(quick):
            lines.append(row.line())
            print(lines[-1], flush=True)  # noqa: T201
    if not quick:
        before, _, rest = TABLE.read_text("utf-8").partition(BEGIN)
        table = "\n".join(lines)
        TABLE.write_text(f"{before}{BEGIN}\n{table}\n\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
