"""What stands around every page: its title, the way home, freshness, the feeds."""

import re
from dataclasses import dataclass

from statuspage.model import PageLink
from statuspage.views.context import Context, Link, Phrase
from statuspage.views.headline import freshness, outdated, stale_sentence
from statuspage.views.said import worded


@dataclass(frozen=True, slots=True)
class Translation:
    """The same page in one language."""

    code: str  # BCP 47
    name: str  # in that language
    href: str
    url: str  # absolute
    current: bool


@dataclass(frozen=True, slots=True)
class Alternate:
    """A feed that readers' programs find by themselves."""

    type: str  # media type
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new what the page says of the present is."""

    measured: str  # ISO, "" when nothing was measured
    valid_until: str  # the same
    stale: str  # sentence with {ago}
    outdated: str  # the same filled in when the page is written out of date, "" else
    lines: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    lang: str
    direction: str
    title: str
    site: str  # the page's name
    root: str  # relative way to the site's root, "" there
    home: str  # link to the front page
    freshness: Freshness | None  # None: nothing on the page is of the present
    demo: str  # the banner's words, "" for a real page
    history: str
    reports: str
    continuity: str  # "": that is not on the site
    maintenance: str
    affected: str
    subscribe: str
    calendar: str
    feeds: tuple[Link, ...]
    alternates: tuple[Alternate, ...]  # the most useful first: many programs take the first
    programs: tuple[Link, ...]
    zone: str  # IANA
    locale: str  # BCP 47, of dates and times
    times: str  # in which zone they are
    own_zone: str  # the same once the script has put them into the visitor's
    url: str  # absolute, of this page
    header: tuple[Link, ...]  # the operator's own
    footer: tuple[Link, ...]
    mirror: Link | None  # this page on the second host
    translations: tuple[Translation, ...]  # this one too; empty when there is one language


def frame(context: Context, title: str, *, present: bool = True) -> Frame:
    """The frame of a page. `present`: something on it is of the present, so it says how new that is.

    A page that tells only of the past does not: from one round to the next not an octet of it changes.
    """
    snapshot, language, _ = context.snapshot, context.language, context._
    root, zone = context.site, language.zone_name(context.now)
    return Frame(
        lang=language.code,
        direction=language.direction,
        title=f"{title} · {snapshot.page.name}",
        site=snapshot.page.name,
        root=root,
        home=context.root or "./",
        freshness=_freshness(context) if present else None,
        demo=_("Demonstration data: these figures are made up to show the page.")
        if snapshot.page.demo
        else "",
        history=f"{context.root}history/",
        reports=f"{context.root}reports/",
        continuity=f"{context.root}continuity/" if snapshot.continuity else "",
        maintenance=f"{context.root}maintenance/",
        affected=f"{context.root}affected/",
        subscribe=f"{context.root}subscribe/",
        calendar=f"{root}maintenance.ics",
        feeds=(
            Link(f"{root}history.atom", _("Incidents (Atom)")),
            Link(f"{root}updates.atom", _("Updates (Atom)")),
        ),
        alternates=_alternates(context),
        programs=(
            Link(f"{root}api/status.json", _("JSON")),
            Link(f"{root}api/v2/summary.json", _("Statuspage API")),
        ),
        zone=language.zone.key,
        locale=str(language.locale).replace("_", "-"),
        times=_("Times in {zone}").format(zone=zone),
        own_zone=_("Times in your own zone, days and charts in {zone}").format(zone=zone),
        url=_url(context, context.prefix),
        header=tuple(_own(context, link) for link in snapshot.page.header),
        footer=tuple(_own(context, link) for link in snapshot.page.footer),
        mirror=_mirror(context),
        translations=_translations(context),
    )


def _freshness(context: Context) -> Freshness:
    measured, until = context.snapshot.measured, context.snapshot.valid_until
    stale = stale_sentence(context)
    late = context.language.full_moment(measured) if measured and outdated(context) else ""
    return Freshness(
        measured=context.when(measured).iso if measured else "",
        valid_until=context.when(until).iso if until else "",
        stale=stale,
        outdated=stale.format(ago=late) if late else "",
        lines=freshness(context),
    )


def _alternates(context: Context) -> tuple[Alternate, ...]:
    """For programs that look for feeds, the most useful first."""
    _, root = context._, context.site
    return (
        Alternate("application/atom+xml", _("Updates (Atom)"), f"{root}updates.atom"),
        Alternate("application/atom+xml", _("Incidents (Atom)"), f"{root}history.atom"),
        Alternate("application/rss+xml", _("Incidents (RSS)"), f"{root}history.rss"),
        Alternate("application/feed+json", _("Updates (JSON Feed)"), f"{root}feed.json"),
        Alternate("text/calendar", _("Maintenance (iCalendar)"), f"{root}maintenance.ics"),
    )


def _own(context: Context, link: PageLink) -> Link:
    relative = not re.match(r"[a-z]+:|/", link.href)
    href = f"{context.site}{link.href}" if relative else link.href
    return Link(href, worded(context, link.text).text)


def _mirror(context: Context) -> Link | None:
    _, mirror = context._, context.snapshot.page.mirror
    if not mirror:
        return None
    host = mirror.partition("://")[2]
    text = _("If this host cannot be reached, the same page is at {address}.").format(address=host)
    return Link(f"{mirror}/{context.prefix}{context.path}", text)


def _translations(context: Context) -> tuple[Translation, ...]:
    if len(context.languages) < 2:
        return ()
    return tuple(
        Translation(
            code=one.code,
            name=one.name,
            href=f"{context.site}{prefix}{context.path}" or "./",
            url=_url(context, prefix),
            current=prefix == context.prefix,
        )
        for prefix, one in context.languages.items()
    )


def _url(context: Context, prefix: str) -> str:
    return f"{context.snapshot.page.url}/{prefix}{context.path}"
