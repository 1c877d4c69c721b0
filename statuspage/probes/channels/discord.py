"""Discord: does its API answer, does its gateway greet, and is the bot's token good? No session is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from statuspage.model import Finding, Reading
from statuspage.net import Answer, Net, NetError
from statuspage.probes.base import Occasion, shown
from statuspage.probes.channels.channel import Provided, Walk
from statuspage.probes.channels.recipe import filled
from statuspage.probes.jsonpath import path
from statuspage.probes.options import SecretText, split
from statuspage.probes.websocket import Socket, websocket

_GATEWAY = path("$.url")
_OF_DISCORD = ".discord.gg"  # where the gateways of discord.com are


@dataclass(frozen=True, slots=True, kw_only=True)
class Discord(Provided):
    """Up when Discord's gateway greets; with a token, when Discord also knows the bot."""

    type: ClassVar[str] = "discord"
    extra: ClassVar[str] = "websockets"

    token: Annotated[
        SecretText | None,
        Field(description="The bot's token, as ${NAME}; without it API and gateway alone are asked."),
    ] = None

    @property
    def steps(self) -> Sequence[str]:
        return ["gateway"] if self.token is None else ["gateway", "me"]

    def values(self, net: Net, occasion: Occasion) -> dict[str, str]:
        token = self.token.reveal() if self.token else ""
        return {"base": self.address, "agent": net.user_agent, "token": token}

    async def ask(self, net: Net, within: timedelta, occasion: Occasion) -> Reading:
        walk = await self.walk(net, within, occasion)
        if not walk.code:
            walk = await self._greeted(walk, net, within)
        return self.judge(walk, occasion.at)

    async def _greeted(self, walk: Walk, net: Net, within: timedelta) -> Walk:
        """The walk with the gateway's first message. Sessions a day are limited, so none is opened for it."""
        step = self.recipe.step("hello")
        named = _GATEWAY.find(walk.documents["gateway"])[0]
        gateway = gateway_of(named, self.address)
        if gateway is None:
            finding = Finding("gateway $.url", "an address of Discord's", shown(named), holds=False)
            detail = "gateway: its address leads elsewhere"
            return replace(walk, code="channel.unreadable", detail=detail, findings=(*walk.findings, finding))
        url = filled(step.url, {"gateway": gateway})
        headers = {name: filled(text, {"agent": net.user_agent}) for name, text in step.headers.items()}
        try:
            async with websocket(
                net,
                url,
                within - walk.latency,
                headers=headers,
                allow_private=self.allow_private,
                ca=self.ca,
            ) as socket:
                answer = _answer(await socket.receive(), socket)
        except NetError as error:
            return walk.broken(step.name, error)
        return walk.heard(step, answer, {})


def gateway_of(named: object, base: str) -> str | None:
    """The gateway's scheme, host and port; None unless it is Discord's, or at the address that stands for Discord."""
    ours = urlsplit(base)
    try:
        parts = split(str(named), "wss", *(["ws"] if ours.scheme == "http" else []))
    except ValueError:
        return None
    if parts.hostname != ours.hostname and not (parts.hostname or "").endswith(_OF_DISCORD):
        return None
    return f"{parts.scheme}://{parts.netloc}"


def _answer(message: str, socket: Socket) -> Answer:
    """A message as what a step gets."""
    return Answer(
        status=101,
        headers={},
        body=message.encode(),
        truncated=False,
        phases=socket.phases,
        latency=socket.latency,
        certificate_expires=None,
        hops=0,
    )
