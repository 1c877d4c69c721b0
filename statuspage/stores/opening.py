"""From the words after `--store` to a store."""

from collections.abc import Mapping
from pathlib import Path

from statuspage.errors import StatuspageError
from statuspage.stores.base import Records
from statuspage.stores.branch import BRANCH, Branch
from statuspage.stores.bucket import KINDS
from statuspage.stores.folder import Folder
from statuspage.stores.staged import Staged

STATE_FOLDER = ".status-data"
VARIABLE = "STATUSPAGE_STORE"


def open_store(root: Path, address: str, environ: Mapping[str, str]) -> Records:
    """The store at an address; "" is the folder `.status-data` below `root`.

    `branch` is the branch status-data of the clone around `root`, `branch:NAME` another one; `s3://…`,
    `gs://…` and `az://…` are buckets, whose keys stand in `environ`; anything else is a folder. Nothing is read or
    written yet. Raises StatuspageError for an address that names no store.
    """
    scheme, _, rest = address.partition(":")
    if scheme == "branch":
        return Staged(Branch(root, rest or BRANCH))
    if scheme in KINDS and rest.startswith("//"):
        from statuspage.stores.bucket_records import BucketRecords

        return Staged(BucketRecords(address, environ))
    if rest.startswith("//"):
        mend = "name a folder, `branch`, or a bucket: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX"
        raise StatuspageError(f"no records can be kept at {scheme}://", mend=mend)
    return Folder(root / (address or STATE_FOLDER))
