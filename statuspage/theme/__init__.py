"""`page.theme`: the operator's colours, pictures and styles, and whether all of it can still be read."""

from statuspage.theme.reading import BEYOND, read, warnings

__all__ = ["BEYOND", "read", "warnings"]
