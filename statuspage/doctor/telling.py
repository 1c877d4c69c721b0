"""The outcomes for people and programs. Foreign words in them can start no line and no workflow command."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from statuspage.check import plain
from statuspage.doctor.drift import drifts
from statuspage.doctor.values import Examined, Outcome, Seen
from statuspage.errors import Problem
from statuspage.probes.base import shown

UNSEEN = "not examined"


@dataclass(frozen=True, slots=True)
class Examination:
    """One examination and its outcome."""

    name: str
    outcome: Outcome

    @property
    def result(self) -> str:
        """well, advice, wrong, or not examined."""
        return self.outcome.result if isinstance(self.outcome, Examined) else UNSEEN

    @property
    def said(self) -> str:
        return self.outcome.said if isinstance(self.outcome, Examined) else self.outcome.why

    @property
    def findings(self) -> tuple[Problem, ...]:
        return self.outcome.findings if isinstance(self.outcome, Examined) else ()


def formatted(all_of_them: Sequence[Examination], form: str) -> Iterator[str]:
    """Lines of `text`, or of one `json` array."""
    if form == "json":
        yield json.dumps([_plain(one) for one in all_of_them], indent=2, ensure_ascii=False)
        return
    for one in all_of_them:
        yield shown(f"{one.result:<{len(UNSEEN)}}  {one.name}{f': {one.said}' if one.said else ''}")
        yield from (shown(_line(finding)) for finding in one.findings)


def summary(all_of_them: Sequence[Examination]) -> str:
    """How many are what; never "well" for what was not examined."""
    counts = [
        (sum(one.result == word for one in all_of_them), word) for word in ("wrong", "advice", "well", UNSEEN)
    ]
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def is_broken(all_of_them: Sequence[Examination]) -> bool:
    return any(one.result == "wrong" for one in all_of_them)


def diff(seen: Seen) -> Iterator[str]:
    """A unified diff from each shipped workflow to the user's, where they differ at all."""
    for one in drifts(seen):
        for line in one.lines:
            line = shown(line.replace("\t", "    "))
            yield f"{line[:1]}\\{line[1:]}" if line[1:].lstrip().startswith("::") else line


def _line(finding: Problem) -> str:
    place = f"{finding.where}: " if finding.where else ""
    mend = f" - {finding.mend}" if finding.mend else ""
    return f"  {'advice' if finding.warning else 'error'}: {place}{finding.what}{mend}"


def _plain(one: Examination) -> dict[str, object]:
    findings = [plain(finding) for finding in one.findings]
    return {"examination": one.name, "result": one.result, "said": one.said, "findings": findings}
