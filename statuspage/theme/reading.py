"""The options of `page.theme` and the files they name to a Theme, or what is wrong with them."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from statuspage.config import Config
from statuspage.errors import Problem, Where
from statuspage.model import Picture, Theme
from statuspage.theme.palette import DARK, LIGHT, Colours, faults, properties, settled
from statuspage.theme.pictures import size

LIMITS = {"logo": 200_000, "logo_dark": 200_000, "favicon": 100_000, "css": 100_000}  # octets
INLINED = 10_000  # octets of own styles that the front page can carry and still be quick on a bad line


def read(root: Path, config: Config) -> tuple[Theme, tuple[Problem, ...]]:
    """The theme without what cannot be read of it, and why that cannot. `root` is components.yaml's folder."""
    options, found = config.page.theme, dict[str, bytes]()
    problems: list[Problem] = []
    for key, limit in LIMITS.items():
        if name := getattr(options, key):
            try:
                found[key] = _content(root, name, limit)
            except _Unfit as error:
                problems.append(Problem(f"{name}: {error}", _where(config, key), error.mend))
    light, dark = _colours(config)
    theme = Theme(
        light=properties(LIGHT, light),
        dark=properties(DARK, dark),
        logo=_picture(options.logo, found.get("logo")),
        logo_dark=_picture(options.logo_dark, found.get("logo_dark")),
        logo_has_name=options.logo_has_name,
        favicon=_picture(options.favicon, found.get("favicon")),
        css=_text(found.get("css", b"")),
    )
    return theme, tuple(problems)


def warnings(config: Config, theme: Theme) -> Iterator[Problem]:
    """What is allowed and hardly meant: colours below AA, styles and pictures that ask for what is not let in."""
    options = config.page.theme
    light, dark = _colours(config)
    for path, chosen, now in (((), options.chosen(), light), (("dark",), options.dark.chosen(), dark)):
        for fault in faults(chosen, now):
            where = _where(config, *path, fault.key)
            yield Problem(".".join((*path, fault.key)) + ": " + fault.what, where, fault.mend, warning=True)
    for key, picture in (("logo", theme.logo), ("logo_dark", theme.logo_dark), ("favicon", theme.favicon)):
        if picture and picture.suffix == "svg" and re.search(rb"(?i)<script|\bon\w+\s*=", picture.content):
            what = f"{getattr(options, key)} holds a script, which never runs on the page"
            yield Problem(what, _where(config, key), "take it out of the drawing", warning=True)
    if options.logo_dark and not options.logo:
        yield Problem("logo_dark: there is no logo", _where(config, "logo_dark"), "name both", warning=True)
    yield from _foreign(options.css, theme.css)
    if len(theme.css.partition(BEYOND)[0].encode()) > INLINED:
        what = f"{options.css}: the front page carries more than {INLINED // 1000} kB of it in itself"
        mend = f"put what the front page does not need after a line {BEYOND}"
        yield Problem(what, _where(config, "css"), mend, warning=True)


BEYOND = "/* beyond the front page */"
"""In a stylesheet: the front page carries the part before it."""


class _Unfit(Exception):
    """Why a file cannot be taken."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


def _content(root: Path, name: str, limit: int) -> bytes:
    """A file's content. Raises _Unfit, also for a link that leads out of `root`."""
    path = root / name
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            raise _Unfit("the link leads out of this folder", "copy the file itself here")
        if not path.is_file():
            raise _Unfit("is no file", "name a file")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        raise _Unfit("there is no such file", "its way begins in the folder of components.yaml") from None
    except (OSError, RuntimeError) as error:  # the latter: a loop of symbolic links
        raise _Unfit(f"cannot be read: {type(error).__name__}", "look at its rights") from error
    if len(content) > limit:
        raise _Unfit(f"is larger than {limit // 1000} kB", "make it smaller")
    suffix = _suffix(name)
    if suffix == "css":
        _readable(content)
    elif size(suffix, content) is None:
        raise _Unfit(f"is no {suffix.upper()}", "save it anew, or give it the ending of what it is")
    return content


def _readable(css: bytes) -> None:
    try:
        css.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Unfit(f"is not UTF-8: octet {error.start}", "save it as UTF-8") from error


def _text(css: bytes) -> str:
    """As a browser reads it: line ends are \\n, no octet is zero."""
    text = css.decode("utf-8").removeprefix("\ufeff").replace("\0", "\ufffd")
    return re.sub("\r\n?|\f", "\n", text)


def _picture(name: str, content: bytes | None) -> Picture | None:
    if content is None:
        return None
    width, height = size(_suffix(name), content) or (0, 0)
    return Picture(suffix=_suffix(name), content=content, width=width, height=height)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix[1:].lower()


def _colours(config: Config) -> tuple[Colours, Colours]:
    """All colours of the light and of the dark scheme; what is chosen for light alone is carried over.

    An accent is carried over either way.
    """
    theme = config.page.theme
    light, dark = theme.chosen(), theme.dark.chosen()
    accent = {"accent": dark["accent"]} if "accent" in dark else {}
    return settled(LIGHT, light, accent), settled(DARK, dark, light)


def _foreign(name: str, css: str) -> Iterator[Problem]:
    """Lines of the operator's stylesheet that the page's policy lets come to nothing."""
    bare = re.sub(r"/\*.*?(\*/|\Z)", lambda found: "\n" * found[0].count("\n"), css, flags=re.DOTALL)
    for number, line in enumerate(bare.split("\n"), 1):
        for pattern, what, mend in _NOT_LET_IN:
            if re.search(pattern, line, re.IGNORECASE):
                yield Problem(what, Where(name, number), mend, warning=True)


_NOT_LET_IN = (
    (r"@import\b", "@import: the page's policy lets no other stylesheet in", "copy its rules here"),
    (r"@font-face\b", "@font-face: the page's policy lets no font in", "use fonts of the reader's system"),
    (
        r"""url\(\s*["']?(?!\s*["']?(data:image/|#))""",
        "url(): the page's policy lets in only what is in the stylesheet itself",
        "write a picture as url(data:image/svg+xml;base64,...)",
    ),
)


def _where(config: Config, *keys: str) -> Where:
    return config.source.where("page", "theme", *keys)
