"""How a workflow installs the command: by the action of a release, at its commit, or the package by its version."""

import re
from importlib import resources

SETUP = "actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0"
MARK = re.compile(r"^( *)# @INSTALL@(.*)\n", re.MULTILINE)
STAMP = "action"
"""A file beside this one in a release's wheel: `OWNER/REPO/PATH@COMMIT`, the action that installs that release."""


def stamped() -> str:
    """The release's action; "" in a checkout and in what was built from one by hand."""
    stamp = resources.files(__package__) / STAMP
    return stamp.read_text("utf-8").strip() if stamp.is_file() else ""


def with_install(text: str, action: str, version: str) -> str:
    """A workflow in which each mark `# @INSTALL@ EXTRAS` is the steps that install. `action`: "" for none."""

    def steps(mark: re.Match[str]) -> str:
        extras = mark[2].split()
        lines = _by_action(action, version, extras) if action else _by_pip(version, extras)
        return "".join(f"{mark[1]}{line}\n" for line in lines)

    return MARK.sub(steps, text)


def _by_action(action: str, version: str, extras: list[str]) -> list[str]:
    """An action of this very repository (`$/…`) has no version; another's is pinned by its commit."""
    pinned = action if action.startswith("$/") else f"{action} # v{version}"
    lines = ["- name: Install statuspage", f"  uses: {pinned}"]
    return [*lines, "  with:", f"    extras: {' '.join(extras)}"] if extras else lines


def _by_pip(version: str, extras: list[str]) -> list[str]:
    package = f"chatbot-statuspage[{','.join(extras)}]" if extras else "chatbot-statuspage"
    return [
        "- name: Set up Python",
        f"  uses: {SETUP}",
        "  with:",
        '    python-version: "3.12"',
        "- name: Install statuspage",
        f'  run: pip install --quiet "{package}=={version}"',
    ]
