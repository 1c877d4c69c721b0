"""The kinds of probes, in plain sight: one file a kind."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import cast

from statuspage.probes.base import Certified, Cost, Kind, Occasion, Paid, Probe, missing_extra

__all__ = [
    "KINDS",
    "SCHEMES",
    "Certified",
    "Cost",
    "Kind",
    "Occasion",
    "Paid",
    "Probe",
    "kind_for",
    "missing_extra",
]


_CLASSES = {
    "chat": "chat.Chat",
    "discord": "channels.discord.Discord",
    "dns": "dns.Dns",
    "domain": "domain.Domain",
    "grpc": "grpc.Grpc",
    "heartbeat": "heartbeat.Heartbeat",
    "http": "http.Http",
    "llm": "llm.Llm",
    "messenger": "channels.messenger.Messenger",
    "metric": "metric.Metric",
    "postgres": "postgres.Postgres",
    "redis": "redis.Redis",
    "slack": "channels.slack.Slack",
    "smtp": "smtp.Smtp",
    "tcp": "tcp.Tcp",
    "teams": "channels.teams.Teams",
    "telegram": "channels.telegram.Telegram",
    "tls": "tls.Tls",
    "twilio": "channels.twilio.Twilio",
    "upstream": "upstream.Upstream",
    "whatsapp": "channels.whatsapp.Whatsapp",
    "ws": "ws.Ws",
}


class _Kinds(Mapping[str, type[Kind]]):
    """By name. A kind is loaded when it is first asked for: a page has a few of them, and all take 0.2 s."""

    def __getitem__(self, name: str) -> type[Kind]:
        module, _, kind = _CLASSES[name].rpartition(".")
        return cast(type[Kind], getattr(import_module(f"{__name__}.{module}"), kind))

    def __contains__(self, name: object) -> bool:
        return name in _CLASSES

    def __iter__(self) -> Iterator[str]:
        return iter(_CLASSES)

    def __len__(self) -> int:
        return len(_CLASSES)


KINDS: Mapping[str, type[Kind]] = _Kinds()

SCHEMES: Mapping[str, str] = {
    "dns": "dns",
    "grpc": "grpc",
    "grpcs": "grpc",
    "http": "http",
    "https": "http",
    "postgres": "postgres",
    "postgresql": "postgres",
    "redis": "redis",
    "rediss": "redis",
    "smtp": "smtp",
    "smtp+starttls": "smtp",
    "smtps": "smtp",
    "tcp": "tcp",
    "tls": "tls",
    "ws": "ws",
    "wss": "ws",
}
"""Kinds by the schemes that they claim: what the `schemes` of each say."""


def kind_for(url: str) -> str | None:
    """The kind that an address means by its scheme; None when no kind claims it."""
    return SCHEMES.get(url.partition("://")[0].lower())
