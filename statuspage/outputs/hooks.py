"""One notice as Statuspage's webhooks have it: a component's update, or a whole incident or maintenance.

The objects inside are those of the v2 files, whose keys a receiver may know from there; `notice` is ours, and says
which of the updates it is about. Source: support.atlassian.com/statuspage, "Enable webhook notifications".
"""

from statuspage.model import Snapshot, State
from statuspage.notices import Notice, NoticeKind
from statuspage.outputs.v2 import Row, Wire
from statuspage.outputs.wire import address, json_bytes, stamp, wire_id

_OF_A_COMPONENT = (NoticeKind.OUTAGE, NoticeKind.RECOVERY)
_OF_AN_INCIDENT = (
    NoticeKind.INCIDENT,
    NoticeKind.UPDATE,
    NoticeKind.RESOLVED,
    NoticeKind.MAINTENANCE_ANNOUNCED,
    NoticeKind.MAINTENANCE_STARTED,
    NoticeKind.MAINTENANCE_ENDED,
)


def webhook(snapshot: Snapshot, notice: Notice) -> str:
    """The JSON; "" for a notice that is about neither, or about what the public files do not have."""
    wire = Wire(snapshot)
    found = _subject(wire, notice)
    if not found:
        return ""
    head = {
        "meta": {"unsubscribe": None, "documentation": address(snapshot.page, "api/")},
        "page": {
            "id": wire.page_id,
            "status_indicator": wire.status["indicator"],
            "status_description": wire.status["description"],
            "url": snapshot.page.url,
        },
    }
    return json_bytes({**head, **found, "notice": _notice(notice)}).decode()


def _subject(wire: Wire, notice: Notice) -> Row:
    if notice.kind in _OF_A_COMPONENT:
        return _component_update(wire, notice)
    if notice.kind in _OF_AN_INCIDENT:
        id_ = wire_id("incident", notice.subject)
        return next(({"incident": row} for known, row in wire.alone() if known == id_), {})
    return {}


def _component_update(wire: Wire, notice: Notice) -> Row:
    """The state of before is all well, as an outage begins there, and it ends there."""
    id_ = wire_id("component", notice.subject)
    row = next((row for row in wire.components if row["id"] == id_), None)
    if row is None:
        return {}
    bad, well = str(notice.impact), str(State.OPERATIONAL)
    over = notice.kind is NoticeKind.RECOVERY
    return {
        "component_update": {
            "id": wire_id("update", notice.key),
            "component_id": id_,
            "created_at": stamp(notice.at),
            "old_status": bad if over else well,
            "new_status": well if over else bad,
        },
        "component": row,
    }


def _notice(notice: Notice) -> Row:
    return {
        "kind": str(notice.kind),
        "key": notice.key,
        "number": notice.number or None,
        "at": stamp(notice.at),
        **({"drill": True} if notice.drill else {}),
    }
