"""Templates of pages and messages: ours, and the operator's own, which win over ours of the same name."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    select_autoescape,
)
from jinja2.bccache import Bucket
from markupsafe import Markup

from statuspage.errors import StatuspageError, Where

FOLDER = "site_templates"
PACKAGE = Path(__file__).resolve().parents[1]
WRONG = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What an expression in a template can raise; it is told as a template's only where the traceback says so."""


def environment(templates: Path | None, *, reload: bool = True) -> Environment:
    """`templates`: the operator's folder. All but plain text is escaped.

    `reload`: it lives longer than one build, and looks at the files' dates before it uses one again.
    """
    folders = [*([templates] if templates else []), builtin_templates()]
    made = Environment(
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        auto_reload=reload,
        bytecode_cache=Compiled(builtin_templates()),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The one place where text is taken as markup: updates, which the reader of incidents sanitised.
    made.filters["sanitised"] = Markup
    return made


class Compiled(FileSystemBytecodeCache):
    """Templates of `folder` are compiled once, into its `__pycache__`, as modules are: for their source alone.

    An operator's own are not: code is read from nowhere but the package. Where nothing can be written, each build
    compiles them.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "__pycache__"), f"jinja2-{version('jinja2')}-%s.pyc")
        self._folder = folder

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        own = filename is not None and Path(filename).parent == self._folder
        return super().get_cache_key(name, filename) if own else ""

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key:
            with suppress(
                OSError, EOFError, ImportError, LookupError, TypeError, UnpicklingError, ValueError
            ):
                super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.key:
            with suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)


def builtin_templates() -> Path:
    """The folder that ships with the package: inside it in the wheel, beside it in a checkout."""
    inside = PACKAGE / FOLDER
    return inside if inside.is_dir() else PACKAGE.parent / FOLDER


@contextmanager
def usable(templates: Path | None) -> Iterator[None]:
    """Raises StatuspageError, naming file and line, where a template cannot be used."""
    try:
        yield
    except TemplateError as error:
        raise _unusable(error.message or type(error).__name__, _where(error)) from error
    except UnicodeDecodeError as error:
        raise _unusable("it is not UTF-8", Where(str(templates))) from error
    except WRONG as error:
        if not (where := _where(error)):
            raise
        raise _unusable(f"{type(error).__name__}: {error}", where) from error


def _unusable(what: str, where: Where | None) -> StatuspageError:
    mend = "compare it with the template of the same name in the package"
    return StatuspageError(f"the template cannot be used: {what}", where=where, mend=mend)


def _where(error: Exception) -> Where | None:
    """Where in which template: a syntax error knows, any other is the innermost template of the traceback."""
    if name := getattr(error, "filename", None):
        return Where(str(name), getattr(error, "lineno", 0) or 0)
    if name := getattr(error, "name", None):
        return Where(str(name))
    found = None
    trace = error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith((".html", ".svg", ".txt")):
            found = Where(file, trace.tb_lineno)
        trace = trace.tb_next
    return found
