"""`notify:` of the file to Targets, or what is wrong with them at its line."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from statuspage.config.findings import Findings, Path
from statuspage.config.notify import (
    BLOCKS,
    KINDS,
    PAGER_KINDS,
    PAGERS,
    Address,
    Quiet,
    Target,
    TargetOptions,
)
from statuspage.config.options import PageOptions
from statuspage.config.references import head
from statuspage.config.refusals import validated
from statuspage.config.secrets import Expanded, without_references
from statuspage.errors import nearest
from statuspage.model import State
from statuspage.notices import Audience, NoticeKind
from statuspage.yamlfile import Loaded, Value

INSTEAD = {
    "mailto": "mail",
    "mailtos": "mail",
    "pagerduty": "pagerduty",
    "opsgenie": "opsgenie",
} | dict.fromkeys(("json", "jsons", "xml", "xmls", "form", "forms"), "webhook")
"""Schemes of Apprise that a block of ours does better: threads of mails, signatures, the end of an alarm."""

_OPEN = frozenset({"ntfy", "ntfys"})  # their topics may be meant for everybody
_SECRETS = frozenset({"password", "secret", "key", "token"})
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


@dataclass(frozen=True, slots=True)
class Members:
    """What filters may name: ids by the names and ids of components, and by the names of groups."""

    components: Mapping[str, frozenset[str]]
    groups: Mapping[str, frozenset[str]]


def members(components: Sequence[Value], groups: Sequence[str]) -> Members:
    """From the items as they are written, right or wrong otherwise: a broken one is told at its own place."""
    named: dict[str, set[str]] = {}
    grouped: dict[str, set[str]] = {group: set() for group in groups}
    for item in components:
        one = head(item)
        group = item.get("group") if isinstance(item, dict) else None
        for word in (one.name, one.id):
            named.setdefault(word, set()).add(one.id)
        if isinstance(group, str):
            grouped.setdefault(group.strip(), set()).add(one.id)
    named.pop("", None)
    frozen = {word: frozenset(ids) for word, ids in named.items()}
    return Members(frozen, {word: frozenset(ids) for word, ids in grouped.items()})


@dataclass(frozen=True, slots=True)
class TargetReader:
    """Reads targets one by one; what is wrong with them goes to the findings."""

    loaded: Loaded
    secrets: Expanded
    findings: Findings
    page: PageOptions
    members: Members

    def targets(self, items: Sequence[Value]) -> tuple[Target, ...]:
        """Those that can be told. One whose secret is not set, or does not fit, is left out."""
        self._refuse_twice(items)
        self._refuse_escalation(items)
        read = [self._target(item, ("notify", n)) for n, item in enumerate(items)]
        return tuple(target for target in read if target)

    def _target(self, item: Value, path: Path) -> Target | None:
        if not isinstance(item, dict):
            self.findings.refuse(
                path, "a target must be a mapping", "write - name: ... and url: ... below it"
            )
            return None
        unset, before = self.findings.missing(path, warning=True), len(self.findings.unset)
        options = self._options(item, path)
        self._refuse_literals(item, path)
        wanted = self._wanted(item, path)
        if options is None or unset:
            return None
        urls = self._urls(options, path)
        if len(self.findings.unset) > before:
            return None
        self._refuse_calm(options, path)
        pager = options.is_pager
        kinds = frozenset(map(NoticeKind, options.kinds or ()))
        return Target(
            name=options.name,
            url=urls,
            audience=Audience(options.audience),
            components=wanted,
            least=State(options.least),
            kinds=kinds or (PAGER_KINDS if pager else KINDS - {NoticeKind.DRILL}),
            language=options.language or self.page.languages[0],
            quiet=self._quiet(options.quiet),
            pager=pager,
            escalate_to=options.escalate_to or "",
            escalate_after=options.escalate_after,
            where=self.loaded.where(*path),
            **cast(dict[str, Any], {key: getattr(options, key) for key in BLOCKS if key != "url"}),
        )

    def _options(self, item: dict[str, Value], path: Path) -> TargetOptions | None:
        options, refusals = validated(TargetOptions, item)
        masked = cast(dict[str, Value], without_references(self.secrets.written(path)))
        sure = validated(TargetOptions, masked)[1] if refusals else []
        for refusal in refusals:
            at = (*path, *refusal.path)
            certain = refusal in sure and at not in self.secrets.names
            if certain or refusal.missing or not refusal.path:
                self.findings.refuse(at, refusal.what, refusal.mend)
            else:
                self.findings.misfit(at, refusal.what, refusal.mend)
        return options

    def _quiet(self, quiet: Quiet | None) -> Quiet | None:
        return replace(quiet, timezone=quiet.timezone or self.page.timezone) if quiet else None

    # --- addresses and secrets -----------------------------------------------------------------

    def _urls(self, options: TargetOptions, path: Path) -> tuple[Address, ...]:
        many = not isinstance(options.url, str)
        urls = options.url if not isinstance(options.url, str) else (options.url,)
        return tuple(
            self._url(url, (*path, "url", n) if many else (*path, "url")) for n, url in enumerate(urls)
        )

    def _url(self, url: str, path: Path) -> Address:
        scheme, found, _ = url.strip().partition("://")
        written, said, _ = str(self.secrets.written(path)).strip().partition("://")
        if not found:
            mend = "such as slack://TokenA/TokenB/TokenC: https://github.com/caronc/apprise has all of them"
            self.findings.misfit(path, "the address has no scheme", mend)
        elif block := INSTEAD.get(scheme.lower()):
            self.findings.misfit(path, f"{scheme}:// is no channel here", f"write {block}: in place of url:")
        elif not self.secrets.names.get(path) and scheme.lower() not in _OPEN:
            what = "the address stands in this file: who reads it, can write to the channel"
            self.findings.warn(path, what, "url: ${NAME}, and the address in the environment")
        plain = bool(said) and "${" not in written
        names = " ".join(f"${{{name}}}" for name in self.secrets.names.get(path, ()))
        return Address(url.strip(), f"{written}://***" if plain else names, self.loaded.where(*path))

    def _refuse_literals(self, item: dict[str, Value], path: Path) -> None:
        """A password in the file is one in the repository."""
        for block in BLOCKS:
            options = item.get(block)
            headers = options.get("headers") if isinstance(options, dict) else None
            self._refuse_literal(options, _SECRETS, (*path, block))
            self._refuse_literal(headers, _SECRET_HEADERS, (*path, block, "headers"))

    def _refuse_literal(self, options: Value, words: Collection[str], path: Path) -> None:
        for key, value in options.items() if isinstance(options, dict) else ():
            at = (*path, key)
            if key.lower() in words and isinstance(value, str) and at not in self.secrets.names:
                what = f"{'.'.join(map(str, at[2:]))}: a secret stands in the file"
                self.findings.refuse(at, what, f"write {key}: ${{NAME}}, and the secret in the environment")

    # --- filters -------------------------------------------------------------------------------

    def _wanted(self, item: dict[str, Value], path: Path) -> frozenset[str] | None:
        """Ids of the components that it is told of; None: of all."""
        filters = (
            ("components", "component", self.members.components),
            ("groups", "group", self.members.groups),
        )
        found = [
            ids
            for key, word, known in filters
            for ids in self._resolved(item.get(key), (*path, key), word, known)
        ]
        return frozenset().union(*found) if found else None

    def _resolved(
        self, words: Value, path: Path, what: str, known: Mapping[str, frozenset[str]]
    ) -> Iterator[frozenset[str]]:
        for n, word in enumerate(words if isinstance(words, list) else ()):
            name = word.strip() if isinstance(word, str) else ""
            if name in known:
                yield known[name]
            elif name:
                mend = nearest(name, known) if known else f"there is no {what}"
                self.findings.refuse((*path, n), f"unknown {what} '{name}'", mend)

    def _refuse_calm(self, options: TargetOptions, path: Path) -> None:
        """An alarm for planned work has nobody to end it; an update would open anew what is closed."""
        block = next((key for key in PAGERS if getattr(options, key)), "")
        calm = [kind for kind in options.kinds or () if kind == "update" or kind.startswith("maintenance")]
        if block and calm:
            what = f"{block} is not told of updates and maintenance: each would be an alarm"
            self.findings.refuse((*path, "kinds"), what, f"take {', '.join(calm)} out")

    # --- targets among each other --------------------------------------------------------------

    def _refuse_twice(self, items: Sequence[Value]) -> None:
        names = _names(items)
        for n, name in enumerate(names):
            if name and name in names[:n]:
                what = f"the target '{name}' stands here twice"
                self.findings.refuse(("notify", n, "name"), what, "give it another name")

    def _refuse_escalation(self, items: Sequence[Value]) -> None:
        """Each leads to a target of the list, none from operators to the public, none back to where it began."""
        names = _names(items)
        public = {
            name for name, item in zip(names, items, strict=True) if _text(item, "audience") == "public"
        }
        leads = {name: _text(item, "escalate_to") for name, item in zip(names, items, strict=True) if name}
        for n, name in enumerate(names):
            to, path = leads.get(name, ""), ("notify", n, "escalate_to")
            if to and to not in leads:
                self.findings.refuse(path, f"unknown target '{to}'", nearest(to, set(leads) - {name}))
            elif to and name in _chain(to, leads):
                self.findings.refuse(path, f"'{name}' escalates to itself in the end", "name another target")
            elif to in public and name not in public:
                self.findings.refuse(
                    path, f"'{to}' is for the public: an alarm is not", "name another target"
                )


def _names(items: Sequence[Value]) -> list[str]:
    return [_text(item, "name") for item in items]


def _text(item: Value, key: str) -> str:
    value = item.get(key) if isinstance(item, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _chain(name: str, leads: Mapping[str, str]) -> list[str]:
    """Whom an alarm reaches from there on."""
    chain: list[str] = []
    while name and name not in chain:
        chain.append(name)
        name = leads.get(name, "")
    return chain
