"""What a reading finds: faults of the file, faults of the environment, warnings."""

from collections.abc import Iterable, Sequence

from statuspage.config.refusals import Refusal
from statuspage.config.secrets import Expanded
from statuspage.errors import Problem
from statuspage.yamlfile import Key, Loaded

Path = tuple[Key, ...]


class Findings:
    """Gathered while the reading goes on. No secret's value gets into a message."""

    def __init__(self, loaded: Loaded, secrets: Expanded) -> None:
        self.problems: list[Problem] = list(secrets.problems)
        self.unset: list[Problem] = []
        self.warnings: list[Problem] = []
        self._loaded, self._secrets = loaded, secrets

    def refuse(self, path: Path, what: str, mend: str) -> None:
        if not self._secrets.is_refused(path):  # a wrong reference is told once
            masked = self._secrets.masked
            self.problems.append(Problem(masked(what), self._loaded.where(*path), masked(mend)))

    def refuse_all(self, path: Path, refusals: Iterable[Refusal]) -> None:
        for refusal in refusals:
            self.refuse((*path, *refusal.path), refusal.what, refusal.mend)

    def misfit(self, path: Path, what: str, mend: str = "") -> bool:
        """Refuse what stands at that path, unless a secret is to blame: then the environment is at fault."""
        names = self._secrets.used(path)
        if not names:
            self.refuse(path, what, mend)
        elif not self._secrets.unset(path):  # those have been told
            text = f"the value of {_listed(names)} does not fit: {self._secrets.masked(what)}"
            where = self._loaded.where(*path)
            self.unset.append(Problem(text, where, "set the variable to what belongs here"))
        return bool(names)

    def missing(self, path: Path, *, warning: bool = False) -> tuple[str, ...]:
        """Names of secrets below that path that are not set, each told at its place.

        `warning`: where only some of the runs need them.
        """
        for at, names in self._secrets.unset_below(path):
            what = f"{_listed(names)} {'is' if len(names) == 1 else 'are'} not set"
            mend = "set it in the environment; on GitHub: a secret of the repository, named in the workflow"
            self.unset.append(Problem(what, self._loaded.where(*at), mend, warning=warning))
        return self._secrets.unset(path)

    def warn(self, path: Path, what: str, mend: str) -> None:
        self.warnings.append(Problem(what, self._loaded.where(*path), mend, warning=True))


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"${{{name}}}" for name in names)
