"""The catalogs of the pages' words: `python tests/catalogs.py` brings them up to date with the code.

New sentences come in without a translation, sentences that no code says any more go; those translated stay as they are.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from statuspage.causes import CODES
from statuspage.runner import OFFLINE
from statuspage.spoken import UNREAD, WRITTEN

ROOT = Path(__file__).parents[1] / "statuspage"
KEYWORDS = {"_": None, "ngettext": (1, 2)}
WANTED = " Wanted: a native reader who looks through them."
TRANSLATED = tuple(code for code in WRITTEN if code != "en")

Sentence = str | tuple[str, str]  # singular and plural


def messages() -> list[Sentence]:
    """All that the pages may say, in English: those of the code by file, then those of the error codes."""
    found: dict[Sentence, None] = {}
    for _file, _line, message, _comments, _context in extract_from_dir(
        ROOT, [("**.py", "python")], keywords=KEYWORDS
    ):
        found[message if isinstance(message, str) else (message[0], message[1])] = None
    plural = {one for one in found if isinstance(one, tuple)}
    assert not {one for one, _ in plural} & {one for one in found if isinstance(one, str)}, (
        "one sentence, two ways"
    )
    found |= dict.fromkeys([OFFLINE])
    for code in CODES.values():
        found |= dict.fromkeys([code.visitors, code.operators])
    return list(found)


def path(code: str) -> Path:
    return ROOT / "locale" / f"{code}.po"


def catalog(code: str) -> Catalog:
    return read_po(BytesIO(path(code).read_bytes()), locale=code.replace("-", "_"))


def renewed(code: str) -> bytes:
    """The catalog with all sentences of today and no other, in their order."""
    old = catalog(code) if path(code).exists() else Catalog()
    head = f"# The words of the pages: {code}.{WANTED if code in UNREAD else ''}"
    new = Catalog(locale=code, header_comment=head, fuzzy=False)
    for message in messages():
        known = old.get(message if isinstance(message, str) else message[0])
        new.add(message, known.string if known and isinstance(known.id, type(message)) else "")
    written = BytesIO()
    write_po(written, new, width=110, omit_header=True)
    return _head(new) + written.getvalue()


def _head(new: Catalog) -> bytes:
    """Without the times that Babel writes into it: the same sentences give the same bytes."""
    lines = (
        f"Language: {new.locale}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {new.plural_forms}",
    )
    told = "".join(f'"{line}\\n"\n' for line in lines)
    return f'{new.header_comment}\nmsgid ""\nmsgstr ""\n{told}\n'.encode()


def forms(message: Message) -> tuple[list[str], list[str]]:
    """The English sentence (singular, plural), and the translation in all its forms."""
    told: list[str] = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return [message.id] if isinstance(message.id, str) else list(message.id), told


def main() -> Iterator[str]:
    for code in TRANSLATED:
        path(code).write_bytes(renewed(code))
        lacking = sum(not all(forms(message)[1]) for message in catalog(code) if message.id)
        yield f"{code}: {lacking} sentences lack a translation"


if __name__ == "__main__":
    for line in main():
        print(line)  # noqa: T201
