"""`components.yaml`: read and validated in one step; past it nobody meets YAML or pydantic."""

from statuspage.config.json_schema import schema
from statuspage.config.notify import Target
from statuspage.config.options import (
    ComponentOptions,
    Config,
    DefaultOptions,
    Dependency,
    GroupOptions,
    PageOptions,
)
from statuspage.config.reading import load
from statuspage.config.references import slug

__all__ = [
    "ComponentOptions",
    "Config",
    "DefaultOptions",
    "Dependency",
    "GroupOptions",
    "PageOptions",
    "Target",
    "load",
    "schema",
    "slug",
]
