"""How often a component fails, how bad that is, and both together."""

from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

from statuspage.continuity.graph import Fall
from statuspage.intervals import seconds
from statuspage.model import Criticality

WINDOW = timedelta(days=90)  # that is looked at
NEEDED = timedelta(days=30)  # of it that must be measured before anything is said of it


class Likelihood(StrEnum):
    NONE_SEEN = "none_seen"
    SELDOM = "seldom"  # less than twice in 90 days
    AT_TIMES = "at_times"  # less than five times
    OFTEN = "often"


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def rate(outages: int, measured: int) -> Fraction | None:
    """Outages in 90 measured days, from those seen in `measured` seconds; None where that is too little."""
    return Fraction(outages * seconds(WINDOW), measured) if measured >= seconds(NEEDED) else None


def likelihood(often: Fraction | None) -> Likelihood | None:
    """`often` is what `rate` gives."""
    if often is None:
        return None
    if not often:
        return Likelihood.NONE_SEEN
    return Likelihood.SELDOM if often < 2 else Likelihood.AT_TIMES if often < 5 else Likelihood.OFTEN


def impact(fall: Fall, components: int, journeys: int) -> Criticality:
    """From what falls with a component; `components` and `journeys` are how many there are.

    Critical: more than half of the journeys. High: one of them. Medium: other components alone. Without journeys it
    is critical from half of the other components on, high from a quarter on.
    """
    if journeys:
        share = Fraction(len(fall.journeys), journeys)
        if share > Fraction(1, 2):
            return Criticality.CRITICAL
        if share:
            return Criticality.HIGH
    elif fall.components:
        share = Fraction(len(fall.components), components - 1)
        if share >= Fraction(1, 4):
            return Criticality.CRITICAL if share >= Fraction(1, 2) else Criticality.HIGH
    return Criticality.MEDIUM if fall.components else Criticality.LOW


def risk(often: Likelihood | None, bad: Criticality) -> Risk | None:
    """Both from 1 to 4, multiplied: up to 3 is low, up to 6 medium. None where nothing is known of how often."""
    if often is None:
        return None
    score = score_of(often, bad)
    return Risk.LOW if score <= 3 else Risk.MEDIUM if score <= 6 else Risk.HIGH


def score_of(often: Likelihood, bad: Criticality) -> int:
    return (1 + list(Likelihood).index(often)) * (1 + list(Criticality).index(bad))
