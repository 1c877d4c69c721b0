"""What a command loads before it begins: what takes time and is not needed stays outside."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from statuspage.probes import KINDS, SCHEMES, kind_for

CONFIG = """page: {name: Light, url: 'https://status.example'}
control: []
components: [{name: Chat, url: 'tcp://127.0.0.1:9', retries: 0}]
"""
HEAVY = {
    "aiohttp",
    "apprise",
    "babel",
    "dateutil",
    "feedgen",
    "httpcore",
    "httpx",
    "icalendar",
    "jinja2",
    "lxml",
    "markdown",
    "nh3",
    "obstore",
    "pydantic",
    "rich",
    "yaml",
}
ALWAYS = {"click"}
CONFIGURED = {"pydantic", "yaml"}
READING = CONFIGURED | {"dateutil", "nh3"}
MAKING = {"babel", "feedgen", "icalendar", "jinja2", "lxml"}
ROOMS = {"demo", "doctor", "drill", "importers", "outputs", "views"}  # of ours, and large
PROBED = {"statuspage.probes.tcp"}
LISTED = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def loaded(root: Path, *words: str) -> set[str]:
    """All modules that the command has loaded when it ends."""
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print('\\n' + json.dumps(sorted(sys.modules))))\n"
        "from statuspage.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=root, capture_output=True, text=True, check=False
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "components.yaml").write_text(CONFIG, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "libraries", "rooms"),
    [
        (("--version",), set(), set()),
        (("--help",), set(), set()),
        (("check",), READING, set()),
        (("probe",), READING, set()),
        (("build",), READING | MAKING, {"outputs", "views"}),
        (("run",), READING | MAKING, {"outputs", "views"}),
        (("incident", "templates"), READING, set()),
        (("schema",), CONFIGURED, set()),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_command_loads_only_what_it_uses(
    root: Path, words: tuple[str, ...], libraries: set[str], rooms: set[str]
) -> None:
    seen = loaded(root, *words)
    rooms_seen = {name.split(".")[1] for name in seen if name.startswith("statuspage.")}

    assert {name.split(".")[0] for name in seen} & HEAVY == libraries
    assert rooms_seen & ROOMS == rooms


@pytest.mark.parametrize("command", ["check", "probe"])
def test_kinds_of_probes_that_no_component_has_stay_outside(root: Path, command: str) -> None:
    seen = loaded(root, command)
    of_kinds = {
        f"statuspage.probes.{KINDS[name].__module__.removeprefix('statuspage.probes.')}" for name in KINDS
    }

    assert seen & of_kinds == PROBED


def test_the_scheme_of_an_address_tells_the_kind_that_claims_it() -> None:
    claimed = {scheme: name for name, kind in KINDS.items() for scheme in kind.schemes}

    assert claimed == SCHEMES
    assert [name for name, kind in KINDS.items() if kind.type != name] == []
    assert kind_for("HTTPS://a.example/") == "http"
    assert kind_for("ftp://a.example/") is None
