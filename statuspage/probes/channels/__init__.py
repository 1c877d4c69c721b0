"""Channels in which people meet the bot: one file a channel, each with a dated recipe in `probes/recipes`."""

from statuspage.probes.channels.discord import Discord
from statuspage.probes.channels.messenger import Messenger
from statuspage.probes.channels.slack import Slack
from statuspage.probes.channels.teams import Teams
from statuspage.probes.channels.telegram import Telegram
from statuspage.probes.channels.twilio import Twilio
from statuspage.probes.channels.whatsapp import Whatsapp

__all__ = ["CHANNELS", "Discord", "Messenger", "Slack", "Teams", "Telegram", "Twilio", "Whatsapp"]

CHANNELS = (Discord, Messenger, Slack, Teams, Telegram, Twilio, Whatsapp)
