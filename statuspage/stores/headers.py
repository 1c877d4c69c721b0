"""The headers that a file of the site is served with, by its name."""

import re
from pathlib import PurePosixPath

TYPES = {
    "": "application/octet-stream",
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".ics": "text/calendar; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".png": "image/png",
    ".prom": "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".webp": "image/webp",
    ".xml": "application/xml; charset=utf-8",
}
FOR_EVER = "public, max-age=31536000, immutable"  # RFC 8246: the name changes with the content
FOR_A_MINUTE = "public, max-age=60, stale-if-error=86400"  # RFC 5861 §4: a day old rather than an error
_HASHED = re.compile(r"assets/.+\.[0-9a-f]{12}\.[a-z0-9]+")  # twelve digits of SHA-256, before the ending


def is_hashed(path: str) -> bool:
    """Whether the file's name says its content, so that it never changes."""
    return _HASHED.fullmatch(path) is not None


def headers(path: str) -> dict[str, str]:
    """Content-Type and Cache-Control of a file of the site."""
    return {
        "Content-Type": TYPES.get(PurePosixPath(path).suffix.lower(), TYPES[""]),
        "Cache-Control": FOR_EVER if is_hashed(path) else FOR_A_MINUTE,
    }
