"""What fixed an incident, in a sentence."""

import re
from collections.abc import Iterable, Sequence

from statuspage import incidents as people
from statuspage.incidents import Written
from statuspage.model import Incident, IncidentStatus

EMPTY_WORDS = frozenset({"It is over."})  # what `statuspage incident resolve` writes by itself


def fixed_by(one: Incident) -> str:
    """The first sentence of what its report says fixed it, else of its newest word that it is over; "" for neither."""
    return _first([one.fixed], [(update.status, update.text) for update in one.updates])


def fixed_by_written(one: Written) -> str:
    """The same of a file; drafts of reports count too."""
    told = [(update.status, people.render(update.text)[1]) for update in reversed(one.updates)]
    return _first([people.render(update.fixed)[1] for update in one.updates if update.fixed], told)


def first_sentence(text: str) -> str:
    """Of the first paragraph. It is not cut: half a secret could not be told from other words."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    end = _END.search(paragraph)
    return paragraph[: end.end()] if end else paragraph


# What ends a sentence: a mark with a space behind it, or one of the scripts that have no spaces.
_END = re.compile(r"([.!?…]+[\"'”’»)\]]*)(?=\s)|([。！？])")


def _first(reports: Iterable[str], updates: Sequence[tuple[str, str]]) -> str:
    over = (text for status, text in updates if status == IncidentStatus.RESOLVED)
    sentences = map(first_sentence, (*reports, *over))
    return next((sentence for sentence in sentences if sentence and sentence not in EMPTY_WORDS), "")
