"""Incident files written for the operator: as a person would have, checked before and after."""

from statuspage.authoring.compose import IMPORTED, Said, moment, new_file, scalar, with_update
from statuspage.authoring.desk import Desk, is_over, newest
from statuspage.authoring.git import changed, commit, log, push
from statuspage.authoring.whole import put

__all__ = [
    "IMPORTED",
    "Desk",
    "Said",
    "changed",
    "commit",
    "is_over",
    "log",
    "moment",
    "new_file",
    "newest",
    "push",
    "put",
    "scalar",
    "with_update",
]
