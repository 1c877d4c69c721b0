"""The kinds of probes, in plain sight: one file a kind."""

from collections.abc import Mapping

from statuspage.probes.base import Certified, Cost, Kind, Occasion, Paid, Probe, missing_extra
from statuspage.probes.channels import Discord, Messenger, Slack, Teams, Telegram, Twilio, Whatsapp
from statuspage.probes.chat import Chat
from statuspage.probes.dns import Dns
from statuspage.probes.domain import Domain
from statuspage.probes.grpc import Grpc
from statuspage.probes.heartbeat import Heartbeat
from statuspage.probes.http import Http
from statuspage.probes.llm import Llm
from statuspage.probes.metric import Metric
from statuspage.probes.postgres import Postgres
from statuspage.probes.redis import Redis
from statuspage.probes.smtp import Smtp
from statuspage.probes.tcp import Tcp
from statuspage.probes.tls import Tls
from statuspage.probes.upstream import Upstream
from statuspage.probes.ws import Ws

__all__ = [
    "KINDS",
    "Certified",
    "Cost",
    "Http",
    "Kind",
    "Occasion",
    "Paid",
    "Probe",
    "Tcp",
    "kind_for",
    "missing_extra",
]

KINDS: Mapping[str, type[Kind]] = {
    kind.type: kind
    for kind in (
        Chat,
        Discord,
        Dns,
        Domain,
        Grpc,
        Heartbeat,
        Http,
        Llm,
        Messenger,
        Metric,
        Postgres,
        Redis,
        Slack,
        Smtp,
        Tcp,
        Teams,
        Telegram,
        Tls,
        Twilio,
        Upstream,
        Whatsapp,
        Ws,
    )
}


def kind_for(url: str) -> str | None:
    """The kind that an address means by its scheme; None when no kind claims it."""
    scheme = url.partition("://")[0].lower()
    return next((name for name, kind in KINDS.items() if scheme in kind.schemes), None)
