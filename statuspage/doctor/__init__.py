"""What is wrong around a status page: rhythm, workflows, secrets, GitHub, the published page. Nothing is edited.

`look` looks at everything once; each examination is a plain function of what it saw.
"""

from collections.abc import Callable, Mapping

from statuspage.doctor import drift, facts, github, machine, page, rhythm, secrets
from statuspage.doctor.buckets import bucket
from statuspage.doctor.looking import look
from statuspage.doctor.telling import Examination, diff, formatted, is_broken, summary
from statuspage.doctor.values import Outcome, Seen

__all__ = [
    "EXAMINATIONS",
    "Examination",
    "bucket",
    "diff",
    "examine",
    "formatted",
    "is_broken",
    "look",
    "summary",
]

EXAMINATIONS: Mapping[str, Callable[[Seen], Outcome]] = {
    "configuration": machine.configuration,
    "programs": machine.programs,
    "packages": machine.packages,
    "last round": rhythm.last,
    "gaps": rhythm.gaps,
    "clock": rhythm.clock,
    "workflows": facts.there,
    "schedule": facts.schedule,
    "rights": facts.rights,
    "drift": drift.drift,
    "version": facts.version,
    "secrets named": secrets.named,
    "secrets filled": secrets.filled,
    "not public": secrets.private,
    "repository": github.repository,
    "status workflow": github.workflow,
    "last runs": github.runs,
    "default rights": github.permissions,
    "rules": github.rules,
    "branch": github.protection,
    "Pages": github.pages,
    "address": page.address,
    "published page": page.published,
}


def examine(seen: Seen) -> list[Examination]:
    """Every examination, in order."""
    return [Examination(name, of(seen)) for name, of in EXAMINATIONS.items()]
