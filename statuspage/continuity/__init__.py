"""How well the operator is prepared for failures, from what is declared and what was measured. docs/continuity.md.

`graph` is what falls with a component, `availability` that of a journey, `risk` how often and how bad, `recovery` how
long repairs took, `outlook` all of it together, `discretion` what of it readers may see.
"""

from statuspage.continuity.availability import announced, independent, journey_line
from statuspage.continuity.discretion import is_internal, without_addresses
from statuspage.continuity.graph import Fall, falls
from statuspage.continuity.outlook import ComponentOutlook, JourneyOutlook, Outlook, outlook
from statuspage.continuity.recovery import Recovery, recovery
from statuspage.continuity.risk import NEEDED, WINDOW, Likelihood, Risk, impact, likelihood, risk

__all__ = [
    "NEEDED",
    "WINDOW",
    "ComponentOutlook",
    "Fall",
    "JourneyOutlook",
    "Likelihood",
    "Outlook",
    "Recovery",
    "Risk",
    "announced",
    "falls",
    "impact",
    "independent",
    "is_internal",
    "journey_line",
    "likelihood",
    "outlook",
    "recovery",
    "risk",
    "without_addresses",
]
