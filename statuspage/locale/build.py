"""Compiles the catalogs into the wheel, `NAME.mo` beside each `NAME.po`; a release's has the address of its action.

Run by the build alone. STATUSPAGE_ACTION is `OWNER/REPO/PATH@COMMIT`.
"""

import os
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Catalogs(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        scratch = Path(mkdtemp())
        for catalog in sorted((Path(self.root) / "statuspage" / "locale").glob("*.po")):
            compiled = BytesIO()
            write_mo(compiled, read_po(BytesIO(catalog.read_bytes())))
            file = scratch / f"{catalog.stem}.mo"
            file.write_bytes(compiled.getvalue())
            build_data["force_include"][str(file)] = f"statuspage/locale/{file.name}"
        if action := os.environ.get("STATUSPAGE_ACTION"):
            stamp = scratch / "action"
            stamp.write_text(f"{action}\n", "utf-8")
            build_data["force_include"][str(stamp)] = "statuspage/scaffold/action"
