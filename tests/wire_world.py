"""A small page for the tests of what programs read: every value has a default, each test changes what it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from statuspage.intervals import Interval
from statuspage.model import (
    ComponentStatus,
    GroupStatus,
    Impact,
    Incident,
    IncidentStatus,
    Maintenance,
    MaintenanceStatus,
    Outage,
    Page,
    Snapshot,
    State,
    Update,
    Uptime,
)

NOW = datetime(2026, 11, 22, 14, 40, tzinfo=UTC)
DAY = timedelta(days=1)
BIRTH = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
WEIGHTS = {State.DEGRADED: 0, State.PARTIAL: 30, State.MAJOR: 100}


def at(hour: int, minute: int = 0, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def figure(**changes: Any) -> Uptime:
    """A day with 600 unmeasured seconds and seven seconds of major outage."""
    day = Uptime(
        start=NOW - DAY,
        end=NOW,
        excluded=0,
        measured=85_800,
        down={State.MAJOR: 7},
        weighted_down=700,
    )
    return replace(day, **changes)


def component(name: str, state: State = State.OPERATIONAL, **changes: Any) -> ComponentStatus:
    status = ComponentStatus(
        id=name.lower().replace(" ", "-"),
        name=name,
        description="",
        group=None,
        state=state,
        probed=state,
        since=at(9),
        code="",
        detail="",
        manual=False,
        affected_by=(),
        depends_on=(),
        checked=at(14, 35),
        latency=timedelta(milliseconds=240, microseconds=900),
        recent=(None,) * 24,
        slow=None,
        uptimes={"24h": figure()},
        bar=(),
        outages=(),
        first_measured=BIRTH,
    )
    return replace(status, **changes)


def outage(start: datetime, end: datetime | None, state: State = State.MAJOR) -> Outage:
    return Outage(component="x", start=start, end=end, state=state, code="http.500", detail="")


def update(
    number: int, status: str, when: datetime, text: str = "We look into it.", **changes: Any
) -> Update:
    made = Update(number=number, status=status, at=when, first_seen=when, html=f"<p>{text}</p>", text=text)
    return replace(made, **changes)


def incident(id_: str = "slow-answers", *updates: Update, **changes: Any) -> Incident:
    """Open since 14:00, or as its updates (newest first) have it."""
    told = updates or (update(1, "investigating", at(14)),)
    status = IncidentStatus(told[0].status)
    over = [u.at for u in told if u.status == IncidentStatus.RESOLVED]
    worst: dict[str, State] = {}
    for one in reversed(told):
        worst.update(one.components)
    made = Incident(
        id=id_,
        title="Slow answers",
        impact=Impact.MINOR,
        status=status,
        started=told[-1].at,
        created=told[-1].first_seen,
        resolved=min(over) if over else None,
        components=dict(worst),
        worst=worst,
        updates=tuple(told),
    )
    return replace(made, **changes)


def maintenance(id_: str = "new-disks", *updates: Update, **changes: Any) -> Maintenance:
    """Announced on the 20th for 18:00 to 19:30 today."""
    told = updates or (update(1, "scheduled", at(10, day=20), "We change the disks."),)
    made = Maintenance(
        id=id_,
        title="New disks",
        status=MaintenanceStatus(told[0].status),
        start=at(18),
        end=at(19, 30),
        created=told[-1].first_seen,
        components=("search",),
        updates=tuple(told),
    )
    made = replace(made, **changes)
    return replace(made, announced=Interval(made.start, made.end) if made.created < made.start else None)


def snapshot(*components: ComponentStatus, page: Mapping[str, Any] | None = None, **changes: Any) -> Snapshot:
    """Groups are made from the components' own words."""
    names = dict.fromkeys(c.group or "" for c in components)
    groups = [_group(name, components) for name in sorted(names, key=lambda name: not name)]
    made = Snapshot(
        page=replace(Page(name="Parley", url="https://status.parley.example", since=2026), **(page or {})),
        now=NOW,
        measured=at(14, 35),
        valid_until=at(15),
        next_check=at(14, 40),
        void="",
        state=max((c.state for c in components), key=lambda s: s.severity, default=State.UNKNOWN),
        groups=tuple(groups),
        components=components,
        incidents=(),
        maintenances=(),
        weights=WEIGHTS,
    )
    return replace(made, **changes)


def _group(name: str, components: tuple[ComponentStatus, ...]) -> GroupStatus:
    members = [c for c in components if (c.group or "") == name]
    worst = max((c.state for c in members), key=lambda s: s.severity)
    ids = tuple(c.id for c in members)
    return GroupStatus(name=name, description="", state=worst, collapsed=False, components=ids)
