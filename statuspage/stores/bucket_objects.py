"""Objects of a bucket: read, listed, put once and for all. Every failure is told in our words."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from statuspage.errors import StatuspageError, Where
from statuspage.stores.bucket import address, opened, told

AT_ONCE = 16  # requests in flight


class Missing(StatuspageError):
    """There is no such object, though there should be."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as the bucket lists it."""

    size: int
    at: datetime  # when it was put, by the server's clock
    etag: str


class Objects:
    """What lies below a bucket's address."""

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        self.at = address(url)
        self._store = opened(url, environ)
        self._knows_conditions = True

    def where(self, path: str) -> Where:
        return Where(f"{self.at}/{path}")

    def listed(self, folder: str) -> dict[str, Listed]:
        """All below a folder, by path. Raises StatuspageError when the bucket is not there or does not answer."""
        from obstore import list as listing

        with told(self.at):
            return {
                one["path"]: Listed(one["size"], one["last_modified"], one["e_tag"] or "")
                for batch in listing(self._store, prefix=folder)
                for one in batch
            }

    def get(self, path: str, mend: str = "") -> bytes:
        """The object. Raises Missing, with how to mend that."""
        from obstore import get

        with told(self.at):
            try:
                return bytes(get(self._store, path).bytes())
            except FileNotFoundError:
                what = "this object of the history is not there"
                raise Missing(what, where=self.where(path), mend=mend) from None

    def get_all(self, paths: Iterable[str], mend: str = "") -> dict[str, bytes]:
        """Some objects, several at a time."""
        wanted = list(paths)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(lambda path: self.get(path, mend), wanted), strict=True))

    def create(self, path: str, data: bytes) -> bool:
        """Put an object; False: another one is there already, and stays.

        A try whose answer was lost is known by its content. A server that knows no conditions puts it over the other.
        """
        from obstore import put
        from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

        with told(self.at):
            try:
                if self._knows_conditions:
                    put(self._store, path, data, mode="create", use_multipart=False)
                    return True
            except (AlreadyExistsError, PreconditionError):
                return self._holds(path, data)
            except (BaseError, OSError) as error:
                if "status code: 501" not in str(error):  # RFC 9110 §15.6.2: it does not know the condition
                    raise
                self._knows_conditions = False
            put(self._store, path, data, use_multipart=False)
            return True

    def delete(self, paths: Iterable[str]) -> None:
        """Remove objects; one that is gone already is no failure."""
        from obstore import delete

        for path in paths:
            with told(self.at):
                try:
                    delete(self._store, path)
                except FileNotFoundError:
                    continue

    def _holds(self, path: str, data: bytes) -> bool:
        try:
            return self.get(path) == data
        except Missing:  # it was there a moment ago
            return False
