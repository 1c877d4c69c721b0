"""A site in a bucket, replaced object by object in an order in which no visitor sees a page without its assets."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from statuspage.errors import Problem, StatuspageError, Where
from statuspage.stores import manifest as manifests
from statuspage.stores.base import Published
from statuspage.stores.bucket import address, opened, told
from statuspage.stores.headers import headers
from statuspage.stores.manifest import Entry, Manifest, Object
from statuspage.stores.site import refuse_names

if TYPE_CHECKING:
    from statuspage.stores.bucket import Store

DEADLINE = timedelta(minutes=5)
"""For all of it. Signatures are good for 15 minutes; the job of the shipped workflow has 12."""

AT_ONCE = 16  # requests in flight


@dataclass(frozen=True, slots=True)
class BucketSite:
    """The site at `s3://bucket/prefix`, `gs://…` or `az://…`; endpoint and keys are read from `environ`.

    One publisher at a time: of two at once each page is one's or the other's, whole, and the next run mends it.
    """

    url: str
    environ: Mapping[str, str]
    within: timedelta = DEADLINE

    def publish(self, files: Mapping[str, bytes], now: datetime) -> Published:
        """Put what changed, `index.html` last, then delete what has been out of use for a day.

        Raises StatuspageError when the bucket refuses; every page that can be seen then is complete.
        """
        refuse_names(files)
        store = opened(self.url, self.environ)
        with told(address(self.url)):
            return asyncio.run(self._within(store, files, now))

    async def _within(self, store: "Store", files: Mapping[str, bytes], now: datetime) -> Published:
        async with asyncio.timeout(self.within.total_seconds()):
            return await self._publish(store, files, now)

    async def _publish(self, store: "Store", files: Mapping[str, bytes], now: datetime) -> Published:
        listed = await _listed(store)
        known, notes = await self._manifest(store) if manifests.PATH in listed else ({}, [])
        wanted = manifests.to_put(files, known, listed)
        meant = manifests.intended(wanted, known, listed, now)
        if meant is not known:
            await _keep(store, meant)
        put = await _put_all(store, wanted)
        unused = manifests.unused(files, known, listed, now)
        expired = manifests.to_delete(unused, now)
        removed, refused = await self._delete(store, expired)
        held = {path: entry for path, entry in unused.items() if path not in removed}
        kept = {path: put.get(path) or known[path] for path in files}
        final = {**held, **{path: Entry(entry.digest, entry.object) for path, entry in kept.items()}}
        if final != dict(meant):
            await _keep(store, final)
        return Published(len(files), tuple(sorted(put)), tuple(removed), (*notes, *refused))

    async def _manifest(self, store: "Store") -> tuple[Manifest, list[Problem]]:
        """What is ours in the bucket; nothing, when the manifest is broken.

        It is asked for when it is listed: to a key that may list below a prefix alone, what is not there is refused.
        """
        from obstore import get_async

        try:
            answer = await get_async(store, manifests.PATH)
            return manifests.read(bytes(await answer.bytes_async())), []
        except ValueError:  # UnicodeDecodeError is one
            what = "the list of what is published there is broken; it is made anew, and older files stay for ever"
            mend = "nothing; remove by hand what the page no longer has, if it matters"
            place = Where(f"{address(self.url)}/{manifests.PATH}")
            return {}, [Problem(what, place, mend, warning=True)]

    async def _delete(self, store: "Store", paths: list[str]) -> tuple[list[str], list[Problem]]:
        """A key without the right to delete publishes all the same: what was removed, what to tell."""
        from obstore import delete_async

        if not paths:
            return [], []
        try:
            with told(at := address(self.url)):
                await delete_async(store, paths)
        except StatuspageError as error:
            reason = error.problems[0]
            what = f"{len(paths)} files out of use cannot be deleted: {reason.what}"
            return [], [Problem(what, Where(str(at)), reason.mend, warning=True)]
        return paths, []


async def _listed(store: "Store") -> dict[str, Object]:
    from obstore import list as listing

    return {
        one["path"]: Object(one["size"], _bare(one["e_tag"]))
        async for batch in listing(store)
        for one in batch
    }


async def _put_all(store: "Store", files: Mapping[str, bytes]) -> dict[str, Entry]:
    """Put the files stage by stage; a stage begins when the one before is complete."""
    done: dict[str, Entry] = {}
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(path: str) -> None:
        async with gate:
            etag = await _put(store, path, files[path], headers(path))
        done[path] = Entry(manifests.digest(path, files[path]), Object(len(files[path]), etag))

    for stage in manifests.stages(files):
        await _together(one(path) for path in stage)
    return done


async def _keep(store: "Store", manifest: Manifest) -> None:
    head = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    await _put(store, manifests.PATH, manifests.write(manifest), head)


async def _put(store: "Store", path: str, content: bytes, head: Mapping[str, str]) -> str:
    """One whole request, never in parts: the ETag of parts is another one. Its ETag."""
    from obstore import put_async

    answer = await put_async(store, path, content, attributes=dict(head), use_multipart=False)
    return _bare(answer["e_tag"])


async def _together(jobs: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all; the first failure ends the others and is raised alone."""
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


def _bare(etag: str | None) -> str:
    """Answers have it in quotes, lists of Azure's do not."""
    return (etag or "").removeprefix("W/").strip('"')
