"""Incident files written for the operator: as a person would have, checked before and after."""

from statuspage.authoring.compose import Said, moment, new_file, with_update
from statuspage.authoring.desk import Desk, is_over, newest
from statuspage.authoring.git import commit, push

__all__ = ["Desk", "Said", "commit", "is_over", "moment", "new_file", "newest", "push", "with_update"]
