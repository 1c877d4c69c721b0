"""Pages of other systems into this one's files: one file a foreign format."""

from statuspage.importers.intake import Plan, plan, report, write

__all__ = ["Plan", "plan", "report", "write"]
