"""The pages, their stylesheet, script and icon: a snapshot and the templates give files of the site."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from urllib.parse import urlsplit

from jinja2.environment import TemplateModule

from statuspage.continuity import Outlook, outlook
from statuspage.i18n import Language
from statuspage.knowledge import memory
from statuspage.model import Incident, Maintenance, Snapshot
from statuspage.outputs import reports as written
from statuspage.outputs import theme as themed
from statuspage.outputs.kept import Kept, hashed, program
from statuspage.outputs.templates import builtin_templates, environment, usable
from statuspage.reliability import Report, recent_reports
from statuspage.theme import BEYOND
from statuspage.views import (
    CLASSES,
    Context,
    Labels,
    affected_page,
    component_page,
    continuity_page,
    history_page,
    home,
    incident_page,
    knowledge_page,
    labels,
    maintenance_page,
    missing_page,
    month_page,
    months_of,
    report_page,
    reports_page,
    subscribe_page,
)
from statuspage.views.continuity import PATH as CONTINUITY
from statuspage.views.excerpt import Excerpts
from statuspage.views.history import month_path
from statuspage.views.languages import first_context, languages_of
from statuspage.views.reports import report_path

File = tuple[str, bytes]


def html(
    snapshot: Snapshot,
    *,
    templates: Path | None = None,
    languages: Mapping[str, Language] | None = None,
    kept: Kept | None = None,
) -> Iterator[File]:
    """All pages and what they need. A file in `templates` wins over ours of the same name.

    `languages` by their pages' prefix, "" first, are those of the page when not given. `kept`: pages of the site
    before; with them or without, the octets are the same.

    Raises StatuspageError, naming file and line, when a template cannot be used.
    """
    with usable(templates):
        yield from _Pages(snapshot, templates, languages or languages_of(snapshot.page), kept).files()


def report_file(snapshot: Snapshot, told: Report, templates: Path | None = None) -> bytes:
    """A report as one page that stands alone, with its stylesheet in it, in the site's first language.

    Raises StatuspageError, naming file and line, when a template cannot be used.
    """
    with usable(templates):
        return _Pages(snapshot, templates, languages_of(snapshot.page)).alone(told)


def continuity_file(snapshot: Snapshot, told: Outlook, templates: Path | None = None) -> bytes:
    """How the operator is prepared, as one page that stands alone, in the site's first language.

    Raises StatuspageError, naming file and line, when a template cannot be used.
    """
    with usable(templates):
        return _Pages(snapshot, templates, languages_of(snapshot.page)).prepared(told)


SCRIPTS = ("page", "affected", "chart")  # page.js for all pages, the others for one kind of page each


@dataclass(frozen=True, slots=True)
class Assets:
    """What pages refer to beside themselves; addresses are relative to the site's root."""

    css: str
    whole_css: str
    css_path: str
    scripts: Mapping[str, str]  # path of a script of ours by its name
    inline_policy: str  # for a page with the stylesheet in it
    linked_policy: str  # for a page that refers to it
    alone_policy: str  # for a page with all of the stylesheet in it
    icon: themed.Icon
    logo: themed.Logo | None  # of the operator's own


class _Pages:
    """One build of the pages."""

    def __init__(
        self,
        snapshot: Snapshot,
        templates: Path | None,
        languages: Mapping[str, Language],
        kept: Kept | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.templates = templates
        self.kept = kept
        self.excerpts = Excerpts()
        self.languages = languages
        self.spoken: dict[str, tuple[Labels, TemplateModule]] = {}
        self.environment = environment(templates, reload=False)
        css = self._source("style.css")
        self.css = compact(css) + self._themed(front=False)
        # The front page carries the part before this line in itself.
        self.front_css = themed.inlinable(compact(css.partition(BEYOND)[0]) + self._themed(front=True))
        self.scripts = {name: self._source(f"{name}.js").encode() for name in SCRIPTS}
        self.assets = self._assets()

    def files(self) -> Iterator[File]:
        for prefix, spoken in self.languages.items():
            yield from self._pages(Context.of(self.snapshot, spoken, prefix, self.languages))
        first = Context.of(self.snapshot, self.languages[""], "", self.languages)
        base = urlsplit(self.snapshot.page.url).path.rstrip("/") + "/"
        yield "404.html", self._render("404.html", first, missing_page(first.at("", root=base)))
        icon = self.environment.get_template("favicon.svg").render(css=CLASSES[self.snapshot.state])
        yield "favicon.svg", icon.encode()
        for told in self.reports:
            yield f"{report_path(told.period)}report.json", written.as_json(self.snapshot, told)
            yield f"{report_path(told.period)}report.csv", written.as_csv(told)
        yield self.assets.css_path, self.css.encode()
        for name, path in self.assets.scripts.items():
            yield path, self.scripts[name]
        yield "widget.js", self._source("widget.js").encode()  # foreign pages name it: no hash
        yield from themed.pictures(self.snapshot.page.theme)

    def alone(self, told: Report) -> bytes:
        """One report, its links whole addresses."""
        first = first_context(self.snapshot)
        at = first.at(report_path(told.period), root=f"{self.snapshot.page.url}/")
        return self._render("report-alone.html", at, report_page(at, told))

    @cached_property
    def made_by(self) -> str:
        """All that a page of the past depends on beside its excerpt, as a hash."""
        beside = (self.snapshot.page, self.snapshot.continuity, self.assets)
        spoken = [(prefix, one.code, str(one.locale)) for prefix, one in self.languages.items()]
        folders = [*([self.templates] if self.templates else []), builtin_templates()]
        return hashed(f"{program(folders)} {spoken!r} {beside!r}".encode())

    @cached_property
    def reports(self) -> tuple[Report, ...]:
        return recent_reports(self.snapshot)

    @cached_property
    def outlook(self) -> Outlook:
        """Of what is on the page alone."""
        return outlook(self.snapshot)

    def prepared(self, told: Outlook) -> bytes:
        """How the operator is prepared, for operators, its links whole addresses."""
        at = first_context(self.snapshot).at(CONTINUITY, root=f"{self.snapshot.page.url}/")
        return self._render("continuity-alone.html", at, continuity_page(at, told, public=False))

    def _pages(self, context: Context) -> Iterator[File]:
        """All pages in one language."""
        snapshot = self.snapshot
        yield self._page("index.html", context, home)
        yield self._page("history.html", context.at("history/"), history_page)
        filed = months_of(context)
        for month in filed:
            view = partial(month_page, month=month, filed=filed)
            yield self._page("month.html", context.at(month_path(month)), view)
        if memory(snapshot).worth_a_page:
            yield self._page("knowledge.html", context.at("knowledge/"), knowledge_page)
        yield self._page("maintenance.html", context.at("maintenance/"), maintenance_page)
        yield self._page("subscribe.html", context.at("subscribe/"), subscribe_page)
        yield self._page("affected.html", context.at("affected/"), affected_page)
        yield self._page("reports.html", context.at("reports/"), partial(reports_page, reports=self.reports))
        for told in self.reports:
            at = context.at(report_path(told.period))
            yield self._page("report.html", at, partial(report_page, told=told, around=self.reports))
        if snapshot.continuity:
            prepared = partial(continuity_page, told=self.outlook, public=True)
            yield self._page("continuity.html", context.at(CONTINUITY), prepared)
        for component in snapshot.components:
            at = context.at(f"components/{component.id}/")
            yield self._page("component.html", at, partial(component_page, component=component))
        everything: tuple[Incident | Maintenance, ...] = (*snapshot.incidents, *snapshot.maintenances)
        for one in everything:
            yield self._incident(context.at(f"incidents/{one.id}/"), one)

    def _incident(self, at: Context, one: Incident | Maintenance) -> File:
        """Its page; that of an incident of the past is made from its excerpt alone, once."""
        excerpt = self.excerpts.of(at, one) if isinstance(one, Incident) else None
        context = excerpt.context(at) if excerpt else at
        make = partial(self._page, "incident.html", context, partial(incident_page, one=one))
        if excerpt is None or self.kept is None:
            return make()
        path = f"{at.prefix}{at.path}index.html"
        made_from = hashed(f"{self.made_by} {at.prefix} {excerpt.digest}".encode())
        return path, self.kept.page(path, made_from, lambda: make()[1])

    def _page(self, template: str, context: Context, view: Callable[[Context], object]) -> File:
        path = f"{context.prefix}{context.path}index.html"
        return path, self._render(template, context, view(context))

    def _render(self, template: str, context: Context, page: object) -> bytes:
        words, macros = self._spoken(context.prefix)
        values = {"assets": self.assets, "words": words, "ui": macros, "page": page}
        return self.environment.get_template(template).render(values).encode()

    def _spoken(self, prefix: str) -> tuple[Labels, TemplateModule]:
        """The labels of one language and the macros that say them: the same on all its pages."""
        if prefix not in self.spoken:
            words = labels(Context.of(self.snapshot, self.languages[prefix], prefix))
            macros = self.environment.get_template("macros.html").make_module({"words": words})
            self.spoken[prefix] = words, macros
        return self.spoken[prefix]

    def _source(self, name: str) -> str:
        """A template as it stands; our own scripts without indentation and lines of comment."""
        assert self.environment.loader
        source, path, _ = self.environment.loader.get_source(self.environment, name)
        own = path is not None and Path(path).parent == builtin_templates()
        return unindented(source) if own and name.endswith(".js") else source

    def _themed(self, *, front: bool) -> str:
        """What comes after our stylesheet."""
        page = self.snapshot.page
        wanted = {
            "theme-accent.css": "accent" in page.theme.light,
            "theme-logo.css": page.theme.logo,
            "theme-links.css": page.header or page.footer,
            "journeys.css": self.snapshot.journeys,
        }
        more = "".join(compact(self._source(name)) for name, given in wanted.items() if given)
        return more + themed.colours(page.theme) + themed.own_styles(page.theme, front=front)

    def _assets(self) -> Assets:
        whole_css = themed.inlinable(self.css)
        return Assets(
            css=self.front_css,
            whole_css=whole_css,
            css_path=f"assets/style.{themed.digest(self.css.encode())}.css",
            scripts={name: f"assets/{name}.{themed.digest(body)}.js" for name, body in self.scripts.items()},
            inline_policy=policy(_named(self.front_css)),
            linked_policy=policy("'self'"),
            alone_policy=policy(_named(whole_css)),
            icon=themed.icon(self.snapshot.page.theme),
            logo=themed.logo(self.snapshot.page.theme),
        )


def _named(css: str) -> str:
    """How a policy names a stylesheet that stands in the page: exactly these octets."""
    return "'sha256-" + b64encode(hashlib.sha256(css.encode()).digest()).decode() + "'"


def policy(styles: str) -> str:
    """The content security policy of a page: nothing from elsewhere, no inline script, styles as given."""
    return (
        f"default-src 'none'; style-src {styles}; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


def compact(css: str) -> str:
    """The stylesheet without comments and needless white space; strings in it stay as they are."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return _SPACE.sub(lambda m: m[1] or m[2] or m[3] or " ", bare).strip()


def unindented(script: str) -> str:
    """The script without indentation and lines of comment, which are no part of a text in ours."""
    lines = (line.strip() for line in script.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


_SPACE = re.compile(r"""("[^"]*"|'[^']*')|\s*([{};,])\s*|(:)\s+|\s+""")
