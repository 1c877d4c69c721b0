"""The fixed words of the pages: headings, column names, buttons."""

from dataclasses import dataclass

from statuspage.views.context import Context


@dataclass(frozen=True, slots=True)
class Labels:
    affected: str
    affected_then: str
    all_components: str
    api: str
    between: str
    budget: str
    calendar: str
    checked: str
    checks: str
    components: str
    continuity: str
    day: str
    days_listed: str
    depends_on: str
    details: str
    feeds: str
    happened: str
    history: str
    incident: str
    languages: str
    lasted: str
    last_days: str
    last_months: str
    maintenance: str
    measured: str
    median: str
    more_links: str
    needed_by: str
    newest: str
    no_outages: str
    no_trouble: str
    now_in_progress: str
    older: str
    oldest: str
    open_incidents: str
    outages: str
    outages_note: str
    p95: str
    past: str
    permalink: str
    place: str
    places: str
    planned: str
    reports: str
    saw: str
    skip: str
    started: str
    state: str
    subscribe: str
    table: str
    tags: str
    today: str
    updates: str
    uptime: str
    what: str
    window: str
    workaround: str


def labels(context: Context) -> Labels:
    _ = context._
    return Labels(
        affected=_("Affected"),
        affected_then=_("Was I affected?"),
        all_components=_("All components"),
        api=_("For programs"),
        between=_("If all had been measured"),
        budget=_("Error budget"),
        calendar=_("Add to calendar"),
        checked=_("Last checked"),
        checks=_("The checks:"),
        components=_("Components"),
        continuity=_("Continuity"),
        day=_("Day"),
        days_listed=_("The days that were not fully operational"),
        depends_on=_("Depends on:"),
        details=_("All details"),
        feeds=_("Feeds"),
        happened=_("What happened"),
        history=_("Full history"),
        incident=_("Incident"),
        languages=_("Languages and subscription"),
        lasted=_("Lasted"),
        last_days=_("Last 90 days"),
        last_months=_("Last 12 months"),
        maintenance=_("Maintenance"),
        measured=_("Measured"),
        median=_("Median"),
        more_links=_("More links"),
        needed_by=_("Needed by:"),
        newest=_("At the newest check"),
        no_outages=_("The checks saw no outage."),
        no_trouble=_("No day with trouble, none unmeasured."),
        now_in_progress=_("Maintenance in progress"),
        older=_("The original was edited after this translation."),
        oldest=context.language.ngettext("{count} day ago", "{count} days ago", 90),
        open_incidents=_("Open incidents:"),
        outages=_("Outages"),
        outages_note=_("measured by the checks"),
        p95=_("95th percentile"),
        past=_("Past incidents"),
        permalink=_("Permanent link"),
        place=_("Place"),
        places=_("Seen from"),
        planned=_("Scheduled maintenance"),
        reports=_("Reports"),
        saw=_("What the checks saw"),
        skip=_("Skip to the content"),
        started=_("Started"),
        state=_("State"),
        subscribe=_("Subscribe"),
        table=_("The same as a table"),
        tags=_("Tags:"),
        today=_("Today"),
        updates=_("Updates"),
        uptime=_("Uptime"),
        what=_("What happened"),
        window=_("Last"),
        workaround=_("What you can do:"),
    )
