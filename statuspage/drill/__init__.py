"""Drills: a real failure in a safe place, the true pipeline in a copy of the state, and what it comes to."""

from statuspage.drill.faults import Fault
from statuspage.drill.play import Order, Result, drill
from statuspage.drill.results import as_json, noted, table
from statuspage.drill.scenario import Expected, Scenario, read_scenario, unmet

__all__ = [
    "Expected",
    "Fault",
    "Order",
    "Result",
    "Scenario",
    "as_json",
    "drill",
    "noted",
    "read_scenario",
    "table",
    "unmet",
]
