"""Channels in which people meet the bot: one file a channel, each with a dated recipe in `probes/recipes`."""
