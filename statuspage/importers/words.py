"""Foreign text made fit: one line of a name, plain text or HTML as Markdown that shows just that text."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

MOST = 64_000  # characters of one text; no incident file holds more
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029\x0b\x0c]")
_GAP = re.compile(r"[^\S\n]{9,}")  # a long run of blanks is slow to convert, and says nothing
_HTML = re.compile(
    r"</?(?:a|b|blockquote|br|code|div|em|h[1-6]|hr|i|li|ol|p|pre|s|script|small|span|strong|style|u|ul)\b[^<>]*>"
    r"|&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});",
    re.IGNORECASE,
)


def line(text: str, most: int) -> str:
    """The text on one line without what cannot be shown, `most` characters at most."""
    kept = "".join(c for c in " ".join(clean(text).split()) if c.isprintable())
    kept = kept.replace("${", "$ {")  # in components.yaml that would be a secret's place
    return kept if len(kept) <= most else f"{kept[: most - 1].rstrip()}…"


def clean(text: str) -> str:
    """The text without control characters and halves of characters; every line end a line feed."""
    text = _LINE_END.sub("\n", text[: 2 * MOST])
    return _SURROGATE.sub("?", _CONTROL.sub("", text)).replace("\t", "    ")


def markdown(text: str) -> str:
    """Plain text, or HTML as people type it into a form, as Markdown. Line ends are kept."""
    text = clean(text)
    if not _HTML.search(text):
        return escaped(text)
    reader = _Html()
    reader.feed(text)
    reader.close()
    return reader.markdown


def escaped(text: str) -> str:
    """Markdown that shows just this text, line for line."""
    return _joined([_guarded(_inline(part).strip()) for part in clean(text).split("\n")])


def tamed(text: str) -> str:
    """Foreign Markdown that stays inside one update: no heading that begins another, no comment, no shortcode."""
    kept: list[str] = []
    fence = ""
    for part in _SHORTCODE.sub("", clean(text)).split("\n"):
        mark = _FENCE.match(part)
        if fence:
            kept.append(part)
            fence = "" if mark and part.strip() == fence else fence
        elif mark:
            fence = mark["fence"]
            kept.append(part.strip())
        elif not (_UNDERLINE.fullmatch(part) and kept and kept[-1].strip()):
            told = _HEADING.sub(r"**\g<words>**", part).replace("<!--", "&lt;!--")
            kept.append(f"\\{told.lstrip()}" if told.lstrip(" ").startswith("#") else told)
    return without_facts("\n".join([*kept, *([fence] if fence else [])]).strip("\n"))


def without_facts(text: str) -> str:
    """A list at the very beginning would be read as facts when it looks like some."""
    return re.sub(r"\A([-*+] +[a-z][\w.-]*):", r"\1&#58;", text)


_SHORTCODE = re.compile(r"\{\{[<%].{0,500}?[>%]\}\}")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})[^`]*$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,}) *")
_HEADING = re.compile(r"^ {0,3}#{1,6} *(?P<words>[^#\s].*?) *#* *$")


# --- one line of text ----------------------------------------------------------------------------

_INLINE = re.compile(r"[\\`*\[|]|(?<![^\W_])_|_(?![^\W_])")  # a _ inside a word stands for itself
_ENTITY = re.compile(r"&(?=#?\w+;)")
_START = re.compile(r"[#>+-]|\d+(?=[.)](?:\s|$))")


def _inline(text: str) -> str:
    text = _INLINE.sub(lambda m: f"\\{m[0]}", _GAP.sub(" ", text))
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;")


def _guarded(text: str) -> str:
    """The line so that nothing at its start is a list, a heading, a quote, a rule or a fence."""
    if text.startswith(("=", "~")):
        return f"&#{ord(text[0])};{text[1:]}"
    start = _START.match(text)
    if not start:
        return text
    if start[0].isdigit():
        return f"{start[0]}\\{text[start.end() :]}"
    return f"\\{text}"


def _joined(lines: list[str]) -> str:
    """Lines to paragraphs; two blanks at a line's end are Markdown's line break."""
    text = re.sub(r"\n{2,}", "\n\n", "\n".join(lines).strip("\n"))
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "  \n", text)


# --- HTML ----------------------------------------------------------------------------------------

_MARKS = {"b": "**", "strong": "**", "em": "*", "i": "*"}
_BLOCKS = {"p", "div", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
_SILENT = {"script", "style"}
_KNOWN = {*_MARKS, *_BLOCKS, *_SILENT, "a", "br", "li", "code", "s", "small", "span", "u"}


class _Html(HTMLParser):
    """The few tags that such texts have, as Markdown; other tags stay as the text that they are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []  # escaped text, marks and line ends
        self._open: list[tuple[str, str, int]] = []  # tag, address, where its words begin
        self._silent = 0

    @property
    def markdown(self) -> str:
        lines = [part.strip() for part in "".join(self._pieces).split("\n")]
        told = [f"- {_guarded(part[1:].strip())}" if part[:1] == _ITEM else _guarded(part) for part in lines]
        return without_facts(_joined(told))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _KNOWN:
            self.handle_data(self.get_starttag_text() or "")
        elif tag in _SILENT:
            self._silent += 1
        elif tag in _MARKS:
            self._open.append((tag, _address(dict(attrs).get("href") or ""), len(self._pieces)))
        elif tag in _BREAKS:
            self._pieces.append(_BREAKS[tag])

    def handle_endtag(self, tag: str) -> None:
        if tag not in _KNOWN:
            self.handle_data(f"</{tag}>")
        elif tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _MARKS and self._open and self._open[-1][0] == tag:
            self._close()
        elif _BREAKS.get(tag) == _APART:
            self._pieces.append(_APART)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._pieces.append(_inline(data))

    def handle_decl(self, decl: str) -> None:
        self.handle_data(f"<!{decl}>")

    def _close(self) -> None:
        """Put the mark around the words since the tag began; none where Markdown would not take it for one."""
        tag, address, start = self._open.pop()
        words = "".join(self._pieces[start:])
        bare, mark = words.strip(), _MARKS[tag]
        plain = "\n" not in bare and "*" not in bare and _ITEM not in bare
        if tag == "a":
            told = f"[{bare or address}]({address})" if address and plain else words
        else:
            told = words.replace(bare, f"{mark}{bare}{mark}", 1) if bare and plain else words
        self._pieces[start:] = [told]


_APART, _ITEM = "\n\n", "\x1a"  # a paragraph's end; stands for an item's dash: no cleaned text holds it
_MARKS = {"a": "", "b": "**", "strong": "**", "em": "*", "i": "*"}
_BREAKS = {
    "br": "\n",
    "li": f"\n{_ITEM}",
    **dict.fromkeys(("p", "div", "ul", "ol", "pre", "blockquote", "hr"), _APART),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _APART),
}
_SILENT = {"script", "style"}
_KNOWN = {*_MARKS, *_BREAKS, *_SILENT, "code", "s", "small", "span", "u"}


def _address(url: str) -> str:
    """An address fit for a link; "" for one that leads to a script or nowhere."""
    url = "".join(url.split())
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return ""
    if scheme not in ("http", "https", "mailto"):
        return ""
    return re.sub(r'[<>()\[\]\\"`|^{}*]', lambda m: f"%{ord(m[0]):02X}", url)
