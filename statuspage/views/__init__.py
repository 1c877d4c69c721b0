"""Snapshot and language to frozen values with every word, class and width that a template shows.

One module a page; `Context(snapshot, language, root)` goes in, a page comes out.
"""

from statuspage.views.components import ComponentPage, component_page
from statuspage.views.context import CLASSES, Context
from statuspage.views.headline import sentence
from statuspage.views.history import HistoryPage, MissingPage, history_page, missing_page
from statuspage.views.home import HomePage, home
from statuspage.views.incidents import IncidentPage, incident_page
from statuspage.views.labels import Labels, labels

__all__ = [
    "CLASSES",
    "ComponentPage",
    "Context",
    "HistoryPage",
    "HomePage",
    "IncidentPage",
    "Labels",
    "MissingPage",
    "component_page",
    "history_page",
    "home",
    "incident_page",
    "labels",
    "missing_page",
    "sentence",
]
