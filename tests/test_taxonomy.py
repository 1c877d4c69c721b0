"""Each code of the taxonomy is reached by a real failure somewhere in these tests."""

import re
from pathlib import Path

import pytest

from statuspage.causes import CODES

TESTS = Path(__file__).parent
# What speaks of codes without a server that fails, or reads them from the table itself.
TABLES = {"test_causes.py", "test_glossary.py", "test_taxonomy.py", "snapshots.py", "wire_world.py"}
WORDS = {
    word
    for path in TESTS.rglob("*.py")
    if path.name not in TABLES
    for word in re.findall(r"[\"']([a-z]+(?:\.\w+)*)[\"']", path.read_text("utf-8"))
}
# Codes of the same table row that differ in a number alone: one of each row is reached.
ALIKE = re.compile(r"http\.(5(01|05|2\d|30)|5xx|4xx|3xx)$")


@pytest.mark.parametrize("code", [code for code in CODES if not ALIKE.match(code)])
def test_a_test_reaches_the_code(code: str) -> None:
    assert code in WORDS
