"""What came again, what was learnt, and what is like what happens now. docs/knowledge.md tells it to operators.

`words` makes terms of a text, `likeness` compares texts, `recurrence` finds what came again, `memory` is all of it
for one page, `fixes` says what fixed an incident, `similar` looks through files for a terminal.
"""

from statuspage.knowledge.fixes import first_sentence, fixed_by
from statuspage.knowledge.memory import Memory, ToDo, memory, to_do
from statuspage.knowledge.recurrence import MANY, WINDOW, Before, Recurrence, alike_groups, recurrences
from statuspage.knowledge.similar import Similar, similar

__all__ = [
    "MANY",
    "WINDOW",
    "Before",
    "Memory",
    "Recurrence",
    "Similar",
    "ToDo",
    "alike_groups",
    "first_sentence",
    "fixed_by",
    "memory",
    "recurrences",
    "similar",
    "to_do",
]
