"""Snapshot and language to frozen values with every word, class and width that a template shows.

One module a page; `Context(snapshot, language, root)` goes in, a page comes out.
"""

from statuspage.views.affected import AffectedPage, affected_page
from statuspage.views.components import ComponentPage, component_page
from statuspage.views.context import CLASSES, Context
from statuspage.views.continuity import ContinuityPage, continuity_page
from statuspage.views.headline import sentence
from statuspage.views.history import (
    HistoryPage,
    MissingPage,
    MonthPage,
    history_page,
    missing_page,
    month_page,
    months_of,
)
from statuspage.views.home import HomePage, home
from statuspage.views.incident_page import IncidentPage, incident_page
from statuspage.views.knowledge import KnowledgePage, knowledge_page
from statuspage.views.labels import Labels, labels
from statuspage.views.maintenance import MaintenancePage, maintenance_page
from statuspage.views.reports import ReportPage, ReportsPage, report_page, reports_page
from statuspage.views.subscribe import SubscribePage, subscribe_page

__all__ = [
    "CLASSES",
    "AffectedPage",
    "ComponentPage",
    "Context",
    "ContinuityPage",
    "HistoryPage",
    "HomePage",
    "IncidentPage",
    "KnowledgePage",
    "Labels",
    "MaintenancePage",
    "MissingPage",
    "MonthPage",
    "ReportPage",
    "ReportsPage",
    "SubscribePage",
    "affected_page",
    "component_page",
    "continuity_page",
    "history_page",
    "home",
    "incident_page",
    "knowledge_page",
    "labels",
    "maintenance_page",
    "missing_page",
    "month_page",
    "months_of",
    "report_page",
    "reports_page",
    "sentence",
    "subscribe_page",
]
