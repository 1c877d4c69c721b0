"""What a message says, for every template: the state first, then the answers to what its readers ask."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from statuspage.i18n import language as spoken
from statuspage.model import Incident, Maintenance, Snapshot, Update
from statuspage.notices import Audience, Notice
from statuspage.views.brief import absolute
from statuspage.views.context import Context
from statuspage.views.languages import languages_of
from statuspage.views.said import chosen, foreign
from statuspage.views.told import Told, told

LONGEST = {"title": 200, "line": 1000, "fact": 600, "update": 6000}  # characters; the rest is on the page
Clean = Callable[[str], str]

PARTS = 20  # affected components, and updates that came together, that are named


@dataclass(frozen=True, slots=True)
class FactText:
    label: str
    text: str
    told: str  # both
    lang: str = ""  # where it is not the message's


@dataclass(frozen=True, slots=True)
class Part:
    """An affected component."""

    name: str
    state: str
    css: str
    told: str  # `Language model: Partial outage`


@dataclass(frozen=True, slots=True)
class Entry:
    """One update."""

    status: str
    at: str
    text: str
    html: str  # sanitised; "" where the text is cut
    lang: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """All that the templates of a message get, as `message`."""

    lang: str
    dir: str
    subject: str
    head: str  # word and title
    word: str  # the state, or what happened
    css: str  # ok, unk, mnt, deg, par, maj or plain
    title: str
    title_lang: str
    lines: tuple[str, ...]  # what happened, in sentences
    facts: tuple[FactText, ...]  # cause, what is being done, when it should be back
    workaround: FactText | None
    affected_label: str
    affected: tuple[Part, ...]
    updates: tuple[Entry, ...]  # newest first: that of this message, and those that came together with it
    notes: tuple[str, ...]  # that it is a drill, that the page is late
    url: str
    read_on: str  # the link's words
    mirror: str  # a sentence that ends in `mirror_url`, ""
    mirror_url: str  # where the same is on a second host, ""
    page_name: str
    page_url: str
    gist: str  # the short form's: the page's name, a sentence or two


def message_view(
    snapshot: Snapshot,
    notice: Notice,
    language: str,
    clean: Clean,
    *,
    page_late: bool,
    audience: Audience,
) -> MessageView:
    """`audience`: whose message it is. Operators read the operators' sentence for a cause.

    `clean` goes over each text before it is cut: half a secret is still one.
    """
    context = message_context(snapshot, language)
    what = told(context, notice, audience)
    title = cut(clean(what.title.text), LONGEST["title"])
    head = context.labelled(what.word, title) if title else what.word
    page = snapshot.page
    url = absolute(context, what.href)
    mirror = f"{page.mirror}/{context.prefix}{what.href}" if page.mirror else ""
    return MessageView(
        lang=context.language.code,
        dir=context.language.direction,
        subject=_marked(context, notice, f"{head} · {page.name}"),
        head=head,
        word=what.word,
        css=what.css,
        title=title,
        title_lang=what.title.lang,
        lines=tuple(cut(clean(line), LONGEST["line"]) for line in what.lines),
        facts=tuple(_facts(context, what, clean)),
        workaround=_workaround(context, what, clean),
        affected_label=context._("Affected"),
        affected=_affected(what),
        updates=tuple(_entry(context, update, clean) for update in _of(context, notice)[:PARTS]),
        notes=tuple(_notes(context, notice, page_late=page_late)),
        url=url,
        read_on=context._("Read on"),
        mirror=_mirror(context, mirror),
        mirror_url=mirror,
        page_name=page.name,
        page_url=absolute(context),
        gist=_gist(context, notice, head, clean(what.gist)),
    )


def message_context(snapshot: Snapshot, language: str) -> Context:
    """In the message's language; links lead to its pages where the site has them, else to the first ones."""
    languages = languages_of(snapshot.page)
    own = spoken(language, snapshot.page.timezone)
    prefix = next((p for p, known in languages.items() if known.code == own.code), "")
    return replace(Context.of(snapshot, own, prefix, languages), dated=True)


def cut(text: str, most: int) -> str:
    """At a space where there is one, with an ellipsis; what is short enough stays as it is."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    whole, space, _ = kept.rpartition(" ")
    return (whole if space and len(whole) > most // 2 else kept).rstrip() + "…"


def _marked(context: Context, notice: Notice, subject: str) -> str:
    if notice.drill:
        return context._("[Drill] {subject}").format(subject=subject)
    if context.snapshot.page.demo:
        return context._("[Demonstration] {subject}").format(subject=subject)
    return subject


def _gist(context: Context, notice: Notice, head: str, more: str) -> str:
    """`Kestrel · Major outage: Chat engine. Nothing answers at its address.`"""
    sentences = " ".join(f"{part.rstrip('.')}." for part in (head, more) if part)
    return _marked(context, notice, f"{context.snapshot.page.name} · {sentences}")


def _notes(context: Context, notice: Notice, *, page_late: bool) -> Iterator[str]:
    _ = context._
    if notice.drill:
        yield _("This is a drill: nothing has really happened.")
    if context.snapshot.page.demo:
        yield _("Demonstration data: these figures are made up to show the page.")
    if page_late:
        yield _("The page could not be published yet: this message is newer than what it shows.")


def _mirror(context: Context, address: str) -> str:
    """Without the point at its end, which mail programs would take for a part of the address."""
    if not address:
        return ""
    sentence = context._("If this host cannot be reached, the same page is at {address}.")
    return sentence.format(address=address).rstrip(".")


def _facts(context: Context, what: Told, clean: Clean) -> Iterator[FactText]:
    for fact in what.facts:
        parts = [f"{p.before}{p.when.text if p.when else ''}{p.after}" for p in fact.told]
        text = cut(clean(" · ".join(parts)), LONGEST["fact"])
        yield FactText(fact.label, text, context.labelled(fact.label, text), fact.lang)


def _workaround(context: Context, what: Told, clean: Clean) -> FactText | None:
    if not what.workaround.text:
        return None
    text = cut(clean(what.workaround.text), LONGEST["fact"])
    label = context._("What you can do:")
    return FactText(label.rstrip(": \N{NO-BREAK SPACE}"), text, f"{label} {text}", what.workaround.lang)


def _affected(what: Told) -> tuple[Part, ...]:
    shown = [Part(one.link.text, one.state.word, one.state.css, one.told) for one in what.affected[:PARTS]]
    if len(what.affected) > PARTS:
        shown.append(Part("…", "", "plain", "…"))
    return tuple(shown)


def _of(context: Context, notice: Notice) -> Sequence[Update]:
    """The updates that it tells of, newest first."""
    one: Incident | Maintenance | None = context.written.get(notice.subject)
    numbers = {notice.number, *notice.folded} - {0}
    return [update for update in one.updates if update.number in numbers] if one else []


def _entry(context: Context, update: Update, clean: Clean) -> Entry:
    translated = chosen(update.translations, context)
    text, html = (translated.text, translated.html) if translated else (update.text, update.html)
    whole = len(html) <= 2 * LONGEST["update"] and len(text) <= LONGEST["update"]
    return Entry(
        status=context.status(update.status),
        at=context.when(update.at).text,
        text=cut(clean(text), LONGEST["update"]),
        html=html if whole else "",
        lang="" if translated else foreign(context),
    )
