"""A history in a bucket: written, read, and looked at from behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import obstore
from s3_world import S3, Faulty

from statuspage.errors import Where
from statuspage.lines import checksummed, unchecksum
from statuspage.stores.bucket import opened as store_at
from statuspage.stores.bucket_records import BucketRecords
from statuspage.stores.staged import Staged

RAW = "raw/2026-11-22/07.ndjson"
LEDGER = "ledger.ndjson"
DAY_OVER = timedelta(hours=25)


def line(name: object) -> str:
    return checksummed({"id": str(name)})


@dataclass(frozen=True)
class Place:
    """A prefix of a bucket, and how to get there."""

    url: str
    environ: Mapping[str, str]
    server: S3 | None = None  # None: it is no S3

    def records(self, **how: object) -> Staged:
        return Staged(BucketRecords(self.url, self.environ, **how))  # type: ignore[arg-type]

    def through(self, proxy: Faulty) -> "Place":
        return Place(self.url, proxy.s3.environ)

    def write(self, name: object, **how: object) -> None:
        records = self.records(**how)
        records.append(RAW, [line(name)])
        records.keep(f"run {name}")

    def lines(self, path: str = RAW) -> list[str]:
        return (self.records().read(path) or b"").decode().splitlines()

    def files(self) -> dict[str, bytes | None]:
        records = self.records()
        return {path: records.read(path) for path in records.list("")}

    def compact(self, **how: object) -> bool:
        return BucketRecords(self.url, self.environ, **how).compact()  # type: ignore[arg-type]

    def objects(self, prefix: str = "") -> list[str]:
        found = obstore.list(store_at(self.url, self.environ), prefix=prefix or None)
        return sorted(one["path"] for batch in found for one in batch)

    def get(self, path: str) -> bytes:
        return bytes(obstore.get(store_at(self.url, self.environ), path).bytes())

    def put(self, path: str, data: bytes) -> None:
        obstore.put(store_at(self.url, self.environ), path, data)

    def delete(self, *paths: str) -> None:
        obstore.delete(store_at(self.url, self.environ), paths)

    def manifest(self) -> str:
        return max(path for path in self.objects("rollup") if path.endswith(".json"))

    def age(self, by: timedelta = DAY_OVER) -> None:
        """As if the newest rollup had been so long ago."""
        path = self.manifest()
        told = unchecksum(self.get(path), Where(path))
        for kind in ("runs", "unused"):
            times: dict[str, str] = told[kind]  # type: ignore[assignment]
            told[kind] = {one: f"{datetime.fromisoformat(at) - by}" for one, at in times.items()}
        self.put(path, checksummed(told).encode() + b"\n")
