"""Incident files written for the operator: as a person would have, checked before and after."""

from statuspage.authoring.commits import author, changed, commit, land, log, pull, push
from statuspage.authoring.compose import IMPORTED, Said, moment, new_file, scalar, with_update
from statuspage.authoring.correcting import Claim, correct
from statuspage.authoring.desk import Desk, is_over, newest
from statuspage.authoring.templates import Filled, Template, fill, read_templates
from statuspage.authoring.whole import put

__all__ = [
    "IMPORTED",
    "Claim",
    "Desk",
    "Filled",
    "Said",
    "Template",
    "author",
    "changed",
    "commit",
    "correct",
    "fill",
    "is_over",
    "land",
    "log",
    "moment",
    "new_file",
    "newest",
    "pull",
    "push",
    "put",
    "read_templates",
    "scalar",
    "with_update",
]
