"""Which notices a target wants, and when it wants to be left alone."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from statuspage.config import Target
from statuspage.model import State
from statuspage.notices import Audience, Notice, NoticeKind

ENDS = frozenset({NoticeKind.RECOVERY, NoticeKind.RESOLVED})
BEGINS = frozenset({NoticeKind.OUTAGE, NoticeKind.INCIDENT})
MACHINE_MADE = frozenset({NoticeKind.OUTAGE, NoticeKind.RECOVERY})
WEIGHED = BEGINS | ENDS | {NoticeKind.UPDATE}
"""Kinds that have an impact to be filtered by."""


def unwanted(target: Target, notice: Notice, *, told: bool) -> str:
    """Why the target is not told of it; "": it is. `told`: it was of something of the same thread.

    Who heard that a thing began hears how it goes on, even when it has become less bad.
    """
    if notice.kind not in target.kinds and not (told and target.pager and notice.kind in ENDS):
        return f"it is not told of {notice.kind} (kinds)"
    if why := not_public(target, notice):
        return why
    if target.components is not None and not target.components & {*notice.components}:
        return "it is about none of its components"
    if not told and _is_lighter(notice, target.least):
        return f"it is not as bad as {target.least} (least)"
    return ""


def not_public(target: Target, notice: Notice) -> str:
    """Why the public may not know; "": it may, or the target is none of the public's."""
    if notice.audience is Audience.OPERATORS and target.audience is Audience.PUBLIC:
        return "it is for operators alone (audience)"
    return ""


def is_muted(target: Target, notice: Notice, muted: Collection[str]) -> bool:
    """Whether all that it is about is muted. What people write for readers is told all the same.

    The end of an alarm is told to a pager: it disturbs nobody.
    """
    if not notice.components or not {*notice.components} <= {*muted}:
        return False
    if target.pager and notice.kind in ENDS:
        return False
    return target.audience is Audience.OPERATORS or target.pager or notice.kind in MACHINE_MADE


def quiet_until(target: Target, notice: Notice, now: datetime) -> str:
    """The time of day, `07:00`, until which it is held; "": it is not."""
    quiet = target.quiet
    if quiet is None or (quiet.exempt and notice.impact.severity >= State(quiet.exempt).severity):
        return ""
    time = now.astimezone(ZoneInfo(quiet.timezone or "Etc/UTC")).time()
    over_night = quiet.until < quiet.start
    after, before = time >= quiet.start, time < quiet.until
    return f"{quiet.until:%H:%M}" if (after or before if over_night else after and before) else ""


def _is_lighter(notice: Notice, least: State) -> bool:
    """What people write without an impact is lighter than any limit that was set, and else told."""
    if notice.kind not in WEIGHED or notice.impact is State.MAINTENANCE or least is State.DEGRADED:
        return False
    return notice.impact.severity < least.severity
