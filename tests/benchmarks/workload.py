"""Made-up projects to measure with: components, history, incidents. The same arguments give the same bytes."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service import ONE_DAY, Service, names

from statuspage import history
from statuspage.archive import HOURS_KEPT, SCHEMA_FILE
from statuspage.ledger import LEDGER_PATH, encode
from statuspage.model import Fact
from statuspage.stores.folder import Folder
from statuspage.stores.opening import STATE_FOLDER

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
GROUPS = 5
PROSE = (
    "Answers arrive late for users in two regions while the provider moves traffic to another zone. We watch the queue "
    "and keep the widget open. People who wait may write to us by mail or phone; nothing is lost, each message stays."
)
WORDS = re.findall(r"\w+", PROSE.lower())
CAUSES = ("external", "software", "configuration", "network", "infrastructure")


def project(
    folder: Path,
    *,
    components: int = 50,
    days: int = 90,
    incidents: int = 100,
    languages: tuple[str, ...] = ("en",),
    seed: int = 7,
) -> Path:
    """A project below `folder`, with `days` of history and incident files of 1.5 kB."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "components.yaml").write_text(_config(components, languages), "utf-8")
    _history(Folder(folder / STATE_FOLDER), components, days, seed)
    (folder / "incidents").mkdir(exist_ok=True)
    chance = random.Random(seed)
    for n in range(incidents):
        name, text = incident(chance, n, names(components))
        (folder / "incidents" / name).write_text(text, "utf-8")
    return folder


def incident(chance: random.Random, number: int, ids: list[str]) -> tuple[str, str]:
    """A file's name and its text of some 1.5 kB: four updates and a report; the newest are the first numbers."""
    began = NOW - timedelta(hours=6 + 7 * number, minutes=chance.randrange(50))
    title = " ".join(chance.sample(WORDS, 4)).capitalize()
    touched = ", ".join(chance.sample(ids, min(2, len(ids))))
    end = began + timedelta(minutes=chance.randrange(60, 300))
    steps = zip(("Investigating", "Identified", "Monitoring", "Resolved"), (2, 20, 40, 0), strict=True)
    moments = [(word, end if word == "Resolved" else began + timedelta(minutes=m)) for word, m in steps]
    updates = "\n\n".join(
        f"## {word} - {at:%Y-%m-%d %H:%M} UTC\n\n{_sentences(chance, 3)}" for word, at in reversed(moments)
    )
    head = (
        f"---\ntitle: {title} {number}\nimpact: {chance.choice(('minor', 'major', 'critical'))}\n"
        f"components: [{touched}]\nstarted: {began:%Y-%m-%d %H:%M} UTC\n"
        f"cause: {_sentences(chance, 1)}\ncause_class: {chance.choice(CAUSES)}\n---\n\n"
    )
    return f"{began:%Y-%m-%d}-incident-{number:05}.md", head + updates + "\n"


def _sentences(chance: random.Random, count: int) -> str:
    return " ".join(f"{' '.join(chance.choices(WORDS, k=14)).capitalize()}." for _ in range(count))


def _config(components: int, languages: tuple[str, ...]) -> str:
    items = "".join(
        f"  - {{name: {name}, group: Group {n % GROUPS}, description: It does what it does.,"
        f" url: 'https://{name}.example/'}}\n"
        for n, name in enumerate(names(components))
    )
    return (
        f"page: {{name: Bench, url: 'https://status.bench.example', timezone: Europe/Berlin, since: 2020,"
        f" languages: [{', '.join(languages)}]}}\ndefaults: {{every: 5m}}\ncontrol: []\ncomponents:\n{items}"
    )


def _history(records: Folder, components: int, days: int, seed: int) -> None:
    """Closed days, hours of the last 400, and the rounds of today and yesterday."""
    service, today = Service(names(components), seed), NOW.replace(hour=0, minute=0)
    files: dict[str, list[str]] = {}
    for n in range(days):
        start = today - (n + 1) * ONE_DAY
        if n:
            closed = [service.day(name, start) for name in service.usual]
            files.setdefault(history.days_path(start.date()), []).insert(0, history.encode_days(closed))
        if 0 < n < HOURS_KEPT.days:
            hours = [(name, service.hours(name, start)) for name in service.usual]
            files[history.hours_path(start.date())] = [history.encode_hours(hours)]
    for one in service.rounds(today - ONE_DAY, 24 + NOW.hour):
        files.setdefault(history.raw_path(one.at), []).append(history.encode_round(one))
    first = today - days * ONE_DAY
    seen = [encode(Fact(kind="component", key=name, at=first)) for name in service.usual]
    for path, lines in {SCHEMA_FILE: [f"{history.SCHEMA}"], LEDGER_PATH: seen, **files}.items():
        records.put(path, "".join(f"{line}\n" for line in lines).encode())
