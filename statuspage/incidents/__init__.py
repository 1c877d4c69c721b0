"""What people wrote: Markdown files to incidents and maintenances."""

from statuspage.incidents.files import collect
from statuspage.incidents.reading import read, read_all
from statuspage.incidents.series import spread
from statuspage.incidents.settle import settle
from statuspage.incidents.text import render
from statuspage.incidents.written import Facts, Written, WrittenUpdate

__all__ = ["Facts", "Written", "WrittenUpdate", "collect", "read", "read_all", "render", "settle", "spread"]
