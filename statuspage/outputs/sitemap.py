"""`sitemap.xml` and `robots.txt`: where a search engine finds each page, and the same page in other languages.

Sources: https://www.sitemaps.org/protocol.html (50,000 addresses, 50 MB), RFC 9309 (robots.txt), and
https://developers.google.com/search/docs/specialty/international/localized-versions for the alternates.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from statuspage.knowledge import memory
from statuspage.model import Incident, Snapshot
from statuspage.outputs.wire import address, newest, stamp, xml_text
from statuspage.reliability import recent_periods
from statuspage.views.continuity import PATH as CONTINUITY
from statuspage.views.history import everything, month_path, months_of
from statuspage.views.languages import first_context, languages_of
from statuspage.views.reports import report_path

MOST = 50_000  # addresses of a file, all languages together
OCTETS = 40_000_000  # estimated, well below the limit
EACH, ALTERNATE = 120, 110  # octets of an address beside itself, and of one of its alternates


@dataclass(frozen=True, slots=True)
class Entry:
    path: str  # below a language's root
    modified: datetime | None = None  # None: it changes with each measurement


def sitemap(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """Both files; the addresses in them are whole."""
    yield "sitemap.xml", _document(snapshot, entries(snapshot))
    site = address(snapshot.page, "sitemap.xml")
    yield "robots.txt", f"User-agent: *\nAllow: /\n\nSitemap: {site}\n".encode("utf-8", "replace")


def entries(snapshot: Snapshot) -> Iterator[Entry]:
    """All pages of one language, those that matter most first."""
    for path in ("", "history/", "maintenance/", "subscribe/", "affected/", "reports/"):
        yield Entry(path)
    if memory(snapshot).worth_a_page:
        yield Entry("knowledge/")
    if snapshot.continuity:
        yield Entry(CONTINUITY)
    for component in snapshot.components:
        yield Entry(f"components/{quote(component.id, safe='')}/")
    for over in recent_periods(snapshot):
        yield Entry(report_path(over))
    for month in months_of(first_context(snapshot)):
        yield Entry(month_path(month))
    for one in everything(snapshot):
        # The page of an open incident and that of a maintenance change without an update too.
        settled = isinstance(one, Incident) and not one.open
        yield Entry(f"incidents/{quote(one.id, safe='')}/", newest(one) if settled else None)


def _document(snapshot: Snapshot, pages: Iterable[Entry]) -> bytes:
    languages = languages_of(snapshot.page)
    root = Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    if len(languages) > 1:
        root.set("xmlns:xhtml", "http://www.w3.org/1999/xhtml")
    room, octets = MOST, OCTETS
    for page in pages:
        urls = [(one.code, address(snapshot.page, prefix + page.path)) for prefix, one in languages.items()]
        longest = max(len(url) for _, url in urls)
        room -= len(urls)
        octets -= len(urls) * (longest + EACH + len(urls) * (longest + ALTERNATE))
        if room < 0 or octets < 0:
            break
        for _, url in urls:
            _add(root, url, urls, page.modified)
    indent(root, "")
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add(root: Element, url: str, urls: list[tuple[str, str]], modified: datetime | None) -> None:
    one = SubElement(root, "url")
    SubElement(one, "loc").text = xml_text(url)
    if modified:
        SubElement(one, "lastmod").text = stamp(modified)
    if len(urls) > 1:
        for code, other in [*urls, ("x-default", urls[0][1])]:
            SubElement(one, "xhtml:link", rel="alternate", hreflang=code, href=xml_text(other))
