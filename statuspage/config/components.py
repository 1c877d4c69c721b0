"""One component of the file to a ComponentOptions."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, TypeVar, cast

from statuspage.config.findings import Findings, Path
from statuspage.config.options import (
    MANUAL,
    CommonOptions,
    ComponentOptions,
    DefaultOptions,
    Dependency,
    Judging,
)
from statuspage.config.refusals import Refusal, validated
from statuspage.config.secrets import Expanded, without_references
from statuspage.errors import Where, nearest
from statuspage.model import Rules
from statuspage.probes import KINDS, SCHEMES, Probe, kind_for
from statuspage.yamlfile import Value

T = TypeVar("T")

CONFIRMED_WITHIN = timedelta(hours=11)
"""The longest that `fail_after` runs may take: a closed day is judged from its neighbours alone."""

JUDGING = tuple(f.name for f in fields(Judging))
COMMON = frozenset(f.name for f in fields(CommonOptions))


def keys_of(kind: str) -> frozenset[str]:
    """The options of a kind; none when it has no probe."""
    probe: Any = KINDS.get(kind)
    return frozenset(f.name for f in fields(probe)) if probe else frozenset()


def no_kind(url: str) -> str:
    scheme, found, _ = url.partition("://")
    return f"no kind of probe asks {scheme}:// addresses" if found else "the address has no scheme"


def known_schemes() -> str:
    return f"known are {', '.join(f'{scheme}://' for scheme in sorted(SCHEMES))}"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads components one by one; what is wrong with them goes to the findings."""

    secrets: Expanded
    findings: Findings
    defaults: DefaultOptions
    groups: Sequence[str] | None  # names; None: groups come from their members

    def component(
        self, item: Value, path: Path, id_: str, depends_on: tuple[Dependency, ...], where: Where
    ) -> ComponentOptions | None:
        """None when something is wrong. A secret that is missing or does not fit leaves it without a probe."""
        if not isinstance(item, dict):
            self.findings.refuse(
                path, "a component must be a mapping", "write - name: ... and url: ... below it"
            )
            return None
        unset, before = self.findings.missing(path), len(self.findings.unset)
        kind = self._kind(item, path)
        own = keys_of(kind)
        self._refuse_unknown(item, kind, path)
        self._refuse_names(item, path, id_)
        probe: Probe | None = self._read(KINDS[kind], item, own, path)[0] if kind in KINDS else None
        replicas = self._replicas(item, kind, own, path) if probe else ()
        common = self._common(item, COMMON - own, path)
        if common is None:
            return None
        if common.quorum > 1 + len(common.replicas):
            what = f"quorum: {common.quorum} of {1 + len(common.replicas)} addresses can never be well"
            self.findings.refuse((*path, "quorum"), what, "lower it, or name more replicas:")
        judging: dict[str, Any] = {
            key: getattr(common if key in item and key not in own else self.defaults, key) for key in JUDGING
        }
        if judging["every"] < self.defaults.every:
            what = "every: is shorter than defaults.every, so that runs come too seldom for it"
            self.findings.warn((*path, "every"), what, "shorten defaults.every too")
        for key in ("fail_after", "recover_after"):
            if judging[key] > 1 and judging[key] * judging["every"] > CONFIRMED_WITHIN:
                what = f"{key}: so many runs take longer than {CONFIRMED_WITHIN // timedelta(hours=1)}h at this every:"
                self.findings.refuse((*path, key), what, "lower it, or shorten every:")
        if not unset and len(self.findings.unset) > before:
            unset = self.secrets.used(path)
        return ComponentOptions(
            id=id_,
            name=common.name,
            was=common.was,
            group=common.group or None,
            description=common.description,
            type=kind,
            rules=Rules(judging.pop("fail_after"), judging.pop("recover_after"), judging.pop("places")),
            depends_on=depends_on,
            private=common.private,
            public=common.public,
            hide_target=common.private
            or any(bool(self.secrets.used((*path, key))) for key in ("url", "replicas")),
            probe=None if unset else probe,
            replicas=() if unset else replicas,
            quorum=common.quorum,
            missing=common.missing,
            unset=unset,
            plan=common.continuity.as_model(spare=1 + len(common.replicas) - common.quorum),
            where=where,
            **judging,
        )

    def _replicas(
        self, item: dict[str, Value], kind: str, own: frozenset[str], path: Path
    ) -> tuple[Probe, ...]:
        """The same probe at the other addresses."""
        urls = item.get("replicas")
        if not isinstance(urls, list) or not urls:
            return ()
        if "url" not in own:
            what = f"the kind {kind} has no address, so it can have no replicas"
            self.findings.refuse((*path, "replicas"), what, "write a component for each")
            return ()
        probes: list[Probe] = []
        for n, url in enumerate(urls):
            value, refusals = validated(KINDS[kind], _only(own, {**item, "url": url}))
            for refusal in refusals:
                if refusal.path[:1] == ("url",):  # the others were told with the first address
                    self.findings.misfit((*path, "replicas", n), refusal.what, refusal.mend)
            if value is not None:
                probes.append(value)
        return tuple(probes)

    def _kind(self, item: dict[str, Value], path: Path) -> str:
        """The component's kind; "" when none can be told."""
        if "type" in item:
            kind = item["type"]
            if not isinstance(kind, str) or kind in KINDS or kind == MANUAL:
                return kind if isinstance(kind, str) else ""
            mend = nearest(kind, [*KINDS, MANUAL])
            self.findings.refuse((*path, "type"), f"unknown kind of probe '{kind}'", mend)
        elif "url" not in item:
            mend = f"give it a url: to ask, or type: {MANUAL} when incidents alone speak of it"
            self.findings.refuse(path, "the component has no address", mend)
        elif not isinstance(url := item["url"], str):
            self.findings.refuse((*path, "url"), "url: must be a text: put it in quotes", "")
        elif kind := kind_for(url):
            return kind
        elif "://" in str(self.secrets.written((*path, "url"))).partition("${")[0]:  # no secret's doing
            self.findings.refuse((*path, "url"), no_kind(url), known_schemes())
        else:
            self.findings.misfit((*path, "url"), no_kind(url), known_schemes())
        return ""

    def _refuse_unknown(self, item: dict[str, Value], kind: str, path: Path) -> None:
        """An unknown kind leaves open which keys are right: those of any kind are."""
        kinds = [kind] if kind else [*KINDS]
        known = COMMON.union(*(keys_of(one) for one in kinds))
        for key in item:
            if key not in known:
                of = f" of the kind {kind}" if kind else ""
                self.findings.refuse((*path, key), f"unknown key '{key}'{of}", nearest(key, known))

    def _refuse_names(self, item: dict[str, Value], path: Path, id_: str) -> None:
        name, group = item.get("name"), item.get("group")
        if isinstance(name, str) and name.strip() and not id_ and "id" not in item:
            mend = "give it an id: of the letters a to z, digits and hyphens; it is permanent"
            self.findings.refuse((*path, "name"), f"no id can be made of the name '{name}'", mend)
        if self.groups is not None and isinstance(group, str) and group.strip() not in self.groups:
            mend = nearest(group, self.groups) if self.groups else "name it below groups:"
            self.findings.refuse((*path, "group"), f"unknown group '{group}'", mend)

    def _common(self, item: dict[str, Value], keys: frozenset[str], path: Path) -> CommonOptions | None:
        common, spoilt = self._read(CommonOptions, item, keys, path)
        if common is None and spoilt:  # by secrets: the component stands without these keys
            common, _ = self._read(CommonOptions, item, keys - spoilt, path)
        return common

    def _read(
        self, kind: type[T] | Any, item: dict[str, Value], keys: frozenset[str], path: Path
    ) -> tuple[T | None, set[str]]:
        """The value, and the keys that secrets have spoilt."""
        value, refusals = validated(kind, _only(keys, item))
        sure = self._surely_wrong(kind, keys, path) if refusals else []
        spoilt = set[str]()
        for refusal in refusals:
            at = (*path, *refusal.path)
            if refusal in sure or refusal.missing or not refusal.path:
                self.findings.refuse(at, refusal.what, refusal.mend)
            else:
                self.findings.misfit(at, refusal.what, refusal.mend)
                spoilt.add(str(refusal.path[0]))
        return value, spoilt

    def _surely_wrong(self, kind: type | Any, keys: frozenset[str], path: Path) -> list[Refusal]:
        """What is refused whatever the secrets are, such as a header's name beside a secret value."""
        item = cast(dict[str, Value], without_references(self.secrets.written(path)))
        refusals = validated(kind, _only(keys, item))[1]
        return [refusal for refusal in refusals if (*path, *refusal.path) not in self.secrets.names]


def _only(keys: frozenset[str], item: dict[str, Value]) -> Value:
    return {key: value for key, value in item.items() if key in keys}
