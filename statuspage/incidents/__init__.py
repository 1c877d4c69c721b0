"""What people wrote: Markdown files to incidents and maintenances, YAML files to corrections."""

from statuspage.incidents.corrections import (
    CORRECTION,
    WrittenCorrection,
    read_correction,
    read_corrections,
    settle_correction,
)
from statuspage.incidents.facts import Names
from statuspage.incidents.files import CORRECTIONS, Collected, collect, collect_corrections
from statuspage.incidents.reading import is_id, read, read_all
from statuspage.incidents.series import spread
from statuspage.incidents.settle import settle
from statuspage.incidents.text import CONVERSIONS, converter, render
from statuspage.incidents.written import Facts, Written, WrittenUpdate

__all__ = [
    "CONVERSIONS",
    "CORRECTION",
    "CORRECTIONS",
    "Collected",
    "Facts",
    "Names",
    "Written",
    "WrittenCorrection",
    "WrittenUpdate",
    "collect",
    "collect_corrections",
    "converter",
    "is_id",
    "read",
    "read_all",
    "read_correction",
    "read_corrections",
    "render",
    "settle",
    "settle_correction",
    "spread",
]
