"""A workflow's own steps, run in order in a clone: what GitHub would do, but for the actions of others."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "statuspage/scaffold"
BIN = str(Path(sys.executable).parent)

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*(&&|\|\||==|!=|!|\(|\)|,|'(?:[^']|'')*'|[A-Za-z_][\w.-]*)")


FUNCTIONS = {"cancelled", "failure", "success", "always", "hashFiles"}


@dataclass
class Run:
    """One run of one job. `outputs` and `outcomes` are the steps' by their ids; `log` is all that they printed."""

    folder: Path
    event: str = "schedule"
    context: dict[str, str] = field(default_factory=dict)  # github.*, vars.*, secrets.*, needs.*
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)  # names of the steps that ran, others' actions too
    log: str = ""
    failed: bool = False

    def job(self, workflow: str, name: str, path: Path | None = None) -> "Run":
        """Run the job's steps in order, as the runner does: after a failure only those that ask for it."""
        whole = yaml.safe_load((path or SHIPPED / f"{workflow}.yml").read_text("utf-8"))
        words = {key: self.value(str(value)) for key, value in whole.get("env", {}).items()}
        for step in whole["jobs"][name]["steps"]:
            if self.holds(step.get("if", "")):
                self.step(step, words)
        return self

    def step(self, step: Mapping[str, Any], words: Mapping[str, str]) -> None:
        self.passed.append(step["name"])
        if "run" not in step:
            return
        env = {**words, **{key: self.value(str(value)) for key, value in step.get("env", {}).items()}}
        files = self.folder.parent / f"{self.folder.name}.runner"
        files.mkdir(exist_ok=True)
        output = files / f"output{len(self.passed)}"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={**self.surroundings(files, output), **env},
            capture_output=True,
            text=True,
            timeout=100,
        )
        self.log += done.stdout + done.stderr
        ended = "success" if done.returncode == 0 else "failure"
        self.failed |= done.returncode != 0 and not step.get("continue-on-error", False)
        if "id" in step:
            lines = output.read_text().splitlines() if output.exists() else []
            self.outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
            self.outcomes[step["id"]] = ended

    def surroundings(self, files: Path, output: Path) -> dict[str, str]:
        return {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(files),
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "example/status",
            "GITHUB_RUN_ID": self.folder.name,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(files / "summary.md"),
            "RUNNER_TEMP": str(files),
            "GITHUB_EVENT_PATH": self.context.get("event_path", ""),
        }

    # --- expressions -----------------------------------------------------------------------------

    def value(self, text: str) -> str:
        """A text with its expressions worked out."""

        def worked_out(found: re.Match[str]) -> str:
            value = self.worked_out(found[1])
            return str(value).lower() if isinstance(value, bool) else str(value)

        return _EXPRESSION.sub(worked_out, text)

    def holds(self, condition: str) -> bool:
        """Whether a step runs; without `cancelled()` in it, only when nothing has failed."""
        text = _EXPRESSION.sub(lambda found: found[1], condition) or "success()"
        if not re.search(r"cancelled\(\)|failure\(\)|always\(\)|success\(\)", text):
            text = f"success() && ({text})"
        return bool(self.worked_out(text))

    def worked_out(self, expression: str) -> Any:
        """GitHub's expression as Python's: words are looked up, the operators have other names."""
        names: list[Any] = []
        python = ""
        for token in _tokens(expression):
            if token[0] == "'":
                names.append(token[1:-1].replace("''", "'"))
            elif token in {"&&", "||", "!"}:
                python += {"&&": " and ", "||": " or ", "!": " not "}[token]
                continue
            elif token in {"==", "!=", "(", ")", ","} or token in {
                "cancelled",
                "failure",
                "success",
                "always",
                "hashFiles",
                "contains",
                "fromJSON",
            }:
                python += token
                continue
            else:
                names.append(self.looked_up(token))
            python += f"names[{len(names) - 1}]"
        known = {
            "names": names,
            "cancelled": lambda: False,
            "always": lambda: True,
            "failure": lambda: self.failed,
            "success": lambda: not self.failed,
            "hashFiles": lambda pattern: "there" if (self.folder / pattern).exists() else "",
        }
        return eval(python, {"__builtins__": {}}, known)

    def looked_up(self, name: str) -> str:
        first, *rest = name.split(".")
        match [first, *rest]:
            case ["steps", step, "outputs", key]:
                return self.outputs.get(step, {}).get(key, "")
            case ["steps", step, "outcome"]:
                return self.outcomes.get(step, "skipped")
            case ["github", "event_name"]:
                return self.event
            case ["runner", "temp"]:
                return str(self.folder.parent / f"{self.folder.name}.runner")
            case ["github", "run_id"]:
                return self.folder.name
            case ["github", "run_attempt"]:
                return self.context.get("github.run_attempt", "1")
        return self.context.get(name, "")


def _tokens(expression: str) -> list[str]:
    found, at = [], 0
    while at < len(expression.rstrip()):
        token = _TOKEN.match(expression, at)
        assert token, f"cannot read {expression[at:]!r}"
        found.append(token[1])
        at = token.end()
    return found
