"""HTML that Markdown became before: the one part of reading an incident that takes long."""

import json
from collections.abc import Callable
from hashlib import blake2b

LENGTH = 16  # octets of a hash
MOST = 100_000  # texts


class Conversions:
    """By a text's hash what the converter made of it. It goes on to be sanitised: what is kept here is not trusted."""

    def __init__(self) -> None:
        self._before: dict[str, str] = {}  # of the last build
        self._now: dict[str, str] = {}  # asked for since

    def of(self, markdown: str, convert: Callable[[str], str]) -> str:
        key = blake2b(markdown.encode("utf-8", "surrogatepass"), digest_size=LENGTH).hexdigest()
        html = self._now.get(key, self._before.get(key))
        if html is None:
            html = convert(markdown)
        if len(self._now) < MOST:
            self._now[key] = html
        return html

    def load(self, data: bytes, made_by: str) -> None:
        """Take over what another process kept, unless a converter other than `made_by` made it or it cannot be read."""
        try:
            told = json.loads(data)
            known = told["html"] if told["made_by"] == made_by else {}
            self._before |= {key: html for key, html in known.items() if isinstance(html, str)}
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return

    def dump(self, made_by: str, fit: Callable[[str], bool]) -> bytes:
        """What was asked for since the last time and is `fit` to be kept, for `load`. The rest is forgotten."""
        self._before, self._now = self._now, {}
        html = {key: html for key, html in sorted(self._before.items()) if fit(html)}
        told = {"made_by": made_by, "html": html}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
