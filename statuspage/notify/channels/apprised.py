"""Chats, push services and social networks, by Apprise (the package's extra `notify`).

Apprise knows each vendor's way to speak; the words, their length, the deadline and what is logged are ours. It is asked
plugin by plugin in a thread of ours: its own pool of threads would hold up the end of the process.
"""

import html
import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from statuspage.config import Target
from statuspage.config.notify import Address
from statuspage.errors import Problem, nearest
from statuspage.notices import Message, NoticeKind
from statuspage.notify.channels.fitting import fitting
from statuspage.notify.channels.parts import Order, Part, Task, is_passing
from statuspage.notify.channels.web import USER_AGENT

SHORT = 320  # characters; where no more fits, there is no room for lines: the short form is sent
INSTALL = "pip install 'chatbot-statuspage[notify]'"
WAY = "https://github.com/caronc/apprise/wiki has each channel's address"

_GOOD = frozenset({NoticeKind.RECOVERY, NoticeKind.RESOLVED, NoticeKind.MAINTENANCE_ENDED})
_BAD = frozenset({NoticeKind.OUTAGE, NoticeKind.INCIDENT})
_LEAST = {"ntfy": 4_000}  # octets; its server makes a file of a longer message
_BY_OCTETS = frozenset(_LEAST)
_TITLE = 12  # characters around a title that stands in the body

Size = Callable[[str], int]


def tasks(order: Order) -> Sequence[Task]:
    """One for each address, so that one that hangs holds up no other."""

    def task(n: int, address: Address) -> Task:
        return lambda: iter((_sent(order, n, address),))

    return [task(n, address) for n, address in enumerate(order.target.url) if n not in order.done]


def problems(target: Target) -> Iterator[Problem]:
    """Addresses that are no channel, or that Apprise cannot read. Nothing is sent."""
    for address in target.url:
        try:
            if _plugin(address) is None:
                yield Problem(*_refusal(address))
        except ImportError:
            what = f"'{target.name}' cannot be told: it needs a package that is not installed"
            yield Problem(what, address.where, INSTALL)


# --- one address -------------------------------------------------------------------------------


def _sent(order: Order, n: int, address: Address) -> Part:
    try:
        plugin = _plugin(address)
    except ImportError:
        return Part(n, sent=False, detail=f"a package is not installed: {INSTALL}")
    if plugin is None:
        return Part(n, sent=False, detail="the address is none that Apprise can read")
    left = order.left.total_seconds()
    plugin.socket_connect_timeout = plugin.socket_read_timeout = left
    words = worded(order.message, Shape.of(plugin))
    with _heard() as said:
        sent = plugin.notify(
            body=words.body, title=words.title, body_format=words.form, notify_type=_type(order.message)
        )
    return Part(n, sent=True) if sent else _failed(n, str(plugin.service_name), said)


def _failed(n: int, service: str, said: Sequence[str]) -> Part:
    """By the status that Apprise logs; without one it was the network."""
    codes = [int(code) for line in said for code in re.findall(r"error=(\d{3})", line)]
    if not codes:
        return Part(n, sent=False, retry=True, detail=f"{service} was not reached, or did not take it")
    return Part(n, sent=False, retry=is_passing(codes[-1]), detail=f"{service} answered {codes[-1]}")


def _type(message: Message) -> str:
    kind = message.notice.kind
    return "success" if kind in _GOOD else "failure" if kind in _BAD else "info"


# --- words -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a channel takes."""

    most: int  # of the body
    most_title: int = 0  # 0: the title goes into the body
    shared: bool = False  # title and body together are limited
    form: str = "text"  # the only one that it takes, if not text: markdown, html
    octets: bool = False  # `most` counts them, not characters

    @classmethod
    def of(cls, plugin: Any) -> "Shape":
        forms = plugin.notify_format
        several = forms if isinstance(forms, list | tuple) else (forms,)
        names = [str(getattr(one, "value", one)) for one in several]
        schema = str(getattr(plugin, "secure_protocol", "") or "").removesuffix("s")
        return cls(
            most=min(plugin.body_maxlen, _LEAST.get(schema, plugin.body_maxlen)),
            most_title=plugin.title_maxlen,
            shared=bool(plugin.overflow_amalgamate_title),
            form="text" if "text" in names else names[0],
            octets=schema in _BY_OCTETS,
        )


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    body: str
    form: str  # of the body: text, markdown


def worded(message: Message, shape: Shape) -> Words:
    """The words that fit. HTML is made of the text by Apprise, for chats know a few elements only."""
    form = "markdown" if shape.form == "markdown" else "text"
    if shape.most <= SHORT:
        return Words("", fitting(_harmless(message.short), message.url, shape.most, _size(shape)), form)
    title = _title(_harmless(message.subject), shape)
    inside = len(title) + _TITLE if shape.shared or not shape.most_title else 0
    text = fitting(_harmless(message.text), message.url, shape.most - inside, _size(shape))
    if shape.form == "html":  # Apprise takes what looks like an unknown element out of Telegram's
        text = text.translate({ord("<"): "‹", ord(">"): "›"})
    return Words(title, markdown(text) if form == "markdown" else text, form)


def _title(subject: str, shape: Shape) -> str:
    most = shape.most_title or shape.most // 3
    return subject if len(subject) <= most else f"{subject[: most - 1].rstrip()}…"


def _size(shape: Shape) -> Size:
    """A little more than it takes: Slack and all that want HTML get &amp; for &, and <br/> for a line's end."""
    if shape.octets:
        return lambda text: len(text.encode())
    if shape.form == "markdown":
        return lambda text: len(markdown(text))
    return lambda text: (
        len(html.escape(text, quote=False)) + (5 * text.count("\n") if shape.form == "html" else 0)
    )


def markdown(text: str) -> str:
    """Plain text as Markdown that shows the same: its lines stay lines, its addresses are links."""
    lines = (line for line in text.splitlines() if line.strip())
    return "\n\n".join("".join(map(_escaped, re.split(r"(https?://\S+)", line))) for line in lines)


def _escaped(piece: str) -> str:
    if piece.startswith(("https://", "http://")) and not re.search(r"[\[\]()<>]", piece):
        return f"[{piece}]({piece})"
    return re.sub(r"([\\`*_\[\]<>#~|])", r"\\\1", piece)


def _harmless(text: str) -> str:
    """Nobody's words call a channel, a role or a person, or hide where a link leads: a space without width takes such
    marks apart. Discord reads them in all that it is sent, Teams in titles.
    """
    return _CALLS.sub("\\g<0>\u200b", text)


_CALLS = re.compile(r"@(?=(?:everyone|here|channel|all)\b)|<(?=[@!#])|\](?=\()", re.IGNORECASE)


# --- Apprise -----------------------------------------------------------------------------------


def _plugin(address: Address) -> Any:
    """The channel of an address; None: there is none, or it cannot be read. Raises ImportError."""
    _hush()
    import apprise

    asset = apprise.AppriseAsset(
        app_id="statuspage",
        app_desc=USER_AGENT,
        image_url_mask="",  # readers load no picture from anywhere else
        image_url_logo="",
        storage_mode="memory",
        http_redirects=False,  # a redirected POST becomes a GET that is answered, and nobody was told
    )
    return apprise.Apprise.instantiate(address.value, asset=asset)


def _refusal(address: Address) -> tuple[str, Any, str]:
    import apprise

    scheme = address.value.partition("://")[0].lower()
    known = sorted(_schemes(apprise.Apprise().details()))
    if scheme in (*known, "http", "https"):
        what = f"{address.shown}: {scheme}:// cannot be read: something is missing in it, or too much"
        return what, address.where, WAY
    written = address.shown.startswith(f"{scheme}://")
    return (
        f"{address.shown}: there is no such channel",
        address.where,
        nearest(scheme, known) if written else WAY,
    )


def _schemes(details: Any) -> set[str]:
    """All that Apprise knows, by its own description of its plugins."""
    kinds = ("protocols", "secure_protocols")
    return {str(scheme) for plugin in details["schemas"] for kind in kinds for scheme in plugin[kind] or ()}


class _Ear(logging.Filter):
    """Keeps what Apprise logs from everybody, for it has addresses and texts in it; but for the thread that asks."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[int | None, list[str]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.thread in self.lines:
            self.lines[record.thread].append(record.getMessage())
        return False


_EAR = _Ear()


def _hush() -> None:
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.addFilter(_EAR)  # the same one twice is one


@contextmanager
def _heard() -> Iterator[Sequence[str]]:
    """What Apprise logs in this thread, as warnings and worse."""
    here = threading.get_ident()
    try:
        yield _EAR.lines.setdefault(here, [])
    finally:
        del _EAR.lines[here]
