"""Compiles the catalogs into the wheel, `NAME.mo` beside each `NAME.po`; a release's has the address of its action.

Run by the build alone. STATUSPAGE_ACTION is `OWNER/REPO/PATH@COMMIT`.
"""

import os
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # else the minute of the build stands in each catalog


class Catalogs(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        scratch = Path(mkdtemp())
        for catalog in sorted((Path(self.root) / "statuspage" / "locale").glob("*.po")):
            compiled = BytesIO()
            words = read_po(BytesIO(catalog.read_bytes()))
            words.creation_date = UNDATED
            write_mo(compiled, words)
            file = scratch / f"{catalog.stem}.mo"
            file.write_bytes(compiled.getvalue())
            build_data["force_include"][str(file)] = f"statuspage/locale/{file.name}"
        if action := os.environ.get("STATUSPAGE_ACTION"):
            stamp = scratch / "action"
            stamp.write_text(f"{action}\n", "utf-8")
            build_data["force_include"][str(stamp)] = "statuspage/scaffold/action"
