"""From the words after `--store` to a store."""

from pathlib import Path

from statuspage.errors import StatuspageError
from statuspage.stores.base import Records
from statuspage.stores.branch import BRANCH, Branch
from statuspage.stores.folder import Folder
from statuspage.stores.staged import Staged

STATE_FOLDER = ".status-data"
VARIABLE = "STATUSPAGE_STORE"


def open_store(root: Path, address: str) -> Records:
    """The store at an address; "" is the folder `.status-data` below `root`.

    `branch` is the branch status-data of the clone around `root`, `branch:NAME` another one; anything else is a
    folder. Nothing is read or written yet. Raises StatuspageError for an address that names no store.
    """
    scheme, _, rest = address.partition(":")
    if scheme == "branch":
        return Staged(Branch(root, rest or BRANCH))
    if rest.startswith("//"):
        raise StatuspageError(f"no records can be kept at {scheme}://", mend="name a folder, or `branch`")
    return Folder(root / (address or STATE_FOLDER))
