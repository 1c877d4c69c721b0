"""The kinds of probes, in plain sight: one file a kind."""

from collections.abc import Mapping

from statuspage.probes.base import Certified, Cost, Kind, Occasion, Paid, Probe, missing_extra
from statuspage.probes.http import Http
from statuspage.probes.tcp import Tcp

__all__ = [
    "KINDS",
    "Certified",
    "Cost",
    "Http",
    "Kind",
    "Occasion",
    "Paid",
    "Probe",
    "Tcp",
    "kind_for",
    "missing_extra",
]

KINDS: Mapping[str, type[Kind]] = {kind.type: kind for kind in (Http, Tcp)}


def kind_for(url: str) -> str | None:
    """The kind that an address means by its scheme; None when no kind claims it."""
    scheme = url.partition("://")[0].lower()
    return next((name for name, kind in KINDS.items() if scheme in kind.schemes), None)
