"""All that can be subscribed to, read by a program or put on another page, each with its whole address."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from statuspage.model import ComponentStatus
from statuspage.views.context import Context
from statuspage.views.frame import Frame, frame

V2 = (
    "status",
    "components",
    "incidents",
    "incidents/unresolved",
    "scheduled-maintenances",
    "scheduled-maintenances/upcoming",
    "scheduled-maintenances/active",
)
"""Files of the Statuspage API beside its summary."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to take along."""

    name: str
    why: str  # "" where the name says it
    text: str  # what is copied: an absolute address, or a piece of markup
    href: str = ""  # the same file, relative; "" for markup


@dataclass(frozen=True, slots=True)
class Picture:
    src: str
    alt: str


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    heading: str
    lead: str
    offers: tuple[Offer, ...]
    more: tuple["Section", ...] = ()  # folded away, without a lead
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class SubscribePage:
    frame: Frame
    heading: str
    lead: str
    sections: tuple[Section, ...]
    copy: str
    copied: str


def subscribe_page(context: Context) -> SubscribePage:
    _ = context._
    heading = _("Subscribe")
    return SubscribePage(
        frame=frame(context, heading, present=False),
        heading=heading,
        lead=_(
            "Nothing here needs an account: each address is a plain file that is made anew with this page."
        ),
        sections=tuple(_sections(context)),
        copy=_("Copy"),
        copied=_("Copied"),
    )


def _sections(context: Context) -> Iterator[Section]:
    _ = context._
    yield Section(
        "follow",
        _("Feeds"),
        _("For feed readers, and for Slack, Teams and whatever else follows a feed."),
        tuple(_feeds(context)),
    )
    yield Section("calendar", _("Calendar"), "", tuple(_calendar(context)))
    if context.snapshot.components:
        yield Section(
            "components",
            _("One component alone"),
            _("The same for a single component, with badges of its own."),
            (),
            more=tuple(_component(context, one) for one in context.snapshot.components),
        )
    yield Section(
        "programs",
        _("For programs"),
        _("No key is needed. Ask as often as this page is made: there is nothing new between."),
        tuple(_programs(context)),
        more=(_statuspage(context),),
    )
    yield Section(
        "badge",
        _("Badge"),
        _("A picture of the state now, for a README or a page of your own."),
        _badge(context, "status", context.snapshot.page.name, "", _("Badge")),
        picture=Picture(f"{context.site}badges/status.svg", context.snapshot.page.name),
    )
    yield Section("widget", _("In a chat window"), "", (_widget(context),))


def _feeds(context: Context) -> Iterator[Offer]:
    _ = context._
    history = _("An entry for each incident or maintenance, with all its updates.")
    updates = _("An entry for each update: for whatever tells you of new entries only.")
    yield _file(context, "history.atom", _("Incidents (Atom)"), history)
    yield _file(context, "history.rss", _("Incidents (RSS)"), history)
    yield _file(context, "updates.atom", _("Updates (Atom)"), updates)
    yield _file(context, "updates.rss", _("Updates (RSS)"), updates)
    yield _file(context, "feed.json", _("Updates (JSON Feed)"), updates)


def _calendar(context: Context) -> Iterator[Offer]:
    _ = context._
    why = _("Scheduled maintenance in your own calendar, which follows when it is moved or cancelled.")
    yield _file(context, "maintenance.ics", _("Maintenance (iCalendar)"), why)
    live = "webcal:" + _url(context, "maintenance.ics").partition(":")[2]
    often = _("Calendars look for news once in an hour to a day: they are for plans, not for alarms.")
    yield Offer(_("Subscribe in a calendar"), often, live, live)


def _programs(context: Context) -> Iterator[Offer]:
    _ = context._
    yield _file(
        context,
        "api/status.json",
        _("All figures (JSON)"),
        _("States, uptime with its bounds, and until when all of it holds."),
    )
    yield _file(
        context,
        "api/v2/summary.json",
        _("Statuspage API"),
        _("In the form that programs made for Statuspage read."),
    )
    yield _file(context, "metrics.prom", _("Metrics"), _("For Prometheus, in OpenMetrics text."))
    yield _file(context, "status.txt", _("Plain text"), _("For terminals, and for programs that read lines."))


def _statuspage(context: Context) -> Section:
    names = tuple(f"api/v2/{name}.json" for name in V2)
    offers = tuple(_file(context, path, path) for path in names)
    return Section("v2", context._("All files of the Statuspage API"), "", offers)


def _component(context: Context, one: ComponentStatus) -> Section:
    _ = context._
    badge, uptime = _badges_of(context, one.id)
    below = f"components/{one.id}/"
    return Section(
        f"of-{one.id}",
        one.name,
        "",
        (
            _file(context, f"components/{one.id}.atom", _("Feed (Atom)")),
            _file(context, f"components/{one.id}.ics", _("Calendar")),
            _file(context, f"api/components/{one.id}.json", _("All figures (JSON)")),
            *_badge(context, badge, one.name, below, _("Badge")),
            *_badge(context, uptime, one.name, below, _("Uptime badge")),
        ),
    )


def _badges_of(context: Context, id: str) -> tuple[str, str]:
    """Names of a component's badges: one that another badge has already is set apart by an underscore."""
    taken = context.snapshot.component(f"{id}-uptime") is not None
    return f"component_{id}" if id == "status" else id, f"{id}_uptime" if taken else f"{id}-uptime"


def _badge(context: Context, name: str, alt: str, below: str, called: str) -> tuple[Offer, ...]:
    """The picture in Markdown and in HTML, each a link to the page that tells more; the document for shields.io."""
    image, page = _url(context, f"badges/{name}.svg"), _url(context, context.prefix + below)
    safe = escape(alt).translate(_MARKDOWN)
    labelled = context.labelled
    return (
        Offer(labelled(called, "Markdown"), "", f"[![{safe}]({image})]({page})"),
        Offer(labelled(called, "HTML"), "", f'<a href="{page}"><img src="{image}" alt="{escape(alt)}"></a>'),
        _file(context, f"badges/{name}.json", labelled(called, "shields.io")),
    )


_MARKDOWN = str.maketrans({c: f"\\{c}" for c in "\\`*_[]!"} | {"\n": " "})


def _widget(context: Context) -> Offer:
    _ = context._
    why = _(
        "One line of HTML. It shows nothing while all is well, and one quiet line with cause and expected "
        "return when it is not."
    )
    return Offer(_("Widget"), why, f'<script src="{_url(context, "widget.js")}" async></script>')


def _file(context: Context, path: str, name: str, why: str = "") -> Offer:
    return Offer(name, why, _url(context, path), f"{context.site}{path}")


def _url(context: Context, path: str) -> str:
    return f"{context.snapshot.page.url}/{path}"
