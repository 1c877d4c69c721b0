"""The pages of the channels: each example is without fault at `check`."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from statuspage.check import check
from statuspage.config import load
from statuspage.config.notify import BLOCKS
from statuspage.notify.channels.webhook import headers

ROOT = Path(__file__).parents[1]
PAGES = sorted(page for page in (ROOT / "docs/notify").glob("*.md") if page.stem != "messages")
SECRETS = {
    "SLACK_URL": "https://hooks.slack.com/services/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",
    "TEAMS_URL": "https://prod-25.westeurope.logic.azure.com:443/workflows/0a1b2c/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=signature",
    "DISCORD_URL": "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "TELEGRAM_URL": "tgram://123456789:abcdefg_hijklmnop/@juniper_status",
    "MASTODON_URL": "toots://token@social.example.org?visibility=unlisted",
    "BLUESKY_URL": "bluesky://status.bsky.social@abcd-efgh-ijkl-mnop",
    "NTFY_URL": "ntfys://tk_abcdefghijklmnop@ntfy.sh/juniper-status?auth=token",
    "READERS": "ada@example.org, bob@example.org",
    "SMTP_USER": "status",
    **dict.fromkeys(
        ("SMTP_PASSWORD", "WEBHOOK_SECRET", "PAGERDUTY_KEY", "PAGERDUTY_TOKEN", "OPSGENIE_KEY"), "a-long-word"
    ),
}
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def example(page: Path) -> str:
    (text,) = re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    return str(text)


@each_page
def test_the_example_of_a_channel_is_without_fault(page: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("components.yaml").write_text(example(page), "utf-8")
    shutil.copytree(ROOT / "incidents/_templates", tmp_path / "incidents/_templates")
    assert check(tmp_path, SECRETS, datetime(2026, 11, 22, tzinfo=UTC)) == []


@each_page
def test_the_page_of_a_channel_is_linked_from_the_configuration_s(page: Path) -> None:
    assert f"](notify/{page.name})" in (ROOT / "docs/configuration.md").read_text("utf-8")


def test_every_channel_is_shown() -> None:
    shown = {
        target.channel for page in PAGES for target in load(example(page), "components.yaml", SECRETS).notify
    }
    assert shown == set(BLOCKS)


def test_the_verification_that_is_shown_verifies() -> None:
    page = (ROOT / "docs/notify/webhook.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    known: dict[str, object] = {}
    exec(code, known)
    is_ours = known["is_ours"]
    assert callable(is_ours)
    head = headers("a secret", "msg_1", 1_700_000_000, b"{}")
    assert is_ours("a secret", head, b"{}")
    assert not is_ours("a secret", head, b"{ }")
    assert not is_ours("another", head, b"{}")
