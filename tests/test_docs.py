"""The docs know every command, option and key."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from statuspage.check import check
from statuspage.cli import main
from statuspage.config import load, schema
from statuspage.incidents import read
from statuspage.probes import KINDS

ROOT = Path(__file__).parents[1]
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
COMMANDS = (ROOT / "docs/commands.md").read_text("utf-8")
KIND_PAGES = sorted((ROOT / "docs/probes").glob("*.md"))
CONFIGURATION = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs/configuration.md", *KIND_PAGES))
SCHEMA = schema()


def sections(text: str) -> dict[str, str]:
    """Sections of the second level by their command."""
    found = re.findall(r"^## `statuspage (\w+)[^`]*`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return dict(found)


def keys(node: Any, seen: set[str]) -> Iterator[str]:
    """Every key that may be written, at any depth; definitions are followed once."""
    if isinstance(node, list):
        for inner in node:
            yield from keys(inner, seen)
    elif isinstance(node, dict):
        yield from node.get("properties", ())
        name = node.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from keys(SCHEMA["$defs"][name], seen)
        for word, inner in node.items():
            if word != "$defs":
                yield from keys(inner, seen)


def test_the_docs_describe_the_commands_that_there_are() -> None:
    assert sections(COMMANDS).keys() == main.commands.keys()


@pytest.mark.parametrize("name", sorted(main.commands))
def test_each_option_of_a_command_is_in_its_section(name: str) -> None:
    options = [word for option in main.commands[name].params for word in option.opts if word.startswith("--")]
    assert [word for word in options if word not in sections(COMMANDS)[name]] == []


def test_the_readme_lists_each_command() -> None:
    listed = re.findall(r"^\| `statuspage (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(main.commands)


@pytest.mark.parametrize("key", sorted(set(keys(SCHEMA, set()))))
def test_each_key_is_in_the_configuration_s_docs(key: str) -> None:
    assert re.search(rf"`{key}`|\b{key}:", CONFIGURATION)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_page(kind: str) -> None:
    text = (ROOT / f"docs/probes/{kind}.md").read_text("utf-8")
    assert "```yaml" in text
    assert "## Cost" in text
    assert "## Least secret" in text


def test_every_configuration_shown_in_the_docs_is_valid() -> None:
    shown = [
        block
        for path in DOCS
        if path.parent.name != "notify"  # test_docs_notify.py tries those with all that check does
        for block in re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
        if re.search(r"^(page|components|  - name):?", block, re.MULTILINE)
    ]
    assert len(shown) >= 4
    for block in shown:
        text = block if re.match(r"page|components|notify", block) else f"components:\n{block}"
        text = text if "components:" in text else f"{text}\ncomponents: [{{name: A, type: manual}}]\n"
        names = re.findall(r"\$\{(\w+)\}", text)
        secrets = {name: f"{'ntfys://' if name.endswith('_URL') else ''}abcdef" for name in names}
        assert load(text, "shown.yaml", secrets).unset == ()


def test_the_working_example_is_without_fault(tmp_path: Path) -> None:
    shutil.copy(ROOT / "components.yaml", tmp_path)
    shutil.copytree(ROOT / "incidents", tmp_path / "incidents")
    assert check(tmp_path, {}, datetime(2026, 11, 20, tzinfo=UTC)) == []


def test_every_incident_shown_in_the_docs_is_without_fault() -> None:
    shown = [
        block
        for path in DOCS
        for block in re.findall(r"```markdown\n(---\n.*?)```", path.read_text("utf-8"), re.DOTALL)
    ]
    assert len(shown) >= 3
    for block in shown:
        ids = ("api", "website-widget", "message-queue")
        read(block, "shown.md", dict(zip(ids, ids, strict=True)), now=datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_the_docs_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!<?https?:|#|mailto:)([^)#]+)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_each_test_that_the_promises_name_is_there() -> None:
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs/reliability.md").read_text("utf-8"))
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 20
    assert [name for name in named if f"def {name}(" not in sources] == []
    points = re.findall(r"^\| (\d+) \|", (ROOT / "docs/reliability.md").read_text("utf-8"), re.MULTILINE)
    assert points == [str(n) for n in range(13, 33)]
