"""Put a built site where visitors find it. Here: a folder; buckets plug in behind the same function."""

from pathlib import Path

from statuspage.errors import StatuspageError, Where
from statuspage.stores.site import swap


def read_site(folder: Path) -> dict[str, bytes]:
    """Every file of a built site by its path below `folder`. Raises when there is no built site."""
    if not (folder / "index.html").is_file():
        raise StatuspageError(
            "no built site here",
            where=Where(str(folder)),
            mend="run `statuspage build` or `statuspage run` first",
        )
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def publish(site: Path, target: str) -> int:
    """Copy the built site to `target`, swapped in whole. The number of files.

    Raises StatuspageError when `target` is an address: buckets come with the extra `cloud`.
    """
    if "://" in target:
        raise StatuspageError(
            f"cannot publish to {target.split('://')[0]}:// yet",
            mend="name a folder; the shipped workflow uploads to S3",
        )
    files = read_site(site)
    swap(files, Path(target))
    return len(files)
